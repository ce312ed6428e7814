package desk

import (
	"strings"
	"testing"
	"time"

	"one-click-protest/internal/campaign"
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
		steer(ledger.Account, func(c *ledger.Control) {
			c.Paused, c.Reason = true, "bounce-rate"
			c.Suspend(ledger.Suspension{Target: ledger.Account, Reason: "bounce-rate", Day: noon, Alerted: true})
			c.Suspend(ledger.Suspension{Target: ledger.TargetSigner, Reason: "bounce-rate", Day: noon, Alerted: true})
		})
		recalled := func(of string) int {
			h, err := ledger.Note(t.Context(), d.ledger, of)
			if err != nil {
				t.Fatal(err)
			}
			bad, _ := h.Among(10)
			return bad
		}

		d.run(t, ok, "resume", slug, retired, "--dry-run")
		if recalled(subject(retired)) != 3 {
			t.Error("the dry run has recovered something")
		}
		d.run(t, ok, "resume", slug, retired)
		if c := d.control(t, scope); len(c.Suspended) != 1 || c.Suspended[0].Target != embassy || recalled(subject(retired)) != 0 || recalled(subject(embassy)) != 3 {
			t.Errorf("after the first: %+v", c)
		}
		d.run(t, ok, "resume", slug)
		if c := d.control(t, scope); len(c.Suspended) != 1 || recalled(subject(embassy)) != 3 {
			t.Errorf("a campaign's resume lifts its target's suspension: %+v", c)
		}
		d.run(t, ok, "resume", slug, "--all")
		if c := d.control(t, scope); len(c.Suspended) != 0 || recalled(subject(embassy)) != 0 {
			t.Errorf("after the campaign's: %+v", c)
		}
		if c := d.control(t, ledger.Account); !c.Paused || recalled(ledger.Account) != 3 {
			t.Errorf("a campaign's resume lifts the breaker: %+v", c)
		}
		d.run(t, ok, "resume", "--account")
		if c := d.control(t, ledger.Account); c.Paused || len(c.Suspended) != 0 || recalled(ledger.Account) != 0 {
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
	s := steering{campaigns: []*campaign.Campaign{{Slug: "c"}}, tallies: map[string]ledger.Tally{"c": tally}, controls: map[string]ledger.Control{"c": control}}
	if got := s.stopped(); len(got) != 1 || got["paused"] != 5 {
		t.Errorf("by the campaign's: %v", got)
	}
	s.account, s.controls = control, nil
	if got := s.stopped(); len(got) != 1 || got["paused"] != 7 {
		t.Errorf("by the account's: %v", got)
	}
}

// A resume of a campaign leaves what was stopped target by target, and names it; --all frees it.
func TestResumeLeavesSingleTargets(t *testing.T) {
	eachLedger(t, func(t *testing.T, d *depot) {
		d.sign(t, waiting)
		suspended := ledger.Suspension{Target: "cn-fr-paris", Channel: ledger.ChannelEmail, Reason: "Permanent-General", Day: noon}
		if err := ledger.Steer(t.Context(), d.ledger, scope, func(c *ledger.Control) { c.Suspend(suspended) }); err != nil {
			t.Fatal(err)
		}
		d.run(t, ok, "pause", slug, embassy)
		d.run(t, ok, "pause", slug)
		stays := []string{
			"1 waiting letter, paused by an organizer", "Stopped: " + embassy + " of " + slug + " (test mode), paused by an organizer.",
			"Stopped: cn-fr-paris of " + slug + " (test mode) by email, since 2026-11-22, suspended, because the target gave letters back (Permanent-General).",
		}
		d.same(t, func() {
			has(t, d.run(t, ok, "resume", slug, "--dry-run"), append(stays, "would free 0 waiting letters")...)
			has(t, d.run(t, ok, "resume", slug, "--all", "--dry-run"), "would free 1 waiting letter")
		})
		has(t, d.run(t, ok, "resume", slug), append(stays, "frees 0 waiting letters")...)
		if c := d.control(t, scope); c.Paused || len(c.Targets) != 1 || len(c.Suspended) != 1 {
			t.Errorf("after the campaign's: %+v", c)
		}
		out := d.run(t, ok, "resume", slug, "--all")
		has(t, out, "frees 1 waiting letter")
		if c := d.control(t, scope); len(c.Targets)+len(c.Suspended) != 0 || strings.Contains(out, "Stopped") {
			t.Errorf("after --all: %+v, %s", c, out)
		}
	})
}

// Each steering command says whose ledger it is about; and a pause, when that has never had a letter of the campaign.
func TestSteeringNamesTheLedger(t *testing.T) {
	eachLedger(t, func(t *testing.T, d *depot) {
		whose := "ledger of this machine (" + d.place[1] + ")"
		if d.place[0] == "--ledger" {
			whose = "ledger of " + d.place[1]
		}
		for _, line := range []string{
			"pause --dry-run " + slug, "pause " + slug, "pause --account", "resume --account", "resume --dry-run " + slug, "resume " + slug,
			"retry --failed " + slug, "resend --unknown " + slug, "adopt", "adopt --yes", "deliver --once",
		} {
			has(t, d.run(t, ok, strings.Fields(line)...), whose)
		}
		has(t, d.run(t, ok, "pause", slug), "has never had a letter")
		has(t, d.run(t, ok, "pause", "--account"), "has never had a letter")
		d.run(t, ok, "resume", "--account")
		d.run(t, ok, "resume", slug)
		d.sign(t, waiting)
		for _, args := range [][]string{{"pause", slug}, {"pause", "--account"}} {
			if out := d.run(t, ok, args...); strings.Contains(out, "never") {
				t.Errorf("%v: %s", args, out)
			}
		}
	})
}
