package campaign

import (
	"time"

	"one-click-protest/internal/address"
	"one-click-protest/internal/ledger"
)

// Row is what becomes of the letters of one country's signers, for organizers to look over before they go live.
type Row struct {
	Country    address.Country
	Target     *Target
	Channel    ledger.Channel
	Address    string    // the one a letter goes to: e-mail, fax number, postal address or web site
	AsOf       time.Time // date of the target's row: how old the address may be; zero: unknown
	Zone       string    // IANA; see [Library.Check] for whether it exists
	Salutation string    // in the campaign's first language
	Language   string    // of the letter, as letter_languages says; empty: the one that its signer reads
	Why        string    // this target: a short phrase in English
}

// Coverage answers a row for each country of [address.Countries], in their order.
func (c *Campaign) Coverage() []Row {
	var rows []Row
	for _, country := range address.Countries() {
		if r, ok := c.ways[country]; ok {
			rows = append(rows, c.row(country, r))
		}
	}
	return rows
}

// Also answers a row for each target that every signer writes to besides, without a country.
func (c *Campaign) Also() []Row {
	var rows []Row
	for _, t := range c.also {
		if w, ok := c.best(t); ok {
			rows = append(rows, c.row("", routed{way: w, why: everybody}))
		}
	}
	return rows
}

func (c *Campaign) row(country address.Country, r routed) Row {
	t := r.way.Target
	return Row{
		Country:    country,
		Target:     t,
		Channel:    r.way.Channel,
		Address:    c.address(r.way),
		AsOf:       t.AsOf,
		Zone:       t.Zone,
		Salutation: c.Salutation(t, ""),
		Language:   c.suits(t),
		Why:        r.String(),
	}
}

// address answers what the letter is sent to, in one line.
func (c *Campaign) address(w Way) string {
	t := w.Target
	switch {
	case w.Channel == ledger.ChannelFax:
		return string(t.Fax[0]) // the gateway's address says less
	case w.Channel.Mailed():
		return string(w.To)
	case w.Channel == ledger.ChannelPrint && len(t.Fax) > 0:
		return string(t.Fax[0])
	case w.Channel == ledger.ChannelPrint:
		return t.Postal
	case t.Website != "":
		return t.Website
	}
	mail, _ := c.OwnMail(t)
	return string(mail)
}
