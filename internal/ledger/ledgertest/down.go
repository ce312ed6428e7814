package ledgertest

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"one-click-protest/internal/ledger"
)

// down takes a delivery of [step] to its next attempt by another channel.
func down(id ledger.ID, from ledger.State, into ledger.Channel, token string) ledger.Settlement {
	x := again(id, from, token)
	x.Into = into
	return x
}

// by is a queue of [queueOf] for another channel.
func by(q ledger.Queue, c ledger.Channel) ledger.Queue {
	q.Channel = c
	return q
}

func faxed(state ledger.State) ledger.Bucket {
	return ledger.Bucket{Target: "paris", Channel: ledger.ChannelFax, State: state}
}

// ladder is the states from which a letter may go on by another channel.
var ladder = []ledger.State{ledger.StateQueued, ledger.StateFailed, ledger.StateBounced}

var downCases = []contract{
	{"from queued, failed or bounced: queued by the other channel, counted there, the sealed fields kept", func(s store) {
		for i, from := range ladder {
			id := s.brought(i, from)
			counts := s.tally(campaign).Deliveries
			want := s.delivery(id)
			x := down(id, from, ledger.ChannelFax, "down")
			x.At, x.Reason = noon.AddDate(0, 0, 3), "ladder"
			if !s.settle(x) {
				s.Errorf("from %s: not taken", from)
			}
			want.Attempt, want.Channel, want.State, want.Next = 2, ledger.ChannelFax, ledger.StateQueued, milli(x.Next)
			want.Changed, want.Reason = today.AddDate(0, 0, 3), "ladder"
			s.same(want, s.delivery(id))
			s.sealed(id, boxOf(id))
			delete(counts, bucket("paris", from))
			counts[faxed(ledger.StateQueued)]++
			s.counted(tally(i+1, counts))
		}
	}},
	{"from any other state, what may have been sent among them, there is no way down", func(s store) {
		for i, from := range states {
			if slices.Contains(ladder, from) {
				continue
			}
			id := s.brought(i, from)
			before, counts := s.delivery(id), s.tally(campaign)
			x := down(id, from, ledger.ChannelFax, "down")
			if x.Claim = before.Claim; s.settle(x) {
				s.Errorf("from %s: taken", from)
			}
			s.same(before, s.delivery(id))
			s.counted(counts)
		}
	}},
	{"it waits in the other channel's queue, and in its old one no more", func(s store) {
		q, ids := queueOf(campaign, "paris"), []ledger.ID{}
		for i, from := range ladder {
			id := s.brought(i, from)
			x := down(id, from, ledger.ChannelRelay, "down")
			x.Next = minutes(60 + i)
			s.settle(x)
			s.dueIn(q, minutes(90), 10)
			ids = append(ids, id)
			s.dueIn(by(q, ledger.ChannelRelay), minutes(60+i), 10, ids...)
		}
		s.dueIn(by(q, ledger.ChannelRelay), minutes(59), 10)
		s.dueIn(by(q, ledger.ChannelFax), minutes(90), 10)
	}},
	{"by the other channel it is claimed, sent and delivered like any, and its sealed fields go then", func(s store) {
		id := s.brought(1, ledger.StateQueued)
		s.settle(down(id, ledger.StateQueued, ledger.ChannelFax, "down"))
		d, won := s.claim(claims(id, "mine", noon.Add(time.Hour)))
		if !won || d.Attempt != 2 || d.Channel != ledger.ChannelFax {
			s.Errorf("%v, attempt %d by %s", won, d.Attempt, d.Channel)
		}
		s.counted(tally(1, map[ledger.Bucket]int{faxed(ledger.StateQueued): 1}))
		for _, x := range []ledger.Settlement{
			step(id, ledger.StateClaimed, ledger.StateSent, "sent"), step(id, ledger.StateSent, ledger.StateDelivered, "event"),
		} {
			if x.Attempt, x.Channel, x.Claim = 2, ledger.ChannelFax, "mine"; !s.settle(x) {
				s.Errorf("%s to %s: not taken", x.From, x.To)
			}
		}
		s.sealed(id, nil)
		s.counted(tally(1, map[ledger.Bucket]int{faxed(ledger.StateDelivered): 1}))
	}},
	{"what settles the earlier attempt late, by whatever channel, changes nothing, in whatever state", func(s store) {
		id := s.brought(1, ledger.StateQueued)
		s.settle(down(id, ledger.StateQueued, ledger.ChannelFax, "down"))
		s.late(id, ledger.ChannelEmail, ledger.ChannelFax)
		s.claim(claims(id, "mine", noon.Add(time.Hour)))
		s.late(id, ledger.ChannelEmail, ledger.ChannelFax)
		bounced := step(id, ledger.StateClaimed, ledger.StateBounced, "bounced")
		if bounced.Attempt, bounced.Channel, bounced.Claim = 2, ledger.ChannelFax, "mine"; !s.settle(bounced) {
			s.Error("attempt 2 not settled")
		}
		s.late(id, ledger.ChannelEmail, ledger.ChannelFax)
	}},
	{"the ladder has any number of steps, and may lead back", func(s store) {
		id := s.brought(1, ledger.StateFailed)
		from, at := ledger.StateFailed, ledger.ChannelEmail
		for i, into := range []ledger.Channel{ledger.ChannelFax, ledger.ChannelRelay, ledger.ChannelEmail} {
			x := down(id, from, into, fmt.Sprintf("down-%d", i))
			if x.Attempt, x.Channel = i+1, at; !s.settle(x) {
				s.Errorf("from %s to %s: not taken", at, into)
			}
			from, at = ledger.StateQueued, into
			s.counted(tally(1, map[ledger.Bucket]int{{Target: "paris", Channel: into, State: ledger.StateQueued}: 1}))
		}
		if d := s.delivery(id); d.Attempt != 4 {
			s.Errorf("attempt %d", d.Attempt)
		}
		s.sealed(id, boxOf(id))
	}},
	{"one that was claimed meanwhile is left alone", func(s store) {
		id := s.queue(1, noon)
		s.claim(claims(id, "mine", noon))
		before := s.delivery(id)
		if s.settle(down(id, ledger.StateQueued, ledger.ChannelFax, "down")) {
			s.Error("taken from whoever sends it")
		}
		s.same(before, s.delivery(id))
		s.counted(tally(1, map[ledger.Bucket]int{bucket("paris", ledger.StateQueued): 1}))
	}},
	{"of claims and steps at once one wins", func(s store) {
		id := s.queue(1, noon)
		won := s.parallel(20, func(l ledger.Ledger, i int) (bool, error) {
			token := fmt.Sprintf("token-%d", i)
			if i%4 < 2 {
				_, won, err := l.Claim(s.Context(), claims(id, token, noon))
				return won, err
			}
			return l.Settle(s.Context(), down(id, ledger.StateQueued, ledger.ChannelFax, token))
		})
		d := s.delivery(id)
		if won != 1 || (d.State == ledger.StateClaimed) != (d.Channel == ledger.ChannelEmail) {
			s.Errorf("%d won; %s by %s", won, d.State, d.Channel)
		}
		s.counted(tally(1, map[ledger.Bucket]int{{Target: "paris", Channel: d.Channel, State: ledger.StateQueued}: 1}))
	}},
	{"of parallel steps, by whatever channel, one is taken", func(s store) {
		id := s.brought(1, ledger.StateBounced)
		won := s.parallel(20, func(l ledger.Ledger, i int) (bool, error) {
			into := []ledger.Channel{ledger.ChannelFax, ledger.ChannelRelay}[i/2%2]
			return l.Settle(s.Context(), down(id, ledger.StateBounced, into, fmt.Sprintf("token-%d", i)))
		})
		d := s.delivery(id)
		if won != 1 || d.Attempt != 2 {
			s.Errorf("%d won, attempt %d", won, d.Attempt)
		}
		s.counted(tally(1, map[ledger.Bucket]int{{Target: "paris", Channel: d.Channel, State: ledger.StateQueued}: 1}))
	}},
	{"a repeat with the same token: true again, one attempt and one count", func(s store) {
		for i, from := range ladder {
			id := s.brought(i, from)
			x := down(id, from, ledger.ChannelFax, "down")
			won := s.parallel(10, func(l ledger.Ledger, _ int) (bool, error) { return l.Settle(s.Context(), x) })
			if again := s.settle(x); won != 10 || !again {
				s.Errorf("from %s: %d of 10 recognised, and then %v", from, won, again)
			}
			if d := s.delivery(id); d.Attempt != 2 {
				s.Errorf("attempt %d", d.Attempt)
			}
			s.counted(tally(i+1, map[ledger.Bucket]int{faxed(ledger.StateQueued): i + 1}))
		}
	}},
	{"another attempt, channel or state: unchanged", func(s store) {
		id := s.brought(1, ledger.StateBounced)
		before, counts := s.delivery(id), s.tally(campaign)
		for name, spoil := range map[string]func(*ledger.Settlement){
			"attempt": func(x *ledger.Settlement) { x.Attempt = 2 },
			"channel": func(x *ledger.Settlement) { x.Channel = ledger.ChannelRelay },
			"state":   func(x *ledger.Settlement) { x.From = ledger.StateFailed },
		} {
			x := down(id, ledger.StateBounced, ledger.ChannelFax, "down")
			if spoil(&x); s.settle(x) {
				s.Errorf("another %s: taken", name)
			}
			s.same(before, s.delivery(id))
		}
		s.counted(counts)
	}},
	{"an invalid step is refused and writes nothing", func(s store) {
		id := s.brought(1, ledger.StateBounced)
		before := s.delivery(id)
		for name, spoil := range map[string]func(*ledger.Settlement){
			"within an attempt":     func(x *ledger.Settlement) { x.Again = false },
			"into the same channel": func(x *ledger.Settlement) { x.Into = x.Channel },
			"into print":            func(x *ledger.Settlement) { x.Into = ledger.ChannelPrint },
			"into self":             func(x *ledger.Settlement) { x.Into = ledger.ChannelSelf },
			"into nothing known":    func(x *ledger.Settlement) { x.Into = "pigeon" },
			"not queued":            func(x *ledger.Settlement) { x.To = ledger.StateHeld },
		} {
			x := down(id, ledger.StateBounced, ledger.ChannelFax, "down")
			spoil(&x)
			if changed, err := s.one.Settle(s.Context(), x); changed || !errors.Is(err, ledger.ErrInvalid) {
				s.Errorf("%s: %v, %v; want ErrInvalid", name, changed, err)
			}
		}
		s.same(before, s.delivery(id))
	}},
	{"never written: not found", func(s store) {
		changed, err := s.one.Settle(s.Context(), down(to(signer(1), "paris"), ledger.StateQueued, ledger.ChannelFax, "down"))
		if changed || !errors.Is(err, ledger.ErrNotFound) {
			s.Errorf("%v, %v; want ErrNotFound", changed, err)
		}
		s.missing(signer(1))
	}},
	{"after its time nothing is written: busy", func(s store) {
		id := s.brought(1, ledger.StateQueued)
		before := s.delivery(id)
		changed, err := s.one.Settle(done(), down(id, ledger.StateQueued, ledger.ChannelFax, "down"))
		if changed || !errors.Is(err, ledger.ErrBusy) {
			s.Errorf("%v, %v; want ErrBusy", changed, err)
		}
		s.same(before, s.delivery(id))
	}},
}
