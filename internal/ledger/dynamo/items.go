package dynamo

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"one-click-protest/internal/ledger"
)

// The key scheme. Neither table holds a name, an address or a word of a signer; the private one holds them sealed.
//
//	table    item           pk                          sk               further attributes
//	ledger   action         ACTION#campaign#signer      ACTION           day, proof, language, consent, partner, verified, token
//	ledger   delivery       ACTION#campaign#signer      DELIVERY#target  attempt, channel, state, letter, variant, claim, next, changed,
//	                                                                     reason, settled; outbox, due while queued, claimed or stranded
//	ledger   tally          TALLY#campaign#00 … #15     target           one number for each "channel.state"; actions; v1 … v30: the
//	                                                                     deliveries accepted of each variant
//	ledger   partner's      TALLY#campaign#00 … #15     FROM#partner     verified, claimed: the actions that it brought
//	ledger   total          TALLY#campaign              TOTAL            the sums for organizers; SIGNER.channel.state: mail to signers;
//	                                                                     FROM.partner.verified and .claimed; VARIANT.1 … VARIANT.30
//	ledger   version        LETTER#digest               LETTER           text
//	ledger   document       DOCUMENT#name               DOCUMENT         text, version, token
//	ledger   identity       CONTROL#ledger              IDENTITY         table, fingerprint
//	private  sealed fields  SEALED#campaign#signer      target           box, expires
//	private  pending        PENDING#campaign#signer     ID#id            box, at, expires, mailed
//	private  subscriber     SUBSCRIBER#campaign#partner id               box, expires
//	private  mail ration    RATION#campaign#ration      MAIL             at, expires
//
// The sparse index "outbox" of the ledger table (keys only) has the deliveries still to be looked at: outbox = campaign#target#channel, due =
// state#time, the time as text in its order. A claim of what is queued leaves both as they are, so that the index is not written: until
// it is settled the delivery stands there as queued, with the time since when it was due, which is not after the end of its
// claim. One that was written claimed, with its action or by a settlement, stands there as claimed, with that end. One that has stranded
// stands in the queue of the channel that it did not arrive by, due = stranded#signer, behind all that is to be looked at: each has a key
// of its own there, which follows from its name, so that a page begins behind any of them. It leaves the index with its next step. What
// neither waits nor has stranded is not in the index and pays nothing for it.
//
// Claimed deliveries count as queued. An action is counted in the tally item of its first delivery, and for its partner in an item of
// the same shard, which actions without a partner do not pay for; once the tally was repaired, in the items ACTIONS and FROM#partner of
// shard 00. Ids of pendings sort by time. Numbers: next and at in milliseconds, expires (the TTL attribute) in seconds. No part of a key
// but the last holds '#': ledger's Check methods see to it.
const (
	pk, sk = "pk", "sk"
	// TTL is the attribute of the private table by which DynamoDB deletes what expired, a few days late. Reads never rely on it.
	TTL = "expires"
	// OutboxIndex is the ledger table's index of deliveries to be looked at, and of those that have stranded.
	OutboxIndex = "outbox"

	skAction   = "ACTION"
	skDelivery = "DELIVERY#"
	skLetter   = "LETTER"
	skIdentity = "IDENTITY"
	skPending  = "ID#"
	skMail     = "MAIL"
	skTotal    = "TOTAL"
	skActions  = "ACTIONS" // targets' ids are lower case
	skDocument = "DOCUMENT"
	skFrom     = "FROM#" // of a partner

	actionsCount  = "actions"
	verifiedCount = "verified"
	claimedCount  = "claimed"
	variantCount  = "v" // and the variant's number: short, because every step of a letter pays for its item's size
	// dueFormat sorts as text in the order of time.
	dueFormat = "2006-01-02T15:04:05.000Z"
)

// item is one item, or its key. Maps are built by hand: attributevalue's reflection costs time on a cold start.
type item = map[string]types.AttributeValue

func actionPK(k ledger.Key) string  { return "ACTION#" + k.Campaign + "#" + k.Signer }
func sealedPK(k ledger.Key) string  { return "SEALED#" + k.Campaign + "#" + k.Signer }
func pendingPK(k ledger.Key) string { return "PENDING#" + k.Campaign + "#" + k.Signer }
func letterPK(digest string) string { return "LETTER#" + digest }

