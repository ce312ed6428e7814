// Package ledger is the record of who took part in what: actions, deliveries and tallies, their states, and the ports
// through which the rest of the house reads and writes them.
//
// It knows no database, no mail and no HTTP. Adapters live in dynamo (AWS), sqlite (one machine) and ledgertest (memory
// with faults); every sentence of a port's contract is a case of ledgertest's suite, which all three must pass.
//
// Nothing in this package's records is a name, an address or a word of a signer. What composing a letter again needs is
// sealed before it gets here, is kept apart ([Draft.Sealed], [Pending.Sealed]), and is deleted by the step that settles
// the delivery.
//
// Adapters keep days to the day, expiries to the second (those of subscribers to the day) and other times to the millisecond, rounded
// down, and answer them in UTC.
package ledger

import (
	"context"
	"errors"
	"iter"
	"strconv"
	"strings"
	"time"
)

// Errors every adapter answers with; anything else is the adapter's own failure, wrapped.
var (
	// ErrNotFound: there is no such record.
	ErrNotFound = errors.New("not found")
	// ErrBusy: throttled or in conflict until the context's deadline came near, or called after it. Nothing was written,
	// by no try.
	ErrBusy = errors.New("ledger busy")
	// ErrInvalid: a write that its type's documentation forbids, which is a mistake of the caller's. Nothing was written.
	ErrInvalid = errors.New("invalid record")
	// ErrNotAdopted: the ledger is not the one, or the secret is not the one, that wrote these records (a restored
	// backup, a changed secret). Nothing may be accepted or sent until an organizer has adopted it.
	ErrNotAdopted = errors.New("ledger not adopted")
)

// Key names one signer in one campaign: the unit of deduplication, and the primary key.
type Key struct {
	Campaign string // the campaign's scope: its slug, in test mode with "-TEST" behind it
	Signer   string // seal's signer id (hex); for mail to a signer who is not proven yet, the pending's id
}

// ID names one delivery.
type ID struct {
	Key
	Target string // the target's id; [TargetSigner] for mail to the signer
}

// TargetSigner is the target of a mail to the signer. Target ids are lower case, so none can collide with it.
const TargetSigner = "SIGNER"

// Proof is how we know that the e-mail address is the signer's.
type Proof string

// The proofs.
const (
	ProofNone Proof = "none" // the address was typed, nothing more
	ProofMail Proof = "mail" // clicked a mailed link
	ProofLink Proof = "link" // came by a sealed personal link
)

// Channel is a way by which a letter reaches a target.
type Channel string

// The channels.
const (
	ChannelEmail Channel = "email" // SES or the local mailer
	ChannelFax   Channel = "fax"   // an e-mail-to-fax gateway
	ChannelRelay Channel = "relay" // an organization forwards it
	ChannelPrint Channel = "print" // the signer faxes or posts it
	ChannelSelf  Channel = "self"  // the signer's own mail program or the mission's contact form
)

// Mailed says whether the house itself sends letters by this channel as e-mail.
func (c Channel) Mailed() bool { return c == ChannelEmail || c == ChannelFax || c == ChannelRelay }

// Action is one signer taking part in one campaign.
type Action struct {
	Key
	Day             time.Time // UTC day, not the instant: the mail's Date header must not lead to this record
	Proof           Proof
	Language        string // of the letter
	Consent         string // version of the consent text agreed to
	Partner         string // id of the partner whose page it came from, 1 to 40 of [a-z0-9-]; empty for none
	PartnerVerified bool   // the request's origin, not only a link, says so
	Token           string // random, drawn once per submission: tells a lost answer from a repeat
}

// Delivery is one letter's way to one target through one channel.
type Delivery struct {
	ID
	Attempt int // from 1; part of the provider's tag, so that a late event of attempt 1 never settles attempt 2
	Channel Channel
	State   State
	Letter  string    // digest of the letter's version, see [Version]; empty for mail to a signer
	Variant int       // which of the letter's variants it is, from 1 to [MaxVariants]; 0 where it has none, as mail to a signer
	Claim   string    // while claimed: the claimer's random token
	Next    time.Time // queued: when to look at it again; claimed: when the claim lapses; otherwise zero
	Changed time.Time // UTC day of the last step
	Reason  string    // why it stands where it stands: a short code, never a provider's free text
}

