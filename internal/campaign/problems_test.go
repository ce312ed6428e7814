package campaign_test

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"one-click-protest/internal/campaign"
)

const (
	letterOfEmbassies = "campaigns/embassies/letter.en.md"
	letterOfMinister  = "campaigns/minister/letter.en.md"
)

// problemTest changes files of one campaign and expects these problems, all of them. The file's folder is left out of want.
type problemTest struct {
	name    string
	changes []change
	want    []string
}

func one(name, file, old, new string, want ...string) problemTest {
	return problemTest{name, []change{{file, old, new}}, want}
}

func (p problemTest) run(t *testing.T, slug string) {
	t.Helper()
	_, err := campaign.Load(changed(t, p.changes...), slug)
	var got []string
	if broken := (campaign.Problems)(nil); errors.As(err, &broken) {
		for _, problem := range broken {
			got = append(got, strings.TrimPrefix(problem.String(), "campaigns/"+slug+"/"))
		}
	} else if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(p.want, got); diff != "" {
		t.Error(diff)
	}
}

func TestYAMLProblems(t *testing.T) {
	const f = yamlOfMinister
	tests := []problemTest{
		one("unknown key", f, "mode: live", "mode: live\nspeed: 900",
			"campaign.yaml:5: unknown key \"speed\"; expected one of languages, title, summary, salutation, consent, from, privacy, testers, replies, partners, goal, opens, closes, release, hours, after_day, pace, mode, editable, confirm, reply_to, fields, channels, addresses, relay, fax, state, fallback, also, letter_languages"),
		one("unknown key inside", f, "from: {name: Free them,", "from: {name: Free them, nom: x,",
			"campaign.yaml:5: from: unknown key \"nom\"; expected one of name, address"),
		one("the same key twice", f, "mode: live", "mode: live\nmode: test",
			"campaign.yaml:5: key \"mode\" stands here a second time; expected each key once"),
		one("anchor", f, "reply_to: signer", "reply_to: &r signer",
			"campaign.yaml:18: reply_to: an anchor or alias where a text belongs; expected signer (answers reach the signer, whose address the target learns; needs confirm: always) or campaign (answers reach the campaign's replies address)"),
		one("alias", f, "reply_to: signer", "reply_to: *r",
			"campaign.yaml:18: reply_to: an anchor or alias where a text belongs; expected signer (answers reach the signer, whose address the target learns; needs confirm: always) or campaign (answers reach the campaign's replies address)"),
		one("tag", f, "consent: {version: \"1\",", "consent: {version: !!str 1,",
			"campaign.yaml:20: consent.version: a tag where a text belongs; expected a short name, like 2007-11-01"),
		one("merge key", f, "mode: live", "mode: live\n<<: {goal: 1}",
			"campaign.yaml:5: a key that is no plain text; expected key: value"),
		one("number for a text", f, "consent: {version: \"1\",", "consent: {version: 1,",
			"campaign.yaml:20: consent.version: a number where a text belongs; expected a short name, like 2007-11-01 (in quotes)"),
		one("text for a mapping", f, "title: {en: Free them}", "title: Free them",
			"campaign.yaml:2: title: text where a mapping belongs; expected key: value lines"),
		one("text for a list", f, "channels: [relay, print, self]", "channels: relay",
			"campaign.yaml:6: channels: text where a list belongs; expected some of email, fax, relay, print, self, the best first"),
		one("nothing", f, "mode: live", "mode:",
			"campaign.yaml:4: mode: nothing where a text belongs; expected test (every letter goes to the testers) or live (letters go to their targets)"),
		one("empty text", f, "controller: A committee", "controller: \" \"",
			"campaign.yaml:21: privacy.controller: empty text; expected who answers for the signers' data"),
		one("empty list", f, "languages: [en]", "languages: []",
			"campaign.yaml:1: languages: an empty list; expected a list like [en, ko]"),
		one("text for a number", f, "mode: live", "mode: live\ngoal: many",
			"campaign.yaml:5: goal: \"many\" is no whole number; expected a whole number from 1 to 100000000"),
		one("number out of bounds", f, "mode: live", "mode: live\ngoal: 0",
			"campaign.yaml:5: goal: \"0\" is out of bounds; expected a whole number from 1 to 100000000"),
		one("fraction", f, "mode: live", "mode: live\ngoal: 1.5",
			"campaign.yaml:5: goal: \"1.5\" is no whole number; expected a whole number from 1 to 100000000"),
		one("not YAML", f, "mode: live", "mode: [live",
			"campaign.yaml:4: not YAML: ',' or ']' must be specified; expected key: value lines, indented with spaces"),
		one("tab", f, "  name: A federation", "\tname: A federation",
			"campaign.yaml:8: not YAML: found character '\t' that cannot start any token; expected key: value lines, indented with spaces"),
		one("two documents", f, "mode: live", "---\nmode: live",
			"campaign.yaml:1: 2 YAML documents; expected one"),
		one("a list", f, "", "- a\n- b\n",
			"campaign.yaml:1: a list where a mapping belongs; expected key: value lines"),
		one("too long", f, "", strings.Repeat("# long\n", 10_000),
			"campaign.yaml:1: too long: 70000 bytes, at most 65536; expected a campaign.yaml of at most 65536 bytes"),
		one("two mistakes in two places", f, "mode: live", "mode: dead\nopens: tomorrow",
			"campaign.yaml:4: mode: \"dead\" is no choice; expected test (every letter goes to the testers) or live (letters go to their targets)",
			"campaign.yaml:5: opens: \"tomorrow\" is no date; expected a date like 2007-12-02 (UTC) or a time like 2007-12-02T09:00:00+09:00"),
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { tt.run(t, "minister") })
	}
}

