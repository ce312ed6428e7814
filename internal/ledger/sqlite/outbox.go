package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"one-click-protest/internal/ledger"
)

// selectDue names its index: without it, it would be a walk through the campaign, and is refused instead.
// Claimed comes before queued in the order of the alphabet, as it should.
const selectDue = `SELECT signer, next FROM deliveries INDEXED BY outbox
	WHERE campaign = ? AND target = ? AND channel = ? AND state IN ('queued', 'claimed') AND next <= ? ORDER BY state, next, signer LIMIT ?`

// selectStranded names its index for the same reason.
const selectStranded = `SELECT signer FROM deliveries INDEXED BY stranded
	WHERE campaign = ? AND target = ? AND channel = ? AND stranded = 1 AND signer > ? ORDER BY signer LIMIT ?`

const thisDelivery = ofSigner + ` AND target = ?`

// Due implements ledger.Records.
func (l *Ledger) Due(ctx context.Context, q ledger.Queue, now time.Time, n int) ([]ledger.Due, error) {
	rows, err := l.read.QueryContext(ctx, selectDue, q.Campaign, q.Target, q.Channel, milli(now), max(n, 0)) // -1: no limit
	if err != nil {
		return nil, fmt.Errorf("due: %w", err)
	}
	var due []ledger.Due
	for d, err := range each(rows, scanDue) {
		if err != nil {
			return nil, fmt.Errorf("due: %w", err)
		}
		d.ID.Campaign, d.ID.Target = q.Campaign, q.Target
		due = append(due, d)
	}
	return due, nil
}

func scanDue(s scanner) (d ledger.Due, err error) {
	var next int64
	err = s.Scan(&d.ID.Signer, &next)
	d.At = instant(next)
	return d, err
}

// Stranded implements ledger.Records.
func (l *Ledger) Stranded(ctx context.Context, q ledger.Queue, after ledger.ID, n int) (ids []ledger.ID, err error) {
	rows, err := l.read.QueryContext(ctx, selectStranded, q.Campaign, q.Target, q.Channel, after.Signer, max(n, 0)) // -1: no limit
	if err != nil {
		return nil, fmt.Errorf("stranded: %w", err)
	}
	for signer, err := range each(rows, scanText) {
		if err != nil {
			return nil, fmt.Errorf("stranded: %w", err)
		}
		ids = append(ids, ledger.ID{Key: ledger.Key{Campaign: q.Campaign, Signer: signer}, Target: q.Target})
	}
	return ids, nil
}

func scanText(s scanner) (text string, err error) {
	err = s.Scan(&text)
	return text, err
}

// Claim implements ledger.Records.
func (l *Ledger) Claim(ctx context.Context, c ledger.Claim) (d ledger.Delivery, won bool, err error) {
	if err := c.Check(); err != nil {
		return ledger.Delivery{}, false, err
	}
	err = l.write.do(ctx, "claim", func(w *writer) (err error) {
		if d, won, err = w.claim(c); err == nil {
			err = w.purge(c.Now)
		}
		return err
	})
	if err != nil {
		return ledger.Delivery{}, false, err
	}
	return d, won, nil
}

func (w *writer) claim(c ledger.Claim) (d ledger.Delivery, won bool, err error) {
	d, err = scanDelivery(w.row(selectDeliveries+thisDelivery, c.ID.Campaign, c.ID.Signer, c.ID.Target))
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return d, false, ledger.ErrNotFound
	case err != nil:
		return d, false, err
	case d.State == ledger.StateClaimed:
		return d, d.Claim == c.Token, nil
	case d.State != ledger.StateQueued || d.Next.After(c.Now):
		return d, false, nil
	}
	if err := w.beginSend(); err != nil {
		return d, false, err
	}
	// settled stays: a repeat of the settlement that queued it is still known as one.
	d.State, d.Claim, d.Next, d.Changed, d.Reason = ledger.StateClaimed, c.Token, instant(milli(c.Until)), midnight(c.Now), ""
	err = w.exec(`UPDATE deliveries SET state = ?, claim = ?, next = ?, changed = ?, reason = ''`+thisDelivery,
		d.State, d.Claim, milli(d.Next), day(d.Changed), d.Campaign, d.Signer, d.Target)
	return d, true, err
}

// Settle implements ledger.Records.
func (l *Ledger) Settle(ctx context.Context, s ledger.Settlement) (changed bool, err error) {
	if err := s.Check(); err != nil {
		return false, err
	}
	if !s.Allowed() {
		return false, nil
	}
	err = l.write.do(ctx, "settle", func(w *writer) (err error) {
		if changed, err = w.settle(s); err == nil {
			err = w.purge(s.At)
		}
		return err
	})
	return changed && err == nil, err
}

func (w *writer) settle(s ledger.Settlement) (changed bool, err error) {
	d := ledger.Delivery{ID: s.ID}
	var token string
	err = w.row(`SELECT attempt, channel, state, claim, settled FROM deliveries`+thisDelivery,
		s.ID.Campaign, s.ID.Signer, s.ID.Target).Scan(&d.Attempt, &d.Channel, &d.State, &d.Claim, &token)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return false, ledger.ErrNotFound
	case err != nil:
		return false, err
	case token == s.Token:
		return true, nil
	case d.State != s.From || d.Attempt != s.Attempt || d.Channel != s.Channel:
		return false, nil
	case s.From == ledger.StateClaimed && d.Claim != s.Claim:
		return false, nil
	}
	return true, w.step(d, s)
}

// step writes a settlement that is due.
func (w *writer) step(d ledger.Delivery, s ledger.Settlement) error {
	from := d.Bucket()
	d.State, d.Channel, d.Claim = s.To, s.GoesBy(), ""
	if s.To == ledger.StateQueued {
		d.Next = s.Next
	}
	if s.Again {
		d.Attempt++
	}
	err := w.exec(`UPDATE deliveries
		SET attempt = ?, channel = ?, state = ?, claim = ?, next = ?, changed = ?, reason = ?, settled = ?, stranded = ?`+thisDelivery,
		d.Attempt, d.Channel, d.State, d.Claim, milli(d.Next), day(s.At), s.Reason, s.Token, s.Stranded, d.Campaign, d.Signer, d.Target)
	if err == nil {
		err = w.move(d.Campaign, from, d.Bucket())
	}
	if err == nil && s.Forgets() {
		err = w.exec(`DELETE FROM sealed`+thisDelivery, d.Campaign, d.Signer, d.Target)
	}
	return err
}
