package desk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"one-click-protest/internal/action"
	"one-click-protest/internal/campaign"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/ledger/sqlite"
	"one-click-protest/internal/mailer"
	"one-click-protest/internal/mailer/mailertest"
	"one-click-protest/internal/outbox"
)

// crowd is a local server at which more have signed than the pace lets through at once.
func crowd(t *testing.T, folder string, now *time.Time) *site {
	t.Helper()
	s := opened(t, folder, now)
	for i := range 30 {
		signAt(t, s, 202, fmt.Sprintf("signer%d@example.com", i))
	}
	if n := captured(t, s); n != ledger.DefaultBurst {
		t.Fatalf("%d letters left at once, want the burst of %d", n, ledger.DefaultBurst)
	}
	return s
}

// What waits leaves as its pace lets it, without anybody's doing.
func TestWhatWaitsLeavesAtItsPace(t *testing.T) {
	now := noon
	s := crowd(t, t.TempDir(), &now)
	for minute := range 5 {
		now = now.Add(time.Minute)
		before := captured(t, s)
		tick(t, s, nil)
		if n := captured(t, s) - before; n > 15 { // 900 an hour
			t.Errorf("%d letters left after minute %d", n, minute+1)
		}
	}
	if n := captured(t, s); n != 30 {
		t.Errorf("%d letters left, want all 30", n)
	}
}

// A pause by another process holds within ten seconds, for what waits and for newcomers.
func TestPauseHoldsWithinTenSeconds(t *testing.T) {
	folder, now := t.TempDir(), noon
	s := crowd(t, folder, &now)
	now = now.Add(8 * time.Second)
	tick(t, s, nil) // has just read that nothing is paused
	steer := func(args ...string) {
		if status, _, errs := run(t, testEnv(t), append(args, slug, "--data", folder)...); status != ok {
			t.Fatal(errs)
		}
	}
	steer("pause")
	now = now.Add(10 * time.Second)
	before := captured(t, s)
	for range 100 {
		tick(t, s, nil)
		now = now.Add(time.Minute)
	}
	signAt(t, s, 202, "late@example.com")
	if n := captured(t, s); n != before {
		t.Fatalf("%d letters left during the pause", n-before)
	}
	steer("resume")
	now = now.Add(10 * time.Second)
	tick(t, s, nil)
	if n := captured(t, s); n <= before {
		t.Error("nothing left after the resume: the pause was not what held it")
	}
}

// The partner's page says what waits and why.
func TestHomeSaysWhyLettersWait(t *testing.T) {
	folder, now := t.TempDir(), noon
	s := crowd(t, folder, &now)
	h, err := s.handler()
	if err != nil {
		t.Fatal(err)
	}
	_, page := get(t, h, "/")
	has(t, page, "letters by email, queued")
	if strings.Contains(page, "of what is queued") {
		t.Error("says that something stops them")
	}
	if status, _, errs := run(t, testEnv(t), "pause", slug, "--data", folder); status != ok {
		t.Fatal(errs)
	}
	_, page = get(t, h, "/")
	_, counts := get(t, h, "/counts.json")
	has(t, page, "of what is queued: paused by an organizer")
	has(t, counts, `{"label":"of what is queued: paused by an organizer","count":10}`)
	s.still.note("HALTED: SMTP535", false)
	_, page = get(t, h, "/")
	has(t, page, "HALTED: SMTP535")
}

// A newcomer who signs for Germany on a Sunday night sees when the fax will leave, not only that it waits; and that the day's are sent.
func TestHomeSaysWhenFaxesLeave(t *testing.T) {
	d := onThisMachine(t, t.TempDir())
	d.now = time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC)
	sub := action.Submission{Name: "Ann Lee", Email: "ann@example.com", Country: "DE", Consent: "2007-11-01"}
	if _, err := d.service(t, &mailertest.Fake{}).Submit(t.Context(), slug, sub); err != nil {
		t.Fatal(err)
	}
	c, err := campaign.Open(d.env(t).Files).Get(slug)
	if err != nil {
		t.Fatal(err)
	}
	shown := func(want string) {
		t.Helper()
		rows, err := (&site{ledger: d.ledger.(*sqlite.Ledger), now: func() time.Time { return d.now }}).exactCounts(t.Context(), c)
		if err != nil || !slices.Contains(rows, countRow{"of what is queued: " + want, 1}) {
			t.Errorf("no row for %q: %v, %v", want, rows, err)
		}
	}
	shown("whose hour comes later, the first at 2026-11-23 08:00 UTC")
	d.now = d.now.Add(13 * time.Hour)
	for range c.Fax.Daily {
		if _, err := ledger.Spend(t.Context(), d.ledger, scope, c.Fax.Daily, d.now); err != nil {
			t.Fatal(err)
		}
	}
	shown("by fax, of which the day's number is sent; the next day begins at 00:00 UTC")
}

