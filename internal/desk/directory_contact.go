package desk

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// A postal cell goes under the addressee's name on a letter as it stands, so what an editor of the list remarked in it would be
// printed too. Only a person can say what a remark means: it is told until directory_corrections.csv has an answer.
var (
	postalRemark = regexp.MustCompile(`(?i)[()\[\]（）]|\b(?:consular|visa|moved|formerly|other sources?|newer|older|as printed|missing)\b`)

	// consularDesk labels an address as that of the consular section: before it, or behind it in brackets.
	consularDesk = regexp.MustCompile(`(?i)^(?:consular|visa) (?:section|office|department|hall)? ?:|\((?:consular|visa)(?: (?:section|office|department|hall))?\)$`)
)

// postal answers a mission's postal address. That of an embassy's consular section is left out: the letters are for the embassy.
func (im *importing) postal(raw *rawRow, kind string) string {
	s := im.corrected(raw, "postal_address")
	office := slices.Contains([]string{kindEmbassy, kindBranch, kindOffice}, kind)
	switch {
	case office && consularDesk.MatchString(s):
		im.tell(raw, "postal_address", "%q left out: the consular section's, not the embassy's", s)
		return ""
	case s == raw.cell("postal_address") && postalRemark.MatchString(s):
		im.tell(raw, "postal_address", "%q kept as it is: is there a remark in it that is no part of the address?", s)
	}
	return s
}

// website answers a mission's site, unless it is none or the ministry's site of another mission.
func (im *importing) website(raw *rawRow, country string) string {
	s := im.corrected(raw, "website")
	if s == "" {
		return ""
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || !strings.HasPrefix(u.Scheme, "http") {
		im.tell(raw, "website", "%q is no web address", s)
		return ""
	}
	if of := siteOf(u); of != "" && of != country {
		im.tell(raw, "website", "%q left out: by its address the site of the embassy in %s", s, of)
		return ""
	}
	return s
}

// How the foreign ministries name the sites of their missions: by a code of the host country, and behind it, for a consulate, a
// city.
var (
	chineseSite = regexp.MustCompile(`^(?:www\.)?([a-z]{2})\.(?:china-embassy|chineseembassy)\.`)
	koreanSite  = regexp.MustCompile(`^/([a-z]+)-`)
)

// siteCodes are the ministries' codes that aren't those of ISO 3166-1.
var siteCodes = map[string]string{"uk": "GB", "est": "EE"}

// siteOf answers the host country in the address of a ministry's site; empty for other sites.
func siteOf(u *url.URL) string {
	m := chineseSite.FindStringSubmatch(strings.ToLower(u.Host))
	if strings.ToLower(u.Host) == "overseas.mofa.go.kr" {
		m = koreanSite.FindStringSubmatch(strings.ToLower(u.Path))
	}
	if m == nil {
		return ""
	}
	if code, own := siteCodes[m[1]]; own {
		return code
	}
	return strings.ToUpper(m[1])
}
