package deliver_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"one-click-protest/internal/ledger"
	"one-click-protest/internal/outbox"
	"one-click-protest/internal/stack"
	"one-click-protest/internal/stack/deliver"
	"one-click-protest/internal/stack/stacktest"
)

var errDown = errors.New("down")

func TestReporter(t *testing.T) {
	everything := outbox.Report{
		Halted: "DailyQuota", Stopped: 1, Wayless: 2, Broken: 3, Sent: 4, Confirmed: 5, Failed: 6, Held: 7, Unknown: 8, Later: 9, Queued: 10,
		Unknowns: 11, Helds: 12, Oldest: 90*time.Second + time.Millisecond,
	}
	tests := map[string]struct {
		report outbox.Report
		err    error
		want   map[string]float64 // nil: no line, so no tick
		says   string
	}{
		"idle": {want: map[string]float64{"Ticks": 1}, says: `"message":"tick"`},
		"everything": {
			report: everything,
			want: map[string]float64{
				"Ticks": 1, "Halted": 1, "Stopped": 1, "Wayless": 2, "Broken": 3, "Sent": 4, "Confirmed": 5, "Failed": 6,
				"BecameHeld": 7, "BecameUnknown": 8, "Later": 9, "Queued": 10, "Unknown": 11, "Held": 12, "OldestSeconds": 90,
			},
			says: `"halted":"DailyQuota"`,
		},
		"lease": {report: outbox.Report{Skipped: "lease"}, says: `"reason":"lease"`},
		"not adopted": {
			report: outbox.Report{Skipped: "not-adopted"}, err: fmt.Errorf("tick: %w", ledger.ErrNotAdopted),
			want: map[string]float64{"Ticks": 1, "NotAdopted": 1}, says: `"level":"ERROR"`,
		},
		"ledger down": {report: outbox.Report{Skipped: "ledger"}, err: errDown},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var out, log bytes.Buffer
			r := deliver.Reporter{
				Tick:    func(context.Context) (outbox.Report, error) { return test.report, test.err },
				Metrics: &stack.Metrics{Stack: "protest", Out: &out},
				Log:     stack.Log(&log),
			}
			err := r.Handle(t.Context())
			if failed := errors.Is(test.err, errDown); (err != nil) != failed || failed && !errors.Is(err, test.err) {
				t.Errorf("error %v", err)
			}
			var want []map[string]float64
			if test.want != nil {
				want = append(want, test.want)
			}
			if diff := cmp.Diff(want, stacktest.Metrics(t, out.String(), "protest")); diff != "" {
				t.Errorf("metrics (-want +got):\n%s", diff)
			}
			if !strings.Contains(log.String(), test.says) || strings.Count(log.String(), "\n") > 1 {
				t.Errorf("log %s does not say %s in a line", log.String(), test.says)
			}
		})
	}
}
