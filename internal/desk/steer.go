package desk

import (
	"context"
	"fmt"
	"slices"

	"one-click-protest/internal/campaign"
	"one-click-protest/internal/ledger"
)

// steerFlags are what pause and resume have in common.
type steerFlags struct {
	ledgerPlace
	Campaign string `arg:"" optional:"" help:"The campaign's slug."`
	Target   string `arg:"" optional:"" help:"One of its targets; the campaign as a whole if none is named."`
	Account  bool   `help:"Everything that the account sends, for all campaigns, instead of one campaign."`
	DryRun   bool   `help:"Change nothing; say how many waiting letters it is about."`
}

// pauseCommand stops sending.
type pauseCommand struct {
	steerFlags
	Channel string `help:"With a target: close this channel of it (email, fax or relay), until resume opens it; its letters go on by the next one." placeholder:"CHANNEL"`
}

// Run pauses what is named. What runs goes by it within seconds, and what is on the wire at this moment leaves.
func (c *pauseCommand) Run(ctx context.Context, env Env) error {
	if c.Channel != "" {
		return c.closeChannel(ctx, env)
	}
	s, closed, err := c.read(ctx, env)
	if err != nil {
		return err
	}
	defer closed()
	after := s.changed(func(control *ledger.Control) { control.Pause(c.Target) })
	n := s.between(after)
	if c.DryRun {
		return s.say("%s would be paused in the ledger of %s; this would stop %s.", n)
	}
	err = ledger.Steer(ctx, s.ledger, s.scope, func(control *ledger.Control) { control.Pause(c.Target) })
	if err != nil {
		return err
	}
	return s.say("%s is paused in the ledger of %s; this stops %s. What runs goes by it within ten seconds.", n)
}

// resumeCommand takes back what stops sending.
type resumeCommand struct {
	steerFlags
	All bool `help:"With a campaign: also the pauses and suspensions of its single targets."`
}

// Run takes back what stops what is named, and forgets the bad outcomes behind it: otherwise the next one would stop it again.
// What stops single targets of a campaign stays, unless they are named or all are meant.
func (c *resumeCommand) Run(ctx context.Context, env Env) error {
	if c.All && (c.Account || c.Target != "") {
		return misused("--all goes with a campaign alone: it means all of its targets")
	}
	s, closed, err := c.read(ctx, env)
	if err != nil {
		return err
	}
	defer closed()
	after := s.changed(c.lift)
	n := after.between(s)
	if c.DryRun {
		err = s.say("%s would go on in the ledger of %s; this would free %s.", n)
	} else if err = c.resume(ctx, s); err == nil {
		err = s.say("%s goes on in the ledger of %s; this frees %s.", n)
	}
	if err != nil {
		return err
	}
	return after.sayStopped()
}

func (c *resumeCommand) lift(control *ledger.Control) {
	if c.All {
		control.ResumeAll()
		return
	}
	control.Resume(c.Target)
}

// resume recovers first: when it ends between the two, the same command does the rest.
func (c *resumeCommand) resume(ctx context.Context, s steering) error {
	for _, subject := range c.subjects(s) {
		if err := ledger.Recover(ctx, s.ledger, subject); err != nil {
			return err
		}
	}
	return ledger.Steer(ctx, s.ledger, s.scope, c.lift)
}

// subjects are whose health a resume recovers: that of all letters and of all mail to signers, a target's channels, or all that a
// campaign has suspended.
func (c *resumeCommand) subjects(s steering) []string {
	var all []string
	switch {
	case s.scope == ledger.Account:
		return []string{ledger.Account, ledger.TargetSigner}
	case c.Target != "":
		for _, channel := range []ledger.Channel{ledger.ChannelEmail, ledger.ChannelFax, ledger.ChannelRelay} {
			all = append(all, ledger.HealthOf(s.scope, c.Target, channel))
		}
	case c.All:
		for _, v := range s.controls[s.scope].Suspended {
			all = append(all, ledger.HealthOf(s.scope, v.Target, v.Channel))
		}
	}
	return all
}

// steering is what is steered, as it stands.
type steering struct {
	env       Env
	ledger    ledger.Ledger
	whose     string // the ledger is
	scope     string // of the control that is changed
	name      string
	campaigns []*campaign.Campaign
	account   ledger.Control
	controls  map[string]ledger.Control // of campaigns, by scope
	tallies   map[string]ledger.Tally
	spent     map[string]bool // scopes whose faxes of the day are sent; see faxed
}

