package mailertest

import (
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
)

// SES is a fake SES endpoint: it speaks the restJson1 wire format of the v2 API's SendEmail and GetAccount, keeps what was
// sent, has quotas, and fails on demand. What it would publish about a mail is [SESMail.Event].
type SES struct {
	URL string // of the endpoint

	server *httptest.Server
	door   *door

	mu       sync.Mutex
	script   []Answer
	mails    []SESMail // append only: see Mails
	slim     bool
	requests int
	account  account
}

// NewSES starts an endpoint that accepts everything until scripted. It ends with the test.
func NewSES(tb testing.TB) *SES { return startSES(tb, (*httptest.Server).Start) }

// NewTLS is NewSES behind TLS, with a certificate of its own: see [SES.Transport] and [SES.Certificate].
func NewTLS(tb testing.TB) *SES {
	return startSES(tb, func(s *httptest.Server) {
		s.EnableHTTP2 = true // as a service could; the mailer must not use it
		s.StartTLS()
	})
}

func startSES(tb testing.TB, start func(*httptest.Server)) *SES {
	tb.Helper()
	s := &SES{account: account{SESAccount: Unlimited()}}
	s.server = httptest.NewUnstartedServer(s)
	s.server.Config.ErrorLog = log.New(io.Discard, "", 0) // the failures are on purpose
	s.door = &door{Listener: s.server.Listener}
	s.server.Listener = s.door
	start(s.server)
	s.URL = s.server.URL
	tb.Cleanup(s.Close)
	return s
}

// Close ends the endpoint before its test ends: from then on connections are refused. It waits for open requests.
func (s *SES) Close() { s.server.Close() }

// Transport answers a transport of the caller's own that trusts the endpoint's certificate.
func (s *SES) Transport() *http.Transport {
	return s.server.Client().Transport.(*http.Transport).Clone()
}

// Certificate answers the endpoint's certificate, nil without TLS.
func (s *SES) Certificate() *x509.Certificate { return s.server.Certificate() }

// Script appends the answers to the next requests, in order; after them everything is accepted.
func (s *SES) Script(answers ...Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script = append(s.script, answers...)
}

// Unscript drops the answers that are scripted and not given yet.
func (s *SES) Unscript() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script = nil
}

// Shut closes the next n connections before anything is read from them.
func (s *SES) Shut(n int) { s.door.shut(n) }

// Slim makes the endpoint forget the texts and files of what it takes from now on, for tests with very many mails.
func (s *SES) Slim() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.slim = true
}

// Requests answers how many requests came, accepted or not; without those of GetAccount.
func (s *SES) Requests() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests
}

// Mails answers what was taken to be delivered, in order, whatever the client was told. It copies nothing, however many there
// are, and what it answered never changes: don't write to it.
func (s *SES) Mails() []SESMail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clip(s.mails) // whoever appends to it gets a copy
}

// ServeHTTP implements [http.Handler].
func (s *SES) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	next := s.next
	if r.Method == http.MethodGet && r.URL.Path == "/v2/email/account" {
		next = s.nextAccount
	}
	next()(w, &Request{Request: r, ses: s})
}

func (s *SES) next() Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests++
	if len(s.script) == 0 {
		return Accept()
	}
	answer := s.script[0]
	s.script = s.script[1:]
	return answer
}

// take keeps a mail and answers its id, whatever the account allows.
func (s *SES) take(m SESMail) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.keep(m)
}

// keep is take for those who hold the lock.
func (s *SES) keep(m SESMail) string {
	if s.slim {
		m.Text, m.HTML, m.Attachments = "", "", nil
	}
	s.account.Sent++
	m.MessageID = fmt.Sprintf("0100018c%08x-000000", len(s.mails)+1)
	s.mails = append(s.mails, m)
	return m.MessageID
}

// Request is one request and the endpoint it came to.
type Request struct {
	*http.Request
	ses *SES
}

// read decodes and checks the request as the service would; on a mistake it answers the client and ok is false.
func (r *Request) read(w http.ResponseWriter) (m SESMail, ok bool) {
	if r.Method != http.MethodPost || r.URL.Path != "/v2/email/outbound-emails" {
		refuse(w, http.StatusNotFound, "UnknownOperationException", "no such operation")
		return m, false
	}
	if !r.signed(w) {
		return m, false
	}
	var body sendEmail
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields() // the real service ignores them; here they are a mistake
	if err := d.Decode(&body); err != nil {
		refuse(w, http.StatusBadRequest, "SerializationException", err.Error())
		return m, false
	}
	if problem := body.check(); problem != "" {
		refuse(w, http.StatusBadRequest, "BadRequestException", problem)
		return m, false
	}
	return body.mail(), true
}

// signed says whether the request has a signature for SES, of whatever key; if not it answers the client.
func (r *Request) signed(w http.ResponseWriter) bool {
	scope := r.Header.Get("Authorization")
	ok := strings.HasPrefix(scope, "AWS4-HMAC-SHA256 Credential=") && strings.Contains(scope, "/ses/aws4_request")
	if !ok {
		refuse(w, http.StatusForbidden, "MissingAuthenticationTokenException", "Missing Authentication Token")
	}
	return ok
}
