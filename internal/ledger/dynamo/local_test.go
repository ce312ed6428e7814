package dynamo_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

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

// Every item of the private table that can be forgotten has its time to live.
func TestPrivateItemsExpire(t *testing.T) {
	x := dynamotest.Open(t)
	l := x.Records(http.DefaultTransport)
	p := pending(ann, "FIRST")
	if _, err := l.Pend(t.Context(), p, invitation(p)); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Accept(t.Context(), asking(acceptance(ann, "token"), "RANDOM")); err != nil {
		t.Fatal(err)
	}
	out, err := x.Client(http.DefaultTransport).Scan(t.Context(), &dynamodb.ScanInput{TableName: &x.Private})
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Items) != 5 { // the pending, its mail's ration and sealed fields, the letter's sealed fields, the subscriber
		t.Errorf("%d items", len(out.Items))
	}
	for _, it := range out.Items {
		if _, ok := it[dynamo.TTL].(*types.AttributeValueMemberN); !ok {
			t.Errorf("%v %v never expires", it["pk"], it["sk"])
		}
	}
}
