package web_test

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"one-click-protest/internal/action"
	"one-click-protest/internal/campaign"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/ledger/ledgertest"
	"one-click-protest/internal/mailer/mailertest"
	"one-click-protest/internal/outbox"
	"one-click-protest/internal/seal"
	"one-click-protest/internal/web"
)

var update = flag.Bool("update", false, "write the golden files anew")

const origin = "https://protest.example.org"

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// settings are the lines of campaign.yaml that tests vary.
type settings struct {
	mode, channels, editable, confirm, replyTo, extra string
	targets                                           string // rows of targets.csv besides the minister's
	variants                                          bool   // two subjects and two openings in each language
}

// kinds are the test campaigns, by slug: one for each way a letter goes and each way to take part.
var kinds = map[string]settings{
	"email":   {mode: "live", channels: "email", editable: "whole", confirm: "edited", replyTo: "campaign"},
	"words":   {mode: "live", channels: "email", editable: "words", confirm: "edited", replyTo: "campaign"},
	"always":  {mode: "live", channels: "email", editable: "whole", confirm: "always", replyTo: "signer"},
	"print":   {mode: "live", channels: "print", editable: "none", confirm: "off", replyTo: "campaign"},
	"self":    {mode: "live", channels: "self", editable: "none", confirm: "off", replyTo: "campaign"},
	"byhand":  {mode: "live", channels: "print", editable: "none", confirm: "always", replyTo: "campaign"},
	"relay":   {mode: "live", channels: "relay", editable: "none", confirm: "off", replyTo: "campaign", extra: relay},
	"relayed": {mode: "live", channels: "relay", editable: "none", confirm: "always", replyTo: "campaign", extra: relay},
	"trial":   {mode: "test", channels: "self", editable: "none", confirm: "off", replyTo: "campaign"},
	"early":   {mode: "live", channels: "email", editable: "none", confirm: "off", replyTo: "campaign", extra: "opens: 2027-01-01\n"},
	"late":    {mode: "live", channels: "email", editable: "none", confirm: "off", replyTo: "campaign", extra: "closes: 2026-11-01\n"},
	"suits":   {mode: "live", channels: "email", editable: "whole", confirm: "edited", replyTo: "campaign", extra: "letter_languages: {KR: ko}\n"},
	"release": {mode: "live", channels: "email", editable: "none", confirm: "off", replyTo: "campaign", extra: "release: 2026-12-02T09:00\nafter_day: continue\n"},

	"fax":      {mode: "live", channels: "fax", editable: "whole", confirm: "edited", replyTo: "campaign", extra: fax},
	"several":  {mode: "live", channels: "email, fax, print", editable: "whole", confirm: "edited", replyTo: "campaign", extra: fax + "letter_languages: {consul: ko}\n", targets: consul + office},
	"proven":   {mode: "live", channels: "email, fax, print", editable: "whole", confirm: "always", replyTo: "signer", extra: fax, targets: consul + office},
	"mixed":    {mode: "live", channels: "email, relay", editable: "none", confirm: "off", replyTo: "campaign", extra: relay, targets: union},
	"missions": {mode: "live", channels: "email, fax", editable: "words", confirm: "edited", replyTo: "campaign", extra: fax + "state: CN\nfallback: minister\nalso: [minister]\n"},
	"variants": {mode: "live", channels: "email", editable: "whole", confirm: "edited", replyTo: "campaign", variants: true},
	"mailed":   {mode: "live", channels: "email", editable: "whole", confirm: "always", replyTo: "campaign", variants: true},
}

const fax = "fax: {gateway: \"{e164}@fax.example.net\", daily: 10}\n"

// Further targets: by fax in New York, where it is 7 o'clock at noon in Greenwich; on paper; and through the relay.
const (
	consul = "consul,US,consulate,New York,The Consul,,,,+12125550100,,America/New_York,a test,2026-11-01,,,\"Dear Consul,\",영사님께\n"
	office = "office,DE,office,Berlin,An Office,,,,+493012345678,\"Some Street 1, Berlin\",Europe/Berlin,a test,2026-11-01,,print,\"Dear Office,\",귀하께\n"
	union  = "union,KR,office,Seoul,The Second Minister,,,,+8225033533,\"48 Gwanmun-ro, Gwacheon\",Asia/Seoul,a test,2026-11-01,,relay,,\n"
)

