package ledgertest

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"one-click-protest/internal/ledger"
)

var states = []ledger.State{
	ledger.StateQueued, ledger.StateClaimed, ledger.StateSent, ledger.StateDelivered, ledger.StateBounced,
	ledger.StateComplained, ledger.StateFailed, ledger.StateUnknown, ledger.StateHeld, ledger.StateCancelled,
	ledger.StateOffered, ledger.StateReported,
}

// paths says how a delivery gets to each state from one in which it may be written.
var paths = map[ledger.State][]ledger.State{
	ledger.StateQueued:     {ledger.StateQueued},
	ledger.StateClaimed:    {ledger.StateClaimed},
	ledger.StateSent:       {ledger.StateClaimed, ledger.StateSent},
	ledger.StateDelivered:  {ledger.StateClaimed, ledger.StateSent, ledger.StateDelivered},
	ledger.StateBounced:    {ledger.StateClaimed, ledger.StateBounced},
	ledger.StateComplained: {ledger.StateClaimed, ledger.StateComplained},
	ledger.StateFailed:     {ledger.StateClaimed, ledger.StateFailed},
	ledger.StateUnknown:    {ledger.StateClaimed, ledger.StateUnknown},
	ledger.StateHeld:       {ledger.StateQueued, ledger.StateHeld},
	ledger.StateCancelled:  {ledger.StateQueued, ledger.StateCancelled},
	ledger.StateOffered:    {ledger.StateOffered},
	ledger.StateReported:   {ledger.StateOffered, ledger.StateReported},
}

// brought is a fresh delivery of the i-th signer, brought to a state.
func (s store) brought(i int, state ledger.State) ledger.ID {
	s.Helper()
	id, path := to(signer(i), "paris"), paths[state]
	a := taking(id.Key, "token")
	begin := map[ledger.State]func(ledger.ID) ledger.Draft{
		ledger.StateClaimed: claimed, ledger.StateQueued: queued, ledger.StateOffered: offered,
	}
	draft := begin[path[0]](id)
	draft.Delivery.Channel = ledger.ChannelEmail // one channel, so that one bucket a state
	a.Drafts = []ledger.Draft{draft}
	s.accept(a)
	for n := 1; n < len(path); n++ {
		if !s.settle(step(id, path[n-1], path[n], fmt.Sprintf("brought-%d", n))) {
			s.Fatalf("cannot bring a delivery to %s", state)
		}
	}
	return id
}

// merged is the state that a delivery is counted under, written down apart from the code.
func merged(state ledger.State) ledger.State {
	if state == ledger.StateClaimed {
		return ledger.StateQueued
	}
	return state
}

// everyStep is a settlement for each step of the table, of a delivery that stands there, one after the other: only when it is asked
// for the next one is the delivery written.
func (s store) everyStep() iter.Seq2[int, ledger.Settlement] {
	return func(yield func(int, ledger.Settlement) bool) {
		i := 0
		for _, from := range states {
			for _, next := range states {
				if !ledger.Step(from, next) {
					continue
				}
				if !yield(i, step(s.brought(i, from), from, next, "token")) {
					return
				}
				i++
			}
		}
	}
}

