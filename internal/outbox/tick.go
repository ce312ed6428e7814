package outbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"one-click-protest/internal/campaign"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/letter"
	"one-click-protest/internal/mailer"
	"one-click-protest/internal/seal"
)

const (
	// tickTime is how long a tick goes on where its caller sets no deadline.
	tickTime = 50 * time.Second
	// finish is what is kept back of a tick's time: the last attempt's (SES answers within 3 s), and that of writing it down.
	finish = 8 * time.Second
	// claimLease is how long a claim from the queue lasts: longer than the function's 60 s, so that none lapses while its process can still
	// send.
	claimLease = 2 * time.Minute
	// dueAtOnce is how many deliveries are asked for at once: as many as DynamoDB reads for one unit, 4 KB of its index, since of a queue
	// that may not leave all but the first are read in vain. slotsAtOnce is how many slots: a write of the ledger for so many letters,
	// few enough that those of a tick that ends do not matter.
	dueAtOnce, slotsAtOnce = 20, 5
	// lanes is how many letters are on their way at once.
	lanes = 8

	leaseName = "deliver"
)

// DelivererLedger is what the queue's sender needs of a ledger.
type DelivererLedger interface {
	Ledger
	ledger.Counts
	ledger.Identity
}

// Deliverer sends what waits. Its fields are set once. Ticks of several processes may overlap: one of them has the lease.
type Deliverer struct {
	Outbox    *Outbox // whose ledger is this one
	Ledger    DelivererLedger
	Campaigns *campaign.Library
	Keys      seal.Keys
	Account   mailer.Account // nil: the provider sets no limits
	// Fax sets a letter's pages as PDF, the same for the same sheet and time. letter.ErrFax says that it has characters which cannot be
	// set, any other error that it never can. nil: faxes wait.
	Fax func(s letter.Sheet, at time.Time) ([]byte, error)

	mu      sync.Mutex
	sources map[string]letter.Source
}

// Report is what a tick did and found, without personal data: for logs, metrics and the desk.
type Report struct {
	Skipped   string // why the tick did nothing: "lease", "not-adopted" or, with an error, "ledger"; empty otherwise
	Halted    string // why the provider takes nothing: a short code
	Stopped   int    // queues that an organizer, a suspension or a breaker stops
	Wayless   int    // queues that the campaign's files have no way for any more, or whose campaign is no more
	Broken    int    // campaigns whose files cannot be used, and queues that could not be gone through: errors are logged
	Sent      int    // by this tick, as are the next five
	Confirmed int    // of them, mail to signers
	Failed    int    // letters
	Held      int
	Unknown   int           // became unknown: attempts without an answer, and claims that lapsed
	Later     int           // went back into the queue
	Stepped   int           // went on by a channel further down the ladder
	Spent     int           // queues of faxes whose campaign has sent as many as it pays for in a day
	Queued    int           // by the counts, before this tick
	Unknowns  int           // all deliveries that are unknown, by the counts
	Helds     int           // all that are held
	Oldest    time.Duration // the longest wait of what may leave now
}

// tick is one run.
type tick struct {
	*Deliverer
	began   time.Time
	stopAt  time.Time
	limiter *rate.Limiter
	left    atomic.Int64 // of the provider's day; negative: unlimited
	spare   int64        // so much of it is not for who is running
	ended   atomic.Bool  // nothing more leaves in this tick
	mu      sync.Mutex
	slowed  time.Time // when the rate was last halved
	doors   map[string]*door
	faxless map[string]bool // scopes of which it is known whether no fax is left of the day
	report  Report
}

