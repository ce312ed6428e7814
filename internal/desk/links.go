package desk

import (
	"context"
	"fmt"
	"strings"
	"time"

	"one-click-protest/internal/campaign"
	"one-click-protest/internal/seal"
)

// linksCommand makes personal links for a mailing list.
type linksCommand struct {
	data
	siteFlag
	Secret   string `help:"A deployment's secret, by its ARN in Secrets Manager or as a file that holds its text, instead of this machine's." placeholder:"ARN"`
	Campaign string `arg:"" help:"The campaign's slug."`
	Partner  string `help:"The partner who mails the links, and is credited." placeholder:"ID"`
	Days     int    `default:"14" help:"For how many days they work, 90 at most." placeholder:"N"`
}

// maxLinkDays is how long a personal link may work: it stands in a mailbox all the time, and is as good as its owner's click.
const maxLinkDays = 90

// Run reads supporters from standard input and writes their links to standard output: all of them, or none.
func (c *linksCommand) Run(ctx context.Context, env Env) error {
	of, site, err := c.named(env)
	if err != nil {
		return err
	}
	keys, err := c.keys(ctx)
	if err != nil {
		return err
	}
	key, err := keys.Campaign(ctx, of.Scope())
	if err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	expires := env.Now().Add(time.Duration(c.Days) * 24 * time.Hour).Truncate(time.Second)
	m := &linkMaker{
		campaign: of, key: key, expires: expires, partner: c.Partner, stderr: env.Stderr, shown: env.progress(),
		prefix: site + "/c/" + of.Slug + "/personal?token=", lines: map[string]int{},
	}
	if err := m.make(ctx, env); err != nil {
		return err
	}
	_, err = fmt.Fprint(env.Stderr, c.told(m, site))
	return err
}

// keys are the deployment's whose secret is named, or this machine's. No ledger is asked.
func (c *linksCommand) keys(ctx context.Context) (seal.Keys, error) {
	if c.Secret != "" {
		return deploymentKeys(ctx, c.Secret)
	}
	return ledgerPlace{data: c.data}.keys(ctx, "")
}

// named checks what the command line names.
func (c *linksCommand) named(env Env) (of *campaign.Campaign, site string, err error) {
	if c.Days < 1 || c.Days > maxLinkDays {
		return nil, "", misused("--days %d: expected 1 to %d", c.Days, maxLinkDays)
	}
	if site, err = c.site(c.Secret != ""); err != nil {
		return nil, "", err
	}
	if of, err = findCampaign(env, c.Campaign); err != nil {
		return nil, "", err
	}
	if c.Partner != "" {
		_, err = findPartner(of, c.Partner)
	}
	return of, site, err
}

// findPartner answers a campaign's partner; misuse names those there are.
func findPartner(of *campaign.Campaign, id string) (campaign.Partner, error) {
	var ids []string
	for _, p := range of.Partners {
		if p.ID == id {
			return p, nil
		}
		ids = append(ids, p.ID)
	}
	if len(ids) == 0 {
		return campaign.Partner{}, misused("campaign %s has no partners", of.Slug)
	}
	return campaign.Partner{}, misused("campaign %s has no partner %q; there are %s", of.Slug, id, strings.Join(ids, ", "))
}

// told is what whoever mails the links has to know.
func (c *linksCommand) told(m *linkMaker, site string) string {
	var b strings.Builder
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(&b, format+"\n", args...) }
	say("%s for %s to %s. They work until %s.", counted(m.made, "link"), nameOf(m.campaign, ""), site, m.expires.UTC().Format("2006-01-02 15:04 MST"))
	if m.repeated > 0 {
		say("%s left out: an address gets one link, from its first line.", counted(m.repeated, "line"))
	}
	if closes := m.campaign.Closes; !closes.IsZero() && closes.Before(m.expires) {
		say("But the campaign closes before, at %s.", closes.UTC().Format("2006-01-02 15:04 MST"))
	}
	if m.campaign.Mode == campaign.Test {
		say("They are of test mode: letters go to the testers. They will not work once the campaign is live, which has other keys: make new ones then.")
	}
	if site == localURL {
		say("They lead to the local server; --url makes them for another.")
	}
	say("A link is as good as its owner's own click: whoever has it can send the letter in that name. Mail each to its owner only, and delete the file afterwards.")
	return b.String()
}
