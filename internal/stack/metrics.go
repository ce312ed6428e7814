package stack

import (
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// Namespace is where the metrics stand in CloudWatch, each with the dimension [Dimension].
const Namespace = "OneClickProtest"

// Dimension is what tells the metrics of one stack from another's; its value is the stack's name.
const Dimension = "Stack"

// Metric is one number.
type Metric struct {
	Name  string // a member of the line: not Stack, not _aws
	Unit  string // CloudWatch's (API reference, MetricDatum); empty for Count
	Value float64
}

// Metrics writes metrics to a function's log in CloudWatch's embedded metric format, from which CloudWatch reads them: no call, no
// permission (CloudWatch user guide, "Specification: Embedded metric format").
type Metrics struct {
	Stack string
	Out   io.Writer        // in Lambda standard output
	Now   func() time.Time // nil: time.Now
}

// directive says where the metrics of a line are.
type directive struct {
	Namespace  string
	Dimensions [][]string
	Metrics    []definition
}

type definition struct{ Name, Unit string }

// Write writes one line, 100 metrics at most. A metric that is zero is left out: CloudWatch bills each one for every hour in which it
// was told of it, and to the alarms one that is missing is zero. Where all are zero there is no line.
func (m *Metrics) Write(metrics ...Metric) error {
	now := time.Now
	if m.Now != nil {
		now = m.Now
	}
	line := map[string]any{Dimension: m.Stack}
	d := directive{Namespace: Namespace, Dimensions: [][]string{{Dimension}}}
	for _, v := range metrics {
		if v.Value == 0 {
			continue
		}
		if v.Unit == "" {
			v.Unit = "Count"
		}
		d.Metrics = append(d.Metrics, definition{v.Name, v.Unit})
		line[v.Name] = v.Value
	}
	if len(d.Metrics) == 0 {
		return nil
	}
	line["_aws"] = map[string]any{"Timestamp": now().UnixMilli(), "CloudWatchMetrics": []directive{d}}
	text, err := json.Marshal(line)
	if err == nil {
		_, err = m.Out.Write(append(text, '\n'))
	}
	if err != nil {
		return fmt.Errorf("write metrics: %w", err)
	}
	return nil
}
