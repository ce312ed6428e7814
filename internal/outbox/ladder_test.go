package outbox_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"one-click-protest/internal/ledger"
	"one-click-protest/internal/letter"
	"one-click-protest/internal/mailer"
	"one-click-protest/internal/outbox"
)

// Three ways to one target: its mailbox, its number through a gateway, and a federation.
const (
	gateway    = "fax: {gateway: \"{e164}@fax.gateway.net\", daily: 1000, hours: 00:00-24:00, pace: 60}\n"
	federation = "relay: {name: A federation, address: forward@federation.internal, language: en, subject: \"For {target}\", note: \"Please forward it. {fax}\"}\n"

	faxed     = "+82221103079@fax.gateway.net"
	forwarded = "forward@federation.internal"
)

// laddered is the quick campaign whose target has a number too.
func laddered(extra string) fstest.MapFS {
	fsys := single(quick + extra)
	targets := fsys["campaigns/one/targets.csv"]
	targets.Data = []byte(strings.NewReplacer("email,", "email,fax,", minister+",", minister+",+82221103079,").Replace(string(targets.Data)))
	return fsys
}

// pages stands for the typesetter, as far as the outbox can tell.
func pages(s letter.Sheet, at time.Time) ([]byte, error) {
	pdf := fmt.Appendf(nil, "%%PDF %s, %s, of %s", s.Subject, s.Date, at.Format(time.RFC3339))
	for _, p := range s.Body {
		pdf = fmt.Appendf(pdf, "\n%s", p.Text)
	}
	return pdf, nil
}

func (h *house) suspend(target string, channel ledger.Channel) {
	h.t.Helper()
	err := ledger.Steer(h.t.Context(), h.ledger, "one", func(c *ledger.Control) {
		c.Suspend(ledger.Suspension{Target: target, Channel: channel, Reason: "test", Day: noon})
	})
	if err != nil {
		h.t.Fatal(err)
	}
	h.clock.Add(time.Minute) // what processes know of controls is some seconds old
}

func (h *house) resume(target string) {
	h.t.Helper()
	if err := ledger.Steer(h.t.Context(), h.ledger, "one", func(c *ledger.Control) { c.Resume(target) }); err != nil {
		h.t.Fatal(err)
	}
	h.clock.Add(time.Minute)
}

// sentTo answers the mails of an address.
func (h *house) sentTo(to string) (mails []mailer.Message) {
	for _, m := range h.mail.Left() {
		if string(m.To[0]) == to {
			mails = append(mails, m)
		}
	}
	return mails
}

// What waits for a suspended channel goes on by the next one, as the next attempt, in the words its signer saw; and one further when that one
// is suspended too.
func TestStepsDown(t *testing.T) {
	h := furnish(t, laddered(gateway+federation))
	h.deliverer.Fax = pages
	h.queue("one", 1, 3)
	h.suspend("minister", ledger.ChannelEmail)
	if r := h.tick(); r.Stepped != 3 || r.Sent != 0 {
		t.Fatalf("first tick: %+v", r)
	}
	for _, d := range h.all() {
		if d.Channel != ledger.ChannelFax || d.Attempt != 2 || d.State != ledger.StateQueued {
			t.Errorf("after a step: %+v", d)
		}
	}
	h.clock.Add(time.Minute)
	if r := h.tick(); r.Sent == 0 {
		t.Fatalf("second tick: %+v", r)
	}
	first := h.sentTo(faxed)
	if len(first) == 0 || len(first[0].Attachments) != 1 || !strings.Contains(string(first[0].Attachments[0].Data), "Let them go, 22 November 2026") {
		t.Fatalf("faxed: %+v", first)
	}
	h.suspend("minister", ledger.ChannelFax)
	h.tick()
	h.clock.Add(time.Minute)
	h.tick()
	if got := len(h.sentTo(faxed)) + len(h.sentTo(forwarded)); got != 3 {
		t.Errorf("%d letters left", got)
	}
	for _, m := range h.sentTo(forwarded) {
		if !strings.Contains(m.Text, "We ask you to let them go.") || !strings.Contains(m.Text, "Please forward it. +82221103079") {
			t.Errorf("relayed:\n%s", m.Text)
		}
	}
	if len(h.sentTo(minister)) > 0 {
		t.Error("sent by the suspended channel")
	}
	h.recounted()
}

