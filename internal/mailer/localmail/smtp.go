package localmail

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"

	"one-click-protest/internal/mailer"
)

// ErrURL: not smtp://[user:password@]host[:port] or smtps://…. It never repeats the URL, which may hold a password.
var ErrURL = errors.New("mail server: want smtp://[user:password@]host[:port] or smtps://[user:password@]host[:port]")

// Defaults of [SMTPConfig]: a relay is asked about each command, so it takes longer than an API.
const (
	DefaultTimeout = 10 * time.Second
	DefaultMargin  = 3 * time.Second
)

// polite is how long the goodbye may take once a mail's fate is known.
const polite = 500 * time.Millisecond

// SMTPConfig says how to reach a mail server.
type SMTPConfig struct {
	// URL is smtp:// (STARTTLS is a must, except on loopback, where there is neither TLS nor need: Mailpit) or smtps://.
	// Default ports 587 and 465 (RFC 8314).
	URL     string
	TLS     *tls.Config   // nil for the system's roots; given, STARTTLS is a must on loopback too
	Timeout time.Duration // of one attempt; zero for DefaultTimeout
	Margin  time.Duration // the least time a context must leave; zero for DefaultMargin
	Origin  Origin
}

// SMTP is a [mailer.Mailer]. Each attempt has a connection of its own.
type SMTP struct {
	config         SMTPConfig
	host, port     string
	user, password string
	implicit       bool // TLS from the first byte
	plain          bool // no TLS at all
}

var _ mailer.Mailer = (*SMTP)(nil)

// NewSMTP reads the URL; ErrURL when it isn't one.
func NewSMTP(c SMTPConfig) (*SMTP, error) {
	u, err := url.Parse(c.URL)
	if err != nil || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, ErrURL
	}
	s := &SMTP{config: c, host: u.Hostname(), port: u.Port(), user: u.User.Username()}
	s.password, _ = u.User.Password()
	switch u.Scheme {
	case "smtp":
		s.plain = c.TLS == nil && loopback(s.host)
		s.port = cmp.Or(s.port, "587")
	case "smtps":
		s.implicit = true
		s.port = cmp.Or(s.port, "465")
	default:
		return nil, ErrURL
	}
	s.config.Timeout = cmp.Or(c.Timeout, DefaultTimeout)
	s.config.Margin = cmp.Or(c.Margin, DefaultMargin)
	return s, nil
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// Send implements [mailer.Mailer].
func (s *SMTP) Send(ctx context.Context, m mailer.Message) mailer.Result {
	if r, ok := mailer.Ready(ctx, m, s.config.Margin); !ok {
		return r
	}
	ctx, cancel := context.WithTimeout(ctx, s.config.Timeout)
	defer cancel()
	stamp, err := s.config.Origin.stamp()
	if err != nil {
		return mailer.Result{Outcome: mailer.Halt, Reason: "NoRandomness"}
	}
	line := &line{smtp: s, ctx: ctx}
	defer line.hangUp()
	client, err := gomail.NewClient(s.host, s.options(line, m)...)
	if err != nil {
		return mailer.Result{Outcome: mailer.Halt, Reason: "NotConfigured"}
	}
	session, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return greeted(ctx, err)
	}
	msg := compose(m, stamp)
	err = client.SendWithSMTPClient(session, msg)
	return line.goodbye(session, handed(ctx, msg, err))
}

func (s *SMTP) options(l *line, m mailer.Message) []gomail.Option {
	port, _ := strconv.Atoi(s.port) // url.Parse let only digits through; line dials s.port itself
	_, domain, _ := strings.Cut(string(m.From), "@")
	options := []gomail.Option{
		gomail.WithPort(port),
		gomail.WithTimeout(s.config.Timeout + polite), // the context ends it first, and so says why
		gomail.WithDialContextFunc(l.dial),
		gomail.WithHELO(domain), // not the machine's name
		gomail.WithoutSMTPUTF8(),
		gomail.WithoutNoop(),
		gomail.WithoutRset(),
	}
	switch {
	case s.implicit:
		options = append(options, gomail.WithSSL())
	case s.plain:
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory), gomail.WithTLSConfig(s.tls()))
	}
	if s.user == "" {
		return options
	}
	mechanisms := []gomail.SMTPAuthType{gomail.SMTPAuthPlain, gomail.SMTPAuthLogin}
	if s.plain {
		mechanisms = []gomail.SMTPAuthType{gomail.SMTPAuthPlainNoEnc, gomail.SMTPAuthLoginNoEnc}
	}
	return append(options, gomail.WithUsername(s.user), gomail.WithPassword(s.password),
		gomail.WithOpportunisticSMTPAuth(mechanisms...))
}

func (s *SMTP) tls() *tls.Config {
	config := &tls.Config{}
	if s.config.TLS != nil {
		config = s.config.TLS.Clone()
	}
	config.MinVersion = tls.VersionTLS12
	config.ServerName = cmp.Or(config.ServerName, s.host)
	return config
}

// line is the one connection of an attempt. The library does not close what it dialled when the login fails, heeds no
// context once connected, and after an error says QUIT, which in the middle of a mail would end it with a dot
// (net/textproto closes an open DotWriter before the next command): half a letter, sent. So the line is held here.
type line struct {
	smtp *SMTP
	ctx  context.Context // of the whole attempt; that of dial ends with the greeting
	conn net.Conn
}

func (l *line) dial(ctx context.Context, network, _ string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, net.JoinHostPort(l.smtp.host, l.smtp.port))
	if err != nil {
		return nil, fmt.Errorf("connecting: %w", err)
	}
	l.conn = conn
	context.AfterFunc(l.ctx, l.hangUp)
	if !l.smtp.implicit {
		return conn, nil
	}
	secured := tls.Client(conn, l.smtp.tls())
	if err := secured.HandshakeContext(ctx); err != nil {
		return nil, fmt.Errorf("securing: %w", err)
	}
	return secured, nil
}

func (l *line) hangUp() {
	if l.conn != nil {
		_ = l.conn.Close()
	}
}

// goodbye ends the session as RFC 5321 asks, but only after an answer: see line.
func (l *line) goodbye(session *smtp.Client, r mailer.Result) mailer.Result {
	if r.Outcome == mailer.Accepted {
		_ = l.conn.SetDeadline(time.Now().Add(polite))
		_ = session.Quit()
	}
	return r
}
