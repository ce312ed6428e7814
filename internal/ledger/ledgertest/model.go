package ledgertest

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"one-click-protest/internal/ledger"
)

var modelCases = []contract{
	{"random calls are answered as the model answers them, and the counts agree", func(s store) {
		run, now := 0, noon
		rapid.Check(s.T, func(t *rapid.T) {
			run++ // a campaign for each run: they share the store, and its clock
			m := &machine{store: s, model: New(), campaign: fmt.Sprintf("%s-%d", campaign, run), now: now}
			t.Repeat(map[string]func(*rapid.T){
				"accept": m.accept, "settle": m.settle, "ladder": m.ladder, "claim": m.claim, "pend": m.pend, "change": m.change,
				"unsubscribe": m.unsubscribe, "repeat": m.repeat, "tick": m.tick, "compare": m.compare,
			})
			m.compare(t)
			m.compareCounts(t)
			now = m.now
		})
	}},
}

// machine carries out each call on the ledger and on the model. Few signers and targets, so that calls meet.
type machine struct {
	store
	model    *Memory
	campaign string
	now      time.Time
	calls    int
	last     func(t *rapid.T) // the last write, to be repeated
}

func (m *machine) key(t *rapid.T) ledger.Key {
	return ledger.Key{Campaign: m.campaign, Signer: rapid.SampledFrom([]string{"ann", "bo", "cy"}).Draw(t, "signer")}
}

// write runs a call on both, now and when it is repeated, and holds the answers together.
func (m *machine) write(t *rapid.T, call func(l ledger.Ledger) (any, error)) {
	m.last = func(t *rapid.T) {
		m.calls++
		want, wantErr := call(m.model)
		got, err := call(m.handle(m.calls))
		if got != want || class(err) != class(wantErr) {
			t.Fatalf("answers %+v, %v; the model %+v, %v", got, err, want, wantErr)
		}
	}
	m.last(t)
}

func (m *machine) accept(t *rapid.T) {
	k := m.key(t)
	targets := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"bonn", "oslo", "paris"}), 1, 3, rapid.ID).Draw(t, "targets")
	a := taking(k, m.token(), targets...)
	for i, id := range targets {
		a.Drafts[i] = rapid.SampledFrom([]ledger.Draft{claimed(to(k, id)), queued(to(k, id)), offered(to(k, id))}).Draw(t, "draft")
		a.Drafts[i].Expires = m.now.Add(48 * time.Hour)
		d := &a.Drafts[i].Delivery
		d.Variant = rapid.SampledFrom(drawnVariants).Draw(t, "variant")
		if !d.Next.IsZero() {
			d.Next = m.near(t)
		}
	}
	for _, p := range m.model.pendings[k] {
		if rapid.Bool().Draw(t, "delete") {
			a.Pendings = append(a.Pendings, p.ID)
		}
	}
	m.partner(t, &a)
	m.write(t, func(l ledger.Ledger) (any, error) { return l.Accept(m.Context(), a) })
}

// drawnVariants are those of letters, seldom one that is not allowed.
var drawnVariants = append(slices.Repeat([]int{0, 1, 2, ledger.MaxVariants}, 5), ledger.MaxVariants+1)

// drawn is one of the deliveries, seldom one that was never written.
func (m *machine) drawn(t *rapid.T) ledger.Delivery {
	ids := slices.SortedFunc(maps.Keys(m.model.deliveries), func(a, b ledger.ID) int { return strings.Compare(a.Record(), b.Record()) })
	if len(ids) == 0 || rapid.IntRange(0, 9).Draw(t, "known") == 0 {
		return ledger.Delivery{ID: to(m.key(t), "nowhere"), Attempt: 1, Channel: ledger.ChannelEmail, State: ledger.StateClaimed}
	}
	return m.model.deliveries[rapid.SampledFrom(ids).Draw(t, "delivery")].Delivery
}

func (m *machine) settle(t *rapid.T) {
	d := m.drawn(t)
	x := step(d.ID, d.State, rapid.SampledFrom(states).Draw(t, "to"), m.token())
	x.At, x.Channel, x.Next = m.now, d.Channel, m.near(t)
	x.Attempt = rapid.SampledFrom([]int{d.Attempt, d.Attempt, d.Attempt, 1, 2}).Draw(t, "attempt")
	x.Claim = rapid.SampledFrom([]string{"claim", d.Claim, d.Claim, "another"}).Draw(t, "claim")
	x.Forget = rapid.Bool().Draw(t, "forget")
	if ledger.Again(d.State) || rapid.IntRange(0, 9).Draw(t, "rare") == 0 {
		x.Again = rapid.Bool().Draw(t, "again")
	}
	if x.Again && rapid.IntRange(0, 9).Draw(t, "well") > 0 {
		x.To = ledger.StateQueued
	}
	m.write(t, func(l ledger.Ledger) (any, error) { return l.Settle(m.Context(), x) })
}

