package outbox_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"one-click-protest/internal/figurestest"
	"one-click-protest/internal/ledger"
)

// A tick makes the same calls, and costs the same, however many letters wait that may not leave; and so does one of which some leave.
func TestTickCostsNothingForWhatIsNotDue(t *testing.T) {
	most := 3000
	if testing.Short() {
		most = 600
	}
	few, many := ticks(t, 200), ticks(t, most)
	for name, f := range few {
		m := many[name]
		if diff := cmp.Diff(f.bill, m.bill, cmp.AllowUnexported(charge{})); diff != "" {
			t.Errorf("%s: of 200 letters (-), of %d (+):\n%s", name, most, diff)
		}
		if f.left != m.left {
			t.Errorf("%s: %d letters of 200 left, %d of %d", name, f.left, m.left, most)
		}
		sum := m.sum()
		figurestest.Report(t, "a tick, %d letters wait, %s: %d calls, %.1f write units, %.1f read units, %d letters left",
			most, name, sum.calls, sum.Write+sum.Index, sum.Read, m.left)
		if bound := 35 + 5*m.left; sum.calls > bound {
			t.Errorf("%s: %d calls, more than %d", name, sum.calls, bound)
		}
	}
}

// ticked is what a tick cost.
type ticked struct {
	bill
	left int
}

// ticks are ticks of an outbox in which so many letters to one mailbox wait: of several queues that begin at the same moment, now one and
// now each reads the controls.
func ticks(t *testing.T, n int) map[string]ticked {
	const slow = "pace: {mailbox: 6, domain: 12}\n" // one at once, then one in ten minutes
	with := func(extra string) atlas { return atlas{1, 1, extra} }
	h := openDear(t, with(""))
	h.fill(0, n)
	got := map[string]ticked{}
	look := func(name string) {
		h.unmetered() // reads what a process keeps
		_, cost := h.tick()
		got[name] = ticked{cost, len(h.mail.taken())}
	}
	signed := h.clock.Now()
	h.clock.Add(noon.Add(-time.Hour).Sub(signed))
	look("not yet")
	h.clock.Add(signed.Sub(h.clock.Now()))
	h.steer(func(c *ledger.Control) { c.Pause("") })
	look("paused")
	h.steer(func(c *ledger.Control) { c.Resume("") })
	h.deploy(with("release: 2026-12-02T09:00\n"))
	look("release")
	h.deploy(with(slow))
	look("full mailboxes")
	h.clock.Add(2 * time.Hour)
	h.deploy(with("pace: {mailbox: 600, domain: 1200}\n"))
	look("some leave")
	return got
}

// A suspended channel costs a tick no more than any other queue that stands still, however many letters wait for it, have gone on down the
// ladder, or came back and cannot go on any more.
func TestTickCostsNothingForWhatIsSuspended(t *testing.T) {
	most := 500
	if testing.Short() {
		most = 100
	}
	few, many := suspendedTicks(t, 20), suspendedTicks(t, most)
	for name, f := range few {
		if diff := cmp.Diff(f, many[name], cmp.AllowUnexported(charge{})); diff != "" {
			t.Errorf("%s: of 20 letters (-), of %d (+):\n%s", name, most, diff)
		}
		sum := many[name].sum()
		figurestest.Report(t, "a tick, channel suspended, %d letters, %s: %d calls, %.1f write units, %.1f read units",
			most, name, sum.calls, sum.Write+sum.Index, sum.Read)
		if idle := many["paused"].sum(); sum.calls > idle.calls+1 { // one more page of the index, which is empty
			t.Errorf("%s: %d calls, of a paused campaign %d", name, sum.calls, idle.calls)
		}
	}
}

// suspendedTicks are ticks of a campaign with so many letters to a suspended mailbox, and of the same one paused.
func suspendedTicks(t *testing.T, n int) map[string]bill {
	const later = "release: 2027-12-02T09:00\n"
	got := map[string]bill{}
	look := func(h *dear, name string) {
		h.unmetered()
		_, got[name] = h.tick()
	}
	stop := func(c *ledger.Control) {
		c.Suspend(ledger.Suspension{Target: "kr-embassy-" + strings.ToLower(atlas{embassies: 1}.country(0)), Channel: ledger.ChannelEmail, Reason: "test", Day: noon})
	}
	h := openDear(t, atlas{1, 1, later})
	h.fill(0, n)
	h.steer(func(c *ledger.Control) { c.Pause("") })
	look(h, "paused")
	h.steer(func(c *ledger.Control) { c.Resume("") })
	h.steer(stop)
	look(h, "nothing below")
	h.deploy(atlas{1, 1, later + federation})
	if r, _ := h.tick(); r.Stepped != n {
		t.Errorf("of %d letters stepped down: %+v", n, r)
	}
	look(h, "all stepped down")

	h = openDear(t, atlas{1, 1, ""})
	h.fill(0, n)
	h.give(n)
	h.clock.Add(91 * 24 * time.Hour) // longer than anything is kept
	h.steer(stop)
	look(h, "came back, nothing below")
	h.deploy(atlas{1, 1, federation})
	look(h, "came back, nothing left to send")
	return got
}

// What a letter costs that waited and was delivered, however many wait behind it: calls are bounded, and so are dollars.
func TestCostOfALetter(t *testing.T) {
	h := openDear(t, atlas{embassies: 4, domains: 4, extra: "pace: {mailbox: 900, domain: 1800}\n"})
	h.sign(h.meter, waiting{h.deliverer.Outbox}, 0, 4) // keeps the versions
	h.meter.read()
	h.sign(h.meter, waiting{h.deliverer.Outbox}, 4, 36)
	accepted := h.meter.read()
	h.fill(40, 300)
	h.unmetered()
	_, left := h.tick()
	mails := h.mail.taken()
	told := h.tell(mails)
	n := len(mails)
	if n < 56 || n > 60 { // a minute's of four mailboxes
		t.Fatalf("%d letters left", n)
	}
	dollars, parts := 0.0, ""
	for _, c := range []struct {
		name  string
		bill  bill
		n     int
		calls float64 // at most, for each letter
	}{{"accept", accepted, 36, 1.2}, {"leaving", left, n, 6.5}, {"feedback", told, n, 7}} {
		sum := c.bill.sum()
		calls := float64(sum.calls) / float64(c.n)
		if calls > c.calls {
			t.Errorf("%s: %.2f calls for each letter, more than %.1f", c.name, calls, c.calls)
		}
		dollars += sum.Dollars() / float64(c.n)
		parts += fmt.Sprintf("; %s $%.2f, %.2f calls", c.name, 1e6*sum.Dollars()/float64(c.n), calls)
	}
	figurestest.Report(t, "$%.2f a million letters%s", 1e6*dollars, parts)
	if dollars > 15e-6 {
		t.Errorf("$%.2f a million letters", 1e6*dollars)
	}
}

// Queues of one mail domain, which all want its slots at the same moment, do not write in vain: each write in vain is paid for.
func TestLanesDoNotPayForEachOther(t *testing.T) {
	const queues = 16
	h := openDear(t, atlas{embassies: queues, domains: 1})
	h.fill(0, queues*5)
	r, cost := h.tick()
	takes := (r.Sent + 4) / 5 // five slots at once, or as many as are left
	if n := cost[purpose{"pace", "PutItem"}].calls; r.Sent < 20 || n == 0 || n > takes+1+queues {
		t.Errorf("%d letters left, the pace was written %d times: to take slots at most %d times, and once for each mailbox to leave word", r.Sent, n, takes+1)
	}
}
