package ledgertest

import (
	"cmp"
	"context"
	"slices"
	"time"

	"one-click-protest/internal/ledger"
)

// Pend implements [ledger.Pendings].
func (m *Memory) Pend(ctx context.Context, p ledger.Pending, mail ledger.Draft) (mailed bool, err error) {
	if err := p.CheckWith(mail); err != nil {
		return false, err
	}
	err = m.do(ctx, "Pend", func() error {
		mailed = m.pend(p, mail)
		return nil
	})
	return mailed && err == nil, err
}

func (m *Memory) pend(p ledger.Pending, mail ledger.Draft) (mailed bool) {
	for _, old := range m.pendings[p.Key] {
		if old.ID == p.ID {
			return old.mailed
		}
	}
	p.Sealed, p.At, p.Expires = slices.Clone(p.Sealed), milli(p.At), p.Expires.UTC().Truncate(time.Second)
	of := ration{p.Campaign, p.Ration}
	last, ok := m.mails[of]
	if mailed = !ok || !last.After(p.At.Add(-ledger.MailEvery)); mailed {
		m.mails[of] = p.At
		m.put(mail)
	}
	p.Ration = ""
	m.pendings[p.Key] = append(m.pendings[p.Key], pending{p, mailed})
	return mailed
}

// Pending implements [ledger.Pendings].
func (m *Memory) Pending(ctx context.Context, k ledger.Key, id string, now time.Time) (p ledger.Pending, err error) {
	err = m.do(ctx, "Pending", func() error {
		for _, old := range m.pendings[k] {
			if old.ID == id && now.Before(old.Expires) {
				p = old.Pending
				p.Sealed = slices.Clone(p.Sealed)
				return nil
			}
		}
		return ledger.ErrNotFound
	})
	if err != nil {
		return ledger.Pending{}, err
	}
	return p, nil
}

// Waiting implements [ledger.Pendings].
func (m *Memory) Waiting(ctx context.Context, k ledger.Key, now time.Time, n int) (ps []ledger.Pending, err error) {
	err = m.do(ctx, "Waiting", func() error {
		for _, p := range m.newest(k, n) {
			if now.Before(p.Expires) {
				p.Sealed = slices.Clone(p.Sealed)
				ps = append(ps, p.Pending)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return ps, nil
}

func (m *Memory) newest(k ledger.Key, n int) []pending {
	ps := slices.SortedFunc(slices.Values(m.pendings[k]), func(a, b pending) int { return cmp.Compare(b.ID, a.ID) })
	return ps[:min(max(n, 0), len(ps))]
}
