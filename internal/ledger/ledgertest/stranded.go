package ledgertest

import (
	"errors"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"one-click-protest/internal/ledger"
)

// strand settles a delivery of [step] as failed or bounced, and as stranded.
func strand(id ledger.ID, from, next ledger.State, token string) ledger.Settlement {
	x := step(id, from, next, token)
	x.Stranded = true
	return x
}

// abandon leaves a delivery of [step] where it stands.
func abandon(id ledger.ID, in ledger.State, token string) ledger.Settlement {
	x := step(id, in, in, token)
	x.Abandon, x.Claim = true, ""
	return x
}

// bounces lets the deliveries of these signers to paris strand.
func (s store) bounces(signers ...int) (ids []ledger.ID) {
	s.Helper()
	for _, i := range signers {
		id := s.brought(i, ledger.StateClaimed)
		if !s.settle(strand(id, ledger.StateClaimed, ledger.StateBounced, "strand")) {
			s.Errorf("signer %d: not taken", i)
		}
		ids = append(ids, id)
	}
	return ids
}

// stranded asks both handles in turn until the answer is these.
func (s store) stranded(q ledger.Queue, after ledger.ID, n int, want ...ledger.ID) {
	s.Helper()
	s.eventually(func(i int) string {
		got, err := s.handle(i).Stranded(s.Context(), q, after, n)
		if err != nil {
			s.Fatalf("Stranded: %v", err)
		}
		return cmp.Diff(want, got, cmpopts.EquateEmpty())
	})
}

