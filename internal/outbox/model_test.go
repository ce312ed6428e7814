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
	clock     *clock // what the processes see
	mu        sync.Mutex
	elapsed   time.Duration // true time since noon: it never goes back
	post      *post
	house     []*alive
	submitted map[string]bool // slug and signer that were answered 2xx
	told      []mailer.Event  // events of the provider that have not been taken
	eventsOf  int             // arrivals that have had events
	retried   map[string]bool // deliveries that an organizer had sent again
	steps     int
	counts    map[string]int
}

// alive is a process with its life.
type alive struct {
	*process
	life *life
}

func (m *model) born() *alive {
	l := &life{left: -1, lost: map[int]bool{}}
	reach := mortal{m.ledger, l}
	return &alive{start(m.T, reach, reach, door{m.post, l}, m.campaigns, m.keys, m.clock.Now), l}
}

func (m *model) trueTime() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return noon.Add(m.elapsed)
}

// one answers a process, perhaps about to die, perhaps with a bad line to the ledger.
func (m *model) one(t *rapid.T) *alive {
	i := rapid.IntRange(0, len(m.house)-1).Draw(t, "process")
	if m.house[i].life.isDead() {
		m.house[i] = m.born()
		m.counts["restarts"]++
	}
	l := m.house[i].life
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lost, l.calls, l.freeze, l.onWire = map[int]bool{}, 0, nil, false
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
		l.frozen, l.freeze = rapid.IntRange(1, 15).Draw(t, "freezes at call"), m.meanwhile(t)
	case 5:
		l.onWire = true
	}
	return m.house[i]
}

// meanwhile answers what happens while a process stands still: time passes, perhaps longer than its claim, and another one goes
// through the queue.
func (m *model) meanwhile(t *rapid.T) func() {
	d := time.Duration(rapid.IntRange(1, 300).Draw(t, "stands still")) * time.Second
	other := m.born()
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
	if err == nil && !p.life.isDead() && slug != "three" {
		m.submitted[fmt.Sprintf("%s %d", slug, signer)] = true
	}
	m.counts["submissions"]++
}

// confirm opens a link that was mailed, perhaps twice.
func (m *model) confirm(t *rapid.T) {
	var links [][]string
	for _, a := range m.post.all() {
		if found := linkIn.FindStringSubmatch(a.message.Text); found != nil {
			links = append(links, found)
		}
	}
	if len(links) == 0 {
		return
	}
	link := rapid.SampledFrom(links).Draw(t, "link")
	p := m.one(t)
	opened, err := p.service.Open(t.Context(), link[1], link[2])
	if err != nil || len(opened.Waiting) == 0 {
		return
	}
	_, err = p.service.Confirm(t.Context(), link[1], link[2], opened.Waiting[0].ID)
	if err == nil && !p.life.isDead() {
		m.submitted[link[1]+" "+link[2]] = true
	}
	m.counts["confirmations"]++
}

