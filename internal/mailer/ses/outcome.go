package ses

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"one-click-protest/internal/address"
	"one-click-protest/internal/mailer"
)

// codes says what SES's error codes mean for the outbox. Sources: SESv2 API reference, "SendEmail: Errors" and "Common
// Errors"; throttle codes as in aws-sdk-go-v2, aws/retry, DefaultThrottleErrorCodes. Codes not listed are decided by status.
var codes = map[string]mailer.Outcome{
	"TooManyRequestsException":  mailer.Later,
	"Throttling":                mailer.Later,
	"ThrottlingException":       mailer.Later,
	"ThrottledException":        mailer.Later,
	"RequestThrottled":          mailer.Later,
	"RequestThrottledException": mailer.Later,
	"RequestLimitExceeded":      mailer.Later,
	"SlowDown":                  mailer.Later,
	"RequestTimeout":            mailer.Later,
	"RequestTimeoutException":   mailer.Later,
	"RequestAbortedException":   mailer.Later,
	// A stale signature: the function was frozen between signing and sending, or the clock is off, which the SDK
	// corrects for the next call.
	"RequestExpired":       mailer.Later,
	"RequestTimeTooSkewed": mailer.Later,

	"LimitExceededException":              mailer.Halt, // the daily quota
	"AccountSuspendedException":           mailer.Halt,
	"SendingPausedException":              mailer.Halt,
	"MailFromDomainNotVerifiedException":  mailer.Halt,
	"NotFoundException":                   mailer.Halt, // the configuration set
	"AccessDenied":                        mailer.Halt,
	"AccessDeniedException":               mailer.Halt,
	"NotAuthorized":                       mailer.Halt,
	"OptInRequired":                       mailer.Halt,
	"UnrecognizedClientException":         mailer.Halt,
	"InvalidClientTokenId":                mailer.Halt,
	"ExpiredToken":                        mailer.Halt,
	"ExpiredTokenException":               mailer.Halt,
	"IncompleteSignature":                 mailer.Halt,
	"IncompleteSignatureException":        mailer.Halt,
	"InvalidSignatureException":           mailer.Halt,
	"SignatureDoesNotMatch":               mailer.Halt,
	"MissingAuthenticationToken":          mailer.Halt,
	"MissingAuthenticationTokenException": mailer.Halt,
	"UnknownOperationException":           mailer.Halt,

	"MessageRejected":     mailer.Refused, // but see unverified
	"BadRequestException": mailer.Refused,
}

// accepted: the id is what says that SES took the mail. A 200 without one came from something else.
func accepted(out *sesv2.SendEmailOutput) mailer.Result {
	if out == nil || aws.ToString(out.MessageId) == "" {
		return mailer.Result{Outcome: mailer.Unknown, Reason: "NoMessageId"}
	}
	return mailer.Result{Outcome: mailer.Accepted}
}

// failed says what an error means. A 4xx is an answer, so nothing was sent; before the headers were written nothing can
// have been; anything else may have been sent.
func failed(m mailer.Message, err error, written bool) mailer.Result {
	status := 0
	var answer *smithyhttp.ResponseError
	if errors.As(err, &answer) {
		status = answer.HTTPStatusCode()
	}
	switch {
	case status >= 400 && status < 500:
		return refused(m, err, status)
	case !written:
		return unsent(err)
	case status >= 200 && status < 300:
		return mailer.Result{Outcome: mailer.Unknown, Reason: "UnreadableAnswer"}
	case status != 0:
		return mailer.Result{Outcome: mailer.Unknown, Reason: fmt.Sprintf("HTTP%d", status)}
	case errors.Is(err, context.DeadlineExceeded):
		return mailer.Result{Outcome: mailer.Unknown, Reason: "Timeout"}
	case errors.Is(err, context.Canceled):
		return mailer.Result{Outcome: mailer.Unknown, Reason: "Canceled"}
	}
	return mailer.Result{Outcome: mailer.Unknown, Reason: "ConnectionLost"}
}

// refused reads a 4xx.
func refused(m mailer.Message, err error, status int) mailer.Result {
	code, message := apiError(err, status)
	outcome, listed := codes[code]
	switch {
	case !listed:
		outcome = byStatus(status)
	case code == "MessageRejected" && unverified(message):
		return notVerified(m, message)
	case outcome == mailer.Later && strings.Contains(strings.ToLower(message), "daily"):
		// SES also words its daily quota as a throttling (SES developer guide, "Errors related to the sending quotas").
		return mailer.Result{Outcome: mailer.Halt, Reason: "DailyQuota"}
	}
	return mailer.Result{Outcome: outcome, Reason: code}
}

// byStatus decides an unknown code. An unknown 400 parks one mail instead of stopping all: a visitor must not be able to
// stop the house with a mail that SES dislikes in a new way.
func byStatus(status int) mailer.Outcome {
	switch status {
	case http.StatusTooManyRequests, http.StatusRequestTimeout, http.StatusTooEarly:
		return mailer.Later
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed,
		http.StatusProxyAuthRequired:
		return mailer.Halt
	}
	return mailer.Refused
}

// unsent reads an error from before the wire: the network is Later, our own configuration Halt.
func unsent(err error) mailer.Result {
	var certificate *tls.CertificateVerificationError
	var network *smithyhttp.RequestSendError
	switch {
	case errors.As(err, &certificate):
		return mailer.Result{Outcome: mailer.Halt, Reason: "Certificate"}
	case errors.As(err, &network), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return mailer.Result{Outcome: mailer.Later, Reason: "NotConnected"}
	}
	return mailer.Result{Outcome: mailer.Halt, Reason: "NotConfigured"}
}

// unverified: "Email address is not verified. The following identities failed the check in region …" (SES developer
// guide, "Amazon SES email sending errors"). The code alone doesn't say it.
func unverified(message string) bool {
	return strings.Contains(strings.ToLower(message), "not verified")
}

// notVerified halts, because the account (our sender, or still the sandbox) is at fault and no other letter would leave.
// Except for mail to an address somebody typed that alone failed the check: else any visitor could stop a sandbox.
func notVerified(m mailer.Message, message string) mailer.Result {
	if m.Class == mailer.ToSigner && names(message, m.To...) && !names(message, m.From) {
		return mailer.Result{Outcome: mailer.Refused, Reason: "RecipientNotVerified"}
	}
	return mailer.Result{Outcome: mailer.Halt, Reason: "NotVerified"}
}

func names(message string, list ...address.Email) bool {
	for _, a := range list {
		if strings.Contains(strings.ToLower(message), strings.ToLower(string(a))) {
			return true
		}
	}
	return false
}

// codeShape is what SES's codes look like: something else in a proxy's header must not get into records and logs.
var codeShape = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9.]{2,63}$`)

// apiError answers the code and the message of an error answer. A body that is no JSON has neither.
func apiError(err error, status int) (string, string) {
	var api smithy.APIError
	if errors.As(err, &api) && codeShape.MatchString(api.ErrorCode()) && api.ErrorCode() != "UnknownError" {
		return api.ErrorCode(), api.ErrorMessage()
	}
	return fmt.Sprintf("HTTP%d", status), ""
}
