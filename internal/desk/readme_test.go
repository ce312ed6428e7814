package desk

import (
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var fence = regexp.MustCompile("(?s)```sh\n(.*?)```")

// words splits a command line as a shell does, for the quotes that the README uses.
var word = regexp.MustCompile(`'[^']*'|"[^"]*"|[^\s'"]+`)

func words(line string) []string {
	all := word.FindAllString(line, -1)
	for i, w := range all {
		all[i] = strings.Trim(w, `'"`)
	}
	return all
}

// Every command of the README is run here, or by .ci/run, or stands in the list of those that need an account.
func TestReadmeCommands(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	ci, err := os.ReadFile("../../.ci/run")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	_, site := openSite(t, folder)
	n := 0
	for _, block := range fence.FindAllStringSubmatch(string(readme), -1) {
		for line := range strings.Lines(block[1]) {
			line = strings.TrimSpace(line)
			if line == "" {
				continue
			}
			n++
			t.Run(line, func(t *testing.T) {
				switch args := words(line); {
				case strings.HasPrefix(line, "go run ./functions/local"):
					readmeLocal(t, folder, args[3:])
				case args[0] == "curl":
					r := httptest.NewRequest("POST", args[1], strings.NewReader(args[3]))
					r.Header.Set("Content-Type", "application/json") // curl --json
					w := httptest.NewRecorder()
					if site.ServeHTTP(w, r); w.Code >= 300 {
						t.Errorf("%d %s", w.Code, w.Body)
					}
				case line == "go test ./...", strings.HasPrefix(line, "GOFLAGS="):
					if args := words(line); !strings.Contains(string(ci), strings.Join(args[len(args)-2:], " ")) {
						t.Error(".ci/run does not run it")
					}
				case strings.HasPrefix(line, "sam deploy"), strings.HasPrefix(line, "aws "): // need an account
				default:
					t.Error("nobody runs this command")
				}
			})
		}
	}
	if n < 20 {
		t.Errorf("only %d commands found", n)
	}
}

// readmeLocal runs a command of functions/local on a folder of its own.
func readmeLocal(t *testing.T, folder string, args []string) {
	t.Helper()
	command := ""
	if len(args) > 0 {
		command = args[0]
	}
	switch command {
	case "", "--smtp":
		started, stop := context.WithCancel(t.Context())
		out := &lines{found: make(chan string, 1)}
		status := make(chan int, 1)
		env := testEnv(t)
		env.Stdout = out
		go func() {
			status <- Main(started, env, append(args, "--addr", "127.0.0.1:0", "--data", t.TempDir()))
		}()
		<-out.found
		stop()
		if got := <-status; got != 0 {
			t.Errorf("exit status %d", got)
		}
		return
	case "links", "subscribers":
		readmePartner(t, args)
		return
	case "tally", "partners", "pause", "resume", "retry", "resend", "deliver", "adopt":
		if strings.Contains(strings.Join(args, " "), "dynamo:") {
			args = readmeDeployment(t, args)
		} else {
			args = append(args, "--data", folder)
		}
	case "directory", "coverage", "preview":
		for i, arg := range args {
			args[i] = readmeFile(t, arg)
		}
	}
	if status, _, errs := run(t, testEnv(t), args...); status != 0 {
		t.Errorf("exit status %d: %s", status, errs)
	}
}

// readmeDeployment puts a deployment in DynamoDB Local in the place of the README's words in capitals.
func readmeDeployment(t *testing.T, args []string) []string {
	t.Helper()
	d := deployed(t)
	d.sign(t, waiting)
	flags := append([]string{"--smtp", "smtp://" + d.smtp.Addr}, slices.Concat(d.place, d.private, d.secret, d.queues)...)
	for i, arg := range args {
		if at := slices.Index(flags, arg); at >= 0 && at%2 == 0 {
			args[i+1] = flags[at+1]
		}
	}
	if args[0] == "deliver" {
		args = append(args, "--once") // what was put back is due a minute later
	}
	return args
}

// readmePartner runs what reads or writes files, where there are subscribers, a partner with a key and a list of supporters.
func readmePartner(t *testing.T, args []string) {
	t.Helper()
	d := onThisMachine(t, t.TempDir())
	keyFile := d.withKey(t)
	d.bring(t, subscribing)
	exported := filepath.Join(t.TempDir(), "subscribers.txt")
	for i, arg := range args {
		switch arg {
		case "partner.key":
			if args[i] = keyFile; args[1] == "key" {
				args[i] += ".new"
			}
		case "subscribers.txt":
			args[i] = exported
		case "ARN":
			args[i] = filepath.Join(t.TempDir(), "secret")
			if err := os.WriteFile(args[i], []byte(strings.Repeat("s3cret", 11)), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	env := d.env(t)
	if at := slices.Index(args, "<"); at >= 0 { // then > and a file
		switch {
		case args[0] == "links":
			env.Stdin = strings.NewReader("name,email,country\nAnn Lee,ann@example.com,DE\n")
		default:
			d.run(t, ok, "subscribers", "export", slug, partnerID, "--out", exported)
			content, err := os.ReadFile(exported)
			if err != nil {
				t.Fatal(err)
			}
			env.Stdin = strings.NewReader(string(content))
		}
		args = args[:at]
	}
	if args[0] == "links" && !slices.Contains(args, "--secret") || slices.Contains(args, "export") {
		args = append(args, d.place...)
	}
	if status, out, errs := run(t, env, args...); status != ok || out == "" {
		t.Errorf("exit status %d: %s%s", status, out, errs)
	}
}

// readmeFile puts this package's samples in the place of the README's file names.
func readmeFile(t *testing.T, arg string) string {
	t.Helper()
	switch arg {
	case "missions.csv":
		return "testdata/directory_cn.csv"
	case "accreditation.csv":
		return "testdata/directory_accreditation.csv"
	case "infra/directory/cn.csv": // a copy of the shipped one
		content, err := os.ReadFile("../../" + arg)
		if err != nil {
			t.Fatal(err)
		}
		return placed(t, "cn.csv", string(content))
	case "mine.csv":
		return placed(t, arg, "country,city,email,fax\nFrance,Paris,press@amb-chine.fr,+33 1 47 20 59 46\n")
	case "new.csv":
		return readmeFile(t, "infra/directory/cn.csv")
	case "table.csv", "map.svg", "letter.pdf":
		return filepath.Join(t.TempDir(), arg)
	}
	return arg
}

func placed(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}
