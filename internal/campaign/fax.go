package campaign

import (
	"errors"
	"strings"

	"one-click-protest/internal/address"
)

// Gateway is how a fax gateway is addressed: an e-mail address with {e164} or {digits} in the place of the number. Gateways differ in
// whether the number has its plus: InterFAX and Fax.Plus take +82…, Retarus both, SRFax and eFax 82… (their manuals).
type Gateway string

// The placeholders of a gateway.
const (
	gatewayE164   = "{e164}"   // +82221103079
	gatewayDigits = "{digits}" // 82221103079
)

var errGateway = errors.New("not a fax gateway's address")

// parseGateway holds that with any number in it the gateway is an address, and answers it with its domain as addresses have it: paces and
// signers are compared by that.
func parseGateway(s string) (Gateway, error) {
	s = strings.TrimSpace(s)
	if strings.Count(s, gatewayE164)+strings.Count(s, gatewayDigits) != 1 {
		return "", errGateway
	}
	local, domain, _ := strings.Cut(s, "@")
	if !strings.Contains(local, "{") || strings.ContainsAny(domain, "{}") {
		return "", errGateway
	}
	const longest = "+123456789012345" // E.164 has 15 digits at most
	filled, err := address.ParseEmail(Gateway(s).fill(longest))
	if err != nil {
		return "", errGateway
	}
	return Gateway(local + "@" + filled.Domain()), nil
}

// Address answers where the fax to a number is mailed.
func (g Gateway) Address(number address.Phone) address.Email {
	return address.Email(g.fill(string(number)))
}

func (g Gateway) fill(number string) string {
	return strings.NewReplacer(gatewayE164, number, gatewayDigits, strings.TrimPrefix(number, "+")).Replace(string(g))
}

// Domain is the gateway's mail domain.
func (g Gateway) Domain() string {
	_, domain, _ := strings.Cut(string(g), "@")
	return domain
}
