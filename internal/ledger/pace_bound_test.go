package ledger_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"one-click-protest/internal/ledger"
)

// world is one mail domain with two mailboxes, whose callers' clocks show the real time plus an offset.
type world struct {
	docs   *shelf
	real   int64 // milliseconds since 1970
	offset int64
	grants []granted
}

type granted struct {
	at, n   int64
	mailbox string
}

var mailboxes = []string{"a@mission.example", "b@mission.example"}

func newWorld() *world { return &world{docs: newShelf(), real: noon.UnixMilli()} }

func (w *world) clock() time.Time { return time.UnixMilli(w.real + w.offset).UTC() }

func (w *world) take(t *rapid.T, mailbox string, n int, pace ledger.Pace) ledger.Grant {
	g, err := ledger.Take(t.Context(), w.docs, ledger.Slots{Domain: "mission.example", Mailbox: mailbox, Pace: pace, N: n, Now: w.clock()})
	switch {
	case err != nil && g != (ledger.Grant{}):
		t.Fatalf("granted %+v with %v", g, err)
	case err != nil:
		return g
	case g.N < 0 || g.N > n || (g.N == 0) != g.Next.After(w.clock()) || (g.N > 0) != g.Next.IsZero():
		t.Fatalf("asked for %d at %s, got %+v", n, w.clock(), g)
	}
	if g.N > 0 {
		w.grants = append(w.grants, granted{w.real, int64(g.N), mailbox})
	}
	return g
}

// limit is the bound that a rate's documentation promises, worked out anew: in a window of so many milliseconds at most
// ceil(window/interval) + burst - 1 letters, the interval being hour/(PerHour-Burst+1), and of a burst no more than half the hour's
// letters, rounded up. extra is how many more letters another rate that shares the bucket may let through.
type limit struct {
	ledger.Rate
	extra int64
}

const hour = int64(time.Hour / time.Millisecond)

func (l limit) letters() (perInterval, burst int64) {
	burst = int64(min(max(l.Burst, 1), (l.PerHour+1)/2))
	return int64(l.PerHour) - burst + 1, burst
}

func (l limit) most(window int64) int64 {
	n, burst := l.letters()
	return (window*n+hour-1)/hour + burst - 1 + l.extra
}

// keeps holds every window to the limit: it is enough to look at the shortest window around each two grants, and at the hour that begins
// with each. skew is how much longer clocks that differ may make a window.
func (w *world) keeps(t *rapid.T, what string, l limit, skew int64, of func(granted) bool) {
	for i, first := range w.grants {
		var sum, inHour int64
		for _, g := range w.grants[i:] {
			if !of(g) {
				continue
			}
			sum += g.n
			if window := g.at - first.at + 1; sum > l.most(window+skew) {
				t.Fatalf("%s: %d letters in %d ms, at most %d", what, sum, window, l.most(window+skew))
			}
			if g.at < first.at+hour {
				inHour += g.n
			}
		}
		if skew == 0 && inHour > int64(l.PerHour)+l.extra {
			t.Fatalf("%s: %d letters in an hour of %d", what, inHour, l.PerHour)
		}
	}
}

func (w *world) keepsAll(t *rapid.T, mailbox, domain limit, skew int64) {
	w.keeps(t, "domain", domain, skew, func(granted) bool { return true })
	for _, name := range mailboxes {
		w.keeps(t, name, mailbox, skew, func(g granted) bool { return g.mailbox == name })
	}
}

// drawRate draws any rate; one in two as campaigns make them.
func drawRate(t *rapid.T, name string) ledger.Rate {
	perHour := rapid.OneOf(rapid.IntRange(1, 40), rapid.IntRange(1, 5000)).Draw(t, name)
	if rapid.Bool().Draw(t, name+" as usual") {
		return ledger.NewRate(perHour)
	}
	return ledger.Rate{PerHour: perHour, Burst: rapid.IntRange(0, perHour+1).Draw(t, name+" burst")}
}

func drawPace(t *rapid.T, name string) ledger.Pace {
	return ledger.Pace{Mailbox: drawRate(t, name+" mailbox"), Domain: drawRate(t, name+" domain")}
}

