package dynamo

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"one-click-protest/internal/ledger"
)

// Due implements ledger.Records: two calls, or one where those that were written claimed are enough, which together read n items of the
// index at most. An index has no strongly consistent reads.
func (l *Ledger) Due(ctx context.Context, q ledger.Queue, now time.Time, n int) (ds []ledger.Due, err error) {
	for _, s := range []ledger.State{ledger.StateClaimed, ledger.StateQueued} {
		if n <= len(ds) {
			break
		}
		its, err := l.page(ctx, l.dueBy(outbox(q), s, now, n-len(ds)))
		if err != nil {
			return nil, fmt.Errorf("due: %w", err)
		}
		for _, it := range its {
			d, err := readDue(it)
			if err != nil {
				return nil, fmt.Errorf("due: %w", err)
			}
			ds = append(ds, d)
		}
	}
	return ds, nil
}

// dueBy asks the index for n of those that stand there in this state. A zero time is the first of all.
func (l *Ledger) dueBy(outbox types.AttributeValue, s ledger.State, now time.Time, n int) *dynamodb.QueryInput {
	return &dynamodb.QueryInput{
		TableName: l.records, IndexName: aws.String(OutboxIndex),
		KeyConditionExpression:    aws.String("outbox = :outbox AND due BETWEEN :first AND :now"),
		ExpressionAttributeValues: item{":outbox": outbox, ":first": due(s, time.Time{}), ":now": due(s, now)},
		Limit:                     aws.Int32(int32(min(n, math.MaxInt32))),
	}
}

// Stranded implements ledger.Records: one call, which reads n items of the index at most.
func (l *Ledger) Stranded(ctx context.Context, q ledger.Queue, after ledger.ID, n int) (ids []ledger.ID, err error) {
	if n < 1 {
		return nil, nil
	}
	its, err := l.page(ctx, &dynamodb.QueryInput{
		TableName: l.records, IndexName: aws.String(OutboxIndex),
		KeyConditionExpression:    aws.String("outbox = :outbox AND due > :after"), // behind them stands nothing else
		ExpressionAttributeValues: item{":outbox": outbox(q), ":after": stranded(after)},
		Limit:                     aws.Int32(int32(min(n, math.MaxInt32))),
	})
	if err != nil {
		return nil, fmt.Errorf("stranded: %w", err)
	}
	for _, it := range its {
		k, err := readKey(it)
		if err != nil {
			return nil, fmt.Errorf("stranded: %w", err)
		}
		ids = append(ids, ledger.ID{Key: k, Target: readTarget(it)})
	}
	return ids, nil
}

// Claim implements ledger.Records: one call, one write unit. It leaves the attributes of the index alone, see items.go.
func (l *Ledger) Claim(ctx context.Context, c ledger.Claim) (d ledger.Delivery, won bool, err error) {
	if err := c.Check(); err != nil {
		return ledger.Delivery{}, false, err
	}
	it, err := l.update(ctx, l.claim(c))
	if old, ok := failedCondition(err, 0); ok {
		it, err = old, nil
		if old == nil {
			err = ledger.ErrNotFound
		}
	}
	if err == nil {
		d, err = readDelivery(it)
	}
	if err != nil {
		return ledger.Delivery{}, false, fmt.Errorf("claim: %w", err)
	}
	return d, d.State == ledger.StateClaimed && d.Claim == c.Token, nil
}

// claim is a claim's change of the delivery item. State and next are reserved words.
func (l *Ledger) claim(c ledger.Claim) *types.Update {
	return &types.Update{
		TableName: l.records, Key: deliveryKey(c.ID),
		ConditionExpression:                 aws.String("#state = :queued AND #next <= :now"),
		UpdateExpression:                    aws.String("SET #state = :claimed, claim = :token, #next = :until, changed = :changed, reason = :none"),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
		ExpressionAttributeNames:            map[string]string{"#state": "state", "#next": "next"},
		ExpressionAttributeValues: item{
			":queued": text(string(ledger.StateQueued)), ":claimed": text(string(ledger.StateClaimed)), ":token": text(c.Token),
			":now": milli(c.Now), ":until": milli(c.Until), ":changed": date(c.Now),
			":none": text(""),
		},
	}
}
