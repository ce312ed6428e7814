package outbox_test

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"one-click-protest/internal/campaign"
	"one-click-protest/internal/figurestest"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/ledger/ledgertest"
	"one-click-protest/internal/letter"
	"one-click-protest/internal/mailer"
	"one-click-protest/internal/outbox"
)

// How many steps a run of the model takes. rapid makes 100 runs: in CI 120,000 steps.
const (
	stepsQuick = 150
	stepsInCI  = 1200
)

// model is the house in memory with everything that may happen to it, and what must be true all the same.
type model struct {
	*testing.T
	*play
	ledger    *ledgertest.Memory
	campaigns *campaign.Library // as they were deployed last
	clock     *clock            // what the processes see, each by its own skew off
	skew      int               // so many seconds a clock may be ahead or behind
	calm      bool              // no receiver slows the pace down: it is what binds
	behind    time.Duration
	ahead     time.Duration // of all processes so far, the clocks that are furthest off
	mu        sync.Mutex
	elapsed   time.Duration // true time since noon: it never goes back
	post      *post
	watch     *watch
	house     []*alive
	submitted map[who]bool   // whose submission was answered 2xx
	confirmed map[who]bool   // whose confirmation was
	told      []mailer.Event // events of the provider that have not been taken
	eventsOf  int            // arrivals that have had events
	returned  map[int]bool   // arrivals that came back for good and were never delivered
	bad       map[ledger.Queue]bad
	behindIt  map[string]mailer.Event // what the provider tells once another event of the mail, by its id, was taken
	suspended map[ledger.Queue]bool   // by organizers, or in a backup
	again     map[ledger.ID]int       // how often organizers had a letter sent again that may have arrived
	backup    *backup
	restored  int          // arrivals before the ledger was restored last
	forgotten map[int]bool // arrivals of which the restored ledger knows no signer
	restores  int
	mends     bool // organizers resume in the end what is suspended
	steps     int
}

// bad is what a target's channel gave back.
type bad struct {
	all, firm int
	gone      bool // the provider's own list has it
}

// backup is what stood when the ledger was backed up.
type backup struct {
	*ledgertest.Backup
	submitted, confirmed map[who]bool
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
	l := &life{left: -1, lost: map[int]bool{}, now: m.trueTime, clock: now, watch: m.watch, spent: map[string]string{}}
	reach := mortal{m.ledger, l}
	p := start(m.T, reach, reach, door{m.post, l}, m.campaigns, m.keys, now)
	p.deliverer.Fax = pages
	return &alive{p, l}
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
	slug := rapid.SampledFrom(slugs).Draw(t, "campaign")
	signer := rapid.IntRange(0, modelSigners-1).Draw(t, "signer")
	p := m.one(t)
	_, err := p.service.Submit(t.Context(), slug, typed(who{slug, signer}))
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
	r, err := m.one(t).deliverer.Tick(t.Context())
	if errors.Is(err, ledger.ErrNotAdopted) {
		t.Fatal(err)
	}
	m.ticked(r)
}

func (m *model) ticked(r outbox.Report) {
	m.counts["ticks"]++
	m.counts["stepped down"] += r.Stepped
	m.counts["days' faxes used up"] += r.Spent
}

// stall is a tick that stands still between a slot and the wire, not for so long that its claim lapses.
func (m *model) stall(t *rapid.T) {
	p := m.one(t)
	stand := m.meanwhile(t, 10*slotLife)
	p.life.mu.Lock()
	p.life.atClaim = stand
	p.life.mu.Unlock()
	r, _ := p.deliverer.Tick(t.Context())
	m.ticked(r)
}

