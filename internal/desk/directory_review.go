package desk

import (
	"slices"
	"strconv"
	"strings"

	"github.com/nyaruka/phonenumbers"

	"one-click-protest/internal/address"
	"one-click-protest/internal/campaign"
)

// reach tells missions that can't be written to, or only at doubtful addresses.
func (r *review) reach(m campaign.Mission) {
	switch {
	case hasAddress(m):
	case m.Website != "":
		r.tell(groupNoWay, m, "only a website: %s", m.Website)
	case len(m.Phone) > 0:
		r.tell(groupNoWay, m, "only a phone number: %s", m.Phone[0])
	default:
		r.tell(groupNoWay, m, "nothing at all")
	}
	desk := func(box campaign.Mailbox) bool { return box.Section == "visa" || box.Section == "consular" }
	if len(m.Emails) > 0 && !slices.ContainsFunc(m.Emails, func(box campaign.Mailbox) bool { return !desk(box) }) && m.Kind == kindEmbassy {
		r.tell(groupVisa, m, "%s (%s)", m.Emails[0].Address, m.Emails[0].Section)
	}
	for _, box := range m.Emails {
		if box.Address != "" && box.Address.Free() {
			r.tell(groupFreeMail, m, "%s", box.Address)
		}
	}
}

// numbers tells odd ones.
func (r *review) numbers(m campaign.Mission) {
	for _, fax := range m.Fax {
		if slices.Contains(m.Phone, fax) {
			r.tell(groupFaxIsPhone, m, "%s", fax)
		}
	}
	regions := regionsOf(Row{Country: string(m.Country), City: m.City})
	for _, kind := range []struct {
		name string
		list []address.Phone
	}{{"fax", m.Fax}, {"phone", m.Phone}} {
		for _, p := range kind.list {
			if of := foreign(p, regions); of != "" {
				r.tell(groupForeign, m, "%s %s is a number of %s, not of %s", kind.name, p, of, strings.Join(regions, " or "))
			}
		}
	}
}

// foreign answers whose number it is, if it is of none of the countries by its calling code.
func foreign(p address.Phone, regions []string) string {
	n, err := phonenumbers.Parse(string(p), phonenumbers.UNKNOWN_REGION)
	if err != nil || slices.ContainsFunc(regions, func(region string) bool { return codeOf(region) == int(n.GetCountryCode()) }) {
		return ""
	}
	if region := phonenumbers.GetRegionCodeForNumber(n); region != "" {
		return region
	}
	return "+" + strconv.Itoa(int(n.GetCountryCode()))
}

// twice tells missions that stand there twice, and addresses that several have.
func (r *review) twice() {
	missions, mails, faxes := map[string][]campaign.Mission{}, map[string][]campaign.Mission{}, map[string][]campaign.Mission{}
	for _, m := range r.missions {
		key := string(m.Country) + " " + m.Kind + " " + citySlug(m.City)
		missions[key] = append(missions[key], m)
		for _, box := range m.Emails {
			if box.Address != "" {
				mails[box.Address.Key()] = append(mails[box.Address.Key()], m)
			}
		}
		for _, fax := range m.Fax {
			faxes[string(fax)] = append(faxes[string(fax)], m)
		}
	}
	r.several(groupDuplicate, "", missions)
	r.several(groupShared, "", mails)
	r.several(groupShared, "fax ", faxes)
}

// several tells what more than one mission has, at the first of them.
func (r *review) several(group findingGroup, name string, by map[string][]campaign.Mission) {
	for _, key := range sortedKeys(by) {
		all := slices.CompactFunc(by[key], func(a, b campaign.Mission) bool { return a.Target == b.Target })
		if len(all) < 2 {
			continue
		}
		var others []string
		for _, m := range all[1:] {
			others = append(others, m.ID+" (line "+strconv.Itoa(m.Line)+")")
		}
		r.tell(group, all[0], "%s%s: also %s", name, key, strings.Join(others, ", "))
	}
}

// accreditations tells who is responsible for further countries, where that is doubtful, and who is responsible for nobody.
func (r *review) accreditations() {
	served := map[address.Country]bool{}
	direct, from := map[address.Country]campaign.Mission{}, map[address.Country][]campaign.Mission{}
	for _, m := range r.missions {
		served[m.Country] = true
		if m.Kind == kindEmbassy {
			direct[m.Country] = m
		}
		for _, c := range m.Accredited {
			served[c] = true
			from[c] = append(from[c], m)
		}
	}
	for _, m := range r.missions {
		if len(m.Accredited) > 0 {
			r.tell(groupAccredited, m, "responsible for %s too", countryList(m.Accredited))
		}
		for _, c := range m.Accredited {
			r.doubtful(m, c, direct[c], from[c])
		}
	}
	r.nobody(served)
}

// nobody tells the states that no mission serves; a territory without one belongs to a state that has.
func (r *review) nobody(served map[address.Country]bool) {
	var names []string
	for _, c := range address.Countries() {
		if _, territory := c.Of(); !territory && !served[c] && string(c) != r.file.state {
			names = append(names, c.Name())
		}
	}
	slices.Sort(names)
	for _, name := range names {
		r.tell(groupNobody, campaign.Mission{}, "%s", name)
	}
}

// doubtful tells what is odd about one mission's accreditation to one country.
func (r *review) doubtful(m campaign.Mission, c address.Country, direct campaign.Mission, all []campaign.Mission) {
	switch {
	case m.Kind != kindEmbassy:
		r.tell(groupAccredited, m, "a %s that is accredited, to %s: only embassies are", m.Kind, c.Name())
	case string(c) == r.file.state:
		r.tell(groupAccredited, m, "accredited to %s itself", c.Name())
	case c == m.Country:
		r.tell(groupAccredited, m, "accredited to %s, where it is the embassy anyway", c.Name())
	case direct.Target != nil:
		r.tell(groupAccredited, m, "accredited to %s, where %s (line %d) is: that one gets the letters if it can be reached", c.Name(), direct.ID, direct.Line)
	}
	if len(all) > 1 && all[0].Target == m.Target {
		r.tell(groupAccredited, m, "%s is covered by %s (line %d) too", c.Name(), all[1].ID, all[1].Line)
	}
}

func countryList(countries []address.Country) string {
	var names []string
	for _, c := range countries {
		names = append(names, c.Name()+" ("+string(c)+")")
	}
	return strings.Join(names, ", ")
}
