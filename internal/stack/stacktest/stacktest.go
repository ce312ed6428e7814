// Package stacktest is what a deployed function finds around it, on this machine: DynamoDB Local, a fake SES, a secret and a topic. It
// is for tests of the real bootstraps.
package stacktest

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"one-click-protest/internal/ledger"
	"one-click-protest/internal/ledger/dynamo"
	"one-click-protest/internal/ledger/dynamo/dynamotest"
	"one-click-protest/internal/mailer/mailertest"
	"one-click-protest/internal/stack/runtimetest"
)

// PublicURL is where signers reach the form, and StackName the stack's name.
const (
	PublicURL = "https://protest.example.org"
	StackName = "protest"
)

// Cloud is the surroundings. Env may be changed before a function is started.
type Cloud struct {
	Client *dynamodb.Client
	Ledger *dynamo.Ledger
	SES    *mailertest.SES
	Topic  *Topic
	Env    map[string]string
}

// New makes surroundings with empty tables, which go with the test. Without DynamoDB Local the test is skipped.
func New(t testing.TB) *Cloud {
	t.Helper()
	local := dynamotest.Open(t)
	c := &Cloud{
		Client: local.Client(http.DefaultTransport),
		Ledger: local.Records(http.DefaultTransport),
		SES:    mailertest.NewSES(t),
		Topic:  newTopic(t),
	}
	c.Env = map[string]string{
		"PROTEST_LEDGER_TABLE": local.Ledger, "PROTEST_PRIVATE_TABLE": local.Private,
		"PROTEST_LETTERS_SET": "letters", "PROTEST_SIGNERS_SET": "signers",
		"PROTEST_SECRET":            "arn:aws:secretsmanager:eu-central-1:123456789012:secret:deployment-AbCdEf",
		"PROTEST_PUBLIC_URL":        PublicURL,
		"PROTEST_GRID_MS":           "50",
		"PROTEST_STACK":             StackName,
		"PROTEST_ALERT_TOPIC":       "arn:aws:sns:eu-central-1:123456789012:alerts",
		"PROTEST_DYNAMODB_ENDPOINT": local.URL,
		"PROTEST_SES_ENDPOINT":      c.SES.URL,
		"PROTEST_SECRET_ENDPOINT":   Secrets(t, "0123456789abcdef0123456789abcdef"),
		"PROTEST_SNS_ENDPOINT":      c.Topic.URL,
		"AWS_REGION":                dynamotest.Region, "AWS_ACCESS_KEY_ID": dynamotest.Key, "AWS_SECRET_ACCESS_KEY": dynamotest.Key,
	}
	return c
}

// Start starts a bootstrap in these surroundings.
func (c *Cloud) Start(t testing.TB, bootstrap string) *runtimetest.Function {
	t.Helper()
	return runtimetest.Start(t, bootstrap, maps.Clone(c.Env))
}

// Letters answers how many letters of a campaign to its targets the counts have in a state.
func (c *Cloud) Letters(t testing.TB, campaign string, state ledger.State) int {
	t.Helper()
	tally, err := c.Ledger.Tally(t.Context(), campaign)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for b, count := range tally.Deliveries {
		if b.State == state && b.Target != ledger.TargetSigner {
			n += count
		}
	}
	return n
}

// Secrets is a Secrets Manager that knows one secret, and answers its URL.
func Secrets(t testing.TB, secret string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("X-Amz-Target"); got != "secretsmanager.GetSecretValue" {
			t.Errorf("Secrets Manager is asked for %q", got)
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		_ = json.NewEncoder(w).Encode(map[string]string{"SecretString": secret})
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// Topic is a fake SNS.
type Topic struct {
	URL string

	mu     sync.Mutex
	alerts []Alert
}

// Alert is one published message.
type Alert struct{ Topic, Subject, Text string }

func newTopic(t testing.TB) *Topic {
	t.Helper()
	topic := &Topic{}
	s := httptest.NewServer(topic)
	t.Cleanup(s.Close)
	topic.URL = s.URL
	return topic
}

// Alerts answers what was published.
func (s *Topic) Alerts() []Alert {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.alerts)
}

// ServeHTTP takes the Publish call of SNS's query protocol.
func (s *Topic) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	form, badForm := url.ParseQuery(string(body))
	if err != nil || badForm != nil || form.Get("Action") != "Publish" {
		http.Error(w, "<ErrorResponse><Error><Code>InvalidAction</Code></Error></ErrorResponse>", http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	s.alerts = append(s.alerts, Alert{form.Get("TopicArn"), form.Get("Subject"), form.Get("Message")})
	s.mu.Unlock()
	w.Header().Set("Content-Type", "text/xml")
	_, _ = io.WriteString(w, `<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>94f20ce6-13c5-43a0-9a9e-ca52d816e90b</MessageId></PublishResult></PublishResponse>`)
}
