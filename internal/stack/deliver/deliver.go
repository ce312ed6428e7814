// Package deliver wires the function that runs every minute and sends what is due in the outbox.
package deliver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"one-click-protest/infra"
	"one-click-protest/internal/campaign"
	"one-click-protest/internal/fax"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/ledger/dynamo"
	"one-click-protest/internal/mailer/ses"
	"one-click-protest/internal/outbox"
	"one-click-protest/internal/seal"
	"one-click-protest/internal/stack"
)

// Handler answers the handler of the schedule's events, whose content says nothing. It writes a line of metrics to out for each
// tick that came to its end.
func Handler(ctx context.Context, c stack.Config, log *slog.Logger, out io.Writer) (func(context.Context) error, error) {
	secret, err := stack.Secret(ctx, c)
	if err != nil {
		return nil, err
	}
	keys, err := seal.NewHKDF(secret)
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	records := dynamo.New(stack.DynamoDB(c), c.LedgerTable, c.PrivateTable)
	sender := ses.New(stack.SES(c), ses.Config{LettersSet: c.LettersSet, SignersSet: c.SignersSet})
	d := &outbox.Deliverer{
		Outbox:    &outbox.Outbox{Ledger: records, Mailer: sender, Events: true, Log: log},
		Ledger:    records,
		Campaigns: campaign.Open(infra.Files),
		Keys:      keys,
		Account:   sender,
		Fax:       fax.Set,
	}
	return Reporter{Tick: d.Tick, Metrics: &stack.Metrics{Stack: c.Stack, Out: out}, Log: log}.Handle, nil
}

// Reporter runs a tick and tells what it did.
type Reporter struct {
	Tick    func(context.Context) (outbox.Report, error)
	Metrics *stack.Metrics
	Log     *slog.Logger
}

// Handle is the handler. A ledger that is not adopted is no error of the tick: it has a metric, and so an alarm, of its own, and no
// retry would mend it. Any other error leaves the metric Ticks out, which is an alarm too; Lambda logs it. So does a tick that finds
// another one's lease, or ticks that die while they hold it would be hidden by those between them.
func (r Reporter) Handle(ctx context.Context) error {
	report, err := r.Tick(ctx)
	switch {
	case errors.Is(err, ledger.ErrNotAdopted):
		r.Log.ErrorContext(ctx, "ledger not adopted: nothing is sent", "error", err)
		return r.Metrics.Write(ticks, stack.Metric{Name: "NotAdopted", Value: 1})
	case err != nil:
		return err
	case report.Skipped != "":
		r.Log.InfoContext(ctx, "tick skipped", "reason", report.Skipped)
		return nil
	}
	all := metrics(report)
	r.Log.LogAttrs(ctx, slog.LevelInfo, "tick", attributes(report, all)...)
	return r.Metrics.Write(all...)
}

// ticks counts the ticks that came to their end. Its absence says that nothing is sent.
var ticks = stack.Metric{Name: "Ticks", Value: 1}

func metrics(r outbox.Report) []stack.Metric {
	all := []stack.Metric{
		ticks,
		{Name: "OldestSeconds", Unit: "Seconds", Value: r.Oldest.Truncate(1e9).Seconds()},
	}
	for _, n := range []struct {
		name  string
		value int
	}{
		{"Sent", r.Sent}, {"Confirmed", r.Confirmed}, {"Failed", r.Failed}, {"BecameHeld", r.Held}, {"BecameUnknown", r.Unknown},
		{"Later", r.Later}, {"Queued", r.Queued}, {"Held", r.Helds}, {"Unknown", r.Unknowns}, {"Stopped", r.Stopped},
		{"Wayless", r.Wayless}, {"Broken", r.Broken},
	} {
		all = append(all, stack.Metric{Name: n.name, Value: float64(n.value)})
	}
	if r.Halted != "" {
		all = append(all, stack.Metric{Name: "Halted", Value: 1})
	}
	return all
}

// attributes are the numbers, and the provider's reason.
func attributes(r outbox.Report, all []stack.Metric) []slog.Attr {
	attrs := []slog.Attr{slog.String("halted", r.Halted), slog.Int("Stepped", r.Stepped), slog.Int("FaxesSpent", r.Spent)} // a metric costs by the hour
	for _, m := range all {
		attrs = append(attrs, slog.Int(m.Name, int(m.Value)))
	}
	return attrs
}
