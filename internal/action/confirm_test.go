package action_test

import (
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"one-click-protest/internal/action"
	"one-click-protest/internal/campaign"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/mailer"
)

// pend submits and answers the token of the link that was mailed.
func pend(t *testing.T, h *house, sub action.Submission) string {
	t.Helper()
	before := len(h.mail.Left())
	r, err := h.Submit(t.Context(), slug, sub)
	if err != nil {
		t.Fatal(err)
	}
	if !r.Confirm {
		t.Fatal("no confirmation asked for")
	}
	return h.token(t, before)
}

func TestConfirmSendsTheLetter(t *testing.T) {
	h := open(t, always)
	token := pend(t, h, ann())
	mail := h.mail.Left()[0]
	if mail.Class != mailer.ToSigner || mail.Addressee != "ann.lee@example.com" || mail.FromName != "" {
		t.Errorf("confirmation mail: %+v", mail)
	}
	if len(mail.To) != 1 || mail.To[0] != "tester@example.org" {
		t.Errorf("in test mode the confirmation mail goes to %v, want the tester", mail.To)
	}
	for _, typed := range []string{"Ann", "Lee", "Berlin"} {
		if strings.Contains(mail.Text+mail.Subject, typed) {
			t.Errorf("the confirmation mail holds %q, which a visitor typed", typed)
		}
	}
	if h.tally(t).Actions != 0 {
		t.Error("counted before the proof")
	}
	opened, err := h.Open(t.Context(), slug, token)
	if err != nil {
		t.Fatal(err)
	}
	if len(opened.Waiting) != 1 || opened.Waiting[0].Name != "Ann Lee" || opened.Standing != nil {
		t.Fatalf("the link shows %+v", opened)
	}
	done, err := h.Confirm(t.Context(), slug, token, opened.Waiting[0].ID, true)
	if err != nil {
		t.Fatal(err)
	}
	if done.Standing == nil || done.Standing.Letters[0].State != ledger.StateSent {
		t.Errorf("what stands: %+v", done.Standing)
	}
	left := h.mail.Left()
	if len(left) != 2 {
		t.Fatalf("%d mails left, want confirmation and letter", len(left))
	}
	if left[1].ReplyTo != "ann.lee@example.com" {
		t.Errorf("answers go to %q, want the proven signer", left[1].ReplyTo)
	}
	if left[1].Text != opened.Waiting[0].Letters[0].Letter.Text {
		t.Error("the letter that left is not the one the link showed")
	}
}

// What the signer is shown before the proof is what leaves after it.
func TestShownAsItWillLeave(t *testing.T) {
	h := open(t, always)
	r, err := h.Submit(t.Context(), slug, ann())
	if err != nil {
		t.Fatal(err)
	}
	token := h.token(t, 0)
	opened, err := h.Open(t.Context(), slug, token)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Confirm(t.Context(), slug, token, opened.Waiting[0].ID, true); err != nil {
		t.Fatal(err)
	}
	left := h.mail.Left()[1]
	if shown := r.Letters[0].Letter; shown.Text != left.Text || shown.HTML != left.HTML || shown.ReplyTo != left.ReplyTo {
		t.Errorf("shown:\n%s\nleft:\n%s", shown.Text, left.Text)
	}
	sample, err := h.Preview(t.Context(), slug, action.Submission{Country: "DE"})
	if err != nil || strings.Contains(sample.Letters[0].Letter.Text, "not been verified") {
		t.Errorf("the sample says what will not be so: %v\n%s", err, sample.Letters[0].Letter.Text)
	}
}

// Scanners open links, many times; only the button counts, and counts once.
func TestLookingChangesNothing(t *testing.T) {
	h := open(t, always)
	token := pend(t, h, ann())
	before := h.tally(t)
	for range 10 {
		if _, err := h.Open(t.Context(), slug, token); err != nil {
			t.Fatal(err)
		}
	}
	if !h.tally(t).Equal(before) || len(h.mail.Left()) != 1 {
		t.Error("looking changed something")
	}
	opened, _ := h.Open(t.Context(), slug, token)
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			done, err := h.Confirm(t.Context(), slug, token, opened.Waiting[0].ID, true)
			if err != nil || done.Standing == nil {
				t.Errorf("press: %+v, %v", done, err)
			}
		})
	}
	all.Wait()
	if n := len(h.mail.Left()); n != 2 {
		t.Errorf("%d mails, want confirmation and one letter", n)
	}
	if got := h.tally(t).Actions; got != 1 {
		t.Errorf("%d took part, want 1", got)
	}
}

