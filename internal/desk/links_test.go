package desk

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/text/encoding/unicode"

	"one-click-protest/infra"
	"one-click-protest/internal/action"
	"one-click-protest/internal/figurestest"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/mailer/mailertest"
)

// links runs the command on a list.
func (d *depot) links(t *testing.T, list string, args ...string) (status int, out, errs string) {
	t.Helper()
	env := d.env(t)
	env.Stdin = strings.NewReader(list)
	if len(d.secret) == 0 {
		args = append(args, d.place...)
	}
	return run(t, env, append(append([]string{"links", slug}, args...), d.secret...)...)
}

func rowsOf(t *testing.T, out string) [][]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	if err != nil || len(rows) == 0 || strings.Join(rows[0], ",") != "email,link" {
		t.Fatalf("%v, %v", rows, err)
	}
	return rows[1:]
}

// The link that the command prints takes its owner part, proven, credited to who mailed it; on this machine and for a deployment.
func TestLinksWork(t *testing.T) {
	eachLedger(t, func(t *testing.T, d *depot) {
		const site = "https://protest.example.org"
		status, out, errs := d.links(t, "name,email,country\nAnn Lee,Ann@Example.com,us\n", "--partner", "example", "--days", "3", "--url", site)
		if status != ok {
			t.Fatalf("%d %s", status, errs)
		}
		has(t, errs, "1 link for protest-day-2007 (test mode) to "+site+". They work until 2026-11-25 12:00 UTC", "will not work once the campaign is live",
			"as good as its owner's own click")
		rows := rowsOf(t, out)
		prefix := site + "/c/" + slug + "/personal?token="
		if len(rows) != 1 || rows[0][0] != "Ann@example.com" || !strings.HasPrefix(rows[0][1], prefix) {
			t.Fatalf("rows %v", rows)
		}
		s := d.service(t, &mailertest.Fake{})
		sub := action.Submission{Consent: "2007-11-01"}
		if _, err := s.SubmitPersonal(t.Context(), slug, strings.TrimPrefix(rows[0][1], prefix), sub); err != nil {
			t.Fatal(err)
		}
		tally, err := d.ledger.Tally(t.Context(), scope)
		if err != nil || tally.Actions != 1 || tally.Partners["example"] != (ledger.Brought{Verified: 1}) {
			t.Errorf("%+v, %v", tally, err)
		}
		d.now = d.now.Add(3 * 24 * time.Hour)
		if _, err := s.OpenPersonal(t.Context(), slug, strings.TrimPrefix(rows[0][1], prefix), ""); err == nil {
			t.Error("it works after its time")
		}
	})
}

// Tables as spreadsheet programs write them.
func TestLinksReadSpreadsheets(t *testing.T) {
	d := onThisMachine(t, t.TempDir())
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String("name\temail\tcountry\r\n김하늘\ta@example.com\tKR\r\n")
	if err != nil {
		t.Fatal(err)
	}
	for name, list := range map[string]string{
		"plain":             "name,email,country\nAnn Lee,a@example.com,DE\n",
		"byte order mark":   "\ufeffname,email,country\r\nAnn Lee,a@example.com,DE\r\n",
		"semicolons":        "name;email;country\r\n\"Lee; Ann\";a@example.com;DE\r\n",
		"tabs in UTF-16":    utf16,
		"quoted":            "\"Name\",\"Email\",\"Country\"\n\"Lee, Ann\",\"a@example.com\",\"de\"\n",
		"another order":     "country,language,name,email\nDE,ko,Ann Lee,a@example.com\n",
		"separators at end": "name,email,country,\nAnn Lee,a@example.com,DE,\n",
		"empty rows":        "name,email,country\n\n,,\nAnn Lee,a@example.com,DE\n,,\n",
		"no end of line":    "name,email,country\nAnn Lee, a@example.com ,DE",
	} {
		t.Run(name, func(t *testing.T) {
			status, out, errs := d.links(t, list)
			if status != ok {
				t.Fatalf("%d %s", status, errs)
			}
			if rows := rowsOf(t, out); len(rows) != 1 || rows[0][0] != "a@example.com" || !strings.HasPrefix(rows[0][1], localURL+"/c/") {
				t.Errorf("rows %v", rows)
			}
		})
	}
}

