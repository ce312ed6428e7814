package stack

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// ErrNoSecret: the secret has no text. template.yaml has Secrets Manager generate one.
var ErrNoSecret = errors.New("secret has no text")

// Secret fetches the deployment secret, from which every campaign's keys are derived. It is read from Secrets Manager and
// not from the environment, because a function's environment can be read in the console and in CloudFormation by people
// who may not read the records.
//
// It is one call with up to three tries; call it once, while the process starts.
func Secret(ctx context.Context, c Config) ([]byte, error) {
	client := secretsmanager.NewFromConfig(c.AWS(), func(o *secretsmanager.Options) {
		o.BaseEndpoint = optional(c.SecretEndpoint)
	})
	out, err := client.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &c.SecretARN})
	if err != nil {
		return nil, fmt.Errorf("deployment secret: %w", err)
	}
	if out.SecretString == nil || *out.SecretString == "" {
		return nil, fmt.Errorf("deployment secret: %w", ErrNoSecret)
	}
	return []byte(*out.SecretString), nil
}