func TestValueProblems(t *testing.T) {
	const f = yamlOfEmbassies
	tests := []problemTest{
		one("missing language", f, "title:\n  en: Protest day\n  ko: 항의의 날\n", "title:\n  en: Protest day\n",
			"campaign.yaml:2: title: ko is missing; expected a text in each of en, ko"),
		one("unknown language", f, "  ko: 귀하", "  ko: 귀하\n  fr: Excellence",
			"campaign.yaml:39: salutation: unknown key \"fr\"; expected one of en, ko"),
		one("no language tag", f, "languages: [en, ko]", "languages: [en, ko, english, EN, ko]",
			"campaign.yaml:1: languages: \"EN\" is no language tag; expected a BCP 47 language tag in its usual form, like en, ko or zh-Hant",
			"campaign.yaml:1: languages: \"english\" is no language tag; expected a BCP 47 language tag in its usual form, like en, ko or zh-Hant",
			"campaign.yaml:1: languages: \"ko\" stands here a second time; expected each language once"),
		one("placeholder where nothing replaces it", f, "  en: Write to the embassy.", "  en: |\n    Write to the embassy.\n\n    Dear {name}",
			"campaign.yaml:9: summary.en: placeholder {name}, which nothing replaces here; expected plain text"),
		one("placeholder in the consent", f, "    en: I agree.", "    en: I, {name}, agree.",
			"campaign.yaml:47: consent.text.en: placeholder {name}, which nothing replaces here; expected plain text"),
		one("control character", f, "  en: Write to the embassy.", "  en: \"Write\\u202eto\"",
			"campaign.yaml:6: summary.en: too long, or control or bidirectional characters in it; expected text of at most 4000 characters"),
		one("long title", f, "title:\n  en: Protest day", "title:\n  en: "+strings.Repeat("Protest ", 20),
			"campaign.yaml:3: title.en: too long, or control or bidirectional characters in it; expected text of at most 120 characters"),
		one("bad address", f, "testers: [testers@example.org]", "testers: [testers@example.org, Testers <t@example.org>]",
			"campaign.yaml:9: testers: \"Testers <t@example.org>\" is no e-mail address; expected name@example.org"),
		one("two lines in a name", f, "  name: Protest day", "  name: \"Protest\\nday\"",
			"campaign.yaml:11: from.name: too long, or more than a line; expected the campaign's name as a sender, at most 100 characters"),
		one("too many testers", f, "testers: [testers@example.org]", "testers: ["+strings.Repeat("t@example.org, ", 51)+"]",
			"campaign.yaml:9: testers: too many testers; expected 50 at most"),
		one("no testers", f, "testers: [testers@example.org]\n", "",
			"campaign.yaml:8: test mode without testers; expected testers: [name@example.org], or mode: live"),
		one("date", f, "opens: 2007-11-01", "opens: 2007-11-31",
			"campaign.yaml:13: opens: \"2007-11-31\" is no date; expected a date like 2007-12-02 (UTC) or a time like 2007-12-02T09:00:00+09:00"),
		one("release with a zone", f, "release: 2007-12-02T09:00", "release: 2007-12-02T09:00:00Z",
			"campaign.yaml:15: release: \"2007-12-02T09:00:00Z\" is no local time; expected a local time at each target, without a zone, like 2007-12-02T09:00"),
		one("hours", f, "hours: 08:00-18:00", "hours: 18:00-08:00",
			"campaign.yaml:17: hours: \"18:00-08:00\" is no part of a day; expected a part of a target's local day, like 08:00-18:00"),
		one("closes before it opens", f, "closes: 2007-12-31", "closes: 2007-10-31",
			"campaign.yaml:14: closes before it opens; expected a moment after opens",
			"campaign.yaml:15: a release after the campaign closes: 2007-12-02T09:00 comes last at 2007-12-02T21:00:00Z; expected a release before closes, 2007-11-01T00:00:00Z"),
		one("a release that comes too early in Kiritimati", f, "opens: 2007-11-01", "opens: 2007-12-01T19:00:01Z",
			"campaign.yaml:15: a release before the campaign opens: 2007-12-02T09:00 comes first at 2007-12-01T19:00:00Z; expected a release after opens, 2007-12-01T19:00:01Z"),
		one("a release that comes too late in Pago Pago", f, "closes: 2007-12-31", "closes: 2007-12-02T20:59:59Z",
			"campaign.yaml:15: a release after the campaign closes: 2007-12-02T09:00 comes last at 2007-12-02T21:00:00Z; expected a release before closes, 2007-12-02T20:59:59Z"),
		one("a release outside hours", f, "hours: 08:00-18:00", "hours: 10:00-18:00",
			"campaign.yaml:15: a release outside hours; expected a time of day within hours"),
		one("after_day without a release", f, "release: 2007-12-02T09:00\n", "",
			"campaign.yaml:15: after_day: nothing is released; expected a release, or no after_day"),
		one("field name", f, "  - name: city", "  - name: home_town",
			"campaign.yaml:26: fields.name: \"home_town\" is no field name; expected 1 to 40 letters a-z"),
		one("a field twice", f, "editable: whole", "  - {name: city, label: {en: City, ko: 도시}, required: maybe, max: 0}\neditable: whole",
			"campaign.yaml:32: fields.max: \"0\" is out of bounds; expected a whole number from 1 to 200",
			"campaign.yaml:32: fields.name: \"city\" is taken; expected a name of its own",
			"campaign.yaml:32: fields.required: \"maybe\" is neither true nor false; expected true or false"),
		one("a field with the house's name", f, "editable: whole", "  - {name: message, label: {en: M, ko: M}}\neditable: whole",
			"campaign.yaml:32: fields.name: \"message\" is taken; expected a name of its own"),
		one("a field with the form's name", f, "editable: whole", "  - {name: email, label: {en: M, ko: M}}\neditable: whole",
			"campaign.yaml:32: fields.name: \"email\" is taken; expected a name of its own"),
		one("origin with a path", f, "https://partner.example.org,", "https://partner.example.org/,",
			"campaign.yaml:42: partners.origins: \"https://partner.example.org/\" is no origin; expected https://, a host in lower case and nothing behind it, like https://example.org"),
		one("origin with the usual port", f, "https://partner.example.org,", "https://partner.example.org:443,",
			"campaign.yaml:42: partners.origins: \"https://partner.example.org:443\" is no origin; expected https://, a host in lower case and nothing behind it, like https://example.org"),
		one("origin with a user", f, "https://partner.example.org,", "https://me@partner.example.org,",
			"campaign.yaml:42: partners.origins: \"https://me@partner.example.org\" is no origin; expected https://, a host in lower case and nothing behind it, like https://example.org"),
		one("origin without TLS", f, "https://partner.example.org,", "http://partner.example.org,",
			"campaign.yaml:42: partners.origins: \"http://partner.example.org\" is no origin; expected https://, a host in lower case and nothing behind it, like https://example.org"),
		one("origin and partner twice", f, "goal: 1000", "  - {id: first, name: Second, origins: [https://partner.example.org]}\ngoal: 1000",
			"campaign.yaml:43: partners.id: \"first\" stands here a second time; expected each id once",
			"campaign.yaml:43: partners.origins: \"https://partner.example.org\" stands here a second time; expected each origin once: it tells the partners apart"),
		one("partner id", f, "  - id: first", "  - id: First!",
			"campaign.yaml:40: partners.id: \"First!\" is no id; expected 1 to 40 of a-z, 0-9 and -"),
		one("retention", f, "  retention: 20", "  retention: 3000",
			"campaign.yaml:52: privacy.retention: \"3000\" is out of bounds; expected a whole number from 1 to 366"),
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { tt.run(t, "embassies") })
	}
}

