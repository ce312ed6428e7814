package outbox

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"one-click-protest/internal/ledger"
)

// ProviderKeeps is how long SES goes on trying to deliver a mail (SES developer guide, "Amazon SES email sending process"): until
// then an event may still say what became of it.
const ProviderKeeps = 14 * time.Hour

// Again says which deliveries an organizer sends once more, as their next attempt.
type Again struct {
	Campaign string       // scope
	Target   string       // empty for all
	State    ledger.State // StateUnknown, StateFailed, StateBounced; or StateHeld, which goes on in the same attempt
	// Permanent includes letters that their receiver refused for good, which is seldom wise: for when the address was mended.
	Permanent bool
	DryRun    bool
	// Each, if set, is told of each that begins anew, or with DryRun would: as it stood before.
	Each func(ledger.Delivery)
}

// tell is Each, counted.
func (a Again) tell(d ledger.Delivery, n *Counted) {
	n.Again++
	if a.Each != nil {
		a.Each(d)
	}
}

// Counted is what Retry found and did, or with DryRun would do.
type Counted struct {
	Found  int // in the state
	Again  int // begin anew
	Early  int // left: an event may still tell what became of them
	Gone   int // what they were composed from is deleted or has expired: unknown ones become failed, others are left
	Firm   int // left: refused for good by their receiver
	Beaten int // left: somebody else settled them meanwhile
}

// Retry queues deliveries again. It reads the whole campaign.
func (d *Deliverer) Retry(ctx context.Context, a Again) (Counted, error) {
	var n Counted
	if !ledger.Again(a.State) && a.State != ledger.StateHeld {
		return n, fmt.Errorf("retry from %s: %w", a.State, ledger.ErrInvalid)
	}
	for entry, err := range d.Ledger.Walk(ctx, a.Campaign) {
		if err != nil {
			return n, fmt.Errorf("retry: %w", err)
		}
		v := entry.Delivery
		if v == nil || v.State != a.State || a.Target != "" && v.Target != a.Target {
			continue
		}
		if err := d.again(ctx, a, *v, &n); err != nil {
			return n, fmt.Errorf("retry: %w", err)
		}
	}
	return n, nil
}

func (d *Deliverer) again(ctx context.Context, a Again, v ledger.Delivery, n *Counted) error {
	now := d.Outbox.now()
	n.Found++
	switch {
	case v.State == ledger.StateUnknown && now.Before(settledBy(v)):
		n.Early++
		return nil
	case v.State == ledger.StateBounced && !a.Permanent && !passing(v.Reason):
		n.Firm++
		return nil
	}
	if _, err := d.Ledger.Sealed(ctx, v.ID, now); errors.Is(err, ledger.ErrNotFound) {
		n.Gone++
		return d.giveUp(ctx, a, v)
	} else if err != nil {
		return err
	}
	if a.DryRun {
		a.tell(v, n)
		return nil
	}
	changed, err := d.Ledger.Settle(ctx, ledger.Settlement{
		ID: v.ID, Attempt: v.Attempt, Channel: v.Channel, From: v.State, To: ledger.StateQueued, Again: ledger.Again(v.State),
		Next: now, At: now, Reason: "organizer", Token: rand.Text(),
	})
	if changed {
		a.tell(v, n)
	} else if err == nil {
		n.Beaten++
	}
	return err
}

// giveUp settles an unknown delivery whose letter cannot be composed any more: nobody can do anything about it, and what is unknown
// keeps an alarm up.
func (d *Deliverer) giveUp(ctx context.Context, a Again, v ledger.Delivery) error {
	if a.DryRun || v.State != ledger.StateUnknown {
		return nil
	}
	step := d.Outbox.step(v, "expired")
	step.To = ledger.StateFailed
	_, err := d.Ledger.Settle(ctx, step)
	return err
}

// settledBy answers when no event of a delivery is on its way any more. The ledger knows the day on which it became unknown only, so it
// is counted from that day's end.
func settledBy(v ledger.Delivery) time.Time { return v.Changed.Add(24*time.Hour + ProviderKeeps) }

