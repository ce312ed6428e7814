package ledgertest

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"one-click-protest/internal/ledger"
)

var acceptCases = []contract{
	{"an absent key: action, deliveries, sealed fields and counts are written", func(s store) {
		k := signer(1)
		a := taking(k, "token", "paris")
		a.Drafts = append(a.Drafts, queued(to(k, "oslo")), offered(to(k, "bonn")))
		if !s.accept(a) {
			s.Error("not new")
		}
		action, ds := s.find(k)
		want := a.Action
		want.Day = today
		s.same(want, action)
		s.same([]ledger.Delivery{stored(a.Drafts[2]), stored(a.Drafts[1]), stored(a.Drafts[0])}, ds)
		s.sealed(to(k, "paris"), boxOf(to(k, "paris")))
		s.sealed(to(k, "oslo"), boxOf(to(k, "oslo")))
		s.sealed(to(k, "bonn"), nil)
		s.counted(tally(1, map[ledger.Bucket]int{
			bucket("paris", ledger.StateQueued):                                        1,
			bucket("oslo", ledger.StateQueued):                                         1,
			{Target: "bonn", Channel: ledger.ChannelPrint, State: ledger.StateOffered}: 1,
		}))
	}},
	{"a present key: nothing is touched, the pendings neither", func(s store) {
		k := signer(1)
		s.accept(taking(k, "first", "paris"))
		p := waits(k, "PENDING", noon)
		s.pend(p)
		before, deliveries := s.find(k)
		counts := s.tally(campaign)
		again := taking(k, "second", "paris", "oslo")
		again.Action.Language, again.Drafts[0].Sealed, again.Pendings = "ko", []byte("other"), ids(p)
		if s.accept(again) {
			s.Error("new again")
		}
		after, ds := s.find(k)
		s.same(before, after)
		s.same(deliveries, ds)
		s.sealed(to(k, "paris"), boxOf(to(k, "paris")))
		s.sealed(to(k, "oslo"), nil)
		s.same(ids(p), s.waiting(k, noon, 9))
		s.counted(counts)
	}},
	{"the same token: new again, counted once", func(s store) {
		a := taking(signer(1), "token", "paris")
		if first, again := s.accept(a), s.accept(a); !first || !again {
			s.Errorf("first %v, again %v", first, again)
		}
		s.counted(tally(1, map[ledger.Bucket]int{bucket("paris", ledger.StateQueued): 1}))
	}},
	{"the same token after the delivery moved on: new again, the delivery stays", func(s store) {
		a := taking(signer(1), "token", "paris")
		s.accept(a)
		s.settle(step(to(signer(1), "paris"), ledger.StateClaimed, ledger.StateDelivered, "settle"))
		if !s.accept(a) {
			s.Error("not recognised")
		}
		s.sealed(to(signer(1), "paris"), nil)
		s.counted(tally(1, map[ledger.Bucket]int{bucket("paris", ledger.StateDelivered): 1}))
	}},
	{"of 50 parallel calls for one key one wins", func(s store) {
		won := s.parallel(50, func(l ledger.Ledger, i int) (bool, error) {
			return l.Accept(s.Context(), taking(signer(1), fmt.Sprintf("token-%d", i), "paris"))
		})
		if won != 1 {
			s.Errorf("%d won", won)
		}
		s.counted(tally(1, map[ledger.Bucket]int{bucket("paris", ledger.StateQueued): 1}))
	}},
	{"of parallel repeats of one call each is new, counted once", func(s store) {
		won := s.parallel(20, func(l ledger.Ledger, _ int) (bool, error) {
			return l.Accept(s.Context(), taking(signer(1), "token", "paris"))
		})
		if won != 20 {
			s.Errorf("%d of 20 recognised", won)
		}
		s.counted(tally(1, map[ledger.Bucket]int{bucket("paris", ledger.StateQueued): 1}))
	}},
	{"the named pendings are deleted, and no others", func(s store) {
		k := signer(1)
		mine := []ledger.Pending{waits(k, "A", noon), waits(k, "B", noon.Add(time.Second)), waits(k, "C", noon)}
		others := waits(signer(2), "D", noon)
		for _, p := range append(mine, others) {
			s.pend(p)
		}
		a := taking(k, "token", "paris")
		a.Pendings = ids(mine[0], mine[2], waits(k, "NEVER-THERE", noon), others)
		s.accept(a)
		s.same(ids(mine[1]), s.waiting(k, noon, 9))
		s.noPending(k, mine[0].ID, noon)
		s.same(ids(others), s.waiting(signer(2), noon, 9))
	}},
	{"as many parts as allowed go in one step", func(s store) {
		k := signer(1)
		a := asking(taking(k, "token"), "ID")
		for i := range ledger.MaxParts {
			a.Drafts = append(a.Drafts, claimed(to(k, fmt.Sprintf("target-%d", i))))
			a.Pendings = append(a.Pendings, ledger.PendingID(noon, fmt.Sprintf("PENDING-%d", i)))
		}
		s.accept(a)
		if _, ds := s.find(k); len(ds) != ledger.MaxParts {
			s.Errorf("%d deliveries", len(ds))
		}
		s.subscribed(union, "ID")
	}},
	{"an invalid acceptance is refused and writes nothing", func(s store) {
		for name, spoil := range spoiled {
			a := taking(signer(1), "token", "paris", "oslo")
			spoil(&a)
			if isNew, err := s.one.Accept(s.Context(), a); isNew || !errors.Is(err, ledger.ErrInvalid) {
				s.Errorf("%s: %v, %v; want ErrInvalid", name, isNew, err)
			}
			s.missing(signer(1))
		}
		s.subscribed(union)
		s.counted(ledger.Tally{})
	}},
	{"after its time nothing is written: busy", func(s store) {
		if isNew, err := s.one.Accept(done(), taking(signer(1), "token", "paris")); isNew || !errors.Is(err, ledger.ErrBusy) {
			s.Errorf("%v, %v; want ErrBusy", isNew, err)
		}
		s.missing(signer(1))
		s.counted(ledger.Tally{})
	}},
	{"campaigns are apart, also when one's name begins the other's", func(s store) {
		k := signer(1)
		test := ledger.Key{Campaign: campaign + "-TEST", Signer: k.Signer}
		s.accept(taking(k, "token", "paris"))
		s.missing(test)
		if !s.accept(taking(test, "other", "oslo")) {
			s.Error("not new in the other campaign")
		}
		s.sealed(to(test, "paris"), nil)
		s.counted(tally(1, map[ledger.Bucket]int{bucket("paris", ledger.StateQueued): 1}))
		s.same(tally(1, map[ledger.Bucket]int{bucket("oslo", ledger.StateQueued): 1}), s.tally(test.Campaign))
	}},
}

