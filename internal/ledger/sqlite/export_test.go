package sqlite

import (
	"context"
	"errors"
	"os"
)

// Checkpoint takes the log into the file, as a backup program may ask.
func Checkpoint(l *Ledger) error {
	_, err := l.read.ExecContext(context.Background(), "PRAGMA wal_checkpoint(TRUNCATE)")
	return err
}

// Mark answers the mark beside the ledger at path.
func Mark(path string) (uint64, error) {
	m, err := readMark(markPath(path))
	return m.sends, err
}

// Hold takes the lock of all processes until release is called.
func Hold(l *Ledger) (release func() error, err error) {
	began, end, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- l.write.do(context.Background(), "hold", func(*writer) error {
			close(began)
			<-end
			return nil
		})
	}()
	<-began
	return func() error { close(end); return <-ended }, nil
}

// Spoil makes a write fail after it has written something.
func Spoil(l *Ledger, ctx context.Context) error {
	return l.write.do(ctx, "spoil", func(w *writer) error {
		if err := w.exec(`INSERT INTO letters VALUES ('spoiled', x'00')`); err != nil {
			return err
		}
		return w.exec(`INSERT INTO nowhere VALUES (1)`)
	})
}

// RaiseMark does what a process does after a commit, in whatever order processes get to it.
func RaiseMark(path string, sends ...uint64) error {
	m, err := openMark(markPath(path))
	for _, n := range sends {
		if err == nil {
			err = m.raise(n)
		}
	}
	return errors.Join(err, m.close())
}

// BreakMark makes the mark file refuse to be written, as a broken disk does, until mend is called.
func BreakMark(l *Ledger, path string) (mend func() error, err error) {
	broken, err := os.Open(markPath(path)) // for reading alone
	if err != nil {
		return nil, err
	}
	var whole *os.File
	swap := func(f **os.File) error {
		return l.write.do(context.Background(), "swap", func(w *writer) error {
			whole, w.mark.file = w.mark.file, *f
			return nil
		})
	}
	return func() error { return errors.Join(swap(&whole), broken.Close()) }, swap(&broken)
}

// BreakCheckpoint makes the log refuse to be taken into the file, until mend is called.
func BreakCheckpoint(l *Ledger) (mend func() error, err error) {
	swap := func(change func(w *writer) error) error { return l.write.do(context.Background(), "swap", change) }
	mend = func() error {
		return swap(func(w *writer) error { delete(w.known, truncateLog); return nil })
	}
	return mend, swap(func(w *writer) error {
		s, err := w.stmt(truncateLog)
		if err != nil {
			return err
		}
		return s.Close()
	})
}

// CreateMark writes a mark beside the ledger at path.
func CreateMark(path, id string, sends uint64) error {
	return createMark(markPath(path), marked{id, sends})
}

// Queries answers, by name, the queries whose cost must not grow with what they leave alone.
func Queries() map[string]string {
	return map[string]string{
		"due": selectDue, "stranded": selectStranded, "subscribers": selectSubscribers,
		"purge sealed": purgeSealed, "purge pendings": purgePendings, "purge subscribers": purgeSubscribers, "purge mails": purgeMails,
	}
}

// PurgeMost is how many rows of a table one call purges at most.
const PurgeMost = purgeMost

// SchemaVersion is that of the files that this program writes.
func SchemaVersion() int { return len(schemas()) }

// AdoptAndDie adopts the ledger and dies before the commit, after the mark was written.
func AdoptAndDie(l *Ledger, fingerprint string) error {
	died := errors.New("died")
	err := l.write.do(context.Background(), "adopt", func(w *writer) error {
		own, _, err := w.identity(l.path)
		return errors.Join(err, w.identify(l.path, fingerprint, max(own.sends, 1)), died)
	})
	if errors.Is(err, died) && err.Error() == "adopt: died" {
		return nil
	}
	return err
}
