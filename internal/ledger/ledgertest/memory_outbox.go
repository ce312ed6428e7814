package ledgertest

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"one-click-protest/internal/ledger"
)

// Settle implements [ledger.Records].
func (m *Memory) Settle(ctx context.Context, s ledger.Settlement) (changed bool, err error) {
	if err := s.Check(); err != nil {
		return false, err
	}
	err = m.do(ctx, "Settle", func() error {
		if !s.Allowed() {
			return nil
		}
		changed, err = m.settle(s)
		return err
	})
	return changed && err == nil, err
}

func (m *Memory) settle(s ledger.Settlement) (bool, error) {
	d, ok := m.deliveries[s.ID]
	switch {
	case !ok:
		return false, ledger.ErrNotFound
	case d.token == s.Token:
		return true, nil
	case d.State != s.From || d.Attempt != s.Attempt || d.Channel != s.Channel:
		return false, nil
	case s.From == ledger.StateClaimed && d.Claim != s.Claim:
		return false, nil
	}
	d.State, d.Reason, d.Changed, d.token, d.stranded = s.To, s.Reason, day(s.At), s.Token, s.Stranded
	d.Channel, d.Claim, d.Next = s.GoesBy(), "", time.Time{}
	if s.Again {
		d.Attempt++
	}
	if s.To == ledger.StateQueued {
		d.Next = milli(s.Next)
	}
	m.deliveries[s.ID] = d
	if s.Forgets() {
		delete(m.sealed, s.ID)
	}
	return true, nil
}

// Due implements [ledger.Records]. It is exact: claimed ones that have lapsed, then queued ones whose Next has come.
func (m *Memory) Due(ctx context.Context, q ledger.Queue, now time.Time, n int) (due []ledger.Due, err error) {
	err = m.do(ctx, "Due", func() error {
		due = m.due(q, now)
		due = due[:min(max(n, 0), len(due))]
		return nil
	})
	if err != nil {
		return nil, err
	}
	return due, nil
}

func (m *Memory) due(q ledger.Queue, now time.Time) (due []ledger.Due) {
	var lapsed []ledger.Due
	for id, d := range m.deliveries {
		if d.Queue() != q || d.Next.After(now) {
			continue
		}
		switch d.State {
		case ledger.StateClaimed:
			lapsed = append(lapsed, ledger.Due{ID: id, At: d.Next})
		case ledger.StateQueued:
			due = append(due, ledger.Due{ID: id, At: d.Next})
		}
	}
	return append(inOrder(lapsed), inOrder(due)...)
}

func inOrder(due []ledger.Due) []ledger.Due {
	slices.SortFunc(due, func(a, b ledger.Due) int {
		return cmp.Or(a.At.Compare(b.At), strings.Compare(a.ID.Signer, b.ID.Signer))
	})
	return due
}

// Stranded implements [ledger.Records]. It is exact.
func (m *Memory) Stranded(ctx context.Context, q ledger.Queue, after ledger.ID, n int) (ids []ledger.ID, err error) {
	err = m.do(ctx, "Stranded", func() error {
		for id, d := range m.deliveries {
			if d.stranded && d.Queue() == q && id.Signer > after.Signer {
				ids = append(ids, id)
			}
		}
		slices.SortFunc(ids, func(a, b ledger.ID) int { return strings.Compare(a.Signer, b.Signer) })
		ids = ids[:min(max(n, 0), len(ids))]
		return nil
	})
	if err != nil {
		return nil, err
	}
	return ids, nil
}

// Claim implements [ledger.Records].
func (m *Memory) Claim(ctx context.Context, c ledger.Claim) (d ledger.Delivery, won bool, err error) {
	if err := c.Check(); err != nil {
		return ledger.Delivery{}, false, err
	}
	err = m.do(ctx, "Claim", func() error {
		d, won, err = m.claim(c)
		return err
	})
	if err != nil {
		return ledger.Delivery{}, false, err
	}
	return d, won, nil
}

func (m *Memory) claim(c ledger.Claim) (ledger.Delivery, bool, error) {
	d, ok := m.deliveries[c.ID]
	switch {
	case !ok:
		return ledger.Delivery{}, false, ledger.ErrNotFound
	case d.State == ledger.StateClaimed:
		return d.Delivery, d.Claim == c.Token, nil
	case d.State != ledger.StateQueued || d.Next.After(c.Now):
		return d.Delivery, false, nil
	}
	d.State, d.Claim, d.Next, d.Changed, d.Reason = ledger.StateClaimed, c.Token, milli(c.Until), day(c.Now), ""
	m.deliveries[c.ID] = d
	return d.Delivery, true, nil
}
