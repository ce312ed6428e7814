package desk

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"one-click-protest/internal/campaign"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/outbox"
)

// againFlags are what resend and retry have in common.
type againFlags struct {
	ledgerPlace
	withPrivate
	Campaign string `arg:"" help:"The campaign's slug."`
	Target   string `arg:"" optional:"" help:"One of its targets; all of them if none is named."`
	DryRun   bool   `help:"Change nothing; say how many letters would go again."`
}

// resendCommand sends again what may have been sent.
type resendCommand struct {
	againFlags
	Unknown bool   `help:"Letters that may have been sent: some may then arrive twice."`
	Events  string `help:"With --ledger: URL of the queue of the provider's events. While it holds some, nothing is resent." placeholder:"URL"`
	DLQ     string `name:"dlq" help:"With --ledger: URL of its dead letter queue, of which the same holds." placeholder:"URL"`
}

// Run queues unknown letters as their next attempt, once no event can tell what became of them.
func (c *resendCommand) Run(ctx context.Context, env Env) error {
	if !c.Unknown {
		return misused("resend what? --unknown: letters that may have been sent")
	}
	if err := c.check(c.withPrivate.flag(), flag{"--events", c.Events}, flag{"--dlq", c.DLQ}); err != nil {
		return err
	}
	if c.remote() {
		if err := c.allTaken(ctx); err != nil {
			return err
		}
	}
	return c.again(ctx, env, outbox.Again{State: ledger.StateUnknown})
}

// allTaken refuses while an event lies somewhere that may tell what became of a letter. One that cannot be taken goes from the queue to
// the dead letter queue, so that is asked last.
func (c *resendCommand) allTaken(ctx context.Context) error {
	if err := emptyQueue(ctx, "event queue", c.Events, "wait until feedback has taken them"); err != nil {
		return err
	}
	return emptyQueue(ctx, "dead letter queue", c.DLQ, "have them taken first")
}

// retryCommand sends again what surely did not arrive.
type retryCommand struct {
	againFlags
	Failed    bool `help:"Letters that the provider refused." xor:"state"`
	Bounced   bool `help:"Letters that their receiver gave back for a reason that may pass." xor:"state"`
	Held      bool `help:"Letters that could not be composed as their signers saw them, or whose day was over; they go on in the same attempt." xor:"state"`
	Permanent bool `help:"With --bounced: those that were refused for good too, for when the address was mended."`
}

// Run queues what is named again.
func (c *retryCommand) Run(ctx context.Context, env Env) error {
	state, err := c.state()
	if err != nil {
		return err
	}
	if err := c.check(c.withPrivate.flag()); err != nil {
		return err
	}
	return c.again(ctx, env, outbox.Again{State: state, Permanent: c.Permanent})
}

func (c *retryCommand) state() (ledger.State, error) {
	switch {
	case c.Permanent && !c.Bounced:
		return "", misused("--permanent goes with --bounced")
	case c.Failed:
		return ledger.StateFailed, nil
	case c.Bounced:
		return ledger.StateBounced, nil
	case c.Held:
		return ledger.StateHeld, nil
	}
	return "", misused("retry what? --failed, --bounced or --held")
}

func (c *againFlags) again(ctx context.Context, env Env, a outbox.Again) error {
	of, err := findCampaign(env, c.Campaign)
	if err != nil {
		return err
	}
	l, closed, err := c.open(ctx, c.Private)
	if err != nil {
		return err
	}
	defer closed()
	s := steering{ledger: l, scope: of.Scope()}
	if err := s.load(ctx, []*campaign.Campaign{of}); err != nil {
		return err
	}
	if err := s.knows(of, c.Target); err != nil {
		return err
	}
	shown := env.progress()
	d := &outbox.Deliverer{Outbox: &outbox.Outbox{Ledger: l, Now: env.Now}, Ledger: watched{l, shown}}
	a.Campaign, a.Target, a.DryRun = s.scope, c.Target, c.DryRun
	faxes := 0
	a.Each = func(v ledger.Delivery) { faxes += s.faxes(of, v) }
	n, err := d.Retry(ctx, a)
	shown.end()
	printAgain(env, nameOf(of, c.Target)+" in the ledger of "+c.whose(), a, n)
	if faxes > 0 {
		_, _ = fmt.Fprintf(env.Stdout, "%6d of these by fax. %s", faxes, costs(of, ledger.ChannelFax))
	}
	return err
}

// faxes answers 1 for a letter that goes by fax when it goes again, and else 0: where its own channel is suspended it steps down at once.
func (s steering) faxes(of *campaign.Campaign, v ledger.Delivery) int {
	channel, control := v.Channel, s.controls[s.scope]
	if v.Target != ledger.TargetSigner && control.Suspends(v.Target, v.Channel) {
		channel = lower(of, control, v.Bucket()).Channel
	}
	if channel == ledger.ChannelFax {
		return 1
	}
	return 0
}

// printAgain says what was found, what goes again, and why the rest does not. After an error it says how far it got.
func printAgain(env Env, name string, a outbox.Again, n outbox.Counted) {
	say := func(count int, format string, args ...any) {
		if count > 0 {
			_, _ = fmt.Fprintf(env.Stdout, "%6d %s\n", count, fmt.Sprintf(format, args...))
		}
	}
	goes := map[bool]string{false: "queued again", true: "would be queued again"}[a.DryRun]
	_, _ = fmt.Fprintf(env.Stdout, "%s: %d %s\n", name, n.Found, a.State)
	say(n.Again, "%s", goes)
	say(n.Early, "left: the provider may still tell what became of them; it tries for %s, counted from the end of the day", hours(outbox.ProviderKeeps.Hours()))
	say(n.Gone, "%s: what they were composed from is deleted or has expired", gone(a))
	say(n.Firm, "left: refused for good by their receiver; --permanent includes them")
	say(n.Beaten, "left: changed meanwhile by somebody else")
}

// gone says what becomes of letters that cannot be composed any more.
func gone(a outbox.Again) string {
	switch {
	case a.State != ledger.StateUnknown:
		return "left"
	case a.DryRun:
		return "would be given up as failed"
	}
	return "given up as failed"
}

func hours(n float64) string { return strconv.Itoa(int(n)) + " hours" }

// emptyQueue refuses while a queue holds messages, waiting or being read, and says what to do. SQS counts them approximately: right a minute after the
// last one came (SQS API reference, GetQueueAttributes).
func emptyQueue(ctx context.Context, which, url, advice string) error {
	settings, err := awsSettings(ctx)
	if err != nil {
		return err
	}
	asked := []types.QueueAttributeName{types.QueueAttributeNameApproximateNumberOfMessages, types.QueueAttributeNameApproximateNumberOfMessagesNotVisible}
	out, err := sqs.NewFromConfig(settings).GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: &url, AttributeNames: asked})
	if err != nil {
		return fmt.Errorf("%s: %w", which, err)
	}
	for _, name := range asked {
		n, err := strconv.Atoi(out.Attributes[string(name)])
		if err != nil {
			return fmt.Errorf("%s: no %s in the answer", which, name)
		}
		if n > 0 {
			return fmt.Errorf("nothing resent: the %s holds %d events that may tell what became of letters; %s", which, n, advice)
		}
	}
	return nil
}

// sortedKeys lists a map's keys in a stable order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
