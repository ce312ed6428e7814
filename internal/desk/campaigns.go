package desk

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"one-click-protest/internal/address"
	"one-click-protest/internal/campaign"
	"one-click-protest/internal/fax"
	"one-click-protest/internal/lang"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/letter"
)

// findCampaign loads one campaign; an unknown slug names those there are.
func findCampaign(env Env, slug string) (*campaign.Campaign, error) {
	l := campaign.Open(env.Files)
	c, err := l.Get(slug)
	switch {
	case errors.Is(err, campaign.ErrNotFound):
		return nil, misused("no campaign %q; there are %s", slug, strings.Join(l.Slugs(), ", "))
	case err != nil:
		return nil, misused("campaign %s cannot be used:\n%w", slug, err)
	}
	return c, nil
}

// checkCommand is lint and coverage.
type checkCommand struct {
	Campaigns []string `arg:"" optional:"" help:"Slugs; all campaigns if none is named."`
	Quota     int      `help:"Your SES account's daily sending quota, to compare the goal with." placeholder:"N"`
}

// Run prints every problem of every campaign, or what its choices mean and who gets whose letter.
func (c *checkCommand) Run(_ context.Context, env Env) error {
	if c.Quota < 0 {
		return misused("--quota %d: letters a day, 0 or more", c.Quota)
	}
	slugs := c.Campaigns
	if len(slugs) == 0 {
		l := campaign.Open(env.Files)
		if err := l.Check(); err != nil {
			return misused("the files have mistakes:\n%w", err)
		}
		slugs = l.Slugs()
	}
	var errs []error
	for _, slug := range slugs {
		checked, err := findCampaign(env, slug)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		printChoices(env, checked)
		printLadder(env, checked)
		printSites(env, checked)
		printDay(env, checked, c.Quota)
		errs = append(errs, printCoverage(env, checked), checkFaxes(env, checked)) // Join leaves nil out
	}
	return errors.Join(errs...)
}

// printChoices says in words what the organizer decided.
func printChoices(env Env, c *campaign.Campaign) {
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(env.Stdout, format+"\n", args...) }
	say("%s: %s", c.Slug, c.Text(c.Title, c.Languages[0]))
	say("  mode %s: %s", c.Mode, map[campaign.Mode]string{
		campaign.Test: "every letter goes to the testers, none to its target",
		campaign.Live: "letters go to their targets",
	}[c.Mode])
	say("  confirm %s: %s", c.Confirm, map[campaign.Confirm]string{
		campaign.ConfirmAlways: "every signer answers a mail first: nobody can sign in another's name, or test who has signed",
		campaign.ConfirmEdited: "a changed letter leaves after a mailed link, the campaign's own with one click, unverified: anyone can sign it in another's name, and whoever gets the letters can so test whether an address has signed",
		campaign.ConfirmOff:    "nobody proves their address: anyone can sign in another's name, and whoever gets the letters can so test whether an address has signed",
	}[c.Confirm])
	say("  reply_to %s: %s", c.ReplyTo, map[campaign.ReplyTo]string{
		campaign.ReplyToSigner:   "targets learn the signer's e-mail address and answer there",
		campaign.ReplyToCampaign: "answers go to the campaign; targets do not learn the signer's address",
	}[c.ReplyTo])
}

// printSites says what partners' sites have of it.
func printSites(env Env, c *campaign.Campaign) {
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(env.Stdout, format+"\n", args...) }
	for _, p := range c.Partners {
		subscribers := "has no key, so signers are not asked whether it may keep them informed"
		if p.Key != nil {
			subscribers = "may ask signers whether it may keep them informed; see " + p.Privacy
		}
		say("  partner %s: %s, on %s; %s", p.ID, p.Name, strings.Join(p.Origins, ", "), subscribers)
	}
	for _, place := range sortedKeys(c.LetterLanguages) {
		say("  letters to %s: in %s, unless their signer chooses another language", place, c.LetterLanguages[place])
	}
	for _, language := range sortedKeys(c.Pictures) {
		p := c.Pictures[language]
		say("  picture in %s: %s, %d × %d pixels, %d kB", language, p.MediaType, p.Width, p.Height, (len(p.Data)+999)/1000)
	}
}

// printCoverage prints who gets the letter of a signer from each country.
func printCoverage(env Env, c *campaign.Campaign) error {
	rows := c.Coverage()
	w := tabwriter.NewWriter(env.Stdout, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "country\ttarget\tchannel\taddress\tas of\ttime zone\twhy")
	lost := 0
	for _, r := range rows {
		if r.Target == nil {
			lost++
		}
	}
	for _, line := range coverageLines(rows) {
		_, _ = fmt.Fprintln(w, line)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("coverage: %w", err)
	}
	_, _ = fmt.Fprintf(env.Stdout, "%d countries; %s\n\n", len(rows), channelSums(rows))
	if lost > 0 {
		return fmt.Errorf("campaign %s: %d countries without a way", c.Slug, lost)
	}
	return nil
}

