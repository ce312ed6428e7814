package dynamo

import (
	"strconv"
	"testing"

	"one-click-protest/internal/ledger"
)

// A write is billed by the size of the whole item, a KB at a time: a tally item stays within one with counts of seven digits, also
// for a target reached by mail, by print and by hand.
func TestTallyItemFitsInOneKB(t *testing.T) {
	mailed := []ledger.State{
		ledger.StateQueued, ledger.StateClaimed, ledger.StateSent, ledger.StateDelivered, ledger.StateBounced,
		ledger.StateComplained, ledger.StateFailed, ledger.StateUnknown, ledger.StateHeld, ledger.StateCancelled,
	}
	byHand := []ledger.State{ledger.StateOffered, ledger.StateReported}
	names := []string{actionsCount}
	for channel, states := range map[ledger.Channel][]ledger.State{
		ledger.ChannelEmail: mailed, ledger.ChannelRelay: mailed, ledger.ChannelPrint: byHand, ledger.ChannelSelf: byHand,
	} {
		for _, s := range states {
			names = append(names, countName(channel, s))
		}
	}
	// Developer Guide, "Item sizes and formats": names in UTF-8, a number about one byte for two digits and one more.
	size := len(pk+sk) + len(tallyPK("a-campaign-with-a-rather-long-name-2007-TEST", 15)) + len("cn-embassy-of-a-long-name")
	for _, n := range names {
		size += len(n) + len(strconv.Itoa(1_000_000))/2 + 2
	}
	if size > 1024 {
		t.Errorf("%d bytes", size)
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
