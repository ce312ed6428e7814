package ledger

import (
	"hash/fnv"
	"iter"
	"maps"
	"slices"
)

// State is where a delivery stands.
type State string

// The states. See [Step] for the ways between them.
const (
	StateQueued     State = "queued"     // waits in the outbox
	StateClaimed    State = "claimed"    // one process is sending it right now
	StateSent       State = "sent"       // a provider took it
	StateDelivered  State = "delivered"  // the receiving mail server took it
	StateBounced    State = "bounced"    // the receiving mail server gave it back
	StateComplained State = "complained" // the receiver called it spam
	StateFailed     State = "failed"     // refused for good before it left
	StateUnknown    State = "unknown"    // may have been sent; never sent again by itself
	StateHeld       State = "held"       // waits for an organizer
	StateCancelled  State = "cancelled"  // erased or closed before sending
	StateOffered    State = "offered"    // the signer was given the letter to send
	StateReported   State = "reported"   // the signer said that it was sent
)

// steps is the state table of one attempt: within an attempt states never go backwards, except from a claim that surely
// did not lead to sending. A provider's event is proof of sending, so it moves queued, claimed and unknown forward. What is
// queued or held in a restored backup, or had stranded, may have been sent since: it becomes unknown. The way from queued to claimed is not here: it is
// [Records.Claim]'s alone.
var steps = map[State][]State{
	StateQueued:    {StateHeld, StateCancelled, StateUnknown, StateSent, StateDelivered, StateBounced, StateComplained},
	StateClaimed:   {StateQueued, StateFailed, StateUnknown, StateHeld, StateSent, StateDelivered, StateBounced, StateComplained},
	StateUnknown:   {StateSent, StateDelivered, StateBounced, StateComplained, StateFailed, StateCancelled},
	StateSent:      {StateDelivered, StateBounced, StateComplained},
	StateDelivered: {StateBounced, StateComplained},
	StateHeld:      {StateQueued, StateCancelled, StateUnknown},
	StateBounced:   {StateUnknown},
	StateFailed:    {StateUnknown},
	StateOffered:   {StateReported},
}

// Step says whether one attempt of a delivery may go from one state to the other.
func Step(from, to State) bool { return slices.Contains(steps[from], to) }

// Again says whether the next attempt of a delivery may begin in this state, by the same channel: only an organizer begins one.
func Again(from State) bool {
	return from == StateUnknown || from == StateFailed || from == StateBounced
}

// Down says whether the next attempt of a delivery in this state may go by another channel: a step on the ladder, which the house takes by
// itself. Never from unknown or claimed: those may have been sent, and the target would get the letter twice.
func Down(from State) bool {
	return from == StateQueued || from == StateFailed || from == StateBounced
}

// Keeps says whether the sealed fields outlive a step into this state, because the letter may have to be composed again: of one
// that was sent too, since it may bounce, until the receiving mail server has taken it.
func (s State) Keeps() bool {
	switch s {
	case StateQueued, StateClaimed, StateHeld, StateUnknown, StateSent, StateFailed, StateBounced:
		return true
	}
	return false
}

// Counted is the state that a delivery in this one is counted under: one that is being sent this moment counts as queued, so that
// a claim changes no count.
func (s State) Counted() State {
	if s == StateClaimed {
		return StateQueued
	}
	return s
}

// Started says whether a delivery may be written in this state.
func (s State) Started() bool {
	return s == StateQueued || s == StateClaimed || s == StateOffered
}

// Shards is how many items a campaign's tally is spread over in DynamoDB: one partition takes 1,000 write units a second,
// a counted step takes about two (DynamoDB developer guide, "Designing partition keys"), so 16 shards carry some 8,000
// steps a second; an acceptance that a partner brought takes two more.
const Shards = 16

// Shard answers the tally shard of a delivery. It is a hash of the id and never redrawn: a transaction repeated with the same
// ClientRequestToken must have the same content.
func (id ID) Shard() int {
	h := fnv.New32a()
	for _, s := range []string{id.Campaign, id.Signer, id.Target} {
		_, _ = h.Write([]byte(s))
		_, _ = h.Write([]byte{0})
	}
	return int(h.Sum32() % Shards)
}

// Recount derives the tally from the records: what [Counts.Tally] must agree with.
func Recount(records iter.Seq2[Entry, error]) (Tally, error) {
	t := Tally{Deliveries: map[Bucket]int{}}
	for e, err := range records {
		if err != nil {
			return Tally{}, err
		}
		if e.Action != nil {
			t.Actions++
			t.Bring(*e.Action)
		}
		if d := e.Delivery; d != nil {
			t.Deliveries[d.Bucket()]++
			t.vary(*d)
		}
	}
	return t, nil
}

// vary counts a delivery for its letter's variant, if it is of one.
func (t *Tally) vary(d Delivery) {
	if d.Variant == 0 {
		return
	}
	if t.Variants == nil {
		t.Variants = map[int]int{}
	}
	t.Variants[d.Variant]++
}

// Bring counts an action for its partner, if it has one.
func (t *Tally) Bring(a Action) {
	if a.Partner == "" {
		return
	}
	if t.Partners == nil {
		t.Partners = map[string]Brought{}
	}
	b := t.Partners[a.Partner]
	if a.PartnerVerified {
		b.Verified++
	} else {
		b.Claimed++
	}
	t.Partners[a.Partner] = b
}

// Direct answers the actions that no partner brought.
func (t Tally) Direct() int {
	n := t.Actions
	for _, b := range t.Partners {
		n -= b.Verified + b.Claimed
	}
	return n
}

// Bucket answers the count this delivery is in.
func (d Delivery) Bucket() Bucket {
	return Bucket{Target: d.Target, Channel: d.Channel, State: d.State.Counted()}
}

// Equal says whether two tallies count the same.
func (t Tally) Equal(u Tally) bool {
	return t.Actions == u.Actions && maps.Equal(t.Partners, u.Partners) && maps.Equal(t.Deliveries, u.Deliveries) &&
		maps.Equal(t.Variants, u.Variants)
}
