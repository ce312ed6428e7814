package ses_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"one-click-protest/internal/mailer"
	"one-click-protest/internal/mailer/mailertest"
	"one-click-protest/internal/mailer/ses"
)

// events are what the records in testdata/events mean, without their ids. Delivery and Domain are usual where they are empty.
var events = map[string]mailer.Event{
	"send.json":     {Kind: mailer.Sent},
	"delivery.json": {Kind: mailer.Delivered},

	"delay.json":                   {Kind: mailer.Delayed, Reason: "TransientCommunicationFailure"},
	"delay-mailbox-full.json":      {Kind: mailer.Delayed, Reason: "MailboxFull"},
	"delay-spam-detected.json":     {Kind: mailer.Delayed, Reason: "SpamDetected", Policy: true},
	"delay-throttled-address.json": {Kind: mailer.Delayed, Reason: "IPFailure", Policy: true},
	"delay-rate-limit.json":        {Kind: mailer.Delayed, Reason: "General", Policy: true},
	"delay-server-busy.json":       {Kind: mailer.Delayed, Reason: "RecipientServerError", Policy: true},
	"delay-words-only.json":        {Kind: mailer.Delayed, Reason: "General", Policy: true},

	"bounce-general.json":                 {Kind: mailer.Bounced, Reason: "Permanent/General", Permanent: true},
	"bounce-general-in-notification.json": {Kind: mailer.Bounced, Reason: "Permanent/General", Permanent: true},
	"bounce-no-email.json":                {Kind: mailer.Bounced, Reason: "Permanent/NoEmail", Permanent: true, Domain: "none"},
	"bounce-spam.json":                    {Kind: mailer.Bounced, Reason: "Permanent/General", Permanent: true}, // an IP address is no code
	"bounce-suppressed.json":              {Kind: mailer.Bounced, Reason: "Permanent/Suppressed", Permanent: true, Suppressed: true},
	"bounce-account-suppression.json":     {Kind: mailer.Bounced, Reason: "Permanent/OnAccountSuppressionList", Permanent: true, Suppressed: true},
	"bounce-mailbox-full.json":            {Kind: mailer.Bounced, Reason: "Transient/MailboxFull"},
	"bounce-transient.json":               {Kind: mailer.Bounced, Reason: "Transient/General"},
	"bounce-expired-by-policy.json":       {Kind: mailer.Bounced, Reason: "Transient/General", Policy: true},
	"bounce-exchange-status.json":         {Kind: mailer.Bounced, Reason: "Permanent/General", Policy: true},
	"bounce-exchange-diagnostic.json":     {Kind: mailer.Bounced, Reason: "Transient/General", Policy: true},
	"bounce-autoreply.json":               {Kind: mailer.Sent, Reason: "Transient/General"},
	"bounce-undetermined.json":            {Kind: mailer.Bounced, Reason: "Undetermined/Undetermined"},
	"bounce-undetermined-address.json":    {Kind: mailer.Bounced, Reason: "Undetermined/Undetermined", Permanent: true},
	"bounce-several.json":                 {Kind: mailer.Bounced, Reason: "Permanent/General", Permanent: true, Policy: true, Domain: "other.example"},
	"bounce-several-policy.json":          {Kind: mailer.Bounced, Reason: "Permanent/General", Policy: true, Domain: "testers.example"},
	"bounce-odd.json":                     {Kind: mailer.Bounced, Reason: "Other/Undetermined", Domain: "none"},

	"complaint.json":            {Kind: mailer.Complained, Reason: "abuse"},
	"complaint-bare.json":       {Kind: mailer.Complained, Reason: "Undetermined"},
	"complaint-suppressed.json": {Kind: mailer.Complained, Reason: "OnAccountSuppressionList", Suppressed: true},
	"reject.json":               {Kind: mailer.Bounced, Reason: "Reject", Permanent: true},
}

func TestParseEvent(t *testing.T) {
	if n := len(files(t, "events")); n != len(events) {
		t.Errorf("%d records in testdata, %d expected", n, len(events))
	}
	for name, want := range events {
		t.Run(name, func(t *testing.T) {
			got, err := ses.ParseEvent(read(t, filepath.Join("testdata", "events", name)))
			if err != nil {
				t.Fatal(err)
			}
			want.Delivery = "protest-day-2007_3f2a_cn-de-1_1"
			switch want.Domain {
			case "":
				want.Domain = "mission.example"
			case "none":
				want.Domain = ""
			}
			if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(mailer.Event{}, "ID")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			sound(t, got)
		})
	}
}

func TestParseEventDrops(t *testing.T) {
	for _, file := range files(t, "dropped") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			dropped(t, read(t, file), ses.ErrNotEvent)
		})
	}
}

