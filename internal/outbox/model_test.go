package outbox_test

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"one-click-protest/internal/campaign"
	"one-click-protest/internal/figurestest"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/ledger/ledgertest"
	"one-click-protest/internal/mailer"
	"one-click-protest/internal/outbox"
	"one-click-protest/internal/seal"
)

// How many steps a run of the model takes. rapid makes 100 runs: in CI 120,000 steps.
const (
	stepsQuick = 150
	stepsInCI  = 1200
)

// model is the house in memory with everything that may happen to it, and what must be true all the same.
type model struct {
	*testing.T
	ledger    ledger.Ledger
	campaigns *campaign.Library
	keys      seal.Keys
	clock     *clock // what the processes see, each by its own skew off
	skew      int    // so many seconds a clock may be ahead or behind
	calm      bool   // no receiver slows the pace down: it is what binds
	behind    time.Duration
	ahead     time.Duration // of all processes so far, the clocks that are furthest off
	mu        sync.Mutex
	elapsed   time.Duration // true time since noon: it never goes back
	post      *post
	house     []*alive
	submitted map[who]bool      // whose submission was answered 2xx
	confirmed map[who]bool      // whose confirmation was
	told      []mailer.Event    // events of the provider that have not been taken
	eventsOf  int               // arrivals that have had events
	again     map[ledger.ID]int // how often organizers had a letter sent again that had left and come back
	steps     int
	counts    map[string]int
}

// who is one signer of one campaign.
type who struct {
	slug   string
	signer int
}

// alive is a process with its life.
type alive struct {
	*process
	life *life
}

// born starts a process with a clock of its own.
func (m *model) born(t *rapid.T) *alive {
	off := time.Duration(rapid.IntRange(-m.skew, m.skew).Draw(t, "clock is off")) * time.Second
	m.behind, m.ahead = min(m.behind, off), max(m.ahead, off)
	now := func() time.Time { return m.clock.Now().Add(off) }
	l := &life{left: -1, lost: map[int]bool{}, now: m.trueTime}
	reach := mortal{m.ledger, l}
	return &alive{start(m.T, reach, reach, door{m.post, l}, m.campaigns, m.keys, now), l}
}

// apart is how much the clocks of any two processes differed at most.
func (m *model) apart() time.Duration { return m.ahead - m.behind }

func (m *model) trueTime() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return noon.Add(m.elapsed)
}

// one answers a process, perhaps about to die, perhaps with a bad line to the ledger.
func (m *model) one(t *rapid.T) *alive {
	i := rapid.IntRange(0, len(m.house)-1).Draw(t, "process")
	if m.house[i].life.isDead() {
		m.house[i] = m.born(t)
		m.counts["restarts"]++
	}
	l := m.house[i].life
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lost, l.calls, l.freeze, l.onWire, l.accepted, l.atClaim = map[int]bool{}, 0, nil, false, nil, nil
	switch rapid.IntRange(0, 9).Draw(t, "fate") {
	case 0, 1:
		l.left, l.after = rapid.IntRange(0, 25).Draw(t, "dies at call"), rapid.Bool().Draw(t, "after its effect")
	case 2, 3:
		n := rapid.IntRange(1, 12).Draw(t, "lost call")
		if rapid.Bool().Draw(t, "before its effect") {
			n = -n
		}
		l.lost[n] = true
	case 4:
		l.frozen, l.freeze = rapid.IntRange(1, 15).Draw(t, "freezes at call"), m.meanwhile(t, frozen)
	case 5:
		l.onWire = true
	}
	return m.house[i]
}

// meanwhile answers what happens while a process stands still: time passes, perhaps longer than its claim, and another one goes
// through the queue.
func (m *model) meanwhile(t *rapid.T, most time.Duration) func() {
	d := time.Duration(rapid.IntRange(1, int(most/time.Second)).Draw(t, "stands still")) * time.Second
	other := m.born(t)
	return func() {
		m.pass(d)
		_, _ = other.deliverer.Tick(t.Context())
		m.mu.Lock()
		defer m.mu.Unlock()
		m.counts["freezes"]++
	}
}