// missions are a state's: an embassy with e-mail in Germany and one with a fax in the United States.
const missions = "id,country,kind,city,name,email,confidence,section,fax,zone,source,as_of\n" +
	"cn-de-berlin,DE,embassy,Berlin,The Embassy in Germany,de@embassy.example.net,A,general,,Europe/Berlin,a test,2026-11-01\n" +
	"cn-us-washington,US,embassy,Washington,The Embassy in the United States,,,,+12025550100,America/New_York,a test,2026-11-01\n"

const relay = `relay:
  name: A Union
  address: union@relay.example
  language: ko
  subject: "[전달 요청] {name}"
  note: |
    {target} 앞 편지를 전달해 주세요. 팩스: {fax}
`

func campaignFiles(slug string, s settings) fstest.MapFS {
	yaml := fmt.Sprintf(`title: {en: Let them go, ko: 석방하라}
summary: {en: Three people are in prison., ko: 세 사람이 갇혀 있습니다.}
mode: test
testers: [tester@example.org]
from: {name: Campaign, address: letters@example.org}
languages: [en, ko]
channels: [%s]
editable: %s
confirm: %s
reply_to: %s
salutation: {en: "Dear Minister,", ko: "장관님께,"}
fields:
  - {name: city, label: {en: City, ko: 도시}, required: false, max: 60}
partners:
  - {id: partner, name: A Partner, origins: ["https://partner.example"]}
  - {id: club, name: A Club, origins: ["https://club.example", "https://www.club.example"], key: %s, privacy: https://club.example/privacy}
goal: 1000
consent: {version: "1", text: {en: I agree., ko: 동의합니다.}}
privacy: {controller: The Campaign, contact: privacy@example.org, retention: 90}
%s`, s.channels, s.editable, s.confirm, s.replyTo, clubKey, s.extra)
	message := "\n{message}\n"
	if s.editable == "none" {
		message = ""
	}
	const targets = "id,country,kind,city,name,email,confidence,section,fax,postal,zone,source,as_of,website,channels,salutation.en,salutation.ko\n" +
		"minister,KR,office,Seoul,Minister of Justice,minister@example.net,A,general,+8225033532,\"47 Gwanmun-ro, Gwacheon\",Asia/Seoul,a test,2026-11-01,https://example.net/contact,,,\n"
	head := map[string]string{"en": "subject: Let them go", "ko": "subject: 석방하라"}
	opening := ""
	if s.variants {
		head = map[string]string{"en": "subjects: [Let them go, Set them free]\nopenings: [I write to you., Hear me.]", "ko": "subjects: [석방하라, 풀어 주라]\nopenings: [씁니다., 들으십시오.]"}
		opening = "{opening}\n\n"
	}
	dir := "campaigns/" + slug + "/"
	return fstest.MapFS{
		dir + "campaign.yaml":  {Data: []byte(yaml)},
		dir + "letter.en.md":   {Data: []byte("---\n" + head["en"] + "\n---\n{salutation}\n\n" + opening + "We ask you to **let them go**.\n" + message + "\n{name}, {city}, {country}\n")},
		dir + "letter.ko.md":   {Data: []byte("---\n" + head["ko"] + "\n---\n{salutation}\n\n" + opening + "석방해 주십시오.\n" + message + "\n{name}, {city}, {country}\n")},
		dir + "targets.csv":    {Data: []byte(targets + s.targets)},
		dir + "picture.ko.png": {Data: aPicture},
		"directory/cn.csv":     {Data: []byte(missions)},
	}
}

// clubKey is a partner's public key: that of RFC 7748, section 6.1.
const clubKey = "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo="

// aPicture is the beginning of a PNG of 1200 by 630 pixels.
var aPicture = []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x04\xb0\x00\x00\x02\x76\x08\x02\x00\x00\x00")

func library(t testing.TB) *campaign.Library {
	t.Helper()
	all := fstest.MapFS{}
	for slug, s := range kinds {
		for name, file := range campaignFiles(slug, s) {
			all[name] = file
		}
	}
	l := campaign.Open(all)
	for slug, s := range kinds {
		c, err := l.Get(slug)
		if err != nil {
			t.Fatalf("fixture %s:\n%v", slug, err)
		}
		c.Mode = campaign.Mode(s.mode) // the loader lets no campaign with example addresses go live
	}
	return l
}

