package seal_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"one-click-protest/internal/seal"
)

// Made by PyNaCl 1.6.2, which is libsodium: SealedBox(key.public_key).encrypt("Ann Lee, 김하늘").
const (
	theirPrivate = "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA="
	theirPublic  = "B6N8vBQgk8i3VdwbEOhstCY3StFqqFPtC9/AsrhtHHw="
	theirBox     = "KVfh8nppwieHPHkAK9ci2JV3HG16FQocissGgabnMlw5h4f/2zKXG5b+M8o6nHa5L53i54TRMLK8JxwpxTy+kpAR"
)

func TestOpensWhatAnotherToolSealed(t *testing.T) {
	private, err := seal.ParsePrivateKey(theirPrivate)
	if err != nil {
		t.Fatal(err)
	}
	if got := private.Public().String(); got != theirPublic {
		t.Errorf("public key %s, want %s", got, theirPublic)
	}
	box, err := base64.StdEncoding.DecodeString(theirBox)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := private.Open(box); err != nil || string(got) != "Ann Lee, 김하늘" {
		t.Errorf("opened to %q, %v", got, err)
	}
}

func TestBoxOpensForItsOwnerAlone(t *testing.T) {
	owner, other := seal.NewPrivateKey(), seal.NewPrivateKey()
	public, err := seal.ParsePublicKey(owner.Public().String())
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		plain := rapid.SliceOf(rapid.Byte()).Draw(t, "plain")
		box := public.Seal(plain)
		if len(box) != len(plain)+48 {
			t.Fatalf("%d bytes became %d", len(plain), len(box))
		}
		if got, err := owner.Open(box); err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("opened to %q, %v", got, err)
		}
		if _, err := other.Open(box); !errors.Is(err, seal.ErrOpen) {
			t.Fatalf("opened by another key: %v", err)
		}
		at := rapid.IntRange(0, len(box)-1).Draw(t, "at")
		box[at] ^= 1
		if _, err := owner.Open(box); !errors.Is(err, seal.ErrOpen) {
			t.Fatalf("opened although changed at %d: %v", at, err)
		}
		if _, err := owner.Open(box[:at]); !errors.Is(err, seal.ErrOpen) {
			t.Fatalf("opened although cut at %d: %v", at, err)
		}
	})
	if bytes.Equal(public.Seal([]byte("a")), public.Seal([]byte("a"))) {
		t.Error("two boxes of one text are the same")
	}
}

func TestKeysThatAreNone(t *testing.T) {
	low := strings.Repeat("\x00", 31)
	for name, text := range map[string]string{
		"nothing": "", "words": "a key", "short": base64.StdEncoding.EncodeToString(make([]byte, 31)),
		"long": base64.StdEncoding.EncodeToString(make([]byte, 33)), "hexadecimal": strings.Repeat("ab", 32),
		"URL-safe alphabet": "__" + theirPublic[2:], "no padding": strings.TrimRight(theirPublic, "="),
	} {
		if _, err := seal.ParsePublicKey(text); !errors.Is(err, seal.ErrPublicKey) {
			t.Errorf("public, %s: %v", name, err)
		}
		if _, err := seal.ParsePrivateKey(text); !errors.Is(err, seal.ErrPrivateKey) {
			t.Errorf("private, %s: %v", name, err)
		}
	}
	for _, point := range []string{"\x00" + low, "\x01" + low} { // whatever is sealed to these anybody opens
		if _, err := seal.ParsePublicKey(base64.StdEncoding.EncodeToString([]byte(point))); !errors.Is(err, seal.ErrPublicKey) {
			t.Errorf("a point of low order passes: %v", err)
		}
	}
}

// A key that gets into a log line or an error by accident does not show there.
func TestPrivateKeyDoesNotPrint(t *testing.T) {
	k := seal.NewPrivateKey()
	secret, _ := base64.StdEncoding.DecodeString(k.String())
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		got := fmt.Sprintf(verb, k) + fmt.Sprintf(verb, struct{ K seal.PrivateKey }{k})
		if strings.Contains(got, k.String()) || strings.Contains(got, hex.EncodeToString(secret)) || strings.Contains(got, fmt.Sprint(secret[:4])[1:8]) {
			t.Errorf("%s prints the secret", verb)
		}
	}
}

func TestPartnerToken(t *testing.T) {
	k := key(t, secretA, "c")
	token := k.PartnerToken("one")
	if raw, err := hex.DecodeString(token); err != nil || len(raw) != 16 || token != k.PartnerToken("one") {
		t.Errorf("token %q, %v", token, err)
	}
	if !k.IsPartnerToken("one", token) {
		t.Error("the partner's own token is refused")
	}
	for name, other := range map[string]string{
		"another partner's": k.PartnerToken("two"), "another campaign's": key(t, secretA, "d").PartnerToken("one"),
		"test mode's": key(t, secretA, "c-TEST").PartnerToken("one"), "another house's": key(t, secretB, "c").PartnerToken("one"),
		"a part": token[:31], "more": token + "0", "none": "",
	} {
		if k.IsPartnerToken("one", other) {
			t.Errorf("%s token passes", name)
		}
	}
	if token == k.SignerID("one")[:len(token)] || token == k.RationID("one")[:len(token)] {
		t.Error("a token is an id too")
	}
}
