package campaign_test

import (
	"errors"
	"io/fs"
	"maps"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"one-click-protest/internal/campaign"
)

// fuzzFile loads a campaign with one of its files replaced: it never panics, each problem has file and line, and a second
// load says the same.
func fuzzFile(f *testing.F, slug, file string) {
	seed, err := fs.ReadFile(library(), file)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	library := changed(f)
	f.Fuzz(func(t *testing.T, src []byte) {
		m := maps.Clone(library)
		m[file] = &fstest.MapFile{Data: src}
		c, err := campaign.Load(m, slug)
		placed(t, err)
		again, err2 := campaign.Load(m, slug)
		if diff := cmp.Diff(err, err2); diff != "" {
			t.Error("not deterministic:", diff)
		}
		if (c == nil) != (err != nil) || (again == nil) != (err2 != nil) {
			t.Error("both or neither of campaign and problems")
		}
		if c != nil && len(c.Coverage()) != countries {
			t.Error("countries without a way")
		}
	})
}

// placed holds an error to being Problems that have a place.
func placed(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	var broken campaign.Problems
	if !errors.As(err, &broken) || len(broken) == 0 {
		t.Fatalf("no problems but %v", err)
	}
	for _, p := range broken {
		if p.File == "" || p.Line < 1 || p.What == "" || p.Expected == "" {
			t.Errorf("a problem without a place or a reason: %+v", p)
		}
	}
}

func FuzzCampaignYAML(f *testing.F) {
	for _, s := range []string{"a: &x [*x]", "<<: *a", "? a\n: b", "!!binary x", "- a", "title: {en: |\n  x}", "languages: [en", "\x00", "%YAML 1.1\n---\n", "a: >-\n", "---\n...\n---\n"} {
		f.Add([]byte(s))
	}
	fuzzFile(f, "embassies", yamlOfEmbassies)
}

func FuzzTargetsCSV(f *testing.F) {
	for _, s := range []string{"id,name\na,b", "id,name\n\"a", "id,id\n", ",,\n,,", "\ufeffid,name\nministry,M"} {
		f.Add([]byte(s))
	}
	fuzzFile(f, "embassies", csvOfEmbassies)
}

func FuzzDirectoryCSV(f *testing.F) {
	const head = "id,country,kind,name,source,as_of"
	for _, s := range []string{"", head, head + "\na,KR,embassy,E,s,2024-01-01", head + ",email,confidence,section,further_emails,fax,accredited,website\na,KR,embassy,E,s,2024-01-01,a@b.kr,A,visa,\"c@d.kr (B, press); e\",+8212345678,AD XK,https://x"} {
		f.Add([]byte(s))
	}
	fuzzFile(f, "embassies", directoryCN)
}

func FuzzLetter(f *testing.F) {
	for _, s := range []string{"---\n---\n", "---\nsubject: a\n---\nb", "---\nsubjects: [a, b]\n---\n{message}", "---\n\n---\n", "---\nsubject: {a: b}\n---\n{{}"} {
		f.Add([]byte(s))
	}
	fuzzFile(f, "minister", letterOfMinister)
}
