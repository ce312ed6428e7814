package ledgertest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"one-click-protest/internal/ledger"
)

// asking is an acceptance whose signer asks to be kept informed by its partner.
func asking(a ledger.Acceptance, id string) ledger.Acceptance {
	a.Subscriber = &ledger.Subscriber{
		Campaign: a.Action.Campaign, Partner: a.Action.Partner, ID: id, Sealed: []byte("sealed to " + a.Action.Partner + " " + id),
		Expires: noon.Add(30 * 24 * time.Hour),
	}
	return a
}

// keptOf is a subscriber as a ledger gives it back.
func keptOf(a ledger.Acceptance) ledger.Subscriber {
	s := *a.Subscriber
	s.Expires = day(s.Expires)
	return s
}

// subscribe accepts an action with a subscriber for each id, of signers from this one on, and answers what is kept.
func (s store) subscribe(first int, campaign, partner string, ids ...string) (all []ledger.Subscriber) {
	s.Helper()
	for i, id := range ids {
		k := ledger.Key{Campaign: campaign, Signer: signer(first + i).Signer}
		a := asking(from(k, partner, true), id)
		s.accept(a)
		all = append(all, keptOf(a))
	}
	return all
}

// listed asks the other handle for a partner's subscribers.
func (s store) listed(campaign, partner, after string, now time.Time, n int) []ledger.Subscriber {
	s.Helper()
	ss, err := s.other.Subscribers(s.Context(), campaign, partner, after, now, n)
	if err != nil {
		s.Fatalf("Subscribers: %v", err)
	}
	return ss
}

// subscribed checks whose subscribers a partner of the campaign has.
func (s store) subscribed(partner string, ids ...string) {
	s.Helper()
	s.same(ids, subscriberIDs(s.listed(campaign, partner, "", noon, 999)))
}

func subscriberIDs(ss []ledger.Subscriber) (ids []string) {
	for _, x := range ss {
		ids = append(ids, x.ID)
	}
	return ids
}

func (s store) unsubscribe(campaign, partner string, ids ...string) {
	s.Helper()
	if err := s.one.Unsubscribe(s.Context(), campaign, partner, ids); err != nil {
		s.Fatalf("Unsubscribe: %v", err)
	}
}

