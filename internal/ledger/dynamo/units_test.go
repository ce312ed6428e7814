package dynamo_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"one-click-protest/internal/ledger"
	"one-click-protest/internal/ledger/dynamo"
	"one-click-protest/internal/ledger/dynamo/dynamotest"
)

// priced is one call and what it may cost.
type priced struct {
	what string
	want dynamotest.Units
	call func() error
}

// letter is the calls by which an ordinary letter, which no partner brought, goes its way, with ids and a box as long as they are in the field.
type letter struct {
	*testing.T
	ledger *dynamo.Ledger
	accept ledger.Acceptance
}

func newLetter(t *testing.T, l *dynamo.Ledger) letter {
	digest := strings.Repeat("0123456789abcdef", 4)
	a := waiting(ledger.Key{Campaign: "protest-day-2007", Signer: digest}, "cn-embassy-fr")
	a.Action.Proof, a.Action.Language, a.Action.Token = ledger.ProofMail, "fr", digest[:26]
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

// newMetered answers a letter whose calls are metered, and what they spend.
func newMetered(t *testing.T) (letter, *dynamotest.Units) {
	spent := &dynamotest.Units{}
	m := dynamotest.NewMeter(http.DefaultTransport, func(_ dynamotest.Call, u dynamotest.Units) { *spent = spent.Plus(u) })
	return newLetter(t, dynamotest.Open(t).Records(m)), spent
}

// metered makes the calls and holds each to its price, which is in spent. It answers their sum.
func metered(t *testing.T, spent *dynamotest.Units, calls []priced) (sum dynamotest.Units) {
	t.Helper()
	for _, c := range calls {
		*spent = dynamotest.Units{}
		if err := c.call(); err != nil {
			t.Fatalf("%s: %v", c.what, err)
		}
		if diff := cmp.Diff(c.want, *spent); diff != "" {
			t.Errorf("%s: want (-), got (+):\n%s", c.what, diff)
		}
		sum = sum.Plus(*spent)
	}
	return sum
}

// What a letter costs that waits in the outbox and is delivered: the aim of the whole house is 15 dollars for a million letters, with its
// pace and all else.
func TestUnitsOfALetter(t *testing.T) {
	x, spent := newMetered(t)
	sum := metered(t, spent, []priced{
		{"accept, queued", dynamotest.Units{Write: 8, Index: 1}, x.accepted}, // action, delivery, sealed fields and count, each twice
		{"due", dynamotest.Units{Read: 1}, x.due},
		{"claim", dynamotest.Units{Write: 1}, x.claimed},
		{"sealed fields", dynamotest.Units{Read: 1}, x.opened},
		{"settle, sent", dynamotest.Units{Write: 4, Index: 1}, x.settled(ledger.StateClaimed, ledger.StateSent)},
		{"settle, delivered", dynamotest.Units{Write: 6}, x.settled(ledger.StateSent, ledger.StateDelivered)},
	})
	dollars := 1e6 * sum.Dollars()
	t.Logf("a letter: %.0f write units, %.0f of the index, %.1f read units; %.2f dollars a million", sum.Write, sum.Index, sum.Read, dollars)
	if dollars > 14 {
		t.Errorf("%.2f dollars a million letters", dollars)
	}
}

// What a partner adds: its count, and the signer who asks to be kept informed by it, each written twice as all in a transaction.
func TestUnitsOfAPartner(t *testing.T) {
	x, spent := newMetered(t)
	by := func(signer, partner string, asks bool) func() error {
		a := newLetter(t, x.ledger).accept
		a.Action.Signer, a.Drafts[0].Delivery.Signer, a.Action.Partner = signer, signer, partner
		if asks {
			a.Subscriber = subscriber(a, strings.Repeat("A", 26), make([]byte, 600))
		}
		return func() error { _, err := x.ledger.Accept(t.Context(), a); return err }
	}
	metered(t, spent, []priced{
		{"accept, directly", dynamotest.Units{Write: 8, Index: 1}, by("ann", "", false)},
		{"accept by a partner", dynamotest.Units{Write: 10, Index: 1}, by("bob", "solidarity-network", false)},
		{"accept by it, with a subscriber", dynamotest.Units{Write: 12, Index: 1}, by("cy", "solidarity-network", true)},
		{"its subscribers", dynamotest.Units{Read: 1}, func() error {
			_, err := x.ledger.Subscribers(t.Context(), x.accept.Action.Campaign, "solidarity-network", "", noon, 100)
			return err
		}},
	})
}

// What the ladder costs: a letter in a variant, which pays nothing for that, goes on from the queue, strands, and goes on from there. One that
// bounces for good pays for no place in the index.
func TestUnitsOfTheLadder(t *testing.T) {
	x, spent := newMetered(t)
	d := &x.accept.Drafts[0].Delivery
	d.Variant = ledger.MaxVariants
	goes := func(attempt int, channel ledger.Channel, from, to ledger.State, into ledger.Channel, stranded bool) func() error {
		return func() error {
			s := settlement(x.accept, fmt.Sprint(x.accept.Action.Token, from, attempt))
			s.Attempt, s.Channel, s.From, s.To, s.Claim, s.Next = attempt, channel, from, to, x.accept.Action.Token, noon
			s.Again, s.Into, s.Stranded = into != "", into, stranded
			settled(t, x.ledger, s)
			return nil
		}
	}
	metered(t, spent, []priced{
		{"accept, queued", dynamotest.Units{Write: 8, Index: 1}, x.accepted},
		{"a step from the queue", dynamotest.Units{Write: 4, Index: 2}, goes(1, ledger.ChannelEmail, ledger.StateQueued, ledger.StateQueued, ledger.ChannelFax, false)},
		{"claim", dynamotest.Units{Write: 1}, x.claimed},
		{"settle, stranded", dynamotest.Units{Write: 4, Index: 2}, goes(2, ledger.ChannelFax, ledger.StateClaimed, ledger.StateBounced, "", true)},
		{"stranded", dynamotest.Units{Read: 0.5}, func() error {
			q := ledger.Queue{Campaign: d.Campaign, Target: d.Target, Channel: ledger.ChannelFax}
			ids, err := x.ledger.Stranded(t.Context(), q, ledger.ID{}, 20)
			if len(ids) != 1 {
				t.Errorf("%d stranded", len(ids))
			}
			return err
		}},
		{"a step from there", dynamotest.Units{Write: 4, Index: 2}, goes(2, ledger.ChannelFax, ledger.StateBounced, ledger.StateQueued, ledger.ChannelRelay, false)},
		{"claim", dynamotest.Units{Write: 1}, x.claimed},
		{"settle, bounced for good", dynamotest.Units{Write: 4, Index: 1}, goes(3, ledger.ChannelRelay, ledger.StateClaimed, ledger.StateBounced, "", false)},
	})
}

// What detours cost: a letter given back, one unknown and resent.
func TestUnitsOfDetours(t *testing.T) {
	x, spent := newMetered(t)
	note := func(text string) func() error {
		return func() error {
			name := ledger.DocumentName("PACE", "mfa.example")
			return x.ledger.Change(t.Context(), name, func([]byte) ([]byte, error) { return []byte(text), nil })
		}
	}
	metered(t, spent, []priced{
		{"accept, queued", dynamotest.Units{Write: 8, Index: 1}, x.accepted},
		{"claim", dynamotest.Units{Write: 1}, x.claimed},
		{"settle, given back", dynamotest.Units{Write: 1, Index: 2}, x.settled(ledger.StateClaimed, ledger.StateQueued)},
		{"settle, held", dynamotest.Units{Write: 4, Index: 1}, x.settled(ledger.StateQueued, ledger.StateHeld)},
		{"settle, unknown", dynamotest.Units{Write: 4}, x.settled(ledger.StateHeld, ledger.StateUnknown)},
		{"settle, resent", dynamotest.Units{Write: 4, Index: 1}, x.settled(ledger.StateUnknown, ledger.StateQueued)},
		{"change", dynamotest.Units{Write: 1, Read: 1}, note(strings.Repeat("x", 800))},
		{"change to the same", dynamotest.Units{Read: 1}, note(strings.Repeat("x", 800))},
	})
}
