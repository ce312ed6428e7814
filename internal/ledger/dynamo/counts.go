package dynamo

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"strconv"
	"strings"
	"sync"

	"one-click-protest/internal/ledger"
)

// Tally implements ledger.Counts: a call for each shard, all at once.
func (l *Ledger) Tally(ctx context.Context, campaign string) (ledger.Tally, error) {
	s, err := l.shards(ctx, campaign)
	if err != nil {
		return ledger.Tally{}, fmt.Errorf("tally: %w", err)
	}
	return s.tally(), nil
}

// shards is a campaign's tally items, of each shard by sort key: a target, or FROM#partner.
type shards [ledger.Shards]map[string]item

func (l *Ledger) shards(ctx context.Context, campaign string) (s shards, err error) {
	err = eachShard(func(shard int) error {
		return l.query(ctx, l.records, tallyPK(campaign, shard), func(it item) error {
			s.set(shard, it)
			return nil
		})
	})
	return s, err
}

func (s *shards) set(shard int, it item) {
	if s[shard] == nil {
		s[shard] = map[string]item{}
	}
	s[shard][str(it, sk)] = it
}

func (s shards) tally() ledger.Tally {
	t := ledger.Tally{Partners: map[string]ledger.Brought{}, Deliveries: map[ledger.Bucket]int{}, Variants: map[int]int{}}
	for _, shard := range s {
		for sort, it := range shard {
			if partner, ok := strings.CutPrefix(sort, skFrom); ok {
				addBrought(t.Partners, partner, it)
			} else {
				addCounts(&t, it)
			}
		}
	}
	maps.DeleteFunc(t.Partners, func(_ string, b ledger.Brought) bool { return b == ledger.Brought{} })
	maps.DeleteFunc(t.Deliveries, func(_ ledger.Bucket, n int) bool { return n == 0 })
	maps.DeleteFunc(t.Variants, func(_, n int) bool { return n == 0 })
	return t
}

// eachShard calls for all shards at once.
func eachShard(call func(shard int) error) error {
	var group sync.WaitGroup
	var errs [ledger.Shards]error
	for shard := range ledger.Shards {
		group.Go(func() { errs[shard] = call(shard) })
	}
	group.Wait()
	return errors.Join(errs[:]...)
}

// addCounts adds one tally item. Its other attributes hold no dot, and are no number behind a v.
func addCounts(t *ledger.Tally, it item) {
	t.Actions += int(integer(it, actionsCount))
	for name := range it {
		n := int(integer(it, name))
		if channel, state, ok := strings.Cut(name, "."); ok {
			t.Deliveries[ledger.Bucket{Target: str(it, sk), Channel: ledger.Channel(channel), State: ledger.State(state)}] += n
		}
		if variant := variantOf(name); variant > 0 {
			t.Variants[variant] += n
		}
	}
}

// variantOf answers the variant that a count is of, 0 for any other attribute.
func variantOf(name string) int {
	digits, ok := strings.CutPrefix(name, variantCount)
	variant, err := strconv.Atoi(digits)
	if !ok || err != nil {
		return 0
	}
	return variant
}

// addBrought adds one item of a partner's.
func addBrought(partners map[string]ledger.Brought, id string, it item) {
	b := partners[id]
	b.Verified += int(integer(it, verifiedCount))
	b.Claimed += int(integer(it, claimedCount))
	partners[id] = b
}

// errEnough ends a read whose reader wants no more.
var errEnough = errors.New("enough")

// Walk implements ledger.Counts. It scans the whole ledger table, of all campaigns.
func (l *Ledger) Walk(ctx context.Context, campaign string) iter.Seq2[ledger.Entry, error] {
	prefix := "ACTION#"
	if campaign != "" {
		prefix = actionPK(ledger.Key{Campaign: campaign})
	}
	return func(yield func(ledger.Entry, error) bool) {
		err := l.scan(ctx, l.records, prefix, func(it item) error {
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
