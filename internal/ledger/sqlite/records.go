package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"one-click-protest/internal/ledger"
)

// Accept implements ledger.Records.
func (l *Ledger) Accept(ctx context.Context, a ledger.Acceptance) (isNew bool, err error) {
	if err := a.Check(); err != nil {
		return false, err
	}
	err = l.write.do(ctx, "accept", func(w *writer) (err error) {
		isNew, err = w.accept(a)
		return err
	})
	return isNew && err == nil, err
}

func (w *writer) accept(a ledger.Acceptance) (isNew bool, err error) {
	v := a.Action
	n, err := w.changed(`INSERT INTO actions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		v.Campaign, v.Signer, day(v.Day), v.Proof, v.Language, v.Consent, v.Partner, v.PartnerVerified, v.Token)
	if err != nil {
		return false, err
	}
	if n == 0 {
		var token string
		err := w.row(`SELECT token FROM actions WHERE campaign = ? AND signer = ?`, v.Campaign, v.Signer).Scan(&token)
		return token == v.Token, err
	}
	if err := w.credited(a); err != nil {
		return false, err
	}
	for _, d := range a.Drafts {
		if err := w.put(d); err != nil {
			return false, err
		}
	}
	for _, id := range a.Pendings {
		if err := w.exec(`DELETE FROM pendings WHERE campaign = ? AND signer = ? AND id = ?`, v.Campaign, v.Signer, id); err != nil {
			return false, err
		}
	}
	return true, nil
}

// put writes a delivery with its sealed fields and its counts.
func (w *writer) put(d ledger.Draft) error {
	v := d.Delivery
	err := w.exec(`INSERT INTO deliveries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', ?, 0)`, v.Campaign, v.Signer, v.Target,
		v.Attempt, v.Channel, v.State, v.Letter, v.Claim, milli(v.Next), day(v.Changed), v.Reason, v.Variant)
	if err == nil && d.Sealed != nil {
		err = w.exec(`INSERT INTO sealed VALUES (?, ?, ?, ?, ?)`, v.Campaign, v.Signer, v.Target, d.Sealed, d.Expires.Unix())
	}
	if err == nil && v.State == ledger.StateClaimed {
		err = w.beginSend()
	}
	if err == nil && v.Variant > 0 {
		err = w.vary(v.Campaign, v.Variant, 1)
	}
	if err != nil {
		return err
	}
	return w.count(v.Campaign, v.Bucket(), 1)
}

// vary adds to the count of one variant.
func (w *writer) vary(campaign string, variant, n int) error {
	return w.exec(`INSERT INTO varied VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n`, campaign, variant, n)
}

// move takes a delivery from one count to another.
func (w *writer) move(campaign string, from, to ledger.Bucket) error {
	if from == to {
		return nil
	}
	if err := w.count(campaign, from, -1); err != nil {
		return err
	}
	return w.count(campaign, to, 1)
}

// count adds to one count; the empty bucket is that of the actions.
func (w *writer) count(campaign string, b ledger.Bucket, n int) error {
	return w.exec(`INSERT INTO tallies VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n`,
		campaign, b.Target, b.Channel, b.State, n)
}

// credited counts a new action and keeps its subscriber. It stops at the first error, as all writes do: some errors end the transaction
// (SQLite, "Response To Errors Within A Transaction"), and what came then would stand although the rest does not.
func (w *writer) credited(a ledger.Acceptance) error {
	err := w.count(a.Action.Campaign, ledger.Bucket{}, 1)
	if err == nil {
		err = w.bring(a.Action)
	}
	if err == nil {
		err = w.subscribe(a.Subscriber)
	}
	return err
}

// bring counts an action for its partner, if it has one.
func (w *writer) bring(a ledger.Action) error {
	if a.Partner == "" {
		return nil
	}
	return w.credit(a.Campaign, a.Partner, a.PartnerVerified, 1)
}

// credit adds to one count of a partner's.
func (w *writer) credit(campaign, partner string, verified bool, n int) error {
	return w.exec(`INSERT INTO brought VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n`, campaign, partner, verified, n)
}

// Find implements ledger.Records.
func (l *Ledger) Find(ctx context.Context, k ledger.Key) (ledger.Action, []ledger.Delivery, error) {
	a, ds, err := l.find(ctx, k)
	if err != nil {
		return ledger.Action{}, nil, fmt.Errorf("find: %w", err)
	}
	return a, ds, nil
}

func (l *Ledger) find(ctx context.Context, k ledger.Key) (ledger.Action, []ledger.Delivery, error) {
	tx, err := l.read.BeginTx(ctx, nil) // both reads from one state
	if err != nil {
		return ledger.Action{}, nil, err
	}
	defer func() { _ = tx.Rollback() }() // nothing to undo: it has only read
	a, err := scanAction(tx.QueryRowContext(ctx, selectActions+ofSigner, k.Campaign, k.Signer))
	absent := errors.Is(err, sql.ErrNoRows)
	if err != nil && !absent {
		return a, nil, err
	}
	rows, err := tx.QueryContext(ctx, selectDeliveries+ofSigner+` ORDER BY target`, k.Campaign, k.Signer)
	if err != nil {
		return a, nil, err
	}
	var ds []ledger.Delivery
	for d, err := range each(rows, scanDelivery) {
		if err != nil {
			return a, nil, err
		}
		ds = append(ds, d)
	}
	if absent && len(ds) == 0 {
		return a, nil, ledger.ErrNotFound
	}
	a.Key = k
	return a, ds, nil
}

// Sealed implements ledger.Records.
func (l *Ledger) Sealed(ctx context.Context, id ledger.ID, now time.Time) (box []byte, err error) {
	err = l.read.QueryRowContext(ctx,
		`SELECT box FROM sealed WHERE campaign = ? AND signer = ? AND target = ? AND expires > ?`,
		id.Campaign, id.Signer, id.Target, now.Unix()).Scan(&box)
	return box, notFound("sealed fields", err)
}

// Keep implements ledger.Records.
func (l *Ledger) Keep(ctx context.Context, v ledger.Version) error {
	return l.write.do(ctx, "keep version", func(w *writer) error {
		return w.exec(`INSERT INTO letters VALUES (?, ?) ON CONFLICT DO NOTHING`, v.Digest, v.Text)
	})
}

// Version implements ledger.Records.
func (l *Ledger) Version(ctx context.Context, digest string) (ledger.Version, error) {
	v := ledger.Version{Digest: digest}
	err := l.read.QueryRowContext(ctx, `SELECT text FROM letters WHERE digest = ?`, digest).Scan(&v.Text)
	if err != nil {
		return ledger.Version{}, notFound("version", err)
	}
	return v, nil
}

func notFound(what string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sql.ErrNoRows):
		return fmt.Errorf("%s: %w", what, ledger.ErrNotFound)
	default:
		return fmt.Errorf("%s: %w", what, err)
	}
}
