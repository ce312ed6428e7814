package campaign

import (
	"fmt"
	"slices"
	"strings"

	"one-click-protest/internal/address"
	"one-click-protest/internal/ledger"
)

// ladder is the order in which channels are tried, unless the campaign says otherwise.
var ladder = []ledger.Channel{ledger.ChannelEmail, ledger.ChannelFax, ledger.ChannelRelay, ledger.ChannelPrint, ledger.ChannelSelf}

const ladderChoices = "some of email, fax, relay, print, self, the best first"

// channels reads the ladder.
func (l *loader) channels() {
	l.c.channels = ladder
	v, ok := l.root.get("channels")
	if !ok {
		return
	}
	l.c.channels = nil
	for _, entry := range v.items(ladderChoices) {
		l.channel(entry)
	}
	if l.climbs = len(l.c.channels) > 0; !l.climbs { // told already
		l.c.channels = ladder
	}
	if i := slices.Index(l.c.channels, ledger.ChannelSelf); i >= 0 && i != len(l.c.channels)-1 {
		v.bad("self before another channel", "self at the end: it is the last resort")
	}
}

func (l *loader) channel(v value) {
	s, ok := v.text(ladderChoices)
	channel := ledger.Channel(s)
	switch {
	case !ok:
	case !slices.Contains(ladder, channel):
		v.bad(fmt.Sprintf("%q is no channel", s), ladderChoices)
	case slices.Contains(l.c.channels, channel):
		v.bad(fmt.Sprintf("%q stands here a second time", s), "each channel once")
	default:
		l.c.channels = append(l.c.channels, channel)
	}
}

// addresses reads which published addresses may be used.
func (l *loader) addresses() {
	m := mailing{confidence: confidences[:2], sections: sections[:2], use: map[string]bool{}}
	defer func() { l.c.mailing = m }()
	v, ok := l.root.get("addresses")
	if !ok {
		return
	}
	o := v.object()
	if o == nil {
		return
	}
	o.only("confidence", "sections", "use")
	if v, ok := o.get("confidence"); ok {
		if choose(v, "A (the ministry's or embassy's own page) or B (also a host government's list, or sources that agree)", "A", "B") == "A" {
			m.confidence = confidences[:1]
		}
	}
	if v, ok := o.get("sections"); ok {
		m.sections = nil
		for _, entry := range v.items("some of " + strings.Join(sections, ", ")) {
			m.sections = append(m.sections, choose(entry, "one of "+strings.Join(sections, ", "), sections...))
		}
	}
	if v, ok := o.get("use"); ok {
		for _, entry := range v.items("ids of missions whose first address is used in any case") {
			if id, ok := entry.text("the id of a mission"); ok {
				m.use[id] = true
				l.named[id] = entry
			}
		}
	}
}

// behind answers what the file says under a channel's name, for one that needs more than its place on a ladder. It tells a channel without it, and
// what no ladder uses.
func (l *loader) behind(channel ledger.Channel, without, expected string) (value, bool) {
	key := string(channel)
	v, ok := l.root.get(key)
	listed := slices.Contains(l.c.channels, channel)
	own := slices.ContainsFunc(l.table.targets, func(t *Target) bool { return slices.Contains(t.Channels, channel) })
	switch {
	case !ok && l.climbs && listed && !l.root.tried(key):
		l.at("channels", "channels: "+key+" among them, but there is "+without, key+": with "+expected)
	case ok && !listed && !own:
		l.at(key, key+": never used", key+" among the channels, or no "+key)
	}
	return v, ok
}

// relay reads the organization that forwards letters.
func (l *loader) relay() {
	v, ok := l.behind(ledger.ChannelRelay, "none", "name, address, language, subject and note")
	if !ok {
		return
	}
	if o := v.object(); o != nil {
		l.c.Relay = l.readRelay(o)
	}
}

func (l *loader) readRelay(o *object) *Relay {
	o.only("name", "address", "language", "subject", "note")
	r := &Relay{}
	if v, ok := o.need("name", "the organization's name"); ok {
		r.Name, _ = v.line1(maxLine, "the organization's name")
	}
	if v, ok := o.need("address", "the address letters are forwarded from"); ok {
		r.Address = v.email()
	}
	if v, ok := o.need("language", "the language of the covering note, like ko"); ok {
		r.Language, _ = v.tag()
	}
	if v, ok := o.need("subject", "the subject of the mail to the relay"); ok {
		r.Subject, _ = v.line1(maxSubject, "the subject of the mail to the relay")
		v.template(r.Subject)
	}
	if v, ok := o.need("note", "the covering note: who is addressed, and please to forward it"); ok {
		r.Note, _ = v.text("the covering note")
		v.template(r.Note)
	}
	return r
}

// template tells mistakes in what the covering note's placeholders are put into.
func (v value) template(text string) {
	for _, m := range append(templateMistakes(text, RelayPlaceholders(), false), linkMistakes(text)...) {
		v.badAt(v.lineAt(text, m.at), m.what, m.expected)
	}
}

