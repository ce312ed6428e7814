package campaign_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"one-click-protest/internal/address"
	"one-click-protest/internal/campaign"
	"one-click-protest/internal/ledger"
)

// withFax is the embassies with a fax gateway on their ladder.
func withFax(t testing.TB, more ...change) *campaign.Campaign {
	t.Helper()
	changes := append([]change{
		{yamlOfEmbassies, "channels: [email, print, self]", "fax: {gateway: \"{e164}@fax.gateway.net\", daily: 40}"},
	}, more...)
	return mustLoad(t, changed(t, changes...), "embassies")
}

func TestFaxBeforePrint(t *testing.T) {
	w := withFax(t).Ways("FR")[0]
	if w.Target.ID != "cn-fr-paris" || w.Channel != ledger.ChannelFax || w.To != "+33100000001@fax.gateway.net" {
		t.Errorf("got %s %s %s", w.Target.ID, w.Channel, w.To)
	}
}

func TestGateways(t *testing.T) {
	for gateway, want := range map[string]string{
		"{e164}@fax.tc":              "+33100000001@fax.tc",
		"{digits}@efax.net":          "33100000001@efax.net",
		"fax.{digits}.a@gateway.net": "fax.33100000001.a@gateway.net",
		"{e164}@Fax.Gateway.NET":     "+33100000001@fax.gateway.net",
		"{e164}@fax.bücher.net":      "+33100000001@fax.xn--bcher-kva.net",
	} {
		c := withFax(t, change{yamlOfEmbassies, "{e164}@fax.gateway.net", gateway})
		if got := c.Ways("FR")[0].To; string(got) != want {
			t.Errorf("%s: got %s", gateway, got)
		}
	}
}

func TestFaxHoursAndPace(t *testing.T) {
	c := withFax(t, change{yamlOfEmbassies, "daily: 40", "daily: 40, hours: 07:00-10:30, pace: 6"})
	fax, mail := c.Ways("FR")[0], c.Ways("IT")[0]
	if got := c.PaceOf(fax); got.Mailbox.PerHour != 6 || got.Domain != ledger.DefaultPace().Domain {
		t.Errorf("pace of a fax: %+v", got)
	}
	if got := c.PaceOf(mail); got != ledger.DefaultPace() {
		t.Errorf("pace of mail: %+v", got)
	}
	for mode, want := range map[campaign.Mode]ledger.Pace{campaign.Test: ledger.DefaultPace(), campaign.Live: c.PaceOf(fax)} { // testers have no fax number
		if c.Mode = mode; c.SendingPace(fax) != want {
			t.Errorf("%s: sent at %+v, want %+v", mode, c.SendingPace(fax), want)
		}
	}
	late := at(t, "2007-12-03T11:00:00+01:00")
	if got, want := c.Expected(fax, late), at(t, "2007-12-04T08:00:00+01:00"); !got.Equal(want) {
		t.Errorf("within the campaign's hours and the fax's: %s", got)
	}
	if got := c.Expected(mail, late); !got.Equal(late) {
		t.Errorf("mail waits for the fax's hours: %s", got)
	}
}

// What is below a channel is what the house can still do for a letter whose signer is gone.
func TestBelow(t *testing.T) {
	relay := change{yamlOfEmbassies, "goal: 1000", "goal: 1000\nrelay: {name: R, address: r@relay.net, language: en, subject: s, note: n}"}
	both := change{directoryCN, "rome@mission.example,B,general,,,,,", "rome@mission.example,B,general,,,+39060000001,,"}
	c := withFax(t, relay, both)
	tests := []struct {
		target  string
		channel ledger.Channel
		want    string
	}{
		{"cn-it-rome", ledger.ChannelEmail, "fax relay"},
		{"cn-it-rome", ledger.ChannelFax, "relay"},
		{"cn-it-rome", ledger.ChannelRelay, ""},
		{"cn-pt-lisbon", ledger.ChannelEmail, "relay"},
		{"nowhere", ledger.ChannelEmail, ""},
	}
	for _, tt := range tests {
		var got []string
		for _, w := range c.Below(tt.target, tt.channel, ledger.Control{}) {
			got = append(got, string(w.Channel))
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("below %s of %s: %v", tt.channel, tt.target, got)
		}
	}
	shut := ledger.Control{Suspended: []ledger.Suspension{{Target: "cn-it-rome", Channel: ledger.ChannelFax}, {Target: "cn-pt-lisbon", Channel: ledger.ChannelRelay}}}
	if below := c.Below("cn-it-rome", ledger.ChannelEmail, shut); len(below) != 1 || below[0].Channel != ledger.ChannelRelay {
		t.Errorf("below with the fax suspended: %v", below)
	}
}

