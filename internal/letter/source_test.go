package letter_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"one-click-protest/internal/campaign"
	"one-click-protest/internal/lang"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/letter"
)

func TestVersionComesBack(t *testing.T) {
	for _, channel := range []ledger.Channel{ledger.ChannelEmail, ledger.ChannelFax, ledger.ChannelRelay, ledger.ChannelPrint} {
		s := source(t, channel, "ko")
		s.Openings, s.Several = []string{"첫째", "둘째"}, channel == ledger.ChannelEmail
		v, err := s.Version()
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(v.Text)
		if v.Digest != hex.EncodeToString(sum[:]) {
			t.Errorf("%s: digest %s is not the text's SHA-256", channel, v.Digest)
		}
		back, err := letter.Parse(v)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(s, back); diff != "" {
			t.Errorf("%s (-kept +parsed):\n%s", channel, diff)
		}
		who := signer("김하늘", "대한민국")
		if diff := cmp.Diff(compose(t, s, who), compose(t, back, who)); diff != "" {
			t.Errorf("%s: another letter (-kept +parsed):\n%s", channel, diff)
		}
	}
}

func TestVersionIsStable(t *testing.T) {
	first, _ := source(t, ledger.ChannelRelay, "en").Version()
	for range 20 {
		if v, err := source(t, ledger.ChannelRelay, "en").Version(); err != nil || !bytes.Equal(v.Text, first.Text) {
			t.Fatalf("other bytes for the same source: %v", err)
		}
	}
	s := source(t, ledger.ChannelRelay, "en")
	s.Relay.Note += "!"
	if v, _ := s.Version(); v.Digest == first.Digest {
		t.Error("a changed note has the same digest")
	}
}

func TestVersionHoldsNoAddressToSendTo(t *testing.T) {
	c, w := fixture(t, ledger.ChannelRelay)
	w.To = c.Relay.Address
	v, err := letter.NewSource(c, w, "en", nil).Version()
	if err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{string(c.Relay.Address), "embassy@riverland.example"} {
		if bytes.Contains(v.Text, []byte(address)) {
			t.Errorf("version holds %s", address)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	s := source(t, ledger.ChannelEmail, "en")
	good, err := s.Version()
	if err != nil {
		t.Fatal(err)
	}
	changed := ledger.Version{Digest: good.Digest, Text: bytes.Replace(good.Text, []byte("river"), []byte("liver"), 1)}
	if _, err := letter.Parse(changed); !errors.Is(err, letter.ErrDigest) {
		t.Errorf("changed text: %v", err)
	}
	s.Format = letter.Format + 1
	later, err := s.Version()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := letter.Parse(later); !errors.Is(err, letter.ErrFormat) {
		t.Errorf("later format: %v", err)
	}
	s.Format = 1
	earlier, err := s.Version()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := letter.Parse(earlier); !errors.Is(err, letter.ErrFormat) {
		t.Errorf("earlier format: %v", err)
	}
	sum := sha256.Sum256([]byte("{"))
	if _, err := letter.Parse(ledger.Version{Digest: hex.EncodeToString(sum[:]), Text: []byte("{")}); err == nil {
		t.Error("broken JSON parsed")
	}
}

func TestNewSource(t *testing.T) {
	c, w := fixture(t, ledger.ChannelEmail)
	c.Replies, c.Mode = "", campaign.Test
	w.Target.Salute = campaign.Texts{"en": "Dear Ms. Ambassador"}
	s := letter.NewSource(c, w, "en", map[string]string{"sent": "S", "unknown": "U"})
	if s.Format != letter.Format || s.Replies != c.From.Address || !s.Test || s.Salutation != "Dear Ms. Ambassador" || s.Relay != nil {
		t.Errorf("%+v", s)
	}
	want := letter.English()
	want["sent"] = "S"
	if diff := cmp.Diff(want, s.Notes); diff != "" {
		t.Errorf("notes (-want +got):\n%s", diff)
	}
}

// The interface's languages have all of the house's sentences, with the same placeholders as in English.
func TestNotesInEveryLanguage(t *testing.T) {
	english := letter.English()
	for _, language := range lang.Languages() {
		given := lang.Notes(language)
		if len(given) != len(english) {
			t.Errorf("%s: %d notes, want %d", language, len(given), len(english))
		}
		for key, text := range english {
			if given[key] == "" {
				t.Errorf("%s: letter.%s missing", language, key)
			}
			if diff := cmp.Diff(placeholders(text), placeholders(given[key])); diff != "" {
				t.Errorf("%s: letter.%s has other placeholders (-en +%s):\n%s", language, key, language, diff)
			}
		}
	}
}

func placeholders(template string) map[string]bool {
	found := map[string]bool{}
	campaign.Expand(template, func(name string) (string, bool) {
		found[name] = true
		return "", true
	})
	return found
}

// What the loader lets organizers write, composing fills.
func TestEveryPlaceholderHasAValue(t *testing.T) {
	s := source(t, ledger.ChannelRelay, "en")
	s.Body = "{" + strings.Join(append(campaign.LetterPlaceholders(), "city"), "} {") + "}"
	s.Relay.Note = "{" + strings.Join(campaign.RelayPlaceholders(), "} {") + "}"
	s.Relay.Subject, s.Subjects = s.Relay.Note, []string{s.Body}
	l := compose(t, s, signer("Ann", "Germany"))
	for _, text := range []string{l.Subject, l.Text, l.HTML} {
		if strings.ContainsAny(text, "{}") {
			t.Errorf("placeholder left:\n%s", text)
		}
	}
	s.Body = "{nobody} asked"
	if l := compose(t, s, signer("Ann", "Germany")); !strings.Contains(l.Text, "{nobody} asked") {
		t.Errorf("unknown placeholder did not stay:\n%s", l.Text)
	}
}
