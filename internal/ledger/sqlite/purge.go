package sqlite

import (
	"time"

	"one-click-protest/internal/ledger"
)

const (
	// purgeEvery is how seldom expired fields are looked for, by the callers' clocks.
	purgeEvery = time.Minute
	// purgeMost is how many rows of a table one call deletes at most, since others wait meanwhile: some 30 ms of 100,000 rows on 2 vCPU.
	// When as many go, the next call goes on.
	purgeMost = 500
)

const (
	purgeSealed = `DELETE FROM sealed WHERE (campaign, signer, target) IN
		(SELECT campaign, signer, target FROM sealed WHERE expires <= ? LIMIT ?)`
	purgePendings = `DELETE FROM pendings WHERE (campaign, signer, id) IN
		(SELECT campaign, signer, id FROM pendings WHERE expires <= ? LIMIT ?)`
	purgeSubscribers = `DELETE FROM subscribers WHERE (campaign, partner, id) IN
		(SELECT campaign, partner, id FROM subscribers WHERE expires <= ? LIMIT ?)`
	purgeMails = `DELETE FROM mails WHERE (campaign, ration) IN
		(SELECT campaign, ration FROM mails WHERE at <= ? LIMIT ?)`
)

// purgeDue says whether a purge would look for anything. Safe for parallel use.
func (w *writer) purgeDue(now time.Time) bool {
	return milli(now)-w.purged.Load() >= purgeEvery.Milliseconds()
}

// purge deletes what has expired, once in a while, in the transaction of a write.
func (w *writer) purge(now time.Time) error {
	if !w.purgeDue(now) {
		return nil
	}
	more := false
	for _, table := range []struct {
		purge string
		end   int64
	}{
		{purgeSealed, now.Unix()},
		{purgePendings, now.Unix()},
		{purgeSubscribers, now.Unix()},
		{purgeMails, milli(now.Add(-ledger.MailEvery))},
	} {
		n, err := w.changed(table.purge, table.end, purgeMost)
		if err != nil {
			return err
		}
		more = more || n == purgeMost
	}
	if !more {
		w.purged.Store(milli(now))
		w.old = true
	}
	return nil
}
