package desk

import (
	"context"
	"fmt"
	"time"

	"one-click-protest/internal/campaign"
	"one-click-protest/internal/ledger"
)

// closeChannel suspends a target's channel, as letters that come back do: for an address that an organizer knows to be dead before its
// letters tell. What it stops steps down the ladder, and does not come back up when the channel is opened again.
func (c *pauseCommand) closeChannel(ctx context.Context, env Env) error {
	channel := ledger.Channel(c.Channel)
	switch {
	case c.Target == "":
		return misused("--channel goes with a target: pause CAMPAIGN TARGET --channel %s", c.Channel)
	case !channel.Mailed():
		return misused("--channel %s: no letter is sent by it; email, fax and relay are channels that the house sends by", c.Channel)
	}
	s, closed, err := c.read(ctx, env)
	if err != nil {
		return err
	}
	defer closed()
	b := ledger.Bucket{Target: c.Target, Channel: channel}
	if !s.goesBy(b) {
		return misused("%s is not written to by %s; check %s lists how it is", c.Target, channel, c.Campaign)
	}
	shut := func(control *ledger.Control) {
		control.Suspend(ledger.Suspension{Target: c.Target, Channel: channel, Reason: organizer, Day: env.Now().UTC().Truncate(24 * time.Hour), Alerted: true})
	}
	after := s.changed(shut)
	s.name += " by " + string(channel)
	if c.DryRun {
		return s.sayClosed("%s would be closed in the ledger of %s; %s.", after, b)
	}
	if err := ledger.Steer(ctx, s.ledger, s.scope, shut); err != nil {
		return err
	}
	return s.sayClosed("%s is closed in the ledger of %s; %s. What runs goes by it within ten seconds.", after, b)
}

// goesBy says whether a target has a channel by the files, or letters by it.
func (s steering) goesBy(b ledger.Bucket) bool {
	if _, ok := s.campaigns[0].WayBy(b.Target, b.Channel); ok {
		return true
	}
	for counted := range s.tallies[s.scope].Deliveries {
		if counted.Target == b.Target && counted.Channel == b.Channel {
			return true
		}
	}
	return false
}

// sayClosed says what becomes of the letters by a channel that is closed.
func (s steering) sayClosed(format string, after steering, b ledger.Bucket) error {
	count := func(state ledger.State) int { b.State = state; return s.tallies[s.scope].Deliveries[b] }
	waiting, back := counted(count(ledger.StateQueued), "waiting letter"), count(ledger.StateFailed)+count(ledger.StateBounced)
	control := after.controls[s.scope]
	to, why := lower(s.campaigns[0], control, b), ledger.Stops(s.account, control, b.Target, b.Channel)
	what := fmt.Sprintf("%s and those to come go on by %s", waiting, to.Channel)
	switch {
	case to.Channel == "":
		what = waiting + " and those to come stay: the target has no channel below it that the house could send by"
	case why != "suspended":
		what += ", once it is no longer " + inWords(why)
	}
	if to.Channel != "" && back > 0 {
		what += fmt.Sprintf(", and as many of the %d that were refused or came back as surely did not arrive", back)
	}
	_, err := fmt.Fprintf(s.env.Stdout, format+"\n", s.name, s.whose, what)
	if err == nil {
		_, err = fmt.Fprint(s.env.Stdout, costs(s.campaigns[0], to.Channel), s.strange())
	}
	return err
}

// lower answers the way by which letters go on whose channel is closed; the zero one where there is none.
func lower(c *campaign.Campaign, control ledger.Control, b ledger.Bucket) campaign.Way {
	if below := c.Below(b.Target, b.Channel, control); len(below) > 0 {
		return below[0]
	}
	return campaign.Way{}
}

// costs is a line about what faxes cost, where letters go by them.
func costs(c *campaign.Campaign, channel ledger.Channel) string {
	if channel != ledger.ChannelFax || c.Fax == nil {
		return ""
	}
	return fmt.Sprintf("Your gateway charges for each fax; %s sends %d a day at most (fax: daily in its campaign.yaml).\n", c.Slug, c.Fax.Daily)
}
