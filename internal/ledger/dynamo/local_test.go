package dynamo_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"one-click-protest/internal/ledger"
	"one-click-protest/internal/ledger/dynamo"
	"one-click-protest/internal/ledger/dynamo/dynamotest"
)

// Answers of several pages are read to their end.
func TestPages(t *testing.T) {
	l := dynamotest.Open(t).Records(http.DefaultTransport)
	dynamo.PageSize(l, 2)
	const n = 7
	a := acceptance(ann, "token")
	a.Drafts = nil
	for i := range n {
		a.Drafts = append(a.Drafts, claimed(ledger.ID{Key: ann, Target: fmt.Sprintf("target-%d", i)}))
	}
	if _, err := l.Accept(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	_, ds, err := l.Find(t.Context(), ann)
	if err != nil || len(ds) != n {
		t.Errorf("Find: %d deliveries, %v", len(ds), err)
	}
	tally, err := l.Tally(t.Context(), ann.Campaign)
	if err != nil || len(tally.Deliveries) != n || tally.Actions != 1 {
		t.Errorf("Tally: %+v, %v", tally, err)
	}
	recount, err := ledger.Recount(l.Walk(t.Context(), ann.Campaign))
	if err != nil || len(recount.Deliveries) != n || recount.Actions != 1 {
		t.Errorf("Recount: %+v, %v", recount, err)
	}
}

// A stranger's flood under a signer's key, of several pages, costs a visitor one call that reads n items.
func TestWaitingReadsTheNewestAlone(t *testing.T) {
	const flood, n = 40, 20
	w := &wire{then: pass}
	l := dynamotest.Open(t).Records(w)
	for i := range flood {
		p := pending(ann, fmt.Sprintf("FLOOD-%02d", i))
		p.Sealed = make([]byte, 30_000)
		if _, err := l.Pend(t.Context(), p, invitation(p)); err != nil {
			t.Fatal(err)
		}
	}
	w.calls()
	ps, err := l.Waiting(t.Context(), ann, noon, n)
	if err != nil || len(ps) != n {
		t.Fatalf("%d, %v", len(ps), err)
	}
	for i, p := range ps {
		if want := fmt.Sprintf("FLOOD-%02d", flood-1-i); p.ID != ledger.PendingID(noon, want) {
			t.Errorf("%d: %s, want %s", i, p.ID, want)
		}
	}
	if body := w.bodies[0]; len(w.bodies) != 1 || !strings.Contains(body, fmt.Sprintf(`"Limit":%d`, n)) || strings.Contains(body, "FilterExpression") {
		t.Errorf("%d calls; the first: %s", len(w.bodies), body)
	}
}

// The outbox index has a delivery while it is queued or claimed, in the order of its next time, and no longer.
func TestOutboxIndex(t *testing.T) {
	x := dynamotest.Open(t)
	l := x.Records(http.DefaultTransport)
	var first ledger.Acceptance
	for i, signer := range []string{"late", "soon"} {
		k := ledger.Key{Campaign: "protest-day", Signer: signer}
		a := acceptance(k, "token")
		d := &a.Drafts[0].Delivery
		d.State, d.Claim, d.Next = ledger.StateQueued, "", noon.Add(time.Duration(2-i)*time.Hour)
		if _, err := l.Accept(t.Context(), a); err != nil {
			t.Fatal(err)
		}
		first = a
	}
	want := []string{"queued#2007-12-02T13:00:00.000Z", "queued#2007-12-02T14:00:00.000Z"}
	if got := outbox(t, x, "protest-day#paris"); !slices.Equal(got, want) {
		t.Errorf("queued: %v", got)
	}
	claim := settlement(first, "claim")
	claim.From, claim.To, claim.Next = ledger.StateQueued, ledger.StateClaimed, noon.Add(time.Minute)
	if _, err := l.Settle(t.Context(), claim); err != nil {
		t.Fatal(err)
	}
	want = []string{"claimed#2007-12-02T12:01:00.000Z", want[1]}
	if got := outbox(t, x, "protest-day#paris"); !slices.Equal(got, want) {
		t.Errorf("claimed: %v", got)
	}
	if _, err := l.Settle(t.Context(), settlement(first, "settle")); err != nil {
		t.Fatal(err)
	}
	if got := outbox(t, x, "protest-day#paris"); !slices.Equal(got, want[1:]) {
		t.Errorf("sent: %v", got)
	}
}

func outbox(t *testing.T, x dynamotest.Local, partition string) (due []string) {
	t.Helper()
	out, err := x.Client(http.DefaultTransport).Query(t.Context(), &dynamodb.QueryInput{
		TableName: &x.Ledger, IndexName: aws.String(dynamo.OutboxIndex), KeyConditionExpression: aws.String("outbox = :o"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":o": &types.AttributeValueMemberS{Value: partition}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, it := range out.Items {
		due = append(due, it["due"].(*types.AttributeValueMemberS).Value)
	}
	return due
}

// Every item of the private table that can be forgotten has its time to live.
func TestPrivateItemsExpire(t *testing.T) {
	x := dynamotest.Open(t)
	l := x.Records(http.DefaultTransport)
	p := pending(ann, "FIRST")
	if _, err := l.Pend(t.Context(), p, invitation(p)); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Accept(t.Context(), acceptance(ann, "token")); err != nil {
		t.Fatal(err)
	}
	out, err := x.Client(http.DefaultTransport).Scan(t.Context(), &dynamodb.ScanInput{TableName: &x.Private})
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Items) != 4 { // the pending, its mail's ration and sealed fields, the letter's sealed fields
		t.Errorf("%d items", len(out.Items))
	}
	for _, it := range out.Items {
		if _, ok := it[dynamo.TTL].(*types.AttributeValueMemberN); !ok {
			t.Errorf("%v %v never expires", it["pk"], it["sk"])
		}
	}
}
