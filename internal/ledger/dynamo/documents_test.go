package dynamo_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"one-click-protest/internal/ledger"
	"one-click-protest/internal/ledger/dynamo"
	"one-click-protest/internal/ledger/dynamo/dynamotest"
)

var note = ledger.DocumentName("NOTE", "paris")

// adding appends a mark, and counts how often it was asked to.
func adding(mark string, calls *int) func([]byte) ([]byte, error) {
	return func(old []byte) ([]byte, error) {
		*calls++
		return append(old, mark...), nil
	}
}

func document(t *testing.T, l *dynamo.Ledger) string {
	t.Helper()
	text, err := l.Document(t.Context(), note)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Whatever the write meets, before or after its effect, the document is changed once.
func TestChangeTakesEffectOnce(t *testing.T) {
	dynamotest.Open(t) // skips where there is no DynamoDB Local
	for _, group := range []map[string]fault{refusals, losses, lossesAfterEffect} {
		for name, f := range group {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				w := &wire{then: pass}
				l := dynamotest.Open(t).Records(w)
				dynamo.Hurry(l)
				calls := 0
				for range 2 {
					w.faults = []fault{pass, f, f}
					if err := l.Change(t.Context(), note, adding("x", &calls)); err != nil {
						t.Error(err)
					}
				}
				w.faults = nil
				if got := document(t, l); got != "xx" || calls != 2 {
					t.Errorf("%q after %d calls; want 2", got, calls)
				}
			})
		}
	}
}

// between carries a write out, loses the answer, and lets another process write before the repeat.
func between(t *testing.T, other *dynamo.Ledger, mark string, write fault) fault {
	return func(r *http.Request) (*http.Response, error) {
		response, err := write(r)
		if err := other.Change(t.Context(), note, adding(mark, new(int))); err != nil {
			t.Error(err)
		}
		return response, err
	}
}

// Another's write is never lost: change is called again with it.
func TestChangeSeesWhatAnotherWrote(t *testing.T) {
	for name, c := range map[string]struct {
		write fault
		want  string
	}{
		"before its own":                          {lostBefore, "other mine "},
		"after its own, whose answer was lost":    {lostAfter, "mine other mine "},
		"instead of its own, which was throttled": {refusals["throttled"], "other mine "},
		"after its own, which answered it failed": {failedAfter, "mine other mine "},
	} {
		t.Run(name, func(t *testing.T) {
			x, w := dynamotest.Open(t), &wire{then: pass}
			l := x.Records(w)
			w.faults, w.then = []fault{pass, between(t, x.Records(http.DefaultTransport), "other ", c.write)}, pass
			calls := 0
			if err := l.Change(t.Context(), note, adding("mine ", &calls)); err != nil {
				t.Error(err)
			}
			if got := document(t, l); got != c.want || calls != 2 {
				t.Errorf("%q after %d calls; want %q after 2", got, calls, c.want)
			}
		})
	}
}

// After a write that may have been done, running out of time is no ErrBusy: that says that nothing was written.
func TestChangeThatMayBeDoneIsNotBusy(t *testing.T) {
	for name, c := range map[string]struct {
		write fault
		busy  bool
	}{
		"lost after its effect":  {lostAfter, false},
		"lost before its effect": {lostBefore, true}, // one write since, and it bears another's token
		"throttled":              {refusals["throttled"], true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // each lasts until its time is up
			x, w := dynamotest.Open(t), &wire{}
			l := x.Records(w)
			w.faults = []fault{pass, between(t, x.Records(http.DefaultTransport), "other ", c.write), pass}
			w.then = refusals["throttled"]
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			err := l.Change(ctx, note, adding("mine ", new(int)))
			if err == nil || errors.Is(err, ledger.ErrBusy) != c.busy {
				t.Errorf("%v; busy wanted: %v", err, c.busy)
			}
		})
	}
}

// What change does with the bytes it was given is not taken for nothing.
func TestChangeInPlaceIsWritten(t *testing.T) {
	l := dynamotest.Open(t).Records(http.DefaultTransport)
	for _, text := range []string{"abc", "xyz"} {
		err := l.Change(t.Context(), note, func(old []byte) ([]byte, error) {
			if old == nil {
				return []byte(text), nil
			}
			copy(old, text)
			return old, nil
		})
		if got := document(t, l); err != nil || got != text {
			t.Errorf("%q, %v; want %q", got, err, text)
		}
	}
}

// A document named like a record's key is none of the records.
func TestDocumentsAreNoRecords(t *testing.T) {
	l := dynamotest.Open(t).Records(http.DefaultTransport)
	if _, err := l.Accept(t.Context(), acceptance(ann, "token")); err != nil {
		t.Fatal(err)
	}
	for _, of := range []string{"protest-day#ann", "protest-day"} {
		err := l.Change(t.Context(), ledger.DocumentName("ACTION", of), func([]byte) ([]byte, error) { return []byte("x"), nil })
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, ds, err := l.Find(t.Context(), ann); err != nil || len(ds) != 1 {
		t.Errorf("%d deliveries, %v", len(ds), err)
	}
	got, err := ledger.Recount(l.Walk(t.Context(), ""))
	if err != nil || got.Actions != 1 || len(got.Deliveries) != 1 {
		t.Errorf("%v, %v", got, err)
	}
}
