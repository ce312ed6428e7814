package desk

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"one-click-protest/infra"
	"one-click-protest/internal/action"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/mailer"
	"one-click-protest/internal/mailer/mailertest"
	"one-click-protest/internal/outbox"
)

const (
	host = "127.0.0.1:8080"
	home = "http://" + host
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func testEnv(t testing.TB) Env {
	t.Helper()
	return Env{Stdout: io.Discard, Stderr: io.Discard, Files: infra.Files, Now: time.Now}
}

// openSite is the local server on a folder, without its listener.
func openSite(t testing.TB, folder string) (*site, http.Handler) {
	t.Helper()
	c := &serveCommand{data: data{Data: folder}}
	s, err := c.open(t.Context(), testEnv(t), host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.close)
	h, err := s.handler()
	if err != nil {
		t.Fatal(err)
	}
	return s, h
}

func get(t testing.TB, h http.Handler, path string) (int, string) {
	t.Helper()
	r := httptest.NewRequest("GET", home+path, nil)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func sign(t testing.TB, h http.Handler, name, email string) (int, string) {
	t.Helper()
	body, _ := json.Marshal(map[string]string{"name": name, "email": email, "country": "US", "consent": "2007-11-01"})
	r := httptest.NewRequest("POST", home+"/v1/campaigns/protest-day-2007/actions", bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// What the README promises a newcomer: sign, read the mail, see the count, sign again, and no second letter.
func TestNewcomersWalk(t *testing.T) {
	_, h := openSite(t, t.TempDir())
	if status, body := get(t, h, "/"); status != 200 || !strings.Contains(body, "/c/protest-day-2007") {
		t.Fatalf("home: %d %s", status, body)
	}
	status, first := sign(t, h, "김하늘", "haneul@example.com")
	if status != 202 {
		t.Fatalf("first: %d %s", status, first)
	}
	if status, again := sign(t, h, "김하늘", "Haneul@Example.com"); status != 202 || again != first {
		t.Errorf("repeat: %d %s", status, again)
	}
	_, list := get(t, h, "/outbox")
	ids := regexp.MustCompile(`href="/outbox/([^"]+)"`).FindAllStringSubmatch(list, -1)
	if len(ids) != 1 {
		t.Fatalf("%d mails in the outbox, want 1: %s", len(ids), list)
	}
	_, mail := get(t, h, "/outbox/"+ids[0][1])
	for _, want := range []string{"chinaembpress_us@mfa.gov.cn", "김하늘", "[TEST]", "Your Excellency"} {
		if !strings.Contains(mail, want) {
			t.Errorf("the mail shows no %q: %s", want, mail)
		}
	}
	for _, part := range []string{"/html", "/source"} {
		if status, _ := get(t, h, "/outbox/"+ids[0][1]+part); status != 200 {
			t.Errorf("%s: %d", part, status)
		}
	}
	var counts map[string][]countRow
	_, body := get(t, h, "/counts.json")
	if err := json.Unmarshal([]byte(body), &counts); err != nil {
		t.Fatal(err)
	}
	if got := counts["protest-day-2007"]; len(got) != 2 || got[0].Count != 1 || got[1] != (countRow{"letters by email, sent", 1}) {
		t.Errorf("counts %v", got)
	}
}

// The home page shows the form as a partner's page does, under a policy that allows its own files only, in the language asked for.
func TestHomeShowsTheWidget(t *testing.T) {
	s, h := openSite(t, t.TempDir())
	(&depot{ledger: s.ledger, keys: s.keys, now: noon}).bring(t, claimed)
	r := httptest.NewRequest("GET", home+"/?language=ko", nil)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	for _, want := range []string{
		`<script src="/widget.js" async></script>`, `<one-click-protest campaign="protest-day-2007" lang="ko"><a href="/c/protest-day-2007?language=ko">`,
		`href="/embed/protest-day-2007?language=ko"`, `href="/?language=ar"`, "brought by example, claimed",
	} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("no %s in %s", want, w.Body)
		}
	}
	if got := w.Header().Get("Content-Security-Policy"); got != policy || strings.Contains(got, "frame-src") || strings.Contains(got, "unsafe") {
		t.Errorf("policy %q", got)
	}
	for _, path := range []string{"/widget.js", "/embed/protest-day-2007?language=ko", "/c/protest-day-2007?language=ko"} {
		if status, body := get(t, h, path); status != http.StatusOK {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
}

// A fax goes to its gateway as a file: the outbox opens it, under the policy and the names of its other pages.
func TestOutboxShowsTheAttachment(t *testing.T) {
	s, h := openSite(t, t.TempDir())
	paths := map[string]string{}
	for _, m := range []mailer.Message{mailertest.Fax(), mailertest.Letter()} {
		if got := s.mails.folder.Send(t.Context(), m); got.Outcome != mailer.Accepted {
			t.Fatal(got)
		}
		newest, err := s.mails.folder.List(1)
		if err != nil {
			t.Fatal(err)
		}
		paths[m.Subject] = "/outbox/" + newest[0].ID
	}
	fax, letter := paths[mailertest.Fax().Subject], paths[mailertest.Letter().Subject]

	if _, body := get(t, h, fax); !strings.Contains(body, `<dd><a href="`+fax+`/attachment">letter.pdf</a> (application/pdf, 600 bytes)</dd>`) {
		t.Errorf("no link to the attachment: %s", body)
	}
	if _, body := get(t, h, letter); strings.Contains(body, "ttachment") {
		t.Errorf("an attachment where there is none: %s", body)
	}
	if status, _ := get(t, h, letter+"/attachment"); status != http.StatusNotFound {
		t.Errorf("the attachment of a mail without one is answered %d", status)
	}
	r := httptest.NewRequest("GET", home+fax+"/attachment", nil)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != http.StatusOK || !bytes.Equal(w.Body.Bytes(), mailertest.Fax().Attachments[0].Data) {
		t.Errorf("%d, %d bytes", w.Code, w.Body.Len())
	}
	want := http.Header{
		"Content-Type": {"application/pdf"}, "Content-Disposition": {`inline; filename="letter.pdf"`}, "Cache-Control": {"no-store"},
		"Content-Security-Policy": {policy}, "X-Content-Type-Options": {"nosniff"},
	}
	if diff := cmp.Diff(want, w.Header()); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
	r.Host = "evil.example"
	w = httptest.NewRecorder()
	if h.ServeHTTP(w, r); w.Code != http.StatusMisdirectedRequest || strings.Contains(w.Body.String(), "%PDF") {
		t.Errorf("another host is answered %d", w.Code)
	}
}

// A stranger's page that rebinds its name to loopback reads nothing; a path is no way out of the outbox.
func TestForeignHostsAndPaths(t *testing.T) {
	_, h := openSite(t, t.TempDir())
	for _, name := range []string{"localhost:8080", "127.0.0.1", "evil.example", "evil.example:8080", ""} {
		r := httptest.NewRequest("GET", home+"/outbox", nil)
		r.Host = name
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusMisdirectedRequest {
			t.Errorf("Host %q is answered %d", name, w.Code)
		}
	}
	for _, path := range []string{"/outbox/..%2fsecret", "/outbox/x", "/outbox/%2e%2e%2fledger.db/source"} {
		if status, _ := get(t, h, path); status != 404 {
			t.Errorf("%s is answered %d, want 404", path, status)
		}
	}
}

// Nothing but the captured mail holds a name, an address or a word of a signer.
func TestNothingIsKeptOfASigner(t *testing.T) {
	folder := t.TempDir()
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	defer slog.SetDefault(before)
	s, h := openSite(t, folder)
	sign(t, h, "Zoltan Quibble", "zoltan.quibble@example.com")
	body := `{"name":"Zoltan Quibble","email":"zq2@example.com","country":"US","consent":"2007-11-01","message":"Xylophone"}`
	r := httptest.NewRequest("POST", home+"/v1/campaigns/protest-day-2007/actions", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != 202 {
		t.Fatalf("pending: %d %s", w.Code, w.Body)
	}
	if tally, _ := s.ledger.Tally(t.Context(), "protest-day-2007-TEST"); tally.Actions != 1 || len(tally.Deliveries) != 2 {
		t.Fatalf("nothing to look for: %+v", tally)
	}
	words := []string{"Quibble", "quibble", "zq2", "Xylophone"}
	search := func(name string, content []byte) {
		for _, word := range words {
			if bytes.Contains(content, []byte(word)) {
				t.Errorf("%s holds %q", name, word)
			}
		}
	}
	search("the log", log.Bytes())
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) == ".eml" {
			return err
		}
		content, err := os.ReadFile(path)
		search(filepath.Base(path), content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// An older copy of the ledger put back: nothing is accepted, nothing sent, and the start says so.
func TestRestoredLedgerStops(t *testing.T) {
	folder := t.TempDir()
	copyOf := filepath.Join(t.TempDir(), "ledger.db")
	s, h := openSite(t, folder)
	sign(t, h, "Ann Lee", "ann@example.com")
	s.close()
	copyFile(t, filepath.Join(folder, "ledger.db"), copyOf)
	s, h = openSite(t, folder)
	if status, _ := sign(t, h, "Ben Lee", "ben@example.com"); status != 202 {
		t.Fatalf("second: %d", status)
	}
	s.close()
	copyFile(t, copyOf, filepath.Join(folder, "ledger.db"))
	s, h = openSite(t, folder)
	status, body := sign(t, h, "Ben Lee", "ben@example.com")
	if status != 503 {
		t.Errorf("after the restore: %d %s", status, body)
	}
	if mails, err := s.mails.folder.List(10); err != nil || len(mails) != 2 {
		t.Errorf("%d mails, want the first two only: %v", len(mails), err)
	}
	var out bytes.Buffer
	s.announce(t.Context(), Env{Stdout: &out})
	if !strings.Contains(out.String(), "STOPPED") {
		t.Errorf("the start says nothing: %s", out.String())
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	content, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	for _, rest := range []string{"-wal", "-shm"} {
		_ = os.Remove(to + rest)
	}
	if err := os.WriteFile(to, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// The server starts, answers and ends by its context, leaving the ledger closed and whole.
func TestServeStartsAndStops(t *testing.T) {
	folder := t.TempDir()
	ctx, stop := context.WithCancel(t.Context())
	out := &lines{found: make(chan string, 1)}
	status := make(chan int, 1)
	go func() {
		status <- Main(ctx, Env{Stdout: out, Stderr: os.Stderr, Files: infra.Files, Now: time.Now}, []string{"--addr", "127.0.0.1:0", "--data", folder})
	}()
	url := <-out.found
	resp, err := http.Get(url + "/healthz")
	if err != nil || resp.StatusCode != 200 {
		t.Fatalf("healthz: %v", err)
	}
	_ = resp.Body.Close()
	stop()
	if got := <-status; got != 0 {
		t.Errorf("exit status %d", got)
	}
	if info, err := os.Stat(filepath.Join(folder, "secret")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("secret: %v, %v", info.Mode(), err)
	}
}

// lines waits for the URL that the server announces.
type lines struct {
	text  bytes.Buffer
	found chan string
}

func (l *lines) Write(p []byte) (int, error) {
	l.text.Write(p)
	if m := regexp.MustCompile(`Open (http://\S+)\n`).FindStringSubmatch(l.text.String()); m != nil {
		select {
		case l.found <- m[1]:
		default:
		}
	}
	return len(p), nil
}

// BenchmarkSubmitSQLite is what one machine takes: every submission accepted, sent and settled on disk.
func BenchmarkSubmitSQLite(b *testing.B) {
	s, _ := openSite(b, b.TempDir())
	actions := s.actions()
	actions.Sender = &outbox.Outbox{Ledger: s.ledger, Mailer: &mailertest.Fake{}, Now: s.now}
	var n atomic.Int64
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			sub := action.Submission{Name: "Ann Lee", Email: fmt.Sprintf("signer%d@example.com", n.Add(1)), Country: "US", Consent: "2007-11-01"}
			if _, err := actions.Submit(context.Background(), "protest-day-2007", sub); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "submissions/s")
	b.StopTimer()
	if tally, err := s.ledger.Tally(context.Background(), "protest-day-2007-TEST"); err != nil || tally.Actions != b.N ||
		tally.Deliveries[ledger.Bucket{Target: "cn-us-washington-dc", Channel: ledger.ChannelEmail, State: ledger.StateSent}] != b.N {
		b.Fatalf("%d submissions, counted %+v: %v", b.N, tally, err)
	}
}
