package campaign

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"one-click-protest/internal/address"
)

// loader reads one campaign. Its parts go on after a problem, so that all of them are told; what depends on a missing
// part is skipped rather than told twice.
type loader struct {
	library  *Library
	dir      string
	c        *Campaign
	root     *object // of campaign.yaml
	problems *problems
	table    *table           // targets.csv; empty if there is none
	named    map[string]value // targets named in addresses: use:
	unread   bool             // targets are missing that can't be read, which is told already
	unsure   bool             // fields are missing that can't be read, which is told already
	staging  []value          // partners' origins on their own machines
	climbs   bool             // the file says which channels are on the ladder
}

// keys is what campaign.yaml may say.
var keys = []string{"languages", "title", "summary", "salutation", "consent", "from", "privacy", "testers", "replies", "partners",
	"goal", "opens", "closes", "release", "hours", "after_day", "pace", "mode", "editable", "confirm", "reply_to", "fields", "channels",
	"addresses", "relay", "fax", "state", "fallback", "also", "letter_languages"}

// load reads and checks a campaign.
func (l *Library) load(slug string) (*Campaign, error) {
	ld := &loader{
		library:  l,
		dir:      path.Join(campaignsDir, slug),
		c:        &Campaign{Slug: slug},
		problems: &problems{folder: l.folder},
		named:    map[string]value{},
	}
	ld.c.gateways = l.gateways
	ld.campaign()
	if err := ld.problems.err(); err != nil {
		return nil, err
	}
	return ld.c, nil
}

func (l *loader) file(name string) string { return path.Join(l.dir, name) }

func (l *loader) campaign() {
	name := l.file(campaignYAML)
	if !isID(l.c.Slug) {
		l.problems.add(name, 1, fmt.Sprintf("the folder's name %q is no campaign name", l.c.Slug), idRule)
	}
	src, err := readFile(l.library.fsys, name, maxYAML)
	if errors.Is(err, fs.ErrNotExist) {
		l.problems.add(name, 1, "there is no "+campaignYAML+" in this folder", "one")
		return
	}
	if err != nil {
		l.problems.add(name, 1, err.Error(), fmt.Sprintf("a %s of at most %d bytes", campaignYAML, maxYAML))
		return
	}
	y := &yamlFile{file: name, problems: l.problems}
	if l.root = y.read(src); l.root == nil {
		return
	}
	l.root.only(keys...)
	l.languages() // first: every text must have them all
	l.texts()
	l.people()
	l.time()
	l.pace()
	l.choices()
	l.fields()
	l.letters()
	l.pictures()
	l.targets()
	l.letterLanguages()
	l.crossCheck()
}

// letters reads letter.<lang>.md for each language, and refuses those of no language.
func (l *loader) letters() {
	l.c.Letters = map[string]Letter{}
	known := LetterPlaceholders()
	for _, f := range l.c.Fields {
		known = append(known, f.Name)
	}
	for _, language := range l.c.Languages {
		f := &letterFile{file: l.file(letterName(language)), problems: l.problems, known: known, unsure: l.unsure, editable: l.c.Editable}
		l.letter(f, language)
	}
	l.variants()
	for _, name := range list(l.library.fsys, l.dir, false) {
		language, ok := letterLanguage(name)
		if ok && len(l.c.Languages) > 0 && !slices.Contains(l.c.Languages, language) {
			l.problems.add(l.file(name), 1, fmt.Sprintf("a letter in %q", language), "a letter in one of the campaign's languages: "+strings.Join(l.c.Languages, ", "))
		}
	}
}

func (l *loader) letter(f *letterFile, language string) {
	src, err := readFile(l.library.fsys, f.file, maxLetter)
	if errors.Is(err, fs.ErrNotExist) {
		l.at("languages", letterName(language)+" is missing", "a letter in each of the campaign's languages")
		return
	}
	if err != nil {
		f.bad(1, err.Error(), fmt.Sprintf("a letter of at most %d bytes", maxLetter))
		return
	}
	l.c.Letters[language] = f.read(language, src)
}

