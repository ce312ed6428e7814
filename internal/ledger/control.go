package ledger

import (
	"context"
	"fmt"
	"slices"
	"time"
)

const controlKind = "CONTROL"

// Account is the scope of the control, and of the health, of everything that leaves: no campaign's name is upper case.
const Account = "ACCOUNT"

// Control is what organizers, and the receivers' answers, have decided about a campaign's sending.
type Control struct {
	Paused    bool         `json:"paused,omitempty"`
	Reason    string       `json:"reason,omitempty"`    // why, where no organizer did it: a short code
	Targets   []string     `json:"targets,omitempty"`   // paused ones, sorted
	Suspended []Suspension `json:"suspended,omitempty"` // in the order in which they happened
}

// Suspension is a target's channel that gives letters back, or that an organizer has closed.
type Suspension struct {
	Target  string    `json:"target"`
	Channel Channel   `json:"channel"`
	Reason  string    `json:"reason"` // short code
	Day     time.Time `json:"day"`    // UTC
	Alerted bool      `json:"alerted,omitempty"`
}

// Stops answers why letters to a target through a channel may not leave, or "".
func (c Control) Stops(target string, channel Channel) string {
	switch {
	case c.Paused && c.Reason != "":
		return c.Reason
	case c.Paused, slices.Contains(c.Targets, target):
		return "paused"
	case c.Suspends(target, channel):
		return "suspended"
	}
	return ""
}

// Stops answers why a delivery may not leave, or "", by the account's control and its campaign's. A paused campaign still answers its
// signers.
func Stops(account, campaign Control, target string, channel Channel) string {
	if target == TargetSigner {
		return account.Stops(TargetSigner, "")
	}
	if why := account.Stops("", ""); why != "" {
		return why
	}
	return campaign.Stops(target, channel)
}

// Suspends says whether a target's channel is suspended.
func (c Control) Suspends(target string, channel Channel) bool {
	return c.suspension(target, channel) >= 0
}

func (c Control) suspension(target string, channel Channel) int {
	return slices.IndexFunc(c.Suspended, func(s Suspension) bool { return s.Target == target && s.Channel == channel })
}

// Pause stops a campaign, or one target of it.
func (c *Control) Pause(target string) {
	if target == "" {
		c.Paused, c.Reason = true, ""
		return
	}
	if at, found := slices.BinarySearch(c.Targets, target); !found {
		c.Targets = slices.Insert(c.Targets, at, target)
	}
}

// Resume takes back what stops a campaign as a whole, or what stops one target of it: its pause and its suspensions. A campaign's
// pauses and suspensions of single targets stay, since each has a cause of its own; see [Control.ResumeAll]. Of the account's control a
// breaker goes whole, also where it stops mail to signers alone.
func (c *Control) Resume(target string) {
	if target == "" {
		c.Paused, c.Reason = false, ""
		c.Suspended = slices.DeleteFunc(c.Suspended, func(s Suspension) bool { return s.Target == Account || s.Target == TargetSigner })
		return
	}
	c.Targets = slices.DeleteFunc(c.Targets, func(t string) bool { return t == target })
	c.Suspended = slices.DeleteFunc(c.Suspended, func(s Suspension) bool { return s.Target == target })
}

// ResumeAll takes back everything: what stops the whole, and what stops single targets.
func (c *Control) ResumeAll() { *c = Control{} }

// Suspend stops a target's channel, once, and answers whether organizers have still to be told.
func (c *Control) Suspend(s Suspension) (untold bool) {
	if i := c.suspension(s.Target, s.Channel); i >= 0 {
		return !c.Suspended[i].Alerted
	}
	c.Suspended = append(c.Suspended, s)
	return true
}

// Told notes that organizers know of a suspension.
func (c *Control) Told(target string, channel Channel) {
	if i := c.suspension(target, channel); i >= 0 {
		c.Suspended[i].Alerted = true
	}
}

// ReadControl answers a campaign's control; the zero one for a campaign that nobody steered.
func ReadControl(ctx context.Context, docs Documents, campaign string) (Control, error) {
	c, err := read[Control](ctx, docs, DocumentName(controlKind, campaign))
	if err != nil {
		return Control{}, fmt.Errorf("control: %w", err)
	}
	return c, nil
}

// Steer changes a campaign's control, after whatever others changed. f may be called more than once.
func Steer(ctx context.Context, docs Documents, campaign string, f func(*Control)) error {
	if err := change(ctx, docs, DocumentName(controlKind, campaign), f); err != nil {
		return fmt.Errorf("steer: %w", err)
	}
	return nil
}