// Draft is a delivery about to be written, with what composing its letter again needs.
type Draft struct {
	Delivery Delivery
	Sealed   []byte    // nil where the house has nothing to send (print, self)
	Expires  time.Time // backstop for Sealed, which the settle deletes; required with it
}

// Acceptance is all that [Records.Accept] writes in one step.
type Acceptance struct {
	Action   Action
	Drafts   []Draft  // at least one, [MaxParts] at most; each queued, claimed or offered, and to another target
	Pendings []string // ids of this signer's pendings, deleted in the same step; MaxParts at most
	// Subscriber is the signer for the action's partner, where the signer asked for that; nil otherwise. Its Campaign and Partner
	// must be the action's.
	Subscriber *Subscriber
}

// Subscriber is a signer who asked to be kept informed by a partner, sealed to that partner's public key: the house itself cannot
// read it. Its id is random and leads to no action.
type Subscriber struct {
	Campaign string // scope
	Partner  string // id
	ID       string // random, of [0-9A-Za-z-], 64 characters at most
	Sealed   []byte
	// Expires is kept to the UTC day, whose beginning it becomes: a time of day would tell who asked after whom. From then on the
	// subscriber is not found any more, deleted or not.
	Expires time.Time
}

// Settlement is one step of one delivery, or with Again the beginning of its next attempt.
type Settlement struct {
	ID      ID
	Attempt int
	Channel Channel // the delivery's: counts are kept by channel, and must be changed without a read before
	Claim   string  // must be the delivery's where From is StateClaimed
	From    State
	To      State
	Next    time.Time // the delivery's, where To is StateQueued
	At      time.Time // its UTC day becomes the delivery's Changed
	Reason  string    // becomes the delivery's
	Token   string    // random, one per settlement: a repeated call is recognised by it
	// Again begins attempt Attempt+1, which To, StateQueued, is the first state of; From must be one that [Again] allows, or with Into
	// one that [Down] allows.
	Again bool
	// Into, with Again alone, is the channel by which the next attempt goes: a step on the ladder. It is another than Channel, and one by
	// which the house mails. Empty: the same channel.
	Into Channel
	// Stranded says of a step to StateFailed or StateBounced that the letter surely did not arrive by this channel and that its sealed fields
	// may still be there, so that the ladder may take it further: [Records.Stranded] answers it until it moves. From must be a state that
	// keeps them.
	Stranded bool
	// Abandon takes what is failed or bounced, and stays so, from those that [Records.Stranded] answers: nothing goes further down the ladder
	// of which there is nothing left to compose, or of which a restored ledger cannot know whether it has. From and To are the same; it is
	// changed as often as it is said.
	Abandon bool
	// Forget deletes the sealed fields with a step to StateSent: for providers that publish no events. Otherwise they are kept
	// until an event says that the letter was delivered, since a letter that bounced may be tried again.
	Forget bool
}

// Claim is what a process asks for before it sends a queued delivery.
type Claim struct {
	ID    ID
	Token string    // random, one per call: a repeated call is recognised by it
	Now   time.Time // the delivery's Next must have come by then
	Until time.Time // when the claim lapses
}

// Queue is what waits for one target through one channel. Each is a queue of its own, so that one that is stopped keeps nothing
// else from leaving.
type Queue struct {
	Campaign string // scope
	Target   string
	Channel  Channel
}

// Due is a delivery that is to be looked at.
type Due struct {
	ID ID
	At time.Time // since when: the Next of a queued delivery; of a claimed one its Next or earlier
}

// Version is the text of a letter as its signers saw it, kept because the campaign may change while letters wait. It holds
// no personal data.
type Version struct {
	Digest string
	Text   []byte // campaign's serialisation
}

