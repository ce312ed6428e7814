package dynamo

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"one-click-protest/internal/ledger"
)

// patience says how long a call is tried, in place of the SDK's retryer: that one gives up after three attempts whatever time is
// left, never retries a cancelled transaction, which is how most contention shows, and does not tell whether an attempt may have
// taken effect, on which ErrBusy depends.
type patience struct {
	try    time.Duration // for one attempt: a hundred times what the service needs, so a silent connection is left soon
	least  time.Duration // without so much left no further attempt is begun: cut off, it would leave the outcome open
	margin time.Duration // kept back of the caller's time, so that it can still answer
	total  time.Duration // where the caller sets no deadline
	base   time.Duration // the first pause is random up to this, each further one up to twice as much (full jitter,
	most   time.Duration // AWS Architecture Blog, "Exponential Backoff And Jitter"), and up to this in the end
}

// effect is what an answer says of the attempt.
type effect int

const (
	final   effect = iota // it is the answer: success, or an error that another attempt would meet again
	refused               // surely nothing was written; try again
	unclear               // it may have been written; try again with the same request token
)

// keepTrying calls until there is a final answer, or time is short: then ErrBusy if no attempt can have written anything, else the
// last error.
func (p patience) keepTrying(ctx context.Context, call func(context.Context) error) error {
	ctx, cancel := p.bounded(ctx)
	defer cancel()
	sure, last := true, ctx.Err()
	for n := 0; ctx.Err() == nil && (n == 0 || left(ctx) > p.least); n++ {
		last = p.attempt(ctx, call)
		switch effectOf(last) {
		case final:
			return last
		case unclear:
			sure = false
		}
		p.pause(ctx, n)
	}
	if sure {
		return fmt.Errorf("%w: %w", ledger.ErrBusy, last)
	}
	return last
}

func (p patience) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	if deadline, ok := ctx.Deadline(); ok {
		return context.WithDeadline(ctx, deadline.Add(-p.margin))
	}
	return context.WithTimeout(ctx, p.total)
}

func (p patience) attempt(ctx context.Context, call func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, p.try)
	defer cancel()
	return call(ctx)
}

func left(ctx context.Context) time.Duration {
	deadline, _ := ctx.Deadline() // bounded has set one
	return time.Until(deadline)
}

// limited sets the total where the caller sets no deadline, for several calls in a row, each of which keeps its margin.
func (p patience) limited(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); ok {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, p.total)
}

// pause waits after the attempt of this number, from 0.
func (p patience) pause(ctx context.Context, n int) {
	t := time.NewTimer(rand.N(min(p.base<<min(n, 16), p.most)))
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// effectOf tells the answers apart. What is not known to be refused is unclear: connections that broke, attempts that took too
// long, answers that cannot be read, and every 5xx.
func effectOf(err error) effect {
	var cancelled *types.TransactionCanceledException
	var response *smithyhttp.ResponseError
	var api smithy.APIError
	switch {
	case err == nil:
		return final
	case errors.As(err, &cancelled):
		return effectOfCancelled(cancelled)
	case errors.As(err, &response) && response.HTTPStatusCode() >= 500:
		return unclear
	case errors.As(err, &api):
		return effectOfCode(api.ErrorCode())
	default:
		return unclear
	}
}

func effectOfCode(code string) effect {
	switch code {
	case "ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded",
		"TransactionConflictException", "ReplicatedWriteConflictException":
		return refused
	case "TransactionInProgressException": // an earlier attempt of ours still runs
		return unclear
	default:
		return final
	}
}

// effectOfCancelled: a failed condition is an answer. Everything else that cancels a transaction passes, but for items that break a
// limit.
func effectOfCancelled(e *types.TransactionCanceledException) effect {
	out := final
	for i := range e.CancellationReasons {
		switch reason(e, i) {
		case conditionFailed:
			return final
		case "TransactionConflict", "ProvisionedThroughputExceeded", "ThrottlingError":
			out = refused
		}
	}
	return out
}

const conditionFailed = "ConditionalCheckFailed"

// reason answers why the i-th part cancelled its transaction; "None" or empty for one that did not.
func reason(e *types.TransactionCanceledException, i int) string {
	if i >= len(e.CancellationReasons) || e.CancellationReasons[i].Code == nil {
		return ""
	}
	return *e.CancellationReasons[i].Code
}
