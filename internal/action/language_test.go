package action_test

import (
	"encoding/json"
	"strings"
	"testing"

	"one-click-protest/internal/action"
	"one-click-protest/internal/campaign"
	"one-click-protest/internal/lang"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/letter"
)

// polyglot writes to Seoul in Korean unless the signer chooses otherwise.
func polyglot(s settings) settings {
	s.languages = []string{"en", "ko", "zh"}
	s.extra = "letter_languages: {KR: ko}"
	return s
}

// subject is the letter's in a language, of a campaign in test mode.
func subject(language string) string { return "[TEST] Let them go" + marked(language) }

func TestLanguageOfTheLetter(t *testing.T) {
	suited, free := polyglot(oneClick), polyglot(oneClick)
	free.extra = ""
	for _, tt := range []struct {
		name             string
		s                settings
		chosen, reads    string
		want, wantsReads string
	}{
		{"the target's", suited, "", "zh-Hans", "ko", "zh-Hans"},
		{"the target's, by an older client", suited, "", "", "ko", ""},
		{"the signer's choice before the target's", suited, "en", "zh-Hans", "en", "zh-Hans"},
		{"as read", free, "", "ko", "ko", "ko"},
		{"nearest to what is read", free, "", "zh-Hant", "zh", "zh-Hant"},
		{"not there in what is read", free, "", "fr", "en", "fr"},
		{"no interface language", free, "", "zh", "en", ""},
		{"nonsense", free, "", strings.Repeat("x", 9999), "en", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := open(t, tt.s)
			sub := ann()
			sub.Language, sub.Reads = tt.chosen, tt.reads
			r, err := h.Submit(t.Context(), slug, sub)
			if err != nil {
				t.Fatal(err)
			}
			if r.Language != tt.want || r.Reads != tt.wantsReads {
				t.Errorf("letter in %q, read in %q; want %q, %q", r.Language, r.Reads, tt.want, tt.wantsReads)
			}
			m := h.mail.Left()[0]
			if m.Subject != subject(tt.want) || m.Language != tt.want || r.Letters[0].Translation != nil {
				t.Errorf("%q in %q, %+v", m.Subject, m.Language, r.Letters[0].Translation)
			}
		})
	}
}

// The mail is in the signer's language, and the letter behind it stays in the one that was shown, though the file says another by now.
func TestPendingKeepsItsLanguages(t *testing.T) {
	h := open(t, polyglot(always))
	sub := ann()
	sub.Reads = "zh-Hans"
	token := pend(t, h, sub)
	if mail := h.mail.Left()[0]; mail.Language != "zh-Hans" || mail.Subject != lang.Text("zh-Hans", "mail.confirm.subject") || !strings.Contains(mail.Text, "A campaign [zh]") {
		t.Errorf("confirmation mail in %q: %s\n%s", mail.Language, mail.Subject, mail.Text)
	}
	changed := polyglot(always)
	changed.extra = "letter_languages: {KR: en}"
	h.Campaigns = library(t, changed)
	opened, err := h.Open(t.Context(), slug, token)
	if err != nil || opened.Language != "ko" || opened.Reads != "zh-Hans" || opened.Waiting[0].Letters[0].Letter.Subject != subject("ko") {
		t.Fatalf("%+v, %v", opened, err)
	}
	done, err := h.Confirm(t.Context(), slug, token, opened.Waiting[0].ID, true)
	if err != nil || done.Language != "ko" || done.Reads != "zh-Hans" {
		t.Errorf("%+v, %v", done, err)
	}
	if m := h.mail.Left()[1]; m.Subject != subject("ko") || m.Text != opened.Waiting[0].Letters[0].Letter.Text {
		t.Errorf("another letter left: %s", m.Subject)
	}
}

// A mail for a client that does not say what is read is in the letter's language, as ever.
func TestMailWithoutReads(t *testing.T) {
	h := open(t, polyglot(always))
	pend(t, h, ann())
	if mail := h.mail.Left()[0]; mail.Language != "ko" || mail.Subject != lang.Text("ko", "mail.confirm.subject") {
		t.Errorf("confirmation mail in %q: %s", mail.Language, mail.Subject)
	}
}

