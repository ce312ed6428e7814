package action_test

import (
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"one-click-protest/internal/action"
	"one-click-protest/internal/campaign"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/seal"
)

func supporter() action.Supporter {
	return action.Supporter{Name: "Ann Lee", Email: "ann.lee@example.com", Country: "DE", Fields: map[string]string{"city": "Berlin"}, Partner: "partner"}
}

const week = 7 * 24 * time.Hour

// personal makes a link that works for a week.
func (h *house) personal(t testing.TB, who action.Supporter) string {
	t.Helper()
	token, err := h.newPersonal(t, who)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func (h *house) newPersonal(t testing.TB, who action.Supporter) (string, error) {
	t.Helper()
	c, err := h.Campaigns.Get(slug)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := h.Keys.Campaign(t.Context(), c.Scope())
	if err != nil {
		t.Fatal(err)
	}
	return action.NewPersonal(c, keys, who, h.clock.Now().Add(week))
}

// press is what the page behind the link posts.
func (h *house) press(t testing.TB, token, reads string) action.Submission {
	t.Helper()
	shown, err := h.OpenPersonal(t.Context(), slug, token, reads)
	if err != nil {
		t.Fatal(err)
	}
	return action.Submission{Consent: "1", Version: shown.Letters[0].Version, Reads: reads}
}

func TestPersonalLinkSends(t *testing.T) {
	for name, s := range map[string]settings{"always": always, "edited": oneClick} {
		t.Run(name, func(t *testing.T) {
			h := open(t, s)
			token := h.personal(t, supporter())
			r, err := h.SubmitPersonal(t.Context(), slug, token, h.press(t, token, ""))
			if err != nil || r.Confirm {
				t.Fatalf("%+v, %v", r, err)
			}
			m := h.mail.Left()[0]
			if len(h.mail.Left()) != 1 || !strings.Contains(m.Text, "Ann Lee, Berlin, Germany") || m.Text != r.Letters[0].Letter.Text {
				t.Errorf("left: %s", m.Text)
			}
			if name == "always" && m.ReplyTo != "ann.lee@example.com" {
				t.Errorf("answers go to %s", m.ReplyTo)
			}
			if a := h.taken(t); a.Proof != ledger.ProofLink || a.Partner != "partner" || !a.PartnerVerified {
				t.Errorf("%+v", a)
			}
		})
	}
}

// The page shows enough for the owner, and nobody else's eyes get more.
func TestPersonalLinkIsMasked(t *testing.T) {
	h := open(t, polyglot(always))
	r, err := h.OpenPersonal(t.Context(), slug, h.personal(t, supporter()), "zh-Hans")
	if err != nil {
		t.Fatal(err)
	}
	if r.Name != "A•• L••" || r.Email != "a•••@e•••.com" || r.Country != "DE" || r.Language != "ko" || r.Reads != "zh-Hans" || r.Confirm {
		t.Errorf("%q %q %s %s %s %v", r.Name, r.Email, r.Country, r.Language, r.Reads, r.Confirm)
	}
	e := r.Letters[0]
	if e.Translation == nil || e.Translation.Language != "zh" {
		t.Fatalf("translation %+v", e.Translation)
	}
	if !strings.Contains(e.Letter.Text, "A•• L••, B••") || !strings.Contains(e.Letter.Text, "a•••@e•••.com") {
		t.Errorf("%s", e.Letter.Text)
	}
	all, err := json.Marshal([]any{r.Name, r.Email, r.Letters})
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"Ann", "Lee", "lee", "Berlin", "example.com"} {
		if strings.Contains(string(all), secret) {
			t.Errorf("the page shows %q", secret)
		}
	}
	real := ann()
	real.Reads = "zh-Hans"
	preview, err := h.Preview(t.Context(), slug, real)
	if err != nil || preview.Letters[0].Version != e.Version || preview.Language != r.Language {
		t.Errorf("another version than the real letter's: %v", err)
	}
}