// wire scripts what comes of the next mails.
func (m *model) wire(t *rapid.T) {
	m.post.mu.Lock()
	defer m.post.mu.Unlock()
	for range rapid.IntRange(1, 4).Draw(t, "mails") {
		o := rapid.SampledFrom([]mailer.Outcome{
			mailer.Accepted, mailer.Refused, mailer.Unknown, mailer.Accepted, mailer.Later, mailer.Refused, mailer.Halt,
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
		e := mailer.Event{ID: fmt.Sprintf("e%d", m.eventsOf), Delivery: a.tag, Domain: a.message.To[0].Domain(), Kind: mailer.Delivered}
		sent := e
		sent.Kind, sent.ID = mailer.Sent, sent.ID+"s"
		fate := rapid.SampledFrom(fates).Draw(t, "fate of a mail")
		if m.calm && fate < 2 {
			fate = delivered
		}
		m.told = append(m.told, sent, m.befalls(fate, e))
		m.eventsOf++
	}
}

// fates are what becomes of mails, see [model.befalls]: most are delivered.
var fates = []int{delivered, delivered, 0, delivered, 1, delivered, 2, delivered, 3, 4, delivered, 5, delivered, 6, delivered, 7, delivered, delivered}

const delivered = 8

// befalls answers what the provider tells of a mail that would else be delivered.
func (m *model) befalls(fate int, e mailer.Event) mailer.Event {
	switch fate {
	case 0:
		e.Kind, e.Reason, e.Policy = mailer.Bounced, "Permanent/General", true
	case 1:
		e.Kind = mailer.Delayed
	case 2:
		e.Kind, e.Reason, e.Permanent = mailer.Bounced, "Permanent/General", true
	case 3:
		e.Kind, e.Reason, e.Permanent, e.Suppressed = mailer.Bounced, "Permanent/Suppressed", true, true
	case 4, 5:
		e.Kind, e.Reason = mailer.Bounced, "Transient/General"
	case 6:
		e.Kind = mailer.Complained
	case 7: // given back after it was delivered: somebody may have read it
		back := e
		back.ID, back.Kind, back.Reason, back.Permanent = e.ID+"b", mailer.Bounced, "Permanent/General", true
		m.behindIt[e.ID] = back
	}
	m.returned[m.eventsOf] = e.Kind == mailer.Bounced && e.Permanent
	m.count(fate, e)
	return e
}

// count notes what a fate of [model.befalls] says of the channel that the mail went by.
func (m *model) count(fate int, e mailer.Event) {
	if fate < 2 || fate == delivered {
		return
	}
	id, _, _ := ledger.ParseTag(e.Delivery)
	q := ledger.Queue{Campaign: id.Campaign, Target: id.Target, Channel: by(m.post.all()[m.eventsOf].message)}
	n := m.bad[q]
	n.all++
	if fate != 4 && fate != 5 {
		n.firm++
	}
	n.gone = n.gone || e.Suppressed
	m.bad[q] = n
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
			continue
		}
		m.follow(batch[i])
	}
	m.counts["events"] += len(batch)
}

// follow lets the provider tell what comes after an event that was taken.
func (m *model) follow(e mailer.Event) {
	if back, ok := m.behindIt[e.ID]; ok && back.Delivery == e.Delivery && e.Kind == mailer.Delivered {
		delete(m.behindIt, e.ID)
		m.told = append(m.told, back)
	}
}

// deserved: feedback suspends no channel for what another one gave back.
func (m *model) deserved(t *rapid.T) {
	standing := m.standing(t)
	maps.DeleteFunc(m.suspended, func(q ledger.Queue, _ bool) bool { return !standing[q] })
	for q := range standing {
		if n := m.bad[q]; !m.suspended[q] && !n.gone && n.firm < 3 && n.all < 5 {
			t.Fatalf("%+v is suspended, and gave back no more than %+v", q, n)
		}
	}
}

// standing answers the suspensions that stand.
func (m *model) standing(t *rapid.T) map[ledger.Queue]bool {
	all := map[ledger.Queue]bool{}
	for _, slug := range slugs {
		for _, s := range m.control(t, slug).Suspended {
			all[ledger.Queue{Campaign: slug, Target: s.Target, Channel: s.Channel}] = true
		}
	}
	return all
}