// Stopping in the middle of a mail ends that one, writes down that it left, and begins no other.
func TestStopEndsTheMailUnderWay(t *testing.T) {
	now := noon
	s := crowd(t, t.TempDir(), &now)
	now = now.Add(time.Hour)
	ctx, stop := context.WithCancel(t.Context())
	m := &mailertest.Fake{Before: func(ctx context.Context, _ mailer.Message) {
		stop()
		if ctx.Err() != nil {
			t.Error("the stop cuts the mail off")
		}
	}}
	s.outbox.Mailer = m
	s.sendWaiting(ctx)
	if n := len(m.Left()); n != 1 {
		t.Errorf("%d mails left, want the one under way", n)
	}
	tally, err := s.ledger.Tally(t.Context(), scope)
	if err != nil {
		t.Fatal(err)
	}
	bucket := func(state ledger.State) int {
		return tally.Deliveries[ledger.Bucket{Target: embassy, Channel: ledger.ChannelEmail, State: state}]
	}
	if bucket(ledger.StateSent) != 21 || bucket(ledger.StateQueued) != 9 {
		t.Errorf("%v", tally.Deliveries)
	}
	for e, err := range s.ledger.Walk(t.Context(), scope) {
		if err != nil || e.Delivery != nil && e.Delivery.State == ledger.StateClaimed {
			t.Fatalf("left in claim: %+v, %v", e.Delivery, err)
		}
	}
}

// The server itself sends what waits through the mail server, and ends in order.
func TestServeSendsWhatWaits(t *testing.T) {
	folder := t.TempDir()
	d := onThisMachine(t, folder)
	d.sign(t, waiting, waiting)
	ctx, stop := context.WithCancel(t.Context())
	env := testEnv(t)
	env.Now = func() time.Time { return noon.Add(time.Hour) }
	status := make(chan int, 1)
	go func() {
		status <- Main(ctx, env, []string{"serve", "--addr", "127.0.0.1:0", "--data", folder, "--smtp", "smtp://" + d.smtp.Addr})
	}()
	for deadline := time.Now().Add(time.Minute); d.states(t)[ledger.StateSent] < 2; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not sent: %v", d.states(t))
		}
	}
	stop()
	if got := <-status; got != ok {
		t.Errorf("exit status %d", got)
	}
	if n := len(d.smtp.Mails()); n != 2 {
		t.Errorf("%d mails, want 2", n)
	}
}

// What stands still is logged when that begins and when it ends, not at each tick; another process's tick tells nothing.
func TestStandstillIsLoggedOnce(t *testing.T) {
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	defer slog.SetDefault(before)
	var s standing
	for range 3 {
		s.note("HALTED", false)
		s.note("", true)
	}
	s.note("", false)
	s.note("", false)
	if got := strings.Count(log.String(), "\n"); got != 2 || strings.Count(log.String(), "HALTED") != 1 {
		t.Errorf("logged:\n%s", log.String())
	}
}

func TestCalmLog(t *testing.T) {
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	defer slog.SetDefault(before)
	now := noon
	calm := Env{Now: func() time.Time { return now }}.calmLog()
	tell := func() {
		calm.Error("queue not gone through", "campaign", "a")
		calm.Error("queue not gone through", "campaign", "b")
	}
	tell()
	tell()
	if n := strings.Count(log.String(), "\n"); n != 2 {
		t.Errorf("%d lines, want one for each campaign:\n%s", n, log.String())
	}
	now = now.Add(calmFor)
	tell()
	if n := strings.Count(log.String(), "\n"); n != 4 {
		t.Errorf("%d lines, want them once more after a while", n)
	}
}

