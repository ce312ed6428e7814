package desk

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"one-click-protest/internal/seal"
)

// secretFile is the secret's name in the data folder.
const secretFile = "secret"

// openKeys reads this machine's secret, and draws one when there is none yet.
func openKeys(folder string) (seal.Keys, error) {
	keys, err := readKeys(folder)
	if !errors.Is(err, fs.ErrNotExist) {
		return keys, err
	}
	if err := drawSecret(filepath.Join(folder, secretFile)); err != nil {
		return nil, fmt.Errorf("secret: %w", err)
	}
	return readKeys(folder)
}

// readKeys reads this machine's secret; fs.ErrNotExist when there is none.
func readKeys(folder string) (seal.Keys, error) {
	path := filepath.Join(folder, secretFile)
	text, err := os.ReadFile(path)
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
func drawSecret(path string) error {
	secret := make([]byte, seal.SecretSize)
	_, _ = rand.Read(secret) // never fails since Go 1.24
	temp, err := os.CreateTemp(filepath.Dir(path), "secret-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temp.Name()) }()
	if _, err := temp.WriteString(base64.StdEncoding.EncodeToString(secret) + "\n"); err != nil {
		return errors.Join(err, temp.Close())
	}
	if err := errors.Join(temp.Sync(), temp.Close()); err != nil {
		return err
	}
	if err := os.Link(temp.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// deploymentKeys reads a deployment's secret where it is kept, or from a file with the same text.
func deploymentKeys(ctx context.Context, place string) (seal.Keys, error) {
	read := secretOfFile
	if strings.HasPrefix(place, "arn:") {
		read = secretOfARN
	}
	text, err := read(ctx, place)
	if err != nil {
		return nil, fmt.Errorf("--secret: %w", err)
	}
	keys, err := seal.NewHKDF([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("--secret: %w", err)
	}
	return keys, nil
}

func secretOfFile(_ context.Context, path string) (string, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", misused("%s is neither an ARN nor a file", path)
	}
	return strings.TrimRight(string(text), "\r\n"), err // an editor's last line end is not the secret's
}

func secretOfARN(ctx context.Context, arn string) (string, error) {
	settings, err := awsSettings(ctx)
	if err != nil {
		return "", err
	}
	out, err := secretsmanager.NewFromConfig(settings).GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &arn})
	if err != nil {
		return "", err
	}
	return aws.ToString(out.SecretString), nil
}
