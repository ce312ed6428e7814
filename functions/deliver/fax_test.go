package main_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"one-click-protest/internal/fax/faxtest"
	"one-click-protest/internal/figurestest"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/mailer/mailertest"
	"one-click-protest/internal/stack/runtimetest"
	"one-click-protest/internal/stack/stacktest"
)

const (
	gateway = "fax.protest.internal"
	// dailyFaxes is how many of the test's faxes the campaign pays for.
	dailyFaxes = 20
	// mostFaxRSS is a quarter of what template.yaml gives: the library that draws has its own copy of the fonts that a fax needs, up to 6 MB,
	// and eight faxes may be set at once.
	mostFaxRSS = 120 << 20
)

// faxCountries have an embassy without an address that may be used, and with a number.
var faxCountries = strings.Fields("DE FR GB BE CA")

// faxed is a language of the campaign, who signs in it, and words of its letter.
type faxed struct{ language, name, words string }

var faxedLanguages = []faxed{
	{"en", "Zoltan Quibble", "I therefore ask your government:"},
	{"zh", "王小明", "中国已签署《关于难民地位的公约》"},
	{"ko", "김하늘", "지난 10여 년 동안 해마다"},
	{"ja", "髙橋 直樹", "第三国へ安全に渡れるようにしてください"},
	{"ru", "Анна Ёлкина", "освободить задержанных беженцев"},
}

// english is where a text of the campaign file begins in each of its languages.
var english = regexp.MustCompile(`(?m)^( +)en: `)

// byFax is the shipped campaign, live, in two languages more, and with a gateway that may be used at any hour.
func byFax(t *testing.T) map[string]string {
	t.Helper()
	const folder = "infra/campaigns/" + slug + "/"
	text, err := os.ReadFile("../../" + folder + "campaign.yaml")
	if err != nil {
		t.Fatal(err)
	}
	live := strings.NewReplacer(
		"mode: test\n", "mode: live\n", "testers: [testers@example.org]\n", "", "example.org", "protest.internal", "fax.example.net", gateway,
		"hours: 09:00-17:00", "hours: 00:00-24:00\n  pace: 60", "daily: 200", fmt.Sprint("daily: ", dailyFaxes), "[en, zh, ko]", "[en, zh, ko, ja, ru]",
	).Replace(string(text))
	files := map[string]string{folder + "campaign.yaml": english.ReplaceAllString(live, "${1}ja: 大使閣下\n${1}ru: Уважаемый господин посол!\n${0}")}
	for language, body := range map[string]string{
		"ja": "UNHCRの監督の下で彼らを保護し、第三国へ安全に渡れるようにしてください。",
		"ru": "Я прошу Ваше правительство освободить задержанных беженцев и сотрудников гуманитарных организаций.",
	} {
		files[folder+"letter."+language+".md"] = "---\nsubjects: [UNHCR, \"1951\"]\nopenings: [\"{country}\", \"{target}\"]\n---\n\n{salutation}\n\n{opening}\n\n{message}\n\n" + body + "\n\n{name}\n"
	}
	return files
}