// Newcomers are answered alike, suspended or not; once the channel is mended, they go by it again.
func TestStepsUpAgain(t *testing.T) {
	h := furnish(t, laddered(gateway))
	h.deliverer.Fax = pages
	h.suspend("minister", ledger.ChannelEmail)
	r, err := h.service.Submit(t.Context(), "one", submission(1))
	if err != nil || r.Letters[0].Way.Channel != ledger.ChannelEmail {
		t.Fatalf("answered with %v, %v", r.Letters, err)
	}
	h.tick()
	h.clock.Add(time.Minute)
	h.tick()
	h.resume("minister")
	if _, err := h.service.Submit(t.Context(), "one", submission(2)); err != nil {
		t.Fatal(err)
	}
	if len(h.sentTo(faxed)) != 1 || len(h.sentTo(minister)) != 1 {
		t.Errorf("%d faxed, %d mailed", len(h.sentTo(faxed)), len(h.sentTo(minister)))
	}
}

// What is suspended too is stepped over: no attempt begins where none may leave.
func TestStepsOverWhatIsSuspended(t *testing.T) {
	h := furnish(t, laddered(gateway+federation))
	h.deliverer.Fax = pages
	h.queue("one", 1, 2)
	h.suspend("minister", ledger.ChannelFax)
	h.suspend("minister", ledger.ChannelEmail)
	h.tick()
	for _, d := range h.all() {
		if d.Channel != ledger.ChannelRelay || d.Attempt != 2 {
			t.Errorf("%+v", d)
		}
	}
	h.suspend("minister", ledger.ChannelRelay)
	if r := h.tick(); r.Stepped != 0 || r.Stopped != 1 {
		t.Errorf("nothing below: %+v", r)
	}
}