func TestOwnLadder(t *testing.T) {
	c := withFax(t, change{csvOfEmbassies, "id,kind,name,postal,website,zone,salutation.en,salutation.ko\nministry,ministry,Ministry of Foreign Affairs,\"No. 2, Beijing\",https://ministry.example/,",
		"id,kind,name,email,fax,postal,website,channels,zone,salutation.en,salutation.ko\nministry,ministry,Ministry of Foreign Affairs,a@ministry.net,+861000000001,\"No. 2, Beijing\",https://ministry.example/,fax print,"})
	if w := c.Ways("XK")[0]; w.Channel != ledger.ChannelFax {
		t.Errorf("got %s", w.Channel)
	}
	if below := c.Below("ministry", ledger.ChannelFax, ledger.Control{}); below != nil {
		t.Errorf("below: %v", below)
	}
}

func TestRetired(t *testing.T) {
	c := mustLoad(t, changed(t, change{directoryCN, "", retiredRome(t)}), "embassies")
	if w := c.Ways("IT")[0]; w.Target.ID != "ministry" {
		t.Errorf("newcomers still write to %s", w.Target.ID)
	}
	if w, ok := c.WayBy("cn-it-rome", ledger.ChannelEmail); !ok || w.To != "rome@mission.example" {
		t.Errorf("what waits finds no way: %v", w)
	}
}

// The campaign's own targets retire too: who writes to all rows writes to those that are left, and what campaign.yaml names must not be.
func TestOwnTargetsRetire(t *testing.T) {
	c := mustLoad(t, changed(t, change{csvOfMinister, "", "id,name,fax,zone,retired\nformer,Former,+8225033531,Asia/Seoul,2007-11-01\nminister,Minister,+8225033532,Asia/Seoul,\nold,Old,+8225033533,Asia/Seoul,2007-11-01\n"}), "minister")
	if ways := c.Ways("DE"); len(ways) != 1 || ways[0].Target.ID != "minister" {
		t.Errorf("newcomers write to %v", ways)
	}
	if _, ok := c.Target("former"); !ok {
		t.Error("what waits does not find its target")
	}
	csv := change{csvOfEmbassies, "", "id,name,email,zone,retired\nministry,Ministry,m@ministry.net,Asia/Shanghai,2007-11-01\nminister,Minister,n@ministry.net,Asia/Shanghai,2007-11-01\n"}
	also := change{yamlOfEmbassies, "fallback: ministry", "fallback: ministry\nalso: [minister]"}
	problemTest{"retired and named", []change{csv, also, ownWords, koWords}, []string{
		"campaign.yaml:24: fallback: \"ministry\" is retired; expected a target without a date in the column retired",
		"campaign.yaml:25: also: \"minister\" is retired; expected a target without a date in the column retired",
	}}.run(t, "embassies")
	problemTest{"all retired", []change{{csvOfMinister, "", "id,name,fax,zone,retired\nminister,Minister,+8225033532,Asia/Seoul,2007-11-01\n"}}, []string{
		"campaign.yaml:1: nobody to write to; expected state: with a directory, or a targets.csv with a target",
	}}.run(t, "minister")
}

// retiredRome is the directory with a last column, in which Rome has a date.
func retiredRome(t testing.TB) string {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(string(mapFS(t, library())[directoryCN].Data)), "\n")
	for i, line := range lines {
		last := ""
		switch {
		case i == 0:
			last = "retired"
		case strings.HasPrefix(line, "cn-it-rome,"):
			last = "2025-01-31"
		}
		lines[i] = line + "," + last
	}
	return strings.Join(lines, "\n") + "\n"
}

// With several targets signers add own words here, and rewrite nothing.
var (
	ownWords = change{yamlOfEmbassies, "editable: whole", "editable: words"}
	koWords  = change{"campaigns/embassies/letter.ko.md", "", "---\nsubjects: [가, 나]\n---\n{salutation}\n\n{message}\n\n{name}, {city}\n"}
)

