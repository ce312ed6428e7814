package dynamo_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"one-click-protest/internal/ledger"
	"one-click-protest/internal/ledger/dynamo"
	"one-click-protest/internal/ledger/dynamo/dynamotest"
)

// These tests need no DynamoDB: a stub takes every write, and the wire before it lets requests meet faults. Those that take time
// run in a bubble, whose clock leaps: a busy machine makes no attempt too slow.

// stub is the host that takes every write.
const stub = "stub.invalid"

var ann = ledger.Key{Campaign: "protest-day", Signer: "ann"}

func stubbed(w *wire) *dynamo.Ledger {
	if w.then == nil {
		w.then = pass
	}
	l := dynamotest.Local{URL: "http://" + stub, Ledger: "the-ledger", Private: "the-private"}.Records(w)
	dynamo.Hurry(l)
	return l
}

// bubble is a subtest whose clock leaps.
func bubble(t *testing.T, name string, run func(*testing.T)) {
	t.Run(name, func(t *testing.T) { synctest.Test(t, run) })
}

// writes is a call of each kind of write, and how many requests go before it.
var writes = map[string]struct {
	before int
	call   func(context.Context, *dynamo.Ledger) (bool, error)
}{
	"accept": {0, func(ctx context.Context, l *dynamo.Ledger) (bool, error) {
		return l.Accept(ctx, acceptance(ann, "token"))
	}},
	"release": {0, func(ctx context.Context, l *dynamo.Ledger) (bool, error) { return l.Settle(ctx, release("token")) }},
	"change": {1, func(ctx context.Context, l *dynamo.Ledger) (bool, error) {
		err := l.Change(ctx, ledger.DocumentName("NOTE", "ann"), func([]byte) ([]byte, error) { return []byte("text"), nil })
		return err == nil, err
	}},
}

// passing lets so many requests pass before the faults.
func passing(n int, faults ...fault) []fault {
	return append(slices.Repeat([]fault{pass}, n), faults...)
}

// onward takes a queued delivery of ann's to its next attempt, by fax.
func onward(token string) ledger.Settlement {
	s := settlement(acceptance(ann, "token"), token)
	s.From, s.To, s.Next, s.Again, s.Into = ledger.StateQueued, ledger.StateQueued, noon, true, ledger.ChannelFax
	return s
}

// release gives a claimed delivery of ann's back.
func release(token string) ledger.Settlement {
	s := settlement(acceptance(ann, "token"), token)
	s.To, s.Next = ledger.StateQueued, noon
	return s
}

func TestEachFaultIsOneMoreCallWithTheSameContent(t *testing.T) {
	for _, group := range []map[string]fault{refusals, losses, lossesAfterEffect} {
		for name, f := range group {
			for what, write := range writes {
				bubble(t, what+", "+name, func(t *testing.T) {
					w := &wire{faults: passing(write.before, f, f, f)}
					if done, err := write.call(t.Context(), stubbed(w)); !done || err != nil {
						t.Errorf("%v, %v", done, err)
					}
					w.bodies = w.bodies[write.before:]
					for _, body := range w.bodies[1:] {
						if diff := cmp.Diff(parsed(t, w.bodies[0]), parsed(t, body)); diff != "" {
							t.Errorf("a repeat with other content:\n%s", diff)
						}
					}
					if n := w.calls(); n != 4 { // three faults, and none of the SDK's own retries
						t.Errorf("%d calls", n)
					}
				})
			}
		}
	}
}

