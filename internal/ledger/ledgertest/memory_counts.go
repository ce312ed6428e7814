package ledgertest

import (
	"context"
	"iter"
	"maps"
	"time"

	"one-click-protest/internal/ledger"
)

// Tally implements [ledger.Counts].
func (m *Memory) Tally(ctx context.Context, campaign string) (t ledger.Tally, err error) {
	err = m.do(ctx, "Tally", func() error {
		t, err = ledger.Recount(m.entries(campaign))
		return err
	})
	return t, err
}

// Walk implements [ledger.Counts].
func (m *Memory) Walk(ctx context.Context, campaign string) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		var snapshot []ledger.Entry
		err := m.do(ctx, "Walk", func() error {
			for e := range m.entries(campaign) {
				snapshot = append(snapshot, e)
			}
			return nil
		})
		if err != nil {
			yield(ledger.Entry{}, err)
			return
		}
		for _, e := range snapshot {
			if !yield(e, nil) {
				return
			}
		}
	}
}

// entries reads without locking; of all campaigns for "".
func (m *Memory) entries(campaign string) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		for a := range maps.Values(m.actions) {
			if of(a.Campaign, campaign) && !yield(ledger.Entry{Action: &a}, nil) {
				return
			}
		}
		for d := range maps.Values(m.deliveries) {
			if of(d.Campaign, campaign) && !yield(ledger.Entry{Delivery: &d.Delivery}, nil) {
				return
			}
		}
	}
}

// of says whether a walk of one campaign, or of all, goes by a record.
func of(record, walked string) bool { return walked == "" || record == walked }

// Roll implements [ledger.Counts]: there is no other place to write it to.
func (m *Memory) Roll(ctx context.Context, campaign string, _ time.Time) (t ledger.Tally, err error) {
	err = m.do(ctx, "Roll", func() error {
		t, err = ledger.Recount(m.entries(campaign))
		return err
	})
	return t, err
}

// Repair implements [ledger.Counts]: a recount cannot be wrong.
func (m *Memory) Repair(ctx context.Context, _ string) (changed bool, err error) {
	return false, m.do(ctx, "Repair", func() error { return nil })
}
