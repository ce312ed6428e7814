package outbox_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"one-click-protest/internal/action"
	"one-click-protest/internal/address"
	"one-click-protest/internal/campaign"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/ledger/dynamo/dynamotest"
	"one-click-protest/internal/mailer"
	"one-click-protest/internal/outbox"
)

const protest = "protest-day-2007"

// atlas is a campaign of so many embassies, whose mailboxes are spread over so many mail domains. Ids, names and the letter are as
// long as they are in the field.
type atlas struct {
	embassies, domains int
	extra              string // in the campaign's file
}

func (a atlas) host(i int) string { return fmt.Sprintf("ministry%d.internal", i%a.domains) }

func (a atlas) country(i int) string { return string(a.countries()[i]) }

// countries are those that have an embassy.
func (a atlas) countries() []address.Country {
	var all []address.Country
	for _, c := range address.Countries() {
		if _, belongs := c.Of(); !belongs && c != "KR" && len(all) < a.embassies {
			all = append(all, c)
		}
	}
	return all
}

func (a atlas) files() fstest.MapFS {
	rows := "id,country,kind,city,name,email,confidence,section,zone,source,as_of,website\n"
	for i, c := range a.countries() {
		id := "kr-embassy-" + strings.ToLower(string(c))
		rows += fmt.Sprintf("%s,%s,embassy,Capital,Embassy of the Republic of Korea,%s@%s,A,general,Asia/Seoul,a test,2026-11-01,https://state.internal/\n", id, c, id, a.host(i))
	}
	text := strings.Repeat("We ask you to let them go, and to let them go home.\n\n", 25)
	return fstest.MapFS{
		"campaigns/" + protest + "/campaign.yaml": {Data: []byte(`title: {en: International Protest Day for refugees}
summary: {en: What it is about.}
mode: live
state: KR
fallback: kr-foreign-ministry
from: {name: International Protest Day, address: letters@campaign.internal}
languages: [en]
editable: whole
confirm: edited
reply_to: campaign
salutation: {en: "Your Excellency,"}
consent: {version: 2007-11-01, text: {en: I agree.}}
privacy: {controller: Campaign, contact: privacy@campaign.internal, retention: 90}
` + a.extra)},
		"campaigns/" + protest + "/letter.en.md": {Data: []byte("---\nsubject: Let them go\n---\n{salutation}\n\n" + text + "{name}, {country}\n")},
		"campaigns/" + protest + "/targets.csv": {Data: []byte("id,kind,country,city,name,postal,website,zone,source\n" +
			"kr-foreign-ministry,ministry,KR,Seoul,Ministry of Foreign Affairs,\"60 Sajik-ro, Seoul\",https://state.internal/,Asia/Seoul,a test\n")},
		"directory/kr.csv": {Data: []byte(rows)},
	}
}

// instant is a provider that takes every mail at once, and remembers what it may have to tell of.
type instant struct {
	mu   sync.Mutex
	left []mailer.Message // but for their texts
}

// Send implements [mailer.Mailer].
func (p *instant) Send(_ context.Context, m mailer.Message) mailer.Result {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.left = append(p.left, mailer.Message{To: m.To, Tags: m.Tags})
	return mailer.Result{Outcome: mailer.Accepted}
}

func (p *instant) taken() []mailer.Message {
	p.mu.Lock()
	defer p.mu.Unlock()
	left := p.left
	p.left = nil
	return left
}

// dear is a house whose ledger is DynamoDB's, behind a meter.
type dear struct {
	*process
	tb     testing.TB
	local  dynamotest.Local
	meter  *meter
	mail   *instant
	clock  *clock
	atlas  atlas
	events int
}

func openDear(tb testing.TB, a atlas) *dear {
	tb.Helper()
	h := &dear{tb: tb, local: dynamotest.Open(tb), meter: newMeter(), mail: &instant{}, clock: &clock{now: noon}}
	h.deploy(a)
	return h
}

// deploy starts a new process on the same ledger, perhaps with other files.
func (h *dear) deploy(a atlas) {
	h.tb.Helper()
	h.atlas = a
	l := h.local.Records(h.meter)
	h.process = start(h.tb, l, l, h.mail, campaign.Open(a.files()), keys(h.tb), h.clock.Now)
	if _, err := h.deliverer.Campaigns.Get(protest); err != nil {
		h.tb.Fatal(err)
	}
}

// rush lets so many letters leave at once to each mailbox, faster than a campaign's file may say.
func (h *dear) rush(burst int) {
	c, err := h.deliverer.Campaigns.Get(protest)
	if err != nil {
		h.tb.Fatal(err)
	}
	rate := ledger.Rate{PerHour: 1_000_000, Burst: burst}
	c.Pace = ledger.Pace{Mailbox: rate, Domain: rate}
}

