package dynamo

import (
	"context"
	"fmt"
	"time"

	"one-click-protest/internal/ledger"
)

// Pend implements ledger.Pendings: one call where a mail is granted, two where not.
func (l *Ledger) Pend(ctx context.Context, p ledger.Pending, mail ledger.Draft) (mailed bool, err error) {
	if err := p.CheckWith(mail); err != nil {
		return false, err
	}
	var t transaction
	t.putIf(l.private, pendingItem(p, true), "attribute_not_exists(pk)", nil)
	t.putIf(l.private, mailItem(p), "attribute_not_exists(pk) OR #at <= :before", item{":before": milli(p.At.Add(-ledger.MailEvery))})
	t.parts[1].Put.ExpressionAttributeNames = map[string]string{"#at": "at"}
	l.draft(&t, mail)
	err = l.write(ctx, t, requestToken(*l.records, "pend", p.Campaign, p.Signer, p.ID))
	if old, ok := failedCondition(err, 0); ok { // a repeat
		return flag(old, "mailed"), nil
	}
	if _, ok := failedCondition(err, 1); ok {
		return l.pendAlone(ctx, p)
	}
	if err != nil {
		return false, fmt.Errorf("pend: %w", err)
	}
	return true, nil
}

// pendAlone stores a pending that was not granted a mail. Has a parallel repeat of the same call been granted one meanwhile, its
// answer counts.
func (l *Ledger) pendAlone(ctx context.Context, p ledger.Pending) (mailed bool, err error) {
	old, err := l.putNew(ctx, l.private, pendingItem(p, false))
	if err != nil {
		return false, fmt.Errorf("pend: %w", err)
	}
	return flag(old, "mailed"), nil
}

// Pending implements ledger.Pendings: one call, or none for an id that no pending has.
func (l *Ledger) Pending(ctx context.Context, k ledger.Key, id string, now time.Time) (ledger.Pending, error) {
	var it item
	err := error(ledger.ErrNotFound)
	if _, ok := ledger.PendingTime(id); ok { // anything else might be too long for a key, which DynamoDB answers with a failure
		it, err = l.get(ctx, l.private, pendingKey(k, id))
	}
	if err == nil && now.Unix() >= integer(it, TTL) { // also where there is none
		err = ledger.ErrNotFound
	}
	if err != nil {
		return ledger.Pending{}, fmt.Errorf("pending: %w", err)
	}
	return readPending(k, it), nil
}

// Waiting implements ledger.Pendings: one call for n items at most, and no further page. It is on a visitor's path, and strangers may
// have left hundreds of items of tens of KB under the key. A page holds 1 MB: of larger pendings it answers fewer than n.
func (l *Ledger) Waiting(ctx context.Context, k ledger.Key, now time.Time, n int) ([]ledger.Pending, error) {
	if n < 1 {
		return nil, nil
	}
	newest, err := l.last(ctx, l.private, pendingPK(k), n)
	if err != nil {
		return nil, fmt.Errorf("waiting: %w", err)
	}
	var ps []ledger.Pending
	for _, it := range newest {
		if now.Unix() < integer(it, TTL) {
			ps = append(ps, readPending(k, it))
		}
	}
	return ps, nil
}
