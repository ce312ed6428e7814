package web

import (
	"context"
	"log/slog"

	"one-click-protest/internal/mailer"
	"one-click-protest/internal/stack"
)

// Telling is a mailer that counts the letters refused for good, in the same metric in which function deliver counts those of the queue:
// most letters never see the queue. Mail to signers is not counted: anybody can type an address that is refused.
type Telling struct {
	mailer.Mailer
	Metrics *stack.Metrics
	Log     *slog.Logger
}

// Send implements [mailer.Mailer].
func (s Telling) Send(ctx context.Context, m mailer.Message) mailer.Result {
	result := s.Mailer.Send(ctx, m)
	if result.Outcome != mailer.Refused || m.Class != mailer.Letter {
		return result
	}
	if err := s.Metrics.Write(stack.Metric{Name: "Failed", Value: 1}); err != nil {
		s.Log.ErrorContext(ctx, "no metrics", "error", err)
	}
	return result
}
