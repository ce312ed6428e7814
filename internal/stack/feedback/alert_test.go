package feedback_test

import (
	"strings"
	"testing"

	"one-click-protest/internal/ledger"
	"one-click-protest/internal/outbox"
	"one-click-protest/internal/stack/feedback"
)

// An alert says what happened and to whom, and the command that mends it.
func TestWords(t *testing.T) {
	const resume = "\n  go run ./functions/local resume "
	tests := map[string]struct {
		alert outbox.Alert
		want  []string
	}{
		"suspended": {
			outbox.Alert{What: "suspended", Campaign: "protest-day-2007-TEST", Target: "cn-us", Channel: ledger.ChannelEmail, Reason: "Permanent/General"},
			[]string{"Letters to cn-us are suspended", "protest-day-2007-TEST", "channel email", "Permanent/General", resume + "protest-day-2007 cn-us --ledger dynamo:ledger\n"},
		},
		"breaker": {
			outbox.Alert{What: "breaker", Reason: "bounce-rate"},
			[]string{"All sending is paused", "3 in 100", resume + "--account --ledger dynamo:ledger\n"},
		},
		"signers": {
			outbox.Alert{What: "breaker", Target: ledger.TargetSigner, Reason: "bounce-rate"},
			[]string{"Mail to signers is suspended", "letters go on", resume + "--account --ledger dynamo:ledger\n"},
		},
		"held": {
			outbox.Alert{What: "domain-held", Domain: "mission.example", Campaign: "live", Target: "cn-us", Reason: "Policy"},
			[]string{"mission.example wait for an hour", "campaign live, last target cn-us, reason Policy", "nothing to do"},
		},
		"new":  {outbox.Alert{What: "something-new", Campaign: "live"}, []string{"Look at something-new", "campaign live"}},
		"long": {outbox.Alert{What: "suspended", Target: strings.Repeat("x", 200)}, []string{"xxx"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			subject, text := feedback.Words(test.alert, "ledger")
			for _, want := range test.want {
				if !strings.Contains(subject+"\n"+text, want) {
					t.Errorf("no %q in:\n%s\n%s", want, subject, text)
				}
			}
			if len(subject) > 100 || strings.Contains(subject, "\n") || strings.Contains(text, "%!") {
				t.Errorf("subject %q, text:\n%s", subject, text)
			}
		})
	}
}
