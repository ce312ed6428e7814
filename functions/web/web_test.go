// Package main_test drives the real bootstrap as Lambda does: API Gateway's events through the Runtime API, DynamoDB Local and
// a fake SES behind it.
package main_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/google/go-cmp/cmp"

	"one-click-protest/internal/ledger"
	"one-click-protest/internal/mailer/mailertest"
	"one-click-protest/internal/stack/runtimetest"
	"one-click-protest/internal/stack/stacktest"
)

const (
	publicURL = stacktest.PublicURL
	slug      = "protest-day-2007"
	scope     = slug + "-TEST"
)

// cloud is what the deployed function finds around it, on this machine.
type cloud struct {
	*stacktest.Cloud
	bootstrap string
}

func newCloud(t *testing.T) *cloud {
	t.Helper()
	return &cloud{Cloud: stacktest.New(t), bootstrap: runtimetest.Build(t, "one-click-protest/functions/web")}
}

func (c *cloud) start(t *testing.T) *runtimetest.Function {
	t.Helper()
	return c.Start(t, c.bootstrap)
}

// answer is what a visitor gets, read whole.
type answer struct {
	status int
	header http.Header
	body   string
}

func do(t *testing.T, f *runtimetest.Function, r *http.Request) answer {
	t.Helper()
	resp := f.Do(t, r)
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(body)}
}

func submission(name, email string) map[string]any {
	return map[string]any{"name": name, "email": email, "country": "US", "language": "en", "consent": "2007-11-01"}
}

func post(t *testing.T, f *runtimetest.Function, sub map[string]any) answer {
	t.Helper()
	body, err := json.Marshal(sub)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("POST", publicURL+"/v1/campaigns/"+slug+"/actions", strings.NewReader(string(body)))
	r.Header.Set("Content-Type", "application/json")
	return do(t, f, r)
}

