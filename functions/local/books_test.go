package main_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"one-click-protest/internal/address"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/ledger/sqlite"
	"one-click-protest/internal/seal"
)

// waiting answers how many letters and mails to signers are queued or being sent, by the server's exact counts.
func (s *server) waiting() int {
	s.Helper()
	visitor := client()
	defer visitor.CloseIdleConnections()
	answer, err := visitor.Get("http://" + s.addr + "/counts.json")
	if err != nil {
		s.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	var counts map[string][]struct {
		Label string
		Count int
	}
	if answer.StatusCode != http.StatusOK {
		s.Fatalf("counts: status %d", answer.StatusCode)
	}
	if err := json.NewDecoder(answer.Body).Decode(&counts); err != nil {
		s.Fatal(err)
	}
	n := 0
	for _, row := range counts[slug] {
		if strings.HasSuffix(row.Label, ", queued") {
			n += row.Count
		}
	}
	return n
}

// rest waits until no more than so many wait.
func (s *server) rest(most int, within time.Duration) {
	s.Helper()
	for deadline := time.Now().Add(within); s.waiting() > most; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.Fatalf("%d still wait, and no more than %d should", s.waiting(), most)
		}
	}
}

// books is the ledger of a data folder that no server has open.
type books struct {
	*testing.T
	*sqlite.Ledger
	keys *seal.Key
}

func openBooks(t *testing.T, data string) *books {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(data, "secret"))
	if err != nil {
		t.Fatal(err)
	}
	secret, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	keys, err := seal.NewHKDF(secret)
	if err != nil {
		t.Fatal(err)
	}
	l, err := sqlite.Open(filepath.Join(data, "ledger.db"))
	if err != nil {
		t.Fatal(err)
	}
	b := &books{T: t, Ledger: l}
	b.keys, _ = keys.Campaign(t.Context(), slug) // never fails
	return b
}

func (b *books) close() {
	b.Helper()
	if err := b.Close(); err != nil {
		b.Error(err)
	}
}

// deliveries answers all of them.
func (b *books) deliveries() []ledger.Delivery {
	b.Helper()
	var all []ledger.Delivery
	for e, err := range b.Walk(b.Context(), slug) {
		if err != nil {
			b.Fatal(err)
		}
		if e.Delivery != nil {
			all = append(all, *e.Delivery)
		}
	}
	return all
}

// in answers which deliveries stand in one of these states.
func (b *books) in(states ...ledger.State) map[ledger.ID]bool {
	b.Helper()
	ids := map[ledger.ID]bool{}
	for _, d := range b.deliveries() {
		if slices.Contains(states, d.State) {
			ids[d.ID] = true
		}
	}
	return ids
}

// freeLease does what half a minute would: the lease of a process that died keeps others from sending. It spares work and protects
// nothing: the claims do that.
func (b *books) freeLease() {
	b.Helper()
	none := func([]byte) ([]byte, error) { return nil, nil }
	if err := b.Change(b.Context(), ledger.DocumentName("LEASE", "deliver"), none); err != nil {
		b.Fatal(err)
	}
}

// suspend gives a target's mailbox up, as what comes back from it would.
func (b *books) suspend(target string) {
	b.Helper()
	err := ledger.Steer(b.Context(), b, slug, func(c *ledger.Control) {
		c.Suspend(ledger.Suspension{Target: target, Channel: ledger.ChannelEmail, Reason: "test", Day: time.Now()})
	})
	if err != nil {
		b.Fatal(err)
	}
}

// wentDown answers how many letters went on by the relay, which only those to one target may have.
func (b *books) wentDown(target string) (n int) {
	b.Helper()
	for _, d := range b.deliveries() {
		down := d.Channel == ledger.ChannelRelay && d.Attempt == 2
		if down {
			n++
		}
		if down != (d.Attempt > 1) || down && d.Target != target {
			b.Errorf("%s goes by %s", d.Tag(), d.Channel)
		}
	}
	return n
}