// A name may be as short as its first characters, and an address, too.
func TestMaskHidesShortNames(t *testing.T) {
	for _, tt := range []struct{ name, email, city, wantName, wantEmail, wantCity string }{
		{"王 明", "q@x.example", "5", "•• ••", "•••@•••.example", "••"},
		{"王小明", "wang@x.example", "東京", "王••", "w•••@•••.example", "東••"},
		{"J R Ray", "jr@example.com", "A 1234", "•• •• R••", "j•••@e•••.com", "•• 1••"},
		{"علي حسن", "ali@example.com", "", "ع•• ح••", "a•••@e•••.com", ""},
		{"e\u0301\u0302\u0303", "e@example.com", "👩‍👩‍👧", "••", "•••@e•••.com", "••"},
	} {
		h := open(t, polyglot(always))
		who := supporter()
		who.Name, who.Email, who.Fields = tt.name, tt.email, map[string]string{"city": tt.city}
		r, err := h.OpenPersonal(t.Context(), slug, h.personal(t, who), "en")
		if err != nil {
			t.Fatal(err)
		}
		if r.Name != tt.wantName || r.Email != tt.wantEmail {
			t.Errorf("%q <%s> is shown as %q <%s>", tt.name, tt.email, r.Name, r.Email)
		}
		text := r.Letters[0].Letter.Text
		if tt.city != "" && !strings.Contains(text, tt.wantName+", "+tt.wantCity+", ") {
			t.Errorf("%q is not in %s", tt.wantCity, text)
		}
	}
}

// Scanners open links; only the button counts, and counts once.
func TestLookingAtAPersonalLinkChangesNothing(t *testing.T) {
	h := open(t, always)
	token := h.personal(t, supporter())
	for range 10 {
		if _, err := h.OpenPersonal(t.Context(), slug, token, "en"); err != nil {
			t.Fatal(err)
		}
	}
	if n := h.ledger.Calls(""); n != 0 || len(h.mail.Attempts()) != 0 {
		t.Errorf("looking made %d ledger calls and %d mails", n, len(h.mail.Attempts()))
	}
	sub := h.press(t, token, "en")
	first, err := h.SubmitPersonal(t.Context(), slug, token, sub)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			again, err := h.SubmitPersonal(t.Context(), slug, token, sub)
			if diff := cmp.Diff(first, again, ignoreCampaign...); diff != "" || err != nil {
				t.Errorf("a repeat is answered differently: %v %s", err, diff)
			}
		})
	}
	all.Wait()
	if n := len(h.mail.Left()); n != 1 || h.tally(t).Actions != 1 {
		t.Errorf("%d letters, %d took part; want 1", n, h.tally(t).Actions)
	}
}

// The answer does not tell the link's owner's neighbour that the owner took part by the form before.
func TestPersonalLinkAfterTheForm(t *testing.T) {
	h := open(t, oneClick)
	if _, err := h.Submit(t.Context(), slug, ann()); err != nil {
		t.Fatal(err)
	}
	fresh := open(t, oneClick)
	var answers []action.Receipt
	for _, house := range []*house{h, fresh} {
		token := house.personal(t, supporter())
		r, err := house.SubmitPersonal(t.Context(), slug, token, house.press(t, token, "en"))
		if err != nil {
			t.Fatal(err)
		}
		answers = append(answers, r)
	}
	if diff := cmp.Diff(answers[0], answers[1], append(ignoreCampaign, cmp.Comparer(sameTarget))...); diff != "" {
		t.Error(diff)
	}
	if n := len(h.mail.Left()); n != 1 {
		t.Errorf("%d letters, want 1", n)
	}
}

func sameTarget(a, b *campaign.Target) bool { return a.ID == b.ID }