// Every mistake is told with its line, no cell repeated, and nothing is printed.
func TestLinksTellMistakes(t *testing.T) {
	d := onThisMachine(t, t.TempDir())
	const head = "name,email,country,language\n"
	for name, tc := range map[string]struct{ list, want string }{
		"no header":      {"", "local: line 1: no header; expected a header with name, email, country, and if you like language; no link is made\n"},
		"unknown column": {"name,email,country,zebra\n", "local: line 1: column 4 has an unknown name; expected a header with name, email, country, and if you like language; no link is made\n"},
		"no column":      {"name,email\n", "local: line 1: no column country; expected a header with name, email, country, and if you like language; no link is made\n"},
		"twice":          {"name,email,country,Name\n", "local: line 1: column name stands there twice; no link is made\n"},
		"nobody":         {head, "local: the list has a header and nothing else; no link is made\n"},
		"all at once": {
			head + "Ann Lee,zebra1@example.com,DE,en\nBen Lee,zebra,Zebraland,xx\n,zebra2@example.com,DE,en\n" +
				"Cy \"Zebra\" Lee,c@example.com,DE,en\nDee,=zebra@example.com,DE,en\nEd,ed@example.com,DE,en,zebra\n" +
				"Fay\xff,f@example.com,DE,en\n\"Gus\nLee\",g,DE,en\nHal,h,DE,en\n",
			"line 3: email: no plain e-mail address; country: no country's code of two letters, such as DE; language: none of the campaign's languages\n" +
				"line 4: name: missing\n" +
				"line 5: a quotation mark where none can be, or one that is never closed\n" +
				"line 6: email: begins like a formula, which spreadsheets would run; take this address out of the list\n" +
				"line 7: more cells than the header has columns\n" +
				"line 8: not UTF-8; save the table as “CSV UTF-8”\n" +
				"line 9: name: has characters that cannot stand in a letter; email: no plain e-mail address\n" +
				"line 11: email: no plain e-mail address\n" +
				"local: 8 mistakes; no link is made\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			status, out, errs := d.links(t, tc.list)
			if status != misuse || out != "" || errs != tc.want {
				t.Errorf("exit status %d, printed %q, said\n%s\nwant\n%s", status, out, errs, tc.want)
			}
			if strings.Contains(errs, "zebra") || strings.Contains(errs, "Zebra") {
				t.Error("it repeats a cell")
			}
		})
	}
}

// One mailbox gets one link, in whatever spelling it stands there.
func TestLinksOnceForAnAddress(t *testing.T) {
	d := onThisMachine(t, t.TempDir())
	status, out, errs := d.links(t, "name,email,country\nAnn,Ann@example.com,DE\nBen,ben@example.com,DE\nAnn,ann@EXAMPLE.com,DE\n")
	if rows := rowsOf(t, out); status != ok || len(rows) != 2 {
		t.Errorf("%d %v", status, rows)
	}
	has(t, errs, "line 4: the same address as in line 2\n", "2 links", "1 line left out")
}

// Whom no fax shows, where letters go by fax, gets a link that says so, and the organizer is told; a mark that is typed apart is none of these.
func TestLinksOfThoseWhomNoFaxShows(t *testing.T) {
	d := onThisMachine(t, t.TempDir())
	status, out, errs := d.links(t, "name,email,country\nعلي,ali@example.com,DE\nJu\u0308rgen,j@example.com,DE\nعلي,b@example.com,CZ\n")
	if rows := rowsOf(t, out); status != ok || len(rows) != 3 || strings.Count(errs, "by fax") != 1 {
		t.Errorf("%d %v\n%s", status, rows, errs)
	}
	has(t, errs, "line 2: name: the letter goes by fax, which cannot show it", "3 links")
}

// A campaign's own fields are columns, required ones too.
func TestLinksWithFields(t *testing.T) {
	d := onThisMachine(t, t.TempDir())
	files := fstest.MapFS{}
	copyFiles(t, files, "\nprivacy:", "\nfields: [{name: city, label: {en: City, zh: City, ko: City}, required: true, max: 40}]\nprivacy:")
	d.files = files
	_, _, errs := d.links(t, "name,email,country\nAnn,ann@example.com,DE\n")
	has(t, errs, "no column city; expected a header with name, email, country, city, and if you like language")
	if status, out, errs := d.links(t, "name,email,country,city\nAnn,ann@example.com,DE,Bonn\n"); status != ok || len(rowsOf(t, out)) != 1 {
		t.Errorf("%d %s", status, errs)
	}
	status, _, errs := d.links(t, "name,email,country,city\nAnn,ann@example.com,DE,\nBen,ben@example.com,DE,"+strings.Repeat("x", 41)+"\n")
	if status != misuse {
		t.Errorf("exit status %d", status)
	}
	has(t, errs, "line 2: city: missing", "line 3: city: longer than 40 characters")
}

