package desk

import (
	"context"
	"log/slog"
	"sync"

	"one-click-protest/internal/fax"
	"one-click-protest/internal/outbox"
)

// deliverer sends what waits in the local server's ledger.
func (s *site) deliverer() *outbox.Deliverer {
	return &outbox.Deliverer{Outbox: s.outbox, Ledger: s.ledger, Campaigns: s.campaigns, Keys: s.keys, Fax: fax.Set}
}

// sendWaiting is the local server's other half: it sends what waits until ctx is done, and returns with nothing in flight.
func (s *site) sendWaiting(ctx context.Context) {
	ticking(ctx, s.deliverer(), func(r outbox.Report, err error) bool {
		s.still.note(standstill(r, err), r.Skipped == "lease")
		return true
	})
}

// standing is why nothing leaves, as the last tick found it. Its zero value is that something may.
type standing struct {
	mu  sync.Mutex
	why string
}

// note logs a change, once. A tick that another process made instead knows nothing.
func (s *standing) note(why string, skipped bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if why == s.why || why == "" && skipped {
		return
	}
	s.why = why
	if why == "" {
		slog.Info("sending goes on")
		return
	}
	slog.Error("nothing leaves", "reason", why)
}

func (s *standing) reason() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.why
}
