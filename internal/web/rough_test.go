package web

import (
	"testing"

	"one-click-protest/internal/seal"
)

func roughKey(t *testing.T, scope string) *seal.Key {
	t.Helper()
	keys, err := seal.NewHKDF([]byte("0123456789abcdef0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	key, err := keys.Campaign(t.Context(), scope)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// A public count is never above the true one, never far below it, never goes back, and jumps where nobody else's does.
func TestRough(t *testing.T) {
	a, b := roughKey(t, "a"), roughKey(t, "b")
	before, jumps, together := 0, 0, 0
	for n := range 5000 {
		got := rough(n, "actions", a)
		if got > n || n-got > mostStep*max(1, n/100) || got < before {
			t.Fatalf("%d is shown as %d after %d", n, got, before)
		}
		if got > before {
			if got != n || got-before < leastStep {
				t.Fatalf("from %d to %d at %d", before, got, n)
			}
			jumps++
			if rough(n, "actions", b) == n {
				together++
			}
		}
		before = got
	}
	if jumps < 30 || together > jumps/2 {
		t.Errorf("%d jumps, %d of them where another campaign's count jumps", jumps, together)
	}
	if rough(1_000_000, "actions", a) < 750_000 {
		t.Errorf("a million is shown as %d", rough(1_000_000, "actions", a))
	}
}

// However long a count has stood still, the next one is no more likely to move it: a standstill under somebody's address tells hardly
// anything of that address, also to who knows the count exactly.
func TestStandstillTellsNothing(t *testing.T) {
	key := roughKey(t, "a")
	reached, moved := map[int]int{}, map[int]int{}
	for place := range 20000 {
		step := stepOf(key.Number("tally actions", place))
		for n := leastStep; n <= step; n++ {
			reached[n]++
		}
		moved[step]++
	}
	for n := leastStep; n < leastStep+12; n++ {
		if chance := float64(moved[n]) / float64(reached[n]); chance < 0.15 || chance > 0.25 {
			t.Errorf("after %d without a step the next one moves it %.0f %% of times", n-1, 100*chance)
		}
	}
	if most := float64(reached[mostStep]) / 20000; most > 0.005 || reached[mostStep+1] > 0 {
		t.Errorf("%.2f %% of steps are surely the next", 100*most)
	}
}
