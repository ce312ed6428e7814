package ledger

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// MaxParts bounds the drafts, and the pendings, of one acceptance. Each draft is three items of a DynamoDB transaction
// (delivery, sealed fields, count), each pending one, and action, partner's count and subscriber three more: 83 of the 100 that it takes
// (API reference, TransactWriteItems).
const MaxParts = 20

// MaxVariants is how many variants a letter may have: each is a number in the tally items of DynamoDB, which are billed by the kilobyte and
// stay within one with so many.
const MaxVariants = 30

// Check answers an [ErrInvalid] that says which rule of the documentation an acceptance breaks. Adapters call it first.
func (a Acceptance) Check() error {
	if !a.Action.Key.plain() || a.Action.Token == "" {
		return invalid("action without key or token")
	}
	if err := a.checkPartner(); err != nil {
		return err
	}
	if len(a.Drafts) == 0 || len(a.Drafts) > MaxParts || len(a.Pendings) > MaxParts {
		return invalid("number of drafts or pendings")
	}
	targets := map[string]bool{}
	for _, d := range a.Drafts {
		if err := d.check(a.Action.Key); err != nil {
			return err
		}
		if targets[d.Delivery.Target] {
			return invalid("two drafts to one target")
		}
		targets[d.Delivery.Target] = true
	}
	return distinct(a.Pendings)
}

// maxPartner is how long a partner's id may be: what campaign files allow. A database's key and its counts' names have room for it.
const maxPartner = 40

// checkPartner holds the partner's id, which adapters make keys of, to what campaign files allow, and the subscriber to the partner.
func (a Acceptance) checkPartner() error {
	partner, s := a.Action.Partner, a.Subscriber
	switch {
	case partner != "" && !isPartner(partner):
		return invalid("partner's id")
	case s == nil:
		return nil
	case partner == "" || s.Partner != partner || s.Campaign != a.Action.Campaign:
		return invalid("subscriber of another campaign or partner, or of none")
	}
	return s.Check()
}

// Check answers an [ErrInvalid] for a subscriber that breaks a rule of the documentation.
func (s Subscriber) Check() error {
	switch {
	case !plain(s.Campaign) || !isPartner(s.Partner):
		return invalid("subscriber of no campaign or partner")
	case !IsSubscriber(s.ID) || len(s.Sealed) == 0 || s.Expires.IsZero():
		return invalid("subscriber without id, sealed fields or expiry")
	}
	return nil
}

func isPartner(id string) bool {
	return id != "" && len(id) <= maxPartner && strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// IsSubscriber says whether a subscriber may have this id.
func IsSubscriber(id string) bool {
	return id != "" && len(id) <= idRandom && strings.Trim(id, idLetter+"abcdefghijklmnopqrstuvwxyz") == ""
}

// Check answers an [ErrInvalid] for a settlement that breaks a rule of the documentation. A step that is not in the table is no mistake: see
// [Records.Settle].
func (s Settlement) Check() error {
	switch {
	case s.Token == "" || s.Channel == "":
		return invalid("settlement without token or channel")
	case s.Again && s.To != StateQueued:
		return invalid("an attempt that does not begin queued")
	case s.Into != "" && !s.Again:
		return invalid("another channel within an attempt")
	case s.Into != "" && (s.Into == s.Channel || !s.Into.Mailed()):
		return invalid("into the same channel, or one that nothing is mailed by")
	case s.Abandon && (s.Again || s.Stranded || s.To != s.From):
		return invalid("abandoned, and moves or strands")
	case s.Stranded && s.To != StateFailed && s.To != StateBounced:
		return invalid("stranded where it may arrive")
	case s.Stranded && !s.From.Keeps():
		return invalid("stranded without sealed fields")
	}
	return nil
}

// Allowed says whether the step is in the table.
func (s Settlement) Allowed() bool {
	switch {
	case s.Again && s.Into != "":
		return Down(s.From)
	case s.Again:
		return Again(s.From)
	case s.Abandon:
		return s.From == StateFailed || s.From == StateBounced
	}
	return Step(s.From, s.To)
}

// GoesBy is the channel that the delivery goes by from this step on.
func (s Settlement) GoesBy() Channel { return cmp.Or(s.Into, s.Channel) }

// Forgets says whether the sealed fields go with this step.
func (s Settlement) Forgets() bool {
	return s.From.Keeps() && !s.To.Keeps() || s.Forget && s.To == StateSent
}

// Check answers an [ErrInvalid] for a claim without token or end.
func (c Claim) Check() error {
	if c.Token == "" || c.Until.IsZero() {
		return invalid("claim without token or end")
	}
	return nil
}

// maxName is how long a document's name may be: a database's key has room for it, whatever the name is made of.
const maxName = 300

// CheckDocument answers an [ErrInvalid] for a name that is not of [DocumentName].
func CheckDocument(name string) error {
	kind, of, ok := strings.Cut(name, "#")
	if !ok || kind == "" || of == "" || len(name) > maxName {
		return invalid("document's name")
	}
	return nil
}

// CheckWith answers an [ErrInvalid] for a pending, with its mail, that breaks a rule of [Pendings.Pend].
func (p Pending) CheckWith(mail Draft) error {
	at, ok := PendingTime(p.ID)
	switch {
	case !p.Key.plain() || !plain(p.Ration):
		return invalid("pending without key or ration")
	case p.At.IsZero() || p.Expires.IsZero():
		return invalid("pending without its times")
	case !ok || at.UnixMilli() != p.At.UnixMilli():
		return invalid("pending's id is not made of its time")
	case mail.Delivery.Target != TargetSigner:
		return invalid("confirmation mail to another target")
	}
	return mail.check(Key{Campaign: p.Campaign, Signer: p.ID})
}

func (d Draft) check(k Key) error {
	v := d.Delivery
	switch {
	case v.Key != k || !k.plain() || v.Target == "":
		return invalid("delivery under another key, or to nobody")
	case v.Attempt < 1 || !v.State.Started():
		return invalid("delivery begins in this attempt or state")
	case v.Variant < 0 || v.Variant > MaxVariants:
		return invalid("number of the variant")
	case v.State == StateClaimed && (v.Claim == "" || v.Next.IsZero()):
		return invalid("claim without token or end")
	case d.Sealed != nil && (d.Expires.IsZero() || !v.State.Keeps()):
		return invalid("sealed fields without expiry, or that nothing would delete")
	}
	return nil
}

// plain says whether a key has both parts and neither holds the separator that adapters join them with.
func (k Key) plain() bool { return plain(k.Campaign) && plain(k.Signer) }

func plain(part string) bool { return part != "" && !strings.ContainsRune(part, '#') }

func distinct(ids []string) error {
	sorted := slices.Sorted(slices.Values(ids))
	if len(slices.Compact(sorted)) != len(ids) || slices.Contains(ids, "") {
		return invalid("pendings named twice or empty")
	}
	return nil
}

func invalid(why string) error { return fmt.Errorf("%w: %s", ErrInvalid, why) }