// audit holds the books of a stopped server against the mail that left and the signers that were answered 2xx. It answers the states of
// the deliveries.
func (b *books) audit(mails []got, signers int) map[ledger.State]int {
	b.Helper()
	owners := b.owners(signers)
	of, tags := map[int]int{}, map[int]string{}
	for _, m := range mails {
		of[m.signer]++
		tags[m.signer] = m.tag
		if of[m.signer] > 1 {
			b.Errorf("%d mails of signer %d", of[m.signer], m.signer)
		}
	}
	states, known := map[ledger.State]int{}, 0
	for _, d := range b.deliveries() {
		i, ok := owners[d.ID]
		if !ok {
			b.Errorf("%s is nobody's", d.Tag())
			continue
		}
		states[d.State]++
		known += of[i]
		b.agrees(d, of[i])
		b.forgets(d)
		if tags[i] != "" && tags[i] != d.Tag() {
			b.Errorf("the mail of %s bears the tag %s", d.Tag(), tags[i])
		}
	}
	if known != len(mails) {
		b.Errorf("%d mails left, %d of deliveries", len(mails), known)
	}
	return states
}

// owners answers whose the deliveries are that the answers promised, one for each signer.
func (b *books) owners(signers int) map[ledger.ID]int {
	b.Helper()
	owners, actions := map[ledger.ID]int{}, 0
	for i := range signers {
		k := ledger.Key{Campaign: slug, Signer: b.keys.SignerID(address.Email(emailOf(i)).Key())}
		var ds []ledger.Delivery
		if confirms(i) {
			ds = b.confirmation(k)
		} else {
			a, found, err := b.Find(b.Context(), k)
			if err != nil || a.Day.IsZero() {
				b.Errorf("signer %d was answered 2xx and has not taken part: %v", i, err)
			}
			ds = found
			actions++
		}
		if len(ds) != 1 {
			b.Errorf("signer %d was answered 2xx and has %d deliveries", i, len(ds))
		}
		for _, d := range ds {
			owners[d.ID] = i
		}
	}
	tally, err := b.Tally(b.Context(), slug)
	if err != nil || tally.Actions != actions {
		b.Errorf("%d took part by the counts, want %d: %v", tally.Actions, actions, err)
	}
	return owners
}

// confirmation answers the mails to a signer whose submissions wait for one: they stand under the pendings' ids.
func (b *books) confirmation(k ledger.Key) (all []ledger.Delivery) {
	b.Helper()
	pendings, err := b.Waiting(b.Context(), k, time.Now(), 100)
	if err != nil {
		b.Fatal(err)
	}
	for _, p := range pendings {
		_, ds, err := b.Find(b.Context(), ledger.Key{Campaign: slug, Signer: p.ID})
		if err != nil && !errors.Is(err, ledger.ErrNotFound) { // most have none: one mail a day
			b.Fatal(err)
		}
		all = append(all, ds...)
	}
	return all
}

// agrees: what is called sent has left, what waits has not, and of the rest it cannot be known.
func (b *books) agrees(d ledger.Delivery, mails int) {
	b.Helper()
	want := mails
	switch d.State {
	case ledger.StateSent:
		want = 1
	case ledger.StateQueued:
		want = 0
	case ledger.StateClaimed, ledger.StateUnknown:
	default:
		b.Errorf("%s is %s (%s)", d.Tag(), d.State, d.Reason)
	}
	if mails != want {
		b.Errorf("%s is %s (%s), and %d mails left", d.Tag(), d.State, d.Reason, mails)
	}
}

// forgets: what has left is not kept, and what may still have to be composed is.
func (b *books) forgets(d ledger.Delivery) {
	b.Helper()
	_, err := b.Sealed(context.Background(), d.ID, time.Now())
	if gone := errors.Is(err, ledger.ErrNotFound); gone != (d.State == ledger.StateSent) || err != nil && !gone {
		b.Errorf("%s is %s, its sealed fields: %v", d.Tag(), d.State, err)
	}
}

// recounted has the program itself count its records again, and search its own output for signers.
func (s *server) recounted() {
	s.Helper()
	if out := s.run("tally", slug, "--recount"); !strings.Contains(out, "A recount of the records agrees.") {
		s.Errorf("the counts do not agree with a recount:\n%s", out)
	}
	if log := s.log.String(); strings.Contains(log, "Zoltan") || strings.Contains(log, "@example.com") {
		s.Errorf("the log holds a signer:\n%s", s.log.tail())
	}
}
