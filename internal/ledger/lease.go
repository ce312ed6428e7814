package ledger

import (
	"context"
	"fmt"
	"time"
)

const (
	leaseKind = "LEASE"
	// longestLease is how far ahead a lease may end: one beyond it was taken by a clock that ran ahead.
	longestLease = 5 * time.Minute
)

type lease struct {
	Holder string `json:"holder"`
	Until  int64  `json:"until"` // milliseconds since 1970
}

// Lease takes a lease, or lengthens the holder's own: of all who ask, one has it until its end, by the clocks of who asks. It
// spares work; what must not happen twice has claims of its own. After an error the lease may be held.
func Lease(ctx context.Context, docs Documents, name, holder string, now, until time.Time) (held bool, err error) {
	err = change(ctx, docs, DocumentName(leaseKind, name), func(l *lease) {
		end := time.UnixMilli(l.Until)
		held = l.Holder == holder || !now.Before(end) || end.Sub(now) > longestLease
		if held {
			l.Holder, l.Until = holder, min(until.UnixMilli(), now.Add(longestLease).UnixMilli())
		}
	})
	if err != nil {
		return false, fmt.Errorf("lease: %w", err)
	}
	return held, nil
}

// Release gives a lease back, if the holder still has it.
func Release(ctx context.Context, docs Documents, name, holder string) error {
	err := change(ctx, docs, DocumentName(leaseKind, name), func(l *lease) {
		if l.Holder == holder {
			*l = lease{}
		}
	})
	if err != nil {
		return fmt.Errorf("release lease: %w", err)
	}
	return nil
}
