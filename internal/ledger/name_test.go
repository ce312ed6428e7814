package ledger_test

import (
	"regexp"
	"testing"

	"one-click-protest/internal/ledger"
)

// What is sealed for one delivery must open for no other, however their names are put together.
func TestRecordNamesAreDistinct(t *testing.T) {
	seen := map[string]ledger.ID{}
	for _, id := range []ledger.ID{
		{Key: ledger.Key{Campaign: "a", Signer: "b"}, Target: "c"},
		{Key: ledger.Key{Campaign: "ab", Signer: ""}, Target: "c"},
		{Key: ledger.Key{Campaign: "a", Signer: "bc"}, Target: ""},
		{Key: ledger.Key{Campaign: "", Signer: "ab"}, Target: "c"},
	} {
		if other, ok := seen[id.Record()]; ok {
			t.Errorf("%v and %v have one name", id, other)
		}
		seen[id.Record()] = id
	}
}

func TestTag(t *testing.T) {
	d := ledger.Delivery{
		ID:      ledger.ID{Key: ledger.Key{Campaign: "protest-day-2007-TEST", Signer: "0a1b"}, Target: ledger.TargetSigner},
		Attempt: 12,
	}
	if got := d.Tag(); got != "protest-day-2007-TEST_0a1b_SIGNER_12" {
		t.Error(got)
	}
	if !regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}$`).MatchString(d.Tag()) {
		t.Errorf("%s is not of SES's tag alphabet", d.Tag())
	}
}
