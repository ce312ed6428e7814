package main_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"one-click-protest/internal/address"
	"one-click-protest/internal/fax/faxtest"
	"one-click-protest/internal/figurestest"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/mailer"
	"one-click-protest/internal/stack/runtimetest"
)

// campaignFile answers the shipped campaign with some words replaced, each of which must be there, and its path from the module's root.
func campaignFile(t *testing.T, words ...string) (path, text string) {
	t.Helper()
	path = "infra/campaigns/" + slug + "/campaign.yaml"
	content, err := os.ReadFile("../../" + path)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(words); i += 2 {
		if !strings.Contains(string(content), words[i]) {
			t.Fatalf("no %q in %s", words[i], path)
		}
	}
	return path, strings.NewReplacer(words...).Replace(string(content))
}

// A newcomer signs for a country whose embassy has a fax number only, looks at the fax in the outbox, signs again in another spelling; and
// then an organizer closes another embassy's mailbox. The campaign is the shipped one, but that faxes may leave at the hour of the test.
func TestFaxOfANewcomer(t *testing.T) {
	path, text := campaignFile(t, "hours: 09:00-17:00", "hours: 00:00-24:00")
	s := newServer(t, runtimetest.BuildLocal(t, "one-click-protest/functions/local", map[string]string{path: text}), t.TempDir())
	s.signs("Zoltan.Quibble@gmail.com", "DE")
	s.rest(0, patience)
	fax := s.newestMail()
	if !strings.Contains(fax.page, "+493027588221@fax.example.net") || strings.Contains(fax.page, "Quibble") {
		t.Errorf("the mail to the gateway: %s", fax.page)
	}
	if fax.mediaType != "application/pdf" || !bytes.HasPrefix(fax.attachment, []byte("%PDF-")) {
		t.Errorf("attached: %s, %d bytes", fax.mediaType, len(fax.attachment))
	}
	s.counted(map[string]int{"people who took part": 1, "letters by fax, sent": 1})

	s.signs("zoltanquibble+again@googlemail.com", "DE") // settled when it is answered
	s.counted(map[string]int{"people who took part": 1, "letters by fax, sent": 1})
	s.signs("bob@example.com", "GB") // the testers' mailbox keeps no telephone's pace
	s.signs("eve@example.com", "KR")
	s.rest(0, patience)
	s.counted(map[string]int{"people who took part": 3, "letters by fax, sent": 2, "letters by email, sent": 1})

	const embassy = "cn-us-washington-dc" // has an address and a number
	s.interrupt()
	s.ended()
	s.run("pause", slug, embassy, "--channel", "email")
	s.start()
	s.signs("ann@example.com", "US")
	s.rest(0, patience)
	if page := s.newestMail().page; !strings.Contains(page, "+12024952138@fax.example.net") {
		t.Errorf("the letter by a closed channel: %s", page)
	}
	s.counted(map[string]int{"people who took part": 4, "letters by fax, sent": 3, "letters by email, sent": 1})
	s.run("resume", slug, embassy)
	s.interrupt()
	s.ended()
	s.recounted()
	t.Run("words", func(t *testing.T) {
		if said := faxtest.Text(t, fax.attachment); !strings.Contains(said, "Zoltan Quibble") || !strings.Contains(said, "Respectfully") || !strings.Contains(said, "[TEST]") {
			t.Errorf("the fax says: %s", said)
		}
	})
}

