package stack_test

import (
	"bytes"
	"encoding/json"
	"html"
	"io"
	"io/fs"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"one-click-protest/infra"
	"one-click-protest/internal/campaign"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/ledger/dynamo"
	"one-click-protest/internal/mailer/mailertest"
	"one-click-protest/internal/stack/runtimetest"
)

const (
	webFunction      = "one-click-protest/functions/web"
	deliverFunction  = "one-click-protest/functions/deliver"
	feedbackFunction = "one-click-protest/functions/feedback"
)

// DynamoDB Local and the fakes refuse nothing, so a missing permission would show only in the cloud: what each function does on all its
// ways is held against its policy, and a permission that no way needs is too much.
func TestPolicyIsWhatIsDone(t *testing.T) {
	env := environment()
	local := localTables(t, env)
	web, deliver, feedback := watch(t, local), watch(t, local), watch(t, local)

	sent := takePartAllWays(t, deploy(t, env, web), local.Records(http.DefaultTransport))
	wantPolicy(t, "WebRole", env, web)
	sent = append(sent, deliverAllWays(t, deploy(t, env, deliver), local.Records(http.DefaultTransport))...)
	wantPolicy(t, "DeliverRole", env, deliver)
	feedbackAllWays(t, deploy(t, env, feedback), sent)
	wantPolicy(t, "FeedbackRole", env, feedback)
}

// wantPolicy compares what was done behind a door with what a role may do.
func wantPolicy(t *testing.T, role string, env map[string]string, door *watched) {
	t.Helper()
	of := map[string]string{
		"Ledger": env["PROTEST_LEDGER_TABLE"], "Private": env["PROTEST_PRIVATE_TABLE"], "Outbox": env["PROTEST_LEDGER_TABLE"] + "/index/outbox",
	}
	for sid, resource := range of {
		allowed := map[string]bool{}
		if s := statement(t, role, sid); s != nil {
			for _, action := range list(at(t, s, "Action")) {
				allowed[action.(string)] = true
			}
		}
		if diff := cmp.Diff(door.actions(resource), allowed); diff != "" {
			t.Errorf("%s, %s (-done +allowed):\n%s", role, sid, diff)
		}
	}
}

// takePartAllWays has people sign, and answers the mails. At its end a letter, one that SES refused, and a confirmation wait.
func takePartAllWays(t *testing.T, d *deployment, l *dynamo.Ledger) []mailertest.SESMail {
	t.Helper()
	bootstrap := runtimetest.Build(t, webFunction)
	f := runtimetest.Start(t, bootstrap, d.env)
	act(t, f, 1) // sends at once
	fields := takePart(t, "free-mtu-leaders-2007", "ann@example.net")
	expect(t, f.Do(t, jsonRequest(t, "/v1/campaigns/free-mtu-leaders-2007/actions", fields)), http.StatusAccepted) // asks for proof
	expect(t, f.Do(t, jsonRequest(t, "/v1/campaigns/free-mtu-leaders-2007/actions", fields)), http.StatusAccepted) // asks in vain
	confirm(t, f, d)
	expect(t, f.Do(t, httptest.NewRequest("GET", "/v1/campaigns/protest-day-2007/tally", nil)), http.StatusOK)
	wantSets(t, d)
	if d.ses.Asked() != 0 {
		t.Error("web asks for the quota, which it may not")
	}

	d.ses.Script(mailertest.Refuse(400, "MessageRejected", "Illegal content."))
	act(t, f, 3)
	steer(t, l, ledger.Account, func(c *ledger.Control) { c.Pause("") })
	f = runtimetest.Start(t, bootstrap, d.env) // the other goes by what it has read, for some seconds
	act(t, f, 2)
	expect(t, f.Do(t, jsonRequest(t, "/v1/campaigns/free-mtu-leaders-2007/actions", takePart(t, "free-mtu-leaders-2007", "bob@example.net"))), http.StatusAccepted)
	steer(t, l, ledger.Account, func(c *ledger.Control) { c.Resume("") })
	return d.ses.Mails()
}