// previewCommand prints a letter.
type previewCommand struct {
	Campaign string `arg:"" help:"The campaign's slug."`
	Country  string `required:"" help:"The signer's country (ISO 3166-1 alpha-2, or XK)." placeholder:"CC"`
	Language string `help:"The letter's language; the campaign's first if none is given."`
	Name     string `default:"Ann Lee" help:"The signer's name."`
	Message  string `help:"The signer's own words."`
	PDF      string `name:"pdf" type:"path" help:"Write the pages of a letter that goes by fax." placeholder:"FILE"`
}

// Run composes the letter just as the form does, and sends nothing.
func (p *previewCommand) Run(_ context.Context, env Env) error {
	c, err := findCampaign(env, p.Campaign)
	if err != nil {
		return err
	}
	country, err := address.ParseCountry(p.Country)
	if err != nil {
		return misused("--country %q: not an ISO 3166-1 alpha-2 code", p.Country)
	}
	language := p.Language
	if language == "" {
		language = c.Languages[0]
	}
	if _, there := c.Letters[language]; !there {
		return misused("--language %q: the campaign has %s", language, strings.Join(c.Languages, ", "))
	}
	signer := letter.Signer{Name: p.Name, Country: lang.Country(language, string(country)), Message: p.Message}
	for _, way := range c.Ways(country) {
		if err := printLetter(env, c, way, language, signer); err != nil {
			return err
		}
	}
	if p.PDF != "" {
		return p.writePages(env, c, country, language, signer)
	}
	return nil
}

// writePages writes the first letter that goes by fax.
func (p *previewCommand) writePages(env Env, c *campaign.Campaign, country address.Country, language string, signer letter.Signer) error {
	for _, way := range c.Ways(country) {
		if way.Channel != ledger.ChannelFax {
			continue
		}
		at := c.Clock(way, c.Expected(way, env.Now()))
		sheet, err := letter.NewSheet(letter.NewSource(c, way, language, lang.Notes(language)), signer, lang.Date(language, at))
		if err != nil {
			return misused("--pdf: %w", err)
		}
		pdf, err := fax.Set(sheet, at)
		if err != nil {
			return misused("--pdf: %w", err)
		}
		if err := replaceFile(p.PDF, pdf); err != nil {
			return fmt.Errorf("write pages: %w", err)
		}
		return nil
	}
	return misused("--pdf: no letter from %s goes by fax", country)
}

func printLetter(env Env, c *campaign.Campaign, way campaign.Way, language string, signer letter.Signer) error {
	l, err := letter.Compose(letter.NewSource(c, way, language, lang.Notes(language)), signer)
	if err != nil {
		return fmt.Errorf("compose: %w", err)
	}
	if way.Channel == ledger.ChannelFax { // the gateway prints the sender; the letter says who signs
		m := letter.FaxMessage(c, way, language, ledger.Delivery{}, nil)
		l.FromName, l.ReplyTo = m.FromName, m.ReplyTo
	}
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(env.Stdout, format+"\n", args...) }
	say("Target:   %s (%s)", way.Target.Name, way.Target.ID)
	say("Channel:  %s %s", way.Channel, way.To)
	if way.Channel.Mailed() {
		say("Expected: %s", c.Expected(way, env.Now()).Format(time.RFC1123Z))
		say("From:     %s <%s>", l.FromName, c.From.Address)
		say("Reply-To: %s", l.ReplyTo)
	}
	say("Subject:  %s\n\n%s", l.Subject, l.Text)
	return nil
}

// coverageLines is a line a country, or a single one where all countries' letters go the same way.
func coverageLines(rows []campaign.Row) []string {
	lines := make([]string, len(rows))
	same := true
	for i, r := range rows {
		lines[i] = coverageLine(r)
		same = same && strings.TrimPrefix(lines[i], string(r.Country)) == strings.TrimPrefix(lines[0], string(rows[0].Country))
	}
	if same && len(rows) > 1 {
		return []string{"all" + strings.TrimPrefix(lines[0], string(rows[0].Country))}
	}
	return lines
}

func coverageLine(r campaign.Row) string {
	if r.Target == nil {
		return string(r.Country) + "\tNOBODY\t\t\t\t\t" + r.Why
	}
	asOf := "unknown"
	if !r.AsOf.IsZero() {
		asOf = r.AsOf.Format(time.DateOnly)
	}
	cells := []string{string(r.Country), r.Target.ID, string(r.Channel), shorten(r.Address, 44), asOf, r.Zone, r.Why}
	return strings.Join(cells, "\t")
}

func shorten(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return text
}

// channelSums says how many countries' letters go by which channel, best first.
func channelSums(rows []campaign.Row) string {
	sums := map[ledger.Channel]int{}
	for _, r := range rows {
		sums[r.Channel]++
	}
	var parts []string
	for _, channel := range []ledger.Channel{ledger.ChannelEmail, ledger.ChannelFax, ledger.ChannelRelay, ledger.ChannelPrint, ledger.ChannelSelf} {
		if sums[channel] > 0 {
			parts = append(parts, fmt.Sprintf("%s %d", channel, sums[channel]))
		}
	}
	return strings.Join(parts, ", ")
}