// signs has somebody take part.
func (s *server) signs(email, country string) {
	s.Helper()
	body, err := json.Marshal(map[string]string{"name": "Zoltan Quibble", "email": email, "country": country, "language": "en", "consent": "2007-11-01"})
	if err != nil {
		s.Fatal(err)
	}
	answer, err := http.Post("http://"+s.addr+"/v1/campaigns/"+slug+"/actions", "application/json", bytes.NewReader(body))
	if err != nil {
		s.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusAccepted {
		s.Fatalf("submission: status %d", answer.StatusCode)
	}
}

// shown is a mail as the outbox shows it.
type shown struct {
	page       string
	mediaType  string
	attachment []byte
}

var mailLink = regexp.MustCompile(`href="(/outbox/[^"/]+)"`)

// newestMail follows the outbox's links.
func (s *server) newestMail() shown {
	s.Helper()
	list, _ := s.get("/outbox")
	link := mailLink.FindSubmatch(list)
	if link == nil {
		s.Fatalf("no mail in %s", list)
	}
	page, _ := s.get(string(link[1]))
	if !bytes.Contains(page, append(link[1], "/attachment"...)) {
		s.Fatalf("no attachment in %s", page)
	}
	file, header := s.get(string(link[1]) + "/attachment")
	return shown{string(page), header.Get("Content-Type"), file}
}

func (s *server) get(path string) ([]byte, http.Header) {
	s.Helper()
	answer, err := http.Get("http://" + s.addr + path)
	if err != nil {
		s.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		s.Fatalf("%s: status %d, %v", path, answer.StatusCode, err)
	}
	return body, answer.Header
}

// counted holds the dashboard's counts to what they should be; those of zero aside.
func (s *server) counted(want map[string]int) {
	s.Helper()
	body, _ := s.get("/counts.json")
	var counts map[string][]struct {
		Label string
		Count int
	}
	if err := json.Unmarshal(body, &counts); err != nil {
		s.Fatal(err)
	}
	got := map[string]int{}
	for _, row := range counts[slug] {
		if row.Count > 0 {
			got[row.Label] = row.Count
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		s.Errorf("counts (-want +got):\n%s", diff)
	}
}

const (
	faxNumbers = 96
	faxSigners = 288 // three for each number, which takes six at once: a killed process had up to three slots of each of eight numbers
	faxesDaily = 200 // fewer than sign, and many more than leave until a server is killed, also where the test itself gets no turn
	faxKills   = 4
)

// buildFaxes is build with missions that have fax numbers only, in the first countries of the list.
func buildFaxes(t *testing.T) string {
	t.Helper()
	path, text := campaignFile(t, "mode: test", "mode: live", "testers: [testers@example.org]", "pace: {mailbox: 900, domain: 100000}", "example.org", "protest.internal",
		"fax.example.net", gateway, "hours: 09:00-17:00", "hours: 00:00-24:00\n  pace: 60", "daily: 200", fmt.Sprint("daily: ", faxesDaily))
	var missions strings.Builder
	missions.WriteString("id,country,kind,name,fax,zone,source,as_of\n")
	for i, country := range address.Countries()[:faxNumbers] {
		fmt.Fprintf(&missions, "mission-%s,%s,embassy,Mission in %s,+4930275882%03d,UTC,made up,2026-01-01\n", strings.ToLower(string(country)), country, country, 100+i)
	}
	return runtimetest.BuildLocal(t, "one-click-protest/functions/local", map[string]string{path: text, "infra/directory/cn.csv": missions.String()})
}

// The server is killed while faxes leave, and comes back on the same folder: none is lost, none leaves twice, and of the day's number no more
// than the campaign pays for, whatever the killed had taken of it.
func TestFaxKills(t *testing.T) {
	folder := buildFaxes(t)
	faxtest.OneDay(t, 6*patience)
	s := newServer(t, folder, t.TempDir())
	began := time.Now()
	s.run("pause", slug)
	visitor := client()
	defer visitor.CloseIdleConnections()
	for i := range faxSigners {
		if status := submit(t.Context(), visitor, s.addr, i, string(address.Countries()[i%faxNumbers])); status != http.StatusAccepted {
			t.Fatalf("signer %d: status %d", i, status)
		}
	}
	s.interrupt()
	s.ended()
	s.run("resume", slug)
	s.start()
	v := &victims{server: s, orphans: map[ledger.ID]bool{}}
	v.whileSending(faxKills)
	deadline := time.Now().Add(2 * patience)
	for !strings.Contains(s.run("tally", slug), fmt.Sprintf("faxes of today (UTC): %d of %d", faxesDaily, faxesDaily)) {
		if time.Now().After(deadline) {
			t.Fatalf("the day's faxes do not all leave:\n%s", s.run("tally", slug))
		}
	}
	s.interrupt()
	s.ended()
	if out := s.run("deliver", "--once", "--capture"); !strings.Contains(out, "0 sent") || !strings.Contains(out, "no fax is left of the day") {
		t.Errorf("after the day's number: %s", out)
	}
	s.recounted()
	b := openBooks(t, s.folder)
	defer b.close()
	mails, faxes := taggedMails(t, s.folder, b.owners(faxSigners))
	states := b.audit(mails, faxSigners)
	b.unknowns(v.orphans, 0, false)
	// What a killed process took of the day's number, and did not send, is lost to it: a lane has one at most.
	if faxes > faxesDaily || faxes < faxesDaily-faxKills*8 {
		t.Errorf("%d faxes left, of %d a day and with %d kills", faxes, faxesDaily, faxKills)
	}
	figurestest.Report(t, "%d signers, %d faxes a day; %d kills left %d on their way; %d faxes left; deliveries: %v; all in %.0f s",
		faxSigners, faxesDaily, v.kills, len(v.orphans), faxes, states, time.Since(began).Seconds())
}

// taggedMails reads the folder of captured mail, and counts the faxes. A gateway's mail names nobody, so that whose it is its tag says.
func taggedMails(t *testing.T, data string, owners map[ledger.ID]int) (mails []got, faxes int) {
	t.Helper()
	for _, m := range captured(t, data) {
		i := slices.IndexFunc(m.Tags, func(tag mailer.Tag) bool { return tag.Name == "delivery" })
		if m.Broken || i < 0 {
			t.Errorf("mail %s is broken", m.ID)
			continue
		}
		if strings.HasSuffix(string(m.To[0]), "@"+gateway) {
			faxes++
		}
		id, _, _ := ledger.ParseTag(m.Tags[i].Value)
		mails = append(mails, got{owners[id], m.Tags[i].Value})
	}
	return mails, faxes
}
