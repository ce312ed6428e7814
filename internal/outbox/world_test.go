package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync"
	"time"

	"one-click-protest/internal/ledger"
	"one-click-protest/internal/mailer"
)

var errDead = errors.New("the process is dead")

// life is how long a process lives: it dies at its dying call, before or after the call takes effect, and from then on none of
// its calls reaches anything.
type life struct {
	mu    sync.Mutex
	left  int  // calls until it dies; negative: for ever
	after bool // it dies after the effect
	dead  bool
	lost  map[int]bool // calls from now whose answers are lost: a negative number is lost before it takes effect
	calls int
	// freeze runs before the frozen call from now on: time passes, and others go on.
	freeze func()
	frozen int
	// atClaim runs before the next claim, once.
	atClaim func()
	onWire  bool // it dies when its next mail is on the wire
	// now is the true time, and seen when a call about a delivery last took effect. clock is what the process takes for the time.
	now, clock func() time.Time
	seen       map[ledger.ID]time.Time
	accepted   []ledger.ID       // in what the process is doing now
	watch      *watch            // nil: nobody watches
	spent      map[string]string // by campaign: the day of which the process took its last fax
}

// watch sees what all processes write, as it takes effect.
type watch struct {
	mu        sync.Mutex
	delivered map[string]bool   // tags of attempts that were settled so
	days      map[string]string // by campaign: the latest day on which a process asked for a fax
	wrong     []string
}

// settled holds the beginning of an attempt to what the house may do by itself: none by the same channel, and none by another but of what
// surely has not arrived.
func (w *watch) settled(s ledger.Settlement) {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	d := ledger.Delivery{ID: s.ID, Attempt: s.Attempt}
	switch {
	case s.To == ledger.StateDelivered:
		w.delivered[d.Tag()] = true
	case !s.Again || s.Reason == "organizer":
	case s.Into == "":
		w.wrong = append(w.wrong, fmt.Sprintf("%s is tried again by %s", d.Tag(), s.Channel))
	case s.From != ledger.StateQueued && s.From != ledger.StateFailed && s.From != ledger.StateBounced:
		w.wrong = append(w.wrong, fmt.Sprintf("%s goes on by %s from %s", d.Tag(), s.Into, s.From))
	case w.delivered[d.Tag()]:
		w.wrong = append(w.wrong, fmt.Sprintf("%s goes on by %s, and was delivered", d.Tag(), s.Into))
	}
}

// asked answers the day of which a fax is that a process asks for by its clock: no day comes back.
func (w *watch) asked(campaign string, at time.Time) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.days[campaign] = max(w.days[campaign], at.UTC().Format(time.DateOnly))
	return w.days[campaign]
}

// spends notes what a document's change says of a campaign's faxes.
func (l *life) spends(name string) {
	kind, campaign, _ := strings.Cut(name, "#")
	if kind != "FAXES" || l.watch == nil {
		return
	}
	day := l.watch.asked(campaign, l.own())
	l.mu.Lock()
	defer l.mu.Unlock()
	l.spent[campaign] = day
}

// own is the time by the process's clock.
func (l *life) own() time.Time {
	if l.clock == nil {
		return l.now()
	}
	return l.clock()
}

func (l *life) spentOf(tag string) string {
	id, _, _ := ledger.ParseTag(tag)
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.spent[id.Campaign]
}

// sees notes a call about deliveries: behind it the process looks at its clock before the mail gets on the wire.
func (l *life) sees(ids ...ledger.ID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, id := range ids {
		if l.seen == nil {
			l.seen = map[ledger.ID]time.Time{}
		}
		l.seen[id] = l.now()
	}
}

// prompt says whether no time has passed since the last call about a mail's delivery: then the process last looked at its clock just now.
func (l *life) prompt(tag string) bool {
	id, _, _ := ledger.ParseTag(tag)
	l.mu.Lock()
	defer l.mu.Unlock()
	at, ok := l.seen[id]
	return ok && at.Equal(l.now())
}

func (l *life) isDead() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.dead
}

