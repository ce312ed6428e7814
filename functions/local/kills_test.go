package main_test

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"one-click-protest/internal/figurestest"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/mailer/mailertest"
)

// connections is how many visitors sign at once.
const connections = 64

// scale is how much a test does.
type scale struct {
	signers, kills int
	countries      []string // few enough that letters wait for their missions' pace
	patient        bool     // waits until the claims of the killed have lapsed: two minutes
}

// scaled answers the first in CI, and else the second.
func scaled(ci, here scale) scale {
	if os.Getenv("CI") == "true" {
		return ci
	}
	return here
}

// The program is built once. The two that wait for claims to lapse wait at the same time.
func TestLocal(t *testing.T) {
	program := build(t)
	t.Run("Ctrl-C", func(t *testing.T) { endsInOrder(t, program) })
	t.Run("side by side", func(t *testing.T) {
		t.Run("two servers", func(t *testing.T) {
			t.Parallel()
			sharesItsFolder(t, program)
		})
		t.Run("kills, folder", func(t *testing.T) {
			t.Parallel()
			isKilled(t, program, nil, scaled(scale{10_000, 10, countries, true}, scale{500, 3, slowCountries, false}))
		})
		t.Run("kills, relay", func(t *testing.T) {
			t.Parallel()
			relay := mailertest.NewSMTP(t, mailertest.SMTPOptions{})
			isKilled(t, program, relay, scaled(scale{500, 3, countries[:1], true}, scale{200, 2, slowCountries[:1], false}))
		})
	})
}

// The server is killed while signers sign and letters leave, and comes back on the same folder. Every submission that was answered 2xx
// has its one mail, its place in the queue, or is unknown; and it is unknown only if it was on its way when the server was killed, or if
// the relay's answer was lost.
func isKilled(t *testing.T, program string, relay *mailertest.SMTP, size scale) {
	var flags []string
	lost := 0
	if relay != nil {
		flags = []string{"--smtp", "smtp://" + relay.Addr}
		lost = troubled(relay, size)
	}
	s := newServer(t, program, t.TempDir(), flags...)
	c := &crowd{signers: size.signers, connections: connections, countries: size.countries}
	began := time.Now()
	v := &victims{server: s, relay: relay, orphans: map[ledger.ID]bool{}, failing: "mission-" + strings.ToLower(size.countries[0])}
	whileSigning := size.kills * 7 / 10
	v.whileSigning(c, whileSigning)
	took := time.Since(began)
	v.whileSending(size.kills - whileSigning)
	for more := size.kills; size.kills >= 10 && v.fromQueue() == 0 && more > 0; more-- { // each struck between two letters
		v.whileSending(1)
	}
	if size.patient {
		s.rest(0, 8*time.Minute) // twice what it takes at rest
	}
	s.interrupt()
	s.ended()
	s.recounted()

	b := openBooks(t, s.folder)
	defer b.close()
	mails := v.mails()
	states := b.audit(mails, size.signers)
	b.unknowns(v.orphans, lost, size.patient)
	down := b.wentDown(v.failing)
	figurestest.Report(t, "%d submissions answered 2xx, from %d connections in %.1f s (%.0f/s); %d kills; %d submissions not answered 2xx and posted again; "+
		"%d letters on their way when killed, %d of them from the queue; %d mails left; letters: %v, of which %d stepped down the ladder; all in %.0f s",
		c.accepted.Load(), connections, took.Seconds(), float64(size.signers)/took.Seconds(), v.kills, c.again.Load(),
		len(v.orphans), v.fromQueue(), len(mails), states, down, time.Since(began).Seconds())
	if size.patient && (len(v.orphans) == v.fromQueue() || size.kills >= 10 && v.fromQueue() == 0 || states[ledger.StateSent] < size.signers/2 || down == 0) {
		t.Error("too little happened to say anything")
	}
}

// victims is a server that is killed again and again.
type victims struct {
	*server
	relay   *mailertest.SMTP // nil: mail is captured
	kills   int
	orphans map[ledger.ID]bool // what killed ones left on its way; true: it came from the queue
	failing string             // the target whose mailbox is given up between two processes
}

