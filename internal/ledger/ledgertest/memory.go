// Package ledgertest holds the contract suite that every ledger must pass ([Suite]), and a ledger in memory that can fail on
// demand ([Memory]), for the tests of whoever uses a ledger. It is for tests only.
package ledgertest

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync"
	"time"

	"one-click-protest/internal/ledger"
)

// Memory is a ledger in memory: the plainest reading of the contract, so that it is also the model which [Suite] holds the
// other ledgers to. Its counts are a recount. Safe for parallel use.
type Memory struct {
	mu         sync.Mutex
	actions    map[ledger.Key]ledger.Action
	deliveries map[ledger.ID]delivery
	sealed     map[ledger.ID]sealed
	pendings   map[ledger.Key][]pending
	mails      map[ration]time.Time // when the last confirmation mail was granted
	versions   map[string][]byte
	adopted    string // fingerprint; empty before the first Adopted
	faults
}

var _ ledger.Ledger = (*Memory)(nil)

type delivery struct {
	ledger.Delivery
	token string // of its last settlement
}

type sealed struct {
	box     []byte
	expires time.Time
}

type pending struct {
	ledger.Pending
	mailed bool
}

type ration struct{ campaign, name string }

// New answers an empty ledger without faults.
func New() *Memory {
	return &Memory{
		actions:    map[ledger.Key]ledger.Action{},
		deliveries: map[ledger.ID]delivery{},
		sealed:     map[ledger.ID]sealed{},
		pendings:   map[ledger.Key][]pending{},
		mails:      map[ration]time.Time{},
		versions:   map[string][]byte{},
		faults:     newFaults(),
	}
}

// Accept implements [ledger.Records].
func (m *Memory) Accept(ctx context.Context, a ledger.Acceptance) (isNew bool, err error) {
	if err := a.Check(); err != nil {
		return false, err
	}
	err = m.do(ctx, "Accept", func() error {
		isNew = m.accept(a)
		return nil
	})
	return isNew && err == nil, err
}

func (m *Memory) accept(a ledger.Acceptance) bool {
	if old, ok := m.actions[a.Action.Key]; ok {
		return old.Token == a.Action.Token
	}
	a.Action.Day = day(a.Action.Day)
	m.actions[a.Action.Key] = a.Action
	for _, d := range a.Drafts {
		m.put(d)
	}
	m.pendings[a.Action.Key] = slices.DeleteFunc(m.pendings[a.Action.Key], func(p pending) bool {
		return slices.Contains(a.Pendings, p.ID)
	})
	return true
}

func (m *Memory) put(d ledger.Draft) {
	v := d.Delivery
	v.Changed, v.Next = day(v.Changed), milli(v.Next)
	m.deliveries[v.ID] = delivery{Delivery: v}
	if d.Sealed != nil {
		m.sealed[v.ID] = sealed{slices.Clone(d.Sealed), d.Expires.UTC().Truncate(time.Second)}
	}
}

// Find implements [ledger.Records].
func (m *Memory) Find(ctx context.Context, k ledger.Key) (a ledger.Action, ds []ledger.Delivery, err error) {
	err = m.do(ctx, "Find", func() error {
		var ok bool
		if a, ok = m.actions[k]; !ok {
			a.Key = k
		}
		for id, d := range m.deliveries {
			if id.Key == k {
				ds = append(ds, d.Delivery)
			}
		}
		if !ok && len(ds) == 0 {
			return ledger.ErrNotFound
		}
		slices.SortFunc(ds, func(a, b ledger.Delivery) int { return cmp.Compare(a.Target, b.Target) })
		return nil
	})
	if err != nil {
		return ledger.Action{}, nil, err
	}
	return a, ds, nil
}

// Settle implements [ledger.Records].
func (m *Memory) Settle(ctx context.Context, s ledger.Settlement) (changed bool, err error) {
	if err := s.Check(); err != nil {
		return false, err
	}
	err = m.do(ctx, "Settle", func() error {
		if !ledger.Step(s.From, s.To) {
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
	d.State, d.Reason, d.Changed, d.token = s.To, s.Reason, day(s.At), s.Token
	d.Claim, d.Next = "", time.Time{}
	if s.To == ledger.StateClaimed {
		d.Claim = s.Claim
	}
	if s.To == ledger.StateClaimed || s.To == ledger.StateQueued {
		d.Next = milli(s.Next)
	}
	m.deliveries[s.ID] = d
	if !s.To.Open() {
		delete(m.sealed, s.ID)
	}
	return true, nil
}

// Sealed implements [ledger.Records].
func (m *Memory) Sealed(ctx context.Context, id ledger.ID, now time.Time) (box []byte, err error) {
	err = m.do(ctx, "Sealed", func() error {
		s, ok := m.sealed[id]
		if !ok || !now.Before(s.expires) {
			return ledger.ErrNotFound
		}
		box = slices.Clone(s.box)
		return nil
	})
	return box, err
}

// Keep implements [ledger.Records].
func (m *Memory) Keep(ctx context.Context, v ledger.Version) error {
	return m.do(ctx, "Keep", func() error {
		if _, ok := m.versions[v.Digest]; !ok {
			m.versions[v.Digest] = slices.Clone(v.Text)
		}
		return nil
	})
}

// Version implements [ledger.Records].
func (m *Memory) Version(ctx context.Context, digest string) (v ledger.Version, err error) {
	err = m.do(ctx, "Version", func() error {
		text, ok := m.versions[digest]
		if !ok {
			return ledger.ErrNotFound
		}
		v = ledger.Version{Digest: digest, Text: slices.Clone(text)}
		return nil
	})
	return v, err
}

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

// entries reads without locking.
func (m *Memory) entries(campaign string) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		for a := range maps.Values(m.actions) {
			if a.Campaign == campaign && !yield(ledger.Entry{Action: &a}, nil) {
				return
			}
		}
		for d := range maps.Values(m.deliveries) {
			if d.Campaign == campaign && !yield(ledger.Entry{Delivery: &d.Delivery}, nil) {
				return
			}
		}
	}
}

// Adopted implements [ledger.Identity].
func (m *Memory) Adopted(ctx context.Context, fingerprint string) error {
	return m.do(ctx, "Adopted", func() error {
		m.adopted = cmp.Or(m.adopted, fingerprint)
		if m.adopted != fingerprint {
			return ledger.ErrNotAdopted
		}
		return nil
	})
}

// do runs one call: alone, with the faults that were asked for, and not at all when its time has passed.
func (m *Memory) do(ctx context.Context, method string, call func() error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.next(method, Before); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w: %w", method, ledger.ErrBusy, ctx.Err())
	}
	if err := call(); err != nil {
		return err
	}
	return m.next(method, After)
}

func day(t time.Time) time.Time   { return t.UTC().Truncate(24 * time.Hour) }
func milli(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }
