package stack_test

import (
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"one-click-protest/internal/stack"
)

// stub is AWS on this machine, over TLS. It counts requests.
type stub struct {
	*httptest.Server
	requests atomic.Int32
}

func newStub(t *testing.T, answer http.HandlerFunc) *stub {
	t.Helper()
	s := &stub{}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.requests.Add(1)
		_, _ = io.Copy(io.Discard, r.Body)
		answer(w, r)
	}))
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

// config has every endpoint on the stub and trusts its certificate.
func config(t *testing.T, s *stub) stack.Config {
	t.Helper()
	bundle := filepath.Join(t.TempDir(), "bundle.pem")
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	if err := os.WriteFile(bundle, cert, 0o600); err != nil {
		t.Fatal(err)
	}
	env := environment()
	env["AWS_CA_BUNDLE"] = bundle
	return endpoints(t, env, s.URL)
}

func endpoints(t *testing.T, env map[string]string, url string) stack.Config {
	t.Helper()
	for _, name := range []string{"DYNAMODB", "SES", "SECRET"} {
		env["PROTEST_"+name+"_ENDPOINT"] = url
	}
	c, err := stack.FromEnv(lookup(env), stack.Web)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func answer(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func letter() *sesv2.SendEmailInput {
	content := &types.Content{Data: aws.String("x")}
	return &sesv2.SendEmailInput{
		FromEmailAddress: aws.String("letters@protest.example"),
		Content:          &types.EmailContent{Simple: &types.Message{Subject: content, Body: &types.Body{Text: content}}},
	}
}

func TestSESSendsOnce(t *testing.T) {
	tests := map[string]http.HandlerFunc{
		"error":     answer(500, "{}"),
		"throttled": answer(429, `{"__type":"TooManyRequestsException"}`),
		"closed":    func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"redirected": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(http.StatusTemporaryRedirect)
		},
	}
	for name, handler := range tests {
		t.Run(name, func(t *testing.T) {
			s := newStub(t, handler)
			if _, err := stack.SES(config(t, s)).SendEmail(t.Context(), letter()); err == nil {
				t.Error("no error")
			}
			if n := s.requests.Load(); n != 1 {
				t.Errorf("%d requests on the wire, want 1", n)
			}
		})
	}
}

func TestSESIsSigned(t *testing.T) {
	s := newStub(t, func(w http.ResponseWriter, r *http.Request) {
		auth := r.Header.Get("Authorization")
		if !strings.Contains(auth, "AKIDEXAMPLE/") || !strings.Contains(auth, "/eu-central-1/ses/") || r.Header.Get("X-Amz-Security-Token") != "session" {
			t.Errorf("Authorization %q", auth)
		}
		_, _ = io.WriteString(w, `{"MessageId":"0100"}`)
	})
	out, err := stack.SES(config(t, s)).SendEmail(t.Context(), letter())
	if err != nil || aws.ToString(out.MessageId) != "0100" {
		t.Errorf("%+v, %v", out, err)
	}
}

// Every call goes over TLS, HTTP/1.1 and few connections, which are used again.
func TestDynamoDBKeepsFewConnections(t *testing.T) {
	var mu sync.Mutex
	seen := map[string]bool{}
	s := newStub(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		seen[r.RemoteAddr] = true
		mu.Unlock()
		if r.TLS == nil || r.ProtoMajor != 1 {
			t.Errorf("call over %s", r.Proto)
		}
		_, _ = io.WriteString(w, "{}")
	})
	client := stack.DynamoDB(config(t, s))
	var group sync.WaitGroup
	for range 32 {
		group.Go(func() {
			if _, err := client.DescribeTable(t.Context(), &dynamodb.DescribeTableInput{TableName: aws.String("ledger")}); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if n := s.requests.Load(); n != 32 || len(seen) > 4 {
		t.Errorf("%d requests over %d connections, want 32 over 4 at most", n, len(seen))
	}
}

// Without AWS_CA_BUNDLE only AWS's own roots count, not those of the machine.
func TestForeignCertificateIsRefused(t *testing.T) {
	s := newStub(t, answer(200, "{}"))
	c := endpoints(t, environment(), s.URL)
	_, err := stack.SES(c).SendEmail(t.Context(), letter())
	if err == nil || s.requests.Load() != 0 || !strings.Contains(err.Error(), "certificate signed by unknown authority") {
		t.Errorf("%d requests, %v", s.requests.Load(), err)
	}
}

func TestSecret(t *testing.T) {
	s := newStub(t, func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("X-Amz-Target"); got != "secretsmanager.GetSecretValue" {
			t.Errorf("target %q", got)
		}
		_, _ = io.WriteString(w, `{"SecretString":"correct horse battery staple"}`)
	})
	secret, err := stack.Secret(t.Context(), config(t, s))
	if err != nil || string(secret) != "correct horse battery staple" {
		t.Errorf("%q, %v", secret, err)
	}
}

func TestNoSecret(t *testing.T) {
	for name, body := range map[string]string{"binary": `{"SecretBinary":"eA=="}`, "empty": `{"SecretString":""}`} {
		t.Run(name, func(t *testing.T) {
			if _, err := stack.Secret(t.Context(), config(t, newStub(t, answer(200, body)))); !errors.Is(err, stack.ErrNoSecret) {
				t.Errorf("error %v, want %v", err, stack.ErrNoSecret)
			}
		})
	}
	refused := newStub(t, answer(400, `{"__type":"AccessDeniedException","Message":"no"}`))
	if _, err := stack.Secret(t.Context(), config(t, refused)); err == nil || refused.requests.Load() != 1 {
		t.Errorf("%d requests, %v", refused.requests.Load(), err)
	}
}
