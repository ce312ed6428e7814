package address_test

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"

	"one-click-protest/internal/address"
)

func TestParsePhone(t *testing.T) {
	for _, in := range []string{"+82221103079", "+1234567", "+123456789012345"} {
		if got, err := address.ParsePhone(in); string(got) != in || err != nil {
			t.Errorf("ParsePhone(%q) = %q, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "+", "82221103079", "+082221103079", "+123456", "+1234567890123456", "+82 2 2110 3079",
		"+8222110307a", " +82221103079", "+82221103079\n", "++2221103079", "+٨٢٢٢١١٠٣٠٧٩"} {
		if got, err := address.ParsePhone(in); got != "" || !errors.Is(err, address.ErrPhone) {
			t.Errorf("ParsePhone(%q) = %q, %v; want ErrPhone", in, got, err)
		}
	}
}

func TestDialFrom(t *testing.T) {
	tests := []struct {
		phone address.Phone
		from  address.Country
		want  string
	}{
		{"+82221103079", "DE", "00 82 221103079"},
		{"+82221103079", "US", "011 82 221103079"},
		{"+82221103079", "JP", "010 82 221103079"},
		{"+82221103079", "RU", "8~10 82 221103079"}, // ~: wait for the tone
		{"+82221103079", "KR", "0221103079"},
		{"+82221103079", "BR", "+82 221103079"}, // a carrier is dialled too
		{"+82221103079", "AQ", "+82 221103079"}, // no plan of its own
		{"+82221103079", "", "+82 221103079"},
		{"+12022393333", "CA", "12022393333"},
		{"+12022393333", "JM", "12022393333"},
		{"+77172123456", "RU", "87172123456"},
		{"+390612345678", "VA", "0612345678"}, // Italy's 0 belongs to the number
		{"+4712345678", "NO", "12345678"},
		{"+870773111111", "DE", "00 870773111111"}, // a satellite
		{"+870773111111", "AQ", "+870773111111"},
	}
	for _, tt := range tests {
		if got := tt.phone.DialFrom(tt.from); got != tt.want {
			t.Errorf("%s from %q is %q, want %q", tt.phone, tt.from, got, tt.want)
		}
	}
}

func TestDiallingTable(t *testing.T) {
	meta, err := phonenumbers.MetadataCollection()
	if err != nil {
		t.Fatal(err)
	}
	byRegion := map[string]*phonenumbers.PhoneMetadata{}
	for _, m := range meta.GetMetadata() {
		byRegion[m.GetId()] = m
	}
	var b strings.Builder
	b.WriteString("country,calling_code,international_prefix,national_prefix\n")
	for _, c := range address.Countries() {
		if m := byRegion[string(c)]; m != nil {
			fmt.Fprintf(&b, "%s,%d,%s,%s\n", c, m.GetCountryCode(), international(m), national(t, m))
		}
	}
	golden(t, "dialling.csv", b.String())
}

// single is an international prefix that is no pattern of several, as libphonenumber has it.
var single = regexp.MustCompile(`^[\d]+(?:[~⁓∼～][\d]+)?$`)

func international(m *phonenumbers.PhoneMetadata) string {
	if p := m.GetPreferredInternationalPrefix(); p != "" {
		return p
	}
	if p := m.GetInternationalPrefix(); single.MatchString(p) {
		return p
	}
	return ""
}

// national answers what is dialled before the number of a fixed line within the numbering plan: what libphonenumber puts
// before its example, because the metadata's own prefix is not used by every format.
func national(t *testing.T, m *phonenumbers.PhoneMetadata) string {
	t.Helper()
	if m.GetCountryCode() == phonenumbers.NANPA_COUNTRY_CODE {
		return "1"
	}
	main := phonenumbers.GetRegionCodeForCountryCode(int(m.GetCountryCode()))
	example := phonenumbers.GetExampleNumberForType(main, phonenumbers.FIXED_LINE)
	if main == "GA" { // its example is of the plan before 2018, which had no prefix
		example.NationalNumber, example.ItalianLeadingZero = new(uint64(11441234)), nil
	}
	number := phonenumbers.GetNationalSignificantNumber(example)
	prefix, ok := strings.CutSuffix(onlyDigits(phonenumbers.Format(example, phonenumbers.NATIONAL)), number)
	if !ok {
		t.Errorf("%s: the national form of %s is not prefix and number", m.GetId(), number)
	}
	return prefix
}

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}
