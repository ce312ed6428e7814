package main_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"one-click-protest/internal/address"
	"one-click-protest/internal/figurestest"
	"one-click-protest/internal/lambdahttp/lambdatest"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/mailer/mailertest"
	"one-click-protest/internal/seal"
	"one-click-protest/internal/stack/runtimetest"
	"one-click-protest/internal/stack/stacktest"
)

const (
	kills        = 220
	mostKills    = 4 * kills // on a machine so slow that too few letters wait by then
	letWait      = 50
	killEvery    = 200 * time.Millisecond // on average
	webs         = 3
	delivers     = 2
	feedbacks    = 2
	tickTime     = 14 * time.Second // of which a tick keeps 8 for its end
	claimsLapse  = 125 * time.Second
	drains       = 8 * time.Minute // at most, for what is left when all claims have lapsed: an event that tells of a delay halves the pace
	eventsAtOnce = 10
	quota        = 300 // of mails: it is used up before the killing is over

	// From so many kills on what goes to the mailboxes of failing comes back for good, and from so many on organizers have given their numbers
	// up too: their letters go on by fax, and then by the relay.
	failsAt, faxless = 50, 140

	// perHour is a pace that binds: four letters a second, where about ten are signed, and at first those of the bucket that the test
	// leaves. A letter may get on the wire so much later than by its slot.
	perHour  = 14400
	left     = 60
	slotLife = 10 * time.Second
	secret   = "0123456789abcdef0123456789abcdef" // of stacktest

	missions = "missions.internal" // the mail domain of all targets, which the internet does not have
	relay    = "forward@federation.internal"
	daily    = 9 // faxes: fewer than the numbers' pace lets through
)

// failing are the targets whose mailboxes are no more. Everybody writes to the secretariat, besides the mission in their country.
var failing = []string{"cn-secretariat", "cn-embassy-ch"}

// stage is the whole house as real processes, with everything around it that can go wrong.
type stage struct {
	*testing.T
	*stacktest.Cloud
	faults *stacktest.Faults
	over   chan struct{} // closed when the killing is over

	mu       sync.Mutex
	accepted map[string]bool // addresses whose submission was answered 2xx
	told     int             // mails that have had their events
	back     map[string]bool // tags of mails that came back for good
	queue    []string        // events not taken yet
	lastKill time.Time
	letters  []seen // in the order of their coming, first those that the test took the slots of
	killed   atomic.Int64
	started  atomic.Int64
	answers  atomic.Int64 // other than 2xx, or none
}

// seen is a letter that came between two times.
type seen struct{ after, by time.Time }

// role is a function of which one process after the other runs.
type role struct {
	name      string
	bootstrap string
	mu        sync.Mutex
	f         *runtimetest.Function
}

// process answers the running process, a new one after a kill.
func (s *stage) process(r *role) *runtimetest.Function {
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.f == nil {
		f, err := runtimetest.TryStart(s.T, r.bootstrap, maps.Clone(s.Env))
		if err != nil {
			f.Kill()
			continue
		}
		s.started.Add(1)
		r.f = f
	}
	return r.f
}

// kill ends a role's process, unless it is given as another one than that which runs, and answers whether there was one.
func (s *stage) kill(r *role, other *runtimetest.Function) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.f == nil || other != nil && r.f != other {
		return false
	}
	r.f.Kill()
	r.f = nil
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lastKill = time.Now()
	return true
}

// unlease lets the lease of a killed deliverer lapse before its time, which the killing is too short for: ticks then overlap.
func (s *stage) unlease() {
	free := func([]byte) ([]byte, error) { return nil, nil }
	if err := s.Ledger.Change(s.Context(), ledger.DocumentName("LEASE", "deliver"), free); err != nil {
		s.Error(err)
	}
}

// invoke hands one event to a role's process and answers false when the process died or failed.
func (s *stage) invoke(r *role, event []byte, timeout time.Duration) ([]byte, bool) {
	f := s.process(r)
	answer, err := f.InvokeWithin(event, timeout)
	if err != nil { // Lambda ends a process that died or did not answer in time
		s.kill(r, f)
	}
	return answer, err == nil
}

