package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"one-click-protest/internal/action"
	"one-click-protest/internal/address"
	"one-click-protest/internal/campaign"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/ledger/ledgertest"
	"one-click-protest/internal/mailer"
	"one-click-protest/internal/mailer/mailertest"
	"one-click-protest/internal/outbox"
)

var errDown = errors.New("down")

// quick is a pace that lets twenty letters leave at once.
const quick = "confirm: edited\npace: {mailbox: 36000, domain: 72000}\n"

const minister = "minister@state.internal"

// house is a process over a ledger in memory and a mailer that sends nowhere.
type house struct {
	*process
	t      *testing.T
	ledger *ledgertest.Memory
	mail   *mailertest.Fake
	clock  *clock
}

// furnish opens a house; without files it has a quick campaign "one".
func furnish(t *testing.T, fsys fstest.MapFS) *house {
	t.Helper()
	h := &house{t: t, ledger: ledgertest.New(), mail: &mailertest.Fake{}, clock: &clock{now: noon}}
	if fsys == nil {
		fsys = single(quick)
	}
	h.deploy(fsys)
	return h
}

func single(extra string) fstest.MapFS {
	fsys := fstest.MapFS{}
	add(fsys, "one", extra, "minister", minister)
	return fsys
}

// deploy starts a new process on the same ledger, perhaps with other files.
func (h *house) deploy(fsys fstest.MapFS) {
	h.t.Helper()
	h.process = start(h.t, h.ledger, h.ledger, h.mail, campaign.Open(fsys), keys(h.t), h.clock.Now)
}

// waiting is a sender that never sends a letter at once.
type waiting struct{ *outbox.Outbox }

func (waiting) Ready(context.Context, ledger.Delivery, []address.Email) bool { return false }

// queue has so many letters signed, a second apart, that wait. Signers count from the first one's number.
func (h *house) queue(slug string, first, n int) {
	h.t.Helper()
	service := &action.Service{
		Campaigns: h.deliverer.Campaigns, Keys: h.deliverer.Keys, Ledger: h.ledger, Sender: waiting{h.deliverer.Outbox},
		PublicURL: "https://protest.example", Now: h.clock.Now, Log: quiet,
	}
	for i := range n {
		if _, err := service.Submit(h.t.Context(), slug, submission(first+i)); err != nil {
			h.t.Fatal(err)
		}
		h.clock.Add(time.Second)
	}
}

func (h *house) tick() outbox.Report {
	h.t.Helper()
	r, err := h.deliverer.Tick(h.t.Context())
	if err != nil {
		h.t.Fatalf("tick: %v", err)
	}
	return r
}

// states counts the deliveries of all campaigns by their states.
func (h *house) states() map[ledger.State]int {
	h.t.Helper()
	n := map[ledger.State]int{}
	for _, d := range h.all() {
		n[d.State]++
	}
	return n
}

// all answers all deliveries, in the order of their tags.
func (h *house) all() (all []ledger.Delivery) {
	h.t.Helper()
	for e, err := range h.ledger.Walk(h.t.Context(), "") {
		if err != nil {
			h.t.Fatal(err)
		}
		if e.Delivery != nil {
			all = append(all, *e.Delivery)
		}
	}
	slices.SortFunc(all, func(a, b ledger.Delivery) int { return cmpTags(a, b) })
	return all
}

func cmpTags(a, b ledger.Delivery) int {
	switch {
	case a.Tag() < b.Tag():
		return -1
	case a.Tag() > b.Tag():
		return 1
	}
	return 0
}

// only answers the one delivery there is.
func (h *house) only() ledger.Delivery {
	h.t.Helper()
	all := h.all()
	if len(all) != 1 {
		h.t.Fatalf("%d deliveries, not one", len(all))
	}
	return all[0]
}

func (h *house) key(slug string, signer int) ledger.Key {
	h.t.Helper()
	k, err := h.deliverer.Keys.Campaign(h.t.Context(), slug)
	if err != nil {
		h.t.Fatal(err)
	}
	return ledger.Key{Campaign: slug, Signer: k.SignerID(fmt.Sprintf("signer%d@people.example", signer))}
}

// steer changes a control, and lets the time pass that processes may go by the old one.
func (h *house) steer(scope string, f func(*ledger.Control)) {
	h.t.Helper()
	if err := ledger.Steer(h.t.Context(), h.ledger, scope, f); err != nil {
		h.t.Fatal(err)
	}
	h.clock.Add(6 * time.Second)
}

func (h *house) wantStates(want map[ledger.State]int) {
	h.t.Helper()
	if got := h.states(); !maps.Equal(got, want) {
		h.t.Errorf("deliveries stand at %v, not %v", got, want)
	}
}

