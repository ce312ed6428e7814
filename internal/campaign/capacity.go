package campaign

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"one-click-protest/internal/address"
	"one-click-protest/internal/ledger"
)

// Day is how many letters can reach the targets on the release day: what pace, hours and the number of faxes a day leave. It says nothing of
// the provider's quota, and nothing of how signers are spread over countries.
type Day struct {
	Rooms   []Room       // of each target that the house sends to, by target's id
	Domains []DomainRoom // of the mail domains behind them, the one with most targets first
	Letters int          // all together, if the signers were spread as it suits
	Signers int          // so spread, for how many of them there is room at all that each writes to
}

// Room is how many letters one target takes on its release day.
type Room struct {
	Way      Way
	From, To time.Time // from its release hour to the end of its hours
	Letters  int
}

// DomainRoom is how many letters the targets behind one mail domain take together, between the first one's release and the last one's end. Those
// behind a fax gateway take no more than the faxes of one UTC day, although the release day touches three.
type DomainRoom struct {
	Domain  string
	Targets int
	Letters int
}

// Day answers what the release day has room for; false where the campaign has none.
func (c *Campaign) Day() (Day, bool) {
	if c.Release.IsZero() {
		return Day{}, false
	}
	var d Day
	for _, w := range c.mailed() {
		d.Rooms = append(d.Rooms, c.room(w))
	}
	d.Domains = c.domains(d.Rooms)
	for _, domain := range d.Domains {
		d.Letters += domain.Letters
	}
	d.Signers = c.signers(d)
	return d, true
}

// signers reckons that targets to which everybody writes bind however the signers are spread; those of one domain share it. A mailbox may have
// letters of both kinds of targets, as a relay's has: then all of a signer's letters go by the sum.
func (c *Campaign) signers(d Day) int {
	var everybodys, others []Room
	for _, r := range d.Rooms {
		if t := r.Way.Target; slices.Contains(c.also, t) || c.State == "" && t == c.fallback {
			everybodys = append(everybodys, r)
		} else {
			others = append(others, r)
		}
	}
	most, spread := d.Letters, d.Letters
	common, counted := map[string]int{}, map[string]bool{}
	for _, r := range others {
		counted[r.Way.To.Mailbox()] = true
	}
	for _, r := range everybodys {
		most = min(most, r.Letters)
		common[r.Way.To.Domain()]++
		if key := r.Way.To.Mailbox(); !counted[key] {
			counted[key], spread = true, spread-r.Letters
		}
	}
	for _, domain := range d.Domains {
		if n := common[domain.Domain]; n > 0 {
			most = min(most, domain.Letters/n)
		}
	}
	if len(others) > 0 {
		most = min(most, max(0, spread), d.Letters/(len(everybodys)+1))
	}
	return most
}

// mailed answers the ways by which the house sends, each target once.
func (c *Campaign) mailed() []Way {
	ways := map[string]Way{}
	for _, country := range address.Countries() {
		for _, w := range c.Ways(country) {
			if w.Channel.Mailed() {
				ways[w.Target.ID] = w
			}
		}
	}
	var all []Way
	for _, id := range slices.Sorted(maps.Keys(ways)) {
		all = append(all, ways[id])
	}
	return all
}

// room reckons without a burst: of any hour no more leave than the pace says, burst included.
func (c *Campaign) room(w Way) Room {
	zone := c.zone(w.Target)
	end := Local{midnight(c.Release.t).Add(24 * time.Hour)}
	if h := c.hours(w); h != (Hours{}) {
		end = Local{midnight(c.Release.t).Add(time.Duration(h.To) * time.Minute)}
	}
	r := Room{Way: w, From: c.Expected(w, c.Release.In(zone)), To: end.In(zone)}
	r.Letters = letters(c.PaceOf(w).Mailbox, r.From, r.To)
	return r
}

func letters(r ledger.Rate, from, to time.Time) int {
	return max(0, int(to.Sub(from)*time.Duration(r.PerHour)/time.Hour))
}

func (c *Campaign) domains(rooms []Room) []DomainRoom {
	by := map[string][]Room{}
	for _, r := range rooms {
		by[r.Way.To.Domain()] = append(by[r.Way.To.Domain()], r)
	}
	var all []DomainRoom
	for domain, rooms := range by {
		all = append(all, c.domain(domain, rooms))
	}
	slices.SortFunc(all, func(a, b DomainRoom) int {
		return cmp.Or(cmp.Compare(b.Targets, a.Targets), cmp.Compare(a.Domain, b.Domain))
	})
	return all
}

// domain adds up the mailboxes, as far as their domain's pace bears it in the time in which one of them is open.
func (c *Campaign) domain(name string, rooms []Room) DomainRoom {
	d := DomainRoom{Domain: name, Targets: len(rooms)}
	slices.SortFunc(rooms, func(a, b Room) int { return a.From.Compare(b.From) })
	boxes := map[string][]Room{} // a relay's is that of many targets
	for _, r := range rooms {
		boxes[r.Way.To.Mailbox()] = append(boxes[r.Way.To.Mailbox()], r)
	}
	for _, shared := range boxes {
		d.Letters += c.while(shared, func(p ledger.Pace) ledger.Rate { return p.Mailbox })
	}
	d.Letters = min(d.Letters, c.while(rooms, func(p ledger.Pace) ledger.Rate { return p.Domain }))
	if c.Fax != nil && name == c.Fax.Gateway.Domain() {
		d.Letters = min(d.Letters, c.Fax.Daily)
	}
	return d
}

// while answers how many letters leave at a pace that targets share, in the time in which one of them is open; the one that opens first comes first.
func (c *Campaign) while(rooms []Room, of func(ledger.Pace) ledger.Rate) int {
	n, until := 0, time.Time{}
	for _, r := range rooms {
		n += letters(of(c.PaceOf(r.Way)), later(r.From, until), r.To)
		until = later(until, r.To)
	}
	return n
}
