package dynamotest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
)

// Meter is a wire that reckons the units of each call from the items before and after it. What DynamoDB Local says of them is not
// what DynamoDB says: of updates in transactions nothing, of an index in them double. It reckons GetItem, Query, PutItem, UpdateItem,
// DeleteItem and TransactWriteItems; all else it counts as free, which is true of DescribeTable but not of Scan. Of items that others
// write at the same time, counts and documents, it may see a neighbour's size: they stay within a step of a kilobyte.
type Meter struct {
	wire   http.RoundTripper
	charge func(Call, Units)
}

// NewMeter answers a meter on this wire, which tells charge of each call that was answered, even if in vain: that is paid for as well.
// Of calls made at the same time charge is told at the same time.
func NewMeter(wire http.RoundTripper, charge func(Call, Units)) *Meter { return &Meter{wire, charge} }

// Call is a call to DynamoDB, as far as it matters what it costs and what it is for.
type Call struct {
	Operation                 string `json:"-"`
	Write                            // PutItem, UpdateItem and DeleteItem; of GetItem too the table and key
	TransactItems             []struct{ Put, Update, Delete *Write }
	ExpressionAttributeValues Item
	ConsistentRead            bool
	IndexName                 string
}

// Write is one write of a call. Of an update, the item is not known before it is read.
type Write struct {
	TableName string
	Key, Item Item
}

// Names answers the key of the item that is written.
func (w Write) Names() Item {
	if w.Key != nil {
		return w.Key
	}
	return Item{"pk": w.Item["pk"], "sk": w.Item["sk"]}
}

// writes answers a call's writes, and how often each is charged.
func (c Call) writes() (ws []Write, times float64) {
	switch c.Operation {
	case "PutItem", "UpdateItem", "DeleteItem":
		return []Write{c.Write}, 1
	case "TransactWriteItems":
		for _, x := range c.TransactItems {
			for _, w := range []*Write{x.Put, x.Update, x.Delete} {
				if w != nil {
					ws = append(ws, *w)
				}
			}
		}
	}
	return ws, 2
}

// RoundTrip implements [http.RoundTripper].
func (m *Meter) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	var c Call
	if err := json.Unmarshal(body, &c); err != nil {
		return nil, err
	}
	_, c.Operation, _ = strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	response, u, err := m.metered(r, c, body)
	if err == nil {
		m.charge(c, u)
	}
	return response, err
}

func (m *Meter) metered(r *http.Request, c Call, body []byte) (_ *http.Response, u Units, err error) {
	ws, times := c.writes()
	before, err := m.stand(r, ws)
	if err != nil {
		return nil, u, err
	}
	response, answer, err := Ask(m.wire, r, c.Operation, body)
	if err != nil {
		return nil, u, err
	}
	after, err := m.stand(r, ws)
	if err != nil {
		return nil, u, err
	}
	for i := range ws {
		u = u.Plus(Units{Write: times * kilobytes(max(before[i].size(), after[i].size())), Index: moved(before[i], after[i])})
	}
	if c.Operation == "GetItem" || c.Operation == "Query" {
		u.Read, err = c.reads(answer)
	}
	return response, u, err
}

// stand reads the items that are written.
func (m *Meter) stand(r *http.Request, ws []Write) (its []Item, err error) {
	for _, w := range ws {
		body, err := json.Marshal(map[string]any{"TableName": w.TableName, "Key": w.Names(), "ConsistentRead": true})
		if err != nil {
			return nil, err
		}
		_, answer, err := Ask(m.wire, r, "GetItem", body)
		if err != nil {
			return nil, err
		}
		var out struct{ Item Item }
		if err := json.Unmarshal(answer, &out); err != nil {
			return nil, err
		}
		its = append(its, out.Item)
	}
	return its, nil
}

// Ask makes a call to the database that another request is for, which DynamoDB Local takes without a signature of its own. It answers
// the body as well, which can still be read of the response.
func Ask(wire http.RoundTripper, like *http.Request, operation string, body []byte) (*http.Response, []byte, error) {
	r := like.Clone(like.Context())
	r.Header.Set("X-Amz-Target", "DynamoDB_20120810."+operation)
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	response, err := wire.RoundTrip(r)
	if err != nil {
		return nil, nil, err
	}
	answer, err := io.ReadAll(response.Body)
	err = errors.Join(err, response.Body.Close())
	response.Body = io.NopCloser(bytes.NewReader(answer))
	return response, answer, err
}