// ladder lets a delivery strand, abandons it, or takes it to its next attempt, by another channel or the same; seldom what is not allowed.
func (m *machine) ladder(t *rapid.T) {
	d, rare := m.drawn(t), rapid.IntRange(0, 19).Draw(t, "rare")
	x := step(d.ID, d.State, rapid.SampledFrom(ends).Draw(t, "to"), m.token())
	x.At, x.Attempt, x.Channel, x.Claim, x.Next = m.now, d.Attempt, d.Channel, d.Claim, m.near(t)
	if x.Again = x.To == ledger.StateQueued; x.Again || rare == 0 {
		x.Into = rapid.SampledFrom(ways).Draw(t, "into")
	}
	if !x.Again || rare == 1 {
		x.Stranded = rapid.Bool().Draw(t, "stranded")
	}
	if rare > 15 {
		x.Abandon, x.To, x.Again, x.Into, x.Stranded = true, d.State, false, "", rare == 19
	}
	m.write(t, func(l ledger.Ledger) (any, error) { return l.Settle(m.Context(), x) })
}

var (
	ends = []ledger.State{ledger.StateQueued, ledger.StateQueued, ledger.StateBounced, ledger.StateBounced, ledger.StateFailed}
	ways = []ledger.Channel{"", ledger.ChannelEmail, ledger.ChannelFax, ledger.ChannelRelay, ledger.ChannelFax, ledger.ChannelPrint}
)

func (m *machine) claim(t *rapid.T) {
	d := m.drawn(t)
	c := ledger.Claim{ID: d.ID, Now: m.now, Until: m.near(t)}
	c.Token = rapid.SampledFrom([]string{m.token(), m.token(), d.Claim, "claim"}).Draw(t, "token") // an empty one is invalid
	m.write(t, func(l ledger.Ledger) (any, error) {
		d, won, err := l.Claim(m.Context(), c)
		return claimAnswer{d, won}, err
	})
}

type claimAnswer struct {
	stands ledger.Delivery
	won    bool
}

// change makes of a document what depends on what stood there, nothing new, or an error.
func (m *machine) change(t *rapid.T) {
	name, mark := m.document(rapid.SampledFrom(documents).Draw(t, "name")), byte(rapid.IntRange(0, 255).Draw(t, "mark"))
	how := rapid.SampledFrom([]func(old []byte) ([]byte, error){
		func(old []byte) ([]byte, error) { return append(bytes.Clone(old), mark), nil },
		func(old []byte) ([]byte, error) { return append([]byte{mark}, old[:len(old)/2]...), nil },
		func(old []byte) ([]byte, error) { return old, nil },
		func([]byte) ([]byte, error) { return nil, nil },
		func([]byte) ([]byte, error) { return []byte("unwanted"), errOwn },
	}).Draw(t, "how")
	m.write(t, func(l ledger.Ledger) (any, error) { return nil, l.Change(m.Context(), name, how) })
}

// documents are what the changed documents are about; one is no name.
var documents = []string{"bonn", "oslo", ""}

func (m *machine) document(of string) string {
	if of == "" {
		return "PACE"
	}
	return ledger.DocumentName("PACE", m.campaign+"#"+of)
}

// near is a time about now.
func (m *machine) near(t *rapid.T) time.Time {
	return m.now.Add(time.Duration(rapid.IntRange(-60, 240).Draw(t, "minutes")) * time.Minute)
}

func (m *machine) pend(t *rapid.T) {
	p := waits(m.key(t), strings.ToUpper(m.token()), m.now)
	p.Ration = rapid.SampledFrom([]string{"mailbox", "another"}).Draw(t, "ration")
	m.write(t, func(l ledger.Ledger) (any, error) { return l.Pend(m.Context(), p, invitation(p)) })
}

func (m *machine) repeat(t *rapid.T) {
	if m.last == nil {
		t.Skip("nothing to repeat")
	}
	m.last(t)
}

func (m *machine) tick(t *rapid.T) {
	m.now = m.now.Add(time.Duration(rapid.SampledFrom([]int{1, 30, 60, 120, 600, 1800}).Draw(t, "minutes")) * time.Minute)
}

// compare reads everything of the run's campaign from both.
func (m *machine) compare(t *rapid.T) {
	want, err := m.model.Tally(m.Context(), m.campaign)
	got, err2 := m.handle(m.calls).Tally(m.Context(), m.campaign)
	recount, err3 := ledger.Recount(m.handle(m.calls+1).Walk(m.Context(), m.campaign))
	if err := errors.Join(err, err2, err3); err != nil {
		t.Fatal(err)
	}
	agree(t, want, got)
	agree(t, want, recount)
	for _, s := range []string{"ann", "bo", "cy"} {
		m.compareSigner(t, ledger.Key{Campaign: m.campaign, Signer: s})
	}
	for _, target := range []string{"bonn", "oslo", "paris", ledger.TargetSigner} {
		for _, c := range []ledger.Channel{ledger.ChannelEmail, ledger.ChannelFax, ledger.ChannelRelay} {
			m.compareDue(t, by(queueOf(m.campaign, target), c))
			m.compareStranded(t, by(queueOf(m.campaign, target), c))
		}
	}
	for _, partner := range partners[:3] {
		m.compareSubscribers(t, partner)
	}
	for _, of := range documents {
		want, err := m.model.Document(m.Context(), m.document(of))
		got, err2 := m.handle(m.calls).Document(m.Context(), m.document(of))
		agree(t, class(err), class(err2))
		agree(t, want, got)
	}
}

