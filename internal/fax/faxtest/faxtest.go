// Package faxtest reads what a fax says, by another program than the one that set it, and keeps a test of a day's faxes within one day.
package faxtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Text answers the words of a PDF in the order in which they were drawn, as Poppler's pdftotext reads them. Without that program the test is
// skipped; in CI it fails.
func Text(t testing.TB, pdf []byte) string {
	t.Helper()
	program, err := exec.LookPath("pdftotext")
	switch {
	case err != nil && os.Getenv("CI") == "true":
		t.Fatal("pdftotext is missing: install poppler-utils")
	case err != nil:
		t.Skip("no pdftotext here: nobody but us reads what we draw; poppler-utils has it")
	}
	path := filepath.Join(t.TempDir(), "fax.pdf")
	if err := os.WriteFile(path, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(program, "-raw", path, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
