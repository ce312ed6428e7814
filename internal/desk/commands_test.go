package desk

import (
	"bytes"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"one-click-protest/internal/ledger"
	"one-click-protest/internal/ledger/dynamo/dynamotest"
)

// run runs one command line.
func run(t *testing.T, env Env, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	env.Stdout, env.Stderr = &out, &errs
	return Main(t.Context(), env, args), out.String(), errs.String()
}

// atNoon is an environment whose day is fixed: ages depend on it.
func atNoon(t *testing.T) Env {
	env := testEnv(t)
	env.Now = func() time.Time { return noon }
	return env
}

func mustRead(t *testing.T, name string) string {
	t.Helper()
	src, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(src)
}

func TestCheckShipped(t *testing.T) {
	status, out, errs := run(t, testEnv(t), "check")
	if status != 0 {
		t.Fatalf("exit status %d: %s", status, errs)
	}
	for _, want := range []string{
		"confirm edited: ", "confirm always: ", "reply_to signer: ", "mode test: ",
		"partner example: An example partner, on https://partner.example.org; has no key", "letters to CN: in zh, unless",
		"cn-us-washington-dc", "chinaembpress_us@mfa.gov.cn", "America/New_York", "250 countries; email ", "250 countries; relay 250",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

func TestCheckBroken(t *testing.T) {
	env := testEnv(t)
	env.Files = fstest.MapFS{"campaigns/x/campaign.yaml": {Data: []byte("mode: perhaps\nshoe: 42\n")}}
	status, _, errs := run(t, env, "check")
	if status != 2 {
		t.Errorf("exit status %d, want 2", status)
	}
	for _, want := range []string{"campaigns/x/campaign.yaml:1:", "campaigns/x/campaign.yaml:2:", "shoe"} {
		if !strings.Contains(errs, want) {
			t.Errorf("no %q in\n%s", want, errs)
		}
	}
}

func TestPreview(t *testing.T) {
	status, out, errs := run(t, testEnv(t), "preview", "protest-day-2007", "--country", "us", "--name", "김하늘", "--message", "My own words.")
	if status != 0 {
		t.Fatalf("exit status %d: %s", status, errs)
	}
	for _, want := range []string{"cn-us-washington-dc", "email chinaembpress_us@mfa.gov.cn", "[TEST] Please protect", "My own words.", "김하늘"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

// What cannot be is said in one line, with exit status 2.
func TestMisuse(t *testing.T) {
	for _, tc := range []struct {
		args []string
		want string
	}{
		{[]string{"dance"}, "dance"},
		{[]string{"--addr", "0.0.0.0:8080"}, "not a loopback address"},
		{[]string{"--addr", "example.org:80"}, "not a loopback address"},
		{[]string{"--addr", "8080"}, "--addr 8080"},
		{[]string{"--smtp", "http://127.0.0.1", "--data", t.TempDir(), "--addr", "127.0.0.1:0"}, "--smtp"},
		{[]string{"preview", "nothing", "--country", "DE"}, `no campaign "nothing"; there are free-mtu-leaders-2007, protest-day-2007`},
		{[]string{"preview", "protest-day-2007"}, "--country"},
		{[]string{"preview", "protest-day-2007", "--country", "XX"}, `--country "XX"`},
		{[]string{"preview", "protest-day-2007", "--country", "DE", "--language", "fr"}, "the campaign has en"},
		{[]string{"tally", "protest-day-2007", "--ledger", "postgres:x"}, "expected dynamo:TABLE"},
		{[]string{"directory", "import", "nowhere.csv", "--state", "CN"}, "nowhere.csv"},
		{[]string{"directory", "import", "testdata/directory_cn.csv", "--state", "KR"}, "no mission of KR"},
		{[]string{"directory", "import", "testdata/directory_cn.csv", "--state", "China"}, `--state "China": not an ISO 3166-1 alpha-2 code`},
		{[]string{"directory", "import", "testdata/directory_cn.csv", "--state", "CN", "--out", "no/folder/kr.csv"}, "by its name the directory of KR"},
		{[]string{"coverage", "protest-day-2007", "--csv", "x", "--map", "x"}, "--csv and --map name one file"},
		{[]string{"tally", "protest-day-2007", "--data", "nowhere"}, "no ledger in"},
		{[]string{"check", "--quota=-5"}, "--quota -5: letters a day"},
		{[]string{"preview", "protest-day-2007", "--country", "US", "--pdf", "letter.pdf"}, "no letter from US goes by fax"},
	} {
		t.Run(strings.Join(tc.args, " "), func(t *testing.T) {
			status, _, errs := run(t, testEnv(t), tc.args...)
			if status != 2 {
				t.Errorf("exit status %d, want 2", status)
			}
			if !strings.Contains(errs, tc.want) || strings.Count(errs, "\n") != 1 {
				t.Errorf("want one line with %q, got:\n%s", tc.want, errs)
			}
		})
	}
}

func TestTally(t *testing.T) {
	folder := t.TempDir()
	s, h := openSite(t, folder)
	sign(t, h, "Ann Lee", "ann@example.com")
	s.close()
	status, out, errs := run(t, testEnv(t), "tally", "protest-day-2007", "--data", folder, "--recount")
	// Which of the four variants it is follows from the folder's secret.
	want := regexp.MustCompile(`^protest-day-2007 \(test mode\): 1 took part\ncn-us-washington-dc  email  sent  1\nvariant ([1-4]): 1 letters\nA recount of the records agrees.\nvariant ([1-4])  sent  1\n$`)
	if m := want.FindStringSubmatch(out); status != 0 || m == nil || m[1] != m[2] {
		t.Errorf("exit status %d\n%s%s", status, out, errs)
	}
}

// An organizer reads a deployment's exact counts with the same command.
func TestTallyOfADeployment(t *testing.T) {
	local := dynamotest.Open(t)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL_DYNAMODB": local.URL, "AWS_REGION": dynamotest.Region,
		"AWS_ACCESS_KEY_ID": dynamotest.Key, "AWS_SECRET_ACCESS_KEY": dynamotest.Key,
	} {
		t.Setenv(name, value)
	}
	key := ledger.Key{Campaign: "protest-day-2007-TEST", Signer: "s"}
	_, err := local.Records(http.DefaultTransport).Accept(t.Context(), ledger.Acceptance{
		Action: ledger.Action{Key: key, Day: noon, Token: "token"},
		Drafts: []ledger.Draft{{Delivery: ledger.Delivery{
			ID: ledger.ID{Key: key, Target: "cn-fr-paris"}, Attempt: 1, Channel: ledger.ChannelPrint, State: ledger.StateOffered, Changed: noon,
		}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	status, out, errs := run(t, testEnv(t), "tally", "protest-day-2007", "--ledger", "dynamo:"+local.Ledger, "--recount")
	want := "protest-day-2007 (test mode): 1 took part\ncn-fr-paris  print  offered  1\nA recount of the records agrees.\n"
	if status != 0 || out != want {
		t.Errorf("exit status %d\n%s%s", status, out, errs)
	}
}

// The import runs again to the same bytes, says what it could not read, and replaces a file whole.
func TestDirectoryImport(t *testing.T) {
	const raw, accreditation = "testdata/directory_cn.csv", "testdata/directory_accreditation.csv"
	out := filepath.Join(t.TempDir(), "cn.csv")
	if status, _, errs := run(t, testEnv(t), "directory", "import", raw, "--state", "cn"); status != 0 {
		t.Errorf("without an accreditation list: exit status %d: %s", status, errs)
	}
	var first []byte
	for range 2 {
		status, _, errs := run(t, testEnv(t), "directory", "import", raw, "--state", "cn", "--accreditation", accreditation, "--out", out)
		if status != 0 || !strings.Contains(errs, " missions of ") || !strings.Contains(errs, filepath.Base(raw)+":") {
			t.Fatalf("exit status %d: %s", status, errs)
		}
		clean, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = clean
		}
		if !bytes.Equal(clean, first) {
			t.Error("the second run wrote something else")
		}
	}
}

// fullDisk takes nothing.
type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

// What could not be printed is told: a file that a command's output went to isn't taken for whole.
func TestOutputThatCannotBeWritten(t *testing.T) {
	d := onThisMachine(t, t.TempDir())
	for _, args := range [][]string{
		{"check"}, {"coverage", slug}, {"preview", slug, "--country", "DE"}, {"subscribers", "key"},
		append([]string{"tally", slug}, d.place...), append([]string{"partners", slug}, d.place...), append([]string{"links", slug}, d.place...),
	} {
		t.Run(args[0], func(t *testing.T) {
			env := d.env(t)
			var errs bytes.Buffer
			env.Stdin, env.Stdout, env.Stderr = strings.NewReader("name,email,country\nAnn,ann@example.com,DE\n"), fullDisk{}, &errs
			if status := Main(t.Context(), env, args); status != failed || !strings.Contains(errs.String(), "no space left") {
				t.Errorf("exit status %d: %s", status, &errs)
			}
		})
	}
}
