package ledgertest

import (
	"errors"
	"fmt"
	"time"

	"one-click-protest/internal/ledger"
)

// mailCounted is the count of confirmation mails of which none has left yet.
func mailCounted(n int) ledger.Tally {
	return tally(0, map[ledger.Bucket]int{bucket(ledger.TargetSigner, ledger.StateClaimed): n})
}

var pendCases = []contract{
	{"the first pending of a signer is granted a mail: written, sealed and counted with it", func(s store) {
		p := waits(signer(1), "pending", noon)
		if !s.pend(p) {
			s.Error("no mail")
		}
		s.same(stored(invitation(p)), s.delivery(mailOf(p)))
		s.sealed(mailOf(p), boxOf(mailOf(p)))
		s.counted(mailCounted(1))
		got, err := s.other.Waiting(s.Context(), p.Key, noon, 9)
		if err != nil {
			s.Fatal(err)
		}
		p.At, p.Expires = milli(p.At), p.Expires.Truncate(time.Second)
		s.same([]ledger.Pending{p}, got)
	}},
	{"a second one within a day is stored without a mail", func(s store) {
		second := waits(signer(1), "second", noon.Add(ledger.MailEvery-time.Millisecond))
		s.pend(waits(signer(1), "first", noon))
		if s.pend(second) {
			s.Error("two mails")
		}
		s.missing(mailOf(second).Key)
		s.sealed(mailOf(second), nil)
		s.counted(mailCounted(1))
		s.same([]string{"second", "first"}, s.waiting(signer(1), second.At, 9))
	}},
	{"a day after the mail another one is granted, whatever was pending between", func(s store) {
		s.pend(waits(signer(1), "first", noon))
		s.pend(waits(signer(1), "between", noon.Add(23*time.Hour)))
		if !s.pend(waits(signer(1), "next day", noon.Add(ledger.MailEvery))) {
			s.Error("no mail")
		}
		s.counted(mailCounted(2))
	}},
	{"a clock that is behind is granted nothing", func(s store) {
		s.pend(waits(signer(1), "first", noon))
		if s.pend(waits(signer(1), "behind", noon.Add(-time.Hour))) {
			s.Error("two mails")
		}
	}},
	{"a repeat with the same id answers as the first call did, and writes nothing twice", func(s store) {
		granted := waits(signer(1), "granted", noon)
		refused := waits(signer(1), "refused", noon.Add(time.Second))
		for range 2 {
			if !s.pend(granted) {
				s.Error("the granted one: no mail")
			}
			if s.pend(refused) {
				s.Error("the refused one: a mail")
			}
		}
		later := refused
		if later.At = noon.Add(2 * ledger.MailEvery); s.pend(later) {
			s.Error("the refused one, later: a mail")
		}
		s.counted(mailCounted(1))
		s.same([]string{"refused", "granted"}, s.waiting(signer(1), noon, 9))
	}},
	{"a repeat after the mail has left does not send it back", func(s store) {
		p := waits(signer(1), "pending", noon)
		s.pend(p)
		s.settle(step(mailOf(p), ledger.StateClaimed, ledger.StateSent, "token"))
		if !s.pend(p) {
			s.Error("not recognised")
		}
		s.sealed(mailOf(p), nil)
		s.counted(tally(0, map[ledger.Bucket]int{bucket(ledger.TargetSigner, ledger.StateSent): 1}))
	}},
	{"of parallel calls for one key one is granted the mail", func(s store) {
		granted := s.parallel(20, func(l ledger.Ledger, i int) (bool, error) {
			p := waits(signer(1), fmt.Sprintf("pending-%d", i), noon)
			return l.Pend(s.Context(), p, invitation(p))
		})
		if granted != 1 {
			s.Errorf("%d mails", granted)
		}
		s.counted(mailCounted(1))
		if ids := s.waiting(signer(1), noon, 99); len(ids) != 20 {
			s.Errorf("%d of 20 wait", len(ids))
		}
	}},
	{"of parallel repeats each is answered the same, counted once", func(s store) {
		p := waits(signer(1), "pending", noon)
		granted := s.parallel(20, func(l ledger.Ledger, _ int) (bool, error) {
			return l.Pend(s.Context(), p, invitation(p))
		})
		if granted != 20 {
			s.Errorf("%d of 20 recognised", granted)
		}
		s.counted(mailCounted(1))
	}},
	{"each signer and each campaign has a mail of its own", func(s store) {
		test := ledger.Key{Campaign: campaign + "-TEST", Signer: signer(1).Signer}
		for i, k := range []ledger.Key{signer(1), signer(2), test} {
			if !s.pend(waits(k, fmt.Sprintf("pending-%d", i), noon)) {
				s.Errorf("%v: no mail", k)
			}
		}
		s.counted(mailCounted(2))
	}},
	{"it does not occupy the signer's key", func(s store) {
		s.pend(waits(signer(1), "forged", noon))
		s.missing(signer(1))
		if !s.accept(taking(signer(1), "token", "paris")) {
			s.Error("not new")
		}
	}},
	{"the ration outlives the pending", func(s store) {
		s.pend(waits(signer(1), "first", noon))
		a := taking(signer(1), "token", "paris")
		a.Pendings = []string{"first"}
		s.accept(a)
		if s.pend(waits(signer(1), "second", noon.Add(time.Hour))) {
			s.Error("two mails")
		}
	}},
	{"an invalid pending is refused and writes nothing", func(s store) {
		for name, spoil := range map[string]func(*ledger.Pending, *ledger.Draft){
			"no id":            func(p *ledger.Pending, _ *ledger.Draft) { p.ID = "" },
			"no signer":        func(p *ledger.Pending, _ *ledger.Draft) { p.Signer = "" },
			"no expiry":        func(p *ledger.Pending, _ *ledger.Draft) { p.Expires = time.Time{} },
			"no time":          func(p *ledger.Pending, _ *ledger.Draft) { p.At = time.Time{} },
			"a mail to paris":  func(_ *ledger.Pending, d *ledger.Draft) { d.Delivery.Target = "paris" },
			"another's mail":   func(_ *ledger.Pending, d *ledger.Draft) { d.Delivery.Signer = "another" },
			"a mail that left": func(_ *ledger.Pending, d *ledger.Draft) { d.Delivery.State = ledger.StateSent },
		} {
			p := waits(signer(1), "pending", noon)
			mail := invitation(p)
			spoil(&p, &mail)
			if mailed, err := s.one.Pend(s.Context(), p, mail); mailed || !errors.Is(err, ledger.ErrInvalid) {
				s.Errorf("%s: %v, %v; want ErrInvalid", name, mailed, err)
			}
		}
		s.same([]string{}, s.waiting(signer(1), noon, 9))
		s.counted(ledger.Tally{})
	}},
	{"after its time nothing is written: busy", func(s store) {
		p := waits(signer(1), "pending", noon)
		if mailed, err := s.one.Pend(done(), p, invitation(p)); mailed || !errors.Is(err, ledger.ErrBusy) {
			s.Errorf("%v, %v; want ErrBusy", mailed, err)
		}
		s.same([]string{}, s.waiting(signer(1), noon, 9))
	}},
}

