package campaign_test

import (
	"strings"
	"testing"
)

func TestCSVProblems(t *testing.T) {
	const head = "id,country,kind,name,source,as_of"
	const row = "cn-kr-seoul,KR,embassy,Embassy,a list,2024-12-02"
	file := func(name, extraHead, cells string, want ...string) problemTest {
		src := head + extraHead + "\n" + row + cells + "\n"
		for i := range want {
			want[i] = directoryCN + ":" + want[i]
		}
		return problemTest{name, []change{{directoryCN, "", src}}, want}
	}
	const noUse = "campaign.yaml:23: addresses.use: \"cn-kr-seoul\" is no target with an e-mail address; expected the id of one"
	tests := []problemTest{
		file("confidence", ",email,confidence,section", ",a@mission.kr,Z,lobby",
			"2: email: confidence \"Z\"; expected one of A, B, B-",
			"2: email: section \"lobby\"; expected one of general, press, consular, visa, several"),
		file("bad e-mail", ",email,confidence,section", ",a at mission.kr,A,general",
			"2: email: \"a at mission.kr\" is no e-mail address; expected name@example.org"),
		file("further e-mail", ",email,confidence,section,further_emails", ",a@mission.kr,A,general,b@mission.kr; c@mission.kr (A general)",
			"2: further_emails: \"b@mission.kr\" without what is known of it; expected name@example.org (B, general), several with \"; \" between them",
			"2: further_emails: \"c@mission.kr (A general)\" without what is known of it; expected name@example.org (B, general), several with \"; \" between them"),
		file("phone and fax", ",email,confidence,section,fax,phone", ",a@mission.kr,A,general,+82 2 738 1038,02-738-1038",
			"2: fax: \"+82 2 738 1038\" is no number in E.164; expected +82221103079, several with \"; \" between them",
			"2: phone: \"02-738-1038\" is no number in E.164; expected +82221103079, several with \"; \" between them"),
		file("web site", ",email,confidence,section,website", ",a@mission.kr,A,general,javascript:alert(1)",
			"2: website: \"javascript:alert(1)\" is no web address; expected https://example.org/"),
		file("accredited", ",email,confidence,section,accredited", ",a@mission.kr,A,general,KP XX",
			"2: accredited: \"XX\" is no country; expected ISO 3166-1 alpha-2 codes with spaces between them"),
		file("unknown column", ",email,confidence,section,salutation.en,mood", ",a@mission.kr,A,general,Dear,good",
			"1: unknown column \"mood\"; expected one of id, country, kind, city, name, email, confidence, section, email_reason, further_emails, fax, phone, postal, website, zone, source, as_of, accredited, pace, channels, retired",
			"1: unknown column \"salutation.en\"; expected one of id, country, kind, city, name, email, confidence, section, email_reason, further_emails, fax, phone, postal, website, zone, source, as_of, accredited, pace, channels, retired"),
		file("a column twice", ",email,confidence,section,email", ",a@mission.kr,A,general,b@mission.kr",
			"1: column \"email\" stands here a second time; expected each column once"),
		file("an id twice, in a cell of a later line", ",email,confidence,section", ",a@mission.kr,A,general\n\n"+row+",a@mission.kr,A,general",
			"4: id: \"cn-kr-seoul\" is the id of line 2 too; expected each id once"),
		file("each row its own problems", ",email,confidence,section", ",a@mission.kr,A,general\nCN_1,ZZ,castle,,,yesterday,,,",
			"3: as_of: \"yesterday\" is no date; expected a date like 2007-12-02",
			"3: country: \"ZZ\" is no country; expected an ISO 3166-1 alpha-2 code or XK",
			"3: id: \"CN_1\" is no id; expected 1 to 40 of a-z, 0-9 and -",
			"3: kind: \"castle\" is no kind of mission; expected one of embassy, branch office, consulate general, consulate, consular office, office",
			"3: name: empty; expected the English name",
			"3: source: empty; expected where the row comes from"),
		file("too few cells, and on with the next", ",email,confidence,section", ",a@mission.kr,A,general\nx,KR\ny,ZZ,embassy,E,s,2024-12-02,,,",
			"3: more or fewer cells than the head has; expected 9 cells",
			"4: country: \"ZZ\" is no country; expected an ISO 3166-1 alpha-2 code or XK"),
		file("broken quotes", ",email,confidence,section", ",a@mission.kr,A,general\nx,\"KR",
			"3: not CSV: extraneous or missing \" in quoted-field; expected comma-separated values, cells with commas or quotes in \"quotes\""),
		file("several lines in a cell", ",email,confidence,section,postal", ",a@mission.kr,A,general,\nx,KR,embassy,E,s,2024-12-02,,,,\"27 Street\nSeoul\"",
			"3: control characters, or not UTF-8; expected plain text in one line"),
		{"a directory without a head", []change{{directoryCN, "", "\n"}}, []string{directoryCN + ":1: empty file; expected a head with the columns id, country, kind, name, source, as_of"}},
		{"missing columns", []change{{directoryCN, "", "id,name\n"}}, []string{noUse,
			directoryCN + ":1: column as_of is missing; expected the columns id, country, kind, name, source, as_of",
			directoryCN + ":1: column country is missing; expected the columns id, country, kind, name, source, as_of",
			directoryCN + ":1: column kind is missing; expected the columns id, country, kind, name, source, as_of",
			directoryCN + ":1: column source is missing; expected the columns id, country, kind, name, source, as_of"}},
		one("an id of the directory", csvOfEmbassies, "ministry,ministry", "cn-fr-lyon,ministry",
			"campaign.yaml:24: fallback: \"ministry\" is no target; expected the id of a row of targets.csv",
			"targets.csv:2: id: \"cn-fr-lyon\" is a mission's id too (directory/cn.csv:6); expected an id of its own",
			"targets.csv:2: target \"cn-fr-lyon\", which no letter goes to; expected the campaign's fallback or one of also, or no such row"),
		one("a salutation in one language of two", csvOfEmbassies, "장관님께", "",
			"targets.csv:2: salutation.ko: empty; expected a salutation in each of en, ko, or in none"),
		one("a salutation in a language the campaign hasn't", csvOfEmbassies, "salutation.ko", "salutation.fr",
			"targets.csv:1: unknown column \"salutation.fr\"; expected one of id, country, kind, city, name, email, confidence, section, email_reason, further_emails, fax, phone, postal, website, zone, source, as_of, accredited, pace, channels, retired, salutation.en, salutation.ko",
			"targets.csv:2: salutation.ko: empty; expected a salutation in each of en, ko, or in none"),
		one("a zone that isn't one", csvOfEmbassies, "Asia/Shanghai", "Asia/Peking",
			"targets.csv:2: zone: \"Asia/Peking\" is no time zone; expected an IANA name like Asia/Seoul"),
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { tt.run(t, "embassies") })
	}
}

