// Package web wires the function behind the HTTP API.
package web

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"one-click-protest/infra"
	"one-click-protest/internal/action"
	"one-click-protest/internal/campaign"
	"one-click-protest/internal/ledger/dynamo"
	"one-click-protest/internal/mailer/ses"
	"one-click-protest/internal/outbox"
	"one-click-protest/internal/seal"
	"one-click-protest/internal/stack"
	"one-click-protest/internal/web"
)

// tallyEvery is how old the public counts may be. A process reads sixteen shards for them.
const tallyEvery = time.Minute

// Handler answers the handler of the visitors' requests. It writes a line of metrics to out for each letter that is refused for good.
func Handler(ctx context.Context, c stack.Config, log *slog.Logger, out io.Writer) (http.Handler, error) {
	campaigns := campaign.Open(infra.Files)
	go read(campaigns)
	secret, err := stack.Secret(ctx, c)
	if err != nil {
		return nil, err
	}
	keys, err := seal.NewHKDF(secret)
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	records := dynamo.New(stack.DynamoDB(c), c.LedgerTable, c.PrivateTable)
	sender := Telling{
		Mailer:  ses.New(stack.SES(c), ses.Config{LettersSet: c.LettersSet, SignersSet: c.SignersSet}),
		Metrics: &stack.Metrics{Stack: c.Stack, Out: out},
		Log:     log,
	}
	return web.New(web.Config{
		Campaigns: campaigns,
		Actions: &action.Service{
			Campaigns: campaigns,
			Keys:      keys,
			Ledger:    records,
			Sender:    &outbox.Outbox{Ledger: records, Mailer: sender, Events: true, Log: log},
			PublicURL: c.PublicURL,
			Log:       log,
		},
		Counts:     records,
		Keys:       keys,
		PublicURL:  c.PublicURL,
		Grid:       c.Grid,
		TallyEvery: tallyEvery,
		Log:        log,
	})
}

// read reads all campaigns while the secret is on its way: in init a function has a whole processor, in an invocation the share
// that its memory buys. Whoever asks for one meanwhile waits for the same reading. Mistakes are told where a campaign is asked for.
func read(l *campaign.Library) {
	for _, slug := range l.Slugs() {
		_, _ = l.Get(slug)
	}
}