// state reads whose missions are written to.
func (l *loader) state() {
	v, ok := l.root.get("state")
	if !ok {
		return
	}
	s, ok := v.text("a country code like CN")
	if !ok {
		return
	}
	country, err := address.ParseCountry(s)
	if err != nil || string(country) != s {
		v.bad(fmt.Sprintf("%q is no country", s), "an ISO 3166-1 alpha-2 code like CN")
		return
	}
	l.c.State = country
}

// fallback finds the target of the countries that no mission serves; without a state, of all countries.
func (l *loader) fallback() {
	v, named := l.root.get("fallback")
	if l.c.State == "" {
		l.ownTargets(v, named)
		return
	}
	if named {
		l.namedFallback(v)
	} else if l.root.tried("fallback") {
		return
	}
}

func (l *loader) namedFallback(v value) {
	id, ok := v.text("the id of a target")
	if !ok {
		return
	}
	if l.c.fallback, ok = l.c.byID[id]; !ok && !l.unread {
		v.bad(fmt.Sprintf("%q is no target", id)+didYouMean(id, l.ownIDs()), "the id of a row of "+targetsCSV)
	}
	if ok && !l.c.fallback.Retired.IsZero() {
		v.retired(id)
	}
}

// retired tells that newcomers' letters are to go to a target that nobody is written to at any more.
func (v value) retired(id string) {
	v.bad(fmt.Sprintf("%q is retired", id), "a target without a date in the column retired")
}

func (l *loader) ownIDs() []string {
	var ids []string
	for _, t := range l.table.targets {
		ids = append(ids, t.ID)
	}
	return ids
}

// ownTargets takes the rows of targets.csv: each signer writes to all of them that are not retired.
func (l *loader) ownTargets(v value, named bool) {
	if l.root.tried("state") {
		return // told already
	}
	if named {
		v.bad("given without a state", "a state, or no fallback: the target is everybody's")
	}
	if len(l.table.targets) == 0 && l.unread {
		return
	}
	targets := slices.DeleteFunc(slices.Clone(l.table.targets), func(t *Target) bool { return !t.Retired.IsZero() })
	if len(targets) == 0 {
		l.problems.add(l.root.f.file, l.root.line, "nobody to write to", "state: with a directory, or a "+targetsCSV+" with a target")
		return
	}
	l.c.fallback, l.c.also = targets[0], targets[1:]
}

// using tells names in addresses: use: that are no target with an address.
func (l *loader) using() {
	if l.unread {
		return
	}
	for id, entry := range l.named {
		if t, ok := l.c.byID[id]; !ok || len(t.Emails) == 0 {
			entry.bad(fmt.Sprintf("%q is no target with an e-mail address", id), "the id of one")
		}
	}
}

// reachable tells the countries that end without a way, and the targets that a print at the end of the day can't reach.
func (l *loader) reachable(countries []address.Country) {
	everybodys := l.c.also
	if l.c.fallback != nil {
		everybodys = append([]*Target{l.c.fallback}, everybodys...)
	}
	for _, t := range everybodys {
		if _, ok := l.c.best(t); !ok {
			l.unreachable(t)
		}
	}
	l.printable()
	if l.root.tried("fallback") || l.c.State == "" || l.unread {
		return // a fallback serves every country; one that doesn't is told already
	}
	var without []string
	for _, country := range countries {
		if _, ok := l.c.ways[country]; !ok {
			without = append(without, string(country))
		}
	}
	if len(without) > 0 {
		l.at("state", fmt.Sprintf("state: %d countries without a way, %s among them", len(without), strings.Join(without[:min(len(without), 10)], " ")), "fallback: the id of a target for them, in "+targetsCSV)
	}
}

func (l *loader) unreachable(t *Target) {
	what := fmt.Sprintf("target %q has none of the channels %s", t.ID, joined(l.c.Ladder(t)))
	if line, ok := l.table.lines[t]; ok {
		l.problems.add(l.table.file, line, what, "an address for one of them")
		return
	}
	key := "fallback"
	if t != l.c.fallback {
		key = "also"
	}
	l.at(key, what, "a target with an address for one of them")
}

func joined(channels []ledger.Channel) string {
	names := make([]string, len(channels))
	for i, channel := range channels {
		names[i] = string(channel)
	}
	return strings.Join(names, ", ")
}

// printable holds after_day: print to its word.
func (l *loader) printable() {
	if l.c.AfterDay != AfterPrint {
		return
	}
	targets := slices.Clone(l.c.also)
	for _, r := range l.c.ways {
		targets = append(targets, r.way.Target)
	}
	for _, t := range targets {
		if _, ok := l.c.byHand(t); !ok {
			l.at("after_day", fmt.Sprintf("after_day: print, but target %q can't be reached by print or self", t.ID), "both among the channels and a fax number, postal address, website or e-mail for it; or continue")
		}
	}
}
