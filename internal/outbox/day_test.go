package outbox_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"one-click-protest/internal/action"
	"one-click-protest/internal/address"
	"one-click-protest/internal/campaign"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/ledger/ledgertest"
	"one-click-protest/internal/mailer"
	"one-click-protest/internal/outbox"
)

// The simulated protest: letters signed over three weeks to sixty embassies, all to leave on one day, nine o'clock there.
const (
	dayLetters  = 5000
	dayMailbox  = 20  // letters an hour
	dayDomain   = 200 // of the domain that most of them share
	dayFrom     = 9
	dayTo       = 18
	dayInterval = 3 * time.Minute // a mailbox takes one in that time
)

// dayZones are the embassies' places: both sides of the date line, half and quarter hours, and zones whose clocks change on the days
// that the release is moved over (Europe on 25 October 2026, America on 1 November).
var dayZones = strings.Fields(`AD:Europe/Andorra AE:Asia/Dubai AF:Asia/Kabul AG:America/Antigua AL:Europe/Tirane AO:Africa/Luanda
AR:America/Argentina/Buenos_Aires AT:Europe/Vienna AU:Australia/Lord_Howe BD:Asia/Dhaka BE:Europe/Brussels BR:America/Noronha
CA:America/St_Johns CL:America/Santiago CN:Asia/Shanghai CO:America/Bogota CR:America/Costa_Rica CU:America/Havana DE:Europe/Berlin
EG:Africa/Cairo ES:Atlantic/Canary FJ:Pacific/Fiji FR:Europe/Paris GB:Europe/London GL:America/Nuuk GR:Europe/Athens ID:Asia/Jakarta
IL:Asia/Jerusalem IN:Asia/Kolkata IR:Asia/Tehran IS:Atlantic/Reykjavik IT:Europe/Rome JP:Asia/Tokyo KE:Africa/Nairobi
KI:Pacific/Kiritimati KR:Asia/Seoul MA:Africa/Casablanca MM:Asia/Yangon MX:America/Mexico_City NG:Africa/Lagos NP:Asia/Kathmandu
NR:Pacific/Nauru NU:Pacific/Niue NZ:Pacific/Chatham PE:America/Lima PF:Pacific/Marquesas PG:Pacific/Port_Moresby PH:Asia/Manila
PK:Asia/Karachi PT:Atlantic/Azores PY:America/Asuncion RU:Asia/Kamchatka SE:Europe/Stockholm TO:Pacific/Tongatapu TR:Europe/Istanbul
US:Pacific/Honolulu UY:America/Montevideo VE:America/Caracas WS:Pacific/Apia ZA:Africa/Johannesburg`)

// dayFiles is the campaign as it stands at some time: its release, and its text.
func dayFiles(release, text string) fstest.MapFS {
	var directory strings.Builder
	directory.WriteString("id,country,kind,city,name,email,confidence,section,zone,source,as_of\n")
	for i, at := range dayZones {
		country, zone, _ := strings.Cut(at, ":")
		domain := "state.internal"
		if i%3 == 0 {
			domain = strings.ToLower(country) + ".state.internal"
		}
		fmt.Fprintf(&directory, "xx-%[1]s,%[2]s,embassy,City,Embassy in %[2]s,%[1]s@%[3]s,A,general,%[4]s,a list,2026-01-01\n", strings.ToLower(country), country, domain, zone)
	}
	fsys := fstest.MapFS{"directory/cn.csv": {Data: []byte(directory.String())}}
	add(fsys, "day", fmt.Sprintf("confirm: edited\nstate: CN\nfallback: xx-ch\nrelease: %s\nhours: %02d:00-%02d:00\npace: {mailbox: %d, domain: %d}\n", release, dayFrom, dayTo, dayMailbox, dayDomain), "xx-ch", "ch@ch.state.internal")
	fsys["campaigns/day/letter.en.md"] = &fstest.MapFile{Data: []byte("---\nsubjects: [Let them go, A word for them]\nopenings: [\"Today.\", \"From {country}.\"]\n---\n{salutation}\n\n{opening}\n\n" + text + "\n\n{name}, {country}\n")}
	return fsys
}

