package desk

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"one-click-protest/internal/action"
	"one-click-protest/internal/campaign"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/ledger/dynamo/dynamotest"
	"one-click-protest/internal/mailer"
	"one-click-protest/internal/mailer/mailertest"
	"one-click-protest/internal/outbox"
	"one-click-protest/internal/seal"
)

const (
	slug    = "protest-day-2007"
	scope   = slug + "-TEST"
	embassy = "cn-us-washington-dc" // who signs from the United States writes there
)

// depot is a ledger with letters in it, and the flags by which commands find it.
type depot struct {
	ledger  ledger.Ledger
	keys    seal.Keys
	now     time.Time
	signers int
	smtp    *mailertest.SMTP
	place   []string // flags of every command
	private []string // of those that compose letters; empty on this machine
	secret  []string // of those that need the keys
	files   fs.FS    // nil: those that are shipped
	queues  []string // of those that ask for events
}

// eachLedger runs a test on a ledger of this machine and on a deployment's.
func eachLedger(t *testing.T, test func(t *testing.T, d *depot)) {
	t.Run("sqlite", func(t *testing.T) { test(t, onThisMachine(t, t.TempDir())) })
	t.Run("dynamo", func(t *testing.T) { test(t, deployed(t)) })
}

func onThisMachine(t *testing.T, folder string) *depot {
	t.Helper()
	keys, err := openKeys(folder)
	if err != nil {
		t.Fatal(err)
	}
	l, err := openLedger(folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return &depot{ledger: l, keys: keys, now: noon, smtp: mailertest.NewSMTP(t, mailertest.SMTPOptions{}), place: []string{"--data", folder}}
}

func deployed(t *testing.T) *depot {
	t.Helper()
	local := dynamotest.Open(t)
	shellOf(t, local.URL)
	file := filepath.Join(t.TempDir(), "secret")
	text := strings.Repeat("s3cret", 11)
	if err := os.WriteFile(file, []byte(text+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	keys, err := seal.NewHKDF([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return &depot{
		ledger: local.Records(http.DefaultTransport), keys: keys, now: noon, smtp: mailertest.NewSMTP(t, mailertest.SMTPOptions{}),
		place:   []string{"--ledger", "dynamo:" + local.Ledger},
		private: []string{"--private", local.Private},
		secret:  []string{"--secret", file},
		queues:  queues(t, [2]int{}, [2]int{}),
	}
}

// shellOf sets the AWS settings of an organizer's shell.
func shellOf(t *testing.T, dynamodb string) {
	t.Helper()
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL_DYNAMODB": dynamodb, "AWS_REGION": dynamotest.Region,
		"AWS_ACCESS_KEY_ID": dynamotest.Key, "AWS_SECRET_ACCESS_KEY": dynamotest.Key, "AWS_MAX_ATTEMPTS": "1",
	} {
		t.Setenv(name, value)
	}
}

// service is a process that takes submissions, and whose letters end so; without an outcome all of them leave.
func (d *depot) service(t *testing.T, m mailer.Mailer) *action.Service {
	t.Helper()
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	now := func() time.Time { return d.now }
	return &action.Service{
		Campaigns: campaign.Open(d.env(t).Files), Keys: d.keys, Ledger: d.ledger, PublicURL: "https://protest.example.org", Now: now, Log: quiet,
		Sender: &outbox.Outbox{Ledger: d.ledger, Mailer: m, Events: true, SlotTime: time.Minute, Now: now, Log: quiet},
	}
}

// sign has people take part whose letters end so; without an outcome all of them leave.
func (d *depot) sign(t *testing.T, outcomes ...mailer.Outcome) {
	t.Helper()
	m := &mailertest.Fake{}
	m.Outcomes(outcomes...)
	for range outcomes {
		d.signers++
		sub := action.Submission{Name: "Ann Lee", Email: fmt.Sprintf("signer%d@example.com", d.signers), Country: "US", Consent: "2007-11-01"}
		// Another process each time: one that was told to halt would try no more.
		if _, err := d.service(t, m).Submit(t.Context(), slug, sub); err != nil {
			t.Fatal(err)
		}
	}
}

func (d *depot) env(t *testing.T) Env {
	env := testEnv(t)
	env.Now = func() time.Time { return d.now }
	if d.files != nil {
		env.Files = d.files
	}
	return env
}

// run runs a command on this ledger, wants this exit status, and answers what it printed.
func (d *depot) run(t *testing.T, want int, args ...string) string {
	t.Helper()
	flags := map[string][][]string{
		"resend": {d.private, d.queues}, "retry": {d.private}, "adopt": {d.secret},
		"partners": {d.private, d.secret}, "subscribers": {d.private},
		"deliver": {d.private, d.secret, {"--smtp", "smtp://" + d.smtp.Addr}},
	}[args[0]]
	args = append(args, d.place...)
	for _, f := range flags {
		args = append(args, f...)
	}
	status, out, errs := run(t, d.env(t), args...)
	if status != want {
		t.Fatalf("%v: exit status %d, want %d\n%s%s", args, status, want, out, errs)
	}
	return out + errs
}

// states counts the letters by what their records say.
func (d *depot) states(t *testing.T) map[ledger.State]int {
	t.Helper()
	sums := map[ledger.State]int{}
	for e, err := range d.ledger.Walk(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		if e.Delivery != nil {
			sums[e.Delivery.State]++
		}
	}
	return sums
}

func (d *depot) deliveries(t *testing.T) (all []ledger.Delivery) {
	t.Helper()
	for e, err := range d.ledger.Walk(t.Context(), scope) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Delivery != nil {
			all = append(all, *e.Delivery)
		}
	}
	return all
}

// step moves every delivery that stands somewhere, as an event or another process would.
func (d *depot) step(t *testing.T, from, to ledger.State, reason string) {
	t.Helper()
	for _, v := range d.deliveries(t) {
		if v.State != from {
			continue
		}
		changed, err := d.ledger.Settle(t.Context(), ledger.Settlement{
			ID: v.ID, Attempt: v.Attempt, Channel: v.Channel, Claim: v.Claim, From: from, To: to, At: d.now, Reason: reason, Token: "step " + v.Signer,
		})
		if err != nil || !changed {
			t.Fatalf("%s to %s: %v, %v", from, to, changed, err)
		}
	}
}

func has(t *testing.T, text string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in:\n%s", want, text)
		}
	}
}

// same says that a command that must change nothing has changed nothing.
func (d *depot) same(t *testing.T, run func()) {
	t.Helper()
	before := d.snapshot(t)
	run()
	if after := d.snapshot(t); before != after {
		t.Errorf("something changed:\n%s\n%s", before, after)
	}
}

func (d *depot) snapshot(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	fmt.Fprintln(&b, d.deliveries(t))
	for _, name := range []string{scope, ledger.Account} {
		control, err := ledger.ReadControl(t.Context(), d.ledger, name)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&b, control)
	}
	tally, err := d.ledger.Tally(t.Context(), scope)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(&b, tally, len(d.smtp.Mails()))
	return b.String()
}
