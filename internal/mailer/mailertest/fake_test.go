package mailertest_test

import (
	"context"
	"errors"
	"testing"

	"one-click-protest/internal/mailer"
	"one-click-protest/internal/mailer/mailertest"
)

func TestFake(t *testing.T) {
	mailertest.Suite(t, func(*testing.T) mailertest.Harness {
		f := &mailertest.Fake{}
		return mailertest.Harness{
			Mailer: f, Arrived: f.Left, Attempts: func() int { return len(f.Attempts()) },
			Faults: []mailertest.Fault{
				{
					Name: "later", Arm: func() { f.Outcomes(mailer.Later) },
					Want: mailer.Result{Outcome: mailer.Later, Reason: "Scripted"}, Attempts: 1,
				},
				{
					Name: "lost answer", Attempts: 1, Arrives: true,
					Arm: func() {
						f.Script(mailertest.Step{Result: mailer.Result{Outcome: mailer.Unknown, Reason: "Timeout"}, Left: true})
					},
					Want: mailer.Result{Outcome: mailer.Unknown, Reason: "Timeout"},
				},
			},
		}
	})
}

func TestFakeBefore(t *testing.T) {
	var seen int
	f := &mailertest.Fake{}
	f.Before = func(context.Context, mailer.Message) { seen = len(f.Left()) + 1 }
	f.Send(t.Context(), mailertest.Letter())
	if seen != 1 {
		t.Errorf("Before saw %d mails gone before its own attempt, want none", seen-1)
	}
}

func TestFakeAllowance(t *testing.T) {
	f := &mailertest.Fake{}
	if got, err := f.Allowance(t.Context()); err != nil || got != (mailer.Allowance{Left: -1}) {
		t.Errorf("got %+v, %v; want no limits", got, err)
	}
	want, wrong := mailer.Allowance{PerSecond: 2, Left: 3, Halted: "Scripted"}, errors.New("scripted")
	f.Allow(want, wrong)
	if got, err := f.Allowance(t.Context()); err != wrong || got != want {
		t.Errorf("got %+v, %v; want %+v, %v", got, err, want, wrong)
	}
	done, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.Allowance(done); err != context.Canceled {
		t.Errorf("got %v after the context was done", err)
	}
	if f.Asked() != 3 {
		t.Errorf("asked %d times, want 3", f.Asked())
	}
}
