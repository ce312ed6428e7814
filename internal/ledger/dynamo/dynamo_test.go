package dynamo_test

import (
	"flag"
	"net/http"
	"os"
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

func TestContract(t *testing.T) {
	dynamotest.Open(t) // skips the whole suite, not each case, where there is no DynamoDB Local
	ledgertest.Suite(t, func(t *testing.T) (one, other ledger.Ledger) {
		tables := dynamotest.Open(t)
		return tables.Records(http.DefaultTransport), tables.Records(http.DefaultTransport)
	})
}
