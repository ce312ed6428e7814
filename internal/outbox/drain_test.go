package outbox_test

import (
	"context"
	"fmt"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"one-click-protest/internal/ledger"
	"one-click-protest/internal/ledger/ledgertest"
	"one-click-protest/internal/mailer"
	"one-click-protest/internal/outbox"
)

// claim takes a waiting delivery as a process does that dies afterwards.
func (h *house) claim(d ledger.Delivery, until time.Time) {
	h.t.Helper()
	_, won, err := h.ledger.Claim(h.t.Context(), ledger.Claim{ID: d.ID, Token: "dead", Now: h.clock.Now(), Until: until})
	if err != nil || !won {
		h.t.Fatalf("claim: %v, %v", won, err)
	}
}

func TestLapsedClaimBecomesUnknown(t *testing.T) {
	h := furnish(t, nil)
	h.queue("one", 0, 1)
	h.claim(h.only(), h.clock.Now().Add(time.Minute))
	if r := h.tick(); r.Unknown != 0 {
		t.Errorf("before it lapsed: %+v", r)
	}
	h.wantStates(map[ledger.State]int{ledger.StateClaimed: 1})
	h.clock.Add(time.Minute)
	if r := h.tick(); r.Unknown != 1 {
		t.Errorf("after it lapsed: %+v", r)
	}
	for range 3 {
		h.clock.Add(time.Hour)
		h.tick()
	}
	if d := h.only(); d.State != ledger.StateUnknown || d.Reason != "claim-lapsed" {
		t.Errorf("%s: %s", d.State, d.Reason)
	}
	if n := len(h.mail.Attempts()); n != 0 {
		t.Errorf("%d attempts", n)
	}
}

func TestRefusedLetterDoesNotBlockTheNext(t *testing.T) {
	h := furnish(t, nil)
	h.queue("one", 0, 2)
	h.mail.Outcomes(mailer.Refused)
	h.tick()
	h.clock.Add(24 * time.Hour)
	h.tick()
	h.wantStates(map[ledger.State]int{ledger.StateFailed: 1, ledger.StateSent: 1})
	if n := len(h.mail.Attempts()); n != 2 {
		t.Errorf("%d attempts", n)
	}
}

// A throttle halves the rate, and what was throttled leaves later.
func TestThrottleHalvesTheRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := furnish(t, nil)
		h.deliverer.Account = h.mail
		h.mail.Allow(mailer.Allowance{PerSecond: 20, Left: -1}, nil)
		h.queue("one", 0, 6)
		h.mail.Outcomes(mailer.Later)
		began := time.Now()
		if r := h.tick(); r.Later != 1 || r.Sent != 5 || r.Halted != "" {
			t.Errorf("%+v", r)
		}
		if took := time.Since(began).Round(time.Millisecond); took != 625*time.Millisecond { // five letters at eight a second: sixteen is the most that is halved
			t.Errorf("took %v", took)
		}
		h.clock.Add(time.Minute)
		h.tick()
		h.wantStates(map[ledger.State]int{ledger.StateSent: 6})
	})
}

// Letters that were on their way at the same moment tell of the same throttle: they do not end the tick.
func TestThrottlesOfOneMomentHalveOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := furnish(t, nil)
		h.deliverer.Account = h.mail
		h.mail.Allow(mailer.Allowance{PerSecond: 60, Left: -1}, nil)
		h.queue("one", 0, 8)
		h.mail.Outcomes(mailer.Later, mailer.Later, mailer.Later, mailer.Later, mailer.Later, mailer.Later, mailer.Later)
		if r := h.tick(); r.Later != 7 || r.Sent != 1 || r.Halted != "" {
			t.Errorf("%+v", r)
		}
	})
}

func TestThrottleThatGoesOnEndsTheTick(t *testing.T) {
	h := furnish(t, nil)
	h.deliverer.Account = h.mail
	h.mail.Allow(mailer.Allowance{PerSecond: 0.9, Left: -1}, nil)
	h.queue("one", 0, 3)
	h.mail.Outcomes(mailer.Later)
	if r := h.tick(); r.Later != 1 || r.Sent != 0 || r.Halted != "Scripted" {
		t.Errorf("%+v", r)
	}
	h.wantStates(map[ledger.State]int{ledger.StateQueued: 3})
}

func TestNoLetterWithoutASlot(t *testing.T) {
	h := furnish(t, single("confirm: edited\n"+pace)) // one at once, then one in ten minutes
	h.queue("one", 0, 4)
	h.tick()
	h.tick()
	h.wantLeft(1)
	h.clock.Add(10 * time.Minute)
	h.tick()
	h.wantLeft(2)
	// Slots that cannot be taken are none.
	h.clock.Add(10 * time.Minute)
	h.ledger.Fail("Change", ledgertest.Before, nil, nil, errDown) // the lease's and the scopes' pass
	if r := h.tick(); r.Broken != 1 || r.Sent != 0 {
		t.Errorf("%+v", r)
	}
	h.wantStates(map[ledger.State]int{ledger.StateSent: 2, ledger.StateQueued: 2})
}

