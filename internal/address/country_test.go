package address_test

import (
	"errors"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"one-click-protest/internal/address"
)

var update = flag.Bool("update", false, "write the embedded tables anew")

// notISO is what the library takes for countries and ISO 3166-1 doesn't list: exceptional, transitional and
// indeterminate reservations, withdrawn codes, and unions.
const notISO = "AC AN BU CP CQ CS CT DD DG DY EA EU EZ FQ FX HV IC JT MI NH NQ NT PC PU PZ RH SU TA TP UK UN VD WK YD YU ZR"

// renamed is names that changed after the CLDR version that the library carries (32, of 2017), as in later versions.
var renamed = map[string]string{
	"MK": "North Macedonia",
	"SZ": "Eswatini",
	"TR": "Türkiye",
	"MO": "Macao SAR China",
}

func TestCountriesTable(t *testing.T) {
	var b strings.Builder
	b.WriteString("country,name,of\n")
	for _, code := range isoCodes() {
		name := display.English.Regions().Name(language.MustParseRegion(code))
		if n, ok := renamed[code]; ok {
			name = n
		}
		b.WriteString(code + "," + name + "," + belongsTo(code) + "\n")
	}
	golden(t, "countries.csv", b.String())
}

// territories is the entries of ISO 3166-1 that it marks as not independent, by the state it names them after or in its remark
// ("Associated with the US", "Comprises ..."; Online Browsing Platform, https://www.iso.org/obp/ui/#search/code/). Left out are
// those with foreign relations of their own (HK MO, CK NU), those that several states claim (TW EH PS) and AQ.
var territories = map[string]string{
	"AU": "CC CX HM NF",
	"DK": "FO GL",
	"FI": "AX",
	"FR": "BL GF GP MF MQ NC PF PM RE TF WF YT",
	"GB": "AI BM FK GG GI GS IM IO JE KY MS PN SH TC VG",
	"NL": "AW BQ CW SX",
	"NO": "BV SJ",
	"NZ": "TK",
	"US": "AS GU MP PR UM VI",
}

func belongsTo(code string) string {
	for state, all := range territories {
		if slices.Contains(strings.Fields(all), code) {
			return state
		}
	}
	return ""
}

func TestCountryOf(t *testing.T) {
	for c, want := range map[address.Country]address.Country{"PR": "US", "GL": "DK", "IM": "GB", "RE": "FR", "SJ": "NO", "TK": "NZ",
		"US": "", "FR": "", "HK": "", "MO": "", "TW": "", "CN": "", "VA": "", "EH": "", "PS": "", "XK": "", "CK": "", "AQ": "", "ZZ": "", "": ""} {
		if got, ok := c.Of(); got != want || ok != (want != "") {
			t.Errorf("%q belongs to %q, %v; want %q", c, got, ok, want)
		}
	}
	for _, c := range address.Countries() {
		of, ok := c.Of()
		if _, further := of.Of(); further || ok && of.Name() == string(of) {
			t.Errorf("%s belongs to %q, which is no state", c, of)
		}
	}
}

func isoCodes() []string {
	var codes []string
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			code := string(a) + string(b)
			r, err := language.ParseRegion(code)
			known := err == nil && r.IsCountry() && r.String() == code
			if known && !slices.Contains(strings.Fields(notISO), code) {
				codes = append(codes, code)
			}
		}
	}
	return codes
}

// golden holds a generated table against the embedded one, or writes it.
func golden(t *testing.T, file, want string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("%s is not what its source says; go test -update writes it anew (-source +file):\n%s", file, diff)
	}
}

func TestCountries(t *testing.T) {
	all := address.Countries()
	if len(all) != 250 {
		t.Errorf("%d countries, want 249 of ISO 3166-1 and Kosovo", len(all))
	}
	if !slices.IsSorted(all) {
		t.Error("not sorted")
	}
	for _, c := range all {
		if c.Name() == string(c) || c.Name() != strings.TrimSpace(c.Name()) || strings.Contains(c.Name(), ",") {
			t.Errorf("%s has no name: %q", c, c.Name())
		}
	}
	all[0] = "ZZ"
	if address.Countries()[0] != "AD" {
		t.Error("a caller can change the table")
	}
}

func TestParseCountry(t *testing.T) {
	for in, want := range map[string]address.Country{"KR": "KR", " cn ": "CN", "Xk": "XK"} {
		if got, err := address.ParseCountry(in); got != want || err != nil {
			t.Errorf("ParseCountry(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
	for _, in := range []string{"", "K", "KOR", "ZZ", "UK", "EU", "AN", "ﬁ", "ıq", "К", "country", "C,"} {
		if got, err := address.ParseCountry(in); got != "" || !errors.Is(err, address.ErrCountry) {
			t.Errorf("ParseCountry(%q) = %q, %v; want ErrCountry", in, got, err)
		}
	}
}

func TestCountryName(t *testing.T) {
	for c, want := range map[address.Country]string{"KR": "South Korea", "CI": "Côte d’Ivoire", "XK": "Kosovo", "ZZ": "ZZ", "": ""} {
		if got := c.Name(); got != want {
			t.Errorf("name of %q is %q, want %q", c, got, want)
		}
	}
}
