package desk

import (
	"bytes"
	"context"
	"fmt"

	"one-click-protest/internal/campaign"
	"one-click-protest/internal/ledger"
)

// wayOut is how mail leaves this machine: through a mail server, or not at all.
type wayOut struct {
	SMTP    string `name:"smtp" xor:"way" help:"Send through this mail server (smtp://user:password@host:port) instead of into the folder. In test mode only to the testers." placeholder:"URL"`
	Capture bool   `xor:"way" help:"Capture mail in the folder although this ledger's mail really leaves, or a live campaign's waits: it then counts as sent, and nobody gets it."`
}

// way says in a sentence how mail leaves.
func (w wayOut) way(data string) string {
	if w.SMTP != "" {
		return "through the mail server"
	}
	return "into " + outboxFolder(data) + ", where it is captured and nobody gets it"
}

// leaves is the document of a ledger whose mail really leaves: it was served, or sent from, with a mail server.
const leaves = `{"smtp":true}`

func leavesName() string { return ledger.DocumentName("MAIL", "transport") }

// mayCapture refuses to capture, without a word, the mail of a ledger whose mail really leaves: a flag forgotten once would mark letters
// as sent that nobody gets.
func (w wayOut) mayCapture(ctx context.Context, docs ledger.Documents) error {
	if w.SMTP != "" || w.Capture {
		return nil
	}
	document, err := docs.Document(ctx, leavesName())
	if err != nil {
		return fmt.Errorf("way out: %w", err)
	}
	if bytes.Equal(document, []byte(leaves)) {
		return misused("mail of this ledger has left through a mail server: --smtp URL names it; --capture captures mail in the folder instead, " +
			"where it counts as sent and nobody gets it")
	}
	return nil
}

// sparesLive refuses the same for letters of live campaigns that wait, whatever was done with earlier ones.
func (w wayOut) sparesLive(ctx context.Context, l ledger.Ledger, campaigns []*campaign.Campaign) error {
	if w.SMTP != "" || w.Capture {
		return nil
	}
	for _, c := range campaigns {
		if c.Mode != campaign.Live {
			continue
		}
		tally, err := l.Tally(ctx, c.Scope())
		if err != nil {
			return fmt.Errorf("tally: %w", err)
		}
		if n := queued(tally); n > 0 {
			return misused("%s of %s wait: --smtp URL sends them; --capture captures them in the folder, where they count as sent and nobody gets them",
				counted(n, "letter"), nameOf(c, ""))
		}
	}
	return nil
}

func queued(t ledger.Tally) (n int) {
	for b, count := range t.Deliveries {
		if b.State == ledger.StateQueued {
			n += count
		}
	}
	return n
}

// remember notes that the ledger's mail really leaves from now on.
func (w wayOut) remember(ctx context.Context, docs ledger.Documents) error {
	if w.SMTP == "" {
		return nil
	}
	err := docs.Change(ctx, leavesName(), func(old []byte) ([]byte, error) {
		if bytes.Equal(old, []byte(leaves)) {
			return old, nil
		}
		return []byte(leaves), nil
	})
	if err != nil {
		return fmt.Errorf("way out: %w", err)
	}
	return nil
}
