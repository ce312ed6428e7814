package desk

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// mission is a row for tests, with what the loader needs.
func mission(id, country, kind, city string, change func(*Row)) Row {
	r := Row{ID: id, Country: country, Kind: kind, City: city, Name: "Name", Zone: "Europe/Paris", Source: "https://example.org/old", AsOf: "2026-01-01"}
	if change != nil {
		change(&r)
	}
	return r
}

func newer(id, country, kind, city string, change func(*Row)) Row {
	r := mission(id, country, kind, city, change)
	r.Source, r.AsOf = "https://example.org/new", "2026-11-01"
	return r
}

// A mission keeps its id whatever is published of it, and nobody else gets it.
func TestMergeKeepsIDs(t *testing.T) {
	mail := func(s string) func(*Row) {
		return func(r *Row) { r.Email, r.Confidence, r.Section = s, "A", "general" }
	}
	site := func(s string) func(*Row) { return func(r *Row) { r.Website = s } }
	for _, tc := range []struct {
		name       string
		known, row Row
		want       string // ids, the retired in brackets
	}{
		{"same id", mission("kr-fr-paris", "FR", "embassy", "Paris", nil), newer("kr-fr-paris", "FR", "embassy", "Paris", nil), "kr-fr-paris"},
		{"id made by hand", mission("seoul-in-paris", "FR", "consulate", "Paris", nil), newer("kr-fr-paris-consulate", "FR", "consulate", "Paris", nil), "seoul-in-paris"},
		{"city spelt anew, same mailbox", mission("kr-ua-kiev-consulate", "UA", "consulate", "Kiev", mail("k@example.org")),
			newer("kr-ua-kyiv-consulate", "UA", "consulate", "Kyiv", mail("K@example.org")), "kr-ua-kiev-consulate"},
		{"became a consulate general, same site", mission("kr-jp-kobe-consulate", "JP", "consulate", "Kobe", site("http://www.kobe.example.org/ko")),
			newer("kr-jp-kobe-consulate-general", "JP", "consulate general", "Kobe", site("https://kobe.example.org/ko/index.do")), "kr-jp-kobe-consulate"},
		{"the embassy moved", mission("kr-kz-almaty", "KZ", "embassy", "Almaty", nil), newer("kr-kz-astana", "KZ", "embassy", "Astana", nil), "kr-kz-almaty"},
		{"another mission", mission("kr-kz-almaty", "KZ", "embassy", "Almaty", nil), newer("kr-kz-almaty-consulate", "KZ", "consulate", "Almaty", nil),
			"[kr-kz-almaty] kr-kz-almaty-consulate"},
		{"same mailbox in another country", mission("kr-at-vienna", "AT", "embassy", "Vienna", mail("k@example.org")),
			newer("kr-si-ljubljana", "SI", "embassy", "Ljubljana", mail("k@example.org")), "[kr-at-vienna] kr-si-ljubljana"},
		{"another page of the ministry's site", mission("kr-us-boston-consulate", "US", "consulate", "Boston", site("https://overseas.mofa.go.kr/us-boston-ko/index.do")),
			newer("kr-us-dallas-consulate", "US", "consulate", "Dallas", site("https://overseas.mofa.go.kr/us-dallas-ko/index.do")), "[kr-us-boston-consulate] kr-us-dallas-consulate"},
	} {
		got := idsOf(merged([]Row{tc.known}, []Row{tc.row}, &published{knows: listColumns}, noon))
		if got != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.want)
		}
	}
}

func idsOf(rows []Row) string {
	var ids []string
	for _, r := range rows {
		if r.Retired != "" {
			r.ID = "[" + r.ID + "]"
		}
		ids = append(ids, r.ID)
	}
	return strings.Join(ids, " ")
}

// Two rows that could be the same mission are neither: a guess would send one's letters to the other.
func TestMergeGuessesNothing(t *testing.T) {
	known := []Row{mission("kr-kz-almaty", "KZ", "embassy", "Almaty", nil), mission("kr-kz-astana", "KZ", "embassy", "Astana", nil)}
	got := idsOf(merged(known, []Row{newer("kr-kz-nur-sultan", "KZ", "embassy", "Nur-Sultan", nil)}, &published{knows: listColumns}, noon))
	if got != "[kr-kz-almaty] [kr-kz-astana] kr-kz-nur-sultan" {
		t.Error(got)
	}
}

