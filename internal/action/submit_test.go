package action_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"one-click-protest/internal/action"
	"one-click-protest/internal/address"
	"one-click-protest/internal/campaign"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/ledger/ledgertest"
	"one-click-protest/internal/letter"
	"one-click-protest/internal/mailer"
	"one-click-protest/internal/seal"
)

func TestSubmitSendsOneLetter(t *testing.T) {
	h := open(t, oneClick)
	r, err := h.Submit(t.Context(), slug, ann())
	if err != nil {
		t.Fatal(err)
	}
	left := h.mail.Left()
	if len(left) != 1 {
		t.Fatalf("%d mails left, want 1", len(left))
	}
	m := left[0]
	if diff := cmp.Diff([]address.Email{"tester@example.org"}, m.To); diff != "" {
		t.Errorf("test mode: %s", diff)
	}
	if m.Addressee != "minister@example.net" || m.ReplyTo != "letters@example.org" || m.From != "letters@example.org" {
		t.Errorf("addressee %q, reply-to %q, from %q", m.Addressee, m.ReplyTo, m.From)
	}
	if m.Text != r.Letters[0].Letter.Text || m.Subject != r.Letters[0].Letter.Subject {
		t.Error("the letter that left is not the one in the receipt")
	}
	if strings.Contains(m.Text, "ann.lee@example.com") {
		t.Error("the target learns an address that answers do not go to")
	}
	h.wantLetters(t, ledger.StateSent, 1)
	if got := h.tally(t).Actions; got != 1 {
		t.Errorf("%d took part, want 1", got)
	}
}

// spellings of one person's address at a provider that ignores dots and tags.
var spellings = []string{"ann.lee@gmail.com", "AnnLee@Gmail.com", "annlee+protest@googlemail.com", " a.n.n.l.e.e@gmail.com "}

// ignoreCampaign is for comparing answers of one campaign.
var ignoreCampaign = []cmp.Option{
	cmpopts.IgnoreFields(action.Receipt{}, "Campaign"), cmpopts.EquateComparable(), cmpopts.IgnoreUnexported(campaign.Campaign{}),
}

func TestRepeatSendsNothingAndAnswersTheSame(t *testing.T) {
	h := open(t, oneClick)
	sub := ann()
	sub.Email = spellings[0]
	first, err := h.Submit(t.Context(), slug, sub)
	if err != nil {
		t.Fatal(err)
	}
	for _, spelling := range spellings {
		sub.Email = spelling
		again, err := h.Submit(t.Context(), slug, sub)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(first, again, ignoreCampaign...); diff != "" {
			t.Errorf("%s is answered differently: %s", spelling, diff)
		}
	}
	if n := len(h.mail.Attempts()); n != 1 {
		t.Errorf("%d mails, want 1", n)
	}
	if got := h.tally(t).Actions; got != 1 {
		t.Errorf("%d took part, want 1", got)
	}
}

func TestStorm(t *testing.T) {
	h := open(t, oneClick)
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			sub := ann()
			sub.Email = spellings[i%len(spellings)]
			if _, err := h.Submit(t.Context(), slug, sub); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := len(h.mail.Attempts()); n != 1 {
		t.Errorf("%d mails, want 1", n)
	}
	h.wantLetters(t, ledger.StateSent, 1)
}

// The inline path: accept, slot, send, settle. A repeat is one call. A process reads the controls every few seconds besides.
func TestCallsInARow(t *testing.T) {
	h := open(t, oneClick)
	if _, err := h.Submit(t.Context(), slug, ann()); err != nil { // the process's first: identity and letter version too
		t.Fatal(err)
	}
	warm := h.ledger.Calls("")
	sub := ann()
	sub.Email = "ben@example.com"
	if _, err := h.Submit(t.Context(), slug, sub); err != nil {
		t.Fatal(err)
	}
	if n := h.ledger.Calls("") - warm; n != 3 {
		t.Errorf("%d ledger calls beside the sending, want 3", n)
	}
	warm = h.ledger.Calls("")
	if _, err := h.Submit(t.Context(), slug, sub); err != nil {
		t.Fatal(err)
	}
	if n := h.ledger.Calls("") - warm; n != 1 {
		t.Errorf("%d ledger calls for a repeat, want 1", n)
	}
}

