package runtimetest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"one-click-protest/internal/lambdahttp/lambdatest"
)

// Timeout is the invocations' deadline, as template.yaml has it for web.
const Timeout = 10 * time.Second

// ErrExited: the process ended by itself, in its init or while an event waited. Lambda would start another.
var ErrExited = errors.New("bootstrap exited")

// Function is one running process: what Lambda calls an execution environment. Its events are handled one after the other.
type Function struct {
	// Init is how long the process took from exec to its first question for an event.
	Init time.Duration

	cmd    *exec.Cmd
	api    *runtimeAPI
	exited chan struct{}
	log    *log
	mu     sync.Mutex
}

// Start runs a bootstrap and waits for its init. The process sees the environment that is given and what Lambda sets,
// nothing of the test's own. It is killed when the test ends; a failed test shows what it logged.
func Start(t testing.TB, bootstrap string, env map[string]string) *Function {
	t.Helper()
	f, err := TryStart(t, bootstrap, env)
	if err != nil {
		t.Fatalf("%v; log:\n%s", err, f.Log())
	}
	return f
}

// TryStart is Start for a process whose init may fail: then with ErrExited. The function answered has its log in any case.
func TryStart(t testing.TB, bootstrap string, env map[string]string) (*Function, error) {
	t.Helper()
	f := &Function{api: newRuntimeAPI(), exited: make(chan struct{}), log: &log{}}
	server := httptest.NewServer(f.api)
	t.Cleanup(server.Close)
	f.cmd = exec.Command(bootstrap)
	f.cmd.Env = environ(env, server.Listener.Addr())
	f.cmd.Stdout, f.cmd.Stderr = f.log, f.log

	began := time.Now()
	if err := f.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { _ = f.cmd.Wait(); close(f.exited) }()
	t.Cleanup(func() {
		f.Kill()
		if t.Failed() {
			t.Logf("log of the function:\n%s", f.Log())
		}
	})
	select {
	case asked := <-f.api.first:
		f.Init = asked.Sub(began)
		return f, nil
	case <-f.exited:
		return f, ErrExited
	case <-time.After(Timeout): // Lambda's own limit for an init
		return f, fmt.Errorf("no question for an event within %v", Timeout)
	}
}

// environ is what Lambda sets, and the function's own variables.
func environ(env map[string]string, api net.Addr) []string {
	all := []string{
		"AWS_LAMBDA_RUNTIME_API=" + api.String(),
		"AWS_LAMBDA_FUNCTION_NAME=web",
		"AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE=256",
		"LAMBDA_TASK_ROOT=/var/task",
		"_HANDLER=bootstrap",
		"TZ=:UTC",
	}
	for name, value := range env {
		all = append(all, name+"="+value)
	}
	return all
}

// Invoke hands over one event and waits for its answer. An error is the function's own, or ErrExited.
func (f *Function) Invoke(event []byte) ([]byte, error) { return f.InvokeWithin(event, Timeout) }

// InvokeWithin is Invoke with another deadline.
func (f *Function) InvokeWithin(event []byte, timeout time.Duration) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	i := f.api.enqueue(event, time.Now().Add(timeout))
	select {
	case r := <-i.result:
		return r.payload, r.err
	case <-f.exited:
		return nil, ErrExited
	case <-time.After(timeout):
		return nil, fmt.Errorf("no answer within %v", timeout)
	}
}

// Do sends one request as API Gateway would; it is a [lambdatest.Do] with a test.
func (f *Function) Do(t testing.TB, r *http.Request) *http.Response {
	t.Helper()
	event, err := json.Marshal(lambdatest.Event(t, r))
	if err != nil {
		t.Fatalf("event: %v", err)
	}
	answer, err := f.Invoke(event)
	if err != nil {
		t.Fatalf("%s %s: %v", r.Method, r.URL.Path, err)
	}
	response, err := lambdatest.Response(answer)
	if err != nil {
		t.Fatal(err)
	}
	response.Request = r
	return response
}

// Freeze stops the process where it stands, as Lambda does between events; Thaw lets it go on. It returns when all of its threads
// stand still, where the system tells (only Linux does here): the signal alone takes its time on a busy machine.
func (f *Function) Freeze() error {
	if err := f.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	for end := time.Now().Add(Timeout); f.moves(); {
		if time.Now().After(end) {
			return errors.New("the process does not stop")
		}
		time.Sleep(time.Millisecond)
	}
	return nil
}

// moves says whether a thread of the process is not stopped yet (proc(5): state T).
func (f *Function) moves() bool {
	stats, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", f.cmd.Process.Pid))
	for _, name := range stats {
		text, err := os.ReadFile(name)
		if err != nil { // the thread is gone
			continue
		}
		if i := strings.LastIndex(string(text), ") "); i >= 0 && !strings.HasPrefix(string(text)[i+2:], "T") {
			return true
		}
	}
	return false
}

// Thaw is the end of [Function.Freeze].
func (f *Function) Thaw() error { return f.cmd.Process.Signal(syscall.SIGCONT) }

// Kill ends the process at once, as Lambda does, and waits for its end.
func (f *Function) Kill() {
	_ = f.cmd.Process.Kill()
	<-f.exited
}

// PeakRSS is the most memory that the running process has used so far, in bytes; 0 where the system does not tell (only
// Linux does here). Not from its resource usage at the end: that begins with the memory of the test that started it.
func (f *Function) PeakRSS() int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", f.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	var kib int64
	if _, err := fmt.Sscanf(after, "%d kB", &kib); err != nil {
		return 0
	}
	return kib << 10
}

// Log is what the process wrote so far.
func (f *Function) Log() string { return f.log.String() }

type log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
