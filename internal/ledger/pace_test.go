package ledger_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"one-click-protest/internal/ledger"
)

// asked is what most tests ask for: one slot of a@mission.example.
func asked(now time.Time, newcomer bool) ledger.Slots {
	return ledger.Slots{Domain: "mission.example", Mailbox: mailboxes[0], Pace: ledger.DefaultPace(), N: 1, Now: now, Newcomer: newcomer}
}

func mustTake(t testing.TB, docs ledger.Documents, s ledger.Slots) ledger.Grant {
	t.Helper()
	g, err := ledger.Take(t.Context(), docs, s)
	noError(t, err)
	return g
}

func TestNewRate(t *testing.T) {
	for perHour, burst := range map[int]int{1: 1, 9: 1, 19: 1, 20: 2, 199: 19, 200: 20, 900: 20, 945: 21, 1800: 40, 100_000: 2222} {
		if got, want := ledger.NewRate(perHour), (ledger.Rate{PerHour: perHour, Burst: burst}); got != want {
			t.Errorf("%+v, not %+v", got, want)
		}
	}
	if got, want := ledger.DefaultPace(), (ledger.Pace{Mailbox: ledger.Rate{PerHour: 900, Burst: 20}, Domain: ledger.Rate{PerHour: 1800, Burst: 40}}); got != want {
		t.Errorf("default %+v", got)
	}
}

// TestTake follows a pace of 900 and 1,800 an hour and 20 at once by hand: a mailbox's letter takes 3,600,000/881 = 4,087 ms,
// a domain's 3,600,000/1,781 = 2,022 ms, both rounded up.
func TestTake(t *testing.T) {
	steps := []struct {
		why     string
		at      int // milliseconds
		mailbox int
		n, got  int
		next    int
	}{
		{"some of a burst", 0, 0, 5, 5, 0},
		{"the rest of it", 0, 0, 30, 15, 0},
		{"the mailbox's next", 0, 0, 1, 0, 4087},
		{"the domain's next is sooner, for another mailbox", 0, 1, 1, 0, 2022},
		{"a moment before", 2021, 1, 1, 0, 2022},
		{"then", 2022, 1, 30, 1, 0},
		{"which the domain counts", 4043, 0, 1, 0, 4087},
		{"the mailbox's turn", 4087, 0, 30, 1, 0},
		{"two at once have come together", 10_110, 1, 30, 3, 0},
	}
	docs := newShelf()
	for _, s := range steps {
		slots := asked(noon.Add(time.Duration(s.at)*time.Millisecond), false)
		slots.Mailbox, slots.N = mailboxes[s.mailbox], s.n
		slots.Pace = ledger.Pace{Mailbox: ledger.Rate{PerHour: 900, Burst: 20}, Domain: ledger.Rate{PerHour: 1800, Burst: 20}}
		want := ledger.Grant{N: s.got}
		if s.got == 0 {
			want.Next = noon.Add(time.Duration(s.next) * time.Millisecond)
			want.Shut = noon.Add(2022 * time.Millisecond)
			if s.at >= 2022 {
				want.Shut = noon.Add(4044 * time.Millisecond)
			}
		}
		if got := mustTake(t, docs, slots); got != want {
			t.Fatalf("%s: %+v, not %+v", s.why, got, want)
		}
	}
}

// TestTakeWithoutPace: the zero pace lets all through, and nothing stays.
func TestTakeWithoutPace(t *testing.T) {
	docs := newShelf()
	slots := asked(noon, false)
	slots.Pace, slots.N = ledger.Pace{}, 1000
	for range 3 {
		if g := mustTake(t, docs, slots); g.N != 1000 {
			t.Errorf("%+v", g)
		}
	}
	if len(docs.now) != 0 {
		t.Errorf("left over: %s", docs.only(t))
	}
	whole := asked(noon, false)
	whole.N = 20
	mustTake(t, docs, whole)
	mustTake(t, docs, slots)
	if g := mustTake(t, docs, asked(noon, false)); g.N != 0 {
		t.Errorf("others' slots came back: %+v", g)
	}
}

// TestTakeOfMany: parallel callers share one burst.
func TestTakeOfMany(t *testing.T) {
	docs := newShelf()
	var sum atomic.Int64
	var wait sync.WaitGroup
	for range 50 {
		wait.Go(func() {
			g, err := ledger.Take(t.Context(), docs, asked(noon, false))
			if err != nil {
				t.Error(err)
			}
			sum.Add(int64(g.N))
		})
	}
	wait.Wait()
	if got := sum.Load(); got != 20 {
		t.Errorf("%d letters", got)
	}
}

