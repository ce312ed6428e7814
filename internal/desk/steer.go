package desk

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"one-click-protest/internal/campaign"
	"one-click-protest/internal/ledger"
)

// steerFlags are what pause and resume have in common.
type steerFlags struct {
	ledgerPlace
	Campaign string `arg:"" optional:"" help:"The campaign's slug."`
	Target   string `arg:"" optional:"" help:"One of its targets; all of them if none is named."`
	Account  bool   `help:"Everything that the account sends, for all campaigns, instead of one campaign."`
	DryRun   bool   `help:"Change nothing; say how many waiting letters it is about."`
}

// pauseCommand stops sending.
type pauseCommand struct{ steerFlags }

// Run pauses what is named. What runs goes by it within seconds, and what is on the wire at this moment leaves.
func (c *pauseCommand) Run(ctx context.Context, env Env) error {
	s, closed, err := c.read(ctx, env)
	if err != nil {
		return err
	}
	defer closed()
	after := s.changed(func(control *ledger.Control) { control.Pause(c.Target) })
	n := s.between(after)
	if c.DryRun {
		return s.say("%s would be paused; this would stop %s.", n)
	}
	err = ledger.Steer(ctx, s.ledger, s.scope, func(control *ledger.Control) { control.Pause(c.Target) })
	if err != nil {
		return err
	}
	return s.say("%s is paused; this stops %s. What runs goes by it within ten seconds.", n)
}

// resumeCommand takes back what stops sending.
type resumeCommand struct{ steerFlags }

// Run takes back pauses, suspensions and the breaker of what is named, and forgets the bad outcomes behind them: otherwise
// the next one would stop it again.
func (c *resumeCommand) Run(ctx context.Context, env Env) error {
	s, closed, err := c.read(ctx, env)
	if err != nil {
		return err
	}
	defer closed()
	after := s.changed(func(control *ledger.Control) { control.Resume(c.Target) })
	n := after.between(s)
	if c.DryRun {
		err = s.say("%s would go on; this would free %s.", n)
	} else if err = c.resume(ctx, s); err == nil {
		err = s.say("%s goes on; this frees %s.", n)
	}
	if err != nil {
		return err
	}
	return after.sayStopped()
}

// resume recovers first: when it ends between the two, the same command does the rest.
func (c *resumeCommand) resume(ctx context.Context, s steering) error {
	for _, subject := range s.subjects(c.Target) {
		if err := ledger.Recover(ctx, s.ledger, subject); err != nil {
			return err
		}
	}
	return ledger.Steer(ctx, s.ledger, s.scope, func(control *ledger.Control) { control.Resume(c.Target) })
}

// steering is what is steered, as it stands.
type steering struct {
	env      Env
	ledger   ledger.Ledger
	scope    string // of the control that is changed
	name     string
	account  ledger.Control
	controls map[string]ledger.Control // of campaigns, by scope
	tallies  map[string]ledger.Tally
}

// read finds what a command names and answers how it stands. The caller closes.
func (c *steerFlags) read(ctx context.Context, env Env) (s steering, closed func(), err error) {
	named := c.Campaign != ""
	if named == c.Account {
		return s, nil, misused("name a campaign, or --account for everything")
	}
	campaigns, err := c.campaigns(env)
	if err != nil {
		return s, nil, err
	}
	s = steering{env: env, scope: ledger.Account, name: "Everything"}
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

// campaigns answers those that the command is about. One whose files cannot be used sends nothing.
func (c *steerFlags) campaigns(env Env) ([]*campaign.Campaign, error) {
	if !c.Account {
		of, err := findCampaign(env, c.Campaign)
		return []*campaign.Campaign{of}, err
	}
	var all []*campaign.Campaign
	library := campaign.Open(env.Files)
	for _, slug := range library.Slugs() {
		if of, err := library.Get(slug); err == nil {
			all = append(all, of)
		}
	}
	return all, nil
}

func nameOf(c *campaign.Campaign, target string) string {
	name := fmt.Sprintf("%s (%s mode)", c.Slug, c.Mode)
	if target != "" {
		name = target + " of " + name
	}
	return name
}

func (s *steering) load(ctx context.Context, campaigns []*campaign.Campaign) (err error) {
	s.controls, s.tallies = map[string]ledger.Control{}, map[string]ledger.Tally{}
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
	for scope, t := range s.tallies {
		for b, count := range t.Deliveries {
			waits := b.State == ledger.StateQueued
			if waits && stops(s.account, s.controls[scope], b) == "" && stops(after.account, after.controls[scope], b) != "" {
				n += count
			}
		}
	}
	return n
}

// stops answers why what is counted in a bucket may not leave, or "".
func stops(account, of ledger.Control, b ledger.Bucket) string {
	return ledger.Stops(account, of, b.Target, b.Channel)
}

// stopped counts by reason the mails of a campaign that wait and are stopped.
func stopped(account, of ledger.Control, t ledger.Tally) map[string]int {
	sums := map[string]int{}
	for b, n := range t.Deliveries {
		if why := stops(account, of, b); b.State == ledger.StateQueued && why != "" {
			sums[why] += n
		}
	}
	return sums
}

// subjects are whose health a resume recovers: that of all letters and of all mail to signers, a target's channels, or all that a campaign has suspended.
func (s steering) subjects(target string) []string {
	var all []string
	switch {
	case s.scope == ledger.Account:
		return []string{ledger.Account, ledger.TargetSigner}
	case target != "":
		for _, channel := range []ledger.Channel{ledger.ChannelEmail, ledger.ChannelFax, ledger.ChannelRelay} {
			all = append(all, ledger.HealthOf(s.scope, target, channel))
		}
	default:
		for _, v := range s.controls[s.scope].Suspended {
			all = append(all, ledger.HealthOf(s.scope, v.Target, v.Channel))
		}
	}
	return all
}

func (s steering) say(format string, n int) error {
	_, err := fmt.Fprintf(s.env.Stdout, format+"\n", s.name, counted(n, "waiting letter"))
	return err
}

// sayStopped says what of it stays all the same.
func (s steering) sayStopped() error {
	sums := map[string]int{}
	for scope, t := range s.tallies {
		for why, n := range stopped(s.account, s.controls[scope], t) {
			sums[why] += n
		}
	}
	for _, why := range sortedKeys(sums) {
		if _, err := fmt.Fprintf(s.env.Stdout, "Stopped all the same: %s, %s.\n", counted(sums[why], "waiting letter"), inWords(why)); err != nil {
			return err
		}
	}
	return nil
}

// inWords says why letters are stopped. Codes that are not ours stay what they are.
func inWords(why string) string {
	switch why {
	case "paused":
		return "paused by an organizer"
	case "suspended":
		return "suspended, because the target gave letters back"
	case "bounce-rate":
		return "everything is stopped, because too many letters came back"
	}
	return strings.ReplaceAll(why, "-", " ")
}

// counted is a number of things in words.
func counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