// whileSigning kills the server so many times at random moments while signers sign, and returns when all are answered 2xx.
func (v *victims) whileSigning(c *crowd, kills int) {
	v.Helper()
	ctx, cancel := context.WithTimeout(v.Context(), 3*time.Minute)
	defer cancel()
	signed := make(chan struct{})
	go func() { defer close(signed); c.sign(ctx, v.T, v.addr) }()
	for k := range kills {
		v.until(ctx, func() bool { return c.accepted.Load() >= int64((k+1)*c.signers/(kills+1)) })
		time.Sleep(rand.N(100 * time.Millisecond))
		v.again(k%2 == 0 || k == kills-1)
	}
	<-signed
	if n := c.accepted.Load(); n != int64(c.signers) {
		v.Fatalf("%d of %d submissions were answered 2xx", n, c.signers)
	}
}

// whileSending kills it so many times at random moments while it sends what waits; the last process sends, too.
func (v *victims) whileSending(kills int) {
	v.Helper()
	ctx, cancel := context.WithTimeout(v.Context(), 2*time.Minute)
	defer cancel()
	before := v.left()
	more := func() { v.until(ctx, func() bool { return v.left() > before }) }
	for range kills {
		more()
		time.Sleep(rand.N(20 * time.Millisecond))
		before = v.again(true)
	}
	more()
}

// again kills the server and starts it anew. With lookIn it looks into the ledger between the two; otherwise the next process finds
// everything as the killed one left it. It answers how many mails had left when nobody sent any: a process that has started may have
// sent before a busy machine lets the test look.
func (v *victims) again(lookIn bool) (left int) {
	v.Helper()
	v.kill()
	v.kills++
	if lookIn {
		v.between()
	}
	left = v.left()
	v.start()
	return left
}

// between notes what is on its way and nobody sends any more, and lets the next process send at once.
func (v *victims) between() {
	v.Helper()
	b := openBooks(v.T, v.folder)
	defer b.close()
	b.freeLease()
	b.suspend(v.failing)
	for _, d := range b.deliveries() {
		if _, known := v.orphans[d.ID]; !known && (d.State == ledger.StateClaimed || d.State == ledger.StateUnknown) {
			v.orphans[d.ID] = time.Until(d.Next) > time.Minute // a claim from the queue lasts two, that of a newcomer one
		}
	}
}

func (v *victims) fromQueue() (n int) {
	for _, queued := range v.orphans {
		if queued {
			n++
		}
	}
	return n
}

func (v *victims) until(ctx context.Context, done func() bool) {
	v.Helper()
	for ; !done(); time.Sleep(time.Millisecond) {
		if ctx.Err() != nil {
			v.Fatalf("what it waits for does not happen; %d wait, %d mails left", v.waiting(), v.left())
		}
	}
}

func (v *victims) mails() []got {
	v.Helper()
	if v.relay == nil {
		return capturedMails(v.T, v.folder)
	}
	return relayedMails(v.T, v.relay)
}

// left answers how many mails have left.
func (v *victims) left() int {
	v.Helper()
	if v.relay != nil {
		return len(v.relay.Mails())
	}
	entries, err := os.ReadDir(filepath.Join(v.folder, "outbox"))
	if err != nil {
		v.Fatal(err)
	}
	return len(entries)
}

// troubled scripts a relay that loses some answers, and in a test that waits refuses some mails for now. It answers how many are lost.
func troubled(relay *mailertest.SMTP, size scale) (lost int) {
	for range size.signers / 20 {
		for range 18 {
			relay.Script(mailertest.SMTPFault{})
		}
		relay.Script(mailertest.SMTPFault{At: mailertest.PhaseDot, Taken: true})
		lost++
		if size.patient {
			relay.Script(mailertest.SMTPFault{At: mailertest.PhaseRcpt, Code: 450})
		}
	}
	return lost
}

// unknowns holds what may have left against what was on its way when a server was killed.
func (b *books) unknowns(orphans map[ledger.ID]bool, lost int, patient bool) {
	b.Helper()
	if n := len(b.in(ledger.StateClaimed)); patient && n != 0 {
		b.Errorf("%d are still claimed", n)
	}
	doubtful := b.in(ledger.StateClaimed, ledger.StateUnknown)
	for id := range orphans {
		if !doubtful[id] {
			b.Errorf("%v was on its way when the server was killed, and is neither claimed nor unknown", id)
		}
	}
	if n := len(doubtful) - len(orphans); n > lost {
		b.Errorf("%d are unknown, for %d that were on their way and %d lost answers at most", len(doubtful), len(orphans), lost)
	}
}
