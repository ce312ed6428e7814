package ledger

import (
	"context"
	"fmt"
	"maps"
	"time"
)

// Rate is how many letters a bucket lets through in any hour, and how many of them at once. The zero Rate lets all through.
//
// The algorithm is the generic cell rate algorithm (ITU-T I.371, Annex A) in its virtual scheduling form: a bucket is one time,
// the theoretical arrival time, which each letter moves on by the interval. Burst letters may run ahead of it. In any window of
// length W, its end left out, at most ceil(W/interval) + Burst - 1 letters go through; the interval is hour/(PerHour-Burst+1), so
// that of any hour it is PerHour, burst included. A burst beyond half the hour's letters is cut, so that an empty bucket is full
// again within an hour. Where callers share a bucket under two rates it lets through what the faster one does, and in any window
// fewer than the slower one's burst besides.
type Rate struct{ PerHour, Burst int }

// DefaultBurst is how many letters a rate lets through at once, unless it is slow or fast.
const DefaultBurst = 20

// NewRate answers a rate with a burst that fits it: the letters of 80 seconds, so that a sender who comes each minute finds all that has
// come up in between; [DefaultBurst] at least, but no more than a tenth of a slow rate's hour.
func NewRate(perHour int) Rate {
	return Rate{PerHour: perHour, Burst: max(1, min(max(DefaultBurst, perHour/45), perHour/10))}
}

// Pace is what one letter must keep: the rate of the mailbox it goes to, and that of the mail domain, which many missions of a
// state share. The zero Pace is none.
type Pace struct{ Mailbox, Domain Rate }

// DefaultPace keeps below what a mailbox of Exchange Online takes from one sender in an hour (1,200: Microsoft, "Receiving
// limits", hot recipients throttling), and twice that for a domain.
func DefaultPace() Pace { return Pace{Mailbox: NewRate(900), Domain: NewRate(1800)} }

// Slots asks for up to N letters' slots in a mailbox's and its domain's buckets.
type Slots struct {
	Domain, Mailbox string // the mailbox as an address, which is kept as a hash
	Pace            Pace
	N               int
	Now             time.Time
	// Newcomer stands back while letters wait: who asks for a letter that has just been signed.
	Newcomer bool
}

// Grant is how many letters may leave at once, and else when to ask again.
type Grant struct {
	N    int
	Next time.Time // when N is 0: no slot before it
	// Shut is when N is 0 and the domain has no slot either: for no letter to it at this pace is there one before it.
	Shut time.Time
}

const (
	paceKind = "PACE"
	// waitLife is for how many minutes, begun ones counted, newcomers stand back after the last word that letters wait: a few ticks
	// of the outbox.
	waitLife = 6
	// standBack is how long a newcomer that stood back need not ask again.
	standBack = 30 * time.Second
)

// farthest is how far ahead of the clock a bucket can have got, whatever its rate. One further ahead was moved by a clock that ran
// ahead of this one. It is put where it counts as empty, so that nothing is granted for it and it does not stay closed for days. Clocks
// that differ by less, a burst's time counted, gain no more than that difference; more, at the same time, and no pace is kept.
const farthest = int64(time.Hour / time.Millisecond)

// road is the state of the way to one mail domain: the buckets of the domain and its mailboxes, who waits, and the brake. Times
// are milliseconds since 1970, if it is not said otherwise. It is as terse as it is because each letter writes it, and databases
// charge by the kilobyte: at most 39 bytes a mailbox.
type road struct {
	Arrivals map[string]int64 `json:"arrivals,omitempty"` // theoretical arrival times; "" is the domain's
	Waits    map[string]int64 `json:"waits,omitempty"`    // by mailbox, "" for all: the minute, since 1970, in which newcomers need no more stand back
	Brake    brake            `json:"brake,omitzero"`
}

// Take takes slots of both buckets in one compare-and-set, as many as both have and N at most. A call that ends with an error
// has granted nothing, and may have used slots up: never more letters leave than were granted. Who finds no slot leaves word that
// letters wait, for some minutes; who is no newcomer, and finds none in the whole domain, for all its mailboxes.
func Take(ctx context.Context, docs Documents, s Slots) (Grant, error) {
	var g Grant
	err := change(ctx, docs, DocumentName(paceKind, s.Domain), func(r *road) { g = r.take(s) })
	if err != nil {
		return Grant{}, fmt.Errorf("take slots: %w", err)
	}
	return g, nil
}

// Waiting leaves word, for some minutes, whether letters wait for a mailbox.
func Waiting(ctx context.Context, docs Documents, domain, mailbox string, wait bool, now time.Time) error {
	err := change(ctx, docs, DocumentName(paceKind, domain), func(r *road) {
		key := mailboxKey(mailbox)
		switch {
		case !wait:
			delete(r.Waits, key)
		case r.waits(key, now.UnixMilli()) < waitLife/2: // not a write each tick
			r.wait(key, now.UnixMilli())
		}
	})
	if err != nil {
		return fmt.Errorf("leave word of waiting letters: %w", err)
	}
	return nil
}

