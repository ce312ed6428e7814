package campaign

import (
	"fmt"
)

// maxTesters is how many recipients one mail may have (SES developer guide, "Service quotas"): all testers are.
const maxTesters = 50

// people reads who is behind the campaign: sender, testers, partners, who answers for the data.
func (l *loader) people() {
	l.from()
	l.privacy()
	if v, ok := l.root.get("testers"); ok {
		for _, entry := range v.items("a list of e-mail addresses") {
			l.c.Testers = append(l.c.Testers, entry.email())
		}
		if len(l.c.Testers) > maxTesters {
			v.bad("too many testers", fmt.Sprintf("%d at most", maxTesters))
		}
	}
	l.c.Replies = l.c.From.Address
	if v, ok := l.root.get("replies"); ok {
		l.c.Replies = v.email()
	}
	l.partners()
	if v, ok := l.root.get("goal"); ok {
		l.c.Goal = v.number(1, 100_000_000)
	}
}

func (l *loader) from() {
	o := l.section("from", "name: and address: of the sender")
	if o == nil {
		return
	}
	o.only("name", "address")
	if v, ok := o.need("name", "the campaign's name as a sender"); ok {
		l.c.From.Name, _ = v.line1(maxLine, "the campaign's name as a sender")
	}
	if v, ok := o.need("address", "the address letters come from, verified with SES"); ok {
		l.c.From.Address = v.email()
	}
}

// Days that sealed fields may stay: what a queue needs to drain after an outage, and at most a year.
const (
	retention    = 30
	maxRetention = 366
)

func (l *loader) privacy() {
	o := l.section("privacy", "controller: and contact: of who answers for the signers' data")
	if o == nil {
		return
	}
	o.only("controller", "contact", "retention")
	p := Privacy{Retention: retention}
	p.Controller = l.controller(o)
	if v, ok := o.need("contact", "the address signers write to about their data"); ok {
		p.Contact = v.email()
	}
	if v, ok := o.get("retention"); ok {
		p.Retention = v.number(1, maxRetention)
	}
	l.c.Privacy = p
}

// controller reads a name by language, or one for all.
func (l *loader) controller(o *object) Texts {
	const expected = "who answers for the signers' data"
	v, ok := o.need("controller", expected+", one text or by language")
	if !ok {
		return nil
	}
	if v.kind() == "a mapping" {
		return l.needTexts(o, "controller", maxTitle)
	}
	name, _ := v.line1(maxTitle, expected)
	all := Texts{}
	for _, language := range l.c.Languages {
		all[language] = name
	}
	return all
}
