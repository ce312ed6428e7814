package action_test

import (
	"fmt"
	"sync/atomic"
	"testing"
)

// BenchmarkSubmit is everything but the ledger and the wire: checks, letter, seal.
func BenchmarkSubmit(b *testing.B) {
	h := open(b, oneClick)
	var n atomic.Int64
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			sub := ann()
			sub.Email = fmt.Sprintf("signer%d@example.com", n.Add(1))
			if _, err := h.Submit(b.Context(), slug, sub); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "submissions/s")
}
