package desk

import (
	"context"
	"fmt"
	"html"
	"strings"
	"text/tabwriter"

	"one-click-protest/internal/campaign"
	"one-click-protest/internal/lang"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/seal"
)

// partnersCommand prints what each partner brought, and what to send to it.
type partnersCommand struct {
	ledgerPlace
	withPrivate
	withSecret
	siteFlag
	Campaign string `arg:"" help:"The campaign's slug."`
}

// Run reads the exact counts. Partners themselves see rounded ones, at the link that is printed for them.
func (c *partnersCommand) Run(ctx context.Context, env Env) error {
	if err := c.check(c.withPrivate.flag(), c.withSecret.flag()); err != nil {
		return err
	}
	site, err := c.site(c.remote())
	if err != nil {
		return err
	}
	of, err := findCampaign(env, c.Campaign)
	if err != nil {
		return err
	}
	key, err := c.campaignKey(ctx, c.Secret, of)
	if err != nil {
		return err
	}
	l, tally, closed, err := c.tallied(ctx, c.Private, of)
	if err != nil {
		return err
	}
	defer closed()
	p := partnersPrinter{env: env, campaign: of, key: key, site: site, tally: tally, ledger: l}
	p.say("%s in the ledger of %s", nameOf(of, ""), c.whose())
	return p.all(ctx)
}

// campaignKey answers the key of a campaign's scope.
func (p ledgerPlace) campaignKey(ctx context.Context, secret string, of *campaign.Campaign) (*seal.Key, error) {
	keys, err := p.keys(ctx, secret)
	if err != nil {
		return nil, err
	}
	key, err := keys.Campaign(ctx, of.Scope())
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	return key, nil
}

type partnersPrinter struct {
	env      Env
	campaign *campaign.Campaign
	key      *seal.Key
	site     string
	tally    ledger.Tally
	ledger   ledger.Subscribers
}

func (p partnersPrinter) say(format string, args ...any) {
	_, _ = fmt.Fprintf(p.env.Stdout, format+"\n", args...)
}

func (p partnersPrinter) all(ctx context.Context) error {
	for _, partner := range p.campaign.Partners {
		if err := p.partner(ctx, partner); err != nil {
			return err
		}
	}
	for _, id := range sortedKeys(p.tally.Partners) {
		if _, err := findPartner(p.campaign, id); err != nil {
			p.say("\n%s: no longer in campaign.yaml\n  brought:     %s", id, p.brought(id))
		}
	}
	p.say("")
	return p.sums()
}

func (p partnersPrinter) partner(ctx context.Context, of campaign.Partner) error {
	waiting, err := p.waiting(ctx, of)
	if err != nil {
		return err
	}
	p.say("\n%s: %s", of.ID, of.Name)
	p.say("  origins:     %s", strings.Join(of.Origins, ", "))
	p.say("  brought:     %s", p.brought(of.ID))
	p.say("  subscribers: %s", waiting)
	p.say("  its counts:  %s/v1/campaigns/%s/partners/%s/tally?token=%s", p.site, p.campaign.Slug, of.ID, p.key.PartnerToken(of.ID))
	p.say("  widget:\n%s", indent(indent(p.widget(of.ID))))
	p.say("  frame:\n%s", indent(indent(p.frame(of.ID))))
	return nil
}

// brought is a partner's two columns, their sum, and its share of all.
func (p partnersPrinter) brought(id string) string {
	b := p.tally.Partners[id]
	sum, share := b.Verified+b.Claimed, ""
	if p.tally.Actions > 0 {
		share = fmt.Sprintf(" (%.1f %% of all)", 100*float64(sum)/float64(p.tally.Actions))
	}
	return fmt.Sprintf("%d verified + %d claimed = %d%s", b.Verified, b.Claimed, sum, share)
}

// waiting says how many signers wait to be handed over. A partner whose key was taken away may still have some.
func (p partnersPrinter) waiting(ctx context.Context, of campaign.Partner) (string, error) {
	n := 0
	for _, err := range subscribers(ctx, p.ledger, p.campaign.Scope(), of.ID, p.env.Now()) {
		if err != nil {
			return "", err
		}
		n++
	}
	switch {
	case of.Key == nil && n == 0:
		return "not asked for: campaign.yaml has no key of this partner", nil
	case n == 0:
		return "none waits", nil
	}
	return fmt.Sprintf("%d wait for subscribers export %s %s", n, p.campaign.Slug, of.ID), nil
}

// title is the text of a link to the campaign.
func (p partnersPrinter) title() string {
	return html.EscapeString(p.campaign.Text(p.campaign.Title, lang.Default))
}

func (p partnersPrinter) widget(id string) string {
	return fmt.Sprintf(`<script src="%s/widget.js" async></script>
<one-click-protest campaign="%s" partner="%s">
  <a href="%[1]s/c/%[2]s?partner=%[3]s">%s</a>
</one-click-protest>`, p.site, p.campaign.Slug, id, p.title())
}

func (p partnersPrinter) frame(id string) string {
	return fmt.Sprintf(`<iframe src="%s/embed/%s?partner=%s" title="%s"
  width="100%%" height="960" style="border:0" loading="lazy" allow="clipboard-write; web-share"></iframe>`, p.site, p.campaign.Slug, id, p.title())
}

// sums are what partners and the campaign itself brought; together they are all.
func (p partnersPrinter) sums() error {
	w := tabwriter.NewWriter(p.env.Stdout, 0, 4, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintf(w, "by partners\t%d\t\n", p.tally.Actions-p.tally.Direct())
	_, _ = fmt.Fprintf(w, "direct\t%d\t\n", p.tally.Direct())
	_, _ = fmt.Fprintf(w, "total\t%d\t\n", p.tally.Actions)
	return w.Flush()
}

// printBrought prints the two columns of those who brought somebody, and who came by themselves.
func printBrought(env Env, t ledger.Tally) {
	if len(t.Partners) == 0 {
		return
	}
	w := tabwriter.NewWriter(env.Stdout, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "brought by\tverified\tclaimed")
	for _, id := range sortedKeys(t.Partners) {
		_, _ = fmt.Fprintf(w, "%s\t%d\t%d\n", id, t.Partners[id].Verified, t.Partners[id].Claimed)
	}
	_, _ = fmt.Fprintf(w, "nobody (direct)\t%d\t\n", t.Direct())
	_ = w.Flush()
}
