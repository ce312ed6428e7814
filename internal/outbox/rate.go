package outbox

import (
	"context"
	"time"

	"one-click-protest/internal/mailer"
)

// rate waits for the provider's rate and takes one of its day.
func (s *stretch) rate(ctx context.Context) bool {
	wait, cancel := context.WithDeadline(ctx, time.Now().Add(s.stopAt.Sub(s.Outbox.now())))
	defer cancel()
	if err := s.limiter.Wait(wait); err != nil {
		return false
	}
	for {
		left := s.left.Load()
		if left < 0 {
			return true
		}
		if left == 0 { // the tick ends; who has taken one of the last still sends, so the process is not halted
			if s.halted("DailyQuota") {
				s.Outbox.log().ErrorContext(ctx, "sending halted", "reason", "DailyQuota")
			}
			return false
		}
		if left <= s.spare {
			return false
		}
		if s.left.CompareAndSwap(left, left-1) {
			return true
		}
	}
}

// react adapts to what the provider answered.
func (s *stretch) react(ctx context.Context, r mailer.Result) verdict {
	switch r.Outcome {
	case mailer.Halt:
		s.end(ctx, r.Reason)
		return stop
	case mailer.Later:
		if !s.slower() {
			s.end(ctx, r.Reason)
			return stop
		}
	}
	return goOn
}

const (
	// unlimitedRate stands for the rate of a provider that named none and yet refuses for now.
	unlimitedRate = 16
	// slowestRate is below which a tick gives up instead of halving once more.
	slowestRate = 0.5
	// halveOnce is how soon one refusal after another halves the rate again: those of letters on their way at the same moment all
	// tell of the same thing, and SES counts by the second.
	halveOnce = time.Second
)

// slower halves the rate of this tick; false when it is so slow already that the tick is better ended.
func (t *tick) slower() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.Outbox.now()
	if now.Sub(t.slowed).Abs() < halveOnce {
		return true
	}
	t.slowed = now
	limit := min(t.limiter.Limit(), unlimitedRate) / 2
	t.limiter.SetLimit(limit)
	return limit >= slowestRate
}
