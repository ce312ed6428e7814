package fax

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"one-click-protest/infra"
	"one-click-protest/internal/campaign"
	"one-click-protest/internal/lang"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/letter"
)

var update = flag.Bool("update", false, "write the goldens anew")

var at = time.Date(2007, 12, 2, 9, 30, 0, 0, time.UTC)

// german is a letter of an embassy that gets too many short ones.
func german() letter.Sheet {
	s := letter.Sheet{
		Language: "de", Sender: []string{"Jörg-Änne Müller-Weißenfels", "Straße des 17. Juni 135, 10623 Berlin", "Deutschland"}, Date: "2. Dezember 2007",
		Addressee: []string{"Botschaft der Volksrepublik China", "Märkisches Ufer 54", "10179 Berlin", "Fax +49 30 27588221"},
		Subject:   "Bitte schützen Sie die nordkoreanischen Flüchtlinge in China",
		Body:      []letter.Passage{{Text: "Sehr geehrter Herr Botschafter,"}},
		Signature: []string{"Jörg-Änne Müller-Weißenfels", "Deutschland"},
		Footer:    []string{"Dieses Fax hat Jörg-Änne Müller-Weißenfels über die Kampagne „Protesttag 2007“ geschickt. Die E-Mail-Adresse wurde bestätigt."}, Page: "Seite {page} von {pages}",
	}
	const long = "Seit mehr als zehn Jahren überqueren jedes Jahr Zehntausende Nordkoreaner die Grenze nach China. China hat das Abkommen über die Rechtsstellung der " +
		"Flüchtlinge unterzeichnet; trotzdem werden diejenigen, die kommen, verfolgt und zurückgeschickt, und die Menschen, die ihnen helfen, festgenommen. Rechtsschutzversicherungsgesellschaften und " +
		"Donaudampfschifffahrtsgesellschaftskapitäne müssen am Zeilenende nicht getrennt werden, solange sie als Ganzes in die nächste Zeile passen."
	for _, heading := range []string{"Was geschieht", "Was das Recht sagt", "Was wir verlangen"} {
		s.Body = append(s.Body, letter.Passage{Kind: letter.Heading, Text: heading}, letter.Passage{Text: long}, letter.Passage{Text: long})
	}
	return letter.Sheet{
		Language: s.Language, Sender: s.Sender, Date: s.Date, Addressee: s.Addressee, Subject: s.Subject, Signature: s.Signature, Footer: s.Footer, Page: s.Page,
		Body: append(s.Body,
			letter.Passage{Kind: letter.Item, Marker: "9.", Depth: 1, Text: "die Festnahme, Inhaftierung und Rückführung nordkoreanischer Flüchtlinge zu beenden und ihnen sicheres Geleit in Drittstaaten zu geben;"},
			letter.Passage{Kind: letter.Item, Marker: "10.", Depth: 1, Text: "die Inhaftierten freizulassen:"},
			letter.Passage{Kind: letter.Item, Marker: "–", Depth: 2, Text: "die Flüchtlinge selbst, gleich, wann sie gekommen sind und ob sie inzwischen mit Bürgern des Landes verheiratet sind;"},
			letter.Passage{Kind: letter.Item, Marker: "–", Depth: 2, Text: "die Helfer."},
			letter.Passage{Kind: letter.Quote, Depth: 1, Text: "Keiner der vertragschließenden Staaten wird einen Flüchtling auf irgendeine Weise über die Grenzen von Gebieten ausweisen oder zurückweisen, in denen sein Leben oder seine Freiheit bedroht wäre."},
			letter.Passage{Kind: letter.Rule},
			letter.Passage{Text: "Näheres steht unter https://www.example.org/kampagnen/2007/protesttag/hintergrund-und-quellen/das-abkommen-im-wortlaut.html auf unserer Seite."},
			letter.Passage{Text: "Mit freundlichen Grüßen\nJörg-Änne Müller-Weißenfels"}),
	}
}

func russian() letter.Sheet {
	return letter.Sheet{
		Language: "ru", Sender: []string{"Анна Сергеевна Ёлкина", "Россия"}, Date: "2 декабря 2007 г.",
		Addressee: []string{"Посольство Китайской Народной Республики", "ул. Дружбы, 6, Москва", "Факс +7 495 9561169"},
		Subject:   "Защитите северокорейских беженцев в Китае",
		Body: []letter.Passage{{Text: "Уважаемый господин посол!"},
			{Text: "Сегодня люди во многих странах пишут в посольство Китая в своей стране. Я — одна из них. Более десяти лет подряд десятки тысяч жителей Северной Кореи ежегодно " +
				"переходят границу с Китаем. Китай подписал Конвенцию о статусе беженцев; однако тех, кто приходит, разыскивают и отправляют назад."},
			{Text: "Поэтому я прошу Ваше правительство:"},
			{Kind: letter.Item, Marker: "1.", Depth: 1, Text: "прекратить аресты, содержание под стражей и высылку северокорейских беженцев и обеспечить им безопасный проезд в третьи страны;"},
			{Kind: letter.Item, Marker: "2.", Depth: 1, Text: "освободить задержанных беженцев и сотрудников гуманитарных организаций."},
			{Text: "С уважением,\nАнна Ёлкина"}},
		Signature: []string{"Анна Сергеевна Ёлкина", "Россия"}, Footer: []string{"Факс отправлен через кампанию «День протеста 2007». Адрес отправителя не проверен."}, Page: "Страница {page} из {pages}",
	}
}