func (m *model) control(t *rapid.T, slug string) ledger.Control {
	c, err := ledger.ReadControl(t.Context(), m.ledger, slug)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// meddle suspends, pauses or resumes one target.
func (m *model) meddle(t *rapid.T) {
	of := rapid.SampledFrom(targets).Draw(t, "target")
	channel := rapid.SampledFrom(ladders[of]).Draw(t, "channel")
	what := rapid.IntRange(0, 5).Draw(t, "what")
	p := m.one(t)
	_ = ledger.Steer(t.Context(), mortal{m.ledger, p.life}, of.Campaign, func(c *ledger.Control) {
		switch what {
		case 0:
			c.Pause(of.Target)
		case 1, 2:
			c.Resume(of.Target)
		default:
			m.suspended[ledger.Queue{Campaign: of.Campaign, Target: of.Target, Channel: channel}] = true
			c.Suspend(ledger.Suspension{Target: of.Target, Channel: channel, Reason: "test", Day: noon})
		}
	})
}

// deploy lets processes start with another wording; those that run keep theirs.
func (m *model) deploy(t *rapid.T) {
	m.campaigns = rapid.SampledFrom(m.libraries).Draw(t, "deployment")
}

// steer is what an organizer does: resume what was suspended, and send again what surely was not sent or came back.
func (m *model) steer(t *rapid.T) {
	p := m.one(t)
	resumed := slices.Concat([]string{ledger.Account}, slugs[:rapid.IntRange(0, len(slugs)).Draw(t, "resumed campaigns")])
	for _, slug := range resumed {
		_ = ledger.Steer(t.Context(), mortal{m.ledger, p.life}, slug, func(c *ledger.Control) { c.ResumeAll() })
	}
	_ = ledger.Recover(t.Context(), mortal{m.ledger, p.life}, ledger.Account)
	state := rapid.SampledFrom([]ledger.State{ledger.StateFailed, ledger.StateBounced, ledger.StateUnknown, ledger.StateHeld}).Draw(t, "state")
	for _, slug := range slugs {
		before := m.attempts(t, slug)
		n, _ := p.deliverer.Retry(t.Context(), outbox.Again{Campaign: slug, State: state})
		m.counts["sent again"] += n.Again
		for id, attempt := range m.attempts(t, slug) {
			if state == ledger.StateBounced || m.restores > 0 { // any other was surely not sent, as far as the ledger knows
				m.again[id] += attempt - before[id]
			}
		}
	}
}

// restore has the ledger backed up, or seldom restored from a backup: all processes are new ones then, and an organizer adopts it.
func (m *model) restore(t *rapid.T) {
	rarely := rapid.IntRange(0, 29).Draw(t, "rarely")
	if m.backup == nil || rarely == 1 {
		m.backup = &backup{m.ledger.Backup(), maps.Clone(m.submitted), maps.Clone(m.confirmed)}
	}
	if rarely != 28 {
		return
	}
	m.ledger.Restore(m.backup.Backup)
	m.restores++
	m.counts["restores"]++
	m.watch.delivered, m.watch.days, m.behindIt = map[string]bool{}, map[string]string{}, map[string]mailer.Event{}
	m.told = slices.DeleteFunc(m.told, func(e mailer.Event) bool { return strings.HasSuffix(e.ID, "b") })
	m.forget(t)
	m.suspended = m.standing(t)
	for _, p := range m.house {
		p.life.dead = true
	}
	if r, err := m.one(t).deliverer.Tick(t.Context()); err == nil && r.Skipped == "" {
		t.Fatal("a restored ledger is sent from")
	}
	for {
		p := m.one(t)
		if _, err := p.deliverer.Adopt(t.Context(), false); err == nil && !p.life.isDead() {
			return
		}
	}
}

// forget takes out of the reckoning what happened since the backup to whom it does not know.
func (m *model) forget(t *rapid.T) {
	known := map[ledger.Key]bool{}
	for _, slug := range slugs {
		for id := range m.attempts(t, slug) {
			known[id.Key] = true
		}
	}
	m.submitted, m.confirmed = m.backup.submitted, m.backup.confirmed
	m.backup = nil
	maps.DeleteFunc(m.submitted, func(w who, _ bool) bool { return !known[m.key(w)] })
	all := m.post.all()
	for i, a := range all {
		if id, _, ok := ledger.ParseTag(a.tag); ok && !known[id.Key] {
			m.forgotten[i] = true
		}
	}
	m.restored = len(all)
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
		"wait": m.wait, "jump": m.jump, "feed": m.feed, "feed more": m.feed, "steer": m.steer, "meddle": m.meddle, "deploy": m.deploy,
	}
	if rapid.IntRange(0, 2).Draw(t, "backups") == 0 {
		ops["restore"] = m.restore
	}
	names := slices.Sorted(maps.Keys(ops))
	for range steps {
		ops[rapid.SampledFrom(names).Draw(t, "step")](t)
		m.deserved(t)
		m.steps++
	}
	m.quiesce(t)
	m.check(t)
}

