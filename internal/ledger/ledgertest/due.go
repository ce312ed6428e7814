package ledgertest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"one-click-protest/internal/ledger"
)

// An answer of Due may lag: it is asked for again this often, for so long, until it is the one that must come.
const (
	lagPause = 20 * time.Millisecond
	lagMost  = 5 * time.Second
)

// due asks both handles in turn until the answer, without claimed deliveries that are not lapsed, which may stand in it, is of these.
func (s store) due(of, target string, now time.Time, n int, want ...ledger.ID) {
	s.Helper()
	s.dueIn(queueOf(of, target), now, n, want...)
}

func (s store) dueIn(q ledger.Queue, now time.Time, n int, want ...ledger.ID) {
	s.Helper()
	s.eventually(func(i int) string {
		got, err := s.handle(i).Due(s.Context(), q, now, n)
		if err != nil {
			s.Fatalf("Due: %v", err)
		}
		if len(got) > n {
			return fmt.Sprintf("%d answered, %d asked for", len(got), n)
		}
		ids, wrong := s.lapsed(got, now)
		return wrong + cmp.Diff(want, ids, cmpopts.EquateEmpty())
	})
}

// eventually calls until nothing is wrong any more.
func (s store) eventually(wrong func(i int) string) {
	s.Helper()
	if why := soon(wrong); why != "" {
		s.Fatalf("still after %v: want (-), got (+):\n%s", lagMost, why)
	}
}

// soon calls until nothing is wrong any more, and answers what still is in the end.
func soon(wrong func(i int) string) (why string) {
	for i, end := 0, time.Now().Add(lagMost); ; i++ {
		if why = wrong(i); why == "" || time.Now().After(end) {
			return why
		}
		time.Sleep(lagPause)
	}
}

// lapsed leaves out the claimed deliveries whose time has not come, and says what is wrong with the answer: its order, or a time.
func (s store) lapsed(due []ledger.Due, now time.Time) (ids []ledger.ID, wrong string) {
	s.Helper()
	var last time.Time // of those that are queued
	for _, x := range due {
		d := s.delivery(x.ID)
		claimed := d.State == ledger.StateClaimed
		switch {
		case !claimed && x.At.Before(last):
			wrong += fmt.Sprintf("%v stands after %v\n", x.At, last)
		case claimed && x.At.After(d.Next), !claimed && !x.At.Equal(d.Next):
			wrong += fmt.Sprintf("%s is due since %v, not %v\n", d.State, d.Next, x.At)
		case x.At.After(now):
			wrong += fmt.Sprintf("due since %v, at %v\n", x.At, now)
		}
		if !claimed {
			last = x.At
		}
		if !claimed || !d.Next.After(now) {
			ids = append(ids, x.ID)
		}
	}
	return ids, wrong
}

// minutes is some minutes after noon.
func minutes(n int) time.Time { return noon.Add(time.Duration(n) * time.Minute) }

