package ledger_test

import (
	"fmt"
	"testing"
	"time"

	"one-click-protest/internal/ledger"
)

// braked is a domain's documents with a count, for tokens and mailboxes that were not there before.
type braked struct {
	*shelf
	n int
}

func newBraked() *braked { return &braked{shelf: newShelf()} }

func (b *braked) sign(t *testing.T, token string, at time.Duration) (held bool) {
	t.Helper()
	held, err := ledger.Slow(t.Context(), b, "mission.example", token, noon.Add(at))
	noError(t, err)
	return held
}

func (b *braked) ease(t *testing.T) {
	t.Helper()
	noError(t, ledger.Ease(t.Context(), b, "mission.example"))
}

// take asks for many slots of a mailbox that has had none.
func (b *braked) take(t *testing.T, p ledger.Pace, at time.Duration) ledger.Grant {
	t.Helper()
	b.n++
	s := ledger.Slots{Domain: "mission.example", Mailbox: fmt.Sprint(b.n, "@mission.example"), Pace: p, N: 1000, Now: noon.Add(at)}
	return mustTake(t, b, s)
}

// fast is a mailbox's rate of which each halving shows in the burst, in a domain without a rate.
var fast = ledger.Pace{Mailbox: ledger.Rate{PerHour: 6400, Burst: 640}}

// paced holds the pace at a moment to so many halvings: 640 at once, 320, 160, 80, 40, 20.
func (b *braked) paced(t *testing.T, why string, at time.Duration, halved int) {
	t.Helper()
	if g, want := b.take(t, fast, at), 640>>halved; g.N != want {
		t.Errorf("%s: %+v at once, not %d", why, g, want)
	}
}

func TestSlow(t *testing.T) {
	steps := []struct {
		why    string
		at     time.Duration
		token  string // empty: no sign
		halved int
	}{
		{"no sign", 0, "", 0},
		{"the first halves at once", 0, "a", 1},
		{"others of the same moment tell of the same thing", 0, "b", 1},
		{"and soon after", 5*time.Minute - time.Millisecond, "c", 1},
		{"five minutes after the halving", 5 * time.Minute, "d", 2},
		{"told twice", 15 * time.Minute, "a", 2},
		{"third", 15 * time.Minute, "e", 3},
		{"fourth", 20 * time.Minute, "f", 4},
		{"fifth", 25 * time.Minute, "g", 5},
		{"no slower", 30 * time.Minute, "h", 5},
		{"not quiet for an hour yet", 90*time.Minute - time.Millisecond, "", 5},
		{"a quiet hour", 90 * time.Minute, "", 4},
		{"two", 150 * time.Minute, "", 3},
		{"a sign begins the hour anew", 155 * time.Minute, "i", 4},
		{"a repeat does not", 200 * time.Minute, "i", 4},
		{"an hour after the sign", 215 * time.Minute, "", 3},
		{"all taken back", 155*time.Minute + 4*time.Hour, "", 0},
		{"and as it was before", 155*time.Minute + 100*time.Hour, "", 0},
		{"a sign after all that", 155*time.Minute + 100*time.Hour, "j", 1},
	}
	b := newBraked()
	for _, s := range steps {
		if s.token != "" && b.sign(t, s.token, s.at) {
			t.Errorf("%s: held", s.why)
		}
		b.ease(t) // so that nothing is held
		b.paced(t, s.why, s.at, s.halved)
	}
}

// TestSlowHalvesTheHour, not only what leaves at once: of a mailbox and of its domain.
func TestSlowHalvesTheHour(t *testing.T) {
	b := newBraked()
	b.sign(t, "a", 0)
	for _, tt := range []struct {
		name string
		pace ledger.Pace
	}{
		{"mailbox", ledger.Pace{Mailbox: ledger.NewRate(900)}},
		{"domain", ledger.Pace{Domain: ledger.NewRate(900)}},
	} {
		sum := b.take(t, tt.pace, 0).N
		for at, asks := time.Duration(0), 0; at < 59*time.Minute && asks < 2000; asks++ {
			s := ledger.Slots{Domain: "mission.example", Mailbox: fmt.Sprint(b.n, "@mission.example"), Pace: tt.pace, N: 1, Now: noon.Add(at)}
			g := mustTake(t, b, s)
			sum += g.N
			if g.N == 0 {
				at = g.Next.Sub(noon)
			}
		}
		if sum < 430 || sum > 450 {
			t.Errorf("%s: %d letters in an hour", tt.name, sum)
		}
	}
}

