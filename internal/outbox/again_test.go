package outbox_test

import (
	"errors"
	"testing"
	"time"

	"one-click-protest/internal/ledger"
	"one-click-protest/internal/ledger/ledgertest"
	"one-click-protest/internal/mailer"
	"one-click-protest/internal/outbox"
)

// stand lets the one delivery that waits get to a state, for a reason.
func (h *house) stand(state ledger.State, reason string) ledger.Delivery {
	h.t.Helper()
	until := h.clock.Now().Add(time.Minute)
	h.claim(h.only(), until)
	d := h.only()
	step := ledger.Settlement{
		ID: d.ID, Attempt: d.Attempt, Channel: d.Channel, Claim: d.Claim, From: d.State, To: state, At: h.clock.Now(), Reason: reason, Token: "stand",
	}
	if changed, err := h.ledger.Settle(h.t.Context(), step); err != nil || !changed {
		h.t.Fatal(changed, err)
	}
	return h.only()
}

// later is when no event of today's mail can come any more.
const later = 39 * time.Hour

func TestRetry(t *testing.T) {
	const unknown, failed, bounced, held = ledger.StateUnknown, ledger.StateFailed, ledger.StateBounced, ledger.StateHeld
	for name, tc := range map[string]struct {
		state   ledger.State
		reason  string
		again   outbox.Again
		wait    time.Duration
		want    outbox.Counted
		attempt int
	}{
		"unknown":            {unknown, "", outbox.Again{State: unknown}, later, outbox.Counted{Found: 1, Again: 1}, 2},
		"unknown, too early": {unknown, "", outbox.Again{State: unknown}, 25 * time.Hour, outbox.Counted{Found: 1, Early: 1}, 1},
		"failed":             {failed, "MessageRejected", outbox.Again{State: failed}, 0, outbox.Counted{Found: 1, Again: 1}, 2},
		"its fields expired": {failed, "expired", outbox.Again{State: failed}, 91 * 24 * time.Hour, outbox.Counted{Found: 1, Gone: 1}, 1},
		"bounced, may pass":  {bounced, "Transient/MailboxFull", outbox.Again{State: bounced}, 0, outbox.Counted{Found: 1, Again: 1}, 2},
		"bounced by policy":  {bounced, "Policy", outbox.Again{State: bounced}, 0, outbox.Counted{Found: 1, Again: 1}, 2},
		"bounced for good":   {bounced, "Permanent/General", outbox.Again{State: bounced}, 0, outbox.Counted{Found: 1, Firm: 1}, 1},
		"all the same":       {bounced, "Permanent/General", outbox.Again{State: bounced, Permanent: true}, 0, outbox.Counted{Found: 1, Again: 1}, 2},
		"held":               {held, "version-lost", outbox.Again{State: held}, 0, outbox.Counted{Found: 1, Again: 1}, 1},
		"the target":         {failed, "", outbox.Again{State: failed, Target: "minister"}, 0, outbox.Counted{Found: 1, Again: 1}, 2},
		"another target":     {failed, "", outbox.Again{State: failed, Target: "else"}, 0, outbox.Counted{}, 1},
		"another state":      {failed, "", outbox.Again{State: unknown}, later, outbox.Counted{}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			h := furnish(t, nil)
			h.queue("one", 0, 1)
			before := h.stand(tc.state, tc.reason)
			h.clock.Add(tc.wait)
			tc.again.Campaign = "one"

			dry := tc.again
			dry.DryRun = true
			if n, err := h.deliverer.Retry(t.Context(), dry); n != tc.want || err != nil {
				t.Errorf("dry run: %+v, %v", n, err)
			}
			if d := h.only(); d != before {
				t.Errorf("a dry run changed %+v to %+v", before, d)
			}

			if n, err := h.deliverer.Retry(t.Context(), tc.again); n != tc.want || err != nil {
				t.Errorf("%+v, %v", n, err)
			}
			d := h.only()
			if (d.State == ledger.StateQueued) != (tc.want.Again == 1) || d.Attempt != tc.attempt {
				t.Errorf("stands at %s, attempt %d", d.State, d.Attempt)
			}
			if n, err := h.deliverer.Retry(t.Context(), tc.again); n.Again != 0 || err != nil {
				t.Errorf("a repeat: %+v, %v", n, err)
			}
			h.tick()
			h.wantLeft(tc.want.Again)
		})
	}
}

func TestRetryRefusesOtherStates(t *testing.T) {
	h := furnish(t, nil)
	h.queue("one", 0, 1)
	h.tick()
	for _, s := range []ledger.State{ledger.StateSent, ledger.StateQueued, ledger.StateClaimed, ledger.StateComplained, ledger.StateCancelled, ""} {
		if _, err := h.deliverer.Retry(t.Context(), outbox.Again{Campaign: "one", State: s}); !errors.Is(err, ledger.ErrInvalid) {
			t.Errorf("%q: %v", s, err)
		}
	}
	h.wantStates(map[ledger.State]int{ledger.StateSent: 1})
}