// TestTakeLostReply: a call that ended with an error granted nothing, and the slots it may have used up are gone.
func TestTakeLostReply(t *testing.T) {
	docs, slots := newShelf(), asked(noon, false)
	slots.N = 15
	docs.fault(nil, errFault, func() {
		if g, err := ledger.Take(t.Context(), docs, slots); err == nil || g != (ledger.Grant{}) {
			t.Errorf("%+v, %v", g, err)
		}
	})
	if g := mustTake(t, docs, slots); g.N != 5 {
		t.Errorf("%+v", g)
	}
}

// TestDomainsApart: another domain has buckets of its own.
func TestDomainsApart(t *testing.T) {
	docs, slots := newShelf(), asked(noon, false)
	slots.N = 20
	mustTake(t, docs, slots)
	slots.Domain, slots.Mailbox = "ministry.example", "a@ministry.example"
	if g := mustTake(t, docs, slots); g.N != 20 {
		t.Errorf("%+v", g)
	}
}

// TestNewcomersStandBack while letters wait; deliver, which is no newcomer, is served.
func TestNewcomersStandBack(t *testing.T) {
	docs := newShelf()
	waiting := func(wait bool, at time.Duration) {
		noError(t, ledger.Waiting(t.Context(), docs, "mission.example", mailboxes[0], wait, noon.Add(at)))
	}
	serves := func(why string, at time.Duration, newcomer, other bool, want int) {
		t.Helper()
		slots := asked(noon.Add(at), newcomer)
		if other {
			slots.Mailbox = mailboxes[1]
		}
		g := mustTake(t, docs, slots)
		if g.N != want {
			t.Errorf("%s: %+v", why, g)
		}
		if later := g.Next.Sub(slots.Now); want == 0 && (later <= 0 || later > time.Minute) {
			t.Errorf("%s: asks again after %s", why, later)
		}
	}
	serves("nobody waits", 0, true, false, 1)
	waiting(true, 0)
	serves("letters wait", time.Second, true, false, 0)
	serves("deliver", time.Second, false, false, 1)
	serves("for another mailbox none wait", time.Second, true, true, 1)
	waiting(true, 4*time.Minute)
	serves("they still do", 8*time.Minute, true, false, 0)
	waiting(false, 8*time.Minute)
	serves("they have left", 8*time.Minute, true, false, 1)
	waiting(true, 9*time.Minute)
	serves("no word for long: not for ever", 20*time.Minute, true, false, 1)
	waiting(true, 100*time.Hour)
	serves("a word from a clock that ran ahead", 21*time.Minute, true, false, 1)
	waiting(true, 21*time.Minute)
	serves("is replaced", 21*time.Minute, true, false, 0)
}

// TestRefusedNewcomersWait: the first one that finds no slot leaves word that its letter waits, so that none that comes later
// overtakes it; its word lapses.
func TestRefusedNewcomersWait(t *testing.T) {
	docs, slots := newShelf(), asked(noon, true)
	slots.N = 30
	if g := mustTake(t, docs, slots); g.N != 20 {
		t.Fatalf("%+v", g)
	}
	g := mustTake(t, docs, asked(noon, true))
	if g.N != 0 {
		t.Fatalf("%+v", g)
	}
	if again := mustTake(t, docs, asked(g.Next, true)); again.N != 0 {
		t.Errorf("overtaken: %+v", again)
	}
	if deliver := mustTake(t, docs, asked(g.Next, false)); deliver.N != 1 {
		t.Errorf("deliver: %+v", deliver)
	}
	if later := mustTake(t, docs, asked(noon.Add(4*time.Minute), true)); later.N != 0 {
		t.Errorf("after four minutes: %+v", later)
	}
	if later := mustTake(t, docs, asked(noon.Add(7*time.Minute), true)); later.N != 1 {
		t.Errorf("for ever: %+v", later)
	}
}

// TestWaitingIsNotWrittenEachTick: a tick a minute, half of them write at most.
func TestWaitingIsNotWrittenEachTick(t *testing.T) {
	docs := newShelf()
	for tick := range 60 {
		noError(t, ledger.Waiting(t.Context(), docs, "mission.example", mailboxes[0], true, noon.Add(time.Duration(tick)*time.Minute)))
	}
	if docs.writes > 30 {
		t.Errorf("%d writes", docs.writes)
	}
}

