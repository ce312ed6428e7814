package desk

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"one-click-protest/internal/address"
	"one-click-protest/internal/campaign"
	"one-click-protest/internal/ledger"
)

// The table of each shipped campaign, as it stands in spreadsheets.
func TestCoverageCSV(t *testing.T) {
	for _, slug := range []string{"free-mtu-leaders-2007", "protest-day-2007"} {
		path := filepath.Join(t.TempDir(), "coverage.csv")
		status, out, errs := run(t, atNoon(t), "coverage", slug, "--csv", path)
		if status != 0 {
			t.Fatalf("%s: exit status %d: %s", slug, status, errs)
		}
		table := mustRead(t, path)
		golden(t, "coverage_"+slug+".csv", table)
		golden(t, "coverage_"+slug+".txt", out)
		rows, err := csv.NewReader(strings.NewReader(table)).ReadAll()
		if err != nil || len(rows) != 1+len(address.Countries()) {
			t.Errorf("%s: %d rows, %v", slug, len(rows), err)
		}
	}
}

// Whom all signers write to besides is in the table, and among what is to be collected.
func TestCoverageOfSeveral(t *testing.T) {
	env := atNoon(t)
	env.Files = rewritten(t, "campaigns/"+slug+"/campaign.yaml", "fallback: cn-foreign-ministry", "fallback: cn-foreign-ministry\nalso: [cn-cz-prague]", "editable: whole", "editable: words")
	path := filepath.Join(t.TempDir(), "coverage.csv")
	status, out, errs := run(t, env, "coverage", slug, "--csv", path)
	for _, want := range []string{"  every signer also writes to cn-cz-prague (print ", "print only (74):", "every country: Embassy of"} {
		if status != 0 || !strings.Contains(out, want) {
			t.Errorf("exit status %d: %s: no %q in\n%s", status, errs, want, out)
		}
	}
	if table := mustRead(t, path); !strings.Contains(table, "\nall,every country: Embassy of") {
		t.Errorf("no row in\n%s", table)
	}
}

// Every country is on the map, with a title, once as a shape or a mark or both.
func TestCoverageMap(t *testing.T) {
	path := filepath.Join(t.TempDir(), "map.svg")
	status, _, errs := run(t, atNoon(t), "coverage", "protest-day-2007", "--map", path)
	if status != 0 || !strings.Contains(errs, "map.svg: 250 countries\n") || strings.Count(errs, "\n") != 1 {
		t.Fatalf("exit status %d: %s", status, errs)
	}
	drawn := mustRead(t, path)
	wellFormed(t, drawn)
	titled := map[string]bool{}
	for _, m := range regexp.MustCompile(`<g fill="url\(#look[0-5]\)"><title data-country="(..)">[^<]+: (?:email|fax|print|self) to [^<]+ \([a-z0-9-]+\), (?:23 months old \(2024-12-02\)|age unknown)</title>`).FindAllStringSubmatch(drawn, -1) {
		titled[m[1]] = true
	}
	for _, c := range address.Countries() {
		if !titled[string(c)] {
			t.Errorf("%s %s is not on the map", c, c.Name())
		}
	}
	for _, want := range []string{`role="img" aria-labelledby="title desc"`, `<title id="title">International Protest Day`, `<desc id="desc">A map of the world on 2026-11-22. 250 countries; email `} {
		if !strings.Contains(drawn, want) {
			t.Errorf("no %q", want)
		}
	}
	if legend := legendSum(drawn); legend != 250 {
		t.Errorf("the legend counts %d countries", legend)
	}
}

func legendSum(drawn string) (sum int) {
	for _, m := range regexp.MustCompile(`font-size="26">[^<]* \((\d+)\)</text>`).FindAllStringSubmatch(drawn, -1) {
		n, _ := strconv.Atoi(m[1])
		sum += n
	}
	return sum
}

func wellFormed(t *testing.T, text string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(text))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("not well-formed: %v", err)
		}
	}
}

// A country with several ways is drawn by its best; one without any, and one that the map doesn't have, are no accident.
func TestCoverageMapOddRows(t *testing.T) {
	c := &campaign.Campaign{Slug: "x", Title: campaign.Texts{"en": "A <b> & \"c\""}, Languages: []string{"en"}}
	target := &campaign.Target{ID: "kr-fr-paris", Name: "The <Embassy>"}
	rows := []campaign.Row{
		{Country: "FR", Target: target, Channel: ledger.ChannelPrint}, {Country: "FR", Target: target, Channel: ledger.ChannelEmail},
		{Country: "VA"}, {Country: "XX", Target: target, Channel: ledger.ChannelSelf},
	}
	drawn, unplaced := coverageMap(c, rows, noon)
	wellFormed(t, string(drawn))
	if len(unplaced) != 1 || unplaced[0] != "XX" {
		t.Errorf("unplaced %v", unplaced)
	}
	for _, want := range []string{"A &lt;b&gt; &amp; &#34;c&#34;", ">France: email to The &lt;Embassy&gt; (kr-fr-paris), age unknown<", ">Vatican City: nobody<", "e-mail (1)", "nobody (1)"} {
		if !bytes.Contains(drawn, []byte(want)) {
			t.Errorf("no %q", want)
		}
	}
	if bytes.Contains(drawn, []byte("France: print")) {
		t.Error("a way that isn't the best is drawn")
	}
}

