package ses_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/google/go-cmp/cmp"

	"one-click-protest/internal/mailer"
	"one-click-protest/internal/mailer/mailertest"
	"one-click-protest/internal/mailer/ses"
)

const (
	lettersSet = "protest-letters"
	signersSet = "protest-signers"
)

func account() aws.Config {
	return aws.Config{Region: "eu-central-1", Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", "")}
}

// config has room for a slow machine.
func config() ses.Config {
	return ses.Config{LettersSet: lettersSet, SignersSet: signersSet, Timeout: 20 * time.Second}
}

func harness(t *testing.T, end *mailertest.SES, transport *http.Transport) mailertest.Harness {
	client := ses.NewClient(account(), end.URL, transport)
	return mailertest.Harness{
		Mailer: ses.New(client, config()), Attempts: end.Requests, Margin: 20 * time.Second,
		Arrived: func() []mailer.Message { return arrived(t, end) },
		Faults:  faults(end),
	}
}

func arrived(t *testing.T, end *mailertest.SES) []mailer.Message {
	t.Helper()
	var out []mailer.Message
	for _, m := range end.Mails() {
		message, err := m.Message(signersSet)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, message)
	}
	return out
}

func TestSuite(t *testing.T) {
	mailertest.Suite(t, func(t *testing.T) mailertest.Harness { return harness(t, mailertest.NewSES(t), nil) })
}

func TestSuiteOverTLS(t *testing.T) {
	mailertest.Suite(t, func(t *testing.T) mailertest.Harness {
		end := mailertest.NewTLS(t)
		return harness(t, end, end.Transport())
	})
}

// faults are the ways in which SES answers and fails, and what each means.
func faults(end *mailertest.SES) []mailertest.Fault {
	answer := func(name string, outcome mailer.Outcome, reason string, a mailertest.Answer) mailertest.Fault {
		return mailertest.Fault{
			Name: name, Arm: func() { end.Script(a) }, Attempts: 1,
			Want: mailer.Result{Outcome: outcome, Reason: reason},
		}
	}
	refusal := func(status int, code string, outcome mailer.Outcome) mailertest.Fault {
		return answer(code, outcome, code, mailertest.Refuse(status, code, "scripted for secret@signer.example"))
	}
	taken := func(f mailertest.Fault) mailertest.Fault {
		f.Name, f.Arrives = f.Name+", taken", true
		return f
	}
	silent := func(taken bool) mailertest.Fault {
		over := make(chan struct{})
		f := answer("silent", mailer.Unknown, "Timeout", mailertest.Silent(taken, func() { close(over) }))
		f.Over = over
		return f
	}
	const unverified = "Email address is not verified. The following identities failed the check in region EU-CENTRAL-1: "
	return []mailertest.Fault{
		// The eight modelled errors.
		refusal(429, "TooManyRequestsException", mailer.Later),
		refusal(400, "LimitExceededException", mailer.Halt),
		refusal(400, "AccountSuspendedException", mailer.Halt),
		refusal(400, "SendingPausedException", mailer.Halt),
		refusal(400, "MessageRejected", mailer.Refused),
		refusal(400, "MailFromDomainNotVerifiedException", mailer.Halt),
		refusal(404, "NotFoundException", mailer.Halt),
		refusal(400, "BadRequestException", mailer.Refused),
		// Others that come.
		refusal(400, "ThrottlingException", mailer.Later),
		refusal(400, "Throttling", mailer.Later),
		refusal(400, "AccessDeniedException", mailer.Halt),
		refusal(403, "SignatureDoesNotMatch", mailer.Halt),
		refusal(403, "ExpiredTokenException", mailer.Halt),
		refusal(403, "SomethingNew", mailer.Halt),
		refusal(400, "SomethingNew", mailer.Refused),
		answer("daily quota", mailer.Halt, "DailyQuota", mailertest.Refuse(400, "ThrottlingException", "Daily message quota exceeded.")),
		answer("sender not verified", mailer.Halt, "NotVerified", mailertest.Refuse(400, "MessageRejected", unverified+"letters@campaign.example")),
		answer("target not verified", mailer.Halt, "NotVerified", mailertest.Refuse(400, "MessageRejected", unverified+"embassy@mission.example")),
		answer("code in body", mailer.Refused, "BadRequestException", mailertest.RefuseInBody(400, "BadRequestException", "bad")),
		answer("cut refusal", mailer.Refused, "HTTP400", mailertest.CutRefusal(400, "BadRequestException")),
		answer("proxy's 403", mailer.Halt, "HTTP403", mailertest.HTML(403)),
		answer("proxy's 429", mailer.Later, "HTTP429", mailertest.HTML(429)),
		answer("sentence for a code", mailer.Refused, "HTTP400", mailertest.Refuse(400, "no such secret@signer.example", "")),
		// May have been sent.
		answer("500", mailer.Unknown, "HTTP500", mailertest.Break(false, 500)),
		answer("503 HTML", mailer.Unknown, "HTTP503", mailertest.HTML(503)),
		answer("302", mailer.Unknown, "HTTP302", mailertest.Redirect(302, end.URL+"/elsewhere")),
		answer("307", mailer.Unknown, "HTTP307", mailertest.Redirect(307, end.URL+"/elsewhere")),
		answer("closed before reading", mailer.Unknown, "ConnectionLost", mailertest.CloseUnread()),
		answer("closed after reading", mailer.Unknown, "ConnectionLost", mailertest.CloseRead(false)),
		taken(answer("500", mailer.Unknown, "HTTP500", mailertest.Break(true, 500))),
		taken(answer("closed after reading", mailer.Unknown, "ConnectionLost", mailertest.CloseRead(true))),
		taken(answer("cut 200", mailer.Unknown, "UnreadableAnswer", mailertest.Cut(true))),
		answer("HTML 200", mailer.Unknown, "UnreadableAnswer", mailertest.HTML(200)),
		taken(answer("garbled 200", mailer.Unknown, "UnreadableAnswer", mailertest.Garbled(true, "\x00\x01"))),
		taken(answer("200 without an id", mailer.Unknown, "NoMessageId", mailertest.Garbled(true, "{}"))),
		silent(false),
		taken(silent(true)),
	}
}

// A visitor who types an address must not be able to stop a house that is still in SES's sandbox.
func TestSignerNotVerified(t *testing.T) {
	const text = "Email address is not verified. The following identities failed the check in region EU-CENTRAL-1: "
	tests := []struct {
		name, identities string
		want             mailer.Result
	}{
		{"the typed one", "Ann.Lee@signer.example", mailer.Result{Outcome: mailer.Refused, Reason: "RecipientNotVerified"}},
		{"ours", "confirm@campaign.example", mailer.Result{Outcome: mailer.Halt, Reason: "NotVerified"}},
		{"both", "confirm@campaign.example, ann.lee@signer.example", mailer.Result{Outcome: mailer.Halt, Reason: "NotVerified"}},
		{"unnamed", "", mailer.Result{Outcome: mailer.Halt, Reason: "NotVerified"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			end := mailertest.NewSES(t)
			end.Script(mailertest.Refuse(400, "MessageRejected", text+test.identities))
			h := harness(t, end, nil)
			if got := h.Mailer.Send(t.Context(), mailertest.ToSigner()); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

// What the wire carries besides what the suite compares.
func TestRequest(t *testing.T) {
	tests := []struct {
		name      string
		message   mailer.Message
		from, set string
		headers   []mailer.Tag
	}{
		{
			"letter", mailertest.Letter(), `"Ann Lee via Protest Day" <letters@campaign.example>`, lettersSet,
			[]mailer.Tag{{Name: "Content-Language", Value: "en"}},
		},
		{
			"mail to a signer", mailertest.ToSigner(), `"One-click protest" <confirm@campaign.example>`, signersSet,
			[]mailer.Tag{{Name: "Content-Language", Value: "en"}, {Name: "Auto-Submitted", Value: "auto-generated"}},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			end := mailertest.NewSES(t)
			harness(t, end, nil).Mailer.Send(t.Context(), test.message)
			if len(end.Mails()) != 1 {
				t.Fatalf("%d mails, want 1", len(end.Mails()))
			}
			got := end.Mails()[0]
			if got.From != test.from || got.ConfigurationSet != test.set {
				t.Errorf("from %s in %s, want %s in %s", got.From, got.ConfigurationSet, test.from, test.set)
			}
			if diff := cmp.Diff(test.headers, got.Headers); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What a request has: an empty member is one that SES could refuse, and mails without a file are asked for as ever.
func TestMembers(t *testing.T) {
	text := mailertest.ToSigner()
	text.HTML = ""
	tests := []struct {
		name    string
		message mailer.Message
		want    []string
	}{
		{"letter", mailertest.Letter(), []string{"Body", "Body.Html", "Body.Text", "Headers", "Subject"}},
		{"text only", text, []string{"Body", "Body.Text", "Headers", "Subject"}},
		{"fax", mailertest.Fax(), []string{"Attachments", "Body", "Body.Text", "Headers", "Subject"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			end := mailertest.NewSES(t)
			var body struct {
				Content struct{ Simple map[string]json.RawMessage }
			}
			var texts map[string]any
			end.Script(func(w http.ResponseWriter, r *mailertest.Request) {
				if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
					t.Error(err)
				}
				mailertest.Refuse(400, "BadRequestException", "read already")(w, r)
			})
			harness(t, end, nil).Mailer.Send(t.Context(), test.message)
			if err := json.Unmarshal(body.Content.Simple["Body"], &texts); err != nil {
				t.Fatal(err)
			}
			got := slices.Collect(maps.Keys(body.Content.Simple))
			for name := range texts {
				got = append(got, "Body."+name)
			}
			slices.Sort(got)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A gateway takes a file for the fax only as an attachment.
func TestAttachmentOnTheWire(t *testing.T) {
	end := mailertest.NewSES(t)
	harness(t, end, nil).Mailer.Send(t.Context(), mailertest.Fax())
	file := mailertest.Fax().Attachments[0]
	want := []mailertest.SESAttachment{{
		FileName: file.Name, RawContent: file.Data,
		ContentType: "application/pdf", ContentDisposition: "ATTACHMENT", ContentTransferEncoding: "BASE64",
	}}
	if mails := end.Mails(); len(mails) != 1 || !cmp.Equal(want, mails[0].Attachments) {
		t.Errorf("%d mails: %v", len(mails), mails)
	}
}

// Nothing surely means nothing: what fails before the wire is never unknown.
func TestBeforeTheWire(t *testing.T) {
	end := mailertest.NewTLS(t)
	closed := mailertest.NewSES(t)
	closed.Close()
	nobody := account()
	nobody.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{}, errors.New("no role for secret@signer.example")
	})
	tests := []struct {
		name   string
		client *sesv2.Client
		arm    func()
		want   mailer.Result
	}{
		{"refused connection", ses.NewClient(account(), closed.URL, nil), nil, mailer.Result{Outcome: mailer.Later, Reason: "NotConnected"}},
		{"closed in the TLS handshake", ses.NewClient(account(), end.URL, end.Transport()), func() { end.Shut(1) }, mailer.Result{Outcome: mailer.Later, Reason: "NotConnected"}},
		{"unknown certificate", ses.NewClient(account(), end.URL, nil), nil, mailer.Result{Outcome: mailer.Halt, Reason: "Certificate"}},
		{"no credentials", ses.NewClient(nobody, end.URL, end.Transport()), nil, mailer.Result{Outcome: mailer.Halt, Reason: "NotConfigured"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if test.arm != nil {
				test.arm()
			}
			if got := ses.New(test.client, config()).Send(t.Context(), mailertest.Letter()); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
			if n := end.Requests(); n != 0 {
				t.Errorf("%d requests, want none", n)
			}
		})
	}
}

// An attempt and a question about the account end by their own timeout, however far they have come by then.
func TestTimeout(t *testing.T) {
	end := mailertest.NewSES(t)
	end.Script(mailertest.Silent(false, nil))
	end.ScriptAccount(silentAccount)
	c := config()
	c.Timeout = 50 * time.Millisecond
	m := ses.New(ses.NewClient(account(), end.URL, nil), c)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if got := m.Send(ctx, mailertest.Letter()); got.Outcome != mailer.Unknown && got.Outcome != mailer.Later {
		t.Errorf("got %v", got)
	}
	if got, err := m.Allowance(ctx); !errors.Is(err, context.DeadlineExceeded) || got != (mailer.Allowance{}) {
		t.Errorf("got %+v, %v", got, err)
	}
	if ctx.Err() != nil {
		t.Error("they end with their caller's time")
	}
}

// A caller who gives up does not learn more than that.
func TestCanceled(t *testing.T) {
	end := mailertest.NewSES(t)
	ctx, cancel := context.WithCancel(t.Context())
	end.Script(func(w http.ResponseWriter, r *mailertest.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		cancel()
		<-r.Context().Done()
	})
	want := mailer.Result{Outcome: mailer.Unknown, Reason: "Canceled"}
	if got := harness(t, end, nil).Mailer.Send(ctx, mailertest.Letter()); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

// A client that retries by itself doesn't, in this package's hands.
func TestForeignClientDoesNotRetry(t *testing.T) {
	end := mailertest.NewSES(t)
	client := sesv2.NewFromConfig(account(), func(o *sesv2.Options) { o.BaseEndpoint = aws.String(end.URL) })
	end.Script(mailertest.CloseRead(true), mailertest.Accept())
	if got := ses.New(client, config()).Send(t.Context(), mailertest.Letter()); got.Outcome != mailer.Unknown {
		t.Errorf("got %v, want unknown", got)
	}
	if n := len(end.Mails()); n != 1 || end.Requests() != 1 {
		t.Errorf("%d mails by %d requests, want 1 by 1", n, end.Requests())
	}
}

// HTTP/2 transports replay refused streams; ours must not speak it even to a server that does.
func TestHTTP1Only(t *testing.T) {
	end := mailertest.NewTLS(t)
	var got string
	end.Script(func(w http.ResponseWriter, r *mailertest.Request) {
		got = r.Proto
		mailertest.Accept()(w, r)
	})
	harness(t, end, end.Transport()).Mailer.Send(t.Context(), mailertest.Letter())
	if got != "HTTP/1.1" {
		t.Errorf("spoke %q, want HTTP/1.1", got)
	}
}

// A connection that was idle while the function was frozen is dead, and a mail that meets it ends as unknown.
func TestIdleConnectionsAreGivenUp(t *testing.T) {
	tests := []struct{ given, want time.Duration }{{0, 5 * time.Second}, {time.Minute, 5 * time.Second}, {time.Second, time.Second}}
	for _, test := range tests {
		given := &http.Transport{IdleConnTimeout: test.given}
		client := ses.NewClient(account(), "", given).Options().HTTPClient.(*http.Client)
		if got := client.Transport.(*http.Transport).IdleConnTimeout; got != test.want {
			t.Errorf("%v: got %v, want %v", test.given, got, test.want)
		}
		if given.IdleConnTimeout != test.given {
			t.Error("the caller's transport was changed")
		}
	}
}

func BenchmarkSESSend(b *testing.B) {
	end := mailertest.NewSES(b)
	m := ses.New(ses.NewClient(account(), end.URL, nil), config())
	letter := mailertest.Letter()
	b.ReportAllocs()
	for b.Loop() {
		if got := m.Send(b.Context(), letter); got.Outcome != mailer.Accepted {
			b.Fatal(got)
		}
	}
}