// confirm: edited asks for proof only where the signer changed the letter.
func TestConfirmEdited(t *testing.T) {
	h := open(t, oneClick)
	sub := ann()
	sub.Message = "My own words."
	token := pend(t, h, sub)
	h.wantLetters(t, ledger.StateSent, 0)
	opened, err := h.Open(t.Context(), slug, token)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Confirm(t.Context(), slug, token, opened.Waiting[0].ID, true); err != nil {
		t.Fatal(err)
	}
	h.wantLetters(t, ledger.StateSent, 1)
	if m := h.mail.Left()[1]; !strings.Contains(m.Text, "My own words.") || m.ReplyTo != "letters@example.org" {
		t.Errorf("letter to %v: %s", m.ReplyTo, m.Text)
	}
}

// One mail a day to an address, whatever is typed; the one link opens all that waits.
func TestConfirmationMailsAreRationed(t *testing.T) {
	h := open(t, always)
	token := pend(t, h, ann())
	for range 5 {
		h.clock.Advance(time.Hour)
		if _, err := h.Submit(t.Context(), slug, ann()); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(h.mail.Attempts()); n != 1 {
		t.Fatalf("%d mails to one address in a day, want 1", n)
	}
	opened, err := h.Open(t.Context(), slug, token)
	if err != nil || len(opened.Waiting) != 6 {
		t.Fatalf("%d wait, want the newest 5 and the link's own: %v", len(opened.Waiting), err)
	}
	h.clock.Advance(24 * time.Hour)
	if _, err := h.Submit(t.Context(), slug, ann()); err != nil {
		t.Fatal(err)
	}
	if n := len(h.mail.Attempts()); n != 2 {
		t.Errorf("%d mails after a day, want 2", n)
	}
}

// A forger who types the real signer's address first cannot keep the signer from taking part.
func TestForgedPendingBlocksNobody(t *testing.T) {
	h := open(t, always)
	forged := ann()
	forged.Name = "Not Ann"
	token := pend(t, h, forged)
	for range 30 {
		if _, err := h.Submit(t.Context(), slug, forged); err != nil {
			t.Fatal(err)
		}
	}
	real := ann()
	real.Proof = token // the page behind the link offers to write anew
	r, err := h.Submit(t.Context(), slug, real)
	if err != nil || r.Confirm {
		t.Fatalf("confirm %v, %v; want the letter to leave", r.Confirm, err)
	}
	h.wantLetters(t, ledger.StateSent, 1)
	if m := h.mail.Left()[1]; !strings.Contains(m.Text, "Ann Lee") || strings.Contains(m.Text, "Not Ann") {
		t.Errorf("the forged letter left: %s", m.Text)
	}
}

// The link proves one address, in one campaign, for a while.
func TestProofIsForItsAddressOnly(t *testing.T) {
	h := open(t, always)
	token := pend(t, h, ann())
	other := ann()
	other.Email, other.Proof = "ben@example.com", token
	r, err := h.Submit(t.Context(), slug, other)
	if err != nil || !r.Confirm {
		t.Errorf("another address passes as proven: %v", err)
	}
	h.clock.Advance(73 * time.Hour)
	late := ann()
	late.Proof = token
	if r, err := h.Submit(t.Context(), slug, late); err != nil || !r.Confirm {
		t.Errorf("an expired link passes as proof: %v", err)
	}
}

func TestLinkErrors(t *testing.T) {
	h := open(t, always)
	token := pend(t, h, ann())
	opened, _ := h.Open(t.Context(), slug, token)
	id := opened.Waiting[0].ID
	if _, err := h.Open(t.Context(), slug, token+"A"); !errors.Is(err, action.ErrLink) {
		t.Errorf("forged link: %v", err)
	}
	if _, err := h.Confirm(t.Context(), slug, token, "other", true); !errors.Is(err, action.ErrLinkExpired) {
		t.Errorf("unknown submission: %v", err)
	}
	h.clock.Advance(73 * time.Hour)
	if _, err := h.Open(t.Context(), slug, token); !errors.Is(err, action.ErrLinkExpired) {
		t.Errorf("expired link: %v", err)
	}
	if _, err := h.Confirm(t.Context(), slug, token, id, true); !errors.Is(err, action.ErrLinkExpired) {
		t.Errorf("press on an expired link: %v", err)
	}
	if len(h.mail.Left()) != 1 || h.tally(t).Actions != 0 {
		t.Error("something was sent or counted")
	}
}

// The letter that leaves is the one the signer saw, though the campaign was changed in between.
func TestConfirmAfterTheCampaignChanged(t *testing.T) {
	h := open(t, always)
	token := pend(t, h, ann())
	seen, _ := h.Open(t.Context(), slug, token)
	changed := always
	changed.body = "Another text altogether.\n\n{message}\n\n{name}\n"
	h.Campaigns = library(t, changed)
	opened, err := h.Open(t.Context(), slug, token)
	if err != nil {
		t.Fatal(err)
	}
	if opened.Waiting[0].Letters[0].Letter.Text != seen.Waiting[0].Letters[0].Letter.Text {
		t.Errorf("the link shows another letter: %s", opened.Waiting[0].Letters[0].Letter.Text)
	}
	if _, err := h.Confirm(t.Context(), slug, token, opened.Waiting[0].ID, true); err != nil {
		t.Fatal(err)
	}
	if m := h.mail.Left()[1]; m.Text != seen.Waiting[0].Letters[0].Letter.Text {
		t.Errorf("another letter left: %s", m.Text)
	}
}

// Somebody who took part and confirms another letter is told what stands; nothing more leaves.
func TestConfirmAfterTakingPart(t *testing.T) {
	h := open(t, oneClick)
	if _, err := h.Submit(t.Context(), slug, ann()); err != nil {
		t.Fatal(err)
	}
	sub := ann()
	sub.Message = "Once more, in my own words."
	token := pend(t, h, sub)
	opened, err := h.Open(t.Context(), slug, token)
	if err != nil || opened.Standing == nil {
		t.Fatalf("the proven signer is not told that a letter left: %+v, %v", opened, err)
	}
	if _, err := h.Confirm(t.Context(), slug, token, opened.Waiting[0].ID, true); err != nil {
		t.Fatal(err)
	}
	h.wantLetters(t, ledger.StateSent, 1)
	if n := len(h.mail.Left()); n != 2 {
		t.Errorf("%d mails, want one letter and one confirmation", n)
	}
}

// A mailbox's tagged addresses share one mail a day, and none of them uses up the plain address's.
func TestRationIsForTheMailbox(t *testing.T) {
	h := open(t, always)
	for i, spelling := range []string{"victim+0@company.example", "victim+1@company.example", "victim+2@company.example", "Victim@company.example"} {
		sub := ann()
		sub.Email = spelling
		if _, err := h.Submit(t.Context(), slug, sub); err != nil {
			t.Fatal(err)
		}
		if want := 1 + i/3; len(h.mail.Attempts()) != want {
			t.Errorf("after %s: %d mails, want %d", spelling, len(h.mail.Attempts()), want)
		}
	}
}

// The submission that a link was mailed for is shown behind it, however many others came after.
func TestFloodDoesNotBuryTheLinksOwn(t *testing.T) {
	h := open(t, always)
	token := pend(t, h, ann())
	forged := ann()
	forged.Name = "Not Ann"
	for range 30 {
		h.clock.Advance(time.Second)
		if _, err := h.Submit(t.Context(), slug, forged); err != nil {
			t.Fatal(err)
		}
	}
	opened, err := h.Open(t.Context(), slug, token)
	if err != nil || len(opened.Waiting) != 6 || opened.Waiting[5].Name != "Ann Lee" {
		t.Errorf("the link shows %+v, %v", opened.Waiting, err)
	}
}

// A page that was opened before a flood of forgeries still works.
func TestFloodDoesNotSpoilAnOpenPage(t *testing.T) {
	h := open(t, always)
	token := pend(t, h, ann())
	opened, err := h.Open(t.Context(), slug, token)
	if err != nil {
		t.Fatal(err)
	}
	forged := ann()
	forged.Name = "Not Ann"
	for range 50 {
		h.clock.Advance(time.Second)
		if _, err := h.Submit(t.Context(), slug, forged); err != nil {
			t.Fatal(err)
		}
	}
	done, err := h.Confirm(t.Context(), slug, token, opened.Waiting[0].ID, true)
	if err != nil || done.Standing == nil {
		t.Fatalf("%+v, %v", done, err)
	}
	if m := h.mail.Left()[1]; !strings.Contains(m.Text, "Ann Lee") || strings.Contains(m.Text, "Not Ann") {
		t.Errorf("another letter left: %s", m.Text)
	}
}

// A letter names its target: when the campaign writes to another one by now, it does not leave to that one.
func TestConfirmAfterTheRoutingChanged(t *testing.T) {
	h := open(t, always)
	token := pend(t, h, ann())
	opened, _ := h.Open(t.Context(), slug, token)
	moved := files(always)
	csv := moved["campaigns/c/targets.csv"]
	csv.Data = []byte(strings.ReplaceAll(string(csv.Data), "\nminister,", "\nsuccessor,"))
	h.Campaigns = campaign.Open(moved)
	if _, err := h.Confirm(t.Context(), slug, token, opened.Waiting[0].ID, true); !errors.Is(err, action.ErrChanged) {
		t.Errorf("got %v, want ErrChanged", err)
	}
	if n := len(h.mail.Left()); n != 1 {
		t.Errorf("%d mails, want the confirmation only", n)
	}
}

// The letter that was seen leaves, also when the campaign has fewer variants by now, or is the first to have any.
func TestConfirmAfterTheVariantsChanged(t *testing.T) {
	subjects := func(subjects ...string) *campaign.Library {
		t.Helper()
		fsys := files(always)
		m := fsys["campaigns/c/letter.en.md"]
		m.Data = []byte(strings.Replace(string(m.Data), "subject: Let them go", "subjects: ["+strings.Join(subjects, ", ")+"]", 1))
		return campaign.Open(fsys)
	}
	for _, tt := range []struct {
		before, after []string
		variant       int
	}{{[]string{"One", "Two", "Three"}, []string{"Another"}, 3}, {[]string{"Three"}, []string{"A", "B", "C"}, 0}} {
		h := open(t, always)
		h.Campaigns = subjects(tt.before...)
		sub := ann()
		sub.Variant = tt.variant
		token := pend(t, h, sub)
		h.Campaigns = subjects(tt.after...)
		opened, err := h.Open(t.Context(), slug, token)
		if err != nil || len(opened.Waiting) != 1 {
			t.Fatalf("%+v, %v", opened, err)
		}
		if _, err := h.Confirm(t.Context(), slug, token, opened.Waiting[0].ID, true); err != nil {
			t.Fatal(err)
		}
		if m := h.mail.Left()[1]; m.Subject != "[TEST] Three" {
			t.Errorf("left with %q", m.Subject)
		}
		if got := h.tally(t).Variants; got[tt.variant] != min(tt.variant, 1) || len(got) != min(tt.variant, 1) {
			t.Errorf("counted %v", got)
		}
	}
}

// A submission that was waiting for its proof when the house was changed to several targets can still be confirmed.
func TestConfirmAPendingOfBefore(t *testing.T) {
	h := open(t, always)
	token := pend(t, h, ann())
	keys, _ := h.Keys.Campaign(t.Context(), "c-TEST")
	key := ledger.Key{Campaign: "c-TEST", Signer: keys.SignerID("ann.lee@example.com")}
	waiting, err := h.ledger.Waiting(t.Context(), key, h.clock.Now(), 1)
	if err != nil {
		t.Fatal(err)
	}
	record := func(id string) string { return "pending\x00" + key.Campaign + "\x00" + key.Signer + "\x00" + id }
	plain, err := keys.Open(record(waiting[0].ID), waiting[0].Sealed)
	if err != nil {
		t.Fatal(err)
	}
	var now struct {
		Submission map[string]any   `json:"submission"`
		Letters    []map[string]any `json:"letters"`
	}
	if err := json.Unmarshal(plain, &now); err != nil {
		t.Fatal(err)
	}
	now.Submission["version"], now.Submission["language"] = now.Letters[0]["version"], "en"
	plain, _ = json.Marshal(map[string]any{"submission": now.Submission, "target": "minister", "channel": "email"})
	before := waiting[0]
	before.At = h.clock.Now().Add(time.Second)
	before.ID, before.Ration = ledger.PendingID(before.At, "BEFORE"), "ration"
	before.Sealed = keys.Seal(record(before.ID), plain)
	mail := ledger.Draft{Delivery: ledger.Delivery{
		ID: ledger.ID{Key: ledger.Key{Campaign: key.Campaign, Signer: before.ID}, Target: ledger.TargetSigner}, Attempt: 1, Channel: ledger.ChannelEmail, State: ledger.StateQueued,
	}}
	if _, err := h.ledger.Pend(t.Context(), before, mail); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Confirm(t.Context(), slug, token, before.ID, true); err != nil {
		t.Fatal(err)
	}
	h.wantLetters(t, ledger.StateSent, 1)
}

// A pending holds nothing that was not checked and bounded.
func TestPendingIsBounded(t *testing.T) {
	h := open(t, always)
	sub := ann()
	sub.Partner = strings.Repeat("<", 30_000)
	sub.Origin = "https://" + strings.Repeat("x", 30_000)
	pend(t, h, sub)
	keys, _ := h.Keys.Campaign(t.Context(), "c-TEST")
	waiting, err := h.ledger.Waiting(t.Context(), ledger.Key{Campaign: "c-TEST", Signer: keys.SignerID("ann.lee@example.com")}, h.clock.Now(), 9)
	if err != nil || len(waiting) != 1 {
		t.Fatalf("%d wait, %v", len(waiting), err)
	}
	if n := len(waiting[0].Sealed); n > 2000 {
		t.Errorf("%d bytes are kept of a short letter", n)
	}
}

// The owner of an address under which somebody took part without proof is told so.
func TestStandingSaysUnproven(t *testing.T) {
	h := open(t, oneClick)
	if _, err := h.Submit(t.Context(), slug, ann()); err != nil {
		t.Fatal(err)
	}
	sub := ann()
	sub.Message = "My own words."
	opened, err := h.Open(t.Context(), slug, pend(t, h, sub))
	if err != nil || opened.Standing == nil || !opened.Standing.Unproven {
		t.Errorf("%+v, %v", opened.Standing, err)
	}
}
