package ses

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"one-click-protest/internal/mailer"
)

// ErrNoQuota is that the answer about the account has no sending quota, or none that is a number: something other than SES
// answered, so nothing in it counts.
var ErrNoQuota = errors.New("no sending quota")

// Allowance implements [mailer.Account] by one call of GetAccount, which SES limits to one a second (SES developer guide,
// "Service quotas"). An account in the sandbox is not halted: its small quota says what it may.
func (s *Mailer) Allowance(ctx context.Context) (mailer.Allowance, error) {
	ctx, cancel := context.WithTimeout(ctx, s.config.Timeout)
	defer cancel()
	out, err := s.api.GetAccount(ctx, &sesv2.GetAccountInput{}, once)
	if err != nil {
		return mailer.Allowance{}, fmt.Errorf("asking SES for the account: %w", err)
	}
	if out == nil || !sound(out.SendQuota) {
		return mailer.Allowance{}, fmt.Errorf("asking SES for the account: %w", ErrNoQuota)
	}
	return mailer.Allowance{
		PerSecond: max(out.SendQuota.MaxSendRate, 0),
		Left:      left(*out.SendQuota),
		Halted:    halted(out),
	}, nil
}

// sound: the wire format knows numbers that are none (Smithy, "restJson1": NaN and Infinity as strings).
func sound(q *types.SendQuota) bool {
	if q == nil {
		return false
	}
	sum := q.Max24HourSend + q.MaxSendRate + q.SentLast24Hours
	return !math.IsNaN(sum) && !math.IsInf(sum, 0)
}

// left: a maximum of -1 is none (SESv2 API reference, SendQuota).
func left(q types.SendQuota) int {
	if q.Max24HourSend < 0 {
		return -1
	}
	n := math.Floor(q.Max24HourSend - q.SentLast24Hours)
	return int(min(max(n, 0), math.MaxInt32))
}

// halted: an account under review (PROBATION) still sends. A rate of 0 would read as unlimited.
func halted(out *sesv2.GetAccountOutput) string {
	switch {
	case aws.ToString(out.EnforcementStatus) == "SHUTDOWN":
		return "AccountShutdown"
	case !out.SendingEnabled:
		return "SendingDisabled"
	case out.SendQuota.MaxSendRate == 0:
		return "NoSendingRate"
	}
	return ""
}
