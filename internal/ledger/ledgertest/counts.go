package ledgertest

import (
	"fmt"
	"slices"
	"sync"

	"one-click-protest/internal/ledger"
)

var countsCases = []contract{
	{"a campaign nobody took part in: zero, and nothing to walk", func(s store) { s.counted(ledger.Tally{}) }},
	{"a count that went back to zero is absent", func(s store) {
		id := s.brought(1, ledger.StateSent)
		if n, ok := s.tally(id.Campaign).Deliveries[bucket("paris", ledger.StateQueued)]; ok {
			s.Errorf("queued is there with %d", n)
		}
	}},
	{"rolled counts are the tally, of this campaign alone", func(s store) {
		s.rolled(campaign)
		s.accept(taking(ledger.Key{Campaign: campaign + "-TEST", Signer: signer(1).Signer}, "token", "paris"))
		s.rolled(campaign)
		for i, state := range states {
			s.brought(i, state)
		}
		for range 2 {
			s.rolled(campaign)
		}
		s.settle(step(s.brought(99, ledger.StateQueued), ledger.StateQueued, ledger.StateSent, "token"))
		s.rolled(campaign)
		s.counted(s.tally(campaign)) // what was rolled is no record
	}},
	{"nothing to repair: false, and nothing is changed", func(s store) {
		s.repair(campaign, false)
		for i, state := range states {
			s.brought(i, state)
		}
		s.pend(waits(signer(1), "PENDING", noon))
		s.claim(claims(s.queue(98, noon), "mine", noon))
		id := s.brought(99, ledger.StateUnknown)
		s.settle(again(id, ledger.StateUnknown, "again"))
		counts, before := s.tally(campaign), s.walked("")
		for range 2 {
			s.repair(campaign, false)
		}
		s.counted(counts)
		s.same(before, s.walked(""))
	}},
	{"after its time: no answer", func(s store) {
		s.brought(1, ledger.StateQueued)
		if _, err := s.one.Roll(done(), campaign, noon); err == nil {
			s.Error("rolled")
		}
		if changed, err := s.one.Repair(done(), campaign); changed || err == nil {
			s.Errorf("repaired: %v, %v", changed, err)
		}
		s.counted(tally(1, map[ledger.Bucket]int{bucket("paris", ledger.StateQueued): 1}))
	}},
	{"a walk of no campaign yields the records of all", func(s store) {
		s.same([]string{}, s.walked(""))
		s.pend(waits(signer(3), "PENDING", noon))
		want := s.walked(campaign)
		for _, other := range []string{campaign + "-TEST", "another", "protest"} {
			k := ledger.Key{Campaign: other, Signer: signer(1).Signer}
			s.accept(taking(k, "token", "paris", "oslo"))
			want = append(want, s.walked(other)...)
		}
		slices.Sort(want)
		s.same(want, s.walked(""))
		if len(want) != 1+3*3 {
			s.Errorf("%d records", len(want))
		}
	}},
	{"a walk yields every record once", func(s store) {
		want := map[ledger.ID]bool{}
		for i := range 40 {
			a := taking(signer(i), "token", "paris", "oslo")
			s.accept(a)
			for _, d := range a.Drafts {
				want[d.Delivery.ID] = true
			}
		}
		actions, deliveries := map[ledger.Key]bool{}, map[ledger.ID]bool{}
		for e, err := range s.other.Walk(s.Context(), campaign) {
			switch {
			case err != nil || (e.Action == nil) == (e.Delivery == nil):
				s.Fatalf("%+v, %v", e, err)
			case e.Action != nil && !actions[e.Action.Key]:
				actions[e.Action.Key] = true
			case e.Delivery != nil && !deliveries[e.Delivery.ID]:
				deliveries[e.Delivery.ID] = true
			default:
				s.Errorf("twice: %+v", e)
			}
		}
		s.same(want, deliveries)
		if len(actions) != 40 {
			s.Errorf("%d actions", len(actions))
		}
	}},
	{"a walk yields whole records", func(s store) {
		a := taking(signer(1), "token", "paris")
		s.accept(a)
		for e, err := range s.other.Walk(s.Context(), campaign) {
			switch {
			case err != nil:
				s.Fatal(err)
			case e.Action != nil:
				a.Action.Day = today
				s.same(a.Action, *e.Action)
			default:
				s.same(stored(a.Drafts[0]), *e.Delivery)
			}
		}
	}},
	{"a walk may be left early, and the ledger goes on", func(s store) {
		s.accept(taking(signer(1), "token", "paris", "oslo"))
		for range s.one.Walk(s.Context(), campaign) {
			break
		}
		s.accept(taking(signer(2), "token", "paris"))
	}},
	{"a walk that fails yields its error and ends", func(s store) {
		s.accept(taking(signer(1), "token", "paris"))
		yields := 0
		for _, err := range s.one.Walk(done(), campaign) {
			if yields++; err == nil {
				s.Error("no error")
			}
		}
		if yields != 1 {
			s.Errorf("%d yields", yields)
		}
	}},
	{"after parallel writes the counts agree with the records", func(s store) {
		var group sync.WaitGroup
		const workers, each = 8, 6
		for w := range workers {
			group.Go(func() {
				for i := range each {
					k := signer(w*each + i)
					a := taking(k, "token", "paris", fmt.Sprintf("target-%d", i))
					if _, err := s.handle(w).Accept(s.Context(), a); err != nil {
						s.Error(err)
					}
					if _, err := s.handle(w+1).Settle(s.Context(), step(to(k, "paris"), ledger.StateClaimed, ledger.StateSent, "t")); err != nil {
						s.Error(err)
					}
				}
			})
		}
		group.Wait()
		want := map[ledger.Bucket]int{bucket("paris", ledger.StateSent): workers * each}
		for i := range each {
			want[bucket(fmt.Sprintf("target-%d", i), ledger.StateQueued)] = workers
		}
		s.counted(tally(workers*each, want))
	}},
}

// walked is what a walk yields, in the order of its text.
func (s store) walked(campaign string) (entries []string) {
	s.Helper()
	for e, err := range s.other.Walk(s.Context(), campaign) {
		switch {
		case err != nil:
			s.Fatalf("Walk: %v", err)
		case e.Action != nil:
			entries = append(entries, fmt.Sprintf("%+v", *e.Action))
		default:
			entries = append(entries, fmt.Sprintf("%+v", *e.Delivery))
		}
	}
	slices.Sort(entries)
	return entries
}

// rolled checks that rolled counts are the tally and leave it as it is.
func (s store) rolled(campaign string) {
	s.Helper()
	want := s.tally(campaign)
	got, err := s.one.Roll(s.Context(), campaign, noon)
	if err != nil {
		s.Fatalf("Roll: %v", err)
	}
	s.same(want, got)
	s.same(want, s.tally(campaign))
}

func (s store) repair(campaign string, want bool) {
	s.Helper()
	if changed, err := s.one.Repair(s.Context(), campaign); err != nil || changed != want {
		s.Errorf("Repair = %v, %v; want %v", changed, err, want)
	}
}
