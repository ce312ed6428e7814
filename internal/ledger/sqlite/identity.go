package sqlite

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"one-click-protest/internal/ledger"
)

// A restored backup does not know of the letters sent since it was made, and would send them again. The database alone cannot
// tell: a copy of it is a database like any other. So beside it stands a mark file, which backups of the database leave
// out, with two things of which the database holds its own copy:
//
//   - the ledger's id: another database under this name is noticed;
//   - how many sends were begun (deliveries claimed). The database counts them in the transaction that claims, the mark is
//     raised after the commit and before the caller may send. So a database with fewer than the mark is older than
//     something that was sent. One with more is fine: the process died between commit and mark. Adopted then raises the
//     mark.
//
// A mark that cannot be raised (a broken disk) is harmless as long as the database stays; but a backup
// restored from after the mark would pass for the latest, and what was sent since be sent again. The calls whose sends it
// should have told of are stored and succeed; after them no send is begun until the mark can be raised again. Everything
// else goes on: what has left must be settled, and what waits can be queued and reported.
//
// A missing mark beside a database with records is a database brought from elsewhere, or a mark lost: an organizer must look.
// A missing database beside a raised mark is a loss of all records: the same.
//
// Limits: it does not notice the whole folder restored, mark included; a snapshot of the whole machine rolled back; or a database
// swapped while the process runs, before the next call. The mark is not synced, so that it costs no disk wait: after a power
// cut it may be lower than the truth, and a backup from between is then missed. What was sent and merely settled since the
// backup needs no notice: such a delivery is still claimed in the backup, and a lapsed claim is never sent again by itself.

type identity struct {
	id, fingerprint string
	sends           uint64
}

// Adopted implements ledger.Identity. It runs among the writes: no process claims while it compares.
func (l *Ledger) Adopted(ctx context.Context, fingerprint string) error {
	return l.write.do(ctx, "adopted", func(w *writer) error { return w.adopted(l.path, fingerprint) })
}

// Adopt implements ledger.Identity. It gives the ledger a new id: a backup from before is another database from then on, and
// noticed as such. So the sends go on from what the database says, however far ahead the mark was, and the mark, which may be
// another's or damaged, is not believed.
func (l *Ledger) Adopt(ctx context.Context, fingerprint string) error {
	return l.write.do(ctx, "adopt", func(w *writer) error {
		err := w.adopted(l.path, fingerprint)
		if !errors.Is(err, ledger.ErrNotAdopted) {
			return err
		}
		own, _, err := w.identity(l.path)
		if err != nil {
			return err
		}
		return w.identify(l.path, fingerprint, max(own.sends, 1)) // of 0 the loss of the database would not be noticed
	})
}

func (w *writer) identity(path string) (own identity, m marked, err error) {
	err = w.row(`SELECT ledger, fingerprint, sends FROM identity`).Scan(&own.id, &own.fingerprint, &own.sends)
	if err != nil {
		return own, m, err
	}
	m, err = readMark(markPath(path))
	if err != nil {
		err = fmt.Errorf("read mark: %w", err)
	}
	return own, m, err
}

func (w *writer) adopted(path, fingerprint string) error {
	own, mark, err := w.identity(path)
	if err != nil {
		return err
	}
	if own.id == "" {
		return w.adoptItself(path, fingerprint, mark)
	}
	if why := own.differs(fingerprint, mark); why != "" {
		return fmt.Errorf("%w: %s", ledger.ErrNotAdopted, why)
	}
	err = w.useMark(path)
	if err == nil && own.sends > mark.sends {
		err = w.catchUp()
	}
	return err
}

func (own identity) differs(fingerprint string, m marked) string {
	switch {
	case own.fingerprint != fingerprint:
		return "written under another secret"
	case m.id == "":
		return "the mark file beside the database is missing"
	case m.id != own.id:
		return "the mark file is another database's"
	case m.sends > own.sends:
		return "the database is older than what was sent"
	}
	return ""
}

// adoptItself gives an identity to a database that has none: if it is empty, and nothing was ever sent from under its name.
func (w *writer) adoptItself(path, fingerprint string, m marked) error {
	var records bool
	err := w.row(`SELECT EXISTS (SELECT 1 FROM actions) OR EXISTS (SELECT 1 FROM deliveries) OR EXISTS (SELECT 1 FROM pendings)`).Scan(&records)
	switch {
	case err != nil:
		return err
	case records:
		return fmt.Errorf("%w: records without an identity", ledger.ErrNotAdopted)
	case m.sends > 0:
		return fmt.Errorf("%w: the database is gone from beside its mark file", ledger.ErrNotAdopted)
	}
	return w.identify(path, fingerprint, 0)
}

// identify writes a new identity, the mark first and on disk before the commit. A crash between the two, or an error, leaves a mark of an
// id that no database has: nothing is sent, and whoever adopts does it again; an empty database beside a mark of zero is as good as
// none of both. The other way round would do as well against crashes, but a mark that cannot be written would be noticed only
// after the commit, and nothing that follows a commit may fail a call.
func (w *writer) identify(path, fingerprint string, sends uint64) error {
	id := rand.Text()
	if err := createMark(markPath(path), marked{id, sends}); err != nil {
		return fmt.Errorf("create mark: %w", err)
	}
	if err := w.exec(`UPDATE identity SET ledger = ?, fingerprint = ?, sends = ?`, id, fingerprint, sends); err != nil {
		return err
	}
	return w.useMark(path)
}

// useMark lets the coming commits raise the mark.
func (w *writer) useMark(path string) error {
	m, err := openMark(markPath(path))
	if err != nil {
		return fmt.Errorf("open mark: %w", err)
	}
	old := w.mark
	w.mark = m
	return old.close()
}

// beginSend counts a send about to be begun, unless the mark would not tell of it.
func (w *writer) beginSend() error {
	if w.behind != nil {
		if err := w.catchUp(); err != nil {
			return fmt.Errorf("no send may be begun: %w", err)
		}
	}
	w.begun++
	return nil
}

// catchUp raises the mark to what is committed. Its caller holds the lock of all processes, so nothing is committed meanwhile.
func (w *writer) catchUp() error {
	var sends uint64
	err := w.row(`SELECT sends FROM identity`).Scan(&sends)
	if err == nil {
		err = w.mark.raise(sends)
	}
	if err != nil {
		err = fmt.Errorf("the mark file cannot be raised: %w", err)
	}
	w.behind = err
	return err
}
