package outbox_test

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"one-click-protest/internal/ledger"
	"one-click-protest/internal/mailer"
	"one-click-protest/internal/outbox"
)

// What the day did not suffice for, under after_day: print, does not wait for nothing: it is held, which organizers are told.
func TestLettersWhoseDayIsOverAreHeld(t *testing.T) {
	h := furnish(t, single("confirm: edited\npace: 20\nrelease: 2026-11-22T09:00\nafter_day: print\n"))
	h.queue("one", 0, 4) // it is nine in the evening in Seoul
	if r := h.tick(); r.Sent != 2 || r.Held != 0 {
		t.Errorf("%+v", r)
	}
	h.clock.Add(4 * time.Hour)
	if r := h.tick(); r.Sent != 0 || r.Held != 2 {
		t.Errorf("%+v", r)
	}
	if r := h.tick(); r.Helds != 2 {
		t.Errorf("%+v", r)
	}
	h.wantStates(map[ledger.State]int{ledger.StateSent: 2, ledger.StateHeld: 2})
	h.deploy(single("confirm: edited\npace: 20\nrelease: 2026-11-22T09:00\nafter_day: continue\n"))
	if n, err := h.deliverer.Retry(t.Context(), outbox.Again{Campaign: "one", State: ledger.StateHeld}); err != nil || n.Again != 2 {
		t.Fatalf("%+v, %v", n, err)
	}
	h.tick()
	h.wantLeft(4)
}

// Letters of a campaign that went to test mode, or whose files are gone, wait and are told of; claims of it that lapse become unknown.
func TestCampaignThatIsNoMore(t *testing.T) {
	toTest := single(quick)
	yaml := string(toTest["campaigns/one/campaign.yaml"].Data)
	toTest["campaigns/one/campaign.yaml"].Data = []byte(strings.Replace(yaml, "mode: live", "mode: test\ntesters: [tester@campaign.internal]", 1))
	for name, files := range map[string]fstest.MapFS{"test mode": toTest, "gone": other()} {
		t.Run(name, func(t *testing.T) {
			h := furnish(t, nil)
			h.tick() // its scope is known from now on
			h.queue("one", 0, 3)
			h.claim(h.all()[0], h.clock.Now().Add(time.Minute))
			h.deploy(files)
			h.clock.Add(2 * time.Minute)
			if r := h.tick(); r.Sent != 0 || r.Wayless != 1 || r.Queued != 3 || r.Unknown != 1 {
				t.Errorf("%+v", r)
			}
			h.deploy(single(quick))
			h.tick()
			h.wantStates(map[ledger.State]int{ledger.StateSent: 2, ledger.StateUnknown: 1})
		})
	}
}

// A letter at which the program panics does not end the tick, nor every later one; no word of it gets into the log.
func TestPanicAtALetter(t *testing.T) {
	h := furnish(t, nil)
	h.queue("one", 0, 3)
	once := false
	h.mail.Before = func(context.Context, mailer.Message) {
		if !once {
			once = true
			panic("secret words of a signer")
		}
	}
	if r := h.tick(); r.Sent != 2 || r.Broken != 1 {
		t.Errorf("%+v", r)
	}
	h.clock.Add(3 * time.Minute)
	h.tick()
	h.wantStates(map[ledger.State]int{ledger.StateSent: 2, ledger.StateUnknown: 1})
}

// Where letters wait, mail to signers leaves half of the provider's day to them.
func TestSignersLeaveHalfOfTheQuota(t *testing.T) {
	h := furnish(t, files())
	later := mailer.Later
	h.mail.Outcomes(later, later, later, later, later, later)
	h.queue("three", 0, 6) // their mails go back into the queue
	h.clock.Add(2 * time.Minute)
	h.queue("one", 0, 1)
	h.mail.Allow(mailer.Allowance{Left: 4}, nil)
	h.deliverer.Account = h.mail
	r := h.tick()
	if r.Confirmed != 3 || r.Sent != 4 || r.Halted != "DailyQuota" {
		t.Errorf("%+v", r)
	}
}

// An unknown delivery whose letter cannot be composed any more does not keep an alarm up for ever.
func TestUnknownThatNobodyCanSendFails(t *testing.T) {
	h := furnish(t, nil)
	h.queue("one", 0, 1)
	h.claim(h.only(), h.clock.Now().Add(time.Minute))
	h.clock.Add(2 * time.Minute)
	h.tick()
	h.clock.Add(100 * 24 * time.Hour) // longer than the campaign's retention
	for _, dry := range []bool{true, false} {
		n, err := h.deliverer.Retry(t.Context(), outbox.Again{Campaign: "one", State: ledger.StateUnknown, DryRun: dry})
		if err != nil || n.Gone != 1 || n.Again != 0 {
			t.Fatalf("%+v, %v", n, err)
		}
		if got := h.only().State; (got == ledger.StateUnknown) != dry {
			t.Errorf("dry run %v: %s", dry, got)
		}
	}
	h.tick()
	h.wantLeft(0)
}