func japaneseSheet() letter.Sheet {
	return letter.Sheet{
		Language: "ja", Sender: []string{"髙橋 直樹", "日本"}, Date: "2007年12月2日", Addressee: []string{"中華人民共和国駐日本国大使館", "東京都港区元麻布3-4-33", "ファクス +81 3 34033345"},
		Subject: "中国にいる北朝鮮難民を保護してください",
		Body: []letter.Passage{{Text: "大使閣下"},
			{Text: "今日、多くの国の人々が、それぞれの国にある中国大使館に手紙を書いています。私もその一人です。十年以上にわたり、毎年、数万人の北朝鮮の人々が国境を越えて中国に渡ってきました。" +
				"中国は「難民の地位に関する条約」に署名しています。それにもかかわらず、来た人々は追われ、送り返され、助ける人々まで逮捕されています。直接、骨、海、化、誤、角、器……これらの字体は国によって異なります。"},
			{Text: "UNHCRの“監督”の下で彼らを保護し、第三国へ安全に渡れるようにしてください。キャンペーンのメッセージを、ファックスでお送りします。ちょっと待って！"},
			{Kind: letter.Item, Marker: "1.", Depth: 1, Text: "北朝鮮難民の逮捕、拘禁、送還をやめ、国連難民高等弁務官の監督の下で保護し、第三国への安全な移動を認めること。"},
			{Kind: letter.Item, Marker: "2.", Depth: 1, Text: "拘禁されている難民と支援者を釈放すること。"}, {Text: "敬具\n髙橋 直樹"}},
		Signature: []string{"髙橋 直樹", "日本"}, Footer: []string{"このファクスはキャンペーン「抗議の日2007」を通じて送信されました。差出人のメールアドレスは確認されていません。"}, Page: "{page} / {pages} ページ",
	}
}

func mixed() letter.Sheet {
	return letter.Sheet{
		Language: "en", Sender: []string{"Nguyễn Thị Ánh Tuyết 王小明 김하늘", "Ελλάδα / Україна"}, Date: "2 December 2007", Addressee: []string{"Embassy of the People’s Republic of China", "中华人民共和国大使馆", "주영 중화인민공화국 대사관"},
		Subject: "One letter, many scripts: 请保护难民 · 난민을 보호해 주십시오",
		Body: []letter.Passage{{Text: "Dear Ambassador,"},
			{Text: "This line has Latin, кириллица, ελληνικά με τόνους, 한국어 낱말, 简体中文 and 繁體中文 in it, and it goes on until it has to be broken somewhere: 在很多国家的人们今天都在写信，우리도 편지를 씁니다, и мы тоже пишем. “Quotes”, ‘quotes’, «guillemets», 「括弧」 — dashes – and € £ ₩ ¥ ₽ № ™ ½ … (fullwidth：ＡＢＣ１２３)."},
			{Text: "soft\u00adhyphens may show Donaudampf\u00adschifffahrts\u00adgesellschafts\u00adkapitänswitwen\u00adrentenauszahlungs\u00adbescheinigungen and zero\u200bwidth\u200bspaces too."},
			{Text: "Ọ̀ṣun, Ọlá, ẹ̀kọ́; ① ※ → ℃ ㎡ ㈜"},
			{Text: "Yours,\nNguyễn Thị Ánh Tuyết"}},
		Signature: []string{"Nguyễn Thị Ánh Tuyết"}, Footer: []string{"Sent by fax through the campaign “Protest Day 2007”. The sender’s e-mail address was not verified."}, Page: "Page {page} of {pages}",
	}
}

// shipped answers the first variants, up to so many, of each shipped letter in each of its languages, as it is faxed from Germany.
func shipped(t testing.TB, most int) map[string]letter.Sheet {
	t.Helper()
	library := campaign.Open(infra.Files)
	sheets := map[string]letter.Sheet{}
	for _, slug := range library.Slugs() {
		c, err := library.Get(slug)
		if err != nil {
			t.Fatal(err)
		}
		for _, language := range c.Languages {
			for variant := range min(most, c.Variants()) {
				name := slug + "-" + language
				if variant > 0 {
					name += fmt.Sprint("-", variant+1)
				}
				sheets[name] = faxed(t, c, language, variant+1)
			}
		}
	}
	return sheets
}

func faxed(t testing.TB, c *campaign.Campaign, language string, variant int) letter.Sheet {
	t.Helper()
	w := c.Ways("DE")[0]
	w.Channel = ledger.ChannelFax
	words := local[language]
	who := letter.Signer{Name: words.name, Country: lang.Country(language, "DE"), Message: words.message, Fields: map[string]string{}, Variant: variant}
	for _, f := range c.Fields {
		who.Fields[f.Name] = words.city
	}
	sheet, err := letter.NewSheet(letter.NewSource(c, w, language, lang.Notes(language)), who, lang.Date(language, at))
	if err != nil {
		t.Fatal(err)
	}
	return sheet
}

// local is a signer in each of the shipped languages.
var local = map[string]struct{ name, city, message string }{
	"en": {"Ann O’Connor-Example", "Berlin", "My grandmother’s village stood on the bank of that river. I have never been able to visit it, and I would like my children to."},
	"ko": {"김하늘", "베를린", "제 할머니의 마을도 그 강가에 있습니다."},
	"zh": {"王小明", "柏林", "我祖母的村庄就在那条河边。她常说：“我们总有一天会回去的……”"},
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}
