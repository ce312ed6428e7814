package feedback

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sns"

	"one-click-protest/internal/ledger"
	"one-click-protest/internal/outbox"
	"one-click-protest/internal/stack"
)

// alerts tells organizers by SNS what they must know and what they can do about it. What it says holds no signer's data.
type alerts struct {
	client *sns.Client
	topic  string
	table  string
}

// newAlerts answers alerts over a client with the SDK's own retries: one told twice does no harm.
func newAlerts(c stack.Config) *alerts {
	client := sns.NewFromConfig(c.AWS(), func(o *sns.Options) {
		if c.SNSEndpoint != "" {
			o.BaseEndpoint = &c.SNSEndpoint
		}
	})
	return &alerts{client: client, topic: c.AlertTopic, table: c.LedgerTable}
}

func (a *alerts) tell(ctx context.Context, alert outbox.Alert) error {
	subject, text := words(alert, a.table)
	_, err := a.client.Publish(ctx, &sns.PublishInput{TopicArn: &a.topic, Subject: &subject, Message: &text})
	if err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	return nil
}

// mostSubject is how long SNS lets a subject be (SNS API reference, Publish).
const mostSubject = 100

// words are an alert's subject and text.
func words(a outbox.Alert, table string) (subject, text string) {
	switch a.What {
	case "suspended":
		subject = "Letters to " + a.Target + " are suspended"
		text = fmt.Sprintf(suspended, a.Campaign, a.Target, a.Channel, a.Reason, resume(slug(a.Campaign)+" "+a.Target, table))
	case "breaker":
		if a.Target == ledger.TargetSigner {
			subject = "Mail to signers is suspended: too much of it comes back"
			text = fmt.Sprintf(signers, resume("--account", table))
			break
		}
		subject = "All sending is paused: too many letters come back"
		text = fmt.Sprintf(breaker, resume("--account", table))
	case "domain-held":
		subject = "Letters to " + a.Domain + " wait for an hour"
		text = fmt.Sprintf(held, a.Domain, a.Campaign, a.Target, a.Reason)
	default:
		subject = "Look at " + a.What
		text = fmt.Sprintf(other, a.What, a.Campaign, a.Target, a.Channel, a.Domain, a.Reason)
	}
	return subject[:min(len(subject), mostSubject)], text
}

// slug is what commands call a campaign: its records in test mode stand under another name.
func slug(campaign string) string { return strings.TrimSuffix(campaign, "-TEST") }

func resume(what, table string) string {
	return "go run ./functions/local resume " + what + " --ledger dynamo:" + table
}

const (
	suspended = `Letters of the campaign %s to the target %s (channel %s) come back, or their recipient called them spam. The last reason: %s.

No further letter leaves this way. Those that wait and those that are signed from now on go by the next channel that the campaign has for
this target; where that is a fax gateway each costs money. Without one they stay in the queue; none is lost.

Look at the address in the campaign's files and mend it if it is wrong. A complaint is a reason to ask yourself whether to go on.
Then let the letters go:

  %s
`
	breaker = `Of the last letters of this deployment 3 in 100 or more came back. All sending is paused, before SES pauses the whole account.
What waits and what is signed from now on stays in the queue; none is lost.

Look at which targets give letters back, pause them or mend their addresses. Then let the others go:

  %s
`
	signers = `Of the last confirmation mails 3 in 100 or more came back: somebody may be typing addresses that do not exist. No further mail goes to
signers, before SES pauses the whole account; letters go on leaving. What is submitted meanwhile waits in the queue.

When it has stopped, let the mails go:

  %s
`
	held = `The mail servers of %s did not take ten letters in a row for now (campaign %s, last target %s, reason %s). Nothing leaves to them
for an hour. Then letters leave at a slower pace, which recovers by itself. None is lost.

There is nothing to do. If it happens again, give the campaign or the target a lower pace in the campaign's files, and deploy.
`
	other = `Something needs looking at: %s (campaign %s, target %s, channel %s, domain %s, reason %s).
`
)
