package dynamo_test

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"one-click-protest/internal/ledger"
	"one-click-protest/internal/ledger/dynamo"
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
	at := endpoint(t)
	ledgertest.Suite(t, func(t *testing.T) (one, other ledger.Ledger) {
		tables := newTables(t, at)
		return tables.open(http.DefaultTransport), tables.open(http.DefaultTransport)
	})
}

// endpoint answers where DynamoDB Local listens.
func endpoint(t testing.TB) string {
	t.Helper()
	at := os.Getenv("PROTEST_TEST_DYNAMODB")
	switch {
	case at != "":
	case os.Getenv("CI") == "true":
		t.Fatal("PROTEST_TEST_DYNAMODB is not set: CI must run this on DynamoDB Local")
	default:
		t.Skip("PROTEST_TEST_DYNAMODB is not set: not run on DynamoDB Local")
	}
	return at
}

// tables is one pair of tables.
type tables struct {
	at, records, private string
}

var pairs atomic.Int64

func newTables(t testing.TB, at string) tables {
	t.Helper()
	name := fmt.Sprintf("t%d-%d", time.Now().UnixNano(), pairs.Add(1))
	x := tables{at, name + "-ledger", name + "-private"}
	client := clientOf(at, http.DefaultTransport)
	for _, in := range dynamo.Tables(x.records, x.private) {
		if _, err := client.CreateTable(t.Context(), in); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { // they live in memory, and there are many
			if _, err := client.DeleteTable(context.Background(), &dynamodb.DeleteTableInput{TableName: in.TableName}); err != nil {
				t.Error(err)
			}
		})
	}
	return x
}

// open opens the ledger as a process of its own would, over this wire.
func (x tables) open(wire http.RoundTripper) *dynamo.Ledger {
	return dynamo.New(clientOf(x.at, wire), x.records, x.private)
}

func clientOf(at string, wire http.RoundTripper) *dynamodb.Client {
	return dynamodb.New(dynamodb.Options{
		Region:       "eu-central-1",
		BaseEndpoint: aws.String(at),
		Credentials:  credentials.NewStaticCredentialsProvider("local", "local", ""),
		HTTPClient:   &http.Client{Transport: wire},
	})
}