var waitingCases = []contract{
	{"nothing there: none", func(s store) { s.same([]string{}, s.waiting(signer(1), noon, 9)) }},
	{"the newest first, of one instant by id, as many as asked for", func(s store) {
		for i, id := range []string{"m", "a", "z"} {
			s.pend(waits(signer(1), id, noon.Add(time.Duration(i)*time.Millisecond)))
		}
		s.pend(waits(signer(1), "b", noon))
		s.pend(waits(signer(2), "x", noon))
		s.same([]string{"z", "a", "b", "m"}, s.waiting(signer(1), noon, 9))
		s.same([]string{"z", "a"}, s.waiting(signer(1), noon, 2))
		s.same([]string{}, s.waiting(signer(1), noon, 0))
	}},
	{"an expired one is not found, from that second on", func(s store) {
		long, short := waits(signer(1), "long", noon), waits(signer(1), "short", noon)
		short.Expires = noon.Add(time.Minute)
		s.pend(long)
		s.pend(short)
		end := short.Expires.Truncate(time.Second)
		s.same([]string{"long", "short"}, s.waiting(signer(1), end.Add(-time.Millisecond), 9))
		s.same([]string{"long"}, s.waiting(signer(1), end, 9))
		s.same([]string{"long"}, s.waiting(signer(1), end, 1))
	}},
}
