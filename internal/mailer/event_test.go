package mailer_test

import (
	"testing"

	"one-click-protest/internal/mailer"
)

func TestKindString(t *testing.T) {
	tests := map[mailer.Kind]string{
		0: "none", mailer.Sent: "sent", mailer.Delivered: "delivered", mailer.Delayed: "delayed", mailer.Bounced: "bounced",
		mailer.Complained: "complained", -1: "none", 99: "none",
	}
	for k, want := range tests {
		if got := k.String(); got != want {
			t.Errorf("%d: got %q, want %q", int(k), got, want)
		}
	}
}
