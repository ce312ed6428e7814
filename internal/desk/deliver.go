package desk

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"one-click-protest/internal/campaign"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/outbox"
)

// How long a loop rests between ticks: shortly while something waits, so that letters leave as their pace lets them; and long enough
// to be no burden while nothing does.
const (
	restBusy = 2 * time.Second
	restIdle = 5 * time.Second
)

// ticking runs one tick after another until ctx is done, which ends a tick that is under way in an orderly way, or each says no.
func ticking(ctx context.Context, d *outbox.Deliverer, each func(outbox.Report, error) (goOn bool)) {
	for ctx.Err() == nil {
		report, err := d.Tick(ctx)
		if stopping := ctx.Err() != nil; stopping && err != nil || !each(report, err) {
			return
		}
		rest := restIdle
		if report.Queued > 0 {
			rest = restBusy
		}
		select {
		case <-ctx.Done():
		case <-time.After(rest):
		}
	}
}

// standstill says why nothing leaves at all; "" where something may.
func standstill(r outbox.Report, err error) string {
	switch {
	case errors.Is(err, ledger.ErrNotAdopted):
		return "STOPPED: the ledger is not adopted: " + reasonOf(err) + "; the command adopt says what to do"
	case err != nil:
		return "STOPPED: " + err.Error()
	case r.Halted != "":
		return "HALTED: the provider takes nothing: " + r.Halted
	}
	return ""
}

// deliverCommand sends what waits.
type deliverCommand struct {
	ledgerPlace
	withPrivate
	withSecret
	SMTP string `name:"smtp" help:"Send through this mail server (smtp://user:password@host:port) instead of into the folder. In test mode only to the testers." placeholder:"URL"`
	Once bool   `help:"One tick, a minute at most, instead of until nothing waits."`
}

// Run sends until nothing waits, or ctx is done.
func (c *deliverCommand) Run(ctx context.Context, env Env) error {
	if err := c.check(c.withPrivate.flag(), c.withSecret.flag()); err != nil {
		return err
	}
	if c.remote() && c.SMTP == "" {
		return misused("--ledger %s needs --smtp too: in a folder its letters would be lost", c.Ledger)
	}
	keys, err := c.keys(ctx, c.Secret)
	if err != nil {
		return err
	}
	l, closed, err := c.open(ctx, c.Private)
	if err != nil {
		return err
	}
	defer closed()
	mails, err := openMailer(c.SMTP, c.Data)
	if err != nil {
		return err
	}
	defer mails.close()
	return c.deliver(ctx, env, &outbox.Deliverer{
		Outbox:    &outbox.Outbox{Ledger: l, Mailer: mails.mailer, Now: env.Now, Log: env.calmLog()},
		Ledger:    l,
		Campaigns: campaign.Open(env.Files),
		Keys:      keys,
	})
}

func (c *deliverCommand) deliver(ctx context.Context, env Env, d *outbox.Deliverer) (err error) {
	shown := &progress{out: env.Stdout, terminal: isTerminal(env.Stdout)}
	defer shown.end()
	ticking(ctx, d, func(r outbox.Report, tickErr error) bool {
		err = nil
		if why := standstill(r, tickErr); why != "" {
			err = errors.New(why)
		}
		last := c.Once || errors.Is(tickErr, ledger.ErrNotAdopted)
		if err == nil || !last { // the last one's error is told by who called
			shown.show("%s", described(r, err))
		}
		return !last && (left(r) > 0 || r.Skipped != "")
	})
	return err
}

// left is how many still wait after a tick, but for newcomers.
func left(r outbox.Report) int { return max(0, r.Queued-r.Sent-r.Failed-r.Held-r.Unknown) }

// described is a tick in one line.
func described(r outbox.Report, err error) string {
	if r.Skipped == "lease" && err == nil {
		return "another process is sending, or died within the last minute: waiting for it"
	}
	parts := []string{fmt.Sprintf("%d sent", r.Sent)}
	add := func(n int, what string) {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, what))
		}
	}
	add(r.Failed, "refused for good")
	add(r.Held, "held, because they could not be composed")
	add(r.Unknown, "unknown")
	add(r.Later, "put back")
	add(left(r), "wait for their hour, their pace or their turn")
	add(r.Stopped, "targets stopped by an organizer, a suspension or a breaker")
	add(r.Wayless, "without a way in the files")
	add(r.Broken, "not gone through, see the log")
	if err != nil {
		parts = append(parts, err.Error())
	}
	return strings.Join(parts, ", ")
}
