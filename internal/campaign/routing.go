package campaign

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"one-click-protest/internal/address"
	"one-click-protest/internal/ledger"
)

// routing is who gets whose letter, worked out once when the campaign is loaded.
type routing struct {
	channels []ledger.Channel // the ladder, best first
	mailing  mailing
	missions []*Target          // the state's, in the directory's order
	byID     map[string]*Target // and those of targets.csv
	fallback *Target
	also     []*Target // every signer's letter goes to these besides
	ways     map[address.Country]routed
	own      func() map[string]bool // keys of the addresses that no signer may use
	gateways func() []string        // mail domains at which nobody signs
	zones    *zones
	near     *sync.Map // from an interface language to the campaign's nearest: matching takes 60 µs, and a page asks often
}

// routed is a way with the reason for it.
type routed struct {
	way Way
	why reason
	of  address.Country // for belongs
}

type reason int

const (
	direct     reason = iota // a mission in the country
	accredited               // a mission in another country
	belongs                  // a mission responsible for the state that the territory belongs to
	nobody                   // no mission is responsible
	unusable                 // no responsible mission has a usable channel
	everybody                // the campaign's only target
)

// String explains why this target, to organizers.
func (r routed) String() string {
	kind := r.way.Target.Kind
	return [...]string{
		direct:     kind + " in the country",
		accredited: kind + ", accredited",
		belongs:    kind + ", via the state it belongs to: " + r.of.Name(),
		nobody:     "fallback: no mission is responsible",
		unusable:   "fallback: no mission has a usable channel",
		everybody:  "the campaign's target",
	}[r.why]
}

// mailing is which published addresses the campaign dares to write to.
type mailing struct {
	confidence []string        // good enough
	sections   []string        // of an embassy
	use        map[string]bool // targets whose first address is used whatever is known of it
}

// Ways answers who gets the letter of a signer in a country and how: the target responsible for the country, and those that everybody
// writes to besides. Each target once. It answers nothing for what is no country of [address.Countries]; the loader made sure that every
// country has a way.
func (c *Campaign) Ways(country address.Country) []Way {
	r, ok := c.ways[country]
	if !ok {
		return nil
	}
	ways := []Way{r.way}
	for _, t := range c.also {
		if w, ok := c.best(t); ok && t != r.way.Target {
			ways = append(ways, w)
		}
	}
	return ways
}

// Several says whether signers write to more than one target each.
func (c *Campaign) Several() bool { return len(c.also) > 0 }

// WaysAt answers [Campaign.Ways] as they are at a moment: under [AfterPrint], once the release day at a target is over, the
// signer sends the letter instead of the house.
func (c *Campaign) WaysAt(country address.Country, now time.Time) []Way {
	ways := c.Ways(country)
	for i, w := range ways {
		if c.late(w, now) {
			ways[i], _ = c.byHand(w.Target) // the loader made sure that there is one
		}
	}
	return ways
}

// Order compares two of a signer's letters by their targets' ids as they are shown: the one responsible for the signer's country, then
// those that everybody writes to besides, as the file names them.
func (c *Campaign) Order(a, b string) int {
	place := func(id string) int {
		return slices.IndexFunc(c.also, func(t *Target) bool { return t.ID == id })
	}
	return place(a) - place(b)
}

// Target answers a target by its id, also one of the directory that no signer's letter goes to.
func (c *Campaign) Target(id string) (*Target, bool) {
	t, ok := c.byID[id]
	return t, ok
}

// WayBy answers how a letter that waits for a target, and was accepted for this channel, goes now: to today's address by today's
// rules for addresses, whether or not the routing still uses the target or the ladder the channel. false: the campaign
// has no such target any more, or it can't be reached through this channel any more.
func (c *Campaign) WayBy(target string, channel ledger.Channel) (Way, bool) {
	t, ok := c.byID[target]
	if !ok {
		return Way{}, false
	}
	w, ok := c.by(channel, t)
	if !ok {
		return Way{}, false
	}
	return w, true
}