// pass lets time pass, often none.
func (w *world) pass(t *rapid.T) {
	w.real += rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(0, 10_000), rapid.Int64Range(0, hour/4)).Draw(t, "pass")
}

// ask takes slots for a mailbox, or loses the call: before it has an effect, or its reply.
func (w *world) ask(t *rapid.T, pace ledger.Pace) {
	mailbox, n := rapid.SampledFrom(mailboxes).Draw(t, "mailbox"), rapid.IntRange(1, 30).Draw(t, "n")
	var before, after error
	switch rapid.IntRange(0, 9).Draw(t, "fate") {
	case 0:
		before = errFault
	case 1:
		after = errFault
	}
	w.docs.fault(before, after, func() { w.take(t, mailbox, n, pace) })
}

// slow tells of a sign.
func (w *world) slow(t *rapid.T) {
	token := fmt.Sprint(rapid.IntRange(0, 99).Draw(t, "token"))
	if _, err := ledger.Slow(t.Context(), w.docs, "mission.example", token, w.clock()); err != nil {
		t.Fatal(err)
	}
}

func steps(t *rapid.T) int { return rapid.IntRange(1, 120).Draw(t, "steps") }

// TestPaceBound: lost calls, the brake, and clocks that go back by moments or days let no more letters through, measured on real
// time.
func TestPaceBound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, pace := newWorld(), drawPace(t, "")
		for range steps(t) {
			w.pass(t)
			switch rapid.IntRange(0, 19).Draw(t, "step") {
			case 0:
				w.slow(t)
			case 1:
				w.offset -= rapid.OneOf(rapid.Int64Range(1, 10_000), rapid.Int64Range(1, 100*hour)).Draw(t, "clocks go back")
			default:
				w.ask(t, pace)
			}
		}
		w.keepsAll(t, limit{Rate: pace.Mailbox}, limit{Rate: pace.Domain}, 0)
	})
}

// TestPaceBoundToTheMillisecond: of 13 an hour, 7 at once, an interval is rounded up by a third of a millisecond, so that seven of
// them are longer than an hour.
func TestPaceBoundToTheMillisecond(t *testing.T) {
	docs, sum := newShelf(), 0
	for _, ms := range []int{0, 0, 514_284, 514_284} {
		s := asked(noon.Add(time.Duration(ms)*time.Millisecond), false)
		s.Pace, s.N = ledger.Pace{Mailbox: ledger.Rate{PerHour: 13, Burst: 7}}, 30
		sum += mustTake(t, docs, s).N
	}
	if sum > 7 {
		t.Errorf("%d letters in less than an interval", sum)
	}
}

// TestPaceBoundOfSkewedClocks: callers whose clocks differ take no more than a window that is longer by the difference would have let
// through.
func TestPaceBoundOfSkewedClocks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, pace := newWorld(), ledger.DefaultPace()
		skew := rapid.Int64Range(0, hour*3/4).Draw(t, "skew")
		for range steps(t) {
			w.pass(t)
			w.offset = rapid.OneOf(rapid.Just(int64(0)), rapid.Just(skew), rapid.Int64Range(0, skew)).Draw(t, "offset")
			w.ask(t, pace)
		}
		w.keepsAll(t, limit{Rate: pace.Mailbox}, limit{Rate: pace.Domain}, skew)
	})
}

// TestPaceBoundOfTwoRates: where two campaigns share a mailbox the faster one's rate holds, and the slower one adds less than its burst.
func TestPaceBoundOfTwoRates(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, one, other := newWorld(), drawPace(t, "one"), drawPace(t, "other")
		for range steps(t) {
			w.pass(t)
			if rapid.IntRange(0, 19).Draw(t, "step") == 0 {
				w.slow(t)
				continue
			}
			w.ask(t, rapid.SampledFrom([]ledger.Pace{one, other}).Draw(t, "pace"))
		}
		w.keepsAll(t, faster(one.Mailbox, other.Mailbox), faster(one.Domain, other.Domain), 0)
	})
}

// faster is the limit of two rates together.
func faster(a, b ledger.Rate) limit {
	na, burstA := limit{Rate: a}.letters()
	nb, burstB := limit{Rate: b}.letters()
	switch {
	case a == b:
		return limit{Rate: a}
	case na > nb:
		return limit{Rate: a, extra: burstB - 1}
	}
	return limit{Rate: b, extra: burstA - 1}
}

