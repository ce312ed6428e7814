package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"one-click-protest/infra"
	"one-click-protest/internal/campaign"
	"one-click-protest/internal/web"
)

func benchmark(b *testing.B, status int, request func(i int) *http.Request) {
	h := open(b, func(c *web.Config) { c.Campaigns = campaign.Open(infra.Files) })
	h.ServeHTTP(httptest.NewRecorder(), get("/c/protest-day-2007")) // loads the campaign
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		i++
		w := httptest.NewRecorder()
		h.ServeHTTP(w, request(i))
		if w.Code != status {
			b.Fatalf("status %d: %s", w.Code, w.Body)
		}
	}
}

func BenchmarkForm(b *testing.B) {
	benchmark(b, 200, func(int) *http.Request { return get("/c/protest-day-2007?country=US") })
}

// What a widget asks for when a page opens, and while somebody types.
func BenchmarkFragment(b *testing.B) {
	benchmark(b, 200, func(int) *http.Request { return get("/v1/campaigns/protest-day-2007/form?language=de") })
}

func BenchmarkLive(b *testing.B) {
	benchmark(b, 200, func(int) *http.Request {
		return submit("/v1/campaigns/protest-day-2007/form?language=de", "do", "live", "name", "Ann Lee", "country", "KR")
	})
}

func BenchmarkAction(b *testing.B) {
	const body = `{"name":"Ann Lee","email":"ann.lee%d@example.com","country":"US","consent":"2007-11-01"}`
	benchmark(b, 202, func(i int) *http.Request {
		return post("/v1/campaigns/protest-day-2007/actions", fmt.Sprintf(body, i))
	})
}

func BenchmarkRepeat(b *testing.B) {
	const body = `{"name":"Ann Lee","email":"ann.lee@example.com","country":"US","consent":"2007-11-01"}`
	benchmark(b, 202, func(int) *http.Request { return post("/v1/campaigns/protest-day-2007/actions", body) })
}
