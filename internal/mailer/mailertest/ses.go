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

// SES is a fake SES endpoint: it speaks the restJson1 wire format of the v2 API's SendEmail, keeps what was sent, and
// fails on demand.
type SES struct {
	URL string // of the endpoint

	server *httptest.Server
	door   *door

	mu       sync.Mutex
	script   []Answer
	mails    []SESMail
	requests int
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
	s := &SES{}
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

// Shut closes the next n connections before anything is read from them.
func (s *SES) Shut(n int) { s.door.shut(n) }

// Requests answers how many requests came, accepted or not.
func (s *SES) Requests() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests
}

// Mails answers what was taken to be delivered, in order, whatever the client was told.
func (s *SES) Mails() []SESMail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.mails)
}

// ServeHTTP implements [http.Handler].
func (s *SES) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.next()(w, &Request{Request: r, ses: s})
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

// take keeps a mail and answers its id.
func (s *SES) take(m SESMail) string {
	s.mu.Lock()
	defer s.mu.Unlock()
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
	if scope := r.Header.Get("Authorization"); !strings.HasPrefix(scope, "AWS4-HMAC-SHA256 Credential=") || !strings.Contains(scope, "/ses/aws4_request") {
		refuse(w, http.StatusForbidden, "MissingAuthenticationTokenException", "Missing Authentication Token")
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
