// Package dynamotest gives tests a fresh pair of tables in DynamoDB Local. It is for tests only.
package dynamotest

import (
	"context"
	"crypto/rand"
	"net/http"
	"os"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"one-click-protest/internal/ledger/dynamo"
)

// Region and Key are what all clients must use: DynamoDB Local keeps a database for each region and access key.
const (
	Region = "eu-central-1"
	Key    = "local"
)

// Local is one pair of tables.
type Local struct {
	URL             string // of DynamoDB Local
	Ledger, Private string // the tables' names
}

// Open makes the tables, which go with the test. Without DynamoDB Local (PROTEST_TEST_DYNAMODB is its URL) the test is skipped; in
// CI it fails, because there nobody would notice.
func Open(t testing.TB) Local {
	t.Helper()
	l := Local{URL: os.Getenv("PROTEST_TEST_DYNAMODB"), Ledger: "ledger-" + rand.Text(), Private: "private-" + rand.Text()}
	switch {
	case l.URL != "":
	case os.Getenv("CI") == "true":
		t.Fatal("PROTEST_TEST_DYNAMODB is not set: CI must run this on DynamoDB Local")
	default:
		t.Skip("needs DynamoDB Local: set PROTEST_TEST_DYNAMODB to its URL")
	}
	client := l.Client(http.DefaultTransport)
	for _, in := range dynamo.Tables(l.Ledger, l.Private) {
		if _, err := client.CreateTable(t.Context(), in); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { // they live in memory, and there are many
			if _, err := client.DeleteTable(context.Background(), &dynamodb.DeleteTableInput{TableName: in.TableName}); err != nil {
				t.Error(err)
			}
		})
	}
	return l
}

// Empty deletes every item, for another test to begin anew: new tables take ten times as long. DynamoDB still knows the request tokens of the
// last ten minutes.
func (l Local) Empty(t testing.TB) {
	t.Helper()
	client := l.Client(http.DefaultTransport)
	for _, table := range []string{l.Ledger, l.Private} {
		pages := dynamodb.NewScanPaginator(client, &dynamodb.ScanInput{TableName: &table, ProjectionExpression: aws.String("pk, sk")})
		for pages.HasMorePages() {
			page, err := pages.NextPage(context.Background()) // the test's context is over when it cleans up
			if err != nil {
				t.Fatal(err)
			}
			deleteAll(t, client, table, page.Items)
		}
	}
}

// batch is how many items one BatchWriteItem takes (API reference).
const batch = 25

func deleteAll(t testing.TB, client *dynamodb.Client, table string, keys []map[string]types.AttributeValue) {
	t.Helper()
	for some := range slices.Chunk(keys, batch) {
		var requests []types.WriteRequest
		for _, key := range some {
			requests = append(requests, types.WriteRequest{DeleteRequest: &types.DeleteRequest{Key: key}})
		}
		in := &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{table: requests}}
		if out, err := client.BatchWriteItem(context.Background(), in); err != nil || len(out.UnprocessedItems) > 0 {
			t.Fatalf("tables not emptied: %v", err)
		}
	}
}

// Client answers a client as a process of its own would have, over this wire.
func (l Local) Client(wire http.RoundTripper) *dynamodb.Client { return Client(l.URL, wire) }

// Client is the same for any endpoint.
func Client(url string, wire http.RoundTripper) *dynamodb.Client {
	return dynamodb.New(dynamodb.Options{
		Region:       Region,
		BaseEndpoint: aws.String(url),
		Credentials:  credentials.NewStaticCredentialsProvider(Key, Key, ""),
		HTTPClient:   &http.Client{Transport: wire},
	})
}

// Records answers the ledger in the tables.
func (l Local) Records(wire http.RoundTripper) *dynamo.Ledger {
	return dynamo.New(l.Client(wire), l.Ledger, l.Private)
}