// A retired mission keeps its day, comes back with its id, and stays away while only a part is looked at.
func TestMergeRetires(t *testing.T) {
	gone := mission("kr-fr-paris", "FR", "embassy", "Paris", func(r *Row) { r.Retired = "2026-03-01"; r.Pace = "9/h"; r.Channels = "print" })
	there := mission("kr-de-berlin", "DE", "embassy", "Berlin", nil)
	whole, part := &published{knows: listColumns}, &published{knows: listColumns, partial: true}
	if got := merged([]Row{there, gone}, nil, whole, noon); got[0].Retired != "2026-11-22" || got[1].Retired != "2026-03-01" {
		t.Errorf("retired %q and %q", got[0].Retired, got[1].Retired)
	}
	if got := merged([]Row{there, gone}, nil, part, noon); got[0].Retired != "" {
		t.Errorf("a partial list retired %s", got[0].ID)
	}
	unread := &published{knows: listColumns, unread: map[string]bool{"DE embassy": true}}
	if got := merged([]Row{there}, nil, unread, noon); got[0].Retired != "" {
		t.Errorf("a row that could not be read retired %s", got[0].ID)
	}
	back := merged([]Row{gone}, []Row{newer("kr-fr-paris", "FR", "embassy", "Paris", nil)}, whole, noon)
	if len(back) != 1 || back[0].Retired != "" || back[0].Pace != "9/h" || back[0].Channels != "print" {
		t.Errorf("%+v", back)
	}
}

// What a list does not speak of stays; of what it leaves empty that is so only for a partial one. Nothing looks younger than it is.
func TestMergeCells(t *testing.T) {
	old := mission("kr-fr-paris", "FR", "embassy", "Paris", func(r *Row) {
		r.Email, r.Confidence, r.Section, r.Fax, r.Postal, r.Accredited = "old@example.org", "B", "general", "+33147530101", "125 rue de Grenelle", "MC"
	})
	fresh := newer("kr-fr-paris", "FR", "embassy", "Paris", func(r *Row) {
		r.Email, r.Confidence, r.Section, r.Postal = "new@example.org", "B-", "general", "1 rue Neuve"
	})
	for _, tc := range []struct {
		name                           string
		list                           published
		email, further, fax, asOf, src string
	}{
		{"whole", published{knows: listColumns}, "new@example.org", "", "", "2026-11-01", "https://example.org/new"},
		{"whole, without faxes", published{knows: []string{"email", "postal"}}, "new@example.org", "", "+33147530101", "2026-01-01",
			"https://example.org/new; https://example.org/old"},
		{"partial", published{knows: listColumns, partial: true}, "old@example.org", "new@example.org (B-, general)", "+33147530101", "2026-01-01",
			"https://example.org/new; https://example.org/old"},
		{"no addresses", published{knows: []string{"phone"}}, "old@example.org", "", "+33147530101", "2026-01-01", "https://example.org/old"},
	} {
		got := merged([]Row{old}, []Row{fresh}, &tc.list, noon)[0]
		want := []string{tc.email, tc.further, tc.fax, tc.asOf, tc.src, "MC"}
		if diff := cmp.Diff(want, []string{got.Email, got.FurtherEmails, got.Fax, got.AsOf, got.Source, got.Accredited}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.name, diff)
		}
	}
}

// A list of less worth fills gaps and replaces nothing.
func TestMergeFillsGaps(t *testing.T) {
	old := mission("kr-fr-paris", "FR", "embassy", "Paris", func(r *Row) { r.Postal = "125 rue de Grenelle" })
	fresh := newer("kr-fr-paris", "FR", "embassy", "Paris", func(r *Row) { r.Postal, r.Fax = "1 rue Vieille", "+33147530101" })
	got := merged([]Row{old}, []Row{fresh}, &published{knows: listColumns, partial: true, gaps: true}, noon)[0]
	if got.Postal != "125 rue de Grenelle" || got.Fax != "+33147530101" {
		t.Errorf("%+v", got)
	}
}

