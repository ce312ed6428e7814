package ledger_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"one-click-protest/internal/ledger"
)

const day = 24 * time.Hour

// TestSpend walks through some days of one campaign, each step a fax asked for.
func TestSpend(t *testing.T) {
	midnight := noon.Add(12 * time.Hour)
	docs := newShelf()
	for _, s := range []struct {
		why  string
		most int
		at   time.Time
		want bool
		then int // spent of that day
	}{
		{"none may be sent", 0, noon, false, 0},
		{"fewer than none", -1, noon, false, 0},
		{"the first", 2, noon, true, 1},
		{"the last", 2, noon.Add(time.Minute), true, 2},
		{"no more", 2, midnight.Add(-time.Millisecond), false, 2},
		{"more are allowed", 3, midnight.Add(-time.Millisecond), true, 3},
		{"fewer are allowed", 1, midnight.Add(-time.Millisecond), false, 3},
		{"another day, of UTC", 2, midnight.In(time.FixedZone("west", -9*3600)), true, 1},
		{"a clock behind takes of the later day", 2, noon, true, 2},
		{"and frees none", 2, noon, false, 2},
		{"neither for the later day", 2, midnight, false, 2},
		{"a day without a fax", 2, midnight.Add(3 * day), true, 1},
	} {
		ok, err := ledger.Spend(t.Context(), docs, "protest", s.most, s.at)
		noError(t, err)
		n, err := ledger.Spent(t.Context(), docs, "protest", s.at)
		noError(t, err)
		if ok != s.want || n != s.then {
			t.Fatalf("%s: %v, %d spent", s.why, ok, n)
		}
	}
	if ok, err := ledger.Spend(t.Context(), docs, "another", 1, noon); err != nil || !ok {
		t.Errorf("another campaign: %v, %v", ok, err)
	}
	if n, err := ledger.Spent(t.Context(), docs, "protest", midnight.Add(4*day)); err != nil || n != 0 {
		t.Errorf("the next day: %d spent, %v", n, err)
	}
}

// What was not sent is given back to the day that it was taken of, and to no other.
func TestUnspend(t *testing.T) {
	docs := newShelf()
	for range 2 {
		_, err := ledger.Spend(t.Context(), docs, "protest", 2, noon)
		noError(t, err)
	}
	for _, s := range []struct {
		taken time.Time
		then  int
	}{{noon.Add(-day), 2}, {noon.Add(day), 2}, {noon, 1}, {noon, 0}, {noon, 0}} {
		noError(t, ledger.Unspend(t.Context(), docs, "protest", s.taken))
		if n, err := ledger.Spent(t.Context(), docs, "protest", noon); err != nil || n != s.then {
			t.Errorf("given back of %s: %d spent, %v; want %d", s.taken.Format(time.DateOnly), n, err, s.then)
		}
	}
}

// What was refused is not written: a document is not changed all day by letters that may not leave.
func TestARefusedFaxWritesNothing(t *testing.T) {
	docs := newShelf()
	for _, most := range []int{1, 1, 1, 0} {
		_, err := ledger.Spend(t.Context(), docs, "protest", most, noon)
		noError(t, err)
	}
	if docs.writes != 1 {
		t.Errorf("%d writes", docs.writes)
	}
	if got, want := docs.only(t), `{"day":"2007-12-02","taken":1}`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestSpendOfMany: of all who ask at once so many get one as there are.
func TestSpendOfMany(t *testing.T) {
	docs := newShelf()
	var spent atomic.Int32
	var wait sync.WaitGroup
	for range 50 {
		wait.Go(func() {
			ok, err := ledger.Spend(t.Context(), docs, "protest", 7, noon)
			if err != nil {
				t.Error(err)
			}
			if ok {
				spent.Add(1)
			}
		})
	}
	wait.Wait()
	if got := spent.Load(); got != 7 {
		t.Errorf("%d were sent", got)
	}
}

// However the clocks of those who ask go, and whatever answers are lost, no day of the calendar grants more than it may: a call counts for the
// latest day that had been asked for by then.
func TestSpendGrantsNoMoreThanADayMay(t *testing.T) {
	faults := []struct{ before, after error }{{}, {}, {}, {errFault, nil}, {nil, errFault}}
	rapid.Check(t, func(t *rapid.T) {
		docs, most, latest, granted := newShelf(), rapid.IntRange(1, 3).Draw(t, "most"), 0, 0
		for range rapid.IntRange(1, 40).Draw(t, "calls") {
			today := rapid.IntRange(0, 4).Draw(t, "day")
			fault := rapid.SampledFrom(faults).Draw(t, "fault")
			docs.fault(fault.before, fault.after, func() {
				ok, err := ledger.Spend(context.Background(), docs, "protest", most, noon.Add(time.Duration(today)*day))
				if ok && err != nil {
					t.Fatal("granted and failed")
				}
				if fault.before == nil && today > latest {
					latest, granted = today, 0
				}
				if ok {
					granted++
				}
			})
			if granted > most {
				t.Fatalf("%d of %d on day %d", granted, most, latest)
			}
		}
	})
}

// TestSpendLostReply: a call that ended with an error may have taken one, and never takes two.
func TestSpendLostReply(t *testing.T) {
	for _, c := range []struct {
		before, after error
		then          int
	}{{errFault, nil, 0}, {nil, errFault, 1}} {
		docs := newShelf()
		docs.fault(c.before, c.after, func() {
			if ok, err := ledger.Spend(t.Context(), docs, "protest", 5, noon); ok || !errors.Is(err, errFault) {
				t.Errorf("%v, %v", ok, err)
			}
		})
		if n, err := ledger.Spent(t.Context(), docs, "protest", noon); err != nil || n != c.then {
			t.Errorf("%d spent, %v; want %d", n, err, c.then)
		}
	}
}
