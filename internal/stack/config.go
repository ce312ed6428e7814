// Package stack wires a deployed function: it reads the environment once and builds the AWS clients from it.
//
// Nothing below it reads the environment or knows how the parts are deployed; template.yaml sets what it reads, and a test
// holds the two equal.
package stack

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
)

// Config is what a deployed function knows of its surroundings. [FromEnv] makes it; every value in it is checked.
type Config struct {
	// LedgerTable and PrivateTable are the DynamoDB tables: PROTEST_LEDGER_TABLE, PROTEST_PRIVATE_TABLE.
	LedgerTable, PrivateTable string
	// LettersSet and SignersSet are the SES configuration sets for letters and for mail to signers: PROTEST_LETTERS_SET,
	// PROTEST_SIGNERS_SET. They are never the same: only the second keeps the suppression list.
	LettersSet, SignersSet string
	// SecretARN names the deployment secret in Secrets Manager: PROTEST_SECRET. The secret itself is in no environment.
	SecretARN string
	// PublicURL is scheme and host under which signers reach the function, without a trailing slash: PROTEST_PUBLIC_URL.
	PublicURL string
	// Grid is the step of the time grid on which answers leave: PROTEST_GRID_MS, 1 to 5000.
	Grid time.Duration

	// Region is where everything lives: AWS_REGION, set by Lambda.
	Region string
	// Credentials are the function's role: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, set by Lambda.
	Credentials aws.CredentialsProvider
	// Roots are the certificate authorities trusted for AWS: those of roots.pem, or else exactly those of the file that
	// AWS_CA_BUNDLE names.
	Roots *x509.CertPool

	// DynamoDBEndpoint, SESEndpoint and SecretEndpoint replace AWS's own in tests: PROTEST_DYNAMODB_ENDPOINT,
	// PROTEST_SES_ENDPOINT, PROTEST_SECRET_ENDPOINT. Empty, or a loopback URL: no setting sends signers' data
	// to another host.
	DynamoDBEndpoint, SESEndpoint, SecretEndpoint string
}

// FromEnv reads the environment through getenv (os.Getenv). Its error names every variable that is wrong at once, and
// repeats no value.
func FromEnv(getenv func(string) string) (Config, error) {
	r := &reader{getenv: getenv}
	c := Config{
		LedgerTable:      r.name("PROTEST_LEDGER_TABLE", 3, 255, "_.-"),
		PrivateTable:     r.name("PROTEST_PRIVATE_TABLE", 3, 255, "_.-"),
		LettersSet:       r.name("PROTEST_LETTERS_SET", 1, 64, "_-"),
		SignersSet:       r.name("PROTEST_SIGNERS_SET", 1, 64, "_-"),
		SecretARN:        r.secretARN("PROTEST_SECRET"),
		PublicURL:        r.origin("PROTEST_PUBLIC_URL"),
		Grid:             r.milliseconds("PROTEST_GRID_MS", 1, 5000),
		Region:           r.required("AWS_REGION"),
		Credentials:      r.credentials(),
		Roots:            r.roots("AWS_CA_BUNDLE"),
		DynamoDBEndpoint: r.loopback("PROTEST_DYNAMODB_ENDPOINT"),
		SESEndpoint:      r.loopback("PROTEST_SES_ENDPOINT"),
		SecretEndpoint:   r.loopback("PROTEST_SECRET_ENDPOINT"),
	}
	r.differ("PROTEST_LEDGER_TABLE", c.LedgerTable, "PROTEST_PRIVATE_TABLE", c.PrivateTable)
	r.differ("PROTEST_LETTERS_SET", c.LettersSet, "PROTEST_SIGNERS_SET", c.SignersSet)
	if len(r.problems) > 0 {
		return Config{}, fmt.Errorf("environment: %w", errors.Join(r.problems...))
	}
	return c, nil
}

// reader reads variables and gathers what is wrong with them.
type reader struct {
	getenv   func(string) string
	problems []error
}

func (r *reader) wrong(name, expected string) {
	r.problems = append(r.problems, fmt.Errorf("%s: expected %s", name, expected))
}

func (r *reader) required(name string) string {
	v := r.getenv(name)
	if v == "" {
		r.wrong(name, "a value; it is not set")
	}
	return v
}

// name reads a name of letters, digits and some more characters, by the bounds of DynamoDB's TableName and SES's
// ConfigurationSetName. Not by a regular expression: compiling those bounds took 0.7 ms of every cold start.
func (r *reader) name(name string, least, most int, more string) string {
	v := r.getenv(name)
	allowed := func(c rune) bool {
		return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune(more, c)
	}
	if len(v) < least || len(v) > most || strings.TrimFunc(v, allowed) != "" {
		r.wrong(name, fmt.Sprintf("%d to %d letters, digits and %s", least, most, more))
	}
	return v
}

func (r *reader) secretARN(name string) string {
	v := r.getenv(name)
	if a, err := arn.Parse(v); err != nil || a.Service != "secretsmanager" || !strings.HasPrefix(a.Resource, "secret:") {
		r.wrong(name, "a Secrets Manager secret's ARN")
	}
	return v
}

func (r *reader) differ(name, value, other, otherValue string) {
	if value != "" && value == otherValue {
		r.wrong(name, "another value than "+other)
	}
}

func (r *reader) milliseconds(name string, least, most int) time.Duration {
	n, err := strconv.Atoi(r.getenv(name))
	if err != nil || n < least || n > most {
		r.wrong(name, fmt.Sprintf("whole milliseconds from %d to %d", least, most))
		return 0
	}
	return time.Duration(n) * time.Millisecond
}

// origin reads a URL of scheme and host alone: https, or http on loopback.
func (r *reader) origin(name string) string {
	v := r.getenv(name)
	u, err := url.Parse(v)
	if err != nil || u.Host == "" || v != u.Scheme+"://"+u.Host || u.Scheme != "https" && !loopbackURL(u) {
		r.wrong(name, "https:// and a host, nothing behind it")
	}
	return v
}

func (r *reader) loopback(name string) string {
	v := r.getenv(name)
	if v == "" {
		return ""
	}
	u, err := url.Parse(v)
	if err != nil || u.User != nil || !loopbackURL(u) {
		r.wrong(name, "nothing, or the URL of a server on this machine")
	}
	return v
}

// loopbackURL does not resolve names: only addresses are certain to stay on this machine.
func loopbackURL(u *url.URL) bool {
	ip, err := netip.ParseAddr(u.Hostname())
	return err == nil && ip.IsLoopback() && (u.Scheme == "http" || u.Scheme == "https")
}

// credentials hands them over as a function, so that printing a Config shows none.
func (r *reader) credentials() aws.CredentialsProvider {
	creds := aws.Credentials{
		AccessKeyID:     r.required("AWS_ACCESS_KEY_ID"),
		SecretAccessKey: r.required("AWS_SECRET_ACCESS_KEY"),
		SessionToken:    r.getenv("AWS_SESSION_TOKEN"),
		Source:          "environment",
	}
	// Lambda sets them once per sandbox and retires the sandbox before they expire, so they need no refresh.
	return aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return creds, nil })
}

func (r *reader) roots(name string) *x509.CertPool {
	bundle := awsRoots
	if file := r.getenv(name); file != "" {
		var err error
		if bundle, err = os.ReadFile(file); err != nil {
			r.wrong(name, "a file that can be read")
			return nil
		}
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(bundle) {
		r.wrong(name, "a file of PEM certificates")
	}
	return pool
}
