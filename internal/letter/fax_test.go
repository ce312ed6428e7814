package letter_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"one-click-protest/internal/address"
	"one-click-protest/internal/campaign"
	"one-click-protest/internal/lang"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/letter"
	"one-click-protest/internal/mailer"
)

func sheet(t testing.TB, s letter.Source, who letter.Signer) letter.Sheet {
	t.Helper()
	paper, err := letter.NewSheet(s, who, "2 December 2007")
	if err != nil {
		t.Fatal(err)
	}
	return paper
}

func TestSheetGolden(t *testing.T) {
	for _, language := range []string{"en", "ko", "zh"} {
		s, who := source(t, ledger.ChannelFax, language), signer("김하늘", "Germany")
		who.Message, s.Test = "One\ntwo.\n\nThree.", language == "zh"
		text, err := json.MarshalIndent(sheet(t, s, who), "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		golden(t, "sheet-"+language+".json", string(text)+"\n")
	}
}

// What is set on paper is what the signer saw, word for word: the sheet's parts, in order, are the whole of Compose's text, and
// only its head says more.
func TestSheetHasTheLettersWords(t *testing.T) {
	own := func(_ *letter.Source, w *letter.Signer) {
		w.Edited = &letter.Edit{Subject: "Own", Body: "Sir,\n\n1. stop\n2. now\n\n   and then"}
	}
	for name, change := range map[string]func(*letter.Source, *letter.Signer){
		"campaign's": func(*letter.Source, *letter.Signer) {},
		"own":        own,
		"several":    func(s *letter.Source, w *letter.Signer) { s.Several = true; own(s, w) },
		"variant":    func(s *letter.Source, w *letter.Signer) { s.Openings, w.Variant = []string{"a", "b"}, 4 },
		"test mode":  func(s *letter.Source, w *letter.Signer) { s.Test = true },
		"proven":     func(s *letter.Source, w *letter.Signer) { s.ReplyTo, w.Proven = campaign.ReplyToSigner, true },
		"no numbers": func(s *letter.Source, w *letter.Signer) { s.Fax, w.Fields = nil, nil },
		"odd": func(s *letter.Source, _ *letter.Signer) {
			s.Body = "# Head\n\n***\n\n> quote\n>\n> - in it\n>   1) deep\n\n- - x\n\n  more\n- > y\n- # z\n\n[a](http://x.example/)\\\n{name}"
		},
	} {
		for _, language := range []string{"en", "ko", "zh"} {
			s, who := source(t, ledger.ChannelFax, language), signer("Ann Example", "Germany")
			who.Message = "My own words:\n\nplease, listen."
			change(&s, &who)
			paper := sheet(t, s, who)
			words := append([]string{s.Notes["to"]}, paper.Addressee...)
			words = append(words, strings.ReplaceAll(s.Notes["subject"], "{subject}", paper.Subject))
			for _, p := range paper.Body {
				words = append(words, p.Marker, p.Text)
			}
			words = append(append(words, paper.Signature...), paper.Footer...)
			if diff := cmp.Diff(inked(compose(t, s, who).Text), inked(strings.Join(words, "\n"))); diff != "" {
				t.Errorf("%s, %s (-composed +set):\n%s", name, language, diff)
			}
		}
	}
}

// inked takes out white space and the signs that text has in place of a layout.
func inked(text string) string {
	return strings.NewReplacer("-", "", "–", "", ">", "", "*", "").Replace(solid(text))
}

func TestPassages(t *testing.T) {
	s := source(t, ledger.ChannelFax, "en")
	s.Body = "# Head\n\na\\\nb\n***\n> q\n>\n> > # r\n\n9. nine\n\n   more\n   - in\n     > q\n10. ten\n\n- - x\n"
	want := []letter.Passage{
		{Kind: letter.Heading, Text: "Head"},
		{Kind: letter.Paragraph, Text: "a\nb"},
		{Kind: letter.Rule},
		{Kind: letter.Quote, Depth: 1, Text: "q"},
		{Kind: letter.Quote, Depth: 2, Text: "r"},
		{Kind: letter.Item, Marker: "9.", Depth: 1, Text: "nine"},
		{Kind: letter.Item, Depth: 1, Text: "more"},
		{Kind: letter.Item, Marker: "–", Depth: 2, Text: "in"},
		{Kind: letter.Quote, Depth: 3, Text: "q"},
		{Kind: letter.Item, Marker: "10.", Depth: 1, Text: "ten"},
		{Kind: letter.Item, Marker: "–", Depth: 1},
		{Kind: letter.Item, Marker: "–", Depth: 2, Text: "x"},
	}
	if diff := cmp.Diff(want, sheet(t, s, signer("Ann", "Germany")).Body); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The sender's head names the fields in the campaign's order, those that were filled in.
func TestSheetHead(t *testing.T) {
	s := source(t, ledger.ChannelFax, "en")
	s.Fields = []string{"postcode", "job", "city"}
	who := signer("Ann", "Germany")
	who.Fields = map[string]string{"city": "Ko\u0308ln", "postcode": "50667", "unknown": "x"}
	who.Fields["city"] = norm.NFC.String(who.Fields["city"])
	s.Target = "Ministe\u0300re" // an organizer's file need not be NFC
	paper := sheet(t, s, who)
	if diff := cmp.Diff([]string{"Ann", "50667", "Köln", "Germany"}, paper.Sender); diff != "" {
		t.Errorf("sender (-want +got):\n%s", diff)
	}
	addressee := []string{"Ministère", "Uferstraße 1", "10115 Berlin", "Germany", "Fax: +49301234567, +49307654321"}
	if diff := cmp.Diff(addressee, paper.Addressee); diff != "" {
		t.Errorf("addressee (-want +got):\n%s", diff)
	}
	if paper.Date != "2 December 2007" || paper.Page != "Page {page} of {pages}" || paper.Language != "en" {
		t.Errorf("%+v", paper)
	}
}

func TestNewSheetRefuses(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*letter.Source, *letter.Signer)
		fax    bool
		want   string
	}{
		{"Arabic letter", func(s *letter.Source, _ *letter.Signer) { s.Language = "ar" }, true, "right-to-left script"},
		{"Arabic name", func(_ *letter.Source, w *letter.Signer) { w.Name = "محمد" }, true, "sender: cannot be set for a fax: right-to-left"},
		{"Thai words", func(_ *letter.Source, w *letter.Signer) { w.Message = "ขอ" }, true, "body: cannot be set for a fax: character"},
		{"emoji in the subject", func(s *letter.Source, _ *letter.Signer) { s.Subjects = []string{"✊"} }, true, "subject: cannot be set"},
		{"target", func(s *letter.Source, _ *letter.Signer) { s.Target = "สถานทูต" }, true, "addressee: cannot be set"},
		{"note", func(s *letter.Source, _ *letter.Signer) { s.Notes["signed"] = "ก" }, true, "signature: cannot be set"},
		{"campaign", func(s *letter.Source, _ *letter.Signer) { s.Campaign = "ก" }, true, "footer: cannot be set"},
		{"page", func(s *letter.Source, _ *letter.Signer) { s.Notes["page"] = "ก" }, true, "page number: cannot be set"},
		{"e-mail", func(s *letter.Source, _ *letter.Signer) { s.Channel = ledger.ChannelEmail }, false, "email"},
		{"no name", func(_ *letter.Source, w *letter.Signer) { w.Name = "" }, false, "name"},
		{"a note missing", func(s *letter.Source, _ *letter.Signer) { delete(s.Notes, "page") }, false, "page"},
	} {
		s, who := source(t, ledger.ChannelFax, "en"), signer("Ann", "Germany")
		test.change(&s, &who)
		got, err := letter.NewSheet(s, who, "")
		if err == nil || errors.Is(err, letter.ErrFax) != test.fax || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", test.name, err)
		} else if diff := cmp.Diff(letter.Sheet{}, got); diff != "" {
			t.Errorf("%s: a sheet all the same", test.name)
		}
	}
}