// A mission that the list has, but not in a form that can be read, is not gone.
func TestImportOfAnUnreadMission(t *testing.T) {
	known := []Row{mission("kr-fr-lyon-consulate-general", "FR", "consulate general", "Lyon", nil), mission("kr-fr-nice-consulate", "FR", "consulate", "Nice", nil)}
	im := &importing{state: "KR", asOf: "2026-11-01", known: known}
	list, rows, err := im.list("auto", []byte(mustRead(t, "testdata/directory_mofa_20251206.csv")), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := idsOf(merged(known, rows, list, noon)); !strings.HasPrefix(got, "kr-at-vienna kr-fr-lyon-consulate-general [kr-fr-nice-consulate] ") {
		t.Error(got)
	}
}

// What an import of a changed list shows, and that it writes only what was agreed to.
func TestImportPlan(t *testing.T) {
	raw, err := os.ReadFile("testdata/directory_kr.csv")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	out, list := filepath.Join(folder, "kr.csv"), filepath.Join(folder, "list.csv")
	update := func(text string, flags ...string) (status int, stdout string) {
		t.Helper()
		if err := os.WriteFile(list, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		status, stdout, _ = run(t, atNoon(t), append([]string{"directory", "import", list, "--state", "KR", "--out", out}, flags...)...)
		return status, strings.ReplaceAll(stdout, out, "kr.csv")
	}
	update(string(raw))
	first := mustRead(t, out)
	head, rest, _ := strings.Cut(string(raw), "\n")
	gone, _, _ := strings.Cut(rest, "\n")
	changed := strings.Replace(head+"\n"+strings.TrimPrefix(rest, gone+"\n"), "kabul@mofa.go.kr,93", "visa-kabul@mofa.go.kr,93", 1)
	status, shown := update(changed)
	golden(t, "directory_plan.txt", shown)
	if status != 0 || mustRead(t, out) != first {
		t.Errorf("exit status %d; written without --yes", status)
	}
	if status, again := update(changed, "--yes"); status != 0 || again != strings.ReplaceAll(shown, "Nothing is written yet: --yes writes it.\n", "") {
		t.Errorf("exit status %d\n%s", status, again)
	}
	if status, back := update(string(raw), "--yes"); status != 0 || !strings.Contains(back, "returned: kr-ae-abu-dhabi") || mustRead(t, out) != first {
		t.Errorf("exit status %d: the first list does not restore the first directory\n%s", status, back)
	}
	if status, none := update(string(raw)); status != 0 || none != "kr.csv: nothing changes\n" {
		t.Errorf("exit status %d\n%s", status, none)
	}
}

// Diff tells what letters may hang on first.
func TestDirectoryDiff(t *testing.T) {
	folder := t.TempDir()
	write := func(name string, rows ...Row) string {
		_, clean, err := fileOf(rows)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, clean, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	graded := func(s, confidence string) func(*Row) {
		return func(r *Row) { r.Email, r.Confidence, r.Section = s, confidence, "general" }
	}
	before := write("old.csv",
		mission("kr-at-vienna", "AT", "embassy", "Vienna", nil),
		mission("kr-be-brussels", "BE", "embassy", "Brussels", graded("be@example.org", "A")),
		mission("kr-ch-bern", "CH", "embassy", "Bern", graded("ch@example.org", "A")),
		mission("kr-de-berlin", "DE", "embassy", "Berlin", graded("de@example.org", "B-")),
		mission("kr-fr-paris", "FR", "embassy", "Paris", func(r *Row) { r.Retired = "2026-01-01" }))
	after := write("new.csv",
		mission("kr-be-brussels", "BE", "embassy", "Brussels", func(r *Row) { graded("be@example.org", "A")(r); r.Retired = "2026-11-22" }),
		mission("kr-ch-bern", "CH", "embassy", "Bern", graded("ch@gmail.com", "A")),
		mission("kr-de-berlin", "DE", "embassy", "Berlin", graded("de@example.org", "A")),
		mission("kr-fr-paris", "FR", "embassy", "Paris", func(r *Row) { r.Fax = "+33147530101" }),
		mission("kr-gr-athens", "GR", "embassy", "Athens", nil))
	for file, flags := range map[string][]string{"directory_diff.txt": nil, "directory_diff.csv": {"--csv"}} {
		status, out, errs := run(t, atNoon(t), append([]string{"directory", "diff", before, after}, flags...)...)
		if status != 0 {
			t.Errorf("exit status %d: %s", status, errs)
		}
		golden(t, file, strings.ReplaceAll(out, folder+"/", ""))
	}
	if status, out, _ := run(t, atNoon(t), "directory", "diff", after, after); status != 0 || out != after+": nothing changes\n" {
		t.Errorf("exit status %d: %s", status, out)
	}
}

func TestDirectoryDiffOfNoDirectories(t *testing.T) {
	folder := t.TempDir()
	for name, tc := range map[string]struct{ src, want string }{
		"empty":  {"", "line 1: no head"},
		"commas": {"id;country;name\ncn-fr-paris;FR;Embassy, Paris\n", "line 1: cells parted by semicolons or tabs"},
		"column": {"id,shoe\n", `line 1: column "shoe" is none of a directory`},
		"double": {"id,id\n", `line 1: column "id" is none`},
		"no id":  {"country,city\n", "line 1: no column id"},
		"blank":  {"id,country\n,AT\n", "line 2: no id"},
		"twice":  {"id,country\na,AT\na,AT\n", `line 3: id "a" is line 2's too`},
		"short":  {"id,country\na\n", "wrong number of fields"},
	} {
		path := filepath.Join(folder, strings.ReplaceAll(name, " ", "-"))
		if err := os.WriteFile(path, []byte(tc.src), 0o600); err != nil {
			t.Fatal(err)
		}
		status, _, errs := run(t, atNoon(t), "directory", "diff", path, path)
		if status != misuse || !strings.Contains(errs, path+": "+tc.want) && !strings.Contains(errs, tc.want) || strings.Count(errs, "\n") != 1 {
			t.Errorf("%s: exit status %d, want one line with %q, got:\n%s", name, status, tc.want, errs)
		}
		if status, _, errs := run(t, atNoon(t), "directory", "import", "testdata/directory_kr.csv", "--state", "KR", "--out", path); status != misuse || !strings.Contains(errs, tc.want) {
			t.Errorf("%s: an import over it: exit status %d: %s", name, status, errs)
		}
	}
}
