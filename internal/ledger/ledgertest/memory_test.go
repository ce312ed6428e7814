package ledgertest_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"one-click-protest/internal/ledger"
	"one-click-protest/internal/ledger/ledgertest"
)

func TestMemory(t *testing.T) {
	ledgertest.Suite(t, func(*testing.T) (one, other ledger.Ledger) {
		m := ledgertest.New()
		return m, m
	})
}

var errLost = errors.New("connection lost")

func acceptance() ledger.Acceptance {
	k := ledger.Key{Campaign: "protest-day", Signer: "ann"}
	return ledger.Acceptance{
		Action: ledger.Action{Key: k, Token: "token"},
		Drafts: []ledger.Draft{{Delivery: ledger.Delivery{
			ID: ledger.ID{Key: k, Target: "paris"}, Attempt: 1, State: ledger.StateClaimed, Claim: "claim", Next: time.Unix(1, 0),
		}}},
	}
}

func TestFaultBeforeTakesNoEffect(t *testing.T) {
	m, a := ledgertest.New(), acceptance()
	m.Fail("Accept", ledgertest.Before, errLost)
	if isNew, err := m.Accept(t.Context(), a); isNew || !errors.Is(err, errLost) {
		t.Fatalf("%v, %v", isNew, err)
	}
	if _, _, err := m.Find(t.Context(), a.Action.Key); !errors.Is(err, ledger.ErrNotFound) {
		t.Errorf("written: %v", err)
	}
	if isNew, err := m.Accept(t.Context(), a); !isNew || err != nil {
		t.Errorf("the next call: %v, %v", isNew, err)
	}
	if n := m.Calls("Accept"); n != 2 {
		t.Errorf("%d calls", n)
	}
}

func TestFaultAfterTakesEffect(t *testing.T) {
	m, a := ledgertest.New(), acceptance()
	m.Fail("Accept", ledgertest.After, nil, errLost)
	other := a
	other.Action.Key.Signer = "bo"
	other.Drafts = []ledger.Draft{a.Drafts[0]}
	other.Drafts[0].Delivery.Key = other.Action.Key
	if _, err := m.Accept(t.Context(), other); err != nil {
		t.Fatalf("the first passes: %v", err)
	}
	if isNew, err := m.Accept(t.Context(), a); isNew || !errors.Is(err, errLost) {
		t.Fatalf("%v, %v", isNew, err)
	}
	if _, _, err := m.Find(t.Context(), a.Action.Key); err != nil {
		t.Errorf("not written: %v", err)
	}
	if isNew, err := m.Accept(context.Background(), a); !isNew || err != nil {
		t.Errorf("the repeat: %v, %v", isNew, err)
	}
}