// parsed is a request without regard to the order of its members: maps have none.
func parsed(t *testing.T, body string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// brief is too short a time for a fault that does not end.
func brief(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	t.Cleanup(cancel)
	return ctx
}

func TestBusyOnlyIfSurelyNothingWasWritten(t *testing.T) {
	check := func(name string, want bool, then fault, faults ...fault) {
		for what, write := range writes {
			bubble(t, what+", "+name, func(t *testing.T) {
				w := &wire{faults: passing(write.before, faults...), then: then}
				l, ctx := stubbed(w), brief(t)
				done, err := write.call(ctx, l)
				if done || err == nil || errors.Is(err, ledger.ErrBusy) != want {
					t.Fatalf("%v, %v; busy wanted: %v", done, err, want)
				}
				if ctx.Err() != nil {
					t.Error("the caller's time is over: nothing was kept back to answer in")
				}
				if strings.Contains(err.Error(), "sealed words") || strings.Contains(err.Error(), "ann") {
					t.Errorf("the error tells of the signer: %v", err)
				}
				if w.calls() < write.before+2 {
					t.Error("given up too soon")
				}
			})
		}
	}
	for name, f := range refusals {
		check(name, true, f)
		check(name+" after a lost answer", false, f, lostAfter)
	}
	for name, f := range losses {
		check(name, false, f)
	}
	check("refused after a refusal", true, refusals["throttled"], refusals["conflict"])
}

func TestWhatNoRepeatHelpsIsAnsweredAtOnce(t *testing.T) {
	for name, f := range map[string]fault{
		"no permission": answer(400, "AccessDeniedException", ""),
		"no table":      answer(400, "ResourceNotFoundException", ""),
		"invalid":       answer(400, "ValidationException", ""),
		"item too big":  cancelled("None", "ValidationError"),
	} {
		t.Run(name, func(t *testing.T) {
			w := &wire{then: f}
			l := stubbed(w)
			changed, err := l.Settle(t.Context(), settlement(acceptance(ann, "token"), "settle"))
			if changed || err == nil || errors.Is(err, ledger.ErrBusy) || errors.Is(err, ledger.ErrNotFound) {
				t.Errorf("%v, %v", changed, err)
			}
			if n := w.calls(); n != 1 {
				t.Errorf("%d calls", n)
			}
		})
	}
}

func TestAfterTheDeadlineNothingIsAsked(t *testing.T) {
	w := &wire{}
	l := stubbed(w)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.Accept(ctx, acceptance(ann, "token")); !errors.Is(err, ledger.ErrBusy) {
		t.Errorf("%v; want ErrBusy", err)
	}
	if n := w.calls(); n != 0 {
		t.Errorf("%d calls", n)
	}
}

// failed is a transaction whose parts ended so; the first with the item that stands there.
func failed(item string, codes ...string) fault {
	var reasons []string
	for i, c := range codes {
		if i == 0 && item != "" {
			reasons = append(reasons, `{"Code":"`+c+`","Item":`+item+`}`)
			continue
		}
		reasons = append(reasons, `{"Code":"`+c+`"}`)
	}
	return answer(400, "TransactionCanceledException", `,"CancellationReasons":[`+strings.Join(reasons, ",")+`]`)
}

const condition = "ConditionalCheckFailed"

func TestTheItemThatStandsThereTellsRepeats(t *testing.T) {
	accept := func(l *dynamo.Ledger) (bool, error) {
		return l.Accept(t.Context(), acceptance(ann, "mine"))
	}
	settle := func(l *dynamo.Ledger) (bool, error) {
		return l.Settle(t.Context(), settlement(acceptance(ann, "token"), "mine"))
	}
	down := func(l *dynamo.Ledger) (bool, error) { return l.Settle(t.Context(), onward("mine")) }
	again := func(l *dynamo.Ledger) (bool, error) { return l.Settle(t.Context(), release("mine")) }
	claim := func(l *dynamo.Ledger) (bool, error) {
		c := ledger.Claim{ID: release("").ID, Token: "mine", Now: noon, Until: noon.Add(time.Minute)}
		_, won, err := l.Claim(t.Context(), c)
		return won, err
	}
	stands := func(members string) fault { return answer(400, "ConditionalCheckFailedException", members) }
	delivery := func(state, claim string) fault {
		return stands(`,"Item":{"pk":{"S":"ACTION#protest-day#ann"},"sk":{"S":"DELIVERY#paris"},"changed":{"S":"2007-12-02"},` +
			`"state":{"S":"` + state + `"},"claim":{"S":"` + claim + `"}}`)
	}
	pend := func(l *dynamo.Ledger) (bool, error) {
		return l.Pend(t.Context(), pending(ann, "FIRST"), invitation(pending(ann, "FIRST")))
	}
	for name, c := range map[string]struct {
		call   func(*dynamo.Ledger) (bool, error)
		faults []fault
		want   bool
		err    error
	}{
		"accept, my own": {accept, []fault{failed(`{"token":{"S":"mine"}}`, condition)}, true, nil},
		"accept, taken":  {accept, []fault{failed(`{"token":{"S":"theirs"}}`, condition)}, false, nil},
		"accept, taken, and a count in conflict": {
			accept, []fault{failed(`{"token":{"S":"theirs"}}`, condition, "TransactionConflict")}, false, nil,
		},
		"settle, my own":              {settle, []fault{failed(`{"settled":{"S":"mine"}}`, condition)}, true, nil},
		"settle, late":                {settle, []fault{failed(`{"settled":{"S":"theirs"}}`, condition)}, false, nil},
		"settle, nothing":             {settle, []fault{failed("", condition)}, false, ledger.ErrNotFound},
		"release, my own":             {again, []fault{stands(`,"Item":{"settled":{"S":"mine"}}`)}, true, nil},
		"release, late":               {again, []fault{stands(`,"Item":{"settled":{"S":"theirs"}}`)}, false, nil},
		"release, nothing":            {again, []fault{stands("")}, false, ledger.ErrNotFound},
		"step on the ladder, my own":  {down, []fault{failed(`{"settled":{"S":"mine"}}`, condition)}, true, nil},
		"step on the ladder, late":    {down, []fault{failed(`{"settled":{"S":"theirs"}}`, condition)}, false, nil},
		"step on the ladder, nothing": {down, []fault{failed("", condition)}, false, ledger.ErrNotFound},
		"claim, my own":               {claim, []fault{delivery("claimed", "mine")}, true, nil},
		"claim, another's":            {claim, []fault{delivery("claimed", "theirs")}, false, nil},
		"claim, too early":            {claim, []fault{delivery("queued", "")}, false, nil},
		"claim, nothing":              {claim, []fault{stands("")}, false, ledger.ErrNotFound},
		"claim, in conflict with an event that came first": {
			claim, []fault{refusals["conflict"], delivery("delivered", "")}, false, nil,
		},
		"pend, my own": {pend, []fault{failed(`{"mailed":{"BOOL":true}}`, condition)}, true, nil},
		"pend, my own without a mail": {
			pend, []fault{failed(`{"mailed":{"BOOL":false}}`, condition, condition)}, false, nil,
		},
		"pend, no mail granted": {pend, []fault{failed("", "None", condition)}, false, nil},
		"pend, no mail granted to this call, but to its repeat": {
			pend, []fault{failed("", "None", condition), answer(400, "ConditionalCheckFailedException", `,"Item":{"mailed":{"BOOL":true}}`)}, true, nil,
		},
		"accept drawn up anew under its token": {accept, []fault{answer(400, "IdempotentParameterMismatchException", "")}, true, nil},
		"accept drawn up anew, and present": {
			accept, []fault{answer(400, "IdempotentParameterMismatchException", ""), failed(`{"token":{"S":"mine"}}`, condition)}, true, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := &wire{faults: c.faults}
			got, err := c.call(stubbed(w))
			if got != c.want || !errors.Is(err, c.err) {
				t.Errorf("%v, %v; want %v, %v", got, err, c.want, c.err)
			}
			if len(w.faults) > 0 {
				t.Error("not asked for everything")
			}
		})
	}
}

