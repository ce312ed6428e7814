package action_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"one-click-protest/internal/action"
	"one-click-protest/internal/campaign"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/ledger/ledgertest"
	"one-click-protest/internal/mailer/mailertest"
	"one-click-protest/internal/outbox"
	"one-click-protest/internal/seal"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

const slug = "c"

// settings are the lines of campaign.yaml that tests vary.
type settings struct {
	confirm, replyTo, extra, body string
	languages                     []string // en alone if there are none
	key                           string   // of the partner
	live                          bool
}

// in is a text in each language, marked with it unless it is English.
func (s settings) in(text string) string {
	var parts []string
	for _, l := range s.languages {
		parts = append(parts, fmt.Sprintf("%s: %q", l, text+marked(l)))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

func marked(language string) string {
	if language == "en" {
		return ""
	}
	return " [" + language + "]"
}

func (s settings) partner() string {
	if s.key == "" {
		return ""
	}
	return ", key: " + s.key + ", privacy: https://partner.example/privacy"
}

// files is a campaign with one target that has an e-mail address.
func files(s settings) fstest.MapFS {
	if s.body == "" {
		s.body = "{salutation}\n\nWe ask you to let them go.\n\n{message}\n\n{name}, {city}, {country}\n"
	}
	if len(s.languages) == 0 {
		s.languages = []string{"en"}
	}
	yaml := fmt.Sprintf(`title: %s
summary: %s
mode: test
testers: [tester@example.org]
from: {name: Campaign, address: letters@example.org}
languages: [%s]
editable: whole
confirm: %s
reply_to: %s
salutation: %s
fields:
  - {name: city, label: %s, required: false, max: 60}
partners:
  - {id: partner, name: A Partner, origins: ["https://partner.example"]%s}
  - {id: other, name: Another, origins: ["https://other.example"]}
consent: {version: "1", text: %s}
privacy: {controller: Campaign, contact: privacy@example.org, retention: 90}
%s
`, s.in("A campaign"), s.in("What it is about."), strings.Join(s.languages, ", "), s.confirm, s.replyTo, s.in("Dear Minister,"), s.in("City"),
		s.partner(), s.in("I agree."), s.extra)
	const targets = "id,country,kind,city,name,email,confidence,section,zone,source,as_of,website\n" +
		"minister,KR,office,Seoul,Minister of Justice,minister@example.net,A,general,Asia/Seoul,a test,2026-11-01,https://example.net/\n"
	all := fstest.MapFS{"campaigns/c/campaign.yaml": {Data: []byte(yaml)}, "campaigns/c/targets.csv": {Data: []byte(targets)}}
	for _, l := range s.languages {
		all["campaigns/c/letter."+l+".md"] = &fstest.MapFile{Data: []byte("---\nsubject: Let them go" + marked(l) + "\n---\n" + s.body)}
	}
	if s.live {
		goLive(all)
	}
	return all
}

// goLive changes the addresses too: a campaign does not go live with an example's.
func goLive(all fstest.MapFS) {
	for _, f := range all {
		f.Data = []byte(strings.NewReplacer("mode: test", "mode: live", "example.org", "campaign.kr", "example.net", "minister.kr",
			"partner.example", "partner.kr", "other.example", "other.kr").Replace(string(f.Data)))
	}
}

// house is a service with everything behind it in memory.
type house struct {
	*action.Service
	ledger *ledgertest.Memory
	mail   *mailertest.Fake
	clock  *clock
}

type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

func open(t testing.TB, s settings) *house {
	t.Helper()
	keys, err := seal.NewHKDF([]byte("0123456789abcdef0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	h := &house{ledger: ledgertest.New(), mail: &mailertest.Fake{}, clock: &clock{now: noon}}
	h.Service = &action.Service{
		Campaigns: library(t, s),
		Keys:      keys,
		Ledger:    h.ledger,
		Sender:    &outbox.Outbox{Ledger: h.ledger, Mailer: h.mail, SlotTime: time.Minute, Now: h.clock.Now, Log: quiet},
		PublicURL: "https://protest.example.org",
		Now:       h.clock.Now,
		Log:       quiet,
	}
	return h
}

func library(t testing.TB, s settings) *campaign.Library {
	t.Helper()
	l := campaign.Open(files(s))
	if _, err := l.Get(slug); err != nil {
		t.Fatalf("fixture:\n%v", err)
	}
	return l
}

var (
	oneClick = settings{confirm: "edited", replyTo: "campaign"}
	always   = settings{confirm: "always", replyTo: "signer"}
)

func ann() action.Submission {
	return action.Submission{
		Name: "Ann Lee", Email: "ann.lee@example.com", Country: "DE", Consent: "1",
		Fields: map[string]string{"city": "Berlin"},
	}
}

// state answers the state of a signer's only letter.
func (h *house) tally(t testing.TB) ledger.Tally {
	t.Helper()
	tally, err := h.ledger.Tally(context.Background(), "c-TEST")
	if err != nil {
		t.Fatal(err)
	}
	return tally
}

func (h *house) wantLetters(t testing.TB, state ledger.State, n int) {
	t.Helper()
	b := ledger.Bucket{Target: "minister", Channel: ledger.ChannelEmail, State: state}
	if got := h.tally(t).Deliveries[b]; got != n {
		t.Errorf("%d letters %s, want %d: %v", got, state, n, h.tally(t))
	}
}

var linkIn = regexp.MustCompile(`https://protest\.example\.org/c/c/confirm\?token=(\S+)`)

// token takes the link out of the n-th mail that left.
func (h *house) token(t testing.TB, n int) string {
	t.Helper()
	left := h.mail.Left()
	if len(left) <= n {
		t.Fatalf("%d mails left, want one at %d", len(left), n)
	}
	m := linkIn.FindStringSubmatch(left[n].Text)
	if m == nil {
		t.Fatalf("no link in %q", left[n].Text)
	}
	return m[1]
}