func (h *house) wantLeft(n int) {
	h.t.Helper()
	if got := len(h.mail.Left()); got != n {
		h.t.Errorf("%d mails left, not %d", got, n)
	}
}

func TestTickSendsTheLongestWaitingFirst(t *testing.T) {
	h := furnish(t, nil)
	h.queue("one", 0, 5)
	h.tick()
	h.wantLeft(5)
	for i, m := range h.mail.Left() {
		if id, _, _ := ledger.ParseTag(tagOf(m)); id.Key != h.key("one", i) {
			t.Errorf("the %d. mail is not the %d. signer's", i, i)
		}
	}
}

func TestTickSendsMailToSignersFirst(t *testing.T) {
	fsys := single(quick)
	add(fsys, "three", "confirm: always\n", "press", "press@state.internal")
	h := furnish(t, fsys)
	h.mail.Outcomes(mailer.Halt)
	h.queue("three", 0, 1) // its confirmation mail goes back into the queue
	h.clock.Add(time.Minute)
	h.queue("one", 0, 3)
	r := h.tick()
	if r.Sent != 4 || r.Confirmed != 1 {
		t.Errorf("%+v, want 4 sent, one of them to a signer", r)
	}
	if left := h.mail.Left(); len(left) != 4 || left[0].Class != mailer.ToSigner {
		t.Errorf("the mail to the signer was not the first of %d", len(left))
	}
}

// Of two processes one sends; the other skips.
func TestTicksOverlap(t *testing.T) {
	h := furnish(t, nil)
	h.queue("one", 0, 3)
	other := start(t, h.ledger, h.ledger, h.mail, h.deliverer.Campaigns, h.deliverer.Keys, h.clock.Now)
	var skipped atomic.Int32
	h.mail.Before = func(ctx context.Context, _ mailer.Message) {
		if r, err := other.deliverer.Tick(ctx); err == nil && r.Skipped == "lease" {
			skipped.Add(1)
		}
	}
	h.tick()
	h.wantLeft(3)
	if skipped.Load() != 3 {
		t.Errorf("the other process skipped %d of 3 ticks", skipped.Load())
	}
	h.queue("one", 3, 1)
	h.mail.Before = nil
	if r, err := other.deliverer.Tick(t.Context()); err != nil || r.Sent != 1 {
		t.Errorf("after the lease was given back: %+v, %v", r, err)
	}
}

// A process that stands still longer than its lease doubles nothing.
func TestTickWhoseLeaseLapsed(t *testing.T) {
	h := furnish(t, nil)
	h.queue("one", 0, 4)
	other := start(t, h.ledger, h.ledger, h.mail, h.deliverer.Campaigns, h.deliverer.Keys, h.clock.Now)
	frozen := false
	h.mail.Before = func(ctx context.Context, _ mailer.Message) {
		if frozen {
			return
		}
		frozen = true
		h.clock.Add(70 * time.Second)
		if _, err := other.deliverer.Tick(ctx); err != nil {
			t.Error(err)
		}
	}
	h.tick()
	h.wantLeft(4)
	h.wantStates(map[ledger.State]int{ledger.StateSent: 4})
}

// A lease whose answer is lost does not keep the next tick from sending.
func TestTickLosesTheLeasesAnswer(t *testing.T) {
	h := furnish(t, nil)
	h.queue("one", 0, 1)
	h.ledger.Fail("Change", ledgertest.After, errDown)
	if r, err := h.deliverer.Tick(t.Context()); !errors.Is(err, errDown) || r.Skipped != "lease" {
		t.Errorf("%+v, %v", r, err)
	}
	h.wantLeft(0)
	h.tick()
	h.wantLeft(1)
}

func TestTickStopsBeforeItsDeadline(t *testing.T) {
	for _, tc := range []struct {
		deadline time.Duration // zero: none
		want     int
	}{{0, 5}, {20 * time.Second, 2}, {5 * time.Second, 0}} {
		synctest.Test(t, func(t *testing.T) { // or the deadline would come nearer while a busy machine gets there
			h := furnish(t, nil)
			h.queue("one", 0, 9)
			h.mail.Before = func(context.Context, mailer.Message) { h.clock.Add(10 * time.Second) }
			ctx := t.Context()
			if tc.deadline > 0 {
				within, cancel := context.WithTimeout(ctx, tc.deadline)
				defer cancel()
				ctx = within
			}
			if _, err := h.deliverer.Tick(ctx); err != nil {
				t.Fatal(err)
			}
			h.wantLeft(tc.want)
			want := map[ledger.State]int{ledger.StateSent: tc.want, ledger.StateQueued: 9 - tc.want}
			maps.DeleteFunc(want, func(_ ledger.State, n int) bool { return n == 0 })
			h.wantStates(want)
		})
	}
}

