package stacktest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// Faults stands between the functions and DynamoDB and does to their calls what a network and a busy service do.
type Faults struct {
	URL string

	to    string
	odds  atomic.Int64 // of 1,000 calls so many go wrong
	count [kinds]atomic.Int64
}

// The ways in which a call goes wrong.
const (
	throttled = iota // refused: too much for the table
	conflict         // a transaction refused: another one touched the same item
	shut             // the connection ends before the call reaches DynamoDB
	lost             // the call takes effect, and the connection ends before its answer
	slow             // the answer comes late
	kinds
)

// NewFaults starts a proxy in front of DynamoDB that lets all calls pass until told otherwise.
func NewFaults(t testing.TB, dynamoDB string) *Faults {
	f := &Faults{to: dynamoDB}
	s := httptest.NewServer(f)
	t.Cleanup(s.Close)
	f.URL = s.URL
	return f
}

// Odds sets how many of 1,000 calls go wrong.
func (f *Faults) Odds(of1000 int) { f.odds.Store(int64(of1000)) }

// String says what went wrong so far.
func (f *Faults) String() string {
	return fmt.Sprintf("%d throttled, %d conflicts, %d cut off before and %d after their effect, %d slow",
		f.count[throttled].Load(), f.count[conflict].Load(), f.count[shut].Load(), f.count[lost].Load(), f.count[slow].Load())
}

// ServeHTTP implements http.Handler.
func (f *Faults) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	kind := kinds
	if rand.Int64N(1000) < f.odds.Load() {
		kind = rand.N(kinds)
		f.count[kind].Add(1)
	}
	transaction := strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".TransactWriteItems")
	switch {
	case kind == conflict && transaction:
		f.refuse(w, cancelled(body))
		return
	case kind == throttled, kind == conflict:
		f.refuse(w, map[string]any{"__type": "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException", "message": "too much"})
		return
	case kind == shut:
		panic(http.ErrAbortHandler)
	case kind == slow:
		time.Sleep(rand.N(200 * time.Millisecond))
	}
	f.forward(w, r, body, kind == lost)
}

// cancelled is how DynamoDB answers a transaction of which one part met another transaction.
func cancelled(body []byte) map[string]any {
	var in struct{ TransactItems []json.RawMessage }
	_ = json.Unmarshal(body, &in)
	reasons := make([]map[string]string, len(in.TransactItems))
	for i := range reasons {
		reasons[i] = map[string]string{"Code": "None"}
	}
	if len(reasons) > 0 {
		reasons[rand.N(len(reasons))] = map[string]string{"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"}
	}
	return map[string]any{
		"__type":              "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
		"Message":             "Transaction cancelled, please refer cancellation reasons for specific reasons",
		"CancellationReasons": reasons,
	}
}

func (f *Faults) refuse(w http.ResponseWriter, answer map[string]any) {
	text, _ := json.Marshal(answer)
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	w.Header().Set("X-Amz-Crc32", fmt.Sprint(crc32.ChecksumIEEE(text)))
	w.WriteHeader(http.StatusBadRequest)
	_, _ = w.Write(text)
}

func (f *Faults) forward(w http.ResponseWriter, r *http.Request, body []byte, lose bool) {
	out, err := http.NewRequestWithContext(r.Context(), r.Method, f.to+r.URL.Path, bytes.NewReader(body))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	out.Header = r.Header.Clone()
	answer, err := http.DefaultClient.Do(out)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil || lose {
		panic(http.ErrAbortHandler)
	}
	for name, values := range answer.Header {
		w.Header()[name] = values
	}
	w.WriteHeader(answer.StatusCode)
	_, _ = w.Write(text)
}