// Whatever becomes of the sending, the answer is the same, and the letter is in exactly one state.
func TestAnswerDoesNotDependOnSending(t *testing.T) {
	want := map[mailer.Outcome]ledger.State{
		mailer.Accepted: ledger.StateSent, mailer.Refused: ledger.StateFailed, mailer.Later: ledger.StateQueued,
		mailer.Halt: ledger.StateQueued, mailer.Unknown: ledger.StateUnknown,
	}
	var texts []string
	for outcome, state := range want {
		h := open(t, oneClick)
		h.mail.Outcomes(outcome)
		r, err := h.Submit(t.Context(), slug, ann())
		if err != nil {
			t.Fatalf("%s: %v", outcome, err)
		}
		texts = append(texts, fmt.Sprintf("%+v", r.Letters))
		h.wantLetters(t, state, 1)
		if n := len(h.mail.Attempts()); n != 1 {
			t.Errorf("%s: %d attempts, want 1", outcome, n)
		}
	}
	for _, text := range texts[1:] {
		if stripPointers(text) != stripPointers(texts[0]) {
			t.Errorf("answers differ:\n%s\n%s", texts[0], text)
		}
	}
}

func stripPointers(s string) string {
	before, after, _ := strings.Cut(s, "Target:0x")
	_, after, _ = strings.Cut(after, " ")
	return before + after
}

func TestLedgerFailures(t *testing.T) {
	down := errors.New("down")
	for _, tc := range []struct {
		name   string
		method string
		when   ledgertest.When
		mails  int // after one retry by the signer
		state  ledger.State
	}{
		{"accept refused", "Accept", ledgertest.Before, 1, ledger.StateSent},
		{"accept's answer lost", "Accept", ledgertest.After, 0, ledger.StateQueued}, // claimed, counted as queued: lapses to unknown; never two
		{"version not kept", "Keep", ledgertest.Before, 1, ledger.StateSent},
		{"identity unknown", "Adopted", ledgertest.Before, 1, ledger.StateSent},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := open(t, oneClick)
			h.ledger.Fail(tc.method, tc.when, down)
			if _, err := h.Submit(t.Context(), slug, ann()); !errors.Is(err, down) {
				t.Fatalf("got %v, want the failure", err)
			}
			if _, err := h.Submit(t.Context(), slug, ann()); err != nil {
				t.Fatalf("retry: %v", err)
			}
			if n := len(h.mail.Attempts()); n != tc.mails {
				t.Errorf("%d mails, want %d", n, tc.mails)
			}
			h.wantLetters(t, tc.state, 1)
		})
	}
}

func TestNotAdoptedTakesAndSendsNothing(t *testing.T) {
	h := open(t, oneClick)
	if _, err := h.Submit(t.Context(), slug, ann()); err != nil {
		t.Fatal(err)
	}
	keys, _ := seal.NewHKDF([]byte("another secret, another fingerprint, 32+"))
	h.Keys = keys
	h.clock.Advance(6 * time.Minute) // longer than a process trusts its ledger
	if _, err := h.Submit(t.Context(), slug, ann()); !errors.Is(err, ledger.ErrNotAdopted) {
		t.Fatalf("got %v, want ErrNotAdopted", err)
	}
	if n := len(h.mail.Attempts()); n != 1 {
		t.Errorf("%d mails, want the first one only", n)
	}
	if got := h.tally(t).Actions; got != 1 {
		t.Errorf("%d took part, want 1", got)
	}
}

func TestPhases(t *testing.T) {
	for _, tc := range []struct {
		extra string
		want  error
	}{
		{"opens: 2026-11-23", action.ErrNotOpen},
		{"opens: 2026-11-01\ncloses: 2026-11-21", action.ErrClosed},
		{"opens: 2026-11-01\ncloses: 2026-12-31", nil},
	} {
		t.Run(tc.extra, func(t *testing.T) {
			s := oneClick
			s.extra = tc.extra
			h := open(t, s)
			if _, err := h.Submit(t.Context(), slug, ann()); !errors.Is(err, tc.want) {
				t.Errorf("got %v, want %v", err, tc.want)
			}
		})
	}
}

// A letter signed before its day waits in the outbox.
func TestReleaseLiesAhead(t *testing.T) {
	s := oneClick
	s.extra = "release: 2026-12-02T09:00"
	h := open(t, s)
	r, err := h.Submit(t.Context(), slug, ann())
	if err != nil {
		t.Fatal(err)
	}
	want := time.Date(2026, 12, 2, 0, 0, 0, 0, time.UTC) // nine o'clock in Seoul
	if got := r.Letters[0].Expected; !got.Equal(want) {
		t.Errorf("expected at %v, want %v", got, want)
	}
	if n := len(h.mail.Attempts()); n != 0 {
		t.Errorf("%d mails, want none before the day", n)
	}
	h.wantLetters(t, ledger.StateQueued, 1)
}

func TestPreviewWritesNothing(t *testing.T) {
	h := open(t, always)
	r, err := h.Preview(t.Context(), slug, action.Submission{Country: "DE"})
	if err != nil {
		t.Fatal(err)
	}
	if r.Letters[0].Way.Target.ID != "minister" || r.Letters[0].Letter.Text == "" {
		t.Errorf("got %+v", r)
	}
	if n := h.ledger.Calls(""); n != 0 || len(h.mail.Attempts()) != 0 {
		t.Errorf("%d ledger calls and %d mails, want none", n, len(h.mail.Attempts()))
	}
}

