package campaign

import (
	"fmt"

	"one-click-protest/internal/lang"
	"one-click-protest/internal/ledger"
)

const (
	// faxPace is how many faxes an hour a number gets, unless the file says otherwise: a page takes a minute or two, and the line must
	// stay free for others.
	faxPace    = 12
	maxFaxPace = 60
	maxDaily   = 100_000
)

// faxHours are the hours in which a number is called, unless the file says otherwise: where nobody is there by night it may ring in a bedroom.
var faxHours = Hours{From: 8 * 60, To: 20 * 60}

// fax reads the gateway, by which targets without a usable e-mail address get letters.
func (l *loader) fax() {
	v, ok := l.behind(ledger.ChannelFax, "no gateway", "gateway and daily")
	if !ok {
		return
	}
	if o := v.object(); o != nil {
		l.c.Fax = l.readFax(o)
	}
	if l.c.Fax != nil && len(l.c.Languages) > 0 && l.c.faxLanguage() == "" {
		v.bad("all of the campaign's languages are written from right to left, which can't be faxed yet", "a language that is not, or no fax")
	}
}

func (l *loader) readFax(o *object) *Fax {
	o.only("gateway", "hours", "pace", "daily")
	f := &Fax{Hours: faxHours, Pace: ledger.NewRate(faxPace)}
	const gateway = "the gateway's address with {e164} (+82…) or {digits} (82…) for the number, like {e164}@fax.example.net"
	if v, ok := o.need("gateway", gateway); ok {
		f.Gateway = v.gateway(gateway)
	}
	if v, ok := o.get("hours"); ok {
		f.Hours = v.hours()
	}
	if v, ok := o.get("pace"); ok {
		f.Pace = ledger.NewRate(v.number(1, maxFaxPace))
	}
	if v, ok := o.need("daily", "how many faxes a day the campaign pays for at most"); ok {
		f.Daily = v.number(1, maxDaily)
	}
	if h := l.c.Hours.and(f.Hours); h != (Hours{}) && h.From == h.To {
		o.bad("no hour of the day is within hours and fax: hours both", "hours that have some of the day in common")
	}
	return f
}

func (v value) gateway(expected string) Gateway {
	s, ok := v.text(expected)
	if !ok {
		return ""
	}
	g, err := parseGateway(s)
	if err != nil {
		v.bad(fmt.Sprintf("%q is no gateway", s), expected)
	}
	return g
}

// faxLanguage answers the first of the campaign's languages that a fax can be written in; empty if there is none.
func (c *Campaign) faxLanguage() string {
	for _, language := range c.Languages {
		if lang.Dir(language) != "rtl" {
			return language
		}
	}
	return ""
}
