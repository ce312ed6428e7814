package stack_test

import (
	"bytes"
	"encoding/json"
	"html"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"one-click-protest/infra"
	"one-click-protest/internal/campaign"
	"one-click-protest/internal/stack/runtimetest"
)

const webFunction = "one-click-protest/functions/web"

// DynamoDB Local and the fake SES refuse nothing, so a missing permission would show only in the cloud: what the function does
// on all its ways is held against its policy, and a permission that no way needs is too much.
func TestPolicyIsWhatIsDone(t *testing.T) {
	env := environment()
	tables := localTables(t, env)
	d := deploy(t, env, tables)
	f := runtimetest.Start(t, runtimetest.Build(t, webFunction), d.env)

	act(t, f, 1) // sends at once
	fields := takePart(t, "free-mtu-leaders-2007", "ann@example.net")
	expect(t, f.Do(t, jsonRequest(t, "/v1/campaigns/free-mtu-leaders-2007/actions", fields)), http.StatusAccepted) // asks for proof
	expect(t, f.Do(t, jsonRequest(t, "/v1/campaigns/free-mtu-leaders-2007/actions", fields)), http.StatusAccepted) // asks in vain
	confirm(t, f, d)
	expect(t, f.Do(t, httptest.NewRequest("GET", "/v1/campaigns/protest-day-2007/tally", nil)), http.StatusOK)

	for sid, table := range map[string]string{"Ledger": "PROTEST_LEDGER_TABLE", "Private": "PROTEST_PRIVATE_TABLE"} {
		allowed := map[string]bool{}
		for _, action := range list(at(t, statement(t, "WebRole", sid), "Action")) {
			allowed[action.(string)] = true
		}
		if diff := cmp.Diff(tables.actions(d.env[table]), allowed); diff != "" {
			t.Errorf("%s (-done +allowed):\n%s", sid, diff)
		}
	}
	sets := map[string]bool{}
	for _, m := range d.ses.Mails() {
		sets[m.ConfigurationSet] = true
	}
	if diff := cmp.Diff(map[string]bool{env["PROTEST_LETTERS_SET"]: true, env["PROTEST_SIGNERS_SET"]: true}, sets); diff != "" {
		t.Errorf("configuration sets (-named +used):\n%s", diff)
	}
}

var hidden = regexp.MustCompile(`name="(token|id)" value="([^"]*)"`)

// confirm follows the mailed link and presses its button.
func confirm(t *testing.T, f *runtimetest.Function, d *deployment) {
	t.Helper()
	mails := d.ses.Mails()
	link := confirmLink(t, d.env["PROTEST_PUBLIC_URL"], mails[len(mails)-1].Text)
	page := expect(t, f.Do(t, httptest.NewRequest("GET", link.RequestURI(), nil)), http.StatusOK)
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, field := range hidden.FindAllStringSubmatch(page, 2) {
		if err := form.WriteField(field[1], html.UnescapeString(field[2])); err != nil {
			t.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("POST", link.Path, &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Origin", d.env["PROTEST_PUBLIC_URL"])
	expect(t, f.Do(t, r), http.StatusOK)
	if len(d.ses.Mails()) == len(mails) {
		t.Error("the button sent no letter")
	}
}

func confirmLink(t *testing.T, public, text string) *url.URL {
	t.Helper()
	for _, word := range strings.Fields(text) {
		if strings.HasPrefix(word, public+"/c/") && strings.Contains(word, "token=") {
			link, err := url.Parse(word)
			if err != nil {
				t.Fatal(err)
			}
			return link
		}
	}
	t.Fatalf("no link in:\n%s", text)
	return nil
}

// takePart is a signer in the United States, whose embassies can be mailed to.
func takePart(t testing.TB, slug, email string) map[string]any {
	t.Helper()
	c, err := campaign.Load(infra.Files, slug)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]any{"name": "Ann Lee", "email": email, "country": "US", "language": "en", "consent": c.Consent.Version}
}

func jsonRequest(t testing.TB, path string, fields map[string]any) *http.Request {
	t.Helper()
	body, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("POST", path, bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	return r
}

func expect(t testing.TB, r *http.Response, status int) string {
	t.Helper()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	if r.StatusCode != status {
		t.Fatalf("%s %s: status %d, want %d:\n%s", r.Request.Method, r.Request.URL.Path, r.StatusCode, status, body)
	}
	return string(body)
}

func statement(t *testing.T, role, sid string) any {
	t.Helper()
	for _, policy := range at(t, resources(t, "AWS::IAM::Role")[role], "Properties", "Policies").([]any) {
		for _, s := range at(t, policy, "PolicyDocument", "Statement").([]any) {
			if at(t, s, "Sid") == sid {
				return s
			}
		}
	}
	t.Fatalf("template.yaml: %s has no statement %s", role, sid)
	return nil
}
