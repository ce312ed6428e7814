package outbox

import (
	"context"
	"time"

	"one-click-protest/internal/campaign"
	"one-click-protest/internal/ledger"
)

// granted are slots that were taken and not used yet.
type granted struct {
	n  int
	at time.Time
}

// slot answers whether a letter's mailboxes have a slot, and takes some at once when there is none left, or none that is fresh.
func (s *stretch) slot(ctx context.Context, w campaign.Way, channel ledger.Channel) bool {
	if s.target == ledger.TargetSigner {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if had := s.slots[channel]; had.n > 0 && !lapsed(had.at, s.Outbox.now()) {
		return true
	}
	got := granted{at: s.Outbox.now()} // before they are asked for
	got.n = s.take(ctx, w)
	s.slots[channel] = got
	return got.n > 0
}

// use uses a slot, and answers when it was granted; zero for mail that needs none.
func (s *stretch) use(channel ledger.Channel) time.Time {
	if s.target == ledger.TargetSigner {
		return time.Time{}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	had := s.slots[channel]
	s.slots[channel] = granted{had.n - 1, had.at}
	return had.at
}

// take answers how many slots all mailboxes granted. What one granted more than another is lost, which errs on the slow side; only
// test mode has several.
func (s *stretch) take(ctx context.Context, w campaign.Way) int {
	n := min(slotsAtOnce, s.ahead)
	for _, to := range s.campaign.Recipients(w) {
		s.mails[to] = true
		grant, err := ledger.Take(ctx, s.Ledger, slots(to, s.campaign.PaceOf(w), n, s.Outbox.now(), false))
		if err != nil {
			s.broken(ctx, s.campaign.Scope(), err)
			return 0
		}
		n = min(n, grant.N)
		if n == 0 {
			return 0
		}
	}
	return n
}

// word tells the inline path whether letters wait for this queue's mailboxes: newcomers then stand back.
func (s *stretch) word(ctx context.Context, wait bool) {
	if ctx.Err() != nil { // the word left before lasts some minutes
		return
	}
	for to := range s.mails {
		if err := ledger.Waiting(ctx, s.Ledger, to.Domain(), to.Mailbox(), wait, s.Outbox.now()); err != nil {
			s.Outbox.log().WarnContext(ctx, "word of waiting letters not left", "campaign", s.campaign.Scope(), "error", err)
		}
	}
}
