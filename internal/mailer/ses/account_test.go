package ses_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"

	"one-click-protest/internal/mailer"
	"one-click-protest/internal/mailer/mailertest"
	"one-click-protest/internal/mailer/ses"
)

func TestAllowance(t *testing.T) {
	healthy := func(change func(*mailertest.SESAccount)) mailertest.SESAccount {
		a := mailertest.SESAccount{Max24HourSend: 50_000, MaxSendRate: 14, Sent: 49_000, EnforcementStatus: "HEALTHY"}
		change(&a)
		return a
	}
	tests := []struct {
		name    string
		account mailertest.SESAccount
		want    mailer.Allowance
	}{
		{"healthy", healthy(func(*mailertest.SESAccount) {}), mailer.Allowance{PerSecond: 14, Left: 1000}},
		{"unlimited", healthy(func(a *mailertest.SESAccount) { a.Max24HourSend = -1 }), mailer.Allowance{PerSecond: 14, Left: -1}},
		{"used up", healthy(func(a *mailertest.SESAccount) { a.Sent = 50_000 }), mailer.Allowance{PerSecond: 14}},
		{"more than used up", healthy(func(a *mailertest.SESAccount) { a.Sent = 60_000 }), mailer.Allowance{PerSecond: 14}},
		{"part of a mail", healthy(func(a *mailertest.SESAccount) { a.Sent = 49_999.5 }), mailer.Allowance{PerSecond: 14}},
		{"quota beyond counting", healthy(func(a *mailertest.SESAccount) { a.Max24HourSend = 1e300 }), mailer.Allowance{PerSecond: 14, Left: 1<<31 - 1}},
		{"sandbox", mailertest.SESAccount{Max24HourSend: 200, MaxSendRate: 1, EnforcementStatus: "HEALTHY", Sandbox: true}, mailer.Allowance{PerSecond: 1, Left: 200}},
		{"slow", healthy(func(a *mailertest.SESAccount) { a.MaxSendRate = 0.5 }), mailer.Allowance{PerSecond: 0.5, Left: 1000}},
		{"rate of -1", healthy(func(a *mailertest.SESAccount) { a.MaxSendRate = -1 }), mailer.Allowance{Left: 1000}},
		{"probation", healthy(func(a *mailertest.SESAccount) { a.EnforcementStatus = "PROBATION" }), mailer.Allowance{PerSecond: 14, Left: 1000}},
		{"shutdown", healthy(func(a *mailertest.SESAccount) { a.EnforcementStatus = "SHUTDOWN" }), mailer.Allowance{PerSecond: 14, Left: 1000, Halted: "AccountShutdown"}},
		{"disabled", healthy(func(a *mailertest.SESAccount) { a.Disabled = true }), mailer.Allowance{PerSecond: 14, Left: 1000, Halted: "SendingDisabled"}},
		{"no rate", healthy(func(a *mailertest.SESAccount) { a.MaxSendRate = 0 }), mailer.Allowance{Left: 1000, Halted: "NoSendingRate"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			end := mailertest.NewSES(t)
			end.SetAccount(test.account)
			got, err := ses.New(ses.NewClient(account(), end.URL, nil), config()).Allowance(t.Context())
			if err != nil || got != test.want {
				t.Errorf("got %+v, %v; want %+v", got, err, test.want)
			}
			if end.Asked() != 1 || end.Requests() != 0 {
				t.Errorf("%d calls of GetAccount and %d others, want 1 and none", end.Asked(), end.Requests())
			}
		})
	}
}

// silentAccount never answers.
func silentAccount(_ http.ResponseWriter, r *mailertest.Request) { <-r.Context().Done() }

// A failed question is asked once, and never reads as an allowance.
func TestAllowanceFails(t *testing.T) {
	body := func(text string) mailertest.Answer {
		return func(w http.ResponseWriter, _ *mailertest.Request) { _, _ = w.Write([]byte(text)) }
	}
	tests := map[string]struct {
		answer mailertest.Answer
		want   error // nil for any
	}{
		"500":          {answer: mailertest.HTML(500)},
		"429":          {answer: mailertest.HTML(429)},
		"302":          {answer: mailertest.Redirect(302, "/v2/email/account")},
		"HTML 200":     {answer: mailertest.HTML(200)},
		"closed":       {answer: mailertest.CloseUnread()},
		"empty object": {body(`{}`), ses.ErrNoQuota},
		"no quota":     {body(`{"SendingEnabled":true,"SendQuota":null}`), ses.ErrNoQuota},
		"no number":    {body(`{"SendingEnabled":true,"SendQuota":{"Max24HourSend":"NaN","MaxSendRate":1}}`), ses.ErrNoQuota},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			end := mailertest.NewSES(t)
			end.ScriptAccount(test.answer)
			got, err := ses.New(ses.NewClient(account(), end.URL, nil), config()).Allowance(t.Context())
			if err == nil || test.want != nil && !errors.Is(err, test.want) || got != (mailer.Allowance{}) {
				t.Errorf("got %+v, %v; want %v", got, err, test.want)
			}
			if end.Asked() != 1 {
				t.Errorf("asked %d times, want once", end.Asked())
			}
		})
	}
}

// A client that retries by itself doesn't here either: SES answers this question once a second.
func TestForeignClientAsksOnce(t *testing.T) {
	end := mailertest.NewSES(t)
	client := sesv2.NewFromConfig(account(), func(o *sesv2.Options) { o.BaseEndpoint = aws.String(end.URL) })
	end.ScriptAccount(mailertest.HTML(500))
	if got, err := ses.New(client, config()).Allowance(t.Context()); err == nil || end.Asked() != 1 {
		t.Errorf("got %+v, %v after %d calls; want an error after 1", got, err, end.Asked())
	}
}

// What the endpoint refuses by its account comes out as the outcome that the outbox acts on.
func TestEnforcedAccount(t *testing.T) {
	tests := []struct {
		name    string
		account mailertest.SESAccount
		want    mailer.Result
	}{
		{"quota", mailertest.SESAccount{Max24HourSend: 1, MaxSendRate: 10}, mailer.Result{Outcome: mailer.Halt, Reason: "LimitExceededException"}},
		{"rate", mailertest.SESAccount{Max24HourSend: -1, MaxSendRate: 1}, mailer.Result{Outcome: mailer.Later, Reason: "TooManyRequestsException"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			end := mailertest.NewSES(t)
			test.account.Enforce, test.account.Now = true, func() time.Time { return time.Unix(0, 0) }
			end.SetAccount(test.account)
			m := ses.New(ses.NewClient(account(), end.URL, nil), config())
			if got := m.Send(t.Context(), mailertest.Letter()); got.Outcome != mailer.Accepted {
				t.Fatalf("first: %v", got)
			}
			if got := m.Send(t.Context(), mailertest.Letter()); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
			if n := len(end.Mails()); n != 1 {
				t.Errorf("%d mails taken, want 1", n)
			}
		})
	}
}
