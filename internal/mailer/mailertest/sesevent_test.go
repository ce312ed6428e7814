package mailertest_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"one-click-protest/internal/mailer"
	"one-click-protest/internal/mailer/mailertest"
	"one-click-protest/internal/mailer/ses"
)

func newMailer(end *mailertest.SES) *ses.Mailer {
	cfg := aws.Config{Region: "eu-central-1", Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", "")}
	return ses.New(ses.NewClient(cfg, end.URL, nil), ses.Config{LettersSet: "letters", SignersSet: "signers", Timeout: 20 * time.Second})
}

// Round trip: what was sent, reported and read back is what became of it.
func TestSESEvent(t *testing.T) {
	tests := []struct {
		name  string
		event mailertest.SESEvent
		want  mailer.Event
	}{
		{"send", mailertest.SESEvent{Type: "Send"}, mailer.Event{Kind: mailer.Sent}},
		{"delivery", mailertest.SESEvent{Type: "Delivery"}, mailer.Event{Kind: mailer.Delivered}},
		{"delay", mailertest.SESEvent{Type: "DeliveryDelay"}, mailer.Event{Kind: mailer.Delayed, Reason: "TransientCommunicationFailure"}},
		{"delay by policy", mailertest.SESEvent{Type: "DeliveryDelay", Cause: "General", Status: "4.7.28"}, mailer.Event{Kind: mailer.Delayed, Reason: "General", Policy: true}},
		{"bounce", mailertest.SESEvent{Type: "Bounce"}, mailer.Event{Kind: mailer.Bounced, Reason: "Permanent/General", Permanent: true}},
		{"bounce by policy", mailertest.SESEvent{Type: "Bounce", Status: "5.2.121"}, mailer.Event{Kind: mailer.Bounced, Reason: "Permanent/General", Policy: true}},
		{"full", mailertest.SESEvent{Type: "Bounce", Cause: "Transient/MailboxFull"}, mailer.Event{Kind: mailer.Bounced, Reason: "Transient/MailboxFull"}},
		{"out of office", mailertest.SESEvent{Type: "Bounce", Cause: "Transient/General"}, mailer.Event{Kind: mailer.Sent, Reason: "Transient/General"}},
		{"suppressed", mailertest.SESEvent{Type: "Bounce", Cause: "Permanent/OnAccountSuppressionList"}, mailer.Event{Kind: mailer.Bounced, Reason: "Permanent/OnAccountSuppressionList", Permanent: true, Suppressed: true}},
		{"complaint", mailertest.SESEvent{Type: "Complaint"}, mailer.Event{Kind: mailer.Complained, Reason: "abuse"}},
		{"suppressed complaint", mailertest.SESEvent{Type: "Complaint", Cause: "OnAccountSuppressionList"}, mailer.Event{Kind: mailer.Complained, Reason: "OnAccountSuppressionList", Suppressed: true}},
		{"reject", mailertest.SESEvent{Type: "Reject"}, mailer.Event{Kind: mailer.Bounced, Reason: "Reject", Permanent: true}},
	}
	end := mailertest.NewSES(t)
	if got := newMailer(end).Send(t.Context(), mailertest.Letter()); got.Outcome != mailer.Accepted {
		t.Fatal(got)
	}
	sent := end.Mails()[0]
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.want.Delivery, test.want.Domain = "3f2a_cn-de-1_1", "mission.example"
			body := sent.Event(test.event)
			bare, err := ses.ParseEvent(body)
			if diff := cmp.Diff(test.want, bare, cmpopts.IgnoreFields(mailer.Event{}, "ID")); err != nil || diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
			if wrapped, err := ses.ParseEvent(mailertest.Notification(body)); err != nil || wrapped != bare {
				t.Errorf("in a notification: %+v, %v", wrapped, err)
			}
			if again := sent.Event(test.event); string(again) != string(body) {
				t.Error("the same event was made differently")
			}
			test.event.At = time.Date(2007, 12, 3, 0, 0, 0, 0, time.UTC)
			if later, err := ses.ParseEvent(sent.Event(test.event)); err != nil || later.ID == bare.ID {
				t.Errorf("a later event has the same id (%v)", err)
			}
		})
	}
}

// The records carry the copies that SES's carry: a reader that keeps them is found out.
func TestSESEventCopiesHeaders(t *testing.T) {
	m := mailertest.SESMail{From: "Ann via P <a@b.example>", ReplyTo: []string{"ann@c.example"}, To: []string{"x@d.example"}, Subject: "Appeal"}
	var record struct {
		Mail struct {
			Headers       []mailer.Tag
			CommonHeaders struct {
				From, ReplyTo, To []string
				Subject           string
			}
		}
	}
	if err := json.Unmarshal(m.Event(mailertest.SESEvent{Type: "Send"}), &record); err != nil {
		t.Fatal(err)
	}
	c := record.Mail.CommonHeaders
	got := []string{c.From[0], c.ReplyTo[0], c.To[0], c.Subject, record.Mail.Headers[1].Value}
	if diff := cmp.Diff([]string{m.From, "ann@c.example", "x@d.example", "Appeal", "ann@c.example"}, got); diff != "" {
		t.Error(diff)
	}
}

