package ledgertest

import (
	"errors"
	"time"

	"pgregory.net/rapid"

	"one-click-protest/internal/ledger"
)

// partners bring signers; some come directly, and one is no id.
var partners = []string{union, "ngo", "paris", "", "NGO"}

// partner draws who brought an action, and whether its signer asks to be kept informed.
func (m *machine) partner(t *rapid.T, a *ledger.Acceptance) {
	a.Action.Partner = rapid.SampledFrom(partners).Draw(t, "partner")
	a.Action.PartnerVerified = a.Action.Partner != "" && rapid.Bool().Draw(t, "verified")
	if rapid.Bool().Draw(t, "asks") {
		*a = asking(*a, rapid.StringMatching(`[0-9A-Za-z-]`).Draw(t, "id")+m.token()) // unique, and in no order
		a.Subscriber.Expires = m.now.Add(time.Duration(rapid.IntRange(1, 96).Draw(t, "hours")) * time.Hour)
	}
}

// unsubscribe takes some of a partner's subscribers off, and one who is not there.
func (m *machine) unsubscribe(t *rapid.T) {
	partner := rapid.SampledFrom(partners).Draw(t, "partner")
	ids := []string{"nobody"}
	all, err := m.model.Subscribers(m.Context(), m.campaign, partner, "", m.now, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		if rapid.Bool().Draw(t, "delete") {
			ids = append(ids, s.ID)
		}
	}
	m.write(t, func(l ledger.Ledger) (any, error) { return nil, l.Unsubscribe(m.Context(), m.campaign, partner, ids) })
}

// compareSubscribers reads a partner's subscribers from both, all of them and one behind the first.
func (m *machine) compareSubscribers(t *rapid.T, partner string) {
	after := ""
	for _, n := range []int{100, 1} {
		want, err := m.model.Subscribers(m.Context(), m.campaign, partner, after, m.now, n)
		got, err2 := m.handle(m.calls).Subscribers(m.Context(), m.campaign, partner, after, m.now, n)
		if err := errors.Join(err, err2); err != nil {
			t.Fatal(err)
		}
		agree(t, want, got)
		if len(want) > 0 {
			after = want[0].ID
		}
	}
}