func TestPersonalLinkErrors(t *testing.T) {
	h := open(t, always)
	token := h.personal(t, supporter())
	mailed := pend(t, h, ann())
	before := h.tally(t)
	wantErr := func(name, token string, want error) {
		t.Helper()
		shown, err := h.OpenPersonal(t.Context(), slug, token, "en")
		if !errors.Is(err, want) || shown.Campaign != nil || shown.Name+shown.Email != "" {
			t.Errorf("%s, looked at: %+v, %v", name, shown, err)
		}
		if _, err := h.SubmitPersonal(t.Context(), slug, token, action.Submission{Consent: "1"}); !errors.Is(err, want) {
			t.Errorf("%s, pressed: %v", name, err)
		}
	}
	wantErr("forged", token+"A", action.ErrLink)
	wantErr("nothing", "", action.ErrLink)
	wantErr("a mailed one", mailed, action.ErrLink)
	if _, err := h.Open(t.Context(), slug, token); !errors.Is(err, action.ErrLink) {
		t.Errorf("a personal link opens what waits: %v", err)
	}
	h.clock.Advance(week)
	wantErr("expired", token, action.ErrPersonalExpired)
	if _, err := h.OpenPersonal(t.Context(), "nowhere", token, "en"); !errors.Is(err, campaign.ErrNotFound) {
		t.Errorf("no campaign: %v", err)
	}
	if !h.tally(t).Equal(before) || len(h.mail.Left()) != 1 {
		t.Error("something was sent or counted")
	}
}

// Links that were made while the campaign was tried out send nothing to real targets.
func TestPersonalLinkOfTestMode(t *testing.T) {
	h := open(t, always)
	token := h.personal(t, supporter())
	s := always
	s.live = true
	h.Campaigns = library(t, s)
	if _, err := h.OpenPersonal(t.Context(), slug, token, "en"); !errors.Is(err, action.ErrLink) {
		t.Errorf("looked at: %v", err)
	}
	if _, err := h.SubmitPersonal(t.Context(), slug, token, action.Submission{Consent: "1"}); !errors.Is(err, action.ErrLink) {
		t.Errorf("pressed: %v", err)
	}
	if n := len(h.mail.Attempts()); n != 0 {
		t.Errorf("%d mails", n)
	}
}

// The page's consent and version hold as the form's do; nothing else that is posted counts.
func TestWhatThePersonalPagePosts(t *testing.T) {
	h := open(t, always)
	token := h.personal(t, supporter())
	sub := h.press(t, token, "en")
	for name, change := range map[string]func(*action.Submission){
		"no consent": func(s *action.Submission) { s.Consent = "" }, "an outdated one": func(s *action.Submission) { s.Consent = "0" },
	} {
		posted := sub
		change(&posted)
		var invalid *action.Invalid
		if _, err := h.SubmitPersonal(t.Context(), slug, token, posted); !errors.As(err, &invalid) || invalid.Fields[0].Field != "consent" {
			t.Errorf("%s: %v", name, err)
		}
	}
	posted := sub
	posted.Version = "another"
	if _, err := h.SubmitPersonal(t.Context(), slug, token, posted); !errors.Is(err, action.ErrChanged) {
		t.Errorf("another version: %v", err)
	}
	posted = sub
	posted.Name, posted.Email, posted.Country, posted.Message, posted.Proof = "Eve", "eve@example.com", "FR", "Something else.", "x"
	if _, err := h.SubmitPersonal(t.Context(), slug, token, posted); err != nil {
		t.Fatal(err)
	}
	if m := h.mail.Left()[0]; strings.Contains(m.Text, "Eve") || strings.Contains(m.Text, "Something") || !strings.Contains(m.Text, "Ann Lee, Berlin, Germany") {
		t.Errorf("%s", m.Text)
	}
}

// With the form the link is proof of its own address, in any spelling, and of no other.
func TestPersonalLinkAsProof(t *testing.T) {
	for _, tt := range []struct {
		name, email string
		origin      string
		late        time.Duration
		confirm     bool
		partner     string
		verified    bool
	}{
		{"its own address", "ann.lee@example.com", "", 0, false, "partner", true},
		{"in another spelling", "Ann.Lee@EXAMPLE.com", "", 0, false, "partner", true},
		{"on another partner's site", "ann.lee@example.com", "https://other.example", 0, false, "other", true},
		{"another address", "ben@example.com", "", 0, true, "", false},
		{"too late", "ann.lee@example.com", "", week, true, "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := open(t, always)
			sub := ann()
			sub.Proof, sub.Email, sub.Origin = h.personal(t, supporter()), tt.email, tt.origin
			sub.Message = "In my own words."
			h.clock.Advance(tt.late)
			r, err := h.Submit(t.Context(), slug, sub)
			if err != nil || r.Confirm != tt.confirm {
				t.Fatalf("confirm %v, %v", r.Confirm, err)
			}
			if tt.confirm {
				if n := h.tally(t).Actions; n != 0 {
					t.Errorf("%d took part", n)
				}
				return
			}
			if a := h.taken(t); a.Proof != ledger.ProofLink || a.Partner != tt.partner || a.PartnerVerified != tt.verified {
				t.Errorf("%+v", a)
			}
		})
	}
}

