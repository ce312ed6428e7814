// Package ledgertest holds the contract suite that every ledger must pass ([Suite]), and a ledger in memory that can fail on
// demand ([Memory]), for the tests of whoever uses a ledger. It is for tests only.
package ledgertest

import (
	"cmp"
	"context"
	"fmt"
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
	mails      map[ration]time.Time                     // when the last confirmation mail was granted
	partners   map[partner]map[string]ledger.Subscriber // subscribers by id
	versions   map[string][]byte
	documents  map[string][]byte
	adopted    string // fingerprint; empty before the first Adopted
	faults
}

var _ ledger.Ledger = (*Memory)(nil)

type delivery struct {
	ledger.Delivery
	token    string // of its last settlement
	stranded bool   // said it
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

type partner struct{ campaign, id string }

// New answers an empty ledger without faults.
func New() *Memory {
	return &Memory{
		actions:    map[ledger.Key]ledger.Action{},
		deliveries: map[ledger.ID]delivery{},
		sealed:     map[ledger.ID]sealed{},
		pendings:   map[ledger.Key][]pending{},
		mails:      map[ration]time.Time{},
		partners:   map[partner]map[string]ledger.Subscriber{},
		versions:   map[string][]byte{},
		documents:  map[string][]byte{},
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
	if a.Subscriber != nil {
		m.subscribe(*a.Subscriber)
	}
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
