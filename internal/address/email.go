package address

import (
	"errors"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// Why an e-mail address is refused. None of them repeats the address: they may be logged.
var (
	ErrEmailEmpty  = errors.New("e-mail address: empty")
	ErrEmailLong   = errors.New("e-mail address: too long")
	ErrEmailSyntax = errors.New("e-mail address: not one plain address of the form name@example.org")
	ErrEmailLocal  = errors.New("e-mail address: the part before the @ is not plain ASCII words joined by dots")
	ErrEmailDomain = errors.New("e-mail address: the part after the @ is not a mail domain")
)

// Lengths in octets: RFC 5321 section 4.5.3.1 (local part; a path of 256 less its angle brackets), RFC 1035 section 2.3.4.
const (
	maxEmail = 254
	maxLocal = 64
	maxLabel = 63
)

// maxTyped bounds the work on what somebody typed: an address of 254 octets of ASCII may be longer in Unicode (three
// octets for a character that Punycode writes in one), but never by more than this.
const maxTyped = 4 * maxEmail

// ParseEmail reads one address as people type it: an ASCII dot-atom (RFC 5322 section 3.2.3), an @ and a domain with a dot in
// it, in ASCII or as an international name. Space around it is dropped. A display name, comment, quotes, list, IP literal
// or control character is refused: the result goes into mail headers as it stands. Its errors are the ErrEmail values.
func ParseEmail(s string) (Email, error) {
	s = strings.TrimSpace(s)
	switch {
	case s == "":
		return "", ErrEmailEmpty
	case len(s) > maxTyped:
		return "", ErrEmailLong
	case !utf8.ValidString(s) || strings.ContainsFunc(s, structural) || strings.Count(s, "@") != 1:
		return "", ErrEmailSyntax
	}
	local, domain, _ := strings.Cut(s, "@")
	if err := checkLocal(local); err != nil {
		return "", err
	}
	domain, err := parseDomain(domain)
	if err != nil {
		return "", err
	}
	if len(local)+len("@")+len(domain) > maxEmail {
		return "", ErrEmailLong
	}
	return Email(local + "@" + domain), nil
}

// structural is true for what can only be part of more than one plain address.
func structural(r rune) bool {
	return r <= ' ' || r == 0x7f || strings.ContainsRune(`<>()[]\,;:"`, r)
}

// checkLocal holds a local part to dot-atom-text.
func checkLocal(local string) error {
	if len(local) > maxLocal {
		return ErrEmailLong
	}
	for atom := range strings.SplitSeq(local, ".") {
		if atom == "" || strings.ContainsFunc(atom, notAtext) {
			return ErrEmailLocal
		}
	}
	return nil
}

// notAtext is the complement of RFC 5322's atext.
func notAtext(r rune) bool {
	return !alphanumeric(r) && !strings.ContainsRune("!#$%&'*+-/=?^_`{|}~", r)
}

func alphanumeric(r rune) bool {
	return '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
}

// parseDomain answers the domain in lower-case ASCII. The Lookup profile (RFC 5891 section 5) is the one for names that exist
// already; it checks neither lengths nor empty labels.
func parseDomain(s string) (string, error) {
	ascii, err := idna.Lookup.ToASCII(s)
	if err != nil {
		return "", ErrEmailDomain
	}
	ascii = strings.ToLower(ascii)
	labels := strings.Split(ascii, ".")
	for _, label := range labels {
		if label == "" || len(label) > maxLabel {
			return "", ErrEmailDomain
		}
	}
	if len(labels) < 2 || digits(labels[len(labels)-1]) {
		return "", ErrEmailDomain
	}
	return ascii, nil
}

// digits says that there is nothing but ASCII digits.
func digits(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}

// Local is the part before the @, as written.
func (e Email) Local() string {
	local, _, _ := strings.Cut(string(e), "@")
	return local
}

// Domain is the part behind the @, in lower-case ASCII.
func (e Email) Domain() string {
	_, domain, _ := strings.Cut(string(e), "@")
	return domain
}