func TestTickOfALedgerThatIsNotAdopted(t *testing.T) {
	h := furnish(t, nil)
	h.queue("one", 0, 2)
	if err := h.ledger.Adopt(t.Context(), "another"); err != nil {
		t.Fatal(err)
	}
	r, err := h.deliverer.Tick(t.Context())
	if !errors.Is(err, ledger.ErrNotAdopted) || r.Skipped != "not-adopted" {
		t.Errorf("%+v, %v", r, err)
	}
	h.wantStates(map[ledger.State]int{ledger.StateQueued: 2})
	h.wantLeft(0)
}

func TestTickAsksTheAllowanceOnce(t *testing.T) {
	h := furnish(t, nil)
	h.deliverer.Account = h.mail
	h.queue("one", 0, 5)
	h.tick()
	h.wantLeft(5)
	if n := h.mail.Asked(); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

// What the provider's day has left is all that leaves; the rest waits as it is.
func TestTickKeepsTheDailyQuota(t *testing.T) {
	h := furnish(t, nil)
	h.deliverer.Account = h.mail
	h.queue("one", 0, 5)
	h.mail.Allow(mailer.Allowance{Left: 2}, nil)
	if r := h.tick(); r.Sent != 2 || r.Halted != "DailyQuota" || r.Stopped != 0 {
		t.Errorf("%+v", r)
	}
	h.mail.Allow(mailer.Allowance{Left: 0}, nil)
	if r := h.tick(); r.Sent != 0 || r.Halted != "DailyQuota" {
		t.Errorf("%+v", r)
	}
	h.wantStates(map[ledger.State]int{ledger.StateSent: 2, ledger.StateQueued: 3})
	// The next day begins: nothing that this process remembers keeps the letters.
	h.mail.Allow(mailer.Allowance{Left: -1}, nil)
	if r := h.tick(); r.Sent != 3 || r.Halted != "" {
		t.Errorf("%+v", r)
	}
}

func TestTickOfAHaltedAccount(t *testing.T) {
	h := furnish(t, nil)
	h.deliverer.Account = h.mail
	h.queue("one", 0, 2)
	h.mail.Allow(mailer.Allowance{Left: 50, Halted: "AccountPaused"}, nil)
	if r := h.tick(); r.Sent != 0 || r.Halted != "AccountPaused" || r.Queued != 2 {
		t.Errorf("%+v", r)
	}
	h.wantStates(map[ledger.State]int{ledger.StateQueued: 2})
}

func TestTickWithoutAnAllowance(t *testing.T) {
	h := furnish(t, nil)
	h.deliverer.Account = h.mail
	h.mail.Allow(mailer.Allowance{}, errDown)
	h.queue("one", 0, 2)
	if r := h.tick(); r.Sent != 2 {
		t.Errorf("%+v", r)
	}
}

// A provider that takes nothing ends the tick, and the next ones for a minute where nobody can be asked.
func TestTickMeetsAHalt(t *testing.T) {
	h := furnish(t, nil)
	h.queue("one", 0, 3)
	h.mail.Outcomes(mailer.Halt)
	for range 2 {
		if r := h.tick(); r.Halted != "Scripted" || r.Sent != 0 || r.Stopped != 0 {
			t.Errorf("%+v", r)
		}
	}
	if n := len(h.mail.Attempts()); n != 1 {
		t.Errorf("%d attempts, not one", n)
	}
	h.clock.Add(time.Minute)
	if r := h.tick(); r.Sent != 3 || r.Halted != "" {
		t.Errorf("%+v", r)
	}
}

func TestTickWithBrokenFiles(t *testing.T) {
	fsys := single(quick)
	add(fsys, "alas", "no: such key\n", "minister", minister)
	h := furnish(t, fsys)
	h.queue("one", 0, 1)
	if r := h.tick(); r.Broken != 1 || r.Sent != 1 {
		t.Errorf("%+v", r)
	}
}

// Where the provider's day is too short for all campaigns none of them comes last each time.
func TestTickIsFairToCampaigns(t *testing.T) {
	fsys := fstest.MapFS{}
	var slugs []string // three times as many as there are lanes
	for i := range 24 {
		slugs = append(slugs, fmt.Sprintf("c%02d", i))
		add(fsys, slugs[i], quick, "minister", minister)
	}
	h := furnish(t, fsys)
	h.deliverer.Account = h.mail
	for _, slug := range slugs {
		h.queue(slug, 0, 15)
	}
	h.mail.Allow(mailer.Allowance{Left: 1}, nil)
	of := map[string]int{}
	for range 120 {
		h.clock.Add(time.Minute)
		h.tick()
	}
	for _, m := range h.mail.Left() {
		id, _, _ := ledger.ParseTag(tagOf(m))
		of[id.Campaign]++
	}
	if len(of) < 20 {
		t.Errorf("of 120 letters, by campaign: %v", of)
	}
}

func TestReportCounts(t *testing.T) {
	fsys := single(quick)
	add(fsys, "two", quick, "palace", "palace@state.internal")
	h := furnish(t, fsys)
	h.queue("one", 0, 6)
	h.queue("two", 0, 2)
	h.steer("two", func(c *ledger.Control) { c.Pause("palace") })
	h.mail.Outcomes(mailer.Accepted, mailer.Refused, mailer.Unknown, mailer.Later)
	got := h.tick()
	if got.Oldest < 10*time.Second || got.Oldest > time.Minute {
		t.Errorf("the oldest waits for %v", got.Oldest)
	}
	got.Oldest = 0
	if want := (outbox.Report{Sent: 3, Failed: 1, Unknown: 1, Later: 1, Stopped: 1, Queued: 8}); got != want {
		t.Errorf("%+v\nwant %+v", got, want)
	}
	if got := h.tick(); got.Unknowns != 1 || got.Queued != 3 {
		t.Errorf("then %+v", got)
	}
}

// What waits for its release, or is paused, is not late.
func TestOldestIsOfWhatMayLeave(t *testing.T) {
	h := furnish(t, single(quick+"release: 2026-12-02T09:00\n"))
	h.queue("one", 0, 1)
	h.clock.Add(24 * time.Hour)
	if r := h.tick(); r.Oldest != 0 {
		t.Errorf("before the release: %v", r.Oldest)
	}
}

// Nothing is on the wire when a tick has returned, and what was is settled, also when the tick was stopped.
func TestTickReturnsWithNothingInFlight(t *testing.T) {
	fsys := fstest.MapFS{}
	for i := range 10 {
		add(fsys, fmt.Sprint("c", i), quick, "minister", fmt.Sprintf("minister%d@state.internal", i))
	}
	h := furnish(t, fsys)
	for i := range 10 {
		h.queue(fmt.Sprint("c", i), 0, 4)
	}
	ctx, stop := context.WithCancel(t.Context())
	var wire, attempts atomic.Int32
	h.mail.Before = func(context.Context, mailer.Message) {
		wire.Add(1)
		defer wire.Add(-1)
		if attempts.Add(1) == 12 {
			stop()
		}
		time.Sleep(5 * time.Millisecond) // a slow provider
	}
	if _, err := h.deliverer.Tick(ctx); err != nil {
		t.Fatal(err)
	}
	if n := wire.Load(); n != 0 {
		t.Errorf("%d mails on the wire", n)
	}
	n := len(h.mail.Left())
	if n < 12 || n > 12+8 {
		t.Errorf("%d mails left", n)
	}
	h.wantStates(map[ledger.State]int{ledger.StateSent: n, ledger.StateQueued: 40 - n})
}

// A tick costs no more when more waits than can leave, or when nothing may leave.
func TestTickCostsNoMoreForWhatCannotLeave(t *testing.T) {
	few, many := 60, 400
	cost := func(n int, prepare func(*house)) int {
		h := furnish(t, single("confirm: edited\n"+pace))
		h.queue("one", 0, n)
		prepare(h)
		h.tick() // reads what a process keeps
		before := h.ledger.Calls("")
		h.clock.Add(time.Minute)
		h.tick()
		return h.ledger.Calls("") - before
	}
	for name, prepare := range map[string]func(*house){
		"full mailbox":  func(*house) {},
		"paused":        func(h *house) { h.steer("one", func(c *ledger.Control) { c.Pause("") }) },
		"no way":        func(h *house) { h.deploy(other()) },
		"waits for day": func(h *house) { h.deploy(single("confirm: edited\nrelease: 2026-12-02T09:00\n" + pace)) },
	} {
		a, b := cost(few, prepare), cost(many, prepare)
		if a != b || b > 15 {
			t.Errorf("%s: %d calls for %d letters, %d for %d", name, a, few, b, many)
		}
	}
}

// other is the campaign with another target.
func other() fstest.MapFS {
	fsys := fstest.MapFS{}
	add(fsys, "one", quick, "successor", minister)
	return fsys
}
