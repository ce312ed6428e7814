package ledger_test

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"one-click-protest/internal/ledger"
)

var states = []ledger.State{
	ledger.StateQueued, ledger.StateClaimed, ledger.StateSent, ledger.StateDelivered, ledger.StateBounced,
	ledger.StateComplained, ledger.StateFailed, ledger.StateUnknown, ledger.StateHeld, ledger.StateCancelled,
	ledger.StateOffered, ledger.StateReported,
}

// table is the state table once more, written down apart from the code: a step added or lost by mistake shows.
const table = `
queued     > held cancelled unknown sent delivered bounced complained
claimed    > queued failed unknown held sent delivered bounced complained
sent       > delivered bounced complained
delivered  > bounced complained
bounced    > unknown
complained >
failed     > unknown
unknown    > sent delivered bounced complained failed cancelled
held       > queued cancelled unknown
cancelled  >
offered    > reported
reported   >
`

func TestStepIsTheTable(t *testing.T) {
	rows := map[ledger.State][]string{}
	for line := range strings.Lines(strings.TrimSpace(table)) {
		from, to, _ := strings.Cut(line, ">")
		rows[ledger.State(strings.TrimSpace(from))] = strings.Fields(to)
	}
	for _, from := range states {
		for _, to := range states {
			if want := slices.Contains(rows[from], string(to)); ledger.Step(from, to) != want {
				t.Errorf("%s to %s: %v, want %v", from, to, !want, want)
			}
		}
	}
}

// What leads to sending starts from a claim alone: nothing that was sent, or may have been, is claimed again.
func TestNothingSentIsEverClaimedAgain(t *testing.T) {
	for _, from := range []ledger.State{
		ledger.StateSent, ledger.StateDelivered, ledger.StateBounced, ledger.StateComplained, ledger.StateFailed,
		ledger.StateUnknown, ledger.StateCancelled,
	} {
		for _, to := range reachable(from) {
			if to == ledger.StateQueued || to == ledger.StateClaimed || to == ledger.StateHeld {
				t.Errorf("%s leads to %s within an attempt", from, to)
			}
		}
	}
}

// The next attempt sends again, so it begins only where nothing is under way and nothing has arrived.
func TestAgain(t *testing.T) {
	same(t, "another attempt may begin", ledger.Again, ledger.StateBounced, ledger.StateFailed, ledger.StateUnknown)
}

// By another channel too, and there of its own accord: so only where it is certain that the target does not have the letter.
func TestDown(t *testing.T) {
	same(t, "another channel may be tried", ledger.Down, ledger.StateQueued, ledger.StateBounced, ledger.StateFailed)
}

func TestKeeps(t *testing.T) {
	same(t, "keeps the sealed fields", ledger.State.Keeps, ledger.StateQueued, ledger.StateClaimed, ledger.StateSent, ledger.StateBounced,
		ledger.StateFailed, ledger.StateUnknown, ledger.StateHeld)
}

func TestStarted(t *testing.T) {
	same(t, "may be written", ledger.State.Started, ledger.StateQueued, ledger.StateClaimed, ledger.StateOffered)
}

