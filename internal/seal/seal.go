// Package seal keeps people out of the records: keyed signer ids instead of addresses, sealed fields instead of names,
// and expiring tokens instead of stored secrets.
//
// Every campaign has keys of its own, so that two campaigns' records cannot be joined and one campaign's keys can be
// destroyed when it ends. It knows no storage.
package seal

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// SecretSize is the least number of bytes of a deployment secret: as many as HMAC-SHA-256 puts out.
const SecretSize = 32

var (
	// ErrSecret: the deployment secret is too short to be one.
	ErrSecret = fmt.Errorf("deployment secret: fewer than %d bytes", SecretSize)
	// ErrOpen: not sealed by this campaign's key for this record, or changed since.
	ErrOpen = errors.New("sealed value does not open")
	// ErrExpired: a genuine token whose time has passed.
	ErrExpired = errors.New("token expired")
)

// Keys is the port to where keys come from: one deployment secret now ([HKDF]), KMS later.
type Keys interface {
	// Campaign answers the keys of a campaign's scope; the same keys each time, different ones for each scope.
	Campaign(ctx context.Context, scope string) (*Key, error)
	// Fingerprint identifies the secret without giving it away: records written under another one are not ours.
	Fingerprint() string
}

// HKDF derives every key from one deployment secret (RFC 5869, SHA-256).
type HKDF struct{ secret []byte }

// NewHKDF takes the deployment secret: random bytes, [SecretSize] or more; ErrSecret otherwise.
func NewHKDF(secret []byte) (*HKDF, error) {
	if len(secret) < SecretSize {
		return nil, ErrSecret
	}
	return &HKDF{secret: secret}, nil
}

// Campaign implements [Keys]. It never fails.
func (h *HKDF) Campaign(_ context.Context, scope string) (*Key, error) {
	return &Key{
		signer: h.derive("signer", scope),
		sealed: h.derive("sealed", scope),
	}, nil
}

// Fingerprint implements [Keys].
func (h *HKDF) Fingerprint() string { return hex.EncodeToString(h.derive("fingerprint", "")[:8]) }

// derive cannot fail: HKDF-SHA-256 fails only beyond 255 blocks, and under FIPS for secrets shorter than SecretSize.
func (h *HKDF) derive(purpose, scope string) []byte {
	key, err := hkdf.Key(sha256.New, h.secret, nil, "one-click-protest/"+purpose+"\x00"+scope, sha256.Size)
	if err != nil {
		panic("seal: " + err.Error())
	}
	return key
}

// Key is one campaign's keys. Safe for parallel use.
type Key struct{ signer, sealed []byte }

// SignerID answers the id under which the signer of a normalised address stands in this campaign: HMAC-SHA-256 in hex. It
// cannot be guessed from the address without the key.
func (k *Key) SignerID(normalised string) string {
	return hex.EncodeToString(mac(k.signer, normalised))
}

// RationID answers the id under which mail to a mailbox is rationed in this campaign. It is another one than the signer id,
// so that the two cannot be joined.
func (k *Key) RationID(mailbox string) string {
	return hex.EncodeToString(mac(k.signer, "ration\x00"+mailbox))
}

// partnerTokenBytes is how much of a partner's token is drawn from the key: as much as cannot be guessed.
const partnerTokenBytes = 16

// PartnerToken answers the secret with which a partner asks for its own counts: 32 hexadecimal digits, the same each time.
func (k *Key) PartnerToken(partner string) string {
	return hex.EncodeToString(mac(k.signer, "partner\x00"+partner)[:partnerTokenBytes])
}

// IsPartnerToken says whether a token is that partner's, in a time that does not tell how much of it is right.
func (k *Key) IsPartnerToken(partner, token string) bool {
	return hmac.Equal([]byte(k.PartnerToken(partner)), []byte(token))
}

// Number answers a number that is the same for the same purpose and place, and unknown to whoever has no key.
func (k *Key) Number(purpose string, place int) uint64 {
	return binary.BigEndian.Uint64(mac(k.sealed, "number\x00"+purpose+"\x00"+strconv.Itoa(place)))
}

// Seal encrypts a value for one record (AES-256-GCM under a key of the record's own, so that random nonces never run
// out). It opens only with the same record name.
func (k *Key) Seal(record string, plain []byte) []byte {
	// AES cannot refuse 32 bytes, and crypto/rand.Read does not return errors since Go 1.24.
	aead := k.aead(record)
	nonce := make([]byte, aead.NonceSize(), aead.NonceSize()+len(plain)+aead.Overhead())
	_, _ = rand.Read(nonce)
	return aead.Seal(nonce, nonce, plain, []byte(record))
}

// Open decrypts what [Key.Seal] made for the same record; ErrOpen otherwise.
func (k *Key) Open(record string, sealed []byte) ([]byte, error) {
	aead := k.aead(record)
	if len(sealed) < aead.NonceSize() {
		return nil, ErrOpen
	}
	nonce, box := sealed[:aead.NonceSize()], sealed[aead.NonceSize():]
	plain, err := aead.Open(nil, nonce, box, []byte(record))
	if err != nil {
		return nil, ErrOpen
	}
	return plain, nil
}

// Token answers a URL-safe token that carries a subject for one purpose until it expires. Nobody without the key can read
// or make one.
func (k *Key) Token(purpose, subject string, expires time.Time) string {
	plain := binary.BigEndian.AppendUint64(nil, uint64(expires.Unix()))
	return base64.RawURLEncoding.EncodeToString(k.Seal("token:"+purpose, append(plain, subject...)))
}

// Subject answers what a token for this purpose carries; ErrOpen for what is no such token, ErrExpired (with the subject) for
// one whose time has passed.
func (k *Key) Subject(purpose, token string, now time.Time) (string, error) {
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil {
		return "", ErrOpen
	}
	plain, err := k.Open("token:"+purpose, sealed)
	if err != nil || len(plain) < 8 {
		return "", ErrOpen
	}
	subject := string(plain[8:])
	if now.Unix() >= int64(binary.BigEndian.Uint64(plain)) {
		return subject, ErrExpired
	}
	return subject, nil
}

func (k *Key) aead(record string) cipher.AEAD {
	block, err := aes.NewCipher(mac(k.sealed, record))
	if err != nil {
		panic("seal: " + err.Error())
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic("seal: " + err.Error())
	}
	return aead
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	_, _ = h.Write([]byte(text))
	return h.Sum(nil)
}
