package desk

import (
	"context"
	"fmt"
	"strings"
	"time"

	"one-click-protest/internal/campaign"
	"one-click-protest/internal/ledger"
)

// soon is for how long deliver waits for a letter's hour.
const soon = 5 * time.Minute

// stock is what waits in a ledger, by when it may leave.
type stock struct {
	soon    int            // within minutes, or as its pace lets it
	stopped map[string]int // by why
	wayless int
	over    int // its day is: no time will come by itself
	spent   int // faxes, of which the campaign pays for no more today
	later   int
	next    time.Time // the earliest of those
}

// stock counts what waits in the campaigns that were loaded.
func (s steering) stock(now time.Time) stock {
	rest := stock{stopped: map[string]int{}}
	for c, b := range s.waiting() {
		n, why := s.tallies[c.Scope()].Deliveries[b], s.stops(c, b)
		switch {
		case why != "":
			rest.stopped[why] += n
		case s.controls[c.Scope()].Suspends(b.Target, b.Channel): // it goes on by another channel
			rest.soon += n
		case b.Channel == ledger.ChannelFax && s.spent[c.Scope()]:
			rest.spent += n
		default:
			rest.add(c, b, n, now)
		}
	}
	return rest
}

// faxed notes which of the campaigns that were loaded have sent all faxes of the day that they pay for.
func (s *steering) faxed(ctx context.Context, now time.Time) error {
	s.spent = map[string]bool{}
	for _, c := range s.campaigns {
		if c.Fax == nil {
			continue
		}
		n, err := ledger.Spent(ctx, s.ledger, c.Scope(), now)
		if err != nil {
			return err
		}
		s.spent[c.Scope()] = n >= c.Fax.Daily
	}
	return nil
}

// add counts letters that nobody has stopped.
func (r *stock) add(c *campaign.Campaign, b ledger.Bucket, n int, now time.Time) {
	if b.Target == ledger.TargetSigner {
		r.soon += n
		return
	}
	way, ok := c.WayBy(b.Target, b.Channel)
	if !ok {
		r.wayless += n
		return
	}
	switch ok, next := c.SendableAt(way, now); {
	case ok, !next.IsZero() && !next.After(now.Add(soon)):
		r.soon += n
	case next.IsZero():
		r.over += n
	default:
		r.later += n
		if r.next.IsZero() || next.Before(r.next) {
			r.next = next
		}
	}
}

// all is how many there are.
func (r stock) all() int {
	n := r.soon + r.wayless + r.over + r.spent + r.later
	for _, count := range r.stopped {
		n += count
	}
	return n
}

// String says in a line why nothing of it leaves soon.
func (r stock) String() string {
	if r.all() == 0 {
		return "Nothing waits."
	}
	var parts []string
	for _, why := range r.why() {
		parts = append(parts, fmt.Sprintf("%d %s", why.Count, why.Label))
	}
	return "Nothing more leaves for now: " + strings.Join(parts, ", ") + "."
}

// why counts by reason what does not leave soon.
func (r stock) why() (rows []countRow) {
	add := func(n int, why string) {
		if n > 0 {
			rows = append(rows, countRow{why, n})
		}
	}
	for _, why := range sortedKeys(r.stopped) {
		add(r.stopped[why], inWords(why))
	}
	add(r.wayless, "without a way in the files")
	add(r.over, "whose day is over")
	add(r.spent, "by fax, of which the day's number is sent; the next day begins at 00:00 UTC")
	add(r.later, "whose hour comes later, the first at "+r.next.UTC().Format("2006-01-02 15:04 MST"))
	return rows
}