func postForm(t *testing.T, f *runtimetest.Function, path string, form url.Values) answer {
	t.Helper()
	r := httptest.NewRequest("POST", publicURL+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", publicURL)
	return do(t, f, r)
}

func get(t *testing.T, f *runtimetest.Function, target string) answer {
	t.Helper()
	return do(t, f, httptest.NewRequest("GET", target, nil))
}

// count answers how many letters are in a state.
func (c *cloud) count(t *testing.T, state ledger.State) int {
	t.Helper()
	return c.Letters(t, scope, state)
}

func TestOneClickSendsOneLetter(t *testing.T) {
	c := newCloud(t)
	f := c.start(t)
	page := get(t, f, publicURL+"/c/"+slug+"?country=US")
	if page.status != 200 || !strings.Contains(page.body, "<form") {
		t.Fatalf("form: %d %s", page.status, page.body)
	}
	first := post(t, f, submission("김하늘", "haneul.kim@gmail.com"))
	if first.status != 202 {
		t.Fatalf("first: %d %s", first.status, first.body)
	}
	mails := c.SES.Mails()
	if len(mails) != 1 {
		t.Fatalf("%d mails left, want 1", len(mails))
	}
	m := mails[0]
	if m.ConfigurationSet != "letters" || fmt.Sprint(m.To) != "[testers@example.org]" || fmt.Sprint(m.ReplyTo) != "[replies@protest.example.org]" {
		t.Errorf("set %s, to %v, reply to %v", m.ConfigurationSet, m.To, m.ReplyTo)
	}
	if !strings.HasPrefix(m.Subject, "[TEST] ") || !strings.Contains(m.Text, "김하늘") {
		t.Errorf("subject %q, text %s", m.Subject, m.Text)
	}
	again := post(t, f, submission("김하늘", "HaneulKim+protest@googlemail.com"))
	if again.status != first.status || again.body != first.body {
		t.Errorf("a repeat is answered differently:\n%s\n%s", first.body, again.body)
	}
	if n := len(c.SES.Mails()); n != 1 {
		t.Errorf("%d mails after a repeat, want 1", n)
	}
	if n := c.count(t, ledger.StateSent); n != 1 {
		t.Errorf("%d letters sent by the counts, want 1", n)
	}
}

// One person, fifty times at once, in different spellings, through two processes.
func TestStormThroughTwoProcesses(t *testing.T) {
	c := newCloud(t)
	spellings := []string{"ann.lee@gmail.com", "AnnLee@GMail.com", "annlee+a@gmail.com", "a.n.n.lee@googlemail.com"}
	bodies := make([]string, 50)
	var processes sync.WaitGroup
	for p := range 2 {
		f := c.start(t)
		processes.Go(func() {
			for i := p; i < len(bodies); i += 2 {
				a := post(t, f, submission("Ann Lee", spellings[i%len(spellings)]))
				bodies[i] = fmt.Sprint(a.status, a.header, a.body)
			}
		})
	}
	processes.Wait()
	for i, body := range bodies {
		if body != bodies[0] {
			t.Fatalf("answer %d differs:\n%s\n%s", i, bodies[0], body)
		}
	}
	if n := len(c.SES.Mails()); n != 1 {
		t.Errorf("%d mails, want 1", n)
	}
	tally, err := c.Ledger.Tally(t.Context(), scope)
	if err != nil || tally.Actions != 1 {
		t.Errorf("%d took part, want 1: %v", tally.Actions, err)
	}
	again, err := ledger.Recount(c.Ledger.Walk(t.Context(), scope))
	if err != nil || !again.Equal(tally) {
		t.Errorf("a recount says %+v, the counts %+v: %v", again, tally, err)
	}
}

var link = regexp.MustCompile(`https://protest\.example\.org(/c/[a-z0-9-]+/confirm\?token=\S+)`)

// A changed letter leaves after a mailed link, and only by its button.
func TestChangedLetterIsConfirmed(t *testing.T) {
	c := newCloud(t)
	f := c.start(t)
	form := url.Values{
		"do": {"send"}, "name": {"محمد علي"}, "email": {"mohammed@example.com"}, "country": {"US"}, "language": {"en"},
		"consent": {"2007-11-01"}, "message": {"My own words."},
	}
	if a := postForm(t, f, "/c/"+slug, form); a.status >= 300 {
		t.Fatalf("form: %d %s", a.status, a.body)
	}
	mails := c.SES.Mails()
	if len(mails) != 1 || mails[0].ConfigurationSet != "signers" || fmt.Sprint(mails[0].To) != "[testers@example.org]" {
		t.Fatalf("confirmation mail: %v", mails)
	}
	m := link.FindStringSubmatch(mails[0].Text)
	if m == nil {
		t.Fatalf("no link in %s", mails[0].Text)
	}
	var page answer
	for range 3 { // scanners
		page = get(t, f, publicURL+m[1])
	}
	if page.status != 200 || len(c.SES.Mails()) != 1 || c.count(t, ledger.StateSent) != 0 {
		t.Fatalf("looking changed something: %d %s", page.status, page.body)
	}
	values := url.Values{"token": hidden(t, page.body, "token"), "id": hidden(t, page.body, "id")}
	for range 2 { // pressed twice
		if a := postForm(t, f, "/c/"+slug+"/confirm", values); a.status != 200 {
			t.Fatalf("press: %d %s", a.status, a.body)
		}
	}
	mails = c.SES.Mails()
	if len(mails) != 2 || !strings.Contains(mails[1].Text, "My own words.") || !strings.Contains(mails[1].Text, "محمد علي") {
		t.Errorf("letters: %v", mails)
	}
	if n := c.count(t, ledger.StateSent); n != 1 {
		t.Errorf("%d letters sent by the counts, want 1", n)
	}
}

func hidden(t *testing.T, page, name string) []string {
	t.Helper()
	m := regexp.MustCompile(`name="` + name + `" value="([^"]+)"`).FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("no hidden field %q in %s", name, page)
	}
	return m[1:]
}

