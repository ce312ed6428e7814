package desk

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/unicode"

	"one-click-protest/internal/campaign"
)

// The samples are of the true form: heads as published, missions real but for the last of the Korean ones, the culture centre's address and the
// campaigner's own table.
func TestImportFormats(t *testing.T) {
	for _, tc := range []struct{ file, state string }{
		{"directory_mofa_20251206.csv", "KR"}, {"directory_mofa_20251206.json", "KR"}, {"directory_mofa_20251206.xml", "KR"},
		{"directory_contacts.json", "KR"}, {"directory_contacts.xml", "KR"}, {"directory_wikidata.csv", "KR"}, {"directory_wikidata_iso.csv", "FR"},
		{"directory_plain.csv", "KR"},
	} {
		t.Run(tc.file, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "out.csv")
			args := []string{"directory", "import", "testdata/" + tc.file, "--state", tc.state, "--out", out}
			if !strings.Contains(tc.file, "2025") && !strings.Contains(tc.file, "plain") {
				args = append(args, "--as-of", "2026-11-01")
			}
			status, _, errs := run(t, atNoon(t), args...)
			if status != 0 {
				t.Fatalf("exit status %d: %s", status, errs)
			}
			clean, err := os.ReadFile(out)
			if err != nil {
				t.Fatal(err)
			}
			told := strings.NewReplacer(filepath.Join(mustGetwd(t), "testdata")+"/", "", out, "out.csv").Replace(errs)
			golden(t, tc.file+".golden", string(clean)+"\n"+told)
		})
	}
}

