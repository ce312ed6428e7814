package dynamotest

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"math"
	"strconv"
	"strings"
)

// Units are what DynamoDB charges for: of writes a KB, those of the index apart, of strongly consistent reads four. The rules:
// Developer Guide, "DynamoDB item sizes and formats", "Capacity unit consumption for write operations", "Managing transactional
// workflows" (twice the units), "Using global secondary indexes" (a key that comes or goes is one write, one that moves two). That a
// transaction does not double what the index costs was measured in the project dynoxide (nubo-db/dynoxide, pull request 188).
type Units struct{ Write, Index, Read float64 }

// Plus answers the sum.
func (u Units) Plus(v Units) Units {
	return Units{u.Write + v.Write, u.Index + v.Index, u.Read + v.Read}
}

// Dollars for a unit on demand in us-east-1 ("Amazon DynamoDB pricing for on-demand capacity", since November 2024).
const perWrite, perRead = 0.625e-6, 0.125e-6

// Dollars answers what the units cost on demand in us-east-1.
func (u Units) Dollars() float64 { return (u.Write+u.Index)*perWrite + u.Read*perRead }

// Item is a stored item, or its key, as it is on the wire.
type Item map[string]Attribute

// Attribute is a value as it is on the wire: its type and itself.
type Attribute map[string]any

// Text answers a string, of anything else "".
func (v Attribute) Text() string {
	s, _ := v["S"].(string)
	return s
}

// reads answers what a GetItem or Query read; of nothing as much as of one small item.
func (c Call) reads(answer []byte) (float64, error) {
	var out struct {
		Item  Item
		Items []Item
	}
	if err := json.Unmarshal(answer, &out); err != nil {
		return 0, err
	}
	size := out.Item.size()
	for _, it := range out.Items {
		size += it.size()
	}
	n := math.Ceil(max(float64(size), 1) / 4096)
	if !c.ConsistentRead || c.IndexName != "" {
		n /= 2
	}
	return n, nil
}

func kilobytes(size int) float64 { return math.Ceil(max(float64(size), 1) / 1024) }

// moved is what a write costs in the index outbox, whose items hold no more than the keys.
func moved(before, after Item) float64 {
	b, a := before.indexed(), after.indexed()
	if maps.EqualFunc(b, a, func(x, y Attribute) bool { return maps.Equal(x, y) }) {
		return 0
	}
	n := 0.0
	for _, it := range []Item{b, a} {
		if it != nil {
			n += kilobytes(it.size())
		}
	}
	return n
}

// indexed answers an item's attributes in the index, nil for one that is not in it.
func (it Item) indexed() Item {
	if it["outbox"] == nil || it["due"] == nil {
		return nil
	}
	return Item{"pk": it["pk"], "sk": it["sk"], "outbox": it["outbox"], "due": it["due"]}
}

func (it Item) size() (n int) {
	for name, v := range it {
		n += len(name) + v.size()
	}
	return n
}

func (v Attribute) size() int {
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
