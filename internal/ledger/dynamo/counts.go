package dynamo

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync"

	"one-click-protest/internal/ledger"
)

// Tally implements ledger.Counts: a call for each shard, all at once.
func (l *Ledger) Tally(ctx context.Context, campaign string) (ledger.Tally, error) {
	var group sync.WaitGroup
	var items [ledger.Shards][]item
	var errs [ledger.Shards]error
	for shard := range ledger.Shards {
		group.Go(func() {
			errs[shard] = l.query(ctx, l.records, tallyPK(campaign, shard), func(it item) error {
				items[shard] = append(items[shard], it)
				return nil
			})
		})
	}
	group.Wait()
	if err := errors.Join(errs[:]...); err != nil {
		return ledger.Tally{}, fmt.Errorf("tally: %w", err)
	}
	t := ledger.Tally{Deliveries: map[ledger.Bucket]int{}}
	for _, shard := range items {
		for _, it := range shard {
			addCounts(&t, it)
		}
	}
	for b, n := range t.Deliveries {
		if n == 0 {
			delete(t.Deliveries, b)
		}
	}
	return t, nil
}

// addCounts adds one tally item. Its other attributes hold no dot.
func addCounts(t *ledger.Tally, it item) {
	t.Actions += int(integer(it, actionsCount))
	for name := range it {
		if channel, state, ok := strings.Cut(name, "."); ok {
			b := ledger.Bucket{Target: str(it, sk), Channel: ledger.Channel(channel), State: ledger.State(state)}
			t.Deliveries[b] += int(integer(it, name))
		}
	}
}

var errEnough = errors.New("walk left")

// Walk implements ledger.Counts. It scans the whole ledger table, of all campaigns.
func (l *Ledger) Walk(ctx context.Context, campaign string) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		err := l.scan(ctx, l.records, actionPK(ledger.Key{Campaign: campaign}), func(it item) error {
			e, err := entry(it)
			if err == nil && !yield(e, nil) {
				return errEnough
			}
			return err
		})
		if err != nil && !errors.Is(err, errEnough) {
			yield(ledger.Entry{}, fmt.Errorf("walk: %w", err))
		}
	}
}

func entry(it item) (ledger.Entry, error) {
	if str(it, sk) == skAction {
		a, err := readAction(it)
		return ledger.Entry{Action: &a}, err
	}
	d, err := readDelivery(it)
	return ledger.Entry{Delivery: &d}, err
}