func (r *road) take(s Slots) Grant {
	key, now := mailboxKey(s.Mailbox), s.Now.UnixMilli()
	r.rein(key, now)
	if hold := r.Brake.Hold; now < hold {
		return Grant{Next: time.UnixMilli(hold).UTC(), Shut: time.UnixMilli(hold).UTC()}
	}
	if s.Newcomer && max(r.waits(key, now), r.waits("", now)) > 0 {
		return Grant{Next: s.Now.Add(standBack)}
	}
	level := r.Brake.level(now)
	mailbox, domain := s.Pace.Mailbox.slowed(level), s.Pace.Domain.slowed(level)
	n := min(s.N, mailbox.free(r.Arrivals[key], now), domain.free(r.Arrivals[""], now))
	if n < 1 {
		return r.none(s, mailbox, domain)
	}
	if r.Arrivals == nil {
		r.Arrivals = map[string]int64{}
	}
	r.Arrivals[key] = mailbox.arrive(r.Arrivals[key], now, n)
	r.Arrivals[""] = domain.arrive(r.Arrivals[""], now, n)
	r.forget(now)
	return Grant{N: n}
}

// none leaves word that letters wait, for the mailbox, or where its domain has no slot either for all of it: otherwise each of a hundred
// queues would write its own.
func (r *road) none(s Slots, mailbox, domain Rate) Grant {
	key, now := mailboxKey(s.Mailbox), s.Now.UnixMilli()
	whole := domain.next(r.Arrivals[""], now)
	next := max(mailbox.next(r.Arrivals[key], now), whole)
	g := Grant{Next: time.UnixMilli(next).UTC()}
	waits := key
	if whole > now {
		g.Shut = time.UnixMilli(whole).UTC()
		waits = ""
	}
	switch {
	case s.Newcomer: // the first that waits: others may go to the domain's other mailboxes
		r.wait(key, now)
	case r.waits(waits, now) < waitLife/2: // not a write each tick
		r.wait(waits, now)
	}
	return g
}

// rein takes back what a clock that ran ahead has put further ahead than it can be.
func (r *road) rein(mailbox string, now int64) {
	r.Brake.rein(now)
	for _, key := range []string{mailbox, ""} {
		if r.Arrivals[key] > now+farthest {
			r.Arrivals[key] = now + farthest
		}
	}
}

func (r *road) wait(key string, now int64) {
	if r.Waits == nil {
		r.Waits = map[string]int64{}
	}
	r.Waits[key] = minute(now) + waitLife
}

// waits answers for how many minutes newcomers still stand back for a mailbox. A longer time came from a clock that ran ahead, and
// is none.
func (r *road) waits(key string, now int64) int64 {
	left := r.Waits[key] - minute(now)
	if left < 0 || left > waitLife {
		return 0
	}
	return left
}

func minute(ms int64) int64 { return ms / time.Minute.Milliseconds() }

// apart is how far the clocks of two callers may be apart without one emptying buckets that the other has filled.
const apart = 2 * time.Minute

// forget drops what says no more than its absence, so that the document stays small.
func (r *road) forget(now int64) {
	past := now - apart.Milliseconds()
	maps.DeleteFunc(r.Arrivals, func(_ string, t int64) bool { return t <= past })
	maps.DeleteFunc(r.Waits, func(key string, _ int64) bool { return r.waits(key, now) == 0 })
}

// slowed is a rate halved so many times.
func (r Rate) slowed(level int) Rate {
	if r.PerHour == 0 {
		return r
	}
	return Rate{PerHour: max(1, r.PerHour>>level), Burst: max(1, r.Burst>>level)}
}

// interval answers the milliseconds between letters, rounded up, and the burst, cut so that it takes no longer than farthest to
// fill the bucket.
func (r Rate) interval() (interval, burst int64) {
	hour := time.Hour.Milliseconds()
	burst = int64(min(max(r.Burst, 1), (r.PerHour+1)/2))
	n := int64(r.PerHour) - burst + 1
	interval = (hour + n - 1) / n
	return interval, min(burst, farthest/interval)
}

// free answers how many letters the bucket lets through now.
func (r Rate) free(arrival, now int64) int {
	if r.PerHour == 0 {
		return 1 << 30
	}
	interval, burst := r.interval()
	return int((now + burst*interval - max(arrival, now)) / interval)
}

// arrive moves the bucket on by n letters.
func (r Rate) arrive(arrival, now int64, n int) int64 {
	if r.PerHour == 0 {
		return arrival
	}
	interval, _ := r.interval()
	return max(arrival, now) + int64(n)*interval
}

// next answers when the bucket lets a letter through.
func (r Rate) next(arrival, now int64) int64 {
	if r.PerHour == 0 {
		return now
	}
	interval, burst := r.interval()
	return max(now, arrival-(burst-1)*interval)
}

// mailboxKey is what stands for an address: no address gets into the ledger, not even a target's or a tester's. Two mailboxes of a domain
// that came to have the same one, which of a thousand has a chance of one in two thousand, would share a bucket.
func mailboxKey(address string) string { return shortToken(address) }
