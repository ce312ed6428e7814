package web

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"time"
)

// onGrid lets a handler's answers leave at whole steps of the grid after the whole request's arrival, so that how long the ledger and
// the sending took cannot be read from the outside as long as they stay within one step (promise 4).
//
// Refusals are held as well as acceptances: what is refused before the ledger is asked and what after is action's own
// matter, and a 503 that came sooner or later than an answer would tell something.
func (s *server) onGrid(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		whole(r)
		s.held(w, r, time.Now(), next)
	}
}

// whole reads a request's body before its time is taken, as forms' are read. Who sends the body's end shortly before a step
// would else choose how little of the step is left for the ledger and the sending, and see who takes longer than that.
func whole(r *http.Request) {
	read, _ := io.ReadAll(io.LimitReader(r.Body, maxBody+1)) // what went wrong the rest says again
	r.Body = partRead{io.MultiReader(bytes.NewReader(read), r.Body), r.Body}
}

// partRead is a request's body of which some was read.
type partRead struct {
	io.Reader
	io.Closer
}

// held runs a handler and lets its answer leave at the next step of the grid that began at start, when all of the request was there.
func (s *server) held(w http.ResponseWriter, r *http.Request, start time.Time, next http.HandlerFunc) {
	answer := &heldWriter{header: w.Header()}
	next(answer, r)
	wait(r.Context(), s.Grid, time.Since(start))
	if answer.status == 0 {
		answer.status = http.StatusOK
	}
	w.WriteHeader(answer.status)
	_, _ = w.Write(answer.body.Bytes()) // who went away needs no answer
}

// wait ends at the end of the step that has begun, or when the visitor is gone.
func wait(ctx context.Context, grid, elapsed time.Duration) {
	if grid <= 0 {
		return
	}
	timer := time.NewTimer(grid - elapsed%grid)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// heldWriter keeps an answer back. Headers go straight to the real writer, which sends none before its status.
type heldWriter struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *heldWriter) Header() http.Header { return w.header }

func (w *heldWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

func (w *heldWriter) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(p)
}
