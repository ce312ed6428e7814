package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"one-click-protest/internal/ledger"
	"one-click-protest/internal/ledger/ledgertest"
	"one-click-protest/internal/mailer"
	"one-click-protest/internal/mailer/mailertest"
	"one-click-protest/internal/outbox"
)

// desk takes events over a ledger in memory, and keeps the alerts.
type desk struct {
	*outbox.Feedback
	t      *testing.T
	ledger *ledgertest.Memory
	clock  *clock
	alerts []outbox.Alert
	fail   error // of the next alert
	events int
	signed int
}

func openDesk(t *testing.T) *desk {
	d := &desk{t: t, ledger: ledgertest.New(), clock: &clock{now: noon}}
	d.Feedback = &outbox.Feedback{Ledger: d.ledger, Now: d.clock.Now, Log: quiet, Alert: func(_ context.Context, a outbox.Alert) error {
		if err := d.fail; err != nil {
			d.fail = nil
			return err
		}
		d.alerts = append(d.alerts, a)
		return nil
	}}
	return d
}

// path is how a delivery that was written claimed gets to a state.
var path = map[ledger.State][]ledger.State{
	ledger.StateClaimed:    nil,
	ledger.StateQueued:     {ledger.StateQueued},
	ledger.StateSent:       {ledger.StateSent},
	ledger.StateDelivered:  {ledger.StateSent, ledger.StateDelivered},
	ledger.StateBounced:    {ledger.StateSent, ledger.StateBounced},
	ledger.StateComplained: {ledger.StateSent, ledger.StateComplained},
	ledger.StateFailed:     {ledger.StateFailed},
	ledger.StateUnknown:    {ledger.StateUnknown},
	ledger.StateHeld:       {ledger.StateHeld},
	ledger.StateCancelled:  {ledger.StateQueued, ledger.StateCancelled},
}

// letter writes a delivery to a target and lets it get to a state.
func (d *desk) letter(target string, state ledger.State) ledger.Delivery {
	d.t.Helper()
	d.signed++
	v := ledger.Delivery{
		ID:      ledger.ID{Key: ledger.Key{Campaign: "c", Signer: fmt.Sprintf("s%d", d.signed)}, Target: target},
		Attempt: 1, Channel: ledger.ChannelEmail, State: ledger.StateClaimed, Claim: "claim", Next: noon.Add(time.Minute), Changed: noon,
	}
	_, err := d.ledger.Accept(d.t.Context(), ledger.Acceptance{
		Action: ledger.Action{Key: v.Key, Day: noon, Token: "token"},
		Drafts: []ledger.Draft{{Delivery: v, Sealed: []byte("box"), Expires: noon.AddDate(0, 1, 0)}},
	})
	if err != nil {
		d.t.Fatal(err)
	}
	for i, to := range path[state] {
		d.step(&v, to, fmt.Sprint("step", i))
	}
	return v
}

func (d *desk) step(v *ledger.Delivery, to ledger.State, token string) {
	d.t.Helper()
	changed, err := d.ledger.Settle(d.t.Context(), ledger.Settlement{
		ID: v.ID, Attempt: v.Attempt, Channel: v.Channel, Claim: v.Claim, From: v.State, To: to, At: noon, Next: noon, Token: token,
	})
	if err != nil || !changed {
		d.t.Fatalf("to %s: %v, %v", to, changed, err)
	}
	v.State, v.Claim = to, ""
}

// event is a new one of a delivery.
func (d *desk) event(kind mailer.Kind, v ledger.Delivery) mailer.Event {
	d.events++
	return mailer.Event{ID: fmt.Sprintf("event-%010d", d.events), Delivery: v.Tag(), Kind: kind}
}

func (d *desk) bounce(v ledger.Delivery) mailer.Event {
	e := d.event(mailer.Bounced, v)
	e.Permanent, e.Reason = true, "Permanent/General"
	return e
}