// Of parallel mails no more than the quota are taken, and the answers agree with what was taken.
func TestSESQuotaHoldsInParallel(t *testing.T) {
	end := mailertest.NewSES(t)
	a := mailertest.Unlimited()
	a.Max24HourSend, a.Sent, a.Enforce = 10, 3, true
	end.SetAccount(a)
	m := newMailer(end)
	results := make(chan mailer.Result)
	for range 20 {
		go func() { results <- m.Send(t.Context(), mailertest.Letter()) }()
	}
	count := map[mailer.Outcome]int{}
	for range 20 {
		count[(<-results).Outcome]++
	}
	if diff := cmp.Diff(map[mailer.Outcome]int{mailer.Accepted: 7, mailer.Halt: 13}, count); diff != "" {
		t.Error(diff)
	}
	if n := len(end.Mails()); n != 7 {
		t.Errorf("%d mails taken, want 7", n)
	}
	if got, err := m.Allowance(t.Context()); err != nil || got.Left != 0 {
		t.Errorf("got %+v, %v; want none left", got, err)
	}
}

func TestSESRefusesByAccount(t *testing.T) {
	tests := []struct {
		name   string
		change func(*mailertest.SESAccount)
		want   mailer.Result
	}{
		{"disabled", func(a *mailertest.SESAccount) { a.Disabled = true }, mailer.Result{Outcome: mailer.Halt, Reason: "SendingPausedException"}},
		{"shutdown", func(a *mailertest.SESAccount) { a.EnforcementStatus = "SHUTDOWN" }, mailer.Result{Outcome: mailer.Halt, Reason: "AccountSuspendedException"}},
		{"not enforced", func(a *mailertest.SESAccount) { a.Disabled, a.Enforce = true, false }, mailer.Result{Outcome: mailer.Accepted}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			end := mailertest.NewSES(t)
			a := mailertest.Unlimited()
			a.Enforce = true
			test.change(&a)
			end.SetAccount(a)
			if got := newMailer(end).Send(t.Context(), mailertest.Letter()); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

// The rate is a bucket of one second's mails that fills with the endpoint's clock.
func TestSESRate(t *testing.T) {
	end := mailertest.NewSES(t)
	now := time.Unix(0, 0)
	a := mailertest.Unlimited()
	a.MaxSendRate, a.Enforce, a.Now = 2, true, func() time.Time { return now }
	end.SetAccount(a)
	m := newMailer(end)
	var got []mailer.Outcome
	for _, step := range []time.Duration{0, 0, 0, 499 * time.Millisecond, time.Millisecond, 0, time.Hour, 0, 0} {
		now = now.Add(step)
		got = append(got, m.Send(t.Context(), mailertest.Letter()).Outcome)
	}
	want := []mailer.Outcome{
		mailer.Accepted, mailer.Accepted, mailer.Later, mailer.Later, mailer.Accepted, mailer.Later, mailer.Accepted, mailer.Accepted, mailer.Later,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// GetAccount uses up no scripted answer of SendEmail, and wants a signature.
func TestSESAccountAside(t *testing.T) {
	end := mailertest.NewSES(t)
	end.Script(mailertest.Refuse(429, "TooManyRequestsException", ""))
	m := newMailer(end)
	if _, err := m.Allowance(t.Context()); err != nil {
		t.Error(err)
	}
	if got := m.Send(t.Context(), mailertest.Letter()); got.Outcome != mailer.Later {
		t.Errorf("got %v, want the scripted answer", got)
	}
	answer, err := http.Get(end.URL + "/v2/email/account")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusForbidden || end.Asked() != 2 || end.Requests() != 1 {
		t.Errorf("unsigned: %d after %d calls and %d mails", answer.StatusCode, end.Asked(), end.Requests())
	}
}

// What Mails answered stays as it was, and costs the same however many there are.
func TestSESMails(t *testing.T) {
	end := mailertest.NewSES(t)
	end.Slim()
	m := newMailer(end)
	letter := mailertest.Letter()
	letter.Attachments = mailertest.Fax().Attachments
	const n = 300
	for range n {
		m.Send(t.Context(), letter)
	}
	before := end.Mails()
	m.Send(t.Context(), mailertest.Letter())
	_ = append(before, mailertest.SESMail{Subject: "mine"})
	after := end.Mails()
	if len(before) != n || len(after) != n+1 || after[n].Subject == "mine" {
		t.Errorf("%d and then %d mails, the last %q", len(before), len(after), after[n].Subject)
	}
	if after[0].Text != "" || after[0].HTML != "" || after[0].Attachments != nil || !strings.HasPrefix(after[0].MessageID, "0100018c") {
		t.Errorf("kept %+v", after[0])
	}
	if allocs := testing.AllocsPerRun(10, func() { _ = end.Mails() }); allocs > 0 {
		t.Errorf("%v allocations for a look at the mails", allocs)
	}
}
