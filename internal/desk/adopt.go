package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"one-click-protest/internal/ledger"
	"one-click-protest/internal/outbox"
)

// adoptCommand takes a ledger into use that was restored, or whose secret changed.
type adoptCommand struct {
	ledgerPlace
	withSecret
	DryRun bool `help:"Change nothing; say what it would do. Also without --yes."`
	Yes    bool `help:"Do it."`
}

// Run says why the ledger is not adopted and what adopting does, and with --yes does it.
func (c *adoptCommand) Run(ctx context.Context, env Env) error {
	if c.DryRun && c.Yes {
		return misused("--dry-run or --yes, not both")
	}
	if err := c.check(c.withSecret.flag()); err != nil {
		return err
	}
	keys, err := c.keys(ctx, c.Secret)
	if err != nil {
		return err
	}
	l, closed, err := c.open(ctx, "") // what is sealed stays as it is
	if err != nil {
		return err
	}
	defer closed()
	why := l.Adopted(ctx, keys.Fingerprint())
	switch {
	case why == nil:
		_, _ = fmt.Fprintln(env.Stdout, "The ledger is adopted already: nothing to do.")
		return nil
	case !errors.Is(why, ledger.ErrNotAdopted):
		return why
	}
	_, _ = fmt.Fprintf(env.Stdout, "The ledger is not adopted: %s.\n%s", reasonOf(why), lastResort)
	shown := env.progress()
	d := &outbox.Deliverer{Outbox: &outbox.Outbox{Ledger: l, Now: env.Now}, Ledger: watched{l, shown}, Keys: keys}
	n, err := d.Adopt(ctx, !c.Yes)
	shown.end()
	if err != nil {
		return fmt.Errorf("%w; %s became unknown so far: call adopt again", err, counted(n.Unknown, "letter"))
	}
	c.print(env, n)
	return nil
}

// lastResort is what to try before adopting.
const lastResort = `If a newer copy of it, or the secret it was written with, still exists, bring that back instead: then nothing needs to be adopted.
Under another secret all earlier signers look new, so they could sign again.
`

func (c *adoptCommand) print(env Env, n outbox.Adopted) {
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(env.Stdout, format+"\n", args...) }
	if !c.Yes {
		say("Adopting would make %s unknown, which may have been sent since, and count %s anew. --yes does it.",
			counted(n.Unknown, "letter"), counted(n.Campaigns, "campaign"))
		return
	}
	say("Adopted. This made %s unknown, which may have been sent since; resend --unknown sends them again.", counted(n.Unknown, "letter"))
	slices.Sort(n.Repaired)
	for _, scope := range n.Repaired {
		say("The counts of %s did not agree with its records and were counted anew.", scope)
	}
}

// reasonOf is why a ledger is not adopted, as its adapter says it.
func reasonOf(err error) string {
	_, reason, found := strings.Cut(err.Error(), ledger.ErrNotAdopted.Error()+": ")
	if !found {
		return "it was restored, or its secret was changed"
	}
	return reason
}
