package web

import (
	"context"
	"net/http"
	"sync"
	"time"

	"one-click-protest/internal/campaign"
	"one-click-protest/internal/ledger"
)

// coarse is the step of public counts: one that moved by single signers would tell who signed when.
const coarse = 10

// tallyJSON is the public counts, each rounded down to a multiple of ten.
type tallyJSON struct {
	Actions   int          `json:"actions"`
	FewerThan int          `json:"fewer_than,omitempty"` // set where actions is 0: the true number is below it
	Goal      int          `json:"goal"`
	AsOf      time.Time    `json:"as_of"`
	Letters   lettersTally `json:"letters"`
}

// lettersTally is the letters that have left, by kind of way.
type lettersTally struct {
	Email  int `json:"email"`   // taken by a mail system, fax gateways' too
	Relay  int `json:"relay"`   // taken by a relay organization's
	ByHand int `json:"by_hand"` // given to their signers to send
}

func (s *server) getTally(w http.ResponseWriter, r *http.Request) {
	c, err := s.campaign(r)
	if err != nil {
		s.problem(w, r, s.language(r, nil), err)
		return
	}
	s.share(w, r, c)
	t, err := s.tallies.get(r.Context(), c)
	if err != nil {
		s.problem(w, r, s.language(r, c), err)
		return
	}
	public(w)
	writeJSON(w, jsonType, http.StatusOK, t)
}

// snapshots keep each campaign's counts for a while, so that the public numbers move in jumps and the ledger is not asked by every
// visitor.
type snapshots struct {
	counts Tallies
	every  time.Duration
	now    func() time.Time

	mu     sync.Mutex
	byName map[string]*snapshot
}

// snapshot is one campaign's counts. Its lock is held while the ledger is asked, so that only one visitor waits for it to
// answer and the others share what it says.
type snapshot struct {
	mu    sync.Mutex
	known bool
	tally tallyJSON
	tried time.Time // when the ledger failed last
	err   error     // with what
}

const (
	// tallyTime is how long visitors wait for the ledger's counts, which no page needs.
	tallyTime = 2 * time.Second
	// tallyRetry is how seldom a ledger that fails is asked again.
	tallyRetry = 5 * time.Second
)

func newSnapshots(c Config) *snapshots {
	s := &snapshots{counts: c.Counts, every: c.TallyEvery, now: c.Now, byName: map[string]*snapshot{}}
	if s.every <= 0 {
		s.every = time.Minute
	}
	return s
}

func (s *snapshots) of(scope string) *snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	one, ok := s.byName[scope]
	if !ok {
		one = &snapshot{}
		s.byName[scope] = one
	}
	return one
}

// get answers a campaign's counts, at most as old as the snapshots are kept; older ones when the ledger cannot be read.
func (s *snapshots) get(ctx context.Context, c *campaign.Campaign) (tallyJSON, error) {
	one := s.of(c.Scope())
	one.mu.Lock()
	defer one.mu.Unlock()
	now := s.now()
	switch {
	case one.known && now.Sub(one.tally.AsOf).Abs() < s.every:
		return one.tally, nil
	case one.err == nil || now.Sub(one.tried).Abs() >= tallyRetry:
		one.ask(ctx, s.counts, c, now)
	}
	if one.known {
		return one.tally, nil
	}
	return tallyJSON{}, one.err
}

// ask reads the ledger, for this visitor and those who come after.
func (one *snapshot) ask(ctx context.Context, counts Tallies, c *campaign.Campaign, now time.Time) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tallyTime)
	defer cancel()
	tally, err := counts.Tally(ctx, c.Scope())
	one.err, one.tried = err, now
	if err == nil {
		one.tally, one.known = newTally(c, tally, now), true
	}
}

func newTally(c *campaign.Campaign, counts ledger.Tally, now time.Time) tallyJSON {
	t := tallyJSON{Actions: roundDown(counts.Actions), Goal: c.Goal, AsOf: now.UTC().Truncate(time.Second)}
	if t.Actions == 0 {
		t.FewerThan = coarse
	}
	for b, n := range counts.Deliveries {
		if b.Target != ledger.TargetSigner && left(b.State) {
			t.Letters.add(b.Channel, n)
		}
	}
	t.Letters = lettersTally{roundDown(t.Letters.Email), roundDown(t.Letters.Relay), roundDown(t.Letters.ByHand)}
	return t
}

func (l *lettersTally) add(channel ledger.Channel, n int) {
	switch channel {
	case ledger.ChannelEmail, ledger.ChannelFax:
		l.Email += n
	case ledger.ChannelRelay:
		l.Relay += n
	default:
		l.ByHand += n
	}
}

// left says whether a letter in this state is out of the house and not known to have come back.
func left(s ledger.State) bool {
	switch s {
	case ledger.StateSent, ledger.StateDelivered, ledger.StateComplained, ledger.StateOffered, ledger.StateReported:
		return true
	}
	return false
}

func roundDown(n int) int { return max(n, 0) / coarse * coarse }