// Who comes by a partner's link may be kept informed by that partner.
func TestPersonalLinkSubscribes(t *testing.T) {
	s := always
	private := seal.NewPrivateKey()
	s.key = private.Public().String()
	h := open(t, s)
	sub := ann()
	sub.Proof, sub.Partner, sub.Subscribe = h.personal(t, supporter()), "other", true
	if _, err := h.Submit(t.Context(), slug, sub); err != nil {
		t.Fatal(err)
	}
	all := h.subscribers(t)
	if len(all) != 1 {
		t.Fatalf("%d subscribers, want 1", len(all))
	}
	plain, err := private.Open(all[0].Sealed)
	if err != nil || !strings.Contains(string(plain), `"proof":"link"`) {
		t.Errorf("%s, %v", plain, err)
	}
}

func TestNewPersonalNamesEveryField(t *testing.T) {
	h := open(t, always)
	_, err := h.newPersonal(t, action.Supporter{
		Name: "Ann\n", Email: "minister@example.net", Country: "XX", Language: "fr", Partner: "nobody", Fields: map[string]string{"shoe": "42"},
	})
	var invalid *action.Invalid
	if !errors.As(err, &invalid) {
		t.Fatalf("%v", err)
	}
	want := []action.FieldError{
		{Field: "name", Code: action.Character}, {Field: "email", Code: action.OwnTarget}, {Field: "country", Code: action.Unknown},
		{Field: "language", Code: action.Unknown}, {Field: "fields", Code: action.Unknown}, {Field: "partner", Code: action.Unknown},
	}
	if diff := cmp.Diff(want, invalid.Fields); diff != "" {
		t.Error(diff)
	}
	if _, err := h.newPersonal(t, action.Supporter{}); !errors.As(err, &invalid) || len(invalid.Fields) != 3 {
		t.Errorf("an empty row: %v", err)
	}
	if _, err := h.newPersonal(t, action.Supporter{Name: "Ann", Email: "ann@example.com", Country: "DE"}); err != nil {
		t.Errorf("the least that is needed: %v", err)
	}
}

// A link can be mailed: its token fits into an address.
func TestPersonalTokenFitsIntoAnAddress(t *testing.T) {
	token := open(t, always).personal(t, supporter())
	if len(token) > 400 || strings.ContainsAny(token, "+/=?&#") {
		t.Errorf("%d characters: %s", len(token), token)
	}
}

// Whoever a link can be made for, the page behind it can be drawn, and the letter leaves.
func TestAnyPersonalLinkWorks(t *testing.T) {
	h := open(t, always)
	rapid.Check(t, func(rt *rapid.T) {
		who := supporter()
		who.Name = rapid.StringN(1, 100, -1).Draw(rt, "name")
		who.Fields["city"] = rapid.StringN(0, 60, -1).Draw(rt, "city")
		who.Email = rapid.StringMatching(`[a-z]{1,9}@[a-z]{1,9}(\.[a-z]{2,5}){1,2}`).Draw(rt, "email")
		token, err := h.newPersonal(t, who)
		if err != nil {
			return
		}
		r, err := h.OpenPersonal(t.Context(), slug, token, "ar")
		if err != nil {
			rt.Fatal(err)
		}
		if _, err := h.SubmitPersonal(t.Context(), slug, token, action.Submission{Consent: "1", Version: r.Letters[0].Version, Reads: "ar"}); err != nil {
			rt.Fatal(err)
		}
	})
}
