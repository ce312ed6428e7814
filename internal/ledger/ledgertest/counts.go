package ledgertest

import (
	"errors"
	"fmt"
	"sync"

	"one-click-protest/internal/ledger"
)

var countsCases = []contract{
	{"a campaign nobody took part in: zero, and nothing to walk", func(s store) { s.counted(ledger.Tally{}) }},
	{"a count that went back to zero is absent", func(s store) {
		id := s.brought(1, ledger.StateSent)
		if n, ok := s.tally(id.Campaign).Deliveries[bucket("paris", ledger.StateClaimed)]; ok {
			s.Errorf("claimed is there with %d", n)
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
			want[bucket(fmt.Sprintf("target-%d", i), ledger.StateClaimed)] = workers
		}
		s.counted(tally(workers*each, want))
	}},
}

var identityCases = []contract{
	{"a fresh ledger adopts itself, the same secret is known again, another is not", func(s store) {
		for i, want := range []struct {
			fingerprint string
			err         error
		}{{"ours", nil}, {"ours", nil}, {"theirs", ledger.ErrNotAdopted}, {"ours", nil}, {"theirs", ledger.ErrNotAdopted}} {
			if err := s.handle(i).Adopted(s.Context(), want.fingerprint); !errors.Is(err, want.err) {
				s.Errorf("%d: Adopted(%s) = %v; want %v", i, want.fingerprint, err, want.err)
			}
		}
	}},
	{"it stays adopted with records", func(s store) {
		s.adopt("ours", nil)
		s.accept(taking(signer(1), "token", "paris"))
		s.adopt("ours", nil)
		s.adopt("theirs", ledger.ErrNotAdopted)
	}},
	{"it refuses no write", func(s store) {
		s.adopt("ours", nil)
		s.adopt("theirs", ledger.ErrNotAdopted)
		if !s.accept(taking(signer(1), "token", "paris")) {
			s.Error("not new")
		}
	}},
	{"processes that begin together all adopt it, under one secret", func(s store) {
		s.parallel(10, func(l ledger.Ledger, _ int) (bool, error) {
			return true, l.Adopted(s.Context(), "ours")
		})
		adopted := map[bool]int{}
		var mu sync.Mutex
		s.parallel(10, func(l ledger.Ledger, i int) (bool, error) {
			err := l.Adopted(s.Context(), []string{"ours", "theirs"}[i%2])
			mu.Lock()
			defer mu.Unlock()
			adopted[err == nil]++
			return true, nil
		})
		s.same(map[bool]int{true: 5, false: 5}, adopted)
	}},
	{"of two secrets that begin together one is adopted", func(s store) {
		adopted := s.parallel(2, func(l ledger.Ledger, i int) (bool, error) {
			err := l.Adopted(s.Context(), []string{"ours", "theirs"}[i])
			if errors.Is(err, ledger.ErrNotAdopted) {
				return false, nil
			}
			return err == nil, err
		})
		if adopted != 1 {
			s.Errorf("%d adopted", adopted)
		}
	}},
}

func (s store) adopt(fingerprint string, want error) {
	s.Helper()
	for i := range 2 {
		if err := s.handle(i).Adopted(s.Context(), fingerprint); !errors.Is(err, want) {
			s.Errorf("Adopted(%s) = %v; want %v", fingerprint, err, want)
		}
	}
}