// A retry that an error ends goes on when it is repeated, and sends nothing twice.
func TestRetryIsRepeatedAfterAnError(t *testing.T) {
	for _, when := range []ledgertest.When{ledgertest.Before, ledgertest.After} {
		h := furnish(t, nil)
		h.queue("one", 0, 3)
		h.mail.Outcomes(mailer.Refused, mailer.Refused, mailer.Refused)
		h.tick()
		h.ledger.Fail("Settle", when, nil, errDown)
		again := outbox.Again{Campaign: "one", State: ledger.StateFailed}
		if _, err := h.deliverer.Retry(t.Context(), again); !errors.Is(err, errDown) {
			t.Errorf("%v", err)
		}
		if _, err := h.deliverer.Retry(t.Context(), again); err != nil {
			t.Error(err)
		}
		h.tick()
		h.wantEachOnce()
		h.wantLeft(3)
	}
}

// restored is a house whose ledger another secret wrote: one letter each that waits, is being sent, is held, was sent.
func restored(t *testing.T) *house {
	h := furnish(t, nil)
	h.queue("one", 0, 1)
	h.stand(ledger.StateHeld, "version-lost")
	h.queue("one", 1, 1)
	h.tick()
	h.queue("one", 2, 2)
	for _, d := range h.all() {
		if d.State == ledger.StateQueued {
			h.claim(d, h.clock.Now().Add(time.Minute))
			break
		}
	}
	if err := h.ledger.Adopt(t.Context(), "another"); err != nil {
		t.Fatal(err)
	}
	h.wantStates(map[ledger.State]int{ledger.StateHeld: 1, ledger.StateSent: 1, ledger.StateQueued: 1, ledger.StateClaimed: 1})
	return h
}

func TestAdopt(t *testing.T) {
	h := restored(t)
	dry, err := h.deliverer.Adopt(t.Context(), true)
	if err != nil || dry.Unknown != 3 || dry.Campaigns != 1 || dry.Already {
		t.Errorf("dry run: %+v, %v", dry, err)
	}
	h.wantStates(map[ledger.State]int{ledger.StateHeld: 1, ledger.StateSent: 1, ledger.StateQueued: 1, ledger.StateClaimed: 1})
	if _, err := h.deliverer.Tick(t.Context()); !errors.Is(err, ledger.ErrNotAdopted) {
		t.Errorf("after a dry run: %v", err)
	}
	if _, err := h.service.Submit(t.Context(), "one", submission(9)); !errors.Is(err, ledger.ErrNotAdopted) {
		t.Errorf("a submission before it is adopted: %v", err)
	}
	n, err := h.deliverer.Adopt(t.Context(), false)
	if err != nil || n.Unknown != 3 {
		t.Errorf("%+v, %v", n, err)
	}
	h.wantStates(map[ledger.State]int{ledger.StateUnknown: 3, ledger.StateSent: 1})
	if n, err := h.deliverer.Adopt(t.Context(), false); err != nil || !n.Already {
		t.Errorf("again: %+v, %v", n, err)
	}
	h.queue("one", 20, 1) // life goes on
	h.clock.Add(time.Hour)
	h.tick()
	h.wantLeft(2)
	h.wantStates(map[ledger.State]int{ledger.StateUnknown: 3, ledger.StateSent: 2})
}

// An adoption that is interrupted anywhere is repeated, and until it is through nothing leaves.
func TestAdoptIsRepeatedAfterAnError(t *testing.T) {
	for _, fault := range []struct {
		method string
		nth    int
	}{{"Adopted", 0}, {"Walk", 0}, {"Settle", 0}, {"Settle", 2}, {"Repair", 0}, {"Adopt", 0}} {
		for _, when := range []ledgertest.When{ledgertest.Before, ledgertest.After} {
			if fault.method == "Adopted" && when == ledgertest.After { // which strikes only what succeeds
				continue
			}
			h := restored(t)
			h.ledger.Fail(fault.method, when, append(make([]error, fault.nth), errDown)...)
			_, err := h.deliverer.Adopt(t.Context(), false)
			if !errors.Is(err, errDown) {
				t.Errorf("%+v: %v", fault, err)
			}
			if err != nil && fault.method != "Adopt" {
				if _, err := h.deliverer.Tick(t.Context()); err == nil {
					t.Errorf("%+v: sends", fault)
				}
			}
			if _, err := h.deliverer.Adopt(t.Context(), false); err != nil {
				t.Errorf("%+v: repeated: %v", fault, err)
			}
			h.tick()
			h.wantStates(map[ledger.State]int{ledger.StateUnknown: 3, ledger.StateSent: 1})
			h.wantLeft(1)
		}
	}
}
