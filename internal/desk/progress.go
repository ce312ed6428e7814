package desk

import (
	"context"
	"fmt"
	"io"
	"iter"
	"os"

	"one-click-protest/internal/ledger"
)

// progress shows how a long command goes on: in place on a terminal, elsewhere a line for each change. It is for one goroutine.
type progress struct {
	out      io.Writer
	terminal bool
	last     string
}

// progress answers one on the error output, so that the results can be piped.
func (e Env) progress() *progress { return &progress{out: e.Stderr, terminal: isTerminal(e.Stderr)} }

// isTerminal is asked of outputs and of inputs.
func isTerminal(stream any) bool {
	if out, is := stream.(*output); is {
		stream = out.Writer
	}
	file, ok := stream.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

func (p *progress) show(format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	if line == p.last {
		return
	}
	p.last = line
	if p.terminal {
		_, _ = fmt.Fprintf(p.out, "\r\x1b[K%s", line) // ECMA-48: erase to the end of the line
		return
	}
	_, _ = fmt.Fprintln(p.out, line)
}

// end leaves the last line standing; what follows begins on a line of its own.
func (p *progress) end() {
	if p.terminal && p.last != "" {
		_, _ = fmt.Fprintln(p.out)
	}
	p.last = ""
}

// every is after how many records a walk is shown: often enough on a terminal, seldom in a log.
func (p *progress) every() int {
	if p.terminal {
		return 1000
	}
	return 50_000
}

// watched is a ledger whose walks are shown.
type watched struct {
	ledger.Ledger
	shown *progress
}

// Walk implements ledger.Counts.
func (w watched) Walk(ctx context.Context, campaign string) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		n := 0
		for e, err := range w.Ledger.Walk(ctx, campaign) {
			if n++; n%w.shown.every() == 0 {
				w.shown.show("%d records looked at", n)
			}
			if !yield(e, err) {
				return
			}
		}
	}
}
