package ledger

import (
	"context"
	"fmt"
	"slices"
)

const (
	healthKind = "HEALTH"
	// outcomesKept is how many of the last outcomes are known again when they are told twice.
	outcomesKept = 100
	// healthSpan is how far back bad outcomes are remembered, and badKept how many of them at most.
	healthSpan, badKept = 1000, 100
)

// Outcome is how one letter ended, as its receiver told it.
type Outcome struct {
	Token string // of the event: told twice it counts once
	Bad   bool
	Firm  bool // bad, and the address would refuse the next one too
}

// Health is how the last letters of a subject ended: a target's channel, all letters ([Account]), or all mail to signers ([TargetSigner]).
type Health struct {
	N    int    `json:"n"`              // outcomes since the last reset
	Bad  []int  `json:"bad,omitempty"`  // which of them were bad, counted from 1
	Row  int    `json:"row,omitempty"`  // how many of the last were bad for good, without another one after them
	Seen string `json:"seen,omitempty"` // short tokens of the last ones
}

// HealthOf names the subject of a target's channel.
func HealthOf(campaign, target string, channel Channel) string {
	return campaign + "#" + target + "#" + string(channel)
}

// Note adds outcomes in their order, and answers what stands then.
func Note(ctx context.Context, docs Documents, subject string, outcomes ...Outcome) (Health, error) {
	var now Health
	err := change(ctx, docs, DocumentName(healthKind, subject), func(h *Health) {
		for _, o := range outcomes {
			h.note(o)
		}
		now = *h
	})
	if err != nil {
		return Health{}, fmt.Errorf("note health: %w", err)
	}
	return now, nil
}

// Recover forgets the bad outcomes of a subject: an organizer has seen to it.
func Recover(ctx context.Context, docs Documents, subject string) error {
	err := change(ctx, docs, DocumentName(healthKind, subject), func(h *Health) { h.N, h.Bad, h.Row = 0, nil, 0 })
	if err != nil {
		return fmt.Errorf("recover health: %w", err)
	}
	return nil
}

func (h *Health) note(o Outcome) {
	short := shortToken(o.Token)
	if knows(h.Seen, short) {
		return
	}
	h.Seen = remember(h.Seen, short, outcomesKept)
	h.N++
	if o.Bad {
		h.Bad = append(h.Bad, h.N)
	}
	if h.Row++; !o.Bad || !o.Firm {
		h.Row = 0
	}
	first := slices.IndexFunc(h.Bad, func(n int) bool { return n > h.N-healthSpan })
	if first < 0 {
		first = len(h.Bad)
	}
	h.Bad = slices.Clone(h.Bad[max(first, len(h.Bad)-badKept):])
}

// Among answers how many of the last outcomes were bad, and how many there were, last at most, and no more than are remembered.
func (h Health) Among(last int) (bad, of int) {
	last = min(last, healthSpan)
	for _, n := range h.Bad {
		if n > h.N-last {
			bad++
		}
	}
	return bad, min(h.N, last)
}
