package desk

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"
)

// A loop that ticks every few seconds finds the same fault each time. It is told once, and again after a while.
const (
	calmFor  = 10 * time.Minute
	calmMost = 1000 // faults remembered
)

// calm is a log handler that leaves out what it has told within the last minutes. A line's words are its message and attributes.
type calm struct {
	slog.Handler
	now  func() time.Time
	told *told
}

type told struct {
	mu sync.Mutex
	at map[string]time.Time
}

// calmLog is the process's log for what repeats itself.
func (e Env) calmLog() *slog.Logger {
	return slog.New(calm{slog.Default().Handler(), e.Now, &told{at: map[string]time.Time{}}})
}

// Handle implements slog.Handler.
func (c calm) Handle(ctx context.Context, r slog.Record) error {
	if c.told.lately(wording(r), c.now()) {
		return nil
	}
	return c.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (c calm) WithAttrs(attrs []slog.Attr) slog.Handler {
	return calm{c.Handler.WithAttrs(attrs), c.now, c.told}
}

// WithGroup implements slog.Handler.
func (c calm) WithGroup(name string) slog.Handler {
	return calm{c.Handler.WithGroup(name), c.now, c.told}
}

func wording(r slog.Record) string {
	var b strings.Builder
	b.WriteString(r.Message)
	r.Attrs(func(a slog.Attr) bool {
		b.WriteString(" " + a.String())
		return true
	})
	return b.String()
}

func (t *told) lately(line string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if at, ok := t.at[line]; ok && now.Sub(at).Abs() < calmFor {
		return true
	}
	if len(t.at) >= calmMost {
		clear(t.at)
	}
	t.at[line] = now
	return false
}