// take holds that all events are taken.
func (d *desk) take(events ...mailer.Event) {
	d.t.Helper()
	for i, err := range d.Take(d.t.Context(), events) {
		if err != nil {
			d.t.Fatalf("event %d: %v", i, err)
		}
	}
}

func (d *desk) wantState(v ledger.Delivery, want ledger.State) {
	d.t.Helper()
	if got := find(d.t, d.ledger, v); got.State != want {
		d.t.Errorf("stands at %s, not %s", got.State, want)
	}
}

func (d *desk) stops(target string) string {
	d.t.Helper()
	c, err := ledger.ReadControl(d.t.Context(), d.ledger, "c")
	if err != nil {
		d.t.Fatal(err)
	}
	return c.Stops(target, ledger.ChannelEmail)
}

func (d *desk) accountStops() string {
	d.t.Helper()
	c, err := ledger.ReadControl(d.t.Context(), d.ledger, ledger.Account)
	if err != nil {
		d.t.Fatal(err)
	}
	return c.Stops("", "")
}

// Each kind of event moves a delivery where it proves it to be, from wherever that is a step forward, once.
func TestEachEventFromEachState(t *testing.T) {
	const (
		queued, claimed, sent, unknown = ledger.StateQueued, ledger.StateClaimed, ledger.StateSent, ledger.StateUnknown
		delivered                      = ledger.StateDelivered
	)
	for kind, tc := range map[mailer.Kind]struct {
		to   ledger.State
		from []ledger.State // elsewhere it changes nothing
	}{
		mailer.Sent:       {sent, []ledger.State{queued, claimed, unknown}},
		mailer.Delayed:    {sent, []ledger.State{queued, claimed, unknown}},
		mailer.Delivered:  {delivered, []ledger.State{queued, claimed, unknown, sent}},
		mailer.Bounced:    {ledger.StateBounced, []ledger.State{queued, claimed, unknown, sent, delivered}},
		mailer.Complained: {ledger.StateComplained, []ledger.State{queued, claimed, unknown, sent, delivered}},
		0:                 {}, // one left empty proves nothing
	} {
		for from := range path {
			t.Run(fmt.Sprintf("%v from %s", kind, from), func(t *testing.T) {
				d := openDesk(t)
				v := d.letter("t", from)
				want := from
				for _, s := range tc.from {
					if s == from {
						want = tc.to
					}
				}
				e := d.event(kind, v)
				for range 2 {
					d.take(e)
					d.wantState(v, want)
				}
				tally, err := d.ledger.Tally(t.Context(), "c")
				if err != nil || tally.Deliveries[ledger.Bucket{Target: "t", Channel: v.Channel, State: want.Counted()}] != 1 {
					t.Errorf("counts: %v, %v", tally, err)
				}
			})
		}
	}
}

func TestEventsOutOfOrder(t *testing.T) {
	for _, tc := range []struct {
		kinds []mailer.Kind
		want  ledger.State
	}{
		{[]mailer.Kind{mailer.Delivered, mailer.Sent, mailer.Delayed}, ledger.StateDelivered},
		{[]mailer.Kind{mailer.Bounced, mailer.Delivered, mailer.Sent}, ledger.StateBounced},
		{[]mailer.Kind{mailer.Complained, mailer.Delivered, mailer.Sent}, ledger.StateComplained},
		{[]mailer.Kind{mailer.Sent, mailer.Delayed, mailer.Delivered}, ledger.StateDelivered},
	} {
		d := openDesk(t)
		v := d.letter("t", ledger.StateSent)
		var batch []mailer.Event
		for _, k := range tc.kinds {
			batch = append(batch, d.event(k, v))
		}
		d.take(batch...)
		d.wantState(v, tc.want)
	}
}