func TestLetterProblems(t *testing.T) {
	const f = letterOfMinister
	const known = "{salutation}, {name}, {country}, {target}, {campaign}, {message}, {opening}"
	tests := []problemTest{
		one("empty file", f, "", "",
			"letter.en.md:1: no front matter; expected a line ---, subject: ..., and another line ---"),
		one("no front matter", f, "---\nsubject: Free them\n---\n", "",
			"letter.en.md:1: no front matter; expected a line ---, subject: ..., and another line ---"),
		one("no end of it", f, "Free them\n---\n", "Free them\n",
			"letter.en.md:1: no front matter; expected a line ---, subject: ..., and another line ---"),
		one("nothing in it", f, "subject: Free them\n", "",
			"letter.en.md:2: nothing in it; expected key: value lines"),
		one("unknown key", f, "subject: Free them", "subject: Free them\nsalut: Dear",
			"letter.en.md:3: unknown key \"salut\"; expected one of subjects, subject, openings"),
		one("no subject", f, "subject: Free them", "subjects: []",
			"letter.en.md:2: subjects: an empty list; expected lines of text"),
		one("both", f, "subject: Free them", "subjects: [Free them]\nsubject: Free them",
			"letter.en.md:3: subject: both subject and subjects; expected one of them"),
		one("own words in the subject", f, "subject: Free them", "subject: Free them, {message} {salutation} {country}",
			"letter.en.md:2: subject: unknown placeholder {message}; expected one of {name}, {country}, {target}, {campaign}",
			"letter.en.md:2: subject: unknown placeholder {salutation}; expected one of {name}, {country}, {target}, {campaign}"),
		one("long subject", f, "subject: Free them", "subject: "+strings.Repeat("Free them ", 21),
			"letter.en.md:2: subject: a subject that is no short line; expected one line of at most 200 characters"),
		one("empty letter", f, "{salutation}\n\n{message}\n\n{name}\n", " \n\n",
			"letter.en.md:4: an empty letter; expected the text of the letter, in Markdown"),
		one("unknown placeholders and lone braces", f, "{name}\n", "{name}, {city}\n{Name} {{fine}}\n}\n",
			"letter.en.md:8: unknown placeholder {city}; expected one of "+known,
			"letter.en.md:9: a lone {; expected a placeholder, one of "+known+", or two braces for one",
			"letter.en.md:9: a lone }; expected a placeholder, one of "+known+", or two braces for one",
			"letter.en.md:10: a lone }; expected a placeholder, one of "+known+", or two braces for one"),
		one("own words within a paragraph", f, "{message}\n", "And: {message}\n",
			"letter.en.md:6: {message} within a paragraph; expected a paragraph of its own, with empty lines around it"),
		one("own words followed at once", f, "{message}\n", "{message}\nAnd.\n",
			"letter.en.md:6: {message} within a paragraph; expected a paragraph of its own, with empty lines around it"),
		one("own words twice", f, "{message}\n", "{message}\n\n{message}\n",
			"letter.en.md:4: {message} stands here more than once; expected one place for the signer's own words"),
		one("no place for own words", f, "{message}\n", "",
			"letter.en.md:4: no place for the signer's own words; expected {message} in a paragraph of its own, or editable: none"),
		one("own words that nobody may write", yamlOfMinister, "editable: words", "editable: none",
			"letter.en.md:4: {message} in a letter that nobody may edit; expected editable: words or whole, or no {message}"),
		one("bidirectional override", f, "{name}\n", "\u202e{name}\n",
			"letter.en.md:8: a control or bidirectional character; expected plain text"),
		one("not UTF-8", f, "{name}\n", "{name}\xff\n",
			"letter.en.md:1: too long, or not UTF-8; expected UTF-8 text of at most 16384 bytes"),
		one("more than a page", f, "{name}\n", "{name}\n\n"+strings.Repeat("word ", 1000)+"\n",
			"letter.en.md:1: too long: 5032 characters; expected a letter of at most 5000, which is more than a page"),
		one("Windows line ends", f, "---\nsubject: Free them\n---\n{salutation}\n\n{message}\n\n{name}\n", "\ufeff---\r\nsubject: Free them\r\n---\r\n{salutation}\r\n\r\n{message}\r\n\r\n{nam}\r\n",
			"letter.en.md:8: unknown placeholder {nam}: did you mean {name}?; expected one of "+known),
		one("a letter of no language", "campaigns/minister/letter.fr.md", "", "x",
			"letter.fr.md:1: a letter in \"fr\"; expected a letter in one of the campaign's languages: en"),
		one("a language without a letter", yamlOfMinister, "languages: [en]", "languages: [en, ko]",
			"campaign.yaml:1: letter.ko.md is missing; expected a letter in each of the campaign's languages",
			"campaign.yaml:2: title: ko is missing; expected a text in each of en, ko",
			"campaign.yaml:3: summary: ko is missing; expected a text in each of en, ko",
			"campaign.yaml:19: salutation: ko is missing; expected a text in each of en, ko",
			"campaign.yaml:20: consent.text: ko is missing; expected a text in each of en, ko"),
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { tt.run(t, "minister") })
	}
}