// during runs one call of a process.
func (l *life) during(call func() error) error {
	l.mu.Lock()
	if l.dead {
		l.mu.Unlock()
		return errDead
	}
	l.calls++
	dying := l.left == 0
	if l.left >= 0 {
		l.left--
	}
	if dying {
		l.dead = true
	}
	lostBefore, lostAfter := l.lost[-l.calls], l.lost[l.calls]
	after, freeze := l.after, l.freeze
	if l.calls == l.frozen {
		l.freeze = nil
	} else {
		freeze = nil
	}
	l.mu.Unlock()
	if freeze != nil {
		freeze()
	}
	switch {
	case dying && !after:
		return errDead
	case lostBefore:
		return errors.New("no connection")
	}
	err := call()
	switch {
	case dying:
		return errDead
	case lostAfter && err == nil:
		return errors.New("answer lost")
	}
	return err
}

func (l *life) claiming() {
	l.mu.Lock()
	stand := l.atClaim
	l.atClaim = nil
	l.mu.Unlock()
	if stand != nil {
		stand()
	}
}

func (l *life) accepts(a ledger.Acceptance) {
	var ids []ledger.ID
	for _, draft := range a.Drafts {
		ids = append(ids, draft.Delivery.ID)
	}
	l.sees(ids...)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.accepted = ids
}

// inline answers what the process has just accepted, and now sends: of several at once nobody knows whose call it is.
func (l *life) inline() []ledger.ID {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.accepted) > 1 {
		return nil
	}
	return l.accepted
}

// mortal is the ledger as one process reaches it.
type mortal struct {
	ledger.Ledger
	life *life
}

func (m mortal) Accept(ctx context.Context, a ledger.Acceptance) (ok bool, err error) {
	err = m.life.during(func() (err error) {
		m.life.accepts(a)
		ok, err = m.Ledger.Accept(ctx, a)
		return err
	})
	return ok && err == nil, err
}

func (m mortal) Find(ctx context.Context, k ledger.Key) (a ledger.Action, ds []ledger.Delivery, err error) {
	err = m.life.during(func() (err error) { a, ds, err = m.Ledger.Find(ctx, k); return err })
	return a, ds, err
}

func (m mortal) Settle(ctx context.Context, s ledger.Settlement) (ok bool, err error) {
	err = m.life.during(func() (err error) {
		if ok, err = m.Ledger.Settle(ctx, s); ok {
			m.life.watch.settled(s)
		}
		return err
	})
	return ok && err == nil, err
}

func (m mortal) Claim(ctx context.Context, c ledger.Claim) (d ledger.Delivery, won bool, err error) {
	err = m.life.during(func() (err error) {
		m.life.claiming()
		m.life.sees(c.ID)
		d, won, err = m.Ledger.Claim(ctx, c)
		return err
	})
	return d, won && err == nil, err
}

func (m mortal) Due(ctx context.Context, q ledger.Queue, now time.Time, n int) (due []ledger.Due, err error) {
	err = m.life.during(func() (err error) { due, err = m.Ledger.Due(ctx, q, now, n); return err })
	return due, err
}

func (m mortal) Stranded(ctx context.Context, q ledger.Queue, after ledger.ID, n int) (ids []ledger.ID, err error) {
	err = m.life.during(func() (err error) { ids, err = m.Ledger.Stranded(ctx, q, after, n); return err })
	return ids, err
}

func (m mortal) Sealed(ctx context.Context, id ledger.ID, now time.Time) (box []byte, err error) {
	err = m.life.during(func() (err error) {
		m.life.sees(id)
		box, err = m.Ledger.Sealed(ctx, id, now)
		return err
	})
	return box, err
}

func (m mortal) Keep(ctx context.Context, v ledger.Version) error {
	return m.life.during(func() error { return m.Ledger.Keep(ctx, v) })
}

func (m mortal) Version(ctx context.Context, digest string) (v ledger.Version, err error) {
	err = m.life.during(func() (err error) { v, err = m.Ledger.Version(ctx, digest); return err })
	return v, err
}

func (m mortal) Pend(ctx context.Context, p ledger.Pending, mail ledger.Draft) (ok bool, err error) {
	err = m.life.during(func() (err error) { ok, err = m.Ledger.Pend(ctx, p, mail); return err })
	return ok && err == nil, err
}