func TestParseEventMalformed(t *testing.T) {
	whole := read(t, filepath.Join("testdata", "events", "bounce-general.json"))
	tests := map[string][]byte{
		"cut":                 whole[:len(whole)/2],
		"two":                 append(bytes.Clone(whole), whole...),
		"cut in notification": mailertest.Notification(whole[:len(whole)/2]),
		"huge":                append(bytes.Clone(whole), bytes.Repeat([]byte(" "), 1<<20)...),
		"deep":                []byte(`{"mail":` + strings.Repeat("[", 100_000)),
	}
	for name, body := range tests {
		t.Run(name, func(t *testing.T) { dropped(t, body, ses.ErrMalformed) })
	}
}

// dropped holds that a body is answered by this error, which repeats nothing personal.
func dropped(t *testing.T, body []byte, want error) {
	t.Helper()
	e, err := ses.ParseEvent(body)
	if !errors.Is(err, want) || e != (mailer.Event{}) {
		t.Fatalf("got %v, %v; want %v", e, err, want)
	}
	impersonal(t, err.Error())
}

// Two events are told apart by what they are, and a repeated one is the same, also when it comes in another envelope.
func TestEventID(t *testing.T) {
	base := read(t, filepath.Join("testdata", "events", "bounce-general.json"))
	id := parsed(t, base).ID
	for name, same := range map[string][]byte{
		"in a notification":         mailertest.Notification(base),
		"in SNS's own":              read(t, filepath.Join("testdata", "events", "bounce-general-in-notification.json")),
		"with another's diagnostic": bytes.ReplaceAll(base, []byte("user unknown"), []byte("unbekannt")),
	} {
		if got := parsed(t, same).ID; got != id {
			t.Errorf("%s: %s, not %s", name, got, id)
		}
	}
	seen := map[string]string{id: "the bounce"}
	others := map[string][]byte{}
	for _, name := range []string{"send", "delivery", "delay", "complaint", "reject"} {
		others[name] = read(t, filepath.Join("testdata", "events", name+".json"))
	}
	for _, change := range [][2]string{
		{"cn-de-1_1", "cn-de-1_2"}, {"02.669Z", "03.669Z"}, {"7be8aexample", "7be8bexample"}, {"EXAMPLE7c", "EXAMPLE7d"},
	} {
		others[change[1]] = bytes.ReplaceAll(base, []byte(change[0]), []byte(change[1]))
	}
	for name, body := range others {
		got := parsed(t, body).ID
		if seen[got] != "" {
			t.Errorf("%s has the id of %s", name, seen[got])
		}
		seen[got] = name
	}
}

func TestReceiverSpeaks(t *testing.T) {
	tests := []struct {
		status, diagnostic string
		want               bool
	}{
		{"5.2.121", "", true},
		{"5.2.122", "", true},
		{"4.2.122", "", true},
		{"", "smtp; 554 5.2.121.", true},
		{"", "smtp;550 5.2.121; RecipientPerHourLimit", true},
		{"", "x-postfix; host said: 421-4.7.28 slow (#4.7.28)", true},
		{"5.7.28", "", true},
		{"4.3.2", "", true},
		{"4.7.0", "", true},
		{"", "452 Too many messages, slow down", true},
		{"5.0.0", "Connection Rate Limit exceeded", true},
		{"5.2.1", "550-5.2.1 receiving mail at a rate that prevents additional messages", true},
		{"5.2.1", "550 5.2.1 mailbox disabled", false},
		{"5.2.12", "", false},
		{"5.2.1211", "", false},
		{"5.2.2", "mailbox full", false},
		{"5.3.2", "", false},
		{"5.7.1", "blocked", false},
		{"4.4.7", "expired", false},
		{"5.4.6", "too many hops", false},
		{"4.5.3", "too many recipients", false},
		{"", "from [4.7.0.1] and 10.4.7.0", false},
		{"", "2.7.28 fine", false},
		{"..", "4..7 4.7. 4.7", false},
		{"", strings.Repeat("x", 5000) + " 5.2.121", false},
		{"", "", false},
	}
	m := mailertest.SESMail{To: []string{"embassy@mission.example"}, Tags: []mailer.Tag{{Name: "delivery", Value: "d"}}}
	for _, test := range tests {
		body := m.Event(mailertest.SESEvent{Type: "Bounce", Cause: "Permanent/General", Status: test.status, Diagnostic: test.diagnostic})
		e := parsed(t, body)
		if e.Policy != test.want || e.Permanent == test.want {
			t.Errorf("%q %.40q: policy %v, permanent %v; want policy %v", test.status, test.diagnostic, e.Policy, e.Permanent, test.want)
		}
	}
}

