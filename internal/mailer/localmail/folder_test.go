package localmail_test

import (
	"bytes"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"one-click-protest/internal/mailer"
	"one-click-protest/internal/mailer/localmail"
	"one-click-protest/internal/mailer/mailertest"
)

var update = flag.Bool("update", false, "write the golden files anew")

func open(t testing.TB, o localmail.Origin) (*localmail.Folder, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "outbox")
	f, err := localmail.OpenFolder(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f, dir
}

// fixed answers the same time and the same random bytes for the first mail.
func fixed() localmail.Origin {
	return localmail.Origin{
		Now:    func() time.Time { return time.Date(2007, 12, 2, 3, 4, 5, 6, time.UTC) },
		Random: strings.NewReader("0123456789abcdefghijklmn"),
	}
}

func list(t *testing.T, f *localmail.Folder, n int) []localmail.Mail {
	t.Helper()
	mails, err := f.List(n)
	if err != nil {
		t.Fatal(err)
	}
	return mails
}

func send(t *testing.T, f *localmail.Folder, m mailer.Message) {
	t.Helper()
	if got := f.Send(t.Context(), m); got.Outcome != mailer.Accepted {
		t.Fatalf("got %v %q, want accepted", got.Outcome, got.Reason)
	}
}

func TestFolderSuite(t *testing.T) {
	mailertest.Suite(t, func(t *testing.T) mailertest.Harness {
		f, _ := open(t, localmail.Origin{})
		arrived := func() []mailer.Message {
			var out []mailer.Message
			mails := list(t, f, 0)
			for i := range mails {
				m, err := f.Read(mails[len(mails)-1-i].ID)
				if err != nil || m.Broken {
					t.Fatalf("reading %s: %v", m.ID, err)
				}
				out = append(out, m.Message)
			}
			return out
		}
		return mailertest.Harness{
			Mailer: f, Arrived: arrived, Attempts: func() int { return len(arrived()) },
			Faults: []mailertest.Fault{{
				Name: "folder is gone", Arm: func() {}, Mailer: homeless(t),
				Want: mailer.Result{Outcome: mailer.Halt, Reason: "FolderNotWritable"},
			}},
		}
	})
}

// homeless is a folder mailer whose folder was removed.
func homeless(t *testing.T) mailer.Mailer {
	f, dir := open(t, localmail.Origin{})
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestGolden(t *testing.T) {
	tests := []struct {
		name, class string
		message     mailer.Message
	}{
		{"letter", "letter", koreanLetter()},
		{"signer", "signer", mailertest.ToSigner()},
		{"fax", "letter", mailertest.Fax()},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f, dir := open(t, fixed())
			send(t, f, test.message)
			got, err := os.ReadFile(filepath.Join(dir, "20071202T030405.000000006Z-3031323334353637-"+test.class+".eml"))
			if err != nil {
				t.Fatal(err)
			}
			golden := filepath.Join("testdata", test.name+".eml")
			if *update {
				if err := os.WriteFile(golden, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("(-golden +got; -update writes it anew):\n%s", diff)
			}
			wellFormed(t, got)
		})
	}
}

func koreanLetter() mailer.Message {
	m := mailertest.Letter()
	m.FromName, m.Language = "김민수 via 이주노동조합", "ko"
	m.Subject = "법무부 장관께: 이주노동조합 지도자들의 석방을 요구합니다"
	m.Text = "장관님께,\n\n지도자들을 석방해 주십시오.\n\n김민수\n"
	m.HTML = "<p>장관님께,</p>\n<p>지도자들을 석방해 주십시오.</p>\n<p>김민수</p>\n"
	return m
}

// wellFormed holds a mail to RFC 5322: ASCII, CRLF, lines of 78.
func wellFormed(t *testing.T, eml []byte) {
	t.Helper()
	for i, line := range bytes.Split(bytes.TrimSuffix(eml, []byte("\r\n")), []byte("\r\n")) {
		if len(line) > 78 || bytes.ContainsAny(line, "\r\n") || bytes.ContainsFunc(line, func(r rune) bool { return r > '~' }) {
			t.Errorf("line %d is not plain: %q", i+1, line)
		}
	}
}