// deliver goes on until nothing waits, also over what the mail server did not take at first.
func TestDeliverUntilNothingWaits(t *testing.T) {
	d := onThisMachine(t, t.TempDir())
	d.sign(t, waiting, waiting, mailer.Accepted)
	d.smtp.Script(mailertest.SMTPFault{At: mailertest.PhaseRcpt, Code: 450})
	out := &clockwork{}
	env := d.env(t)
	env.Stdout, env.Now = out, func() time.Time { return noon.Add(time.Hour * time.Duration(1+out.lines.Load())) }
	args := append([]string{"deliver", "--smtp", "smtp://" + d.smtp.Addr}, d.place...)
	if status := Main(t.Context(), env, args); status != ok {
		t.Fatalf("exit status %d: %s", status, out.String())
	}
	if d.states(t)[ledger.StateSent] != 3 || len(d.smtp.Mails()) != 2 {
		t.Errorf("%v, %d mails, printed:\n%s", d.states(t), len(d.smtp.Mails()), out.String())
	}
	has(t, out.String(), "1 put back", "1 sent")
}

// clockwork is an output and a clock: with each line an hour goes by, so that what was put back for a minute is due.
type clockwork struct {
	bytes.Buffer
	lines atomic.Int64
}

func (c *clockwork) Write(p []byte) (int, error) {
	c.lines.Add(int64(bytes.Count(p, []byte("\n"))))
	return c.Buffer.Write(p)
}

// While another process sends, deliver waits; with --once it leaves it to that one.
func TestDeliverLeavesItToAnother(t *testing.T) {
	eachLedger(t, func(t *testing.T, d *depot) {
		d.sign(t, waiting)
		d.now = d.now.Add(time.Hour)
		if held, err := ledger.Lease(t.Context(), d.ledger, "deliver", "another", d.now, d.now.Add(time.Minute)); err != nil || !held {
			t.Fatal(held, err)
		}
		has(t, d.run(t, ok, "deliver", "--once"), "another process is sending")
		if n := len(d.smtp.Mails()); n != 0 {
			t.Errorf("%d mails left", n)
		}
		d.now = d.now.Add(time.Minute)
		has(t, d.run(t, ok, "deliver", "--once"), "1 sent")
	})
}

// A provider that takes nothing is named, and is the exit status.
func TestDeliverSaysWhyItHalts(t *testing.T) {
	d := onThisMachine(t, t.TempDir())
	d.sign(t, waiting, waiting)
	d.now = d.now.Add(time.Hour)
	d.smtp.Script(mailertest.SMTPFault{At: mailertest.PhaseMail, Code: 530})
	has(t, d.run(t, failed, "deliver", "--once"), "HALTED", "SMTP530")
}

func TestDescribed(t *testing.T) {
	for _, tc := range []struct {
		report outbox.Report
		err    error
		want   string
	}{
		{report: outbox.Report{}, want: "0 sent"},
		{report: outbox.Report{Queued: 10, Sent: 4, Failed: 1, Held: 1, Unknown: 1, Later: 2}, want: "4 sent, 1 refused for good, 1 held, because they could not be composed or their day is over, 1 unknown, 2 put back, 3 wait for their hour, their pace or their turn"},
		{report: outbox.Report{Queued: 2, Stopped: 1, Wayless: 1, Broken: 1}, want: "0 sent, 2 wait for their hour, their pace or their turn, 1 targets stopped by an organizer, a suspension or a breaker, 1 without a way in the files, 1 not gone through, see the log"},
		{report: outbox.Report{Queued: 2}, err: errors.New("HALTED"), want: "0 sent, 2 wait for their hour, their pace or their turn, HALTED"},
		{report: outbox.Report{Skipped: "lease"}, want: "another process is sending, or died within the last minute: waiting for it"},
	} {
		if got := described(tc.report, tc.err); got != tc.want {
			t.Errorf("%+v: %q", tc.report, got)
		}
	}
}
