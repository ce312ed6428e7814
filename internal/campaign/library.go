package campaign

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync"
)

// The folders and files a library is made of.
const (
	campaignsDir = "campaigns"
	directoryDir = "directory"
	campaignYAML = "campaign.yaml"
	targetsCSV   = "targets.csv"
)

// Library is the campaigns and directories of one file system. Each campaign is read when it is first asked for, once, and
// each directory once for all campaigns that use it. Safe for parallel use.
type Library struct {
	fsys        fs.FS
	folder      string // where it lies, for problems
	slugs       []string
	campaigns   map[string]func() (*Campaign, error)
	directories map[string]func() (*table, Problems)
	gateways    func() []string // mail domains of all campaigns' fax gateways
}

// Located is a file system that knows its folder, as seen from the root of the project.
type Located interface {
	fs.FS
	Folder() string
}

// Open lists what is there and reads no campaign yet. A file system without campaigns is an empty library, which
// [Library.Check] tells. Problems of a [Located] one have paths that editors and terminals can open.
func Open(fsys fs.FS) *Library {
	l := &Library{
		fsys:        fsys,
		folder:      folderOf(fsys),
		campaigns:   map[string]func() (*Campaign, error){},
		directories: map[string]func() (*table, Problems){},
	}
	l.gateways = sync.OnceValue(l.listGateways)
	for _, slug := range list(fsys, campaignsDir, true) {
		l.slugs = append(l.slugs, slug)
		l.campaigns[slug] = sync.OnceValues(func() (*Campaign, error) { return l.load(slug) })
	}
	for _, file := range list(fsys, directoryDir, false) {
		if state, ok := strings.CutSuffix(file, ".csv"); ok {
			l.directories[state] = sync.OnceValues(func() (*table, Problems) { return l.readDirectory(path.Join(directoryDir, file)) })
		}
	}
	return l
}

func folderOf(fsys fs.FS) string {
	if l, ok := fsys.(Located); ok {
		return l.Folder()
	}
	return ""
}

// list answers the folders or files of a folder, sorted; none if it can't be read.
func list(fsys fs.FS, dir string, folders bool) []string {
	entries, _ := fs.ReadDir(fsys, dir)
	var names []string
	for _, entry := range entries {
		if entry.IsDir() == folders && !strings.HasPrefix(entry.Name(), ".") {
			names = append(names, entry.Name())
		}
	}
	return names
}

// Slugs answers the names of all campaigns, also of broken ones, sorted.
func (l *Library) Slugs() []string { return append([]string(nil), l.slugs...) }

// Get answers a campaign: ErrNotFound for a name that isn't there, [Problems] for a campaign with mistakes, every time the same.
func (l *Library) Get(slug string) (*Campaign, error) {
	load, ok := l.campaigns[slug]
	if !ok {
		return nil, ErrNotFound
	}
	return load()
}

// listGateways reads all campaigns. One that cannot be used has no gateway.
func (l *Library) listGateways() []string {
	var domains []string
	for _, slug := range l.slugs {
		if c, err := l.Get(slug); err == nil && c.Fax != nil {
			domains = append(domains, c.Fax.Gateway.Domain())
		}
	}
	return domains
}

// Load reads one campaign of a file system; its errors are those of [Library.Get].
func Load(fsys fs.FS, slug string) (*Campaign, error) { return Open(fsys).Get(slug) }

// Check loads everything and answers the Problems of all campaigns and directories together, and those that loading has
// no time for: time zones in a directory that don't exist.
func (l *Library) Check() error {
	all := &problems{folder: l.folder}
	if len(l.slugs) == 0 {
		all.add(campaignsDir, 1, "no campaign", "a folder with a "+campaignYAML)
	}
	for _, slug := range l.slugs {
		_, err := l.Get(slug)
		if broken := (Problems)(nil); errors.As(err, &broken) {
			all.list = append(all.list, broken...)
		}
	}
	for _, read := range l.directories { // also those that no campaign uses; err sorts
		t, broken := read()
		all.list = append(all.list, broken...)
		t.checkZones(all)
	}
	return all.err()
}

// checkZones tells targets without a time zone, or with one that doesn't exist.
func (t *table) checkZones(p *problems) {
	for _, target := range t.targets {
		if _, err := loadZone(target.Zone); err != nil {
			p.add(t.file, t.lines[target], fmt.Sprintf("zone: %q is no time zone", target.Zone), "an IANA name like Asia/Seoul")
		}
	}
}

// readDirectory reads the missions of one state.
func (l *Library) readDirectory(name string) (*table, Problems) {
	p := &problems{folder: l.folder}
	f := &csvFile{file: name, problems: p}
	src, err := readFile(l.fsys, name, maxCSV)
	if err != nil {
		p.add(name, 1, err.Error(), "a readable file")
		return &table{file: name, unread: true}, p.list
	}
	return f.read(src), p.list
}

var errTooLong = errors.New("too long")

// readFile reads a file up to a size.
func readFile(fsys fs.FS, name string, most int64) ([]byte, error) {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("find file: %w", err)
	}
	if info.Size() > most {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", errTooLong, info.Size(), most)
	}
	src, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("read file: %w", err)
	}
	return src, nil
}