// left is one letter as it left.
type left struct {
	at time.Time
	m  mailer.Message
}

// clockedMailer takes every mail and remembers when.
type clockedMailer struct {
	mu    sync.Mutex
	clock *clock
	mails []left
}

func (c *clockedMailer) Send(_ context.Context, m mailer.Message) mailer.Result {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.mails = append(c.mails, left{c.clock.Now(), m})
	return mailer.Result{Outcome: mailer.Accepted}
}

// simulation is the house over the weeks.
type simulation struct {
	t      *testing.T
	clock  *clock
	ledger *ledgertest.Memory
	mail   *clockedMailer
	seen   map[string]string // text by delivery's tag
	*process
}

func (s *simulation) deploy(release, text string) {
	s.process = start(s.t, s.ledger, s.ledger, s.mail, campaign.Open(dayFiles(release, text)), keys(s.t), s.clock.Now)
}

// sign takes part and remembers the letter that the signer was shown.
func (s *simulation) sign(signer int, country string) {
	s.t.Helper()
	r, err := s.service.Submit(s.t.Context(), "day", action.Submission{
		Name: fmt.Sprintf("Ann Lee the %s", strings.Repeat("I", 1+signer%7)), Email: emailOf(signer), Country: country, Consent: "1",
	})
	if err != nil {
		s.t.Fatal(err)
	}
	e := r.Letters[0]
	if !e.Expected.After(s.clock.Now()) {
		s.t.Fatalf("signer %d is told to expect it at %s", signer, e.Expected)
	}
	s.seen[emailOf(signer)+" "+e.Way.Target.ID] = e.Letter.Subject + "\n" + e.Letter.Text
}

func TestOneDayEverywhere(t *testing.T) {
	if testing.Short() {
		t.Skip("simulates weeks")
	}
	s := &simulation{t: t, clock: &clock{now: time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)}, ledger: ledgertest.New(), seen: map[string]string{}}
	s.mail = &clockedMailer{clock: s.clock}
	s.deploy("2026-10-25T09:00", "We ask you to let them go.")
	random := rand.New(rand.NewPCG(1, 2))
	const weeks = 21 * 24 * time.Hour
	for signer := range dayLetters {
		s.clock.Add(weeks / dayLetters)
		switch signer {
		case dayLetters / 3: // moved a week away
			s.deploy("2026-11-01T09:00", "We ask you to let them go.")
		case dayLetters / 2: // another text, for those who come
			s.deploy("2026-11-01T09:00", "We ask you, once more, to let all of them go.")
		case dayLetters * 2 / 3: // and back
			s.deploy("2026-10-25T09:00", "We ask you, once more, to let all of them go.")
		}
		country, _, _ := strings.Cut(dayZones[random.IntN(len(dayZones))], ":")
		s.sign(signer, country)
		if signer%50 == 0 {
			s.tick()
		}
	}
	if len(s.mail.mails) > 0 {
		t.Fatalf("%d letters left before the day", len(s.mail.mails))
	}
	s.run(time.Date(2026, 10, 24, 18, 0, 0, 0, time.UTC), 4*24*time.Hour)
	s.judge(time.Date(2026, 10, 25, dayFrom, 0, 0, 0, time.UTC))
}

func (s *simulation) tick() outbox.Report {
	s.t.Helper()
	r, err := s.deliverer.Tick(s.t.Context())
	if err != nil || r.Broken > 0 {
		s.t.Fatalf("tick: %+v, %v", r, err)
	}
	return r
}

// run ticks from a moment on, as long as something waits.
func (s *simulation) run(from time.Time, most time.Duration) {
	s.t.Helper()
	s.clock.Add(from.Sub(s.clock.Now()))
	for until := from.Add(most); s.clock.Now().Before(until); s.clock.Add(dayInterval) {
		if r := s.tick(); r.Queued == 0 {
			return
		}
	}
	s.t.Fatalf("letters still wait; %d left", len(s.mail.mails))
}