// A backup restored: the identity item in it names the table in which it was made.
func TestAdoptedInARestoredTable(t *testing.T) {
	for name, c := range map[string]struct {
		table, fingerprint string
		want               error
	}{
		"ours":           {"the id", "ours", nil},
		"restored":       {"another id", "ours", ledger.ErrNotAdopted},
		"another secret": {"the id", "theirs", ledger.ErrNotAdopted},
	} {
		t.Run(name, func(t *testing.T) {
			w := &wire{then: func(r *http.Request) (*http.Response, error) {
				switch r.Header.Get("X-Amz-Target") {
				case "DynamoDB_20120810.DescribeTable":
					return reply(r, 200, `{"Table":{"TableId":"`+c.table+`","CreationDateTime":1}}`), nil
				case "DynamoDB_20120810.GetItem":
					return reply(r, 200, `{"Item":{"table":{"S":"the id"},"fingerprint":{"S":"ours"}}}`), nil
				}
				t.Error("an adopted ledger is written")
				return pass(r)
			}}
			if err := stubbed(w).Adopted(t.Context(), c.fingerprint); !errors.Is(err, c.want) {
				t.Errorf("%v; want %v", err, c.want)
			}
		})
	}
}

// part is what these tests read of a transaction's part.
type part struct {
	Put, Update, Delete *struct {
		TableName string
		Key, Item map[string]map[string]any
	}
}

