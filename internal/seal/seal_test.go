package seal_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"one-click-protest/internal/seal"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func key(t testing.TB, secret, scope string) *seal.Key {
	t.Helper()
	h, err := seal.NewHKDF([]byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	k, err := h.Campaign(t.Context(), scope)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

const (
	secretA = "0123456789abcdef0123456789abcdef"
	secretB = "fedcba9876543210fedcba9876543210"
)

func TestSecretTooShort(t *testing.T) {
	if _, err := seal.NewHKDF(make([]byte, seal.SecretSize-1)); !errors.Is(err, seal.ErrSecret) {
		t.Fatalf("got %v, want ErrSecret", err)
	}
}

// The values are pinned, and were computed by another program from RFC 5869 and RFC 2104: another derivation would make every signer look new.
func TestDerivationIsStable(t *testing.T) {
	h, _ := seal.NewHKDF([]byte(secretA))
	for _, tc := range []struct{ name, got, want string }{
		{"signer id", key(t, secretA, "c").SignerID("ann@example.org"), "e746bb1addef7639339142971fc824d90ae79aa2cc979944f40c14440fa3e82c"},
		{"fingerprint", h.Fingerprint(), "115c35014f2cc003"},
	} {
		if tc.got != tc.want {
			t.Errorf("%s: got %s, want %s", tc.name, tc.got, tc.want)
		}
	}
}

func TestSignerIDsCannotBeJoined(t *testing.T) {
	ids := map[string]string{}
	for name, k := range map[string]*seal.Key{
		"a/one": key(t, secretA, "one"), "a/two": key(t, secretA, "two"),
		"a/one-TEST": key(t, secretA, "one-TEST"), "b/one": key(t, secretB, "one"),
	} {
		id := k.SignerID("ann@example.org")
		if other, seen := ids[id]; seen {
			t.Errorf("%s and %s have the same id for one address", name, other)
		}
		ids[id] = name
	}
}

func TestSealedOpensOnlyForItsRecord(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		plain := rapid.SliceOf(rapid.Byte()).Draw(t, "plain")
		record := rapid.String().Draw(t, "record")
		other := rapid.String().Filter(func(s string) bool { return s != record }).Draw(t, "other")
		h, _ := seal.NewHKDF([]byte(secretA))
		k, _ := h.Campaign(t.Context(), "one")
		foreign, _ := h.Campaign(t.Context(), "two")
		box := k.Seal(record, plain)
		if got, err := k.Open(record, box); err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("opened to %q, %v", got, err)
		}
		if _, err := k.Open(other, box); !errors.Is(err, seal.ErrOpen) {
			t.Fatalf("opened for another record: %v", err)
		}
		if _, err := foreign.Open(record, box); !errors.Is(err, seal.ErrOpen) {
			t.Fatalf("opened with another campaign's key: %v", err)
		}
		box[rapid.IntRange(0, len(box)-1).Draw(t, "at")] ^= byte(rapid.IntRange(1, 255).Draw(t, "flip"))
		if _, err := k.Open(record, box); !errors.Is(err, seal.ErrOpen) {
			t.Fatalf("opened though changed: %v", err)
		}
	})
}

func TestSealHidesAndVaries(t *testing.T) {
	k := key(t, secretA, "one")
	plain := []byte("ann@example.org")
	a, b := k.Seal("r", plain), k.Seal("r", plain)
	if bytes.Equal(a, b) {
		t.Error("sealing twice gives the same bytes: equal values would show")
	}
	if bytes.Contains(a, plain) {
		t.Error("the plain text shows")
	}
}

func TestToken(t *testing.T) {
	k := key(t, secretA, "one")
	token := k.Token("confirm", "subject", noon.Add(time.Hour))
	if strings.ContainsAny(token, "+/=&?#% ") {
		t.Errorf("token %q is not URL-safe", token)
	}
	if strings.Contains(token, "subject") {
		t.Error("the subject shows")
	}
	for _, tc := range []struct {
		name, purpose, token string
		key                  *seal.Key
		at                   time.Time
		want                 error
	}{
		{"valid", "confirm", token, k, noon, nil},
		{"last second", "confirm", token, k, noon.Add(time.Hour - time.Second), nil},
		{"expired", "confirm", token, k, noon.Add(time.Hour), seal.ErrExpired},
		{"other purpose", "erase", token, k, noon, seal.ErrOpen},
		{"other campaign", "confirm", token, key(t, secretA, "two"), noon, seal.ErrOpen},
		{"other secret", "confirm", token, key(t, secretB, "one"), noon, seal.ErrOpen},
		{"cut", "confirm", token[:len(token)-1], k, noon, seal.ErrOpen},
		{"lengthened", "confirm", token + "A", k, noon, seal.ErrOpen},
		{"empty", "confirm", "", k, noon, seal.ErrOpen},
		{"no base64", "confirm", "%%%", k, noon, seal.ErrOpen},
	} {
		t.Run(tc.name, func(t *testing.T) {
			subject, err := tc.key.Subject(tc.purpose, tc.token, tc.at)
			if !errors.Is(err, tc.want) {
				t.Fatalf("got %v, want %v", err, tc.want)
			}
			if err == nil && subject != "subject" {
				t.Errorf("got subject %q", subject)
			}
		})
	}
}

func FuzzSubject(f *testing.F) {
	h, _ := seal.NewHKDF([]byte(secretA))
	k, _ := h.Campaign(f.Context(), "one")
	f.Add(k.Token("confirm", "s", noon))
	f.Add("")
	f.Fuzz(func(t *testing.T, token string) {
		if s, err := k.Subject("confirm", token, noon.Add(-time.Hour)); err == nil && s != "s" {
			t.Errorf("forged token %q carries %q", token, s)
		}
	})
}

func BenchmarkSignerID(b *testing.B) {
	k := key(b, secretA, "one")
	for b.Loop() {
		k.SignerID("ann@example.org")
	}
}
