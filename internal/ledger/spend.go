package ledger

import (
	"context"
	"fmt"
	"time"
)

const faxesKind = "FAXES"

// faxes is what a campaign has taken of its faxes. The day never goes back.
type faxes struct {
	Day   string `json:"day"` // UTC, as text in its order
	Taken int    `json:"taken"`
}

// Spend takes one of the faxes that a campaign may send in a day of UTC, which a gateway charges for; ok is false when so many were taken that
// day. With most below one none may be sent, and nothing is asked. Of parallel calls for the last one one gets it. Whose clock is a day behind,
// or goes back to it, takes of the later day that was counted last: that frees none. After an error one may have been taken or not: send
// nothing, so that the day costs less than it may and never more.
func Spend(ctx context.Context, docs Documents, campaign string, most int, now time.Time) (ok bool, err error) {
	if most < 1 {
		return false, nil
	}
	err = change(ctx, docs, DocumentName(faxesKind, campaign), func(f *faxes) {
		taken := f.by(now)
		if ok = taken < most; ok {
			f.Day, f.Taken = max(f.Day, dayOf(now)), taken+1
		}
	})
	if err != nil {
		return false, fmt.Errorf("spend a fax: %w", err)
	}
	return ok, nil
}

// Unspend gives back a fax that was taken at a time, and surely was not sent. One that a later day was counted since for is lost, and after an
// error it may be: the day costs less than it may then. Call it once: nothing tells a repeat from another's.
func Unspend(ctx context.Context, docs Documents, campaign string, taken time.Time) error {
	err := change(ctx, docs, DocumentName(faxesKind, campaign), func(f *faxes) {
		if f.Day == dayOf(taken) && f.Taken > 0 {
			f.Taken--
		}
	})
	if err != nil {
		return fmt.Errorf("give back a fax: %w", err)
	}
	return nil
}

// Spent answers how many faxes a campaign has taken of this day, or of a later one if a clock ran ahead.
func Spent(ctx context.Context, docs Documents, campaign string, now time.Time) (int, error) {
	f, err := read[faxes](ctx, docs, DocumentName(faxesKind, campaign))
	if err != nil {
		return 0, fmt.Errorf("faxes spent: %w", err)
	}
	return f.by(now), nil
}

// by answers how many were taken by then of the day.
func (f faxes) by(now time.Time) int {
	if dayOf(now) > f.Day {
		return 0
	}
	return f.Taken
}

func dayOf(t time.Time) string { return t.UTC().Format(time.DateOnly) }
