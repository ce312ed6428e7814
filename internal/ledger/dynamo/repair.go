package dynamo

import (
	"context"
	"fmt"
	"reflect"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// Repair implements ledger.Counts. It walks all records, and writes nothing where the sums agree: the records do not tell which item an
// action was counted in. Otherwise all items are made anew, with the actions, and each partner's, in one of their own.
func (l *Ledger) Repair(ctx context.Context, campaign string) (changed bool, err error) {
	stand, err := l.shards(ctx, campaign)
	if err != nil {
		return false, fmt.Errorf("repair: %w", err)
	}
	want, err := l.recount(ctx, campaign)
	if err != nil {
		return false, fmt.Errorf("repair: %w", err)
	}
	if want.tally().Equal(stand.tally()) {
		return false, nil
	}
	if err := eachShard(func(shard int) error { return l.rewrite(ctx, stand[shard], want[shard]) }); err != nil {
		return false, fmt.Errorf("repair: %w", err)
	}
	return true, nil
}

// recount answers what a campaign's tally items should be.
func (l *Ledger) recount(ctx context.Context, campaign string) (want shards, err error) {
	counts := map[place]sums{}
	count := func(at place, name string) {
		if counts[at] == nil {
			counts[at] = sums{}
		}
		counts[at][name]++
	}
	for e, err := range l.Walk(ctx, campaign) {
		if err != nil {
			return want, err
		}
		if e.Action != nil {
			count(place{sort: skActions}, actionsCount)
		}
		if e.Action != nil && e.Action.Partner != "" {
			count(place{sort: skFrom + e.Action.Partner}, creditName(*e.Action))
		}
		if d := e.Delivery; d != nil {
			count(place{d.Shard(), d.Target}, countName(d.Channel, d.State))
			if d.Variant > 0 {
				count(place{d.Shard(), d.Target}, variantName(d.Variant))
			}
		}
	}
	for at, s := range counts {
		want.set(at.shard, s.item(tallyPK(campaign, at.shard), at.sort))
	}
	return want, nil
}

// place is where a tally item stands.
type place struct {
	shard int
	sort  string // sort key
}

// rewrite makes a shard's items what is wanted.
func (l *Ledger) rewrite(ctx context.Context, stand, want map[string]item) error {
	for sort, it := range stand {
		if want[sort] != nil {
			continue
		}
		if err := l.remove(ctx, l.records, item{pk: it[pk], sk: it[sk]}); err != nil {
			return err
		}
	}
	for sort, it := range want {
		if reflect.DeepEqual(it, stand[sort]) {
			continue
		}
		if err := l.put(ctx, &dynamodb.PutItemInput{TableName: l.records, Item: it}); err != nil {
			return err
		}
	}
	return nil
}
