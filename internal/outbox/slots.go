package outbox

import (
	"context"
	"sync"
	"time"

	"one-click-protest/internal/address"
	"one-click-protest/internal/campaign"
	"one-click-protest/internal/ledger"
)

// granted are slots that were taken and not used yet.
type granted struct {
	n  int
	at time.Time
}

// slot answers whether a letter's mailboxes have a slot, and takes some at once when there is none left, or none that is fresh.
func (s *stretch) slot(ctx context.Context, w campaign.Way) bool {
	if s.Target == ledger.TargetSigner {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.slots.n > 0 && !lapsed(s.slots.at, s.Outbox.now()) {
		return true
	}
	got := granted{at: s.Outbox.now()} // before they are asked for
	got.n = s.take(ctx, w)
	s.slots = got
	return got.n > 0
}

// use uses a slot, and answers when it was granted; zero for mail that needs none.
func (s *stretch) use() time.Time {
	if s.Target == ledger.TargetSigner {
		return time.Time{}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.slots.n--
	return s.slots.at
}

// take answers how many slots all mailboxes granted. What one granted more than another is lost, which errs on the slow side; only
// test mode has several.
func (s *stretch) take(ctx context.Context, w campaign.Way) int {
	n := min(slotsAtOnce, s.ahead)
	for _, to := range s.of.Recipients(w) {
		s.mails[to] = true
		grant, err := s.ask(ctx, to, s.of.SendingPace(w), n)
		if err != nil {
			s.broken(ctx, s.Campaign, err)
			return 0
		}
		n = min(n, grant.N)
		if n == 0 {
			delete(s.mails, to) // who finds no slot has left word
			return 0
		}
	}
	return n
}

// word tells the inline path whether letters wait for this queue's mailboxes: newcomers then stand back.
func (s *stretch) word(ctx context.Context, wait bool) {
	if ctx.Err() != nil { // the word left before lasts some minutes
		return
	}
	for to := range s.mails {
		door := s.door(to.Domain())
		door.Lock()
		err := ledger.Waiting(ctx, s.Ledger, to.Domain(), to.Mailbox(), wait, s.Outbox.now())
		door.Unlock()
		if err != nil {
			s.Outbox.log().WarnContext(ctx, "word of waiting letters not left", "campaign", s.Campaign, "error", err)
		}
	}
}

// door is what a tick knows of the way to a mail domain. One lane at a time asks for its slots: many queues may be of the same one; at
// once they would be in each other's way, and writes in vain are paid for too.
type door struct {
	sync.Mutex
	shut map[ledger.Rate]time.Time // until when the domain has no slot, at that pace
}

func (t *tick) door(domain string) *door {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.doors == nil {
		t.doors = map[string]*door{}
	}
	if t.doors[domain] == nil {
		t.doors[domain] = &door{shut: map[ledger.Rate]time.Time{}}
	}
	return t.doors[domain]
}

// ask takes slots, unless it is known that there are none.
func (t *tick) ask(ctx context.Context, to address.Email, pace ledger.Pace, n int) (ledger.Grant, error) {
	d := t.door(to.Domain())
	d.Lock()
	defer d.Unlock()
	s := slots(to, pace, n, t.Outbox.now(), false)
	if shut := d.shut[pace.Domain]; s.Now.Before(shut) {
		return ledger.Grant{Next: shut, Shut: shut}, nil
	}
	g, err := ledger.Take(ctx, t.Ledger, s)
	if err == nil {
		d.shut[pace.Domain] = g.Shut
	}
	return g, err
}
