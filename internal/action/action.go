// Package action is taking part: it checks a submission, asks for proof where the campaign wants it, records the action and
// hands its letters on.
//
// What it answers to a submission is a function of the request, the campaign files and the clock alone, never of the
// ledger or of the sending: a first and a repeated submission cannot be told apart (promise 4). What really happened is
// told only behind a proven address ([Service.Open], [Service.Confirm]). It knows no HTTP and no AWS.
package action

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"one-click-protest/internal/address"
	"one-click-protest/internal/campaign"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/letter"
	"one-click-protest/internal/mailer"
	"one-click-protest/internal/seal"
)

// Errors a caller distinguishes, besides [Invalid], campaign.ErrNotFound and the ledger's.
var (
	// ErrNotOpen: the campaign has not begun.
	ErrNotOpen = errors.New("campaign not open yet")
	// ErrClosed: the campaign is over.
	ErrClosed = errors.New("campaign closed")
	// ErrChanged: the letter is not the one that the signer saw.
	ErrChanged = errors.New("letter changed since it was seen")
	// ErrLink: no link of this campaign.
	ErrLink = errors.New("no such link")
	// ErrLinkExpired: a genuine link whose time has passed, or whose submissions are gone.
	ErrLinkExpired = errors.New("link expired")
	// ErrPersonalExpired: a genuine personal link whose time has passed.
	ErrPersonalExpired = errors.New("personal link expired")
)

const (
	// lease is how long an inline claim lasts: longer than the web function's timeout (10 s), so that no claim lapses
	// while its process can still send.
	lease = time.Minute
	// linkLife is how long a confirmation link and the submissions behind it live: longer than ledger.MailEvery, so
	// that the one mail of a day also opens what was submitted later that day.
	linkLife = 72 * time.Hour
	// adoptionLife is how long a process trusts that its ledger is still the same one: a backup restored under the
	// same name is noticed within this time.
	adoptionLife = 5 * time.Minute
	// shown is how many waiting submissions a link shows: enough for a person, too few for a forger to bury them in.
	shown = 5

	linkPurpose     = "confirm"
	personalPurpose = "personal"
)

// Sender lets letters leave at once. Package outbox implements it.
type Sender interface {
	// Ready says whether a letter may be tried at once, by what this process knows; otherwise it is written queued.
	Ready(ctx context.Context, d ledger.Delivery, to []address.Email) bool
	// Send sends one letter that was written already claimed, at its pace, and settles it. It returns with nothing in flight
	// and answers where the delivery stands.
	Send(ctx context.Context, d ledger.Delivery, m mailer.Message, pace ledger.Pace) ledger.State
}

// Ledger is what taking part needs of a ledger.
type Ledger interface {
	ledger.Records
	ledger.Pendings
	ledger.Identity
}

// Service takes submissions. Its fields are set once, before the first call; it is safe for parallel use.
type Service struct {
	Campaigns *campaign.Library
	Keys      seal.Keys
	Ledger    Ledger
	Sender    Sender
	PublicURL string           // https://host, no slash behind: confirmation links begin with it, whatever Host a request names
	Now       func() time.Time // nil: time.Now
	NewToken  func() string    // nil: crypto/rand.Text
	Log       *slog.Logger     // nil: slog.Default

	mu      sync.Mutex
	adopted time.Time       // when the ledger was last seen to be ours
	kept    map[string]bool // digests of versions this process has kept
}

// Receipt is what a submission is answered with. It says what the campaign does with such a submission, not what became of
// this one.
type Receipt struct {
	Campaign *campaign.Campaign
	Language string // of the letter, of several the first
	Reads    string // interface language of the page or widget; empty where it was not said
	Confirm  bool   // the signer must first answer a mail
	// Variant is which of the campaign's variants the letters are, from 1; 0 where it has one only. It is what was asked for, or else follows
	// from the address or, in a preview without one, from the clock.
	Variant int
	// Version identifies what the letters were composed from, all together; a submission that names it is refused if it changed.
	Version string
	Letters []Entry
}

// Entry is one letter of a submission.
type Entry struct {
	Way      campaign.Way
	Language string // of the letter
	Letter   letter.Letter
	Draft    letter.Edit // the campaign's letter as text to edit; only in a preview
	Version  string      // digest of what it was composed from
	// Translation is the campaign's letter in its language that is nearest to what the signer reads, where that is not the letter's and
	// the signer has not changed the letter; only in a preview. It is never sent.
	Translation *Translation
	Expected    time.Time // when it is expected to leave, at the earliest; zero where the signer sends it
}

// Translation is a letter for its signer to read.
type Translation struct {
	Language string
	Letter   letter.Letter
}

