package letter_test

import (
	"os"
	"path/filepath"
	"testing"

	"one-click-protest/internal/address"
	"one-click-protest/internal/campaign"
	"one-click-protest/internal/lang"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/letter"
)

// fixture answers a small campaign with letters from testdata/letters, and a way to its only target.
func fixture(t testing.TB, channel ledger.Channel) (*campaign.Campaign, campaign.Way) {
	t.Helper()
	c := &campaign.Campaign{
		Slug: "river", Mode: campaign.Live,
		Title:     campaign.Texts{"en": "Save the River", "ko": "강을 살리자", "zh": "保护河流", "ar": "أنقذوا النهر"},
		From:      campaign.Sender{Name: "River Campaign", Address: "letters@river.example"},
		Languages: []string{"en", "ko", "zh", "ar"},
		Fields:    []campaign.Field{{Name: "city", Max: 50}},
		ReplyTo:   campaign.ReplyToCampaign,
		Replies:   "answers@river.example",
		Letters:   map[string]campaign.Letter{},
		Salute: campaign.Texts{
			"en": "Your Excellency", "ko": "존경하는 대사님께", "zh": "尊敬的大使阁下", "ar": "سعادة السفير",
		},
		Relay: &campaign.Relay{
			Name: "River Union", Address: "relay@union.example", Language: "ko",
			Subject: "{name} 님의 편지를 {target}에 전해 주십시오",
			Note: "안녕하십니까?\n\n{country}의 **{name}** 님이 쓴 편지 “{subject}”를 {target}(팩스 {fax}, {postal})에 전해 주시기 " +
				"바랍니다.\n\n{campaign} 드림",
		},
	}
	subjects := map[string]string{
		"en": "{name}, {country}: stop the dam", "ko": "댐 건설을 멈추어 주십시오", "zh": "请停止修建大坝（{name}）", "ar": "أوقفوا السد",
	}
	for _, l := range c.Languages {
		body, err := os.ReadFile(filepath.Join("testdata", "letters", l+".md"))
		if err != nil {
			t.Fatal(err)
		}
		c.Letters[l] = campaign.Letter{Language: l, Subjects: []string{subjects[l], "second"}, Body: string(body)}
	}
	return c, campaign.Way{
		Target: &campaign.Target{
			ID: "xx", Name: "Embassy of Riverland in Berlin", Fax: []address.Phone{"+49301234567", "+49307654321"},
			Postal: "Uferstraße 1\n10115 Berlin\nGermany",
		},
		Channel: channel,
		To:      "embassy@riverland.example",
	}
}

// source answers the fixture's source in a language.
func source(t testing.TB, channel ledger.Channel, language string) letter.Source {
	t.Helper()
	c, w := fixture(t, channel)
	return letter.NewSource(c, w, language, lang.Notes(language))
}

func signer(name, country string) letter.Signer {
	return letter.Signer{
		Name: name, Country: country, Email: "signer@mail.example", Fields: map[string]string{"city": "Köln"},
	}
}

func compose(t testing.TB, s letter.Source, who letter.Signer) letter.Letter {
	t.Helper()
	l, err := letter.Compose(s, who)
	if err != nil {
		t.Fatal(err)
	}
	return l
}
