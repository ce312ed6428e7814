package desk

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"one-click-protest/internal/ledger"
)

// subscribersExport hands a partner's subscribers over.
type subscribersExport struct {
	ledgerPlace
	withPrivate
	Campaign string `arg:"" help:"The campaign's slug."`
	Partner  string `arg:"" help:"The partner's id."`
	Out      string `required:"" type:"path" help:"The new file. It is never one that is there already." placeholder:"FILE"`
}

// Run writes first and deletes then: when it ends in between, the same subscribers are exported again, and none is lost.
func (c *subscribersExport) Run(ctx context.Context, env Env) error {
	if err := c.check(c.withPrivate.flag()); err != nil {
		return err
	}
	of, err := findCampaign(env, c.Campaign)
	if err != nil {
		return err
	}
	l, tally, closed, err := c.tallied(ctx, c.Private, of)
	if err != nil {
		return err
	}
	defer closed()
	if _, brought := tally.Partners[c.Partner]; !brought { // one that the files have no more may still have subscribers
		if _, err := findPartner(of, c.Partner); err != nil {
			return err
		}
	}
	x := export{env: env, ledger: l, scope: of.Scope(), partner: c.Partner, out: c.Out, whose: c.whose()}
	return x.alone(ctx, l)
}

// exporting is how long one export keeps others of the same partner away, if it dies in between.
const exporting = 5 * time.Minute

// alone runs the export unless another one is under way: both would hand the same people over.
func (x export) alone(ctx context.Context, docs ledger.Documents) error {
	lease, holder := "subscribers "+x.scope+" "+x.partner, rand.Text()
	held, err := ledger.Lease(ctx, docs, lease, holder, x.env.Now(), x.env.Now().Add(exporting))
	switch {
	case err != nil:
		return err
	case !held:
		return fmt.Errorf("another export of %s is under way: try again when it has ended, or in %s if it died", x.partner, exporting)
	}
	err = x.run(ctx)
	return errors.Join(err, ledger.Release(context.WithoutCancel(ctx), docs, lease, holder))
}

// export is one handing over.
type export struct {
	env                        Env
	ledger                     ledger.Subscribers
	scope, partner, out, whose string
}

func (x export) run(ctx context.Context) error {
	some, err := x.ledger.Subscribers(ctx, x.scope, x.partner, "", x.env.Now(), 1)
	if err != nil {
		return fmt.Errorf("subscribers: %w", err)
	}
	if len(some) == 0 {
		_, err := fmt.Fprintf(x.env.Stdout, "No subscriber of %s waits in the ledger of %s; no file is written.\n", x.partner, x.whose)
		return err
	}
	shown := x.env.progress()
	defer shown.end()
	var ids []string
	err = newFile(x.out, func(f *os.File) (err error) {
		ids, err = x.write(ctx, f, shown)
		return err
	})
	if err != nil {
		return fmt.Errorf("%w; nothing is exported, and all subscribers are still in the ledger", err)
	}
	if err := x.delete(ctx, ids, shown); err != nil {
		return fmt.Errorf("%s holds all of %s, but not all of them could be deleted here: %w; export the rest again into another file", x.out,
			counted(len(ids), "subscriber"), err)
	}
	shown.end()
	_, err = fmt.Fprintf(x.env.Stdout, "%s of %s are in %s, sealed, and no longer in the ledger of %s. The partner reads them with: subscribers open --key KEYFILE\n",
		counted(len(ids), "subscriber"), x.partner, x.out, x.whose)
	return err
}

// write writes every sealed subscriber as a line, and answers whom.
func (x export) write(ctx context.Context, f *os.File, shown *progress) (ids []string, err error) {
	w := bufio.NewWriter(f)
	for s, err := range subscribers(ctx, x.ledger, x.scope, x.partner, x.env.Now()) {
		if err == nil {
			_, err = w.WriteString(base64.StdEncoding.EncodeToString(s.Sealed) + "\n")
		}
		if err != nil {
			return nil, err
		}
		ids = append(ids, s.ID)
		if len(ids)%shown.every() == 0 {
			shown.show("%d written", len(ids))
		}
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return ids, w.Flush()
}

// deleting is how long one call may take. Once the file stands Ctrl-C does not stop the deleting: what is left would be exported twice.
const deleting = time.Minute

func (x export) delete(ctx context.Context, ids []string, shown *progress) error {
	gone := 0
	for some := range slices.Chunk(ids, subscribersAtOnce) {
		patient, cancel := context.WithTimeout(context.WithoutCancel(ctx), deleting)
		err := x.ledger.Unsubscribe(patient, x.scope, x.partner, some)
		cancel()
		if err != nil {
			return err
		}
		if gone += len(some); gone < len(ids) {
			shown.show("%d of %d deleted here", gone, len(ids))
		}
	}
	return nil
}