// An event that comes before the sender has settled settles, and the sender's own step is none any more.
func TestEventBeforeTheSettle(t *testing.T) {
	d := openDesk(t)
	v := d.letter("t", ledger.StateClaimed)
	m := &mailertest.Fake{Before: func(context.Context, mailer.Message) { d.take(d.event(mailer.Delivered, v)) }}
	for _, outcome := range []mailer.Outcome{mailer.Accepted} {
		m.Outcomes(outcome)
		open(d.ledger, m, noon).Send(t.Context(), v, message, ledger.Pace{})
		d.wantState(v, ledger.StateDelivered)
	}
}

func TestEventOfAnEarlierAttempt(t *testing.T) {
	d := openDesk(t)
	v := d.letter("t", ledger.StateUnknown)
	changed, err := d.ledger.Settle(t.Context(), ledger.Settlement{
		ID: v.ID, Attempt: 1, Channel: v.Channel, From: v.State, To: ledger.StateQueued, Again: true, At: noon, Next: noon, Token: "again",
	})
	if err != nil || !changed {
		t.Fatal(changed, err)
	}
	d.take(d.event(mailer.Delivered, v), d.bounce(v))
	d.wantState(v, ledger.StateQueued)
}

// What cannot be assigned is dropped, and no error: it would come again for days.
// What the provider tells again of a letter that went on down the ladder says nothing of the channel that it goes by now.
func TestEventToldAgainAfterAStepDown(t *testing.T) {
	d := openDesk(t)
	for range 4 {
		v := d.letter("embassy", ledger.StateSent)
		e := d.bounce(v)
		d.take(e)
		changed, err := d.ledger.Settle(t.Context(), ledger.Settlement{
			ID: v.ID, Attempt: 1, Channel: v.Channel, From: ledger.StateBounced, To: ledger.StateQueued, At: noon, Next: noon,
			Again: true, Into: ledger.ChannelFax, Token: "down",
		})
		if err != nil || !changed {
			t.Fatalf("%v, %v", changed, err)
		}
		d.take(e)
	}
	c, err := ledger.ReadControl(t.Context(), d.ledger, "c")
	if err != nil || !c.Suspends("embassy", ledger.ChannelEmail) || c.Suspends("embassy", ledger.ChannelFax) {
		t.Errorf("%+v, %v", c, err)
	}
	if h := d.health(ledger.HealthOf("c", "embassy", ledger.ChannelFax)); h.N != 0 {
		t.Errorf("of the fax: %+v", h)
	}
}

func TestEventsOfNoDelivery(t *testing.T) {
	d := openDesk(t)
	v := d.letter("t", ledger.StateSent)
	gone := v
	gone.Signer = "nobody"
	elsewhere := v
	elsewhere.Target = "elsewhere"
	d.take(d.event(mailer.Bounced, gone), d.bounce(elsewhere), mailer.Event{ID: "e", Delivery: "no tag", Kind: mailer.Bounced},
		mailer.Event{ID: "e", Kind: mailer.Bounced})
	d.wantState(v, ledger.StateSent)
	if n := d.ledger.Calls("Change"); n != 0 {
		t.Errorf("%d documents changed", n)
	}
}

// racing is a ledger in which somebody else steps first, so many times.
type racing struct {
	*ledgertest.Memory
	steps []func()
}

func (r *racing) Settle(ctx context.Context, s ledger.Settlement) (bool, error) {
	if len(r.steps) > 0 {
		step := r.steps[0]
		r.steps = r.steps[1:]
		step()
	}
	return r.Memory.Settle(ctx, s)
}

