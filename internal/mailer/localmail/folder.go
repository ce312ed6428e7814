package localmail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"

	"one-click-protest/internal/address"
	"one-click-protest/internal/mailer"
)

// Folder is a [mailer.Mailer] that captures: each mail becomes one .eml file, and none leaves the machine.
type Folder struct {
	root   *os.Root
	origin Origin
}

var _ mailer.Mailer = (*Folder)(nil)

// nameTime sorts by name as by time; nine digits keep the order within a second.
const nameTime = "20060102T150405.000000000Z"

// captured is the shape of our ids; anything else in the folder is somebody else's.
var captured = regexp.MustCompile(`^(\d{8}T\d{6}\.\d{9}Z)-[0-9a-f]{16}-(letter|signer)$`)

// OpenFolder opens the folder, which it makes if there is none: for its owner alone, for the mails tell who took part.
func OpenFolder(dir string, o Origin) (*Folder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the mail folder: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("opening the mail folder: %w", err)
	}
	return &Folder{root: root, origin: o}, nil
}

// Close gives the folder back. The files stay.
func (f *Folder) Close() error { return f.root.Close() }

// Send implements [mailer.Mailer]. The mail shows its addressee even in test mode, because it goes nowhere. Accepted means that the whole file is there under its name; it is not synced to the
// disk, being a capture to look at and no record.
func (f *Folder) Send(ctx context.Context, m mailer.Message) mailer.Result {
	if r, ok := mailer.Ready(ctx, m, 0); !ok {
		return r
	}
	if m.Addressee != "" {
		m.To = []address.Email{m.Addressee}
	}
	if err := f.save(m); err != nil {
		// A full disk or a folder that is gone stops the next mail just as well.
		return mailer.Result{Outcome: mailer.Halt, Reason: "FolderNotWritable"}
	}
	return mailer.Result{Outcome: mailer.Accepted}
}

// save writes a file beside its place and then names it, so that no reader sees half a mail.
func (f *Folder) save(m mailer.Message) error {
	s, err := f.origin.stamp()
	if err != nil {
		return err
	}
	msg := compose(m, s)
	mark(msg, m)
	var b bytes.Buffer
	if _, err := msg.WriteTo(&b); err != nil {
		return fmt.Errorf("composing: %w", err)
	}
	id := s.date.Format(nameTime) + "-" + s.id + "-" + classes[m.Class]
	return f.place(id, b.Bytes())
}

func (f *Folder) place(id string, data []byte) error {
	part := "." + id + ".part"
	if err := f.write(part, data); err != nil {
		return errors.Join(err, f.root.Remove(part))
	}
	if err := f.root.Rename(part, id+extension); err != nil {
		return errors.Join(err, f.root.Remove(part))
	}
	return nil
}

func (f *Folder) write(name string, data []byte) error {
	file, err := f.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	return errors.Join(err, file.Close())
}

const extension = ".eml"