// What was kept by a version of this program that knew neither Reads nor Subscribe nor Framed can still be confirmed.
func TestPendingOfAnOlderVersion(t *testing.T) {
	h := open(t, polyglot(always))
	token := pend(t, h, ann())
	keys, _ := h.Keys.Campaign(t.Context(), "c-TEST")
	key := ledger.Key{Campaign: "c-TEST", Signer: keys.SignerID("ann.lee@example.com")}
	waiting, err := h.ledger.Waiting(t.Context(), key, noon, 1)
	if err != nil || len(waiting) != 1 {
		t.Fatalf("%v, %v", waiting, err)
	}
	old := waiting[0]
	record := "pending\x00" + key.Campaign + "\x00" + key.Signer + "\x00" + old.ID
	plain, err := keys.Open(record, old.Sealed)
	if err != nil {
		t.Fatal(err)
	}
	var kept map[string]any
	if err := json.Unmarshal(plain, &kept); err != nil {
		t.Fatal(err)
	}
	submission := kept["submission"].(map[string]any)
	for _, key := range []string{"reads", "subscribe", "framed"} {
		if _, there := submission[key]; !there {
			t.Errorf("%s is not kept", key)
		}
		delete(submission, key)
	}
	submission["partner"], submission["origin"] = "partner", "https://partner.example"
	if plain, err = json.Marshal(kept); err != nil {
		t.Fatal(err)
	}
	old.ID, old.Ration = old.ID+"0", "another"
	old.Sealed = keys.Seal("pending\x00"+key.Campaign+"\x00"+key.Signer+"\x00"+old.ID, plain)
	if _, err := h.ledger.Pend(t.Context(), old, ledger.Draft{Delivery: ledger.Delivery{ID: ledger.ID{Key: ledger.Key{Campaign: "c-TEST", Signer: old.ID}, Target: ledger.TargetSigner}, Attempt: 1, Channel: ledger.ChannelEmail, State: ledger.StateClaimed, Claim: "x", Next: noon}}); err != nil {
		t.Fatal(err)
	}
	done, err := h.Confirm(t.Context(), slug, token, old.ID, true)
	if err != nil || done.Standing == nil || done.Language != "ko" || done.Reads != "" {
		t.Fatalf("%+v, %v", done, err)
	}
	a, _, err := h.ledger.Find(t.Context(), key)
	if err != nil || a.Partner != "partner" || !a.PartnerVerified || a.Proof != ledger.ProofMail {
		t.Errorf("%+v, %v", a, err)
	}
}

