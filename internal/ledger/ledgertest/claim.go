package ledgertest

import (
	"errors"
	"fmt"
	"time"

	"one-click-protest/internal/ledger"
)

// lease is how long claims of the cases last.
const lease = 2 * time.Minute

// claims is a claim, at that time, of a delivery.
func claims(id ledger.ID, token string, now time.Time) ledger.Claim {
	return ledger.Claim{ID: id, Token: token, Now: now, Until: now.Add(lease)}
}

func (s store) claim(c ledger.Claim) (ledger.Delivery, bool) {
	s.Helper()
	d, won, err := s.one.Claim(s.Context(), c)
	if err != nil {
		s.Fatalf("Claim: %v", err)
	}
	return d, won
}

// queue writes a queued delivery of the i-th signer to paris, to be looked at from that time on.
func (s store) queue(i int, next time.Time) ledger.ID {
	s.Helper()
	id := to(signer(i), "paris")
	a := taking(id.Key, "token")
	a.Drafts = []ledger.Draft{queued(id)}
	a.Drafts[0].Delivery.Next = next
	s.accept(a)
	return id
}

var claimCases = []contract{
	{"a queued delivery whose time has come: won, and answered as it then stands", func(s store) {
		id := s.queue(1, noon)
		later := noon.AddDate(0, 0, 2)
		d, won := s.claim(claims(id, "mine", later))
		if !won {
			s.Error("not won")
		}
		want := stored(queued(id))
		want.State, want.Claim, want.Next = ledger.StateClaimed, "mine", milli(later.Add(lease))
		want.Changed, want.Reason = today.AddDate(0, 0, 2), ""
		s.same(want, d)
		s.same(want, s.delivery(id))
		s.sealed(id, boxOf(id))
	}},
	{"the reason that it waited for goes", func(s store) {
		id := s.brought(1, ledger.StateClaimed)
		release := step(id, ledger.StateClaimed, ledger.StateQueued, "release")
		release.Next = noon
		s.settle(release)
		if d := s.delivery(id); d.Reason != "why" {
			s.Errorf("queued: %q", d.Reason)
		}
		if d, won := s.claim(claims(id, "mine", noon)); !won || d.Reason != "" {
			s.Errorf("claimed: %v, %q", won, d.Reason)
		}
	}},
	{"from its next time on, not a millisecond earlier", func(s store) {
		id := s.queue(1, noon)
		before := s.delivery(id)
		d, won := s.claim(claims(id, "early", milli(noon).Add(-time.Millisecond)))
		if won {
			s.Error("won too early")
		}
		s.same(before, d)
		s.same(before, s.delivery(id))
		if _, won := s.claim(claims(id, "mine", milli(noon))); !won {
			s.Error("not won in time")
		}
	}},
	{"a queued delivery without a next time is won at any time", func(s store) {
		if _, won := s.claim(claims(s.queue(1, time.Time{}), "mine", noon)); !won {
			s.Error("not won")
		}
	}},
	{"claim, release, claim and settle: no count but the last changes", func(s store) {
		id := s.queue(1, noon)
		waiting := tally(1, map[ledger.Bucket]int{bucket("paris", ledger.StateQueued): 1})
		s.counted(waiting)
		s.claim(claims(id, "first", noon))
		s.counted(waiting)
		release := step(id, ledger.StateClaimed, ledger.StateQueued, "release")
		release.Claim, release.Next = "first", noon.Add(time.Minute)
		if !s.settle(release) {
			s.Error("not released")
		}
		s.counted(waiting)
		s.claim(claims(id, "second", noon.Add(time.Minute)))
		s.counted(waiting)
		sent := step(id, ledger.StateClaimed, ledger.StateSent, "sent")
		if sent.Claim = "second"; !s.settle(sent) {
			s.Error("not settled")
		}
		s.counted(tally(1, map[ledger.Bucket]int{bucket("paris", ledger.StateSent): 1}))
	}},
	{"a settlement needs the claim's token", func(s store) {
		id := s.queue(1, noon)
		d, _ := s.claim(claims(id, "mine", noon))
		x := step(id, ledger.StateClaimed, ledger.StateSent, "token")
		if x.Claim = "another"; s.settle(x) {
			s.Error("another's claim settled it")
		}
		s.same(d, s.delivery(id))
	}},
	{"a repeat with its token: won again, and the claim stands as it stood", func(s store) {
		c := claims(s.queue(1, noon), "mine", noon)
		first, _ := s.claim(c)
		c.Now, c.Until = c.Now.Add(time.Second), c.Until.Add(time.Second)
		again, won := s.claim(c)
		if !won {
			s.Error("not recognised")
		}
		s.same(first, again)
		s.same(first, s.delivery(c.ID))
	}},
	{"another's claim: not won, answered with it, and left alone, lapsed or not", func(s store) {
		id := s.queue(1, noon)
		first, _ := s.claim(claims(id, "mine", noon))
		for _, now := range []time.Time{noon, noon.Add(lease), noon.Add(time.Hour)} {
			d, won := s.claim(claims(id, "another", now))
			if won {
				s.Errorf("won at %v", now)
			}
			s.same(first, d)
		}
		s.same(first, s.delivery(id))
	}},
	{"a repeat after it was settled: not won", func(s store) {
		c := claims(s.queue(1, noon), "mine", noon)
		s.claim(c)
		sent := step(c.ID, ledger.StateClaimed, ledger.StateSent, "sent")
		sent.Claim = "mine"
		s.settle(sent)
		if d, won := s.claim(c); won || d.State != ledger.StateSent {
			s.Errorf("%v, %s", won, d.State)
		}
	}},
	{"in any other state: not won, answered as it stands, and left alone", func(s store) {
		for i, state := range states {
			if state == ledger.StateQueued {
				continue
			}
			id := s.brought(i, state)
			before, counts := s.delivery(id), s.tally(campaign)
			d, won := s.claim(claims(id, "mine", noon.Add(24*time.Hour)))
			if won {
				s.Errorf("%s: won", state)
			}
			s.same(before, d)
			s.same(before, s.delivery(id))
			s.counted(counts)
		}
	}},
	{"of parallel calls one wins, and all others are answered with its claim", func(s store) {
		id := s.queue(1, noon)
		tokens := make([]string, 20)
		won := s.parallel(len(tokens), func(l ledger.Ledger, i int) (bool, error) {
			d, won, err := l.Claim(s.Context(), claims(id, fmt.Sprintf("token-%d", i), noon))
			tokens[i] = d.Claim
			return won, err
		})
		if won != 1 {
			s.Errorf("%d won", won)
		}
		for i, token := range tokens {
			if want := s.delivery(id).Claim; token != want {
				s.Errorf("call %d was answered with the claim %q; %q stands", i, token, want)
			}
		}
		s.counted(tally(1, map[ledger.Bucket]int{bucket("paris", ledger.StateQueued): 1}))
	}},
	{"of parallel repeats each is won", func(s store) {
		c := claims(s.queue(1, noon), "mine", noon)
		won := s.parallel(20, func(l ledger.Ledger, _ int) (bool, error) {
			_, won, err := l.Claim(s.Context(), c)
			return won, err
		})
		if won != 20 {
			s.Errorf("%d of 20 recognised", won)
		}
	}},
	{"a claim and an event of the provider at once: the event stands", func(s store) {
		id := s.queue(1, noon)
		event := step(id, ledger.StateQueued, ledger.StateDelivered, "event")
		s.parallel(10, func(l ledger.Ledger, i int) (bool, error) {
			if i > 0 {
				_, won, err := l.Claim(s.Context(), claims(id, fmt.Sprintf("token-%d", i), noon))
				return won, err
			}
			changed, err := l.Settle(s.Context(), event)
			for err == nil && !changed { // it was claimed meanwhile
				again := event
				again.From, again.Token = ledger.StateClaimed, "event after claim"
				_, ds, findErr := l.Find(s.Context(), id.Key)
				if again.Claim = ds[0].Claim; findErr != nil {
					return false, findErr
				}
				changed, err = l.Settle(s.Context(), again)
			}
			return changed, err
		})
		if d := s.delivery(id); d.State != ledger.StateDelivered || d.Claim != "" {
			s.Errorf("%s, claim %q", d.State, d.Claim)
		}
		s.counted(tally(1, map[ledger.Bucket]int{bucket("paris", ledger.StateDelivered): 1}))
	}},
	{"one delivery of two is claimed alone", func(s store) {
		k := signer(1)
		a := taking(k, "token")
		a.Drafts = []ledger.Draft{queued(to(k, "oslo")), queued(to(k, "paris"))}
		s.accept(a)
		s.claim(claims(to(k, "paris"), "mine", noon.Add(time.Hour)))
		s.same(stored(queued(to(k, "oslo"))), s.delivery(to(k, "oslo")))
	}},
	{"never written: not found", func(s store) {
		s.accept(taking(signer(1), "token", "paris"))
		for _, id := range []ledger.ID{to(signer(2), "paris"), to(signer(1), "oslo")} {
			d, won, err := s.one.Claim(s.Context(), claims(id, "mine", noon))
			if won || !errors.Is(err, ledger.ErrNotFound) {
				s.Errorf("%v, %v, %v; want ErrNotFound", d, won, err)
			}
			if id.Signer != signer(1).Signer {
				s.missing(id.Key)
			}
		}
		s.counted(tally(1, map[ledger.Bucket]int{bucket("paris", ledger.StateQueued): 1}))
	}},
	{"an invalid claim is refused and writes nothing", func(s store) {
		id := s.queue(1, noon)
		before := s.delivery(id)
		for name, c := range map[string]ledger.Claim{
			"no token": {ID: id, Now: noon, Until: noon.Add(lease)},
			"no end":   {ID: id, Now: noon, Token: "mine"},
		} {
			if _, won, err := s.one.Claim(s.Context(), c); won || !errors.Is(err, ledger.ErrInvalid) {
				s.Errorf("%s: %v, %v; want ErrInvalid", name, won, err)
			}
		}
		s.same(before, s.delivery(id))
	}},
	{"after its time nothing is written: busy", func(s store) {
		id := s.queue(1, noon)
		before := s.delivery(id)
		if _, won, err := s.one.Claim(done(), claims(id, "mine", noon)); won || !errors.Is(err, ledger.ErrBusy) {
			s.Errorf("%v, %v; want ErrBusy", won, err)
		}
		s.same(before, s.delivery(id))
	}},
}
