package outbox

import (
	"cmp"
	"context"
	"time"

	"one-click-protest/internal/address"
	"one-click-protest/internal/ledger"
)

// slotTime is how long a newcomer asks for a slot: a crowd of them meets at one document, and a first answer must not be later than
// that of a repeat, who asks for none. Who gets none in that time waits in the queue.
const slotTime = 300 * time.Millisecond

// controlLife is how long a process goes by a control it has read: a pause holds within this time.
const controlLife = 5 * time.Second

// steered is the controls of the account and of a campaign, as last read.
type steered struct {
	account, campaign ledger.Control
	at                time.Time
}

// stopped answers why a delivery may not leave now, or "". What cannot be read stops.
func (o *Outbox) stopped(ctx context.Context, d ledger.Delivery) string {
	now := o.now()
	if o.haltedNow() != "" {
		return "halted"
	}
	s, err := o.control(ctx, d.Campaign, now)
	if err != nil {
		o.log().ErrorContext(ctx, "control not read", "campaign", d.Campaign, "error", err)
		return "control"
	}
	return ledger.Stops(s.account, s.campaign, d.Target, d.Channel)
}

func (o *Outbox) control(ctx context.Context, campaign string, now time.Time) (steered, error) {
	o.mu.Lock()
	s, ok := o.controls[campaign]
	o.mu.Unlock()
	if ok && now.Sub(s.at).Abs() < controlLife {
		return s, nil
	}
	s = steered{at: now}
	var accountErr error
	read := make(chan struct{})
	go func() { // both at once: a visitor waits for them
		defer close(read)
		s.account, accountErr = ledger.ReadControl(ctx, o.Ledger, ledger.Account)
	}()
	var err error
	s.campaign, err = ledger.ReadControl(ctx, o.Ledger, campaign)
	<-read
	if accountErr != nil {
		err = accountErr
	}
	if err != nil {
		return steered{}, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.controls == nil {
		o.controls = map[string]steered{}
	}
	o.controls[campaign] = s
	return s, nil
}

// halt notes that the provider takes nothing for now.
func (o *Outbox) halt(why string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.halted = halt{o.now().Add(haltLife), why}
}

// unhalt forgets a halt: the provider says that it takes mail.
func (o *Outbox) unhalt() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.halted = halt{}
}

// haltedNow answers why the provider takes nothing, as far as this process knows; else "".
func (o *Outbox) haltedNow() string {
	now := o.now()
	o.mu.Lock()
	defer o.mu.Unlock()
	if left := o.halted.until.Sub(now); left <= 0 || left > haltLife { // further off: the clock went back
		return ""
	}
	return cmp.Or(o.halted.why, "halted")
}

// slot takes one slot for a newcomer in every mailbox it goes to. What another mailbox granted before one refused is lost, which errs on
// the slow side; only test mode has several.
func (o *Outbox) slot(ctx context.Context, to []address.Email, pace ledger.Pace) bool {
	if pace == (ledger.Pace{}) {
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(o.SlotTime, slotTime))
	defer cancel()
	for _, mailbox := range to {
		grant, err := ledger.Take(ctx, o.Ledger, slots(mailbox, pace, 1, o.now(), true))
		if err != nil {
			o.log().WarnContext(ctx, "no slot", "error", err)
			return false
		}
		if grant.N == 0 {
			o.noSlot(mailbox, grant.Next)
			return false
		}
	}
	return true
}

// lapsed says that a slot was granted too long ago.
func lapsed(granted, now time.Time) bool { return now.Sub(granted).Abs() > slotLife }

func slots(to address.Email, pace ledger.Pace, n int, now time.Time, newcomer bool) ledger.Slots {
	return ledger.Slots{Domain: to.Domain(), Mailbox: to.Mailbox(), Pace: pace, N: n, Now: now, Newcomer: newcomer}
}

// slotlessMost bounds what a process remembers: as many mailboxes as a campaign can have, and some.
const slotlessMost = 10_000

func (o *Outbox) noSlot(mailbox address.Email, before time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.slotless == nil || len(o.slotless) > slotlessMost {
		o.slotless = map[address.Email]time.Time{}
	}
	o.slotless[mailbox] = before
}

func (o *Outbox) knowsNoSlot(to []address.Email) bool {
	now := o.now()
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, mailbox := range to {
		before := o.slotless[mailbox]
		if now.Before(before) && before.Sub(now) < 2*time.Hour { // further off: the clock went back
			return true
		}
	}
	return false
}
