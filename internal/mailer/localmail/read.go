package localmail

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"one-click-protest/internal/mailer"
)

// Mail is one captured mail.
type Mail struct {
	ID     string // of the capture; safe in a URL path
	Date   time.Time
	Broken bool // it could not be read as a mail of ours: only ID, Date and Class are known, and Source
	mailer.Message
	Source []byte // the whole file as it stands; only from Read
}

// Bounds on what is read of a file that somebody else may have put there.
const (
	maxHeader = 1 << 20
	maxFile   = 32 << 20
)

// List answers the newest n captured mails without texts and attachments, the newest first; all of them for n = 0. Files that are
// not ours are left out; one of ours whose headers are broken is marked. It reads headers only: attachments are large.
func (f *Folder) List(n int) ([]Mail, error) {
	ids, err := f.ids()
	if err != nil {
		return nil, err
	}
	if n > 0 && len(ids) > n {
		ids = ids[:n]
	}
	mails := make([]Mail, 0, len(ids))
	for _, id := range ids {
		mails = append(mails, f.glance(id))
	}
	return mails, nil
}

// glance reads a mail's headers.
func (f *Folder) glance(id string) Mail {
	file, err := f.find(id)
	if err != nil {
		return broken(id)
	}
	defer func() { _ = file.Close() }() // nothing was written
	return parsed(id, io.LimitReader(file, maxHeader), decodeHead)
}

// Read answers one captured mail; an error that is fs.ErrNotExist when there is none of that id.
func (f *Folder) Read(id string) (Mail, error) {
	source, err := f.load(id)
	if err != nil {
		return Mail{}, fmt.Errorf("reading a captured mail: %w", err)
	}
	m := parsed(id, bytes.NewReader(source), decode)
	m.Source = source
	return m, nil
}

// ids answers the ids in the folder, the newest first.
func (f *Folder) ids() ([]string, error) {
	entries, err := fs.ReadDir(f.root.FS(), ".")
	if err != nil {
		return nil, fmt.Errorf("listing the mail folder: %w", err)
	}
	var ids []string
	for _, e := range entries {
		id, ok := strings.CutSuffix(e.Name(), extension)
		if ok && e.Type().IsRegular() && captured.MatchString(id) {
			ids = append(ids, id)
		}
	}
	slices.Reverse(ids) // ReadDir sorts by name, which is by time
	return ids, nil
}

// find opens a mail's file. An id of another shape than ours names nothing: no path gets through.
func (f *Folder) find(id string) (*os.File, error) {
	if !captured.MatchString(id) {
		return nil, fs.ErrNotExist
	}
	return f.root.Open(id + extension)
}

// load reads a mail's file, or so much of it as a mail of ours may have.
func (f *Folder) load(id string) ([]byte, error) {
	file, err := f.find(id)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // nothing was written
	return io.ReadAll(io.LimitReader(file, maxFile))
}

// parsed never fails: what can't be read is marked.
func parsed(id string, source io.Reader, read func(io.Reader) (mailer.Message, time.Time, error)) Mail {
	message, date, err := read(source)
	if err != nil {
		return broken(id)
	}
	m := broken(id)
	m.Broken, m.Date = false, date
	message.Class = m.Class
	m.Message = message
	return m
}

// broken answers what a file's name says.
func broken(id string) Mail {
	m := Mail{ID: id, Broken: true}
	part := captured.FindStringSubmatch(id)
	m.Date, _ = time.Parse(nameTime, part[1]) // a date that isn't one stays zero
	if part[2] == classes[mailer.ToSigner] {
		m.Class = mailer.ToSigner
	}
	return m
}
