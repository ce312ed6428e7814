// Package runtimetest runs a function's real bootstrap as Lambda does: it serves the Runtime API on this machine, hands the
// process one event at a time and takes its answers.
//
// See AWS's "Using the Lambda runtime API for custom runtimes". It knows nothing of what the function does.
package runtimetest

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Flags are how a function is built for deployment. norpc leaves out net/rpc, which only the retired go1.x runtime spoke; the
// rest leaves out what the machine's paths and debuggers would put in. CI passes the same to sam build by GOFLAGS.
var Flags = []string{"-tags=lambda.norpc", "-trimpath", "-ldflags=-s -w -buildid="}

// Build compiles a main package, as deployed but for this machine, and answers the path of its bootstrap.
func Build(t testing.TB, pkg string) string {
	t.Helper()
	return build(t, pkg, nil, Flags, "CGO_ENABLED=0")
}

// BuildOver is Build with other contents in some files, by their paths from the module's root: for campaigns that a test needs
// otherwise than they are shipped.
func BuildOver(t testing.TB, pkg string, files map[string]string) string {
	t.Helper()
	return build(t, pkg, files, Flags, "CGO_ENABLED=0")
}

// BuildLocal is BuildOver for what is never deployed: built as go run does it, from the same cache.
func BuildLocal(t testing.TB, pkg string, files map[string]string) string {
	t.Helper()
	return build(t, pkg, files, nil)
}

// BuildArm64 is Build for what template.yaml deploys on. It cannot be run here, but measured.
func BuildArm64(t testing.TB, pkg string) string {
	t.Helper()
	return build(t, pkg, nil, Flags, "CGO_ENABLED=0", "GOOS=linux", "GOARCH=arm64")
}

func build(t testing.TB, pkg string, files map[string]string, flags []string, env ...string) string {
	t.Helper()
	bootstrap := filepath.Join(t.TempDir(), "bootstrap")
	args := append([]string{"build", "-o", bootstrap}, flags...)
	if files != nil {
		args = append(args, "-overlay", overlay(t, files))
	}
	cmd := exec.Command("go", append(args, pkg)...)
	cmd.Env = append(append(os.Environ(), "GOFLAGS="), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build %s: %v\n%s", pkg, err, out)
	}
	return bootstrap
}

// overlay writes what the go command's flag of this name reads (go help build).
func overlay(t testing.TB, files map[string]string) string {
	t.Helper()
	module, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		t.Fatal(err)
	}
	root, folder := filepath.Dir(strings.TrimSpace(string(module))), t.TempDir()
	replace := map[string]string{}
	for name, content := range files {
		file := filepath.Join(folder, strings.ReplaceAll(name, "/", "_"))
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		replace[filepath.Join(root, filepath.FromSlash(name))] = file
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(folder, "overlay.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// ZipSize answers how many bytes a file takes in a deployment package.
func ZipSize(t testing.TB, file string) int {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	z := zip.NewWriter(&packed)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(w, flate.DefaultCompression)
	})
	w, err := z.Create(filepath.Base(file))
	if err == nil {
		_, err = w.Write(content)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatalf("zip %s: %v", file, err)
	}
	return packed.Len()
}
