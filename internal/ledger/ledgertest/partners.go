package ledgertest

import (
	"fmt"
	"sync"

	"one-click-protest/internal/ledger"
)

// from is an action that a partner brought, none for "".
func from(k ledger.Key, partner string, verified bool) ledger.Acceptance {
	a := taking(k, "token-"+partner, "paris")
	a.Action.Partner, a.Action.PartnerVerified = partner, verified
	return a
}

// brings accepts an action of each: two of the union's verified, one claimed, one of ngo's claimed, two direct.
func (s store) brings() (want ledger.Tally) {
	s.Helper()
	for i, x := range []struct {
		partner  string
		verified bool
	}{{union, true}, {union, false}, {"ngo", false}, {"", false}, {union, true}, {"", false}} {
		s.accept(from(signer(i), x.partner, x.verified))
	}
	return ledger.Tally{
		Actions: 6, Partners: map[string]ledger.Brought{union: {Verified: 2, Claimed: 1}, "ngo": {Claimed: 1}},
		Deliveries: map[ledger.Bucket]int{bucket("paris", ledger.StateQueued): 6},
	}
}

// summed checks that what the partners brought, and what came directly, are all actions.
func (s store) summed(t ledger.Tally) {
	s.Helper()
	sum := t.Direct()
	for _, b := range t.Partners {
		sum += b.Verified + b.Claimed
	}
	if t.Direct() < 0 || sum != t.Actions {
		s.Errorf("%d directly, %d in all, of %d", t.Direct(), sum, t.Actions)
	}
}

var partnersCases = []contract{
	{"verified and claimed are counted apart, for each partner; the rest came directly", func(s store) {
		want := s.brings()
		s.counted(want)
		t := s.tally(campaign)
		s.summed(t)
		if t.Direct() != 2 {
			s.Errorf("%d directly, not 2", t.Direct())
		}
		s.rolled(campaign)
		s.repair(campaign, false)
	}},
	{"partners who brought nobody are absent", func(s store) {
		s.accept(from(signer(1), "", false))
		if t := s.tally(campaign); len(t.Partners) != 0 || t.Direct() != 1 {
			s.Errorf("%v", t)
		}
	}},
	{"a partner named like a target, or like another count, is counted for itself", func(s store) {
		want := tally(0, map[ledger.Bucket]int{bucket("paris", ledger.StateQueued): 4})
		want.Actions, want.Partners = 4, map[string]ledger.Brought{}
		for i, name := range []string{"paris", "actions", "verified", "total"} {
			s.accept(from(signer(i), name, i%2 == 0))
			want.Partners[name] = ledger.Brought{Verified: (i + 1) % 2, Claimed: i % 2}
		}
		s.counted(want)
		s.rolled(campaign)
	}},
	{"a repeat after a lost answer counts once", func(s store) {
		a := from(signer(1), "ngo", false)
		for range 3 {
			s.accept(a)
		}
		s.same(map[string]ledger.Brought{"ngo": {Claimed: 1}}, s.tally(campaign).Partners)
		s.counted(s.tally(campaign))
	}},
	{"who signs again, by whatever partner, counts for none", func(s store) {
		s.accept(from(signer(1), "ngo", false))
		for _, again := range []ledger.Acceptance{from(signer(1), union, true), from(signer(1), "", false)} {
			if s.accept(again) {
				s.Error("new again")
			}
		}
		s.same(map[string]ledger.Brought{"ngo": {Claimed: 1}}, s.tally(campaign).Partners)
		s.counted(s.tally(campaign))
	}},
	{"a pending counts for nobody, its action does", func(s store) {
		p := waits(signer(1), "PENDING", noon)
		s.pend(p)
		s.counted(mailCounted(1))
		a := from(signer(1), "ngo", true)
		a.Pendings = ids(p)
		s.accept(a)
		s.same(map[string]ledger.Brought{"ngo": {Verified: 1}}, s.tally(campaign).Partners)
	}},
	{"steps of its letters leave a partner's count alone", func(s store) {
		s.accept(from(signer(1), "ngo", false))
		s.settle(step(to(signer(1), "paris"), ledger.StateClaimed, ledger.StateDelivered, "token"))
		want := ledger.Tally{Actions: 1, Partners: map[string]ledger.Brought{"ngo": {Claimed: 1}}}
		want.Deliveries = map[ledger.Bucket]int{bucket("paris", ledger.StateDelivered): 1}
		s.counted(want)
	}},
	{"campaigns are apart, also when one's name begins the other's", func(s store) {
		test := ledger.Key{Campaign: campaign + "-TEST", Signer: signer(1).Signer}
		s.accept(from(test, union, true))
		s.accept(from(signer(1), "ngo", false))
		s.same(map[string]ledger.Brought{"ngo": {Claimed: 1}}, s.tally(campaign).Partners)
		s.same(map[string]ledger.Brought{union: {Verified: 1}}, s.tally(test.Campaign).Partners)
	}},
	{"of parallel calls for one key, by several partners, one counts", func(s store) {
		won := s.parallel(20, func(l ledger.Ledger, i int) (bool, error) {
			return l.Accept(s.Context(), from(signer(1), fmt.Sprintf("partner-%d", i), i%4 < 2))
		})
		t := s.tally(campaign)
		if won != 1 || len(t.Partners) != 1 || t.Direct() != 0 {
			s.Errorf("%d won, %v", won, t.Partners)
		}
		s.counted(t)
	}},
	{"after parallel writes the counts agree with the records", func(s store) {
		var group sync.WaitGroup
		const workers, each = 8, 6
		for w := range workers {
			group.Go(func() {
				for i := range each {
					a := from(signer(w*each+i), []string{union, "ngo", ""}[i%3], w%2 == 0)
					if _, err := s.handle(w).Accept(s.Context(), a); err != nil {
						s.Error(err)
					}
				}
			})
		}
		group.Wait()
		const half = workers / 2 * each / 3
		b := ledger.Brought{Verified: half, Claimed: half}
		s.counted(ledger.Tally{
			Actions: workers * each, Partners: map[string]ledger.Brought{union: b, "ngo": b},
			Deliveries: map[ledger.Bucket]int{bucket("paris", ledger.StateQueued): workers * each},
		})
	}},
}
