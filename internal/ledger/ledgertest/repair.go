package ledgertest

import (
	"testing"

	"one-click-protest/internal/ledger"
)

// Repairs holds a ledger to [ledger.Counts]' Repair with counts that are wrong. Only an adapter's own means can make them so: each spoil
// falsifies counts of the campaign in the store that open has answered, which by then has records of several targets in several states, of two
// partners (union, ngo) and none, one letter each of the variants 1 and 2, and counts of another campaign that must stay. The name of a spoil says what it does.
func Repairs(
	t *testing.T, open func(t *testing.T) (one, other ledger.Ledger), spoils map[string]func(t *testing.T, l ledger.Ledger, campaign string),
) {
	if len(spoils) == 0 {
		t.Fatal("nothing is spoiled, so nothing would be tested")
	}
	for name, spoil := range spoils {
		t.Run(name, func(t *testing.T) {
			one, other := open(t)
			s := newStore(t, one, other)
			s.repairs(func() { spoil(t, one, campaign) })
		})
	}
}

func (s store) repairs(spoil func()) {
	s.Helper()
	for i, state := range states {
		s.brought(i, state)
	}
	s.accept(taking(signer(50), "token", "oslo", "paris"))
	s.accept(from(signer(51), union, false))
	s.accept(from(signer(52), "ngo", false))
	s.accept(from(signer(53), "", false))
	s.accept(varied(signer(54), "token", 1, 2, 0))
	apart := ledger.Key{Campaign: campaign + "-TEST", Signer: signer(1).Signer}
	s.accept(taking(apart, "token", "paris"))
	want, wantApart, records := s.tally(campaign), s.tally(apart.Campaign), s.walked("")
	spoil()
	if s.tally(campaign).Equal(want) {
		s.Fatal("the counts are not wrong")
	}
	s.repair(campaign, true)
	s.counted(want)
	s.repair(campaign, false)
	s.counted(want)
	s.rolled(campaign)
	s.same(wantApart, s.tally(apart.Campaign))
	s.same(records, s.walked(""))
	s.settle(step(to(signer(50), "oslo"), ledger.StateClaimed, ledger.StateSent, "token"))
	delete(want.Deliveries, bucket("oslo", ledger.StateQueued))
	want.Deliveries[bucket("oslo", ledger.StateSent)]++
	s.counted(want) // counting goes on
}
