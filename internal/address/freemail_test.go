package address_test

import (
	"testing"

	"one-click-protest/internal/address"
)

func TestEmailFree(t *testing.T) {
	for e, want := range map[address.Email]bool{
		"embassy@gmail.com": true, "embassy@163.com": true, "embassy@seznam.cz": true, "embassy@naver.com": true,
		"embassy@bluewin.ch": false, "embassy@mfa.gov.cn": false, "embassy@mail.com.example": false, "embassy@ail.com": false,
		"embassy@gmail.com yahoo.com": false, "gmail.com": false, "": false,
	} {
		if got := e.Free(); got != want {
			t.Errorf("%q: %v", e, got)
		}
	}
}
