// Package stack is what the deployed functions have in common: it reads the environment once, builds the AWS clients from it, and
// writes logs and metrics. Packages web, deliver and feedback in it wire one function each, so that none links what only another
// needs.
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

// Function is a deployed function, by the name of its folder.
type Function string

// The functions.
const (
	Web      Function = "web"
	Deliver  Function = "deliver"
	Feedback Function = "feedback"
)

// Config is what a deployed function knows of its surroundings. [FromEnv] makes it; every value in it is checked. What a function
// has no use for is empty.
type Config struct {
	// LedgerTable and PrivateTable are the DynamoDB tables: PROTEST_LEDGER_TABLE, PROTEST_PRIVATE_TABLE.
	LedgerTable, PrivateTable string

	// LettersSet and SignersSet are the SES configuration sets for letters and for mail to signers: PROTEST_LETTERS_SET,
	// PROTEST_SIGNERS_SET. They are never the same: only the second keeps the suppression list. Of web and deliver.
	LettersSet, SignersSet string
	// SecretARN names the deployment secret in Secrets Manager: PROTEST_SECRET. The secret itself is in no environment. Of web
	// and deliver.
	SecretARN string

	// PublicURL is scheme and host under which signers reach the function, without a trailing slash: PROTEST_PUBLIC_URL. Of web.
	PublicURL string
	// Grid is the step of the time grid on which answers leave: PROTEST_GRID_MS, 1 to 5000. Of web.
	Grid time.Duration

	// Stack is the stack's name, by which its metrics are told from another's: PROTEST_STACK.
	Stack string
	// AlertTopic is the ARN of the SNS topic for organizers: PROTEST_ALERT_TOPIC. Of feedback.
	AlertTopic string

	// Region is where everything lives: AWS_REGION, set by Lambda.
	Region string
	// Credentials are the function's role: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, set by Lambda.
	Credentials aws.CredentialsProvider
	// Roots are the certificate authorities trusted for AWS: those of roots.pem, or else exactly those of the file that
	// AWS_CA_BUNDLE names.
	Roots *x509.CertPool

	// DynamoDBEndpoint, SESEndpoint, SecretEndpoint and SNSEndpoint replace AWS's own in tests: PROTEST_DYNAMODB_ENDPOINT,
	// PROTEST_SES_ENDPOINT, PROTEST_SECRET_ENDPOINT, PROTEST_SNS_ENDPOINT. Empty, or a loopback URL: no setting sends
	// signers' data to another host.
	DynamoDBEndpoint, SESEndpoint, SecretEndpoint, SNSEndpoint string

	conns int // to each service
}

// FromEnv reads what a function needs of the environment through getenv (os.Getenv). Its error names every variable that is wrong
// at once, and repeats no value.
func FromEnv(getenv func(string) string, f Function) (Config, error) {
	r := &reader{getenv: getenv}
	c := Config{
		LedgerTable:      r.name("PROTEST_LEDGER_TABLE", 3, 255, "_.-"),
		PrivateTable:     r.name("PROTEST_PRIVATE_TABLE", 3, 255, "_.-"),
		Stack:            r.name("PROTEST_STACK", 1, 128, "-"),
		Region:           r.required("AWS_REGION"),
		Credentials:      r.credentials(),
		Roots:            r.roots("AWS_CA_BUNDLE"),
		DynamoDBEndpoint: r.loopback("PROTEST_DYNAMODB_ENDPOINT"),
		conns:            fewConns,
	}
	r.differ("PROTEST_LEDGER_TABLE", c.LedgerTable, "PROTEST_PRIVATE_TABLE", c.PrivateTable)
	switch f {
	case Web:
		r.sending(&c)
		c.PublicURL = r.origin("PROTEST_PUBLIC_URL")
		c.Grid = r.milliseconds("PROTEST_GRID_MS", 1, 5000)
	case Deliver:
		r.sending(&c)
		c.conns = senderConns
	case Feedback:
		c.AlertTopic = r.arn("PROTEST_ALERT_TOPIC", "sns", "", "an SNS topic's ARN")
		c.SNSEndpoint = r.loopback("PROTEST_SNS_ENDPOINT")
	}
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

// name reads a name of letters, digits and some more characters, by the bounds of DynamoDB's TableName, SES's
// ConfigurationSetName and CloudFormation's StackName. Not by a regular expression: compiling those bounds took 0.7 ms of every cold start.
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

// sending reads what a function needs that sends mail.
func (r *reader) sending(c *Config) {
	c.LettersSet = r.name("PROTEST_LETTERS_SET", 1, 64, "_-")
	c.SignersSet = r.name("PROTEST_SIGNERS_SET", 1, 64, "_-")
	r.differ("PROTEST_LETTERS_SET", c.LettersSet, "PROTEST_SIGNERS_SET", c.SignersSet)
	c.SecretARN = r.arn("PROTEST_SECRET", "secretsmanager", "secret:", "a Secrets Manager secret's ARN")
	c.SESEndpoint = r.loopback("PROTEST_SES_ENDPOINT")
	c.SecretEndpoint = r.loopback("PROTEST_SECRET_ENDPOINT")
}

func (r *reader) arn(name, service, resource, expected string) string {
	v := r.getenv(name)
	if a, err := arn.Parse(v); err != nil || a.Service != service || !strings.HasPrefix(a.Resource, resource) || a.Resource == resource {
		r.wrong(name, expected)
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
