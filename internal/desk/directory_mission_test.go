package desk_test

import (
	"errors"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"one-click-protest/internal/desk"
)

func TestImportNamesAndIDs(t *testing.T) {
	tests := []struct{ country, city, kind, id, name string }{
		{"AE", "Abu Dhabi", "embassy", "kr-ae-abu-dhabi", "Embassy of the Republic of Korea in the United Arab Emirates"},
		{"AE", "Dubai", "consulate general", "kr-ae-dubai-consulate-general", "Consulate General of the Republic of Korea in Dubai"},
		{"US", "Washington D.C.", "embassy", "kr-us-washington-dc", "Embassy of the Republic of Korea in the United States"},
		{"TD", "N'Djamena", "embassy", "kr-td-ndjamena", "Embassy of the Republic of Korea in Chad"},
		{"BR", "São Paulo", "consulate", "kr-br-sao-paulo-consulate", "Consulate of the Republic of Korea in São Paulo"},
		{"ES", "Las Palmas de Gran Canaria", "embassy branch office", "kr-es-las-palmas-de-gran-canaria-branch",
			"Branch Office of the Embassy of the Republic of Korea in Las Palmas de Gran Canaria"},
		{"CN", "Dalian", "consular office", "kr-cn-dalian-consular-office", "Consular Office of the Republic of Korea in Dalian"},
		{"PS", "Ramallah", "representative office", "kr-ps-ramallah-office", "Representative Office of the Republic of Korea in Ramallah"},
		{"VA", "Rome", "embassy", "kr-va-rome", "Embassy of the Republic of Korea to the Holy See"},
		{"CD", "Kinshasa", "embassy", "kr-cd-kinshasa", "Embassy of the Republic of Korea in the Democratic Republic of the Congo"},
		{"AG", "St. John's", "embassy", "kr-ag-st-johns", "Embassy of the Republic of Korea in Antigua and Barbuda"},
	}
	for _, tt := range tests {
		row, _ := importOne(t, "city", map[string]string{"host_country_iso2": tt.country, "city": tt.city, "mission_type": tt.kind})
		if row.ID != tt.id || row.Name != tt.name {
			t.Errorf("%s %s: %q, %q; want %q, %q", tt.country, tt.city, row.ID, row.Name, tt.id, tt.name)
		}
	}
}

func TestImportZones(t *testing.T) {
	tests := []struct {
		country, city, zone string
		notices             int
	}{
		{"AF", "Doha", "Asia/Qatar", 0},
		{"AF", "Kabul", "Asia/Kabul", 0},
		{"SD", "Cairo", "Africa/Cairo", 0},
		{"US", "Honolulu", "Pacific/Honolulu", 0},
		{"US", "Hagåtña (Guam)", "Pacific/Guam", 1}, // corrected
		{"ES", "Las Palmas de Gran Canaria", "Atlantic/Canary", 0},
		{"ID", "Bali", "Asia/Makassar", 0},
		{"AU", "", "Australia/Sydney", 1}, // corrected
		{"US", "Springfield", "", 1},
		{"ES", "", "", 1}, // left out: no city
	}
	for _, tt := range tests {
		row, told := importOne(t, "city", map[string]string{"host_country_iso2": tt.country, "city": tt.city})
		if row.Zone != tt.zone || len(told) != tt.notices {
			t.Errorf("%s %q: zone %q, told %q; want %q and %d notices", tt.country, tt.city, row.Zone, told, tt.zone, tt.notices)
		}
	}
}

func TestImportLeavesOut(t *testing.T) {
	tests := []struct {
		name, column string
		cells        map[string]string
	}{
		{"accredited to no country", "host_country_iso2", map[string]string{"host_country_iso2": ""}},
		{"no country", "host_country_iso2", map[string]string{"host_country_iso2": "ZZ"}},
		{"permanent mission", "mission_type", map[string]string{"host_country_iso2": "CH", "city": "Geneva", "mission_type": "permanent mission"}},
	}
	for _, tt := range tests {
		row, told := importOne(t, tt.column, tt.cells)
		if row.ID != "" || len(told) != 1 || !strings.HasPrefix(told[0], "left out: ") {
			t.Errorf("%s: %q, told %q", tt.name, row.ID, told)
		}
	}
}

