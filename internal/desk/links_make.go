package desk

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"one-click-protest/internal/action"
	"one-click-protest/internal/address"
	"one-click-protest/internal/campaign"
	"one-click-protest/internal/seal"
)

// linkMaker makes the links of one list.
type linkMaker struct {
	campaign *campaign.Campaign
	key      *seal.Key
	expires  time.Time
	partner  string
	prefix   string
	stderr   io.Writer
	shown    *progress

	lines                    map[string]int // where each normalised address stood first
	read                     int
	made, repeated, mistakes int
}

// make writes to a file that has no name any more, and copies it to the output once the whole list is known to be good.
func (m *linkMaker) make(ctx context.Context, env Env) error {
	if env.Stdin == nil || isTerminal(env.Stdin) {
		return misused("links reads supporters from its input: links %s < supporters.csv > links.csv", m.campaign.Slug)
	}
	spool, err := os.CreateTemp("", "links-*")
	if err != nil {
		return fmt.Errorf("links: %w", err)
	}
	defer func() { _ = spool.Close(); _ = os.Remove(spool.Name()) }() // where an open file cannot be removed
	_ = os.Remove(spool.Name())
	out := bufio.NewWriterSize(spool, 1<<16)
	err = m.all(ctx, env.Stdin, csv.NewWriter(out))
	m.shown.end()
	if err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("links: %w", err)
	}
	if _, err := spool.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("links: %w", err)
	}
	if _, err := io.Copy(env.Stdout, spool); err != nil {
		return fmt.Errorf("links: %w", err)
	}
	return nil
}

// all makes every link, or says every mistake.
func (m *linkMaker) all(ctx context.Context, in io.Reader, out *csv.Writer) error {
	known, needed := m.columns()
	table, err := openSheet(in, known, needed)
	if err != nil {
		return misused("%w; no link is made", err)
	}
	if err := out.Write([]string{"email", "link"}); err != nil {
		return fmt.Errorf("links: %w", err)
	}
	for {
		line, err := table.next()
		switch {
		case ctx.Err() != nil:
			return fmt.Errorf("%w; no link is written", ctx.Err())
		case err == io.EOF:
			return m.ended(out)
		}
		if err = m.row(table, line, err, out); err != nil {
			return err
		}
		if m.read++; m.read%m.shown.every() == 0 {
			m.shown.show("%d lines read", m.read)
		}
	}
}

func (m *linkMaker) ended(out *csv.Writer) error {
	if m.mistakes > 0 {
		return misused("%s; no link is made", counted(m.mistakes, "mistake"))
	}
	if m.made == 0 {
		return misused("the list has a header and nothing else; no link is made")
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("links: %w", err)
	}
	return nil
}

// columns are those that a list may have, and must.
func (m *linkMaker) columns() (known, needed []string) {
	needed = []string{"name", "email", "country"}
	known = append(slices.Clone(needed), "language")
	for _, f := range m.campaign.Fields {
		known = append(known, f.Name)
		if f.Required {
			needed = append(needed, f.Name)
		}
	}
	return known, needed
}

// row makes the link of a row that could be read, and says what is wrong with one that is not good. After a mistake the rest is only looked
// through for more.
func (m *linkMaker) row(table *sheet, line int, err error, out *csv.Writer) error {
	var wrong mistake
	if err == nil {
		err = m.link(table, line, out)
	}
	if errors.As(err, &wrong) {
		m.mistakes++
		m.shown.end()
		_, err = fmt.Fprintln(m.stderr, wrong)
	}
	return err
}

// invalidRow says in words why a supporter cannot take part.
func invalidRow(line int, err error) error {
	var invalid *action.Invalid
	if !errors.As(err, &invalid) {
		return fmt.Errorf("link: %w", err)
	}
	var parts []string
	for _, f := range invalid.Fields {
		parts = append(parts, strings.TrimPrefix(f.Field, "fields.")+": "+reasonInWords(f))
	}
	return mistake{line, strings.Join(parts, "; ")}
}

func reasonInWords(f action.FieldError) string {
	switch f.Code {
	case action.Required:
		return "missing"
	case action.TooLong:
		return fmt.Sprintf("longer than %d characters", f.Max)
	case action.Character:
		return "has characters that cannot stand in a letter"
	case action.OwnTarget:
		return "is the address of somebody who is written to"
	}
	switch f.Field { // not well-formed, or none of the possible values
	case "country":
		return "no country's code of two letters, such as DE"
	case "email":
		return "no plain e-mail address"
	case "language":
		return "none of the campaign's languages"
	}
	return "cannot be used (" + string(f.Code) + ")"
}

func (m *linkMaker) link(table *sheet, line int, out *csv.Writer) error {
	who := action.Supporter{
		Name: table.cells["name"], Email: table.cells["email"], Country: strings.ToUpper(table.cells["country"]), Language: table.cells["language"],
		Partner: m.partner,
	}
	for _, f := range m.campaign.Fields {
		if cell := table.cells[f.Name]; cell != "" {
			if who.Fields == nil {
				who.Fields = map[string]string{}
			}
			who.Fields[f.Name] = cell
		}
	}
	token, err := action.NewPersonal(m.campaign, m.key, who, m.expires)
	if err != nil {
		return invalidRow(line, err)
	}
	email, err := address.ParseEmail(who.Email)
	if err != nil || formula(string(email)) {
		return mistake{line, "email: begins like a formula, which spreadsheets would run; take this address out of the list"}
	}
	if again, err := m.again(email, line); again || err != nil {
		return err
	}
	if err := m.unshowable(who, line); err != nil {
		return err
	}
	m.made++
	if err := out.Write([]string{string(email), m.prefix + token}); err != nil {
		return fmt.Errorf("links: %w", err)
	}
	return nil
}

// unshowable tells of a supporter whose letter a fax cannot show. The link is made all the same.
func (m *linkMaker) unshowable(who action.Supporter, line int) error {
	fields := action.Unshowable(m.campaign, who)
	if len(fields) == 0 {
		return nil
	}
	m.shown.end()
	_, err := fmt.Fprintf(m.stderr, "line %d: %s: the letter goes by fax, which cannot show it; behind the link it has to be written in other letters first\n",
		line, strings.TrimPrefix(fields[0].Field, "fields."))
	return err
}

// again says whether an address stood in an earlier line, in whatever spelling.
func (m *linkMaker) again(email address.Email, line int) (bool, error) {
	same := email.Key()
	if first, there := m.lines[same]; there {
		m.repeated++
		m.shown.end()
		_, err := fmt.Fprintf(m.stderr, "line %d: the same address as in line %d\n", line, first)
		return true, err
	}
	m.lines[same] = line
	return false, nil
}
