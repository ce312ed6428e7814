package sqlite

import (
	"context"
	"fmt"
	"iter"

	"one-click-protest/internal/ledger"
)

type count struct {
	ledger.Bucket
	n int
}

// Tally implements ledger.Counts.
func (l *Ledger) Tally(ctx context.Context, campaign string) (ledger.Tally, error) {
	rows, err := l.read.QueryContext(ctx, `SELECT target, channel, state, n FROM tallies WHERE campaign = ? AND n <> 0`, campaign)
	if err != nil {
		return ledger.Tally{}, fmt.Errorf("tally: %w", err)
	}
	t := ledger.Tally{Deliveries: map[ledger.Bucket]int{}}
	for c, err := range each(rows, scanCount) {
		switch {
		case err != nil:
			return ledger.Tally{}, fmt.Errorf("tally: %w", err)
		case c.Bucket == ledger.Bucket{}:
			t.Actions = c.n
		default:
			t.Deliveries[c.Bucket] = c.n
		}
	}
	return t, nil
}

func scanCount(s scanner) (c count, err error) {
	err = s.Scan(&c.Target, &c.Channel, &c.State, &c.n)
	return c, err
}

// Walk implements ledger.Counts. It reads one state of the ledger, which goes on meanwhile; its log grows until the walk ends.
func (l *Ledger) Walk(ctx context.Context, campaign string) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		for e, err := range l.walk(ctx, campaign) {
			if err != nil {
				yield(ledger.Entry{}, fmt.Errorf("walk: %w", err))
				return
			}
			if !yield(e, nil) {
				return
			}
		}
	}
}

func (l *Ledger) walk(ctx context.Context, campaign string) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		tx, err := l.read.BeginTx(ctx, nil)
		if err != nil {
			yield(ledger.Entry{}, err)
			return
		}
		defer func() { _ = tx.Rollback() }() // nothing to undo: it has only read
		actions, err := tx.QueryContext(ctx, selectActions, campaign)
		if err != nil {
			yield(ledger.Entry{}, err)
			return
		}
		for a, err := range each(actions, scanAction) {
			if !yield(ledger.Entry{Action: &a}, err) {
				return
			}
		}
		deliveries, err := tx.QueryContext(ctx, selectDeliveries, campaign)
		if err != nil {
			yield(ledger.Entry{}, err)
			return
		}
		for d, err := range each(deliveries, scanDelivery) {
			if !yield(ledger.Entry{Delivery: &d}, err) {
				return
			}
		}
	}
}