// same checks of which states something holds; want is in the order of states.
func same(t *testing.T, what string, holds func(ledger.State) bool, want ...ledger.State) {
	t.Helper()
	var got []ledger.State
	for _, s := range states {
		if holds(s) {
			got = append(got, s)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// What composing the letter needs is there in every state from which it may still be sent, within the attempt or in the next, unless
// the receiving mail server had taken it.
func TestWhatMayBeSentKeepsItsSealedFields(t *testing.T) {
	for _, from := range states {
		for _, to := range append(reachable(from), from) {
			if sends := to == ledger.StateQueued || to == ledger.StateClaimed; sends && !from.Keeps() {
				t.Errorf("%s leads to %s, and its sealed fields are gone", from, to)
			}
		}
		if ledger.Again(from) && !from.Keeps() {
			t.Errorf("another attempt begins in %s, and its sealed fields are gone", from)
		}
		if ledger.Down(from) && !from.Keeps() {
			t.Errorf("another channel is tried in %s, and its sealed fields are gone", from)
		}
	}
}

func TestForgets(t *testing.T) {
	gone := []ledger.State{ledger.StateDelivered, ledger.StateComplained, ledger.StateCancelled}
	for _, from := range states {
		for _, to := range states {
			s := ledger.Settlement{From: from, To: to}
			if want := slices.Contains(gone, to) && from.Keeps(); s.Allowed() && s.Forgets() != want {
				t.Errorf("%s to %s: forgets = %v", from, to, s.Forgets())
			}
			plain := s.Forgets()
			s.Forget = true
			if want := plain || to == ledger.StateSent; s.Forgets() != want {
				t.Errorf("%s to %s with Forget: forgets = %v", from, to, s.Forgets())
			}
		}
	}
}

func TestAllowed(t *testing.T) {
	for _, from := range states {
		for _, to := range states {
			if got := (ledger.Settlement{From: from, To: to}).Allowed(); got != ledger.Step(from, to) {
				t.Errorf("%s to %s: %v", from, to, got)
			}
		}
		next := ledger.Settlement{From: from, To: ledger.StateQueued, Again: true}
		if next.Allowed() != ledger.Again(from) {
			t.Errorf("another attempt in %s: %v", from, next.Allowed())
		}
		if next.Into = ledger.ChannelFax; next.Allowed() != ledger.Down(from) {
			t.Errorf("another channel in %s: %v", from, next.Allowed())
		}
	}
}

func TestGoesBy(t *testing.T) {
	s := ledger.Settlement{Channel: ledger.ChannelEmail}
	if s.GoesBy() != ledger.ChannelEmail {
		t.Errorf("without a step: %s", s.GoesBy())
	}
	if s.Into = ledger.ChannelRelay; s.GoesBy() != ledger.ChannelRelay {
		t.Errorf("into relay: %s", s.GoesBy())
	}
}

// A claim changes no count.
func TestClaimedCountsAsQueued(t *testing.T) {
	for _, s := range states {
		want := s
		if s == ledger.StateClaimed {
			want = ledger.StateQueued
		}
		d := ledger.Delivery{ID: ledger.ID{Target: "paris"}, Channel: ledger.ChannelFax, State: s}
		if got := d.Bucket(); s.Counted() != want || got != (ledger.Bucket{Target: "paris", Channel: ledger.ChannelFax, State: want}) {
			t.Errorf("%s counts as %s, in %v", s, s.Counted(), got)
		}
	}
}

func TestMailed(t *testing.T) {
	for c, want := range map[ledger.Channel]bool{
		ledger.ChannelEmail: true, ledger.ChannelFax: true, ledger.ChannelRelay: true,
		ledger.ChannelPrint: false, ledger.ChannelSelf: false,
	} {
		if c.Mailed() != want {
			t.Errorf("%s.Mailed() = %v", c, c.Mailed())
		}
	}
}

// Counts written yesterday lie in the shards of yesterday: these values must never change.
func TestShardIsStable(t *testing.T) {
	for id, want := range map[ledger.ID]int{
		{Key: ledger.Key{Campaign: "protest-day-2007", Signer: "ann"}, Target: "cn-paris"}:     7,
		{Key: ledger.Key{Campaign: "protest-day-2007", Signer: "bo"}, Target: "cn-paris"}:      1,
		{Key: ledger.Key{Campaign: "protest-day-2007-TEST", Signer: "ann"}, Target: "cn-oslo"}: 0,
	} {
		if got := id.Shard(); got != want {
			t.Errorf("%v: shard %d, want %d", id, got, want)
		}
	}
}

func TestShardsAreEvenlyLoaded(t *testing.T) {
	const n = 16_000
	var load [ledger.Shards]int
	for i := range n {
		id := ledger.ID{Key: ledger.Key{Campaign: "protest-day-2007", Signer: fmt.Sprintf("%064x", i)}, Target: "cn-paris"}
		load[id.Shard()]++
	}
	for shard, got := range load {
		if got < n/ledger.Shards*8/10 || got > n/ledger.Shards*12/10 {
			t.Errorf("shard %d takes %d of %d", shard, got, n)
		}
	}
}

func TestRecount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want, direct := ledger.Tally{Partners: map[string]ledger.Brought{}, Deliveries: map[ledger.Bucket]int{}, Variants: map[int]int{}}, 0
		var entries []ledger.Entry
		for range rapid.IntRange(0, 20).Draw(t, "records") {
			if rapid.Bool().Draw(t, "action") {
				a := broughtBy(t, &want, &direct)
				entries = append(entries, ledger.Entry{Action: &a})
				continue
			}
			d := ledger.Delivery{State: rapid.SampledFrom(states).Draw(t, "state"), Channel: ledger.ChannelEmail}
			d.Target = rapid.SampledFrom([]string{"paris", "oslo"}).Draw(t, "target")
			if d.Variant = rapid.IntRange(0, 3).Draw(t, "variant"); d.Variant > 0 {
				want.Variants[d.Variant]++
			}
			counted := d.State
			if counted == ledger.StateClaimed {
				counted = ledger.StateQueued
			}
			want.Deliveries[ledger.Bucket{Target: d.Target, Channel: d.Channel, State: counted}]++
			entries = append(entries, ledger.Entry{Delivery: &d})
		}
		got, err := ledger.Recount(walk(entries, nil))
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); err != nil || diff != "" || !want.Equal(got) {
			t.Fatalf("%v\n%s", err, diff)
		}
		if got.Direct() != direct {
			t.Fatalf("%d directly, not %d", got.Direct(), direct)
		}
	})
}

