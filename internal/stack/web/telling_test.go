package web_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"one-click-protest/internal/mailer"
	"one-click-protest/internal/mailer/mailertest"
	"one-click-protest/internal/stack"
	"one-click-protest/internal/stack/stacktest"
	"one-click-protest/internal/stack/web"
)

// Of all that can come of a mail one thing is counted, and what came is handed on.
func TestTelling(t *testing.T) {
	for _, m := range []mailer.Message{mailertest.Letter(), mailertest.ToSigner()} {
		for _, outcome := range []mailer.Outcome{mailer.Unknown, mailer.Accepted, mailer.Refused, mailer.Later, mailer.Halt} {
			var out bytes.Buffer
			fake := &mailertest.Fake{}
			fake.Outcomes(outcome)
			s := web.Telling{Mailer: fake, Metrics: &stack.Metrics{Stack: "protest", Out: &out}, Log: stack.Log(&out)}
			if got := s.Send(t.Context(), m).Outcome; got != outcome {
				t.Errorf("%v, want %v", got, outcome)
			}
			var want []map[string]float64
			if m.Class == mailer.Letter && outcome == mailer.Refused {
				want = []map[string]float64{{"Failed": 1}}
			}
			if diff := cmp.Diff(want, stacktest.Metrics(t, out.String(), "protest")); diff != "" {
				t.Errorf("class %d, %s (-want +got):\n%s", m.Class, outcome, diff)
			}
		}
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("full") }

// A metric that cannot be written changes nothing of what came of the mail.
func TestTellingWithoutMetrics(t *testing.T) {
	var log bytes.Buffer
	fake := &mailertest.Fake{}
	fake.Outcomes(mailer.Refused)
	s := web.Telling{Mailer: fake, Metrics: &stack.Metrics{Stack: "protest", Out: full{}}, Log: stack.Log(&log)}
	if got := s.Send(t.Context(), mailertest.Letter()).Outcome; got != mailer.Refused || !strings.Contains(log.String(), "no metrics") {
		t.Errorf("%v; log %s", got, log.String())
	}
}
