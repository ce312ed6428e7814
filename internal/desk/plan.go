package desk

import (
	"errors"
	"fmt"
	"strings"

	"one-click-protest/internal/address"
	"one-click-protest/internal/campaign"
	"one-click-protest/internal/lang"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/letter"
)

// printLadder says which ways letters can go, and what they cost.
func printLadder(env Env, c *campaign.Campaign) {
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(env.Stdout, format+"\n", args...) }
	printAlso(env, c)
	if n := c.Variants(); n > 1 {
		say("  %d variants of the letter: tally counts them", n)
	}
	if f := c.Fax; f != nil {
		say("  fax through %s, %s to %s of the target's day, %d an hour for each number, %d a day at most: each costs money, and consent must name the service, which reads it", f.Gateway, clock(f.Hours.From), clock(f.Hours.To), f.Pace.PerHour, f.Daily)
	}
	if steps := mailedSteps(c); len(steps) > 1 {
		say("  a channel that gives letters back is suspended, and what waits goes on by the next of %s: consent must name who then learns of it", strings.Join(steps, ", "))
	}
}

// printAlso says whom all signers write to besides the target of their country.
func printAlso(env Env, c *campaign.Campaign) {
	for _, row := range c.Also() {
		_, _ = fmt.Fprintf(env.Stdout, "  every signer also writes to %s (%s %s)\n", row.Target.ID, row.Channel, shorten(row.Address, 44))
	}
}

func clock(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }

// mailedSteps are the channels of the campaign's ladder by which the house can send.
func mailedSteps(c *campaign.Campaign) []string {
	var steps []string
	for _, channel := range c.Ladder(&campaign.Target{}) {
		if channel == ledger.ChannelEmail || channel == ledger.ChannelFax && c.Fax != nil || channel == ledger.ChannelRelay && c.Relay != nil {
			steps = append(steps, string(channel))
		}
	}
	return steps
}

// printDay compares the goal with what the release day has room for. quota is the provider's letters a day; 0: not known.
func printDay(env Env, c *campaign.Campaign, quota int) {
	d, ok := c.Day()
	if !ok {
		return
	}
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(env.Stdout, format+"\n", args...) }
	say("  release %s by each target's clocks: %d targets that the house writes to, room for %d letters on the day", c.Release, len(d.Rooms), d.Letters)
	mailbox, number := roomiest(d, false), roomiest(d, true)
	if mailbox.Letters > 0 {
		say("    a mailbox: %d an hour for %.4g hours are %d letters", c.PaceOf(mailbox.Way).Mailbox.PerHour, mailbox.To.Sub(mailbox.From).Hours(), mailbox.Letters)
	}
	if number.Letters > 0 {
		say("    a fax number: %d an hour for %.4g hours are %d letters; all numbers together %d a day at most", c.Fax.Pace.PerHour, number.To.Sub(number.From).Hours(), number.Letters, c.Fax.Daily)
	}
	for _, domain := range d.Domains {
		if domain.Targets > 1 {
			say("    %s: %d targets together %d letters", domain.Domain, domain.Targets, domain.Letters)
		}
	}
	printGoal(say, c, d)
	printQuota(say, c, d, quota)
}

// roomiest answers the target with most room, of those that are faxed, or of all others.
func roomiest(d campaign.Day, faxed bool) (most campaign.Room) {
	for _, r := range d.Rooms {
		if (r.Way.Channel == ledger.ChannelFax) == faxed && r.Letters > most.Letters {
			most = r
		}
	}
	return most
}

// leastRoom answers how many letters the mailbox with least room takes, or the fax number; false where there is none.
func leastRoom(d campaign.Day, faxed bool) (least int, found bool) {
	for _, r := range d.Rooms {
		if (r.Way.Channel == ledger.ChannelFax) == faxed && (!found || r.Letters < least) {
			least, found = r.Letters, true
		}
	}
	return least, found
}

// printGoal says whether the day suffices, and what becomes of the rest.
func printGoal(say func(string, ...any), c *campaign.Campaign, d campaign.Day) {
	rest := map[campaign.AfterDay]string{
		campaign.AfterContinue: "goes on the next day (after_day: continue)",
		campaign.AfterPrint:    "is held for you, and later signers send theirs themselves (after_day: print)",
	}[c.AfterDay]
	mailbox, _ := leastRoom(d, false)
	number, faxed := leastRoom(d, true)
	if faxed {
		number = min(number, c.Fax.Daily)
	}
	switch {
	case c.Goal == 0:
		say("    no goal: what the day does not suffice for %s", rest)
	case c.Goal <= min(mailbox, d.Signers) && faxed && c.Goal > number:
		say("    goal %d: fits, even if all write to one mailbox; but of what is faxed to one number, more than %d %s", c.Goal, number, rest)
	case c.Goal <= min(mailbox, d.Signers):
		say("    goal %d: fits, even if all write to one mailbox", c.Goal)
	case c.Goal <= d.Signers:
		say("    goal %d: fits if signers are spread over countries; what is more than a mailbox takes %s", c.Goal, rest)
	default:
		say("    goal %d: %d more than the day has room for; the rest %s", c.Goal, c.Goal-d.Signers, rest)
	}
}

// printQuota compares with what the provider takes in a day. Confirmations count too.
func printQuota(say func(string, ...any), c *campaign.Campaign, d campaign.Day, quota int) {
	need := d.Letters
	if c.Goal > 0 {
		need = min(need, c.Goal*(1+len(c.Also())))
	}
	mails := "letters"
	if c.Confirm != campaign.ConfirmOff {
		mails = "letters, and confirmations besides"
	}
	switch {
	case quota == 0:
		say("    SES: ask for a daily sending quota of %d %s; --quota N compares with the one you have", need, mails)
	case quota < need:
		say("    SES: a quota of %d is %d short of %d %s; what is more waits for the next day's", quota, need-quota, need, mails)
	default:
		say("    SES: a quota of %d suffices for %d %s", quota, need, mails)
	}
}

// checkFaxes sets the campaign's own words to each target that is faxed, in each language and variant: what a fax cannot show of them would hold
// every letter, after its signer was thanked. Of one target and language the first mistake is told.
func checkFaxes(env Env, c *campaign.Campaign) error {
	var errs []error
	told := map[string]bool{}
	for _, country := range address.Countries() {
		for _, w := range c.Ways(country) {
			if w.Channel != ledger.ChannelFax || told[w.Target.ID] {
				continue
			}
			told[w.Target.ID] = true
			for _, language := range c.Languages {
				if err := checkFax(env, c, w, language, country); err != nil {
					errs = append(errs, fmt.Errorf("campaign %s: letter.%s.md to %s by fax: %w", c.Slug, language, w.Target.ID, err))
				}
			}
		}
	}
	return errors.Join(errs...)
}

func checkFax(env Env, c *campaign.Campaign, w campaign.Way, language string, country address.Country) error {
	if !c.Writes(w, language) {
		return nil
	}
	s := letter.NewSource(c, w, language, lang.Notes(language))
	who := letter.Signer{Name: "Ann Lee", Country: lang.Country(language, string(country))}
	for who.Variant = 1; who.Variant <= c.Variants(); who.Variant++ {
		if _, err := letter.NewSheet(s, who, lang.Date(language, env.Now())); err != nil {
			return err
		}
	}
	return nil
}
