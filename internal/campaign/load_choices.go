package campaign

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// What the organizer decides, each with what it means.
const (
	modeChoices     = "test (every letter goes to the testers) or live (letters go to their targets)"
	editableChoices = "whole (subject and body are the signer's to change), words (own words at {message}) or none"
	confirmChoices  = "always (each signer clicks a mailed link before the letter leaves), " +
		"edited (only one who changed the letter does; the campaign's own letter goes with one click) or " +
		"off (letters leave with one click and say that the sender's address was not verified)"
	replyChoices = "signer (answers reach the signer, whose address the target learns; needs confirm: always) or " +
		"campaign (answers reach the campaign's replies address)"
	afterChoices = "continue (letters go on after the release day) or print (signers then send theirs themselves)"
)

// choices reads what the organizer must or may decide.
func (l *loader) choices() {
	l.c.Mode = need(l, "mode", modeChoices, Test, Live)
	l.c.Editable = EditNone
	if v, ok := l.root.get("editable"); ok {
		l.c.Editable = choose(v, editableChoices, EditWhole, EditWords, EditNone)
	} else if l.root.tried("editable") {
		l.c.Editable = "" // unknown: nothing follows from it
	}
	l.c.Confirm = need(l, "confirm", confirmChoices, ConfirmAlways, ConfirmEdited, ConfirmOff)
	l.c.ReplyTo = need(l, "reply_to", replyChoices, ReplyToSigner, ReplyToCampaign)
}

// need reads a choice that has no default.
func need[T ~string](l *loader, key, expected string, choices ...T) T {
	v, ok := l.root.need(key, expected)
	if !ok {
		return ""
	}
	return choose(v, expected, choices...)
}

// choose reads one of several words.
func choose[T ~string](v value, expected string, choices ...T) T {
	s, ok := v.text(expected)
	if ok && !slices.Contains(choices, T(s)) {
		v.bad(fmt.Sprintf("%q is no choice", s), expected)
		return ""
	}
	return T(s)
}

// time reads when the campaign runs.
func (l *loader) time() {
	if v, ok := l.root.get("opens"); ok {
		l.c.Opens, _ = v.moment()
	}
	if v, ok := l.root.get("closes"); ok {
		var day bool
		if l.c.Closes, day = v.moment(); day {
			l.c.Closes = l.c.Closes.AddDate(0, 0, 1) // the whole of the last day
		}
	}
	if v, ok := l.root.get("release"); ok {
		l.c.Release = v.local()
	}
	if v, ok := l.root.get("hours"); ok {
		l.c.Hours = v.hours()
	}
	l.c.AfterDay = AfterContinue
	if v, ok := l.root.get("after_day"); ok {
		l.c.AfterDay = choose(v, afterChoices, AfterContinue, AfterPrint)
		if !l.root.tried("release") {
			v.bad("nothing is released", "a release, or no after_day")
		}
	}
}

// moment reads a date, which is its first moment in UTC, or a time with its zone.
func (v value) moment() (t time.Time, day bool) {
	const expected = "a date like 2007-12-02 (UTC) or a time like 2007-12-02T09:00:00+09:00"
	s, ok := v.text(expected)
	if !ok {
		return time.Time{}, false
	}
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return t, true
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		what := "date or time"
		if !strings.Contains(s, "T") {
			what = "date"
		}
		v.bad(fmt.Sprintf("%q is no %s", s, what), expected)
	}
	return t, false
}

func (v value) local() Local {
	const expected = "a local time at each target, without a zone, like 2007-12-02T09:00"
	s, ok := v.text(expected)
	if !ok {
		return Local{}
	}
	t, err := parseLocal(s)
	if err != nil {
		v.bad(fmt.Sprintf("%q is no local time", s), expected)
	}
	return t
}

func (v value) hours() Hours {
	const expected = "a part of a target's local day, like 08:00-18:00"
	s, ok := v.text(expected)
	if !ok {
		return Hours{}
	}
	h, err := parseHours(s)
	if err != nil {
		v.bad(fmt.Sprintf("%q is no part of a day", s), expected)
	}
	return h
}

// firstZone is where a day begins first.
var firstZone = time.FixedZone("UTC+14", 14*60*60)