func (m *model) tick(t *rapid.T) {
	_, err := m.one(t).deliverer.Tick(t.Context())
	if errors.Is(err, ledger.ErrNotAdopted) {
		t.Fatal(err)
	}
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
		m.post.during = m.meanwhile(t)
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

// skew sets the clock of all processes back: true time goes on.
func (m *model) skew(t *rapid.T) {
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
		switch rapid.IntRange(0, 19).Draw(t, "fate of a mail") {
		case 0:
			e.Kind, e.Reason = mailer.Bounced, "Transient/General"
		case 1:
			e.Kind, e.Reason, e.Permanent = mailer.Bounced, "Permanent/General", true
		case 2:
			e.Kind, e.Reason, e.Policy = mailer.Bounced, "Permanent/General", true
		case 3:
			e.Kind = mailer.Complained
		case 4:
			e.Kind = mailer.Delayed
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
		_ = ledger.Steer(t.Context(), mortal{m.ledger, p.life}, slug, func(c *ledger.Control) { c.Resume("") })
	}
	_ = ledger.Recover(t.Context(), mortal{m.ledger, p.life}, ledger.Account)
	state := rapid.SampledFrom([]ledger.State{ledger.StateFailed, ledger.StateBounced, ledger.StateUnknown, ledger.StateHeld}).Draw(t, "state")
	for _, slug := range []string{"one", "two", "three"} {
		for entry := range m.ledger.Walk(t.Context(), slug) {
			if d := entry.Delivery; d != nil && d.State == state && ledger.Again(state) {
				m.retried[string(d.ID.Record())] = true
			}
		}
		n, _ := p.deliverer.Retry(t.Context(), outbox.Again{Campaign: slug, State: state})
		m.counts["sent again"] += n.Again
	}
}

func (m *model) run(t *rapid.T, steps int) {
	ops := map[string]func(*rapid.T){
		"submit": m.submit, "submit more": m.submit, "confirm": m.confirm, "tick": m.tick, "tick more": m.tick, "wire": m.wire,
		"wait": m.wait, "skew": m.skew, "feed": m.feed, "feed more": m.feed, "steer": m.steer,
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
	p := m.born()
	for range 2000 {
		m.pass(3 * time.Minute)
		for _, slug := range []string{"one", "two", "three", ledger.Account} {
			if err := ledger.Steer(t.Context(), m.ledger, slug, func(c *ledger.Control) { c.Resume("") }); err != nil {
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
	mails := map[string]int{}   // by tag: delivery and attempt
	reached := map[string]int{} // letters by target and signer
	byBucket := map[string][]time.Time{}
	for _, a := range m.post.all() {
		mails[a.tag]++
		id, _, ok := ledger.ParseTag(a.tag)
		if !ok {
			t.Fatalf("mail with tag %q", a.tag)
		}
		if id.Target == ledger.TargetSigner {
			continue
		}
		reached[id.Record()]++
		to := string(a.message.To[0])
		byBucket[to] = append(byBucket[to], a.at)
		byBucket["state.internal"] = append(byBucket["state.internal"], a.at)
	}
	for tag, n := range mails {
		if n > 1 {
			t.Fatalf("%d mails for %s", n, tag)
		}
	}
	for record, n := range reached {
		if n > 1 && !m.retried[record] {
			t.Fatalf("%d letters for %q, and nobody had it sent again", n, record)
		}
	}
	paced(t, byBucket["minister@state.internal"], mailboxPace)
	paced(t, byBucket["press@state.internal"], mailboxPace)
	paced(t, byBucket["state.internal"], domainPace)
	found := m.records(t, mails)
	for who := range m.submitted {
		var slug string
		var signer int
		if n, _ := fmt.Sscanf(who, "%s %d", &slug, &signer); n == 2 && slug != "three" && !found[m.signer(t, slug, signer)] {
			t.Fatalf("%s was answered 2xx and is not recorded", who)
		}
	}
}

func (m *model) signer(t *rapid.T, slug string, signer int) ledger.Key {
	k, err := m.keys.Campaign(t.Context(), slug)
	if err != nil {
		t.Fatal(err)
	}
	return ledger.Key{Campaign: slug, Signer: k.SignerID(fmt.Sprintf("signer%d@people.example", signer))}
}

// records holds each delivery's state against the mail, and the counts against the records.
func (m *model) records(t *rapid.T, mails map[string]int) map[ledger.Key]bool {
	found := map[ledger.Key]bool{}
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

// belated is how much later than its slot a mail may get on the wire here: a slot lives for ten seconds, and a process may stand still
// for five minutes behind the last look at the clock.
const belated = 310 * time.Second

// paced: in no hour more than that many, but for those that got on the wire belatedly.
func paced(t *rapid.T, at []time.Time, perHour int) {
	slices.SortFunc(at, time.Time.Compare)
	for i := range at {
		if j := i + perHour; j < len(at) && at[j].Sub(at[i]) < time.Hour-belated {
			t.Fatalf("%d letters from %v to %v, the pace is %d an hour", perHour+1, at[i], at[j], perHour)
		}
	}
}

func modelOf(t *testing.T, l ledger.Ledger, campaigns *campaign.Library, counts map[string]int) *model {
	m := &model{
		T: t, ledger: l, campaigns: campaigns, keys: keys(t), clock: &clock{now: noon}, submitted: map[string]bool{},
		retried: map[string]bool{}, counts: counts,
	}
	m.post = &post{now: m.trueTime}
	for range 3 {
		m.house = append(m.house, m.born())
	}
	return m
}

// Whatever happens to the house, nothing is lost and nothing doubled: submissions, confirmations, ticks and events in any order,
// processes that die at any call, answers that are lost, clocks that go back, and organizers.
func TestModel(t *testing.T) {
	steps := stepsQuick
	if os.Getenv("CI") == "true" && !testing.Short() {
		steps = stepsInCI
	}
	campaigns, counts, total := library(t), map[string]int{}, 0
	rapid.Check(t, func(rt *rapid.T) {
		m := modelOf(t, ledgertest.New(), campaigns, counts)
		m.run(rt, steps)
		total += m.steps
	})
	figurestest.Report(t, "%d steps: %v", total, counts)
}
