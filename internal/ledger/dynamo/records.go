package dynamo

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"one-click-protest/internal/ledger"
)

// Accept implements ledger.Records: one call.
func (l *Ledger) Accept(ctx context.Context, a ledger.Acceptance) (isNew bool, err error) {
	if err := a.Check(); err != nil {
		return false, err
	}
	var t transaction
	t.putIf(l.records, actionItem(a.Action), "attribute_not_exists(pk)", nil)
	t.count(a.Drafts[0].Delivery.ID, actionsCount, 1)
	if a.Action.Partner != "" {
		t.add(tallyPK(a.Action.Campaign, a.Drafts[0].Delivery.Shard()), skFrom+a.Action.Partner, creditName(a.Action), 1)
	}
	if a.Subscriber != nil {
		t.put(l.private, subscriberItem(*a.Subscriber))
	}
	for _, d := range a.Drafts {
		l.draft(&t, d)
	}
	for _, id := range a.Pendings {
		t.delete(l.private, pendingKey(a.Action.Key, id))
	}
	err = l.write(ctx, t, requestToken(*l.records, "accept", a.Action.Campaign, a.Action.Signer, a.Action.Token))
	if old, ok := failedCondition(err, 0); ok {
		return str(old, "token") == a.Action.Token, nil
	}
	if err != nil {
		return false, fmt.Errorf("accept: %w", err)
	}
	return true, nil
}

// Find implements ledger.Records: one call, and one more for each further MB.
func (l *Ledger) Find(ctx context.Context, k ledger.Key) (ledger.Action, []ledger.Delivery, error) {
	a, ds := ledger.Action{Key: k}, []ledger.Delivery(nil)
	found := false
	err := l.query(ctx, l.records, actionPK(k), func(it item) (err error) {
		found = true
		if str(it, sk) == skAction {
			a, err = readAction(it)
			return err
		}
		d, err := readDelivery(it)
		ds = append(ds, d)
		return err
	})
	if err == nil && !found {
		err = ledger.ErrNotFound
	}
	if err != nil {
		return ledger.Action{}, nil, fmt.Errorf("find: %w", err)
	}
	return a, ds, nil
}

// Sealed implements ledger.Records: one call.
func (l *Ledger) Sealed(ctx context.Context, id ledger.ID, now time.Time) ([]byte, error) {
	it, err := l.get(ctx, l.private, sealedKey(id))
	if err == nil && now.Unix() >= integer(it, TTL) { // also where there is none
		err = ledger.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("sealed fields: %w", err)
	}
	return box(it, "box"), nil
}

// Keep implements ledger.Records: one call.
func (l *Ledger) Keep(ctx context.Context, v ledger.Version) error {
	it := key(letterPK(v.Digest), skLetter)
	it["text"] = &types.AttributeValueMemberB{Value: v.Text}
	if _, err := l.putNew(ctx, l.records, it); err != nil {
		return fmt.Errorf("keep version: %w", err)
	}
	return nil
}

// Version implements ledger.Records: one call.
func (l *Ledger) Version(ctx context.Context, digest string) (ledger.Version, error) {
	it, err := l.get(ctx, l.records, key(letterPK(digest), skLetter))
	if err == nil && it == nil {
		err = ledger.ErrNotFound
	}
	if err != nil {
		return ledger.Version{}, fmt.Errorf("version: %w", err)
	}
	return ledger.Version{Digest: digest, Text: box(it, "text")}, nil
}
