package stack_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"one-click-protest/internal/stack"
)

// environment is a complete one, for any function.
func environment() map[string]string {
	return map[string]string{
		"PROTEST_LEDGER_TABLE":  "protest-Ledger-1ABC",
		"PROTEST_PRIVATE_TABLE": "protest-Private-1ABC",
		"PROTEST_LETTERS_SET":   "protest-letters",
		"PROTEST_SIGNERS_SET":   "protest-signers",
		"PROTEST_SECRET":        "arn:aws:secretsmanager:eu-central-1:123456789012:secret:Secret-a1b2c3-D4e5F6",
		"PROTEST_PUBLIC_URL":    "https://protest.example.org",
		"PROTEST_GRID_MS":       "400",
		"PROTEST_STACK":         "protest-2007",
		"PROTEST_ALERT_TOPIC":   "arn:aws:sns:eu-central-1:123456789012:protest-Alerts-1ABC",
		"AWS_REGION":            "eu-central-1",
		"AWS_ACCESS_KEY_ID":     "AKIDEXAMPLE",
		"AWS_SECRET_ACCESS_KEY": "hush-hush",
		"AWS_SESSION_TOKEN":     "session",
	}
}

func lookup(env map[string]string) func(string) string {
	return func(name string) string { return env[name] }
}

// functions are the deployed ones by the names of their resources in template.yaml.
var functions = map[string]stack.Function{"Web": stack.Web, "Deliver": stack.Deliver, "Feedback": stack.Feedback}

func TestFromEnv(t *testing.T) {
	c, err := stack.FromEnv(lookup(environment()), stack.Web)
	if err != nil {
		t.Fatal(err)
	}
	if c.Grid != 400*time.Millisecond || c.PublicURL != "https://protest.example.org" || c.LettersSet != "protest-letters" {
		t.Errorf("config %+v", c)
	}
	creds, err := c.Credentials.Retrieve(t.Context())
	if err != nil || creds.AccessKeyID != "AKIDEXAMPLE" || creds.SecretAccessKey != "hush-hush" || creds.SessionToken != "session" {
		t.Errorf("credentials of %q, %v", creds.AccessKeyID, err)
	}
	if got := fmt.Sprintf("%+v %#v", c, c); strings.Contains(got, "hush") {
		t.Error("a printed Config shows the credentials")
	}
}

// A function reads what it needs and no more; an empty environment is told in one error.
func TestFromEnvNamesEveryProblem(t *testing.T) {
	common := []string{"PROTEST_LEDGER_TABLE", "PROTEST_PRIVATE_TABLE", "PROTEST_STACK", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
	sending := []string{"PROTEST_LETTERS_SET", "PROTEST_SIGNERS_SET", "PROTEST_SECRET"}
	for f, more := range map[stack.Function][]string{
		stack.Web:      append([]string{"PROTEST_PUBLIC_URL", "PROTEST_GRID_MS"}, sending...),
		stack.Deliver:  sending,
		stack.Feedback: {"PROTEST_ALERT_TOPIC"},
	} {
		_, err := stack.FromEnv(func(string) string { return "" }, f)
		if err == nil {
			t.Errorf("%s: an empty environment was accepted", f)
			continue
		}
		for name := range environment() {
			needed := slices.Contains(common, name) || slices.Contains(more, name)
			if strings.Contains(err.Error(), name) != needed {
				t.Errorf("%s: %s: needed %t; error:\n%v", f, name, needed, err)
			}
		}
	}
}

func TestFromEnvRefuses(t *testing.T) {
	for f, tests := range map[stack.Function]map[string][]string{
		stack.Web: {
			"PROTEST_LEDGER_TABLE":      {"ab", "a b", "é-table", "a/b", "protest-Private-1ABC"},
			"PROTEST_LETTERS_SET":       {"", "a.b", strings.Repeat("x", 65), "protest-signers"},
			"PROTEST_SECRET":            {"the secret itself", "arn:aws:s3:::bucket"},
			"PROTEST_PUBLIC_URL":        {"", "protest.example.org", "http://protest.example.org", "https://protest.example.org/", "https://a:b@protest.example.org", "https://", "javascript:alert(1)"},
			"PROTEST_GRID_MS":           {"", "0", "-1", "5001", "0.4", "400ms"},
			"PROTEST_DYNAMODB_ENDPOINT": {"http://example.org", "http://localhost:8000", "http://169.254.169.254", "http://127.0.0.1.example.org", "127.0.0.1:8000", "http://a@127.0.0.1"},
			"PROTEST_SES_ENDPOINT":      {"https://email.example.org", "ftp://127.0.0.1"},
			"PROTEST_SECRET_ENDPOINT":   {"https://example.org"},
			"AWS_CA_BUNDLE":             {"no-such-file.pem", "config_test.go"},
		},
		stack.Feedback: {
			"PROTEST_SNS_ENDPOINT": {"https://sns.example.org"},
			"PROTEST_STACK":        {"", "a b", strings.Repeat("x", 129)},
			"PROTEST_ALERT_TOPIC":  {"", "alerts", "arn:aws:sns:eu-central-1:123456789012:", "arn:aws:sqs:eu-central-1:123456789012:alerts"},
		},
	} {
		for name, values := range tests {
			for _, value := range values {
				t.Run(name+"="+value, func(t *testing.T) { refuses(t, f, name, value) })
			}
		}
	}
}

func refuses(t *testing.T, f stack.Function, name, value string) {
	env := environment()
	env[name] = value
	_, err := stack.FromEnv(lookup(env), f)
	if err == nil || !strings.Contains(err.Error(), name) {
		t.Fatalf("error %v does not name it", err)
	}
	if len(value) > 3 && value != "https://" && strings.Contains(err.Error(), value) {
		t.Errorf("error repeats the value: %v", err)
	}
}

func TestFromEnvTakesServersOnThisMachine(t *testing.T) {
	for _, url := range []string{"http://127.0.0.1:8000", "https://127.0.0.2", "http://[::1]:4566"} {
		env := environment()
		env["PROTEST_DYNAMODB_ENDPOINT"], env["PROTEST_SES_ENDPOINT"], env["PROTEST_PUBLIC_URL"] = url, url, url
		c, err := stack.FromEnv(lookup(env), stack.Web)
		if err != nil || c.DynamoDBEndpoint != url || c.SESEndpoint != url || c.PublicURL != url {
			t.Errorf("%s: %v", url, err)
		}
	}
}