var strandedCases = []contract{
	{"each step to failed or bounced may strand, from whatever state keeps the sealed fields, and keeps them", func(s store) {
		q, i := queueOf(campaign, "paris"), 0
		var want []ledger.ID
		for _, from := range states {
			for _, next := range []ledger.State{ledger.StateFailed, ledger.StateBounced} {
				if !ledger.Step(from, next) || from == ledger.StateDelivered {
					continue
				}
				id := s.brought(i, from)
				if !s.settle(strand(id, from, next, "strand")) {
					s.Errorf("%s to %s: not taken", from, next)
				}
				s.sealed(id, boxOf(id))
				if d := s.delivery(id); d.State != next || !d.Next.IsZero() {
					s.Errorf("%s to %s: %s, next %v", from, next, d.State, d.Next)
				}
				want = append(want, id)
				i++
			}
		}
		s.stranded(q, ledger.ID{}, 100, want...)
		s.counted(s.tally(campaign))
	}},
	{"nothing has stranded: none, however much has failed or bounced", func(s store) {
		for i, state := range states {
			s.brought(i, state)
		}
		s.stranded(queueOf(campaign, "paris"), ledger.ID{}, 100)
		s.stranded(queueOf(campaign, "nowhere"), ledger.ID{}, 100)
	}},
	{"in the order of signers, those behind one, and no more than asked for", func(s store) {
		ids := s.bounces(3, 1, 4, 0, 2)
		slices.SortFunc(ids, func(a, b ledger.ID) int { return strings.Compare(a.Signer, b.Signer) })
		q := queueOf(campaign, "paris")
		s.stranded(q, ledger.ID{}, 100, ids...)
		s.stranded(q, ledger.ID{}, 2, ids[:2]...)
		s.stranded(q, ids[1], 2, ids[2:4]...)
		s.stranded(q, ids[3], 2, ids[4])
		s.stranded(q, ids[4], 2)
		for _, n := range []int{0, -1} {
			s.stranded(q, ledger.ID{}, n)
		}
	}},
	{"behind one that has moved meanwhile the others follow", func(s store) {
		ids, q := s.bounces(0, 1, 2), queueOf(campaign, "paris")
		s.stranded(q, ledger.ID{}, 2, ids[:2]...)
		for _, id := range ids[:2] {
			s.settle(down(id, ledger.StateBounced, ledger.ChannelFax, "down"))
		}
		s.stranded(q, ids[1], 2, ids[2])
		s.stranded(q, ledger.ID{}, 2, ids[2])
	}},
	{"of this campaign, target and channel alone", func(s store) {
		ids := s.bounces(1)
		test := ledger.Key{Campaign: campaign + "-TEST", Signer: signer(1).Signer}
		for _, id := range []ledger.ID{to(signer(2), "oslo"), to(signer(3), "paris-2"), to(test, "paris")} {
			a := taking(id.Key, "token")
			a.Drafts = []ledger.Draft{claimed(id)}
			s.accept(a)
			s.settle(strand(id, ledger.StateClaimed, ledger.StateFailed, "strand"))
			s.stranded(queueOf(id.Campaign, id.Target), ledger.ID{}, 10, id)
		}
		q := queueOf(campaign, "paris")
		s.stranded(q, ledger.ID{}, 10, ids...)
		s.stranded(by(q, ledger.ChannelFax), ledger.ID{}, 10)
		s.stranded(queueOf(campaign, "pari"), ledger.ID{}, 10)
	}},
	{"it is not due, at any time, and keeps nothing else from being due", func(s store) {
		s.bounces(1, 2, 3)
		s.due(campaign, "paris", noon.AddDate(100, 0, 0), 10)
		id, lapsed := s.queue(4, noon), s.brought(5, ledger.StateClaimed)
		s.due(campaign, "paris", minutes(1), 2, lapsed, id)
		s.stranded(queueOf(campaign, "paris"), ledger.ID{}, 10, to(signer(1), "paris"), to(signer(2), "paris"), to(signer(3), "paris"))
	}},
	{"with the next attempt, by the same channel or another, it has stranded no more", func(s store) {
		ids, q := s.bounces(1, 2, 3), queueOf(campaign, "paris")
		s.settle(again(ids[0], ledger.StateBounced, "again"))
		s.settle(down(ids[1], ledger.StateBounced, ledger.ChannelFax, "down"))
		s.stranded(q, ledger.ID{}, 10, ids[2])
		s.dueIn(q, minutes(90), 10, ids[0])
		s.dueIn(by(q, ledger.ChannelFax), minutes(90), 10, ids[1])
	}},
	{"on the next step of the ladder it strands in that channel's queue, or fails for good", func(s store) {
		ids, fax := s.bounces(1, 2), by(queueOf(campaign, "paris"), ledger.ChannelFax)
		for i, id := range ids {
			s.settle(down(id, ledger.StateBounced, ledger.ChannelFax, "down"))
			x := step(id, ledger.StateQueued, ledger.StateBounced, "fax")
			x.Attempt, x.Channel, x.Stranded = 2, ledger.ChannelFax, i == 0
			if !s.settle(x) {
				s.Error("not taken")
			}
		}
		s.stranded(fax, ledger.ID{}, 10, ids[0])
		s.stranded(by(fax, ledger.ChannelEmail), ledger.ID{}, 10)
		s.counted(tally(2, map[ledger.Bucket]int{faxed(ledger.StateBounced): 2}))
	}},
	{"a settlement that is late changes nothing of it", func(s store) {
		id, q := s.bounces(1)[0], queueOf(campaign, "paris")
		if s.settle(step(id, ledger.StateClaimed, ledger.StateBounced, "late")) {
			s.Error("taken")
		}
		s.stranded(q, ledger.ID{}, 10, id)
		for range 2 { // a repeat
			s.settle(strand(id, ledger.StateClaimed, ledger.StateBounced, "strand"))
			s.stranded(q, ledger.ID{}, 10, id)
		}
		gone := s.brought(2, ledger.StateBounced)
		if s.settle(strand(gone, ledger.StateClaimed, ledger.StateBounced, "late")) {
			s.Error("stranded afterwards")
		}
		s.stranded(q, ledger.ID{}, 10, id)
	}},
	{"where nothing has stranded, or nothing is sealed any more, it is refused and writes nothing", func(s store) {
		id := s.brought(1, ledger.StateClaimed)
		before := s.delivery(id)
		for _, next := range states {
			if next == ledger.StateFailed || next == ledger.StateBounced {
				continue
			}
			changed, err := s.one.Settle(s.Context(), strand(id, ledger.StateClaimed, next, "strand"))
			if changed || !errors.Is(err, ledger.ErrInvalid) {
				s.Errorf("to %s: %v, %v; want ErrInvalid", next, changed, err)
			}
		}
		s.same(before, s.delivery(id))
		delivered := s.brought(2, ledger.StateDelivered)
		changed, err := s.one.Settle(s.Context(), strand(delivered, ledger.StateDelivered, ledger.StateBounced, "strand"))
		if changed || !errors.Is(err, ledger.ErrInvalid) {
			s.Errorf("from delivered: %v, %v; want ErrInvalid", changed, err)
		}
		s.stranded(queueOf(campaign, "paris"), ledger.ID{}, 10)
	}},
	{"abandoned it has stranded no more, and stays what it is; also when that is said again", func(s store) {
		ids, q := s.bounces(1, 2), queueOf(campaign, "paris")
		before, counts := s.delivery(ids[0]), s.tally(campaign)
		for _, token := range []string{"abandon", "abandon", "again"} {
			if !s.settle(abandon(ids[0], ledger.StateBounced, token)) {
				s.Errorf("token %s: not taken", token)
			}
			s.stranded(q, ledger.ID{}, 10, ids[1])
		}
		s.same(before, s.delivery(ids[0]))
		s.sealed(ids[0], boxOf(ids[0]))
		s.counted(counts)
		s.settle(down(ids[0], ledger.StateBounced, ledger.ChannelFax, "down")) // an organizer may still
		s.dueIn(by(q, ledger.ChannelFax), minutes(90), 10, ids[0])
	}},
	{"nothing else is abandoned: unchanged, or refused where it would move or strand", func(s store) {
		for i, from := range states {
			if from == ledger.StateFailed || from == ledger.StateBounced {
				continue
			}
			id := s.brought(i, from)
			before := s.delivery(id)
			x := abandon(id, from, "abandon")
			if x.Claim = before.Claim; s.settle(x) {
				s.Errorf("from %s: taken", from)
			}
			s.same(before, s.delivery(id))
		}
		id, q := s.bounces(100)[0], queueOf(campaign, "paris")
		for name, spoil := range map[string]func(*ledger.Settlement){
			"in another state": func(x *ledger.Settlement) { x.To = ledger.StateFailed },
			"and stranded":     func(x *ledger.Settlement) { x.Stranded = true },
			"and begun anew":   func(x *ledger.Settlement) { x.Again, x.To = true, ledger.StateQueued },
		} {
			x := abandon(id, ledger.StateBounced, "abandon")
			spoil(&x)
			if changed, err := s.one.Settle(s.Context(), x); changed || !errors.Is(err, ledger.ErrInvalid) {
				s.Errorf("%s: %v, %v; want ErrInvalid", name, changed, err)
			}
		}
		s.stranded(q, ledger.ID{}, 10, id)
	}},
	{"after its time: no answer", func(s store) {
		s.bounces(1)
		if ids, err := s.one.Stranded(done(), queueOf(campaign, "paris"), ledger.ID{}, 10); err == nil {
			s.Errorf("%v", ids)
		}
	}},
}
