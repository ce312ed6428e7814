package mailertest

import (
	"context"
	"slices"
	"sync"

	"one-click-protest/internal/mailer"
)

// Step is what comes of one attempt of a [Fake].
type Step struct {
	Result mailer.Result
	// Left says whether the mail left: what the sender can't see when the outcome is Unknown. Accepted always left.
	Left bool
}

// Fake is a mailer in memory. Its zero value accepts everything. It refuses what every mailer refuses, without an attempt.
type Fake struct {
	// Before, if set, is called within each attempt, before its step: to block, to advance a clock, to look at the
	// ledger in between. Set it before the first Send.
	Before func(context.Context, mailer.Message)

	mu       sync.Mutex
	script   []Step
	attempts []mailer.Message
	left     []mailer.Message
	account  func() (mailer.Allowance, error)
	asked    int
}

var (
	_ mailer.Mailer  = (*Fake)(nil)
	_ mailer.Account = (*Fake)(nil)
)

// Script appends what comes of the next attempts, in order; after them everything is accepted.
func (f *Fake) Script(steps ...Step) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.script = append(f.script, steps...)
}

// Outcomes appends steps that answer these outcomes; of them only Accepted leaves.
func (f *Fake) Outcomes(outcomes ...mailer.Outcome) {
	for _, o := range outcomes {
		f.Script(Step{Result: mailer.Result{Outcome: o, Reason: "Scripted"}})
	}
}

// Send implements [mailer.Mailer].
func (f *Fake) Send(ctx context.Context, m mailer.Message) mailer.Result {
	if r, ok := mailer.Ready(ctx, m, 0); !ok {
		return r
	}
	f.mu.Lock()
	f.attempts = append(f.attempts, m)
	step := Step{Result: mailer.Result{Outcome: mailer.Accepted}}
	if len(f.script) > 0 {
		step, f.script = f.script[0], f.script[1:]
	}
	f.mu.Unlock()

	if f.Before != nil {
		f.Before(ctx, m)
	}
	if step.Left || step.Result.Outcome == mailer.Accepted {
		f.mu.Lock()
		f.left = append(f.left, m)
		f.mu.Unlock()
	}
	return step.Result
}

// Allow sets what Allowance answers from now on. Sending does not use it up.
func (f *Fake) Allow(a mailer.Allowance, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.account = func() (mailer.Allowance, error) { return a, err }
}

// Allowance implements [mailer.Account]: without limits until [Fake.Allow] sets some.
func (f *Fake) Allowance(ctx context.Context) (mailer.Allowance, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked++
	switch {
	case ctx.Err() != nil:
		return mailer.Allowance{}, ctx.Err()
	case f.account != nil:
		return f.account()
	}
	return mailer.Allowance{Left: -1}, nil
}

// Asked answers how often Allowance was called.
func (f *Fake) Asked() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.asked
}

// Attempts answers the messages that were tried, in order.
func (f *Fake) Attempts() []mailer.Message {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.attempts)
}

// Left answers the messages that left, in order: what the targets got.
func (f *Fake) Left() []mailer.Message {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.left)
}
