package ledger_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"one-click-protest/internal/ledger"
)

// TestLease walks through the life of one lease of a minute, each step a call.
func TestLease(t *testing.T) {
	steps := []struct {
		why, holder string
		at          time.Duration // since noon; the lease is asked for a minute from there
		want        bool
	}{
		{"nobody has it", "one", 0, true},
		{"another has it", "two", 0, false},
		{"until its end", "two", time.Minute - time.Millisecond, false},
		{"its own is lengthened", "one", 30 * time.Second, true},
		{"beyond its first end", "two", time.Minute, false},
		{"it lapsed", "two", 90 * time.Second, true},
		{"it is another's now", "one", 90 * time.Second, false},
		{"which lengthens it", "two", 2 * time.Minute, true},
		{"a clock behind", "one", -time.Minute, false},
		{"a clock so far behind that the holder's must have run ahead", "one", -3 * time.Minute, true},
	}
	docs := newShelf()
	for _, s := range steps {
		now := noon.Add(s.at)
		held, err := ledger.Lease(t.Context(), docs, "deliver", s.holder, now, now.Add(time.Minute))
		noError(t, err)
		if held != s.want {
			t.Fatalf("%s: %v", s.why, held)
		}
	}
	if held, err := ledger.Lease(t.Context(), docs, "other", "one", noon, noon.Add(time.Minute)); err != nil || !held {
		t.Errorf("another lease: %v, %v", held, err)
	}
}

// TestLeaseOfMany: of all who ask at once one has it.
func TestLeaseOfMany(t *testing.T) {
	docs := newShelf()
	var held atomic.Int32
	var wait sync.WaitGroup
	for i := range 50 {
		wait.Go(func() {
			ok, err := ledger.Lease(t.Context(), docs, "deliver", fmt.Sprint(i), noon, noon.Add(time.Minute))
			if err != nil {
				t.Error(err)
			}
			if ok {
				held.Add(1)
			}
		})
	}
	wait.Wait()
	if got := held.Load(); got != 1 {
		t.Errorf("%d hold it", got)
	}
}

// TestLeaseIsNeverLong: who asks for days, or whose clock runs ahead of the others by days, shuts nobody out for long.
func TestLeaseIsNeverLong(t *testing.T) {
	docs := newShelf()
	_, err := ledger.Lease(t.Context(), docs, "deliver", "long", noon, noon.AddDate(0, 0, 3))
	noError(t, err)
	leaseHeld(t, docs, "two", noon.Add(5*time.Minute-time.Millisecond), false)
	leaseHeld(t, docs, "two", noon.Add(5*time.Minute), true)

	ahead := noon.AddDate(0, 0, 3)
	leaseHeld(t, docs, "ahead", ahead, true)
	leaseHeld(t, docs, "two", noon, true)
	leaseHeld(t, docs, "three", noon, false)
}

func TestRelease(t *testing.T) {
	docs := newShelf()
	leaseHeld(t, docs, "one", noon, true)
	noError(t, ledger.Release(t.Context(), docs, "deliver", "two"))
	leaseHeld(t, docs, "two", noon, false)
	noError(t, ledger.Release(t.Context(), docs, "deliver", "one"))
	leaseHeld(t, docs, "two", noon, true)
	noError(t, ledger.Release(t.Context(), docs, "deliver", "one")) // late
	leaseHeld(t, docs, "one", noon, false)
}

// TestLeaseLostReply: a call that ended with an error may have taken the lease; asking again finds it one's own.
func TestLeaseLostReply(t *testing.T) {
	docs := newShelf()
	docs.fault(nil, errFault, func() {
		if held, err := ledger.Lease(t.Context(), docs, "deliver", "one", noon, noon.Add(time.Minute)); err == nil || held {
			t.Errorf("%v, %v", held, err)
		}
	})
	leaseHeld(t, docs, "two", noon, false)
	leaseHeld(t, docs, "one", noon, true)
}

// leaseHeld asks for a minute's lease.
func leaseHeld(t *testing.T, docs ledger.Documents, holder string, now time.Time, want bool) {
	t.Helper()
	held, err := ledger.Lease(t.Context(), docs, "deliver", holder, now, now.Add(time.Minute))
	noError(t, err)
	if held != want {
		t.Errorf("%s at %s: %v", holder, now.Format(time.RFC3339), held)
	}
}