// sign has signers take part, a hundredth of a second apart: all their letters wait if nothing is to leave at once.
func (h *dear) sign(wire http.RoundTripper, sender action.Sender, first, n int) {
	h.tb.Helper()
	s := &action.Service{
		Campaigns: h.deliverer.Campaigns, Keys: h.deliverer.Keys, Ledger: h.local.Records(wire), Sender: sender,
		PublicURL: "https://protest.example", Now: h.clock.Now, Log: quiet,
	}
	for i := first; i < first+n; i++ {
		_, err := s.Submit(h.tb.Context(), protest, action.Submission{
			Name: "Marie-Claude Delacroix", Email: fmt.Sprintf("marie.claude.delacroix.%d@people.internal", i), Country: h.atlas.country(i % h.atlas.embassies),
			Language: "en", Consent: "2007-11-01",
		})
		if err != nil {
			h.tb.Fatal(err)
		}
		h.clock.Add(10 * time.Millisecond)
	}
}

// fill has so many letters wait, without a bill.
func (h *dear) fill(first, n int) {
	h.tb.Helper()
	l := &lorry{wire: h.meter.wire}
	h.sign(l, waiting{h.deliverer.Outbox}, first, n)
	l.unload(h.tb)
}

// tick runs a tick a minute after the last one, and answers what it did and cost.
func (h *dear) tick() (outbox.Report, bill) {
	h.tb.Helper()
	h.clock.Add(time.Minute)
	h.meter.read()
	r, err := h.deliverer.Tick(h.tb.Context())
	if err != nil {
		h.tb.Fatalf("tick: %v", err)
	}
	return r, h.meter.read()
}

// unmetered runs a tick a minute after the last one that nobody asks the price of, and answers how many letters left.
func (h *dear) unmetered() int {
	h.tb.Helper()
	h.meter.off.Store(true)
	defer h.meter.off.Store(false)
	h.tick()
	return len(h.mail.taken())
}

// perBatch is how many events function feedback takes at once (template.yaml).
const perBatch = 20

// tell has the provider tell of each mail that it took it and that the mission's server did, and answers what that cost.
func (h *dear) tell(mails []mailer.Message) bill {
	h.tb.Helper()
	var events []mailer.Event
	for _, kind := range []mailer.Kind{mailer.Sent, mailer.Delivered} {
		for _, m := range mails {
			h.events++
			e := mailer.Event{ID: fmt.Sprintf("event-%010d", h.events), Delivery: tagOf(m), Kind: kind}
			if kind == mailer.Delivered {
				e.Domain = m.To[0].Domain()
			}
			events = append(events, e)
		}
	}
	h.meter.read()
	for len(events) > 0 {
		n := min(perBatch, len(events))
		for _, err := range h.feedback.Take(h.tb.Context(), events[:n]) {
			if err != nil {
				h.tb.Fatal(err)
			}
		}
		events = events[n:]
	}
	return h.meter.read()
}

// give has so many letters that wait come back for good, as far as the ledger can tell.
func (h *dear) give(n int) {
	h.tb.Helper()
	found := make(chan ledger.Delivery, n)
	for e, err := range h.deliverer.Ledger.Walk(h.tb.Context(), protest) {
		if err != nil {
			h.tb.Fatal(err)
		}
		if e.Delivery != nil {
			found <- *e.Delivery
		}
	}
	close(found)
	// They meet at few counts, and without a deadline of its caller's a ledger gives up after ten seconds, which may be too few on a busy machine.
	ctx, cancel := context.WithTimeout(h.tb.Context(), 10*time.Minute)
	defer cancel()
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for d := range found {
				changed, err := h.deliverer.Ledger.Settle(ctx, ledger.Settlement{
					ID: d.ID, Attempt: d.Attempt, Channel: d.Channel, From: d.State, To: ledger.StateBounced, At: h.clock.Now(),
					Reason: "Permanent/General", Token: "bounce", Stranded: true,
				})
				if err != nil || !changed {
					h.tb.Errorf("%v, %v", changed, err)
				}
			}
		})
	}
	group.Wait()
}

// steer changes the campaign's control, and lets the time pass that processes may go by the old one.
func (h *dear) steer(f func(*ledger.Control)) {
	h.tb.Helper()
	if err := ledger.Steer(h.tb.Context(), h.deliverer.Ledger, protest, f); err != nil {
		h.tb.Fatal(err)
	}
	h.clock.Add(6 * time.Second)
}
