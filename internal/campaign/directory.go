package campaign

import "one-click-protest/internal/address"

// Mission is a row of a directory file and the line it begins in.
type Mission struct {
	*Target
	Line int // from 1
}

// ReadDirectory reads the missions of a directory file as campaigns do, in the file's order; wrong is everything that keeps campaigns from
// using the file, nil if nothing does. With problems the missions are what could be read all the same, to be looked over and not to be written to.
// Name is what problems call the file.
func ReadDirectory(name string, src []byte) (missions []Mission, wrong Problems) {
	found := new(problems)
	f := &csvFile{file: name, problems: found}
	t := f.read(src)
	t.checkZones(found)
	for _, target := range t.targets {
		missions = append(missions, Mission{Target: target, Line: t.lines[target]})
	}
	sorted, _ := found.err().(Problems)
	return missions, sorted
}

// DefaultAddress answers where a letter to a mission goes by e-mail under the rules for addresses of a campaign that says none of its own.
func DefaultAddress(t *Target) (address.Email, bool) {
	return mailing{confidence: confidences[:2], sections: sections[:2]}.address(t)
}