func TestFaxable(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"Seán O'Brien-Müller, Łódź, Nguyễn, Oʻzbekiston, 100 € – “x” №", ""},
		{"Ελλάδα Йошкар-Ола Ґ", ""},
		{"김하늘 ㄱ 山田太郎 カナ ｶﾅ かな 王小明，。「」", ""},
		{"e\u0301 \u1100\u1161", ""},
		{"line\nline", ""},
		{"«\u202Fnarrow\u00A0»", ""},
		{"محمد", "right-to-left script"},
		{"Ann \u200F", "right-to-left script"},
		{"١", "right-to-left script"},
		{"שלום", "right-to-left script"},
		{"ไทย", "character without a glyph"},
		{"हिन्दी", "character without a glyph"},
		{"🔥", "character without a glyph"},
		{"q\u0303", "character without a glyph"},
		{"葛\U000E0100", "character without a glyph"},
		{"\U00020BB7", "character without a glyph"},
		{"a\tb", "character without a glyph"},
		{"a\u00ADb \u3164", "character without a glyph"},
		{"→", "character without a glyph"},
	} {
		err := letter.Faxable(test.text)
		if test.want == "" && err == nil {
			continue
		}
		if !errors.Is(err, letter.ErrFax) || err.Error() != "cannot be set for a fax: "+test.want {
			t.Errorf("%q: %v", test.text, err)
		}
	}
}

