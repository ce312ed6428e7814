package outbox_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"one-click-protest/internal/ledger"
	"one-click-protest/internal/ledger/ledgertest"
	"one-click-protest/internal/letter"
	"one-click-protest/internal/mailer"
)

// A letter that waited while the campaign was redeployed with another text leaves as its signer saw it.
func TestLetterLeavesAsItsSignerSawIt(t *testing.T) {
	h := furnish(t, nil)
	seen, err := h.service.Preview(t.Context(), "one", submission(0))
	if err != nil {
		t.Fatal(err)
	}
	h.queue("one", 0, 1)
	changed := single(quick)
	changed["campaigns/one/letter.en.md"].Data = []byte("---\nsubject: Another one\n---\n{salutation}\n\nQuite another letter.\n\n{name}, {country}\n")
	h.deploy(changed)
	h.tick()
	h.wantLeft(1)
	m, want := h.mail.Left()[0], seen.Letters[0].Letter
	got := letter.Letter{FromName: m.FromName, ReplyTo: m.ReplyTo, Subject: m.Subject, Text: m.Text, HTML: m.HTML}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("seen (-), left (+):\n%s", diff)
	}
	if !strings.Contains(m.Text, "We ask you to let them go.") || strings.Contains(m.Text, "Quite another") {
		t.Errorf("left: %s", m.Text)
	}
}

// Where the address was mended meanwhile the letter goes to the new one.
func TestLetterGoesToTodaysAddress(t *testing.T) {
	h := furnish(t, nil)
	h.queue("one", 0, 1)
	mended := single(quick)
	add(mended, "one", quick, "minister", "office@state.internal")
	h.deploy(mended)
	h.tick()
	if left := h.mail.Left(); len(left) != 1 || left[0].To[0] != "office@state.internal" {
		t.Errorf("%d mails left, or to the old address", len(left))
	}
}

// craft writes a letter of campaign "one" that waits: of this version, with these sealed fields.
func (h *house) craft(version ledger.Version, record string, fields []byte) {
	h.t.Helper()
	k, err := h.deliverer.Keys.Campaign(h.t.Context(), "one")
	if err != nil {
		h.t.Fatal(err)
	}
	d := ledger.Delivery{
		ID: ledger.ID{Key: h.key("one", 99), Target: "minister"}, Attempt: 1, Channel: ledger.ChannelEmail,
		State: ledger.StateQueued, Letter: version.Digest, Next: h.clock.Now(),
	}
	if record == "" {
		record = d.ID.Record()
	}
	if version.Text != nil {
		if err := h.ledger.Keep(h.t.Context(), version); err != nil {
			h.t.Fatal(err)
		}
	}
	_, err = h.ledger.Accept(h.t.Context(), ledger.Acceptance{
		Action: ledger.Action{Key: d.Key, Token: "token"},
		Drafts: []ledger.Draft{{Delivery: d, Sealed: k.Seal(record, fields), Expires: h.clock.Now().AddDate(0, 1, 0)}},
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// version is a text under its digest.
func version(text string) ledger.Version {
	sum := sha256.Sum256([]byte(text))
	return ledger.Version{Digest: hex.EncodeToString(sum[:]), Text: []byte(text)}
}

// What cannot be composed any more is parked with its reason, and keeps no other letter.
func TestLettersThatCannotBeComposed(t *testing.T) {
	signer, err := json.Marshal(letter.Sealed{Signer: letter.Signer{Name: "Ann Lee", Country: "Germany"}, Seen: "another letter"})
	if err != nil {
		t.Fatal(err)
	}
	sound := ledger.Version{Digest: "that of a sound letter"}
	for _, tc := range []struct {
		reason  string
		version ledger.Version
		record  string // it was sealed for; empty: its own
		fields  []byte
	}{
		{"version-format", version(`{"Format":1}`), "", signer},
		{"version-format", ledger.Version{Digest: version("once").Digest, Text: []byte("changed")}, "", signer},
		{"version-lost", ledger.Version{Digest: "gone"}, "", signer},
		{"letter-changed", sound, "", signer},
		{"unopenable", sound, "another record", signer},
		{"unreadable", sound, "", []byte("Ann Lee <ann@people.example>")},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			h := furnish(t, nil)
			var log bytes.Buffer
			h.deliverer.Outbox.Log = slog.New(slog.NewTextHandler(&log, nil))
			h.queue("one", 0, 1)
			if tc.version.Digest == sound.Digest {
				tc.version.Digest = h.only().Letter
			}
			h.craft(tc.version, tc.record, tc.fields)
			if r := h.tick(); r.Held != 1 || r.Sent != 1 {
				t.Errorf("%+v", r)
			}
			_, ds, err := h.ledger.Find(t.Context(), h.key("one", 99))
			if err != nil || ds[0].State != ledger.StateHeld || ds[0].Reason != tc.reason {
				t.Errorf("%v, %v", ds, err)
			}
			if _, err := h.ledger.Sealed(t.Context(), ds[0].ID, h.clock.Now()); err != nil {
				t.Errorf("its sealed fields: %v", err)
			}
			if !strings.Contains(log.String(), tc.reason) || strings.Contains(log.String(), "people.example") || strings.Contains(log.String(), "Ann Lee") {
				t.Errorf("log: %s", log.String())
			}
		})
	}
}

func TestExpiredLetterFails(t *testing.T) {
	h := furnish(t, nil)
	h.queue("one", 0, 1)
	h.clock.Add(91 * 24 * time.Hour)
	if r := h.tick(); r.Failed != 1 {
		t.Errorf("%+v", r)
	}
	if d := h.only(); d.State != ledger.StateFailed || d.Reason != "expired" {
		t.Errorf("%s (%s)", d.State, d.Reason)
	}
	h.wantLeft(0)
}

// What the ledger does not answer now it may answer later: the letter waits.
func TestLetterThatCannotBeComposedNow(t *testing.T) {
	for _, method := range []string{"Sealed", "Version"} {
		h := furnish(t, nil)
		h.queue("one", 0, 2)
		h.ledger.Fail(method, ledgertest.Before, errDown)
		if r := h.tick(); r.Later != 1 || r.Sent != 1 {
			t.Errorf("%s: %+v", method, r)
		}
		h.clock.Add(time.Minute)
		h.tick()
		h.wantStates(map[ledger.State]int{ledger.StateSent: 2})
	}
}

// Whatever happens, no log of a tick names a person.
func TestTickLogsNameNoPerson(t *testing.T) {
	fsys := single(quick)
	add(fsys, "three", "confirm: always\n", "press", "press@state.internal")
	h := furnish(t, fsys)
	var log bytes.Buffer
	h.deliverer.Outbox.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	h.mail.Outcomes(mailer.Later)
	h.queue("three", 0, 1)
	h.clock.Add(time.Minute)
	h.queue("one", 0, 6)
	h.mail.Outcomes(mailer.Refused, mailer.Later, mailer.Unknown)
	for _, method := range []string{"Settle", "Claim", "Sealed", "Find", "Due"} {
		h.ledger.Fail(method, ledgertest.Before, nil, nil, nil, errors.New("down"))
	}
	for range 8 {
		h.tick()
		h.clock.Add(3 * time.Minute)
	}
	if !strings.Contains(log.String(), "outcome=refused") || !strings.Contains(log.String(), "delivery not settled") {
		t.Errorf("little was logged: %s", log.String())
	}
	for _, person := range []string{"people.example", "Ann", "signer0", h.key("one", 0).Signer, "token="} {
		if strings.Contains(log.String(), person) {
			t.Errorf("the log holds %q: %s", person, log.String())
		}
	}
}
