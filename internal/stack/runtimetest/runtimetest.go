// Package runtimetest runs a function's real bootstrap as Lambda does: it serves the Runtime API on this machine, hands the
// process one event at a time and takes its answers.
//
// See AWS's "Using the Lambda runtime API for custom runtimes". It knows nothing of what the function does.
package runtimetest

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Flags are how a function is built for deployment. norpc leaves out net/rpc, which only the retired go1.x runtime spoke; the
// rest leaves out what the machine's paths and debuggers would put in. CI passes the same to sam build by GOFLAGS.
var Flags = []string{"-tags=lambda.norpc", "-trimpath", "-ldflags=-s -w -buildid="}

// Build compiles a main package, as deployed but for this machine, and answers the path of its bootstrap.
func Build(t testing.TB, pkg string) string {
	t.Helper()
	return build(t, pkg)
}

// BuildArm64 is Build for what template.yaml deploys on. It cannot be run here, but measured.
func BuildArm64(t testing.TB, pkg string) string {
	t.Helper()
	return build(t, pkg, "GOOS=linux", "GOARCH=arm64")
}

func build(t testing.TB, pkg string, env ...string) string {
	t.Helper()
	bootstrap := filepath.Join(t.TempDir(), "bootstrap")
	args := append([]string{"build", "-o", bootstrap}, Flags...)
	cmd := exec.Command("go", append(args, pkg)...)
	cmd.Env = append(append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS="), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build %s: %v\n%s", pkg, err, out)
	}
	return bootstrap
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
