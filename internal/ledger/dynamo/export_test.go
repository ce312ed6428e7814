package dynamo

import "time"

// Hurry makes the ledger's attempts and pauses short, for tests in which many fail.
func Hurry(l *Ledger) {
	l.try, l.least, l.margin = 100*time.Millisecond, 20*time.Millisecond, 50*time.Millisecond
	l.base, l.most = time.Millisecond, 8*time.Millisecond
}

// PageSize makes the ledger read so many items at a time.
func PageSize(l *Ledger, n int32) { l.pageSize = &n }
