package ledgertest_test

import (
	"context"
	"errors"
	"slices"
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

// outbox is a ledger with one queued delivery, due at dueAt.
func outbox(t *testing.T) (*ledgertest.Memory, ledger.ID) {
	t.Helper()
	m, a := ledgertest.New(), asking()
	d := &a.Drafts[0].Delivery
	d.State, d.Claim, d.Next = ledger.StateQueued, "", dueAt
	if _, err := m.Accept(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	return m, d.ID
}

var (
	dueAt = time.Unix(1_000, 0).UTC()
	name  = ledger.DocumentName("PACE", "paris")
)

// calls are the methods of the outbox and the house, in a form that can be repeated; those that write, with what shows that they did.
var calls = []struct {
	method string
	call   func(ctx context.Context, m *ledgertest.Memory, id ledger.ID) error
	wrote  func(ctx context.Context, m *ledgertest.Memory, id ledger.ID) bool
}{
	{"Due", func(ctx context.Context, m *ledgertest.Memory, id ledger.ID) error {
		_, err := m.Due(ctx, ledger.Queue{Campaign: id.Campaign, Target: id.Target, Channel: ledger.ChannelEmail}, dueAt, 1)
		return err
	}, nil},
	{"Stranded", func(ctx context.Context, m *ledgertest.Memory, id ledger.ID) error {
		_, err := m.Stranded(ctx, ledger.Queue{Campaign: id.Campaign, Target: id.Target, Channel: ledger.ChannelEmail}, ledger.ID{}, 1)
		return err
	}, nil},
	{"Claim", func(ctx context.Context, m *ledgertest.Memory, id ledger.ID) error {
		_, _, err := m.Claim(ctx, ledger.Claim{ID: id, Token: "mine", Now: dueAt, Until: dueAt.Add(time.Minute)})
		return err
	}, func(ctx context.Context, m *ledgertest.Memory, id ledger.ID) bool {
		_, ds, err := m.Find(ctx, id.Key)
		return err == nil && ds[0].Claim == "mine"
	}},
	{"Subscribers", func(ctx context.Context, m *ledgertest.Memory, id ledger.ID) error {
		_, err := m.Subscribers(ctx, id.Campaign, "union", "", dueAt, 9)
		return err
	}, nil},
	{"Unsubscribe", func(ctx context.Context, m *ledgertest.Memory, id ledger.ID) error {
		return m.Unsubscribe(ctx, id.Campaign, "union", []string{"ANN"})
	}, func(ctx context.Context, m *ledgertest.Memory, id ledger.ID) bool {
		ss, err := m.Subscribers(ctx, id.Campaign, "union", "", dueAt, 9)
		return err == nil && len(ss) == 0
	}},
	{"Roll", func(ctx context.Context, m *ledgertest.Memory, id ledger.ID) error {
		_, err := m.Roll(ctx, id.Campaign, dueAt)
		return err
	}, nil},
	{"Repair", func(ctx context.Context, m *ledgertest.Memory, id ledger.ID) error {
		_, err := m.Repair(ctx, id.Campaign)
		return err
	}, nil},
	{"Document", func(ctx context.Context, m *ledgertest.Memory, _ ledger.ID) error {
		_, err := m.Document(ctx, name)
		return err
	}, nil},
	{"Change", func(ctx context.Context, m *ledgertest.Memory, _ ledger.ID) error {
		return m.Change(ctx, name, func([]byte) ([]byte, error) { return []byte("new"), nil })
	}, func(ctx context.Context, m *ledgertest.Memory, _ ledger.ID) bool {
		doc, err := m.Document(ctx, name)
		return err == nil && string(doc) == "new"
	}},
	{"Adopt", func(ctx context.Context, m *ledgertest.Memory, _ ledger.ID) error { return m.Adopt(ctx, "ours") },
		func(ctx context.Context, m *ledgertest.Memory, _ ledger.ID) bool {
			return m.Adopted(ctx, "theirs") != nil
		}},
}

func TestFaults(t *testing.T) {
	for _, c := range calls {
		for _, when := range []ledgertest.When{ledgertest.Before, ledgertest.After} {
			m, id := outbox(t)
			m.Fail(c.method, when, errLost)
			if err := c.call(t.Context(), m, id); !errors.Is(err, errLost) {
				t.Errorf("%s, %v: %v; want the fault", c.method, when, err)
			}
			if want := when == ledgertest.After; c.wrote != nil && c.wrote(t.Context(), m, id) != want {
				t.Errorf("%s, %v: written = %v", c.method, when, !want)
			}
			if err := c.call(t.Context(), m, id); err != nil {
				t.Errorf("%s, %v: the next call: %v", c.method, when, err)
			}
			if n := m.Calls(c.method); n != 2 {
				t.Errorf("%s: %d calls", c.method, n)
			}
		}
	}
}

// Others' hints are held to what this one answers, so it must be exact: lapsed claims, then what is queued, each in the order of time, then of signers.
func TestDueIsExact(t *testing.T) {
	m := ledgertest.New()
	add := func(signer string, state ledger.State, next time.Time) {
		a := acceptance()
		a.Action.Key.Signer = signer
		d := &a.Drafts[0].Delivery
		d.Key, d.State, d.Next = a.Action.Key, state, next
		if _, err := m.Accept(t.Context(), a); err != nil {
			t.Fatal(err)
		}
	}
	add("cy", ledger.StateQueued, dueAt)
	add("bo", ledger.StateClaimed, dueAt)
	add("ann", ledger.StateQueued, dueAt)
	add("early", ledger.StateClaimed, dueAt.Add(-time.Second))
	add("late", ledger.StateClaimed, dueAt.Add(time.Millisecond))
	due, err := m.Due(t.Context(), acceptance().Drafts[0].Delivery.Queue(), dueAt, 10)
	var signers []string
	for _, d := range due {
		signers = append(signers, d.ID.Signer)
	}
	if want := []string{"early", "bo", "ann", "cy"}; err != nil || !slices.Equal(signers, want) {
		t.Errorf("%v, %v; want %v", signers, err, want)
	}
}

// miscounting is a ledger whose counts are off, by what spoiled says, until they are repaired.
type miscounting struct {
	*ledgertest.Memory
	off map[string]int
}

func (m miscounting) Tally(ctx context.Context, campaign string) (ledger.Tally, error) {
	t, err := m.Memory.Tally(ctx, campaign)
	t.Actions += m.off[campaign]
	return t, err
}

func (m miscounting) Roll(ctx context.Context, campaign string, _ time.Time) (ledger.Tally, error) {
	return m.Tally(ctx, campaign)
}

func (m miscounting) Repair(_ context.Context, campaign string) (bool, error) {
	changed := m.off[campaign] != 0
	delete(m.off, campaign)
	return changed, nil
}

func TestRepairs(t *testing.T) {
	ledgertest.Repairs(t, func(*testing.T) (one, other ledger.Ledger) {
		m := miscounting{ledgertest.New(), map[string]int{}}
		return m, m
	}, map[string]func(*testing.T, ledger.Ledger, string){
		"one too many": func(_ *testing.T, l ledger.Ledger, campaign string) { l.(miscounting).off[campaign] = 1 },
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

// asking is an acceptance whose signer asks to be kept informed by the partner that brought it.
func asking() ledger.Acceptance {
	a := acceptance()
	a.Action.Partner = "union"
	a.Subscriber = &ledger.Subscriber{
		Campaign: a.Action.Campaign, Partner: "union", ID: "ANN", Sealed: []byte("sealed"), Expires: dueAt.AddDate(0, 0, 2),
	}
	return a
}

func wantSubscribers(t *testing.T, m *ledgertest.Memory, n int) {
	t.Helper()
	ss, err := m.Subscribers(t.Context(), "protest-day", "union", "", dueAt, 9)
	tally, err2 := m.Tally(t.Context(), "protest-day")
	if err := errors.Join(err, err2); err != nil || len(ss) != n || tally.Partners["union"].Claimed < n {
		t.Errorf("%v, %v; %v", ss, tally.Partners, err)
	}
}

func TestFaultBeforeTakesNoEffect(t *testing.T) {
	m, a := ledgertest.New(), asking()
	m.Fail("Accept", ledgertest.Before, errLost)
	if isNew, err := m.Accept(t.Context(), a); isNew || !errors.Is(err, errLost) {
		t.Fatalf("%v, %v", isNew, err)
	}
	if _, _, err := m.Find(t.Context(), a.Action.Key); !errors.Is(err, ledger.ErrNotFound) {
		t.Errorf("written: %v", err)
	}
	wantSubscribers(t, m, 0)
	if isNew, err := m.Accept(t.Context(), a); !isNew || err != nil {
		t.Errorf("the next call: %v, %v", isNew, err)
	}
	wantSubscribers(t, m, 1)
	if n := m.Calls("Accept"); n != 2 {
		t.Errorf("%d calls", n)
	}
}

func TestFaultAfterTakesEffect(t *testing.T) {
	m, a := ledgertest.New(), asking()
	m.Fail("Accept", ledgertest.After, nil, errLost)
	other := a
	other.Subscriber = nil
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
	wantSubscribers(t, m, 1)
	if isNew, err := m.Accept(context.Background(), a); !isNew || err != nil {
		t.Errorf("the repeat: %v, %v", isNew, err)
	}
	wantSubscribers(t, m, 1)
}
