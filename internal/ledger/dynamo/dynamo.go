// Package dynamo is the ledger in two DynamoDB tables. The ledger table is backed up and kept for ever; the private table, which
// holds what is sealed until a letter has left, is never backed up. The key scheme stands in items.go.
//
// A write that changes a count is one transaction with it; one that does not, such as a claim, is a conditional update, at half the
// price and less. The tables' atomicity is all that is relied on: a record is never read before it is written, expiry does not need
// TTL, and what the index answers is a hint that the next write's condition checks. Documents alone are read, changed and put back,
// on condition of their version.
package dynamo

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"one-click-protest/internal/ledger"
)

// Ledger implements ledger.Ledger. Safe for parallel use.
type Ledger struct {
	client           *dynamodb.Client
	records, private *string
	pageSize         *int32 // nil: as much as goes into a page, 1 MB
	patience
}

var _ ledger.Ledger = (*Ledger)(nil)

// New answers the ledger in these two tables. It turns the client's own retries off: see patience.
func New(client *dynamodb.Client, ledgerTable, privateTable string) *Ledger {
	return &Ledger{
		client:  dynamodb.New(client.Options(), func(o *dynamodb.Options) { o.Retryer = aws.NopRetryer{} }),
		records: &ledgerTable,
		private: &privateTable,
		patience: patience{
			try:    2 * time.Second,
			least:  50 * time.Millisecond,
			margin: 100 * time.Millisecond,
			total:  10 * time.Second,
			base:   10 * time.Millisecond,
			most:   640 * time.Millisecond,
		},
	}
}

// Tables answers what creates the two tables; the private one also needs its time to live set to the attribute [TTL]. The
// deployment's template says the same, with backups, protection and encryption.
func Tables(ledgerTable, privateTable string) []*dynamodb.CreateTableInput {
	records := table(ledgerTable, pk, sk, "outbox", "due")
	records.GlobalSecondaryIndexes = []types.GlobalSecondaryIndex{{
		IndexName:  aws.String(OutboxIndex),
		KeySchema:  keySchema("outbox", "due"),
		Projection: &types.Projection{ProjectionType: types.ProjectionTypeKeysOnly},
	}}
	return []*dynamodb.CreateTableInput{records, table(privateTable, pk, sk)}
}

func table(name string, attributes ...string) *dynamodb.CreateTableInput {
	in := &dynamodb.CreateTableInput{TableName: &name, BillingMode: types.BillingModePayPerRequest, KeySchema: keySchema(pk, sk)}
	for _, a := range attributes {
		in.AttributeDefinitions = append(in.AttributeDefinitions, types.AttributeDefinition{
			AttributeName: aws.String(a), AttributeType: types.ScalarAttributeTypeS,
		})
	}
	return in
}

func keySchema(hash, sort string) []types.KeySchemaElement {
	return []types.KeySchemaElement{
		{AttributeName: &hash, KeyType: types.KeyTypeHash},
		{AttributeName: &sort, KeyType: types.KeyTypeRange},
	}
}