// spoiled is a way to break each rule of an acceptance.
var spoiled = map[string]func(a *ledger.Acceptance){
	"no token":                 func(a *ledger.Acceptance) { a.Action.Token = "" },
	"no drafts":                func(a *ledger.Acceptance) { a.Drafts = nil },
	"too many drafts":          func(a *ledger.Acceptance) { a.Drafts = make([]ledger.Draft, ledger.MaxParts+1) },
	"too many pendings":        func(a *ledger.Acceptance) { a.Pendings = strings.Split("abcdefghijklmnopqrstu", "") },
	"a pending twice":          func(a *ledger.Acceptance) { a.Pendings = []string{"x", "x"} },
	"a target twice":           func(a *ledger.Acceptance) { a.Drafts[1].Delivery.Target = "paris" },
	"no target":                func(a *ledger.Acceptance) { a.Drafts[1].Delivery.Target = "" },
	"a delivery of another":    func(a *ledger.Acceptance) { a.Drafts[1].Delivery.Signer = "another" },
	"a separator in the key":   func(a *ledger.Acceptance) { *a = taking(ledger.Key{Campaign: "a#b", Signer: "c"}, "t", "paris") },
	"a variant below none":     func(a *ledger.Acceptance) { a.Drafts[1].Delivery.Variant = -1 },
	"a variant too many":       func(a *ledger.Acceptance) { a.Drafts[1].Delivery.Variant = ledger.MaxVariants + 1 },
	"no attempt":               func(a *ledger.Acceptance) { a.Drafts[0].Delivery.Attempt = 0 },
	"begins sent":              func(a *ledger.Acceptance) { a.Drafts[0].Delivery.State = ledger.StateSent },
	"a claim without token":    func(a *ledger.Acceptance) { a.Drafts[0].Delivery.Claim = "" },
	"a claim without end":      func(a *ledger.Acceptance) { a.Drafts[0].Delivery.Next = time.Time{} },
	"sealed fields for nobody": func(a *ledger.Acceptance) { a.Drafts[0].Delivery.State = ledger.StateOffered },
	"a partner in capitals":    func(a *ledger.Acceptance) { a.Action.Partner = "UNION" },
	"a separator in a partner": func(a *ledger.Acceptance) { a.Action.Partner = "a#b" },
	"a dot in a partner":       func(a *ledger.Acceptance) { a.Action.Partner = "a.b" },
	"an underscore in one":     func(a *ledger.Acceptance) { a.Action.Partner = "a_b" },
	"a partner of 41":          func(a *ledger.Acceptance) { a.Action.Partner = strings.Repeat("a", 41) },
	"a subscriber of nobody's": func(a *ledger.Acceptance) { *a = asking(*a, "ID"); a.Action.Partner, a.Subscriber.Partner = "", "" },
	"another's subscriber":     func(a *ledger.Acceptance) { *a = asking(*a, "ID"); a.Subscriber.Partner = "another" },
	"another campaign's":       func(a *ledger.Acceptance) { *a = asking(*a, "ID"); a.Subscriber.Campaign += "-TEST" },
	"a subscriber without id":  func(a *ledger.Acceptance) { *a = asking(*a, "") },
	"a separator in its id":    func(a *ledger.Acceptance) { *a = asking(*a, "a#b") },
	"an id of 65":              func(a *ledger.Acceptance) { *a = asking(*a, strings.Repeat("A", 65)) },
	"one without a box":        func(a *ledger.Acceptance) { *a = asking(*a, "ID"); a.Subscriber.Sealed = nil },
	"one for always":           func(a *ledger.Acceptance) { *a = asking(*a, "ID"); a.Subscriber.Expires = time.Time{} },
	"sealed fields for always": func(a *ledger.Acceptance) { a.Drafts[0].Expires = time.Time{} },
}