// sign has signers sign, each until it is answered 2xx, or the killing is over.
func (s *stage) sign(r *role, first, step int) {
	for i := first; ; i += step {
		email := fmt.Sprintf("zq%d@example.com", i)
		body := fmt.Sprintf(`{"name":"Zoltan Quibble","email":%q,"country":%q,"language":"en","consent":"2007-11-01"}`, email,
			[]string{"US", "JP", "KR", "CH"}[i%4])
		for {
			select {
			case <-s.over:
				return
			default:
			}
			if s.submit(r, body) {
				s.mu.Lock()
				s.accepted[email] = true
				s.mu.Unlock()
				break
			}
			s.answers.Add(1)
		}
		time.Sleep(rand.N(800 * time.Millisecond)) // visitors come one by one
	}
}

func (s *stage) submit(r *role, body string) bool {
	request := httptest.NewRequest("POST", stacktest.PublicURL+"/v1/campaigns/"+slug+"/actions", strings.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	event, err := json.Marshal(lambdatest.Event(s.T, request))
	if err != nil {
		s.Error(err)
		return true
	}
	answer, ok := s.invoke(r, event, runtimetest.Timeout)
	if !ok {
		return false
	}
	response, err := lambdatest.Response(answer)
	if err != nil {
		s.Error(err)
		return true
	}
	return response.StatusCode == http.StatusAccepted
}

func (s *stage) tick(r *role) {
	for {
		select {
		case <-s.over:
			return
		default:
			s.invoke(r, scheduled, tickTime)
			time.Sleep(rand.N(500 * time.Millisecond))
		}
	}
}

// watch notes when letters come, until the test is over.
func (s *stage) watch(over <-chan struct{}) {
	for before := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		looked := time.Now()
		n := s.mailed() + s.taken() - len(s.letters)
		s.letters = append(s.letters, slices.Repeat([]seen{{before, time.Now()}}, n)...)
		before = looked
		select {
		case <-over:
			return
		default:
		}
	}
}

// publish puts the events of new mails into the queue: some twice, in any order.
func (s *stage) publish() {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.SES.Mails()
	for ; s.told < len(all); s.told++ {
		for _, e := range s.fate(all[s.told]) {
			s.queue = append(s.queue, string(all[s.told].Event(e)))
		}
	}
	rand.Shuffle(len(s.queue), func(i, j int) { s.queue[i], s.queue[j] = s.queue[j], s.queue[i] })
}

// fate is the events of a mail. A bounce that is told twice is told again behind a step down.
func (s *stage) fate(m mailertest.SESMail) []mailertest.SESEvent {
	kinds := []mailertest.SESEvent{{Type: "Send"}, {Type: "Delivery"}}
	if target := mailbox(m); slices.Contains(failing, target) && s.killed.Load() >= failsAt {
		s.back[tagOf(m)] = true
		kinds[1] = mailertest.SESEvent{Type: "Bounce"}
		return append(kinds, kinds[1])
	}
	switch rand.N(200) {
	case 0:
		kinds[1] = mailertest.SESEvent{Type: "Bounce", Cause: "Transient/MailboxFull"}
	case 1:
		kinds[1] = mailertest.SESEvent{Type: "DeliveryDelay"}
	case 2:
		kinds = append(kinds, kinds[1])
	}
	return kinds
}

// mailbox answers the target to whose own mailbox a mail goes; empty for a fax and for the relay.
func mailbox(m mailertest.SESMail) string {
	target, domain, _ := strings.Cut(m.To[0], "@")
	if domain != missions {
		return ""
	}
	return target
}

func tagOf(m mailertest.SESMail) string {
	for _, t := range m.Tags {
		if t.Name == "delivery" {
			return t.Value
		}
	}
	return ""
}

// mailed answers how many mails have left to mailboxes of the missions' domain.
func (s *stage) mailed() (n int) {
	for _, m := range s.SES.Mails() {
		if mailbox(m) != "" {
			n++
		}
	}
	return n
}

