package ledger_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"one-click-protest/internal/ledger"
)

// outcomes notes letters, some at a time, each with a token of its own: + is good, - bad.
func outcomes(t *testing.T, docs ledger.Documents, subject, marks string) ledger.Health {
	t.Helper()
	h, err := ledger.Note(t.Context(), docs, subject)
	noError(t, err)
	for some := range slices.Chunk([]byte(marks), 90) {
		var list []ledger.Outcome
		for i, mark := range some {
			list = append(list, ledger.Outcome{Token: fmt.Sprint(h.N + i), Bad: mark != '+', Firm: mark == '-'})
		}
		h, err = ledger.Note(t.Context(), docs, subject, list...)
		noError(t, err)
	}
	return h
}

func TestHealth(t *testing.T) {
	many := strings.Repeat
	tests := []struct {
		name, marks              string
		inARow                   int
		badOf100, of100          int
		badOfThousand, ofThousad int
	}{
		{"nothing", "", 0, 0, 0, 0, 0},
		{"good", "+", 0, 0, 1, 0, 1},
		{"bad", "-", 1, 1, 1, 1, 1},
		{"three in a row", "+---", 3, 3, 4, 3, 4},
		{"a good one in between", "--+-", 1, 3, 4, 3, 4},
		{"a good one at the end", "---+", 0, 3, 4, 3, 4},
		{"one that may pass in between", "--~-", 1, 4, 4, 4, 4},
		{"bad only", many("-", 7), 7, 7, 7, 7, 7},
		{"the last hundred", "-" + many("+", 99), 0, 1, 100, 1, 100},
		{"one more", "-" + many("+", 100), 0, 0, 100, 1, 101},
		{"five of a hundred", many("-"+many("+", 19), 10), 0, 5, 100, 10, 200},
		{"out of thousands", many("-"+many("+", 99), 30), 0, 1, 100, 10, 1000},
		{"one beyond the thousand", "-" + many("+", 1000), 0, 0, 100, 0, 1000},
		{"as many as are remembered", many("+", 900) + many("-", 150), 150, 100, 100, 100, 1000},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := outcomes(t, newShelf(), "protest#minister#email", tt.marks)
			if got := h.Row; got != tt.inARow {
				t.Errorf("%d in a row", got)
			}
			if bad, of := h.Among(100); bad != tt.badOf100 || of != tt.of100 {
				t.Errorf("%d of %d among the last hundred", bad, of)
			}
			if bad, of := h.Among(1000); bad != tt.badOfThousand || of != tt.ofThousad {
				t.Errorf("%d of %d among the last thousand", bad, of)
			}
		})
	}
}

// TestHealthAmongMore: no share is understated by letters whose outcomes are forgotten.
func TestHealthAmongMore(t *testing.T) {
	h := outcomes(t, newShelf(), ledger.Account, strings.Repeat("-"+strings.Repeat("+", 19), 100)) // one in twenty of 2,000
	if bad, of := h.Among(5000); bad != 50 || of != 1000 {
		t.Errorf("%d of %d", bad, of)
	}
}

func TestHealthRepeats(t *testing.T) {
	docs := newShelf()
	bad := ledger.Outcome{Token: "event", Bad: true, Firm: true}
	h, err := ledger.Note(t.Context(), docs, ledger.Account, bad, bad)
	noError(t, err)
	if h.N != 1 || h.Row != 1 {
		t.Errorf("twice in one call: %+v", h)
	}
	outcomes(t, docs, ledger.Account, strings.Repeat("+", 99))
	if h, _ = ledger.Note(t.Context(), docs, ledger.Account, bad); h.N != 100 || h.Row != 0 {
		t.Errorf("99 later: %d, %d in a row", h.N, h.Row)
	}
	docs.fault(nil, errFault, func() {
		if _, err := ledger.Note(t.Context(), docs, ledger.Account, ledger.Outcome{Token: "lost", Bad: true, Firm: true}); err == nil {
			t.Error("no error")
		}
	})
	if h, _ = ledger.Note(t.Context(), docs, ledger.Account, ledger.Outcome{Token: "lost", Bad: true, Firm: true}); h.N != 101 || h.Row != 1 {
		t.Errorf("after a lost reply: %d, %d in a row", h.N, h.Row)
	}
}

// TestRecover: an organizer has seen to it. What was told before stays told.
func TestRecover(t *testing.T) {
	docs := newShelf()
	bad := ledger.Outcome{Token: "event", Bad: true, Firm: true}
	_, err := ledger.Note(t.Context(), docs, ledger.Account, bad)
	noError(t, err)
	noError(t, ledger.Recover(t.Context(), docs, ledger.Account))
	h, err := ledger.Note(t.Context(), docs, ledger.Account, bad)
	noError(t, err)
	if h.N != 0 || h.Row != 0 {
		t.Errorf("a repeat: %+v", h)
	}
	h, err = ledger.Note(t.Context(), docs, ledger.Account, ledger.Outcome{Token: "new", Bad: true, Firm: true})
	noError(t, err)
	if badOnes, of := h.Among(100); badOnes != 1 || of != 1 || h.Row != 1 {
		t.Errorf("a new one: %+v", h)
	}
}

// TestHealthSubjects: channels, targets and campaigns do not stand in for each other.
func TestHealthSubjects(t *testing.T) {
	docs := newShelf()
	outcomes(t, docs, ledger.HealthOf("protest", "minister", ledger.ChannelEmail), "---")
	for _, other := range []string{
		ledger.HealthOf("protest", "minister", ledger.ChannelRelay), ledger.HealthOf("protest", "ministry", ledger.ChannelEmail),
		ledger.HealthOf("protest-TEST", "minister", ledger.ChannelEmail), ledger.Account,
	} {
		if h := outcomes(t, docs, other, ""); h.N != 0 {
			t.Errorf("%s: %+v", other, h)
		}
	}
}

// TestHealthIsSmall: at its largest, with every second letter of thousands given back.
func TestHealthIsSmall(t *testing.T) {
	docs := newShelf()
	outcomes(t, docs, ledger.Account, strings.Repeat("-+", 5000))
	if size := len(docs.only(t)); size > 1<<10+256 {
		t.Errorf("%d bytes", size)
	}
}