// What a restored ledger has as given back may have gone on since: nobody sends it again but an organizer, also when it is told of once more. What
// comes back afterwards goes on as ever.
func TestRestoredLedgerTakesNothingDown(t *testing.T) {
	h := furnish(t, laddered(gateway))
	h.deliverer.Fax = pages
	for signer := range 3 {
		if _, err := h.service.Submit(t.Context(), "one", submission(signer)); err != nil {
			t.Fatal(err)
		}
	}
	h.comesBack(0)
	h.comesBack(1)
	backup := h.ledger.Backup()
	h.suspend("minister", ledger.ChannelEmail)
	for range 3 {
		h.tick()
		h.clock.Add(time.Minute)
	}
	h.ledger.Restore(backup)
	h.deploy(laddered(gateway))
	h.deliverer.Fax = pages
	if _, err := h.deliverer.Adopt(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	h.suspend("minister", ledger.ChannelEmail)
	h.comesBack(0)
	h.comesBack(2)
	for range 3 {
		h.tick()
		h.clock.Add(time.Minute)
	}
	if got := len(h.sentTo(faxed)); got != 3 {
		t.Errorf("%d faxed, of three letters that came back", got)
	}
	h.wantStates(map[ledger.State]int{ledger.StateBounced: 1, ledger.StateUnknown: 1, ledger.StateSent: 1})
	h.recounted()
}

// comesBack has the mailbox give back the mail that it got as the n-th.
func (h *house) comesBack(n int) {
	h.t.Helper()
	e := mailer.Event{ID: fmt.Sprint("bounce", n), Delivery: tagOf(h.sentTo(minister)[n]), Kind: mailer.Bounced, Permanent: true, Reason: "test"}
	if err := errors.Join(h.feedback.Take(h.t.Context(), []mailer.Event{e})...); err != nil {
		h.t.Fatal(err)
	}
}

// Nothing below, or something else that stops the target: the letters wait.
func TestStaysOnItsStep(t *testing.T) {
	h := furnish(t, laddered(""))
	h.queue("one", 1, 2)
	h.suspend("minister", ledger.ChannelEmail)
	if r := h.tick(); r.Stepped != 0 || r.Stopped != 1 {
		t.Errorf("nothing below: %+v", r)
	}
	h = furnish(t, laddered(gateway))
	h.deliverer.Fax = pages
	h.queue("one", 1, 2)
	if err := ledger.Steer(t.Context(), h.ledger, "one", func(c *ledger.Control) { c.Pause("minister") }); err != nil {
		t.Fatal(err)
	}
	h.suspend("minister", ledger.ChannelEmail)
	if r := h.tick(); r.Stepped != 0 || r.Stopped != 1 {
		t.Errorf("paused: %+v", r)
	}
}

// What a channel refused or gave back for good before it was suspended goes on too; what may have arrived never does.
func TestRescuesTheStranded(t *testing.T) {
	h := furnish(t, laddered(gateway))
	h.deliverer.Fax = pages
	for i := range 6 {
		if _, err := h.service.Submit(t.Context(), "one", submission(i+1)); err != nil {
			t.Fatal(err)
		}
	}
	mails := h.sentTo(minister)
	event := func(i int, kind mailer.Kind, permanent bool) mailer.Event {
		return mailer.Event{ID: fmt.Sprint(i, kind), Delivery: tagOf(mails[i]), Kind: kind, Permanent: permanent, Reason: "test", Domain: "state.internal"}
	}
	events := []mailer.Event{
		event(0, mailer.Bounced, true),
		event(1, mailer.Bounced, true),
		event(2, mailer.Bounced, true), // the third in a row suspends
		event(3, mailer.Delivered, false), event(3, mailer.Bounced, true),
		event(4, mailer.Bounced, false),
		event(5, mailer.Bounced, true),
	}
	events[len(events)-1].Policy = true // it may pass
	if err := errors.Join(h.feedback.Take(t.Context(), events)...); err != nil {
		t.Fatal(err)
	}
	h.clock.Add(time.Minute)
	if r := h.tick(); r.Stepped != 3 {
		t.Fatalf("stepped: %+v", r)
	}
	h.clock.Add(time.Minute)
	for range 3 {
		h.tick()
		h.clock.Add(time.Minute)
	}
	if got := len(h.sentTo(faxed)); got != 3 {
		t.Errorf("%d faxed", got)
	}
	late := event(0, mailer.Delivered, false) // of the first attempt
	if err := errors.Join(h.feedback.Take(t.Context(), []mailer.Event{late})...); err != nil {
		t.Fatal(err)
	}
	h.recounted()
	if got := h.states()[ledger.StateDelivered]; got != 0 {
		t.Errorf("%d delivered", got)
	}
}

// A letter that a fax cannot show goes on at once where there is a way below, and else waits for an organizer.
func TestUnfaxable(t *testing.T) {
	for relay, want := range map[string]int{"": 0, federation: 1} {
		h := furnish(t, laddered(gateway+relay))
		h.deliverer.Fax = func(letter.Sheet, time.Time) ([]byte, error) { return nil, fmt.Errorf("set: %w", letter.ErrFax) }
		h.queue("one", 1, 1)
		h.suspend("minister", ledger.ChannelEmail)
		for range 4 {
			h.tick()
			h.clock.Add(time.Minute)
		}
		if got := len(h.sentTo(forwarded)); got != want {
			t.Errorf("%d relayed", got)
		}
		if got := h.states()[ledger.StateHeld]; got != 1-want {
			t.Errorf("%d held", got)
		}
		h.recounted()
	}
}

// No more faxes leave in a day than the campaign pays for, whatever waits, and the next day's leave on the next day.
func TestDailyFaxes(t *testing.T) {
	h := furnish(t, laddered(strings.Replace(gateway, "daily: 1000", "daily: 4", 1)+"channels: [fax]\n"))
	h.deliverer.Fax = pages
	h.queue("one", 1, 10)
	spent := 0
	for range 11 * 60 {
		spent += h.tick().Spent
		h.clock.Add(time.Minute)
	}
	if got := len(h.sentTo(faxed)); got != 4 || spent == 0 {
		t.Errorf("%d faxed by the day's end, %d times told", got, spent)
	}
	for range 2 * 60 {
		h.tick()
		h.clock.Add(time.Minute)
	}
	if got := len(h.sentTo(faxed)); got != 8 {
		t.Errorf("%d faxed on the next day", got)
	}
}

// Once the day's faxes are sent a tick takes no slot for what waits: numbers and their gateway would be short of them for nothing.
func TestNoSlotsForFaxesOfTomorrow(t *testing.T) {
	h := furnish(t, laddered(strings.Replace(gateway, "daily: 1000", "daily: 2", 1)+"channels: [fax]\n"))
	h.deliverer.Fax = pages
	h.queue("one", 1, 4)
	h.tick()
	h.clock.Add(time.Hour)
	slots := func() string {
		text, err := h.ledger.Document(t.Context(), ledger.DocumentName("PACE", "fax.gateway.net"))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	before := slots()
	if r := h.tick(); r.Spent != 1 || r.Sent != 0 || r.Oldest < time.Hour || slots() != before {
		t.Errorf("%+v; slots %s, then %s", r, before, slots())
	}
	if got := len(h.sentTo(faxed)); got != 2 {
		t.Errorf("%d faxed", got)
	}
}

// What was taken of the day's faxes and not sent after all is there for the next: an hour without a provider does not cost the day.
func TestFaxesThatDidNotLeave(t *testing.T) {
	h := furnish(t, laddered(strings.Replace(gateway, "daily: 1000", "daily: 4", 1)+"channels: [fax]\n"))
	h.deliverer.Fax = pages
	h.queue("one", 1, 4)
	h.mail.Outcomes(mailer.Later, mailer.Later, mailer.Halt, mailer.Later, mailer.Refused, mailer.Later)
	for range 60 {
		h.tick()
		h.clock.Add(time.Minute)
	}
	if got, refused := len(h.sentTo(faxed)), h.states()[ledger.StateFailed]; got != 3 || refused != 1 {
		t.Errorf("%d faxed, %d refused", got, refused)
	}
	if n, err := ledger.Spent(t.Context(), h.ledger, "one", h.clock.Now()); err != nil || n != 3 {
		t.Errorf("%d spent, %v", n, err)
	}
}

// Faxes never leave inline: the public function has no fonts.
func TestFaxesLeaveFromTheQueue(t *testing.T) {
	h := furnish(t, laddered(gateway+"channels: [fax]\n"))
	if _, err := h.service.Submit(t.Context(), "one", submission(1)); err != nil {
		t.Fatal(err)
	}
	if d := h.all()[0]; d.State != ledger.StateQueued || d.Channel != ledger.ChannelFax {
		t.Errorf("%+v", d)
	}
	if r := h.tick(); r.Sent != 0 || r.Later != 1 {
		t.Errorf("without a typesetter: %+v", r)
	}
	h.deliverer.Fax = pages
	h.clock.Add(2 * time.Minute)
	if r := h.tick(); r.Sent != 1 {
		t.Errorf("with one: %+v", r)
	}
	m := h.sentTo(faxed)[0]
	if m.FromName != "Campaign" || m.ReplyTo != "" || m.Text != "\n" || m.HTML != "" || m.Subject != "A campaign" {
		t.Errorf("the gateway's mail: %+v", m)
	}
}

// recounted holds the counts to the records.
func (h *house) recounted() {
	h.t.Helper()
	tally, err := h.ledger.Tally(h.t.Context(), "one")
	if err != nil {
		h.t.Fatal(err)
	}
	want, err := ledger.Recount(h.ledger.Walk(h.t.Context(), "one"))
	if err != nil {
		h.t.Fatal(err)
	}
	if !tally.Equal(want) {
		h.t.Errorf("counted %+v, recounted %+v", tally, want)
	}
}

// What comes late of an attempt by the mailbox says nothing of the number that the letter went on to.
func TestLateEventsBlameNoOtherChannel(t *testing.T) {
	h := furnish(t, laddered(gateway))
	h.deliverer.Fax = pages
	for i := range 4 {
		if _, err := h.service.Submit(t.Context(), "one", submission(i+1)); err != nil {
			t.Fatal(err)
		}
	}
	var events []mailer.Event
	for i, m := range h.sentTo(minister) {
		events = append(events, mailer.Event{ID: fmt.Sprint(i), Delivery: tagOf(m), Kind: mailer.Bounced, Permanent: true, Reason: "test"})
	}
	if err := errors.Join(h.feedback.Take(t.Context(), events)...); err != nil {
		t.Fatal(err)
	}
	h.clock.Add(time.Minute)
	h.tick()
	if err := errors.Join(h.feedback.Take(t.Context(), events)...); err != nil { // queues deliver twice
		t.Fatal(err)
	}
	c, err := ledger.ReadControl(t.Context(), h.ledger, "one")
	if err != nil || !c.Suspends("minister", ledger.ChannelEmail) || c.Suspends("minister", ledger.ChannelFax) {
		t.Errorf("%+v, %v", c, err)
	}
}

// In a restored ledger what had stranded may have gone on by the next channel since: it must not go there again.
func TestAdoptDoubtsTheStranded(t *testing.T) {
	h := furnish(t, laddered(gateway))
	h.deliverer.Fax = pages
	for i := range 3 {
		if _, err := h.service.Submit(t.Context(), "one", submission(i+1)); err != nil {
			t.Fatal(err)
		}
	}
	var events []mailer.Event
	for i, m := range h.sentTo(minister) {
		events = append(events, mailer.Event{ID: fmt.Sprint(i), Delivery: tagOf(m), Kind: mailer.Bounced, Permanent: true, Reason: "test"})
	}
	if err := errors.Join(h.feedback.Take(t.Context(), events)...); err != nil {
		t.Fatal(err)
	}
	if err := h.ledger.Adopt(t.Context(), "another"); err != nil {
		t.Fatal(err)
	}
	if n, err := h.deliverer.Adopt(t.Context(), true); err != nil || n.Unknown != 3 || h.states()[ledger.StateBounced] != 3 {
		t.Errorf("dry run: %+v, %v", n, err)
	}
	if n, err := h.deliverer.Adopt(t.Context(), false); err != nil || n.Unknown != 3 || h.states()[ledger.StateUnknown] != 3 {
		t.Errorf("adopted: %+v, %v; %v", n, err, h.states())
	}
	h.clock.Add(time.Minute)
	if r := h.tick(); r.Stepped != 0 {
		t.Errorf("%+v", r)
	}
	h.recounted()
}

// A letter in a script that no fax shows passes the fax over, and with nothing else below waits where it can leave again once that is mended.
func TestPassesOverTheFax(t *testing.T) {
	for relay, want := range map[string]string{"": minister, federation: forwarded} {
		h := furnish(t, laddered(gateway+relay))
		h.deliverer.Fax = pages
		h.suspend("minister", ledger.ChannelEmail)
		arabic := submission(1)
		arabic.Name = "آن لي"
		if _, err := h.service.Submit(t.Context(), "one", arabic); err != nil {
			t.Fatal(err)
		}
		h.queue("one", 2, 1)
		for range 4 {
			h.tick()
			h.clock.Add(time.Minute)
		}
		h.resume("minister")
		if _, err := h.deliverer.Retry(t.Context(), outbox.Again{Campaign: "one", State: ledger.StateHeld}); err != nil {
			t.Fatal(err)
		}
		h.tick()
		if len(h.sentTo(want)) != 1 || len(h.sentTo(faxed)) != 1 {
			t.Errorf("%d to %s, %d faxed; %v", len(h.sentTo(want)), want, len(h.sentTo(faxed)), h.states())
		}
		h.recounted()
	}
}

// What came back and no way below can take is looked at once, and left to an organizer.
func TestCameBackAndNothingTakesIt(t *testing.T) {
	h := furnish(t, laddered(gateway))
	h.deliverer.Fax = pages
	arabic := submission(1)
	arabic.Name = "آن لي"
	if _, err := h.service.Submit(t.Context(), "one", arabic); err != nil {
		t.Fatal(err)
	}
	h.comesBack(0)
	h.suspend("minister", ledger.ChannelEmail)
	h.tick()
	q := ledger.Queue{Campaign: "one", Target: "minister", Channel: ledger.ChannelEmail}
	if ids, err := h.ledger.Stranded(t.Context(), q, ledger.ID{}, 10); err != nil || len(ids) > 0 {
		t.Errorf("looked at again: %v, %v", ids, err)
	}
	h.wantStates(map[ledger.State]int{ledger.StateBounced: 1})
	h.recounted()
}