func TestImportLeavesOutTheClosed(t *testing.T) {
	houston := rawMission(map[string]string{"sending_state": "CN", "host_country_iso2": "US", "city": "Houston", "mission_type": "consulate general"})
	rows, report, err := desk.ImportDirectory("CN", rawFile(houston), strings.NewReader(noAccreditation))
	if err != nil || len(rows) != 0 || len(report.Notices) != 1 || !strings.Contains(report.Notices[0].What, "closed since") {
		t.Errorf("%v, %v, %v", rows, report, err)
	}
}

func TestImportOtherStatesRows(t *testing.T) {
	rows, report, err := desk.ImportDirectory("KR", rawFile(rawMission(map[string]string{"sending_state": "JP"})), strings.NewReader(noAccreditation))
	if err != nil || len(rows) != 0 || report.Read != 0 || len(report.Notices) != 0 {
		t.Errorf("%v, %+v, %v", rows, report, err)
	}
}

func TestImportAccreditation(t *testing.T) {
	missions := rawFile(
		rawMission(map[string]string{"host_country_iso2": "GR", "city": "Athens"}),
		rawMission(map[string]string{"host_country_iso2": "GR", "city": "Patras", "mission_type": "consulate"}))
	accreditation := noAccreditation + "KR,GR,CY\nKR,GR,AL\nKR,GR,CY\nJP,GR,BG\nKR,FR,MC\nKR,GR,XX\n"
	rows, report, err := desk.ImportDirectory("KR", missions, strings.NewReader(accreditation))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, r := range rows {
		got[r.ID] = r.Accredited
	}
	if diff := cmp.Diff(map[string]string{"kr-gr-athens": "AL CY", "kr-gr-patras-consulate": ""}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var told strings.Builder
	if err := report.Print(&told, "m.csv", "a.csv"); err != nil {
		t.Fatal(err)
	}
	want := "a.csv:6: seat_country_iso2: no embassy in \"FR\" among the missions\na.csv:7: also_accredited_to_iso2: \"XX\" is no country\n"
	if diff := cmp.Diff(want, told.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestImportOddCells(t *testing.T) {
	for column, cells := range map[string]map[string]string{
		"website":    {"website": "see below"},
		"as_of":      {"as_of": "last May"},
		"source_url": {"source_url": "heard of it"},
	} {
		row, told := importOne(t, column, cells)
		if row.ID == "" || row.Website != "" || len(told) != 1 {
			t.Errorf("%s: %+v, told %q", column, row, told)
		}
	}
	row, _ := importOne(t, "website", map[string]string{"postal_address": " 1 Street\n\tCity ", "website": "http://example.org/"})
	if row.Postal != "1 Street City" || row.Website != "http://example.org/" {
		t.Errorf("%q, %q", row.Postal, row.Website)
	}
}

func TestImportPostal(t *testing.T) {
	tests := []struct {
		kind, cell, want string
		notices          int
	}{
		{"embassy", "1 Street, City", "1 Street, City", 0},
		{"embassy", "Section 2, Lot 5, Consulate Area, Old Moved Lane", "Section 2, Lot 5, Consulate Area, Old Moved Lane", 1},
		{"embassy", "1 Street (World Trade Center), City", "1 Street (World Trade Center), City", 1},
		{"embassy", "1 Street, City(old office", "1 Street, City(old office", 1},
		{"embassy", "1 Street; visa: 2 Street", "1 Street; visa: 2 Street", 1},
		{"embassy", "1 Street, newer: 2 Street", "1 Street, newer: 2 Street", 1},
		{"embassy", "1 Street, other sources 2 Street", "1 Street, other sources 2 Street", 1},
		{"embassy", "Consular section: 1 Street", "", 1},
		{"embassy", "1 Street (consular)", "", 1},
		{"embassy branch office", "1 Street (Visa Office)", "", 1},
		{"consulate", "1 Street (consular hall)", "1 Street (consular hall)", 1},
	}
	for _, tt := range tests {
		row, told := importOne(t, "postal_address", map[string]string{"mission_type": tt.kind, "postal_address": tt.cell})
		if row.Postal != tt.want || len(told) != tt.notices {
			t.Errorf("%s %q: %q, told %q; want %q and %d notices", tt.kind, tt.cell, row.Postal, told, tt.want, tt.notices)
		}
	}
}

func TestImportWebsites(t *testing.T) {
	tests := []struct {
		country, cell string
		kept          bool
	}{
		{"DE", "http://de.china-embassy.gov.cn/", true},
		{"DE", "http://www.DE.chineseembassy.org/eng", true},
		{"DE", "http://by.china-embassy.gov.cn/", false},
		{"GB", "http://uk.china-embassy.org/", true},
		{"UA", "http://uk.china-embassy.org/", false},
		{"DE", "http://www.chinaembassy-by.org", true}, // a name of its own
		{"DE", "http://frankfurt.china-consulate.gov.cn/", true},
		{"EE", "https://overseas.mofa.go.kr/est-ko/index.do", true},
		{"DE", "https://overseas.mofa.go.kr/de-frankfurt-ko/index.do", true},
		{"DE", "https://overseas.mofa.go.kr/at-ko/index.do", false},
		{"DE", "https://example.org/at-ko/index.do", true},
		{"DE", "ftp://example.org/", false},
	}
	for _, tt := range tests {
		row, told := importOne(t, "website", map[string]string{"host_country_iso2": tt.country, "website": tt.cell})
		if (row.Website == tt.cell) != tt.kept || (len(told) == 0) != tt.kept {
			t.Errorf("%s %s: %q, told %q", tt.country, tt.cell, row.Website, told)
		}
	}
}

func TestImportSources(t *testing.T) {
	row, _ := importOne(t, "source_url", map[string]string{
		"source_url":   "https://example.org/a embassies.csv (commit 12; more) ; https://example.org/b Q105749595 ; a list",
		"email_source": "Wikidata Q105749595 (as of 2022-11-16)",
		"notes":        "fax: https://example.org/c, https://example.org/a (2011)",
	})
	want := "https://example.org/a; https://example.org/b; Wikidata Q105749595; https://example.org/c"
	if row.Source != want {
		t.Errorf("source %q, want %q", row.Source, want)
	}
}

func TestImportErrors(t *testing.T) {
	good, none := rawFile(rawMission(nil)).String(), noAccreditation
	long := rawMission(map[string]string{"city": strings.Repeat("Long ", 8)})
	tests := []struct{ name, missions, accreditation, want string }{
		{"empty", "", none, "import missions: line 1: no head"},
		{"missing column", strings.Replace(good, ",fax,", ",telex,", 1), none, "import missions: line 1: column fax is missing"},
		{"missing column", good, "a,b\n", "import accreditation: line 1: column sending_state is missing"},
		{"not CSV", good + "\"x\n", none, "import missions: line 3: a quotation mark where none can be, or one that is never closed"},
		{"same id", rawFile(rawMission(nil), rawMission(nil)).String(), none, `import missions: line 3: id "kr-de-berlin" is line 2's too`},
		{"long id", rawFile(long).String(), none, `import missions: line 2: id "kr-de-` + strings.Repeat("long-", 7) + `long" has more than 40 characters`},
	}
	for _, tt := range tests {
		_, _, err := desk.ImportDirectory("KR", strings.NewReader(tt.missions), strings.NewReader(tt.accreditation))
		if err == nil || err.Error() != tt.want {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.want)
		}
	}
	broken := errors.New("broken")
	if _, _, err := desk.ImportDirectory("KR", iotest.ErrReader(broken), strings.NewReader(none)); !errors.Is(err, broken) {
		t.Errorf("a reader's error is lost: %v", err)
	}
}
