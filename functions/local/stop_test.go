package main_test

import (
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"one-click-protest/internal/ledger"
	"one-click-protest/internal/mailer/mailertest"
)

const (
	fromQueue = 8  // letters that a tick has on their way at once
	atOnce    = 4  // letters that have just been signed
	queuedFor = 12 // countries whose letters wait; those of the last four leave at once
)

// Ctrl-C while letters are on the wire, from the queue and just signed: they are finished and settled, their signers answered, nothing else
// is begun, and the next process goes on at once.
func endsInOrder(t *testing.T, program string) {
	relay := mailertest.NewSMTP(t, mailertest.SMTPOptions{})
	s := newServer(t, program, t.TempDir(), "--smtp", "smtp://"+relay.Addr)
	signers := queue(t, s)
	reached, freeQueued := slow(t, relay, fromQueue)
	s.start() // its first tick begins at once
	await(t, reached, fromQueue)

	reached, freeSigned := slow(t, relay, atOnce)
	answers := make(chan int, atOnce)
	for i := queuedFor; i < queuedFor+atOnce; i++ {
		signers++
		go func() { answers <- submit(t.Context(), client(), s.addr, i, countries[i]) }()
	}
	await(t, reached, atOnce)
	s.interrupt()
	refused(t, s.addr)
	freeSigned()
	for range atOnce {
		if status := <-answers; status != http.StatusAccepted {
			t.Errorf("a letter that was on its way is answered %d", status)
		}
	}
	select {
	case <-s.exited:
		t.Fatal("it ends while letters are on the wire")
	case <-time.After(time.Second): // by then it would have ended
	}
	freeQueued()
	s.ended()
	s.settled(relay, fromQueue+atOnce)

	s.start()
	s.rest(0, patience) // less than the lease of a process that died
	s.interrupt()
	s.ended()
	s.settled(relay, signers)
}

// slow lets the relay take the next so many mails only when they are freed. It tells of each that has come so far: the whole mail is there,
// and its sender waits for the answer.
func slow(t *testing.T, relay *mailertest.SMTP, mails int) (reached <-chan struct{}, free func()) {
	t.Helper()
	came, release := make(chan struct{}, mails), make(chan struct{})
	for range mails {
		relay.Script(mailertest.SMTPFault{At: mailertest.PhaseDot, Code: 250, Taken: true, Reached: func() { came <- struct{}{}; <-release }})
	}
	free = sync.OnceFunc(func() { close(release) })
	t.Cleanup(free) // before the relay's own end, which waits for its sessions
	return came, free
}

// queue has signers sign while the campaign is paused, two for each country, and answers how many. Then it ends the server, and the
// pause.
func queue(t *testing.T, s *server) (signers int) {
	t.Helper()
	s.run("pause", slug)
	visitor := client()
	defer visitor.CloseIdleConnections()
	for i := range 2 * len(countries) {
		if i%len(countries) >= queuedFor || confirms(i) {
			continue
		}
		if status := submit(t.Context(), visitor, s.addr, i, countries[i%len(countries)]); status != http.StatusAccepted {
			t.Fatalf("signer %d: status %d", i, status)
		}
		signers++
	}
	if n := s.waiting(); n != signers {
		t.Fatalf("%d letters wait, want %d", n, signers)
	}
	s.interrupt()
	s.ended()
	s.run("resume", slug)
	return signers
}

func await(t *testing.T, reached <-chan struct{}, n int) {
	t.Helper()
	for i := range n {
		select {
		case <-reached:
		case <-time.After(patience):
			t.Fatalf("%d letters are on the wire, want %d", i, n)
		}
	}
}

// refused waits until nobody listens there any more: the server has begun to end.
func refused(t *testing.T, addr string) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			return
		}
		_ = conn.Close()
		if time.Now().After(deadline) {
			t.Fatal("the server still listens after Ctrl-C")
		}
	}
}

// settled: of a server that ended in order so many letters left, all of them are known to have, and none is in doubt.
func (s *server) settled(relay *mailertest.SMTP, sent int) {
	s.Helper()
	s.recounted()
	b := openBooks(s.T, s.folder)
	defer b.close()
	mails := map[int]int{}
	for _, m := range relayedMails(s.T, relay) {
		if mails[m.signer]++; mails[m.signer] > 1 {
			s.Errorf("%d mails of signer %d", mails[m.signer], m.signer)
		}
	}
	if n := len(b.in(ledger.StateSent)); n != sent || len(mails) != sent {
		s.Errorf("%d letters are sent and %d mails left, want %d", n, len(mails), sent)
	}
	if ids := b.in(ledger.StateClaimed, ledger.StateUnknown); len(ids) != 0 {
		s.Errorf("in doubt: %v", ids)
	}
}

// Two servers, and the deliver command, on one data folder at once: who signs at both gets one letter, whoever sends it.
func sharesItsFolder(t *testing.T, program string) {
	const signers = 290 // more than their missions take at once
	folder := t.TempDir()
	one, two := newServer(t, program, folder), newServer(t, program, folder)
	var both sync.WaitGroup
	for _, s := range []*server{one, two} {
		c := &crowd{signers: signers, connections: connections / 2, countries: slowCountries}
		both.Go(func() { c.sign(t.Context(), t, s.addr) })
	}
	signed := make(chan struct{})
	var delivered sync.WaitGroup
	delivered.Go(func() {
		for {
			select {
			case <-signed:
				return
			default:
				one.run("deliver", "--once", "--capture")
			}
		}
	})
	both.Wait()
	close(signed)
	delivered.Wait()
	one.rest(0, time.Minute)
	two.interrupt()
	two.ended()
	one.interrupt()
	one.ended()
	one.recounted()
	b := openBooks(t, folder)
	defer b.close()
	states := b.audit(capturedMails(t, folder), signers)
	if states[ledger.StateSent] != signers {
		t.Errorf("letters: %v, want all %d sent", states, signers)
	}
}