// broughtBy draws an action and counts it, apart from the code.
func broughtBy(t *rapid.T, want *ledger.Tally, direct *int) (a ledger.Action) {
	a.Partner, a.PartnerVerified = rapid.SampledFrom([]string{"", "union", "ngo"}).Draw(t, "partner"), rapid.Bool().Draw(t, "verified")
	want.Actions++
	b := want.Partners[a.Partner]
	switch {
	case a.Partner == "":
		*direct++
		return a
	case a.PartnerVerified:
		b.Verified++
	default:
		b.Claimed++
	}
	want.Partners[a.Partner] = b
	return a
}

func TestTalliesDiffer(t *testing.T) {
	tally := func(b ledger.Brought) ledger.Tally {
		return ledger.Tally{Actions: 2, Partners: map[string]ledger.Brought{"union": b}}
	}
	if one := tally(ledger.Brought{Verified: 1}); one.Equal(tally(ledger.Brought{Claimed: 1})) || one.Equal(ledger.Tally{Actions: 2}) {
		t.Error("tallies that differ by partner pass for equal")
	}
	if none := (ledger.Tally{Actions: 2, Partners: map[string]ledger.Brought{}}); !none.Equal(ledger.Tally{Actions: 2}) {
		t.Error("no partners differ from no partners")
	}
	if one := (ledger.Tally{Variants: map[int]int{1: 1}}); one.Equal(ledger.Tally{}) || one.Equal(ledger.Tally{Variants: map[int]int{2: 1}}) {
		t.Error("tallies that differ by variant pass for equal")
	}
}

func TestRecountStopsAtAnError(t *testing.T) {
	broken := errors.New("broken")
	got, err := ledger.Recount(walk([]ledger.Entry{{Action: &ledger.Action{}}}, broken))
	if !errors.Is(err, broken) || got.Actions != 0 {
		t.Errorf("%+v, %v: half a count passes for one", got, err)
	}
}

func walk(entries []ledger.Entry, err error) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		for _, e := range entries {
			if !yield(e, nil) {
				return
			}
		}
		if err != nil {
			yield(ledger.Entry{}, err)
		}
	}
}

func reachable(from ledger.State) []ledger.State {
	var out []ledger.State
	for todo := []ledger.State{from}; len(todo) > 0; todo = todo[1:] {
		for _, to := range states {
			if ledger.Step(todo[0], to) && !slices.Contains(out, to) {
				out, todo = append(out, to), append(todo, to)
			}
		}
	}
	return out
}
