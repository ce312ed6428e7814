package letter_test

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"one-click-protest/internal/address"
	"one-click-protest/internal/campaign"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/letter"
)

func TestFromName(t *testing.T) {
	s := source(t, ledger.ChannelEmail, "en")
	const alone = "River Campaign"
	for _, test := range []struct{ name, want string }{
		{"Ann Example", "Ann Example via River Campaign"},
		{"김하늘", "김하늘 via River Campaign"},
		{"Seán O'Brien-Müller", "Seán O'Brien-Müller via River Campaign"},
		{"می\u200Cخواهم", "می\u200Cخواهم via River Campaign"},
		{"embassy@riverland.example", alone},
		{"Ann \uFF20 home", alone},
		{"Ann <boss", alone},
		{"\"Ann\"", alone},
		{"Ann, Bob", alone},
		{"http://x", alone},
		{"Ann (boss)", alone},
		{"Ann [boss]", alone},
		{"A\\nn", alone},
		{"A;B", alone},
		{"\u200FAnn", alone},
		{"A\u00ADnn", alone},
		{strings.Repeat("a", 59), strings.Repeat("a", 59) + " via River Campaign"},
		{strings.Repeat("a", 60), alone},
	} {
		if got := compose(t, s, signer(test.name, "Germany")).FromName; got != test.want {
			t.Errorf("%+q: got %q, want %q", test.name, got, test.want)
		}
	}
}

// No one's address is used as Reply-To without proof, and none is shown.
func TestReplyTo(t *testing.T) {
	for _, test := range []struct {
		replyTo campaign.ReplyTo
		proven  bool
		want    address.Email
	}{
		{campaign.ReplyToSigner, true, "signer@mail.example"},
		{campaign.ReplyToSigner, false, "answers@river.example"},
		{campaign.ReplyToCampaign, true, "answers@river.example"},
		{campaign.ReplyToCampaign, false, "answers@river.example"},
	} {
		for _, channel := range []ledger.Channel{ledger.ChannelEmail, ledger.ChannelFax, ledger.ChannelRelay, ledger.ChannelPrint} {
			s, who := source(t, channel, "en"), signer("Ann", "Germany")
			s.ReplyTo, who.Proven = test.replyTo, test.proven
			l := compose(t, s, who)
			if l.ReplyTo != test.want {
				t.Errorf("%s, %s, proven %v: Reply-To %s", channel, test.replyTo, test.proven, l.ReplyTo)
			}
			shown := strings.Contains(l.Text+l.HTML, "signer@mail.example")
			if want := l.ReplyTo == who.Email && channel != ledger.ChannelPrint; shown != want {
				t.Errorf("%s, %s, proven %v: address shown: %v", channel, test.replyTo, test.proven, shown)
			}
			unverified := strings.Contains(l.Text, letter.English()["unverified"])
			if want := !test.proven && channel != ledger.ChannelPrint; unverified != want {
				t.Errorf("%s, %s, proven %v: said to be unverified: %v", channel, test.replyTo, test.proven, unverified)
			}
		}
	}
}

