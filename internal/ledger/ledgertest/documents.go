package ledgertest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"one-click-protest/internal/ledger"
)

var errOwn = errors.New("change's own")

// pace is a document's name.
var pace = ledger.DocumentName("PACE", "paris.example")

// document reads by the other handle.
func (s store) document(name string) []byte {
	s.Helper()
	doc, err := s.other.Document(s.Context(), name)
	if err != nil {
		s.Fatalf("Document: %v", err)
	}
	return doc
}

// change replaces a document, and answers what stood there.
func (s store) change(name string, doc []byte) (old []byte) {
	s.Helper()
	err := s.one.Change(s.Context(), name, func(was []byte) ([]byte, error) {
		old = bytes.Clone(was)
		return doc, nil
	})
	if err != nil {
		s.Fatalf("Change: %v", err)
	}
	return old
}

// everyByte is a document of some kilobytes that no text column keeps.
func everyByte() []byte {
	doc := make([]byte, 4096)
	for i := range doc {
		doc[i] = byte(i)
	}
	return doc
}

// wrongNames are not of [ledger.DocumentName].
var wrongNames = []string{"", "#", "PACE", "PACE#", "#paris", "PACE#" + strings.Repeat("a", 300)}

var documentsCases = []contract{
	{"none: nil", func(s store) {
		if doc := s.document(pace); doc != nil {
			s.Errorf("%q", doc)
		}
	}},
	{"change is given nil for none, and what it answers is there at once", func(s store) {
		if old := s.change(pace, []byte("first")); old != nil {
			s.Errorf("given %q", old)
		}
		s.same([]byte("first"), s.document(pace))
		s.same([]byte("first"), s.change(pace, []byte("second")))
		s.same([]byte("second"), s.document(pace))
	}},
	{"any bytes, longer and shorter ones after each other", func(s store) {
		for _, doc := range [][]byte{everyByte(), {0}, []byte("존경하는"), {0xff, 0xfe, 0}, everyByte()[:1000]} {
			s.change(pace, doc)
			s.same(doc, s.document(pace))
		}
	}},
	{"an empty one is none", func(s store) {
		for _, empty := range [][]byte{nil, {}} {
			s.change(pace, []byte("something"))
			s.change(pace, empty)
			if doc := s.document(pace); doc != nil {
				s.Errorf("%q", doc)
			}
			if old := s.change(pace, empty); len(old) != 0 {
				s.Errorf("given %q", old)
			}
		}
		if old := s.change(pace, []byte("anew")); old != nil {
			s.Errorf("given %q", old)
		}
		s.same([]byte("anew"), s.document(pace))
	}},
	{"names are apart: kinds, capitals, separators and beginnings of each other", func(s store) {
		names := []string{
			pace, ledger.DocumentName("LEASE", "paris.example"), ledger.DocumentName("pace", "paris.example"),
			ledger.DocumentName("PACE", "paris.exampl"), ledger.DocumentName("PACE", "PARIS.example"), ledger.DocumentName("PACE", "a#b"),
			ledger.DocumentName("PACE", "a"), ledger.DocumentName("PACE", "a_b"), ledger.DocumentName("PACE", "a%"),
			ledger.DocumentName("PACE", "한국.example"), ledger.DocumentName("PACE", " a"),
			ledger.DocumentName("P", strings.Repeat("a", 298)), ledger.DocumentName("P", strings.Repeat("a", 297)),
		}
		for _, name := range names {
			if old := s.change(name, []byte("of "+name)); old != nil {
				s.Errorf("%s has another's: %q", name, old)
			}
		}
		for _, name := range names {
			s.same([]byte("of "+name), s.document(name))
		}
	}},
	{"change's error is answered, and nothing written", func(s store) {
		for _, name := range []string{pace, ledger.DocumentName("PACE", "none")} {
			if name == pace {
				s.change(name, []byte("first"))
			}
			err := s.one.Change(s.Context(), name, func([]byte) ([]byte, error) { return []byte("second"), errOwn })
			if !errors.Is(err, errOwn) || errors.Is(err, ledger.ErrBusy) {
				s.Errorf("%v; want change's own", err)
			}
		}
		s.same([]byte("first"), s.document(pace))
		if doc := s.document(ledger.DocumentName("PACE", "none")); doc != nil {
			s.Errorf("%q", doc)
		}
	}},
	{"what it was given may be answered again", func(s store) {
		s.change(pace, []byte("first"))
		for _, name := range []string{pace, ledger.DocumentName("PACE", "none")} {
			if err := s.one.Change(s.Context(), name, func(old []byte) ([]byte, error) { return old, nil }); err != nil {
				s.Error(err)
			}
		}
		s.same([]byte("first"), s.document(pace))
		s.same([]byte("first"), s.change(pace, []byte("first")))
		s.same([]byte("first"), s.document(pace))
	}},
	{"a read document is the caller's own", func(s store) {
		doc := []byte("first")
		s.change(pace, doc)
		copy(doc, "spoil")
		copy(s.document(pace), "YYYYY")
		s.same([]byte("first"), s.document(pace))
	}},
	{"of parallel calls none is lost and each takes effect after the other", func(s store) {
		const callers, each = 24, 2
		var names sync.Map
		s.parallel(callers, func(l ledger.Ledger, i int) (bool, error) {
			for n := range each {
				mark := byte(i*each + n)
				names.Store(mark, true)
				err := l.Change(s.Context(), pace, func(old []byte) ([]byte, error) { return append(bytes.Clone(old), mark), nil })
				if err != nil {
					return false, err
				}
			}
			return true, nil
		})
		doc := s.document(pace)
		seen := slices.Compact(slices.Sorted(slices.Values(doc)))
		if len(doc) != callers*each || len(seen) != callers*each {
			s.Errorf("%d marks, %d different, of %d", len(doc), len(seen), callers*each)
		}
	}},
	{"of parallel callers that want what there is one of, one gets it", func(s store) {
		taken := errors.New("taken")
		got := s.parallel(24, func(l ledger.Ledger, i int) (bool, error) {
			err := l.Change(s.Context(), pace, func(old []byte) ([]byte, error) {
				if old != nil {
					return nil, taken
				}
				return fmt.Appendf(nil, "caller %d", i), nil
			})
			if errors.Is(err, taken) {
				return false, nil
			}
			return err == nil, err
		})
		if got != 1 {
			s.Errorf("%d got it", got)
		}
	}},
	{"parallel callers of different names do not meet", func(s store) {
		s.parallel(12, func(l ledger.Ledger, i int) (bool, error) {
			name := ledger.DocumentName("PACE", fmt.Sprint(i))
			return true, l.Change(s.Context(), name, func([]byte) ([]byte, error) { return []byte(name), nil })
		})
		for i := range 12 {
			name := ledger.DocumentName("PACE", fmt.Sprint(i))
			s.same([]byte(name), s.document(name))
		}
	}},
	{"any other name is refused, and change not called", func(s store) {
		for _, name := range wrongNames {
			if doc, err := s.one.Document(s.Context(), name); !errors.Is(err, ledger.ErrInvalid) {
				s.Errorf("Document(%.9q) = %q, %v; want ErrInvalid", name, doc, err)
			}
			var calls atomic.Int32
			err := s.one.Change(s.Context(), name, func([]byte) ([]byte, error) { calls.Add(1); return []byte("new"), nil })
			if !errors.Is(err, ledger.ErrInvalid) || calls.Load() != 0 {
				s.Errorf("Change(%.9q): %v, %d calls; want ErrInvalid, none", name, err, calls.Load())
			}
		}
	}},
	{"after its time nothing is written: busy", func(s store) {
		s.change(pace, []byte("first"))
		err := s.one.Change(done(), pace, func([]byte) ([]byte, error) { return []byte("second"), nil })
		if !errors.Is(err, ledger.ErrBusy) {
			s.Errorf("%v; want ErrBusy", err)
		}
		s.same([]byte("first"), s.document(pace))
		if doc, err := s.one.Document(done(), pace); err == nil {
			s.Errorf("read after its time: %q", doc)
		}
	}},
	{"they are no records: not counted, not walked, and touched by no repair", func(s store) {
		s.change(pace, []byte("first"))
		s.change(ledger.DocumentName("CONTROL", campaign), []byte("paused"))
		s.counted(ledger.Tally{})
		for e := range s.one.Walk(s.Context(), "") {
			s.Errorf("walked: %+v", e)
		}
		s.repair(campaign, false)
		s.same([]byte("first"), s.document(pace))
		s.same([]byte("paused"), s.document(ledger.DocumentName("CONTROL", campaign)))
	}},
	{"documents are no identity: names that look like one's are kept apart", func(s store) {
		name := ledger.DocumentName("CONTROL", "ledger")
		s.adopted("ours", nil)
		s.change(name, []byte("mine"))
		s.adopted("ours", nil)
		s.adopted("theirs", ledger.ErrNotAdopted)
		s.same([]byte("mine"), s.document(name))
	}},
}