func (p part) tableAndKey() (string, string) {
	for _, x := range []*struct {
		TableName string
		Key, Item map[string]map[string]any
	}{p.Put, p.Update, p.Delete} {
		if x != nil {
			k := x.Key
			if k == nil {
				k = x.Item
			}
			return x.TableName, k["pk"]["S"].(string) + " " + k["sk"]["S"].(string)
		}
	}
	return "", ""
}

// What is sealed goes to the private table alone, counts to distinct items of the ledger table: as many parts as the key scheme says.
func TestPartsOfAnAccept(t *testing.T) {
	w := &wire{}
	a := asking(acceptance(ann, "token"), "RANDOM")
	a.Drafts = append(a.Drafts, claimed(ledger.ID{Key: ann, Target: "oslo"}))
	a.Pendings = []string{pending(ann, "FIRST").ID}
	if _, err := stubbed(w).Accept(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"ACTION#protest-day#ann ACTION":               "the-ledger",
		"ACTION#protest-day#ann DELIVERY#paris":       "the-ledger",
		"ACTION#protest-day#ann DELIVERY#oslo":        "the-ledger",
		"TALLY#protest-day#05 paris":                  "the-ledger",
		"TALLY#protest-day#05 oslo":                   "the-ledger",
		"TALLY#protest-day#05 FROM#union":             "the-ledger",
		"SUBSCRIBER#protest-day#union RANDOM":         "the-private",
		"SEALED#protest-day#ann paris":                "the-private",
		"SEALED#protest-day#ann oslo":                 "the-private",
		"PENDING#protest-day#ann ID#" + a.Pendings[0]: "the-private",
	}
	if diff := cmp.Diff(want, partsOf(t, w.bodies[0])); diff != "" {
		t.Errorf("want (-), got (+):\n%s", diff)
	}
}