func TestFolderPermissions(t *testing.T) {
	f, dir := open(t, fixed())
	send(t, f, mailertest.Letter())
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s is open to others: %v", e.Name(), info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := len(entries(t, dir)); got != 1 {
		t.Errorf("%d files, want 1", got)
	}
}

// A failed write leaves nothing behind: neither a mail nor a part of one.
func TestFolderLeavesNoPart(t *testing.T) {
	f, dir := open(t, fixed())
	taken := filepath.Join(dir, "20071202T030405.000000006Z-3031323334353637-letter.eml")
	if err := os.MkdirAll(filepath.Join(taken, "full"), 0o700); err != nil {
		t.Fatal(err)
	}
	if got := f.Send(t.Context(), mailertest.Letter()); got.Outcome != mailer.Halt {
		t.Errorf("got %v, want halt", got)
	}
	if got := entries(t, dir); len(got) != 1 {
		t.Errorf("left behind: %v", got)
	}
}

func entries(t *testing.T, dir string) (names []string) {
	t.Helper()
	all, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		names = append(names, e.Name())
	}
	return names
}

func TestList(t *testing.T) {
	day := time.Date(2007, 12, 2, 0, 0, 0, 0, time.UTC)
	now := day
	f, _ := open(t, localmail.Origin{Now: func() time.Time { now = now.Add(time.Hour); return now }})
	letter, signer, fax := mailertest.Letter(), mailertest.ToSigner(), mailertest.Fax()
	fax.Attachments[0] = mailertest.File(mailer.MaxAttachment)
	send(t, f, letter)
	send(t, f, signer)
	send(t, f, fax)

	letter.Text, letter.HTML, signer.Text, signer.HTML, fax.Text, fax.Attachments = "", "", "", "", "", nil
	want := []localmail.Mail{
		{Date: day.Add(3 * time.Hour), Message: fax},
		{Date: day.Add(2 * time.Hour), Message: signer},
		{Date: day.Add(time.Hour), Message: letter},
	}
	ignoreID := cmpopts.IgnoreFields(localmail.Mail{}, "ID")
	if diff := cmp.Diff(want, list(t, f, 0), ignoreID); diff != "" {
		t.Errorf("all (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want[:2], list(t, f, 2), ignoreID); diff != "" {
		t.Errorf("newest two (-want +got):\n%s", diff)
	}
}

func TestListWithForeignFiles(t *testing.T) {
	f, dir := open(t, fixed())
	send(t, f, mailertest.Letter())
	const half = "20071203T000000.000000000Z-00000000000000aa-signer"
	const empty = "20071204T000000.000000000Z-00000000000000bb-letter"
	for name, text := range map[string]string{
		"notes.txt": "x", "foreign.eml": "From: a@b.c\r\n\r\n", half + ".eml": "From: a@b.c\r\nTo: ", empty + ".eml": "",
		".20071202T030405.000000006Z-3031323334353637-letter.part": "half",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	const link = "20071205T000000.000000000Z-00000000000000cc-letter"
	if err := os.Symlink(secret, filepath.Join(dir, link+".eml")); err != nil {
		t.Fatal(err)
	}

	got := list(t, f, 0)
	if len(got) != 3 || got[0].ID != empty || got[1].ID != half || got[2].Broken {
		t.Fatalf("got %+v, want two broken ones and the letter", got)
	}
	if !got[0].Broken || !got[1].Broken || got[1].Class != mailer.ToSigner || got[1].Date.Day() != 3 {
		t.Errorf("broken ones: %+v", got[:2])
	}
	if m, err := f.Read(half); err != nil || !m.Broken || string(m.Source) != "From: a@b.c\r\nTo: " {
		t.Errorf("reading a broken one: %+v, %v", m, err)
	}
	if m, err := f.Read(link); err == nil {
		t.Errorf("a link out of the folder was followed: %s", m.Source)
	}
}

func TestReadRefusesOtherPaths(t *testing.T) {
	f, dir := open(t, fixed())
	if err := os.WriteFile(filepath.Join(filepath.Dir(dir), "x.eml"), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{
		"", ".", "..", "../x", "/etc/passwd", `..\x`, "../outbox/20071202T030405.000000006Z-3031323334353637-letter",
		"20071202T030405.000000006Z-3031323334353637-letter", "20071202T030405.000000006Z-3031323334353637-letter\n",
	} {
		if _, err := f.Read(id); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%q: got %v, want ErrNotExist", id, err)
		}
	}
}

// A file that somebody else wrote shows nothing that no sender would have let through.
func TestForeignAttachments(t *testing.T) {
	fax, err := os.ReadFile(filepath.Join("testdata", "fax.eml"))
	if err != nil {
		t.Fatal(err)
	}
	text := string(fax)
	rim := "--" + text[strings.Index(text, "boundary=")+len("boundary="):][:32]
	file := rim + text[strings.LastIndex(text, rim+"\r\n")+len(rim):strings.LastIndex(text, rim+"--")]
	large := strings.Repeat(strings.Repeat("AAAA", 18)+"\r\n", mailer.MaxAttachment/54+1)
	nested := "\r\n\r\n--x\r\nContent-Type: multipart/mixed; boundary=y\r\n\r\n--y\r\nContent-Type: multipart/mixed; boundary=z\r\n\r\n" +
		"--z--\r\n--y--\r\n--x--\r\n"
	tests := []struct {
		name, old, new string
		broken         bool
	}{
		{"as it is", "", "", false},
		{"two files", rim + "--", file + rim + "--", true},
		{"another type", "Content-Type: application/pdf", "Content-Type: text/html", true},
		{"a path", `filename="`, `filename="../`, true},
		{"a name with a line break", `filename="letter.pdf"`, "filename*=utf-8''a%0D%0Ab.pdf", true},
		{"no name", `; filename="letter.pdf"`, "", true},
		{"no base64", "JVBERi", "!!!!", true},
		{"another encoding", "Transfer-Encoding: base64", "Transfer-Encoding: 8bit", true},
		{"too large", "JVBERi", large + "JVBERi", true},
		{"too deep", "boundary=" + rim[2:] + "\r\n\r\n", "boundary=x" + nested, true},
		{"cut", rim + "--", "", true},
	}
	const id = "20071203T000000.000000000Z-00000000000000aa-letter"
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f, dir := open(t, fixed())
			foreign := strings.Replace(text, test.old, test.new, 1)
			if test.broken == (foreign == text) {
				t.Fatal("the golden mail has another form")
			}
			if err := os.WriteFile(filepath.Join(dir, id+".eml"), []byte(foreign), 0o600); err != nil {
				t.Fatal(err)
			}
			m, err := f.Read(id)
			if err != nil || m.Broken != test.broken || test.broken == (len(m.Attachments) > 0) {
				t.Errorf("broken %v with %d attachments, %v", m.Broken, len(m.Attachments), err)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	for _, name := range []string{"letter", "signer", "fax"} {
		data, err := os.ReadFile(filepath.Join("testdata", name+".eml"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	const id = "20071203T000000.000000000Z-00000000000000aa-signer"
	folder, dir := open(f, localmail.Origin{})
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(filepath.Join(dir, id+".eml"), data, 0o600); err != nil {
			t.Fatal(err)
		}
		m, err := folder.Read(id)
		if err != nil || m.ID != id || m.Class != mailer.ToSigner || !bytes.Equal(m.Source, data) {
			t.Errorf("got %+v, %v", m, err)
		}
		for _, a := range m.Attachments {
			if fault := a.Check(); fault != "" || len(m.Attachments) > mailer.MaxAttachments {
				t.Errorf("%d attachments, %s", len(m.Attachments), fault)
			}
		}
		if _, err := folder.List(0); err != nil {
			t.Error(err)
		}
	})
}
