package dynamo_test

import (
	"maps"
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"one-click-protest/internal/ledger"
	"one-click-protest/internal/ledger/dynamo"
	"one-click-protest/internal/ledger/dynamo/dynamotest"
)

// attributes is an item by its numbers and texts.
type attributes = map[string]string

// tallies reads the items of a partition of the ledger table, the keys with them.
func tallies(t *testing.T, x dynamotest.Local, partition string) (its []attributes) {
	t.Helper()
	out, err := x.Client(http.DefaultTransport).Query(t.Context(), &dynamodb.QueryInput{
		TableName: &x.Ledger, KeyConditionExpression: aws.String("pk = :pk"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":pk": &types.AttributeValueMemberS{Value: partition}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, it := range out.Items {
		a := attributes{}
		for name, v := range it {
			switch v := v.(type) {
			case *types.AttributeValueMemberN:
				a[name] = v.Value
			case *types.AttributeValueMemberS:
				a[name] = v.Value
			}
		}
		its = append(its, a)
	}
	return its
}

// someday fills a ledger: two letters of ann's, in variants, whom the union brought, one of bob's that was sent, and a confirmation mail.
func someday(t *testing.T, l *dynamo.Ledger) {
	t.Helper()
	a := waiting(ann, "paris")
	a.Action.Partner = "union"
	a.Drafts = append(a.Drafts, waiting(ann, "oslo").Drafts...)
	a.Drafts[0].Delivery.Variant, a.Drafts[1].Delivery.Variant = 2, 11
	b := acceptance(ledger.Key{Campaign: ann.Campaign, Signer: "bob"}, "token")
	elsewhere := acceptance(ledger.Key{Campaign: "another-day", Signer: "ann"}, "token")
	for _, a := range []ledger.Acceptance{a, b, elsewhere} {
		if _, err := l.Accept(t.Context(), a); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := l.Settle(t.Context(), settlement(b, "settle")); err != nil {
		t.Fatal(err)
	}
	p := pending(ann, "FIRST")
	if _, err := l.Pend(t.Context(), p, invitation(p)); err != nil {
		t.Fatal(err)
	}
}

func counted(target string, s ledger.State) ledger.Bucket {
	return ledger.Bucket{Target: target, Channel: ledger.ChannelEmail, State: s}
}

var sumOfSomeday = ledger.Tally{
	Actions: 2, Partners: map[string]ledger.Brought{"union": {Claimed: 1}},
	Deliveries: map[ledger.Bucket]int{
		counted("paris", ledger.StateQueued): 1, counted("oslo", ledger.StateQueued): 1, counted("paris", ledger.StateSent): 1,
		counted(ledger.TargetSigner, ledger.StateQueued): 1,
	},
	Variants: map[int]int{2: 1, 11: 1},
}

// What organizers read: one number for each state of letters, whatever the target, and mail to signers apart.
func TestRollWritesTheTotal(t *testing.T) {
	w := &wire{then: pass}
	x := dynamotest.Open(t)
	l := x.Records(w)
	someday(t, l)
	want := attributes{
		"pk": "TALLY#protest-day", "sk": "TOTAL", "actions": "2", "email.queued": "2", "email.sent": "1", "SIGNER.email.queued": "1",
		"FROM.union.claimed": "1", "VARIANT.2": "1", "VARIANT.11": "1",
	}
	w.calls()
	for _, calls := range []int{ledger.Shards + 2, ledger.Shards + 1} { // what stands already is not written
		tally, err := l.Roll(t.Context(), ann.Campaign, noon)
		if err != nil || !tally.Equal(sumOfSomeday) {
			t.Errorf("%v, %v", tally, err)
		}
		if n := w.calls(); n != calls {
			t.Errorf("%d calls, want %d", n, calls)
		}
		if diff := cmp.Diff([]attributes{want}, tallies(t, x, "TALLY#protest-day")); diff != "" {
			t.Errorf("want (-), got (+):\n%s", diff)
		}
	}
	by := acceptance(ledger.Key{Campaign: ann.Campaign, Signer: "cy"}, "token")
	by.Action.Partner, by.Action.PartnerVerified = "union", true
	if _, err := l.Accept(t.Context(), by); err != nil {
		t.Fatal(err)
	}
	s := settlement(waiting(ann, "oslo"), "settle")
	s.From = ledger.StateQueued
	if _, err := l.Settle(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if _, err := x.Records(http.DefaultTransport).Roll(t.Context(), ann.Campaign, noon); err != nil {
		t.Fatal(err)
	}
	want["email.queued"], want["email.sent"], want["actions"], want["FROM.union.verified"] = "2", "2", "3", "1"
	if diff := cmp.Diff([]attributes{want}, tallies(t, x, "TALLY#protest-day")); diff != "" {
		t.Errorf("want (-), got (+):\n%s", diff)
	}
	if tally, err := l.Tally(t.Context(), ann.Campaign); err != nil || tally.Actions != 3 || len(tally.Deliveries) != 4 || len(tally.Partners) != 1 {
		t.Errorf("the total is counted: %v, %v", tally, err)
	}
}

// place is the tally item of a delivery.
func place(x dynamotest.Local, id ledger.ID) (table *string, key map[string]types.AttributeValue) {
	shard := []string{"00", "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13", "14", "15"}[id.Shard()]
	return &x.Ledger, map[string]types.AttributeValue{
		"pk": &types.AttributeValueMemberS{Value: "TALLY#" + id.Campaign + "#" + shard},
		"sk": &types.AttributeValueMemberS{Value: id.Target},
	}
}

func add(t *testing.T, x dynamotest.Local, id ledger.ID, name, n string) {
	t.Helper()
	addTo(t, x, id, id.Target, name, n)
}

// addTo adds to another item of a delivery's shard.
func addTo(t *testing.T, x dynamotest.Local, id ledger.ID, sort, name, n string) {
	t.Helper()
	table, key := place(x, id)
	key["sk"] = &types.AttributeValueMemberS{Value: sort}
	_, err := x.Client(http.DefaultTransport).UpdateItem(t.Context(), &dynamodb.UpdateItemInput{
		TableName: table, Key: key, UpdateExpression: aws.String("ADD #n :n"), ExpressionAttributeNames: map[string]string{"#n": name},
		ExpressionAttributeValues: map[string]types.AttributeValue{":n": &types.AttributeValueMemberN{Value: n}},
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestRepair(t *testing.T) {
	paris, nobody := ledger.ID{Key: ann, Target: "paris"}, ledger.ID{Key: ann, Target: "nobody"}
	for name, c := range map[string]struct {
		spoil func(*testing.T, dynamotest.Local)
		want  bool
	}{
		"right":                         {func(*testing.T, dynamotest.Local) {}, false},
		"zeros":                         {func(t *testing.T, x dynamotest.Local) { add(t, x, nobody, "email.sent", "0") }, false},
		"a count too high":              {func(t *testing.T, x dynamotest.Local) { add(t, x, paris, "email.queued", "5") }, true},
		"a count below zero":            {func(t *testing.T, x dynamotest.Local) { add(t, x, paris, "email.bounced", "-1") }, true},
		"too many actions":              {func(t *testing.T, x dynamotest.Local) { add(t, x, paris, "actions", "1") }, true},
		"a target that nobody wrote to": {func(t *testing.T, x dynamotest.Local) { add(t, x, nobody, "email.sent", "3") }, true},
		"a partner's too high":          {func(t *testing.T, x dynamotest.Local) { addTo(t, x, paris, "FROM#union", "claimed", "2") }, true},
		"a partner's in the wrong one": {func(t *testing.T, x dynamotest.Local) {
			addTo(t, x, paris, "FROM#union", "claimed", "-1")
			addTo(t, x, paris, "FROM#union", "verified", "1")
		}, true},
		"a partner who brought nobody": {func(t *testing.T, x dynamotest.Local) { addTo(t, x, paris, "FROM#nobody", "verified", "1") }, true},
		"a partner's zeros":            {func(t *testing.T, x dynamotest.Local) { addTo(t, x, paris, "FROM#nobody", "verified", "0") }, false},
		"from before partners counted": {func(t *testing.T, x dynamotest.Local) { addTo(t, x, paris, "FROM#union", "claimed", "-1") }, true},
		"a variant's too high":         {func(t *testing.T, x dynamotest.Local) { add(t, x, paris, "v2", "3") }, true},
		"a variant that nobody wrote":  {func(t *testing.T, x dynamotest.Local) { add(t, x, paris, "v30", "1") }, true},
		"a variant's zeros":            {func(t *testing.T, x dynamotest.Local) { add(t, x, nobody, "v30", "0") }, false},
		"from before variants counted": {func(t *testing.T, x dynamotest.Local) { add(t, x, paris, "v2", "-1") }, true},
		"an item lost": {func(t *testing.T, x dynamotest.Local) {
			table, key := place(x, paris)
			if _, err := x.Client(http.DefaultTransport).DeleteItem(t.Context(), &dynamodb.DeleteItemInput{TableName: table, Key: key}); err != nil {
				t.Fatal(err)
			}
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := dynamotest.Open(t)
			l := x.Records(http.DefaultTransport)
			someday(t, l)
			c.spoil(t, x)
			for _, want := range []bool{c.want, false} {
				if changed, err := l.Repair(t.Context(), ann.Campaign); err != nil || changed != want {
					t.Errorf("%v, %v; want %v", changed, err, want)
				}
				if tally, err := l.Tally(t.Context(), ann.Campaign); err != nil || !tally.Equal(sumOfSomeday) {
					t.Errorf("%v, %v", tally, err)
				}
			}
			if other, err := l.Tally(t.Context(), "another-day"); err != nil || other.Actions != 1 {
				t.Errorf("another campaign: %v, %v", other, err)
			}
			a := acceptance(ledger.Key{Campaign: ann.Campaign, Signer: "cy"}, "token") // and goes on
			if _, err := l.Accept(t.Context(), a); err != nil {
				t.Fatal(err)
			}
			if tally, err := l.Tally(t.Context(), ann.Campaign); err != nil || tally.Actions != 3 || tally.Deliveries[counted("paris", ledger.StateQueued)] != 2 {
				t.Errorf("after it: %v, %v", tally, err)
			}
		})
	}
}

// All campaigns' records, and nothing else that stands in the table.
func TestWalkOfAllCampaigns(t *testing.T) {
	l := dynamotest.Open(t).Records(http.DefaultTransport)
	someday(t, l)
	if _, err := l.Roll(t.Context(), ann.Campaign, noon); err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for e, err := range l.Walk(t.Context(), "") {
		switch {
		case err != nil:
			t.Fatal(err)
		case e.Action != nil:
			got["action "+e.Action.Campaign]++
		case e.Delivery != nil:
			got["delivery "+e.Delivery.Campaign]++
		}
	}
	want := map[string]int{"action protest-day": 2, "delivery protest-day": 4, "action another-day": 1, "delivery another-day": 1}
	if !maps.Equal(got, want) {
		t.Errorf("%v", got)
	}
}
