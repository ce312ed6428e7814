package desk

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// directoryCommand looks after infra/directory.
type directoryCommand struct {
	Import importCommand `cmd:"" help:"Make a clean directory from a raw list of missions; print what could not be read and why."`
}

// importCommand makes infra/directory/<state>.csv. It may be run again at any time: the same lists give the same file.
type importCommand struct {
	Missions      string `arg:"" type:"existingfile" help:"Raw list of the state's missions (CSV)."`
	State         string `required:"" help:"The state whose missions these are: CN, KR." placeholder:"CC"`
	Accreditation string `type:"existingfile" help:"List of further states that embassies are responsible for (CSV)." placeholder:"FILE"`
	Out           string `type:"path" help:"The clean directory to write; standard output if none is named." placeholder:"FILE"`
}

// Run writes the directory whole or not at all, and the report to standard error.
func (c *importCommand) Run(env Env) error {
	missions, err := os.ReadFile(c.Missions)
	if err != nil {
		return fmt.Errorf("missions: %w", err)
	}
	var accreditation io.Reader
	if c.Accreditation != "" {
		list, err := os.ReadFile(c.Accreditation)
		if err != nil {
			return fmt.Errorf("accreditation: %w", err)
		}
		accreditation = bytes.NewReader(list)
	}
	rows, report, err := ImportDirectory(strings.ToUpper(c.State), bytes.NewReader(missions), accreditation)
	if err != nil {
		return misused("%s: %w", c.Missions, err)
	}
	if report.Read == 0 { // an empty directory is nobody's wish
		return misused("%s: no mission of %s; nothing written", c.Missions, strings.ToUpper(c.State))
	}
	if err := report.Print(env.Stderr, c.Missions, c.Accreditation); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	var clean bytes.Buffer
	if err := WriteDirectory(&clean, rows); err != nil {
		return fmt.Errorf("write directory: %w", err)
	}
	if c.Out == "" {
		_, err = env.Stdout.Write(clean.Bytes())
		return err
	}
	if err := replaceFile(c.Out, clean.Bytes()); err != nil {
		return fmt.Errorf("write directory: %w", err)
	}
	_, _ = fmt.Fprintf(env.Stderr, "%s: %d missions of %d\n", c.Out, len(rows), report.Read)
	return nil
}

// replaceFile writes a file beside its place and renames it, so that a crash leaves the old one whole.
func replaceFile(path string, content []byte) error {
	temp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
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
