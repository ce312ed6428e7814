package mailertest_test

import (
	"context"
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
