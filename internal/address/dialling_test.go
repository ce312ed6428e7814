package address_test

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"

	"one-click-protest/internal/address"
)

// Every published fax number, dialled from every country, has the digits that libphonenumber dials.
func TestDialFromAsLibphonenumber(t *testing.T) {
	faxes := publishedFaxes(t)
	if len(faxes) < 200 {
		t.Fatalf("%d fax numbers in the directories, want 200 or more", len(faxes))
	}
	for _, fax := range faxes {
		n, err := phonenumbers.Parse(string(fax), phonenumbers.UNKNOWN_REGION)
		if err != nil {
			t.Fatalf("%s: %v", fax, err)
		}
		for _, from := range address.Countries() {
			want := dialled(n, string(from))
			got := fax.DialFrom(from)
			if !sameDialled(got, want) {
				t.Errorf("%s from %s is %q, libphonenumber dials %q", fax, from, got, want)
			}
		}
	}
}

// dialled is what libphonenumber says. Where a country has several international prefixes and none preferred it promises the
// international form; its Go port writes the prefixes' pattern instead (UNIQUE_INTERNATIONAL_PREFIX lacks anchors).
func dialled(n *phonenumbers.PhoneNumber, from string) string {
	s := phonenumbers.FormatOutOfCountryCallingNumber(n, from)
	if strings.ContainsAny(s, `[?|\`) {
		return phonenumbers.Format(n, phonenumbers.INTERNATIONAL)
	}
	return s
}

// sameDialled compares what is pressed: digits, a plus first, and the pause for a second dial tone.
func sameDialled(got, want string) bool {
	pressed := func(s string) string {
		return strings.Map(func(r rune) rune {
			if strings.ContainsRune("+~0123456789", r) {
				return r
			}
			return -1
		}, s)
	}
	return pressed(got) == pressed(want)
}

func publishedFaxes(t *testing.T) []address.Phone {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "infra", "directory", "*.csv"))
	if err != nil || len(files) < 2 {
		t.Fatalf("directories %q: %v", files, err)
	}
	var all []address.Phone
	for _, file := range files {
		all = append(all, faxColumn(t, file)...)
	}
	return all
}

func faxColumn(t *testing.T, file string) []address.Phone {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	column := slices.Index(records[0], "fax")
	var faxes []address.Phone
	for _, record := range records[1:] {
		for s := range strings.SplitSeq(record[column], "; ") {
			if s != "" {
				faxes = append(faxes, address.Phone(s))
			}
		}
	}
	return faxes
}
