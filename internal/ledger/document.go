package ledger

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// change is [Documents.Change] of a document in JSON.
func change[T any](ctx context.Context, docs Documents, name string, f func(*T)) error {
	return docs.Change(ctx, name, func(old []byte) ([]byte, error) {
		v, err := decode[T](name, old)
		if err != nil {
			return nil, err
		}
		before, err := json.Marshal(v)
		if err != nil {
			return nil, fmt.Errorf("document %s: %w", name, err)
		}
		f(&v)
		after, err := json.Marshal(v)
		if err != nil {
			return nil, fmt.Errorf("document %s: %w", name, err)
		}
		if bytes.Equal(before, after) {
			return old, nil // also where an older program wrote the same in other bytes
		}
		return after, nil
	})
}

func read[T any](ctx context.Context, docs Documents, name string) (v T, err error) {
	text, err := docs.Document(ctx, name)
	if err != nil {
		return v, err
	}
	return decode[T](name, text)
}

func decode[T any](name string, text []byte) (v T, err error) {
	if len(text) == 0 {
		return v, nil
	}
	if err := json.Unmarshal(text, &v); err != nil {
		return v, fmt.Errorf("document %s: %w", name, err)
	}
	return v, nil
}

// tokenSize is how long a short token is: 30 bits, enough to tell apart a hundred.
const tokenSize = 5

func shortToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:])[:tokenSize]
}

// knows says whether a text of short tokens has this one.
func knows(seen, short string) bool {
	for token := range slices.Chunk([]byte(seen), tokenSize) {
		if string(token) == short {
			return true
		}
	}
	return false
}

// remember appends a short token and drops the oldest beyond so many.
func remember(seen, short string, most int) string {
	seen += short
	return strings.Clone(seen[max(0, len(seen)-most*tokenSize):])
}
