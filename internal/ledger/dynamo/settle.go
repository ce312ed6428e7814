package dynamo

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"one-click-protest/internal/ledger"
)

// Settle implements ledger.Records: one call.
func (l *Ledger) Settle(ctx context.Context, s ledger.Settlement) (changed bool, err error) {
	if err := s.Check(); err != nil {
		return false, err
	}
	if !s.Allowed() {
		return false, nil
	}
	err = l.settle(ctx, s)
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

// settle writes a step. One that changes no count needs no transaction, which would cost twice as much.
func (l *Ledger) settle(ctx context.Context, s ledger.Settlement) error {
	from, to := countName(s.Channel, s.From), countName(s.GoesBy(), s.To)
	if from == to && !s.Forgets() {
		_, err := l.update(ctx, l.step(s))
		return err
	}
	var t transaction
	t.parts = append(t.parts, types.TransactWriteItem{Update: l.step(s)})
	t.count(s.ID, from, -1)
	t.count(s.ID, to, 1)
	if s.Forgets() {
		t.delete(l.private, sealedKey(s.ID))
	}
	return l.write(ctx, t, requestToken(*l.records, "settle", s.ID.Campaign, s.ID.Signer, s.ID.Target, s.Token))
}

// step is a settlement's change of the delivery item. State and next are reserved words.
func (l *Ledger) step(s ledger.Settlement) *types.Update {
	u := &types.Update{
		TableName: l.records, Key: deliveryKey(s.ID),
		ConditionExpression:                 aws.String("#state = :from AND attempt = :attempt AND channel = :channel"),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
		ExpressionAttributeNames:            map[string]string{"#state": "state", "#next": "next"},
		ExpressionAttributeValues: item{
			":from": text(string(s.From)), ":to": text(string(s.To)), ":attempt": number(int64(s.Attempt)),
			":channel": text(string(s.Channel)), ":changed": date(s.At), ":reason": text(s.Reason), ":token": text(s.Token),
		},
	}
	set, remove := []string{"#state = :to, changed = :changed, reason = :reason, settled = :token"}, []string{"claim"}
	values := u.ExpressionAttributeValues
	if s.Again {
		set, values[":again"] = append(set, "attempt = :again"), number(int64(s.Attempt+1))
	}
	if s.Into != "" {
		set, values[":into"] = append(set, "channel = :into"), text(string(s.Into))
	}
	stands, gone := inIndex(s, values)
	set, remove = append(set, stands...), append(remove, gone...)
	u.UpdateExpression = aws.String("SET " + strings.Join(set, ", ") + " REMOVE " + strings.Join(remove, ", "))
	if s.From == ledger.StateClaimed {
		*u.ConditionExpression, values[":claim"] = *u.ConditionExpression+" AND claim = :claim", text(s.Claim)
	}
	return u
}

// inIndex is what a step does to the attributes by which the index has the delivery, and to its next time.
func inIndex(s ledger.Settlement, values item) (set, remove []string) {
	q := ledger.Queue{Campaign: s.ID.Campaign, Target: s.ID.Target, Channel: s.GoesBy()}
	switch {
	case s.To == ledger.StateQueued:
		values[":next"], values[":outbox"], values[":due"] = milli(s.Next), outbox(q), due(s.To, s.Next)
		return []string{"#next = :next, outbox = :outbox, due = :due"}, nil
	case s.Stranded:
		values[":outbox"], values[":due"] = outbox(q), stranded(s.ID)
		return []string{"outbox = :outbox, due = :due"}, []string{"#next"}
	}
	return nil, []string{"#next, outbox, due"}
}