// Slots are taken five at once, and no more than letters wait.
func TestSlotsAreTakenTogether(t *testing.T) {
	for letters, takes := range map[int]int{1: 1, 5: 1, 6: 2, 20: 4} {
		h := furnish(t, nil)
		h.queue("one", 0, letters)
		before := h.ledger.Calls("Change")
		h.tick()
		h.wantLeft(letters)
		if n := h.ledger.Calls("Change") - before - 4; n != takes { // the lease, its return, the scopes, the word that nothing waits
			t.Errorf("%d letters: slots taken %d times, not %d", letters, n, takes)
		}
	}
	h := furnish(t, single("confirm: edited\npace: {mailbox: 20, domain: 20}\n")) // two at once
	h.queue("one", 0, 1)
	h.tick()
	h.queue("one", 1, 1)
	h.tick()
	h.wantLeft(2) // the first tick wasted none
}

// newcomer asks for a slot as the inline path does.
func (h *house) newcomer() int {
	h.t.Helper()
	g, err := ledger.Take(h.t.Context(), h.ledger, ledger.Slots{ // whatever the pace
		Domain: "state.internal", Mailbox: minister, N: 1, Now: h.clock.Now(), Newcomer: true,
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return g.N
}

func TestWordOfWaitingLetters(t *testing.T) {
	h := furnish(t, single("confirm: edited\n"+pace))
	h.queue("one", 0, 2)
	h.tick()
	if h.newcomer() != 0 {
		t.Error("a newcomer leaves before what waits")
	}
	h.clock.Add(10 * time.Minute)
	h.tick()
	h.wantLeft(2)
	if h.newcomer() != 1 {
		t.Error("nothing waits, and a newcomer stands back")
	}
}

// A target that the files have no more waits for them, and keeps no other from its letters.
func TestWaylessTarget(t *testing.T) {
	fsys := single(quick)
	add(fsys, "two", quick, "palace", minister)
	h := furnish(t, fsys)
	h.queue("one", 0, 3)
	h.queue("two", 0, 3)
	changed := other()
	add(changed, "two", quick, "palace", minister)
	h.deploy(changed)
	if r := h.tick(); r.Sent != 3 || r.Wayless != 1 {
		t.Errorf("%+v", r)
	}
	h.wantStates(map[ledger.State]int{ledger.StateSent: 3, ledger.StateQueued: 3})
	h.deploy(fsys) // the files have it again
	if r := h.tick(); r.Sent != 3 || r.Wayless != 0 {
		t.Errorf("%+v", r)
	}
}

const relayed = quick + `channels: [relay, print]
relay: {name: A Federation, address: forward@federation.internal, language: en, subject: "A letter by {name}", note: "Please forward it to {target}."}
`

// Letters by a channel that is suspended do not keep those that go by the one that took its place, and go on by that one themselves.
func TestSuspendedChannelDoesNotBlockAnother(t *testing.T) {
	h := furnish(t, nil)
	h.queue("one", 0, 520)
	h.steer("one", func(c *ledger.Control) {
		c.Suspend(ledger.Suspension{Target: "minister", Channel: ledger.ChannelEmail, Reason: "Permanent/General"})
	})
	if r := h.tick(); r.Sent != 0 || r.Stopped != 1 {
		t.Errorf("%+v", r)
	}
	h.deploy(single(relayed))
	h.queue("one", 600, 2)
	// Both queues are gone through at once: what steps down early enough leaves in the same tick.
	if r := h.tick(); r.Sent < 2 || r.Stepped != 520 {
		t.Errorf("%+v", r)
	}
	for _, m := range h.mail.Left() {
		if m.To[0] != "forward@federation.internal" {
			t.Error("a letter left by the suspended channel")
		}
	}
}

func TestReleaseAndHoursHoldTheQueue(t *testing.T) {
	for name, tc := range map[string]struct {
		held, freed string
		wait        time.Duration
	}{
		"the release comes":   {"release: 2026-11-24T09:00\n", "", 36 * time.Hour}, // in Seoul
		"the release moves":   {"release: 2026-12-02T09:00\n", "release: 2026-11-22T09:00\n", 0},
		"the hours come":      {"hours: 08:00-18:00\n", "", 11 * time.Hour}, // it is nine in the evening there
		"the hours are moved": {"hours: 08:00-18:00\n", "hours: 08:00-23:00\n", 0},
	} {
		t.Run(name, func(t *testing.T) {
			h := furnish(t, single(quick+tc.held))
			h.queue("one", 0, 2)
			h.tick()
			h.wantLeft(0)
			h.clock.Add(tc.wait)
			if tc.freed != "" {
				h.deploy(single(quick + tc.freed))
			}
			h.tick()
			h.wantLeft(2)
		})
	}
}

// Whatever an organizer stops, nothing that is begun ten seconds later leaves.
func TestPausesHoldWithinTenSeconds(t *testing.T) {
	for name, tc := range map[string]struct {
		scope string
		f     func(*ledger.Control)
	}{
		"campaign": {"one", func(c *ledger.Control) { c.Pause("") }},
		"target":   {"one", func(c *ledger.Control) { c.Pause("minister") }},
		"suspension": {"one", func(c *ledger.Control) {
			c.Suspend(ledger.Suspension{Target: "minister", Channel: ledger.ChannelEmail})
		}},
		"account": {ledger.Account, func(c *ledger.Control) { c.Pause("") }},
	} {
		t.Run(name, func(t *testing.T) {
			h := furnish(t, nil)
			h.queue("one", 0, 5)
			h.mail.Before = func(context.Context, mailer.Message) {
				if len(h.mail.Attempts()) == 1 {
					h.steer(tc.scope, tc.f)
				}
			}
			if r := h.tick(); r.Sent != 1 || r.Stopped != 1 {
				t.Errorf("%+v", r)
			}
			h.steer(tc.scope, func(c *ledger.Control) { c.ResumeAll() })
			h.tick()
			h.wantLeft(5)
		})
	}
}

// A pause holds also for a letter that waits for the provider's rate.
func TestPauseHoldsWhileTheRateIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := furnish(t, nil)
		h.queue("one", 0, 3)
		began, from := time.Now(), h.clock.Now()
		h.deliverer.Outbox.Now = func() time.Time { return from.Add(20 * time.Since(began)) } // half a second is ten
		h.deliverer.Account = h.mail
		h.mail.Allow(mailer.Allowance{PerSecond: 2, Left: -1}, nil)
		h.mail.Before = func(ctx context.Context, _ mailer.Message) {
			if err := ledger.Steer(ctx, h.ledger, "one", func(c *ledger.Control) { c.Pause("") }); err != nil {
				t.Error(err)
			}
		}
		h.tick()
		h.wantStates(map[ledger.State]int{ledger.StateSent: 1, ledger.StateQueued: 2})
	})
}

