package stack

import (
	"context"
	"fmt"
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
	"one-click-protest/internal/web"
)

// tallyEvery is how old the public counts may be. A process reads sixteen shards for them.
const tallyEvery = time.Minute

// Web wires the function behind the HTTP API.
func Web(ctx context.Context, c Config, log *slog.Logger) (http.Handler, error) {
	secret, err := Secret(ctx, c)
	if err != nil {
		return nil, err
	}
	keys, err := seal.NewHKDF(secret)
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	records := dynamo.New(DynamoDB(c), c.LedgerTable, c.PrivateTable)
	campaigns := campaign.Open(infra.Files)
	return web.New(web.Config{
		Campaigns: campaigns,
		Actions: &action.Service{
			Campaigns: campaigns,
			Keys:      keys,
			Ledger:    records,
			Sender:    &outbox.Outbox{Records: records, Mailer: ses.New(SES(c), ses.Config{LettersSet: c.LettersSet, SignersSet: c.SignersSet}), Log: log},
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