func TestSeveralTargets(t *testing.T) {
	csv := "id,name,email,zone\nministry,Ministry,m@ministry.net,Asia/Shanghai\nminister,Minister,n@ministry.net,Asia/Shanghai\n"
	c := mustLoad(t, changed(t, change{csvOfEmbassies, "", csv}, change{yamlOfEmbassies, "fallback: ministry", "fallback: ministry\nalso: [minister, cn-pt-lisbon]"}, ownWords, koWords), "embassies")
	for country, want := range map[string][]string{
		"IT": {"cn-it-rome", "minister", "cn-pt-lisbon"},
		"PT": {"cn-pt-lisbon", "minister"},
		"XK": {"ministry", "minister", "cn-pt-lisbon"},
	} {
		var got []string
		for _, w := range c.Ways(address.Country(country)) {
			got = append(got, w.Target.ID)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", country, diff)
		}
	}
	minister := mustLoad(t, changed(t, change{csvOfMinister, "Asia/Seoul\n", "Asia/Seoul\nfirst,First,+8225033532,Asia/Seoul\n"}), "minister")
	if ways := minister.Ways("DE"); len(ways) != 2 || ways[1].Target.ID != "first" {
		t.Errorf("all rows of targets.csv: %v", ways)
	}
}

func TestVariantsOfLetters(t *testing.T) {
	c := mustLoad(t, changed(t,
		change{"campaigns/embassies/letter.en.md", "subjects:\n  - Stop it\n", "openings:\n  - Today.\n  - In {country}.\n  - Now.\nsubjects:\n  - Stop it\n"},
		change{"campaigns/embassies/letter.en.md", "{salutation}\n", "{salutation}\n\n{opening}\n"},
		change{"campaigns/embassies/letter.ko.md", "", "---\nsubjects: [가, 나]\nopenings: [다, 라, 마]\n---\n{salutation}\n\n{opening}\n\n{name}, {city}\n"}), "embassies")
	if got := c.Variants(); got != 6 {
		t.Errorf("%d variants", got)
	}
	if got := c.Letters["en"].Openings; !slices.Equal(got, []string{"Today.", "In {country}.", "Now."}) {
		t.Errorf("openings %q", got)
	}
}

func TestFaxedLanguage(t *testing.T) {
	c := withFax(t, change{yamlOfEmbassies, "letter_languages: {KR: ko, FR: en}\n", ""})
	c.Languages = []string{"ar", "en"} // the loader would want letters in them
	fax, mail := c.Ways("FR")[0], c.Ways("IT")[0]
	if got := c.LetterLanguage(fax, "ar"); got != "en" {
		t.Errorf("faxed in %s", got)
	}
	if got := c.LetterLanguage(mail, "ar"); got != "ar" {
		t.Errorf("mailed in %s", got)
	}
	if c.Writes(fax, "ar") || !c.Writes(fax, "en") || !c.Writes(mail, "ar") {
		t.Error("what can be written")
	}
}