func (m *model) submit(t *rapid.T) {
	slug := rapid.SampledFrom([]string{"one", "two", "three"}).Draw(t, "campaign")
	signer := rapid.IntRange(0, 150).Draw(t, "signer")
	p := m.one(t)
	_, err := p.service.Submit(t.Context(), slug, submission(signer))
	if err == nil && !p.life.isDead() {
		m.submitted[who{slug, signer}] = true
	}
	m.counts["submissions"]++
}

// confirm opens a link that was mailed, perhaps twice.
func (m *model) confirm(t *rapid.T) {
	links := m.post.links()
	if len(links) == 0 {
		return
	}
	link := rapid.SampledFrom(links).Draw(t, "link")
	p := m.one(t)
	opened, err := p.service.Open(t.Context(), link.slug, link.token)
	if err != nil || len(opened.Waiting) == 0 {
		return
	}
	_, err = p.service.Confirm(t.Context(), link.slug, link.token, opened.Waiting[0].ID, true)
	m.counts["confirmations"]++
	if err != nil || p.life.isDead() {
		return
	}
	signer, ok := signerOf(link.to)
	if !ok {
		t.Fatalf("a link was mailed to %q", link.to)
	}
	m.confirmed[who{link.slug, signer}] = true
	m.counts["confirmed"]++
}

func (m *model) tick(t *rapid.T) {
	_, err := m.one(t).deliverer.Tick(t.Context())
	if errors.Is(err, ledger.ErrNotAdopted) {
		t.Fatal(err)
	}
	m.counts["ticks"]++
}

// stall is a tick that stands still between a slot and the wire, not for so long that its claim lapses.
func (m *model) stall(t *rapid.T) {
	p := m.one(t)
	stand := m.meanwhile(t, 10*slotLife)
	p.life.mu.Lock()
	p.life.atClaim = stand
	p.life.mu.Unlock()
	_, _ = p.deliverer.Tick(t.Context())
	m.counts["ticks"]++
}

// wire scripts what comes of the next mails.
func (m *model) wire(t *rapid.T) {
	m.post.mu.Lock()
	defer m.post.mu.Unlock()
	for range rapid.IntRange(1, 4).Draw(t, "mails") {
		o := rapid.SampledFrom([]mailer.Outcome{
			mailer.Accepted, mailer.Accepted, mailer.Unknown, mailer.Later, mailer.Refused, mailer.Halt,
		}).Draw(t, "outcome")
		m.post.next = append(m.post.next, o)
		if o == mailer.Unknown {
			m.post.taken = append(m.post.taken, rapid.Bool().Draw(t, "taken"))
		}
	}
	if rapid.IntRange(0, 2).Draw(t, "slow") == 0 { // a frozen process wakes after its claim has lapsed
		m.post.during = m.meanwhile(t, frozen)
	}
}

func (m *model) pass(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.elapsed += d
	m.clock.Add(d)
}

func (m *model) wait(t *rapid.T) {
	m.pass(time.Duration(rapid.SampledFrom([]int{1, 1, 5, 5, 30, 60, 60, 180, 600}).Draw(t, "seconds")) * time.Second)
}

// jump sets the clocks of all processes back: true time goes on.
func (m *model) jump(t *rapid.T) {
	if rapid.IntRange(0, 9).Draw(t, "rarely") > 0 {
		return
	}
	back := time.Duration(rapid.IntRange(1, 1800).Draw(t, "back")) * time.Second
	m.elapsed += time.Second
	m.clock.Add(time.Second - back)
	m.counts["clock jumps"]++
}

// publish lets the provider tell of what it took, in whatever way; the same may be told twice.
func (m *model) publish(t *rapid.T) {
	all := m.post.all()
	for range rapid.IntRange(0, 4).Draw(t, "published") {
		if m.eventsOf == len(all) {
			return
		}
		a := all[m.eventsOf]
		m.eventsOf++
		e := mailer.Event{ID: fmt.Sprintf("e%d", m.eventsOf-1), Delivery: a.tag, Domain: "state.internal", Kind: mailer.Delivered}
		sent := e
		sent.Kind, sent.ID = mailer.Sent, sent.ID+"s"
		fate := rapid.IntRange(0, 19).Draw(t, "fate of a mail")
		if m.calm {
			fate = max(fate, 4)
		}
		switch fate {
		case 0:
			e.Kind, e.Reason = mailer.Bounced, "Transient/General"
		case 1:
			e.Kind, e.Reason, e.Permanent = mailer.Bounced, "Permanent/General", true
		case 2:
			e.Kind, e.Reason, e.Policy = mailer.Bounced, "Permanent/General", true
		case 3:
			e.Kind = mailer.Delayed
		case 4:
			e.Kind = mailer.Complained
		}
		m.told = append(m.told, sent, e)
	}
}