// Pending is a submission that waits for its proof. It does not occupy the signer's key, so that a forger cannot block the
// real person.
type Pending struct {
	Key            // of the signer, as typed and not proven
	ID      string // made of At by [PendingID]
	Ration  string // by which confirmation mails are rationed: a keyed hash of the mailbox. For Pend alone, never answered
	Sealed  []byte // the submission
	At      time.Time
	Expires time.Time // from then on it is not found any more, deleted or not
}

// Bucket is what one count counts.
type Bucket struct {
	Target  string
	Channel Channel
	State   State
}

// Brought is the actions that one partner brought, in two columns that do not overlap.
type Brought struct {
	Verified int // the request's origin, or a sealed link, is the partner's
	Claimed  int // a plain link says so
}

// Tally is the counts of one campaign.
type Tally struct {
	Actions    int
	Partners   map[string]Brought // by partner's id; partners who brought nobody are absent. The other actions came directly
	Deliveries map[Bucket]int     // zero counts are absent
	Variants   map[int]int        // deliveries accepted by their letter's variant, whatever became of them; zero counts are absent
}

// Entry is one record of a walk: exactly one of the two is set.
type Entry struct {
	Action   *Action
	Delivery *Delivery
}

// Records is what taking part and sending need of a ledger.
type Records interface {
	// Accept writes the action, its deliveries with their sealed fields, its subscriber and all their counts, and deletes the named
	// pendings, in one transaction, on condition that the action's key is absent: all of it or nothing, and
	// isNew = true. Is the key present, nothing is touched (the pendings neither) and isNew = false, except when the
	// action there bears the same Token: then it is this very call, repeated after a lost answer, and isNew = true
	// again. Of parallel calls for one key one wins. After an error other than ErrBusy and ErrInvalid it may have been
	// written or not: call again with the same Acceptance, or give up and send nothing.
	Accept(ctx context.Context, a Acceptance) (isNew bool, err error)

	// Subscribe writes a subscriber without an action: of a signer who had taken part before. A repeat with the same id writes nothing
	// twice. After an error other than ErrInvalid it may have been written or not: call again with the same Subscriber.
	Subscribe(ctx context.Context, s Subscriber) error

	// Find answers the action and its deliveries in the order of their targets' bytes, strongly consistent; ErrNotFound
	// when there is none. A Key of a mail to an unproven signer has deliveries only: the Action is then zero but for
	// its Key.
	Find(ctx context.Context, k Key) (Action, []Delivery, error)

	// Settle moves one delivery from From to To with its counts, and deletes its sealed fields where To is done with
	// them ([State.Keeps] is false) or the settlement says Forget, in one transaction, on condition that the delivery stands
	// in From with this Attempt and Channel (and this Claim). With Again it also raises the attempt: no settlement of the one before, such
	// as a late event, changes anything from then on. With Into the delivery changes to that channel as well, with its count and its queue,
	// and keeps its sealed fields. changed is false, and nothing touched, when it does not stand there any more, be it that somebody has
	// claimed it, and, without looking, when the step is not in the table ([Step], with Again [Again], with Into [Down], with Abandon StateFailed and StateBounced); ErrNotFound
	// for a delivery that was never written. A repeat with the Token of the delivery's last step answers true again and counts once; after a
	// further step it may be taken for a call of its own. Of parallel calls from one state one wins. After an error other than
	// ErrBusy and ErrInvalid it may have been written or not: call again with the same Settlement.
	Settle(ctx context.Context, s Settlement) (changed bool, err error)

	// Due answers up to n deliveries of a queue that are to be looked at by now: claimed ones whose claim has lapsed, before all
	// others those that were written claimed, and queued ones whose Next has come, those that wait longest first. It is a hint:
	// it may lag behind the writes by seconds, and may answer one claimed from the queue before its claim lapses, in its old
	// place. It reads no more than it answers, however much is not due.
	Due(ctx context.Context, q Queue, now time.Time, n int) ([]Due, error)

	// Stranded answers up to n deliveries of a queue that were settled as stranded and have not moved since, in the order of their signers'
	// bytes, those behind the signer of after; the zero ID is before all. A hint like Due: it may lag behind the writes by seconds.
	// What strands before after meanwhile is found by who begins anew. It reads no more than it answers, however much has not stranded.
	Stranded(ctx context.Context, q Queue, after ID, n int) ([]ID, error)

	// Claim moves a queued delivery whose Next has come to StateClaimed, and answers it as it then stands, won = true. No
	// count changes: what is being sent counts as queued ([State.Counted]). Changed becomes Now's day, Reason empty. Any
	// other delivery is left alone and answered as it stands, won = false; ErrNotFound for one that was never written. A repeat
	// with the Token that the claim bears answers won = true again. Of parallel calls one wins. After an error other than
	// ErrBusy and ErrInvalid it may have been written or not: call again with the same Claim, or leave it to lapse.
	Claim(ctx context.Context, c Claim) (d Delivery, won bool, err error)

	// Sealed answers the sealed fields of a delivery; ErrNotFound when there are none or they have expired by now,
	// deleted or not.
	Sealed(ctx context.Context, id ID, now time.Time) ([]byte, error)

	// Keep stores a version; a second call with the same digest changes nothing. Keep before Accept: a delivery must
	// not refer to a version that is not there.
	Keep(ctx context.Context, v Version) error

	// Version answers a kept version; ErrNotFound when there is none.
	Version(ctx context.Context, digest string) (Version, error)
}

