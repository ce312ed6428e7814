package runtimetest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

const prefix = "/2018-06-01/runtime/"

// runtimeAPI is the server that a custom runtime asks for events.
type runtimeAPI struct {
	mux   *http.ServeMux
	first chan time.Time // when the first question came
	once  sync.Once
	queue chan *invocation

	mu   sync.Mutex
	open map[string]*invocation
	n    int
}

type invocation struct {
	id       string
	event    []byte
	deadline time.Time
	result   chan result // of one place: the function never waits for the test
}

type result struct {
	payload []byte
	err     error
}

func newRuntimeAPI() *runtimeAPI {
	a := &runtimeAPI{
		mux:   http.NewServeMux(),
		first: make(chan time.Time, 1),
		queue: make(chan *invocation, 1),
		open:  map[string]*invocation{},
	}
	a.mux.HandleFunc("GET "+prefix+"invocation/next", a.next)
	a.mux.HandleFunc("POST "+prefix+"invocation/{id}/response", a.response)
	a.mux.HandleFunc("POST "+prefix+"invocation/{id}/error", a.failure)
	return a
}

// ServeHTTP implements http.Handler.
func (a *runtimeAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.mux.ServeHTTP(w, r) }

func (a *runtimeAPI) enqueue(event []byte, deadline time.Time) *invocation {
	a.mu.Lock()
	a.n++
	i := &invocation{
		id:    fmt.Sprintf("8476a536-e9f4-11e8-9739-%012d", a.n),
		event: event, deadline: deadline, result: make(chan result, 1),
	}
	a.open[i.id] = i
	a.mu.Unlock()
	a.queue <- i
	return i
}

// next holds the question until there is an event.
func (a *runtimeAPI) next(w http.ResponseWriter, r *http.Request) {
	a.once.Do(func() { a.first <- time.Now() })
	select {
	case i := <-a.queue:
		h := w.Header()
		h.Set("Content-Type", "application/json")
		h.Set("Lambda-Runtime-Aws-Request-Id", i.id)
		h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(i.deadline.UnixMilli(), 10))
		h.Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-central-1:123456789012:function:web")
		h.Set("Lambda-Runtime-Trace-Id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0")
		_, _ = w.Write(i.event)
	case <-r.Context().Done():
	}
}

// response takes an answer. Runtimes send it chunked and may end it with an error in its trailers.
func (a *runtimeAPI) response(w http.ResponseWriter, r *http.Request) {
	payload, err := io.ReadAll(r.Body)
	if kind := r.Trailer.Get("Lambda-Runtime-Function-Error-Type"); err == nil && kind != "" {
		err = fmt.Errorf("function: %s while answering", kind)
	}
	a.settle(w, r, result{payload: payload, err: err})
}

// failure takes an error or a panic.
func (a *runtimeAPI) failure(w http.ResponseWriter, r *http.Request) {
	var e struct{ ErrorType, ErrorMessage string }
	if err := json.NewDecoder(r.Body).Decode(&e); err != nil {
		e.ErrorMessage = "unreadable: " + err.Error()
	}
	a.settle(w, r, result{err: fmt.Errorf("function: %s", strings.TrimSpace(e.ErrorType+" "+e.ErrorMessage))})
}

func (a *runtimeAPI) settle(w http.ResponseWriter, r *http.Request, outcome result) {
	a.mu.Lock()
	i := a.open[r.PathValue("id")]
	delete(a.open, r.PathValue("id"))
	a.mu.Unlock()
	if i == nil { // answered already, or never asked
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	i.result <- outcome
	w.WriteHeader(http.StatusAccepted)
}