// quiesce heals everything and lets all that can happen happen. Organizers resume what is suspended, or leave it so.
func (m *model) quiesce(t *rapid.T) {
	m.post.next, m.post.taken, m.post.during = nil, nil, nil
	if m.mends = rapid.Bool().Draw(t, "mended"); !m.mends {
		m.suspend(t)
	}
	p := m.born(t)
	most := 300
	for round := range 3000 {
		m.pass(time.Duration(rapid.IntRange(1, most).Draw(t, "seconds")) * time.Second)
		m.resume(t)
		r, err := p.deliverer.Tick(t.Context())
		if err != nil {
			t.Fatalf("tick at rest: %v", err)
		}
		m.ticked(r)
		if most = 600; r.Sent == 0 { // the night, or the day's faxes
			most = 7200
		}
		if m.publish(t); round > 50 {
			m.publishPlain()
		}
		told := m.told
		m.told = nil
		for i, err := range p.feedback.Take(t.Context(), told) {
			if err != nil {
				t.Fatalf("feedback at rest: %v", err)
			}
			m.follow(told[i])
		}
		if len(m.told) == 0 && m.eventsOf == len(m.post.all()) && m.restless(t) == 0 {
			return
		}
	}
	t.Fatalf("%d letters wait for nothing", m.restless(t))
}

