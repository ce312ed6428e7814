package stack_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"one-click-protest/internal/stack"
	"one-click-protest/internal/stack/stacktest"
)

func TestMetrics(t *testing.T) {
	var out bytes.Buffer
	at := time.Date(2007, 12, 2, 8, 0, 0, 123e6, time.UTC)
	m := &stack.Metrics{Stack: "protest", Out: &out, Now: func() time.Time { return at }}
	err := m.Write(stack.Metric{Name: "Sent", Value: 3}, stack.Metric{Name: "Failed"}, stack.Metric{Name: "OldestSeconds", Unit: "Seconds", Value: 1.5})
	if err != nil {
		t.Fatal(err)
	}
	const want = `{
		"_aws": {"Timestamp": 1196582400123, "CloudWatchMetrics": [{
			"Namespace": "OneClickProtest", "Dimensions": [["Stack"]],
			"Metrics": [{"Name": "Sent", "Unit": "Count"}, {"Name": "OldestSeconds", "Unit": "Seconds"}]
		}]},
		"Stack": "protest", "Sent": 3, "OldestSeconds": 1.5
	}`
	if diff := cmp.Diff(decoded(t, []byte(want)), decoded(t, out.Bytes())); diff != "" {
		t.Errorf("line (-want +got):\n%s", diff)
	}
	if text := out.String(); strings.Index(text, "\n") != len(text)-1 {
		t.Errorf("not one line: %q", text)
	}
	if diff := cmp.Diff([]map[string]float64{{"Sent": 3, "OldestSeconds": 1.5}}, stacktest.Metrics(t, out.String(), "protest")); diff != "" {
		t.Errorf("metrics by the specification (-want +got):\n%s", diff)
	}
}

func decoded(t *testing.T, text []byte) (v any) {
	t.Helper()
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// CloudWatch bills what it is told.
func TestMetricsOfNothing(t *testing.T) {
	var out bytes.Buffer
	if err := (&stack.Metrics{Stack: "protest", Out: &out}).Write(stack.Metric{Name: "Sent"}); err != nil || out.Len() != 0 {
		t.Errorf("%v, wrote %s", err, out.String())
	}
}

type full struct{}

var errFull = errors.New("full")

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestMetricsNotWritten(t *testing.T) {
	err := (&stack.Metrics{Stack: "protest", Out: full{}}).Write(stack.Metric{Name: "Sent", Value: 1})
	if !errors.Is(err, errFull) {
		t.Errorf("error %v, want %v", err, errFull)
	}
}
