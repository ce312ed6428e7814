package dynamo

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"one-click-protest/internal/ledger"
)

// transaction collects the parts of one write, in the order in which their cancellation reasons come back.
type transaction struct {
	parts  []types.TransactWriteItem
	counts []counts
}

// counts is what a transaction adds to one tally item.
type counts struct {
	pk, sk string
	names  []string
	by     []int64
}

func (t *transaction) put(table *string, it item) {
	t.parts = append(t.parts, types.TransactWriteItem{Put: &types.Put{TableName: table, Item: it}})
}

// putIf puts under a condition, and asks for the item that fails it.
func (t *transaction) putIf(table *string, it item, condition string, values item) {
	t.parts = append(t.parts, types.TransactWriteItem{Put: &types.Put{
		TableName: table, Item: it, ConditionExpression: &condition, ExpressionAttributeValues: values,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}})
}

func (t *transaction) delete(table *string, key item) {
	t.parts = append(t.parts, types.TransactWriteItem{Delete: &types.Delete{TableName: table, Key: key}})
}

// count adds to a count in the tally item of a delivery.
func (t *transaction) count(id ledger.ID, name string, n int64) {
	t.add(tallyPK(id.Campaign, id.Shard()), id.Target, name, n)
}

// add adds to a count. A transaction may name an item once, so counts of one item are gathered.
func (t *transaction) add(partition, sort, name string, n int64) {
	for i := range t.counts {
		if c := &t.counts[i]; c.pk == partition && c.sk == sort {
			c.names, c.by = append(c.names, name), append(c.by, n)
			return
		}
	}
	t.counts = append(t.counts, counts{partition, sort, []string{name}, []int64{n}})
}

// countName names the count of deliveries in this state.
func countName(c ledger.Channel, s ledger.State) string { return string(c) + "." + string(s.Counted()) }

// variantName names the count of deliveries of a variant.
func variantName(variant int) string { return variantCount + strconv.Itoa(variant) }

// creditName names the count of a partner's that an action belongs in.
func creditName(a ledger.Action) string {
	if a.PartnerVerified {
		return verifiedCount
	}
	return claimedCount
}

func (c counts) update(table *string) types.TransactWriteItem {
	u := &types.Update{TableName: table, Key: key(c.pk, c.sk), ExpressionAttributeNames: map[string]string{}, ExpressionAttributeValues: item{}}
	var adds []string
	for i, name := range c.names {
		n, v := fmt.Sprintf("#n%d", i), fmt.Sprintf(":v%d", i)
		u.ExpressionAttributeNames[n], u.ExpressionAttributeValues[v] = name, number(c.by[i])
		adds = append(adds, n+" "+v)
	}
	u.UpdateExpression = aws.String("ADD " + strings.Join(adds, ", "))
	return types.TransactWriteItem{Update: u}
}

// draft puts a delivery with its sealed fields and its counts.
func (l *Ledger) draft(t *transaction, d ledger.Draft) {
	v := d.Delivery
	t.put(l.records, deliveryItem(v))
	if d.Sealed != nil {
		t.put(l.private, sealedItem(d))
	}
	t.count(v.ID, countName(v.Channel, v.State), 1)
	if v.Variant > 0 {
		t.count(v.ID, variantName(v.Variant), 1)
	}
}

// write carries out a transaction under a request token: within ten minutes DynamoDB answers a repeat of it without doing it
// again. What tells repeats after that, and those of another process, are the tokens in the items.
func (l *Ledger) write(ctx context.Context, t transaction, token string) error {
	for _, c := range t.counts {
		t.parts = append(t.parts, c.update(l.records))
	}
	in := &dynamodb.TransactWriteItemsInput{TransactItems: t.parts, ClientRequestToken: &token}
	return l.keepTrying(ctx, func(ctx context.Context) error {
		_, err := l.client.TransactWriteItems(ctx, in)
		var mismatch *types.IdempotentParameterMismatchException
		if errors.As(err, &mismatch) { // a repeat that was drawn up anew: the conditions will tell
			in.ClientRequestToken = nil
			_, err = l.client.TransactWriteItems(ctx, in)
		}
		return err
	})
}

// requestToken is 32 characters (36 are allowed) that stand for one write to one table: tokens are the account's.
func requestToken(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return base64.RawURLEncoding.EncodeToString(sum[:24])
}

// failedCondition answers the item that failed the condition of a transaction's i-th part, or of a write that was none, and whether it
// did: nil and true for an item that is not there.
func failedCondition(err error, i int) (item, bool) {
	var failed *types.ConditionalCheckFailedException
	if errors.As(err, &failed) {
		return failed.Item, true
	}
	var cancelled *types.TransactionCanceledException
	if !errors.As(err, &cancelled) || reason(cancelled, i) != conditionFailed {
		return nil, false
	}
	return cancelled.CancellationReasons[i].Item, true
}