func TestLadderProblems(t *testing.T) {
	const f = yamlOfEmbassies
	fax := func(s string) change {
		return change{f, "channels: [email, print, self]", "fax: {" + s + "}"}
	}
	tests := []problemTest{
		{"no gateway, no limit", []change{fax("pace: 100")}, []string{
			"campaign.yaml:19: fax.pace: \"100\" is out of bounds; expected a whole number from 1 to 60",
			"campaign.yaml:19: fax: daily is missing; expected how many faxes a day the campaign pays for at most",
			"campaign.yaml:19: fax: gateway is missing; expected the gateway's address with {e164} (+82…) or {digits} (82…) for the number, like {e164}@fax.example.net"}},
		{"a gateway without a number", []change{fax("gateway: fax@gateway.net, daily: 1")}, []string{
			"campaign.yaml:19: fax.gateway: \"fax@gateway.net\" is no gateway; expected the gateway's address with {e164} (+82…) or {digits} (82…) for the number, like {e164}@fax.example.net"}},
		{"live with the gateway of an example", []change{fax("gateway: \"{e164}@fax.example.net\", daily: 1"), {f, "mode: test", "mode: live"}, {f, "letters@example.org", "letters@committee.net"},
			{f, "replies@example.org", "replies@committee.net"}, {f, "privacy@example.org", "privacy@committee.net"}, {f, "[https://partner.example.org, \"https://partner.example.org:8443\"]", "[https://partner.net]"}}, []string{
			"campaign.yaml:19: mode: live with the example domain fax.example.net; expected one that exists, or mode: test"}},
		{"a number in the domain", []change{fax("gateway: \"fax@{digits}.gateway.net\", daily: 1")}, []string{
			"campaign.yaml:19: fax.gateway: \"fax@{digits}.gateway.net\" is no gateway; expected the gateway's address with {e164} (+82…) or {digits} (82…) for the number, like {e164}@fax.example.net"}},
		{"no hour left", []change{fax("gateway: \"{e164}@gateway.net\", daily: 1, hours: 19:00-20:00")}, []string{
			"campaign.yaml:19: fax: no hour of the day is within hours and fax: hours both; expected hours that have some of the day in common"}},
		{"a release at which no fax may ring", []change{fax("gateway: \"{e164}@gateway.net\", daily: 1, hours: 10:00-18:00")}, nil},
		{"a release after the last fax of its day", []change{fax("gateway: \"{e164}@gateway.net\", daily: 1, hours: 08:00-09:00")}, []string{
			"campaign.yaml:15: a release after the hours of faxes: none would leave on the day; expected an earlier time of day, or fax: hours that go on after it"}},
		{"unknown further targets", []change{{f, "fallback: ministry", "fallback: ministry\nalso: [ministry, minstry, ministry]"}, ownWords, koWords}, []string{
			"campaign.yaml:25: also: \"ministry\" stands here a second time; expected each target once",
			"campaign.yaml:25: also: \"minstry\" is no target: did you mean ministry?; expected the id of a row of targets.csv, or of a mission"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { tt.run(t, "embassies") })
	}
	one("further targets without a state", yamlOfMinister, "confirm: always", "also: [minister]\nconfirm: always",
		"campaign.yaml:17: also: given without a state; expected a state, or no also: each signer writes to all rows of targets.csv").run(t, "minister")
}

func TestSeveralLetterProblems(t *testing.T) {
	csv := change{csvOfEmbassies, "", "id,name,email,zone\nministry,Ministry,m@ministry.net,Asia/Shanghai\nminister,Minister,n@ministry.net,Asia/Shanghai\n"}
	also := change{yamlOfEmbassies, "fallback: ministry", "fallback: ministry\nalso: [minister]"}
	letter := change{"campaigns/embassies/letter.ko.md", "", "---\nsubjects: [가, 나]\n---\n{salutation} {target}\n"}
	problemTest{"several", []change{csv, also, letter}, []string{
		"letter.en.md:1: {target} in a letter to several targets, which signers may rewrite: the first one's name would stand in all; expected no {target}; or editable: words or none",
		"letter.ko.md:1: a letter to several targets, which signers may rewrite, does not begin with {salutation}; expected {salutation} as its first paragraph, which stays each target's own; or editable: words or none",
		"letter.ko.md:1: {target} in a letter to several targets, which signers may rewrite: the first one's name would stand in all; expected no {target}; or editable: words or none",
	}}.run(t, "embassies")
	openings := func(head, body string, want ...string) {
		t.Helper()
		problemTest{head, []change{{"campaigns/minister/letter.en.md", "", "---\nsubject: s\n" + head + "---\n{salutation}\n\n" + body + "\n\n{message}\n"}}, want}.run(t, "minister")
	}
	openings("", "{opening}", "letter.en.md:4: {opening}, but no openings; expected openings: a list of paragraphs in the letter's head")
	openings("openings: [a, b]\n", "x", "letter.en.md:5: openings, but no place for them; expected {opening} in a paragraph of its own")
	openings("openings: [a, a]\n", "{opening}", "letter.en.md:3: openings: stands here a second time; expected paragraphs, one of which becomes {opening}, each once")
	openings("openings: ["+strings.Repeat("a", 900)+", b]\n", strings.Repeat("b", 4200)+"\n\n{opening}", "letter.en.md:1: too long: 5136 characters; expected a letter of at most 5000, which is more than a page")
	openings("openings: [\"{message}\", b]\n", "{opening}", "letter.en.md:3: openings: unknown placeholder {message}; expected one of {name}, {country}, {target}, {campaign}")
}

// One hour at every target, by fax too, on the day that clocks are changed.
func TestFaxOnTheDayOfTheJump(t *testing.T) {
	c := withFax(t, change{yamlOfEmbassies, "release: 2007-12-02T09:00", "release: 2008-03-30T09:00"}, change{yamlOfEmbassies, "closes: 2007-12-31", "closes: 2008-12-31"})
	got := c.Expected(c.Ways("FR")[0], at(t, "2008-03-01T00:00:00Z"))
	if want := at(t, "2008-03-30T07:00:00Z"); !got.Equal(want) { // summer time since two o'clock
		t.Errorf("got %s", got.UTC().Format(time.RFC3339))
	}
}
