package desk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"one-click-protest/internal/campaign"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/ledger/dynamo"
)

// tallyCommand prints a campaign's exact counts.
type tallyCommand struct {
	data
	Campaign string `arg:"" help:"The campaign's slug."`
	Ledger   string `help:"Read the ledger of a deployment instead of this machine's, as dynamo:TABLE, with the AWS settings of your shell." placeholder:"dynamo:TABLE"`
	Recount  bool   `help:"Count the records again instead of reading the counts, and say whether they agree."`
}

// Run prints who took part and, for each target and channel, what became of the letters.
func (c *tallyCommand) Run(ctx context.Context, env Env) error {
	of, err := findCampaign(env, c.Campaign)
	if err != nil {
		return err
	}
	l, closed, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer closed()
	tally, err := l.Tally(ctx, of.Scope())
	if err != nil {
		return fmt.Errorf("tally: %w", err)
	}
	printTally(env, of, tally)
	if !c.Recount {
		return nil
	}
	return recount(ctx, env, l, of.Scope(), tally)
}

// open answers the counts of this machine or of a deployment, and how to give them back.
func (c *tallyCommand) open(ctx context.Context) (l ledger.Counts, closed func(), err error) {
	if c.Ledger == "" {
		if _, err := os.Stat(filepath.Join(c.Data, ledgerFile)); errors.Is(err, fs.ErrNotExist) {
			return nil, nil, misused("no ledger in %s; serve makes one", c.Data)
		}
		l, err := openLedger(c.Data)
		if err != nil {
			return nil, nil, err
		}
		return l, func() { _ = l.Close() }, nil
	}
	table, ok := strings.CutPrefix(c.Ledger, "dynamo:")
	if !ok || table == "" {
		return nil, nil, misused("--ledger %s: expected dynamo:TABLE", c.Ledger)
	}
	settings, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("AWS settings: %w", err)
	}
	// Counting needs no private table: it holds no counts.
	return dynamo.New(dynamodb.NewFromConfig(settings), table, ""), func() {}, nil
}

func printTally(env Env, c *campaign.Campaign, t ledger.Tally) {
	_, _ = fmt.Fprintf(env.Stdout, "%s (%s mode): %d took part\n", c.Slug, c.Mode, t.Actions)
	w := tabwriter.NewWriter(env.Stdout, 0, 4, 2, ' ', 0)
	for _, line := range perTarget(t) {
		target := line.Target
		if target == ledger.TargetSigner {
			target = "confirmation mails"
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%d\n", target, line.Channel, line.State, line.Count)
	}
	_ = w.Flush()
}

func recount(ctx context.Context, env Env, l ledger.Counts, scope string, t ledger.Tally) error {
	again, err := ledger.Recount(l.Walk(ctx, scope))
	if err != nil {
		return fmt.Errorf("recount: %w", err)
	}
	if !again.Equal(t) {
		return fmt.Errorf("the records say otherwise: %d took part; %v", again.Actions, perTarget(again))
	}
	_, _ = fmt.Fprintln(env.Stdout, "A recount of the records agrees.")
	return nil
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
