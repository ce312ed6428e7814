package runtimetest_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"one-click-protest/internal/lambdahttp"
	"one-click-protest/internal/stack/runtimetest"
)

const echo = "./testdata/echo"

func TestFunction(t *testing.T) {
	bootstrap := runtimetest.Build(t, echo)
	f := runtimetest.Start(t, bootstrap, nil)
	for _, want := range []string{"first", "second \x00\xff"} {
		response := f.Do(t, httptest.NewRequest("POST", "/", strings.NewReader(want)))
		body, err := io.ReadAll(response.Body)
		if err != nil || string(body) != want || response.StatusCode != http.StatusAccepted {
			t.Errorf("status %d, body %q, %v", response.StatusCode, body, err)
		}
		deadline, err := time.Parse(time.RFC3339Nano, response.Header.Get("X-Deadline"))
		left := time.Until(deadline)
		if err != nil || left > runtimetest.Timeout-lambdahttp.Reserve || left < runtimetest.Timeout/2 {
			t.Errorf("deadline in %v, %v", left, err)
		}
		if home := response.Header.Get("X-Home"); home != "" {
			t.Errorf("the function sees the test's environment: HOME=%q", home)
		}
	}
	if rss := f.PeakRSS(); runtime.GOOS == "linux" && (rss < 1<<20 || rss > 1<<30) {
		t.Errorf("peak RSS of %d bytes", rss)
	}
	t.Logf("init %v", f.Init)
}

func TestFunctionError(t *testing.T) {
	f := runtimetest.Start(t, runtimetest.Build(t, echo), nil)
	if _, err := f.Invoke([]byte(`{"version":1}`)); err == nil || errors.Is(err, runtimetest.ErrExited) {
		t.Errorf("an event that is no JSON of this type: error %v", err)
	}
	if _, err := f.Invoke([]byte(`{}`)); err != nil {
		t.Errorf("after an error: %v", err)
	}
}

func TestFunctionExits(t *testing.T) {
	bootstrap := runtimetest.Build(t, echo)
	f := runtimetest.Start(t, bootstrap, nil)
	event := []byte(`{"version":"2.0","rawPath":"/exit","requestContext":{"http":{"method":"GET"}}}`)
	if _, err := f.Invoke(event); !errors.Is(err, runtimetest.ErrExited) {
		t.Errorf("error %v, want %v", err, runtimetest.ErrExited)
	}
	f, err := runtimetest.TryStart(t, bootstrap, map[string]string{"ECHO_INIT": "fail"})
	if !errors.Is(err, runtimetest.ErrExited) || !strings.Contains(f.Log(), "init failed on purpose") {
		t.Errorf("error %v, log %q", err, f.Log())
	}
}

func TestFreeze(t *testing.T) {
	f := runtimetest.Start(t, runtimetest.Build(t, echo), nil)
	if err := f.Freeze(); err != nil {
		t.Fatal(err)
	}
	answered := make(chan error, 1)
	go func() { _, err := f.Invoke([]byte(`{}`)); answered <- err }()
	select {
	case err := <-answered:
		t.Fatalf("a frozen function answered: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	if err := f.Thaw(); err != nil {
		t.Fatal(err)
	}
	if err := <-answered; err != nil {
		t.Error(err)
	}
}

func TestZipSize(t *testing.T) {
	bootstrap := runtimetest.BuildArm64(t, echo)
	info, err := os.Stat(bootstrap)
	if err != nil {
		t.Fatal(err)
	}
	if size := runtimetest.ZipSize(t, bootstrap); size < 1<<20 || int64(size) > info.Size()/2 {
		t.Errorf("%d bytes packed of %d", size, info.Size())
	}
}