func TestLetterSeen(t *testing.T) {
	h := open(t, oneClick)
	r, err := h.Preview(t.Context(), slug, ann())
	if err != nil {
		t.Fatal(err)
	}
	sub := ann()
	sub.Version = r.Letters[0].Version
	changed := oneClick
	changed.body = "Another text.\n\n{message}\n\n{name}\n"
	before := h.Campaigns
	h.Campaigns = library(t, changed)
	if _, err := h.Submit(t.Context(), slug, sub); !errors.Is(err, action.ErrChanged) {
		t.Errorf("got %v, want ErrChanged", err)
	}
	h.Campaigns = before
	if _, err := h.Submit(t.Context(), slug, sub); err != nil {
		t.Errorf("the letter seen is refused: %v", err)
	}
}

// A sample seen on the form counts as well, whatever its country and language.
func TestTemplateSeen(t *testing.T) {
	h := open(t, oneClick)
	c, err := h.Campaigns.Get(slug)
	if err != nil {
		t.Fatal(err)
	}
	sub := ann()
	sub.Template = action.Template(c)
	changed := oneClick
	changed.body = "Another text.\n\n{message}\n\n{name}\n"
	before := h.Campaigns
	h.Campaigns = library(t, changed)
	if _, err := h.Submit(t.Context(), slug, sub); !errors.Is(err, action.ErrChanged) {
		t.Errorf("got %v, want ErrChanged", err)
	}
	h.Campaigns = before
	if _, err := h.Submit(t.Context(), slug, sub); err != nil {
		t.Errorf("the sample seen is refused: %v", err)
	}
}

// Without proof nobody sends words of their own, in a name either.
func TestNamesThatSpeakNeedProof(t *testing.T) {
	for name, confirm := range map[string]bool{
		"Ann Lee": false, "J.R.R. Tolkien": false, "Jean-Luc d'Arc": false, "김하늘": false, "Dr. Ann Lee": false, "محمد علي": false,
		"Visit evil.com": true, "Call 1-800": true, "Shame!": true, "a@b": true, "evil.example/now": true, "ＷＷＷ．ＥＶＩＬ．ＣＯＭ": true,
		"evil。com": true, "Free Tibet！": true, "Visit evil․com": true, "http∶∕∕x": true, "①②": true, "Ann Lee (Seoul)": false,
	} {
		h := open(t, oneClick)
		sub := ann()
		sub.Name = name
		r, err := h.Submit(t.Context(), slug, sub)
		if err != nil || r.Confirm != confirm {
			t.Errorf("%s: confirm %v, %v; want %v", name, r.Confirm, err, confirm)
		}
	}
}

// What a mail program would read as an encoded word is refused at the field, not parked after a 202.
func TestEncodedWords(t *testing.T) {
	h := open(t, oneClick)
	sub := ann()
	sub.Name, sub.Letter = "=?utf-8?Q?evil?=", &letter.Edit{Subject: "x =", Body: "x"}
	sub.Message = "lost"
	_, err := h.Submit(t.Context(), slug, sub)
	var invalid *action.Invalid
	if !errors.As(err, &invalid) {
		t.Fatalf("got %v, want Invalid", err)
	}
	want := []action.FieldError{
		{Field: "name", Code: action.Character}, {Field: "message", Code: action.InLetter}, {Field: "letter.subject", Code: action.Character},
	}
	if diff := cmp.Diff(want, invalid.Fields); diff != "" {
		t.Error(diff)
	}
}

func TestInvalidNamesEveryField(t *testing.T) {
	h := open(t, oneClick)
	bad := action.Submission{
		Name: "Ann\r\nBcc: x@example.org", Email: "minister@EXAMPLE.net", Country: "XX", Language: "fr",
		Message: strings.Repeat("x", 2001), Letter: &letter.Edit{Subject: "a\nb", Body: ""},
		Fields: map[string]string{"city": "\u202eBerlin", "shoe": "42"}, Consent: "0",
	}
	_, err := h.Submit(t.Context(), slug, bad)
	var invalid *action.Invalid
	if !errors.As(err, &invalid) {
		t.Fatalf("got %v, want Invalid", err)
	}
	want := []action.FieldError{
		{Field: "name", Code: action.Character}, {Field: "email", Code: action.OwnTarget},
		{Field: "country", Code: action.Unknown}, {Field: "language", Code: action.Unknown},
		{Field: "fields.city", Code: action.Character}, {Field: "fields", Code: action.Unknown},
		{Field: "message", Code: action.TooLong, Max: 2000},
		{Field: "letter.subject", Code: action.Character}, {Field: "letter.body", Code: action.Required},
		{Field: "consent", Code: action.Outdated},
	}
	if diff := cmp.Diff(want, invalid.Fields); diff != "" {
		t.Error(diff)
	}
	for _, typed := range []string{"Bcc", "minister", "shoe", "Berlin"} {
		if strings.Contains(err.Error(), typed) {
			t.Errorf("the error repeats what was typed: %v", err)
		}
	}
	if n := h.ledger.Calls(""); n != 0 {
		t.Errorf("%d ledger calls, want none", n)
	}
}