func mustGetwd(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// The same list in another encoding is the same list.
func TestImportEncodings(t *testing.T) {
	cp949, err := os.ReadFile("testdata/directory_mofa_20251206.csv")
	if err != nil {
		t.Fatal(err)
	}
	utf8, err := korean.EUCKR.NewDecoder().Bytes(cp949)
	if err != nil {
		t.Fatal(err)
	}
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().Bytes(utf8)
	if err != nil {
		t.Fatal(err)
	}
	want := importText(t, "KR", cp949)
	if len(want) != 5 {
		t.Fatalf("%d missions, want 5", len(want))
	}
	for name, src := range map[string][]byte{"UTF-8": utf8, "UTF-8 with a byte order mark": slices.Concat([]byte("\xef\xbb\xbf"), utf8), "UTF-16": utf16} {
		if diff := cmp.Diff(want, importText(t, "KR", src)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// Spreadsheets of many countries part cells by semicolons, and keep the house's columns.
func TestImportSemicolons(t *testing.T) {
	semicolons := func(file string) []byte {
		rows, err := csv.NewReader(strings.NewReader(mustRead(t, file))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		out := bytes.NewBufferString("\ufeff")
		w := csv.NewWriter(out)
		w.Comma, w.UseCRLF = ';', true
		if err := w.WriteAll(rows); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	want, _, err := ImportDirectory("CN", strings.NewReader(mustRead(t, "testdata/directory_cn.csv")), strings.NewReader(mustRead(t, "testdata/directory_accreditation.csv")))
	if err != nil {
		t.Fatal(err)
	}
	_, got, err := (&importing{state: "CN"}).list("auto", semicolons("testdata/directory_cn.csv"), bytes.NewReader(semicolons("testdata/directory_accreditation.csv")))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-commas +semicolons):\n%s", diff)
	}
}

// A campaigner's table that says no more than it must makes a directory that campaigns can use; what they could not is left out, and told.
func TestImportOwnTable(t *testing.T) {
	dir := t.TempDir()
	list, out := filepath.Join(dir, "mine.csv"), filepath.Join(dir, "cn.csv")
	table := "country,city,kind,email,date\nDE,Berlin,,a@example.org,\nDE,Bonn,branch office,b@example.org,\nRU,Москва,,c@example.org,\nFR,Paris,,d@example.org,2 May\n"
	if err := os.WriteFile(list, []byte(table), 0o600); err != nil {
		t.Fatal(err)
	}
	status, _, errs := run(t, atNoon(t), "directory", "import", list, "--state", "cn", "--out", out)
	for _, want := range []string{":4: city: left out: \"Москва\"", ":5: date: left out: \"2 May\" is no date", "2 missions of 4"} {
		if status != 0 || !strings.Contains(errs, want) {
			t.Errorf("exit status %d, no %q in\n%s", status, want, errs)
		}
	}
	missions, wrong := campaign.ReadDirectory(out, []byte(mustRead(t, out)))
	if len(missions) != 2 || wrong != nil || missions[0].Source != "mine.csv" {
		t.Errorf("%+v, %v", missions, wrong)
	}
	if err := os.WriteFile(list, []byte("country,city,email\nRU,Nowhere,a@example.org\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, errs = run(t, atNoon(t), "directory", "import", list, "--state", "CN", "--out", out); !strings.Contains(errs, "cn.csv: campaigns could not use it") {
		t.Errorf("a mission without a time zone:\n%s", errs)
	}
}

// Where a list says nothing of a phone number it stays, and so does where it came from.
func TestKeptCellsKeepTheirSource(t *testing.T) {
	known := []Row{{ID: "cn-de-berlin", Country: "DE", Kind: kindEmbassy, City: "Berlin", Email: "old@example.org", Phone: "+4930275880", Source: "https://example.org/old", AsOf: "2024-12-02"}}
	im := &importing{state: "CN", today: "2026-11-22", from: "mine.csv", known: known}
	list, rows, err := im.list("auto", []byte("country,city,email\nDE,Berlin,new@example.org\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := merged(known, rows, list, atNoon(t).Now())[0]; got.Source != "mine.csv; https://example.org/old" || got.AsOf != "2026-11-22" {
		t.Errorf("%q as of %s", got.Source, got.AsOf)
	}
}

// A quotation mark swallows no mission: where cells may be quoted it is told, where they never are it is a character.
func TestImportStrayQuotes(t *testing.T) {
	im := &importing{state: "KR", asOf: "2026-11-01"}
	for _, text := range []string{
		"country,city,postal\nDE,Berlin,\"Street 1\nFR,Paris,\n",
		"국가코드(ISO 2자리 코드),겸임(관할),재외공관 유형,재외공관명,전화번호,재외공관주소\nDE,,대사관,주독일 대사관,,\"Street 1\nFR,,대사관,주프랑스 대사관,,\n",
	} {
		if _, _, err := im.list("auto", []byte(text), nil); err == nil || !strings.Contains(err.Error(), "line 2: a quotation mark") {
			t.Errorf("%v", err)
		}
	}
	quoted := strings.ReplaceAll(mustRead(t, "testdata/directory_wikidata.csv"), ";;;;;embassy", ";;;;\"La Pineda\", km 4;embassy")
	if want, got := importText(t, "KR", []byte(mustRead(t, "testdata/directory_wikidata.csv"))), importText(t, "KR", []byte(quoted)); len(got) != len(want) {
		t.Errorf("%d missions, want %d", len(got), len(want))
	}
}

func importText(t *testing.T, state string, src []byte) []Row {
	t.Helper()
	im := &importing{state: state, asOf: "2026-11-01"}
	_, rows, err := im.list("auto", src, nil)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// A campaigner's table may be separated by anything and headed in many ways.
func TestImportPlainForgives(t *testing.T) {
	for _, src := range []string{
		"country,city,email,fax\nSE,Stockholm,a@example.org,+46 8 660 28 18\n",
		"Host country;Town;E-Mail address;Telefax\nSweden;Stockholm;mailto:a@example.org;+46 8 660 28 18\n",
		"fax\tmail\tcity\tiso\n0046 8 660 28 18\ta@example.org\t Stockholm \tse\n",
	} {
		rows := importText(t, "KR", []byte(src))
		if len(rows) != 1 || rows[0].ID != "kr-se-stockholm" || rows[0].Email != "a@example.org" || rows[0].Fax != "+4686602818" || rows[0].Confidence != "B-" {
			t.Errorf("%q: %+v", src, rows)
		}
	}
}

func TestPlainKinds(t *testing.T) {
	for name, want := range map[string]string{
		"": "embassy", "Embassy of Korea": "embassy", "Consulate-General": "consulate", "Consulate General, Osaka": "consulate general",
		"General Consulate": "consulate general", "Honorary Consulate": "honorary consulate", "Branch Office Bonn": "embassy branch office",
	} {
		if got := plainKind("", name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
	if got := plainKind("Consulate", "Embassy"); got != "consulate" {
		t.Errorf("the column for the kind is not believed: %q", got)
	}
}

func TestCountryNames(t *testing.T) {
	for name, want := range map[string]string{
		"se": "SE", "Sweden": "SE", "the Netherlands": "NL", "Côte d'Ivoire": "CI", "Ivory Coast": "CI", "United States of America": "US", "U.S.A.": "US",
		"People's Republic of China": "CN", "São Tomé and Príncipe": "ST", "Trinidad and Tobago": "TT", "Danish Realm": "DK", "Ruritania": "", "": "",
	} {
		if got := countryNamed(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
	for name, code := range otherNames {
		if !isCountry(code) || nameSlug(name) != name {
			t.Errorf("%s: %s", name, code)
		}
	}
}

func TestKoreanNames(t *testing.T) {
	for _, tc := range []struct{ country, name, kind, city string }{
		{"GH", "주 가나 대한민국 대사관", "embassy", "Accra"},
		{"AU", "주호주 대한민국 대사관", "embassy", "Canberra"},
		{"AT", "주오스트리아 대한민국 대사관 겸 주빈 국제기구대표부", "embassy", "Vienna"},
		{"US", "주 로스앤젤레스 대한민국 총영사관", "consulate general", "Los Angeles"},
		{"US", "주휴스턴 대한민국 총영사관 댈러스 출장소", "consular office", "Dallas"},
		{"JM", "주자메이카 대한민국 대사관(주킹스턴분관)", "embassy branch office", "Kingston"},
		{"DE", "주독일 연방공화국 대한민국 대사관 본분관", "embassy branch office", "Bonn"},
		{"PS", "주팔레스타인 대한민국 대표사무소", "representative office", "Ramallah"},
		{"FR", "주 리옹 대한민국 총영사관", "consulate general", ""},
		{"US", "주 유엔 대한민국 대표부", "permanent mission", ""},
	} {
		kind := koreanKind(tc.name)
		if city := koreanCity(tc.country, kind, tc.name); kind != tc.kind || city != tc.city {
			t.Errorf("%s: %s in %q, want %s in %q", tc.name, kind, city, tc.kind, tc.city)
		}
	}
}

// Every row of the table stands for a mission of the shipped directory.
func TestKoreanNamesAreOfMissions(t *testing.T) {
	shipped, err := os.ReadFile("../../infra/directory/kr.csv")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := readDirectory(shipped)
	if err != nil {
		t.Fatal(err)
	}
	for f := range tableRows(koreanCSV) {
		if !slices.ContainsFunc(rows, func(r Row) bool { return r.Country == f[0] && r.City == f[2] }) {
			t.Errorf("no mission in %s, %s", f[2], f[0])
		}
	}
}

func TestDateInName(t *testing.T) {
	for name, want := range map[string]string{
		"외교부_국가 지역별 재외공관 정보_20201231.csv": "2020-12-31", "list-2025-12-06.csv": "2025-12-06", "15076569.csv": "", "20251399.csv": "", "list.csv": "",
		"120251206.csv": "",
	} {
		if got := dateInName(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// Every list that can't be read says why, in one line.
func TestImportUnknown(t *testing.T) {
	folder := t.TempDir()
	for name, tc := range map[string]struct{ src, want string }{
		"empty":     {"", "none of the forms that are known, which are house:"},
		"headless":  {"a,b\n1,2\n", "wikidata: database-of-embassies"},
		"latin":     {"country,city\nSE,Malm\xf6\n", "neither UTF-8, UTF-16 with a byte order mark nor CP949"},
		"cut json":  {`{"data":[{"embassy_kor_nm":"x"`, "not JSON"},
		"cut xml":   {`<response><item><embassy_kor_nm>x`, "not XML"},
		"refused":   {`<OpenAPI_ServiceResponse><cmmMsgHeader><returnAuthMsg>SERVICE_KEY_IS_NOT_REGISTERED_ERROR</returnAuthMsg></cmmMsgHeader></OpenAPI_ServiceResponse>`, "none of the forms"},
		"no number": {"국가명,재외공관명\n가나,x\n", "is missing"},
		"undated":   {"operator;country;city;phone;email;website;type;QID\nSouth Korea;Sweden;Stockholm;;;;embassy;Q1\n", "--as-of says when it was published"},
		"nobody's":  {"country,city\n", "no mission of KR"},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(folder, strings.ReplaceAll(name, " ", "-"))
			if err := os.WriteFile(file, []byte(tc.src), 0o600); err != nil {
				t.Fatal(err)
			}
			status, _, errs := run(t, atNoon(t), "directory", "import", file, "--state", "KR")
			if status != misuse || !strings.Contains(errs, tc.want) || strings.Count(errs, "\n") != 1 {
				t.Errorf("exit status %d, want one line with %q, got:\n%s", status, tc.want, errs)
			}
		})
	}
}

// The command line offers the formats there are.
func TestFormatNames(t *testing.T) {
	names := "auto"
	for _, f := range listFormats() {
		names += "," + f.name
	}
	got, want := strings.Split(formatNames, ","), strings.Split(names, ",")
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A page of a longer answer retires nobody.
func TestImportOfAPage(t *testing.T) {
	for _, file := range []string{"directory_mofa_20251206.json", "directory_mofa_20251206.xml"} {
		im := &importing{state: "KR", asOf: "2026-11-01"}
		list, _, err := im.list("auto", []byte(mustRead(t, "testdata/"+file)), nil)
		if err != nil || !list.partial {
			t.Errorf("%s: %+v, %v", file, list, err)
		}
		im = &importing{state: "KR", asOf: "2026-11-01"}
		whole := strings.NewReplacer(`"totalCount": 255`, `"totalCount": 3`, "<totalCount>255<", "<totalCount>3<").Replace(mustRead(t, "testdata/"+file))
		if list, _, err = im.list("auto", []byte(whole), nil); err != nil || list.partial {
			t.Errorf("%s, whole: %+v, %v", file, list, err)
		}
	}
}

// A format that is named is tried though the list doesn't look like it, and an answer that is an error is told.
func TestImportNamedFormat(t *testing.T) {
	im := &importing{state: "KR", asOf: "2026-11-01"}
	refused := `<OpenAPI_ServiceResponse><cmmMsgHeader><returnAuthMsg>SERVICE_KEY_IS_NOT_REGISTERED_ERROR</returnAuthMsg></cmmMsgHeader></OpenAPI_ServiceResponse>`
	_, _, err := im.list("mofa", []byte(refused), nil)
	if err == nil || !strings.Contains(err.Error(), `"SERVICE_KEY_IS_NOT_REGISTERED_ERROR"`) {
		t.Errorf("%v", err)
	}
	if _, _, err := im.list("plain", []byte("a,b\n1,2\n"), nil); err != nil {
		t.Errorf("%v", err)
	}
}

// What an HTML text shows is read, whatever it is wrapped in.
func TestTextLines(t *testing.T) {
	want := []textLine{{"Embassy", true}, {text: "ㅇ mail : a@example.org"}, {"Osaka", true}, {text: "b & c"}}
	for _, src := range []string{
		"<div><h3 class=\"tit\">Embassy</h3>ㅇ mail : <a href=\"mailto:a@example.org\">a@example.org</a><br>[Osaka]<p>b &amp; c</p></div>",
		"&lt;h3&gt;Embassy&lt;/h3&gt;ㅇ mail :&amp;nbsp;a@example.org&lt;br/&gt;[Osaka]&lt;br/&gt;b &amp;amp; c",
	} {
		if diff := cmp.Diff(want, textLines(src), cmp.AllowUnexported(textLine{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", src, diff)
		}
	}
}