// A paused campaign still answers its signers; a paused account answers nobody.
func TestPausesAndMailToSigners(t *testing.T) {
	fsys := fstest.MapFS{}
	add(fsys, "three", "confirm: always\n", "press", "press@state.internal")
	for scope, want := range map[string]int{"three": 1, ledger.Account: 0} {
		h := furnish(t, fsys)
		h.mail.Outcomes(mailer.Later)
		h.queue("three", 0, 1)
		h.clock.Add(time.Minute)
		h.steer(scope, func(c *ledger.Control) { c.Pause("") })
		h.tick()
		h.wantLeft(want)
	}
}

// No error of the ledger, at whatever call, doubles a letter or loses it: it leaves later, or is unknown.
func TestNoErrorOfTheLedgerDoublesOrLoses(t *testing.T) {
	for _, method := range []string{"Change", "Adopted", "Roll", "Due", "Find", "Document", "Claim", "Sealed", "Version", "Settle"} {
		for _, when := range []ledgertest.When{ledgertest.Before, ledgertest.After} {
			for nth := range 4 {
				t.Run(fmt.Sprint(method, when, nth), func(t *testing.T) {
					h := furnish(t, nil)
					h.queue("one", 0, 3)
					h.ledger.Fail(method, when, append(make([]error, nth), errDown)...)
					_, _ = h.deliverer.Tick(t.Context())
					for range 3 {
						h.clock.Add(3 * time.Minute)
						_, _ = h.deliverer.Tick(t.Context())
					}
					h.wantEachOnce()
				})
			}
		}
	}
}

// wantEachOnce holds that no letter left twice, and that none still waits.
func (h *house) wantEachOnce() {
	h.t.Helper()
	mails := map[string]int{}
	for _, m := range h.mail.Left() {
		mails[tagOf(m)]++
	}
	for _, d := range h.all() {
		n := mails[d.Tag()]
		if n > 1 || d.State == ledger.StateSent && n != 1 || d.State != ledger.StateSent && d.State != ledger.StateUnknown {
			h.t.Errorf("a letter is %s (%s), and left %d times", d.State, d.Reason, n)
		}
	}
}

// lagging is a ledger whose index lags: it shows deliveries that others hold, and settled ones.
type lagging struct {
	outbox.DelivererLedger
	house *house
}

func (l lagging) Due(context.Context, ledger.Queue, time.Time, int) (due []ledger.Due, err error) {
	for _, d := range l.house.all() {
		due = append(due, ledger.Due{ID: d.ID, At: noon})
	}
	return due, nil
}

// An index that lags, or is stale, has nothing sent twice and no claim of another's settled.
func TestStaleIndex(t *testing.T) {
	h := furnish(t, nil)
	h.queue("one", 0, 3)
	stale := start(t, lagging{h.ledger, h}, h.ledger, h.mail, h.deliverer.Campaigns, h.deliverer.Keys, h.clock.Now)
	h.claim(h.all()[0], h.clock.Now().Add(time.Minute))
	for range 3 {
		if _, err := stale.deliverer.Tick(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	h.wantLeft(2)
	h.wantStates(map[ledger.State]int{ledger.StateClaimed: 1, ledger.StateSent: 2})
}
