package desk

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"one-click-protest/internal/seal"
)

// openKeys reads this machine's secret, and draws one when there is none yet.
func openKeys(folder string) (seal.Keys, error) {
	path := filepath.Join(folder, "secret")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		text, err = drawSecret(path)
	}
	if err != nil {
		return nil, fmt.Errorf("secret: %w", err)
	}
	secret, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(text)))
	if err != nil {
		return nil, fmt.Errorf("secret %s: not base64", path) // the error itself would quote the secret
	}
	keys, err := seal.NewHKDF(secret)
	if err != nil {
		return nil, fmt.Errorf("secret %s: %w", path, err)
	}
	return keys, nil
}

// drawSecret writes a new secret, whole or not at all; when another process was faster, that one's counts.
func drawSecret(path string) ([]byte, error) {
	secret := make([]byte, seal.SecretSize)
	_, _ = rand.Read(secret) // never fails since Go 1.24
	temp, err := os.CreateTemp(filepath.Dir(path), "secret-*")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.Remove(temp.Name()) }()
	if _, err := temp.WriteString(base64.StdEncoding.EncodeToString(secret) + "\n"); err != nil {
		return nil, errors.Join(err, temp.Close())
	}
	if err := errors.Join(temp.Sync(), temp.Close()); err != nil {
		return nil, err
	}
	if err := os.Link(temp.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	return os.ReadFile(path)
}
