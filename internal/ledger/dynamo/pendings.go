package dynamo

import (
	"cmp"
	"context"
	"fmt"
	"slices"
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

// Waiting implements ledger.Pendings: one call, and one more for each further MB. It reads all of the signer's pendings, since their
// ids, by which Accept deletes them, do not sort by time.
func (l *Ledger) Waiting(ctx context.Context, k ledger.Key, now time.Time, n int) ([]ledger.Pending, error) {
	var ps []ledger.Pending
	err := l.query(ctx, l.private, pendingPK(k), skPending, func(it item) error {
		if now.Unix() < integer(it, TTL) {
			ps = append(ps, readPending(k, it))
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("waiting: %w", err)
	}
	slices.SortFunc(ps, func(a, b ledger.Pending) int {
		return cmp.Or(b.At.Compare(a.At), cmp.Compare(a.ID, b.ID))
	})
	return ps[:min(n, len(ps))], nil
}
