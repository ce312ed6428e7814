package campaign_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"one-click-protest/infra"
	"one-click-protest/internal/campaign"
)

// keysOf is what an unknown key at the top is answered with.
const keysOf = "; expected one of languages, title, summary, salutation, consent, from, privacy, testers, replies, partners, goal, opens, closes, " +
	"release, hours, after_day, pace, mode, editable, confirm, reply_to, fields, channels, addresses, relay, fax, state, fallback, also, letter_languages"

// TestMisspelt: one slip is one problem, whatever would follow from the key's absence.
func TestMisspelt(t *testing.T) {
	const f = yamlOfEmbassies
	const placeholders = "{salutation}, {name}, {country}, {target}, {campaign}, {message}, {opening}, {city}"
	slip := func(line, key, misspelt string) problemTest {
		return one(misspelt, f, "\n"+key+":", "\n"+misspelt+":",
			"campaign.yaml:"+line+": unknown key \""+misspelt+"\": did you mean "+key+"?"+keysOf)
	}
	tests := []problemTest{
		slip("2", "title", "tittle"),
		slip("8", "mode", "Mode"),
		slip("9", "testers", "tester"),
		slip("15", "release", "relaese"),
		slip("18", "state", "sate"),
		slip("24", "fallback", "fall_back"),
		slip("25", "fields", "feilds"),
		slip("32", "editable", "editabel"),
		slip("33", "confirm", "confrim"),
		slip("34", "reply_to", "reply-to"),
		slip("49", "privacy", "pivacy"),
		one("languages", f, "languages: [en, ko]", "language: [en, ko]",
			"campaign.yaml:1: unknown key \"language\": did you mean languages?"+keysOf),
		one("inside", f, "  address: letters@example.org", "  adress: letters@example.org",
			"campaign.yaml:12: from: unknown key \"adress\": did you mean address?; expected one of name, address"),
		one("a language", f, "  en: Your Excellency,\n  ko: 귀하", "  en: Your Excellency,\n  kr: 귀하",
			"campaign.yaml:38: salutation: unknown key \"kr\": did you mean ko?; expected one of en, ko"),
		one("a key that is there is not meant", f, "goal: 1000", "goal: 1000\ngoall: 1000",
			"campaign.yaml:44: unknown key \"goall\""+keysOf),
		one("a placeholder", letterOfEmbassies, "{name}, {city}", "{naem}, {city}",
			"letter.en.md:13: unknown placeholder {naem}: did you mean {name}?; expected one of "+placeholders),
		one("a field's placeholder", letterOfEmbassies, "{name}, {city}", "{name}, {ciyt}",
			"letter.en.md:13: unknown placeholder {ciyt}: did you mean {city}?; expected one of "+placeholders),
		one("an address", f, "  address: letters@example.org", "  address: letters",
			"campaign.yaml:12: from.address: \"letters\" is no e-mail address; expected name@example.org"),
		one("a month", f, "opens: 2007-11-01", "opens: 2007-13-01",
			"campaign.yaml:13: opens: \"2007-13-01\" is no date; expected a date like 2007-12-02 (UTC) or a time like 2007-12-02T09:00:00+09:00"),
		one("an hour", f, "opens: 2007-11-01", "opens: 2007-11-01T25:00:00Z",
			"campaign.yaml:13: opens: \"2007-11-01T25:00:00Z\" is no date or time; expected a date like 2007-12-02 (UTC) or a time like 2007-12-02T09:00:00+09:00"),
		one("a fallback without a state", f, "state: CN\n", "",
			"campaign.yaml:22: addresses.use: \"cn-kr-seoul\" is no target with an e-mail address; expected the id of one",
			"campaign.yaml:23: fallback: given without a state; expected a state, or no fallback: the target is everybody's"),
		one("a column", csvOfEmbassies, "postal,website", "postal,websit",
			"targets.csv:1: unknown column \"websit\": did you mean website?; expected one of id, country, kind, city, name, email, confidence, section, email_reason, further_emails, fax, phone, postal, website, zone, source, as_of, accredited, pace, channels, retired, salutation.en, salutation.ko"),
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { tt.run(t, "embassies") })
	}
}