func TestEventWhoseDeliveryOthersMove(t *testing.T) {
	d := openDesk(t)
	v := d.letter("t", ledger.StateClaimed)
	r := &racing{Memory: d.ledger}
	r.steps = []func(){
		func() { d.step(&v, ledger.StateQueued, "back") },
		func() { d.step(&v, ledger.StateUnknown, "lapsed") },
	}
	d.Feedback.Ledger = r
	d.take(d.event(mailer.Delivered, v))
	d.wantState(v, ledger.StateDelivered)

	v = d.letter("t", ledger.StateClaimed)
	for i := range 10 { // somebody claims it and puts it back all the time
		r.steps = append(r.steps, func() {
			if to := ledger.StateQueued; v.State == ledger.StateClaimed {
				d.step(&v, to, fmt.Sprint("back", i))
				return
			}
			_, _, err := d.ledger.Claim(t.Context(), ledger.Claim{ID: v.ID, Token: fmt.Sprint("c", i), Now: noon, Until: noon.Add(time.Minute)})
			if err != nil {
				t.Error(err)
			}
			v.State, v.Claim = ledger.StateClaimed, fmt.Sprint("c", i)
		})
	}
	if errs := d.Take(t.Context(), []mailer.Event{d.event(mailer.Delivered, v)}); errs[0] == nil {
		t.Error("not to come again")
	}
}

// An error of the ledger makes that event come again, and no other.
func TestLedgerErrorIsOfItsEvent(t *testing.T) {
	for _, method := range []string{"Find", "Settle"} {
		for _, when := range []ledgertest.When{ledgertest.Before, ledgertest.After} {
			d := openDesk(t)
			a, b := d.letter("t", ledger.StateSent), d.letter("t", ledger.StateSent)
			d.ledger.Fail(method, when, errDown)
			batch := []mailer.Event{d.event(mailer.Delivered, a), d.event(mailer.Delivered, b)}
			errs := d.Take(t.Context(), batch)
			if !errors.Is(errs[0], errDown) || errs[1] != nil {
				t.Errorf("%s: %v", method, errs)
			}
			d.wantState(b, ledger.StateDelivered)
			d.take(batch[0])
			d.wantState(a, ledger.StateDelivered)
			if h := d.health(ledger.HealthOf("c", "t", ledger.ChannelEmail)); h.N != 2 {
				t.Errorf("%d outcomes", h.N)
			}
		}
	}
}

// A document that cannot be written makes all events of its subject come again; told again they count once.
func TestHealthErrorMakesItsEventsComeAgain(t *testing.T) {
	for _, when := range []ledgertest.When{ledgertest.Before, ledgertest.After} {
		d := openDesk(t)
		batch := []mailer.Event{d.bounce(d.letter("t", ledger.StateSent)), d.bounce(d.letter("u", ledger.StateSent))}
		d.ledger.Fail("Change", when, errDown) // of target t
		errs := d.Take(t.Context(), batch)
		if !errors.Is(errs[0], errDown) || errs[1] != nil {
			t.Errorf("%v", errs)
		}
		d.take(batch...)
		if h := d.health(ledger.HealthOf("c", "t", ledger.ChannelEmail)); h.N != 1 || len(h.Bad) != 1 {
			t.Errorf("%+v", h)
		}
	}
}

// health answers a subject's without changing it.
func (d *desk) health(subject string) ledger.Health {
	d.t.Helper()
	h, err := ledger.Note(d.t.Context(), d.ledger, subject)
	if err != nil {
		d.t.Fatal(err)
	}
	return h
}

func TestThreeInARowSuspend(t *testing.T) {
	d := openDesk(t)
	good := d.letter("t", ledger.StateSent)
	d.take(d.bounce(d.letter("t", ledger.StateSent)), d.bounce(d.letter("t", ledger.StateSent)))
	d.take(d.event(mailer.Delivered, good))
	d.take(d.bounce(d.letter("t", ledger.StateSent)), d.bounce(d.letter("t", ledger.StateSent)))
	d.take(d.bounce(d.letter("u", ledger.StateSent)))
	if why := d.stops("t"); why != "" {
		t.Errorf("stopped (%s) though no three came in a row", why)
	}
	complaint := d.event(mailer.Complained, good)
	d.take(complaint, complaint)
	if d.stops("t") != "suspended" || d.stops("u") != "" {
		t.Errorf("t: %q, u: %q", d.stops("t"), d.stops("u"))
	}
	want := outbox.Alert{What: "suspended", Campaign: "c", Target: "t", Channel: ledger.ChannelEmail}
	if len(d.suspensions()) != 1 || d.suspensions()[0] != want {
		t.Errorf("alerts: %+v", d.alerts)
	}
	d.take(d.bounce(d.letter("t", ledger.StateSent)))
	if len(d.suspensions()) != 1 {
		t.Errorf("told %d times", len(d.suspensions()))
	}
}

