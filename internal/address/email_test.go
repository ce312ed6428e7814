package address_test

import (
	"errors"
	"strings"
	"testing"

	"one-click-protest/internal/address"
)

func TestParseEmail(t *testing.T) {
	label63 := strings.Repeat("d", 63)
	long := strings.Repeat("a", 64) + "@" + label63 + "." + label63 + "." + strings.Repeat("d", 61)
	tests := []struct {
		in   string
		want address.Email
		err  error
	}{
		{"ann@example.org", "ann@example.org", nil},
		{"  ann@example.org\r\n", "ann@example.org", nil},
		{"\u00a0ann@example.org\u3000", "ann@example.org", nil},
		{"Ann.Lee+x@EXAMPLE.Org", "Ann.Lee+x@example.org", nil},
		{"o'brien/x=y@mail.example.co.uk", "o'brien/x=y@mail.example.co.uk", nil},
		{"info@bücher.example", "info@xn--bcher-kva.example", nil},
		{"info@bu\u0308cher.example", "info@xn--bcher-kva.example", nil},
		{"info@BÜCHER。example", "info@xn--bcher-kva.example", nil},
		{"info@xn--bcher-kva.example", "info@xn--bcher-kva.example", nil},
		{"info@대사관.한국", "info@xn--zb0bu7i99m.xn--3e0b707e", nil},
		{"info@faß.example", "info@xn--fa-hia.example", nil},
		{long, address.Email(long), nil},

		{"", "", address.ErrEmailEmpty},
		{" \t\n", "", address.ErrEmailEmpty},
		{long + "d", "", address.ErrEmailLong},
		{strings.Repeat("a", 65) + "@example.org", "", address.ErrEmailLong},
		{"a@" + strings.Repeat("ü.", 100000) + "org", "", address.ErrEmailLong},
		{"ann", "", address.ErrEmailSyntax},
		{"ann at example.org", "", address.ErrEmailSyntax},
		{"ann@b@example.org", "", address.ErrEmailSyntax},
		{"Ann <ann@example.org>", "", address.ErrEmailSyntax},
		{"<ann@example.org>", "", address.ErrEmailSyntax},
		{"ann@example.org, bob@example.org", "", address.ErrEmailSyntax},
		{"ann@example.org;bob", "", address.ErrEmailSyntax},
		{"mailto:ann@example.org", "", address.ErrEmailSyntax},
		{"ann(me)@example.org", "", address.ErrEmailSyntax},
		{`"ann"@example.org`, "", address.ErrEmailSyntax},
		{`a\b@example.org`, "", address.ErrEmailSyntax},
		{"ann@[127.0.0.1]", "", address.ErrEmailSyntax},
		{"ann@example.org\r\nBcc: x", "", address.ErrEmailSyntax},
		{"ann\x00@example.org", "", address.ErrEmailSyntax},
		{"ann\x7f@example.org", "", address.ErrEmailSyntax},
		{"\xff@example.org", "", address.ErrEmailSyntax},
		{"ann@\xff.org", "", address.ErrEmailSyntax}, // idna alone reads it as U+FFFD, and encodes that
		{"ann＠example.org", "", address.ErrEmailSyntax},
		{"@example.org", "", address.ErrEmailLocal},
		{".ann@example.org", "", address.ErrEmailLocal},
		{"ann.@example.org", "", address.ErrEmailLocal},
		{"ann..lee@example.org", "", address.ErrEmailLocal},
		{"änn@example.org", "", address.ErrEmailLocal},
		{"ann\u202e@example.org", "", address.ErrEmailLocal},
		{"ann@", "", address.ErrEmailDomain},
		{"ann@localhost", "", address.ErrEmailDomain},
		{"ann@example.org.", "", address.ErrEmailDomain},
		{"ann@.example.org", "", address.ErrEmailDomain},
		{"ann@example..org", "", address.ErrEmailDomain},
		{"ann@127.0.0.1", "", address.ErrEmailDomain},
		{"ann@example.123", "", address.ErrEmailDomain},
		{"ann@-example.org", "", address.ErrEmailDomain},
		{"ann@exam_ple.org", "", address.ErrEmailDomain},
		{"ann@xn--a.example", "", address.ErrEmailDomain},
		{"ann@\u202eexample.org", "", address.ErrEmailDomain},
		{"ann@\ufffd.org", "", address.ErrEmailDomain},
		{"ann@" + strings.Repeat("d", 64) + ".org", "", address.ErrEmailDomain},
	}
	for _, tt := range tests {
		got, err := address.ParseEmail(tt.in)
		if got != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("ParseEmail(%.80q) = %.80q, %v; want %.80q, %v", tt.in, got, err, tt.want, tt.err)
		}
	}
}

func TestEmailParts(t *testing.T) {
	e := address.Email("Ann.Lee+x@example.org")
	if e.Local() != "Ann.Lee+x" || e.Domain() != "example.org" {
		t.Errorf("parts of %q are %q and %q", e, e.Local(), e.Domain())
	}
}

func TestEmailKey(t *testing.T) {
	tests := []struct{ in, want string }{
		{"Ann@Example.Org", "ann@example.org"},
		{"a.nn+x@example.org", "a.nn+x@example.org"}, // unknown provider: two people, for all we know
		{"A.n.n+x+y@GoogleMail.com", "ann@gmail.com"},
		{"ann@gmail.com", "ann@gmail.com"},
		{"+x@gmail.com", "+x@gmail.com"},
		{"a.nn+x@hotmail.co.uk", "a.nn@hotmail.co.uk"},
		{"ann+x@proton.me", "ann@proton.me"},
		{"ann@protonmail.com", "ann@protonmail.com"},
		{"ann+x@icloud.com", "ann@icloud.com"},
		{"ann+x@sub.gmail.com", "ann+x@sub.gmail.com"},
		{"ann@bücher.example", "ann@xn--bcher-kva.example"},
	}
	for _, tt := range tests {
		e, err := address.ParseEmail(tt.in)
		if err != nil {
			t.Fatalf("ParseEmail(%q): %v", tt.in, err)
		}
		if got := e.Key(); got != tt.want {
			t.Errorf("Key of %q is %q, want %q", tt.in, got, tt.want)
		}
	}
}

func FuzzParseEmail(f *testing.F) {
	for _, s := range []string{"ann@example.org", " Ann.Lee+x@BÜCHER。example\n", "a@b@c", "a@[1.2.3.4]", "a@xn--bcher-kva.de", "a@ß.İ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		e, err := address.ParseEmail(s)
		if err != nil {
			if e != "" {
				t.Fatalf("an error and %q", e)
			}
			return
		}
		if again, err := address.ParseEmail(string(e)); again != e || err != nil {
			t.Fatalf("%q parses again to %q, %v", e, again, err)
		}
		if strings.Count(string(e), "@") != 1 || len(e) > 254 {
			t.Fatalf("%q has not one @, or is too long", e)
		}
		if strings.ContainsFunc(string(e), func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
			t.Fatalf("%q is not visible ASCII", e)
		}
		if key, err := address.ParseEmail(e.Key()); err != nil || key.Key() != e.Key() {
			t.Fatalf("key %q of %q is not stable: %q, %v", e.Key(), e, key.Key(), err)
		}
	})
}

func BenchmarkParseEmail(b *testing.B) {
	for b.Loop() {
		if _, err := address.ParseEmail("Ann.Lee+x@Mail.Example.org"); err != nil {
			b.Fatal(err)
		}
	}
}