// variants holds the letters of all languages to as many subjects and openings: a variant is counted by its number, whatever the language.
func (l *loader) variants() {
	if len(l.c.Languages) == 0 {
		return
	}
	first, ok := l.c.Letters[l.c.Languages[0]]
	for _, language := range l.c.Languages[1:] {
		other, there := l.c.Letters[language]
		if ok && there && (len(other.Subjects) != len(first.Subjects) || len(other.Openings) != len(first.Openings)) {
			l.problems.add(l.file(letterName(language)), 1, fmt.Sprintf("%d subjects and %d openings", len(other.Subjects), len(other.Openings)),
				fmt.Sprintf("%d and %d, as in %s: variants are counted by their number", len(first.Subjects), len(first.Openings), letterName(l.c.Languages[0])))
		}
	}
}

func letterName(language string) string { return "letter." + language + ".md" }

func letterLanguage(name string) (string, bool) {
	rest, begins := strings.CutPrefix(name, "letter.")
	language, ends := strings.CutSuffix(rest, ".md")
	return language, begins && ends
}

// at tells a problem in the line of a key of campaign.yaml; what says which.
func (l *loader) at(key, what, expected string) {
	l.problems.add(l.root.f.file, l.root.lineOf(key), what, expected)
}

// targets reads whom the campaign writes to, and works out the routing.
func (l *loader) targets() {
	l.table = l.targetsCSV()
	l.unread = l.table.unread
	l.channels()
	l.addresses()
	l.relay()
	l.fax()
	l.state()
	l.c.byID = maps.Clone(l.table.byID)
	l.directory()
	l.using()
	l.fallback()
	l.also()
	l.unused()
	countries := address.Countries()
	l.c.route(countries)
	l.reachable(countries)
}

// targetsCSV reads the campaign's own targets; an empty table if it has no such file.
func (l *loader) targetsCSV() *table {
	f := &csvFile{file: l.file(targetsCSV), problems: l.problems, languages: l.c.Languages, own: true}
	src, err := readFile(l.library.fsys, f.file, maxYAML)
	if errors.Is(err, fs.ErrNotExist) {
		return &table{file: f.file, byID: map[string]*Target{}}
	}
	if err != nil {
		l.problems.add(f.file, 1, err.Error(), fmt.Sprintf("a file of at most %d bytes", maxYAML))
		return &table{file: f.file, byID: map[string]*Target{}, unread: true}
	}
	t := f.read(src)
	t.checkZones(l.problems)
	return t
}

// directory adds the missions of the campaign's state.
func (l *loader) directory() {
	if l.c.State == "" {
		l.unread = l.unread || l.root.tried("state")
		return
	}
	name := strings.ToLower(string(l.c.State))
	read, ok := l.library.directories[name]
	if !ok {
		l.unread = true
		known := slices.Sorted(maps.Keys(l.library.directories))
		file := path.Join(l.library.folder, directoryDir, name+".csv")
		l.at("state", fmt.Sprintf("state: no directory of %s", l.c.State), fmt.Sprintf("%s, or one of the states there: %s", file, strings.Join(known, ", ")))
		return
	}
	t, broken := read()
	l.problems.list = append(l.problems.list, broken...)
	l.unread = l.unread || t.unread
	for _, target := range t.targets {
		l.mission(t, target)
	}
}

func (l *loader) mission(t *table, target *Target) {
	if own, twice := l.c.byID[target.ID]; twice {
		l.problems.add(l.table.file, l.table.lines[own], fmt.Sprintf("id: %q is a mission's id too (%s:%d)", target.ID, path.Join(l.library.folder, t.file), t.lines[target]), "an id of its own")
		return
	}
	l.c.byID[target.ID] = target
	l.c.missions = append(l.c.missions, target)
}
