package dynamo_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"math"
	"net/http"
	"strconv"
	"strings"
)

// units is what DynamoDB charges for: of writes a KB, those of the index apart, of strongly consistent reads four.
type units struct{ Write, Index, Read float64 }

func (u units) plus(v units) units {
	return units{u.Write + v.Write, u.Index + v.Index, u.Read + v.Read}
}

// meter is a wire that reckons the units of each request from the items before and after it. What DynamoDB Local says of them is not
// what DynamoDB says: of updates in transactions nothing, of an index in them double. The rules: Developer Guide, "DynamoDB item sizes
// and formats", "Capacity unit consumption for write operations", "Managing transactional workflows" (twice the units), "Using
// global secondary indexes" (a key that comes or goes is one write, one that moves two). That a transaction does not double what the
// index costs was measured in the project dynoxide (nubo-db/dynoxide, pull request 188).
type meter struct{ units units }

// attribute is a value as it is on the wire: its type and itself.
type attribute map[string]any

// stored is an item, or its key.
type stored map[string]attribute

// written is one write of a request. Of an update, the item is not known before it is read.
type written struct {
	TableName string
	Key, Item stored
}

func (w written) key() stored {
	if w.Key != nil {
		return w.Key
	}
	return stored{"pk": w.Item["pk"], "sk": w.Item["sk"]}
}

// request is what the meter needs of any request.
type request struct {
	written
	TransactItems  []struct{ Put, Update, Delete *written }
	ConsistentRead bool
	IndexName      string
}

// writes answers a request's writes, and how often each is charged.
func (r request) writes(operation string) (ws []written, times float64) {
	switch operation {
	case "PutItem", "UpdateItem", "DeleteItem":
		return []written{r.written}, 1
	case "TransactWriteItems":
		for _, x := range r.TransactItems {
			for _, w := range []*written{x.Put, x.Update, x.Delete} {
				if w != nil {
					ws = append(ws, *w)
				}
			}
		}
	}
	return ws, 2
}

func (m *meter) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	var in request
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, err
	}
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	ws, times := in.writes(operation)
	before, err := m.stand(r, ws)
	if err != nil {
		return nil, err
	}
	response, answer, err := ask(r, operation, body)
	if err != nil {
		return nil, err
	}
	after, err := m.stand(r, ws)
	if err != nil {
		return nil, err
	}
	for i := range ws {
		m.units = m.units.plus(units{Write: times * kilobytes(max(before[i].size(), after[i].size())), Index: moved(before[i], after[i])})
	}
	if len(ws) == 0 {
		err = m.read(in, answer)
	}
	return response, err
}

// stand reads the items that are written.
func (m *meter) stand(r *http.Request, ws []written) (its []stored, err error) {
	for _, w := range ws {
		body, err := json.Marshal(map[string]any{"TableName": w.TableName, "Key": w.key(), "ConsistentRead": true})
		if err != nil {
			return nil, err
		}
		_, answer, err := ask(r, "GetItem", body)
		if err != nil {
			return nil, err
		}
		var out struct{ Item stored }
		if err := json.Unmarshal(answer, &out); err != nil {
			return nil, err
		}
		its = append(its, out.Item)
	}
	return its, nil
}

// read adds what a GetItem or Query read; of nothing as much as of one small item.
func (m *meter) read(in request, answer []byte) error {
	var out struct {
		Item  stored
		Items []stored
	}
	if err := json.Unmarshal(answer, &out); err != nil {
		return err
	}
	size := out.Item.size()
	for _, it := range out.Items {
		size += it.size()
	}
	n := math.Ceil(max(float64(size), 1) / 4096)
	if !in.ConsistentRead || in.IndexName != "" {
		n /= 2
	}
	m.units.Read += n
	return nil
}

// ask makes a request to the database of another one.
func ask(like *http.Request, operation string, body []byte) (*http.Response, []byte, error) {
	r := like.Clone(like.Context())
	r.Header.Set("X-Amz-Target", "DynamoDB_20120810."+operation)
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, nil, err
	}
	answer, err := io.ReadAll(response.Body)
	err = errors.Join(err, response.Body.Close())
	response.Body = io.NopCloser(bytes.NewReader(answer))
	return response, answer, err
}

func kilobytes(size int) float64 { return math.Ceil(max(float64(size), 1) / 1024) }

// moved is what a write costs in the index outbox, whose items hold no more than the keys.
func moved(before, after stored) float64 {
	b, a := before.indexed(), after.indexed()
	if maps.EqualFunc(b, a, func(x, y attribute) bool { return maps.Equal(x, y) }) {
		return 0
	}
	n := 0.0
	for _, it := range []stored{b, a} {
		if it != nil {
			n += kilobytes(it.size())
		}
	}
	return n
}

// indexed answers an item's attributes in the index, nil for one that is not in it.
func (it stored) indexed() stored {
	if it["outbox"] == nil || it["due"] == nil {
		return nil
	}
	return stored{"pk": it["pk"], "sk": it["sk"], "outbox": it["outbox"], "due": it["due"]}
}

func (it stored) size() (n int) {
	for name, v := range it {
		n += len(name) + v.size()
	}
	return n
}

func (v attribute) size() int {
	for kind, x := range v {
		switch text, _ := x.(string); kind {
		case "S":
			return len(text)
		case "B":
			return base64.StdEncoding.DecodedLen(len(text))
		case "N":
			digits := len(strings.Trim(text, "-0."))
			if _, err := strconv.ParseFloat(text, 64); err == nil {
				return (digits+1)/2 + 1
			}
		}
	}
	return 1
}
