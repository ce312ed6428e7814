package dynamo

import (
	"fmt"
	"maps"
	"strconv"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"one-click-protest/internal/ledger"
)

// mailed are the states that letters sent as e-mail are counted under; byHand those of the others.
var (
	mailed = []ledger.State{
		ledger.StateQueued, ledger.StateSent, ledger.StateDelivered, ledger.StateBounced, ledger.StateComplained, ledger.StateFailed,
		ledger.StateUnknown, ledger.StateHeld, ledger.StateCancelled,
	}
	byHand = []ledger.State{ledger.StateOffered, ledger.StateReported}
	every  = []ledger.Channel{ledger.ChannelEmail, ledger.ChannelFax, ledger.ChannelRelay, ledger.ChannelPrint, ledger.ChannelSelf}
)

// millions is a tally with counts of seven digits in every bucket of these channels for each target.
func millions(targets []string, channels ...ledger.Channel) ledger.Tally {
	t := ledger.Tally{Actions: 1_000_000, Deliveries: map[ledger.Bucket]int{}}
	for _, c := range channels {
		states := byHand
		if c.Mailed() {
			states = mailed
		}
		for _, s := range states {
			for _, target := range targets {
				t.Deliveries[ledger.Bucket{Target: target, Channel: c, State: s}] = 1_000_000
			}
		}
	}
	return t
}

// size is an item's (Developer Guide, "DynamoDB item sizes and formats"): names in UTF-8, a number about one byte for two digits and one
// more.
func size(it item) (n int) {
	for name := range it {
		n += len(name) + len(str(it, name))
		if i := integer(it, name); i != 0 {
			n += len(strconv.FormatInt(i, 10))/2 + 2
		}
	}
	return n
}

const longName = "a-campaign-with-a-rather-long-name-2007-TEST"

// A write is billed by the size of the whole item, a KB at a time: a tally item stays within one with counts of seven digits, also
// for a target reached by mail, by fax, by relay, by print and by hand, with letters in as many variants as there may be.
func TestTallyItemFitsInOneKB(t *testing.T) {
	s := sums{actionsCount: 1_000_000}
	for b := range millions([]string{"paris"}, every...).Deliveries {
		s[countName(b.Channel, b.State)] = 1_000_000
	}
	for v := range ledger.MaxVariants {
		s[variantName(v+1)] = 1_000_000
	}
	if len(s) != 1+3*len(mailed)+2*len(byHand)+ledger.MaxVariants {
		t.Errorf("%d numbers", len(s))
	}
	if n := size(s.item(tallyPK(longName, 15), "cn-embassy-of-a-long-name")); n > 1024 {
		t.Errorf("%d bytes", n)
	}
}

func TestTotalItemFitsInOneKB(t *testing.T) {
	tally := millions([]string{"paris", "oslo"}, every...)
	maps.Copy(tally.Deliveries, millions([]string{ledger.TargetSigner}, ledger.ChannelEmail).Deliveries)
	it := totalItem(longName, tally)
	if n := size(it); n > 1024 {
		t.Errorf("%d bytes", n)
	}
	if names := len(it) - len(key("", "")); names != 1+3*len(mailed)+2*len(byHand)+len(mailed) {
		t.Errorf("%d numbers", names)
	}
}

// With as many variants as there may be the total of a campaign whose letters are mailed by one channel is a small item still; with all else
// as well it pays for two KB once a minute.
func TestVariantsInTheTotal(t *testing.T) {
	for most, channels := range map[int][]ledger.Channel{1024: {ledger.ChannelEmail, ledger.ChannelPrint, ledger.ChannelSelf}, 2048: every} {
		tally := millions([]string{"paris"}, channels...)
		maps.Copy(tally.Deliveries, millions([]string{ledger.TargetSigner}, ledger.ChannelEmail).Deliveries)
		tally.Variants = map[int]int{}
		for v := range ledger.MaxVariants {
			tally.Variants[v+1] = 1_000_000
		}
		it := totalItem(longName, tally)
		if n := size(it); n > most {
			t.Errorf("%d bytes, by %v", n, channels)
		}
		if got := integer(it, "VARIANT.30"); got != 1_000_000 {
			t.Errorf("%d", got)
		}
	}
}

