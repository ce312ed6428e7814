package campaign_test

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"one-click-protest/internal/address"
	"one-click-protest/internal/campaign"
	"one-click-protest/internal/ledger"
)

// library is the test campaigns: embassies uses every key, minister only those that must be there.
func library() fs.FS { return os.DirFS("testdata/library") }

// changed is library with parts of files replaced; an old text that isn't there, or more than once, fails the test.
func changed(t testing.TB, changes ...change) fstest.MapFS {
	t.Helper()
	m := mapFS(t, library())
	for _, c := range changes {
		if c.old == "" {
			m[c.file] = &fstest.MapFile{Data: []byte(c.new)}
			continue
		}
		src := string(m[c.file].Data)
		if strings.Count(src, c.old) != 1 {
			t.Fatalf("%s: %q stands there %d times", c.file, c.old, strings.Count(src, c.old))
		}
		m[c.file] = &fstest.MapFile{Data: []byte(strings.Replace(src, c.old, c.new, 1))}
	}
	return m
}

// change replaces a text in a file, or all of it if old is empty.
type change struct{ file, old, new string }

func mapFS(t testing.TB, fsys fs.FS) fstest.MapFS {
	t.Helper()
	m := fstest.MapFS{}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(fsys, name)
		m[name] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func mustLoad(t testing.TB, fsys fs.FS, slug string) *campaign.Campaign {
	t.Helper()
	c, err := campaign.Load(fsys, slug)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestLoadEmbassies(t *testing.T) {
	c := mustLoad(t, library(), "embassies")
	want := &campaign.Campaign{
		Slug:      "embassies",
		Title:     campaign.Texts{"en": "Protest day", "ko": "항의의 날"},
		Summary:   campaign.Texts{"en": "Write to the embassy.", "ko": "대사관에 편지를 씁시다."},
		Mode:      campaign.Test,
		Testers:   []address.Email{"testers@example.org"},
		From:      campaign.Sender{Name: "Protest day", Address: "letters@example.org"},
		Opens:     time.Date(2007, 11, 1, 0, 0, 0, 0, time.UTC),
		Closes:    time.Date(2008, 1, 1, 0, 0, 0, 0, time.UTC), // all of its last day
		AfterDay:  campaign.AfterContinue,
		Hours:     campaign.Hours{From: 8 * 60, To: 18 * 60},
		Pace:      ledger.DefaultPace(),
		Languages: []string{"en", "ko"},
		Fields:    []campaign.Field{{Name: "city", Label: campaign.Texts{"en": "City", "ko": "도시"}, Required: true, Max: 60}},
		Editable:  campaign.EditWhole,
		Confirm:   campaign.ConfirmEdited,
		ReplyTo:   campaign.ReplyToCampaign,
		Replies:   "replies@example.org",
		Partners:  []campaign.Partner{{ID: "first", Name: "First partner", Origins: []string{"https://partner.example.org", "https://partner.example.org:8443"}}},
		Goal:      1000,
		Consent:   campaign.Consent{Version: "v1", Text: campaign.Texts{"en": "I agree.", "ko": "동의합니다."}},
		Privacy:   campaign.Privacy{Controller: campaign.Texts{"en": "A committee", "ko": "위원회"}, Contact: "privacy@example.org", Retention: 20},
		Letters: map[string]campaign.Letter{
			"en": {Language: "en", Subjects: []string{"Stop it", "Stop it in {country}"}, Body: "{salutation}\n\nStop it, {target}. A brace: {{name}}.\n\n{message}\n\n{name}, {city}"},
			"ko": {Language: "ko", Subjects: []string{"멈추십시오", "멈추십시오 (2)"}, Body: "{salutation} 멈추십시오.\n\n{name}, {city}"},
		},
		Salute:          campaign.Texts{"en": "Your Excellency,", "ko": "귀하"},
		LetterLanguages: map[string]string{"KR": "ko", "FR": "en"},
		State:           "CN",
	}
	if diff := cmp.Diff(want, c, ignoreUnexported, ignoreRelease); diff != "" {
		t.Error(diff)
	}
	if got := c.Release.String(); got != "2007-12-02T09:00" {
		t.Errorf("release %s", got)
	}
}

// ignoreUnexported looks at what is exported only; the routing has tests of its own.
var (
	ignoreUnexported = cmp.FilterPath(func(p cmp.Path) bool {
		field, ok := p.Last().(cmp.StructField)
		return ok && field.Name() == "routing"
	}, cmp.Ignore())
	ignoreRelease = cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Release" }, cmp.Ignore())
)

func TestLoadDefaults(t *testing.T) {
	c := mustLoad(t, library(), "minister")
	if c.Replies != c.From.Address || c.AfterDay != campaign.AfterContinue || c.Privacy.Retention != 30 || c.Editable != campaign.EditWords {
		t.Errorf("got %v %v %v %v", c.Replies, c.AfterDay, c.Privacy.Retention, c.Editable)
	}
	if !c.Opens.IsZero() || !c.Closes.IsZero() || !c.Release.IsZero() {
		t.Error("times out of nothing")
	}
	want := &campaign.Relay{Name: "A federation", Address: "forward@federation.kr", Language: "ko", Subject: "편지: {name}", Note: "{target}에게 전해 주십시오.\n\n팩스: {fax}"}
	if diff := cmp.Diff(want, c.Relay); diff != "" {
		t.Error(diff)
	}
}

func TestControllerForAllLanguages(t *testing.T) {
	for _, tt := range []struct {
		name, new string
		want      campaign.Texts
	}{
		{"one", "A committee", campaign.Texts{"en": "A committee", "ko": "A committee"}},
		{"each", "{en: A committee, ko: 위원회}", campaign.Texts{"en": "A committee", "ko": "위원회"}},
	} {
		c := mustLoad(t, changed(t, change{yamlOfEmbassies, "{en: A committee, ko: 위원회}", tt.new}), "embassies")
		if diff := cmp.Diff(tt.want, c.Privacy.Controller); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
	}
	missing := one("one of two", yamlOfEmbassies, "{en: A committee, ko: 위원회}", "{en: A committee}",
		"campaign.yaml:50: privacy.controller: ko is missing; expected a text in each of en, ko")
	missing.run(t, "embassies")
}

func TestTargetOfCSV(t *testing.T) {
	c := mustLoad(t, library(), "embassies")
	got, ok := c.Target("cn-jp-tokyo")
	if !ok {
		t.Fatal("no target")
	}
	want := &campaign.Target{
		ID: "cn-jp-tokyo", Kind: "embassy", Country: "JP", City: "Tokyo", Name: "Embassy in Japan",
		Emails: []campaign.Mailbox{
			{Address: "tokyo@mission.example", Confidence: "B-", Section: "general"},
			{Address: "visa@mission.example", Confidence: "A", Section: "visa"},
			{Address: "press@mission.example", Confidence: "A", Section: "press"},
		},
		Zone: "Asia/Tokyo", Source: "https://list.example/", AsOf: time.Date(2024, 12, 2, 0, 0, 0, 0, time.UTC),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, ok := c.Target("cn-aq-base"); ok {
		t.Error("a target that isn't there")
	}
}

func TestTexts(t *testing.T) {
	c := mustLoad(t, library(), "embassies")
	for language, want := range map[string]string{"en": "Protest day", "ko": "항의의 날", "fr": "Protest day", "": "Protest day"} {
		if got := c.Text(c.Title, language); got != want {
			t.Errorf("%q: %q", language, got)
		}
	}
	ministry, _ := c.Target("ministry")
	tokyo, _ := c.Target("cn-jp-tokyo")
	if got := c.Salutation(ministry, "ko"); got != "장관님께" {
		t.Errorf("the row's own salutation: %q", got)
	}
	if got := c.Salutation(tokyo, "ko"); got != "귀하" {
		t.Errorf("the campaign's salutation: %q", got)
	}
}

func TestScope(t *testing.T) {
	if got := mustLoad(t, library(), "embassies").Scope(); got != "embassies-TEST" {
		t.Error(got)
	}
	if got := mustLoad(t, library(), "minister").Scope(); got != "minister" {
		t.Error(got)
	}
}

func TestSlugs(t *testing.T) {
	l := campaign.Open(library())
	slugs := l.Slugs()
	if want := []string{"embassies", "minister"}; !slices.Equal(slugs, want) {
		t.Errorf("got %v", slugs)
	}
	slugs[0] = "changed"
	if l.Slugs()[0] != "embassies" {
		t.Error("a caller can change the library")
	}
}

func TestGet(t *testing.T) {
	l := campaign.Open(library())
	for _, slug := range []string{"", "nothing", "..", "minister/..", "minister/", "MINISTER", "minister/campaign.yaml"} {
		if _, err := l.Get(slug); !errors.Is(err, campaign.ErrNotFound) {
			t.Errorf("%q: %v", slug, err)
		}
	}
}

// counting counts how often each file is opened.
type counting struct {
	fs.FS
	mu     sync.Mutex
	opened map[string]int
}

func (c *counting) Open(name string) (fs.File, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.opened[name]++
	return c.FS.Open(name)
}

func TestGetIsLazyAndOnce(t *testing.T) {
	fsys := &counting{FS: changed(t), opened: map[string]int{}}
	l := campaign.Open(fsys)
	if n := fsys.opened["campaigns/embassies/campaign.yaml"]; n != 0 {
		t.Errorf("Open read a campaign %d times", n)
	}
	var wait sync.WaitGroup
	got := make([]*campaign.Campaign, 50)
	for i := range got {
		wait.Go(func() { got[i], _ = l.Get("embassies") })
	}
	wait.Wait()
	once := fsys.opened["campaigns/embassies/campaign.yaml"]
	if _, err := l.Get("embassies"); err != nil || fsys.opened["campaigns/embassies/campaign.yaml"] != once {
		t.Errorf("read again: %v", err)
	}
	for _, c := range got {
		if c == nil || c != got[0] {
			t.Fatal("not the same campaign for all")
		}
	}
	if n := fsys.opened["campaigns/minister/campaign.yaml"]; n != 0 {
		t.Errorf("another campaign was read %d times", n)
	}
}

func TestDirectoryIsReadOnceForAll(t *testing.T) {
	m := changed(t)
	for name, file := range mapFS(t, library()) {
		if rest, ok := strings.CutPrefix(name, "campaigns/embassies/"); ok {
			m["campaigns/second/"+rest] = file
		}
	}
	l := campaign.Open(m)
	first, err1 := l.Get("embassies")
	second, err2 := l.Get("second")
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	a, _ := first.Target("cn-jp-tokyo")
	b, _ := second.Target("cn-jp-tokyo")
	if a != b {
		t.Error("two copies of one mission")
	}
}
