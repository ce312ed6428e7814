// Package lambdahttp lets an ordinary http.Handler answer an API Gateway HTTP API (payload format 2.0).
//
// It knows nothing of what the handler does. Each of its own promises is one that net/http's server keeps too, so that a handler tested
// without Lambda behaves the same in it.
//
// awslabs/aws-lambda-go-api-proxy (v0.16.2, httpadapter.NewV2) was tried first and failed these of the tests here, each with no
// setting to change it:
//
//   - header values are cut at commas (its issue 171), so Header.Get answers the first media type of Accept, and of
//     X-Forwarded-For the entry that the visitor forged;
//   - the path is pasted into a URL and parsed: HTTP APIs hand it over decoded, so a % breaks the request and a # cuts it;
//   - a request that cannot be converted is printed to the log with path and query, and so with the tokens in them;
//   - RemoteAddr has no port, so net.SplitHostPort fails; Host stands among the headers too;
//   - an answer without a body that leaves the status to net/http becomes an error, a second WriteHeader wins over the
//     first, an answer to HEAD has a body;
//   - a panic ends the process and prints its value.
//
// Little would have been left of it.
package lambdahttp

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/aws/aws-lambda-go/events"
)

// Reserve is how much earlier than Lambda's own deadline the request's context ends: enough to settle nothing more and to
// answer still.
const Reserve = 300 * time.Millisecond

// Function is what lambda.Start takes.
type Function func(context.Context, events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error)

// Handler answers events with h. The request's context is the invocation's, [Reserve] shorter.
//
// It never returns an error: Lambda would print it to the log, and API Gateway answer 500 in its own words. An event that
// is no HTTP request is answered with 400. A handler that panics is answered with 500, and log gets the panic's type and
// stack but not its value, which may hold what a visitor typed; the process goes on, as net/http's server does.
func Handler(h http.Handler, log *slog.Logger) Function {
	return func(ctx context.Context, e events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
		ctx, cancel := shorter(ctx)
		defer cancel()
		r, err := request(ctx, e)
		if err != nil {
			return plain(http.StatusBadRequest), nil
		}
		return serve(h, r, log), nil
	}
}

func shorter(ctx context.Context) (context.Context, context.CancelFunc) {
	if deadline, ok := ctx.Deadline(); ok {
		return context.WithDeadline(ctx, deadline.Add(-Reserve))
	}
	return ctx, func() {}
}

func serve(h http.Handler, r *http.Request, log *slog.Logger) (answer events.APIGatewayV2HTTPResponse) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		answer = plain(http.StatusInternalServerError)
		if v != http.ErrAbortHandler {
			log.ErrorContext(r.Context(), "handler panicked", "type", fmt.Sprintf("%T", v), "stack", string(debug.Stack()))
		}
	}()
	w := &writer{head: r.Method == http.MethodHead, header: http.Header{}}
	h.ServeHTTP(w, r)
	return w.answer()
}

// plain is an answer that the handler had no part in.
func plain(status int) events.APIGatewayV2HTTPResponse {
	return events.APIGatewayV2HTTPResponse{
		StatusCode: status,
		Headers: map[string]string{
			"Cache-Control":          "no-store",
			"Content-Type":           "text/plain; charset=utf-8",
			"X-Content-Type-Options": "nosniff",
		},
		Body: http.StatusText(status) + "\n",
	}
}