// Pendings is what proof needs of a ledger.
type Pendings interface {
	// Pend stores a pending. When the last mail granted to this Campaign and Ration is [MailEvery] or longer before p.At,
	// or none was, the confirmation mail's delivery (to [TargetSigner], under the pending's id as its signer) is written
	// with it in the same transaction, counted, and mailed = true: the caller sends it now. Otherwise the pending alone
	// is stored and mailed = false. The ration is coarser than the signer's key: addresses that one person may read, such
	// as ann+1@ and ann+2@, share it, or a stranger could fill one mailbox under many names. A repeat with the same
	// pending id answers as the first call did and writes nothing twice, as long as the pending is there. Of parallel
	// calls for one ration one is granted the mail.
	Pend(ctx context.Context, p Pending, mail Draft) (mailed bool, err error)

	// Pending answers one of the signer's pendings; ErrNotFound when there is none of this id or it has expired by now,
	// deleted or not. Strongly consistent.
	Pending(ctx context.Context, k Key, id string, now time.Time) (Pending, error)

	// Waiting answers which of the signer's n newest pendings have not expired at that time, the newest first: in the
	// order of ids, descending. Strongly consistent. Pendings of one campaign live equally long, so that the newest
	// expire last and none that waits is left out for an expired one. It reads no more than these, however many a
	// stranger has left under the signer's key; see [Pendings.Pending] for one that must be found all the same.
	Waiting(ctx context.Context, k Key, now time.Time, n int) ([]Pending, error)
}

// Subscribers is what a partner's export needs of a ledger.
type Subscribers interface {
	// Subscribers answers up to n of a partner's subscribers who have not expired by now, in the order of their ids, those behind the
	// id after ("" for all). Strongly consistent.
	Subscribers(ctx context.Context, campaign, partner, after string, now time.Time, n int) ([]Subscriber, error)

	// Unsubscribe deletes a partner's subscribers of these ids, which were handed over. What is not there is no error; after an error
	// call again.
	Unsubscribe(ctx context.Context, campaign, partner string, ids []string) error
}

// MailEvery is how seldom one mailbox is sent a confirmation mail by one campaign.
const MailEvery = 24 * time.Hour

// Counts is what organizers read.
type Counts interface {
	// Tally answers the counts of a campaign; zero counts for one that nobody took part in. It agrees with Recount of
	// the records whenever no write is under way.
	Tally(ctx context.Context, campaign string) (Tally, error)

	// Walk yields every action and delivery of a campaign, of all campaigns for "", in no promised order. It reads all of
	// them: for the desk, never on a visitor's path. After an error it ends.
	Walk(ctx context.Context, campaign string) iter.Seq2[Entry, error]

	// Roll answers what Tally does, and writes it where organizers read it in the database's own console, if the ledger has
	// such a place. What has expired by now is deleted once in a while, if the database does not do so by itself.
	Roll(ctx context.Context, campaign string, now time.Time) (Tally, error)

	// Repair makes the counts of a campaign what Recount of its records says, and answers whether they were not. Nobody may
	// write to that campaign meanwhile. After an error call again.
	Repair(ctx context.Context, campaign string) (changed bool, err error)
}

