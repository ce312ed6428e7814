package localmail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"

	gomail "github.com/wneessen/go-mail"

	"one-click-protest/internal/mailer"
)

// greeted says what a failure before MAIL FROM means. Nothing was sent, and what a server says there is about us, not
// about a mail: a lasting refusal (login, TLS, greeting) stops all.
func greeted(ctx context.Context, err error) mailer.Result {
	var answer *textproto.Error
	var certificate *tls.CertificateVerificationError
	var network net.Error
	switch {
	case errors.As(err, &answer) && answer.Code/100 == 4:
		return result(mailer.Later, answer.Code)
	case errors.As(err, &answer):
		return result(mailer.Halt, answer.Code)
	case errors.As(err, &certificate):
		return mailer.Result{Outcome: mailer.Halt, Reason: "Certificate"}
	case errors.As(err, &network), errors.Is(err, io.EOF), errors.Is(err, net.ErrClosed), ctx.Err() != nil:
		return mailer.Result{Outcome: mailer.Later, Reason: "NotConnected"}
	}
	return mailer.Result{Outcome: mailer.Halt, Reason: "NotConfigured"} // no STARTTLS, no login
}

// handed says what came of MAIL FROM to the answer after the final dot. Only between that dot and its answer is a mail in
// nobody's hand: before it a server must not send (RFC 5321, 4.1.1.4), and an answer is an answer.
func handed(ctx context.Context, msg *gomail.Msg, err error) mailer.Result {
	if msg.IsDelivered() {
		return mailer.Result{Outcome: mailer.Accepted}
	}
	var failed *gomail.SendError
	if !errors.As(err, &failed) {
		return mailer.Result{Outcome: mailer.Unknown, Reason: "NoAnswer"}
	}
	code := failed.ErrorCode()
	switch {
	case aboutUs(code):
		return result(mailer.Halt, code)
	case code/100 == 4:
		return result(mailer.Later, code)
	case code/100 == 5:
		return result(mailer.Refused, code)
	case failed.Reason == gomail.ErrSMTPDataClose:
		return mailer.Result{Outcome: mailer.Unknown, Reason: lost(ctx)}
	}
	return mailer.Result{Outcome: mailer.Later, Reason: lost(ctx)}
}

// aboutUs is true for answers that any other mail would get too: the login (RFC 4954, section 6) and commands the server
// won't have from us at all (RFC 5321, 4.2.3).
func aboutUs(code int) bool {
	switch code {
	case 500, 502, 503, 504, 530, 534, 535, 538:
		return true
	}
	return false
}

func lost(ctx context.Context) string {
	if ctx.Err() != nil {
		return "Timeout"
	}
	return "ConnectionLost"
}

func result(o mailer.Outcome, code int) mailer.Result {
	return mailer.Result{Outcome: o, Reason: fmt.Sprintf("SMTP%d", code)}
}
