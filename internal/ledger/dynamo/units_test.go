package dynamo_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"one-click-protest/internal/ledger"
	"one-click-protest/internal/ledger/dynamo"
	"one-click-protest/internal/ledger/dynamo/dynamotest"
)

// Dollars for a million units on demand in us-east-1 ("Amazon DynamoDB pricing for on-demand capacity", since November 2024).
const perWrite, perRead = 0.625, 0.125

// priced is one call and what it may cost.
type priced struct {
	what string
	want units
	call func() error
}

// letter is the calls by which an ordinary letter goes its way, with ids and a box as long as they are in the field.
type letter struct {
	*testing.T
	ledger *dynamo.Ledger
	accept ledger.Acceptance
}

func newLetter(t *testing.T, l *dynamo.Ledger) letter {
	digest := strings.Repeat("0123456789abcdef", 4)
	a := waiting(ledger.Key{Campaign: "protest-day-2007", Signer: digest}, "cn-embassy-fr")
	a.Action.Partner, a.Action.Proof, a.Action.Language, a.Action.Token = "solidarity-network", ledger.ProofMail, "fr", digest[:26]
	a.Drafts[0].Delivery.Letter, a.Drafts[0].Sealed = digest, make([]byte, 700)
	return letter{t, l, a}
}

func (x letter) accepted() error {
	_, err := x.ledger.Accept(x.Context(), x.accept)
	return err
}

func (x letter) claimed() error {
	c := ledger.Claim{ID: x.accept.Drafts[0].Delivery.ID, Token: x.accept.Action.Token, Now: noon, Until: noon.Add(time.Minute)}
	_, won, err := x.ledger.Claim(x.Context(), c)
	if !won {
		x.Error("not won")
	}
	return err
}

func (x letter) due() error {
	ds, err := x.ledger.Due(x.Context(), ledger.Queue{Campaign: x.accept.Action.Campaign, Target: "cn-embassy-fr", Channel: ledger.ChannelEmail}, noon, 20)
	if len(ds) != 1 {
		x.Errorf("%d due", len(ds))
	}
	return err
}

func (x letter) opened() error {
	_, err := x.ledger.Sealed(x.Context(), x.accept.Drafts[0].Delivery.ID, noon)
	return err
}

func (x letter) settled(from, to ledger.State) func() error {
	return func() error {
		s := settlement(x.accept, x.accept.Action.Token+string(from+to))
		s.From, s.To, s.Claim, s.Next = from, to, x.accept.Action.Token, noon.Add(time.Hour)
		s.Again = ledger.Again(from) && to == ledger.StateQueued
		changed, err := x.ledger.Settle(x.Context(), s)
		if !changed {
			x.Errorf("%s to %s: not taken", from, to)
		}
		return err
	}
}

// metered makes the calls and holds each to its price. It answers their sum.
func metered(t *testing.T, m *meter, calls []priced) (sum units) {
	t.Helper()
	for _, c := range calls {
		m.units = units{}
		if err := c.call(); err != nil {
			t.Fatalf("%s: %v", c.what, err)
		}
		if diff := cmp.Diff(c.want, m.units); diff != "" {
			t.Errorf("%s: want (-), got (+):\n%s", c.what, diff)
		}
		sum = sum.plus(m.units)
	}
	return sum
}

// What a letter costs that waits in the outbox and is delivered: the aim of the whole house is 15 dollars for a million letters, with its
// pace and all else.
func TestUnitsOfALetter(t *testing.T) {
	m := &meter{}
	x := newLetter(t, dynamotest.Open(t).Records(m))
	sum := metered(t, m, []priced{
		{"accept, queued", units{Write: 8, Index: 1}, x.accepted}, // action, delivery, sealed fields and count, each twice
		{"due", units{Read: 1}, x.due},
		{"claim", units{Write: 1}, x.claimed},
		{"sealed fields", units{Read: 1}, x.opened},
		{"settle, sent", units{Write: 4, Index: 1}, x.settled(ledger.StateClaimed, ledger.StateSent)},
		{"settle, delivered", units{Write: 6}, x.settled(ledger.StateSent, ledger.StateDelivered)},
	})
	dollars := (sum.Write+sum.Index)*perWrite + sum.Read*perRead
	t.Logf("a letter: %.0f write units, %.0f of the index, %.1f read units; %.2f dollars a million", sum.Write, sum.Index, sum.Read, dollars)
	if dollars > 14 {
		t.Errorf("%.2f dollars a million letters", dollars)
	}
}

// What detours cost: a letter given back, one unknown and resent.
func TestUnitsOfDetours(t *testing.T) {
	m := &meter{}
	x := newLetter(t, dynamotest.Open(t).Records(m))
	note := func(text string) func() error {
		return func() error {
			name := ledger.DocumentName("PACE", "mfa.example")
			return x.ledger.Change(t.Context(), name, func([]byte) ([]byte, error) { return []byte(text), nil })
		}
	}
	metered(t, m, []priced{
		{"accept, queued", units{Write: 8, Index: 1}, x.accepted},
		{"claim", units{Write: 1}, x.claimed},
		{"settle, given back", units{Write: 1, Index: 2}, x.settled(ledger.StateClaimed, ledger.StateQueued)},
		{"settle, held", units{Write: 4, Index: 1}, x.settled(ledger.StateQueued, ledger.StateHeld)},
		{"settle, unknown", units{Write: 4}, x.settled(ledger.StateHeld, ledger.StateUnknown)},
		{"settle, resent", units{Write: 4, Index: 1}, x.settled(ledger.StateUnknown, ledger.StateQueued)},
		{"change", units{Write: 1, Read: 1}, note(strings.Repeat("x", 800))},
		{"change to the same", units{Read: 1}, note(strings.Repeat("x", 800))},
	})
}
