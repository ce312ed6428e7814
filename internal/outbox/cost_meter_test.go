package outbox_test

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"

	"one-click-protest/internal/ledger/dynamo/dynamotest"
)

// purpose is what a call is for, and how it is made.
type purpose struct{ part, operation string }

// charge is what calls cost.
type charge struct {
	calls int
	dynamotest.Units
}

// bill is what a stretch of calls costs.
type bill map[purpose]charge

func (b bill) sum() (total charge) {
	for _, c := range b {
		total.calls += c.calls
		total.Units = total.Plus(c.Units)
	}
	return total
}

// meter is a wire that keeps the bill of the calls made over it.
type meter struct {
	wire    http.RoundTripper
	metered *dynamotest.Meter // on the wire
	off     atomic.Bool       // nothing is reckoned, and so nothing asked besides

	mu   sync.Mutex
	bill bill
}

func newMeter() *meter {
	wire := http.DefaultTransport.(*http.Transport).Clone()
	wire.MaxIdleConnsPerHost = 32
	m := &meter{wire: wire, bill: bill{}}
	m.metered = dynamotest.NewMeter(wire, m.add)
	return m
}

// read answers the bill since the last reading, and begins a new one.
func (m *meter) read() bill {
	m.mu.Lock()
	defer m.mu.Unlock()
	b := m.bill
	m.bill = bill{}
	return b
}

func (m *meter) add(call dynamotest.Call, u dynamotest.Units) {
	m.mu.Lock()
	defer m.mu.Unlock()
	p := purpose{part(call), call.Operation}
	c := m.bill[p]
	m.bill[p] = charge{c.calls + 1, c.Plus(u)}
}

// RoundTrip implements [http.RoundTripper].
func (m *meter) RoundTrip(r *http.Request) (*http.Response, error) {
	if m.off.Load() {
		return m.wire.RoundTrip(r)
	}
	return m.metered.RoundTrip(r)
}

// part names what a call is for, by the key it names first.
func part(c dynamotest.Call) string {
	switch {
	case c.IndexName != "":
		return "due"
	case c.Operation == "DescribeTable":
		return "identity"
	case len(c.TransactItems) > 0 && c.TransactItems[0].Put != nil:
		return "accept"
	case len(c.TransactItems) > 0:
		return "settle"
	}
	pk := c.Names()["pk"].Text() + c.ExpressionAttributeValues[":pk"].Text()
	kind, of, _ := strings.Cut(pk, "#")
	switch kind {
	case "DOCUMENT":
		return document(of)
	case "ACTION":
		return ofAction(c)
	case "CONTROL":
		return "identity"
	}
	return strings.ToLower(kind)
}

func ofAction(c dynamotest.Call) string {
	switch {
	case c.Operation == "Query":
		return "find"
	case c.ExpressionAttributeValues[":until"] != nil:
		return "claim"
	}
	return "settle"
}

func document(name string) string {
	if name == "HEALTH#ACCOUNT" {
		return "account health"
	}
	kind, _, _ := strings.Cut(name, "#")
	return strings.ToLower(kind)
}
