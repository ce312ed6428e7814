package desk

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"strings"
	"testing"
	"time"

	"one-click-protest/internal/ledger"
	"one-click-protest/internal/mailer"
	"one-click-protest/internal/mailer/mailertest"
)

// morning is within the shipped campaign's hours for faxes, at the embassy in Washington.
var morning = noon.Add(4 * time.Hour)

// A channel that an organizer closes has its letters go on by the next one, with the letter attached; opened again it takes those to come.
func TestCloseAChannel(t *testing.T) {
	eachLedger(t, func(t *testing.T, d *depot) {
		d.sign(t, waiting, waiting, waiting)
		d.now = morning
		const rest = "3 waiting letters and those to come go on by fax"
		d.same(t, func() {
			out := d.run(t, ok, "pause", slug, embassy, "--channel", "email", "--dry-run")
			has(t, out, embassy+" of "+slug+" (test mode) by email would be closed", rest, "charges for each fax; "+slug+" sends 200 a day at most")
		})
		has(t, d.run(t, ok, "pause", slug, embassy, "--channel", "email"), "is closed in the ledger of", rest)
		out := d.run(t, ok, "resume", slug, "--dry-run")
		has(t, out, "Stopped: "+embassy+" of "+slug+" (test mode) by email, closed by an organizer on 2026-11-22.")
		if strings.Contains(out, "Stopped all the same") {
			t.Errorf("what goes on by fax is told as stopped:\n%s", out)
		}
		has(t, d.run(t, ok, "deliver", "--once"), "0 sent, 3 gone on by a channel below the suspended one")
		has(t, d.run(t, ok, "deliver", "--once"), "3 sent")
		mails := d.smtp.Mails()
		if len(mails) != 3 || !bytes.HasPrefix(attached(t, mails[0].Data), []byte("%PDF-")) {
			t.Errorf("%d mails: %v", len(mails), mails)
		}
		out = strings.Join(strings.Fields(d.run(t, ok, "tally", slug, "--recount")), " ")
		has(t, out, embassy+" fax sent 3 ", "faxes of today (UTC): 3 of 200", "A recount of the records agrees.")

		d.run(t, ok, "resume", slug, embassy)
		d.sign(t, waiting)
		d.now = d.now.Add(30 * time.Minute)
		d.run(t, ok, "deliver", "--once")
		has(t, strings.Join(strings.Fields(d.run(t, ok, "tally", slug)), " "), embassy+" email sent 1 ")
	})
}

// attached answers the one file of a mail.
func attached(t *testing.T, data []byte) []byte {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	for parts := multipart.NewReader(m.Body, params["boundary"]); ; {
		part, err := parts.NextRawPart()
		if err != nil {
			t.Fatalf("no attachment: %v", err)
		}
		if part.FileName() == "letter.pdf" && part.Header.Get("Content-Transfer-Encoding") == "base64" {
			file, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, part))
			if err != nil {
				t.Fatal(err)
			}
			return file
		}
	}
}

// What cannot be closed is said in a line; and so is that letters will wait.
func TestCloseAChannelOfWhat(t *testing.T) {
	d := onThisMachine(t, t.TempDir())
	for line, want := range map[string]string{
		"pause " + slug + " --channel email":                    "goes with a target",
		"pause --account --channel email":                       "goes with a target",
		"pause " + slug + " " + embassy + " --channel print":    "email, fax and relay are channels",
		"pause " + slug + " " + embassy + " --channel pigeon":   "email, fax and relay are channels",
		"pause " + slug + " " + embassy + " --channel relay":    "is not written to by relay",
		"pause " + slug + " cn-de-berlin --channel email":       "is not written to by email",
		"pause free-mtu-leaders-2007 nobody --channel relay":    "has no target",
		"pause nothing-of-ours " + embassy + " --channel email": "nothing-of-ours",
		"resume " + slug + " " + embassy + " --channel email":   "unknown flag --channel",
	} {
		has(t, d.run(t, misuse, strings.Fields(line)...), want)
	}
	has(t, d.run(t, ok, "pause", slug, "cn-ch-bern", "--channel", "email"), "0 waiting letters and those to come stay: the target has no channel below")
	d.run(t, ok, "pause", slug)
	has(t, d.run(t, ok, "pause", slug, embassy, "--channel", "email"), "go on by fax, once it is no longer paused by an organizer")
	d.run(t, ok, "pause", slug, embassy, "--channel", "fax")
	has(t, d.run(t, ok, "pause", slug, embassy, "--channel", "email", "--dry-run"), "no channel below it")
}

// deliver ends when the day's faxes are sent: it would wait until midnight.
func TestDeliverEndsWithTheDaysFaxes(t *testing.T) {
	d := onThisMachine(t, t.TempDir())
	d.files = rewritten(t, campaignFile, "daily: 200", "daily: 1")
	d.sign(t, waiting, waiting)
	d.now = morning
	d.run(t, ok, "pause", slug, embassy, "--channel", "email")
	has(t, d.ends(t, ok), "1 sent", "Nothing more leaves for now: 1 by fax, of which the day's number is sent; the next day begins at 00:00 UTC.")
	if n := len(d.smtp.Mails()); n != 1 {
		t.Errorf("%d mails", n)
	}
}

// Whoever sends letters again is told how many of them are faxes: each costs money once more.
func TestAgainTellsOfFaxes(t *testing.T) {
	eachLedger(t, func(t *testing.T, d *depot) {
		d.sign(t, waiting, mailer.Refused)
		d.now = morning
		const cost = "     1 of these by fax. Your gateway charges for each fax"
		if out := d.run(t, ok, "retry", "--failed", slug, "--dry-run"); strings.Contains(out, "fax") {
			t.Errorf("no fax is one of these:\n%s", out)
		}
		d.run(t, ok, "pause", slug, embassy, "--channel", "email")
		d.same(t, func() { // the letter that was refused will step down
			has(t, d.run(t, ok, "retry", "--failed", slug, "--dry-run"), "1 would be queued again", cost)
		})
		d.smtp.Script(mailertest.SMTPFault{At: mailertest.PhaseRcpt, Code: 550})
		has(t, d.run(t, ok, "deliver", "--once"), "2 gone on")
		has(t, d.run(t, ok, "deliver", "--once"), "1 refused for good")
		has(t, d.run(t, ok, "retry", "--failed", slug), "1 queued again", cost)
		sent := 0
		for range 2 {
			d.now = d.now.Add(6 * time.Minute)
			d.run(t, ok, "deliver", "--once")
			sent = len(d.smtp.Mails())
		}
		if states := d.states(t); sent != 2 || states[ledger.StateSent] != 2 {
			t.Errorf("%d mails, %v", sent, states)
		}
	})
}