// An acceptance of all that is allowed stays within what a transaction takes; one that no partner brought pays for no partner's count.
func TestMostPartsOfAnAccept(t *testing.T) {
	w := &wire{}
	l := stubbed(w)
	a := asking(acceptance(ann, "token"), "RANDOM")
	a.Drafts = nil
	for i := range ledger.MaxParts {
		a.Drafts = append(a.Drafts, claimed(ledger.ID{Key: ann, Target: fmt.Sprintf("target-%d", i)}))
		a.Pendings = append(a.Pendings, pending(ann, fmt.Sprintf("PENDING-%d", i)).ID)
	}
	for _, a := range []ledger.Acceptance{a, acceptance(ann, "token")} {
		if _, err := l.Accept(t.Context(), a); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(partsOf(t, w.bodies[0])); n != 83 { // DynamoDB takes 100 (API reference, TransactWriteItems)
		t.Errorf("%d parts", n)
	}
	if n := len(partsOf(t, w.bodies[1])); n != 4 {
		t.Errorf("%d parts of one that came directly", n)
	}
}

// A step on the ladder moves its count within one item, in the transaction that changes the channel; the sealed fields are left alone.
func TestPartsOfAStepOnTheLadder(t *testing.T) {
	w := &wire{}
	if _, err := stubbed(w).Settle(t.Context(), onward("token")); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"ACTION#protest-day#ann DELIVERY#paris": "the-ledger", "TALLY#protest-day#05 paris": "the-ledger"}
	if diff := cmp.Diff(want, partsOf(t, w.bodies[0])); diff != "" {
		t.Errorf("want (-), got (+):\n%s", diff)
	}
	for _, part := range []string{`"email.queued"`, `"fax.queued"`, `{"N":"-1"}`, `"protest-day#paris#fax"`} {
		if strings.Count(w.bodies[0], part) != 1 {
			t.Errorf("not once: %s in %s", part, w.bodies[0])
		}
	}
}

// The ration stands apart from the pendings: it is another hash, of a mailbox, and may be that of several signers.
func TestPartsOfAPend(t *testing.T) {
	w := &wire{}
	p := pending(ann, "FIRST")
	mail := invitation(p)
	if _, err := stubbed(w).Pend(t.Context(), p, mail); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"PENDING#protest-day#ann ID#" + p.ID:                                "the-private",
		"RATION#protest-day#mailbox MAIL":                                   "the-private",
		"SEALED#protest-day#" + p.ID + " SIGNER":                            "the-private",
		"ACTION#protest-day#" + p.ID + " DELIVERY#SIGNER":                   "the-ledger",
		fmt.Sprintf("TALLY#protest-day#%02d SIGNER", mail.Delivery.Shard()): "the-ledger",
	}
	if diff := cmp.Diff(want, partsOf(t, w.bodies[0])); diff != "" {
		t.Errorf("want (-), got (+):\n%s", diff)
	}
	if strings.Count(w.bodies[0], "mailbox") != 1 {
		t.Error("the ration is told beside the pending")
	}
}

// partsOf answers the keys that a transaction writes, and their tables.
func partsOf(t *testing.T, body string) map[string]string {
	t.Helper()
	var in struct {
		TransactItems      []json.RawMessage
		ClientRequestToken string
	}
	if err := json.Unmarshal([]byte(body), &in); err != nil {
		t.Fatal(err)
	}
	if n := len(in.ClientRequestToken); n < 1 || n > 36 {
		t.Errorf("a request token of %d characters", n)
	}
	got := map[string]string{}
	for _, raw := range in.TransactItems {
		var p part
		if err := json.Unmarshal(raw, &p); err != nil {
			t.Fatal(err)
		}
		table, key := p.tableAndKey()
		got[key] = table
		if table == "the-ledger" && strings.Contains(string(raw), `"B"`) {
			t.Errorf("bytes in the ledger table: %s", raw)
		}
	}
	if len(got) != len(in.TransactItems) {
		t.Errorf("%d parts write %d items", len(in.TransactItems), len(got))
	}
	return got
}

// An id from a form, which no pending can have, is not asked for: too long for a key, it would be answered as a failure of ours.
func TestNoPendingOfAForeignID(t *testing.T) {
	w := &wire{}
	l := stubbed(w)
	for _, id := range []string{"", "first", strings.Repeat("A", 5000), pending(ann, "FIRST").ID + "#MAIL"} {
		if _, err := l.Pending(t.Context(), ann, id, noon); !errors.Is(err, ledger.ErrNotFound) {
			t.Errorf("%.20s: %v", id, err)
		}
	}
	if n := w.calls(); n != 0 {
		t.Errorf("%d calls", n)
	}
}
