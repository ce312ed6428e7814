package ledgertest

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"one-click-protest/internal/ledger"
)

// mailCounted is the count of confirmation mails of which none has left yet.
func mailCounted(n int) ledger.Tally {
	return tally(0, map[ledger.Bucket]int{bucket(ledger.TargetSigner, ledger.StateQueued): n})
}

var pendCases = []contract{
	{"the first pending of a ration is granted a mail: written, sealed and counted with it", func(s store) {
		p := waits(signer(1), "PENDING", noon)
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
		s.same([]ledger.Pending{answered(p)}, got)
	}},
	{"a second one within a day is stored without a mail", func(s store) {
		first, second := waits(signer(1), "FIRST", noon), waits(signer(1), "SECOND", noon.Add(ledger.MailEvery-time.Millisecond))
		s.pend(first)
		if s.pend(second) {
			s.Error("two mails")
		}
		s.missing(mailOf(second).Key)
		s.sealed(mailOf(second), nil)
		s.counted(mailCounted(1))
		s.same(ids(second, first), s.waiting(signer(1), second.At, 9))
	}},
	{"a day after the mail another one is granted, whatever was pending between", func(s store) {
		s.pend(waits(signer(1), "FIRST", noon))
		s.pend(waits(signer(1), "BETWEEN", noon.Add(23*time.Hour)))
		if !s.pend(waits(signer(1), "NEXT-DAY", noon.Add(ledger.MailEvery))) {
			s.Error("no mail")
		}
		s.counted(mailCounted(2))
	}},
	{"a clock that is behind is granted nothing", func(s store) {
		s.pend(waits(signer(1), "FIRST", noon))
		if s.pend(waits(signer(1), "BEHIND", noon.Add(-time.Hour))) {
			s.Error("two mails")
		}
	}},
	{"a repeat with the same id answers as the first call did, and writes nothing twice", func(s store) {
		granted := waits(signer(1), "GRANTED", noon)
		refused := waits(signer(1), "REFUSED", noon.Add(time.Second))
		for range 2 {
			if !s.pend(granted) {
				s.Error("the granted one: no mail")
			}
			if s.pend(refused) {
				s.Error("the refused one: a mail")
			}
		}
		s.counted(mailCounted(1))
		s.same(ids(refused, granted), s.waiting(signer(1), noon, 9))
	}},
	{"a repeat after the ration has passed on answers as the first call did", func(s store) {
		granted, later := waits(signer(1), "GRANTED", noon), waits(signer(1), "LATER", noon.Add(ledger.MailEvery))
		if first, next, again := s.pend(granted), s.pend(later), s.pend(granted); !first || !next || !again {
			s.Errorf("mails: %v, %v, %v", first, next, again)
		}
		s.counted(mailCounted(2))
	}},
	{"a repeat after the mail has left does not send it back", func(s store) {
		p := waits(signer(1), "PENDING", noon)
		s.pend(p)
		s.settle(step(mailOf(p), ledger.StateClaimed, ledger.StateDelivered, "token"))
		if !s.pend(p) {
			s.Error("not recognised")
		}
		s.sealed(mailOf(p), nil)
		s.counted(tally(0, map[ledger.Bucket]int{bucket(ledger.TargetSigner, ledger.StateDelivered): 1}))
	}},
	{"of parallel calls for one ration one is granted the mail, under whatever keys", func(s store) {
		granted := s.parallel(20, func(l ledger.Ledger, i int) (bool, error) {
			p := waits(signer(i%4), fmt.Sprintf("PENDING-%d", i), noon)
			p.Ration = "mailbox"
			return l.Pend(s.Context(), p, invitation(p))
		})
		if granted != 1 {
			s.Errorf("%d mails", granted)
		}
		s.counted(mailCounted(1))
		for i := range 4 {
			if ids := s.waiting(signer(i), noon, 99); len(ids) != 5 {
				s.Errorf("%d of 5 wait", len(ids))
			}
		}
	}},
	{"of parallel repeats each is answered the same, counted once", func(s store) {
		p := waits(signer(1), "PENDING", noon)
		granted := s.parallel(20, func(l ledger.Ledger, _ int) (bool, error) {
			return l.Pend(s.Context(), p, invitation(p))
		})
		if granted != 20 {
			s.Errorf("%d of 20 recognised", granted)
		}
		s.counted(mailCounted(1))
	}},
	{"signers of one ration share its mail, and one may be granted the next", func(s store) {
		for i, want := range []bool{true, false, false} {
			p := waits(signer(i), "PENDING", noon.Add(time.Duration(i)*time.Hour))
			if p.Ration = "mailbox"; s.pend(p) != want {
				s.Errorf("signer %d: mailed = %v", i, !want)
			}
			s.same(ids(p), s.waiting(p.Key, p.At, 9))
		}
		next := waits(signer(1), "NEXT-DAY", noon.Add(ledger.MailEvery))
		if next.Ration = "mailbox"; !s.pend(next) {
			s.Error("no mail the next day")
		}
		s.counted(mailCounted(2))
	}},
	{"a signer's other ration has its own mail", func(s store) {
		other := waits(signer(1), "SECOND", noon)
		other.Ration = "another"
		if first, second := s.pend(waits(signer(1), "FIRST", noon)), s.pend(other); !first || !second {
			s.Errorf("mails: %v, %v", first, second)
		}
	}},
	{"each ration and each campaign has a mail of its own", func(s store) {
		test := ledger.Key{Campaign: campaign + "-TEST", Signer: signer(1).Signer}
		for i, k := range []ledger.Key{signer(1), signer(2), test} {
			if !s.pend(waits(k, fmt.Sprintf("PENDING-%d", i), noon)) {
				s.Errorf("%v: no mail", k)
			}
		}
		s.counted(mailCounted(2))
	}},
	{"it does not occupy the signer's key", func(s store) {
		s.pend(waits(signer(1), "FORGED", noon))
		s.missing(signer(1))
		if !s.accept(taking(signer(1), "token", "paris")) {
			s.Error("not new")
		}
	}},
	{"the ration outlives the pending", func(s store) {
		first := waits(signer(1), "FIRST", noon)
		s.pend(first)
		a := taking(signer(1), "token", "paris")
		a.Pendings = ids(first)
		s.accept(a)
		if s.pend(waits(signer(1), "SECOND", noon.Add(time.Hour))) {
			s.Error("two mails")
		}
	}},
	{"an invalid pending is refused and writes nothing", func(s store) {
		for name, spoil := range map[string]func(*ledger.Pending, *ledger.Draft){
			"no id":                          func(p *ledger.Pending, d *ledger.Draft) { rename(p, d, "") },
			"an id of another make":          func(p *ledger.Pending, d *ledger.Draft) { rename(p, d, "pending") },
			"an id with a separator of tags": func(p *ledger.Pending, d *ledger.Draft) { rename(p, d, p.ID+"_1") },
			"an id of another time": func(p *ledger.Pending, d *ledger.Draft) {
				rename(p, d, ledger.PendingID(noon.Add(time.Millisecond), "PENDING"))
			},
			"no ration":                 func(p *ledger.Pending, _ *ledger.Draft) { p.Ration = "" },
			"a separator in the ration": func(p *ledger.Pending, _ *ledger.Draft) { p.Ration = "a#b" },
			"no signer":                 func(p *ledger.Pending, _ *ledger.Draft) { p.Signer = "" },
			"no expiry":                 func(p *ledger.Pending, _ *ledger.Draft) { p.Expires = time.Time{} },
			"no time":                   func(p *ledger.Pending, _ *ledger.Draft) { p.At = time.Time{} },
			"a mail to paris":           func(_ *ledger.Pending, d *ledger.Draft) { d.Delivery.Target = "paris" },
			"another's mail":            func(_ *ledger.Pending, d *ledger.Draft) { d.Delivery.Signer = "another" },
			"a mail that left":          func(_ *ledger.Pending, d *ledger.Draft) { d.Delivery.State = ledger.StateSent },
		} {
			p := waits(signer(1), "PENDING", noon)
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
		p := waits(signer(1), "PENDING", noon)
		if mailed, err := s.one.Pend(done(), p, invitation(p)); mailed || !errors.Is(err, ledger.ErrBusy) {
			s.Errorf("%v, %v; want ErrBusy", mailed, err)
		}
		s.same([]string{}, s.waiting(signer(1), noon, 9))
	}},
}

// rename gives a pending and its mail another id.
func rename(p *ledger.Pending, mail *ledger.Draft, id string) {
	p.ID, mail.Delivery.Signer = id, id
}

var pendingCases = []contract{
	{"nothing there: not found", func(s store) {
		for _, id := range []string{ledger.PendingID(noon, "PENDING"), "", "pending", strings.Repeat("A", 5000)} {
			s.noPending(signer(1), id, noon)
		}
	}},
	{"one of many is found, under its own key and campaign alone", func(s store) {
		k := signer(1)
		ps := []ledger.Pending{waits(k, "A", noon), waits(k, "B", noon), waits(k, "C", noon.Add(time.Hour))}
		for _, p := range ps {
			s.pend(p)
		}
		for _, p := range ps {
			got, err := s.other.Pending(s.Context(), k, p.ID, noon)
			if err != nil {
				s.Fatal(err)
			}
			s.same(answered(p), got)
		}
		s.noPending(signer(2), ps[0].ID, noon)
		s.noPending(ledger.Key{Campaign: campaign + "-TEST", Signer: k.Signer}, ps[0].ID, noon)
	}},
	{"an expired one is not found, from that second on", func(s store) {
		p := waits(signer(1), "PENDING", noon)
		s.pend(p)
		end := p.Expires.Truncate(time.Second)
		if _, err := s.other.Pending(s.Context(), p.Key, p.ID, end.Add(-time.Millisecond)); err != nil {
			s.Errorf("before: %v", err)
		}
		s.noPending(p.Key, p.ID, end)
	}},
}

var waitingCases = []contract{
	{"nothing there: none", func(s store) { s.same([]string{}, s.waiting(signer(1), noon, 9)) }},
	{"the newest first, of one millisecond by id, as many as asked for", func(s store) {
		k := signer(1)
		m, a, z := waits(k, "M", noon), waits(k, "A", noon.Add(time.Millisecond)), waits(k, "0", noon.Add(2*time.Millisecond))
		b := waits(k, "B", noon)
		for _, p := range []ledger.Pending{a, m, z, b, waits(signer(2), "X", noon)} {
			s.pend(p)
		}
		s.same(ids(z, a, m, b), s.waiting(k, noon, 9))
		s.same(ids(z, a), s.waiting(k, noon, 2))
		s.same([]string{}, s.waiting(k, noon, 0))
	}},
	{"however many came before, the newest are found", func(s store) {
		k := signer(1)
		for i := range 12 {
			s.pend(waits(k, fmt.Sprintf("FLOOD-%d", i), noon.Add(time.Duration(i)*time.Second)))
		}
		p := waits(k, "PENDING", noon.Add(time.Hour))
		s.pend(p)
		s.same(ids(p), s.waiting(k, noon, 1))
		if got := s.waiting(k, noon, 5); len(got) != 5 || got[0] != p.ID {
			s.Errorf("%v", got)
		}
	}},
	{"an expired one is not found, from that second on", func(s store) {
		old, young := waits(signer(1), "OLD", noon), waits(signer(1), "YOUNG", noon.Add(time.Minute))
		s.pend(old)
		s.pend(young)
		end := old.Expires.Truncate(time.Second)
		s.same(ids(young, old), s.waiting(signer(1), end.Add(-time.Millisecond), 9))
		s.same(ids(young), s.waiting(signer(1), end, 9))
		s.same(ids(young), s.waiting(signer(1), end, 1))
		s.same([]string{}, s.waiting(signer(1), end.Add(time.Minute), 9))
	}},
}
