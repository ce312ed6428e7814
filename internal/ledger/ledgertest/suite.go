package ledgertest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"one-click-protest/internal/ledger"
)

// Suite holds a ledger to the contract in package ledger's port documentation, sentence by sentence, and to [Memory] in random
// workloads. open answers two handles onto one fresh and empty store, as two processes have them; what they need for
// closing they leave to t.Cleanup.
func Suite(t *testing.T, open func(t *testing.T) (one, other ledger.Ledger)) {
	for _, group := range []struct {
		name  string
		cases []contract
	}{
		{"Accept", acceptCases},
		{"Find", findCases},
		{"Settle", settleCases},
		{"Again", againCases},
		{"Down", downCases},
		{"Stranded", strandedCases},
		{"Variants", variantsCases},
		{"Due", dueCases},
		{"Claim", claimCases},
		{"Sealed", sealedCases},
		{"Version", versionCases},
		{"Pend", pendCases},
		{"Pending", pendingCases},
		{"Waiting", waitingCases},
		{"Partners", partnersCases},
		{"Subscribers", subscribersCases},
		{"Unsubscribe", unsubscribeCases},
		{"Counts", countsCases},
		{"Documents", documentsCases},
		{"Identity", identityCases},
		{"Model", modelCases},
	} {
		t.Run(group.name, func(t *testing.T) {
			for _, c := range group.cases {
				t.Run(c.says, func(t *testing.T) {
					one, other := open(t)
					c.holds(newStore(t, one, other))
				})
			}
		})
	}
}

// contract is one sentence of a port and what shows that it holds.
type contract struct {
	says  string
	holds func(s store)
}

// store is two handles onto one store, with the calls that a case expects to succeed.
type store struct {
	*testing.T
	ctx        context.Context
	one, other ledger.Ledger
}

// patience is how long the calls of a case may take: without a deadline of their caller's ledgers give up by themselves, on a machine that is
// busy with much else also where fifty calls meet.
const patience = 10 * time.Minute

func newStore(t *testing.T, one, other ledger.Ledger) store {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return store{t, ctx, one, other}
}

// Context is that of all calls, in place of the test's own.
func (s store) Context() context.Context { return s.ctx }

const (
	campaign = "protest-day"
	union    = "union" // a partner
)

// noon is when the cases take place. The odd part shows what adapters round.
var noon = time.Date(2007, 12, 2, 12, 0, 0, 123_456_789, time.UTC)

var today = time.Date(2007, 12, 2, 0, 0, 0, 0, time.UTC)

func (s store) handle(i int) ledger.Ledger {
	if i%2 == 0 {
		return s.one
	}
	return s.other
}

func (s store) accept(a ledger.Acceptance) bool {
	s.Helper()
	isNew, err := s.one.Accept(s.Context(), a)
	if err != nil {
		s.Fatalf("Accept: %v", err)
	}
	return isNew
}

func (s store) settle(x ledger.Settlement) bool {
	s.Helper()
	changed, err := s.one.Settle(s.Context(), x)
	if err != nil {
		s.Fatalf("Settle %s to %s: %v", x.From, x.To, err)
	}
	return changed
}

func (s store) pend(p ledger.Pending) bool {
	s.Helper()
	mailed, err := s.one.Pend(s.Context(), p, invitation(p))
	if err != nil {
		s.Fatalf("Pend: %v", err)
	}
	return mailed
}

// find asks the other handle: what one wrote, the other sees at once.
func (s store) find(k ledger.Key) (ledger.Action, []ledger.Delivery) {
	s.Helper()
	a, ds, err := s.other.Find(s.Context(), k)
	if err != nil {
		s.Fatalf("Find: %v", err)
	}
	return a, ds
}

func (s store) delivery(id ledger.ID) ledger.Delivery {
	s.Helper()
	_, ds := s.find(id.Key)
	for _, d := range ds {
		if d.ID == id {
			return d
		}
	}
	s.Fatalf("no delivery to %s", id.Target)
	return ledger.Delivery{}
}

func (s store) missing(k ledger.Key) {
	s.Helper()
	if a, ds, err := s.other.Find(s.Context(), k); !errors.Is(err, ledger.ErrNotFound) {
		s.Errorf("Find = %v, %v, %v; want ErrNotFound", a, ds, err)
	}
}

func (s store) waiting(k ledger.Key, now time.Time, n int) []string {
	s.Helper()
	ps, err := s.other.Waiting(s.Context(), k, now, n)
	if err != nil {
		s.Fatalf("Waiting: %v", err)
	}
	return ids(ps...)
}

func (s store) noPending(k ledger.Key, id string, now time.Time) {
	s.Helper()
	if p, err := s.other.Pending(s.Context(), k, id, now); !errors.Is(err, ledger.ErrNotFound) {
		s.Errorf("Pending = %v, %v; want ErrNotFound", p, err)
	}
}

func (s store) tally(campaign string) ledger.Tally {
	s.Helper()
	t, err := s.other.Tally(s.Context(), campaign)
	if err != nil {
		s.Fatalf("Tally: %v", err)
	}
	return t
}

// counted checks the tally, and that a recount of the records agrees.
func (s store) counted(want ledger.Tally) {
	s.Helper()
	s.same(want, s.tally(campaign))
	recount, err := ledger.Recount(s.one.Walk(s.Context(), campaign))
	if err != nil {
		s.Fatalf("Walk: %v", err)
	}
	s.same(want, recount)
}

