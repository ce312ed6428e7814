package dynamo

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"one-click-protest/internal/ledger"
)

// Document implements ledger.Documents: one call.
func (l *Ledger) Document(ctx context.Context, name string) ([]byte, error) {
	if err := ledger.CheckDocument(name); err != nil {
		return nil, err
	}
	it, err := l.get(ctx, l.records, documentKey(name))
	if err != nil {
		return nil, fmt.Errorf("document: %w", err)
	}
	return box(it, "text"), nil
}

// Change implements ledger.Documents: two calls, and one more for each time that another was faster. Has another write followed one of
// ours whose answer was lost, change is called once more, with what it made and the other made of it.
func (l *Ledger) Change(ctx context.Context, name string, change func(old []byte) ([]byte, error)) error {
	if err := ledger.CheckDocument(name); err != nil {
		return err
	}
	if err := l.compareAndSet(ctx, documentKey(name), change); err != nil {
		return fmt.Errorf("change document: %w", err)
	}
	return nil
}

// contended bounds the pauses of those that others were faster than: each of their writes is over, there is nothing to relieve.
const contended = 4

// errLost stands for ErrBusy where a write of ours may be among those that others' writes followed.
var errLost = errors.New("document changed by others since a write whose answer was lost")

func (l *Ledger) compareAndSet(ctx context.Context, key item, change func(old []byte) ([]byte, error)) error {
	ctx, cancel := l.limited(ctx)
	defer cancel()
	old, err := l.get(ctx, l.records, key)
	if err != nil {
		return err
	}
	lost := false
	for n := 0; ; n++ { // when time is up, the next call answers ErrBusy
		text, err := change(bytes.Clone(box(old, "text")))
		if err != nil || bytes.Equal(text, box(old, "text")) {
			return err
		}
		r, err := l.replace(ctx, key, old, text)
		switch {
		case errors.Is(err, ledger.ErrBusy) && lost:
			return errLost
		case err != nil || r.done:
			return err
		}
		old, lost = r.stands, lost || r.lost
		l.pause(ctx, min(n, contended))
	}
}

// replaced is how a replace ended: done, or another document stood there.
type replaced struct {
	done   bool
	stands item
	lost   bool // it may have been done all the same: since then more than one write was
}

// replace puts a document's next version, if the old one, nil for none, still stands. Does one stand there with the token of this very
// write, it was done and its answer lost.
func (l *Ledger) replace(ctx context.Context, key, old item, text []byte) (replaced, error) {
	token, version := rand.Text(), integer(old, "version")
	in := &dynamodb.PutItemInput{
		TableName: l.records, Item: documentItem(key, text, version+1, token), ConditionExpression: aws.String("attribute_not_exists(pk)"),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}
	if old != nil {
		in.ConditionExpression, in.ExpressionAttributeValues = aws.String("version = :version"), item{":version": number(version)}
	}
	maybe := false
	err := l.keepTrying(ctx, func(ctx context.Context) error {
		_, err := l.client.PutItem(ctx, in)
		maybe = maybe || effectOf(err) == unclear
		return err
	})
	if stands, ok := failedCondition(err, 0); ok {
		return replaced{str(stands, "token") == token, stands, maybe && integer(stands, "version") > version+1}, nil
	}
	return replaced{done: err == nil}, err
}