// compareDue holds the hint to what is due: all of it must come soon, and nothing else but claimed deliveries.
func (m *machine) compareDue(t *rapid.T, q ledger.Queue) {
	want, err := m.model.Due(m.Context(), q, m.now, 100)
	if err != nil {
		t.Fatal(err)
	}
	wrong := soon(func(i int) string {
		got, err := m.handle(i).Due(m.Context(), q, m.now, 100)
		switch {
		case err != nil:
			t.Fatal(err)
		case reflect.DeepEqual(want, got):
			return ""
		case !slices.IsSortedFunc(m.queuedOf(got), func(a, b ledger.Due) int { return a.At.Compare(b.At) }):
			return fmt.Sprintf("out of order: %v", got)
		}
		return cmp.Diff(m.hints(want), m.hints(got), cmpopts.EquateEmpty())
	})
	if wrong != "" {
		t.Fatalf("due of %+v, model (-), ledger (+):\n%s", q, wrong)
	}
}

// compareStranded reads what has stranded from both, all of it and what is behind the first.
func (m *machine) compareStranded(t *rapid.T, q ledger.Queue) {
	after := ledger.ID{}
	for _, n := range []int{100, 1} {
		want, err := m.model.Stranded(m.Context(), q, after, n)
		if err != nil {
			t.Fatal(err)
		}
		wrong := soon(func(i int) string {
			got, err := m.handle(i).Stranded(m.Context(), q, after, n)
			if err != nil {
				t.Fatal(err)
			}
			return cmp.Diff(want, got, cmpopts.EquateEmpty())
		})
		if wrong != "" {
			t.Fatalf("stranded of %+v, model (-), ledger (+):\n%s", q, wrong)
		}
		if len(want) == 0 {
			return
		}
		after = want[0]
	}
}

func (m *machine) queuedOf(due []ledger.Due) []ledger.Due {
	return slices.DeleteFunc(slices.Clone(due), func(x ledger.Due) bool {
		return m.model.deliveries[x.ID].State != ledger.StateQueued
	})
}

// hints is an answer without the claimed deliveries that have not lapsed, which may stand in it. Of a claimed one the name counts alone.
func (m *machine) hints(answer []ledger.Due) map[ledger.ID]time.Time {
	hints := map[ledger.ID]time.Time{}
	for _, x := range answer {
		d := m.model.deliveries[x.ID]
		if d.State != ledger.StateClaimed {
			hints[x.ID] = x.At
		} else if !d.Next.After(m.now) {
			hints[x.ID] = time.Time{}
		}
	}
	return hints
}

// compareCounts reads the campaign's counts in the ways that are for organizers. There is nothing to repair.
func (m *machine) compareCounts(t *rapid.T) {
	want, err := m.model.Tally(m.Context(), m.campaign)
	got, err2 := m.handle(m.calls).Roll(m.Context(), m.campaign, m.now)
	changed, err3 := m.handle(m.calls+1).Repair(m.Context(), m.campaign)
	if err := errors.Join(err, err2, err3); err != nil {
		t.Fatal(err)
	}
	agree(t, want, got)
	agree(t, false, changed)
}

func (m *machine) compareSigner(t *rapid.T, k ledger.Key) {
	wantA, wantDs, err := m.model.Find(m.Context(), k)
	a, ds, err2 := m.handle(m.calls).Find(m.Context(), k)
	agree(t, class(err), class(err2))
	agree(t, wantA, a)
	agree(t, wantDs, ds)
	for _, d := range wantDs {
		want, err := m.model.Sealed(m.Context(), d.ID, m.now)
		got, err2 := m.handle(m.calls).Sealed(m.Context(), d.ID, m.now)
		agree(t, class(err), class(err2))
		agree(t, want, got)
	}
	want, _ := m.model.Waiting(m.Context(), k, m.now, 4)
	got, err := m.handle(m.calls+1).Waiting(m.Context(), k, m.now, 4)
	agree(t, "", class(err))
	agree(t, want, got)
	for _, p := range m.model.pendings[k] {
		want, err := m.model.Pending(m.Context(), k, p.ID, m.now)
		got, err2 := m.handle(m.calls).Pending(m.Context(), k, p.ID, m.now)
		agree(t, class(err), class(err2))
		agree(t, want, got)
	}
}

func (m *machine) token() string { m.calls++; return fmt.Sprintf("token-%d", m.calls) }

func agree[T any](t *rapid.T, want, got T) {
	t.Helper()
	if reflect.DeepEqual(want, got) {
		return // the short way: a run compares thousands
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("model (-), ledger (+):\n%s", diff)
	}
}

// class is what a caller distinguishes of an error.
func class(err error) string {
	for _, known := range []error{ledger.ErrNotFound, ledger.ErrBusy, ledger.ErrInvalid, errOwn} {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	if err != nil {
		return "unexpected: " + err.Error()
	}
	return ""
}