// signFax has one more signer take part by the real web.
func (c *cloud) signFax(t *testing.T, i int) {
	t.Helper()
	by := faxedLanguages[i%len(faxedLanguages)]
	body, err := json.Marshal(map[string]string{
		"name": by.name, "email": fmt.Sprintf("zq%d@example.com", i), "country": faxCountries[i/len(faxedLanguages)%len(faxCountries)], "language": by.language,
		"consent": "2007-11-01",
	})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("POST", stacktest.PublicURL+"/v1/campaigns/"+slug+"/actions", bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	if a := c.web.Do(t, r); a.StatusCode != http.StatusAccepted {
		t.Fatalf("submission: status %d", a.StatusCode)
	}
}

// A letter to an embassy that has a fax number and no address is queued by web, which has no fonts, and leaves as one mail with the letter as
// a PDF to the gateway, in every script; no more of them than the campaign pays for.
func TestFaxes(t *testing.T) {
	files := byFax(t)
	c := &cloud{Cloud: stacktest.New(t)}
	c.Env["GOMAXPROCS"] = "1" // as in template.yaml
	c.web = c.Start(t, runtimetest.BuildOver(t, "one-click-protest/functions/web", files))
	f := c.Start(t, runtimetest.BuildOver(t, "one-click-protest/functions/deliver", files))
	faxtest.OneDay(t, 2*time.Minute) // without the building

	c.signFax(t, 0)
	c.signFax(t, 0) // pressed twice
	if sent, queued := len(c.SES.Mails()), c.Letters(t, slug, ledger.StateQueued); sent != 0 || queued != 1 {
		t.Fatalf("%d mails, %d queued: a fax leaves from the queue", sent, queued)
	}
	if got := tick(t, f); got["Sent"] != 1 {
		t.Fatalf("metrics %v", got)
	}
	one(t, c.SES.Mails())
	lone := f.PeakRSS()

	for i := 1; i < dailyFaxes; i++ {
		c.signFax(t, i)
	}
	began := time.Now()
	got := tick(t, f)
	took := time.Since(began)
	if got["Sent"] != dailyFaxes-1 || got["Later"] != 0 || got["Held"] != 0 {
		t.Errorf("metrics %v", got)
	}
	c.signFax(t, dailyFaxes)
	if got = tick(t, f); got["Sent"] != 0 || c.Letters(t, slug, ledger.StateQueued) != 1 || len(c.SES.Mails()) != dailyFaxes {
		t.Errorf("%d mails with %d a day; metrics %v", len(c.SES.Mails()), dailyFaxes, got)
	}
	if !strings.Contains(f.Log(), "the day's faxes are sent") {
		t.Error("the log does not say why the rest waits")
	}
	figurestest.Report(t, "%.0f ms a fax, %d in five languages; %d KiB resident after the first, %d after all",
		float64(took.Milliseconds())/(dailyFaxes-1), dailyFaxes-1, lone>>10, f.PeakRSS()>>10)
	if rss := f.PeakRSS(); rss > mostFaxRSS {
		t.Errorf("%d KiB resident after %d faxes, more than %d", rss>>10, dailyFaxes, mostFaxRSS>>10)
	}
	if log := f.Log() + c.web.Log(); strings.Contains(log, "Quibble") || strings.Contains(log, "example.com") {
		t.Errorf("the log holds a signer:\n%s", log)
	}
	t.Run("words", func(t *testing.T) { wellSaid(t, c.SES.Mails()) })
}

// one looks at the first fax: a gateway's cover page and its bill depend on what its mail holds besides the letter.
func one(t *testing.T, mails []mailertest.SESMail) {
	t.Helper()
	if len(mails) != 1 || len(mails[0].Attachments) != 1 {
		t.Fatalf("mails: %v", mails)
	}
	m, a := mails[0], mails[0].Attachments[0]
	if diff := cmp.Diff([]string{"+493027588221@" + gateway}, m.To); diff != "" {
		t.Errorf("to (-want +got):\n%s", diff)
	}
	if m.ConfigurationSet != "letters" || len(m.ReplyTo) != 0 || strings.TrimSpace(m.Text) != "" || m.HTML != "" || strings.Contains(m.From+m.Subject, "Quibble") {
		t.Errorf("the gateway gets %v", m)
	}
	if a.FileName != "letter.pdf" || a.ContentType != "application/pdf" || !bytes.HasPrefix(a.RawContent, []byte("%PDF-")) || !bytes.HasSuffix(bytes.TrimSpace(a.RawContent), []byte("%%EOF")) {
		t.Errorf("attached: %s (%s), %d bytes", a.FileName, a.ContentType, len(a.RawContent))
	}
}

// wellSaid reads each fax by another program than ours: it is somebody's letter, and as many are in each language.
func wellSaid(t *testing.T, mails []mailertest.SESMail) {
	t.Helper()
	count := map[string]int{}
	for _, m := range mails {
		text := strings.Join(strings.Fields(faxtest.Text(t, m.Attachments[0].RawContent)), "")
		for _, by := range faxedLanguages {
			if strings.Contains(text, strings.ReplaceAll(by.words, " ", "")) && strings.Contains(text, strings.ReplaceAll(by.name, " ", "")) {
				count[by.language]++
			}
		}
	}
	want := map[string]int{}
	for i := range dailyFaxes {
		want[faxedLanguages[i%len(faxedLanguages)].language]++
	}
	if diff := cmp.Diff(want, count); diff != "" {
		t.Errorf("letters by language (-want +got):\n%s", diff)
	}
}
