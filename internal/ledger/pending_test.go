package ledger_test

import (
	"crypto/rand"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"one-click-protest/internal/ledger"
)

func TestPendingIDsSortByTime(t *testing.T) {
	at := time.Date(2007, 12, 2, 12, 0, 0, 0, time.UTC)
	var ids []string
	for _, later := range []time.Duration{
		0, time.Millisecond, 35 * time.Millisecond, 36 * time.Millisecond, time.Second, time.Hour, 24 * time.Hour, 30 * 365 * 24 * time.Hour,
		200 * 365 * 24 * time.Hour, // more digits, were they not of fixed width
	} {
		ids = append(ids, ledger.PendingID(at.Add(later), rand.Text()))
	}
	ids = append([]string{ledger.PendingID(time.UnixMilli(0), "Z")}, ids...)
	if !slices.IsSorted(ids) {
		t.Errorf("%v", ids)
	}
	for _, id := range ids {
		if !regexp.MustCompile(`^[A-Z0-9-]+$`).MatchString(id) {
			t.Errorf("%s goes into no tag", id)
		}
	}
}

func TestPendingTime(t *testing.T) {
	at := time.Date(2007, 12, 2, 21, 0, 0, 123_456_789, time.FixedZone("east", 9*3600))
	got, ok := ledger.PendingTime(ledger.PendingID(at, rand.Text()))
	if want := time.Date(2007, 12, 2, 12, 0, 0, 123_000_000, time.UTC); !ok || got != want {
		t.Errorf("%v, %v; want %v", got, ok, want)
	}
	good := ledger.PendingID(at, "A")
	for _, bad := range []string{
		"", "pending", strings.ToLower(good), good[:len(good)-1], good[1:], "0" + good, good + "_", good + "#", good + " ", good + "é",
		"-00000001-A", "0000-0001-A", ledger.PendingID(at, strings.Repeat("A", 65)), ledger.PendingID(at, ""), ledger.PendingID(at, "a"),
	} {
		if at, ok := ledger.PendingTime(bad); ok {
			t.Errorf("%q passes for an id of %v", bad, at)
		}
	}
}

// Times that an id has no room for keep its shape and its order; Pend refuses them, since they come back as others.
func TestPendingIDOfTimesOutOfRange(t *testing.T) {
	for _, at := range []time.Time{{}, time.UnixMilli(-1), time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)} {
		if got, ok := ledger.PendingTime(ledger.PendingID(at, "A")); !ok || got.Equal(at) {
			t.Errorf("%v: %v, %v", at, got, ok)
		}
	}
}
