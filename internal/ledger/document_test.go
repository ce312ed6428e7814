package ledger_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"one-click-protest/internal/ledger"
)

// shelf is [ledger.Documents] in memory. It calls each change first with an older document and drops what that answers, as an
// adapter does whose caller was too slow.
type shelf struct {
	mu            sync.Mutex
	now, older    map[string][]byte
	before, after error // what the next calls to Change end with: without and with their effect
	writes        int
}

func newShelf() *shelf { return &shelf{now: map[string][]byte{}, older: map[string][]byte{}} }

var errFault = errors.New("fault")

func (s *shelf) Document(_ context.Context, name string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return bytes.Clone(s.now[name]), ledger.CheckDocument(name)
}

func (s *shelf) Change(_ context.Context, name string, change func([]byte) ([]byte, error)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ledger.CheckDocument(name); err != nil {
		return err
	}
	if s.before != nil {
		return s.before
	}
	_, _ = change(bytes.Clone(s.older[name]))
	old := s.now[name]
	made, err := change(bytes.Clone(old))
	if err != nil {
		return fmt.Errorf("change document: %w", err)
	}
	if !bytes.Equal(made, old) {
		s.older[name], s.now[name] = old, made
		s.writes++
	}
	return s.after
}

// only answers the one document that is there.
func (s *shelf) only(t testing.TB) string {
	t.Helper()
	if len(s.now) != 1 {
		t.Fatalf("%d documents", len(s.now))
	}
	for _, document := range s.now {
		return string(document)
	}
	return ""
}

// fault makes f's calls to Change fail.
func (s *shelf) fault(before, after error, f func()) {
	s.before, s.after = before, after
	f()
	s.before, s.after = nil, nil
}

func noError(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

var noon = time.Date(2007, 12, 2, 12, 0, 0, 0, time.UTC)

// users is every function that changes or reads a document, with the document's name.
var users = []struct {
	name, document string
	use            func(context.Context, ledger.Documents) error
}{
	{"Take", "PACE#mission.example", func(ctx context.Context, d ledger.Documents) error {
		_, err := ledger.Take(ctx, d, ledger.Slots{Domain: "mission.example", Mailbox: "a@mission.example", Pace: ledger.DefaultPace(), N: 1, Now: noon})
		return err
	}},
	{"Waiting", "PACE#mission.example", func(ctx context.Context, d ledger.Documents) error {
		return ledger.Waiting(ctx, d, "mission.example", "a@mission.example", true, noon)
	}},
	{"Slow", "PACE#mission.example", func(ctx context.Context, d ledger.Documents) error {
		_, err := ledger.Slow(ctx, d, "mission.example", "event", noon)
		return err
	}},
	{"Ease", "PACE#mission.example", func(ctx context.Context, d ledger.Documents) error {
		return ledger.Ease(ctx, d, "mission.example")
	}},
	{"Lease", "LEASE#deliver", func(ctx context.Context, d ledger.Documents) error {
		_, err := ledger.Lease(ctx, d, "deliver", "one", noon, noon.Add(time.Minute))
		return err
	}},
	{"Release", "LEASE#deliver", func(ctx context.Context, d ledger.Documents) error {
		return ledger.Release(ctx, d, "deliver", "one")
	}},
	{"Note", "HEALTH#ACCOUNT", func(ctx context.Context, d ledger.Documents) error {
		_, err := ledger.Note(ctx, d, ledger.Account, ledger.Outcome{Token: "event"})
		return err
	}},
	{"Recover", "HEALTH#ACCOUNT", func(ctx context.Context, d ledger.Documents) error {
		return ledger.Recover(ctx, d, ledger.Account)
	}},
	{"ReadControl", "CONTROL#protest", func(ctx context.Context, d ledger.Documents) error {
		_, err := ledger.ReadControl(ctx, d, "protest")
		return err
	}},
	{"Spend", "FAXES#protest", func(ctx context.Context, d ledger.Documents) error {
		_, err := ledger.Spend(ctx, d, "protest", 1, noon)
		return err
	}},
	{"Spent", "FAXES#protest", func(ctx context.Context, d ledger.Documents) error {
		_, err := ledger.Spent(ctx, d, "protest", noon)
		return err
	}},
	{"Steer", "CONTROL#protest", func(ctx context.Context, d ledger.Documents) error {
		return ledger.Steer(ctx, d, "protest", func(c *ledger.Control) { c.Pause("") })
	}},
}

// TestBrokenDocument: what cannot be read is neither taken for nothing nor written over, and its name is told.
func TestBrokenDocument(t *testing.T) {
	for _, u := range users {
		for _, text := range []string{"no JSON", `{"a":`, `[]`, `"text"`} {
			t.Run(u.name+" "+text, func(t *testing.T) {
				docs := newShelf()
				docs.now[u.document] = []byte(text)
				err := u.use(t.Context(), docs)
				if err == nil || !strings.Contains(err.Error(), "document "+u.document) {
					t.Errorf("error %v", err)
				}
				if got := docs.only(t); got != text {
					t.Errorf("written over: %s", got)
				}
			})
		}
	}
}

// TestDocumentErrors: the adapter's error gets through, and callers can tell it.
func TestDocumentErrors(t *testing.T) {
	for _, u := range users {
		if u.name == "ReadControl" || u.name == "Spent" {
			continue // changes nothing
		}
		t.Run(u.name, func(t *testing.T) {
			docs := newShelf()
			docs.fault(fmt.Errorf("%w: throttled", ledger.ErrBusy), nil, func() {
				if err := u.use(t.Context(), docs); !errors.Is(err, ledger.ErrBusy) {
					t.Errorf("error %v", err)
				}
			})
			if len(docs.now) != 0 {
				t.Error("written all the same")
			}
		})
	}
}

// TestDocumentsOfOtherPrograms: fields that a later program added are no mistake, and what changes nothing is not written.
func TestDocumentsOfOtherPrograms(t *testing.T) {
	docs := newShelf()
	docs.now["LEASE#deliver"] = []byte(`{"until": 0, "later": [1]}`)
	noError(t, ledger.Release(t.Context(), docs, "deliver", "one"))
	docs.now["CONTROL#protest"] = []byte(" {} ")
	noError(t, ledger.Steer(t.Context(), docs, "protest", func(c *ledger.Control) { c.Resume("") }))
	if docs.writes != 0 {
		t.Errorf("%d writes", docs.writes)
	}
}