// What did not leave met no receiver, whatever words the provider finds for it.
func TestSuppressedIsNoPolicy(t *testing.T) {
	m := mailertest.SESMail{To: []string{"embassy@mission.example"}, Tags: []mailer.Tag{{Name: "delivery", Value: "d"}}}
	for _, cause := range []string{"Permanent/Suppressed", "Permanent/OnAccountSuppressionList"} {
		e := parsed(t, m.Event(mailertest.SESEvent{Type: "Bounce", Cause: cause, Diagnostic: "suppressed after a rate limit, 4.7.28"}))
		if !e.Suppressed || !e.Permanent || e.Policy {
			t.Errorf("%s: %+v, want suppressed, permanent, no policy", cause, e)
		}
	}
}

func TestDomain(t *testing.T) {
	tests := []struct{ address, want string }{
		{"embassy@mission.example", "mission.example"},
		{"Embassy@MISSION.Example", "mission.example"},
		{"Ann Lee <ann.lee@signer.example>", "signer.example"},
		{`"a@b" <c@d.example>`, "d.example"},
		{"a@xn--bcher-kva.example", "xn--bcher-kva.example"},
		{"", ""}, {"ann.lee", ""}, {"@", ""}, {"a@[192.0.2.1]", ""}, {"a@localhost", ""}, {"a@b.example ann", ""},
		{"a@" + strings.Repeat("b", 5000) + ".example", ""},
	}
	for _, test := range tests {
		m := mailertest.SESMail{To: []string{test.address}, Tags: []mailer.Tag{{Name: "delivery", Value: "d"}}}
		for _, kind := range []string{"Send", "Delivery", "DeliveryDelay", "Bounce", "Complaint", "Reject"} {
			if got := parsed(t, m.Event(mailertest.SESEvent{Type: kind})).Domain; got != test.want {
				t.Errorf("%s to %.40q: got %q, want %q", kind, test.address, got, test.want)
			}
		}
	}
}

func FuzzParseEvent(f *testing.F) {
	for _, dir := range []string{"events", "dropped"} {
		for _, file := range files(f, dir) {
			f.Add(read(f, file))
		}
	}
	f.Add([]byte(`{"eventType":"Bounce","mail":{"tags":{"delivery":["d",null],"x":1},"destination":null},"bounce":{"bouncedRecipients":[null,1,{"status":[]}]}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		e, err := ses.ParseEvent(body)
		if err != nil {
			if !errors.Is(err, ses.ErrNotEvent) && !errors.Is(err, ses.ErrMalformed) || e != (mailer.Event{}) {
				t.Fatalf("%v with %+v", err, e)
			}
			return
		}
		sound(t, e)
		again, err := ses.ParseEvent(body)
		if err != nil || again != e {
			t.Fatalf("read again: %+v, %v", again, err)
		}
	})
}

var (
	idShape     = regexp.MustCompile(`^[A-Za-z0-9_-]{16}$`)
	tagShape    = regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}$`)
	reasonShape = regexp.MustCompile(`^[A-Za-z0-9/-]{0,97}$`)
	domainShape = regexp.MustCompile(`^([a-z0-9-]+(\.[a-z0-9-]+)+)?$`)
)

// sound holds what mailer.Event promises of every event.
func sound(t *testing.T, e mailer.Event) {
	t.Helper()
	switch {
	case !idShape.MatchString(e.ID), !tagShape.MatchString(e.Delivery), !reasonShape.MatchString(e.Reason), !domainShape.MatchString(e.Domain):
		t.Errorf("unsound shape: %+v", e)
	case e.Kind < mailer.Sent || e.Kind > mailer.Complained:
		t.Errorf("no kind: %+v", e)
	case e.Permanent && e.Kind != mailer.Bounced, e.Suppressed && e.Policy:
		t.Errorf("contradictory: %+v", e)
	}
}

// impersonal holds that nothing of the signer, the subject or an address in testdata is in a text.
func impersonal(t *testing.T, text string) {
	t.Helper()
	for _, s := range []string{"@", "ann", "lee", "appeal", "embassy"} {
		if strings.Contains(strings.ToLower(text), s) {
			t.Errorf("%q holds %q", text, s)
		}
	}
}

// Nothing personal of any record survives, whatever its kind.
func TestNothingPersonalSurvives(t *testing.T) {
	for _, file := range files(t, "events") {
		impersonal(t, fmt.Sprintf("%+v", parsed(t, read(t, file))))
	}
}

func parsed(t *testing.T, body []byte) mailer.Event {
	t.Helper()
	e, err := ses.ParseEvent(body)
	if err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	return e
}

func files(tb testing.TB, dir string) []string {
	tb.Helper()
	list, err := filepath.Glob(filepath.Join("testdata", dir, "*"))
	if err != nil || len(list) == 0 {
		tb.Fatalf("no files in testdata/%s: %v", dir, err)
	}
	return list
}

func read(tb testing.TB, file string) []byte {
	tb.Helper()
	body, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	return body
}

func BenchmarkParseEvent(b *testing.B) {
	body := read(b, filepath.Join("testdata", "events", "bounce-general.json"))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ses.ParseEvent(body); err != nil {
			b.Fatal(err)
		}
	}
}
