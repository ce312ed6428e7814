package campaign

import (
	"errors"
	"sync"
	"time"
	_ "time/tzdata" // Lambda's base image has no time zones; a zone is read from here only when it is asked for

	"one-click-protest/internal/ledger"
)

// Phase is where a campaign stands in its time.
type Phase int

// The phases.
const (
	Before  Phase = iota // not open yet
	Running              // accepts submissions
	After                // closed
)

// Phase answers where the campaign stands at a moment: Running from Opens on, After from Closes on.
func (c *Campaign) Phase(now time.Time) Phase {
	switch {
	case now.Before(c.Opens):
		return Before
	case !c.Closes.IsZero() && !now.Before(c.Closes):
		return After
	}
	return Running
}

// Expected answers the earliest moment, not before now, at which a letter may reach the target: after the opening, not
// before the release hour as the target's clocks show it, and within the target's hours.
//
// A target whose zone is unknown is taken to be where the day begins last (UTC-12), so that no letter is early. [Library.Check]
// refuses such targets.
func (c *Campaign) Expected(w Way, now time.Time) time.Time {
	zone := c.zone(w.Target)
	earliest := later(now, c.Opens)
	if !c.Release.IsZero() {
		earliest = later(earliest, c.Release.In(zone))
	}
	return c.hours(w).next(earliest.In(zone))
}

// hours answers the part of the day in which letters may reach a target by a way: a fax rings.
func (c *Campaign) hours(w Way) Hours {
	if w.Channel == ledger.ChannelFax && c.Fax != nil {
		return c.Hours.and(c.Fax.Hours)
	}
	return c.Hours
}

// Clock answers a moment on the clocks of a way's target: in what it prints as the letter's date.
func (c *Campaign) Clock(w Way, at time.Time) time.Time { return at.In(c.zone(w.Target)) }

// SendableAt says whether a letter may leave to the target at this moment, and if not when to look again. next is zero where no
// moment will come by itself: the release day is over and the campaign wants no mail after it ([AfterPrint]), so that the
// letter waits for an organizer; and where ok is true. Release and hours are worked out at sending time and stored
// with no letter: a changed campaign file holds for those that wait too. Closing stops no letter that was accepted before.
func (c *Campaign) SendableAt(w Way, now time.Time) (ok bool, next time.Time) {
	if c.late(w, now) {
		return false, time.Time{}
	}
	if next = c.Expected(w, now); next.After(now) {
		return false, next
	}
	return true, time.Time{}
}

