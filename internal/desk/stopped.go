package desk

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"one-click-protest/internal/campaign"
	"one-click-protest/internal/ledger"
)

// everything is the account's name.
const everything = "Everything"

// organizer is the reason of a suspension that no letter brought about: somebody has closed the channel.
const organizer = "organizer"

// stops answers why what is counted in a campaign's bucket may not leave, or "". A channel that is suspended stops nothing where another is below
// it: what waits goes on by that one within a minute. It tells apart who suspended one.
func (s steering) stops(c *campaign.Campaign, b ledger.Bucket) string {
	control := s.controls[c.Scope()]
	why := ledger.Stops(s.account, control, b.Target, b.Channel)
	switch {
	case why != "suspended":
		return why
	case lower(c, control, b).Channel != "":
		return ""
	case slices.ContainsFunc(control.Suspended, func(v ledger.Suspension) bool {
		return v.Target == b.Target && v.Channel == b.Channel && v.Reason == organizer
	}):
		return "closed"
	}
	return why
}

// stopped counts by reason the mails that wait and are stopped.
func (s steering) stopped() map[string]int {
	sums := map[string]int{}
	for c, b := range s.waiting() {
		if why := s.stops(c, b); why != "" {
			sums[why] += s.tallies[c.Scope()].Deliveries[b]
		}
	}
	return sums
}

// waiting yields the buckets of what waits, with their campaigns.
func (s steering) waiting() iter.Seq2[*campaign.Campaign, ledger.Bucket] {
	return func(yield func(*campaign.Campaign, ledger.Bucket) bool) {
		for _, c := range s.campaigns {
			for b := range s.tallies[c.Scope()].Deliveries {
				if b.State == ledger.StateQueued && !yield(c, b) {
					return
				}
			}
		}
	}
}

// sayStopped says what of it stays all the same: how many letters for which reason, and what is stopped, one by one.
func (s steering) sayStopped() error {
	sums := s.stopped()
	var lines []string
	for _, why := range sortedKeys(sums) {
		lines = append(lines, fmt.Sprintf("Stopped all the same: %s, %s.", counted(sums[why], "waiting letter"), inWords(why)))
	}
	for _, line := range append(lines, s.standing()...) {
		if _, err := fmt.Fprintln(s.env.Stdout, line); err != nil {
			return err
		}
	}
	return nil
}

// standing is all that stops something, a line each.
func (s steering) standing() []string {
	lines := inLines(everything, s.account)
	for _, c := range s.campaigns {
		lines = append(lines, inLines(nameOf(c, ""), s.controls[c.Scope()])...)
	}
	return lines
}

// inLines is what a control stops, a line each.
func inLines(name string, c ledger.Control) (lines []string) {
	add := func(format string, args ...any) { lines = append(lines, "Stopped: "+fmt.Sprintf(format, args...)+".") }
	if c.Paused {
		add("%s, %s", name, inWords(cmp.Or(c.Reason, "paused")))
	}
	for _, target := range c.Targets {
		add("%s of %s, %s", target, name, inWords("paused"))
	}
	for _, v := range c.Suspended {
		switch day := v.Day.Format(time.DateOnly); {
		case v.Target == ledger.Account: // a breaker's note: Paused says it
		case v.Target == ledger.TargetSigner:
			add("mail to signers, since %s, because too much of it came back", day)
		case v.Reason == organizer:
			add("%s of %s by %s, closed by an organizer on %s", v.Target, name, v.Channel, day)
		default:
			add("%s of %s by %s, since %s, %s (%s)", v.Target, name, v.Channel, day, inWords("suspended"), v.Reason)
		}
	}
	return lines
}

// inWords says why letters are stopped. Codes that are not ours stay what they are.
func inWords(why string) string {
	switch why {
	case "paused":
		return "paused by an organizer"
	case "closed":
		return "by a channel that an organizer has closed"
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
