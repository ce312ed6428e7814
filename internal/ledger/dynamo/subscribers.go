package dynamo

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"one-click-protest/internal/ledger"
)

// A partner's subscribers stand in one partition, which takes some 500 of them a second: 1,000 write units, of which a transaction needs
// two for each.

// Subscribe implements ledger.Records: one call.
func (l *Ledger) Subscribe(ctx context.Context, s ledger.Subscriber) error {
	if err := s.Check(); err != nil {
		return err
	}
	if err := l.put(ctx, &dynamodb.PutItemInput{TableName: l.private, Item: subscriberItem(s)}); err != nil {
		return fmt.Errorf("subscribe: %w", err)
	}
	return nil
}

// Subscribers implements ledger.Subscribers: one call, and one more for each further MB, and for what has expired among n items.
func (l *Ledger) Subscribers(ctx context.Context, campaign, partner, after string, now time.Time, n int) (ss []ledger.Subscriber, err error) {
	if n < 1 {
		return nil, nil
	}
	in := &dynamodb.QueryInput{
		TableName: l.private, ConsistentRead: aws.Bool(true), KeyConditionExpression: aws.String("pk = :pk"),
		ExpressionAttributeValues: item{":pk": text(subscriberPK(campaign, partner))}, Limit: aws.Int32(int32(min(n, math.MaxInt32))),
	}
	if after != "" {
		in.KeyConditionExpression = aws.String("pk = :pk AND sk > :after")
		in.ExpressionAttributeValues[":after"] = text(after)
	}
	err = l.ask(ctx, in, func(it item) error {
		if now.Unix() < integer(it, TTL) {
			ss = append(ss, readSubscriber(campaign, partner, it))
		}
		if len(ss) == n {
			return errEnough
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, fmt.Errorf("subscribers: %w", err)
	}
	return ss, nil
}

// batchSize is how many items one BatchWriteItem takes (API reference).
const batchSize = 25

// Unsubscribe implements ledger.Subscribers: one call for 25 of them, one after the other.
func (l *Ledger) Unsubscribe(ctx context.Context, campaign, partner string, ids []string) error {
	ids = slices.DeleteFunc(slices.Compact(slices.Sorted(slices.Values(ids))), func(id string) bool {
		return !ledger.IsSubscriber(id) // was never written; DynamoDB takes neither an empty key nor one that is too long
	})
	begun := false
	for some := range slices.Chunk(ids, batchSize) {
		var deletes []types.WriteRequest
		for _, id := range some {
			deletes = append(deletes, types.WriteRequest{DeleteRequest: &types.DeleteRequest{Key: key(subscriberPK(campaign, partner), id)}})
		}
		err := l.batch(ctx, l.private, deletes)
		if errors.Is(err, ledger.ErrBusy) && begun {
			err = errPart
		}
		if err != nil {
			return fmt.Errorf("unsubscribe: %w", err)
		}
		begun = true
	}
	return nil
}

var (
	// errPart stands for ErrBusy where an earlier call has written.
	errPart = errors.New("time was up after a part of the batches")
	// errLeft ends an attempt of which DynamoDB has left something for the next.
	errLeft = errors.New("a part of the batch was throttled")
)

// batch carries out writes each of which may be repeated, until none is left.
func (l *Ledger) batch(ctx context.Context, table *string, writes []types.WriteRequest) error {
	in := &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{*table: writes}}
	return l.keepTrying(ctx, func(ctx context.Context) error {
		out, err := l.client.BatchWriteItem(ctx, in)
		if err == nil && len(out.UnprocessedItems) > 0 {
			in.RequestItems, err = out.UnprocessedItems, errLeft
		}
		return err
	})
}