// house is the handler with everything behind it in memory.
type house struct {
	http.Handler
	config web.Config
	ledger *ledgertest.Memory
	mail   *mailertest.Fake
	clock  *clock
	log    *logged
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

// logged keeps what was logged.
type logged struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// open answers a house; change, if not nil, alters its configuration first.
func open(t testing.TB, change func(*web.Config)) *house {
	t.Helper()
	h := &house{ledger: ledgertest.New(), mail: &mailertest.Fake{}, clock: &clock{now: noon}, log: &logged{}}
	h.config = web.Config{
		Campaigns: library(t),
		PublicURL: origin,
		Now:       h.clock.Now,
		Log:       slog.New(slog.NewTextHandler(h.log, nil)),
		Counts:    h.ledger,
		Keys:      testKeys(t),
	}
	if change != nil {
		change(&h.config)
	}
	if h.config.Actions == nil {
		h.config.Actions = h.service(t)
	}
	handler, err := web.New(h.config)
	if err != nil {
		t.Fatal(err)
	}
	h.Handler = handler
	return h
}

func testKeys(t testing.TB) seal.Keys {
	t.Helper()
	keys, err := seal.NewHKDF([]byte("0123456789abcdef0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func (h *house) service(t testing.TB) *action.Service {
	t.Helper()
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	return &action.Service{
		Campaigns: h.config.Campaigns.(*campaign.Library),
		Keys:      h.config.Keys,
		Ledger:    h.ledger,
		Sender:    &outbox.Outbox{Ledger: h.ledger, Mailer: h.mail, SlotTime: time.Minute, Now: h.clock.Now, Log: quiet},
		PublicURL: h.config.PublicURL,
		Now:       h.clock.Now,
		Log:       quiet,
	}
}

func (h *house) actions(t testing.TB, slug string) int {
	t.Helper()
	tally, err := h.ledger.Tally(context.Background(), slug)
	if err != nil {
		t.Fatal(err)
	}
	return tally.Actions
}

func (h *house) do(r *http.Request) *http.Response {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func get(path string) *http.Request { return httptest.NewRequest("GET", origin+path, nil) }

// post is a call of the API, as curl makes it.
func post(path, body string) *http.Request {
	r := httptest.NewRequest("POST", origin+path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	return r
}

// submit is a posted form, as our own page posts it.
func submit(path string, pairs ...string) *http.Request {
	values := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequest("POST", origin+path, strings.NewReader(values.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", origin)
	return r
}

const ann = `{"name":"Ann Lee","email":"ann.lee@example.com","country":"DE","consent":"1","fields":{"city":"Berlin"}}`

// Origins that the campaigns know, and one that they do not.
const (
	theirs  = "https://partner.example"
	clubs   = "https://www.club.example"
	foreign = "https://evil.example"
)

// from is a request as the browser of a visitor of a page sends it.
func from(origin string, r *http.Request) *http.Request {
	r.Header.Del("Origin")
	if origin != "" {
		r.Header.Set("Origin", origin)
	}
	return r
}

// annForm is the same person in the form.
func annForm(do string, more ...string) []string {
	return append([]string{"do", do, "name", "Ann Lee", "email", "ann.lee@example.com", "country", "DE", "consent", "1",
		"fields.city", "Berlin", "language", "en"}, more...)
}

func text(t testing.TB, r *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func want(t testing.TB, r *http.Response, status int, parts ...string) string {
	t.Helper()
	body := text(t, r)
	if r.StatusCode != status {
		t.Fatalf("status %d, want %d:\n%s", r.StatusCode, status, page(body))
	}
	for _, part := range parts {
		if !strings.Contains(body, part) {
			t.Errorf("no %q in:\n%s", part, page(body))
		}
	}
	return body
}

func wantNot(t testing.TB, body string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if strings.Contains(body, part) {
			t.Errorf("%q in:\n%s", part, page(body))
		}
	}
}

// golden holds what was answered against a file.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got); -update writes it:\n%s", path, diff)
	}
}

var linkIn = regexp.MustCompile(regexp.QuoteMeta(origin) + `(/c/[a-z]+/confirm\?token=(\S+))`)

// link takes path and token of the link in the last mail that left.
func (h *house) link(t testing.TB) (path, token string) {
	t.Helper()
	left := h.mail.Left()
	if len(left) == 0 {
		t.Fatal("no mail left")
	}
	m := linkIn.FindStringSubmatch(left[len(left)-1].Text)
	if m == nil {
		t.Fatalf("no link in %q", left[len(left)-1].Text)
	}
	return m[1], m[2]
}

// sent is a settled e-mail to the fixture's target.
var sent = ledger.Bucket{Target: "minister", Channel: ledger.ChannelEmail, State: ledger.StateSent}

// scope is the name under which a campaign's records stand.
func (h *house) scope(t testing.TB, slug string) string {
	t.Helper()
	c, err := h.config.Campaigns.Get(slug)
	if err != nil {
		t.Fatal(err)
	}
	return c.Scope()
}
