package mailertest

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// SMTP is an SMTP server that keeps what it got and fails on demand.
type SMTP struct {
	Addr string // host:port on loopback

	options SMTPOptions
	roots   *x509.CertPool
	door    *door
	end     chan struct{} // closed when the test ends: releases silent sessions

	mu     sync.Mutex
	script []SMTPFault
	faults map[*smtp.Conn]SMTPFault
	mails  []SMTPMail
}

// SMTPOptions says what kind of server it is. The zero value is plain and without logins, as Mailpit is.
type SMTPOptions struct {
	StartTLS, ImplicitTLS bool
	User, Password        string // asked for when User is set
}

// SMTPMail is one mail as it came.
type SMTPMail struct {
	Helo string   // what the client called itself
	From string   // of the envelope
	To   []string // of the envelope
	Data []byte   // RFC 5322
}

// Phase is a point of an SMTP session.
type Phase int

// The phases.
const (
	NoPhase   Phase = iota // nothing fails
	PhaseHelo              // EHLO
	PhaseMail              // MAIL FROM
	PhaseRcpt              // RCPT TO
	PhaseData              // DATA, before any of the mail is read
	PhaseDot               // after the final dot: the whole mail was read
)

// SMTPFault is what goes wrong in one session.
type SMTPFault struct {
	At     Phase
	Code   int  // the answer; 0: the connection is closed instead
	Silent bool // no answer and no close, until the client goes
	Taken  bool // at PhaseDot: the mail was taken all the same
	Second bool // at PhaseRcpt: only the second recipient fails

	Reached func() // called, if set, when it gets there
}

// NewSMTP starts a server. It ends with the test.
func NewSMTP(tb testing.TB, o SMTPOptions) *SMTP {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	s := &SMTP{
		Addr: listener.Addr().String(), options: o, end: make(chan struct{}), door: &door{Listener: listener},
		faults: map[*smtp.Conn]SMTPFault{},
	}
	server := smtp.NewServer(smtp.BackendFunc(s.session))
	server.Domain = "mail.example"
	server.AllowInsecureAuth = true
	server.ErrorLog = log.New(io.Discard, "", 0)
	listener = s.secure(server)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	tb.Cleanup(func() {
		close(s.end)
		_ = server.Close()
		_ = listener.Close() // Close knows it only once Serve has begun
		<-served
	})
	return s
}

// secure sets up TLS as the options say and answers the listener to serve on.
func (s *SMTP) secure(server *smtp.Server) net.Listener {
	if !s.options.StartTLS && !s.options.ImplicitTLS {
		return s.door
	}
	certified := httptest.NewTLSServer(nil) // for its certificate, valid for 127.0.0.1
	defer certified.Close()
	s.roots = x509.NewCertPool()
	s.roots.AddCert(certified.Certificate())
	config := &tls.Config{Certificates: certified.TLS.Certificates}
	if s.options.ImplicitTLS {
		return tls.NewListener(s.door, config)
	}
	server.TLSConfig = config
	return s.door
}

// Roots answers a pool that trusts the server's certificate, nil without TLS.
func (s *SMTP) Roots() *x509.CertPool { return s.roots }

// Script appends the faults of the next sessions, in order; after them everything is accepted.
func (s *SMTP) Script(faults ...SMTPFault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script = append(s.script, faults...)
}

// Shut closes the next n connections before the greeting.
func (s *SMTP) Shut(n int) { s.door.shut(n) }

// Connections answers how many clients were let in.
func (s *SMTP) Connections() int { return s.door.passed() }

// Mails answers what was taken, in order.
func (s *SMTP) Mails() []SMTPMail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.mails)
}

// session begins a session. go-smtp begins another on the same connection after STARTTLS and where a client falls back
// from EHLO to HELO: that keeps its fault.
func (s *SMTP) session(c *smtp.Conn) (smtp.Session, error) {
	s.mu.Lock()
	fault, known := s.faults[c]
	if !known && len(s.script) > 0 {
		fault, s.script = s.script[0], s.script[1:]
	}
	s.faults[c] = fault
	s.mu.Unlock()
	n := &session{server: s, conn: c, fault: fault}
	return n, n.fail(PhaseHelo)
}

type session struct {
	server *SMTP
	conn   *smtp.Conn
	fault  SMTPFault
	known  bool
	mail   SMTPMail
}

var errSilent = errors.New("silent")

// fail does what the script says of a phase.
func (s *session) fail(at Phase) error {
	if s.fault.At != at || s.fault.Second && len(s.mail.To) != 2 {
		return nil
	}
	if s.fault.Reached != nil {
		s.fault.Reached()
	}
	switch {
	case s.fault.Silent:
		<-s.server.end
		return errSilent
	case s.fault.Code == 0:
		_ = s.conn.Conn().Close()
		return io.ErrClosedPipe
	}
	// The text repeats an address, as servers do.
	return &smtp.SMTPError{Code: s.fault.Code, Message: "scripted <secret@signer.example>"}
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if s.server.options.User != "" && !s.known {
		return smtp.ErrAuthRequired
	}
	s.mail.Helo, s.mail.From = s.conn.Hostname(), from
	return s.fail(PhaseMail)
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.mail.To = append(s.mail.To, to)
	return s.fail(PhaseRcpt)
}

func (s *session) Data(r io.Reader) error {
	if err := s.fail(PhaseData); err != nil {
		return err
	}
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.mail.Data = data
	if s.fault.At != PhaseDot || s.fault.Taken {
		s.take()
	}
	return s.fail(PhaseDot)
}

func (s *session) take() {
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	s.server.mails = append(s.server.mails, s.mail)
}

func (s *session) Reset()        { s.mail = SMTPMail{} }
func (s *session) Logout() error { return nil }

func (s *session) AuthMechanisms() []string {
	if s.server.options.User == "" {
		return nil
	}
	return []string{sasl.Plain}
}

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != s.server.options.User || password != s.server.options.Password {
			return smtp.ErrAuthFailed
		}
		s.known = true
		return nil
	}), nil
}
