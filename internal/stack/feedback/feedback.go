// Package feedback wires the function that takes what SES tells of the mail it took.
package feedback

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"one-click-protest/internal/ledger/dynamo"
	"one-click-protest/internal/mailer"
	"one-click-protest/internal/mailer/ses"
	"one-click-protest/internal/outbox"
	"one-click-protest/internal/stack"
)

// reserve is what is kept back of an invocation's time, so that it still answers which messages must come again: cut off, all
// of them would.
const reserve = time.Second

// Handler answers the handler of the queue's messages. It writes a line of metrics to out for each batch.
func Handler(c stack.Config, log *slog.Logger, out io.Writer) func(context.Context, events.SQSEvent) (events.SQSEventResponse, error) {
	f := &outbox.Feedback{
		Ledger: dynamo.New(stack.DynamoDB(c), c.LedgerTable, c.PrivateTable),
		Alert:  newAlerts(c).tell,
		Log:    log,
	}
	return Queue{Take: f.Take, Metrics: &stack.Metrics{Stack: c.Stack, Out: out}, Log: log}.Handle
}

// Queue hands the events in a batch of messages on, and answers which messages must come again. Messages hold copies of mail headers,
// with signers' names and addresses: nothing of one is logged but its id in the queue.
type Queue struct {
	Take    func(context.Context, []mailer.Event) []error // as [outbox.Feedback.Take]
	Metrics *stack.Metrics
	Log     *slog.Logger
}

// Handle is the handler. Its error is always nil: one would make the whole batch come again.
func (q Queue) Handle(ctx context.Context, in events.SQSEvent) (events.SQSEventResponse, error) {
	ctx, cancel := early(ctx)
	defer cancel()
	b := batch{Queue: q}
	for _, m := range in.Records {
		b.read(ctx, m)
	}
	for i, err := range q.Take(ctx, b.events) {
		if err != nil {
			q.Log.ErrorContext(ctx, "event not taken", "id", b.ids[i], "error", err)
			b.again(b.ids[i])
			continue
		}
		b.count(b.events[i])
	}
	if err := q.Metrics.Write(b.metrics()...); err != nil {
		q.Log.ErrorContext(ctx, "no metrics", "error", err)
	}
	return b.response, nil
}

func early(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, deadline.Add(-reserve))
}

type batch struct {
	Queue
	events   []mailer.Event
	ids      []string // of the message that each event came in
	response events.SQSEventResponse

	delivered, delayed, bounced, complained, suppressed, dropped int
}

// read takes the event out of a message. A message that should be one and is not comes again until it lands in the dead letter queue,
// for a person to look at.
func (b *batch) read(ctx context.Context, m events.SQSMessage) {
	e, err := ses.ParseEvent([]byte(m.Body))
	switch {
	case errors.Is(err, ses.ErrNotEvent):
		b.dropped++
		b.Log.InfoContext(ctx, "message dropped: no event of our mail", "id", m.MessageId)
	case err != nil:
		b.Log.ErrorContext(ctx, "message not read", "id", m.MessageId)
		b.again(m.MessageId)
	default:
		b.events, b.ids = append(b.events, e), append(b.ids, m.MessageId)
	}
}

func (b *batch) again(id string) {
	b.response.BatchItemFailures = append(b.response.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: id})
}

func (b *batch) count(e mailer.Event) {
	switch e.Kind {
	case mailer.Delivered:
		b.delivered++
	case mailer.Delayed:
		b.delayed++
	case mailer.Bounced:
		b.bounced++
	case mailer.Complained:
		b.complained++
	}
	if e.Suppressed {
		b.suppressed++
	}
}

func (b *batch) metrics() (all []stack.Metric) {
	for _, n := range []struct {
		name  string
		value int
	}{
		{"Delivered", b.delivered}, {"Bounced", b.bounced}, {"Complained", b.complained}, {"Delayed", b.delayed},
		{"Suppressed", b.suppressed}, {"Dropped", b.dropped},
	} {
		all = append(all, stack.Metric{Name: n.name, Value: float64(n.value)})
	}
	return all
}
