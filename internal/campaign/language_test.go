package campaign_test

import (
	"strings"
	"testing"

	"one-click-protest/infra"
	"one-click-protest/internal/campaign"
	"one-click-protest/internal/ledger"
)

func TestBest(t *testing.T) {
	day, mtu := mustLoad(t, infra.Files, "protest-day-2007"), mustLoad(t, infra.Files, "free-mtu-leaders-2007")
	for _, tt := range []struct {
		c              *campaign.Campaign
		language, want string
	}{
		{day, "en", "en"}, {day, "ko", "ko"}, {day, "zh-Hans", "zh"}, {day, "zh-Hant", "zh"}, {day, "fr", "en"}, {day, "", "en"}, {day, "-", "en"},
		{mtu, "zh-Hans", "en"}, {mtu, "ko", "ko"},
		{&campaign.Campaign{Languages: []string{"en", "zh-Hans", "zh-Hant"}}, "zh-Hant", "zh-Hant"},
		{&campaign.Campaign{Languages: []string{"en", "zh", "zh-Hant"}}, "zh-Hant", "zh-Hant"},
		{&campaign.Campaign{}, "en", ""},
	} {
		if got := tt.c.Best(tt.language); got != tt.want {
			t.Errorf("%v: %q gets %q, want %q", tt.c.Languages, tt.language, got, tt.want)
		}
	}
	if got := day.Text(day.Title, "zh-Hans"); got != day.Title["zh"] || got == "" {
		t.Errorf("a page in zh-Hans has the title %q", got)
	}
}

func TestLetterLanguage(t *testing.T) {
	c := mustLoad(t, changed(t, change{yamlOfEmbassies, "letter_languages: {KR: ko, FR: en}", "letter_languages: {KR: ko, FR: en, cn-fr-lyon: ko, ministry: en}"}), "embassies")
	for _, tt := range []struct{ target, reads, want string }{
		{"cn-kr-seoul", "en", "ko"}, // by country, whatever is read
		{"cn-fr-paris", "ko", "en"},
		{"cn-fr-lyon", "en", "ko"}, // the target before its country
		{"ministry", "ko", "en"},   // by id alone
		{"cn-de-berlin", "ko", "ko"}, {"cn-de-berlin", "de", "en"}, {"cn-de-berlin", "", "en"},
	} {
		target, ok := c.Target(tt.target)
		if !ok {
			t.Fatalf("no target %s", tt.target)
		}
		if got := c.LetterLanguage(campaign.Way{Target: target, Channel: ledger.ChannelEmail}, tt.reads); got != tt.want {
			t.Errorf("%s, reader of %q: %q, want %q", tt.target, tt.reads, got, tt.want)
		}
	}
}

func TestLetterLanguageProblems(t *testing.T) {
	const place = "expected the id of a target, or the code of the country where targets stand, like KR"
	const own = "expected one of the campaign's languages: en, ko"
	set := func(name, value string, want ...string) problemTest {
		return one(name, yamlOfEmbassies, "letter_languages: {KR: ko, FR: en}", "letter_languages: "+value, want...)
	}
	for _, tt := range []problemTest{
		set("all at once", "{XX: ko, kr: ko, ministri: fr, FR: [en], GB: zh}",
			"campaign.yaml:53: letter_languages.FR: a list where a text belongs; "+own,
			"campaign.yaml:53: letter_languages.GB: \"zh\" is none of them; "+own,
			"campaign.yaml:53: letter_languages.XX: \"XX\" is neither a target nor a country; "+place,
			"campaign.yaml:53: letter_languages.kr: \"kr\" is neither a target nor a country; "+place,
			"campaign.yaml:53: letter_languages.ministri: \"fr\" is none of them; "+own,
			"campaign.yaml:53: letter_languages.ministri: \"ministri\" is neither a target nor a country: did you mean ministry?; "+place),
		set("a list", "[KR]", "campaign.yaml:53: letter_languages: a list where a mapping belongs; expected key: value lines"),
		set("a line each", "\n  KR: ko\n  YY: ko", "campaign.yaml:55: letter_languages.YY: \"YY\" is neither a target nor a country; "+place),
	} {
		t.Run(tt.name, func(t *testing.T) { tt.run(t, "embassies") })
	}
}

// What stands in a file that cannot be read may be the target that is meant.
func TestLetterLanguageOfAnUnreadTarget(t *testing.T) {
	_, err := campaign.Load(changed(t,
		change{yamlOfEmbassies, "letter_languages: {KR: ko, FR: en}", "letter_languages: {cn-nowhere: ko}"},
		change{csvOfEmbassies, "", "id,name\n\"a"},
	), "embassies")
	placed(t, err)
	if err == nil || strings.Contains(err.Error(), "letter_languages") {
		t.Errorf("%v", err)
	}
}
