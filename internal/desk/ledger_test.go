package desk

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"one-click-protest/internal/ledger"
	"one-click-protest/internal/ledger/dynamo/dynamotest"
	"one-click-protest/internal/ledger/ledgertest"
	"one-click-protest/internal/seal"
)

// A command names all that it lacks, before it asks anybody anything.
func TestLedgerFlags(t *testing.T) {
	folder := t.TempDir()
	_ = onThisMachine(t, folder)
	here, there := []string{"--data", folder}, []string{"--ledger", "dynamo:x"}
	const smtp = "smtp://127.0.0.1:1"
	for _, tc := range []struct {
		line  string
		place []string
		want  string
	}{
		{"pause", here, "name a campaign, or --account"},
		{"resume " + slug + " --account", here, "name a campaign, or --account"},
		{"pause nothing", here, `no campaign "nothing"`},
		{"pause " + slug + " cn-xx-nowhere", here, `has no target "cn-xx-nowhere"`},
		{"pause " + slug + " SIGNER", here, `has no target "SIGNER"`},
		{"pause " + slug, []string{"--ledger", "dynamo:"}, "expected dynamo:TABLE"},
		{"pause " + slug, []string{"--data", "nowhere"}, "no ledger in"},
		{"resend " + slug, here, "--unknown"},
		{"resend " + slug + " --unknown", there, "needs --private, --events, --dlq too"},
		{"resend " + slug + " --unknown --private y --dlq z", there, "needs --events too"},
		{"resend " + slug + " --unknown --private y --events z", there, "needs --dlq too"},
		{"resend " + slug + " --unknown --events z", here, "--events: only with --ledger dynamo:TABLE"},
		{"resume " + slug + " " + embassy + " --all", here, "--all goes with a campaign alone"},
		{"resume --account --all", here, "--all goes with a campaign alone"},
		{"deliver --capture --smtp " + smtp, here, "--smtp and --capture"},
		{"serve --capture --smtp " + smtp, here, "--smtp and --capture"},
		{"deliver --private y --secret z --capture", there, "needs --smtp too"},
		{"resend " + slug + " --unknown --private y", here, "--private: only with --ledger dynamo:TABLE"},
		{"retry " + slug, here, "--failed, --bounced or --held"},
		{"retry " + slug + " --failed --permanent", here, "--permanent goes with --bounced"},
		{"retry " + slug + " --failed --held", here, "--failed and --held"},
		{"retry " + slug + " --failed", there, "needs --private too"},
		{"retry " + slug + " cn-xx-nowhere --failed", here, `has no target "cn-xx-nowhere"`},
		{"adopt", there, "needs --secret too"},
		{"adopt --secret nowhere", there, "nowhere is neither an ARN nor a file"},
		{"adopt --yes --dry-run", here, "not both"},
		{"adopt", []string{"--data", "nowhere"}, "no secret in"},
		{"deliver", there, "needs --private, --secret too"},
		{"deliver --private y --secret z", there, "needs --smtp too"},
		{"deliver --smtp http://x", here, "--smtp"},
		{"deliver --secret z", here, "--secret: only with"},
		{"deliver --smtp " + smtp, []string{"--data", "nowhere"}, "no secret in"},
	} {
		t.Run(tc.line+" "+tc.place[0], func(t *testing.T) {
			status, _, errs := run(t, testEnv(t), append(strings.Fields(tc.line), tc.place...)...)
			if status != misuse || !strings.Contains(errs, tc.want) || strings.Count(errs, "\n") != 1 {
				t.Errorf("exit status %d, want one line with %q:\n%s", status, tc.want, errs)
			}
		})
	}
}

// A deployment's secret is the same by its ARN and as a file of its text.
func TestDeploymentSecret(t *testing.T) {
	const arn = "arn:aws:secretsmanager:eu-central-1:1:secret:s"
	text := strings.Repeat("abcdefgh", 8)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var asked struct{ SecretId string }
		if err := json.NewDecoder(r.Body).Decode(&asked); err != nil || asked.SecretId != arn {
			t.Errorf("asked for %+v, %v", asked, err)
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		_ = json.NewEncoder(w).Encode(map[string]string{"SecretString": text})
	}))
	defer server.Close()
	shellOf(t, server.URL)
	t.Setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", server.URL)
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(text+"\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	want, err := seal.NewHKDF([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, place := range []string{arn, file} {
		keys, err := deploymentKeys(t.Context(), place)
		if err != nil || keys.Fingerprint() != want.Fingerprint() {
			t.Errorf("%s: %v", place, err)
		}
	}
}

// A walk through many records is shown now and then, and a line that says nothing new is left out.
func TestProgress(t *testing.T) {
	l := ledgertest.New()
	for i := range 3 {
		key := ledger.Key{Campaign: "c", Signer: strings.Repeat("s", i+1)}
		_, err := l.Accept(t.Context(), ledger.Acceptance{
			Action: ledger.Action{Key: key, Day: noon, Token: "token"},
			Drafts: []ledger.Draft{{Delivery: ledger.Delivery{ID: ledger.ID{Key: key, Target: "t"}, Attempt: 1, Channel: ledger.ChannelPrint, State: ledger.StateOffered}}},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	shown := &progress{out: &out}
	n := 0
	for _, err := range (watched{l, shown}).Walk(t.Context(), "c") {
		if n++; err != nil {
			t.Fatal(err)
		}
	}
	if n != 6 || out.String() != "" {
		t.Errorf("%d records, shown: %q", n, out.String())
	}
	shown.show("%d", 1)
	shown.show("%d", 1)
	shown.show("%d", 2)
	if out.String() != "1\n2\n" {
		t.Errorf("shown: %q", out.String())
	}
}

// A table that is none is misuse, and a DynamoDB that refuses is told once, however many parts of the ledger were asked.
func TestLedgerThatIsNotThere(t *testing.T) {
	line := []string{"subscribers", "export", slug, partnerID, "--ledger", "dynamo:no-such-table", "--private", "nor-this", "--out", filepath.Join(t.TempDir(), "out")}
	t.Run("closed", func(t *testing.T) {
		var asked atomic.Int32
		closed := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Amzn-Requestid", strconv.Itoa(int(asked.Add(1))))
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"__type":"com.amazon.coral.service#AccessDeniedException","message":"not for you"}`)
		}))
		defer closed.Close()
		shellOf(t, closed.URL)
		status, _, errs := run(t, testEnv(t), line...)
		if status != failed || asked.Load() < 2 || !strings.Contains(errs, "not for you") || strings.Count(errs, "\n") != 1 {
			t.Errorf("exit status %d:\n%s", status, errs)
		}
	})
	t.Run("no table", func(t *testing.T) {
		shellOf(t, dynamotest.Open(t).URL)
		if status, _, errs := run(t, testEnv(t), line...); status != misuse || !strings.Contains(errs, "no such table") || strings.Count(errs, "\n") != 1 {
			t.Errorf("exit status %d:\n%s", status, errs)
		}
	})
}

func TestOnce(t *testing.T) {
	for text, want := range map[string]string{
		"a: refused\nrefused\nrefused":              "a: refused",
		"one\ntwo\none":                             "one\ntwo",
		"tally: RequestID: A1, x\nRequestID: B2, x": "tally: RequestID: A1, x",
		"alone": "alone",
	} {
		if got := once(text); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