func TestChoiceProblems(t *testing.T) {
	const f = yamlOfMinister
	const confirm = "always (each signer clicks a mailed link before the letter leaves), edited (only one who changed the letter does; " +
		"the campaign's own letter goes with one click) or off (letters leave with one click and say that the sender's address was not verified)"
	const reply = "signer (answers reach the signer, whose address the target learns; needs confirm: always) or campaign (answers reach the campaign's replies address)"
	tests := []problemTest{
		one("confirm has no default", f, "confirm: always\n", "", "campaign.yaml:1: confirm is missing; expected "+confirm),
		one("reply_to has no default", f, "reply_to: signer\n", "", "campaign.yaml:1: reply_to is missing; expected "+reply),
		one("mode has no default", f, "mode: live\n", "", "campaign.yaml:1: mode is missing; expected test (every letter goes to the testers) or live (letters go to their targets)"),
		one("an unknown choice", f, "confirm: always", "confirm: sometimes", "campaign.yaml:17: confirm: \"sometimes\" is no choice; expected "+confirm),
		one("reply to the signer unproven unless edited", f, "confirm: always", "confirm: edited",
			"campaign.yaml:18: reply_to: signer with confirm: edited, which leaves addresses unproven; expected confirm: always, or reply_to: campaign"),
		one("reply to the signer and own words unproven", f, "confirm: always", "confirm: off",
			"campaign.yaml:16: editable: words with confirm: off, which lets own words leave unproven; expected confirm: always or edited, or editable: none",
			"campaign.yaml:18: reply_to: signer with confirm: off, which leaves addresses unproven; expected confirm: always, or reply_to: campaign"),
		{"no proof and nothing that needs it", []change{
			{f, "editable: words\nconfirm: always\nreply_to: signer", "editable: none\nconfirm: off\nreply_to: campaign"},
			{letterOfMinister, "{message}\n", ""}}, nil},
		one("live with the example of a gateway", f, "channels: [relay, print, self]", "channels: [relay, fax, print, self]\nfax: {gateway: \"{e164}@fax.example.net\", daily: 1}",
			"campaign.yaml:7: mode: live with the example domain fax.example.net; expected one that exists, or mode: test"),
		{"live with addresses of examples", []change{
			{f, "letters@freethem.kr", "letters@example.org"},
			{f, "forward@federation.kr", "forward@federation.test"},
			{f, "privacy@freethem.kr}", "privacy@sub.example.com}\nreplies: x@foo.example\npartners: [{id: p, name: P, origins: [\"https://www.example.net:8443\"]}]"},
			{csvOfMinister, "id,name,fax,zone\nminister,Minister of Justice,+8225033532; +8225009128,Asia/Seoul", "id,name,email,zone\nminister,Minister of Justice,m@ministry.invalid,Asia/Seoul"}},
			[]string{
				"campaign.yaml:5: mode: live with the example domain example.org; expected one that exists, or mode: test",
				"campaign.yaml:7: mode: live with the example domain federation.test; expected one that exists, or mode: test",
				"campaign.yaml:21: mode: live with the example domain sub.example.com; expected one that exists, or mode: test",
				"campaign.yaml:22: mode: live with the example domain foo.example; expected one that exists, or mode: test",
				"campaign.yaml:23: mode: live with the example domain www.example.net:8443; expected one that exists, or mode: test",
				"targets.csv:2: mode: live with the example domain ministry.invalid; expected an address that exists",
			}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { tt.run(t, "minister") })
	}
}

