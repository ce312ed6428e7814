package feedback_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"one-click-protest/internal/mailer"
	"one-click-protest/internal/mailer/mailertest"
	"one-click-protest/internal/stack"
	"one-click-protest/internal/stack/feedback"
	"one-click-protest/internal/stack/stacktest"
)

// taker stands for the outbox: it keeps what it is given, and refuses events of some deliveries.
type taker struct {
	events   []mailer.Event
	refuses  string
	deadline time.Time
}

func (k *taker) take(ctx context.Context, all []mailer.Event) []error {
	k.events = all
	k.deadline, _ = ctx.Deadline()
	errs := make([]error, len(all))
	for i, e := range all {
		if strings.Contains(k.refuses, e.Delivery) {
			errs[i] = errors.New("throttled")
		}
	}
	return errs
}

// mail is one with a signer in its headers.
func mail(delivery string) mailertest.SESMail {
	return mailertest.SESMail{
		MessageID: "0100-" + delivery, From: `"Zoltan Quibble" <letters@protest.example>`, To: []string{"embassy@mission.example"},
		ReplyTo: []string{"zq@private.example"}, Subject: "Quibble's letter", Tags: []mailer.Tag{{Name: "delivery", Value: delivery}},
	}
}

func message(id, body string) events.SQSMessage { return events.SQSMessage{MessageId: id, Body: body} }

func of(delivery, kind string) string {
	return string(mail(delivery).Event(mailertest.SESEvent{Type: kind}))
}

func TestQueue(t *testing.T) {
	suppressed := string(mail("c_s_t_6").Event(mailertest.SESEvent{Type: "Bounce", Cause: "Permanent/OnAccountSuppressionList"}))
	in := events.SQSEvent{Records: []events.SQSMessage{
		message("a", of("c_s_t_1", "Send")),
		message("b", `{"eventType":"Bounce","mail":{"source":"Zoltan Quibble`),
		message("c", of("c_s_t_2", "Delivery")),
		message("d", of("c_s_t_3", "Delivery")),
		message("e", "Zoltan Quibble says hello"),
		message("f", of("c_s_t_4", "Open")),
		message("g", of("c_s_t_5", "DeliveryDelay")),
		message("h", suppressed),
		message("i", string(mailertest.Notification([]byte(of("c_s_t_7", "Complaint"))))),
		message("j", ""),
	}}
	var out, log bytes.Buffer
	k := taker{refuses: "c_s_t_3"}
	q := feedback.Queue{Take: k.take, Metrics: &stack.Metrics{Stack: "protest", Out: &out}, Log: stack.Log(&log)}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	answer, err := q.Handle(ctx, in)
	if err != nil {
		t.Fatal(err)
	}

	var again, order []string
	for _, f := range answer.BatchItemFailures {
		again = append(again, f.ItemIdentifier)
	}
	for _, e := range k.events {
		order = append(order, e.Delivery)
	}
	if diff := cmp.Diff([]string{"b", "d"}, again); diff != "" {
		t.Errorf("come again (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"c_s_t_1", "c_s_t_2", "c_s_t_3", "c_s_t_5", "c_s_t_6", "c_s_t_7"}, order); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	want := []map[string]float64{{"Delivered": 1, "Delayed": 1, "Bounced": 1, "Suppressed": 1, "Complained": 1, "Dropped": 3}}
	if diff := cmp.Diff(want, stacktest.Metrics(t, out.String(), "protest")); diff != "" {
		t.Errorf("metrics (-want +got):\n%s", diff)
	}
	if whole, _ := ctx.Deadline(); !k.deadline.Equal(whole.Add(-time.Second)) {
		t.Errorf("no time is left to answer in: %v of %v", k.deadline, whole)
	}
	for _, word := range []string{"Quibble", "Zoltan", "example", "hello", "c_s_t"} {
		if strings.Contains(log.String()+out.String(), word) {
			t.Errorf("%q of a message is told:\n%s%s", word, log.String(), out.String())
		}
	}
	for _, id := range []string{`"b"`, `"d"`} {
		if !strings.Contains(log.String(), id) {
			t.Errorf("the log does not name message %s", id)
		}
	}
}

// A queue that cannot write metrics still settles; an empty batch is none.
func TestQueueWithoutMetrics(t *testing.T) {
	var log bytes.Buffer
	k := taker{}
	q := feedback.Queue{Take: k.take, Metrics: &stack.Metrics{Stack: "protest", Out: closed{}}, Log: stack.Log(&log)}
	answer, err := q.Handle(t.Context(), events.SQSEvent{Records: []events.SQSMessage{message("a", of("c_s_t_1", "Delivery"))}})
	if err != nil || answer.BatchItemFailures != nil || !strings.Contains(log.String(), "no metrics") {
		t.Errorf("%+v, %v; log %s", answer, err, log.String())
	}
	if answer, err = q.Handle(t.Context(), events.SQSEvent{}); err != nil || answer.BatchItemFailures != nil {
		t.Errorf("empty batch: %+v, %v", answer, err)
	}
}

type closed struct{}

func (closed) Write([]byte) (int, error) { return 0, errors.New("closed") }