// What cannot leave now stays queued, sealed; what may have left is unknown. Nothing is sent twice, and the tables hold
// no word of the signer.
func TestTrouble(t *testing.T) {
	c := newCloud(t)
	f := c.start(t)
	c.SES.Script(
		mailertest.Refuse(429, "TooManyRequestsException", "Maximum sending rate exceeded."),
		mailertest.CloseRead(true),
		mailertest.Refuse(400, "MessageRejected", "Illegal content."),
	)
	for i, want := range []ledger.State{ledger.StateQueued, ledger.StateUnknown, ledger.StateFailed} {
		sub := submission("Zoltan Quibble", fmt.Sprintf("zq%d@example.com", i))
		for range 2 {
			if a := post(t, f, sub); a.status != 202 {
				t.Fatalf("%s: %d %s", want, a.status, a.body)
			}
		}
		if n := c.count(t, want); n != 1 {
			t.Errorf("%d letters %s, want 1", n, want)
		}
	}
	if n := c.SES.Requests(); n != 3 {
		t.Errorf("%d requests to SES, want one a letter", n)
	}
	if diff := cmp.Diff([]map[string]float64{{"Failed": 1}}, stacktest.Await(t, f, 1)); diff != "" {
		t.Errorf("metrics (-want +got):\n%s", diff)
	}
	for _, table := range []string{c.Env["PROTEST_LEDGER_TABLE"], c.Env["PROTEST_PRIVATE_TABLE"]} {
		out, err := c.Client.Scan(t.Context(), &dynamodb.ScanInput{TableName: &table})
		if err != nil {
			t.Fatal(err)
		}
		var dump strings.Builder
		for _, item := range out.Items {
			fmt.Fprintf(&dump, "%s\n", printable(item))
		}
		for _, word := range []string{"Quibble", "zq0", "zq1", "example.com"} {
			if strings.Contains(dump.String(), word) {
				t.Errorf("table %s holds %q", table, word)
			}
		}
	}
	if log := f.Log(); strings.Contains(log, "Quibble") || strings.Contains(log, "zq1") {
		t.Errorf("the log holds a signer: %s", log)
	}
}

// printable shows every byte of an item, binary values as they are.
func printable(item any) string { return fmt.Sprintf("%s %q %+v", mustJSON(item), item, item) }

func mustJSON(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(data)
}

// A process killed while SES has the letter leaves it claimed, which counts as queued: nobody sends it again.
func TestKilledWhileSending(t *testing.T) {
	c := newCloud(t)
	f := c.start(t)
	c.SES.Script(mailertest.Silent(true, nil))
	done := make(chan error, 1)
	body := mustJSON(submission("Ann Lee", "ann@example.com"))
	event := fmt.Sprintf(`{"version":"2.0","rawPath":"/v1/campaigns/%s/actions","headers":{"content-type":"application/json","host":"protest.example.org"},"requestContext":{"http":{"method":"POST","path":"/"},"stage":"$default"},"body":%s}`, slug, mustJSON(body))
	go func() { _, err := f.Invoke([]byte(event)); done <- err }()
	for len(c.SES.Mails()) == 0 { // ends with the test's deadline at the latest
		select {
		case err := <-done:
			t.Fatalf("answered before SES had the letter: %v", err)
		case <-time.After(time.Millisecond):
		}
	}
	f.Kill()
	if err := <-done; err == nil {
		t.Fatal("the killed process answered")
	}
	g := c.start(t)
	if a := post(t, g, submission("Ann Lee", "ann@example.com")); a.status != 202 {
		t.Fatalf("repeat: %d %s", a.status, a.body)
	}
	if n := len(c.SES.Mails()); n != 1 {
		t.Errorf("%d mails, want 1", n)
	}
	if n := c.count(t, ledger.StateQueued); n != 1 {
		t.Errorf("%d letters being sent, want 1", n)
	}
}

// Another secret makes every signer look new: nothing is accepted, nothing sent.
func TestChangedSecretStopsEverything(t *testing.T) {
	c := newCloud(t)
	if a := post(t, c.start(t), submission("Ann Lee", "ann@example.com")); a.status != 202 {
		t.Fatalf("first: %d %s", a.status, a.body)
	}
	c.Env["PROTEST_SECRET_ENDPOINT"] = stacktest.Secrets(t, "another secret of 32 bytes or more")
	a := post(t, c.start(t), submission("Ann Lee", "ann@example.com"))
	if a.status != 503 || a.header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("got %d %s %s", a.status, a.header.Get("Content-Type"), a.body)
	}
	if n := len(c.SES.Mails()); n != 1 {
		t.Errorf("%d mails, want the first only", n)
	}
}
