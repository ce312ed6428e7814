package dynamo

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
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

// Settle implements ledger.Records: one call.
func (l *Ledger) Settle(ctx context.Context, s ledger.Settlement) (changed bool, err error) {
	if err := s.Check(); err != nil {
		return false, err
	}
	if !ledger.Step(s.From, s.To) {
		return false, nil
	}
	var t transaction
	t.parts = append(t.parts, types.TransactWriteItem{Update: l.step(s)})
	t.count(s.ID, countName(s.Channel, s.From), -1)
	t.count(s.ID, countName(s.Channel, s.To), 1)
	if s.From.Open() && !s.To.Open() {
		t.delete(l.private, sealedKey(s.ID))
	}
	err = l.write(ctx, t, requestToken(*l.records, "settle", s.ID.Campaign, s.ID.Signer, s.ID.Target, s.Token))
	old, ok := failedCondition(err, 0)
	switch {
	case ok && old == nil:
		return false, fmt.Errorf("settle: %w", ledger.ErrNotFound)
	case ok:
		return str(old, "settled") == s.Token, nil
	case err != nil:
		return false, fmt.Errorf("settle: %w", err)
	}
	return true, nil
}

// step is a settlement's change of the delivery item. State and next are reserved words.
func (l *Ledger) step(s ledger.Settlement) *types.Update {
	u := &types.Update{
		TableName: l.records, Key: deliveryKey(s.ID),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
		ExpressionAttributeNames:            map[string]string{"#state": "state", "#next": "next"},
		ExpressionAttributeValues: item{
			":from": text(string(s.From)), ":to": text(string(s.To)), ":attempt": number(int64(s.Attempt)),
			":channel": text(string(s.Channel)), ":changed": date(s.At), ":reason": text(s.Reason), ":token": text(s.Token),
		},
	}
	set, remove := []string{"#state = :to, changed = :changed, reason = :reason, settled = :token"}, []string(nil)
	values := u.ExpressionAttributeValues
	if s.To == ledger.StateClaimed {
		set, values[":mine"] = append(set, "claim = :mine"), text(s.Claim)
	} else {
		remove = append(remove, "claim")
	}
	if inOutbox(s.To) {
		set = append(set, "#next = :next, outbox = :outbox, due = :due")
		values[":next"], values[":outbox"], values[":due"] = milli(s.Next), outbox(s.ID), due(s.To, s.Next)
	} else {
		remove = append(remove, "#next, outbox, due")
	}
	u.UpdateExpression = aws.String("SET " + strings.Join(set, ", "))
	if remove != nil {
		*u.UpdateExpression += " REMOVE " + strings.Join(remove, ", ")
	}
	u.ConditionExpression = aws.String("#state = :from AND attempt = :attempt AND channel = :channel")
	if s.From == ledger.StateClaimed {
		*u.ConditionExpression, values[":claim"] = *u.ConditionExpression+" AND claim = :claim", text(s.Claim)
	}
	return u
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