func (d *desk) suspensions() (all []outbox.Alert) {
	for _, a := range d.alerts {
		if a.What == "suspended" {
			all = append(all, a)
		}
	}
	return all
}

func TestFiveOfTheLastHundredSuspend(t *testing.T) {
	for _, tc := range []struct {
		between int // good ones after each bad one
		want    string
	}{{19, "suspended"}, {30, ""}} {
		d := openDesk(t)
		for range 5 {
			batch := []mailer.Event{d.bounce(d.letter("t", ledger.StateSent))}
			for range tc.between {
				batch = append(batch, d.event(mailer.Delivered, d.letter("t", ledger.StateSent)))
			}
			d.take(batch...)
		}
		if got := d.stops("t"); got != tc.want {
			t.Errorf("%d between: %q", tc.between, got)
		}
		if tc.want != "" && d.suspensions()[0].Reason != "Permanent/General" {
			t.Errorf("%+v: not the bad one's reason", d.suspensions())
		}
	}
}

// What an organizer resumes good outcomes do not stop again.
func TestGoodOutcomesStopNothing(t *testing.T) {
	d := openDesk(t)
	for range 5 {
		d.take(d.bounce(d.letter("t", ledger.StateSent)))
	}
	for _, scope := range []string{"c", ledger.Account} {
		if err := ledger.Steer(t.Context(), d.ledger, scope, func(c *ledger.Control) { c.ResumeAll() }); err != nil {
			t.Fatal(err)
		}
	}
	d.take(d.event(mailer.Delivered, d.letter("t", ledger.StateSent)))
	if d.stops("t") != "" || d.accountStops() != "" {
		t.Errorf("stopped again: %q, %q", d.stops("t"), d.accountStops())
	}
}

func TestSuppressedSuspendsAtOnce(t *testing.T) {
	d := openDesk(t)
	e := d.bounce(d.letter("t", ledger.StateSent))
	e.Suppressed, e.Reason = true, "Permanent/Suppressed"
	d.take(e)
	if d.stops("t") != "suspended" || len(d.alerts) != 1 || d.alerts[0].Reason != "Permanent/Suppressed" {
		t.Errorf("%q, %+v", d.stops("t"), d.alerts)
	}
}

