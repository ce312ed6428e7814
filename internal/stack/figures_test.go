package stack_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path"
	"slices"
	"testing"
	"time"

	"one-click-protest/internal/lambdahttp/lambdatest"
	"one-click-protest/internal/stack/runtimetest"
)

const (
	mostZip = 5_000_000 // bytes; a cold start downloads them
	// mostFonts is what deliver may have besides, for the fonts of faxes: it runs every minute, so that its cold starts are few, and nobody waits for them.
	mostFonts = 4_000_000
	mostRSS   = 25 << 20 // bytes; a tenth of what template.yaml gives
)

// The functions' weight. Times depend on the machine: see the benchmarks.
func TestWeight(t *testing.T) {
	for _, function := range []string{webFunction, deliverFunction, feedbackFunction} {
		most := int64(mostZip)
		if function == deliverFunction {
			most += mostFonts
		}
		if size := int64(runtimetest.ZipSize(t, runtimetest.BuildArm64(t, function))); size > most {
			t.Errorf("%s: %d bytes zipped, more than %d", function, size, most)
		} else {
			t.Logf("%s: %d KiB zipped", function, size>>10)
		}
	}
	d := deploy(t, environment(), http.HandlerFunc(cannedDynamoDB))
	f := runtimetest.Start(t, runtimetest.Build(t, webFunction), d.env)
	for i := range 100 {
		act(t, f, i)
	}
	if rss := f.PeakRSS(); rss > mostRSS {
		t.Errorf("%d KiB resident after 100 submissions, more than %d", rss>>10, mostRSS>>10)
	} else {
		t.Logf("%d KiB resident after 100 submissions", rss>>10)
	}
	if n := len(d.ses.Mails()); n != 100 {
		t.Errorf("%d mails", n)
	}
}

// BenchmarkColdStart starts a process for every round, against TLS stubs that answer at once, and reports medians:
// exec to the first question for an event, the first submission, and a later one. As quiet as it gets:
//
//	taskset -c 0 go test -run - -bench ColdStart -benchtime 40x ./internal/stack
func BenchmarkColdStart(b *testing.B) {
	d := deploy(b, environment(), http.HandlerFunc(cannedDynamoDB))
	bootstrap := runtimetest.Build(b, webFunction)
	var inits, firsts, laters []time.Duration
	n := 0
	for b.Loop() {
		f := runtimetest.Start(b, bootstrap, d.env)
		inits = append(inits, f.Init)
		for i := range 10 {
			n++
			took := act(b, f, n)
			if i == 0 {
				firsts = append(firsts, took)
			} else {
				laters = append(laters, took)
			}
		}
		f.Kill()
	}
	for name, times := range map[string][]time.Duration{"ms-init": inits, "ms-first": firsts, "ms-later": laters} {
		slices.Sort(times)
		b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, name)
	}
	b.ReportMetric(0, "ns/op") // the rounds themselves say nothing
}

// BenchmarkInit starts the functions that nobody waits for, and reports the median from exec to the first question for an event.
func BenchmarkInit(b *testing.B) {
	d := deploy(b, environment(), http.HandlerFunc(cannedDynamoDB))
	for _, function := range []string{deliverFunction, feedbackFunction} {
		b.Run(path.Base(function), func(b *testing.B) {
			bootstrap := runtimetest.Build(b, function)
			var inits []time.Duration
			for b.Loop() {
				f := runtimetest.Start(b, bootstrap, d.env)
				inits = append(inits, f.Init)
				f.Kill()
			}
			slices.Sort(inits)
			b.ReportMetric(float64(inits[len(inits)/2].Microseconds())/1000, "ms-init")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// act has one more signer take part, and answers how long the function took.
func act(t testing.TB, f *runtimetest.Function, i int) time.Duration {
	t.Helper()
	fields := takePart(t, "protest-day-2007", fmt.Sprintf("ann%d@example.net", i))
	event, err := json.Marshal(lambdatest.Event(t, jsonRequest(t, "/v1/campaigns/protest-day-2007/actions", fields)))
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	answer, err := f.Invoke(event)
	took := time.Since(began)
	if err != nil {
		t.Fatal(err)
	}
	response, err := lambdatest.Response(answer)
	if err != nil || response.StatusCode != http.StatusAccepted {
		t.Fatalf("status %v, %v:\n%s", response, err, answer)
	}
	return took
}