// batch is what SQS hands over: it comes again unless it was taken.
func (s *stage) batch() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := min(eventsAtOnce, len(s.queue))
	batch := slices.Clone(s.queue[:n])
	s.queue = s.queue[n:]
	return batch
}

func (s *stage) again(bodies ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue = append(s.queue, bodies...)
}

func (s *stage) waiting() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.queue)
}

// feed hands over one batch, and answers whether there was one.
func (s *stage) feed(r *role) bool {
	batch := s.batch()
	if len(batch) == 0 {
		return false
	}
	var in events.SQSEvent
	for i, body := range batch {
		in.Records = append(in.Records, events.SQSMessage{MessageId: fmt.Sprint(i), Body: body, EventSource: "aws:sqs"})
	}
	event, err := json.Marshal(in)
	if err != nil {
		s.Error(err)
		return false
	}
	answer, ok := s.invoke(r, event, runtimetest.Timeout)
	if !ok {
		s.again(batch...)
		return true
	}
	var out events.SQSEventResponse
	if err := json.Unmarshal(answer, &out); err != nil {
		s.Errorf("feedback answers %s: %v", answer, err)
	}
	for _, failed := range out.BatchItemFailures {
		var i int
		if _, err := fmt.Sscan(failed.ItemIdentifier, &i); err != nil {
			s.Error(err)
			continue
		}
		s.again(batch[i])
	}
	return true
}

func (s *stage) listen(r *role) {
	for {
		select {
		case <-s.over:
			return
		default:
		}
		s.publish()
		s.feed(r)
		time.Sleep(rand.N(300 * time.Millisecond))
	}
}

// weather scripts how SES answers the next mails.
func (s *stage) weather() {
	answers := map[string]func() mailertest.Answer{
		"lost":      func() mailertest.Answer { return mailertest.CloseRead(true) },
		"not taken": func() mailertest.Answer { return mailertest.CloseRead(false) },
		"500":       func() mailertest.Answer { return mailertest.Break(true, 500) },
		"garbled":   func() mailertest.Answer { return mailertest.Garbled(true, "{") },
		"slow down": func() mailertest.Answer {
			return mailertest.Refuse(429, "TooManyRequestsException", "Maximum sending rate exceeded.")
		},
		"rejected": func() mailertest.Answer { return mailertest.Refuse(400, "MessageRejected", "no") },
	}
	names := slices.Sorted(maps.Keys(answers))
	for range 4000 {
		if rand.N(12) > 0 {
			s.SES.Script(mailertest.Accept())
			continue
		}
		s.SES.Script(answers[names[rand.N(len(names))]]())
	}
}

// files are the campaign with the test's pace, live, since in test mode all letters would go to one mailbox, and with a whole ladder: to four
// missions, and to a second target.
func files(t *testing.T) map[string]string {
	t.Helper()
	const file = "infra/campaigns/" + slug + "/campaign.yaml"
	text, err := os.ReadFile("../../" + file)
	if err != nil {
		t.Fatal(err)
	}
	live := strings.NewReplacer("mode: test", "mode: live", "testers: [testers@example.org]", "", "example.org", "protest.internal", "fax.example.net", gateway,
		"editable: whole", "editable: words", "hours: 09:00-17:00", "hours: 00:00-24:00\n  pace: 60", "daily: 200", fmt.Sprint("daily: ", daily)).Replace(string(text))
	rows := "id,country,kind,city,name,email,fax,confidence,section,zone,source,as_of\n"
	for i, country := range []string{"us", "jp", "kr", "ch"} {
		rows += fmt.Sprintf("cn-embassy-%s,%s,embassy,Capital,Embassy in %[1]s,cn-embassy-%[1]s@%[3]s,+8222110308%d,A,general,UTC,made up,2026-01-01\n",
			country, strings.ToUpper(country), missions, i)
	}
	return map[string]string{
		file: fmt.Sprintf("%s\npace: {mailbox: %d, domain: %d}\nalso: [cn-secretariat]\nrelay: {name: A federation, address: %s, language: en, "+
			"subject: \"For {target}\", note: \"Please forward it.\"}\n", live, perHour, perHour, relay),
		"infra/directory/cn.csv": rows,
		"infra/campaigns/" + slug + "/targets.csv": "id,kind,country,city,name,email,fax,postal,website,zone,source\n" +
			"cn-foreign-ministry,ministry,CN,Beijing,Ministry of Foreign Affairs,,,Beijing,https://ministry.test/,Asia/Shanghai,made up\n" +
			"cn-secretariat,office,CN,Beijing,The secretariat,cn-secretariat@" + missions + ",+82221103079,Beijing,https://secretariat.test/,Asia/Shanghai,made up\n",
	}
}