func TestSubjectIsBounded(t *testing.T) {
	s := source(t, ledger.ChannelEmail, "en")
	s.Subjects = []string{"{name}: {message} stop\n{target}"}
	who := signer(strings.Repeat("각", 199)+"👩🏽\u200D🚒", "Germany")
	who.Message = "not here"
	l := compose(t, s, who)
	if want := strings.Repeat("각", 199) + "…"; l.Subject != want {
		t.Errorf("got %q", l.Subject)
	}
	who.Name, s.Test = "Ann", true
	if got, want := compose(t, s, who).Subject, "[TEST] Ann: stop Embassy of Riverland in Berlin"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestEditedLetterIsSigned(t *testing.T) {
	who := signer("Ann Example", "Germany")
	who.Edited = &letter.Edit{Subject: "S", Body: "Stop.\n\nYours,"}
	if l := compose(t, source(t, ledger.ChannelEmail, "en"), who); !strings.HasPrefix(l.Text, "Stop.\n\nYours,\n\nAnn Example\n\n-- \n") {
		t.Errorf("got:\n%s", l.Text)
	}
	if l := compose(t, source(t, ledger.ChannelPrint, "en"), who); !strings.HasSuffix(l.Text, "_\nAnn Example\nGermany\n") {
		t.Errorf("printed:\n%s", l.Text)
	}
	who.Edited.Body = "I, Ann Example, say stop."
	if l := compose(t, source(t, ledger.ChannelEmail, "en"), who); !strings.HasPrefix(l.Text, "I, Ann Example, say stop.\n\n-- \n") {
		t.Errorf("got:\n%s", l.Text)
	}
	if l := compose(t, source(t, ledger.ChannelPrint, "en"), who); strings.Count(l.Text, "Ann Example") != 1 {
		t.Errorf("printed:\n%s", l.Text)
	}
}

func TestMissingValuesLeaveNoTrace(t *testing.T) {
	for _, test := range []struct{ body, want string }{
		{"Yours,\\\n{name}\\\n{city}\\\n{country}", "Yours,\nAnn\nGermany"},
		{"{city}\\\n{name}\\\n{city}", "Ann"},
		{"Yours,\\\n{city}\n{name}", "Yours,\nAnn"},
		{"a\n\n{city}\n\n> {city}\n\n- {city}\n\nb", "a\n\nb"},
		{"a\n{city}\nb", "a b"},
		{"川\n{city}\n川", "川川"},
		{"a\x00b {name}", "ab Ann"},
	} {
		s, who := source(t, ledger.ChannelEmail, "en"), signer("Ann", "Germany")
		s.Body, who.Fields = test.body, nil
		if got, _, _ := strings.Cut(compose(t, s, who).Text, "\n\n-- \n"); got != test.want {
			t.Errorf("%q: got %q, want %q", test.body, got, test.want)
		}
	}
}

func TestSubjectOfAnOddTemplate(t *testing.T) {
	s := source(t, ledger.ChannelEmail, "en")
	s.Subjects = []string{"a\x00b {name}\r\n{{c}}"}
	if got := compose(t, s, signer("Ann", "Germany")).Subject; got != "ab Ann  {c}" {
		t.Errorf("got %q", got)
	}
}

func TestComposeRefuses(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*letter.Source, *letter.Signer)
		want   error
	}{
		{"no name", func(_ *letter.Source, w *letter.Signer) { w.Name = "" }, letter.ErrEmpty},
		{"CR LF in the name", func(_ *letter.Source, w *letter.Signer) { w.Name = "Ann\r\nBcc: x@y.example" }, letter.ErrCharacter},
		{"override in the name", func(_ *letter.Source, w *letter.Signer) { w.Name = "\u202EnnA" }, letter.ErrCharacter},
		{"LF in a field", func(_ *letter.Source, w *letter.Signer) { w.Fields["city"] = "K\nöln" }, letter.ErrCharacter},
		{"LF in the country", func(_ *letter.Source, w *letter.Signer) { w.Country = "a\nb" }, letter.ErrCharacter},
		{"LF in the address", func(_ *letter.Source, w *letter.Signer) { w.Email = "a@b.example\n" }, letter.ErrCharacter},
		{"NUL in own words", func(_ *letter.Source, w *letter.Signer) { w.Message = "a\x00b" }, letter.ErrCharacter},
		{"LF in a subject", func(_ *letter.Source, w *letter.Signer) { w.Edited = &letter.Edit{Subject: "a\nb", Body: "c"} }, letter.ErrCharacter},
		{"control in a body", func(_ *letter.Source, w *letter.Signer) { w.Edited = &letter.Edit{Subject: "a", Body: "\x1B"} }, letter.ErrCharacter},
		{"empty subject", func(_ *letter.Source, w *letter.Signer) { w.Edited = &letter.Edit{Body: "c"} }, letter.ErrEmpty},
		{"empty body", func(_ *letter.Source, w *letter.Signer) { w.Edited = &letter.Edit{Subject: "c"} }, letter.ErrEmpty},
		{"not normalised", func(_ *letter.Source, w *letter.Signer) { w.Name = " e\u0301" }, nil},
		{"no relay", func(s *letter.Source, _ *letter.Signer) { s.Channel, s.Relay = ledger.ChannelRelay, nil }, nil},
		{"no such channel", func(s *letter.Source, _ *letter.Signer) { s.Channel = "pigeon" }, nil},
		{"a note missing", func(s *letter.Source, _ *letter.Signer) { delete(s.Notes, "sent") }, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, who := source(t, ledger.ChannelEmail, "en"), signer("Ann", "Germany")
			test.change(&s, &who)
			l, err := letter.Compose(s, who)
			if err == nil || test.want != nil && !errors.Is(err, test.want) || l != (letter.Letter{}) {
				t.Fatalf("got %v, want %v", err, test.want)
			}
			for _, secret := range []string{"Ann", "Bcc", "b.example"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the error tells personal data: %v", err)
				}
			}
		})
	}
}

