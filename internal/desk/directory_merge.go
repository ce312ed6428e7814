package desk

import (
	"cmp"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"one-click-protest/internal/address"
)

// merged is a directory after a list was read into it, sorted by id. What a mission is called in keys, its id, never changes and never passes to
// another one: letters may wait under it. A mission that the list lacks is retired, unless the list is partial or has one like it that could not be read; one that
// is back is not retired any more.
func merged(known, rows []Row, list *published, today time.Time) []Row {
	of := samePairs(known, rows)
	var all []Row
	taken := map[int]bool{}
	for i, r := range rows {
		if k, ok := of[i]; ok {
			taken[k] = true
			r = updated(known[k], r, list)
		}
		all = append(all, r)
	}
	for k, r := range known {
		if taken[k] {
			continue
		}
		if r.Retired == "" && !list.partial && !list.unread[missionClass(r.Country, r.Kind)] {
			r.Retired = today.UTC().Format(time.DateOnly)
		}
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b Row) int { return strings.Compare(a.ID, b.ID) })
	return all
}

// sameness is what makes two rows one mission, the surest first; each answers the keys of a row. A state has one embassy in a country, which may move.
var sameness = []func(Row) []string{
	func(r Row) []string { return []string{r.ID} },
	func(r Row) []string { return []string{r.Country + " " + r.Kind + " " + citySlug(r.City)} },
	func(r Row) []string { return prefixed(r.Country, mailKeys(r)) },
	func(r Row) []string { return prefixed(r.Country, siteKeys(r)) },
	func(r Row) []string {
		if r.Kind != kindEmbassy {
			return nil
		}
		return []string{r.Country}
	},
}

func prefixed(country string, keys []string) []string {
	for i := range keys {
		keys[i] = country + " " + keys[i]
	}
	return keys
}

func mailKeys(r Row) []string {
	var keys []string
	for _, box := range boxesOf(r) {
		keys = append(keys, box.email.Key())
	}
	return keys
}

// siteKeys is a website without what doesn't tell missions apart: scheme, www, the page, the language.
func siteKeys(r Row) []string {
	u, err := url.Parse(r.Website)
	if err != nil || u.Host == "" {
		return nil
	}
	host := strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
	first, _, _ := strings.Cut(strings.Trim(u.Path, "/"), "/")
	for _, language := range []string{"-ko", "-en"} { // of the Korean ministry's sites
		first = strings.TrimSuffix(first, language)
	}
	return []string{host + "/" + first}
}

// samePairs answers for the rows of a list which of the known ones they are. A key pairs two rows only where it is nobody else's on either side.
func samePairs(known, rows []Row) map[int]int {
	of, taken := map[int]int{}, map[int]bool{}
	for _, keys := range sameness {
		inKnown := owners(known, keys, func(i int) bool { return taken[i] })
		inRows := owners(rows, keys, func(i int) bool { _, paired := of[i]; return paired })
		for _, key := range sortedKeys(inRows) {
			i := inRows[key]
			k, ok := inKnown[key]
			if _, paired := of[i]; ok && i >= 0 && k >= 0 && !paired && !taken[k] {
				of[i], taken[k] = k, true
			}
		}
	}
	return of
}

// owners answers whose a key is; -1 for one of several rows.
func owners(rows []Row, keys func(Row) []string, done func(int) bool) map[string]int {
	all := map[string]int{}
	for i, r := range rows {
		if done(i) {
			continue
		}
		for _, key := range keys(r) {
			if other, there := all[key]; there && other != i {
				all[key] = -1
				continue
			}
			all[key] = i
		}
	}
	return all
}

// updated is a known row with what a list has newer.
func updated(old, fresh Row, list *published) Row {
	r := fresh
	r.ID, r.Pace, r.Channels, r.Retired = old.ID, old.Pace, old.Channels, ""
	if list.partial {
		r.Country, r.Kind, r.City, r.Name, r.Zone = old.Country, old.Kind, old.City, old.Name, old.Zone
	}
	for _, column := range append([]string{"accredited"}, listColumns...) {
		better := *fresh.field(column) != "" && (!list.gaps || *old.field(column) == "")
		if !slices.Contains(list.knows, column) || list.partial && !better {
			keep(&r, old, column)
		}
	}
	if list.partial && fresh.Email != "" {
		bothEmails(&r, fresh, old)
	}
	if list.partial {
		r.Accredited = joinCountries(old.Accredited, r.Accredited)
	}
	date(&r, old, fresh)
	return r
}

// date says where an updated row comes from and how old it may be: as old as the oldest of its addresses.
func date(r *Row, old, fresh Row) {
	kept := func(column string) bool { return *r.field(column) != "" && *r.field(column) != *fresh.field(column) }
	if slices.ContainsFunc(listColumns, kept) {
		r.Source = joinSources(fresh.Source, old.Source)
	}
	if slices.ContainsFunc([]string{"email", "fax", "postal"}, kept) {
		r.AsOf = min(old.AsOf, fresh.AsOf)
	}
	same := !slices.ContainsFunc(append([]string{"further_emails", "as_of"}, listColumns...), func(column string) bool {
		return *r.field(column) != *old.field(column)
	})
	if same { // nothing came from the list
		r.Source = old.Source
	}
}

// keep copies a cell, and what is known of an e-mail address with it.
func keep(r *Row, old Row, column string) {
	columns := []string{column}
	if column == "email" {
		columns = []string{"email", "confidence", "section", "email_reason", "further_emails"}
	}
	for _, c := range columns {
		*r.field(c) = *old.field(c)
	}
}

// bothEmails chooses anew among the addresses of a list and those known before.
func bothEmails(r *Row, fresh, old Row) {
	boxes := append(boxesOf(fresh), boxesOf(old)...)
	slices.SortStableFunc(boxes, func(a, b publishedMailbox) int {
		return cmp.Compare(slices.Index(knownConfidences, a.confidence), slices.Index(knownConfidences, b.confidence))
	})
	chooseEmail(r, boxes)
}

// gradedAddress is how a directory gives a further address.
var gradedAddress = regexp.MustCompile(`^(\S+) \(([^,()]+), ([^,()]+)\)$`)

// boxesOf answers the addresses of a clean row, the chosen one first.
func boxesOf(r Row) []publishedMailbox {
	var boxes []publishedMailbox
	add := func(s, confidence, section string) {
		if e, err := address.ParseEmail(s); err == nil {
			boxes = append(boxes, publishedMailbox{email: e, confidence: confidence, section: section})
		}
	}
	if r.Email != "" {
		add(r.Email, r.Confidence, r.Section)
	}
	for s := range strings.SplitSeq(r.FurtherEmails, entrySeparator) {
		if m := gradedAddress.FindStringSubmatch(s); m != nil {
			add(m[1], m[2], m[3])
		}
	}
	return boxes
}

func joinSources(first, second string) string {
	all := strings.Split(first, entrySeparator)
	for s := range strings.SplitSeq(second, entrySeparator) {
		if !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return strings.Trim(strings.Join(all, entrySeparator), "; ")
}

func joinCountries(a, b string) string {
	all := append(strings.Fields(a), strings.Fields(b)...)
	slices.Sort(all)
	return strings.Join(slices.Compact(all), " ")
}
