package ledgertest

import (
	"errors"
	"sync"

	"one-click-protest/internal/ledger"
)

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
		s.adopted("ours", nil)
		s.accept(taking(signer(1), "token", "paris"))
		s.adopted("ours", nil)
		s.adopted("theirs", ledger.ErrNotAdopted)
	}},
	{"it refuses no write", func(s store) {
		s.adopted("ours", nil)
		s.adopted("theirs", ledger.ErrNotAdopted)
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
	{"adopted under another secret: that one is known from then on, the old one is not, with records and without", func(s store) {
		s.adopted("ours", nil)
		for i, fingerprint := range []string{"theirs", "third", "ours"} {
			before, counts := s.walked(""), s.tally(campaign)
			for range 2 { // a repeat changes nothing
				s.adopt(fingerprint)
			}
			for _, one := range []string{"ours", "theirs", "third", "fourth"} {
				if one == fingerprint {
					s.adopted(one, nil)
				} else {
					s.adopted(one, ledger.ErrNotAdopted)
				}
			}
			s.same(before, s.walked(""))
			s.counted(counts)
			s.accept(taking(signer(i), "token", "paris"))
		}
	}},
	{"a ledger without an identity is given this one", func(s store) {
		s.adopt("ours")
		s.adopted("ours", nil)
		s.adopted("theirs", ledger.ErrNotAdopted)
	}},
	{"records without an identity are given this one", func(s store) {
		s.accept(taking(signer(1), "token", "paris"))
		s.adopt("ours")
		s.adopted("ours", nil)
		s.adopted("theirs", ledger.ErrNotAdopted)
	}},
	{"what was adopted goes on, and stays adopted: accept, claim and settle", func(s store) {
		s.adopted("ours", nil)
		s.accept(taking(signer(1), "token", "paris"))
		s.adopt("theirs")
		s.settle(step(to(signer(1), "paris"), ledger.StateClaimed, ledger.StateSent, "token"))
		if _, won := s.claim(claims(s.queue(2, noon), "mine", noon)); !won {
			s.Error("not won")
		}
		s.adopted("theirs", nil)
		s.sealed(to(signer(1), "paris"), boxOf(to(signer(1), "paris")))
	}},
	{"processes that adopt together all succeed, under one secret", func(s store) {
		s.adopted("ours", nil)
		s.parallel(10, func(l ledger.Ledger, _ int) (bool, error) { return true, l.Adopt(s.Context(), "theirs") })
		s.adopted("theirs", nil)
		s.adopted("ours", ledger.ErrNotAdopted)
	}},
	{"after its time nothing is adopted", func(s store) {
		s.adopted("ours", nil)
		if err := s.one.Adopt(done(), "theirs"); err == nil {
			s.Error("adopted")
		}
		s.adopted("ours", nil)
		s.adopted("theirs", ledger.ErrNotAdopted)
	}},
}

func (s store) adopt(fingerprint string) {
	s.Helper()
	if err := s.one.Adopt(s.Context(), fingerprint); err != nil {
		s.Fatalf("Adopt(%s): %v", fingerprint, err)
	}
}

func (s store) adopted(fingerprint string, want error) {
	s.Helper()
	for i := range 2 {
		if err := s.handle(i).Adopted(s.Context(), fingerprint); !errors.Is(err, want) {
			s.Errorf("Adopted(%s) = %v; want %v", fingerprint, err, want)
		}
	}
}