var settleCases = []contract{
	{"each step of the table is taken and counted, where claimed counts as queued", func(s store) {
		for i, x := range s.everyStep() {
			before := s.tally(campaign).Deliveries
			if !s.settle(x) {
				s.Errorf("%s to %s: not taken", x.From, x.To)
			}
			from, next := bucket("paris", merged(x.From)), bucket("paris", merged(x.To))
			before[from]--
			before[next]++
			if before[from] == 0 {
				delete(before, from)
			}
			s.counted(tally(i+1, before))
		}
	}},
	{"sealed fields outlive each step but those to delivered, complained and cancelled", func(s store) {
		gone := []ledger.State{ledger.StateDelivered, ledger.StateComplained, ledger.StateCancelled}
		for _, x := range s.everyStep() {
			had := !slices.Contains(gone, x.From) && x.From != ledger.StateOffered
			if had {
				s.sealed(x.ID, boxOf(x.ID))
			}
			s.settle(x)
			if had && !slices.Contains(gone, x.To) {
				s.sealed(x.ID, boxOf(x.ID))
			} else {
				s.sealed(x.ID, nil)
			}
		}
	}},
	{"to sent with Forget: the sealed fields go; to any other state Forget changes nothing", func(s store) {
		for _, x := range s.everyStep() {
			_, err := s.other.Sealed(s.Context(), x.ID, noon)
			if x.Forget = true; !s.settle(x) {
				s.Errorf("%s to %s: not taken", x.From, x.To)
			}
			if err == nil && x.To != ledger.StateSent && x.To.Keeps() {
				s.sealed(x.ID, boxOf(x.ID))
			} else {
				s.sealed(x.ID, nil)
			}
		}
	}},
	{"no step that is not in the table is taken", func(s store) {
		for i, from := range states {
			id := s.brought(i, from)
			before := s.delivery(id)
			for _, next := range states {
				if !ledger.Step(from, next) && s.settle(step(id, from, next, "token")) {
					s.Errorf("%s to %s: taken", from, next)
				}
			}
			s.same(before, s.delivery(id))
		}
	}},
	{"to a final state: claim and next go, day and reason are the step's", func(s store) {
		id := s.brought(1, ledger.StateClaimed)
		x := step(id, ledger.StateClaimed, ledger.StateSent, "token")
		x.At, x.Reason = noon.AddDate(0, 0, 3), "accepted"
		s.settle(x)
		want := stored(claimed(id))
		want.State, want.Claim, want.Next, want.Reason = ledger.StateSent, "", time.Time{}, "accepted"
		want.Changed = today.AddDate(0, 0, 3)
		s.same(want, s.delivery(id))
	}},
	{"back to the queue: next is the step's, the claim goes", func(s store) {
		id := s.brought(1, ledger.StateClaimed)
		s.settle(step(id, ledger.StateClaimed, ledger.StateQueued, "token"))
		d := s.delivery(id)
		s.same([]any{ledger.StateQueued, "", milli(noon.Add(time.Hour))}, []any{d.State, d.Claim, d.Next})
	}},
	{"another claim, attempt, channel or state: unchanged", func(s store) {
		id := s.brought(1, ledger.StateClaimed)
		before, counts := s.delivery(id), s.tally(campaign)
		for name, spoil := range map[string]func(*ledger.Settlement){
			"claim":    func(x *ledger.Settlement) { x.Claim = "another" },
			"no claim": func(x *ledger.Settlement) { x.Claim = "" },
			"channel":  func(x *ledger.Settlement) { x.Channel = ledger.ChannelRelay },
			"attempt":  func(x *ledger.Settlement) { x.Attempt = 2 },
			"state":    func(x *ledger.Settlement) { x.From = ledger.StateUnknown },
		} {
			x := step(id, ledger.StateClaimed, ledger.StateSent, "token")
			if spoil(&x); s.settle(x) {
				s.Errorf("another %s: taken", name)
			}
			s.same(before, s.delivery(id))
		}
		s.sealed(id, boxOf(id))
		s.counted(counts)
	}},
	{"an event needs no claim to move a queued delivery", func(s store) {
		id := s.brought(1, ledger.StateQueued)
		x := step(id, ledger.StateQueued, ledger.StateDelivered, "token")
		if x.Claim = ""; !s.settle(x) {
			s.Error("not taken")
		}
	}},
	{"a repeat with the same token: true again, counted once", func(s store) {
		id := s.brought(1, ledger.StateClaimed)
		x := step(id, ledger.StateClaimed, ledger.StateSent, "token")
		if first, again := s.settle(x), s.settle(x); !first || !again {
			s.Errorf("first %v, again %v", first, again)
		}
		s.counted(tally(1, map[ledger.Bucket]int{bucket("paris", ledger.StateSent): 1}))
	}},
	{"a repeat after another step is not counted and changes nothing", func(s store) {
		id := s.brought(1, ledger.StateClaimed)
		x := step(id, ledger.StateClaimed, ledger.StateSent, "token")
		s.settle(x)
		s.settle(step(id, ledger.StateSent, ledger.StateDelivered, "event"))
		before := s.delivery(id)
		s.settle(x) // true or false: the contract leaves it open
		s.same(before, s.delivery(id))
		s.counted(tally(1, map[ledger.Bucket]int{bucket("paris", ledger.StateDelivered): 1}))
	}},
	{"a late repeat of another token: false", func(s store) {
		id := s.brought(1, ledger.StateClaimed)
		s.settle(step(id, ledger.StateClaimed, ledger.StateSent, "token"))
		if s.settle(step(id, ledger.StateClaimed, ledger.StateSent, "another")) {
			s.Error("taken twice")
		}
	}},
	{"of parallel calls from one state one wins", func(s store) {
		id := s.brought(1, ledger.StateClaimed)
		won := s.parallel(20, func(l ledger.Ledger, i int) (bool, error) {
			return l.Settle(s.Context(), step(id, ledger.StateClaimed, ledger.StateSent, fmt.Sprintf("token-%d", i)))
		})
		if won != 1 {
			s.Errorf("%d won", won)
		}
		s.counted(tally(1, map[ledger.Bucket]int{bucket("paris", ledger.StateSent): 1}))
	}},
	{"of parallel repeats each is true, counted once", func(s store) {
		id := s.brought(1, ledger.StateClaimed)
		won := s.parallel(20, func(l ledger.Ledger, _ int) (bool, error) {
			return l.Settle(s.Context(), step(id, ledger.StateClaimed, ledger.StateSent, "token"))
		})
		if won != 20 {
			s.Errorf("%d of 20 recognised", won)
		}
		s.counted(tally(1, map[ledger.Bucket]int{bucket("paris", ledger.StateSent): 1}))
	}},
	{"one delivery of two moves alone", func(s store) {
		k := signer(1)
		s.accept(taking(k, "token", "paris", "oslo"))
		s.settle(step(to(k, "paris"), ledger.StateClaimed, ledger.StateSent, "token"))
		s.same(stored(claimed(to(k, "oslo"))), s.delivery(to(k, "oslo")))
		s.sealed(to(k, "oslo"), boxOf(to(k, "oslo")))
	}},
	{"never written: not found", func(s store) {
		s.accept(taking(signer(1), "token", "paris"))
		for _, id := range []ledger.ID{to(signer(2), "paris"), to(signer(1), "oslo")} {
			changed, err := s.one.Settle(s.Context(), step(id, ledger.StateClaimed, ledger.StateSent, "token"))
			if changed || !errors.Is(err, ledger.ErrNotFound) {
				s.Errorf("%v, %v; want ErrNotFound", changed, err)
			}
		}
		s.counted(tally(1, map[ledger.Bucket]int{bucket("paris", ledger.StateQueued): 1}))
	}},
	{"a step that is not in the table: false, without looking", func(s store) {
		changed, err := s.one.Settle(s.Context(), step(to(signer(1), "paris"), ledger.StateSent, ledger.StateQueued, "token"))
		if changed || err != nil {
			s.Errorf("%v, %v", changed, err)
		}
	}},
	{"an invalid settlement is refused and writes nothing", func(s store) {
		id := s.brought(1, ledger.StateQueued)
		before := s.delivery(id)
		for name, spoil := range map[string]func(*ledger.Settlement){
			"no token":   func(x *ledger.Settlement) { x.Token = "" },
			"no channel": func(x *ledger.Settlement) { x.Channel = "" },
		} {
			x := step(id, ledger.StateQueued, ledger.StateHeld, "token")
			spoil(&x)
			if changed, err := s.one.Settle(s.Context(), x); changed || !errors.Is(err, ledger.ErrInvalid) {
				s.Errorf("%s: %v, %v; want ErrInvalid", name, changed, err)
			}
		}
		s.same(before, s.delivery(id))
	}},
	{"after its time nothing is written: busy", func(s store) {
		id := s.brought(1, ledger.StateClaimed)
		changed, err := s.one.Settle(done(), step(id, ledger.StateClaimed, ledger.StateSent, "token"))
		if changed || !errors.Is(err, ledger.ErrBusy) {
			s.Errorf("%v, %v; want ErrBusy", changed, err)
		}
		s.same(stored(claimed(id)), s.delivery(id))
	}},
}
