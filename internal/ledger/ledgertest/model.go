package ledgertest

import (
	"errors"
	"fmt"
	"reflect"
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
				"accept": m.accept, "settle": m.settle, "pend": m.pend, "repeat": m.repeat, "tick": m.tick,
				"compare": m.compare,
			})
			m.compare(t)
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
func (m *machine) write(t *rapid.T, call func(l ledger.Ledger) (bool, error)) {
	m.last = func(t *rapid.T) {
		m.calls++
		want, wantErr := call(m.model)
		got, err := call(m.handle(m.calls))
		if got != want || class(err) != class(wantErr) {
			t.Fatalf("answers %v, %v; the model %v, %v", got, err, want, wantErr)
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
	}
	for _, p := range m.model.pendings[k] {
		if rapid.Bool().Draw(t, "delete") {
			a.Pendings = append(a.Pendings, p.ID)
		}
	}
	m.write(t, func(l ledger.Ledger) (bool, error) { return l.Accept(m.Context(), a) })
}

func (m *machine) settle(t *rapid.T) {
	d := ledger.Delivery{ID: to(m.key(t), "nowhere"), Attempt: 1, Channel: ledger.ChannelEmail, State: ledger.StateClaimed}
	if _, ds, err := m.model.Find(m.Context(), d.Key); err == nil && rapid.IntRange(0, 9).Draw(t, "known") > 0 {
		d = rapid.SampledFrom(ds).Draw(t, "delivery")
	}
	x := step(d.ID, d.State, rapid.SampledFrom(states).Draw(t, "to"), m.token())
	x.At, x.Channel = m.now, d.Channel
	x.Attempt = rapid.SampledFrom([]int{d.Attempt, d.Attempt, d.Attempt, 2}).Draw(t, "attempt")
	x.Claim = rapid.SampledFrom([]string{"claim", "claim", "claim", "another"}).Draw(t, "claim")
	m.write(t, func(l ledger.Ledger) (bool, error) { return l.Settle(m.Context(), x) })
}

func (m *machine) pend(t *rapid.T) {
	p := waits(m.key(t), strings.ToUpper(m.token()), m.now)
	p.Ration = rapid.SampledFrom([]string{"mailbox", "another"}).Draw(t, "ration")
	m.write(t, func(l ledger.Ledger) (bool, error) { return l.Pend(m.Context(), p, invitation(p)) })
}

func (m *machine) repeat(t *rapid.T) {
	if m.last == nil {
		t.Skip("nothing to repeat")
	}
	m.last(t)
}

func (m *machine) tick(t *rapid.T) {
	m.now = m.now.Add(time.Duration(rapid.IntRange(1, 30).Draw(t, "hours")) * time.Hour)
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
	for _, known := range []error{ledger.ErrNotFound, ledger.ErrBusy, ledger.ErrInvalid} {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	if err != nil {
		return "unexpected: " + err.Error()
	}
	return ""
}
