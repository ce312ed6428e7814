package desk

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"one-click-protest/internal/action"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/seal"
)

const partnerID = "example"

// withKey gives the partner a key pair, as its own command makes it, and answers the file with the private key.
func (d *depot) withKey(t *testing.T) (keyFile string) {
	t.Helper()
	keyFile = filepath.Join(t.TempDir(), "partner.key")
	status, out, errs := run(t, testEnv(t), "subscribers", "key", "--out", keyFile)
	lines := strings.Split(out, "\n")
	if status != ok || len(lines) != 5 || !strings.Contains(lines[0], "campaign.yaml") || !strings.Contains(lines[2], "private key") {
		t.Fatalf("%d\n%s%s", status, out, errs)
	}
	if info, err := os.Stat(keyFile); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v, %v", info.Mode(), err)
	}
	files := fstest.MapFS{}
	const origins = "    origins: [https://partner.example.org]\n"
	copyFiles(t, files, origins, origins+"    key: "+lines[1]+"\n    privacy: https://partner.example.org/privacy\n")
	d.files = files
	return keyFile
}

func subscribing(sub *action.Submission) { verified(sub); sub.Subscribe = true }

func (d *depot) waiting(t *testing.T) (ids []string) {
	t.Helper()
	for s, err := range subscribers(t.Context(), d.ledger, scope, partnerID, d.now) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, s.ID)
	}
	return ids
}

// openFile opens an exported file as the partner does, and answers the rows.
func openFile(t *testing.T, keyFile, file string) [][]string {
	t.Helper()
	env := testEnv(t)
	in, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close() }()
	env.Stdin = in
	status, out, errs := run(t, env, "subscribers", "open", "--key", keyFile)
	if status != ok {
		t.Fatalf("%d %s", status, errs)
	}
	rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// Who asks to be kept informed gets to the partner once, and is gone here.
func TestSubscribers(t *testing.T) {
	eachLedger(t, func(t *testing.T, d *depot) {
		keyFile := d.withKey(t)
		d.bring(t, verified)
		d.bring(t, subscribing)
		d.bring(t, func(sub *action.Submission) { subscribing(sub); sub.Name = "-Ben Lee" })
		has(t, d.run(t, ok, "partners", slug, "--url", "https://protest.example.org"), "2 wait for subscribers export "+slug+" example")

		file := filepath.Join(t.TempDir(), "example.txt")
		has(t, d.run(t, ok, "subscribers", "export", slug, partnerID, "--out", file), "2 subscribers of example are in "+file)
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", info.Mode(), err)
		}
		rows := openFile(t, keyFile, file)
		slices.SortFunc(rows[1:], func(a, b []string) int { return strings.Compare(a[1], b[1]) })
		if len(rows) != 3 || strings.Join(rows[0], ",") != "name,email,country,language,proof,day,campaign,consent" {
			t.Fatalf("rows %v", rows)
		}
		if got := rows[1]; got[0] != "Ann Lee" || got[1] != "signer2@example.com" || got[2] != "US" || got[4] != "none" || got[5] != "2026-11-22" || got[6] != slug ||
			!strings.Contains(got[7], "An example partner") {
			t.Errorf("first %v", got)
		}
		if got := rows[2]; got[0] != "'-Ben Lee" {
			t.Errorf("a spreadsheet would run %q", got[0])
		}

		if left := d.waiting(t); len(left) != 0 {
			t.Errorf("%d are still here", len(left))
		}
		d.bring(t, subscribing)
		has(t, d.run(t, misuse, "subscribers", "export", slug, partnerID, "--out", file), "is there already, and is not overwritten", "still in the ledger")
		if got := openFile(t, keyFile, file); len(got) != 3 {
			t.Errorf("the first file has %d rows now", len(got))
		}
		next := file + ".2"
		has(t, d.run(t, ok, "subscribers", "export", slug, partnerID, "--out", next), "1 subscriber of example")
		has(t, d.run(t, ok, "subscribers", "export", slug, partnerID, "--out", next+".3"), "No subscriber of example waits")
		if _, err := os.Stat(next + ".3"); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("a file for nobody: %v", err)
		}
	})
}

// stubborn is a ledger that fails at the n-th reading, or at any deleting.
type stubborn struct {
	real    ledger.Subscribers
	reads   int // good ones left; negative: all
	deletes bool
	before  func() // a delete
}

var errDown = errors.New("down")

func (s *stubborn) Subscribers(ctx context.Context, campaign, partner, after string, now time.Time, n int) ([]ledger.Subscriber, error) {
	if s.reads--; s.reads == -1 {
		return nil, errDown
	}
	return s.real.Subscribers(ctx, campaign, partner, after, now, n)
}

func (s *stubborn) Unsubscribe(ctx context.Context, campaign, partner string, ids []string) error {
	if s.before != nil {
		s.before()
	}
	if !s.deletes {
		return errDown
	}
	return s.real.Unsubscribe(ctx, campaign, partner, ids)
}

// exports runs an export on a ledger that fails.
func (d *depot) exports(t *testing.T, ctx context.Context, s *stubborn, file string) error {
	s.real = d.ledger
	return export{env: d.env(t), ledger: s, scope: scope, partner: partnerID, out: file, whose: "a test"}.run(ctx)
}

