package ledgertest

import (
	"fmt"
	"sync"

	"one-click-protest/internal/ledger"
)

// varied is an action whose letters are of these variants, each to a target of its own; 0 for none.
func varied(k ledger.Key, token string, variants ...int) ledger.Acceptance {
	a := taking(k, token)
	for i, variant := range variants {
		d := claimed(to(k, fmt.Sprintf("target-%d", i)))
		d.Delivery.Variant = variant
		a.Drafts = append(a.Drafts, d)
	}
	return a
}

// variants checks the counts by variant, and that all others agree with the records.
func (s store) variants(want map[int]int) {
	s.Helper()
	t := s.tally(campaign)
	s.same(want, t.Variants)
	s.counted(t)
}

var variantsCases = []contract{
	{"a letter's variant is kept with its delivery and counted as it is accepted", func(s store) {
		a := varied(signer(1), "token", 1, 2, 0, ledger.MaxVariants)
		s.accept(a)
		s.accept(varied(signer(2), "token", 2, 2))
		_, ds := s.find(signer(1))
		for i, d := range a.Drafts {
			s.same(stored(d), ds[i])
		}
		s.variants(map[int]int{1: 1, 2: 3, ledger.MaxVariants: 1})
		s.rolled(campaign)
		s.repair(campaign, false)
	}},
	{"letters without variants: no count", func(s store) {
		s.accept(varied(signer(1), "token", 0))
		s.variants(nil)
	}},
	{"as many variants as allowed are counted each for itself", func(s store) {
		want := map[int]int{}
		for v := 1; v <= ledger.MaxVariants; v++ {
			a := varied(signer(v), "token", v)
			s.accept(a)
			want[v] = 1
		}
		s.variants(want)
	}},
	{"no step of a letter changes its variant or the count", func(s store) {
		id, want := to(signer(1), "target-0"), map[int]int{3: 1}
		s.accept(varied(signer(1), "token", 3))
		follows := func(changed bool) {
			s.Helper()
			if d := s.delivery(id); !changed || d.Variant != 3 {
				s.Errorf("changed = %v, variant %d", changed, d.Variant)
			}
			s.variants(want)
		}
		follows(s.settle(step(id, ledger.StateClaimed, ledger.StateFailed, "failed")))
		follows(s.settle(again(id, ledger.StateFailed, "again")))
		second := down(id, ledger.StateQueued, ledger.ChannelFax, "down")
		second.Attempt = 2
		follows(s.settle(second))
		d, won := s.claim(claims(id, "mine", minutes(60)))
		if d.Variant != 3 {
			s.Errorf("claimed as variant %d", d.Variant)
		}
		follows(won)
		third := step(id, ledger.StateClaimed, ledger.StateDelivered, "delivered")
		third.Attempt, third.Channel, third.Claim = 3, ledger.ChannelFax, "mine"
		follows(s.settle(third))
	}},
	{"a repeat after a lost answer counts once, who signs again for none", func(s store) {
		a := varied(signer(1), "token", 1)
		for range 3 {
			s.accept(a)
		}
		s.accept(varied(signer(1), "another", 2))
		s.variants(map[int]int{1: 1})
	}},
	{"a walk yields them", func(s store) {
		s.accept(varied(signer(1), "token", 7))
		for e, err := range s.other.Walk(s.Context(), campaign) {
			if err != nil || e.Delivery != nil && e.Delivery.Variant != 7 {
				s.Errorf("%+v, %v", e.Delivery, err)
			}
		}
	}},
	{"campaigns are apart, also when one's name begins the other's", func(s store) {
		s.accept(varied(ledger.Key{Campaign: campaign + "-TEST", Signer: signer(1).Signer}, "token", 1))
		s.accept(varied(signer(1), "token", 2))
		s.variants(map[int]int{2: 1})
		s.same(map[int]int{1: 1}, s.tally(campaign+"-TEST").Variants)
	}},
	{"after parallel writes the counts agree with the records", func(s store) {
		var group sync.WaitGroup
		const workers, each = 8, 6
		for w := range workers {
			group.Go(func() {
				for i := range each {
					if _, err := s.handle(w).Accept(s.Context(), varied(signer(w*each+i), "token", 1+i%3, 0)); err != nil {
						s.Error(err)
					}
				}
			})
		}
		group.Wait()
		const third = workers * each / 3
		s.variants(map[int]int{1: third, 2: third, 3: third})
	}},
}