func TestRoutingProblems(t *testing.T) {
	const f = yamlOfEmbassies
	tests := []problemTest{
		one("unknown channel", f, "channels: [email, print, self]", "channels: [email, pigeon, email, fax]",
			"campaign.yaml:19: channels: \"email\" stands here a second time; expected each channel once",
			"campaign.yaml:19: channels: \"pigeon\" is no channel; expected some of email, fax, relay, print, self, the best first",
			"campaign.yaml:19: channels: fax among them, but there is no gateway; expected fax: with gateway and daily",
			"targets.csv:2: target \"ministry\" has none of the channels email, fax; expected an address for one of them"),
		one("self is the last resort", f, "channels: [email, print, self]", "channels: [self, email, print]",
			"campaign.yaml:19: channels: self before another channel; expected self at the end: it is the last resort"),
		one("relay without one", f, "channels: [email, print, self]", "channels: [email, relay, print]",
			"campaign.yaml:19: channels: relay among them, but there is none; expected relay: with name, address, language, subject and note"),
		one("a relay never used", f, "goal: 1000", "goal: 1000\nrelay: {name: R, address: r@example.org, language: ko, subject: s, note: n}",
			"campaign.yaml:44: relay: never used; expected relay among the channels, or no relay"),
		one("addresses", f, "  confidence: B\n  sections: [general, press]\n  use: [cn-kr-seoul]", "  confidence: C\n  sections: [general, lobby]\n  use: [cn-kr-busan, cn-fr-paris]",
			"campaign.yaml:21: addresses.confidence: \"C\" is no choice; expected A (the ministry's or embassy's own page) or B (also a host government's list, or sources that agree)",
			"campaign.yaml:22: addresses.sections: \"lobby\" is no choice; expected one of general, press, consular, visa, several",
			"campaign.yaml:23: addresses.use: \"cn-fr-paris\" is no target with an e-mail address; expected the id of one",
			"campaign.yaml:23: addresses.use: \"cn-kr-busan\" is no target with an e-mail address; expected the id of one"),
		one("no country", f, "state: CN", "state: China",
			"campaign.yaml:18: state: \"China\" is no country; expected an ISO 3166-1 alpha-2 code like CN"),
		one("no directory", f, "state: CN", "state: KR",
			"campaign.yaml:18: state: no directory of KR; expected directory/kr.csv, or one of the states there: cn"),
		one("unknown fallback", f, "fallback: ministry", "fallback: minister",
			"campaign.yaml:24: fallback: \"minister\" is no target: did you mean ministry?; expected the id of a row of targets.csv",
			"targets.csv:2: target \"ministry\", which no letter goes to; expected the campaign's fallback or one of also, or no such row"),
		one("no fallback", f, "fallback: ministry\n", "",
			"campaign.yaml:18: state: 220 countries without a way, AE AF AG AI AL AM AO AQ AR AT among them; expected fallback: the id of a target for them, in targets.csv",
			"targets.csv:2: target \"ministry\", which no letter goes to; expected the campaign's fallback or one of also, or no such row"),
		one("a fallback that can't be reached", csvOfEmbassies, "\"No. 2, Beijing\",https://ministry.example/", ",",
			"targets.csv:2: target \"ministry\" has none of the channels email, print, self; expected an address for one of them"),
		{"a mission as fallback that can't be reached", []change{
			{f, "fallback: ministry", "fallback: cn-gb-london"},
			{csvOfEmbassies, "", "id,name\n"}},
			[]string{"campaign.yaml:24: target \"cn-gb-london\" has none of the channels email, print, self; expected a target with an address for one of them"}},
		{"after_day: print by mail only", []change{
			{f, "after_day: continue", "after_day: print"},
			{f, "channels: [email, print, self]", "channels: [email]"},
			{csvOfEmbassies, "id,kind,name,postal,website,zone,salutation.en,salutation.ko\nministry,ministry,Ministry of Foreign Affairs,\"No. 2, Beijing\",https://ministry.example/,Asia/Shanghai,\"Dear Minister,\",장관님께",
				"id,name,email,zone\nministry,Ministry,m@ministry.cn,Asia/Shanghai"},
			{directoryCN, "", "id,country,kind,name,source,as_of,email,confidence,section\ncn-kr-seoul,KR,embassy,Embassy,x,2024-12-02,a@ministry.cn,A,visa\n"}},
			[]string{
				"campaign.yaml:16: after_day: print, but target \"cn-kr-seoul\" can't be reached by print or self; expected both among the channels and a fax number, postal address, website or e-mail for it; or continue",
				"campaign.yaml:16: after_day: print, but target \"ministry\" can't be reached by print or self; expected both among the channels and a fax number, postal address, website or e-mail for it; or continue",
			}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { tt.run(t, "embassies") })
	}
}

