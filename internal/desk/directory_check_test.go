package desk

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The file has a row for each thing that is looked for; its numbers and addresses are of no one.
func TestDirectoryCheck(t *testing.T) {
	for file, flags := range map[string][]string{"directory_check.txt": nil, "directory_check_young.txt": {"--older-than", "60"}, "directory_check_findings.csv": {"--csv"}} {
		status, out, errs := run(t, atNoon(t), append([]string{"directory", "check", "testdata/directory_check.csv"}, flags...)...)
		if status != 0 {
			t.Errorf("exit status %d: %s", status, errs)
		}
		golden(t, file, out)
	}
}

// The shipped directories need review and have no mistake.
func TestDirectoryCheckShipped(t *testing.T) {
	status, out, errs := run(t, atNoon(t), "directory", "check")
	if status != 0 {
		t.Fatalf("exit status %d: %s", status, errs)
	}
	golden(t, "directory_check_shipped.txt", out)
	status, one, errs := run(t, atNoon(t), "directory", "check", "kr")
	if status != 0 || !strings.HasPrefix(one, "infra/directory/kr.csv: 188 missions") || !strings.Contains(out, one) {
		t.Errorf("exit status %d: %s\n%s", status, errs, one)
	}
	status, table, _ := run(t, atNoon(t), "directory", "check", "--csv")
	rows, err := csv.NewReader(strings.NewReader(table)).ReadAll()
	listed := 0
	for _, row := range rows {
		if row[1] != "" {
			listed++
		}
	}
	if want := strings.Count(out, "infra/directory/") - 2; status != 0 || err != nil || listed-1 != want {
		t.Errorf("exit status %d, %v: %d findings with a line, the text has %d", status, err, listed-1, want)
	}
}

func TestDirectoryCheckMalformed(t *testing.T) {
	src, err := os.ReadFile("testdata/directory_check.csv")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "kr.csv")
	broken := strings.NewReplacer("+33147530101", "33147530101", "2026-05-05", "May").Replace(string(src))
	if err := os.WriteFile(path, []byte(broken), 0o600); err != nil {
		t.Fatal(err)
	}
	status, out, errs := run(t, atNoon(t), "directory", "check", path)
	if status != misuse || strings.Count(errs, "\n") != 1 || !strings.Contains(errs, "mistakes: campaigns cannot use") {
		t.Errorf("exit status %d: %s", status, errs)
	}
	for _, want := range []string{path + `:8: fax: "33147530101" is no number in E.164`, path + `:2: as_of: "May" is no date`, "kr-de-berlin"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

func TestDirectoryMisuse(t *testing.T) {
	for _, tc := range []struct {
		args []string
		want string
	}{
		{[]string{"check", "ZZ"}, "no directory of ZZ"},
		{[]string{"check", "nowhere.csv"}, "neither a state like CN nor a file"},
		{[]string{"check", "--older-than=-1"}, "--older-than -1"},
		{[]string{"diff", "nowhere.csv", "testdata/directory_check.csv"}, "nowhere.csv"},
		{[]string{"import", "testdata/directory_cn.csv", "--state", "CN", "--format", "xls"}, "--format must be one of"},
		{[]string{"import", "testdata/directory_plain.csv", "--state", "KR", "--as-of", "May"}, `--as-of "May"`},
		{[]string{"import", "testdata/directory_plain.csv", "--state", "Korea"}, `--state "Korea"`},
		{[]string{"import", "testdata/directory_wikidata.csv", "--state", "KR"}, "--as-of says when"},
		{[]string{"import", "testdata/directory_contacts.json", "--state", "CN", "--as-of", "2026-11-01"}, "no mission of CN"},
	} {
		status, _, errs := run(t, atNoon(t), append([]string{"directory"}, tc.args...)...)
		if status != misuse || !strings.Contains(errs, tc.want) || strings.Count(errs, "\n") != 1 {
			t.Errorf("%v: exit status %d, want one line with %q, got:\n%s", tc.args, status, tc.want, errs)
		}
	}
}