// read finds what a command names and answers how it stands. The caller closes.
func (c *steerFlags) read(ctx context.Context, env Env) (s steering, closed func(), err error) {
	named := c.Campaign != ""
	if named == c.Account {
		return s, nil, misused("name a campaign, or --account for everything")
	}
	campaigns := usable(env)
	if named {
		of, err := findCampaign(env, c.Campaign)
		if err != nil {
			return s, nil, err
		}
		campaigns = []*campaign.Campaign{of}
	}
	s = steering{env: env, whose: c.whose(), scope: ledger.Account, name: everything}
	if named {
		s.scope, s.name = campaigns[0].Scope(), nameOf(campaigns[0], c.Target)
	}
	l, closed, err := c.open(ctx, "") // the controls stand in the ledger table
	if err != nil {
		return s, nil, err
	}
	s.ledger = l
	if err = s.load(ctx, campaigns); err == nil && named {
		err = s.knows(campaigns[0], c.Target)
	}
	if err != nil {
		closed()
		return s, nil, err
	}
	return s, closed, nil
}

// usable answers all campaigns of the files. One whose files cannot be used sends nothing.
func usable(env Env) (all []*campaign.Campaign) {
	library := campaign.Open(env.Files)
	for _, slug := range library.Slugs() {
		if of, err := library.Get(slug); err == nil {
			all = append(all, of)
		}
	}
	return all
}

func nameOf(c *campaign.Campaign, target string) string {
	name := fmt.Sprintf("%s (%s mode)", c.Slug, c.Mode)
	if target != "" {
		name = target + " of " + name
	}
	return name
}

func (s *steering) load(ctx context.Context, campaigns []*campaign.Campaign) (err error) {
	s.campaigns, s.controls, s.tallies = campaigns, map[string]ledger.Control{}, map[string]ledger.Tally{}
	if s.account, err = ledger.ReadControl(ctx, s.ledger, ledger.Account); err != nil {
		return err
	}
	for _, c := range campaigns {
		scope := c.Scope()
		if s.controls[scope], err = ledger.ReadControl(ctx, s.ledger, scope); err != nil {
			return err
		}
		if s.tallies[scope], err = s.ledger.Tally(ctx, scope); err != nil {
			return fmt.Errorf("tally: %w", err)
		}
	}
	return nil
}

// knows refuses a target that neither the campaign's files nor the ledger name; letters may still wait for one that the files have no more.
func (s *steering) knows(c *campaign.Campaign, target string) error {
	if target == "" {
		return nil
	}
	if _, ok := c.Target(target); ok {
		return nil
	}
	control := s.controls[s.scope]
	known := slices.Contains(control.Targets, target) ||
		slices.ContainsFunc(control.Suspended, func(v ledger.Suspension) bool { return v.Target == target })
	for b := range s.tallies[s.scope].Deliveries {
		known = known || b.Target == target && target != ledger.TargetSigner
	}
	if !known {
		return misused("campaign %s has no target %q; check %s lists them", c.Slug, target, c.Slug)
	}
	return nil
}

// changed is how it would stand after a change of the control that is steered.
func (s steering) changed(f func(*ledger.Control)) steering {
	after := s
	after.controls = map[string]ledger.Control{}
	for scope, c := range s.controls {
		after.controls[scope] = c
	}
	c := s.account
	if s.scope != ledger.Account {
		c = s.controls[s.scope]
	}
	c.Targets, c.Suspended = slices.Clone(c.Targets), slices.Clone(c.Suspended) // f may write into them
	f(&c)
	if s.scope == ledger.Account {
		after.account = c
	} else {
		after.controls[s.scope] = c
	}
	return after
}

// between counts the mails that wait and that are stopped after, but not before.
func (s steering) between(after steering) int {
	n := 0
	for c, b := range s.waiting() {
		if s.stops(c, b) == "" && after.stops(c, b) != "" {
			n += s.tallies[c.Scope()].Deliveries[b]
		}
	}
	return n
}

// say prints what is done, whose ledger it is done to, and about how many letters; and whether that ledger may be the wrong one.
func (s steering) say(format string, n int) error {
	_, err := fmt.Fprintf(s.env.Stdout, format+"\n"+s.strange(), s.name, s.whose, counted(n, "waiting letter"))
	return err
}

// strange is a line about a ledger in which nobody has ever taken part in what is named: it may be the wrong one.
func (s steering) strange() string {
	for _, t := range s.tallies {
		if t.Actions > 0 || len(t.Deliveries) > 0 {
			return ""
		}
	}
	return "That ledger has never had a letter of this campaign and mode. If you mean another one: --ledger dynamo:TABLE names a deployment's, " +
		"--data DIR a folder of this machine.\n"
}
