// Package figurestest is how tests tell what they measured: go test shows nothing of a test that passes.
package figurestest

import (
	"errors"
	"fmt"
	"os"
	"testing"
)

// Report logs a line of figures, and appends it to the file that PROTEST_TEST_FIGURES names, if it does.
func Report(t testing.TB, format string, args ...any) {
	t.Helper()
	line := fmt.Sprintf(format, args...)
	t.Log(line)
	name := os.Getenv("PROTEST_TEST_FIGURES")
	if name == "" {
		return
	}
	if err := add(name, fmt.Sprintf("figures of %s: %s\n", t.Name(), line)); err != nil {
		t.Error(err)
	}
}

// add writes once: packages are tested at the same time.
func add(name, line string) error {
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(line)
	return errors.Join(err, f.Close())
}
