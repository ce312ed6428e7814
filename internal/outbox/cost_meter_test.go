package outbox_test

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
	"sync"
	"sync/atomic"
)

// Dollars for a unit on demand in us-east-1 ("Amazon DynamoDB pricing for on-demand capacity", since November 2024).
const perWrite, perRead = 0.625e-6, 0.125e-6

// units is what DynamoDB charges for: of writes a KB, those of the index apart, of strongly consistent reads four.
type units struct{ Write, Index, Read float64 }

func (u units) plus(v units) units {
	return units{u.Write + v.Write, u.Index + v.Index, u.Read + v.Read}
}

func (u units) dollars() float64 { return (u.Write+u.Index)*perWrite + u.Read*perRead }

// purpose is what a call is for, and how it is made.
type purpose struct{ part, operation string }

// charge is what calls cost.
type charge struct {
	calls int
	units
}

// bill is what a stretch of calls costs.
type bill map[purpose]charge

func (b bill) sum() (total charge) {
	for _, c := range b {
		total.calls += c.calls
		total.units = total.plus(c.units)
	}
	return total
}

// meter is a wire that reckons the units of each request from the items before and after it, as the one of package dynamo's tests
// does, and besides what each is for. Of items that others write at the same time, counts and documents, it may see a neighbour's
// size: they stay within a step of a kilobyte. The rules: DynamoDB developer guide, "DynamoDB item sizes and formats",
// "Capacity unit consumption for write operations", "Managing transactional workflows" (twice the units), "Using global secondary
// indexes" (a key that comes or goes is one write, one that moves two; transactions do not double them).
type meter struct {
	wire http.RoundTripper
	off  atomic.Bool // nothing is reckoned, and so nothing asked besides

	mu   sync.Mutex
	bill bill
}

func newMeter() *meter {
	wire := http.DefaultTransport.(*http.Transport).Clone()
	wire.MaxIdleConnsPerHost = 32
	return &meter{wire: wire, bill: bill{}}
}

// read answers the bill since the last reading, and begins a new one.
func (m *meter) read() bill {
	m.mu.Lock()
	defer m.mu.Unlock()
	b := m.bill
	m.bill = bill{}
	return b
}

func (m *meter) add(p purpose, u units) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := m.bill[p]
	m.bill[p] = charge{c.calls + 1, c.plus(u)}
}

// RoundTrip implements [http.RoundTripper].
func (m *meter) RoundTrip(r *http.Request) (*http.Response, error) {
	if m.off.Load() {
		return m.wire.RoundTrip(r)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	var in request
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, err
	}
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	response, u, err := m.metered(r, in, operation, body)
	if err == nil {
		m.add(purpose{in.part(operation), operation}, u)
	}
	return response, err
}

func (m *meter) metered(r *http.Request, in request, operation string, body []byte) (_ *http.Response, u units, err error) {
	ws, times := in.writes(operation)
	before, err := m.stand(r, ws)
	if err != nil {
		return nil, u, err
	}
	response, answer, err := ask(m.wire, r, operation, body)
	if err != nil {
		return nil, u, err
	}
	after, err := m.stand(r, ws)
	if err != nil {
		return nil, u, err
	}
	for i := range ws {
		u = u.plus(units{Write: times * kilobytes(max(before[i].size(), after[i].size())), Index: moved(before[i], after[i])})
	}
	if operation == "GetItem" || operation == "Query" {
		u.Read, err = in.reads(answer)
	}
	return response, u, err
}

// stand reads the items that are written.
func (m *meter) stand(r *http.Request, ws []written) (its []stored, err error) {
	for _, w := range ws {
		body, err := json.Marshal(map[string]any{"TableName": w.TableName, "Key": w.key(), "ConsistentRead": true})
		if err != nil {
			return nil, err
		}
		_, answer, err := ask(m.wire, r, "GetItem", body)
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

// ask makes a request to the database of another one, which DynamoDB Local takes without a signature of its own.
func ask(wire http.RoundTripper, like *http.Request, operation string, body []byte) (*http.Response, []byte, error) {
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

// attribute is a value as it is on the wire: its type and itself.
type attribute map[string]any

func (v attribute) text() string {
	s, _ := v["S"].(string)
	return s
}

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
	TransactItems             []struct{ Put, Update, Delete *written }
	ExpressionAttributeValues stored
	ConsistentRead            bool
	IndexName                 string
}

// part names what a request is for, by the key it names first.
func (r request) part(operation string) string {
	switch {
	case r.IndexName != "":
		return "due"
	case operation == "DescribeTable":
		return "identity"
	case len(r.TransactItems) > 0 && r.TransactItems[0].Put != nil:
		return "accept"
	case len(r.TransactItems) > 0:
		return "settle"
	}
	pk := r.key()["pk"].text() + r.ExpressionAttributeValues[":pk"].text()
	kind, of, _ := strings.Cut(pk, "#")
	switch kind {
	case "DOCUMENT":
		return document(of)
	case "ACTION":
		return r.action(operation)
	case "CONTROL":
		return "identity"
	}
	return strings.ToLower(kind)
}

func (r request) action(operation string) string {
	switch {
	case operation == "Query":
		return "find"
	case r.ExpressionAttributeValues[":until"] != nil:
		return "claim"
	}
	return "settle"
}

func document(name string) string {
	if name == "HEALTH#ACCOUNT" {
		return "account health"
	}
	kind, _, _ := strings.Cut(name, "#")
	return strings.ToLower(kind)
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

// reads answers what a GetItem or Query read; of nothing as much as of one small item.
func (r request) reads(answer []byte) (float64, error) {
	var out struct {
		Item  stored
		Items []stored
	}
	if err := json.Unmarshal(answer, &out); err != nil {
		return 0, err
	}
	size := out.Item.size()
	for _, it := range out.Items {
		size += it.size()
	}
	n := math.Ceil(max(float64(size), 1) / 4096)
	if !r.ConsistentRead || r.IndexName != "" {
		n /= 2
	}
	return n, nil
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