// TestClockRanAhead: one call from the day after tomorrow shuts a mailbox for an hour, not for two days, and is worth one burst.
func TestClockRanAhead(t *testing.T) {
	docs := newShelf()
	slots := asked(noon.AddDate(0, 0, 2), false)
	slots.N = 20
	mustTake(t, docs, slots)
	g := mustTake(t, docs, asked(noon, false))
	if g.N != 0 || g.Next.After(noon.Add(time.Hour)) {
		t.Fatalf("%+v", g)
	}
	if g = mustTake(t, docs, asked(g.Next, false)); g.N != 1 {
		t.Errorf("%+v", g)
	}
}

// TestPaceDocumentSize: the road to a domain's mailboxes, each of which has letters out and letters waiting, while the brake is on. A
// kilobyte is what DynamoDB bills as one write.
func TestPaceDocumentSize(t *testing.T) {
	slow := ledger.Pace{Mailbox: ledger.NewRate(1), Domain: ledger.NewRate(100_000)}
	for _, tt := range []struct {
		mailboxes, most int
		pace            ledger.Pace
	}{
		{1, 256, slow}, {20, 1 << 10, slow}, {200, 8 << 10, slow}, {20, 1 << 10, ledger.DefaultPace()}, {200, 8 << 10, ledger.DefaultPace()},
	} {
		docs := newShelf()
		size := 0
		for i := range 2 * tt.mailboxes {
			now := noon.Add(time.Duration(i) * 3 * time.Second)
			slots := asked(now, false)
			slots.Mailbox, slots.Pace = fmt.Sprintf("mission-%d@mission.example", i%tt.mailboxes), tt.pace
			mustTake(t, docs, slots)
			noError(t, ledger.Waiting(t.Context(), docs, "mission.example", slots.Mailbox, true, now))
			if i < 30 {
				_, err := ledger.Slow(t.Context(), docs, "mission.example", fmt.Sprint(i), now.Add(-2*time.Hour))
				noError(t, err)
			}
			size = max(size, len(docs.only(t)))
		}
		t.Logf("%d mailboxes of %d an hour: %d bytes", tt.mailboxes, tt.pace.Mailbox.PerHour, size)
		if size > tt.most {
			t.Errorf("%d mailboxes: %d bytes: %s", tt.mailboxes, size, docs.only(t))
		}
		if strings.Contains(docs.only(t), "mission") {
			t.Error("an address in it")
		}
	}
}

// TestPaceDocumentIsEmptied: what says no more than its absence goes with the next grant.
func TestPaceDocumentIsEmptied(t *testing.T) {
	docs := newShelf()
	for i := range 200 {
		slots := asked(noon, i%2 == 0)
		slots.Mailbox = fmt.Sprintf("mission-%d@mission.example", i)
		mustTake(t, docs, slots)
	}
	mustTake(t, docs, asked(noon.Add(time.Hour), false))
	if document := docs.only(t); len(document) > 128 {
		t.Errorf("%d bytes: %s", len(document), document)
	}
}

// Letters that find no slot in a whole domain wait before newcomers to any of its mailboxes, by one word.
func TestWordForTheWholeDomain(t *testing.T) {
	docs := newShelf()
	slots := asked(noon, false)
	slots.N, slots.Pace = 20, ledger.Pace{Mailbox: ledger.NewRate(900), Domain: ledger.NewRate(900)}
	mustTake(t, docs, slots)
	slots.Mailbox = mailboxes[1]
	shut := mustTake(t, docs, slots)
	if shut.N != 0 || shut.Shut.IsZero() || shut.Next != shut.Shut {
		t.Fatalf("%+v", shut)
	}
	later := asked(noon.Add(2*time.Minute), true)
	later.Pace = slots.Pace
	for _, later.Mailbox = range mailboxes[:2] {
		if g := mustTake(t, docs, later); g.N != 0 || !g.Shut.IsZero() {
			t.Errorf("a newcomer: %+v", g)
		}
	}
	later.Newcomer = false
	if g := mustTake(t, docs, later); g.N != 1 {
		t.Errorf("who waits: %+v", g)
	}
	later.Newcomer, later.Now = true, noon.Add(7*time.Minute)
	if g := mustTake(t, docs, later); g.N != 1 {
		t.Errorf("a newcomer when the word has lapsed: %+v", g)
	}
}