// Names that people have, in the scripts that a fax shows.
func TestNamesCanBeFaxed(t *testing.T) {
	for _, name := range []string{"Əli Məmmədov", "Kɔfi Ɛdɛm", "Ɓala Ɗanɗa", "Nguyễn Thị Ánh", "Þór Ægisson", "Ғалымжан Ұлы", "Ελένη", "山\uFA11聡", "髙橋", "김하늘"} {
		for _, form := range []norm.Form{norm.NFC, norm.NFD} {
			if err := letter.Faxable(form.String(name)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// A rune that a fax shows leaves ink or is a space, and is its own NFC form or has one that a fax shows.
func TestFaxRunes(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if !letter.FaxRune(r) {
			continue
		}
		if unicode.In(r, unicode.C, unicode.M, unicode.Other_Default_Ignorable_Code_Point, unicode.Bidi_Control) {
			t.Errorf("%U is invisible or combines", r)
		}
		if letter.Faxable(string(r)) != nil {
			t.Errorf("%U has another form in NFC", r)
		}
	}
}

// The house's own sentences can be faxed in all languages written from left to right, wherever they stand.
func TestNotesCanBeFaxed(t *testing.T) {
	for _, language := range lang.Languages() {
		if lang.Dir(language) == "rtl" {
			continue
		}
		for key, text := range lang.Notes(language) {
			if err := letter.Faxable(text); err != nil {
				t.Errorf("%s: letter.%s: %v", language, key, err)
			}
		}
	}
}

// A signer whose words Faxable takes has a sheet, and no other.
func TestFaxableSignerHasASheet(t *testing.T) {
	s := source(t, ledger.ChannelFax, "en")
	runes := []rune("a B,.'é–Łй가山かカ、「 ١ก🔥")
	line := rapid.StringMatching(`[A-Z][a-z]{1,8}`)
	text := rapid.Map(rapid.SliceOfN(rapid.SampledFrom(runes), 1, 12), func(r []rune) string { return "x" + strings.TrimSpace(string(r)) })
	rapid.Check(t, func(t *rapid.T) {
		who := letter.Signer{Name: line.Draw(t, "name"), Country: "Germany", Message: norm.NFC.String(text.Draw(t, "message"))}
		_, err := letter.NewSheet(s, who, "")
		if want := letter.Faxable(who.Message); (err == nil) != (want == nil) {
			t.Errorf("%q: sheet %v, words %v", who.Message, err, want)
		}
	})
}

func TestFaxMessage(t *testing.T) {
	c, w := fixture(t, ledger.ChannelFax)
	w.To, c.Testers = "+49301234567@gateway.example", []address.Email{"tester@river.example"}
	d := ledger.Delivery{}
	got := letter.FaxMessage(c, w, "ko", d, []byte("%PDF"))
	want := mailer.Message{
		Class: mailer.Letter, From: "letters@river.example", FromName: "River Campaign", To: []address.Email{w.To}, Addressee: w.To,
		Subject: "강을 살리자", Text: "\n", Language: "ko", Tags: letter.Letter{}.Message(c, w, "ko", d).Tags,
		Attachments: []mailer.Attachment{{Name: "letter.pdf", MediaType: "application/pdf", Data: []byte("%PDF")}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	c.Mode, c.Title = campaign.Test, campaign.Texts{"ko": strings.Repeat("강", 61)}
	got = letter.FaxMessage(c, w, "ko", d, nil)
	if diff := cmp.Diff(c.Testers, got.To); diff != "" {
		t.Errorf("recipients in test mode (-want +got):\n%s", diff)
	}
	if utf8.RuneCountInString(got.Subject) != 60 || !strings.HasPrefix(got.Subject, "[TEST] 강") || !strings.HasSuffix(got.Subject, "강…") {
		t.Errorf("subject %q", got.Subject)
	}
}

// A step down the ladder sends the same letter: only what stands around it changes.
func TestThrough(t *testing.T) {
	c, w := fixture(t, ledger.ChannelEmail)
	s := letter.NewSource(c, w, "en", nil)
	s.Openings, s.Several, s.Body = []string{"a", "b"}, true, "{salutation}\n\n{opening}\n\n{name}, {city}, {country}"
	who := signer("Ann Example", "Germany")
	who.Variant, who.Fields = 3, nil
	email := compose(t, s, who)
	inner, _, _ := strings.Cut(email.Text, "\n-- \n")
	for _, channel := range []ledger.Channel{ledger.ChannelFax, ledger.ChannelRelay, ledger.ChannelPrint, ledger.ChannelEmail} {
		w.Channel = channel
		step := s.Through(w, c)
		l := compose(t, step, who)
		if !strings.Contains(l.Text, inner) || channel != ledger.ChannelEmail && !strings.Contains(l.Text, "Subject: "+email.Subject+"\n") {
			t.Errorf("%s: another letter:\n%s", channel, l.Text)
		}
		if (step.Relay != nil) != (channel == ledger.ChannelRelay) {
			t.Errorf("%s: relay %v", channel, step.Relay)
		}
		if diff := cmp.Diff(s, step.Through(campaign.Way{Target: w.Target, Channel: ledger.ChannelEmail}, c)); diff != "" {
			t.Errorf("%s: something else changed (-want +got):\n%s", channel, diff)
		}
	}
	w.Channel = ledger.ChannelRelay
	if diff := cmp.Diff(letter.NewSource(c, w, "en", nil).Relay, s.Through(w, c).Relay); diff != "" {
		t.Errorf("another covering note (-new +through):\n%s", diff)
	}
	w.Channel, s.Format = ledger.ChannelFax, 2
	delete(s.Notes, "signed")
	if _, err := letter.Compose(s.Through(w, c), who); err == nil {
		t.Error("a letter of format 2 was faxed without its words")
	}
}
