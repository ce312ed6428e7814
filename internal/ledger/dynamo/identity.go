package dynamo

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"one-click-protest/internal/ledger"
)

// Adopted implements ledger.Identity: two calls, three the first time. A backup is restored into a new table, which has an id of its
// own (AWS documentation, "Restoring a table from a backup"), while the identity item in it still names the old one. What it
// cannot notice is items brought back into the same table by hand.
func (l *Ledger) Adopted(ctx context.Context, fingerprint string) error {
	table, err := l.tableID(ctx)
	if err != nil {
		return fmt.Errorf("adopted: %w", err)
	}
	it, err := l.get(ctx, l.records, identityKey())
	if err == nil && it == nil {
		it, err = l.adopt(ctx, table, fingerprint)
	}
	switch {
	case err != nil:
		return fmt.Errorf("adopted: %w", err)
	case str(it, "table") != table:
		return fmt.Errorf("adopted: %w: these records were written in another table", ledger.ErrNotAdopted)
	case str(it, "fingerprint") != fingerprint:
		return fmt.Errorf("adopted: %w: written under another secret", ledger.ErrNotAdopted)
	}
	return nil
}

// Adopt implements ledger.Identity: two calls.
func (l *Ledger) Adopt(ctx context.Context, fingerprint string) error {
	table, err := l.tableID(ctx)
	if err == nil {
		err = l.put(ctx, &dynamodb.PutItemInput{TableName: l.records, Item: identityItem(table, fingerprint)})
	}
	if err != nil {
		return fmt.Errorf("adopt: %w", err)
	}
	return nil
}

// adopt writes the identity, unless another process was faster, and answers the one that stands.
func (l *Ledger) adopt(ctx context.Context, table, fingerprint string) (item, error) {
	it := identityItem(table, fingerprint)
	old, err := l.putNew(ctx, l.records, it)
	if err != nil || old != nil {
		return old, err
	}
	return it, nil
}

func (l *Ledger) tableID(ctx context.Context) (id string, err error) {
	in := &dynamodb.DescribeTableInput{TableName: l.records}
	err = l.keepTrying(ctx, func(ctx context.Context) error {
		out, err := l.client.DescribeTable(ctx, in)
		if err == nil {
			id = identify(out.Table)
		}
		return err
	})
	return id, err
}

// identify answers a table's id. DynamoDB Local gives none: there it is the time of its creation.
func identify(t *types.TableDescription) string {
	if t.TableId != nil {
		return *t.TableId
	}
	return "created " + t.CreationDateTime.UTC().Format(time.RFC3339Nano)
}
