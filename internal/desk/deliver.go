package desk

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	smithyhttp "github.com/aws/smithy-go/transport/http"

	"one-click-protest/internal/campaign"
	"one-click-protest/internal/fax"
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
	wayOut
	Once bool `help:"One tick, a minute at most, instead of until nothing waits that may leave within minutes."`
}

// Run sends until nothing waits that may leave within minutes, or ctx is done.
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
	s := steering{ledger: l, campaigns: usable(env)}
	mails, err := c.openWayOut(ctx, s)
	if err != nil {
		return err
	}
	defer mails.close()
	return c.deliver(ctx, env, s, &outbox.Deliverer{
		Outbox:    &outbox.Outbox{Ledger: l, Mailer: mails.mailer, Now: env.Now, Log: env.calmLog()},
		Ledger:    l,
		Campaigns: campaign.Open(env.Files),
		Keys:      keys,
		Fax:       fax.Set,
	})
}

// openWayOut opens how mail leaves. What this machine's ledger remembers of it is no deployment's business, whose mail always leaves.
func (c *deliverCommand) openWayOut(ctx context.Context, s steering) (mails, error) {
	if c.remote() {
		return openMailer(c.SMTP, c.Data)
	}
	if err := c.mayCapture(ctx, s.ledger); err != nil {
		return mails{}, err
	}
	if err := c.sparesLive(ctx, s.ledger, s.campaigns); err != nil {
		return mails{}, err
	}
	out, err := openMailer(c.SMTP, c.Data)
	if err != nil {
		return mails{}, err
	}
	if err := c.remember(ctx, s.ledger); err != nil {
		out.close()
		return mails{}, err
	}
	return out, nil
}

func (c *deliverCommand) deliver(ctx context.Context, env Env, s steering, d *outbox.Deliverer) (err error) {
	_, _ = fmt.Fprintf(env.Stdout, "Sending what waits in the ledger of %s, %s.\n", c.whose(), c.way(c.Data))
	shown := &progress{out: env.Stdout, terminal: isTerminal(env.Stdout)}
	defer shown.end()
	ticking(ctx, d, func(r outbox.Report, tickErr error) (goOn bool) {
		err = nil
		if why := standstill(r, tickErr); why != "" {
			err = errors.New(why)
		}
		last := c.Once || tickErr != nil && !passing(tickErr)
		if err == nil || !last { // the last one's error is told by who called
			shown.show("%s", described(r, err))
		}
		if last || tickErr != nil {
			return !last
		}
		var end string
		goOn, end, err = further(ctx, s, r, env.Now())
		if end != "" {
			shown.end()
			shown.show("%s", end)
		}
		return goOn
	})
	return err
}

// further decides after a tick whether there will be something for the next ones to do; if not, end says what stays.
func further(ctx context.Context, s steering, r outbox.Report, now time.Time) (goOn bool, end string, err error) {
	if r.Stepped > 0 || r.Sent > 0 && left(r) > 0 { // what stepped down may not have waited before
		return true, "", nil
	}
	if r.Skipped == "" && left(r) == 0 {
		return false, "", brokenOff(r)
	}
	err = s.load(ctx, s.campaigns)
	if err == nil {
		err = s.faxed(ctx, now)
	}
	switch {
	case err != nil && passing(err):
		return true, "", nil
	case err != nil:
		return false, "", err
	}
	rest := s.stock(now)
	if r.Skipped == "" {
		rest.wayless += max(0, left(r)-rest.all()) // of campaigns that the files have no more
	}
	if rest.soon > 0 {
		return true, "", nil
	}
	return false, rest.String(), brokenOff(r)
}

// brokenOff is an error for queues that the last tick could not go through.
func brokenOff(r outbox.Report) error {
	if r.Broken == 0 {
		return nil
	}
	return errors.New("not everything could be gone through; the log says why")
}

// passing says whether a tick's error may pass by itself: the database was busy, slow or broken. No other tick will find a table that is
// not there, or be allowed what this one was not.
func passing(err error) bool {
	var wait net.Error
	var answer *smithyhttp.ResponseError
	return errors.Is(err, ledger.ErrBusy) || errors.Is(err, context.DeadlineExceeded) || errors.As(err, &wait) && wait.Timeout() ||
		errors.As(err, &answer) && answer.HTTPStatusCode() >= http.StatusInternalServerError
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
	add(r.Held, "held, because they could not be composed or their day is over")
	add(r.Unknown, "unknown")
	add(r.Later, "put back")
	add(r.Stepped, "gone on by a channel below the suspended one, for the next round")
	add(left(r), "wait for their hour, their pace or their turn")
	add(r.Stopped, "targets stopped by an organizer, a suspension or a breaker")
	add(r.Spent, "fax numbers for which no fax is left of the day")
	add(r.Wayless, "without a way in the files")
	add(r.Broken, "not gone through, see the log")
	if err != nil {
		parts = append(parts, err.Error())
	}
	return strings.Join(parts, ", ")
}