// Documents is where the house keeps what it must remember besides the records, a kilobyte or so each: pace, leases, controls, health, faxes.
// Their names are of [DocumentName], for any other both methods answer ErrInvalid; they hold no personal data. An empty one is none.
type Documents interface {
	// Document answers a document; nil when there is none. Strongly consistent.
	Document(ctx context.Context, name string) ([]byte, error)

	// Change replaces a document by what change makes of it (nil for one that is not there) in one compare-and-set: nothing that
	// another caller wrote in between is lost. change is called again with what then stands when another was faster, so it
	// must have no effect of its own, nor write into old; it may run while others wait, so it must be quick. When it answers an error that
	// error is answered, wrapped, and nothing written; when it answers what it was given, nothing is written. Of parallel
	// calls each takes effect after the other. After an error other than ErrBusy, ErrInvalid and change's own it may have been
	// written or not.
	Change(ctx context.Context, name string, change func(old []byte) ([]byte, error)) error
}

// Identity is how a ledger notices that it was restored or that the secret changed (promise 11).
type Identity interface {
	// Adopted answers nil when this is the ledger that wrote the records, and fingerprint is that of the secret under
	// which they were written; ErrNotAdopted otherwise. A ledger without an identity adopts itself with this
	// fingerprint, so ask before the first write; where an identity can be lost by itself (sqlite's mark file) records
	// without one are not adopted. It refuses no write: callers ask, and stop.
	Adopted(ctx context.Context, fingerprint string) error

	// Adopt makes this ledger the one that wrote the records, and this fingerprint that of their secret, whatever stood there: Adopted
	// answers nil for it from then on, and ErrNotAdopted for any other. It touches no record: an organizer who adopts has first
	// made unknown what may have been sent. A repeat changes nothing.
	Adopt(ctx context.Context, fingerprint string) error
}

// Ledger is all ports together: what an adapter implements.
type Ledger interface {
	Records
	Pendings
	Subscribers
	Counts
	Documents
	Identity
}

// Queue is where the delivery waits while it does.
func (d Delivery) Queue() Queue {
	return Queue{Campaign: d.Campaign, Target: d.Target, Channel: d.Channel}
}

// DocumentName joins the parts of a document's name: a kind, such as PACE, and what it is about.
func DocumentName(kind, of string) string { return kind + "#" + of }

// Record names a delivery for the seal: what is sealed for one opens for no other.
func (id ID) Record() string {
	return "delivery\x00" + id.Campaign + "\x00" + id.Signer + "\x00" + id.Target
}

// Tag names one attempt of a delivery on the wire, so that a provider's events find it. Slugs, ids of signers,
// pendings and targets hold no underscore, so it can be taken apart again; it is of SES's tag alphabet [A-Za-z0-9_-].
func (d Delivery) Tag() string {
	return d.Campaign + "_" + d.Signer + "_" + d.Target + "_" + strconv.Itoa(d.Attempt)
}

// ParseTag takes a [Delivery.Tag] apart; ok is false for what is none.
func ParseTag(tag string) (id ID, attempt int, ok bool) {
	parts := strings.Split(tag, "_")
	if len(parts) != 4 || len(tag) > 256 {
		return ID{}, 0, false
	}
	id = ID{Key: Key{Campaign: parts[0], Signer: parts[1]}, Target: parts[2]}
	attempt, err := strconv.Atoi(parts[3])
	ok = err == nil && attempt >= 1 && strconv.Itoa(attempt) == parts[3] && id.plain() && plain(id.Target)
	if !ok {
		return ID{}, 0, false
	}
	return id, attempt, true
}