// pacedTo answers how many letters a mailbox of the domain takes at once.
func (d *desk) atOnce() int {
	d.t.Helper()
	g, err := ledger.Take(d.t.Context(), d.ledger, ledger.Slots{
		Domain: "state.internal", Mailbox: fmt.Sprint(d.events, "@state.internal"), N: 1000, Now: d.clock.Now(),
		Pace: ledger.Pace{Mailbox: ledger.Rate{PerHour: 6400, Burst: 640}},
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return g.N
}

// A receiver's policy slows the domain down and suspends nobody; so does a delay.
func TestPolicyBouncesBrake(t *testing.T) {
	for name, change := range map[string]func(*mailer.Event){
		"policy": func(e *mailer.Event) {
			e.Kind, e.Policy, e.Permanent, e.Reason = mailer.Bounced, true, true, "Permanent/General"
		},
		"delay": func(e *mailer.Event) { e.Kind = mailer.Delayed },
	} {
		t.Run(name, func(t *testing.T) {
			d := openDesk(t)
			sign := func() mailer.Event {
				e := d.event(0, d.letter("t", ledger.StateSent))
				e.Domain = "state.internal"
				change(&e)
				return e
			}
			first := sign()
			d.take(first, first)
			if got := d.atOnce(); got != 320 {
				t.Errorf("%d at once, not half", got)
			}
			for range 8 {
				d.take(sign())
			}
			if d.stops("t") != "" || len(d.suspensions()) != 0 {
				t.Errorf("suspended: %q", d.stops("t"))
			}
			if d.atOnce() == 0 {
				t.Error("held after nine")
			}
			d.take(sign())
			if n := d.atOnce(); n != 0 {
				t.Errorf("%d at once after ten in a row", n)
			}
			held := 0
			for _, a := range d.alerts {
				if a.What == "domain-held" && a.Domain == "state.internal" {
					held++
				}
			}
			if held != 1 {
				t.Errorf("told %d times: %+v", held, d.alerts)
			}
		})
	}
}

// A letter that was delivered ends the row of signs.
func TestDeliveredEases(t *testing.T) {
	d := openDesk(t)
	of := func(kind mailer.Kind) mailer.Event {
		e := d.event(kind, d.letter("t", ledger.StateSent))
		e.Domain = "state.internal"
		return e
	}
	for range 9 {
		d.take(of(mailer.Delayed))
	}
	d.take(of(mailer.Delivered))
	d.take(of(mailer.Delayed))
	if d.atOnce() == 0 {
		t.Error("held although a letter was delivered in between")
	}
}

// An alert that fails makes its event come again, and is told then.
func TestAlertThatFailsIsToldAgain(t *testing.T) {
	for what, event := range map[string]func(*desk) mailer.Event{
		"suspended": func(d *desk) mailer.Event {
			e := d.bounce(d.letter("t", ledger.StateSent))
			e.Suppressed = true
			return e
		},
		"breaker": func(d *desk) mailer.Event {
			for range 29 { // the thirtieth of fewer than 1,000
				d.take(d.bounce(d.letter(ledger.TargetSigner, ledger.StateSent)))
			}
			return d.bounce(d.letter(ledger.TargetSigner, ledger.StateSent))
		},
		"domain-held": func(d *desk) mailer.Event {
			var e mailer.Event
			for i := range 10 {
				e = d.event(mailer.Delayed, d.letter("t", ledger.StateSent))
				e.Domain = "state.internal"
				if i < 9 {
					d.take(e)
				}
			}
			return e
		},
	} {
		t.Run(what, func(t *testing.T) {
			d := openDesk(t)
			e := event(d)
			d.fail = errDown
			if errs := d.Take(t.Context(), []mailer.Event{e}); !errors.Is(errs[0], errDown) {
				t.Errorf("%v", errs)
			}
			d.take(e)
			if len(d.alerts) != 1 || d.alerts[0].What != what {
				t.Errorf("told: %+v", d.alerts)
			}
		})
	}
}

// The breakers stop at three in a hundred, and count fewer letters as three hundred, fewer mails to signers as a thousand: that of
// letters everything, that of mail to signers no letter.
func TestBreaker(t *testing.T) {
	for _, tc := range []struct {
		signers   bool
		good, bad int
		trips     bool
	}{
		{false, 0, 8, false}, {false, 0, 9, true}, {false, 291, 9, true}, {false, 292, 9, false}, {false, 388, 12, true}, {false, 389, 12, false},
		{true, 0, 29, false}, {true, 0, 30, true}, {true, 970, 30, true}, {true, 971, 29, false},
	} {
		d := openDesk(t)
		var batch []mailer.Event
		for range tc.good {
			batch = append(batch, d.event(mailer.Delivered, d.letter(target(tc.signers, 0), ledger.StateSent)))
		}
		for i := range tc.bad {
			e := d.bounce(d.letter(target(tc.signers, i), ledger.StateSent))
			e.Permanent = i%2 == 0 // all bounces count
			batch = append(batch, e)
		}
		d.take(batch...)
		letters, signers := d.stopped()
		if letters != (tc.trips && !tc.signers) || signers != tc.trips {
			t.Errorf("%+v: letters stopped %v, signers' mail %v", tc, letters, signers)
		}
		if told := len(d.alerts); (told == 1) != tc.trips {
			t.Errorf("%+v: told %d times", tc, told)
		}
	}
}

func target(signers bool, i int) string {
	if signers {
		return ledger.TargetSigner
	}
	return fmt.Sprint("t", i)
}

// A target that gives everything back stops its own channel, not the letters to all others; nor does what its limit or the provider's
// own list sends back.
func TestNoTargetStopsTheOthers(t *testing.T) {
	for name, change := range map[string]func(*mailer.Event){
		"for good":            func(*mailer.Event) {},
		"a full mailbox":      func(e *mailer.Event) { e.Permanent, e.Reason = false, "Transient/MailboxFull" },
		"the provider's list": func(e *mailer.Event) { e.Suppressed = true },
	} {
		d := openDesk(t)
		for range 40 {
			e := d.bounce(d.letter("t", ledger.StateSent))
			change(&e)
			d.take(e)
		}
		letters, signers := d.stopped()
		if d.stops("t") != "suspended" || letters || signers || len(d.alerts) != 1 {
			t.Errorf("%s: %q, all letters %v, signers' mail %v, told %d times", name, d.stops("t"), letters, signers, len(d.alerts))
		}
	}
	d := openDesk(t)
	for range 40 {
		e := d.bounce(d.letter("t", ledger.StateSent))
		e.Policy, e.Permanent = true, false
		d.take(e)
	}
	if letters, signers := d.stopped(); d.stops("t") != "" || letters || signers {
		t.Errorf("by the receiver's limit: %q, all letters %v, signers' mail %v", d.stops("t"), letters, signers)
	}
}

// stopped says what the account's control stops.
func (d *desk) stopped() (letters, signers bool) {
	d.t.Helper()
	c, err := ledger.ReadControl(d.t.Context(), d.ledger, ledger.Account)
	if err != nil {
		d.t.Fatal(err)
	}
	return ledger.Stops(c, ledger.Control{}, "t", ledger.ChannelEmail) != "",
		ledger.Stops(c, ledger.Control{}, ledger.TargetSigner, ledger.ChannelEmail) != ""
}

// A signer's mailbox has no channel to be suspended, and its domain no pace: its bounces count for the breaker of such mail alone.
func TestSignersBouncesCountApart(t *testing.T) {
	d := openDesk(t)
	for range 2 {
		e := d.bounce(d.letter(ledger.TargetSigner, ledger.StateSent))
		e.Domain = "state.internal"
		d.take(e)
		delay := d.event(mailer.Delayed, d.letter(ledger.TargetSigner, ledger.StateSent))
		delay.Domain = "state.internal"
		d.take(delay)
	}
	if h := d.health(ledger.TargetSigner); h.N != 2 || len(h.Bad) != 2 {
		t.Errorf("signers: %+v", h)
	}
	if h := d.health(ledger.Account); h.N != 0 {
		t.Errorf("letters: %+v", h)
	}
	if why := d.stops(ledger.TargetSigner); why != "" || d.atOnce() != 640 || len(d.alerts) != 0 {
		t.Errorf("%q, %d at once, %+v", why, d.atOnce(), d.alerts)
	}
}

// A batch writes the health of a target, and of the account, once.
func TestBatchWritesEachDocumentOnce(t *testing.T) {
	d := openDesk(t)
	var batch []mailer.Event
	for range 10 {
		batch = append(batch, d.event(mailer.Delivered, d.letter("t", ledger.StateSent)))
	}
	d.take(batch...)
	if n := d.ledger.Calls("Change"); n != 2 {
		t.Errorf("%d documents written", n)
	}
}
