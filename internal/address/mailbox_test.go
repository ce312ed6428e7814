package address_test

import (
	"testing"

	"one-click-protest/internal/address"
)

func TestMailbox(t *testing.T) {
	for in, want := range map[string]string{
		"Ann+1@Company.Example": "ann@company.example", "a.n.n+x@googlemail.com": "ann@gmail.com",
		"+@company.example": "+@company.example", "ann@company.example": "ann@company.example",
	} {
		e, err := address.ParseEmail(in)
		if err != nil {
			t.Fatal(err)
		}
		if got := e.Mailbox(); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}
