package campaign

import (
	"slices"

	"one-click-protest/internal/address"
	"one-click-protest/internal/ledger"
)

// Ladder answers the order in which a target's channels are tried: its own, or else the campaign's.
func (c *Campaign) Ladder(t *Target) []ledger.Channel {
	if t.Channels != nil {
		return t.Channels
	}
	return c.channels
}

// best answers the best way to a target on its ladder; false if there is none.
func (c *Campaign) best(t *Target) (Way, bool) {
	for _, channel := range c.Ladder(t) {
		if w, ok := c.by(channel, t); ok {
			return w, true
		}
	}
	return Way{}, false
}

// byHand is best among the channels by which the signer sends.
func (c *Campaign) byHand(t *Target) (Way, bool) {
	for _, channel := range c.Ladder(t) {
		if w, ok := c.by(channel, t); ok && !channel.Mailed() {
			return w, true
		}
	}
	return Way{}, false
}

// Below answers the ways by which the house can send a target's letters that can't go by a channel, best first: those below it on the
// target's ladder that are not suspended, whether or not the ladder has that channel today. Those by the signer's hand are none of them: when
// a letter steps down its signer is gone. Nothing for a target that the campaign has no more.
func (c *Campaign) Below(target string, channel ledger.Channel, control ledger.Control) []Way {
	t, ok := c.byID[target]
	if !ok {
		return nil
	}
	ladder := c.Ladder(t)
	var below []Way
	for _, lower := range ladder[slices.Index(ladder, channel)+1:] {
		if w, ok := c.by(lower, t); ok && lower.Mailed() && lower != channel && !control.Suspends(target, lower) {
			below = append(below, w)
		}
	}
	return below
}

// by answers the way to a target through one channel, if it can be gone.
func (c *Campaign) by(channel ledger.Channel, t *Target) (Way, bool) {
	w := Way{Target: t, Channel: channel}
	switch channel {
	case ledger.ChannelEmail:
		to, ok := c.mailing.address(t)
		w.To = to
		return w, ok
	case ledger.ChannelFax:
		if c.Fax == nil || len(t.Fax) == 0 {
			return w, false
		}
		w.To = c.Fax.Gateway.Address(t.Fax[0])
		return w, true
	case ledger.ChannelRelay:
		if c.Relay == nil {
			return w, false
		}
		w.To = c.Relay.Address
		return w, true
	case ledger.ChannelPrint:
		return w, len(t.Fax) > 0 || t.Postal != ""
	case ledger.ChannelSelf:
		_, mails := c.OwnMail(t)
		return w, t.Website != "" || mails
	}
	return w, false
}

// OwnMail answers where a signer's own mail to a target goes, under [ledger.ChannelSelf]: to any published address, but to one at a
// free-mail provider only if the campaign named the target.
func (c *Campaign) OwnMail(t *Target) (address.Email, bool) {
	for _, box := range t.Emails {
		if c.mailing.use[t.ID] || !box.Address.Free() {
			return box.Address, true
		}
	}
	return "", false
}

// address answers the first of a target's addresses that may be written to. One at a free-mail provider is used only for a target
// that was named: anybody can have it, and a political letter in strange hands harms its signer.
func (m mailing) address(t *Target) (address.Email, bool) {
	if m.use[t.ID] && len(t.Emails) > 0 {
		return t.Emails[0].Address, true
	}
	for _, box := range t.Emails {
		if slices.Contains(m.confidence, box.Confidence) && slices.Contains(m.sections, box.Section) && !box.Address.Free() {
			return box.Address, true
		}
	}
	return "", false
}