// taken is how many slots the test takes: a burst but for what it leaves.
func (s *stage) taken() int { return ledger.NewRate(perHour).Burst - left }

// take takes them, as letters that came before all others.
func (s *stage) take() {
	pace := ledger.Pace{Mailbox: ledger.NewRate(perHour), Domain: ledger.NewRate(perHour)}
	now := time.Now()
	g, err := ledger.Take(s.Context(), s.Ledger, ledger.Slots{Domain: missions, Mailbox: "nobody@" + missions, Pace: pace, N: s.taken(), Now: now})
	if err != nil || g.N != s.taken() {
		s.Fatalf("%+v, %v", g, err)
	}
	s.letters = slices.Repeat([]seen{{now, now}}, g.N)
}

// Every process may be killed at any moment, DynamoDB throttles, conflicts and loses answers, SES has a quota and loses answers
// too, events come twice and in any order, and letters step down the ladder because two mailboxes are no more. Then everything is healed, claims lapse, and the books must be right.
func TestKills(t *testing.T) {
	if testing.Short() {
		t.Skip("takes three minutes")
	}
	s := &stage{T: t, Cloud: stacktest.New(t), over: make(chan struct{}), accepted: map[string]bool{}, back: map[string]bool{}}
	s.faults = stacktest.NewFaults(t, s.Env["PROTEST_DYNAMODB_ENDPOINT"])
	s.Env["PROTEST_DYNAMODB_ENDPOINT"] = s.faults.URL
	overlay := files(t)
	build := map[string]string{}
	for _, name := range []string{"web", "deliver", "feedback"} {
		build[name] = runtimetest.BuildOver(t, "one-click-protest/functions/"+name, overlay)
	}
	s.faults.Odds(60)
	s.SES.SetAccount(mailertest.SESAccount{Max24HourSend: quota, MaxSendRate: 40, EnforcementStatus: "HEALTHY", Enforce: true})
	s.weather()
	s.take()
	atRest := make(chan struct{})
	var house []*role
	var work, watch sync.WaitGroup
	watch.Go(func() { s.watch(atRest) })
	begin := func(name string, n int, run func(r *role, i int)) {
		for i := range n {
			r := &role{name: name, bootstrap: build[name]}
			house = append(house, r)
			work.Go(func() { run(r, i) })
		}
	}
	begin("web", webs, func(r *role, i int) { s.sign(r, i, webs) })
	begin("deliver", delivers, func(r *role, _ int) { s.tick(r) })
	begin("feedback", feedbacks, func(r *role, _ int) { s.listen(r) })
	s.slaughter(house)
	s.heal(&work, house)
	close(atRest)
	watch.Wait()
	s.audit()
}

// slaughter kills, until enough letters wait too, and then ends the killing.
func (s *stage) slaughter(house []*role) {
	began := time.Now()
	waiting := func() int { return s.Letters(s.T, slug, ledger.StateQueued) }
	for n := s.killed.Load(); n < kills || n < mostKills && waiting() < letWait; n = s.killed.Load() {
		time.Sleep(rand.N(2 * killEvery))
		r := house[rand.N(len(house))]
		if !s.kill(r, nil) {
			continue
		}
		if s.killed.Add(1) == faxless {
			s.steer(slug, func(c *ledger.Control) {
				for _, target := range failing {
					c.Suspend(ledger.Suspension{Target: target, Channel: ledger.ChannelFax, Reason: "organizer", Day: time.Now()})
				}
			})
		}
		if r.name == "deliver" {
			s.unlease()
		}
	}
	close(s.over)
	n := waiting()
	s.Logf("%d kills in %v; %d mails left so far, %d letters wait", s.killed.Load(), time.Since(began).Round(time.Second), len(s.SES.Mails()), n)
	if n < letWait {
		s.Errorf("%d letters wait: too few to say anything of the pace", n)
	}
}