// stored is a draft's delivery as a ledger gives it back.
func stored(d ledger.Draft) ledger.Delivery {
	v := d.Delivery
	v.Changed, v.Next = day(v.Changed), milli(v.Next)
	return v
}

var findCases = []contract{
	{"nothing there: not found", func(s store) { s.missing(signer(1)) }},
	{"days come back as days, times to the millisecond, in UTC", func(s store) {
		a := taking(signer(1), "token", "paris")
		east := time.FixedZone("east", 9*3600)
		a.Action.Day = time.Date(2007, 12, 3, 3, 0, 0, 0, east)
		a.Drafts[0].Delivery.Changed = a.Action.Day
		a.Drafts[0].Delivery.Next = noon.In(east)
		s.accept(a)
		action, ds := s.find(signer(1))
		d := ds[0]
		s.same([]time.Time{today, today, noon.Truncate(time.Millisecond)}, []time.Time{action.Day, d.Changed, d.Next})
		for _, at := range []time.Time{action.Day, d.Changed, d.Next} {
			if at.Location() != time.UTC {
				s.Errorf("%v is not UTC", at)
			}
		}
	}},
	{"a queued delivery without a next time has none", func(s store) {
		a := taking(signer(1), "token")
		a.Drafts = []ledger.Draft{queued(to(signer(1), "paris"))}
		a.Drafts[0].Delivery.Next = time.Time{}
		s.accept(a)
		if d := s.delivery(to(signer(1), "paris")); !d.Next.IsZero() {
			s.Errorf("next = %v", d.Next)
		}
	}},
	{"an unproven signer's mail: deliveries and no action", func(s store) {
		p := waits(signer(1), "PENDING", noon)
		s.pend(p)
		a, ds := s.find(mailOf(p).Key)
		s.same(ledger.Action{Key: mailOf(p).Key}, a)
		s.same([]ledger.Delivery{stored(invitation(p))}, ds)
	}},
}
