package outbox_test

import (
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"one-click-protest/internal/action"
	"one-click-protest/internal/campaign"
	"one-click-protest/internal/mailer"
	"one-click-protest/internal/outbox"
	"one-click-protest/internal/seal"
)

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// The paces of the test's campaigns, letters an hour: little enough to bind.
const (
	mailboxPace, domainPace = 6, 9
	pace                    = "pace: {mailbox: 6, domain: 9}\n"
)

// files are three live campaigns: one and two write to the same mailbox, three to another one of its domain, after confirmation.
func files() fstest.MapFS {
	fsys := fstest.MapFS{}
	add(fsys, "one", "confirm: edited\n"+pace, "minister", "minister@state.internal")
	add(fsys, "two", "confirm: edited\n"+pace, "palace", "minister@state.internal")
	add(fsys, "three", "confirm: always\n"+pace, "press", "press@state.internal")
	return fsys
}

func add(fsys fstest.MapFS, slug, extra, target, email string) {
	fsys["campaigns/"+slug+"/campaign.yaml"] = &fstest.MapFile{Data: []byte(`title: {en: A campaign}
summary: {en: What it is about.}
mode: live
from: {name: Campaign, address: letters@campaign.internal}
languages: [en]
editable: whole
reply_to: campaign
salutation: {en: "Dear Minister,"}
consent: {version: "1", text: {en: I agree.}}
privacy: {controller: Campaign, contact: privacy@campaign.internal, retention: 90}
` + extra)}
	fsys["campaigns/"+slug+"/letter.en.md"] = &fstest.MapFile{Data: []byte(
		"---\nsubject: Let them go\n---\n{salutation}\n\nWe ask you to let them go.\n\n{name}, {country}\n")}
	fsys["campaigns/"+slug+"/targets.csv"] = &fstest.MapFile{Data: []byte(
		"id,country,kind,city,name,email,confidence,section,zone,source,as_of,website\n" + target +
			",KR,office,Seoul,Minister of Justice," + email + ",A,general,Asia/Seoul,a test,2026-11-01,https://state.internal/\n")}
}

func keys(t testing.TB) seal.Keys {
	t.Helper()
	k, err := seal.NewHKDF([]byte("0123456789abcdef0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// clock is the time all processes see.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// process is one process of the house: all functions in one, with a memory of its own.
type process struct {
	service   *action.Service
	deliverer *outbox.Deliverer
	feedback  *outbox.Feedback
}

func start(t testing.TB, l outbox.DelivererLedger, pendings action.Ledger, m mailer.Mailer, c *campaign.Library, k seal.Keys, now func() time.Time) *process {
	t.Helper()
	o := &outbox.Outbox{Ledger: l, Mailer: m, Events: true, SlotTime: time.Minute, Now: now, Log: quiet}
	return &process{
		service: &action.Service{
			Campaigns: c, Keys: k, Ledger: pendings, Sender: o, PublicURL: "https://protest.example", Now: now, Log: quiet,
		},
		deliverer: &outbox.Deliverer{Outbox: o, Ledger: l, Campaigns: c, Keys: k},
		feedback:  &outbox.Feedback{Ledger: l, Now: now, Log: quiet},
	}
}

func submission(signer int) action.Submission {
	return action.Submission{Name: "Ann Lee", Email: emailOf(signer), Country: "DE", Consent: "1"}
}

func emailOf(signer int) string { return fmt.Sprintf("signer%d@people.example", signer) }

// signerOf takes an address of emailOf apart.
func signerOf(email string) (signer int, ok bool) {
	n, err := fmt.Sscanf(email, "signer%d@people.example", &signer)
	return signer, err == nil && n == 1 && emailOf(signer) == email
}

var linkIn = regexp.MustCompile(`https://protest\.example/c/([a-z]+)/confirm\?token=(\S+)`)

func tagOf(m mailer.Message) string {
	for _, t := range m.Tags {
		if t.Name == "delivery" {
			return t.Value
		}
	}
	return ""
}
