package ledgertest

import (
	"context"
	"maps"
	"slices"
	"time"

	"one-click-protest/internal/ledger"
)

func (m *Memory) subscribe(s ledger.Subscriber) {
	s.Sealed, s.Expires = slices.Clone(s.Sealed), day(s.Expires)
	of := partner{s.Campaign, s.Partner}
	if m.partners[of] == nil {
		m.partners[of] = map[string]ledger.Subscriber{}
	}
	m.partners[of][s.ID] = s
}

// Subscribe implements [ledger.Records].
func (m *Memory) Subscribe(ctx context.Context, s ledger.Subscriber) error {
	if err := s.Check(); err != nil {
		return err
	}
	return m.do(ctx, "Subscribe", func() error {
		m.subscribe(s)
		return nil
	})
}

// Subscribers implements [ledger.Subscribers].
func (m *Memory) Subscribers(ctx context.Context, campaign, id, after string, now time.Time, n int) (ss []ledger.Subscriber, err error) {
	err = m.do(ctx, "Subscribers", func() error {
		all := m.partners[partner{campaign, id}]
		for _, key := range slices.Sorted(maps.Keys(all)) {
			if s := all[key]; key > after && now.Before(s.Expires) && len(ss) < n {
				s.Sealed = slices.Clone(s.Sealed)
				ss = append(ss, s)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return ss, nil
}

// Unsubscribe implements [ledger.Subscribers].
func (m *Memory) Unsubscribe(ctx context.Context, campaign, id string, ids []string) error {
	return m.do(ctx, "Unsubscribe", func() error {
		for _, key := range ids {
			delete(m.partners[partner{campaign, id}], key)
		}
		return nil
	})
}
