package outbox_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"one-click-protest/internal/address"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/ledger/ledgertest"
	"one-click-protest/internal/mailer"
	"one-click-protest/internal/mailer/mailertest"
	"one-click-protest/internal/outbox"
)

// inline is the sending of letters that have just been signed.
type inline struct {
	*outbox.Outbox
	t      *testing.T
	ledger *ledgertest.Memory
	mail   *mailertest.Fake
	clock  *clock
	signed int
}

// slow is one letter at once, and one in ten minutes.
var slow = ledger.Pace{Mailbox: ledger.Rate{PerHour: 6, Burst: 1}}

var to = []address.Email{"embassy@example.net"}

func atTheDesk(t *testing.T) *inline {
	i := &inline{t: t, ledger: ledgertest.New(), mail: &mailertest.Fake{}, clock: &clock{now: noon}}
	i.Outbox = &outbox.Outbox{Ledger: i.ledger, Mailer: i.mail, Events: true, SlotTime: time.Minute, Now: i.clock.Now, Log: quiet}
	return i
}

// claimed writes the claimed delivery of another signer.
func (i *inline) claimed() ledger.Delivery {
	i.t.Helper()
	i.signed++
	d := ledger.Delivery{
		ID:      ledger.ID{Key: ledger.Key{Campaign: "c", Signer: string(rune('a' + i.signed))}, Target: "t"},
		Attempt: 1, Channel: ledger.ChannelEmail, State: ledger.StateClaimed, Letter: "v",
		Claim: "claim", Next: i.clock.Now().Add(time.Minute), Changed: noon,
	}
	_, err := i.ledger.Accept(i.t.Context(), ledger.Acceptance{
		Action: ledger.Action{Key: d.Key, Day: noon, Token: "token"},
		Drafts: []ledger.Draft{{Delivery: d, Sealed: []byte("box"), Expires: noon.AddDate(0, 1, 0)}},
	})
	if err != nil {
		i.t.Fatal(err)
	}
	return d
}

func (i *inline) send(d ledger.Delivery) ledger.State {
	return i.Send(i.t.Context(), d, message, slow)
}

func (i *inline) ready() bool {
	return i.Ready(i.t.Context(), ledger.Delivery{ID: ledger.ID{Key: ledger.Key{Campaign: "c"}, Target: "t"}}, to)
}

// wantQueued holds that a delivery waits, for this reason, with all that composing it takes.
func (i *inline) wantQueued(d ledger.Delivery, reason string) {
	i.t.Helper()
	got := find(i.t, i.ledger, d)
	if got.State != ledger.StateQueued || got.Reason != reason || got.Next.After(i.clock.Now()) {
		i.t.Errorf("stands at %s (%s), next %v", got.State, got.Reason, got.Next)
	}
	if _, err := i.ledger.Sealed(i.t.Context(), d.ID, i.clock.Now()); err != nil {
		i.t.Errorf("sealed fields: %v", err)
	}
}

// A process that knows "no slot before T" does not ask before T.
func TestInlineKnowsThatThereIsNoSlot(t *testing.T) {
	i := atTheDesk(t)
	if !i.ready() || i.send(i.claimed()) != ledger.StateSent {
		t.Fatal("the first letter did not leave")
	}
	second := i.claimed()
	if i.send(second) != ledger.StateQueued {
		t.Error("the second letter left")
	}
	i.wantQueued(second, "pace")
	i.clock.Add(time.Second)
	before := i.ledger.Calls("")
	for range 100 {
		if i.ready() {
			t.Fatal("ready without a slot")
		}
	}
	if n := i.ledger.Calls("") - before; n != 0 {
		t.Errorf("asked the ledger %d times", n)
	}
	i.clock.Add(10 * time.Minute)
	if !i.ready() {
		t.Error("not ready when there is a slot")
	}
}

func TestInlineStandsBackWhileLettersWait(t *testing.T) {
	i := atTheDesk(t)
	if err := ledger.Waiting(t.Context(), i.ledger, to[0].Domain(), to[0].Mailbox(), true, noon); err != nil {
		t.Fatal(err)
	}
	d := i.claimed()
	if got := i.send(d); got != ledger.StateQueued {
		t.Errorf("%s before those that wait", got)
	}
	i.wantQueued(d, "pace")
	if i.ready() {
		t.Error("asks again at once")
	}
}

