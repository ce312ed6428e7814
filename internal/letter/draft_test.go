package letter_test

import (
	"strings"
	"testing"

	"one-click-protest/internal/ledger"
	"one-click-protest/internal/letter"
)

func TestDraft(t *testing.T) {
	s := source(t, ledger.ChannelEmail, "en")
	who := signer("Ann Example", "Germany")
	d := letter.Draft(s, who)
	golden(t, "draft-en.txt", d.Subject+"\n\n"+d.Body+"\n")
	for _, limit := range []struct {
		text  string
		limit letter.Limit
	}{{d.Subject, letter.Line(200)}, {d.Body, letter.Block(10000)}} {
		if clean, err := letter.Clean(limit.text, limit.limit); err != nil || clean != limit.text {
			t.Errorf("a draft that comes back unchanged would be refused or changed: %v", err)
		}
	}
	golden(t, "draft-en-unknown.txt", letter.Draft(s, letter.Signer{}).Body+"\n")
}

func TestChanged(t *testing.T) {
	s := source(t, ledger.ChannelEmail, "en")
	who := signer("Ann Example", "Germany")
	draft := letter.Draft(s, who)
	edit := func(subject, body string) letter.Signer {
		w := who
		w.Edited = &letter.Edit{Subject: subject, Body: body}
		return w
	}
	words := who
	words.Message = "My own words."
	silent := letter.Draft(s, words)
	blank := letter.Draft(s, letter.Signer{})
	country := letter.Draft(s, letter.Signer{Country: "Germany"})
	withWords := edit(silent.Subject, silent.Body)
	withWords.Message = words.Message
	for _, test := range []struct {
		name string
		who  letter.Signer
		want bool
	}{
		{"no edit", who, false},
		{"own words", words, true},
		{"own words in the draft", withWords, true},
		{"the draft", edit(draft.Subject, draft.Body), false},
		{"as a browser posts it", edit(draft.Subject+" ", strings.ReplaceAll(draft.Body, "\n", "\r\n")+"\r\n"), false},
		{"draft for nobody", edit(blank.Subject, blank.Body), false},
		{"draft for a country", edit(country.Subject, country.Body), false},
		{"a word", edit(draft.Subject, strings.Replace(draft.Body, "villages", "towns", 1)), true},
		{"the subject", edit("Stop!", draft.Body), true},
		{"another name", edit(draft.Subject, strings.Replace(draft.Body, "Ann Example", "Eve", 1)), true},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := s.Changed(test.who); got != test.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestUnchangedEditLeavesAsTheCampaignsLetter(t *testing.T) {
	s := source(t, ledger.ChannelEmail, "en")
	who := signer("Ann Example", "Germany")
	want := compose(t, s, who)
	for _, known := range []letter.Signer{who, {}} {
		draft := letter.Draft(s, known)
		who.Edited = &draft
		if got := compose(t, s, who); got != want {
			t.Errorf("another letter:\n%s\n%s", got.Subject, got.Text)
		}
	}
	words := who
	words.Message, words.Edited = "My own words.", nil
	want = compose(t, s, words)
	silent := letter.Draft(s, who)
	words.Edited = &silent
	if got := compose(t, s, words); got != want {
		t.Errorf("own words beside an unchanged draft are lost:\n%s", got.Text)
	}
	want = compose(t, s, letter.Signer{Name: who.Name, Country: who.Country, Fields: who.Fields})
	who.Edited.Subject = "Only the subject"
	got := compose(t, s, who)
	if got.Subject != "Only the subject" || got.Text != want.Text {
		t.Errorf("body changed with the subject:\n%s\n%s", got.Subject, got.Text)
	}
}