var subscribersCases = []contract{
	{"nothing there: none", func(s store) { s.subscribed(union) }},
	{"a new action's subscriber is written with it, its expiry to the day", func(s store) {
		a := asking(taking(signer(1), "token", "paris"), "ID")
		a.Subscriber.Expires = noon.Add(30 * 24 * time.Hour).In(time.FixedZone("east", 14*3600))
		s.accept(a)
		got := s.listed(campaign, union, "", noon, 9)
		s.same([]ledger.Subscriber{keptOf(a)}, got)
		if want := today.Add(30 * 24 * time.Hour); got[0].Expires != want {
			s.Errorf("expires %v, not %v", got[0].Expires, want)
		}
		s.counted(tally(1, map[ledger.Bucket]int{bucket("paris", ledger.StateQueued): 1})) // it is no record
	}},
	{"who does not ask is not among them", func(s store) {
		s.accept(taking(signer(1), "token", "paris"))
		s.subscribed(union)
	}},
	{"a present key: none is written", func(s store) {
		s.accept(taking(signer(1), "first", "paris"))
		if s.accept(asking(taking(signer(1), "second", "paris"), "ID")) {
			s.Error("new again")
		}
		s.subscribed(union)
	}},
	{"one who had taken part before is written without an action", func(s store) {
		s.accept(taking(signer(1), "first", "paris"))
		one := *asking(taking(signer(1), "second", "paris"), "ID").Subscriber
		for range 2 {
			if err := s.one.Subscribe(s.Context(), one); err != nil {
				s.Fatalf("Subscribe: %v", err)
			}
		}
		one.Expires = day(one.Expires)
		s.same([]ledger.Subscriber{one}, s.listed(campaign, union, "", noon, 9))
		s.counted(tally(1, map[ledger.Bucket]int{bucket("paris", ledger.StateQueued): 1}))
	}},
	{"one that breaks a rule is not written", func(s store) {
		for what, spoil := range map[string]func(*ledger.Subscriber){
			"no campaign": func(one *ledger.Subscriber) { one.Campaign = "" },
			"no partner":  func(one *ledger.Subscriber) { one.Partner = "" },
			"a separator": func(one *ledger.Subscriber) { one.Partner = "a#b" },
			"no id":       func(one *ledger.Subscriber) { one.ID = "" },
			"no box":      func(one *ledger.Subscriber) { one.Sealed = nil },
			"for always":  func(one *ledger.Subscriber) { one.Expires = time.Time{} },
		} {
			one := *asking(taking(signer(1), "token", "paris"), "ID").Subscriber
			spoil(&one)
			if err := s.one.Subscribe(s.Context(), one); !errors.Is(err, ledger.ErrInvalid) {
				s.Errorf("%s: %v", what, err)
			}
		}
	}},
	{"a repeat of the same call does not double it, nor write it anew", func(s store) {
		a := asking(taking(signer(1), "token", "paris"), "FIRST")
		s.accept(a)
		s.accept(a)
		if !s.accept(asking(taking(signer(1), "token", "paris"), "SECOND")) {
			s.Error("not recognised")
		}
		s.subscribed(union, "FIRST")
		s.unsubscribe(campaign, union, "FIRST")
		s.accept(a)
		s.subscribed(union)
	}},
	{"of parallel calls for one key the winner's is written", func(s store) {
		s.parallel(20, func(l ledger.Ledger, i int) (bool, error) {
			name := fmt.Sprintf("TOKEN-%02d", i)
			return l.Accept(s.Context(), asking(taking(signer(1), name, "paris"), name))
		})
		a, _ := s.find(signer(1))
		s.subscribed(union, a.Token)
	}},
	{"an action that answers pendings writes it and deletes them, in one step", func(s store) {
		p := waits(signer(1), "PENDING", noon)
		s.pend(p)
		s.subscribed(union)
		a := asking(taking(signer(1), "token", "paris"), "ID")
		a.Pendings = ids(p)
		s.accept(a)
		s.same([]string{}, s.waiting(signer(1), noon, 9))
		s.subscribed(union, "ID")
	}},
	{"in the order of ids, whoever came first, as many as asked for, those behind an id", func(s store) {
		all := s.subscribe(1, campaign, union, "b", "M", "A", "0", "Z-1", "Z")
		slices.SortFunc(all, func(a, b ledger.Subscriber) int { return strings.Compare(a.ID, b.ID) })
		s.same(all, s.listed(campaign, union, "", noon, 9))
		s.same(all, s.listed(campaign, union, "", noon, 6))
		s.same(all[:2], s.listed(campaign, union, "", noon, 2))
		s.same(all[2:4], s.listed(campaign, union, all[1].ID, noon, 2))
		s.same(all[4:], s.listed(campaign, union, all[3].ID, noon, 9))
		s.same([]ledger.Subscriber{}, s.listed(campaign, union, all[5].ID, noon, 9))
		s.same(all[3:], s.listed(campaign, union, "N", noon, 9)) // an id that is not there, or not any more
		s.same([]ledger.Subscriber{}, s.listed(campaign, union, "", noon, 0))
	}},
	{"an expired one is not found from the beginning of its day on", func(s store) {
		s.subscribe(1, campaign, union, "ID")
		end := today.Add(30 * 24 * time.Hour)
		s.same([]string{"ID"}, subscriberIDs(s.listed(campaign, union, "", end.Add(-time.Millisecond), 9)))
		s.same([]ledger.Subscriber{}, s.listed(campaign, union, "", end, 9))
	}},
	{"expired ones take no place from others", func(s store) {
		var want []string
		for i := range 9 {
			id := fmt.Sprintf("ID-%d", i)
			a := asking(taking(signer(i), "token", "paris"), id)
			if i < 6 {
				a.Subscriber.Expires = noon.Add(24 * time.Hour)
			} else {
				want = append(want, id)
			}
			s.accept(a)
		}
		later := noon.Add(48 * time.Hour)
		s.same(want[:1], subscriberIDs(s.listed(campaign, union, "", later, 1)))
		s.same(want[1:], subscriberIDs(s.listed(campaign, union, want[0], later, 2)))
	}},
	{"partners and campaigns are apart, also when one's name begins the other's", func(s store) {
		s.subscribe(1, campaign, union, "ID", "MINE")
		s.subscribe(3, campaign, union+"-2", "ID", "OTHER")
		s.subscribe(5, campaign+"-TEST", union, "ID", "TEST")
		s.subscribed(union, "ID", "MINE")
		s.subscribed(union+"-2", "ID", "OTHER")
		s.same([]string{"ID", "TEST"}, subscriberIDs(s.listed(campaign+"-TEST", union, "", noon, 9)))
	}},
	{"after its time: no answer", func(s store) {
		s.subscribe(1, campaign, union, "ID")
		if ss, err := s.one.Subscribers(done(), campaign, union, "", noon, 9); err == nil {
			s.Errorf("%v", ss)
		}
	}},
}

var unsubscribeCases = []contract{
	{"these are deleted, no others, and no record or count", func(s store) {
		s.subscribe(1, campaign, union, "A", "B", "C", "D")
		counts, records := s.tally(campaign), s.walked("")
		s.unsubscribe(campaign, union, "C", "A")
		s.subscribed(union, "B", "D")
		s.counted(counts)
		s.same(records, s.walked(""))
	}},
	{"what is not there is no error: called again, named twice, never there, none", func(s store) {
		s.subscribe(1, campaign, union, "A", "B")
		for range 2 {
			s.unsubscribe(campaign, union, "A", "A", "NEVER-THERE", "", "a#b", strings.Repeat("A", 5000))
		}
		s.unsubscribe(campaign, union)
		s.unsubscribe(campaign, "nobody", "B")
		s.subscribed(union, "B")
	}},
	{"another partner's and another campaign's of the same ids stay", func(s store) {
		s.subscribe(1, campaign, union, "ID")
		s.subscribe(2, campaign, union+"-2", "ID")
		s.subscribe(3, campaign+"-TEST", union, "ID")
		s.unsubscribe(campaign, union, "ID")
		s.subscribed(union)
		s.subscribed(union+"-2", "ID")
		s.same([]string{"ID"}, subscriberIDs(s.listed(campaign+"-TEST", union, "", noon, 9)))
	}},
	{"however many at once", func(s store) {
		var names []string
		for i := range 60 {
			names = append(names, fmt.Sprintf("ID-%02d", i))
		}
		s.subscribe(1, campaign, union, names...)
		s.unsubscribe(campaign, union, names[:59]...)
		s.subscribed(union, names[59])
	}},
	{"after its time nothing is deleted: busy", func(s store) {
		s.subscribe(1, campaign, union, "ID")
		if err := s.one.Unsubscribe(done(), campaign, union, []string{"ID"}); !errors.Is(err, ledger.ErrBusy) {
			s.Errorf("%v; want ErrBusy", err)
		}
		s.subscribed(union, "ID")
	}},
}