// suspend stops some channels for good.
func (m *model) suspend(t *rapid.T) {
	for _, of := range targets {
		stopped := ladders[of][:rapid.IntRange(0, len(ladders[of])).Draw(t, "suspended channels of "+of.Target)]
		err := ledger.Steer(t.Context(), m.ledger, of.Campaign, func(c *ledger.Control) {
			for _, channel := range stopped {
				c.Suspend(ledger.Suspension{Target: of.Target, Channel: channel, Reason: "test", Day: noon})
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// resume takes back what stops campaigns as a whole, and targets that are paused; suspended channels where organizers mend them.
func (m *model) resume(t *rapid.T) {
	for _, slug := range append(slugs, ledger.Account) {
		err := ledger.Steer(t.Context(), m.ledger, slug, func(c *ledger.Control) {
			suspended := c.Suspended
			if c.ResumeAll(); slug != ledger.Account && !m.mends {
				c.Suspended = suspended
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func (m *model) publishPlain() {
	all := m.post.all()
	for ; m.eventsOf < len(all); m.eventsOf++ {
		m.told = append(m.told, mailer.Event{ID: fmt.Sprintf("e%d", m.eventsOf), Delivery: all[m.eventsOf].tag, Kind: mailer.Delivered})
	}
}

// restless answers how many letters have not come to rest.
func (m *model) restless(t *rapid.T) int {
	n := 0
	for _, slug := range slugs {
		control := m.control(t, slug)
		tally, err := m.ledger.Tally(t.Context(), slug)
		if err != nil {
			t.Fatal(err)
		}
		for b, count := range tally.Deliveries {
			if b.State == ledger.StateQueued && !stuck(control, slug, b.Target, b.Channel) {
				n += count
			}
		}
		if n == 0 {
			n = m.stranded(t, slug, control)
		}
	}
	return n
}

// stuck says that a target's channel is suspended, and all below it too.
func stuck(c ledger.Control, slug, target string, channel ledger.Channel) bool {
	ladder := ladders[rung(slug, target)]
	if !c.Suspends(target, channel) {
		return false
	}
	return !slices.ContainsFunc(ladder[slices.Index(ladder, channel)+1:], func(lower ledger.Channel) bool { return !c.Suspends(target, lower) })
}

// stranded answers how many letters of a campaign are being sent by nobody, or should have stepped down the ladder: their channel is
// suspended and has refused them or given them back for good, and there is a way below.
func (m *model) stranded(t *rapid.T, slug string, c ledger.Control) (n int) {
	for entry, err := range m.ledger.Walk(t.Context(), slug) {
		switch d := entry.Delivery; {
		case err != nil:
			t.Fatal(err)
		case d == nil || d.Target == ledger.TargetSigner:
		case d.State == ledger.StateClaimed:
			n++
		case m.restores == 0 && m.undelivered(*d) && c.Suspends(d.Target, d.Channel) && !stuck(c, slug, d.Target, d.Channel) && !m.faxAlone(c, *d):
			n++
		}
	}
	return n
}

// faxAlone says that a letter which no fax can show has nothing but a fax below it that is not suspended.
func (m *model) faxAlone(c ledger.Control, d ledger.Delivery) bool {
	ladder := ladders[rung(d.Campaign, d.Target)]
	other := slices.ContainsFunc(ladder[slices.Index(ladder, d.Channel)+1:], func(lower ledger.Channel) bool {
		return lower != ledger.ChannelFax && !c.Suspends(d.Target, lower)
	})
	return !other && letter.Faxable(m.shown[shown{d.ID, d.Letter}].Letter.Text) != nil
}

// undelivered says whether a letter surely did not arrive, and whether the house knows.
func (m *model) undelivered(d ledger.Delivery) bool {
	if d.State == ledger.StateFailed {
		return d.Reason == "Scripted"
	}
	if d.State != ledger.StateBounced {
		return false
	}
	all := m.post.all()
	for i := range m.returned {
		if m.returned[i] && all[i].tag == d.Tag() {
			return true
		}
	}
	return false
}

// skews are how far off the clocks of a run are at most, in seconds. Two processes may be apart by twice that, and so by more than a
// claim lasts: then a letter may leave whose claim another process has taken for lapsed.
var skews = []int{0, 0, 5, 120}

func modelOf(t *testing.T, rt *rapid.T, p *play) *model {
	m := &model{
		T: t, play: p, ledger: ledgertest.New(), campaigns: p.libraries[0], clock: &clock{now: noon},
		watch:     &watch{delivered: map[string]bool{}, days: map[string]string{}},
		submitted: map[who]bool{}, confirmed: map[who]bool{}, returned: map[int]bool{}, bad: map[ledger.Queue]bad{},
		behindIt: map[string]mailer.Event{}, suspended: map[ledger.Queue]bool{}, again: map[ledger.ID]int{}, forgotten: map[int]bool{},
		skew: rapid.SampledFrom(skews).Draw(rt, "skew"), calm: rapid.Bool().Draw(rt, "calm"),
	}
	m.post = &post{now: m.trueTime}
	for range 3 {
		m.house = append(m.house, m.born(rt))
	}
	return m
}

// Whatever happens to the house, nothing is lost and nothing doubled: submissions, confirmations, ticks and events in any order,
// processes that die at any call, answers that are lost, clocks that differ and go back, deployments, restored ledgers, and organizers.
func TestModel(t *testing.T) {
	steps := stepsQuick
	if os.Getenv("CI") == "true" && !testing.Short() {
		steps = stepsInCI
	}
	p, total := rehearse(t), 0
	rapid.Check(t, func(rt *rapid.T) {
		m := modelOf(t, rt, p)
		m.run(rt, steps)
		total += m.steps
	})
	figurestest.Report(t, "%d steps: %v", total, p.counts)
}
