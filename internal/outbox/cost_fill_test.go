package outbox_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"one-click-protest/internal/ledger/dynamo/dynamotest"
)

// lorry is a wire that takes what transactions write, answers that it is written, and brings it all to the database together: the very
// items that submissions write, in a small part of the time.
type lorry struct {
	wire http.RoundTripper

	mu     sync.Mutex
	like   *http.Request // any, for its headers
	puts   []loaded
	counts map[string]*added // by key
}

// loaded is an item to put.
type loaded struct {
	table string
	item  json.RawMessage
}

// added is what is added to one tally item.
type added struct {
	TableName string
	Key       dynamotest.Item
	sums      map[string]int64
}

// transacted is one part of a transaction of [ledger.Records.Accept].
type transacted struct {
	Put *struct {
		TableName string
		Item      json.RawMessage
	}
	Update *struct {
		TableName                 string
		Key                       dynamotest.Item
		ExpressionAttributeNames  map[string]string
		ExpressionAttributeValues dynamotest.Item
	}
}

// RoundTrip implements [http.RoundTripper].
func (l *lorry) RoundTrip(r *http.Request) (*http.Response, error) {
	if !strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".TransactWriteItems") {
		return l.wire.RoundTrip(r)
	}
	var in struct{ TransactItems []transacted }
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.like = r.WithContext(context.WithoutCancel(r.Context())) // the SDK cancels it when it has its answer
	for _, x := range in.TransactItems {
		if err := l.load(x); err != nil {
			return nil, err
		}
	}
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}},
		Body: io.NopCloser(bytes.NewReader([]byte("{}"))), Request: r,
	}, nil
}

func (l *lorry) load(x transacted) error {
	if x.Put != nil {
		l.puts = append(l.puts, loaded{x.Put.TableName, x.Put.Item})
		return nil
	}
	u := x.Update
	key := u.Key["pk"].Text() + " " + u.Key["sk"].Text()
	if l.counts[key] == nil {
		if l.counts == nil {
			l.counts = map[string]*added{}
		}
		l.counts[key] = &added{u.TableName, u.Key, map[string]int64{}}
	}
	for n, name := range u.ExpressionAttributeNames {
		text, _ := u.ExpressionAttributeValues[":v"+strings.TrimPrefix(n, "#n")]["N"].(string)
		by, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return err
		}
		l.counts[key].sums[name] += by
	}
	return nil
}

// batch is how many items one BatchWriteItem takes (DynamoDB API reference).
const batch = 25

// unload brings all to the database.
func (l *lorry) unload(tb testing.TB) {
	tb.Helper()
	batches := make(chan []loaded)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for b := range batches {
				if err := l.write(b); err != nil {
					tb.Error(err)
				}
			}
		})
	}
	for b := range slices.Chunk(l.puts, batch) {
		batches <- b
	}
	close(batches)
	group.Wait()
	for _, a := range l.counts {
		if err := l.count(a); err != nil {
			tb.Fatal(err)
		}
	}
	l.puts, l.counts = nil, nil
}

func (l *lorry) write(b []loaded) error {
	type put struct {
		PutRequest struct{ Item json.RawMessage }
	}
	in := map[string][]put{}
	for _, x := range b {
		p := put{}
		p.PutRequest.Item = x.item
		in[x.table] = append(in[x.table], p)
	}
	var out struct{ UnprocessedItems map[string]any }
	err := l.do("BatchWriteItem", map[string]any{"RequestItems": in}, &out)
	if err == nil && len(out.UnprocessedItems) > 0 {
		err = fmt.Errorf("%d tables' items unprocessed", len(out.UnprocessedItems))
	}
	return err
}

func (l *lorry) count(a *added) error {
	names, values, adds := map[string]string{}, dynamotest.Item{}, []string(nil)
	for name, n := range a.sums {
		i := strconv.Itoa(len(adds))
		names["#n"+i], values[":v"+i] = name, dynamotest.Attribute{"N": strconv.FormatInt(n, 10)}
		adds = append(adds, "#n"+i+" :v"+i)
	}
	return l.do("UpdateItem", map[string]any{
		"TableName": a.TableName, "Key": a.Key, "UpdateExpression": "ADD " + strings.Join(adds, ", "),
		"ExpressionAttributeNames": names, "ExpressionAttributeValues": values,
	}, &struct{}{})
}

func (l *lorry) do(operation string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	response, answer, err := dynamotest.Ask(l.wire, l.like, operation, body)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", operation, answer)
	}
	return json.Unmarshal(answer, out)
}
