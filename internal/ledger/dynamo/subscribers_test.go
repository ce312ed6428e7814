package dynamo_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"one-click-protest/internal/ledger"
	"one-click-protest/internal/ledger/dynamo/dynamotest"
)

// numbered answers so many ids of subscribers.
func numbered(n int) (ids []string) {
	for i := range n {
		ids = append(ids, fmt.Sprintf("ID-%03d", i))
	}
	return ids
}

// Where many have expired, as many pages are read as are needed, and no more.
func TestSubscribersBehindExpiredOnes(t *testing.T) {
	w := &wire{then: pass}
	l := dynamotest.Open(t).Records(w)
	for i, id := range numbered(12) {
		a := asking(acceptance(ledger.Key{Campaign: "protest-day", Signer: id}, "token"), id)
		if i%4 != 0 {
			a.Subscriber.Expires = noon
		}
		if _, err := l.Accept(t.Context(), a); err != nil {
			t.Fatal(err)
		}
	}
	for n, c := range map[int]struct {
		calls int
		want  []string
	}{
		1: {1, []string{"ID-000"}},
		2: {3, []string{"ID-000", "ID-004"}},
		9: {2, []string{"ID-000", "ID-004", "ID-008"}},
	} {
		w.calls()
		ss, err := l.Subscribers(t.Context(), "protest-day", "union", "", noon, n)
		var got []string
		for _, s := range ss {
			got = append(got, s.ID)
		}
		if calls := w.calls(); err != nil || !slices.Equal(got, c.want) || calls != c.calls {
			t.Errorf("%d: %v, %v, in %d calls", n, got, err, calls)
		}
	}
}

// leaves answers a batch with what was left of it.
func leaves(ids ...string) fault {
	var left []string
	for _, id := range ids {
		left = append(left, `{"DeleteRequest":{"Key":{"pk":{"S":"SUBSCRIBER#protest-day#union"},"sk":{"S":"`+id+`"}}}}`)
	}
	return func(r *http.Request) (*http.Response, error) {
		return reply(r, 200, `{"UnprocessedItems":{"the-private":[`+strings.Join(left, ",")+`]}}`), nil
	}
}

// What DynamoDB has left of a batch, and that alone, is asked for again until nothing is left.
func TestUnsubscribeWhatWasLeft(t *testing.T) {
	w := &wire{faults: []fault{leaves("ID-001", "ID-002"), leaves("ID-002")}}
	if err := stubbed(w).Unsubscribe(t.Context(), "protest-day", "union", numbered(3)); err != nil {
		t.Error(err)
	}
	for i, want := range [][]string{{"ID-000", "ID-001", "ID-002"}, {"ID-001", "ID-002"}, {"ID-002"}} {
		if i >= len(w.bodies) {
			t.Fatalf("%d calls", len(w.bodies))
		}
		for _, id := range numbered(3) {
			if strings.Contains(w.bodies[i], id) != slices.Contains(want, id) {
				t.Errorf("the call %d: %s", i, w.bodies[i])
			}
		}
	}
	if n := w.calls(); n != 3 {
		t.Errorf("%d calls", n)
	}
}

// ErrBusy says that nothing was written: not after a batch, or a part of one.
func TestUnsubscribeIsBusyOnlyBeforeItBegan(t *testing.T) {
	throttled := refusals["over throughput"]
	for name, c := range map[string]struct {
		first fault
		busy  bool
	}{
		"nothing done":              {throttled, true},
		"a batch done":              {pass, false},
		"a part of the first":       {leaves("ID-000"), false},
		"the answer of one is lost": {lostBefore, false},
	} {
		bubble(t, name, func(t *testing.T) {
			w := &wire{faults: []fault{c.first}, then: throttled}
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			err := stubbed(w).Unsubscribe(ctx, "protest-day", "union", numbered(30))
			if err == nil || errors.Is(err, ledger.ErrBusy) != c.busy {
				t.Errorf("%v; busy wanted: %v", err, c.busy)
			}
		})
	}
}
