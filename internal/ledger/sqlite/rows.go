package sqlite

import (
	"database/sql"
	"iter"
	"time"

	"one-click-protest/internal/ledger"
)

const (
	selectActions = `SELECT campaign, signer, day, proof, language, consent, partner, verified, token
		FROM actions`
	selectDeliveries = `SELECT campaign, signer, target, attempt, channel, state, letter, claim, next, changed, reason, variant
		FROM deliveries`
	ofCampaign     = ` WHERE campaign = ?`
	ofSigner       = ofCampaign + ` AND signer = ?`
	selectPendings = `SELECT campaign, signer, id, box, at, expires FROM pendings` + ofSigner
)

func scanAction(s scanner) (a ledger.Action, err error) {
	var on string
	err = s.Scan(&a.Campaign, &a.Signer, &on, &a.Proof, &a.Language, &a.Consent, &a.Partner, &a.PartnerVerified, &a.Token)
	if err == nil {
		a.Day, err = time.Parse(time.DateOnly, on)
	}
	return a, err
}

func scanDelivery(s scanner) (d ledger.Delivery, err error) {
	var next int64
	var on string
	err = s.Scan(&d.Campaign, &d.Signer, &d.Target, &d.Attempt, &d.Channel, &d.State, &d.Letter, &d.Claim, &next, &on, &d.Reason, &d.Variant)
	if err == nil {
		d.Changed, err = time.Parse(time.DateOnly, on)
	}
	d.Next = instant(next)
	return d, err
}

func scanPending(s scanner) (p ledger.Pending, err error) {
	var at, expires int64
	err = s.Scan(&p.Campaign, &p.Signer, &p.ID, &p.Sealed, &at, &expires)
	p.At, p.Expires = instant(at), time.Unix(expires, 0).UTC()
	return p, err
}

// each yields the rows and closes them. After an error it ends.
func each[T any](rows *sql.Rows, scan func(scanner) (T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		defer func() { _ = rows.Close() }() // its error is that of rows.Err
		for rows.Next() {
			v, err := scan(rows)
			if !yield(v, err) || err != nil {
				return
			}
		}
		if err := rows.Err(); err != nil {
			var none T
			yield(none, err)
		}
	}
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// milli answers 0 for no time.
func milli(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func instant(milli int64) time.Time {
	if milli == 0 {
		return time.Time{}
	}
	return time.UnixMilli(milli).UTC()
}

func midnight(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }
