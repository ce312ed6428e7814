package localmail_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"one-click-protest/internal/mailer"
	"one-click-protest/internal/mailer/localmail"
	"one-click-protest/internal/mailer/mailertest"
)

func dial(t testing.TB, c localmail.SMTPConfig) *localmail.SMTP {
	t.Helper()
	s, err := localmail.NewSMTP(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func trusting(end *mailertest.SMTP) *tls.Config { return &tls.Config{RootCAs: end.Roots()} }

func TestSMTPSuite(t *testing.T) {
	mailertest.Suite(t, func(t *testing.T) mailertest.Harness {
		end := mailertest.NewSMTP(t, mailertest.SMTPOptions{})
		return smtpHarness(t, end, localmail.SMTPConfig{URL: "smtp://" + end.Addr})
	})
}

func TestSMTPSuiteOverTLS(t *testing.T) {
	login := mailertest.SMTPOptions{ImplicitTLS: true, User: "relay", Password: "p:w@d"}
	mailertest.Suite(t, func(t *testing.T) mailertest.Harness {
		end := mailertest.NewSMTP(t, login)
		return smtpHarness(t, end, localmail.SMTPConfig{URL: "smtps://relay:p%3Aw%40d@" + end.Addr, TLS: trusting(end)})
	})
}

func smtpHarness(t *testing.T, end *mailertest.SMTP, c localmail.SMTPConfig) mailertest.Harness {
	c.Timeout, c.Margin = 20*time.Second, 20*time.Second
	return mailertest.Harness{
		Mailer: dial(t, c), Attempts: end.Connections, Margin: c.Margin, Untagged: true,
		Arrived: func() []mailer.Message { return received(t, end) },
		Faults:  smtpFaults(end),
	}
}

// received decodes by way of a folder's reader, which knows the standard library only.
func received(t *testing.T, end *mailertest.SMTP) []mailer.Message {
	t.Helper()
	var out []mailer.Message
	for _, m := range end.Mails() {
		message, _, err := localmail.Decode(bytes.NewReader(m.Data))
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(m.To, " "); got != joined(message) || m.From != string(message.From) {
			t.Errorf("envelope %s → %s is not the header's", m.From, got)
		}
		out = append(out, message)
	}
	return out
}

func joined(m mailer.Message) string {
	var list []string
	for _, to := range m.To {
		list = append(list, string(to))
	}
	return strings.Join(list, " ")
}

func smtpFaults(end *mailertest.SMTP) []mailertest.Fault {
	fault := func(name string, f mailertest.SMTPFault, o mailer.Outcome, reason string) mailertest.Fault {
		got := mailertest.Fault{Name: name, Attempts: 1, Arrives: f.Taken, Want: mailer.Result{Outcome: o, Reason: reason}}
		if f.Silent {
			over := make(chan struct{})
			got.Over, f.Reached = over, sync.OnceFunc(func() { close(over) })
		}
		got.Arm = func() { end.Script(f) }
		return got
	}
	type f = mailertest.SMTPFault
	return []mailertest.Fault{
		{
			Name: "closed before the greeting", Arm: func() { end.Shut(1) },
			Want: mailer.Result{Outcome: mailer.Later, Reason: "NotConnected"},
		},
		fault("EHLO 421", f{At: mailertest.PhaseHelo, Code: 421}, mailer.Later, "SMTP421"),
		fault("EHLO 554", f{At: mailertest.PhaseHelo, Code: 554}, mailer.Halt, "SMTP554"),
		fault("EHLO closed", f{At: mailertest.PhaseHelo}, mailer.Later, "NotConnected"),
		fault("EHLO silent", f{At: mailertest.PhaseHelo, Silent: true}, mailer.Later, "NotConnected"),
		fault("MAIL 451", f{At: mailertest.PhaseMail, Code: 451}, mailer.Later, "SMTP451"),
		fault("MAIL 550", f{At: mailertest.PhaseMail, Code: 550}, mailer.Refused, "SMTP550"),
		fault("MAIL 530", f{At: mailertest.PhaseMail, Code: 530}, mailer.Halt, "SMTP530"),
		fault("MAIL closed", f{At: mailertest.PhaseMail}, mailer.Later, "ConnectionLost"),
		fault("MAIL silent", f{At: mailertest.PhaseMail, Silent: true}, mailer.Later, "Timeout"),
		fault("RCPT 450", f{At: mailertest.PhaseRcpt, Code: 450}, mailer.Later, "SMTP450"),
		fault("RCPT 550", f{At: mailertest.PhaseRcpt, Code: 550}, mailer.Refused, "SMTP550"),
		fault("RCPT closed", f{At: mailertest.PhaseRcpt}, mailer.Later, "ConnectionLost"),
		fault("dot 451", f{At: mailertest.PhaseDot, Code: 451}, mailer.Later, "SMTP451"),
		fault("dot 554", f{At: mailertest.PhaseDot, Code: 554}, mailer.Refused, "SMTP554"),
		fault("dot closed", f{At: mailertest.PhaseDot}, mailer.Unknown, "ConnectionLost"),
		fault("dot closed, taken", f{At: mailertest.PhaseDot, Taken: true}, mailer.Unknown, "ConnectionLost"),
		fault("dot silent", f{At: mailertest.PhaseDot, Silent: true}, mailer.Unknown, "Timeout"),
		fault("dot silent, taken", f{At: mailertest.PhaseDot, Silent: true, Taken: true}, mailer.Unknown, "Timeout"),
	}
}

// Two recipients are one transaction: one that is refused sends to neither.
func TestSMTPOneOfTwoRefused(t *testing.T) {
	end := mailertest.NewSMTP(t, mailertest.SMTPOptions{})
	end.Script(mailertest.SMTPFault{At: mailertest.PhaseRcpt, Code: 452, Second: true})
	m := mailertest.Letter()
	m.To = append(m.To, "second@mission.example")
	want := mailer.Result{Outcome: mailer.Later, Reason: "SMTP452"}
	if got := dial(t, localmail.SMTPConfig{URL: "smtp://" + end.Addr}).Send(t.Context(), m); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	if n := len(end.Mails()); n != 0 {
		t.Errorf("%d mails, want none", n)
	}
}

// A connection that breaks inside a mail: the final dot never leaves, so surely nothing was sent.
func TestSMTPBrokenInside(t *testing.T) {
	end := mailertest.NewSMTP(t, mailertest.SMTPOptions{})
	end.Script(mailertest.SMTPFault{At: mailertest.PhaseData})
	m := mailertest.Letter()
	m.Text = strings.Repeat("A line that goes on and on and on.\n", 1<<19) // more than the sockets' buffers hold
	want := mailer.Result{Outcome: mailer.Later, Reason: "ConnectionLost"}
	if got := dial(t, localmail.SMTPConfig{URL: "smtp://" + end.Addr}).Send(t.Context(), m); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	if n := len(end.Mails()); n != 0 {
		t.Errorf("%d mails, want none", n)
	}
}

func TestSMTPSecurity(t *testing.T) {
	starttls := mailertest.SMTPOptions{StartTLS: true, User: "relay", Password: "right"}
	implicit := mailertest.SMTPOptions{ImplicitTLS: true}
	accepted := mailer.Result{Outcome: mailer.Accepted}
	tests := []struct {
		name   string
		server mailertest.SMTPOptions
		url    string // without the address
		trust  bool
		want   mailer.Result
	}{
		{"STARTTLS with login", starttls, "smtp://relay:right@", true, accepted},
		{"wrong password", starttls, "smtp://relay:wrong@", true, mailer.Result{Outcome: mailer.Halt, Reason: "SMTP535"}},
		{"no login where one is needed", starttls, "smtp://", true, mailer.Result{Outcome: mailer.Halt, Reason: "SMTP502"}},
		{"implicit TLS", implicit, "smtps://", true, accepted},
		{"unknown certificate", implicit, "smtps://", false, mailer.Result{Outcome: mailer.Halt, Reason: "Certificate"}},
		{"STARTTLS a must, not offered", mailertest.SMTPOptions{}, "smtp://", true, mailer.Result{Outcome: mailer.Halt, Reason: "NotConfigured"}},
		{"login a must, not offered", mailertest.SMTPOptions{}, "smtp://a:b@", false, mailer.Result{Outcome: mailer.Halt, Reason: "NotConfigured"}},
		{"TLS with a server that has none", mailertest.SMTPOptions{}, "smtps://", true, mailer.Result{Outcome: mailer.Halt, Reason: "NotConfigured"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			end := mailertest.NewSMTP(t, test.server)
			c := localmail.SMTPConfig{URL: test.url + end.Addr}
			if test.trust {
				c.TLS = trusting(end)
			}
			if got := dial(t, c).Send(t.Context(), mailertest.Letter()); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestSMTPNobodyThere(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = listener.Close()
	want := mailer.Result{Outcome: mailer.Later, Reason: "NotConnected"}
	if got := dial(t, localmail.SMTPConfig{URL: "smtp://" + listener.Addr().String()}).Send(t.Context(), mailertest.Letter()); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

// An attempt ends by its own timeout, however far it has come by then.
func TestSMTPTimeout(t *testing.T) {
	end := mailertest.NewSMTP(t, mailertest.SMTPOptions{})
	end.Script(mailertest.SMTPFault{At: mailertest.PhaseDot, Silent: true})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	m := dial(t, localmail.SMTPConfig{URL: "smtp://" + end.Addr, Timeout: 50 * time.Millisecond, Margin: time.Millisecond})
	if got := m.Send(ctx, mailertest.Letter()); got.Outcome != mailer.Unknown && got.Outcome != mailer.Later {
		t.Errorf("got %v", got)
	}
	if ctx.Err() != nil {
		t.Error("it ends with its caller's time")
	}
}

// A caller who gives up while the server thinks gets an answer at once.
func TestSMTPCanceled(t *testing.T) {
	end := mailertest.NewSMTP(t, mailertest.SMTPOptions{})
	ctx, cancel := context.WithCancel(t.Context())
	end.Script(mailertest.SMTPFault{At: mailertest.PhaseDot, Silent: true, Reached: cancel})
	want := mailer.Result{Outcome: mailer.Unknown, Reason: "Timeout"}
	if got := dial(t, localmail.SMTPConfig{URL: "smtp://" + end.Addr, Timeout: time.Hour}).Send(ctx, mailertest.Letter()); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

// What leaves tells neither our records nor the machine.
func TestSMTPHeaders(t *testing.T) {
	end := mailertest.NewSMTP(t, mailertest.SMTPOptions{})
	s := dial(t, localmail.SMTPConfig{URL: "smtp://" + end.Addr, Origin: fixed()})
	if got := s.Send(t.Context(), mailertest.Letter()); got.Outcome != mailer.Accepted {
		t.Fatal(got)
	}
	if got := end.Mails()[0].Helo; got != "campaign.example" {
		t.Errorf("called itself %q", got)
	}
	m, err := mail.ReadMessage(bytes.NewReader(end.Mails()[0].Data))
	if err != nil {
		t.Fatal(err)
	}
	want := mail.Header{
		"Content-Language": {"en"},
		"Content-Type":     {"multipart/alternative; boundary=38396162636465666768696a6b6c6d6e"},
		"Date":             {"Sun, 02 Dec 2007 03:04:05 +0000"},
		"From":             {`"Ann Lee via Protest Day" <letters@campaign.example>`},
		"Message-Id":       {"<3031323334353637@campaign.example>"},
		"Mime-Version":     {"1.0"},
		"Reply-To":         {"<ann.lee@signer.example>"},
		"Subject":          {"Protest day: an appeal"},
		"To":               {"<embassy@mission.example>"},
	}
	if diff := cmp.Diff(want, m.Header); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	wellFormed(t, end.Mails()[0].Data)
}

func TestNewSMTPRefuses(t *testing.T) {
	for _, url := range []string{
		"", "localhost:25", "http://a.example", "smtp://", "smtp://:25", "smtp://a.example/x", "smtp://a.example?x=y",
		"smtp://u:secret@a.example:port", "smtp://a.example#x",
	} {
		_, err := localmail.NewSMTP(localmail.SMTPConfig{URL: url})
		if !errors.Is(err, localmail.ErrURL) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: got %v, want ErrURL", url, err)
		}
	}
}

func BenchmarkFolderSend(b *testing.B) {
	f, _ := open(b, localmail.Origin{})
	benchmark(b, f)
}

func BenchmarkSMTPSend(b *testing.B) {
	end := mailertest.NewSMTP(b, mailertest.SMTPOptions{})
	benchmark(b, dial(b, localmail.SMTPConfig{URL: "smtp://" + end.Addr}))
}

func benchmark(b *testing.B, m mailer.Mailer) {
	letter := mailertest.Letter()
	b.ReportAllocs()
	for b.Loop() {
		if got := m.Send(b.Context(), letter); got.Outcome != mailer.Accepted {
			b.Fatal(got)
		}
	}
}