// TestPaceIsAlive: whatever happened before, clocks that ran ahead for a while too, who asks again at the moment it was told gets a
// slot, of a domain that is held at the second such moment, and no moment is far off.
func TestPaceIsAlive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld()
		paces := []ledger.Pace{drawPace(t, "one"), drawPace(t, "other")}
		for range steps(t) {
			w.pass(t)
			switch rapid.IntRange(0, 9).Draw(t, "step") {
			case 0:
				w.slow(t)
			case 1:
				w.offset = rapid.Int64Range(-100*hour, 100*hour).Draw(t, "clocks are set")
			default:
				w.ask(t, rapid.SampledFrom(paces).Draw(t, "pace"))
			}
		}
		if rapid.Bool().Draw(t, "clocks are set right") {
			w.offset = 0
		}
		mailbox, n := rapid.SampledFrom(mailboxes).Draw(t, "mailbox"), rapid.IntRange(1, 30).Draw(t, "n")
		held := brakeHolds(t, w)
		g := w.take(t, mailbox, n, paces[0])
		for try := 0; g.N == 0; try++ {
			wait := g.Next.UnixMilli() - w.clock().UnixMilli()
			if wait > hour || try == 1 && !held || try == 2 {
				t.Fatalf("asked %d times, no slot for %d ms", try+1, wait)
			}
			w.real += wait
			g = w.take(t, mailbox, n, paces[0])
		}
	})
}

// brakeHolds asks for a mailbox without a rate, in a domain without one.
func brakeHolds(t *rapid.T, w *world) bool {
	g, err := ledger.Take(t.Context(), w.docs, ledger.Slots{Domain: "mission.example", Mailbox: "other@mission.example", N: 1, Now: w.clock()})
	if err != nil {
		t.Fatal(err)
	}
	return g.N == 0
}

// TestPaceIsReached: who asks at each moment it was told gets, after a burst, PerHour-Burst+1 letters an hour. Intervals are whole
// milliseconds, rounded up, which costs a rate of thousands a few.
func TestPaceIsReached(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, rate := newWorld(), drawRate(t, "rate")
		pace := ledger.Pace{Mailbox: rate, Domain: rate}
		if rapid.Bool().Draw(t, "domain without a rate") {
			pace.Domain = ledger.Rate{}
		}
		n := rapid.IntRange(1, 30).Draw(t, "n")
		var sum int64
		for range 10_000 {
			g := w.take(t, mailboxes[0], n, pace)
			sum += int64(g.N)
			if g.N > 0 {
				continue
			}
			if sum > 500 || w.real > noon.UnixMilli()+100*hour {
				break
			}
			w.real = g.Next.UnixMilli()
		}
		perHour, burst := limit{Rate: rate}.letters()
		passed := w.real - noon.UnixMilli()
		burst -= burst*perHour/hour + 1 // one of half the hour's letters is cut for the same reason
		if least := passed*(perHour-perHour*perHour/hour-1)/hour + burst; sum < least {
			t.Fatalf("%d letters in %d ms, not even %d", sum, passed, least)
		}
	})
}

// A caller whose clock runs ahead does not empty the buckets of one whose clock does not.
func TestClocksApartDoNotEmptyBuckets(t *testing.T) {
	for _, seconds := range []int{0, 5, 30, 60, 110} {
		docs := newShelf()
		ask := func(box string, at time.Time, n int) int {
			return mustTake(t, docs, ledger.Slots{
				Domain: "mission.example", Mailbox: box, Pace: ledger.Pace{Mailbox: ledger.NewRate(900)}, N: n, Now: at,
			}).N
		}
		got := 0
		for s := range 3600 {
			now := noon.Add(time.Duration(s) * time.Second)
			ask(mailboxes[1], now.Add(time.Duration(seconds)*time.Second), 1)
			got += ask(mailboxes[0], now, 30)
		}
		if most := 900 + seconds/4 + 1; got > most { // W and what they are apart
			t.Errorf("clocks %d s apart: %d letters in an hour, more than %d", seconds, got, most)
		}
	}
}
