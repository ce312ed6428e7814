package desk

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"text/tabwriter"

	"one-click-protest/internal/campaign"
	"one-click-protest/internal/ledger"
)

// tallyCommand prints a campaign's exact counts.
type tallyCommand struct {
	ledgerPlace
	Campaign string `arg:"" help:"The campaign's slug."`
	Recount  bool   `help:"Count the records again instead of reading the counts, and say whether they agree."`
}

// Run prints who took part and, for each target and channel, what became of the letters.
func (c *tallyCommand) Run(ctx context.Context, env Env) error {
	of, err := findCampaign(env, c.Campaign)
	if err != nil {
		return err
	}
	l, tally, closed, err := c.tallied(ctx, "", of) // the private table holds no counts
	if err != nil {
		return err
	}
	defer closed()
	printTally(env, of, tally)
	if err := printFaxes(ctx, env, l, of); err != nil {
		return err
	}
	if !c.Recount {
		return nil
	}
	return recount(ctx, env, l, of.Scope(), tally)
}

func printTally(env Env, c *campaign.Campaign, t ledger.Tally) {
	_, _ = fmt.Fprintf(env.Stdout, "%s (%s mode): %d took part\n", c.Slug, c.Mode, t.Actions)
	printBrought(env, t)
	w := tabwriter.NewWriter(env.Stdout, 0, 4, 2, ' ', 0)
	for _, line := range perTarget(t) {
		target := line.Target
		if target == ledger.TargetSigner {
			target = "confirmation mails"
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%d\n", target, line.Channel, line.State, line.Count)
	}
	_ = w.Flush()
	for _, variant := range slices.Sorted(maps.Keys(t.Variants)) {
		_, _ = fmt.Fprintf(env.Stdout, "variant %d: %d letters\n", variant, t.Variants[variant])
	}
}

// printFaxes says what a campaign has spent of its faxes today. What was taken and could not be sent counts too.
func printFaxes(ctx context.Context, env Env, docs ledger.Documents, c *campaign.Campaign) error {
	if c.Fax == nil {
		return nil
	}
	n, err := ledger.Spent(ctx, docs, c.Scope(), env.Now())
	if err != nil || n == 0 {
		return err
	}
	_, err = fmt.Fprintf(env.Stdout, "faxes of today (UTC): %d of %d\n", n, c.Fax.Daily)
	return err
}

func recount(ctx context.Context, env Env, l ledger.Ledger, scope string, t ledger.Tally) error {
	shown := env.progress()
	outcomes := map[outcome]int{}
	again, err := ledger.Recount(outcomesOf(watched{l, shown}.Walk(ctx, scope), outcomes))
	shown.end()
	if err != nil {
		return fmt.Errorf("recount: %w", err)
	}
	if !again.Equal(t) {
		return fmt.Errorf("the records say otherwise: %d took part, brought by %v; %v", again.Actions, again.Partners, perTarget(again))
	}
	_, _ = fmt.Fprintln(env.Stdout, "A recount of the records agrees.")
	printOutcomes(env, outcomes)
	return nil
}

// outcome is what became of the letters of one variant.
type outcome struct {
	variant int
	state   ledger.State
}

// outcomesOf counts by variant and state what goes by. Only the records know: counts of both would not fit into what one write is billed for.
func outcomesOf(records iter.Seq2[ledger.Entry, error], counts map[outcome]int) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		for e, err := range records {
			if d := e.Delivery; d != nil && d.Variant > 0 {
				counts[outcome{d.Variant, d.State.Counted()}]++
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

// printOutcomes shows whether receivers take some variants and not others.
func printOutcomes(env Env, counts map[outcome]int) {
	w := tabwriter.NewWriter(env.Stdout, 0, 4, 2, ' ', 0)
	sorted := slices.SortedFunc(maps.Keys(counts), func(a, b outcome) int {
		return cmp.Or(cmp.Compare(a.variant, b.variant), cmp.Compare(a.state, b.state))
	})
	for _, o := range sorted {
		_, _ = fmt.Fprintf(w, "variant %d\t%s\t%d\n", o.variant, o.state, counts[o])
	}
	_ = w.Flush()
}

// countLine is one count with its bucket.
type countLine struct {
	ledger.Bucket
	Count int
}

func (l countLine) label() string {
	if l.Target == ledger.TargetSigner {
		return "confirmation mails, " + string(l.State)
	}
	if l.State == ledger.StateOffered {
		return fmt.Sprintf("letters given to their signers (%s)", l.Channel)
	}
	return fmt.Sprintf("letters by %s, %s", l.Channel, l.State)
}

// perTarget lists the counts in a stable order.
func perTarget(t ledger.Tally) []countLine {
	var lines []countLine
	for b, n := range t.Deliveries {
		lines = append(lines, countLine{b, n})
	}
	slices.SortFunc(lines, func(a, b countLine) int {
		return cmp.Or(cmp.Compare(a.Target, b.Target), cmp.Compare(a.Channel, b.Channel), cmp.Compare(a.State, b.State))
	})
	return lines
}

// byChannel sums the letters of all targets; mail to signers keeps its own lines.
func byChannel(t ledger.Tally) []countLine {
	sums := ledger.Tally{Deliveries: map[ledger.Bucket]int{}}
	for b, n := range t.Deliveries {
		if b.Target != ledger.TargetSigner {
			b.Target = ""
		}
		sums.Deliveries[b] += n
	}
	return perTarget(sums)
}