func steer(t *testing.T, l *dynamo.Ledger, scope string, f func(*ledger.Control)) {
	t.Helper()
	if err := ledger.Steer(t.Context(), l, scope, f); err != nil {
		t.Fatal(err)
	}
}

// deliverAllWays sends what waits, and by fax what came by a channel that is suspended: one letter waits there, one was refused.
func deliverAllWays(t *testing.T, d *deployment, l *dynamo.Ledger) []mailertest.SESMail {
	t.Helper()
	const file = "infra/campaigns/protest-day-2007/campaign.yaml"
	text, err := fs.ReadFile(infra.Files, strings.TrimPrefix(file, "infra/"))
	if err != nil {
		t.Fatal(err)
	}
	anyHour := strings.Replace(string(text), "hours: 09:00-17:00", "hours: 00:00-24:00", 1)
	f := runtimetest.Start(t, runtimetest.BuildOver(t, deliverFunction, map[string]string{file: anyHour}), d.env)
	steer(t, l, "protest-day-2007-TEST", func(c *ledger.Control) {
		c.Suspend(ledger.Suspension{Target: "cn-us-washington-dc", Channel: ledger.ChannelEmail, Reason: "test"})
	})
	for range 2 { // steps, then sends
		if _, err := f.InvokeWithin([]byte("{}"), time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	faxes := 0
	for _, m := range d.ses.Mails() {
		faxes += len(m.Attachments)
	}
	if faxes != 2 || !strings.Contains(f.Log(), `"Stepped":2`) {
		t.Errorf("%d faxes of 2 letters that step down:\n%s", faxes, f.Log())
	}
	wantSets(t, d)
	if d.ses.Asked() != 2 || at(t, statement(t, "DeliverRole", "Quota"), "Action") != "ses:GetAccount" {
		t.Errorf("deliver asked %d times for the quota", d.ses.Asked())
	}
	return d.ses.Mails()
}

// feedbackAllWays tells that letters were delivered, and then that they were called spam until somebody is alerted.
func feedbackAllWays(t *testing.T, d *deployment, sent []mailertest.SESMail) {
	t.Helper()
	f := runtimetest.Start(t, runtimetest.Build(t, feedbackFunction), d.env)
	var in events.SQSEvent
	for _, e := range []mailertest.SESEvent{
		{Type: "Delivery"}, {Type: "Bounce", Cause: "Permanent/OnAccountSuppressionList"}, {Type: "DeliveryDelay", Diagnostic: "smtp; 421 4.7.28 rate limit"},
	} {
		for _, m := range sent {
			in.Records = append(in.Records, events.SQSMessage{MessageId: e.Type, Body: string(m.Event(e))})
		}
	}
	event, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := f.Invoke(event)
	if err != nil || strings.Contains(string(answer), "itemIdentifier") {
		t.Fatalf("%s, %v", answer, err)
	}
	if len(d.topic.Alerts()) == 0 || d.topic.Alerts()[0].Topic != d.env["PROTEST_ALERT_TOPIC"] {
		t.Errorf("alerts: %v", d.topic.Alerts())
	}
}

// wantSets holds that mail left by both sets that a policy names, and by no other.
func wantSets(t *testing.T, d *deployment) {
	t.Helper()
	sets := map[string]bool{}
	for _, m := range d.ses.Mails() {
		sets[m.ConfigurationSet] = true
	}
	if diff := cmp.Diff(map[string]bool{d.env["PROTEST_LETTERS_SET"]: true, d.env["PROTEST_SIGNERS_SET"]: true}, sets); diff != "" {
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

// statement answers a statement of a role's policies, nil if there is none.
func statement(t *testing.T, role, sid string) any {
	t.Helper()
	for _, policy := range at(t, resources(t, "AWS::IAM::Role")[role], "Properties", "Policies").([]any) {
		for _, s := range at(t, policy, "PolicyDocument", "Statement").([]any) {
			if at(t, s, "Sid") == sid {
				return s
			}
		}
	}
	return nil
}