// Tick sends what may leave now until shortly before ctx's deadline: mail to signers first, then letters, of each target the longest
// waiting first. It returns with nothing in flight. Errors of single campaigns are logged and counted; the error is one
// that kept everything from leaving.
func (d *Deliverer) Tick(ctx context.Context) (Report, error) {
	t := &tick{Deliverer: d, began: d.Outbox.now(), limiter: rate.NewLimiter(rate.Inf, 1)}
	until := t.began.Add(tickTime)
	if deadline, ok := ctx.Deadline(); ok {
		until = t.began.Add(time.Until(deadline))
	}
	t.stopAt = until.Add(-finish)
	holder := d.Outbox.token()
	held, err := ledger.Lease(ctx, d.Ledger, leaseName, holder, t.began, until)
	if err != nil {
		d.release(ctx, holder) // it may be held all the same, and would keep the next tick from sending
	}
	if err != nil || !held {
		return Report{Skipped: "lease"}, err
	}
	defer d.release(ctx, holder)
	if err := d.Ledger.Adopted(ctx, d.Keys.Fingerprint()); err != nil {
		if errors.Is(err, ledger.ErrNotAdopted) {
			return Report{Skipped: "not-adopted"}, fmt.Errorf("tick: %w", err)
		}
		return Report{Skipped: "ledger"}, fmt.Errorf("tick: %w", err)
	}
	t.allow(ctx)
	signers, targets := t.queues(ctx)
	t.all(ctx, signers, targets)
	return t.report, nil
}

// all goes through mail to signers first, who wait for it with the form open. Where letters wait too it gets half of the time and of the provider's day,
// and what the letters leave of the rest: whoever floods the form must not keep them from leaving.
func (t *tick) all(ctx context.Context, signers, targets []queue) {
	if len(targets) == 0 {
		t.run(ctx, signers, lanes)
		return
	}
	end, left := t.stopAt, t.left.Load()
	t.stopAt = t.began.Add(end.Sub(t.began) / 2)
	t.spare = left / 2
	t.run(ctx, signers, lanes)
	t.stopAt, t.spare = end, 0
	t.run(ctx, targets, 1)
	t.run(ctx, signers, lanes)
}

func (d *Deliverer) release(ctx context.Context, holder string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
	defer cancel()
	if err := ledger.Release(ctx, d.Ledger, leaseName, holder); err != nil {
		d.Outbox.log().WarnContext(ctx, "lease not given back", "error", err) // it lapses
	}
}

// allow asks the provider, once, what it lets the account send.
func (t *tick) allow(ctx context.Context) {
	t.left.Store(-1)
	a, known := t.allowance(ctx)
	if !known {
		return
	}
	t.Outbox.unhalt()
	if a.PerSecond > 0 {
		t.limiter.SetLimit(rate.Limit(a.PerSecond))
	}
	t.left.Store(int64(a.Left))
	switch {
	case a.Halted != "":
		t.end(ctx, a.Halted)
	case a.Left == 0:
		t.end(ctx, "DailyQuota")
	}
}

func (t *tick) allowance(ctx context.Context) (a mailer.Allowance, known bool) {
	if t.Account == nil {
		return a, false
	}
	a, err := t.Account.Allowance(ctx)
	if err != nil { // sending tells the same, letter by letter
		t.Outbox.log().WarnContext(ctx, "allowance not known", "error", err)
	}
	return a, err == nil
}

// end stops sending for this tick and a while, because the provider takes nothing.
func (t *tick) end(ctx context.Context, why string) {
	if t.halted(why) {
		t.Outbox.halt(why)
		t.Outbox.log().ErrorContext(ctx, "sending halted", "reason", why)
	}
}

// halted ends the tick's sending for a reason, and answers whether it went on until now.
func (t *tick) halted(why string) bool {
	if why == "" || t.ended.Swap(true) {
		return false
	}
	t.note(func(r *Report) { r.Halted = why })
	return true
}

func (t *tick) note(f func(*Report)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f(&t.report)
}

// over says that no further letter may be begun: time is short, or the provider takes nothing.
func (t *tick) over(ctx context.Context) bool {
	return t.ended.Load() || ctx.Err() != nil || t.late()
}

func (t *tick) late() bool { return !t.Outbox.now().Before(t.stopAt) }

// queue is one of the ledger's, with the campaign it is of.
type queue struct {
	ledger.Queue
	of *campaign.Campaign // nil: the files have no such campaign any more, or it is in the other mode
}