func TestTargetProblemsOfOneTarget(t *testing.T) {
	tests := []problemTest{
		one("semicolons", csvOfMinister, "", "\ufeffid;name;fax;zone\r\nminister;Minister;+8225033532;Asia/Seoul\r\n",
			"targets.csv:1: cells parted by semicolons or tabs; expected commas between them"),
		one("nobody", csvOfMinister, "minister,Minister of Justice,+8225033532; +8225009128,Asia/Seoul\n", "",
			"campaign.yaml:1: nobody to write to; expected state: with a directory, or a targets.csv with a target"),
		{"unreachable", []change{{yamlOfMinister, "channels: [relay, print, self]\nrelay:\n  name: A federation\n  address: forward@federation.kr\n  language: ko\n  subject: \"편지: {name}\"\n  note: |\n    {target}에게 전해 주십시오.\n\n    팩스: {fax}\n", ""},
			{csvOfMinister, "+8225033532; +8225009128", ""}},
			[]string{"targets.csv:2: target \"minister\" has none of the channels email, fax, relay, print, self; expected an address for one of them"}},
		one("unknown placeholder in the note", yamlOfMinister, "    팩스: {fax}", "    팩스: {fax} {phone}\n    {Name} {{x}}",
			"campaign.yaml:15: relay.note: unknown placeholder {phone}; expected one of {name}, {country}, {target}, {campaign}, {fax}, {subject}",
			"campaign.yaml:16: relay.note: a lone {; expected a placeholder, one of {name}, {country}, {target}, {campaign}, {fax}, {subject}, or two braces for one",
			"campaign.yaml:16: relay.note: a lone }; expected a placeholder, one of {name}, {country}, {target}, {campaign}, {fax}, {subject}, or two braces for one"),
		one("unknown placeholder in the relay's subject", yamlOfMinister, "편지: {name}", "편지: {salutation}",
			"campaign.yaml:11: relay.subject: unknown placeholder {salutation}; expected one of {name}, {country}, {target}, {campaign}, {fax}, {subject}"),
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { tt.run(t, "minister") })
	}
}