// copyFiles copies the shipped campaign, with one thing in its file put differently, and the directories.
func copyFiles(t *testing.T, to fstest.MapFS, was, is string) {
	t.Helper()
	for _, pattern := range []string{"campaigns/" + slug + "/*", "directory/*"} {
		names, err := fs.Glob(infra.Files, pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			content, err := infra.Files.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(name, "campaign.yaml") {
				if !bytes.Contains(content, []byte(was)) {
					t.Fatalf("no %q in %s", was, name)
				}
				content = bytes.Replace(content, []byte(was), []byte(is), 1)
			}
			to[name] = &fstest.MapFile{Data: content}
		}
	}
}

// Links come many thousand a second.
func TestManyLinks(t *testing.T) {
	const many = 20_000
	d := onThisMachine(t, t.TempDir())
	r, w := io.Pipe()
	go func() {
		_, _ = io.WriteString(w, "name,email,country\n")
		for i := range many {
			_, _ = fmt.Fprintf(w, "Signer Number %d,signer%d@example.com,DE\n", i, i)
		}
		_ = w.Close()
	}()
	var errs bytes.Buffer
	out := &counter{}
	env := d.env(t)
	env.Stdin, env.Stdout, env.Stderr = r, out, &errs
	began := time.Now()
	if status := Main(t.Context(), env, append([]string{"links", slug}, d.place...)); status != ok || out.lines != many+1 {
		t.Fatalf("exit status %d, %d lines\n%s", status, out.lines, &errs)
	}
	figurestest.Report(t, "%d personal links: %.1f s, %d bytes each", many, time.Since(began).Seconds(), out.bytes/many)
}

type counter struct{ lines, bytes int }

func (c *counter) Write(p []byte) (int, error) {
	c.lines += bytes.Count(p, []byte("\n"))
	c.bytes += len(p)
	return len(p), nil
}

// What cannot be is said in one line.
func TestLinksMisuse(t *testing.T) {
	d := onThisMachine(t, t.TempDir())
	empty := t.TempDir()
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = null.Close() }()
	for line, want := range map[string]string{
		"--days 0":           "expected 1 to 90",
		"--days 91":          "expected 1 to 90",
		"--partner zebra":    `has no partner "zebra"; there are example`,
		"--url http://a.org": "expected https",
		"--url https://a/b":  "nothing behind it",
		"--url a.org":        "expected https://HOST",
		"--url https://a\">": "expected https://HOST",
		"--url https://a&b":  "expected https://HOST",
		"--secret " + filepath.Join(empty, "none") + " --url https://a.org": "neither an ARN nor a file",
		"--secret x":      "needs --url too",
		"--data " + empty: "no secret in",
		"":                "links reads supporters from its input",
	} {
		t.Run(line, func(t *testing.T) {
			args := append([]string{"links", slug}, strings.Fields(line)...)
			if !strings.Contains(line, "--data") {
				args = append(args, d.place...)
			}
			env := d.env(t)
			env.Stdin = null
			status, out, errs := run(t, env, args...)
			if status != misuse || out != "" || !strings.Contains(errs, want) || strings.Count(errs, "\n") != 1 {
				t.Errorf("exit status %d, want one line with %q:\n%s%s", status, want, out, errs)
			}
		})
	}
}

func FuzzSheet(f *testing.F) {
	f.Add("name,email,country\nAnn,a@example.com,DE\n")
	f.Add("\ufeffname;email;country\n\"a;b\";c;\"\n")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := openSheet(strings.NewReader(text), []string{"name", "email"}, []string{"name"})
		if err != nil {
			return
		}
		for last := 0; ; {
			line, err := s.next()
			if err == io.EOF {
				return
			}
			if line <= last {
				t.Fatalf("line %d after %d", line, last)
			}
			if last = line; err == nil && len(s.cells) == 0 {
				t.Fatal("an empty row is no row")
			}
		}
	})
}
