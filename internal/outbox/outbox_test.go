package outbox_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"one-click-protest/internal/address"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/ledger/ledgertest"
	"one-click-protest/internal/mailer"
	"one-click-protest/internal/mailer/mailertest"
	"one-click-protest/internal/outbox"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

var message = mailer.Message{
	From: "letters@example.org", To: []address.Email{"embassy@example.net"}, Subject: "A letter", Text: "Sir,\n",
}

// claimed writes one action whose delivery is claimed until a minute from noon.
func claimed(t *testing.T, l ledger.Records) ledger.Delivery {
	t.Helper()
	d := ledger.Delivery{
		ID:      ledger.ID{Key: ledger.Key{Campaign: "c", Signer: "s"}, Target: "t"},
		Attempt: 1, Channel: ledger.ChannelEmail, State: ledger.StateClaimed, Letter: "v",
		Claim: "claim", Next: noon.Add(time.Minute), Changed: noon,
	}
	isNew, err := l.Accept(t.Context(), ledger.Acceptance{
		Action: ledger.Action{Key: d.Key, Day: noon, Token: "token"},
		Drafts: []ledger.Draft{{Delivery: d, Sealed: []byte("box"), Expires: noon.AddDate(0, 1, 0)}},
	})
	if err != nil || !isNew {
		t.Fatalf("accept: %v, %v", isNew, err)
	}
	return d
}

func open(l outbox.Ledger, m mailer.Mailer, now time.Time) *outbox.Outbox {
	return &outbox.Outbox{
		Ledger: l, Mailer: m, Events: true, Now: func() time.Time { return now },
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
}

func find(t *testing.T, l ledger.Records, d ledger.Delivery) ledger.Delivery {
	t.Helper()
	_, all, err := l.Find(t.Context(), d.Key)
	if err != nil || len(all) != 1 {
		t.Fatalf("find: %d deliveries, %v", len(all), err)
	}
	return all[0]
}

func TestSendSettlesEveryOutcome(t *testing.T) {
	for _, tc := range []struct {
		outcome mailer.Outcome
		want    ledger.State
		next    time.Time
		sealed  bool // what composing again needs is still there
	}{
		{mailer.Accepted, ledger.StateSent, time.Time{}, true}, // it may bounce, and be tried again
		{mailer.Refused, ledger.StateFailed, time.Time{}, true},
		{mailer.Later, ledger.StateQueued, noon.Add(time.Minute), true},
		{mailer.Halt, ledger.StateQueued, noon.Add(time.Minute), true},
		{mailer.Unknown, ledger.StateUnknown, time.Time{}, true},
	} {
		t.Run(tc.outcome.String(), func(t *testing.T) {
			l, m := ledgertest.New(), &mailertest.Fake{}
			m.Outcomes(tc.outcome)
			d := claimed(t, l)
			if got := open(l, m, noon).Send(t.Context(), d, message, ledger.Pace{}); got != tc.want {
				t.Errorf("answered %s, want %s", got, tc.want)
			}
			got := find(t, l, d)
			if got.State != tc.want || !got.Next.Equal(tc.next) || got.Claim != "" {
				t.Errorf("stands at %s, next %v, claim %q; want %s, %v, none", got.State, got.Next, got.Claim, tc.want, tc.next)
			}
			if _, err := l.Sealed(t.Context(), d.ID, noon); (err == nil) != tc.sealed {
				t.Errorf("sealed fields: %v; want there: %v", err, tc.sealed)
			}
			if n := len(m.Attempts()); n != 1 {
				t.Errorf("%d attempts, want 1", n)
			}
		})
	}
}

// A frozen process that wakes when its claim has nearly lapsed must not send: somebody else may call it unknown.
func TestSendChecksTheClockBeforeTheWire(t *testing.T) {
	l, m := ledgertest.New(), &mailertest.Fake{}
	d := claimed(t, l)
	late := d.Next.Add(-10 * time.Second)
	if got := open(l, m, late).Send(t.Context(), d, message, ledger.Pace{}); got != ledger.StateQueued {
		t.Errorf("answered %s, want queued", got)
	}
	if n := len(m.Attempts()); n != 0 {
		t.Errorf("%d attempts, want none", n)
	}
}

// What happened on the wire stays what it is when it cannot be written down: the delivery stays claimed, to become unknown.
func TestSendWhenTheLedgerFails(t *testing.T) {
	l, m := ledgertest.New(), &mailertest.Fake{}
	d := claimed(t, l)
	l.Fail("Settle", ledgertest.Before, errors.New("down"))
	if got := open(l, m, noon).Send(t.Context(), d, message, ledger.Pace{}); got != ledger.StateClaimed {
		t.Errorf("answered %s, want claimed", got)
	}
	if got := find(t, l, d); got.State != ledger.StateClaimed {
		t.Errorf("stands at %s, want claimed", got.State)
	}
	if n := len(m.Left()); n != 1 {
		t.Errorf("%d mails left, want 1", n)
	}
}

// Somebody who was faster (an event that proves the sending) is not overruled.
func TestSendSettledByAnother(t *testing.T) {
	l := ledgertest.New()
	d := claimed(t, l)
	m := &mailertest.Fake{Before: func(ctx context.Context, _ mailer.Message) {
		changed, err := l.Settle(ctx, ledger.Settlement{ID: d.ID, Attempt: 1, Channel: d.Channel, Claim: d.Claim, From: ledger.StateClaimed, To: ledger.StateDelivered, At: noon, Token: "event"})
		if err != nil || !changed {
			t.Errorf("event: %v, %v", changed, err)
		}
	}}
	m.Outcomes(mailer.Unknown)
	open(l, m, noon).Send(t.Context(), d, message, ledger.Pace{})
	if got := find(t, l, d); got.State != ledger.StateDelivered {
		t.Errorf("stands at %s, want delivered", got.State)
	}
}

// The attempt must end early enough that its outcome can still be written.
func TestSendKeepsTimeToSettle(t *testing.T) {
	l := ledgertest.New()
	d := claimed(t, l)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	outer, _ := ctx.Deadline()
	m := &mailertest.Fake{Before: func(ctx context.Context, _ mailer.Message) {
		if inner, ok := ctx.Deadline(); !ok || outer.Sub(inner) < time.Second {
			t.Errorf("the attempt may last until %v, the caller until %v", inner, outer)
		}
	}}
	open(l, m, noon).Send(ctx, d, message, ledger.Pace{})
}

func TestLogsNameNoPerson(t *testing.T) {
	l, m := ledgertest.New(), &mailertest.Fake{}
	m.Outcomes(mailer.Refused)
	d := claimed(t, l)
	var log strings.Builder
	o := open(l, m, noon)
	o.Log = slog.New(slog.NewTextHandler(&log, nil))
	o.Send(t.Context(), d, message, ledger.Pace{})
	if !strings.Contains(log.String(), "outcome=refused") {
		t.Errorf("nothing logged: %q", log.String())
	}
	for _, secret := range []string{"embassy@example.net", "Sir", "signer=s"} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("log holds %q: %s", secret, log.String())
		}
	}
}
