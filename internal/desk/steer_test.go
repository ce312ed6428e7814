package desk

import (
	"strings"
	"testing"
	"time"

	"one-click-protest/internal/ledger"
	"one-click-protest/internal/mailer"
)

const waiting = mailer.Later // a letter that ends so waits

func (d *depot) control(t *testing.T, of string) ledger.Control {
	t.Helper()
	c, err := ledger.ReadControl(t.Context(), d.ledger, of)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// What is paused stays, and leaves after the resume; a dry run changes nothing and tells the same number.
func TestPauseAndResume(t *testing.T) {
	for _, what := range [][]string{{slug}, {slug, embassy}, {"--account"}} {
		t.Run(strings.Join(what, " "), func(t *testing.T) {
			eachLedger(t, func(t *testing.T, d *depot) {
				d.sign(t, waiting, waiting, waiting)
				d.now = d.now.Add(time.Hour)
				d.same(t, func() { has(t, d.run(t, ok, append([]string{"pause", "--dry-run"}, what...)...), "3 waiting letters") })
				has(t, d.run(t, ok, append([]string{"pause"}, what...)...), "is paused", "3 waiting letters")
				has(t, d.run(t, ok, append([]string{"pause", "--dry-run"}, what...)...), "0 waiting letters")
				has(t, d.run(t, ok, "deliver", "--once"), "0 sent, 3 wait", "1 targets stopped by an organizer, a suspension or a breaker")
				d.same(t, func() { has(t, d.run(t, ok, append([]string{"resume", "--dry-run"}, what...)...), "3 waiting letters") })
				has(t, d.run(t, ok, append([]string{"resume"}, what...)...), "this frees 3 waiting letters")
				has(t, d.run(t, ok, "deliver", "--once"), "3 sent")
				if n := len(d.smtp.Mails()); n != 3 {
					t.Errorf("%d mails left, want 3", n)
				}
			})
		})
	}
}

// A resume frees what it names and says what still stops the rest.
func TestResumeSaysWhatStays(t *testing.T) {
	eachLedger(t, func(t *testing.T, d *depot) {
		d.sign(t, waiting, waiting)
		d.run(t, ok, "pause", slug)
		d.run(t, ok, "pause", "--account")
		has(t, d.run(t, ok, "resume", slug), "frees 0 waiting letters", "Stopped all the same: 2 waiting letters, paused by an organizer")
		has(t, d.run(t, ok, "resume", "--account"), "frees 2 waiting letters")
	})
}

// A suspension is lifted with what led to it, or the next bounce would bring it back. So is the breaker's.
func TestResumeRecovers(t *testing.T) {
	eachLedger(t, func(t *testing.T, d *depot) {
		const retired = "cn-xx-nowhere" // the files have it no more
		subject := func(target string) string { return ledger.HealthOf(scope, target, ledger.ChannelEmail) }
		bad := []ledger.Outcome{{Token: "1", Bad: true}, {Token: "2", Bad: true}, {Token: "3", Bad: true}}
		for _, of := range []string{subject(embassy), subject(retired), ledger.Account} {
			if _, err := ledger.Note(t.Context(), d.ledger, of, bad...); err != nil {
				t.Fatal(err)
			}
		}
		steer := func(of string, f func(*ledger.Control)) {
			if err := ledger.Steer(t.Context(), d.ledger, of, f); err != nil {
				t.Fatal(err)
			}
		}
		steer(scope, func(c *ledger.Control) {
			c.Suspend(ledger.Suspension{Target: embassy, Channel: ledger.ChannelEmail, Reason: "General", Day: noon})
			c.Suspend(ledger.Suspension{Target: retired, Channel: ledger.ChannelEmail, Reason: "General", Day: noon})
		})
		steer(ledger.Account, func(c *ledger.Control) { c.Paused, c.Reason = true, "bounce-rate" })
		inARow := func(of string) int {
			h, err := ledger.Note(t.Context(), d.ledger, of)
			if err != nil {
				t.Fatal(err)
			}
			return h.InARow()
		}

		d.run(t, ok, "resume", slug, retired, "--dry-run")
		if inARow(subject(retired)) != 3 {
			t.Error("the dry run has recovered something")
		}
		d.run(t, ok, "resume", slug, retired)
		if c := d.control(t, scope); len(c.Suspended) != 1 || c.Suspended[0].Target != embassy || inARow(subject(retired)) != 0 || inARow(subject(embassy)) != 3 {
			t.Errorf("after the first: %+v", c)
		}
		d.run(t, ok, "resume", slug)
		if c := d.control(t, scope); len(c.Suspended) != 0 || inARow(subject(embassy)) != 0 {
			t.Errorf("after the campaign's: %+v", c)
		}
		if c := d.control(t, ledger.Account); !c.Paused || inARow(ledger.Account) != 3 {
			t.Errorf("a campaign's resume lifts the breaker: %+v", c)
		}
		d.run(t, ok, "resume", "--account")
		if c := d.control(t, ledger.Account); c.Paused || inARow(ledger.Account) != 0 {
			t.Errorf("after the account's: %+v", c)
		}
	})
}

// Mail to signers goes on while their campaign is paused, so it is not among what a pause keeps; the account's pause keeps it too.
func TestPauseCountsWhatItStops(t *testing.T) {
	control := ledger.Control{Paused: true}
	tally := ledger.Tally{Deliveries: map[ledger.Bucket]int{
		{Target: embassy, Channel: ledger.ChannelEmail, State: ledger.StateQueued}:             5,
		{Target: embassy, Channel: ledger.ChannelEmail, State: ledger.StateSent}:               7,
		{Target: ledger.TargetSigner, Channel: ledger.ChannelEmail, State: ledger.StateQueued}: 2,
	}}
	if got := stopped(ledger.Control{}, control, tally); len(got) != 1 || got["paused"] != 5 {
		t.Errorf("by the campaign's: %v", got)
	}
	if got := stopped(control, ledger.Control{}, tally); len(got) != 1 || got["paused"] != 7 {
		t.Errorf("by the account's: %v", got)
	}
}
