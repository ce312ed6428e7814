package ledgertest

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"one-click-protest/internal/ledger"
)

// again begins the next attempt of a delivery of [step].
func again(id ledger.ID, from ledger.State, token string) ledger.Settlement {
	x := step(id, from, ledger.StateQueued, token)
	x.Again, x.Claim = true, ""
	return x
}

// late checks that no settlement of attempt 1, of these channels, changes a delivery whose attempt 2 has begun.
func (s store) late(id ledger.ID, channels ...ledger.Channel) {
	s.Helper()
	before, counts := s.delivery(id), s.tally(campaign)
	for _, channel := range channels {
		for _, from := range states {
			for _, next := range states {
				x := step(id, from, next, "late")
				if x.Channel, x.Claim = channel, "mine"; s.settle(x) {
					s.Errorf("%s to %s by %s of attempt 1: taken while attempt 2 is %s", from, next, channel, before.State)
				}
			}
		}
	}
	s.same(before, s.delivery(id))
	s.counted(counts)
	s.sealed(id, boxOf(id))
}

// anew is the settlement that an organizer may make, of each state that allows it.
var anew = []ledger.State{ledger.StateUnknown, ledger.StateFailed, ledger.StateBounced}

var againCases = []contract{
	{"from unknown, failed or bounced: queued as the next attempt, counted, the sealed fields kept", func(s store) {
		for i, from := range anew {
			id := s.brought(i, from)
			before := s.tally(campaign).Deliveries
			want := s.delivery(id)
			x := again(id, from, "again")
			x.At, x.Reason = noon.AddDate(0, 0, 3), "resent"
			if !s.settle(x) {
				s.Errorf("from %s: not taken", from)
			}
			want.Attempt, want.State, want.Next = 2, ledger.StateQueued, milli(x.Next)
			want.Changed, want.Reason = today.AddDate(0, 0, 3), "resent"
			s.same(want, s.delivery(id))
			s.sealed(id, boxOf(id))
			delete(before, bucket("paris", from))
			before[bucket("paris", ledger.StateQueued)]++
			s.counted(tally(i+1, before))
		}
	}},
	{"from any other state nothing begins", func(s store) {
		for i, from := range states {
			if slices.Contains(anew, from) {
				continue
			}
			id := s.brought(i, from)
			before, counts := s.delivery(id), s.tally(campaign)
			x := again(id, from, "again")
			if x.Claim = before.Claim; s.settle(x) {
				s.Errorf("from %s: taken", from)
			}
			s.same(before, s.delivery(id))
			s.counted(counts)
		}
	}},
	{"without Again none of them goes back to the queue", func(s store) {
		for i, from := range anew {
			id := s.brought(i, from)
			x := again(id, from, "again")
			if x.Again = false; s.settle(x) {
				s.Errorf("from %s: taken", from)
			}
		}
	}},
	{"what settles attempt 1 late does not touch attempt 2, in whatever state", func(s store) {
		id := s.brought(1, ledger.StateUnknown)
		s.settle(again(id, ledger.StateUnknown, "again"))
		s.late(id, ledger.ChannelEmail)
		s.claim(claims(id, "mine", noon.Add(time.Hour)))
		s.late(id, ledger.ChannelEmail)
		second := step(id, ledger.StateClaimed, ledger.StateSent, "sent")
		second.Attempt, second.Claim = 2, "mine"
		if !s.settle(second) {
			s.Error("attempt 2 not settled")
		}
		s.late(id, ledger.ChannelEmail)
	}},
	{"attempt 2 is claimed, sent and delivered like any, and its sealed fields go then", func(s store) {
		id := s.brought(1, ledger.StateFailed)
		s.settle(again(id, ledger.StateFailed, "again"))
		d, won := s.claim(claims(id, "mine", noon.Add(time.Hour)))
		if !won || d.Attempt != 2 {
			s.Errorf("%v, attempt %d", won, d.Attempt)
		}
		for _, x := range []ledger.Settlement{
			step(id, ledger.StateClaimed, ledger.StateSent, "sent"), step(id, ledger.StateSent, ledger.StateDelivered, "event"),
		} {
			if x.Attempt, x.Claim = 2, "mine"; !s.settle(x) {
				s.Errorf("%s to %s: not taken", x.From, x.To)
			}
		}
		s.sealed(id, nil)
		s.counted(tally(1, map[ledger.Bucket]int{bucket("paris", ledger.StateDelivered): 1}))
	}},
	{"a third attempt follows the second", func(s store) {
		id := s.brought(1, ledger.StateFailed)
		s.settle(again(id, ledger.StateFailed, "second"))
		bounced := step(id, ledger.StateQueued, ledger.StateBounced, "bounced")
		bounced.Attempt = 2
		s.settle(bounced)
		third := again(id, ledger.StateBounced, "third")
		if s.settle(third) {
			s.Error("the first attempt was followed twice")
		}
		if third.Attempt = 2; !s.settle(third) {
			s.Error("not taken")
		}
		if d := s.delivery(id); d.Attempt != 3 || d.State != ledger.StateQueued {
			s.Errorf("attempt %d, %s", d.Attempt, d.State)
		}
		s.sealed(id, boxOf(id))
	}},
	{"a repeat with the same token: true again, one attempt and one count", func(s store) {
		id := s.brought(1, ledger.StateUnknown)
		x := again(id, ledger.StateUnknown, "again")
		if first, repeat := s.settle(x), s.settle(x); !first || !repeat {
			s.Errorf("first %v, repeat %v", first, repeat)
		}
		if d := s.delivery(id); d.Attempt != 2 {
			s.Errorf("attempt %d", d.Attempt)
		}
		s.counted(tally(1, map[ledger.Bucket]int{bucket("paris", ledger.StateQueued): 1}))
	}},
	{"of parallel calls one begins an attempt", func(s store) {
		id := s.brought(1, ledger.StateUnknown)
		won := s.parallel(20, func(l ledger.Ledger, i int) (bool, error) {
			return l.Settle(s.Context(), again(id, ledger.StateUnknown, fmt.Sprintf("token-%d", i)))
		})
		if d := s.delivery(id); won != 1 || d.Attempt != 2 {
			s.Errorf("%d won, attempt %d", won, d.Attempt)
		}
		s.counted(tally(1, map[ledger.Bucket]int{bucket("paris", ledger.StateQueued): 1}))
	}},
	{"one that does not begin queued is refused and writes nothing", func(s store) {
		id := s.brought(1, ledger.StateUnknown)
		before := s.delivery(id)
		for _, next := range states {
			x := again(id, ledger.StateUnknown, "again")
			if x.To = next; next == ledger.StateQueued {
				continue
			}
			if changed, err := s.one.Settle(s.Context(), x); changed || !errors.Is(err, ledger.ErrInvalid) {
				s.Errorf("%s: %v, %v; want ErrInvalid", next, changed, err)
			}
		}
		s.same(before, s.delivery(id))
	}},
	{"never written: not found", func(s store) {
		changed, err := s.one.Settle(s.Context(), again(to(signer(1), "paris"), ledger.StateUnknown, "again"))
		if changed || !errors.Is(err, ledger.ErrNotFound) {
			s.Errorf("%v, %v; want ErrNotFound", changed, err)
		}
		s.missing(signer(1))
	}},
}