func totalPK(campaign string) string { return "TALLY#" + campaign }

func tallyPK(campaign string, shard int) string { return fmt.Sprintf("TALLY#%s#%02d", campaign, shard) }

func key(partition, sort string) item { return item{pk: text(partition), sk: text(sort)} }

func actionKey(k ledger.Key) item                  { return key(actionPK(k), skAction) }
func deliveryKey(id ledger.ID) item                { return key(actionPK(id.Key), skDelivery+id.Target) }
func sealedKey(id ledger.ID) item                  { return key(sealedPK(id.Key), id.Target) }
func pendingKey(k ledger.Key, id string) item      { return key(pendingPK(k), skPending+id) }
func subscriberPK(campaign, partner string) string { return "SUBSCRIBER#" + campaign + "#" + partner }
func documentKey(name string) item                 { return key("DOCUMENT#"+name, skDocument) }

func actionItem(a ledger.Action) item {
	it := actionKey(a.Key)
	it["day"] = date(a.Day)
	it["proof"] = text(string(a.Proof))
	it["language"] = text(a.Language)
	it["consent"] = text(a.Consent)
	it["partner"] = text(a.Partner)
	it["verified"] = &types.AttributeValueMemberBOOL{Value: a.PartnerVerified}
	it["token"] = text(a.Token)
	return it
}

func deliveryItem(d ledger.Delivery) item {
	it := deliveryKey(d.ID)
	it["attempt"] = number(int64(d.Attempt))
	it["channel"] = text(string(d.Channel))
	it["state"] = text(string(d.State))
	it["letter"] = text(d.Letter)
	if d.Variant > 0 {
		it["variant"] = number(int64(d.Variant))
	}
	it["changed"] = date(d.Changed)
	it["reason"] = text(d.Reason)
	if d.State == ledger.StateClaimed {
		it["claim"] = text(d.Claim)
	}
	if inOutbox(d.State) {
		it["next"] = milli(d.Next)
		it["outbox"] = outbox(d.Queue())
		it["due"] = due(d.State, d.Next)
	}
	return it
}

// inOutbox says whether a delivery in this state has a next time to be looked at.
func inOutbox(s ledger.State) bool { return s == ledger.StateQueued || s == ledger.StateClaimed }

func outbox(q ledger.Queue) types.AttributeValue {
	return text(q.Campaign + "#" + q.Target + "#" + string(q.Channel))
}

func due(s ledger.State, t time.Time) types.AttributeValue {
	return text(string(s) + "#" + t.UTC().Format(dueFormat))
}

// stranded is behind due of any state in the order of the alphabet.
func stranded(id ledger.ID) types.AttributeValue { return text("stranded#" + id.Signer) }

func sealedItem(d ledger.Draft) item {
	it := sealedKey(d.Delivery.ID)
	it["box"] = &types.AttributeValueMemberB{Value: d.Sealed}
	it[TTL] = number(d.Expires.Unix())
	return it
}

func pendingItem(p ledger.Pending, mailed bool) item {
	it := pendingKey(p.Key, p.ID)
	it["box"] = &types.AttributeValueMemberB{Value: p.Sealed}
	it["at"] = milli(p.At)
	it[TTL] = number(p.Expires.Unix())
	it["mailed"] = &types.AttributeValueMemberBOOL{Value: mailed}
	return it
}

func subscriberItem(s ledger.Subscriber) item {
	it := key(subscriberPK(s.Campaign, s.Partner), s.ID)
	it["box"] = &types.AttributeValueMemberB{Value: s.Sealed}
	it[TTL] = number(s.Expires.UTC().Truncate(24 * time.Hour).Unix())
	return it
}

func mailItem(p ledger.Pending) item {
	it := key("RATION#"+p.Campaign+"#"+p.Ration, skMail)
	it["at"] = milli(p.At)
	it[TTL] = number(p.At.Add(ledger.MailEvery).Unix() + 1) // not before the ration ends
	return it
}

func identityKey() item { return key("CONTROL#ledger", skIdentity) }

func identityItem(table, fingerprint string) item {
	it := identityKey()
	it["table"], it["fingerprint"] = text(table), text(fingerprint)
	return it
}

// documentItem leaves the text of an emptied document out: the item stays for its version.
func documentItem(key item, content []byte, version int64, token string) item {
	it := item{pk: key[pk], sk: key[sk], "version": number(version), "token": text(token)}
	if len(content) > 0 {
		it["text"] = &types.AttributeValueMemberB{Value: content}
	}
	return it
}

