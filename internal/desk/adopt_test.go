package desk

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"one-click-protest/internal/ledger"
	"one-click-protest/internal/outbox"
)

// opened is the local server on a folder with this clock.
func opened(t *testing.T, folder string, now *time.Time) *site {
	t.Helper()
	env := testEnv(t)
	env.Now = func() time.Time { return *now }
	c := &serveCommand{data: data{Data: folder}}
	s, err := c.open(t.Context(), env, host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.close)
	return s
}

// signAt signs on a site and wants this answer.
func signAt(t *testing.T, s *site, want int, email string) {
	t.Helper()
	h, err := s.handler()
	if err != nil {
		t.Fatal(err)
	}
	if status, body := sign(t, h, "Ann Lee", email); status != want {
		t.Fatalf("%s: answered %d, want %d: %s", email, status, want, body)
	}
}

func captured(t *testing.T, s *site) int {
	t.Helper()
	all, err := s.mails.folder.List(100)
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}

func tick(t *testing.T, s *site, wantErr error) {
	t.Helper()
	if _, err := s.deliverer().Tick(t.Context()); (err == nil) != (wantErr == nil) {
		t.Fatalf("tick: %v, want %v", err, wantErr)
	}
}

// A backup is put back: nothing is accepted and nothing leaves, every way in says why, adopt mends it, and what had left since
// the backup does not leave again.
func TestRestoredBackup(t *testing.T) {
	folder, now := t.TempDir(), noon
	file, backup := filepath.Join(folder, ledgerFile), filepath.Join(t.TempDir(), ledgerFile)
	local := func(want int, args ...string) string {
		t.Helper()
		status, out, errs := run(t, testEnv(t), append(args, "--data", folder)...)
		if status != want {
			t.Fatalf("%v: exit status %d: %s%s", args, status, out, errs)
		}
		return out + errs
	}

	s := opened(t, folder, &now)
	signAt(t, s, 202, "ann@example.com")
	local(ok, "pause", slug)
	now = now.Add(10 * time.Second)
	signAt(t, s, 202, "ben@example.com") // waits
	s.close()
	copyFile(t, file, backup)

	s = opened(t, folder, &now)
	local(ok, "resume", slug)
	now = now.Add(10 * time.Second)
	tick(t, s, nil)
	if n := captured(t, s); n != 2 {
		t.Fatalf("%d mails before the restore, want 2", n)
	}
	s.close()
	copyFile(t, backup, file)

	s = opened(t, folder, &now)
	var out bytes.Buffer
	s.announce(t.Context(), Env{Stdout: &out})
	has(t, out.String(), "STOPPED", "the database is older than what was sent", "adopt")
	signAt(t, s, 503, "cara@example.com")
	tick(t, s, ledger.ErrNotAdopted)
	has(t, local(failed, "deliver"), "STOPPED", "older than what was sent")
	has(t, local(ok, "adopt"), "Who signed since the backup was made looks new and can sign again", "Stop the local server before",
		"since the backup are lost", "Stopped: "+slug+" (test mode), paused by an organizer.")
	has(t, local(ok, "adopt"), "older than what was sent", "make 1 letter unknown", "count 1 campaign anew", "--yes does it")
	tick(t, s, ledger.ErrNotAdopted)

	has(t, local(ok, "adopt", "--yes"), "Adopted. This made 1 letter unknown")
	has(t, local(ok, "adopt"), "adopted already")
	local(ok, "resume", slug) // the backup was made during the pause
	now = now.Add(10 * time.Second)
	tick(t, s, nil)
	if n := captured(t, s); n != 2 {
		t.Errorf("%d mails after adopting: Ben's letter left twice", n)
	}
	signAt(t, s, 202, "cara@example.com")
	signAt(t, s, 202, "ben@example.com") // has taken part
	tick(t, s, nil)
	if n := captured(t, s); n != 3 {
		t.Errorf("%d mails in the end, want Ann's, Ben's and Cara's", n)
	}
	has(t, local(ok, "tally", slug, "--recount"), "3 took part", "sent     2", "unknown  1", "agrees")
}

// Another secret: nothing leaves, adopt says what it means, and afterwards new letters leave and waiting ones are unknown.
func TestChangedSecret(t *testing.T) {
	eachLedger(t, func(t *testing.T, d *depot) {
		d.sign(t, waiting, waiting)
		d.now = d.now.Add(time.Hour)
		d.changeSecret(t)
		has(t, d.run(t, failed, "deliver", "--once"), "STOPPED", "another secret")
		for _, args := range [][]string{{"adopt"}, {"adopt", "--dry-run"}} {
			d.same(t, func() {
				has(t, d.run(t, ok, args...), "written under another secret", "make 2 letters unknown", "all earlier signers look new", "the secret it was written with")
			})
		}
		first := "Stop the local server before"
		if d.place[0] == "--ledger" {
			first = "Deploy before, with this table and secret"
		}
		has(t, d.run(t, ok, "adopt", "--yes"), "This made 2 letters unknown", first, "up to five minutes", "Nothing is stopped.")
		has(t, d.run(t, ok, "adopt", "--yes"), "adopted already")
		d.sign(t, waiting)
		d.now = d.now.Add(time.Hour)
		has(t, d.run(t, ok, "deliver", "--once"), "1 sent")
		if got := d.states(t); got[ledger.StateUnknown] != 2 || got[ledger.StateSent] != 1 || len(d.smtp.Mails()) != 1 {
			t.Errorf("%v, %d mails", got, len(d.smtp.Mails()))
		}
		// What was sealed under the old secret does not open any more: it is held, and blocks nothing.
		d.now = d.now.Add(3 * 24 * time.Hour)
		d.run(t, ok, "resend", "--unknown", slug)
		has(t, d.run(t, ok, "deliver", "--once"), "0 sent", "2 held")
	})
}

// changeSecret puts another secret in the place of the depot's.
func (d *depot) changeSecret(t *testing.T) {
	t.Helper()
	if len(d.secret) > 0 {
		other := bytes.Repeat([]byte("0ther"), 13)
		if err := os.WriteFile(d.secret[1], other, 0o600); err != nil {
			t.Fatal(err)
		}
	} else {
		if err := os.Remove(filepath.Join(d.place[1], secretFile)); err != nil {
			t.Fatal(err)
		}
		has(t, d.run(t, misuse, "adopt"), "no secret in")
		if _, err := openKeys(d.place[1]); err != nil {
			t.Fatal(err)
		}
	}
	var err error
	place := ledgerPlace{Ledger: "dynamo:x"}
	if len(d.secret) == 0 {
		place = ledgerPlace{data: data{Data: d.place[1]}}
		d.keys, err = place.keys(t.Context(), "")
	} else {
		d.keys, err = place.keys(t.Context(), d.secret[1])
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestAdoptNamesRepairedCounts(t *testing.T) {
	var out bytes.Buffer
	(&adoptCommand{Yes: true}).print(Env{Stdout: &out}, outbox.Adopted{Unknown: 2, Repaired: []string{"b", "a-TEST"}, Campaigns: 3})
	want := "Adopted. This made 2 letters unknown, which may have been sent since; resend --unknown sends them again.\n" +
		"The counts of a-TEST did not agree with its records and were counted anew.\n" +
		"The counts of b did not agree with its records and were counted anew.\n"
	if out.String() != want {
		t.Errorf("%s", out.String())
	}
}
