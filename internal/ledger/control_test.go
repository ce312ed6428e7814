package ledger_test

import (
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"one-click-protest/internal/ledger"
)

// TestStops tells what stops letters by e-mail, and by relay, to the minister.
func TestStops(t *testing.T) {
	suspended := ledger.Suspension{Target: "minister", Channel: ledger.ChannelEmail, Reason: "bounces", Day: noon}
	tests := []struct {
		name         string
		steer        func(*ledger.Control)
		email, relay string
	}{
		{"nothing", func(*ledger.Control) {}, "", ""},
		{"the campaign", func(c *ledger.Control) { c.Pause("") }, "paused", "paused"},
		{"the target", func(c *ledger.Control) { c.Pause("minister") }, "paused", "paused"},
		{"another target", func(c *ledger.Control) { c.Pause("ministry") }, "", ""},
		{"a breaker", func(c *ledger.Control) { c.Paused, c.Reason = true, "bounce-rate" }, "bounce-rate", "bounce-rate"},
		{"an organizer after a breaker", func(c *ledger.Control) { c.Paused, c.Reason = true, "bounce-rate"; c.Pause("") }, "paused", "paused"},
		{"its channel", func(c *ledger.Control) { c.Suspend(suspended) }, "suspended", ""},
		{"a target paused and suspended", func(c *ledger.Control) { c.Suspend(suspended); c.Pause("minister") }, "paused", "paused"},
		{"the campaign resumed", func(c *ledger.Control) { c.Pause(""); c.Resume("") }, "", ""},
		{"the campaign of a paused target resumed", func(c *ledger.Control) { c.Pause(""); c.Pause("minister"); c.Resume("") }, "paused", "paused"},
		{"the campaign of a suspended target resumed", func(c *ledger.Control) { c.Pause(""); c.Suspend(suspended); c.Resume("") }, "suspended", ""},
		{"all of it resumed", func(c *ledger.Control) { c.Pause(""); c.Pause("minister"); c.Suspend(suspended); c.ResumeAll() }, "", ""},
		{"a breaker resumed", func(c *ledger.Control) { c.Paused, c.Reason = true, "bounce-rate"; c.Resume("") }, "", ""},
		{"the target resumed", func(c *ledger.Control) { c.Pause("minister"); c.Suspend(suspended); c.Resume("minister") }, "", ""},
		{"another target resumed", func(c *ledger.Control) { c.Pause("minister"); c.Suspend(suspended); c.Resume("ministry") }, "paused", "paused"},
		{"a target resumed in a paused campaign", func(c *ledger.Control) { c.Pause(""); c.Resume("minister") }, "paused", "paused"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			docs := newShelf()
			noError(t, ledger.Steer(t.Context(), docs, "protest", tt.steer))
			c := control(t, docs, "protest")
			if email, relay := c.Stops("minister", ledger.ChannelEmail), c.Stops("minister", ledger.ChannelRelay); email != tt.email || relay != tt.relay {
				t.Errorf("%q and %q", email, relay)
			}
			if other := control(t, docs, "protest-TEST"); other.Stops("minister", ledger.ChannelEmail) != "" {
				t.Error("another campaign is stopped")
			}
		})
	}
}

// TestResumeOfTheAccount: nothing of a breaker stays behind, or the next one would alert nobody.
func TestResumeOfTheAccount(t *testing.T) {
	var c ledger.Control
	c.Paused, c.Reason = true, "bounce-rate"
	for _, stream := range []string{ledger.Account, ledger.TargetSigner} {
		c.Suspend(ledger.Suspension{Target: stream, Reason: "bounce-rate", Day: noon, Alerted: true})
	}
	c.Resume("")
	if diff := cmp.Diff(ledger.Control{Suspended: []ledger.Suspension{}}, c); diff != "" {
		t.Error(diff)
	}
	if !c.Suspend(ledger.Suspension{Target: ledger.Account}) {
		t.Error("the next breaker is taken for told")
	}
}

func control(t *testing.T, docs ledger.Documents, campaign string) ledger.Control {
	t.Helper()
	c, err := ledger.ReadControl(t.Context(), docs, campaign)
	noError(t, err)
	return c
}

func TestPauseTargets(t *testing.T) {
	var c ledger.Control
	for _, target := range []string{"b", "c", "a", "b"} {
		c.Pause(target)
	}
	if diff := cmp.Diff(ledger.Control{Targets: []string{"a", "b", "c"}}, c); diff != "" {
		t.Error(diff)
	}
	c.Resume("b")
	if diff := cmp.Diff([]string{"a", "c"}, c.Targets); diff != "" {
		t.Error(diff)
	}
}

// TestSuspend: organizers are told until it is known that they were, and again when it happens anew.
func TestSuspend(t *testing.T) {
	docs := newShelf()
	email := ledger.Suspension{Target: "minister", Channel: ledger.ChannelEmail, Reason: "bounces", Day: noon}
	suspend := func(want bool) {
		t.Helper()
		var untold bool
		noError(t, ledger.Steer(t.Context(), docs, "protest", func(c *ledger.Control) { untold = c.Suspend(email) }))
		if untold != want {
			t.Errorf("untold %v", untold)
		}
	}
	told := func(channel ledger.Channel) {
		t.Helper()
		noError(t, ledger.Steer(t.Context(), docs, "protest", func(c *ledger.Control) { c.Told("minister", channel) }))
	}
	suspend(true)
	suspend(true) // the alert did not leave
	told(ledger.ChannelRelay)
	suspend(true)
	told(ledger.ChannelEmail)
	suspend(false)
	want := email
	want.Alerted = true
	if diff := cmp.Diff([]ledger.Suspension{want}, control(t, docs, "protest").Suspended); diff != "" {
		t.Error(diff)
	}
	noError(t, ledger.Steer(t.Context(), docs, "protest", func(c *ledger.Control) { c.Resume("minister") }))
	if document := docs.only(t); document != "{}" {
		t.Errorf("left over: %s", document)
	}
	suspend(true)
}

// TestSteerAfterOthers: of parallel changes none is lost.
func TestSteerAfterOthers(t *testing.T) {
	docs := newShelf()
	var wait sync.WaitGroup
	targets := []string{"a", "b", "c", "d", "e", "f", "g", "h"}
	for _, target := range targets {
		wait.Go(func() {
			if err := ledger.Steer(t.Context(), docs, "protest", func(c *ledger.Control) { c.Pause(target) }); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if diff := cmp.Diff(targets, control(t, docs, "protest").Targets); diff != "" {
		t.Error(diff)
	}
}