var dueCases = []contract{
	{"nothing there: none", func(s store) {
		s.due(campaign, "paris", noon, 10)
		s.brought(1, ledger.StateSent)
		s.due(campaign, "paris", noon.AddDate(1, 0, 0), 10)
	}},
	{"queued ones whose time has come, those that wait longest first", func(s store) {
		var ids []ledger.ID
		for i, n := range []int{3, 1, 4, 2, 0} {
			ids = append(ids, s.queue(i, minutes(n)))
		}
		s.due(campaign, "paris", minutes(3), 10, ids[4], ids[1], ids[3], ids[0])
		s.due(campaign, "paris", minutes(60), 10, ids[4], ids[1], ids[3], ids[0], ids[2])
		s.due(campaign, "paris", minutes(-1), 10)
	}},
	{"from their next time on, not a millisecond earlier", func(s store) {
		id := s.queue(1, noon)
		s.due(campaign, "paris", milli(noon), 10, id)
		s.due(campaign, "paris", milli(noon).Add(-time.Millisecond), 10)
	}},
	{"no more than asked for, the longest waiting of them", func(s store) {
		var ids []ledger.ID
		for i := range 12 {
			ids = append(ids, s.queue(i, minutes(-i)))
		}
		slices.Reverse(ids)
		for _, n := range []int{12, 5, 1, 0} {
			s.due(campaign, "paris", noon, n, ids[:n]...)
		}
	}},
	{"one that is due is found among many that are not", func(s store) {
		for i := range 30 {
			s.queue(i, minutes(10+i))
		}
		id := s.queue(30, minutes(5))
		s.due(campaign, "paris", minutes(5), 1, id)
		s.due(campaign, "paris", minutes(5), 10, id)
	}},
	{"many that wait since the same time are all found", func(s store) {
		want := map[ledger.ID]bool{}
		for i := range 20 {
			want[s.queue(i, noon)] = true
		}
		s.eventually(func(i int) string {
			due, err := s.handle(i).Due(s.Context(), queueOf(campaign, "paris"), noon, 20)
			if err != nil {
				s.Fatal(err)
			}
			got := map[ledger.ID]bool{}
			for _, d := range due {
				got[d.ID] = true
			}
			return cmp.Diff(want, got)
		})
	}},
	{"one without a next time is due at any time, before all others", func(s store) {
		late, first := s.queue(1, noon), s.queue(2, time.Time{})
		s.due(campaign, "paris", noon, 10, first, late)
		s.due(campaign, "paris", minutes(-60), 10, first)
	}},
	{"times are UTC", func(s store) {
		s.queue(1, noon.In(time.FixedZone("east", 9*3600)))
		s.due(campaign, "paris", noon, 10, to(signer(1), "paris"))
		due, err := s.one.Due(s.Context(), queueOf(campaign, "paris"), noon.In(time.FixedZone("west", -9*3600)), 10)
		if err != nil || len(due) != 1 || due[0].At != milli(noon) {
			s.Errorf("%v, %v", due, err)
		}
	}},
	{"of this campaign and target alone", func(s store) {
		id := s.queue(1, noon)
		test := ledger.Key{Campaign: campaign + "-TEST", Signer: signer(1).Signer}
		for _, d := range []ledger.Draft{
			queued(to(signer(2), "oslo")), queued(to(signer(3), "paris-2")), queued(to(signer(4), "PARIS")), queued(to(test, "paris")),
		} {
			a := taking(d.Delivery.Key, "token")
			a.Drafts = []ledger.Draft{d}
			s.accept(a)
			s.due(d.Delivery.Campaign, d.Delivery.Target, minutes(60), 10, d.Delivery.ID)
		}
		s.due(campaign, "paris", minutes(60), 10, id)
		s.due(campaign, "pari", minutes(60), 10)
		s.due("protest", "paris", minutes(60), 10)
	}},
	{"of this channel alone", func(s store) {
		id := s.queue(1, noon)
		relayed := queued(to(signer(2), "paris"))
		relayed.Delivery.Channel = ledger.ChannelRelay
		a := taking(signer(2), "token")
		a.Drafts = []ledger.Draft{relayed}
		s.accept(a)
		s.due(campaign, "paris", minutes(60), 10, id)
		s.eventually(func(i int) string {
			q := relayed.Delivery.Queue()
			due, err := s.handle(i).Due(s.Context(), q, minutes(60), 10)
			if err != nil {
				s.Fatal(err)
			}
			return cmp.Diff([]ledger.Due{{ID: relayed.Delivery.ID, At: milli(noon.Add(time.Minute))}}, due)
		})
	}},
	{"one that was claimed as it was written: when the claim has lapsed", func(s store) {
		id := s.brought(1, ledger.StateClaimed)
		s.due(campaign, "paris", minutes(1), 10, id)
		s.due(campaign, "paris", milli(minutes(1)), 10, id)
		s.due(campaign, "paris", milli(minutes(1)).Add(-time.Millisecond), 10)
	}},
	{"one that was claimed as it was written, before all that are queued", func(s store) {
		first := s.queue(1, minutes(-60))
		lapsed := s.brought(2, ledger.StateClaimed)
		s.due(campaign, "paris", minutes(1), 10, lapsed, first)
		s.due(campaign, "paris", minutes(1), 1, lapsed)
		s.due(campaign, "paris", noon, 10, first)
	}},
	{"a confirmation mail whose claim has lapsed", func(s store) {
		p := waits(signer(1), "PENDING", noon)
		s.pend(p)
		s.due(campaign, ledger.TargetSigner, minutes(1), 10, mailOf(p))
		s.due(campaign, ledger.TargetSigner, noon, 10)
	}},
	{"one that was claimed from the queue: at the latest when the claim has lapsed", func(s store) {
		first, second := s.queue(1, noon), s.queue(2, minutes(1))
		s.claim(claims(first, "mine", noon))
		s.due(campaign, "paris", milli(noon.Add(lease)).Add(-time.Millisecond), 10, second)
		s.eventually(func(i int) string {
			due, err := s.handle(i).Due(s.Context(), queueOf(campaign, "paris"), noon.Add(lease), 10)
			if err != nil {
				s.Fatal(err)
			}
			ids, wrong := s.lapsed(due, noon.Add(lease))
			slices.SortFunc(ids, func(a, b ledger.ID) int { return strings.Compare(a.Signer, b.Signer) })
			return wrong + cmp.Diff([]ledger.ID{first, second}, ids)
		})
	}},
	{"one that was released: from its new time on", func(s store) {
		id := s.queue(1, noon)
		s.claim(claims(id, "mine", noon))
		release := step(id, ledger.StateClaimed, ledger.StateQueued, "release")
		release.Claim, release.Next = "mine", minutes(30)
		s.settle(release)
		s.due(campaign, "paris", minutes(30), 10, id)
		s.due(campaign, "paris", minutes(29), 10)
	}},
	{"one that was held: not until it is queued again", func(s store) {
		id := s.queue(1, noon)
		s.settle(step(id, ledger.StateQueued, ledger.StateHeld, "held"))
		s.due(campaign, "paris", minutes(90), 10)
		s.settle(step(id, ledger.StateHeld, ledger.StateQueued, "queued"))
		s.due(campaign, "paris", minutes(90), 10, id)
		s.due(campaign, "paris", minutes(59), 10)
	}},
	{"the next attempt of one that failed", func(s store) {
		id := s.brought(1, ledger.StateFailed)
		s.due(campaign, "paris", minutes(90), 10)
		s.settle(again(id, ledger.StateFailed, "again"))
		s.due(campaign, "paris", minutes(90), 10, id)
		s.due(campaign, "paris", minutes(59), 10)
	}},
	{"one that was settled, from the queue or from a claim, is not answered any more", func(s store) {
		i := 0
		for _, from := range []ledger.State{ledger.StateQueued, ledger.StateClaimed} {
			for _, next := range states {
				if !ledger.Step(from, next) || next == ledger.StateQueued || next == ledger.StateClaimed {
					continue
				}
				i++
				s.settle(step(s.brought(i, from), from, next, "token"))
			}
		}
		s.due(campaign, "paris", noon.AddDate(1, 0, 0), 100)
		id := s.queue(99, noon)
		s.claim(claims(id, "mine", noon))
		sent := step(id, ledger.StateClaimed, ledger.StateSent, "sent")
		sent.Claim = "mine"
		s.settle(sent)
		s.due(campaign, "paris", noon.AddDate(1, 0, 0), 100)
	}},
	{"after its time: no answer", func(s store) {
		s.queue(1, noon)
		if due, err := s.one.Due(done(), queueOf(campaign, "paris"), noon, 10); err == nil {
			s.Errorf("%v", due)
		}
	}},
}