func readAction(it item) (ledger.Action, error) {
	k, err := readKey(it)
	if err != nil {
		return ledger.Action{}, err
	}
	on, err := readDate(it, "day")
	return ledger.Action{
		Key: k, Day: on, Proof: ledger.Proof(str(it, "proof")), Language: str(it, "language"), Consent: str(it, "consent"),
		Partner: str(it, "partner"), PartnerVerified: flag(it, "verified"), Token: str(it, "token"),
	}, err
}

func readDelivery(it item) (ledger.Delivery, error) {
	k, err := readKey(it)
	if err != nil {
		return ledger.Delivery{}, err
	}
	changed, err := readDate(it, "changed")
	return ledger.Delivery{
		ID:      ledger.ID{Key: k, Target: readTarget(it)},
		Attempt: int(integer(it, "attempt")), Channel: ledger.Channel(str(it, "channel")), State: ledger.State(str(it, "state")),
		Letter: str(it, "letter"), Variant: int(integer(it, "variant")),
		Claim: str(it, "claim"), Next: instant(it, "next"), Changed: changed, Reason: str(it, "reason"),
	}, err
}

func readTarget(it item) string { return strings.TrimPrefix(str(it, sk), skDelivery) }

// readDue reads an item of the index.
func readDue(it item) (ledger.Due, error) {
	k, err := readKey(it)
	if err != nil {
		return ledger.Due{}, err
	}
	_, text, _ := strings.Cut(str(it, "due"), "#")
	at, err := time.Parse(dueFormat, text)
	if err != nil {
		return ledger.Due{}, fmt.Errorf("item's due: %w", err)
	}
	return ledger.Due{ID: ledger.ID{Key: k, Target: readTarget(it)}, At: at}, nil
}

func readPending(k ledger.Key, it item) ledger.Pending {
	return ledger.Pending{
		Key: k, ID: strings.TrimPrefix(str(it, sk), skPending), Sealed: box(it, "box"),
		At: instant(it, "at"), Expires: time.Unix(integer(it, TTL), 0).UTC(),
	}
}

func readSubscriber(campaign, partner string, it item) ledger.Subscriber {
	return ledger.Subscriber{
		Campaign: campaign, Partner: partner, ID: str(it, sk), Sealed: box(it, "box"), Expires: time.Unix(integer(it, TTL), 0).UTC(),
	}
}

// readKey takes the partition key of an action apart.
func readKey(it item) (ledger.Key, error) {
	parts := strings.Split(str(it, pk), "#")
	if len(parts) != 3 {
		return ledger.Key{}, fmt.Errorf("item key of %d parts", len(parts))
	}
	return ledger.Key{Campaign: parts[1], Signer: parts[2]}, nil
}

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

func date(t time.Time) types.AttributeValue { return text(t.UTC().Format(time.DateOnly)) }

// milli writes 0 for no time.
func milli(t time.Time) types.AttributeValue {
	if t.IsZero() {
		return number(0)
	}
	return number(t.UnixMilli())
}

func str(it item, name string) string {
	v, _ := it[name].(*types.AttributeValueMemberS)
	if v == nil {
		return ""
	}
	return v.Value
}

// integer answers 0 for what is absent; DynamoDB sees to it that what is there is a number.
func integer(it item, name string) int64 {
	v, _ := it[name].(*types.AttributeValueMemberN)
	if v == nil {
		return 0
	}
	n, _ := strconv.ParseInt(v.Value, 10, 64)
	return n
}

func flag(it item, name string) bool {
	v, _ := it[name].(*types.AttributeValueMemberBOOL)
	return v != nil && v.Value
}

func box(it item, name string) []byte {
	v, _ := it[name].(*types.AttributeValueMemberB)
	if v == nil {
		return nil
	}
	return v.Value
}

func instant(it item, name string) time.Time {
	if n := integer(it, name); n != 0 {
		return time.UnixMilli(n).UTC()
	}
	return time.Time{}
}

func readDate(it item, name string) (time.Time, error) {
	t, err := time.Parse(time.DateOnly, str(it, name))
	if err != nil {
		return t, fmt.Errorf("item's %s: %w", name, err)
	}
	return t, nil
}