func (m mortal) Pending(ctx context.Context, k ledger.Key, id string, now time.Time) (p ledger.Pending, err error) {
	err = m.life.during(func() (err error) { p, err = m.Ledger.Pending(ctx, k, id, now); return err })
	return p, err
}

func (m mortal) Waiting(ctx context.Context, k ledger.Key, now time.Time, n int) (ps []ledger.Pending, err error) {
	err = m.life.during(func() (err error) { ps, err = m.Ledger.Waiting(ctx, k, now, n); return err })
	return ps, err
}

func (m mortal) Roll(ctx context.Context, campaign string, now time.Time) (t ledger.Tally, err error) {
	err = m.life.during(func() (err error) { t, err = m.Ledger.Roll(ctx, campaign, now); return err })
	return t, err
}

func (m mortal) Walk(ctx context.Context, campaign string) iter.Seq2[ledger.Entry, error] {
	return m.Ledger.Walk(ctx, campaign)
}

func (m mortal) Document(ctx context.Context, name string) (text []byte, err error) {
	err = m.life.during(func() (err error) { text, err = m.Ledger.Document(ctx, name); return err })
	return text, err
}

func (m mortal) Change(ctx context.Context, name string, change func([]byte) ([]byte, error)) error {
	return m.life.during(func() error {
		m.life.sees(m.life.inline()...) // perhaps the slot of what it has just accepted: one thing after the other
		m.life.spends(name)
		return m.Ledger.Change(ctx, name, change)
	})
}

func (m mortal) Adopted(ctx context.Context, fingerprint string) error {
	return m.life.during(func() error { return m.Ledger.Adopted(ctx, fingerprint) })
}

func (m mortal) Adopt(ctx context.Context, fingerprint string) error {
	return m.life.during(func() error { return m.Ledger.Adopt(ctx, fingerprint) })
}

// arrival is one mail that the provider took.
type arrival struct {
	message mailer.Message
	tag     string
	at      time.Time // true time
	own     time.Time // by the clock of its process
	prompt  bool      // its process had looked at the clock at that time
	spent   string    // of a fax: the day that it was taken of
}

// post is the provider that all processes share: what it took, and what it answers next.
type post struct {
	mu       sync.Mutex
	arrivals []arrival
	next     []mailer.Outcome // of the next mails; then all are accepted
	taken    []bool           // whether an unknown one was
	during   func()           // within the next mail, once: time passes
	now      func() time.Time
}

// door is the post as one process reaches it.
type door struct {
	*post
	life *life
}

// dies says whether the process dies with this mail on the wire.
func (l *life) dies() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dead = l.dead || l.onWire
	return l.onWire
}

// Send implements mailer.Mailer. A process that dies with the mail on the wire never learns what came of it.
func (d door) Send(_ context.Context, m mailer.Message) mailer.Result {
	var result mailer.Result
	during := func() {}
	err := d.life.during(func() error {
		d.mu.Lock()
		defer d.mu.Unlock()
		outcome, took := mailer.Accepted, true
		if len(d.next) > 0 {
			outcome, d.next = d.next[0], d.next[1:]
			took = outcome == mailer.Accepted
			if outcome == mailer.Unknown {
				took, d.taken = d.taken[0], d.taken[1:]
			}
		}
		if took {
			tag := tagOf(m)
			d.arrivals = append(d.arrivals, arrival{m, tag, d.post.now(), d.life.own(), d.life.prompt(tag), d.life.spentOf(tag)})
		}
		if d.post.during != nil {
			during, d.post.during = d.post.during, nil
		}
		result = mailer.Result{Outcome: outcome, Reason: "Scripted"}
		return nil
	})
	during()
	if err != nil || d.life.dies() { // nobody hears it: the dead settle nothing; a connection lost may have carried it
		return mailer.Result{Outcome: mailer.Unknown, Reason: "ConnectionLost"}
	}
	return result
}

func (p *post) all() []arrival {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]arrival(nil), p.arrivals...)
}

// link is a confirmation link and the address it was mailed to.
type link struct{ slug, token, to string }

func (p *post) links() (links []link) {
	for _, a := range p.all() {
		if found := linkIn.FindStringSubmatch(a.message.Text); found != nil {
			links = append(links, link{found[1], found[2], string(a.message.To[0])})
		}
	}
	return links
}
