package dynamo_test

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync/atomic"
	"testing"

	"one-click-protest/internal/ledger"
	"one-click-protest/internal/ledger/dynamo/dynamotest"
	"one-click-protest/internal/ledger/ledgertest"
)

// TestMain makes rapid run fewer random workloads than it would, since each takes DynamoDB Local half a second. -rapid.checks on the
// command line counts.
func TestMain(m *testing.M) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "rapid.checks" })
	if !given {
		if err := flag.Set("rapid.checks", "6"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// TestContract hands tables on from case to case, emptied, since making new ones takes longer than most cases.
func TestContract(t *testing.T) {
	free := make(chan dynamotest.Local, 64)
	free <- dynamotest.Open(t) // skips the whole suite, not each case, where there is no DynamoDB Local
	var cases atomic.Int32
	ledgertest.Suite(t, func(c *testing.T) (one, other ledger.Ledger) {
		var tables dynamotest.Local
		select {
		case tables = <-free:
		default:
			tables = dynamotest.Open(t)
		}
		c.Cleanup(func() {
			tables.Empty(c)
			free <- tables
		})
		w := apart(fmt.Sprintf("%04d", cases.Add(1)))
		return tables.Records(w), tables.Records(w)
	})
}

// apart is the wire of one case. Cases use the same tokens again, and DynamoDB would take their transactions for repeats.
type apart string

func (a apart) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	const token = `"ClientRequestToken":"`
	if i := bytes.Index(body, []byte(token)); i >= 0 {
		copy(body[i+len(token):], a) // in the place of a part of it: the SDK's own tokens are as long as they may be
	}
	r = r.Clone(r.Context())
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return http.DefaultTransport.RoundTrip(r)
}
