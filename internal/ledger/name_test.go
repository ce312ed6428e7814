package ledger_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

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

func TestParseTagTakesApart(t *testing.T) {
	part := rapid.StringMatching(`[A-Za-z0-9-]{1,64}`)
	rapid.Check(t, func(t *rapid.T) {
		d := ledger.Delivery{ID: ledger.ID{Key: ledger.Key{Campaign: part.Draw(t, "campaign"), Signer: part.Draw(t, "signer")}}}
		d.Target, d.Attempt = part.Draw(t, "target"), rapid.IntRange(1, 1<<31-1).Draw(t, "attempt")
		id, attempt, ok := ledger.ParseTag(d.Tag())
		if !ok || id != d.ID || attempt != d.Attempt {
			t.Fatalf("%s: %v, %d, %v", d.Tag(), id, attempt, ok)
		}
	})
}

func TestParseTagOfALedgersOwnIDs(t *testing.T) {
	for _, id := range []ledger.ID{
		{Key: ledger.Key{Campaign: "protest-day-2007-TEST", Signer: strings.Repeat("0a", 32)}, Target: "cn-paris"},
		{Key: ledger.Key{Campaign: "protest-day-2007", Signer: ledger.PendingID(time.UnixMilli(1), "A-1")}, Target: ledger.TargetSigner},
	} {
		if got, attempt, ok := ledger.ParseTag(ledger.Delivery{ID: id, Attempt: 3}.Tag()); !ok || got != id || attempt != 3 {
			t.Errorf("%v: %v, %d, %v", id, got, attempt, ok)
		}
	}
}

func TestParseTagRefuses(t *testing.T) {
	for _, bad := range malformed {
		if id, attempt, ok := ledger.ParseTag(bad); ok || attempt != 0 || id != (ledger.ID{}) {
			t.Errorf("%.60q: %v, %d, %v", bad, id, attempt, ok)
		}
	}
	longest := strings.Repeat("a", 250) + "_b_c_1"
	if _, _, ok := ledger.ParseTag(longest); !ok || len(longest) != 256 {
		t.Errorf("refuses a tag of %d characters", len(longest))
	}
}

// malformed are no tags, though close to one.
var malformed = []string{
	"", "_", "___", "a", "a_b_c", "a_b_c_", "a_b_c_1_", "_a_b_c_1", "a_b_c_1_1", "a_b_c_d_1", "a__c_1", "_b_c_1", "a_b__1",
	"a_b_c_0", "a_b_c_-1", "a_b_c_+1", "a_b_c_01", "a_b_c_1 ", "a_b_c_ 1", "a_b_c_1.0", "a_b_c_1e1", "a_b_c_0x1", "a_b_c_x", "a_b_c_١",
	"a_b_c_99999999999999999999", "a#b_c_d_1", "a_b#_c_1", "a_b_#c_1", "a_b_c_1#", "a-b-c-1",
	strings.Repeat("a", 251) + "_b_c_1", "a_b_" + strings.Repeat("c", 5000) + "_1",
}

// Whatever comes in an event is either no tag or the tag of the delivery that it is taken for.
func FuzzParseTag(f *testing.F) {
	f.Add("protest-day-2007-TEST_0a1b_SIGNER_12")
	for _, bad := range malformed {
		f.Add(bad)
	}
	f.Fuzz(func(t *testing.T, tag string) {
		id, attempt, ok := ledger.ParseTag(tag)
		if again := (ledger.Delivery{ID: id, Attempt: attempt}).Tag(); ok && again != tag {
			t.Errorf("%q is taken for %q", tag, again)
		}
		if ok && (attempt < 1 || id.Campaign == "" || id.Signer == "" || id.Target == "" || strings.Contains(tag, "#")) {
			t.Errorf("%q passes: %v, %d", tag, id, attempt)
		}
	})
}

func TestDocumentNames(t *testing.T) {
	for _, good := range []string{
		ledger.DocumentName("PACE", "paris.example"), ledger.DocumentName("PACE", "a#b"), ledger.DocumentName("P", strings.Repeat("a", 298)),
	} {
		if err := ledger.CheckDocument(good); err != nil {
			t.Errorf("%.20q: %v", good, err)
		}
	}
	for _, bad := range []string{
		"", "#", "PACE", ledger.DocumentName("PACE", ""), ledger.DocumentName("", "paris"), ledger.DocumentName("P", strings.Repeat("a", 299)),
	} {
		if err := ledger.CheckDocument(bad); !errors.Is(err, ledger.ErrInvalid) {
			t.Errorf("%.20q: %v; want ErrInvalid", bad, err)
		}
	}
}