// Preview answers what Submit would, and writes nothing. Name, e-mail address and consent may still be missing.
func (s *Service) Preview(ctx context.Context, slug string, sub Submission) (Receipt, error) {
	p, err := s.prepare(ctx, slug, sub, drafted)
	if err != nil {
		return Receipt{}, err
	}
	if err := p.translate(); err != nil {
		return Receipt{}, err
	}
	r := p.receipt()
	for i := range r.Letters {
		r.Letters[i].Draft = letter.Draft(p.sources[i], p.signer)
	}
	return r, nil
}

// Submit takes a submission: records the action and sends its letters, or, where the campaign wants proof first, keeps it
// pending and mails a link. After nil it is durable. [Invalid] names every bad field.
func (s *Service) Submit(ctx context.Context, slug string, sub Submission) (Receipt, error) {
	p, err := s.prepare(ctx, slug, sub, complete)
	if err != nil {
		return Receipt{}, err
	}
	if err := s.checkAdopted(ctx); err != nil {
		return Receipt{}, err
	}
	if p.mustConfirm() {
		err = s.pend(ctx, p, sub)
	} else {
		_, err = s.accept(ctx, p, nil)
	}
	if err != nil {
		return Receipt{}, err
	}
	return p.receipt(), nil
}

// accept records a prepared submission as an action and sends what may leave at once; isNew is false, and nothing sent, when
// the signer had taken part before.
func (s *Service) accept(ctx context.Context, p *prepared, pendings []string) (isNew bool, err error) {
	if err := s.keep(ctx, p); err != nil {
		return false, err
	}
	a := ledger.Acceptance{Action: p.action(s.token()), Pendings: pendings}
	for i := range p.entries {
		draft, err := s.draft(ctx, p, i)
		if err != nil {
			return false, err
		}
		a.Drafts = append(a.Drafts, draft)
	}
	if a.Subscriber, err = s.subscriber(p); err != nil {
		return false, err
	}
	if isNew, err = s.Ledger.Accept(ctx, a); err != nil {
		return false, fmt.Errorf("accept action: %w", err)
	}
	if isNew {
		s.sendClaimed(ctx, p, a.Drafts)
		return true, nil
	}
	return false, s.subscribe(ctx, a.Subscriber)
}

// sendClaimed answers nothing: what became of the sending must not reach the answer. The ledger has it. Several letters are sent at once, so
// that a signer of many targets waits no longer than one of a single.
func (s *Service) sendClaimed(ctx context.Context, p *prepared, drafts []ledger.Draft) {
	var group sync.WaitGroup
	for i, draft := range drafts {
		if d := draft.Delivery; d.State == ledger.StateClaimed {
			e := p.entries[i]
			group.Go(func() {
				s.Sender.Send(ctx, d, e.Letter.Message(p.campaign, e.Way, e.Language, d), p.campaign.SendingPace(e.Way))
			})
		}
	}
	group.Wait()
}

// keep stores the versions the house will have to compose from again. A process asks the ledger once for each version.
func (s *Service) keep(ctx context.Context, p *prepared) error {
	for i, e := range p.entries {
		if !e.Way.Channel.Mailed() || s.wasKept(e.Version) {
			continue
		}
		v, err := p.sources[i].Version()
		if err != nil {
			return fmt.Errorf("letter version: %w", err)
		}
		if err := s.Ledger.Keep(ctx, v); err != nil {
			return fmt.Errorf("keep letter version: %w", err)
		}
		s.setKept(e.Version)
	}
	return nil
}

func (s *Service) wasKept(digest string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.kept[digest]
}

func (s *Service) setKept(digest string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept == nil {
		s.kept = map[string]bool{}
	}
	s.kept[digest] = true
}

// checkAdopted asks the ledger whether it is ours, at the process's first submission and every few minutes (promise 11).
func (s *Service) checkAdopted(ctx context.Context) error {
	now := s.now()
	s.mu.Lock()
	fresh := !s.adopted.IsZero() && now.Sub(s.adopted).Abs() < adoptionLife
	s.mu.Unlock()
	if fresh {
		return nil
	}
	if err := s.Ledger.Adopted(ctx, s.Keys.Fingerprint()); err != nil {
		return fmt.Errorf("ledger identity: %w", err)
	}
	s.mu.Lock()
	s.adopted = now
	s.mu.Unlock()
	return nil
}

// now is the wall clock alone: the monotonic one stands still while a machine sleeps.
func (s *Service) now() time.Time {
	if s.Now == nil {
		return time.Now().Round(0)
	}
	return s.Now().Round(0)
}

func (s *Service) token() string {
	if s.NewToken == nil {
		return rand.Text()
	}
	return s.NewToken()
}