func TestHold(t *testing.T) {
	b := newBraked()
	signs := func(n int, at time.Duration) (held int) {
		t.Helper()
		for range n {
			b.n++
			if b.sign(t, fmt.Sprint("sign ", b.n), at) {
				held++
			}
		}
		return held
	}
	holds := func(why string, at time.Duration, until time.Duration) {
		t.Helper()
		if g := b.take(t, fast, at); (g.N == 0) != (until > 0) || until > 0 && !g.Next.Equal(noon.Add(until)) {
			t.Errorf("%s: %+v", why, g)
		}
	}
	if signs(9, 0) != 0 {
		t.Error("nine hold")
	}
	holds("nine", 0, 0)
	b.ease(t)
	if signs(9, time.Minute) != 0 {
		t.Error("nine and nine with a letter delivered in between hold")
	}
	if b.sign(t, fmt.Sprint("sign ", b.n), time.Minute) {
		t.Error("nine and a repeat hold")
	}
	holds("nine and nine", time.Minute, 0)
	if signs(1, 2*time.Minute) != 1 {
		t.Error("ten do not hold")
	}
	holds("ten", 2*time.Minute, 62*time.Minute)
	if signs(5, 10*time.Minute) != 0 {
		t.Error("told again while it is held")
	}
	holds("for an hour after the last", 10*time.Minute, 70*time.Minute)
	b.ease(t) // a letter that was on its way
	holds("a letter delivered does not lift it", 11*time.Minute, 70*time.Minute)
	holds("a moment before its end", 70*time.Minute-time.Millisecond, 70*time.Minute)
	holds("its end", 70*time.Minute, 0)
	if signs(10, 71*time.Minute) != 1 {
		t.Error("a second hold is not told once")
	}
	if signs(1, 140*time.Minute) != 1 {
		t.Error("a hold that the next sign begins anew is not told")
	}
}

// TestHeldNewcomers: they are told the end of the hold and leave no word: nothing is waited for that deliver could send.
func TestHeldNewcomers(t *testing.T) {
	b := newBraked()
	for i := range 10 {
		b.sign(t, fmt.Sprint(i), 0)
	}
	if g := mustTake(t, b, asked(noon, true)); g.N != 0 || !g.Next.Equal(noon.Add(time.Hour)) {
		t.Errorf("%+v", g)
	}
	if g := mustTake(t, b, asked(noon.Add(time.Hour), true)); g.N != 1 {
		t.Errorf("afterwards: %+v", g)
	}
}

// TestSlowLostReply: the event comes again, and counts once.
func TestSlowLostReply(t *testing.T) {
	b := newBraked()
	for i := range 9 {
		b.fault(nil, errFault, func() {
			if _, err := ledger.Slow(t.Context(), b, "mission.example", fmt.Sprint(i), noon); err == nil {
				t.Error("no error")
			}
		})
		if b.sign(t, fmt.Sprint(i), 0) {
			t.Error("held by repeats")
		}
	}
	if !b.sign(t, "tenth", 0) {
		t.Error("nine signs are not remembered")
	}
}

// TestSlowIsOfOneDomain, and a domain that nobody complained of has no document to ease.
func TestSlowIsOfOneDomain(t *testing.T) {
	docs := newShelf()
	for i := range 10 {
		_, err := ledger.Slow(t.Context(), docs, "ministry.example", fmt.Sprint(i), noon)
		noError(t, err)
	}
	writes := docs.writes
	noError(t, ledger.Ease(t.Context(), docs, "mission.example"))
	if docs.writes != writes {
		t.Error("a write for nothing")
	}
	slots := asked(noon, false)
	slots.N = 20
	if g := mustTake(t, docs, slots); g.N != 20 {
		t.Errorf("%+v", g)
	}
}

// TestBrakeOfAClockAhead: signs that a clock two days ahead noted hold and slow the domain for hours, not days.
func TestBrakeOfAClockAhead(t *testing.T) {
	b := newBraked()
	for i := range 10 {
		b.sign(t, fmt.Sprint(i), 48*time.Hour)
	}
	if g := b.take(t, fast, 0); g.N != 0 || g.Next.After(noon.Add(time.Hour)) {
		t.Errorf("%+v", g)
	}
	b.paced(t, "a quiet hour later", time.Hour, 0)
	b.sign(t, "right", 2*time.Hour)
	b.sign(t, "right again", 2*time.Hour+5*time.Minute)
	b.ease(t)
	b.paced(t, "signs of right clocks", 4*time.Hour, 1)
}
