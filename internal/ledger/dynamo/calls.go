package dynamo

import (
	"context"
	"math"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// get reads one item, strongly consistent; nil where there is none.
func (l *Ledger) get(ctx context.Context, table *string, key item) (it item, err error) {
	in := &dynamodb.GetItemInput{TableName: table, Key: key, ConsistentRead: aws.Bool(true)}
	err = l.keepTrying(ctx, func(ctx context.Context) error {
		out, err := l.client.GetItem(ctx, in)
		if err == nil {
			it = out.Item
		}
		return err
	})
	return it, err
}

// put writes an item.
func (l *Ledger) put(ctx context.Context, in *dynamodb.PutItemInput) error {
	return l.keepTrying(ctx, func(ctx context.Context) error {
		_, err := l.client.PutItem(ctx, in)
		return err
	})
}

// putNew writes an item whose key is absent; where it is present nothing is written and the item there answered. A repeat after
// a lost answer is answered with the item it wrote itself.
func (l *Ledger) putNew(ctx context.Context, table *string, it item) (old item, err error) {
	err = l.put(ctx, &dynamodb.PutItemInput{
		TableName: table, Item: it, ConditionExpression: aws.String("attribute_not_exists(pk)"),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	if old, ok := failedCondition(err, 0); ok {
		return old, nil
	}
	return nil, err
}

// update carries an update out by itself, without a transaction, and answers the item as it then stands.
func (l *Ledger) update(ctx context.Context, u *types.Update) (it item, err error) {
	in := &dynamodb.UpdateItemInput{
		TableName: u.TableName, Key: u.Key, UpdateExpression: u.UpdateExpression, ConditionExpression: u.ConditionExpression,
		ExpressionAttributeNames: u.ExpressionAttributeNames, ExpressionAttributeValues: u.ExpressionAttributeValues,
		ReturnValues: types.ReturnValueAllNew, ReturnValuesOnConditionCheckFailure: u.ReturnValuesOnConditionCheckFailure,
	}
	err = l.keepTrying(ctx, func(ctx context.Context) error {
		out, err := l.client.UpdateItem(ctx, in)
		if err == nil {
			it = out.Attributes
		}
		return err
	})
	return it, err
}

// remove deletes an item, there or not.
func (l *Ledger) remove(ctx context.Context, table *string, key item) error {
	in := &dynamodb.DeleteItemInput{TableName: table, Key: key}
	return l.keepTrying(ctx, func(ctx context.Context) error {
		_, err := l.client.DeleteItem(ctx, in)
		return err
	})
}

// query reads the items of a partition, strongly consistent and in their order, page by page.
func (l *Ledger) query(ctx context.Context, table *string, partition string, read func(item) error) error {
	return l.ask(ctx, &dynamodb.QueryInput{
		TableName: table, ConsistentRead: aws.Bool(true), KeyConditionExpression: aws.String("pk = :pk"),
		ExpressionAttributeValues: item{":pk": text(partition)}, Limit: l.pageSize,
	}, read)
}

// ask reads what a query answers, page by page.
func (l *Ledger) ask(ctx context.Context, in *dynamodb.QueryInput, read func(item) error) error {
	return pages(func() (page []item, next item, err error) {
		err = l.keepTrying(ctx, func(ctx context.Context) error {
			out, err := l.client.Query(ctx, in)
			if err == nil {
				page, next = out.Items, out.LastEvaluatedKey
			}
			return err
		})
		in.ExclusiveStartKey = next
		return page, next, err
	}, read)
}

// last reads the last n items of a partition, at least one, strongly consistent and the last first: one page.
func (l *Ledger) last(ctx context.Context, table *string, partition string, n int) ([]item, error) {
	return l.page(ctx, &dynamodb.QueryInput{
		TableName: table, ConsistentRead: aws.Bool(true), KeyConditionExpression: aws.String("pk = :pk"),
		ExpressionAttributeValues: item{":pk": text(partition)}, ScanIndexForward: aws.Bool(false),
		Limit: aws.Int32(int32(min(n, math.MaxInt32))),
	})
}

// page asks for one page, and no further one.
func (l *Ledger) page(ctx context.Context, in *dynamodb.QueryInput) (its []item, err error) {
	err = l.keepTrying(ctx, func(ctx context.Context) error {
		out, err := l.client.Query(ctx, in)
		if err == nil {
			its = out.Items
		}
		return err
	})
	return its, err
}

// scan reads the whole table, strongly consistent, and hands on what a partition key's beginning selects.
func (l *Ledger) scan(ctx context.Context, table *string, prefix string, read func(item) error) error {
	in := &dynamodb.ScanInput{
		TableName: table, ConsistentRead: aws.Bool(true), FilterExpression: aws.String("begins_with(pk, :pk)"),
		ExpressionAttributeValues: item{":pk": text(prefix)}, Limit: l.pageSize,
	}
	return pages(func() (page []item, next item, err error) {
		err = l.keepTrying(ctx, func(ctx context.Context) error {
			out, err := l.client.Scan(ctx, in)
			if err == nil {
				page, next = out.Items, out.LastEvaluatedKey
			}
			return err
		})
		in.ExclusiveStartKey = next
		return page, next, err
	}, read)
}

// pages asks for pages until one has no next, and reads their items until one fails.
func pages(ask func() (page []item, next item, err error), read func(item) error) error {
	for {
		page, next, err := ask()
		if err != nil {
			return err
		}
		for _, it := range page {
			if err := read(it); err != nil {
				return err
			}
		}
		if next == nil {
			return nil
		}
	}
}