func (s store) sealed(id ledger.ID, want []byte) {
	s.Helper()
	got, err := s.other.Sealed(s.Context(), id, noon)
	switch {
	case want == nil && !errors.Is(err, ledger.ErrNotFound):
		s.Errorf("Sealed of %s: %q, %v; want ErrNotFound", id.Target, got, err)
	case want != nil && (err != nil || string(got) != string(want)):
		s.Errorf("Sealed of %s: %q, %v; want %q", id.Target, got, err, want)
	}
}

func (s store) same(want, got any) {
	s.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		s.Errorf("want (-), got (+):\n%s", diff)
	}
}

// parallel runs n calls at once, on both handles in turn, and answers how many said true.
func (s store) parallel(n int, call func(l ledger.Ledger, i int) (bool, error)) int {
	s.Helper()
	var group sync.WaitGroup
	begin, yes, errs := make(chan struct{}), make([]bool, n), make([]error, n)
	for i := range n {
		group.Go(func() {
			<-begin
			yes[i], errs[i] = call(s.handle(i), i)
		})
	}
	close(begin)
	group.Wait()
	count := 0
	for i := range n {
		if errs[i] != nil {
			s.Errorf("call %d: %v", i, errs[i])
		}
		if yes[i] {
			count++
		}
	}
	return count
}

func done() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

func signer(i int) ledger.Key {
	return ledger.Key{Campaign: campaign, Signer: fmt.Sprintf("%064x", i)}
}

func to(k ledger.Key, target string) ledger.ID { return ledger.ID{Key: k, Target: target} }

// taking is an action with one claimed delivery to each target.
func taking(k ledger.Key, token string, targets ...string) ledger.Acceptance {
	a := ledger.Acceptance{Action: ledger.Action{
		Key: k, Day: noon, Proof: ledger.ProofNone, Language: "en", Consent: "2007-11", Partner: union,
		PartnerVerified: true, Token: token,
	}}
	for _, target := range targets {
		a.Drafts = append(a.Drafts, claimed(to(k, target)))
	}
	return a
}

// kept is how long sealed fields last: longer than any case that looks for them takes, since what has expired by the time of any call may be
// deleted.
const kept = 7 * 24 * time.Hour

func claimed(id ledger.ID) ledger.Draft {
	return ledger.Draft{
		Delivery: ledger.Delivery{
			ID: id, Attempt: 1, Channel: ledger.ChannelEmail, State: ledger.StateClaimed, Letter: "digest",
			Claim: "claim", Next: noon.Add(time.Minute), Changed: noon,
		},
		Sealed:  boxOf(id),
		Expires: noon.Add(kept),
	}
}

func queued(id ledger.ID) ledger.Draft {
	d := claimed(id)
	d.Delivery.State, d.Delivery.Claim = ledger.StateQueued, ""
	return d
}

func offered(id ledger.ID) ledger.Draft {
	return ledger.Draft{Delivery: ledger.Delivery{
		ID: id, Attempt: 1, Channel: ledger.ChannelPrint, State: ledger.StateOffered, Changed: noon,
	}}
}

func boxOf(id ledger.ID) []byte { return []byte("sealed for " + id.Signer + " to " + id.Target) }

// step is the settlement that takes a delivery of [claimed], [queued] or [offered] from one state to another.
func step(id ledger.ID, from, to ledger.State, token string) ledger.Settlement {
	return ledger.Settlement{
		ID: id, Attempt: 1, Channel: ledger.ChannelEmail, Claim: "claim", From: from, To: to, Next: noon.Add(time.Hour), At: noon, Reason: "why",
		Token: token,
	}
}

// waits is a pending with an id of its own for each name of [A-Z0-9-].
func waits(k ledger.Key, name string, at time.Time) ledger.Pending {
	return ledger.Pending{
		Key: k, ID: ledger.PendingID(at, name), Ration: "mailbox-" + k.Signer, Sealed: []byte("sealed submission " + name),
		At: at, Expires: at.Add(72 * time.Hour),
	}
}

func ids(ps ...ledger.Pending) []string {
	names := []string{}
	for _, p := range ps {
		names = append(names, p.ID)
	}
	return names
}

// answered is a pending as a ledger gives it back.
func answered(p ledger.Pending) ledger.Pending {
	p.Ration, p.At, p.Expires = "", milli(p.At), p.Expires.UTC().Truncate(time.Second)
	return p
}

func invitation(p ledger.Pending) ledger.Draft {
	d := claimed(mailOf(p))
	d.Delivery.Letter = ""
	return d
}

// mailOf names the confirmation mail's delivery.
func mailOf(p ledger.Pending) ledger.ID {
	return to(ledger.Key{Campaign: p.Campaign, Signer: p.ID}, ledger.TargetSigner)
}

// queueOf is the queue of [claimed] and [queued] deliveries.
func queueOf(campaign, target string) ledger.Queue {
	return ledger.Queue{Campaign: campaign, Target: target, Channel: ledger.ChannelEmail}
}

func bucket(target string, state ledger.State) ledger.Bucket {
	return ledger.Bucket{Target: target, Channel: ledger.ChannelEmail, State: state}
}

// tally is the counts of so many actions of [taking], all of which one partner brought.
func tally(actions int, deliveries map[ledger.Bucket]int) ledger.Tally {
	t := ledger.Tally{Actions: actions, Deliveries: deliveries}
	if actions > 0 {
		t.Partners = map[string]ledger.Brought{union: {Verified: actions}}
	}
	return t
}
