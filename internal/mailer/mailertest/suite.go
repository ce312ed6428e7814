package mailertest

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"one-click-protest/internal/mailer"
)

// Harness is a mailer with a view of the other end of its wire.
type Harness struct {
	Mailer mailer.Mailer
	// Arrived answers what the other end got, decoded, in order.
	Arrived func() []mailer.Message
	// Attempts answers how often the wire was used: requests, sessions.
	Attempts func() int
	// Margin is the least time a context must leave; 0 when only a done one counts.
	Margin time.Duration
	// Untagged says that tags don't travel.
	Untagged bool
	// Faults are the ways in which this wire fails.
	Faults []Fault
}

// Fault is one way to fail, for one attempt.
type Fault struct {
	Name string
	// Arm makes the next attempt fail so.
	Arm func()
	// Want is the whole answer.
	Want mailer.Result
	// Attempts is how often the wire may be used: 1, or 0 where it never gets that far.
	Attempts int
	// Arrives says that the mail gets there all the same, once.
	Arrives bool
	// Over is closed by the other end when it has fallen silent: then the attempt's time is over. nil where it answers.
	Over <-chan struct{}
	// Mailer is used in place of the harness's where the fault needs other settings; nil otherwise.
	Mailer mailer.Mailer
}

// timed is a context whose time is over when that channel is closed. A timeout of so many milliseconds would pass on a busy machine before
// the other end is reached, or would make every test wait.
type timed struct {
	context.Context
	over <-chan struct{}
}

func (c timed) Done() <-chan struct{} { return c.over }

func (c timed) Err() error {
	select {
	case <-c.over:
		return context.DeadlineExceeded
	default:
		return nil
	}
}

// Suite holds a mailer to the port's contract. open makes a fresh one for each case.
func Suite(t *testing.T, open func(t *testing.T) Harness) {
	t.Run("arrives once as it is", func(t *testing.T) { arrives(t, open) })
	t.Run("unsound messages stay off the wire", func(t *testing.T) { staysOff(t, open) })
	t.Run("no time left", func(t *testing.T) { noTime(t, open) })
	t.Run("parallel", func(t *testing.T) { parallel(t, open) })
	t.Run("faults", func(t *testing.T) { faults(t, open) })
}

func arrives(t *testing.T, open func(*testing.T) Harness) {
	h := open(t)
	for _, s := range samples() {
		t.Run(s.name, func(t *testing.T) {
			before, attempts := len(h.Arrived()), h.Attempts()
			if got := h.Mailer.Send(t.Context(), s.message); got != (mailer.Result{Outcome: mailer.Accepted}) {
				t.Fatalf("got %v %q, want accepted without a reason", got.Outcome, got.Reason)
			}
			if n := h.Attempts() - attempts; n != 1 {
				t.Errorf("%d attempts on the wire, want 1", n)
			}
			h.expect(t, h.Arrived()[before:], s.message)
		})
	}
}

func staysOff(t *testing.T, open func(*testing.T) Harness) {
	h := open(t)
	for _, s := range unsound() {
		t.Run(s.name, func(t *testing.T) {
			got := h.Mailer.Send(t.Context(), s.message)
			if got.Outcome != mailer.Refused {
				t.Errorf("got %v, want refused", got.Outcome)
			}
			shortReason(t, got)
			h.untouched(t)
		})
	}
}

func noTime(t *testing.T, open func(*testing.T) Harness) {
	h := open(t)
	done, cancel := context.WithCancel(t.Context())
	cancel()
	contexts := map[string]context.Context{"done": done}
	if h.Margin > 0 {
		near, cancel := context.WithTimeout(t.Context(), h.Margin/2)
		defer cancel()
		contexts["nearly done"] = near
	}
	for name, ctx := range contexts {
		t.Run(name, func(t *testing.T) {
			if got := h.Mailer.Send(ctx, Letter()); got.Outcome != mailer.Later {
				t.Errorf("got %v, want later", got.Outcome)
			}
			h.untouched(t)
		})
	}
}

func parallel(t *testing.T, open func(*testing.T) Harness) {
	const n = 24
	h := open(t)
	want := make([]mailer.Message, n)
	var wait sync.WaitGroup
	for i := range n {
		want[i] = changed(func(m *mailer.Message) { m.Subject = fmt.Sprintf("Appeal %02d 항의", i) })
		wait.Go(func() {
			if got := h.Mailer.Send(t.Context(), want[i]); got.Outcome != mailer.Accepted {
				t.Errorf("%d: got %v %q, want accepted", i, got.Outcome, got.Reason)
			}
		})
	}
	wait.Wait()
	h.expect(t, h.Arrived(), want...)
	if got := h.Attempts(); got != n {
		t.Errorf("%d attempts on the wire, want %d", got, n)
	}
}

func faults(t *testing.T, open func(*testing.T) Harness) {
	for i, fault := range open(t).Faults {
		t.Run(fault.Name, func(t *testing.T) {
			h := open(t)
			fault := h.Faults[i] // the one that is armed on this harness's own wire
			fault.run(t, h)
			// One failure must not spoil the next mail.
			if got := h.Mailer.Send(t.Context(), ToSigner()); got.Outcome != mailer.Accepted {
				t.Errorf("next mail: got %v %q, want accepted", got.Outcome, got.Reason)
			}
		})
	}
}

func (f Fault) run(t *testing.T, h Harness) {
	f.Arm()
	m := h.Mailer
	if f.Mailer != nil {
		m = f.Mailer
	}
	ctx := t.Context()
	if f.Over != nil {
		ctx = timed{ctx, f.Over}
	}
	got := m.Send(ctx, Letter())
	if got != f.Want {
		t.Errorf("got %v %q, want %v %q", got.Outcome, got.Reason, f.Want.Outcome, f.Want.Reason)
	}
	shortReason(t, got)
	if n := h.Attempts(); n != f.Attempts {
		t.Errorf("%d attempts on the wire, want %d", n, f.Attempts)
	}
	if f.Arrives {
		h.expect(t, h.Arrived(), Letter())
		return
	}
	h.expect(t, h.Arrived())
}

// expect compares what arrived with what was sent, in any order.
func (h Harness) expect(t *testing.T, got []mailer.Message, want ...mailer.Message) {
	t.Helper()
	if h.Untagged {
		want = slices.Clone(want)
		for i := range want {
			want[i].Tags = nil
		}
	}
	bySubject := cmpopts.SortSlices(func(a, b mailer.Message) bool { return a.Subject < b.Subject })
	if diff := cmp.Diff(want, got, bySubject, cmp.Comparer(sameFile), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("arrived (-want +got):\n%s", diff)
	}
}

// sameFile compares as cmp would, which takes seconds for millions of bytes.
func sameFile(a, b mailer.Attachment) bool {
	return a.Name == b.Name && a.MediaType == b.MediaType && bytes.Equal(a.Data, b.Data)
}

func (h Harness) untouched(t *testing.T) {
	t.Helper()
	if n := h.Attempts(); n != 0 {
		t.Errorf("%d attempts on the wire, want none", n)
	}
	if got := h.Arrived(); len(got) > 0 {
		t.Errorf("%d mails arrived, want none", len(got))
	}
}

// reason is the shape of a code: no address, no sentence fits into it.
var reason = regexp.MustCompile(`^[A-Za-z0-9.-]{3,64}$`)

func shortReason(t *testing.T, r mailer.Result) {
	t.Helper()
	if !reason.MatchString(r.Reason) {
		t.Errorf("reason %q is no short code", r.Reason)
	}
}
