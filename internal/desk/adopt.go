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
		_, _ = fmt.Fprintf(env.Stdout, "The ledger of %s is adopted already: nothing to do.\n", c.whose())
		return nil
	case !errors.Is(why, ledger.ErrNotAdopted):
		return why
	}
	_, _ = fmt.Fprintf(env.Stdout, "The ledger of %s is not adopted: %s.\n%s", c.whose(), reasonOf(why), lastResort)
	if err := c.advise(ctx, env, l); err != nil {
		return err
	}
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
Who signed since the backup was made looks new and can sign again, so that a second letter leaves.
Under another secret all earlier signers look new.
`

// What goes on under the identity that it had: for as long as action remembers that the ledger was adopted.
const (
	stopFirst   = "Stop the local server before: one that runs may accept letters under the old identity for up to five minutes."
	deployFirst = "Deploy before, with this table and secret, or anew: functions that run already may accept letters under the old identity for " +
		"up to five minutes."
)

// advise says what adopting does not bring back, and what to do first.
func (c *adoptCommand) advise(ctx context.Context, env Env, l ledger.Ledger) error {
	s := steering{ledger: l}
	if err := s.load(ctx, usable(env)); err != nil {
		return err
	}
	first, standing := stopFirst, s.standing()
	if c.remote() {
		first = deployFirst
	}
	if len(standing) == 0 {
		standing = []string{"Nothing is stopped."}
	}
	_, err := fmt.Fprintf(env.Stdout, "%s\nPauses, suspensions and resumes since the backup are lost: steer again what should stand otherwise than this.\n  %s\n",
		first, strings.Join(standing, "\n  "))
	return err
}

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