// What is no count of a variant's is not taken for one.
func TestVariantOf(t *testing.T) {
	for name, want := range map[string]int{
		variantName(1): 1, variantName(30): 30, "v": 0, "v0": 0, "verified": 0, "version": 0, "5": 0, "email.v5": 0, actionsCount: 0,
	} {
		if got := variantOf(name); got != want {
			t.Errorf("%s: %d, want %d", name, got, want)
		}
	}
}

// A page of what has stranded begins behind any of them, and nothing else of the queue is behind its first.
func TestStrandedSortsBehindWhatIsDue(t *testing.T) {
	end := time.Date(9999, 12, 31, 23, 59, 59, 999e6, time.UTC)
	before := ""
	for _, x := range []types.AttributeValue{
		due(ledger.StateClaimed, time.Time{}), due(ledger.StateClaimed, end), due(ledger.StateQueued, time.Time{}), due(ledger.StateQueued, end),
		stranded(ledger.ID{}), stranded(ledger.ID{Key: ledger.Key{Signer: "00"}}), stranded(ledger.ID{Key: ledger.Key{Signer: "ff"}}),
	} {
		got := x.(*types.AttributeValueMemberS).Value
		if got <= before {
			t.Errorf("%s after %s", got, before)
		}
		before = got
	}
}

// A partner's numbers are longest with a name of 40: a total of twenty such partners stays a small item. They are no target's.
func TestPartnersInTheTotal(t *testing.T) {
	tally := millions([]string{"paris"}, ledger.ChannelEmail)
	bare := size(totalItem(longName, tally))
	tally.Partners = map[string]ledger.Brought{}
	for i := range 20 {
		tally.Partners[fmt.Sprintf("%040d", i)] = ledger.Brought{Verified: 1_000_000, Claimed: 1_000_000}
	}
	it := totalItem(longName, tally)
	if n := (size(it) - bare) / 20; n > 128 {
		t.Errorf("%d bytes for each", n)
	}
	if got := integer(it, "FROM."+fmt.Sprintf("%040d", 7)+".verified"); got != 1_000_000 {
		t.Errorf("%d", got)
	}
}

func TestAClaimedDeliveryCountsAsQueued(t *testing.T) {
	if got := countName(ledger.ChannelEmail, ledger.StateClaimed); got != countName(ledger.ChannelEmail, ledger.StateQueued) {
		t.Error(got)
	}
}

// Text sorts as time does, also from second to second and to times of other zones.
func TestDueSortsByTime(t *testing.T) {
	east := time.FixedZone("east", 9*3600)
	at := time.Date(2007, 12, 2, 9, 59, 59, 999e6, time.UTC)
	before := ""
	for _, x := range []time.Time{{}, at, at.Add(time.Millisecond).In(east), at.Add(time.Second), at.AddDate(1, 0, 0)} {
		got := due(ledger.StateQueued, x).(*types.AttributeValueMemberS).Value
		if got <= before {
			t.Errorf("%s after %s", got, before)
		}
		before = got
		d, err := readDue(item{pk: text("ACTION#c#s"), sk: text("DELIVERY#t"), "due": due(ledger.StateClaimed, x)})
		if err != nil || !d.At.Equal(x) || d.ID != (ledger.ID{Key: ledger.Key{Campaign: "c", Signer: "s"}, Target: "t"}) {
			t.Errorf("%v, %v", d, err)
		}
	}
}

func TestKeysAreTakenApart(t *testing.T) {
	k := ledger.Key{Campaign: "protest-day", Signer: "ann"}
	got, err := readKey(actionKey(k))
	if err != nil || got != k {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := readKey(key("CONTROL#ledger", skIdentity)); err == nil {
		t.Error("another item's key was taken for an action's")
	}
}

func TestAbsentAttributesReadAsZero(t *testing.T) {
	it := item{}
	if str(it, "x") != "" || integer(it, "x") != 0 || flag(it, "x") || box(it, "x") != nil || !instant(it, "x").IsZero() {
		t.Error("not zero")
	}
	if _, err := readDate(it, "day"); err == nil {
		t.Error("no day passes for one")
	}
}
