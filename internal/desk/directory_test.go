package desk_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the same zones everywhere

	"github.com/google/go-cmp/cmp"

	"one-click-protest/internal/address"
	"one-click-protest/internal/desk"
)

var updateDirectory = flag.Bool("update-directory", false, "write the goldens of the directory import anew")

// The samples are rows of public lists, as awkward as published; the accreditation's last line is made up.
func TestImportDirectoryGolden(t *testing.T) {
	for _, state := range []string{"CN", "KR"} {
		t.Run(state, func(t *testing.T) {
			name := "directory_" + strings.ToLower(state)
			rows, report := importFiles(t, state, name+".csv")
			var clean, told bytes.Buffer
			if err := desk.WriteDirectory(&clean, rows); err != nil {
				t.Fatal(err)
			}
			if err := report.Print(&told, "missions.csv", "accreditation.csv"); err != nil {
				t.Fatal(err)
			}
			directoryGolden(t, name+".clean.csv", clean.String())
			directoryGolden(t, name+".report.txt", told.String())
			strict(t, clean.String())
		})
	}
}

func importFiles(t *testing.T, state, name string) ([]desk.Row, desk.ImportReport) {
	t.Helper()
	rows, report, err := desk.ImportDirectory(state, directorySample(t, name), directorySample(t, "directory_accreditation.csv"))
	if err != nil {
		t.Fatal(err)
	}
	return rows, report
}

func directorySample(t *testing.T, name string) *bytes.Reader {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return bytes.NewReader(b)
}