// IsTarget says whether an address, in any spelling and with any tag, is one that letters go to or any other that a target has
// published, the relay's, or one at a fax gateway: nobody signs with it. Of gateways those of the library's other campaigns too: a gateway
// knows its customer by the sender, which campaigns have in common, and a confirmation mailed there would be a fax to any number that a visitor
// types, outside the daily limit.
func (c *Campaign) IsTarget(e address.Email) bool {
	return c.own != nil && (c.own()[e.Mailbox()] || slices.Contains(c.gateways(), e.Domain()))
}

// route fills the table of ways. A country that ends without one is absent.
func (c *Campaign) route(countries []address.Country) {
	c.zones = &zones{}
	c.near = &sync.Map{}
	c.own = sync.OnceValue(c.ownAddresses) // thousands of keys, needed only by submissions
	c.ways = make(map[address.Country]routed, len(countries))
	responsible := c.responsible()
	for _, country := range countries {
		if r, ok := c.choose(country, responsible); ok {
			c.ways[country] = r
		}
	}
}

func (c *Campaign) ownAddresses() map[string]bool {
	own := map[string]bool{}
	for _, t := range c.byID {
		for _, m := range t.Emails {
			own[m.Address.Mailbox()] = true
		}
	}
	if c.Relay != nil {
		own[c.Relay.Address.Mailbox()] = true
	}
	return own
}

// responsible answers the state's missions by the countries they serve.
func (c *Campaign) responsible() map[address.Country][]*Target {
	by := make(map[address.Country][]*Target, len(c.missions))
	for _, t := range c.missions {
		if !t.Retired.IsZero() {
			continue
		}
		by[t.Country] = append(by[t.Country], t)
		for _, country := range t.Accredited {
			by[country] = append(by[country], t)
		}
	}
	return by
}

// choose answers the way of a country's signers among its missions, for a territory among those of the state it belongs to, or
// else to the fallback.
func (c *Campaign) choose(country address.Country, responsible map[address.Country][]*Target) (routed, bool) {
	if r, ok := c.among(country, responsible[country]); ok {
		return r, true
	}
	of, _ := country.Of()
	if r, ok := c.among(of, responsible[of]); ok {
		return routed{way: r.way, why: belongs, of: of}, true
	}
	if c.fallback == nil {
		return routed{}, false
	}
	way, ok := c.best(c.fallback)
	return routed{way: way, why: c.whyFallback(len(responsible[country]) + len(responsible[of]))}, ok
}

// among answers the best way through one of the missions that are responsible for a country; false if there is none.
func (c *Campaign) among(country address.Country, missions []*Target) (routed, bool) {
	var best *candidate
	for _, t := range missions {
		k, ok := c.candidate(country, t)
		if ok && (best == nil || k.compare(*best) < 0) {
			best = &k
		}
	}
	if best == nil {
		return routed{}, false
	}
	return best.routed, true
}

func (c *Campaign) whyFallback(missions int) reason {
	switch {
	case c.State == "":
		return everybody
	case missions == 0:
		return nobody
	}
	return unusable
}

// candidate is a mission that could get the letters of a country.
type candidate struct {
	routed
	step int // on the ladder
}

func (c *Campaign) candidate(country address.Country, t *Target) (candidate, bool) {
	way, ok := c.best(t)
	k := candidate{routed: routed{way: way}, step: slices.Index(c.Ladder(t), way.Channel)}
	if t.Country != country {
		k.why = accredited
	}
	return k, ok
}

// compare orders candidates, the better one first: whom the house or a printed letter can reach, direct before accredited,
// embassy before anything else, the better channel, the id.
func (k candidate) compare(other candidate) int {
	return cmp.Or(
		compareBool(k.way.Channel == ledger.ChannelSelf, other.way.Channel == ledger.ChannelSelf),
		cmp.Compare(k.why, other.why),
		compareBool(k.way.Target.Kind != kindEmbassy, other.way.Target.Kind != kindEmbassy),
		cmp.Compare(k.step, other.step),
		cmp.Compare(k.way.Target.ID, other.way.Target.ID),
	)
}

// compareBool orders false before true.
func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}