// feed hands events to feedback, in any order; those it has not taken come again.
func (m *model) feed(t *rapid.T) {
	m.publish(t)
	if len(m.told) == 0 {
		return
	}
	n := rapid.IntRange(1, min(10, len(m.told))).Draw(t, "events")
	var batch []mailer.Event
	for range n {
		i := rapid.IntRange(0, len(m.told)-1).Draw(t, "event")
		batch = append(batch, m.told[i])
		if rapid.IntRange(0, 5).Draw(t, "twice") > 0 {
			m.told = slices.Delete(m.told, i, i+1)
		}
		if len(m.told) == 0 {
			break
		}
	}
	p := m.one(t)
	for i, err := range p.feedback.Take(t.Context(), batch) {
		if err != nil || p.life.isDead() {
			m.told = append(m.told, batch[i])
		}
	}
	m.counts["events"] += len(batch)
}

// steer is what an organizer does: resume what was suspended, and send again what surely was not sent or came back.
func (m *model) steer(t *rapid.T) {
	p := m.one(t)
	for _, slug := range []string{"one", "two", "three", ledger.Account} {
		_ = ledger.Steer(t.Context(), mortal{m.ledger, p.life}, slug, func(c *ledger.Control) { c.ResumeAll() })
	}
	_ = ledger.Recover(t.Context(), mortal{m.ledger, p.life}, ledger.Account)
	state := rapid.SampledFrom([]ledger.State{ledger.StateFailed, ledger.StateBounced, ledger.StateUnknown, ledger.StateHeld}).Draw(t, "state")
	for _, slug := range []string{"one", "two", "three"} {
		before := m.attempts(t, slug)
		n, _ := p.deliverer.Retry(t.Context(), outbox.Again{Campaign: slug, State: state})
		m.counts["sent again"] += n.Again
		for id, attempt := range m.attempts(t, slug) {
			if state == ledger.StateBounced { // any other was surely not sent
				m.again[id] += attempt - before[id]
			}
		}
	}
}

func (m *model) attempts(t *rapid.T, slug string) map[ledger.ID]int {
	found := map[ledger.ID]int{}
	for entry, err := range m.ledger.Walk(t.Context(), slug) {
		if err != nil {
			t.Fatal(err)
		}
		if d := entry.Delivery; d != nil {
			found[d.ID] = d.Attempt
		}
	}
	return found
}

func (m *model) run(t *rapid.T, steps int) {
	ops := map[string]func(*rapid.T){
		"submit": m.submit, "submit more": m.submit, "confirm": m.confirm, "tick": m.tick, "tick more": m.tick, "stall": m.stall, "wire": m.wire,
		"wait": m.wait, "jump": m.jump, "feed": m.feed, "feed more": m.feed, "steer": m.steer,
	}
	names := slices.Sorted(maps.Keys(ops))
	for range steps {
		ops[rapid.SampledFrom(names).Draw(t, "step")](t)
		m.steps++
	}
	m.quiesce(t)
	m.check(t)
}