func directoryGolden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *updateDirectory {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

func TestImportDirectoryIsDeterministic(t *testing.T) {
	rows, report := importFiles(t, "KR", "directory_kr.csv")
	for range 5 {
		again, told := importFiles(t, "KR", "directory_kr.csv")
		if diff := cmp.Diff(rows, again) + cmp.Diff(report, told); diff != "" {
			t.Fatalf("an import of the same files differs:\n%s", diff)
		}
	}
}

// The shipped files are what the import wrote, and what the loader may rely on.
func TestShippedDirectories(t *testing.T) {
	for file, atLeast := range map[string]int{"cn.csv": 280, "kr.csv": 180} {
		t.Run(file, func(t *testing.T) {
			b, err := os.ReadFile(filepath.Join("..", "..", "infra", "directory", file))
			if err != nil {
				t.Fatal(err)
			}
			if n := strict(t, string(b)); n < atLeast {
				t.Errorf("%d missions, want %d or more", n, atLeast)
			}
		})
	}
}

const directoryHead = "id,country,kind,city,name,email,confidence,section,email_reason,further_emails,fax,phone,postal,website,zone,source,as_of,accredited"

// strict holds a clean file to its format, and answers how many missions it has.
func strict(t *testing.T, file string) int {
	t.Helper()
	records, err := csv.NewReader(strings.NewReader(file)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(records[0], ","); got != directoryHead {
		t.Fatalf("head %q, want %q", got, directoryHead)
	}
	before := ""
	for _, record := range records[1:] {
		row := map[string]string{}
		for i, column := range records[0] {
			row[column] = record[i]
		}
		if row["id"] <= before {
			t.Errorf("%s behind %s: not sorted, or twice", row["id"], before)
		}
		before = row["id"]
		strictRow(t, row)
	}
	return len(records) - 1
}

func strictRow(t *testing.T, row map[string]string) {
	t.Helper()
	bad := func(column string) { t.Errorf("%s: %s: %q", row["id"], column, row[column]) }
	for _, column := range []string{"id", "country", "kind", "city", "name", "zone", "source", "as_of"} {
		if row[column] == "" {
			bad(column)
		}
	}
	if len(row["id"]) > 40 || strings.Trim(row["id"], "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		bad("id")
	}
	if _, err := time.LoadLocation(row["zone"]); err != nil {
		bad("zone")
	}
	if _, err := time.Parse(time.DateOnly, row["as_of"]); err != nil {
		bad("as_of")
	}
	for _, column := range []string{"country", "accredited"} {
		for code := range strings.FieldsSeq(row[column]) {
			if _, err := address.ParseCountry(code); err != nil {
				bad(column)
			}
		}
	}
	for _, column := range []string{"fax", "phone"} {
		for _, phone := range entriesOf(row[column]) {
			if _, err := address.ParsePhone(phone); err != nil {
				bad(column)
			}
		}
	}
	if regexp.MustCompile(`(?i)\(consular|\(visa|^consular|missing|newer|other sources|층|^(?:korean embassy|embassy of)\b`).MatchString(row["postal"]) ||
		strings.Count(row["postal"], "(") != strings.Count(row["postal"], ")") {
		bad("postal")
	}
	strictEmails(t, row, bad)
}

// Every correction can be looked up: a state and country, a column that is corrected, a reason, and another text than before.
func TestCorrections(t *testing.T) {
	b, err := os.ReadFile("directory_corrections.csv")
	if err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, r := range records[1:] {
		key := strings.Join(r[:4], "|")
		for _, code := range r[:2] {
			if _, err := address.ParseCountry(code); err != nil {
				t.Errorf("%s: %v", key, err)
			}
		}
		if seen[key] || r[3] == r[4] || r[5] == "" || !strings.Contains(" city postal_address website ", " "+r[2]+" ") {
			t.Errorf("%s: %q, %q", key, r[4], r[5])
		}
		seen[key] = true
	}
}

func strictEmails(t *testing.T, row map[string]string, bad func(string)) {
	t.Helper()
	further := entriesOf(row["further_emails"])
	if (len(further) > 0) != (row["email_reason"] != "") {
		bad("email_reason")
	}
	known := further
	if row["email"] != "" {
		known = append(known, row["email"]+" ("+row["confidence"]+", "+row["section"]+")")
	}
	for _, s := range known {
		email, grade, _ := strings.Cut(s, " ")
		e, err := address.ParseEmail(email)
		if err != nil || string(e) != email {
			bad("email")
		}
		confidence, section, _ := strings.Cut(strings.Trim(grade, "()"), ", ")
		if !strings.Contains(" A B B- ", " "+confidence+" ") || !strings.Contains(" general press several consular visa ", " "+section+" ") {
			bad("further_emails")
		}
	}
}

func entriesOf(cell string) []string {
	if cell == "" {
		return nil
	}
	return strings.Split(cell, "; ")
}

// Every country has a time zone without a city or cities with theirs, but for those where nobody can be accredited.
func TestZonesOfAllCountries(t *testing.T) {
	b, err := os.ReadFile("directory_zones.csv")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for line := range strings.Lines(string(b)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), ",")
		if f[0] == "country" {
			continue
		}
		seen[f[0]] = true
		if zone, err := time.LoadLocation(f[3]); err != nil || zone == time.UTC || f[3] == "" {
			t.Errorf("%s %s: zone %q: %v", f[0], f[1], f[3], err)
		}
		if _, err := address.ParseCountry(f[2]); f[2] != "" && err != nil {
			t.Errorf("%s %s: seat %q", f[0], f[1], f[2])
		}
	}
	for _, c := range address.Countries() {
		if !seen[string(c)] && !strings.Contains("AQ BV HM UM", string(c)) {
			t.Errorf("%s has no zone", c)
		}
	}
}

type brokenWriter struct{}

var errBroken = errors.New("broken")

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

func TestWriteErrors(t *testing.T) {
	rows, report := importFiles(t, "KR", "directory_kr.csv")
	if err := desk.WriteDirectory(brokenWriter{}, rows); !errors.Is(err, errBroken) {
		t.Errorf("WriteDirectory: %v", err)
	}
	if err := report.Print(brokenWriter{}, "a", "b"); !errors.Is(err, errBroken) {
		t.Errorf("Print: %v", err)
	}
}
