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

// The outbox index has a delivery while it is queued or claimed, in the order of time, and no longer. A claim does not move it.
func TestOutboxIndex(t *testing.T) {
	x := dynamotest.Open(t)
	l := x.Records(http.DefaultTransport)
	const soon, late, claims = "queued#2007-12-02T12:00:00.000Z", "queued#2007-12-02T14:00:00.000Z", "claimed#2007-12-02T12:01:00.000Z"
	is := func(what string, want ...string) {
		t.Helper()
		if got := outbox(t, x, "protest-day#paris#email"); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	a, b := waiting(ledger.Key{Campaign: "protest-day", Signer: "late"}, "paris"), waiting(ann, "paris")
	a.Drafts[0].Delivery.Next = noon.Add(2 * time.Hour)
	for _, a := range []ledger.Acceptance{a, b, acceptance(ledger.Key{Campaign: "protest-day", Signer: "inline"}, "token")} {
		if _, err := l.Accept(t.Context(), a); err != nil {
			t.Fatal(err)
		}
	}
	is("queued, and one claimed from its beginning", claims, soon, late)
	claim := ledger.Claim{ID: b.Drafts[0].Delivery.ID, Token: "claim", Now: noon, Until: noon.Add(time.Minute)}
	if _, won, err := l.Claim(t.Context(), claim); err != nil || !won {
		t.Fatalf("%v, %v", won, err)
	}
	is("claimed", claims, soon, late)
	again := release("release")
	again.Next = noon.Add(3 * time.Hour)
	if _, err := l.Settle(t.Context(), again); err != nil {
		t.Fatal(err)
	}
	is("given back", claims, late, "queued#2007-12-02T15:00:00.000Z")
	sent := settlement(b, "settle")
	sent.From, sent.Claim = ledger.StateQueued, ""
	if _, err := l.Settle(t.Context(), sent); err != nil {
		t.Fatal(err)
	}
	is("sent", claims, late)
}

// What has stranded stands in the index without a time, behind what waits, and what steps on stands in the queue of its new channel.
func TestOutboxIndexOfTheLadder(t *testing.T) {
	x := dynamotest.Open(t)
	l := x.Records(http.DefaultTransport)
	const soon = "queued#2007-12-02T12:00:00.000Z"
	email, fax := []string{soon, "stranded#ann"}, []string(nil)
	is := func(what string) {
		t.Helper()
		for partition, want := range map[string][]string{"protest-day#paris#email": email, "protest-day#paris#fax": fax} {
			if got := outbox(t, x, partition); !slices.Equal(got, want) {
				t.Errorf("%s: %s: %v, want %v", what, partition, got, want)
			}
		}
	}
	a, b := acceptance(ann, "token"), waiting(ledger.Key{Campaign: "protest-day", Signer: "bob"}, "paris")
	for _, a := range []ledger.Acceptance{a, b} {
		if _, err := l.Accept(t.Context(), a); err != nil {
			t.Fatal(err)
		}
	}
	bounced := settlement(a, "bounced")
	bounced.To, bounced.Stranded = ledger.StateBounced, true
	settled(t, l, bounced)
	is("stranded")
	next := settlement(b, "next")
	next.From, next.To, next.Next, next.Again, next.Into = ledger.StateQueued, ledger.StateQueued, noon, true, ledger.ChannelFax
	settled(t, l, next)
	email, fax = []string{"stranded#ann"}, []string{soon}
	is("one by fax")
	again := settlement(a, "again")
	again.From, again.To, again.Next, again.Again = ledger.StateBounced, ledger.StateQueued, noon, true
	settled(t, l, again)
	email = []string{soon}
	is("stranded no more")
}

// settled settles what stands there.
func settled(t *testing.T, l *dynamo.Ledger, s ledger.Settlement) {
	t.Helper()
	if changed, err := l.Settle(t.Context(), s); err != nil || !changed {
		t.Fatalf("%s to %s: %v, %v", s.From, s.To, changed, err)
	}
}

// However much has stranded, as many keys as are asked for are read, in one call, from behind any of them.
func TestStrandedReadsNoMoreThanItAnswers(t *testing.T) {
	w := &wire{then: pass}
	l := dynamotest.Open(t).Records(w)
	var ids []ledger.ID
	for i := range 6 {
		a := acceptance(ledger.Key{Campaign: "protest-day", Signer: fmt.Sprintf("signer-%02d", i)}, "token")
		if _, err := l.Accept(t.Context(), a); err != nil {
			t.Fatal(err)
		}
		s := settlement(a, "stranded")
		s.To, s.Stranded = ledger.StateFailed, i%3 > 0
		settled(t, l, s)
		if s.Stranded {
			ids = append(ids, s.ID)
		}
	}
	q := ledger.Queue{Campaign: "protest-day", Target: "paris", Channel: ledger.ChannelEmail}
	for _, c := range []struct {
		after ledger.ID
		n     int
		want  []ledger.ID
	}{
		{ledger.ID{}, 1, ids[:1]}, {ids[0], 2, ids[1:3]}, {ids[2], 9, ids[3:]}, {ids[3], 9, nil}, {ledger.ID{}, 9, ids},
	} {
		w.calls()
		got, err := l.Stranded(t.Context(), q, c.after, c.n)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%d behind %s: %v, %v; want %v", c.n, c.after.Signer, got, err, c.want)
		}
		if body := w.bodies[0]; len(w.bodies) != 1 || !strings.Contains(body, fmt.Sprintf(`"Limit":%d`, c.n)) || strings.Contains(body, "FilterExpression") {
			t.Errorf("%d calls; the first: %s", len(w.bodies), body)
		}
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

// However much is due or not due yet, as many keys as are asked for are read, in two calls at most.
func TestDueReadsNoMoreThanItAnswers(t *testing.T) {
	w := &wire{then: pass}
	l := dynamotest.Open(t).Records(w)
	for i := range 12 {
		a := waiting(ledger.Key{Campaign: "protest-day", Signer: fmt.Sprintf("signer-%02d", i)}, "paris")
		a.Drafts[0].Delivery.Next = noon.Add(time.Duration(i-5) * time.Minute)
		if i%4 == 0 {
			a.Drafts = acceptance(a.Action.Key, "token").Drafts // claimed for a minute
			a.Drafts[0].Delivery.Next = noon.Add(time.Duration(i-5) * time.Minute)
		}
		if _, err := l.Accept(t.Context(), a); err != nil {
			t.Fatal(err)
		}
	}
	for n, c := range map[int]struct {
		limits []int
		want   []string
	}{
		0:  {nil, nil},
		1:  {[]int{1}, []string{"signer-00"}},
		2:  {[]int{2}, []string{"signer-00", "signer-04"}},
		3:  {[]int{3, 1}, []string{"signer-00", "signer-04", "signer-01"}},
		50: {[]int{50, 48}, []string{"signer-00", "signer-04", "signer-01", "signer-02", "signer-03", "signer-05"}},
	} {
		w.calls()
		ds, err := l.Due(t.Context(), ledger.Queue{Campaign: "protest-day", Target: "paris", Channel: ledger.ChannelEmail}, noon, n)
		var got []string
		for _, d := range ds {
			got = append(got, d.ID.Signer)
		}
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%d: %v, %v; want %v", n, got, err, c.want)
		}
		if len(w.bodies) != len(c.limits) {
			t.Errorf("%d: %d calls, want %d", n, len(w.bodies), len(c.limits))
			continue
		}
		for i, body := range w.bodies {
			if !strings.Contains(body, fmt.Sprintf(`"Limit":%d`, c.limits[i])) || strings.Contains(body, "FilterExpression") {
				t.Errorf("%d: the call %d: %s", n, i, body)
			}
		}
	}
}