// judge holds every letter that left to what was promised. release is the hour as all clocks show it.
func (s *simulation) judge(release time.Time) {
	s.t.Helper()
	if len(s.mail.mails) != dayLetters {
		s.t.Errorf("%d letters left of %d", len(s.mail.mails), dayLetters)
	}
	zones := map[string]*time.Location{}
	for _, at := range dayZones {
		country, zone, _ := strings.Cut(at, ":")
		l, err := time.LoadLocation(zone)
		if err != nil {
			s.t.Fatal(err)
		}
		zones["xx-"+strings.ToLower(country)] = l
	}
	mailboxes, domains := map[string][]time.Time{}, map[string][]time.Time{}
	first := time.Time{}
	twice := map[string]bool{}
	for _, l := range s.mail.mails {
		id, _, _ := ledger.ParseTag(tagOf(l.m))
		s.inTime(id.Target, l.at.In(zones[id.Target]), release)
		if twice[tagOf(l.m)] {
			s.t.Errorf("twice: %s", tagOf(l.m))
		}
		twice[tagOf(l.m)] = true
		to := l.m.To[0]
		mailboxes[string(to)] = append(mailboxes[string(to)], l.at)
		domains[to.Domain()] = append(domains[to.Domain()], l.at)
		if first.IsZero() {
			first = l.at
		}
	}
	s.paced(mailboxes, dayMailbox)
	s.paced(domains, dayDomain)
	s.asSeen()
	s.t.Logf("%d letters to %d embassies left from %s to %s", len(s.mail.mails), len(mailboxes), first.Format(time.RFC3339), s.mail.mails[len(s.mail.mails)-1].at.Format(time.RFC3339))
}

// inTime: not before the hour there, and within the hours of its day.
func (s *simulation) inTime(target string, local, release time.Time) {
	s.t.Helper()
	wall := time.Date(local.Year(), local.Month(), local.Day(), local.Hour(), local.Minute(), local.Second(), 0, time.UTC)
	if wall.Before(release) || local.Hour() < dayFrom || local.Hour() >= dayTo {
		s.t.Errorf("%s got one at %s", target, local.Format(time.RFC3339))
	}
}

// paced: of any hour no more than the pace says.
func (s *simulation) paced(buckets map[string][]time.Time, perHour int) {
	s.t.Helper()
	for name, times := range buckets {
		slices.SortFunc(times, time.Time.Compare)
		for i := range times {
			if j := i + perHour; j < len(times) && times[j].Sub(times[i]) < time.Hour {
				s.t.Errorf("%s: more than %d within the hour from %s", name, perHour, times[i])
				break
			}
		}
	}
}

// asSeen: each letter is the one that its signer was shown, whatever the campaign says by then.
func (s *simulation) asSeen() {
	s.t.Helper()
	library := s.deliverer.Campaigns
	c, err := library.Get("day")
	if err != nil {
		s.t.Fatal(err)
	}
	k, err := s.deliverer.Keys.Campaign(s.t.Context(), c.Scope())
	if err != nil {
		s.t.Fatal(err)
	}
	got := map[string]string{}
	for _, l := range s.mail.mails {
		id, _, _ := ledger.ParseTag(tagOf(l.m))
		got[id.Signer+" "+id.Target] = l.m.Subject + "\n" + l.m.Text
	}
	texts := map[string]bool{}
	for seen, want := range s.seen {
		email, target, _ := strings.Cut(seen, " ")
		if got[k.SignerID(address.Email(email).Key())+" "+target] != want {
			s.t.Errorf("%s got another letter", seen)
		}
		for _, mark := range []string{"once more", "Today.", "A word for them"} {
			texts[fmt.Sprint(mark, strings.Contains(want, mark))] = true
		}
	}
	if len(texts) != 6 { // or the test shows nothing
		s.t.Errorf("letters seen: %v", texts)
	}
}
