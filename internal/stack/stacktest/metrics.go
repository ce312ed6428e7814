package stacktest

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"one-click-protest/internal/stack/runtimetest"
)

// document is a line of CloudWatch's embedded metric format, as its specification has it.
type document struct {
	Metadata *struct {
		Timestamp         *int64
		CloudWatchMetrics []struct {
			Namespace  string
			Dimensions [][]string
			Metrics    []struct{ Name, Unit string }
		}
	} `json:"_aws"`
}

// units are CloudWatch's units that this house uses (CloudWatch API reference, MetricDatum).
var units = map[string]bool{"Count": true, "Seconds": true}

// Metrics answers the metrics of each line of a log that has some. It reads them as CloudWatch does (CloudWatch user guide, "Specification:
// Embedded metric format"), and fails the test for a line that breaks the specification, or is of another namespace or stack.
func Metrics(t testing.TB, log, stack string) (all []map[string]float64) {
	t.Helper()
	for line := range strings.Lines(log) {
		if !strings.HasSuffix(line, "\n") { // the rest is on its way
			continue
		}
		var d document
		if err := json.Unmarshal([]byte(line), &d); err != nil {
			if strings.Contains(line, "_aws") {
				t.Errorf("line %s: %v", line, err)
			}
			continue
		}
		if d.Metadata != nil {
			all = append(all, d.read(t, line, stack))
		}
	}
	return all
}

// Await answers the function's lines of metrics as soon as there are so many. A log comes by a pipe of its own, and may be later
// than the answer.
func Await(t testing.TB, f *runtimetest.Function, lines int) []map[string]float64 {
	t.Helper()
	for began := time.Now(); ; time.Sleep(time.Millisecond) {
		all := Metrics(t, f.Log(), StackName)
		if len(all) >= lines {
			return all
		}
		if time.Since(began) > runtimetest.Timeout {
			t.Fatalf("%d lines of metrics, want %d", len(all), lines)
		}
	}
}

func (d document) read(t testing.TB, line, stack string) map[string]float64 {
	t.Helper()
	var members map[string]any
	if err := json.Unmarshal([]byte(line), &members); err != nil {
		t.Fatal(err)
	}
	if at := d.Metadata.Timestamp; at == nil || *at < time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli() {
		t.Errorf("no milliseconds since 1970 in %s", line)
	}
	found := map[string]float64{}
	for _, m := range d.Metadata.CloudWatchMetrics {
		if m.Namespace != "OneClickProtest" || len(m.Dimensions) != 1 || len(m.Dimensions[0]) != 1 || m.Dimensions[0][0] != "Stack" || members["Stack"] != stack {
			t.Errorf("namespace or dimensions of %s", line)
		}
		if len(m.Metrics) == 0 || len(m.Metrics) > 100 {
			t.Errorf("%d metrics in %s", len(m.Metrics), line)
		}
		for _, metric := range m.Metrics {
			value, ok := members[metric.Name].(float64)
			if _, twice := found[metric.Name]; !ok || twice || metric.Name == "" || !units[metric.Unit] {
				t.Errorf("metric %q of unit %q in %s", metric.Name, metric.Unit, line)
			}
			found[metric.Name] = value
		}
	}
	return found
}
