package ledgertest

import (
	"maps"

	"one-click-protest/internal/ledger"
)

// Backup is a copy of what a backup of the house holds: the records with their versions, and the documents. Sealed fields, pendings and
// subscribers are in none.
type Backup struct {
	actions    map[ledger.Key]ledger.Action
	deliveries map[ledger.ID]delivery
	versions   map[string][]byte
	documents  map[string][]byte
}

// Backup copies the ledger as it stands.
func (m *Memory) Backup() *Backup {
	m.mu.Lock()
	defer m.mu.Unlock()
	return &Backup{maps.Clone(m.actions), maps.Clone(m.deliveries), maps.Clone(m.versions), maps.Clone(m.documents)}
}

// Restore makes the records and the documents those of a backup. What is sealed, and what is pending, stays as it is. Nobody has adopted
// the ledger from then on: [Memory.Adopted] answers [ledger.ErrNotAdopted].
func (m *Memory) Restore(b *Backup) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.actions, m.deliveries = maps.Clone(b.actions), maps.Clone(b.deliveries)
	m.versions, m.documents = maps.Clone(b.versions), maps.Clone(b.documents)
	m.adopted = "the ledger that the backup is of"
}