// TestUnreadable: what can't be read isn't taken for missing as well.
func TestUnreadable(t *testing.T) {
	const notCSV = "; expected comma-separated values, cells with commas or quotes in \"quotes\""
	tests := []problemTest{
		one("broken targets", csvOfEmbassies, "\"No. 2, Beijing\"", "\"No. 2, Bei\"jing\"",
			"targets.csv:2: not CSV: extraneous or missing \" in quoted-field"+notCSV),
		one("targets without their head", csvOfEmbassies, "id,kind", "ID,kind",
			"targets.csv:1: column id is missing; expected the columns id, name",
			"targets.csv:1: unknown column \"ID\": did you mean id?; expected one of id, country, kind, city, name, email, confidence, section, email_reason, further_emails, fax, phone, postal, website, zone, source, as_of, accredited, pace, channels, retired, salutation.en, salutation.ko"),
		one("a row with a bad id", csvOfEmbassies, "ministry,ministry,Min", "Ministry!,ministry,Min",
			"targets.csv:2: id: \"Ministry!\" is no id; expected 1 to 40 of a-z, 0-9 and -"),
		one("a broken directory", directoryCN, "cn-de-berlin,", "cn-de-\"berlin,",
			"directory/cn.csv:2: not CSV: bare \" in non-quoted-field"+notCSV),
		one("an open list", yamlOfEmbassies, "title:\n", "title: [\n",
			"campaign.yaml:2: not YAML: ',' or ']' must be specified; expected key: value lines, indented with spaces"),
		one("an open mapping", yamlOfEmbassies, "from:\n", "from: {a: [1, 2],\n",
			"campaign.yaml:10: not YAML: ',' or '}' must be specified; expected key: value lines, indented with spaces"),
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { tt.run(t, "embassies") })
	}
}

func TestLinkProblems(t *testing.T) {
	const f = letterOfEmbassies
	const expected = "; expected a link with https:, http:, mailto:"
	tests := []problemTest{
		{"harmless", []change{{f, "Stop it, {target}.", "Stop it: [why](https://example.org/a(b)), <mailto:a@example.org>, [x](#y), data: 5 < 6, [a]: b, [data:x]. [1]\n\n[1]: http://example.org/\n\n"}}, nil},
		one("script", f, "Stop it, {target}.", "\n\n[Stop it](JavaScript:alert(1))\n\n", "letter.en.md:11: a link with javascript:"+expected),
		one("data", f, "Stop it, {target}.", "[Stop it]( <data:text/html,x> )", "letter.en.md:9: a link with data:"+expected),
		one("in angles", f, "Stop it, {target}.", "<javascript:alert(1)>", "letter.en.md:9: a link with javascript:"+expected),
		one("a reference", f, "Stop it, {target}.", "[Stop it][1]\n\n[1]: vbscript:x\n\n", "letter.en.md:11: a link with vbscript:"+expected),
		one("in disguise", f, "Stop it, {target}.", "[Stop it](java&#115;cript\\:x)", "letter.en.md:9: a link with javascript:"+expected),
		one("an image", f, "Stop it, {target}.", "![Stop it](file:///etc/hosts)", "letter.en.md:9: a link with file:"+expected),
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { tt.run(t, "embassies") })
	}
	note := one("a relay's note", yamlOfMinister, "    팩스: {fax}", "    [팩스](data:x)", "campaign.yaml:15: relay.note: a link with data:"+expected)
	note.run(t, "minister")
}

// located is a library that knows its folder.
type located struct{ fs.FS }

func (located) Folder() string { return "a/b" }

func TestProblemsHaveTheFolder(t *testing.T) {
	files := changed(t,
		change{yamlOfMinister, "mode: live", "mode: dead"},
		change{yamlOfEmbassies, "state: CN", "state: KR"},
		change{directoryCN, "Asia/Tokyo", "Asia/Kyoto"},
		change{directoryCN, "cn-fr-lyon,FR", "cn-fr-lyon,ZZ"})
	err := campaign.Open(located{files}).Check()
	var all campaign.Problems
	if !errors.As(err, &all) || len(all) != 4 {
		t.Fatalf("got %v", err)
	}
	for i, want := range []string{"a/b/campaigns/embassies/campaign.yaml:18:", "a/b/campaigns/minister/campaign.yaml:4:", "a/b/directory/cn.csv:6:", "a/b/directory/cn.csv:9:"} {
		if !strings.HasPrefix(all[i].String(), want) {
			t.Errorf("%s, want %s", all[i], want)
		}
	}
	if want := "a/b/directory/kr.csv"; !strings.HasPrefix(all[0].Expected, want) {
		t.Errorf("expected %s, want %s", all[0].Expected, want)
	}
}

// TestShippedFolder: the paths of the shipped files can be opened from the project's root.
func TestShippedFolder(t *testing.T) {
	var files campaign.Located = infra.Files
	for _, name := range []string{"campaigns", "directory/cn.csv"} {
		if _, err := os.Stat(filepath.Join("..", "..", files.Folder(), name)); err != nil {
			t.Error(err)
		}
	}
}