// queues answers where something waits, by the counts: what it costs depends on neither how much waits nor how long. Targets that
// the campaign's files have no more are among them, and campaigns that are no more.
func (t *tick) queues(ctx context.Context) (signers, targets []queue) {
	for scope, c := range t.scopes(ctx) {
		tally, err := t.Ledger.Roll(ctx, scope, t.began)
		if err != nil {
			t.broken(ctx, scope, err)
			continue
		}
		for q := range t.waiting(ctx, scope, c, tally) {
			if q.Target == ledger.TargetSigner {
				signers = append(signers, queue{q, c})
			} else {
				targets = append(targets, queue{q, c})
			}
		}
	}
	t.shuffle(signers)
	t.shuffle(targets)
	return signers, targets
}

// scopes answers all campaigns that letters may wait for; nil for one that the files have no more.
func (t *tick) scopes(ctx context.Context) map[string]*campaign.Campaign {
	all := map[string]*campaign.Campaign{}
	for _, slug := range t.Campaigns.Slugs() {
		c, err := t.Campaigns.Get(slug)
		if err != nil {
			t.broken(ctx, slug, err)
			continue
		}
		all[c.Scope()] = c
	}
	known, err := ledger.Scopes(ctx, t.Ledger, slices.Sorted(maps.Keys(all))...)
	if err != nil {
		t.broken(ctx, "", err)
	}
	for _, scope := range known {
		if _, ok := all[scope]; !ok {
			all[scope] = nil
		}
	}
	return all
}

// shuffle draws lots: where the provider's rate, the time or a shared mailbox is too little for all queues, none comes last each time.
func (t *tick) shuffle(queues []queue) {
	slices.SortFunc(queues, func(a, b queue) int {
		return cmp.Or(cmp.Compare(a.Campaign, b.Campaign), cmp.Compare(a.Target, b.Target), cmp.Compare(a.Channel, b.Channel))
	})
	lots := rand.New(rand.NewPCG(uint64(t.began.UnixNano()), 0))
	lots.Shuffle(len(queues), func(i, j int) { queues[i], queues[j] = queues[j], queues[i] })
}

func (t *tick) broken(ctx context.Context, campaign string, err error) {
	if errors.Is(err, context.Canceled) { // the tick was stopped
		return
	}
	t.note(func(r *Report) { r.Broken++ })
	t.Outbox.log().ErrorContext(ctx, "queue not gone through", "campaign", campaign, "error", err)
}

// waiting adds a campaign's counts to the report, and answers the queues in which something waits, or in which a suspended channel has
// left letters behind.
func (t *tick) waiting(ctx context.Context, scope string, c *campaign.Campaign, tally ledger.Tally) map[ledger.Queue]bool {
	queues := map[ledger.Queue]bool{}
	for b, n := range tally.Deliveries {
		q := ledger.Queue{Campaign: scope, Target: b.Target, Channel: b.Channel}
		switch b.State {
		case ledger.StateQueued:
			if n > 0 {
				queues[q] = true
			}
			t.note(func(r *Report) { r.Queued += n })
		case ledger.StateUnknown:
			t.note(func(r *Report) { r.Unknowns += n })
		case ledger.StateHeld:
			t.note(func(r *Report) { r.Helds += n })
		case ledger.StateFailed, ledger.StateBounced:
			if n > 0 && len(t.lower(ctx, queue{q, c})) > 0 {
				queues[q] = true
			}
		}
	}
	return queues
}

// run goes through queues, several at once; within one, so many letters at once.
func (t *tick) run(ctx context.Context, queues []queue, within int) {
	free := make(chan struct{}, max(1, lanes/within))
	var group sync.WaitGroup
	for _, q := range queues {
		if ctx.Err() != nil || t.late() {
			break
		}
		free <- struct{}{}
		group.Go(func() {
			defer func() { <-free }()
			if err := t.drain(ctx, q, within); err != nil {
				t.broken(ctx, q.Campaign, err)
			}
		})
	}
	group.Wait()
}