func FuzzCompose(f *testing.F) {
	f.Add("{salutation}\n\n{message}\n\n{name}", "{name}", "Ann", "one\n\ntwo", "", "", "email")
	f.Add("- {message}\n- [x]({name})\n\n> # *{city}*", "a\nb", "<b>", "**", "S", "{name}", "relay")
	f.Add("[a]: b\n\n![{name}][a]\n\n1) x\n\n***\n===", "{message}", "é", "&lt;", "", "x\n- y", "print")
	f.Add("{city}, ({city}, *{city}*); [{city}](x) | {name}", "{city}: {name}", "é", "", "", "", "fax")
	sources := map[string]letter.Source{}
	for _, channel := range []ledger.Channel{
		ledger.ChannelEmail, ledger.ChannelFax, ledger.ChannelRelay, ledger.ChannelPrint, ledger.ChannelSelf,
	} {
		sources[string(channel)] = source(f, channel, "en")
	}
	f.Fuzz(func(t *testing.T, body, subject, name, message, ownSubject, ownBody, channel string) {
		s, known := sources[channel]
		if !known {
			t.Skip("no such channel")
		}
		s.Body, s.Subjects = body, []string{subject}
		who := letter.Signer{Name: name, Message: message}
		if ownSubject+ownBody != "" {
			who.Edited = &letter.Edit{Subject: ownSubject, Body: ownBody}
		}
		l, err := letter.Compose(s, who)
		if err != nil {
			return
		}
		if strings.ContainsAny(l.Subject+l.FromName, "\r\n") || utf8.RuneCountInString(l.Subject) > letter.SubjectMax {
			t.Errorf("subject %q, from %q", l.Subject, l.FromName)
		}
		for line := range strings.SplitSeq(l.Text, "\n") {
			if len(line) > 998 {
				t.Errorf("a line of %d octets", len(line))
			}
		}
		tags, _ := read(t, l.HTML)
		for tag := range strings.SplitSeq(strings.TrimSuffix(strings.TrimPrefix(tags, "<"), ">"), "><") {
			element, _, _ := strings.Cut(tag, " ")
			if !strings.Contains(elements, " "+element+" ") {
				t.Errorf("element %q in:\n%s", element, l.HTML)
			}
		}
	})
}

// elements are all that a letter may hold.
const elements = " html head meta title body p br span h1 h2 h3 h4 h5 h6 em strong a ol ul li blockquote hr footer article "

func BenchmarkCompose(b *testing.B) {
	for _, language := range []string{"en", "ko", "zh"} {
		b.Run(language, func(b *testing.B) {
			s, who := source(b, ledger.ChannelEmail, language), signer("Ann Example", "Germany")
			who.Message = "My grandmother's village stands at the river.\n\nPlease listen."
			b.ReportAllocs()
			for b.Loop() {
				if _, err := letter.Compose(s, who); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
