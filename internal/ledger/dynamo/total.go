package dynamo

import (
	"context"
	"fmt"
	"reflect"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"one-click-protest/internal/ledger"
)

// Roll implements ledger.Counts: a Tally, one call to read the total that stands, and one to write it where it differs.
func (l *Ledger) Roll(ctx context.Context, campaign string, _ time.Time) (ledger.Tally, error) {
	t, err := l.Tally(ctx, campaign)
	if err == nil {
		err = l.writeTotal(ctx, totalItem(campaign, t))
	}
	if err != nil {
		return ledger.Tally{}, fmt.Errorf("roll: %w", err)
	}
	return t, nil
}

func (l *Ledger) writeTotal(ctx context.Context, total item) error {
	stands, err := l.get(ctx, l.records, item{pk: total[pk], sk: total[sk]})
	if err != nil || reflect.DeepEqual(stands, total) {
		return err
	}
	return l.put(ctx, &dynamodb.PutItemInput{TableName: l.records, Item: total})
}

// totalItem sums the counts of all targets, mail to signers apart: letters are what organizers look for. Each partner adds some 80 bytes,
// each variant 15.
func totalItem(campaign string, t ledger.Tally) item {
	sums := sums{actionsCount: int64(t.Actions)}
	for b, n := range t.Deliveries {
		name := countName(b.Channel, b.State)
		if b.Target == ledger.TargetSigner {
			name = ledger.TargetSigner + "." + name
		}
		sums[name] += int64(n)
	}
	for partner, b := range t.Partners {
		sums["FROM."+partner+"."+verifiedCount] = int64(b.Verified)
		sums["FROM."+partner+"."+claimedCount] = int64(b.Claimed)
	}
	for variant, n := range t.Variants {
		sums["VARIANT."+strconv.Itoa(variant)] = int64(n)
	}
	return sums.item(totalPK(campaign), skTotal)
}

// sums is the numbers of an item by name.
type sums map[string]int64

// item is an item with these numbers, but for the zeros.
func (s sums) item(partition, sort string) item {
	it := key(partition, sort)
	for name, n := range s {
		if n != 0 {
			it[name] = number(n)
		}
	}
	return it
}
