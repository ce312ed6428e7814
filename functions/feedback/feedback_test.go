// Package main_test drives the real bootstrap as Lambda does, messages of the queue through the Runtime API, beside the real
// bootstrap of web whose letters the events are about.
package main_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"one-click-protest/internal/ledger"
	"one-click-protest/internal/mailer/mailertest"
	"one-click-protest/internal/stack/runtimetest"
	"one-click-protest/internal/stack/stacktest"
)

const (
	slug  = "protest-day-2007"
	scope = slug + "-TEST"
)

// The bootstraps are built once.
func TestFeedback(t *testing.T) {
	feedback, web := runtimetest.Build(t, "one-click-protest/functions/feedback"), runtimetest.Build(t, "one-click-protest/functions/web")
	for name, test := range map[string]func(*testing.T, *cloud){"events settle": eventsSettle, "suspension is told": suspensionIsTold} {
		t.Run(name, func(t *testing.T) {
			c := &cloud{Cloud: stacktest.New(t)}
			c.web, c.feedback = c.Start(t, web), c.Start(t, feedback)
			test(t, c)
		})
	}
}

type cloud struct {
	*stacktest.Cloud
	web, feedback *runtimetest.Function
}

// letters has so many signed, and answers the mails.
func (c *cloud) letters(t *testing.T, n int) []mailertest.SESMail {
	t.Helper()
	for i := range n {
		body := fmt.Sprintf(`{"name":"Zoltan Quibble","email":"zq%d@example.com","country":"US","language":"en","consent":"2007-11-01"}`, i)
		r := httptest.NewRequest("POST", stacktest.PublicURL+"/v1/campaigns/"+slug+"/actions", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		if a := c.web.Do(t, r); a.StatusCode != http.StatusAccepted {
			t.Fatalf("submission: status %d", a.StatusCode)
		}
	}
	mails := c.SES.Mails()
	if len(mails) != n {
		t.Fatalf("%d mails of %d letters", len(mails), n)
	}
	return mails
}

// tell hands the function a batch that has something to count, and answers the messages that must come again and the metrics.
func (c *cloud) tell(t *testing.T, bodies ...string) (again []string, metrics map[string]float64) {
	t.Helper()
	var in events.SQSEvent
	for i, body := range bodies {
		in.Records = append(in.Records, events.SQSMessage{MessageId: fmt.Sprint("message-", i), Body: body, EventSource: "aws:sqs"})
	}
	event, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	before := len(stacktest.Metrics(t, c.feedback.Log(), stacktest.StackName))
	answer, err := c.feedback.Invoke(event)
	if err != nil {
		t.Fatal(err)
	}
	var response events.SQSEventResponse
	if err := json.Unmarshal(answer, &response); err != nil {
		t.Fatal(err)
	}
	for _, f := range response.BatchItemFailures {
		again = append(again, f.ItemIdentifier)
	}
	return again, stacktest.Await(t, c.feedback, before+1)[before]
}

func event(m mailertest.SESMail, kind string) string {
	return string(m.Event(mailertest.SESEvent{Type: kind}))
}

// Events settle letters, late, twice and out of order; what is none is dropped, what cannot be read comes again.
func eventsSettle(t *testing.T, c *cloud) {
	m := c.letters(t, 3)
	again, metrics := c.tell(t, event(m[0], "Delivery"), "Successfully validated SNS topic for Amazon SES event publishing.",
		event(m[0], "Send"), `{"eventType": "Bounce", "mail": {"source": "Zoltan`, event(m[1], "Bounce"))
	if diff := cmp.Diff([]string{"message-3"}, again); diff != "" {
		t.Errorf("come again (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]float64{"Delivered": 1, "Bounced": 1, "Dropped": 1}, metrics); diff != "" {
		t.Errorf("metrics (-want +got):\n%s", diff)
	}
	c.tell(t, event(m[0], "Delivery"), event(m[1], "Send"))
	for state, want := range map[ledger.State]int{ledger.StateDelivered: 1, ledger.StateBounced: 1, ledger.StateSent: 1} {
		if n := c.Letters(t, scope, state); n != want {
			t.Errorf("%d letters %s, want %d", n, state, want)
		}
	}
	again, metrics = c.tell(t, event(m[0], "Complaint"))
	if c.Letters(t, scope, ledger.StateComplained) != 1 || again != nil || metrics["Complained"] != 1 {
		t.Errorf("complaint: again %v, metrics %v", again, metrics)
	}
	c.wantNoSigner(t)
}

// Three letters given back suspend the target, once, and tell the organizers what they can do.
func suspensionIsTold(t *testing.T, c *cloud) {
	var bounces []string
	for _, m := range c.letters(t, 4) {
		bounces = append(bounces, event(m, "Bounce"))
	}
	c.tell(t, bounces[:3]...)
	c.tell(t, bounces...)
	told := 0
	for _, a := range c.Topic.Alerts() { // of a house that sent four letters, three are also too many for the account
		command := "go run ./functions/local resume " + slug + " cn-us-washington-dc --ledger dynamo:" + c.Env["PROTEST_LEDGER_TABLE"]
		if a.Topic == c.Env["PROTEST_ALERT_TOPIC"] && a.Subject == "Letters to cn-us-washington-dc are suspended" && strings.Contains(a.Text, command) {
			told++
		}
	}
	if told != 1 {
		t.Errorf("told %d times, want once: %v", told, c.Topic.Alerts())
	}
	control, err := ledger.ReadControl(t.Context(), c.Ledger, scope)
	if err != nil || len(control.Suspended) != 1 || !control.Suspended[0].Alerted {
		t.Errorf("control %+v, %v", control, err)
	}
	c.wantNoSigner(t)
}

// wantNoSigner looks for what the events' headers and the letters hold.
func (c *cloud) wantNoSigner(t *testing.T) {
	t.Helper()
	said := c.feedback.Log() + fmt.Sprint(c.Topic.Alerts())
	for _, word := range []string{"Quibble", "Zoltan", "zq0", "example.com", "testers", "user unknown"} {
		if strings.Contains(said, word) {
			t.Errorf("%q is told:\n%s", word, said)
		}
	}
}