// crossCheck looks at choices that must fit each other.
func (l *loader) crossCheck() {
	l.proof()
	l.days()
	if l.c.Mode == Test && !l.root.tried("testers") {
		l.at("mode", "test mode without testers", "testers: [name@example.org], or mode: live")
	}
	if l.c.Mode == Live {
		l.placeholdersGone()
	}
}

// proof refuses choices that would let letters be forged in other people's names.
func (l *loader) proof() {
	c := l.c
	if c.Confirm == "" {
		return
	}
	if c.ReplyTo == ReplyToSigner && c.Confirm != ConfirmAlways {
		l.at("reply_to", "reply_to: signer with confirm: "+string(c.Confirm)+", which leaves addresses unproven", "confirm: always, or reply_to: campaign")
	}
	if c.Editable != EditNone && c.Editable != "" && c.Confirm == ConfirmOff {
		l.at("editable", "editable: "+string(c.Editable)+" with confirm: off, which lets own words leave unproven", "confirm: always or edited, or editable: none")
	}
}

// days holds the times to each other. The release is a different moment at each target, all within opens and closes.
func (l *loader) days() {
	c := l.c
	if !c.Closes.IsZero() && !c.Closes.After(c.Opens) {
		l.at("closes", "closes before it opens", "a moment after opens")
	}
	if c.Release.IsZero() {
		return
	}
	if first := c.Release.In(firstZone); first.Before(c.Opens) {
		l.at("release", "a release before the campaign opens: "+c.Release.String()+" comes first at "+stamp(first), "a release after opens, "+stamp(c.Opens))
	}
	if last := c.Release.In(lastZone); !c.Closes.IsZero() && last.After(c.Closes) {
		l.at("release", "a release after the campaign closes: "+c.Release.String()+" comes last at "+stamp(last), "a release before closes, "+stamp(c.Closes))
	}
	if h := c.Hours; h != (Hours{}) && !h.contain(c.Release.t) {
		l.at("release", "a release outside hours", "a time of day within hours")
	} else if c.Fax != nil && c.Fax.Hours.over(c.Release.t) {
		l.at("release", "a release after the hours of faxes: none would leave on the day", "an earlier time of day, or fax: hours that go on after it")
	}
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// placeholdersGone refuses to go live with the addresses of examples.
func (l *loader) placeholdersGone() {
	c := l.c
	l.noExample("from", c.From.Address.Domain())
	l.noExample("replies", c.Replies.Domain())
	l.noExample("privacy", c.Privacy.Contact.Domain())
	if c.Relay != nil {
		l.noExample("relay", c.Relay.Address.Domain())
	}
	if c.Fax != nil {
		l.noExample("fax", c.Fax.Gateway.Domain())
	}
	l.noStaging()
	for _, p := range c.Partners {
		for _, page := range append([]string{p.Privacy}, p.Origins...) {
			l.noExample("partners", hostOf(page))
		}
	}
	for _, t := range l.table.targets {
		for _, m := range t.Emails {
			if isExample(m.Address.Domain()) {
				l.problems.add(l.table.file, l.table.lines[t], "mode: live with the example domain "+m.Address.Domain(), "an address that exists")
			}
		}
	}
}

func (l *loader) noExample(key, host string) {
	if isExample(host) {
		l.at(key, "mode: live with the example domain "+host, "one that exists, or mode: test")
	}
}

// hostOf answers the host of an https address; empty for any other.
func hostOf(page string) string {
	rest, _ := strings.CutPrefix(page, "https://")
	host, _, _ := strings.Cut(rest, "/")
	if len(rest) == len(page) {
		return ""
	}
	return host
}

// isExample says whether a host is one of those set aside for examples and tests (RFC 2606, RFC 6761).
func isExample(host string) bool {
	host, _, _ = strings.Cut(host, ":")
	labels := strings.Split(host, ".")
	top := labels[len(labels)-1]
	if slices.Contains([]string{"example", "test", "invalid", "localhost"}, top) {
		return true
	}
	return len(labels) >= 2 && labels[len(labels)-2] == "example" && slices.Contains([]string{"org", "com", "net"}, top)
}
