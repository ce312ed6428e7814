package desk

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"time"

	"one-click-protest/internal/ledger"
	"one-click-protest/internal/seal"
)

// subscribersCommand is about signers who asked to be kept informed by a partner.
type subscribersCommand struct {
	Key    subscribersKey    `cmd:"" help:"For a partner: make a key pair."`
	Export subscribersExport `cmd:"" help:"Write a partner's waiting subscribers, sealed, into a new file, and delete them here."`
	Open   subscribersOpen   `cmd:"" help:"For a partner: open such a file, on standard input, to CSV on standard output."`
}

// subscribersKey makes a key pair.
type subscribersKey struct {
	Out string `type:"path" help:"Write the private key into this new file instead of showing it." placeholder:"KEYFILE"`
}

// privateMark stands before a private key, which looks like a public one otherwise: pasted into campaign.yaml it is refused.
const privateMark = "private:"

// Run prints the public key and the private one, or writes the latter into a file that only its owner reads.
func (c *subscribersKey) Run(env Env) error {
	private := seal.NewPrivateKey()
	key := privateMark + private.String()
	text := key
	if c.Out != "" {
		text = "in " + c.Out
		err := newFile(c.Out, func(f *os.File) error { _, err := f.WriteString(key + "\n"); return err })
		if err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(env.Stdout, `public key, for the organizer, who writes it as key: of the partner into campaign.yaml:
%s
private key, for the partner alone: keep it in a file of its own, with a copy in a safe place; without it nobody can read the subscribers:
%s
`, private.Public().String(), text)
	return err
}

// newFile writes a file that was not there before, for its owner alone, and makes it durable with its name. What cannot be written whole is
// removed again.
func newFile(path string, write func(*os.File) error) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	switch {
	case errors.Is(err, fs.ErrExist):
		return misused("%s is there already, and is not overwritten: name another file", path)
	case errors.Is(err, fs.ErrNotExist):
		return misused("%s: there is no such folder", path)
	case err != nil:
		return err
	}
	err = write(f)
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = syncFolder(filepath.Dir(path))
	}
	if err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// syncFolder makes a new file's name durable where the system can: Windows cannot open a folder, and needs no sync.
func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	return errors.Join(f.Sync(), f.Close())
}

// subscribersAtOnce is how many subscribers are read or deleted in one call.
const subscribersAtOnce = 500

// subscribers are a partner's that wait, in the order of their ids.
func subscribers(ctx context.Context, l ledger.Subscribers, scope, partner string, now time.Time) iter.Seq2[ledger.Subscriber, error] {
	return func(yield func(ledger.Subscriber, error) bool) {
		after := ""
		for {
			some, err := l.Subscribers(ctx, scope, partner, after, now, subscribersAtOnce)
			if err != nil {
				yield(ledger.Subscriber{}, fmt.Errorf("subscribers: %w", err))
				return
			}
			for _, s := range some {
				if !yield(s, nil) {
					return
				}
				after = s.ID
			}
			if len(some) == 0 {
				return
			}
		}
	}
}