// late says that no mail may reach the target on the release day any more, and that the campaign wants none after it.
func (c *Campaign) late(w Way, now time.Time) bool {
	if c.AfterDay != AfterPrint || c.Release.IsZero() || !w.Channel.Mailed() {
		return false
	}
	return !c.Expected(w, now).Before(c.Release.nextDay().In(c.zone(w.Target)))
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// Local is a wall-clock time without a zone: the same hour at every target.
type Local struct{ t time.Time } // as if in UTC

var errLocal = errors.New("not a local time")

// parseLocal reads 2007-12-02T09:00.
func parseLocal(s string) (Local, error) {
	t, err := time.Parse("2006-01-02T15:04", s)
	if err != nil {
		return Local{}, errLocal
	}
	return Local{t}, nil
}

// IsZero says that there is none.
func (l Local) IsZero() bool { return l.t.IsZero() }

// In answers the instant at which the clocks of a zone show this time: the first one, where clocks are turned back and
// show it twice; the moment of the jump, where they jump over it.
func (l Local) In(zone *time.Location) time.Time {
	y, m, d := l.t.Date()
	t := time.Date(y, m, d, l.t.Hour(), l.t.Minute(), 0, 0, zone)
	start, end := t.ZoneBounds()
	switch shown := clock(t); {
	case shown.After(l.t):
		return start
	case shown.Before(l.t):
		return end
	}
	if start.IsZero() {
		return t
	}
	_, offset := start.Add(-time.Second).Zone()
	if first := l.t.Add(-time.Duration(offset) * time.Second); first.Before(start) {
		return first.In(zone)
	}
	return t
}

// nextDay is the midnight that ends this day.
func (l Local) nextDay() Local { return Local{midnight(l.t).AddDate(0, 0, 1)} }

// String is the time as campaign files write it.
func (l Local) String() string { return l.t.Format("2006-01-02T15:04") }

// clock answers what the clocks show at an instant, as if in UTC.
func clock(t time.Time) time.Time {
	_, offset := t.Zone()
	return t.UTC().Add(time.Duration(offset) * time.Second)
}

func midnight(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// Hours is the part of a target's local day in which letters may reach it, in minutes since midnight, To not
// included. The zero value is the whole day.
type Hours struct{ From, To int }

var errHours = errors.New("not a part of a day")

// parseHours reads 08:00-18:00; 24:00 is the end of the day.
func parseHours(s string) (Hours, error) {
	if len(s) != len("08:00-18:00") || s[5] != '-' {
		return Hours{}, errHours
	}
	from, err := minutes(s[:5])
	if err != nil {
		return Hours{}, err
	}
	to, err := minutes(s[6:])
	if err != nil || from >= to {
		return Hours{}, errHours
	}
	return Hours{from, to}, nil
}

func minutes(s string) (int, error) {
	if s == "24:00" {
		return 24 * 60, nil
	}
	t, err := time.Parse("15:04", s)
	if err != nil {
		return 0, errHours
	}
	return t.Hour()*60 + t.Minute(), nil
}

// and answers the part of the day that is in both; from equals to where there is none.
func (h Hours) and(other Hours) Hours {
	if h == (Hours{}) || other == (Hours{}) {
		return Hours{max(h.From, other.From), max(h.To, other.To)}
	}
	both := Hours{max(h.From, other.From), min(h.To, other.To)}
	return Hours{both.From, max(both.From, both.To)}
}

// next answers the first moment within the hours, at or after a moment in the target's zone.
func (h Hours) next(t time.Time) time.Time {
	if h == (Hours{}) {
		return t
	}
	day := midnight(clock(t))
	for range 7 { // the first or second day, except where clocks jump over all of the hours or over whole days
		if h.contain(t) {
			return t
		}
		t = later(t, Local{day.Add(time.Duration(h.From) * time.Minute)}.In(t.Location()))
		if h.contain(t) {
			return t
		}
		day = day.AddDate(0, 0, 1)
	}
	return t
}

func (h Hours) contain(t time.Time) bool {
	minute := t.Hour()*60 + t.Minute()
	return h.From <= minute && minute < h.To
}

// over says that nothing of the hours is left of the day.
func (h Hours) over(t time.Time) bool { return h != (Hours{}) && t.Hour()*60+t.Minute() >= h.To }

// lastZone is where a day begins last.
var lastZone = time.FixedZone("UTC-12", -12*60*60)

// zones keeps the time zones that were asked for: reading one takes some 20 µs, and most are never needed.
type zones struct{ loaded sync.Map } // name → *time.Location

// zone answers a target's time zone; the last one for a target that the campaign has no more.
func (c *Campaign) zone(t *Target) *time.Location {
	if t == nil {
		return lastZone
	}
	if c.zones == nil { // not from the loader
		c = &Campaign{routing: routing{zones: &zones{}}}
	}
	if known, ok := c.zones.loaded.Load(t.Zone); ok {
		return known.(*time.Location)
	}
	zone, err := loadZone(t.Zone)
	if err != nil {
		zone = lastZone
	}
	c.zones.loaded.Store(t.Zone, zone)
	return zone
}

var errZone = errors.New("not a time zone")

// loadZone reads an IANA zone. Unlike [time.LoadLocation] it takes neither the empty name nor the machine's own zone.
func loadZone(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, errZone
	}
	return time.LoadLocation(name)
}