func (s *stage) steer(of string, f func(*ledger.Control)) {
	s.Helper()
	if err := ledger.Steer(s.Context(), s.Ledger, of, f); err != nil {
		s.Fatal(err)
	}
}

// heal ends all faults, and lets the house come to rest. The claims of the killed lapse, of which the counts tell: what is claimed counts as
// queued.
func (s *stage) heal(work *sync.WaitGroup, house []*role) {
	s.faults.Odds(0)
	s.SES.Unscript()
	s.SES.SetAccount(mailertest.Unlimited())
	work.Wait()
	s.steer(ledger.Account, resume) // should a breaker have tripped
	s.unlease()
	deliver, feedback := house[webs], house[webs+delivers]
	for time.Since(s.lastKill) < claimsLapse+drains {
		if _, ok := s.invoke(deliver, scheduled, time.Minute); !ok {
			s.Fatal("a tick at rest fails")
		}
		s.publish()
		for s.feed(feedback) {
		}
		if s.Letters(s.T, slug, ledger.StateQueued) == 0 && s.waiting() == 0 {
			s.Logf("at rest %v after the last kill", time.Since(s.lastKill).Round(time.Second))
			return
		}
		time.Sleep(time.Second) // nothing tells when a claim lapses or a slot comes up
	}
	s.Errorf("%d letters do not leave", s.Letters(s.T, slug, ledger.StateQueued))
}

// audit holds the books against what SES has.
func (s *stage) audit() {
	mails := s.mails()
	tally, err := s.Ledger.Tally(s.Context(), slug)
	recount, err2 := ledger.Recount(s.Ledger.Walk(s.Context(), slug))
	if err := errors.Join(err, err2); err != nil {
		s.Fatal(err)
	}
	if !tally.Equal(recount) {
		s.Errorf("the counts say %+v, a recount %+v", tally, recount)
	}
	states, signed, known := map[ledger.State]int{}, map[string]bool{}, map[string]bool{}
	for entry, err := range s.Ledger.Walk(s.Context(), slug) {
		if err != nil {
			s.Fatal(err)
		}
		if d := entry.Delivery; d != nil {
			states[d.State]++
			known[d.Tag()] = true
			s.agrees(*d, mails[d.Tag()])
			s.arrives(*d, mails)
			for ; d.Attempt > 1; d.Attempt-- {
				known[ledger.Delivery{ID: d.ID, Attempt: d.Attempt - 1}.Tag()] = true
			}
		} else {
			signed[entry.Action.Signer] = true
		}
	}
	for tag := range mails {
		if !known[tag] {
			s.Errorf("a mail left with tag %q, of which there is no record", tag)
		}
	}
	s.kept(signed)
	s.keepsPace()
	s.goesDown()
	if s.killed.Load() < kills || len(mails) < 100 {
		s.Errorf("%d kills, %d mails: too few to say anything", s.killed.Load(), len(mails))
	}
	figurestest.Report(s.T, "%d kills of %d processes; DynamoDB: %v; %d requests to SES, %d mails left; %d submissions answered 2xx, %d not at once; letters: %v",
		s.killed.Load(), s.started.Load(), s.faults, s.SES.Requests(), len(s.SES.Mails()), len(s.accepted), s.answers.Load(), states)
}

// mails answers how many mails left by their tags: none more than once.
func (s *stage) mails() map[string]int {
	mails := map[string]int{}
	for _, m := range s.SES.Mails() {
		mails[tagOf(m)]++
	}
	for tag, n := range mails {
		if n > 1 {
			s.Errorf("%d mails for %q", n, tag)
		}
	}
	return mails
}

