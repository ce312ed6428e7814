package ledgertest

// When says at which point of a call a fault strikes.
type When int

// The points.
const (
	Before When = iota // nothing takes effect
	After              // everything has: the answer alone is lost
)

type point struct {
	method string
	when   When
}

// faults are the failures that a test has asked for. Guarded by the ledger's mutex.
type faults struct {
	queue map[point][]error
	calls map[string]int
}

func newFaults() faults {
	return faults{queue: map[point][]error{}, calls: map[string]int{}}
}

// Fail lets the next calls of a method ("Accept", "Settle", …) end with these errors, one each, before or after they take
// effect; nil lets one pass. More errors queue up behind those that still wait. After strikes only calls that would have succeeded.
func (m *Memory) Fail(method string, when When, errs ...error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	p := point{method, when}
	m.queue[p] = append(m.queue[p], errs...)
}

// Calls answers how often a method was called, failed calls included; of all methods for "".
func (m *Memory) Calls(method string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.calls[method]
}

// next answers the fault that is due at this point.
func (f *faults) next(method string, when When) error {
	if when == Before {
		f.calls[method]++
		f.calls[""]++
	}
	p := point{method, when}
	if len(f.queue[p]) == 0 {
		return nil
	}
	err := f.queue[p][0]
	f.queue[p] = f.queue[p][1:]
	return err
}