// A title as long as one may be stays on the sheet and out of the note's way; a short one stands beside it.
func TestCoverageHeading(t *testing.T) {
	for title, want := range map[string]string{
		"A day":                  `<text x="30" y="56" font-size="38" font-weight="bold">A day</text>` + "\n" + `<text x="1970" y="56" font-size="28" text-anchor="end">note</text>`,
		strings.Repeat("가", 120): `<text x="30" y="42" font-size="13.04" font-weight="bold">` + strings.Repeat("가", 120) + "</text>\n" + `<text x="1970" y="80" font-size="28" text-anchor="end">note</text>`,
	} {
		s := &svg{}
		s.heading(title, "note")
		if got := strings.TrimSpace(s.String()); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// The shapes are small, whole, within the sheet, and no mark hides another.
func TestCoverageShapes(t *testing.T) {
	info, err := os.Stat("coverage_shapes.csv")
	if err != nil || info.Size() > 120_000 {
		t.Errorf("%d bytes, %v", info.Size(), err)
	}
	path := regexp.MustCompile(`^(?:M\d+,\d+l[-\d ]+z)*$`)
	shapes := knownShapes()
	for _, c := range address.Countries() {
		s, ok := shapes[c]
		if !ok || !s.marked && s.outline == "" || !path.MatchString(s.outline) {
			t.Errorf("%s: %+v", c, s)
		}
		if s.marked && (s.x < 10 || s.x > sheetWidth-10 || s.y < 0 || s.y > legendTop-mapTop) {
			t.Errorf("%s: mark at %d, %d", c, s.x, s.y)
		}
		for other, o := range shapes {
			if other < c && s.marked && o.marked && math.Hypot(float64(s.x-o.x), float64(s.y-o.y)) < 18 {
				t.Errorf("the marks of %s and %s hide each other", c, other)
			}
		}
	}
	if len(shapes) != len(address.Countries()) {
		t.Errorf("%d shapes", len(shapes))
	}
}

// Looks differ in more than colour.
func TestLooks(t *testing.T) {
	seen := map[string]string{}
	for _, l := range looks {
		for _, part := range []string{l.colour, "mark " + l.mark, "lines " + l.lines} {
			if other, twice := seen[part]; twice && part != "lines " {
				t.Errorf("%s and %s share %s", l.says, other, part)
			}
			seen[part] = l.says
		}
	}
	for i, channel := range []ledger.Channel{ledger.ChannelEmail, ledger.ChannelFax, ledger.ChannelRelay, ledger.ChannelPrint, ledger.ChannelSelf} {
		if lookOf(channel) != i { // of a country's targets the map shows the first one's
			t.Errorf("%s has no look, or not in its turn", channel)
		}
	}
}

func TestAddressesToCollect(t *testing.T) {
	rows := []campaign.Row{
		{Country: "SE", Channel: ledger.ChannelPrint}, {Country: "AT", Channel: ledger.ChannelPrint}, {Country: "AT", Channel: ledger.ChannelPrint},
		{Country: "FR", Channel: ledger.ChannelEmail}, {Country: "TV", Channel: ledger.ChannelSelf},
	}
	want := "Addresses to collect, self only (1):\n  Tuvalu\nAddresses to collect, print only (2):\n  Austria, Sweden\n"
	if got := addressesToCollect(rows); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := addressesToCollect(rows[3:4]); got != "" {
		t.Errorf("%q, want nothing", got)
	}
}

func TestMonthsOld(t *testing.T) {
	for date, want := range map[string]int{"2026-11-22": 0, "2026-10-23": 0, "2026-10-22": 1, "2025-11-23": 11, "2025-11-22": 12, "2020-01-31": 81, "2026-12-22": -1} {
		asOf, err := time.Parse(time.DateOnly, date)
		if err != nil {
			t.Fatal(err)
		}
		if got := monthsOld(asOf, noon); got != want {
			t.Errorf("%s: %d months, want %d", date, got, want)
		}
	}
}

func TestCoverageMisuse(t *testing.T) {
	status, _, errs := run(t, atNoon(t), "coverage", "nothing")
	if status != misuse || !strings.Contains(errs, `no campaign "nothing"`) || strings.Count(errs, "\n") != 1 {
		t.Errorf("exit status %d: %s", status, errs)
	}
	for _, flag := range []string{"--csv", "--map"} {
		if status, _, errs := run(t, atNoon(t), "coverage", "protest-day-2007", flag, t.TempDir()+"/no/such/folder"); status != failed || !strings.Contains(errs, "/no/such/folder: no such file") {
			t.Errorf("%s: exit status %d: %s", flag, status, errs)
		}
	}
}