// arrives: of all attempts of a letter, by whatever channel, one may have arrived at most.
func (s *stage) arrives(d ledger.Delivery, mails map[string]int) {
	n := 0
	for last := d.Attempt; d.Attempt > 0; d.Attempt-- {
		if !s.back[d.Tag()] {
			n += mails[d.Tag()]
		}
		if n > 1 {
			s.Errorf("%d mails of the %d attempts of %s may have arrived", n, last, d.Tag())
		}
	}
}

// goesDown: the letters to the mailboxes that are no more went on, each fax as one PDF, and no more of them than the campaign pays for.
func (s *stage) goesDown() {
	faxes, relayed, came := 0, 0, len(s.back)
	for _, m := range s.SES.Mails() {
		_, domain, _ := strings.Cut(m.To[0], "@")
		switch {
		case domain == gateway:
			faxes++
			if len(m.Attachments) != 1 || !isPDF(m.Attachments[0].RawContent) || m.Text != "\n" {
				s.Errorf("a fax has %d attachments and the text %q", len(m.Attachments), m.Text)
			}
		case m.To[0] == relay:
			relayed++
		case domain != missions:
			s.Errorf("a mail to %q", m.To)
		}
	}
	if faxes > daily*s.days() {
		s.Errorf("%d faxes, at most %d a day", faxes, daily)
	}
	if faxes < 2 || relayed < 50 || came < 3 {
		s.Errorf("%d came back, %d went on as faxes, %d by the relay: too few to say anything", came, faxes, relayed)
	}
	figurestest.Report(s.T, "%d mails came back for good; %d faxes, %d by the relay", came, faxes, relayed)
}

// days answers of how many days of UTC the test is.
func (s *stage) days() int {
	day := func(t time.Time) int { return int(t.Unix() / 86400) }
	return 1 + day(time.Now()) - day(s.letters[0].after)
}

func isPDF(data []byte) bool {
	return bytes.HasPrefix(data, []byte("%PDF-")) && bytes.HasSuffix(bytes.TrimSpace(data), []byte("%%EOF"))
}

// kept: whoever was answered 2xx took part.
func (s *stage) kept(signed map[string]bool) {
	all, err := seal.NewHKDF([]byte(secret))
	if err != nil {
		s.Fatal(err)
	}
	keys, err := all.Campaign(s.Context(), slug)
	if err != nil {
		s.Fatal(err)
	}
	for email := range s.accepted {
		parsed, err := address.ParseEmail(email)
		if err != nil {
			s.Fatal(err)
		}
		if !signed[keys.SignerID(parsed.Key())] {
			s.Errorf("the submission of %s was answered 2xx and is not recorded", email)
		}
	}
}

// keepsPace holds every window of time to what the rate of the missions' domain promises, counted as long as it may have been: at most
// ceil(window/interval) + burst - 1 letters, the interval being hour/(PerHour-Burst+1).
func (s *stage) keepsPace() {
	burst := ledger.NewRate(perHour).Burst
	interval := time.Hour / time.Duration(perHour-burst+1)
	if want := s.mailed() + s.taken(); len(s.letters) != want {
		s.Fatalf("%d letters noted, want %d", len(s.letters), want)
	}
	closest := burst
	for i, first := range s.letters {
		for j, last := range s.letters[i:] {
			window := last.by.Sub(first.after) + slotLife
			most := int((window+interval)/interval) + burst - 1
			closest = min(closest, most-(j+1))
			if j+1 > most {
				s.Errorf("%d letters in %v, at most %d", j+1, window, most)
				return
			}
		}
	}
	s.Logf("the pace would have let through %d more letters in %v", closest, slotLife)
}

// agrees: every mail has had its events, so that what left is known to have left.
func (s *stage) agrees(d ledger.Delivery, mails int) {
	want := 0
	switch d.State {
	case ledger.StateSent, ledger.StateDelivered, ledger.StateBounced:
		want = 1
	case ledger.StateUnknown, ledger.StateFailed:
	default:
		s.Errorf("%s is left %s (%s)", d.Tag(), d.State, d.Reason)
	}
	if mails != want {
		s.Errorf("%s is %s (%s), and %d mails left", d.Tag(), d.State, d.Reason, mails)
	}
}
