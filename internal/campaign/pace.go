package campaign

import (
	"cmp"
	"fmt"
	"strconv"

	"one-click-protest/internal/ledger"
)

// maxPace bounds letters an hour: no mailbox takes that many, so that a higher number is a slip.
const maxPace = 100_000

// pace reads how many letters an hour a mailbox and its domain take. A domain takes twice what one of its mailboxes does, unless the
// file says otherwise; where it says the domain's alone, a mailbox takes no more than that.
func (l *loader) pace() {
	l.c.Pace = ledger.DefaultPace()
	v, ok := l.root.get("pace")
	if !ok {
		return
	}
	mailbox, domain := v.pace()
	usual := l.c.Pace.Mailbox.PerHour
	if mailbox == 0 && domain > 0 {
		usual = min(usual, domain)
	}
	mailbox = cmp.Or(mailbox, usual)
	domain = cmp.Or(domain, 2*mailbox)
	if domain < mailbox {
		v.bad(fmt.Sprintf("%d for a mailbox, but %d for its whole domain", mailbox, domain), "no less for the domain than for a mailbox")
	}
	l.c.Pace = ledger.Pace{Mailbox: ledger.NewRate(mailbox), Domain: ledger.NewRate(domain)}
}

// pace answers what the file says, 0 for what it doesn't.
func (v value) pace() (mailbox, domain int) {
	if v.kind() != "a mapping" {
		return v.number(1, maxPace), 0
	}
	o := v.object()
	if o == nil {
		return 0, 0
	}
	o.only("mailbox", "domain")
	if v, ok := o.get("mailbox"); ok {
		mailbox = v.number(1, maxPace)
	}
	if v, ok := o.get("domain"); ok {
		domain = v.number(1, maxPace)
	}
	return mailbox, domain
}

// pace reads a target's own.
func (r *row) pace() int {
	s := r.cell(colPace)
	if s == "" {
		return 0
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > maxPace {
		r.bad(colPace, fmt.Sprintf("%q is no pace", s), fmt.Sprintf("letters an hour, a whole number from 1 to %d", maxPace))
		return 0
	}
	return n
}

// SendingPace answers the pace by which letters leave now. In test mode a fax is mail to the testers: no number rings, and with its pace their
// mailbox would be closed to all other letters for minutes after each.
func (c *Campaign) SendingPace(w Way) ledger.Pace {
	if c.Mode == Test && w.Channel == ledger.ChannelFax {
		return cmp.Or(c.Pace, ledger.DefaultPace())
	}
	return c.PaceOf(w)
}

// PaceOf answers the pace that letters by a way must keep when the campaign is live: that of a fax number where they are faxed; else the target's own where its row says one,
// and otherwise the campaign's. The domain's is the campaign's, and no less than the mailbox's: who says that one mailbox takes
// so many has said it of its domain. A campaign that is not from the loader keeps [ledger.DefaultPace], never none.
func (c *Campaign) PaceOf(w Way) ledger.Pace {
	p := cmp.Or(c.Pace, ledger.DefaultPace())
	if w.Channel == ledger.ChannelFax && c.Fax != nil {
		p.Mailbox = c.Fax.Pace // its domain is the gateway's, which all numbers share
		return p
	}
	if w.Target == nil || w.Target.Pace == 0 {
		return p
	}
	p.Mailbox = ledger.NewRate(w.Target.Pace)
	if p.Domain.PerHour != 0 && p.Domain.PerHour < p.Mailbox.PerHour {
		p.Domain = p.Mailbox
	}
	return p
}