func TestPartner(t *testing.T) {
	for _, tc := range []struct {
		name, partner, origin string
		wantID                string
		verified              bool
	}{
		{"origin", "", "https://partner.example", "partner", true},
		{"claimed", "partner", "https://elsewhere.example", "partner", false},
		{"unknown", "nobody", "", "", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := open(t, oneClick)
			sub := ann()
			sub.Partner, sub.Origin = tc.partner, tc.origin
			if _, err := h.Submit(t.Context(), slug, sub); err != nil {
				t.Fatal(err)
			}
			keys, _ := h.Keys.Campaign(t.Context(), "c-TEST")
			a, _, err := h.ledger.Find(t.Context(), ledger.Key{Campaign: "c-TEST", Signer: keys.SignerID(sub.Email)})
			if err != nil || a.Partner != tc.wantID || a.PartnerVerified != tc.verified {
				t.Errorf("credited %q, verified %v, %v; want %q, %v", a.Partner, a.PartnerVerified, err, tc.wantID, tc.verified)
			}
		})
	}
}

// A queued letter can be composed again from what the ledger and the seal kept, byte for byte, though the campaign changed.
func TestQueuedLetterCanBeComposedAgain(t *testing.T) {
	h := open(t, oneClick)
	h.mail.Outcomes(mailer.Later)
	r, err := h.Submit(t.Context(), slug, ann())
	if err != nil {
		t.Fatal(err)
	}
	var d ledger.Delivery
	for e, err := range h.ledger.Walk(t.Context(), "c-TEST") {
		if err != nil {
			t.Fatal(err)
		}
		if e.Delivery != nil {
			d = *e.Delivery
		}
	}
	box, err := h.ledger.Sealed(t.Context(), d.ID, noon)
	if err != nil {
		t.Fatal(err)
	}
	keys, _ := h.Keys.Campaign(t.Context(), "c-TEST")
	plain, err := keys.Open(d.Record(), box)
	if err != nil {
		t.Fatal(err)
	}
	var sealed letter.Sealed
	if err := json.Unmarshal(plain, &sealed); err != nil {
		t.Fatal(err)
	}
	version, err := h.ledger.Version(t.Context(), d.Letter)
	if err != nil {
		t.Fatal(err)
	}
	source, err := letter.Parse(version)
	if err != nil {
		t.Fatal(err)
	}
	again, err := letter.Compose(source, sealed.Signer)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r.Letters[0].Letter, again); diff != "" {
		t.Error(diff)
	}
	if again.Digest() != sealed.Seen {
		t.Error("the digest sealed is not that of the letter seen")
	}
}

// Whatever passes the checks can leave: a letter accepted and then refused by every mailer would be lost.
func TestWhatIsAcceptedCanLeave(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		h := open(t, oneClick)
		sub := ann()
		sub.Name = rapid.StringN(0, 110, -1).Draw(rt, "name")
		sub.Fields["city"] = rapid.String().Draw(rt, "city")
		_, err := h.Submit(t.Context(), slug, sub)
		if wantLeft(rt, err) != len(h.mail.Left()) {
			rt.Fatalf("accepted (%v) and %d left", err, len(h.mail.Left()))
		}
		keys := open(t, always)
		edited := ann()
		edited.Name = sub.Name
		edited.Letter = &letter.Edit{Subject: rapid.String().Draw(rt, "subject"), Body: rapid.String().Draw(rt, "body")}
		r, err := keys.Preview(t.Context(), slug, edited)
		if err != nil {
			return
		}
		e := r.Letters[0]
		m := e.Letter.Message(r.Campaign, e.Way, r.Language, ledger.Delivery{ID: ledger.ID{Key: ledger.Key{Campaign: "c", Signer: "s"}, Target: "t"}, Attempt: 1})
		if fault := m.Check(); fault != "" {
			rt.Fatalf("accepted, and refused by mailers: %s: %q %q", fault, m.FromName, m.Subject)
		}
	})
}

func wantLeft(t *rapid.T, err error) int {
	var invalid *action.Invalid
	switch {
	case err == nil:
		return 1
	case errors.As(err, &invalid):
		return 0
	}
	t.Fatal(err)
	return 0
}