// What fails before the file stands leaves no file; what fails behind it leaves the file, and the subscribers to be exported again.
func TestExportLosesNobody(t *testing.T) {
	eachLedger(t, func(t *testing.T, d *depot) {
		keyFile := d.withKey(t)
		d.bring(t, subscribing)
		d.bring(t, subscribing)
		file := filepath.Join(t.TempDir(), "a")
		never := -100
		for reads := range 3 {
			if err := d.exports(t, t.Context(), &stubborn{reads: reads}, file); !errors.Is(err, errDown) {
				t.Errorf("after %d readings: %v", reads, err)
			}
			if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("after %d readings there is a file: %v", reads, err)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := d.exports(t, ctx, &stubborn{reads: never, deletes: true}, file); !errors.Is(err, context.Canceled) {
			t.Errorf("interrupted: %v", err)
		}
		if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("interrupted, and there is a file: %v", err)
		}

		if err := d.exports(t, t.Context(), &stubborn{reads: never}, file); !errors.Is(err, errDown) {
			t.Errorf("nothing can be deleted: %v", err)
		}
		if rows := openFile(t, keyFile, file); len(rows) != 3 {
			t.Errorf("the file has %d rows", len(rows))
		}
		if left := d.waiting(t); len(left) != 2 {
			t.Fatalf("%d wait, want 2", len(left))
		}

		// Ctrl-C while it deletes, and somebody who came after the file was written: the first two go, the third stays.
		again, cancel := context.WithCancel(t.Context())
		err := d.exports(t, again, &stubborn{reads: never, deletes: true, before: func() {
			cancel()
			if rows := openFile(t, keyFile, file+"2"); len(rows) != 3 {
				t.Errorf("deleted before the file stands: %d rows", len(rows))
			}
			d.bring(t, subscribing)
		}}, file+"2")
		if err != nil {
			t.Error(err)
		}
		if left := d.waiting(t); len(left) != 1 {
			t.Errorf("%d wait, want the one who came meanwhile", len(left))
		}
	})
}

// Lines that do not open are told by their numbers, and the others open.
func TestOpenGoesOn(t *testing.T) {
	d := onThisMachine(t, t.TempDir())
	keyFile := d.withKey(t)
	d.bring(t, subscribing)
	file := filepath.Join(t.TempDir(), "a")
	d.run(t, ok, "subscribers", "export", slug, partnerID, "--out", file)
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	env := testEnv(t)
	env.Stdin = strings.NewReader("%%%\n\r\nAAAA\n" + string(content))
	status, out, errs := run(t, env, "subscribers", "open", "--key", keyFile)
	want := "line 1 does not open\nline 3 does not open\nlocal: 1 line opened, 2 did not: they are damaged, or sealed to another key than this private one\n"
	if status != failed || errs != want || strings.Count(out, "\n") != 2 || !strings.Contains(out, "signer1@example.com") {
		t.Errorf("exit status %d\n%s%s", status, out, errs)
	}
}

// The two halves of a key are not taken for each other: sealed to a private key, nobody could ever open anything.
func TestPrivateKeyIsNoPublicOne(t *testing.T) {
	_, out, _ := run(t, testEnv(t), "subscribers", "key")
	lines := strings.Split(out, "\n")
	if len(lines) != 5 || !strings.HasPrefix(lines[3], privateMark) {
		t.Fatal(out)
	}
	if _, err := seal.ParsePublicKey(lines[1]); err != nil {
		t.Error(err)
	}
	if _, err := seal.ParsePublicKey(lines[3]); err == nil {
		t.Error("the private key can stand in campaign.yaml")
	}
	for name, text := range map[string]string{"as it is written": lines[3] + "\r\n", "as other tools write it": strings.TrimPrefix(lines[3], privateMark)} {
		file := filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if private, err := readPrivateKey(file); err != nil || private.Public().String() != lines[1] {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Two exports at once hand nobody over twice, and leave nobody out, also while people sign.
func TestExportsAtOnce(t *testing.T) {
	d := onThisMachine(t, t.TempDir())
	keyFile := d.withKey(t)
	folder := t.TempDir()
	const signers, desks = 24, 3
	files := make(chan string, signers*desks)
	var all sync.WaitGroup
	signing, signed := context.WithCancel(t.Context())
	for desk := range desks {
		all.Go(func() {
			for n := 0; signing.Err() == nil; n++ {
				file := filepath.Join(folder, fmt.Sprintf("%d-%d", desk, n))
				status, out, errs := run(t, d.env(t), append([]string{"subscribers", "export", slug, partnerID, "--out", file}, d.place...)...)
				if status != ok && !strings.Contains(errs, "another export of "+partnerID+" is under way") {
					t.Errorf("%d %s%s", status, out, errs)
				}
				if _, err := os.Stat(file); err == nil {
					files <- file
				}
			}
		})
	}
	for range signers {
		d.bring(t, subscribing)
	}
	signed()
	all.Wait()
	d.run(t, ok, "subscribers", "export", slug, partnerID, "--out", filepath.Join(folder, "last"))
	if _, err := os.Stat(filepath.Join(folder, "last")); err == nil {
		files <- filepath.Join(folder, "last")
	}
	close(files)
	found := map[string]bool{}
	for file := range files {
		for _, row := range openFile(t, keyFile, file)[1:] {
			if found[row[1]] {
				t.Error("somebody was handed over twice")
			}
			found[row[1]] = true
		}
	}
	if left := d.waiting(t); len(found) != signers || len(left) != 0 {
		t.Errorf("%d of %d handed over, %d still here", len(found), signers, len(left))
	}
}
