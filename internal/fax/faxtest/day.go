package faxtest

import (
	"testing"
	"time"
)

// OneDay answers when it lasts for need that no new day begins, in UTC: of a new day's faxes as many leave again. Only a test that runs just
// before midnight waits, until it is past.
func OneDay(t testing.TB, need time.Duration) {
	t.Helper()
	now := time.Now().UTC()
	midnight := now.Truncate(24 * time.Hour).Add(24 * time.Hour)
	if left := midnight.Sub(now); left < need {
		t.Logf("waits %s for the next day", left)
		time.Sleep(left)
	}
}