func TestTranslation(t *testing.T) {
	alone := oneClick
	alone.languages = []string{"ko"}
	draft := func(h *house, sub action.Submission) *letter.Edit {
		r, err := h.Preview(t.Context(), slug, sub)
		if err != nil {
			t.Fatal(err)
		}
		return &r.Letters[0].Draft
	}
	for _, tt := range []struct {
		name   string
		s      settings
		change func(*house, *action.Submission)
		want   string
	}{
		{"as read", polyglot(oneClick), func(*house, *action.Submission) {}, "zh"},
		{"another campaign language", polyglot(oneClick), func(_ *house, s *action.Submission) { s.Reads = "en" }, "en"},
		{"the letter's own language", polyglot(oneClick), func(_ *house, s *action.Submission) { s.Reads = "ko" }, ""},
		{"the letter's own in another script", polyglot(oneClick), func(_ *house, s *action.Submission) { s.Reads, s.Language = "zh-Hant", "zh" }, ""},
		{"not there: the first", polyglot(oneClick), func(_ *house, s *action.Submission) { s.Reads = "fr" }, "en"},
		{"not there at all", alone, func(_ *house, s *action.Submission) { s.Reads = "en" }, ""},
		{"not said", polyglot(oneClick), func(_ *house, s *action.Submission) { s.Reads = "" }, ""},
		{"edited", polyglot(oneClick), func(_ *house, s *action.Submission) { s.Letter = &letter.Edit{Subject: "Mine", Body: "Mine."} }, ""},
		{"edited in nothing", polyglot(oneClick), func(h *house, s *action.Submission) { s.Letter = draft(h, *s) }, "zh"},
		{"own words", polyglot(oneClick), func(_ *house, s *action.Submission) { s.Message = "In my own words." }, "zh"},
		{"a sample", polyglot(oneClick), func(_ *house, s *action.Submission) { *s = action.Submission{Country: "DE", Reads: "zh-Hans"} }, "zh"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := open(t, tt.s)
			sub := ann()
			sub.Reads = "zh-Hans"
			tt.change(h, &sub)
			r, err := h.Preview(t.Context(), slug, sub)
			if err != nil {
				t.Fatal(err)
			}
			e := r.Letters[0]
			if e.Letter.Subject != subject(r.Language) && sub.Letter == nil {
				t.Errorf("letter %q in %q", e.Letter.Subject, r.Language)
			}
			if got := e.Translation; got == nil || tt.want == "" {
				if got != nil || tt.want != "" {
					t.Errorf("translation %+v, want %q", got, tt.want)
				}
				return
			}
			text := e.Translation.Letter.Text
			if e.Translation.Language != tt.want || e.Translation.Letter.Subject != subject(tt.want) {
				t.Errorf("%q in %q", e.Translation.Letter.Subject, e.Translation.Language)
			}
			if !strings.Contains(text, sub.Message) || !strings.Contains(text, sub.Name) || !strings.Contains(text, lang.Country(tt.want, "DE")) {
				t.Errorf("%s", text)
			}
		})
	}
}

// The translation is no part of what is sent: the version is the letter's alone.
func TestTranslationIsNotSent(t *testing.T) {
	h := open(t, polyglot(oneClick))
	sub := ann()
	plain, err := h.Preview(t.Context(), slug, sub)
	if err != nil {
		t.Fatal(err)
	}
	sub.Reads = "zh-Hans"
	translated, err := h.Preview(t.Context(), slug, sub)
	if err != nil || translated.Letters[0].Translation == nil || translated.Letters[0].Version != plain.Letters[0].Version {
		t.Fatalf("%+v, %v", translated, err)
	}
	sub.Version = translated.Letters[0].Version
	if _, err := h.Submit(t.Context(), slug, sub); err != nil {
		t.Fatal(err)
	}
	if m := h.mail.Left()[0]; m.Text != plain.Letters[0].Letter.Text || strings.Contains(m.Text, "[zh]") {
		t.Errorf("%s", m.Text)
	}
}

// A fax cannot be in the language that its signer chose; the letter to the other target still is, also after the proof.
func TestChosenLanguageWhereOneLetterIsFaxed(t *testing.T) {
	s := always
	s.languages = []string{"en", "ar"}
	s.extra = "fax: {gateway: \"{e164}@gateway.kr\", daily: 10}"
	fsys := files(s)
	fsys["campaigns/c/targets.csv"].Data = []byte("id,name,email,fax,zone\nministry,Ministry,,+82221103079,Asia/Seoul\nassembly,Assembly,speaker@example.net,,Asia/Seoul\n")
	h := open(t, always)
	h.Campaigns = campaign.Open(fsys)
	sub := ann()
	sub.Language = "ar"
	token := pend(t, h, sub)
	opened, err := h.Open(t.Context(), slug, token)
	if err != nil || len(opened.Waiting) != 1 {
		t.Fatalf("%+v, %v", opened, err)
	}
	if l := opened.Waiting[0].Letters; l[0].Language != "en" || l[1].Language != "ar" || l[1].Letter.Subject != subject("ar") {
		t.Errorf("in %s and %s, %q", l[0].Language, l[1].Language, l[1].Letter.Subject)
	}
	done, err := h.Confirm(t.Context(), slug, token, opened.Waiting[0].ID, true)
	if err != nil {
		t.Fatal(err)
	}
	if stood := done.Standing.Letters; len(stood) != 2 || stood[0].Target.ID != "ministry" || stood[1].Target.ID != "assembly" {
		t.Errorf("in another order than they were shown: %+v", stood)
	}
}
