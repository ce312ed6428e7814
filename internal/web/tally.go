package web

import (
	"context"
	"net/http"
	"sync"
	"time"

	"one-click-protest/internal/campaign"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/seal"
)

// Public counts move in uneven steps of at least leastStep and at most mostStep, in percents from a hundred on. Where the next
// step lies nobody knows without the campaign's key: with even steps one could fill a count up to just below one, have
// somebody's address sign again, and see from the count whether it had signed before. From leastStep on each place is the next step
// by the same chance, one in stepChance, however long there was none. So who knows a count exactly, as a small partner may know its own, and
// sees it stand still under an address, learns next to nothing of that one; were every step between two bounds, one short of
// the upper bound would tell. One step in 400 is mostStep, where that chance ends.
const leastStep, stepChance, mostStep = 7, 5, leastStep + 27

// tallyJSON is the public counts, each as of the last step below the true one.
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
		s.problem(w, r, s.language(r), err)
		return
	}
	s.share(w, r, c)
	t, err := s.tallies.get(r.Context(), c)
	if err != nil {
		s.problem(w, r, s.language(r), err)
		return
	}
	public(w)
	writeJSON(w, jsonType, http.StatusOK, t.public)
}

// snapshots keep each campaign's counts for a while, so that the public numbers move in jumps and the ledger is not asked by every
// visitor.
type snapshots struct {
	counts Tallies
	keys   seal.Keys
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
	tally counted
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
	s := &snapshots{counts: c.Counts, keys: c.Keys, every: c.TallyEvery, now: c.Now, byName: map[string]*snapshot{}}
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

// counted is one campaign's counts as they are told, to all and to each partner.
type counted struct {
	public   tallyJSON
	partners map[string]partnerTallyJSON
}

// partner answers one partner's counts: zeros for one who brought nobody.
func (c counted) partner(id string) partnerTallyJSON {
	p := c.partners[id]
	p.Partner, p.AsOf = id, c.public.AsOf
	return p
}

// get answers a campaign's counts, at most as old as the snapshots are kept; older ones when the ledger cannot be read.
func (s *snapshots) get(ctx context.Context, c *campaign.Campaign) (counted, error) {
	one := s.of(c.Scope())
	one.mu.Lock()
	defer one.mu.Unlock()
	now := s.now()
	switch {
	case one.known && now.Sub(one.tally.public.AsOf).Abs() < s.every:
		return one.tally, nil
	case one.err == nil || now.Sub(one.tried).Abs() >= tallyRetry:
		one.ask(ctx, s, c, now)
	}
	if one.known {
		return one.tally, nil
	}
	return counted{}, one.err
}

// ask reads the ledger, for this visitor and those who come after.
func (one *snapshot) ask(ctx context.Context, s *snapshots, c *campaign.Campaign, now time.Time) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tallyTime)
	defer cancel()
	tally, err := s.counts.Tally(ctx, c.Scope())
	var key *seal.Key
	if err == nil {
		key, err = s.keys.Campaign(ctx, c.Scope())
	}
	one.err, one.tried = err, now
	if err == nil {
		one.tally, one.known = counted{newTally(c, tally, now, key), brought(tally, key)}, true
	}
}

func newTally(c *campaign.Campaign, counts ledger.Tally, now time.Time, key *seal.Key) tallyJSON {
	t := tallyJSON{Actions: rough(counts.Actions, "actions", key), Goal: c.Goal, AsOf: now.UTC().Truncate(time.Second)}
	if t.Actions == 0 {
		t.FewerThan = mostStep
	}
	for b, n := range counts.Deliveries {
		if b.Target != ledger.TargetSigner && left(b.State) {
			t.Letters.add(b.Channel, n)
		}
	}
	l := &t.Letters
	l.Email, l.Relay, l.ByHand = rough(l.Email, "email", key), rough(l.Relay, "relay", key), rough(l.ByHand, "by hand", key)
	return t
}

func brought(counts ledger.Tally, key *seal.Key) map[string]partnerTallyJSON {
	told := map[string]partnerTallyJSON{}
	for id, b := range counts.Partners {
		told[id] = partnerTallyJSON{
			Verified: rough(b.Verified, "verified "+id, key),
			Claimed:  rough(b.Claimed, "claimed "+id, key),
		}
	}
	return told
}

// rough answers the last step at or below a count.
func rough(n int, name string, key *seal.Key) int {
	at := 0
	for place := 0; ; place++ {
		next := at + stepOf(key.Number("tally "+name, place))*max(1, at/100)
		if next > n {
			return at
		}
		at = next
	}
}

// stepOf makes a step of a random number: as long as its digits to the base stepChance are not 0. It has 27 of them and a part.
func stepOf(random uint64) int {
	step := leastStep
	for step < mostStep && random%stepChance != 0 {
		step++
		random /= stepChance
	}
	return step
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
