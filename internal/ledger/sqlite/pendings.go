package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"one-click-protest/internal/ledger"
)

// Pend implements ledger.Pendings.
func (l *Ledger) Pend(ctx context.Context, p ledger.Pending, mail ledger.Draft) (mailed bool, err error) {
	if err := p.CheckWith(mail); err != nil {
		return false, err
	}
	err = l.write.do(ctx, "pend", func(w *writer) (err error) {
		if mailed, err = w.pend(p, mail); err == nil {
			err = w.purge(p.At)
		}
		return err
	})
	return mailed && err == nil, err
}

func (w *writer) pend(p ledger.Pending, mail ledger.Draft) (mailed bool, err error) {
	err = w.row(`SELECT mailed FROM pendings WHERE campaign = ? AND signer = ? AND id = ?`, p.Campaign, p.Signer, p.ID).Scan(&mailed)
	if !errors.Is(err, sql.ErrNoRows) {
		return mailed, err // a repeat
	}
	granted, err := w.changed(`INSERT INTO mails VALUES (?, ?, ?)
		ON CONFLICT DO UPDATE SET at = excluded.at WHERE at <= ?`,
		p.Campaign, p.Ration, milli(p.At), milli(p.At.Add(-ledger.MailEvery)))
	if err != nil {
		return false, err
	}
	mailed = granted > 0
	err = w.exec(`INSERT INTO pendings VALUES (?, ?, ?, ?, ?, ?, ?)`,
		p.Campaign, p.Signer, p.ID, p.Sealed, milli(p.At), p.Expires.Unix(), mailed)
	if err == nil && mailed {
		err = w.put(mail)
	}
	return mailed, err
}

// Pending implements ledger.Pendings.
func (l *Ledger) Pending(ctx context.Context, k ledger.Key, id string, now time.Time) (ledger.Pending, error) {
	p, err := scanPending(l.read.QueryRowContext(ctx, selectPendings+` AND id = ?`, k.Campaign, k.Signer, id))
	if err == nil && now.Unix() >= p.Expires.Unix() {
		err = sql.ErrNoRows
	}
	if err != nil {
		return ledger.Pending{}, notFound("pending", err)
	}
	return p, nil
}

// Waiting implements ledger.Pendings.
func (l *Ledger) Waiting(ctx context.Context, k ledger.Key, now time.Time, n int) ([]ledger.Pending, error) {
	rows, err := l.read.QueryContext(ctx, selectPendings+` ORDER BY id DESC LIMIT ?`, k.Campaign, k.Signer, max(n, 0)) // -1: no limit
	if err != nil {
		return nil, fmt.Errorf("waiting: %w", err)
	}
	var ps []ledger.Pending
	for p, err := range each(rows, scanPending) {
		if err != nil {
			return nil, fmt.Errorf("waiting: %w", err)
		}
		if now.Unix() < p.Expires.Unix() {
			ps = append(ps, p)
		}
	}
	return ps, nil
}
