package desk

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"one-click-protest/internal/ledger"
	"one-click-protest/internal/mailer"
	"one-click-protest/internal/outbox"
)

// queues is an SQS with the queue of events and that of those given up, each with so many messages, and so many that somebody is
// reading; and the flags that name them.
func queues(t *testing.T, events, dead [2]int) (flags []string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var asked struct{ QueueUrl string }
		if err := json.NewDecoder(r.Body).Decode(&asked); err != nil || r.Header.Get("X-Amz-Target") != "AmazonSQS.GetQueueAttributes" {
			t.Errorf("asked for %s, %v", r.Header.Get("X-Amz-Target"), err)
		}
		n := map[string][2]int{"/1/events": events, "/1/dead": dead}[asked.QueueUrl[strings.LastIndex(asked.QueueUrl, "/1/"):]]
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		_ = json.NewEncoder(w).Encode(map[string]any{"Attributes": map[string]string{
			"ApproximateNumberOfMessages": fmt.Sprint(n[0]), "ApproximateNumberOfMessagesNotVisible": fmt.Sprint(n[1]),
		}})
	}))
	t.Cleanup(server.Close)
	t.Setenv("AWS_ENDPOINT_URL_SQS", server.URL)
	return []string{"--events", server.URL + "/1/events", "--dlq", server.URL + "/1/dead"}
}

// Unknown letters go again once no event can tell of them, as attempts of their own; until then none does.
func TestResend(t *testing.T) {
	eachLedger(t, func(t *testing.T, d *depot) {
		d.sign(t, mailer.Unknown, mailer.Unknown, mailer.Accepted)
		d.now = d.now.Add(13 * time.Hour)
		d.same(t, func() {
			has(t, d.run(t, ok, "resend", "--unknown", slug), "2 unknown", "2 left: the provider may still tell", "14 hours")
		})
		d.now = noon.Add(3 * 24 * time.Hour)
		d.same(t, func() { has(t, d.run(t, ok, "resend", "--unknown", slug, "--dry-run"), "2 would be queued again") })
		has(t, d.run(t, ok, "resend", "--unknown", slug, embassy), embassy, "2 queued again")
		has(t, d.run(t, ok, "resend", "--unknown", slug), "0 unknown")
		has(t, d.run(t, ok, "deliver", "--once"), "2 sent")
		again := 0
		for _, v := range d.deliveries(t) {
			if v.Attempt == 2 && v.State == ledger.StateSent {
				again++
			}
		}
		if again != 2 || len(d.smtp.Mails()) != 2 {
			t.Errorf("%d second attempts, %d mails", again, len(d.smtp.Mails()))
		}
	})
}

// While the queue of events, or that of those given up, holds one, read or not, nothing is resent.
func TestResendAsksTheQueues(t *testing.T) {
	d := deployed(t)
	d.sign(t, mailer.Unknown)
	d.now = noon.Add(3 * 24 * time.Hour)
	for _, n := range [][2]int{{1, 0}, {0, 2}} {
		d.queues = queues(t, n, [2]int{})
		d.same(t, func() { has(t, d.run(t, failed, "resend", "--unknown", slug), "the event queue holds", "wait until") })
		d.queues = queues(t, [2]int{}, n)
		d.same(t, func() {
			has(t, d.run(t, failed, "resend", "--unknown", slug), "the dead letter queue holds", "have them taken")
		})
	}
	d.queues = []string{"--events", "http://127.0.0.1:1/1/events", "--dlq", "http://127.0.0.1:1/1/dead"}
	t.Setenv("AWS_ENDPOINT_URL_SQS", "http://127.0.0.1:1")
	d.same(t, func() { has(t, d.run(t, failed, "resend", "--unknown", slug), "event queue") })
	d.queues = queues(t, [2]int{}, [2]int{})
	has(t, d.run(t, ok, "resend", "--unknown", slug), "1 queued again")
}

// Each flag takes its own state, and a letter that was refused for good only with a word more.
func TestRetry(t *testing.T) {
	for _, tc := range []struct {
		outcome mailer.Outcome
		to      ledger.State // moved there by an event
		reason  string
		flags   string
		want    string
		attempt int // 0: it stays
	}{
		{outcome: mailer.Refused, flags: "--failed", want: "1 queued again", attempt: 2},
		{outcome: mailer.Accepted, to: ledger.StateBounced, reason: "Transient-MailboxFull", flags: "--bounced", want: "1 queued again", attempt: 2},
		{outcome: mailer.Accepted, to: ledger.StateBounced, reason: "Permanent-General", flags: "--bounced", want: "1 left: refused for good"},
		{outcome: mailer.Accepted, to: ledger.StateBounced, reason: "Permanent-General", flags: "--bounced --permanent", want: "1 queued again", attempt: 2},
		{outcome: mailer.Later, to: ledger.StateHeld, reason: "letter-changed", flags: "--held", want: "1 queued again", attempt: 1},
		{outcome: mailer.Accepted, flags: "--bounced", want: "0 bounced"},
	} {
		t.Run(tc.flags+" "+tc.reason, func(t *testing.T) {
			eachLedger(t, func(t *testing.T, d *depot) {
				d.sign(t, tc.outcome)
				if tc.to != "" {
					d.step(t, map[bool]ledger.State{true: ledger.StateQueued, false: ledger.StateSent}[tc.outcome == mailer.Later], tc.to, tc.reason)
				}
				args := append([]string{"retry", slug}, strings.Fields(tc.flags)...)
				d.same(t, func() { d.run(t, ok, append(args, "--dry-run")...) })
				has(t, d.run(t, ok, args...), tc.want)
				v := d.deliveries(t)[0]
				if queued := v.State == ledger.StateQueued; queued != (tc.attempt > 0) || queued && v.Attempt != tc.attempt {
					t.Errorf("stands at %s, attempt %d", v.State, v.Attempt)
				}
			})
		})
	}
}

// What cannot be composed any more: unknown letters are given up, others stay what they are.
func TestAgainSaysWhatIsGone(t *testing.T) {
	for _, tc := range []struct {
		a    outbox.Again
		want string
	}{
		{outbox.Again{State: ledger.StateUnknown}, "3 given up as failed: "},
		{outbox.Again{State: ledger.StateUnknown, DryRun: true}, "3 would be given up as failed: "},
		{outbox.Again{State: ledger.StateBounced}, "3 left: what"},
	} {
		var out bytes.Buffer
		printAgain(Env{Stdout: &out}, "x", tc.a, outbox.Counted{Found: 3, Gone: 3})
		has(t, out.String(), tc.want)
	}
}
