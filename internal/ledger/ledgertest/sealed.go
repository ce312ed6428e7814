package ledgertest

import (
	"errors"
	"slices"
	"time"

	"one-click-protest/internal/ledger"
)

var sealedCases = []contract{
	{"none: not found", func(s store) { s.sealed(to(signer(1), "paris"), nil) }},
	{"found until they expire, to the second", func(s store) {
		id := s.brought(1, ledger.StateQueued)
		end := noon.Add(kept).Truncate(time.Second)
		if box, err := s.one.Sealed(s.Context(), id, end.Add(-time.Millisecond)); err != nil || !slices.Equal(box, boxOf(id)) {
			s.Errorf("before: %q, %v", box, err)
		}
		if box, err := s.one.Sealed(s.Context(), id, end); !errors.Is(err, ledger.ErrNotFound) {
			s.Errorf("from then on: %q, %v; want ErrNotFound", box, err)
		}
	}},
}

var versionCases = []contract{
	{"none: not found", func(s store) {
		if v, err := s.one.Version(s.Context(), "digest"); !errors.Is(err, ledger.ErrNotFound) {
			s.Errorf("%v, %v; want ErrNotFound", v, err)
		}
	}},
	{"kept, and a second call with the same digest changes nothing", func(s store) {
		want := ledger.Version{Digest: "digest", Text: []byte("Dear Ambassador\x00존경하는 대사님")}
		for _, text := range [][]byte{want.Text, []byte("another")} {
			if err := s.one.Keep(s.Context(), ledger.Version{Digest: "digest", Text: text}); err != nil {
				s.Fatal(err)
			}
		}
		got, err := s.other.Version(s.Context(), "digest")
		if err != nil {
			s.Fatal(err)
		}
		s.same(want, got)
	}},
}
