package outbox_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"one-click-protest/internal/ledger"
	"one-click-protest/internal/outbox"
)

// ticksOfAMonth are those of thirty days, one a minute.
const ticksOfAMonth = 30 * 24 * 60

// BenchmarkQueue has 100,000 letters wait for eight mailboxes of as many domains, lets some thousands leave, feeds back what became of
// them, and reports what a letter costs and how many leave in a second of a tick. It takes some minutes:
//
//	go test -run - -v -bench 'Queue|Domain|AtOnce' -benchtime 1x ./internal/outbox
func BenchmarkQueue(b *testing.B) {
	const letters, metered, burst = 100_000, 400, 375
	h := openDear(b, atlas{embassies: 8, domains: 8})
	h.unmetered()
	_, empty := h.tick()
	h.sign(h.meter, waiting{h.deliverer.Outbox}, 0, metered)
	accepted := h.meter.read()
	h.fill(metered, letters-metered)

	h.deploy(atlas{8, 8, "release: 2026-12-02T09:00\n"})
	h.unmetered()
	_, idle := h.tick()
	h.deploy(atlas{8, 8, ""})
	h.steer(func(c *ledger.Control) { c.Pause("") })
	h.unmetered()
	_, paused := h.tick()
	h.steer(func(c *ledger.Control) { c.Resume("") })

	usual := h.minutes(10)
	h.clock.Add(time.Hour)
	h.rush(burst)
	rushed := h.minutes(1)

	began, left := time.Now(), 0
	for b.Loop() {
		left += h.unmetered()
	}
	b.ReportMetric(float64(left)/time.Since(began).Seconds(), "letters/s")
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(1e6*(accepted.each(metered)+rushed.dollars()), "$/M-letters")

	report(b, "accept, queued", accepted, metered)
	rushed.report(b, "at a high pace")
	usual.report(b, "at the usual pace")
	report(b, "a tick before the release, 100,000 wait", idle, 1)
	report(b, "a tick of a paused campaign, 100,000 wait", paused, 1)
	b.Logf("idle ticks: $%.2f a month where nothing waits, $%.2f before the release, $%.2f paused",
		ticksOfAMonth*empty.sum().Dollars(), ticksOfAMonth*idle.sum().Dollars(), ticksOfAMonth*paused.sum().Dollars())
}

// BenchmarkDomain is the ordinary case of a state whose embassies share one mail domain: 97 of South Korea's do.
func BenchmarkDomain(b *testing.B) {
	h := openDear(b, atlas{embassies: 97, domains: 1})
	h.fill(0, 9700)
	h.unmetered()
	var usual minutes
	for b.Loop() {
		usual = h.minutes(10)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(1e6*usual.dollars(), "$/M-letters")
	usual.report(b, "97 mailboxes of one domain, at the usual pace")
}

// BenchmarkAtOnce lets letters leave as they are signed, and has others tried in vain by processes that know nothing yet.
func BenchmarkAtOnce(b *testing.B) {
	const n = 400
	h := openDear(b, atlas{embassies: 8, domains: 8})
	h.rush(n)
	var signed, vain bill
	var told minutes
	for b.Loop() {
		h.sign(h.meter, h.deliverer.Outbox, 0, n)
		signed = h.meter.read()
		mails := h.mail.taken()
		told = minutes{letters: len(mails), told: h.tell(mails)}
		h.deploy(h.atlas)
		h.clock.Add(time.Hour)
		h.fill(n, 400)
		h.unmetered() // leaves word that letters wait
		for i := range n {
			h.sign(h.meter, &outbox.Outbox{Ledger: h.deliverer.Ledger, Mailer: h.mail, Events: true, Now: h.clock.Now, Log: quiet}, 800+i, 1)
		}
		vain = h.meter.read()
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(1e6*(signed.each(n)+told.dollars()), "$/M-letters")
	report(b, "accept, and leave at once", signed, n)
	told.report(b, "left at once")
	report(b, "accept, tried in vain by a new process each", vain, n)
}

// minutes is what some ticks, and what the provider told of their letters, cost.
type minutes struct {
	letters    int
	left, told bill
}

// minutes runs so many ticks.
func (h *dear) minutes(n int) minutes {
	h.tb.Helper()
	m := minutes{left: bill{}, told: bill{}}
	for range n {
		_, cost := h.tick()
		m.left.add(cost)
		mails := h.mail.taken()
		m.letters += len(mails)
		m.told.add(h.tell(mails))
	}
	if m.letters == 0 {
		h.tb.Fatal("no letter left")
	}
	return m
}

func (m minutes) dollars() float64 { return m.left.each(m.letters) + m.told.each(m.letters) }

func (m minutes) report(b *testing.B, name string) {
	b.Helper()
	if m.left != nil {
		report(b, fmt.Sprintf("leaving, %s (%d letters)", name, m.letters), m.left, m.letters)
	}
	report(b, fmt.Sprintf("feedback, %s (%d letters)", name, m.letters), m.told, m.letters)
}

func (b bill) add(more bill) {
	for p, c := range more {
		b[p] = charge{b[p].calls + c.calls, b[p].Plus(c.Units)}
	}
}

// each is the dollars for one of n.
func (b bill) each(n int) float64 { return b.sum().Dollars() / float64(n) }

// report writes what each of n costs, by its parts.
func report(b *testing.B, name string, costs bill, n int) {
	b.Helper()
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', tabwriter.AlignRight)
	line := func(part, operation string, c charge) {
		of := float64(n)
		_, _ = fmt.Fprintf(w, "%s\t%s\t%.3f\t%.3f\t%.3f\t%.3f\t%.3f\t\n", part, operation, float64(c.calls)/of, c.Write/of, c.Index/of, c.Read/of, 1e6*c.Dollars()/of)
	}
	_, _ = fmt.Fprintf(w, "part\toperation\tcalls\twrite units\tof the index\tread units\t$ a million\t\n")
	for _, p := range slices.SortedFunc(maps.Keys(costs), func(a, b purpose) int {
		return cmp.Or(cmp.Compare(a.part, b.part), cmp.Compare(a.operation, b.operation))
	}) {
		line(p.part, p.operation, costs[p])
	}
	line("all", "", costs.sum())
	_ = w.Flush()
	b.Logf("%s\n%s", name, out.String())
}
