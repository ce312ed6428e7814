// Package main_test drives the real program on this machine: its server is killed and stopped at any moment, and its books are held
// against the mail that left.
package main_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"one-click-protest/internal/stack/runtimetest"
)

const (
	slug    = "protest-day-2007"
	gateway = "fax.protest.internal"
	// patience is for what takes a second or so at rest; a machine that is busy with other tests may take many.
	patience = 30 * time.Second
)

// Each of these countries has a mission of its own, with a mail domain of its own: letters to one wait for none of the others. The slow ones'
// let fewer letters through than a small test has.
var (
	countries     = strings.Fields("AR AT AU BE BR CA CH DE ES FR GB IT JP KR MX US")
	slowCountries = strings.Fields("IN NZ ZA")
)

const (
	pace     = 12_000 // 266 letters at once, and then three a second
	slowPace = 3_600  // 80 at once, and then one a second
)

// build compiles the program with a campaign that writes to these countries, at paces at which letters wait, but not for long. It is live,
// since in test mode all letters would go to one mailbox, and share its pace; the missions' domains cannot exist (RFC 6761), and the mail
// goes into a folder or to a server of the test's own.
func build(t *testing.T) string {
	t.Helper()
	const file = "infra/campaigns/" + slug + "/campaign.yaml"
	text, err := os.ReadFile("../../" + file)
	if err != nil {
		t.Fatal(err)
	}
	live := strings.NewReplacer("mode: test", "mode: live", "testers: [testers@example.org]", "", "example.org", "protest.internal", "fax.example.net", gateway).
		Replace(string(text)) + "\nrelay: {name: A federation, address: forward@federation.internal, language: en, subject: \"For {target}\", note: \"Please forward it.\"}\n"
	var missions strings.Builder
	missions.WriteString("id,country,kind,name,email,confidence,section,zone,source,as_of,pace\n")
	add := func(country string, pace int) {
		name := strings.ToLower(country)
		fmt.Fprintf(&missions, "mission-%s,%s,embassy,Mission in %s,office@%s.test,A,general,UTC,made up,2026-01-01,%d\n", name, country, country, name, pace)
	}
	for _, country := range countries {
		add(country, pace)
	}
	for _, country := range slowCountries {
		add(country, slowPace)
	}
	return runtimetest.BuildLocal(t, "one-click-protest/functions/local", map[string]string{file: live, "infra/directory/cn.csv": missions.String()})
}

// server is the program serving one data folder, process after process.
type server struct {
	*testing.T
	program, folder, addr string
	args                  []string // more flags
	cmd                   *exec.Cmd
	exited                chan struct{}
	log                   *output
}

// newServer starts a server on a data folder.
func newServer(t *testing.T, program, folder string, args ...string) *server {
	t.Helper()
	s := &server{T: t, program: program, folder: folder, addr: freeAddr(t), args: args, log: &output{}}
	t.Cleanup(func() {
		s.end()
		if t.Failed() {
			t.Logf("log of the server:\n%s", s.log.tail())
		}
	})
	s.start()
	return s
}

// freeAddr answers a port that is free, and below those that systems give to clients: a client that calls again and again while the
// server is down could else be given this very port, be connected to itself, and keep the server from coming back.
func freeAddr(t *testing.T) string {
	t.Helper()
	for range 100 {
		addr := fmt.Sprintf("127.0.0.1:%d", 20_000+rand.N(10_000))
		if l, err := net.Listen("tcp", addr); err == nil {
			_ = l.Close()
			return addr
		}
	}
	t.Fatal("no free port")
	return ""
}

// start runs a process until it listens.
func (s *server) start() {
	s.Helper()
	s.cmd = s.command("serve", append([]string{"--addr", s.addr, "--grid", "0s"}, s.args...)...)
	open := &awaited{want: []byte("Open http://"), seen: make(chan struct{})}
	s.cmd.Stdout, s.cmd.Stderr = io.MultiWriter(s.log, open), s.log
	if err := s.cmd.Start(); err != nil {
		s.Fatal(err)
	}
	exited := make(chan struct{})
	s.exited = exited
	go func(cmd *exec.Cmd) { _ = cmd.Wait(); close(exited) }(s.cmd)
	select {
	case <-open.seen:
	case <-exited:
		s.Fatal("the server does not start")
	case <-time.After(patience):
		s.Fatal("the server does not listen")
	}
}

// command is the program on the server's data folder. It sees nothing of the test's own environment.
func (s *server) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(s.program, append([]string{name, "--data", s.folder}, args...)...)
	cmd.Env = []string{"TZ=UTC"}
	return cmd
}

// run runs another command of the program to its end, and answers what it printed.
func (s *server) run(name string, args ...string) string {
	s.Helper()
	out, err := s.command(name, args...).CombinedOutput()
	if err != nil {
		s.Errorf("local %s: %v\n%s", name, err, out)
	}
	return string(out)
}

// kill ends the process at once, wherever it is (SIGKILL).
func (s *server) kill() {
	s.Helper()
	select {
	case <-s.exited:
		s.Fatalf("the server ended by itself: %v", s.cmd.ProcessState)
	default:
	}
	s.end()
}

func (s *server) end() {
	_ = s.cmd.Process.Kill()
	<-s.exited
}

// interrupt does what Ctrl-C does.
func (s *server) interrupt() {
	s.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGINT); err != nil {
		s.Fatal(err)
	}
}

// ended waits for the end of an interrupted process, which must be in order.
func (s *server) ended() {
	s.Helper()
	select {
	case <-s.exited:
	case <-time.After(patience):
		s.Fatal("the server does not end")
	}
	if status := s.cmd.ProcessState.ExitCode(); status != 0 {
		s.Errorf("exit status %d after Ctrl-C", status)
	}
}

// output is what processes wrote.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

func (o *output) tail() string {
	text := o.String()
	return text[max(0, len(text)-20_000):]
}

// awaited is a writer that waits for words.
type awaited struct {
	want, have []byte
	seen       chan struct{}
	once       sync.Once
}

func (a *awaited) Write(p []byte) (int, error) {
	a.have = append(a.have, p...)
	if bytes.Contains(a.have, a.want) {
		a.once.Do(func() { close(a.seen) })
	}
	return len(p), nil
}
