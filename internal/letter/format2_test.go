package letter_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"one-click-protest/internal/ledger"
	"one-click-protest/internal/letter"
)

// Letters that waited while the program learnt format 3 leave as they were. The files were written by the last program of format 2:
// nothing writes them any more.
func TestFormat2(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "format2", "*.json"))
	if err != nil || len(files) != 6 {
		t.Fatalf("%d versions kept: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var kept struct {
				Digest, Version string
				Signer          letter.Signer
				Letter          letter.Letter
				Draft           letter.Edit
			}
			if err := json.Unmarshal(text, &kept); err != nil {
				t.Fatal(err)
			}
			s, err := letter.Parse(ledger.Version{Digest: kept.Digest, Text: []byte(kept.Version)})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(kept.Letter, compose(t, s, kept.Signer)); diff != "" {
				t.Errorf("another letter (-kept +composed):\n%s", diff)
			}
			if diff := cmp.Diff(kept.Draft, letter.Draft(s, kept.Signer)); diff != "" {
				t.Errorf("another draft (-kept +drafted):\n%s", diff)
			}
			if v, err := s.Version(); err != nil || v.Digest != kept.Digest {
				t.Errorf("kept under %s, now %s, %v", kept.Digest, v.Digest, err)
			}
			if s.Variants() != 1 {
				t.Errorf("%d variants", s.Variants())
			}
		})
	}
}