func TestSlugProblem(t *testing.T) {
	m := changed(t)
	for name, file := range changed(t) {
		if rest, ok := strings.CutPrefix(name, "campaigns/minister/"); ok {
			m["campaigns/Minister_1/"+rest] = file
		}
	}
	_, err := campaign.Load(m, "Minister_1")
	want := "campaigns/Minister_1/campaign.yaml:1: the folder's name \"Minister_1\" is no campaign name; expected 1 to 40 of a-z, 0-9 and -"
	if err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
}

func TestNoCampaignFile(t *testing.T) {
	m := changed(t)
	delete(m, yamlOfMinister)
	_, err := campaign.Load(m, "minister")
	want := "campaigns/minister/campaign.yaml:1: there is no campaign.yaml in this folder; expected one"
	if err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
}

func TestCheck(t *testing.T) {
	if err := campaign.Open(library()).Check(); err != nil {
		t.Error(err)
	}
	m := changed(t,
		change{yamlOfMinister, "mode: live", "mode: dead"},
		change{directoryCN, "Europe/Lisbon", "Europe/Lissabon"},
		change{directoryCN, "Asia/Tokyo", ""},
		change{"directory/kr.csv", "", "id,country,kind,name,source,as_of\nkr-jp,JP,embassy,,a list,2024-12-02\n"})
	err := campaign.Open(m).Check()
	want := campaign.Problems{
		{File: yamlOfMinister, Line: 4, What: "mode: \"dead\" is no choice", Expected: "test (every letter goes to the testers) or live (letters go to their targets)"},
		{File: directoryCN, Line: 9, What: "zone: \"\" is no time zone", Expected: "an IANA name like Asia/Seoul"},
		{File: directoryCN, Line: 13, What: "zone: \"Europe/Lissabon\" is no time zone", Expected: "an IANA name like Asia/Seoul"},
		{File: "directory/kr.csv", Line: 2, What: "name: empty", Expected: "the English name"},
		{File: "directory/kr.csv", Line: 2, What: "zone: \"\" is no time zone", Expected: "an IANA name like Asia/Seoul"},
	}
	if diff := cmp.Diff(error(want), err); diff != "" {
		t.Error(diff)
	}
	if _, err := campaign.Load(m, "embassies"); err != nil {
		t.Errorf("zones of missions are Check's: %v", err)
	}
}

func TestCheckOfNothing(t *testing.T) {
	err := campaign.Open(changed(t, change{"campaigns/README.md", "", "x"})).Check()
	if err != nil {
		t.Errorf("a file beside the campaigns: %v", err)
	}
	err = campaign.Open(fstest.MapFS{}).Check()
	if err == nil || err.Error() != "campaigns:1: no campaign; expected a folder with a campaign.yaml" {
		t.Errorf("got %v", err)
	}
}
