package desk

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"one-click-protest/internal/address"
	"one-click-protest/internal/campaign"
)

// directoryCommand looks after infra/directory.
type directoryCommand struct {
	Check  directoryCheckCommand `cmd:"" help:"Print which rows of the directories somebody should look at, and why; how old their addresses are."`
	Import importCommand         `cmd:"" help:"Make a clean directory from a published list of missions, or bring one up to date; say what could not be read."`
	Diff   diffCommand           `cmd:"" help:"Print what changes from one directory file to another."`
}

// importCommand makes infra/directory/<state>.csv. It may be run again at any time: the same lists give the same file.
type importCommand struct {
	Missions      string `arg:"" type:"existingfile" help:"List of the state's missions."`
	State         string `required:"" help:"The state whose missions these are: CN, KR." placeholder:"CC"`
	Format        string `default:"auto" enum:"${formats}" help:"The list's form: ${enum}."`
	Accreditation string `type:"existingfile" help:"List of further states that embassies are responsible for (CSV)." placeholder:"FILE"`
	AsOf          string `help:"When the list was published or collected (YYYY-MM-DD), if neither it nor its name says so." placeholder:"DATE"`
	Partial       bool   `help:"The list names only some missions: what it lacks stays as it is, instead of being retired."`
	Out           string `type:"path" help:"The clean directory to write or to bring up to date; standard output if none is named." placeholder:"FILE"`
	Yes           bool   `help:"Write the changes to a directory that is there already; without it they are only shown."`
}

// Run writes the directory whole or not at all, and the report to standard error. What changes in a directory that is there already goes to
// standard output; it is written only with --yes.
func (c *importCommand) Run(env Env) error {
	known, there, err := c.known()
	if err != nil {
		return err
	}
	rows, report, err := c.read(env, known)
	if err != nil {
		return err
	}
	if err := report.Print(env.Stderr, c.Missions, c.Accreditation); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	file, clean, err := fileOf(rows)
	if err != nil {
		return fmt.Errorf("write directory: %w", err)
	}
	if c.Out == "" {
		_, err = env.Stdout.Write(clean)
		return err
	}
	if _, wrong := campaign.ReadDirectory(c.Out, clean); len(wrong) > 0 {
		_, _ = fmt.Fprintf(env.Stderr, "%v\n%s: campaigns could not use it\n", wrong, c.Out)
	}
	if there && !c.agreed(env, known, file) {
		return nil
	}
	if err := replaceFile(c.Out, clean); err != nil {
		return fmt.Errorf("write directory: %w", err)
	}
	_, _ = fmt.Fprintf(env.Stderr, "%s: %d missions of %d\n", c.Out, len(rows), report.Read)
	return nil
}

// known reads the directory as it is.
func (c *importCommand) known() (rows []Row, there bool, err error) {
	if c.Out == "" {
		return nil, false, nil
	}
	src, err := os.ReadFile(c.Out)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("directory: %w", err)
	}
	if rows, err = readDirectory(src); err != nil {
		return nil, false, misused("%s: %w", c.Out, err)
	}
	return rows, true, nil
}

// read reads the lists into the directory as it is.
func (c *importCommand) read(env Env, known []Row) ([]Row, ImportReport, error) {
	missions, err := os.ReadFile(c.Missions)
	if err != nil {
		return nil, ImportReport{}, fmt.Errorf("missions: %w", err)
	}
	var accreditation io.Reader
	if c.Accreditation != "" {
		list, err := os.ReadFile(c.Accreditation)
		if err != nil {
			return nil, ImportReport{}, fmt.Errorf("accreditation: %w", err)
		}
		accreditation = bytes.NewReader(list)
	}
	asOf, err := c.date()
	if err != nil {
		return nil, ImportReport{}, err
	}
	state, err := c.state()
	if err != nil {
		return nil, ImportReport{}, err
	}
	im := &importing{state: string(state), asOf: asOf, today: env.Now().UTC().Format(time.DateOnly), from: filepath.Base(c.Missions), known: known}
	list, rows, err := im.list(c.Format, missions, accreditation)
	if err != nil {
		return nil, ImportReport{}, misused("%s: %w", c.Missions, err)
	}
	if im.report.Read == 0 { // an empty directory is nobody's wish
		return nil, ImportReport{}, misused("%s: no mission of %s; nothing written", c.Missions, im.state)
	}
	list.partial = list.partial || c.Partial
	return merged(known, rows, list, env.Now()), im.report, nil
}

// state answers whose missions these are. Into another state's directory they would go as new ones, and all of that one's be retired.
func (c *importCommand) state() (address.Country, error) {
	state, err := address.ParseCountry(c.State)
	if err != nil {
		return "", misused("--state %q: not an ISO 3166-1 alpha-2 code", c.State)
	}
	if of, err := address.ParseCountry(strings.TrimSuffix(filepath.Base(c.Out), ".csv")); err == nil && of != state {
		return "", misused("--out %s: by its name the directory of %s, and --state is %s", c.Out, of, state)
	}
	return state, nil
}

// date answers the day of a list that says none itself.
func (c *importCommand) date() (string, error) {
	if c.AsOf == "" {
		return dateInName(filepath.Base(c.Missions)), nil
	}
	if !isDate(c.AsOf) {
		return "", misused("--as-of %q: not a date like 2007-12-02", c.AsOf)
	}
	return c.AsOf, nil
}

// agreed shows what changes, and says whether it is to be written.
func (c *importCommand) agreed(env Env, known []Row, file directoryFile) bool {
	before, _, _ := fileOf(known) // a buffer takes everything
	changes := directoryChanges(before, file)
	_ = printChanges(env.Stdout, c.Out, changes) // output remembers its error
	if len(changes) > 0 && !c.Yes {
		_, _ = fmt.Fprintln(env.Stdout, "Nothing is written yet: --yes writes it.")
	}
	return c.Yes || len(changes) == 0
}

// replaceFile writes a file beside its place and renames it, so that a crash leaves the old one whole.
func replaceFile(path string, content []byte) error {
	temp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if wrong := (*fs.PathError)(nil); errors.As(err, &wrong) {
		return fmt.Errorf("%s: %w", path, wrong.Err) // nobody knows the other name
	}
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temp.Name()) }()
	_, err = temp.Write(content)
	if closed := temp.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	if err := os.Chmod(temp.Name(), 0o644); err != nil {
		return err
	}
	return os.Rename(temp.Name(), path)
}
