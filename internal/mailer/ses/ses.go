// Package ses sends mail through Amazon SES (API v2, SendEmail), tells what surely was not sent from what may have been, and
// reads what SES reports later ([ParseEvent]).
//
// SendEmail has no idempotency token, so nothing here sends a request twice: no SDK retries, no redirects, no HTTP/2 (whose
// transport replays refused streams by itself).
package ses

import (
	"cmp"
	"context"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"

	"one-click-protest/internal/mailer"
)

// DefaultTimeout is how long one attempt may take.
const DefaultTimeout = 3 * time.Second

// API is the calls of SES that this package makes; *sesv2.Client is one, see [NewClient].
type API interface {
	SendEmail(context.Context, *sesv2.SendEmailInput, ...func(*sesv2.Options)) (*sesv2.SendEmailOutput, error)
	GetAccount(context.Context, *sesv2.GetAccountInput, ...func(*sesv2.Options)) (*sesv2.GetAccountOutput, error)
}

// Config says how to send.
type Config struct {
	LettersSet string // configuration set of letters: publishes events, suppression off
	SignersSet string // configuration set of mail to signers: publishes events, suppression on
	// Timeout is how long one attempt may take; zero for DefaultTimeout.
	Timeout time.Duration
	// Margin is the least time a context must leave for an attempt to begin; zero for Timeout, so that a send is never
	// cut short (and left unknown) by its caller's deadline.
	Margin time.Duration
}

// Mailer is a [mailer.Mailer] and a [mailer.Account].
type Mailer struct {
	api    API
	config Config
}

var (
	_ mailer.Mailer  = (*Mailer)(nil)
	_ mailer.Account = (*Mailer)(nil)
)

// New answers a mailer. The client's own retryer doesn't matter: every call overrides it.
func New(api API, c Config) *Mailer {
	c.Timeout = cmp.Or(c.Timeout, DefaultTimeout)
	c.Margin = cmp.Or(c.Margin, c.Timeout)
	return &Mailer{api: api, config: c}
}

// Send implements [mailer.Mailer].
func (s *Mailer) Send(ctx context.Context, m mailer.Message) mailer.Result {
	if r, ok := mailer.Ready(ctx, m, s.config.Margin); !ok {
		return r
	}
	ctx, cancel := context.WithTimeout(ctx, s.config.Timeout)
	defer cancel()

	var written atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { written.Store(true) }})
	out, err := s.api.SendEmail(ctx, s.input(m), once)
	if err == nil {
		return accepted(out)
	}
	return failed(m, err, written.Load())
}

// once is the rule that nothing is sent twice. The SDK's default retryer repeats a request after a lost answer, a timeout and
// a 5xx (aws/retry, DefaultRetryables), each of which may have sent.
func once(o *sesv2.Options) { o.Retryer = aws.NopRetryer{} }
