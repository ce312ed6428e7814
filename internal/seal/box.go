package seal

import (
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"

	"golang.org/x/crypto/nacl/box"
)

var (
	// ErrPublicKey: no public key of a partner's.
	ErrPublicKey = errors.New("not a public key: 32 bytes in base64 expected")
	// ErrPrivateKey: no private key of a partner's. It does not repeat what was given.
	ErrPrivateKey = errors.New("not a private key: 32 bytes in base64 expected")
)

// PublicKey is a partner's: what is sealed to it the house itself cannot open. It is libsodium's sealed box (crypto_box_seal:
// X25519, XSalsa20-Poly1305), which partners' own tools open too.
type PublicKey struct{ key [32]byte }

// PrivateKey is the other half, which the partner alone keeps.
type PrivateKey struct{ key [32]byte }

// ParsePublicKey reads what [PublicKey.String] writes: 32 bytes in standard base64; ErrPublicKey otherwise, and for the few points whose
// shared secret is zero whoever computes it, so that anybody could open what is sealed to them (RFC 7748, section 6.1).
func ParsePublicKey(text string) (PublicKey, error) {
	key, ok := parseKey(text)
	if !ok || !contributes(key) {
		return PublicKey{}, ErrPublicKey
	}
	return PublicKey{key}, nil
}

// contributes says whether a shared secret with this key depends on the other side's.
func contributes(key [32]byte) bool {
	theirs, err := ecdh.X25519().NewPublicKey(key[:])
	if err != nil {
		return false
	}
	ours := NewPrivateKey()
	private, err := ecdh.X25519().NewPrivateKey(ours.key[:])
	if err != nil {
		return false
	}
	_, err = private.ECDH(theirs)
	return err == nil
}

// String is the key in base64, as it stands in a campaign's file.
func (k PublicKey) String() string { return base64.StdEncoding.EncodeToString(k.key[:]) }

// Seal encrypts for the key's owner alone, without a sender: 48 bytes longer than plain.
func (k PublicKey) Seal(plain []byte) []byte {
	sealed, err := box.SealAnonymous(nil, plain, &k.key, rand.Reader)
	if err != nil { // of the reader alone, which does not fail since Go 1.24
		panic("seal: " + err.Error())
	}
	return sealed
}

// NewPrivateKey makes a key pair.
func NewPrivateKey() PrivateKey {
	var k PrivateKey
	_, _ = rand.Read(k.key[:]) // does not fail since Go 1.24; X25519 takes any 32 bytes
	return k
}

// ParsePrivateKey reads what [PrivateKey.String] writes; ErrPrivateKey otherwise.
func ParsePrivateKey(text string) (PrivateKey, error) {
	key, ok := parseKey(text)
	if !ok {
		return PrivateKey{}, ErrPrivateKey
	}
	return PrivateKey{key}, nil
}

// Public is the half that stands in campaign files.
func (k PrivateKey) Public() PublicKey {
	private, err := ecdh.X25519().NewPrivateKey(k.key[:])
	if err != nil { // of a wrong length alone
		panic("seal: " + err.Error())
	}
	return PublicKey{[32]byte(private.PublicKey().Bytes())}
}

// Open decrypts what [PublicKey.Seal], or any tool's sealed box, made for this key; ErrOpen otherwise.
func (k PrivateKey) Open(sealed []byte) ([]byte, error) {
	public := k.Public()
	plain, ok := box.OpenAnonymous(nil, sealed, &public.key, &k.key)
	if !ok {
		return nil, ErrOpen
	}
	return plain, nil
}

// String is the key in base64, for its owner to keep. It is the secret itself.
func (k PrivateKey) String() string { return base64.StdEncoding.EncodeToString(k.key[:]) }

// Format keeps the secret out of logs and errors: whoever wants it asks for String.
func (k PrivateKey) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("private key")) }

func parseKey(text string) (key [32]byte, ok bool) {
	raw, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) != len(key) {
		return key, false
	}
	return [32]byte(raw), true
}