// quiesce heals everything and lets all that can happen happen.
func (m *model) quiesce(t *rapid.T) {
	m.post.next, m.post.taken, m.post.during = nil, nil, nil
	p := m.born(t)
	for range 2000 {
		m.pass(time.Duration(rapid.IntRange(1, 300).Draw(t, "seconds")) * time.Second)
		for _, slug := range []string{"one", "two", "three", ledger.Account} {
			if err := ledger.Steer(t.Context(), m.ledger, slug, func(c *ledger.Control) { c.ResumeAll() }); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := p.deliverer.Tick(t.Context()); err != nil {
			t.Fatalf("tick at rest: %v", err)
		}
		m.publishPlain()
		for _, err := range p.feedback.Take(t.Context(), m.told) {
			if err != nil {
				t.Fatalf("feedback at rest: %v", err)
			}
		}
		m.told = nil
		if m.queued(t) == 0 {
			return
		}
	}
	t.Fatalf("%d letters never leave", m.queued(t))
}

func (m *model) publishPlain() {
	all := m.post.all()
	for ; m.eventsOf < len(all); m.eventsOf++ {
		m.told = append(m.told, mailer.Event{ID: fmt.Sprintf("e%d", m.eventsOf), Delivery: all[m.eventsOf].tag, Kind: mailer.Delivered})
	}
}

func (m *model) queued(t *rapid.T) int {
	n := 0
	for _, slug := range []string{"one", "two", "three"} {
		tally, err := m.ledger.Tally(t.Context(), slug)
		if err != nil {
			t.Fatal(err)
		}
		n += bucketsIn(tally, ledger.StateQueued)
	}
	return n
}

// check holds the promises.
func (m *model) check(t *rapid.T) {
	mails := map[string]int{}       // by tag: delivery and attempt
	reached := map[ledger.ID]int{}  // letters by target and signer
	all, prompt := times{}, times{} // of letters
	for _, a := range m.post.all() {
		mails[a.tag]++
		id, _, ok := ledger.ParseTag(a.tag)
		if !ok {
			t.Fatalf("mail with tag %q", a.tag)
		}
		if id.Target == ledger.TargetSigner {
			continue
		}
		reached[id]++
		all.add(a)
		if a.prompt {
			prompt.add(a)
		}
	}
	for tag, n := range mails {
		if n > 1 {
			t.Fatalf("%d mails for %s", n, tag)
		}
	}
	for id, n := range reached {
		if n > 1+m.again[id] {
			t.Fatalf("%d letters for %v, of which %d may be more than the first", n, id, m.again[id])
		}
	}
	all.paced(t, frozen+slotLife+m.apart())
	prompt.paced(t, slotLife+m.apart())
	m.counts["prompt letters"] += len(prompt[domain])
	m.kept(t, m.records(t, mails))
}

// kept: who was answered 2xx took part, or waits for the confirmation. What waits expires, so it is asked for as of the beginning.
func (m *model) kept(t *rapid.T, found map[ledger.Key]bool) {
	for w := range m.submitted {
		key := m.key(t, w)
		waiting, err := m.ledger.Waiting(t.Context(), key, noon, 1)
		if err != nil {
			t.Fatal(err)
		}
		if !found[key] && (w.slug != "three" || len(waiting) == 0) {
			t.Fatalf("submission of %v was answered 2xx and is lost", w)
		}
	}
	for w := range m.confirmed {
		if !found[m.key(t, w)] {
			t.Fatalf("confirmation of %v was answered 2xx and is not recorded", w)
		}
	}
}

func (m *model) key(t *rapid.T, w who) ledger.Key {
	k, err := m.keys.Campaign(t.Context(), w.slug)
	if err != nil {
		t.Fatal(err)
	}
	return ledger.Key{Campaign: w.slug, Signer: k.SignerID(emailOf(w.signer))}
}

// records holds each delivery's state against the mail, and the counts against the records.
func (m *model) records(t *rapid.T, mails map[string]int) map[ledger.Key]bool {
	found, known := map[ledger.Key]bool{}, map[string]bool{}
	for _, slug := range []string{"one", "two", "three"} {
		tally, err := m.ledger.Tally(t.Context(), slug)
		recount, err2 := ledger.Recount(m.ledger.Walk(t.Context(), slug))
		if err := errors.Join(err, err2); err != nil {
			t.Fatal(err)
		}
		if !tally.Equal(recount) {
			t.Fatalf("counts of %s: %v, a recount %v", slug, tally, recount)
		}
		for entry, err := range m.ledger.Walk(t.Context(), slug) {
			if err != nil {
				t.Fatal(err)
			}
			if entry.Action != nil {
				found[entry.Action.Key] = true
				continue
			}
			m.agrees(t, *entry.Delivery, mails[entry.Delivery.Tag()])
			for d := *entry.Delivery; d.Attempt > 0; d.Attempt-- {
				known[d.Tag()] = true
			}
		}
	}
	for tag := range mails {
		if !known[tag] {
			t.Fatalf("a mail left with tag %s, of which there is no record", tag)
		}
	}
	return found
}

func (m *model) agrees(t *rapid.T, d ledger.Delivery, mails int) {
	least, most := 0, 0
	switch d.State {
	case ledger.StateSent, ledger.StateDelivered, ledger.StateBounced, ledger.StateComplained:
		least, most = 1, 1
	case ledger.StateUnknown: // every mail had its event, so what is unknown never left
	case ledger.StateFailed, ledger.StateHeld:
	default:
		t.Fatalf("%s is left in %s (%s)", d.Tag(), d.State, d.Reason)
	}
	if mails < least || mails > most {
		t.Fatalf("%s is %s (%s) and %d mails left", d.Tag(), d.State, d.Reason, mails)
	}
	m.counts[string(d.State)]++
}

const (
	// slotLife is how old a slot may be when its letter gets on the wire.
	slotLife = 10 * time.Second
	// frozen is how long a process may stand still here behind its last look at the clock.
	frozen = 300 * time.Second
	domain = "state.internal"
)

// times is when letters got on the wire, by the mailbox and by the domain they went to.
type times map[string][]time.Time

func (w times) add(a arrival) {
	for _, to := range []string{string(a.message.To[0]), domain} {
		w[to] = append(w[to], a.at)
	}
}

// paced holds every window of time, an hour among them, to what the pace promises: at most ceil(window/interval) + burst - 1 letters, the
// interval being hour/(PerHour-Burst+1). Slack makes windows longer: letters get on the wire later than by their slots, and clocks that
// differ take what a window that is longer by the difference would let through.
func (w times) paced(t *rapid.T, slack time.Duration) {
	for to, at := range w {
		rate := ledger.NewRate(mailboxPace)
		if to == domain {
			rate = ledger.NewRate(domainPace)
		}
		interval := time.Hour / time.Duration(rate.PerHour-rate.Burst+1)
		slices.SortFunc(at, time.Time.Compare)
		for i, first := range at {
			for n, last := range at[i:] {
				window := last.Sub(first) + time.Millisecond + slack
				if most := int((window+interval-1)/interval) + rate.Burst - 1; n+1 > most {
					t.Fatalf("%d letters to %s from %v to %v, with %v of slack at most %d", n+1, to, first, last, slack, most)
				}
			}
		}
	}
}

// skews are how far off the clocks of a run are at most, in seconds. Two processes may be apart by twice that, and so by more than a
// claim lasts: then a letter may leave whose claim another process has taken for lapsed.
var skews = []int{0, 0, 5, 120}

func modelOf(t *testing.T, rt *rapid.T, l ledger.Ledger, campaigns *campaign.Library, counts map[string]int) *model {
	m := &model{
		T: t, ledger: l, campaigns: campaigns, keys: keys(t), clock: &clock{now: noon}, submitted: map[who]bool{}, confirmed: map[who]bool{},
		again: map[ledger.ID]int{}, counts: counts, skew: rapid.SampledFrom(skews).Draw(rt, "skew"), calm: rapid.Bool().Draw(rt, "calm"),
	}
	m.post = &post{now: m.trueTime}
	for range 3 {
		m.house = append(m.house, m.born(rt))
	}
	return m
}

// Whatever happens to the house, nothing is lost and nothing doubled: submissions, confirmations, ticks and events in any order,
// processes that die at any call, answers that are lost, clocks that differ and go back, and organizers.
func TestModel(t *testing.T) {
	steps := stepsQuick
	if os.Getenv("CI") == "true" && !testing.Short() {
		steps = stepsInCI
	}
	campaigns, counts, total := library(t), map[string]int{}, 0
	rapid.Check(t, func(rt *rapid.T) {
		m := modelOf(t, rt, ledgertest.New(), campaigns, counts)
		m.run(rt, steps)
		total += m.steps
	})
	figurestest.Report(t, "%d steps: %v", total, counts)
}
