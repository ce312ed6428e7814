package sqlite

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// The mark file is the ledger's id in idSize bytes and a ring of numbers: the number n stands in slot n mod slots, and the
// mark is the greatest of them. Processes raise it without a lock: a slow one writes an old number into its own slot and
// lowers nothing, unless it was overtaken by a whole round.
const (
	idSize = 26 // of crypto/rand.Text
	slots  = 512
	size   = idSize + slots*8
)

// marked is what a mark file says; the zero value where there is none.
type marked struct {
	id    string
	sends uint64
}

type mark struct{ file *os.File }

func markPath(path string) string { return path + ".mark" }

func readMark(path string) (marked, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(data) != size {
		return marked{}, nil // a cut file is no mark
	}
	if err != nil {
		return marked{}, err
	}
	m := marked{id: string(data[:idSize])}
	for i := range slots {
		m.sends = max(m.sends, binary.BigEndian.Uint64(data[idSize+i*8:]))
	}
	return m, nil
}

// createMark writes a mark, durably: a power cut must not lose that there is one.
func createMark(path string, m marked) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	data := append([]byte(m.id), make([]byte, size-idSize)...)
	binary.BigEndian.PutUint64(data[idSize+slot(m.sends):], m.sends)
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		syncFolder(filepath.Dir(path))
	}
	return err
}

func slot(sends uint64) int64 { return int64(sends%slots) * 8 }

// syncFolder makes a new file's name durable where the system can: Windows cannot open a folder, and needs no sync.
func syncFolder(path string) {
	if f, err := os.Open(path); err == nil {
		_ = f.Sync()
		_ = f.Close()
	}
}

func openMark(path string) (*mark, error) {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return nil, err
	}
	return &mark{f}, nil
}

// raise is one write of eight bytes, not synced. See [Ledger.Adopted].
func (m *mark) raise(sends uint64) error {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], sends)
	_, err := m.file.WriteAt(b[:], idSize+slot(sends))
	return err
}

func (m *mark) close() error {
	if m == nil {
		return nil
	}
	return m.file.Close()
}