// passing says whether a bounce, by its reason, may pass: a full mailbox, a server that was down, a limit of the receiver's.
func passing(reason string) bool {
	return reason == "Policy" || strings.HasPrefix(reason, "Transient")
}

// Adopted is what Adopt found and did, or with a dry run would do.
type Adopted struct {
	Already   bool // the ledger was adopted: nothing to do
	Unknown   int  // deliveries that may have been sent since, and are unknown from now on
	Repaired  []string
	Campaigns int
}

// Adopt takes a ledger that was restored, or whose secret changed, into use as it is: what waits in it may have been sent since it
// was copied, so it becomes unknown; the counts are counted anew. Nobody else may write meanwhile, and nobody does: a ledger that is
// not adopted refuses submissions and sending. After an error call again.
func (d *Deliverer) Adopt(ctx context.Context, dryRun bool) (Adopted, error) {
	var n Adopted
	err := d.Ledger.Adopted(ctx, d.Keys.Fingerprint())
	if !errors.Is(err, ledger.ErrNotAdopted) {
		n.Already = err == nil
		return n, err
	}
	campaigns, back := map[string]bool{}, map[ledger.Queue]bool{}
	for entry, err := range d.Ledger.Walk(ctx, "") {
		if err != nil {
			return n, fmt.Errorf("adopt: %w", err)
		}
		if entry.Action != nil {
			campaigns[entry.Action.Campaign] = true
			continue
		}
		v := *entry.Delivery
		campaigns[v.Campaign] = true
		switch v.State {
		case ledger.StateQueued, ledger.StateClaimed, ledger.StateHeld:
			err = d.doubt(ctx, v, dryRun, &n)
		case ledger.StateFailed, ledger.StateBounced:
			back[v.Queue()] = true
		}
		if err != nil {
			return n, fmt.Errorf("adopt: %w", err)
		}
	}
	for q := range back {
		if err := d.doubtStranded(ctx, q, dryRun, &n); err != nil {
			return n, fmt.Errorf("adopt: %w", err)
		}
	}
	n.Campaigns = len(campaigns)
	if dryRun {
		return n, nil
	}
	for campaign := range campaigns {
		changed, err := d.repair(ctx, campaign)
		if err != nil {
			return n, fmt.Errorf("adopt: %w", err)
		}
		if changed {
			n.Repaired = append(n.Repaired, campaign)
		}
	}
	if err := d.Ledger.Adopt(ctx, d.Keys.Fingerprint()); err != nil {
		return n, fmt.Errorf("adopt: %w", err)
	}
	return n, nil
}

// repairs is how often counts are counted anew until they are right.
const repairs = 5

// repair counts until nothing changes any more: feedback asks no ledger whether it is adopted, and may settle an event meanwhile.
func (d *Deliverer) repair(ctx context.Context, campaign string) (repaired bool, err error) {
	for range repairs {
		changed, err := d.Ledger.Repair(ctx, campaign)
		if err != nil || !changed {
			return repaired, err
		}
		repaired = true
	}
	return repaired, nil
}

// adopted is the reason of what a restored ledger doubts.
const adopted = "adopted"

// doubt makes unknown what may have been sent without this ledger's knowing.
func (d *Deliverer) doubt(ctx context.Context, v ledger.Delivery, dryRun bool, n *Adopted) error {
	n.Unknown++
	if dryRun {
		return nil
	}
	step := d.Outbox.step(v, adopted)
	step.To = ledger.StateUnknown
	_, err := d.Ledger.Settle(ctx, step)
	return err
}

// doubtStranded does so to what a queue's channel gave back for good: another channel may have taken it since, and the ladder would take it
// there a second time.
func (d *Deliverer) doubtStranded(ctx context.Context, q ledger.Queue, dryRun bool, n *Adopted) error {
	for id, err := range allStranded(ctx, d.Ledger, q) {
		if err != nil {
			return err
		}
		v, err := find(ctx, d.Ledger, id)
		if err == nil && (v.State == ledger.StateFailed || v.State == ledger.StateBounced) { // else the index lags
			err = d.doubt(ctx, v, dryRun, n)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