// A control is read again after five seconds, and not before.
func TestInlineKeepsControls(t *testing.T) {
	i := atTheDesk(t)
	i.ready()
	if err := ledger.Steer(t.Context(), i.ledger, "c", func(c *ledger.Control) { c.Pause("t") }); err != nil {
		t.Fatal(err)
	}
	before := i.ledger.Calls("")
	for range 50 {
		i.ready()
	}
	if n := i.ledger.Calls("") - before; n != 0 {
		t.Errorf("asked the ledger %d times within the same second", n)
	}
	i.clock.Add(5 * time.Second)
	if i.ready() {
		t.Error("a pause does not hold after five seconds")
	}
	d := i.claimed()
	i.send(d)
	i.wantQueued(d, "paused")
}

// A control that cannot be read stops: the letter waits.
func TestInlineWithoutAControl(t *testing.T) {
	i := atTheDesk(t)
	i.ledger.Fail("Document", ledgertest.Before, errDown, errDown)
	d := i.claimed()
	i.send(d)
	i.wantQueued(d, "control")
}

func TestInlineRemembersAHaltForAMinute(t *testing.T) {
	i := atTheDesk(t)
	i.mail.Outcomes(mailer.Halt)
	i.send(i.claimed())
	if i.ready() {
		t.Error("ready although the provider takes nothing")
	}
	d := i.claimed()
	i.send(d)
	i.wantQueued(d, "halted")
	if n := len(i.mail.Attempts()); n != 1 {
		t.Errorf("%d attempts", n)
	}
	i.clock.Add(10 * time.Minute)
	if !i.ready() {
		t.Error("not ready after ten minutes")
	}
}

func TestInlineWhoseSlotCannotBeTaken(t *testing.T) {
	for _, when := range []ledgertest.When{ledgertest.Before, ledgertest.After} {
		i := atTheDesk(t)
		i.ledger.Fail("Change", when, errDown)
		d := i.claimed()
		if got := i.send(d); got != ledger.StateQueued {
			t.Errorf("%s without a slot", got)
		}
		i.wantQueued(d, "pace")
		if n := len(i.mail.Attempts()); n != 0 {
			t.Errorf("%d attempts", n)
		}
	}
}

// jam is a ledger whose documents nobody gets to change.
type jam struct{ *ledgertest.Memory }

func (jam) Change(ctx context.Context, _ string, _ func([]byte) ([]byte, error)) error {
	<-ctx.Done()
	return ctx.Err()
}

// A first answer is not much later than that of a repeat, which asks for no slot.
func TestInlineAsksForASlotNotForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := atTheDesk(t)
		i.Outbox = &outbox.Outbox{Ledger: jam{i.ledger}, Mailer: i.mail, Now: i.clock.Now, Log: quiet}
		d, began := i.claimed(), time.Now()
		if got, took := i.send(d), time.Since(began); got != ledger.StateQueued || took != 300*time.Millisecond {
			t.Errorf("%s after %v", got, took)
		}
		i.wantQueued(d, "pace")
	})
}

// A process that freezes between the slot and the wire does not send in a time that was given to others.
func TestInlineWhoseSlotLapsed(t *testing.T) {
	i := atTheDesk(t)
	i.ready() // reads the controls
	d := i.claimed()
	l := &life{left: -1, frozen: 1, freeze: func() { i.clock.Add(11 * time.Second) }} // within the taking of the slot
	i.Outbox = &outbox.Outbox{Ledger: mortal{i.ledger, l}, Mailer: i.mail, Events: true, Now: i.clock.Now, Log: quiet}
	l.frozen = 3 // two controls, then the slot
	if got := i.send(d); got != ledger.StateQueued {
		t.Errorf("%s with a slot that is too old", got)
	}
	i.wantQueued(d, "slot-lapsed")
	if n := len(i.mail.Attempts()); n != 0 {
		t.Errorf("%d attempts", n)
	}
}

// A visitor who hangs up does not keep the letter from leaving, nor from being settled.
func TestInlineGoesOnWhenTheVisitorHangsUp(t *testing.T) {
	i := atTheDesk(t)
	ctx, hangUp := context.WithCancel(t.Context())
	hangUp()
	d := i.claimed()
	if got := i.Send(ctx, d, message, slow); got != ledger.StateSent {
		t.Errorf("%s", got)
	}
	if got := find(t, i.ledger, d); got.State != ledger.StateSent {
		t.Errorf("stands at %s", got.State)
	}
}

// Mail to a signer takes no slot: a mailbox that somebody typed has no pace but its ration.
func TestInlineMailToASigner(t *testing.T) {
	i := atTheDesk(t)
	for range 3 {
		if got := i.Send(t.Context(), i.claimed(), message, ledger.Pace{}); got != ledger.StateSent {
			t.Errorf("%s", got)
		}
	}
	if n := i.ledger.Calls("Change"); n != 0 {
		t.Errorf("%d slots taken", n)
	}
}
