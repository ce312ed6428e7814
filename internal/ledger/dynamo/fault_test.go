package dynamo_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"one-click-protest/internal/ledger"
	"one-click-protest/internal/ledger/dynamo"
	"one-click-protest/internal/ledger/dynamo/dynamotest"
)

// fault is what one request meets on its way.
type fault func(r *http.Request) (*http.Response, error)

var errReset = errors.New("connection reset by peer")

func pass(r *http.Request) (*http.Response, error) {
	if r.URL.Host == stub {
		return reply(r, 200, "{}"), nil
	}
	return http.DefaultTransport.RoundTrip(r)
}

// lostBefore breaks the connection before the service sees the request.
func lostBefore(*http.Request) (*http.Response, error) { return nil, errReset }

// lostAfter carries the request out and loses the answer.
func lostAfter(r *http.Request) (*http.Response, error) {
	response, err := pass(r)
	if err == nil {
		_, err = io.Copy(io.Discard, response.Body)
		err = errors.Join(err, response.Body.Close(), errReset)
	}
	return nil, err
}

// cutAfter carries the request out and cuts the answer short.
func cutAfter(r *http.Request) (*http.Response, error) {
	response, err := pass(r)
	if err != nil {
		return nil, err
	}
	if err := response.Body.Close(); err != nil {
		return nil, err
	}
	response.Body = io.NopCloser(io.MultiReader(strings.NewReader(`{"Item`), broken{}))
	return response, nil
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// failedAfter carries the request out and answers that it failed.
func failedAfter(r *http.Request) (*http.Response, error) {
	_, err := lostAfter(r)
	if !errors.Is(err, errReset) {
		return nil, err
	}
	return answer(500, "InternalServerError", "")(r)
}

// silentAfter carries the request out and never answers.
func silentAfter(r *http.Request) (*http.Response, error) {
	_, _ = lostAfter(r)
	return silent(r)
}

func silent(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// answer is an error of the service: its code, and further members of its body.
func answer(status int, code, members string) fault {
	body := `{"__type":"com.amazonaws.dynamodb.v20120810#` + code + `","message":"injected"` + members + `}`
	return func(r *http.Request) (*http.Response, error) { return reply(r, status, body), nil }
}

func reply(r *http.Request, status int, body string) *http.Response {
	return &http.Response{
		StatusCode: status, Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}},
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: r,
	}
}

// cancelled is a transaction cancelled for these reasons, one for each part.
func cancelled(codes ...string) fault {
	var reasons []string
	for _, c := range codes {
		reasons = append(reasons, `{"Code":"`+c+`"}`)
	}
	return answer(400, "TransactionCanceledException", `,"CancellationReasons":[`+strings.Join(reasons, ",")+`]`)
}

// The faults of which surely nothing was written, and those after which it may have been.
var refusals = map[string]fault{
	"throttled":             answer(400, "ThrottlingException", ""),
	"over throughput":       answer(400, "ProvisionedThroughputExceededException", ""),
	"over the request rate": answer(400, "RequestLimitExceeded", ""),
	"conflict":              answer(400, "TransactionConflictException", ""),
	"a part in conflict":    cancelled("None", "TransactionConflict"),
	"a part throttled":      cancelled("ThrottlingError", "None"),
	"a part over":           cancelled("None", "ProvisionedThroughputExceeded"),
}

var losses = map[string]fault{
	"connection lost before": lostBefore,
	"unavailable":            answer(503, "ServiceUnavailable", ""),
	"in progress":            answer(400, "TransactionInProgressException", ""),
	"silence before":         silent,
}

var lossesAfterEffect = map[string]fault{
	"connection lost after": lostAfter,
	"answer cut":            cutAfter,
	"failed after":          failedAfter,
	"silence after":         silentAfter,
}

// wire is a connection on which the first requests meet faults. It keeps what was asked.
type wire struct {
	mu     sync.Mutex
	faults []fault
	then   fault // for the requests after
	bodies []string
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r = r.Clone(r.Context())
	r.Body = io.NopCloser(bytes.NewReader(body))
	return w.next(string(body))(r)
}

func (w *wire) next(body string) fault {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.bodies = append(w.bodies, body)
	if len(w.faults) == 0 {
		return w.then
	}
	f := w.faults[0]
	w.faults = w.faults[1:]
	return f
}

// calls answers how many requests were made since the last time.
func (w *wire) calls() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := len(w.bodies)
	w.bodies = nil
	return n
}

// On DynamoDB Local: whatever is lost on the way, the answers are those of a quiet day, and everything is counted once.
func TestAnswersStayRight(t *testing.T) {
	dynamotest.Open(t) // skips where there is no DynamoDB Local
	for _, group := range []map[string]fault{refusals, losses, lossesAfterEffect} {
		for name, f := range group {
			times := 2
			if strings.HasPrefix(name, "silence") {
				times = 1 // each takes an attempt's whole time
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				wire := &wire{then: pass}
				l := dynamotest.Open(t).Records(wire)
				dynamo.Hurry(l)
				day{t, l, wire, f, times}.run()
			})
		}
	}
}

// day is every write of a ledger's day, each of whose calls meets a fault some times.
type day struct {
	*testing.T
	ledger *dynamo.Ledger
	wire   *wire
	fault  fault
	times  int
}

func (d day) run() {
	k := ledger.Key{Campaign: "protest-day", Signer: "ann"}
	a := asking(acceptance(k, "token"), "ANN")
	d.says("accept", true, func() (bool, error) { return d.ledger.Accept(d.Context(), a) })
	d.says("accept, repeated", true, func() (bool, error) { return d.ledger.Accept(d.Context(), a) })
	d.says("accept of another", false, func() (bool, error) { return d.ledger.Accept(d.Context(), asking(acceptance(k, "another"), "OTHER")) })
	anew := asking(acceptance(k, "token"), "ANEW")
	anew.Drafts[0].Sealed = []byte("sealed anew")
	d.says("accept, repeated with another seal", true, func() (bool, error) { return d.ledger.Accept(d.Context(), anew) })

	s := settlement(a, "settle")
	d.says("settle", true, func() (bool, error) { return d.ledger.Settle(d.Context(), s) })
	d.says("settle, repeated", true, func() (bool, error) { return d.ledger.Settle(d.Context(), s) })
	d.says("settle of another", false, func() (bool, error) { return d.ledger.Settle(d.Context(), settlement(a, "another")) })

	first, second := pending(k, "FIRST"), pending(k, "SECOND")
	for range 2 {
		d.says("pend", true, func() (bool, error) { return d.ledger.Pend(d.Context(), first, invitation(first)) })
		d.says("pend without mail", false, func() (bool, error) { return d.ledger.Pend(d.Context(), second, invitation(second)) })
	}
	d.says("keep", true, func() (bool, error) {
		return true, d.ledger.Keep(d.Context(), ledger.Version{Digest: "digest", Text: []byte("text")})
	})
	d.says("adopted", true, func() (bool, error) { return true, d.ledger.Adopted(d.Context(), "ours") })
	d.says("adopt", true, func() (bool, error) { return true, d.ledger.Adopt(d.Context(), "theirs") })
	d.says("adopted anew", true, func() (bool, error) { return true, d.ledger.Adopted(d.Context(), "theirs") })
	d.sending()
	d.handing()
	d.says("roll", true, func() (bool, error) { _, err := d.ledger.Roll(d.Context(), "protest-day", noon); return true, err })
	d.says("repair", false, func() (bool, error) { return d.ledger.Repair(d.Context(), "protest-day") })
	d.wire.faults = nil
	d.counted()
}

// sending is the way of a letter that was queued: claimed, given back, claimed again, unknown, resent, and sent on by other channels.
func (d day) sending() {
	a := waiting(ledger.Key{Campaign: "protest-day", Signer: "bob"}, "oslo")
	a.Drafts[0].Delivery.Variant = 3
	d.says("accept, queued", true, func() (bool, error) { return d.ledger.Accept(d.Context(), a) })
	id := a.Drafts[0].Delivery.ID
	claim := func(what, token string, want bool) {
		d.Helper()
		d.says(what, want, func() (bool, error) {
			_, won, err := d.ledger.Claim(d.Context(), ledger.Claim{ID: id, Token: token, Now: noon, Until: noon.Add(time.Minute)})
			return won, err
		})
	}
	settle := func(what string, s ledger.Settlement) {
		d.Helper()
		for range 2 {
			d.says(what, true, func() (bool, error) { return d.ledger.Settle(d.Context(), s) })
		}
	}
	s := ledger.Settlement{ID: id, Attempt: 1, Channel: ledger.ChannelEmail, At: noon, Next: noon}
	claim("claim", "first", true)
	claim("claim, repeated", "first", true)
	claim("claim of another", "another", false)
	s.From, s.To, s.Claim, s.Token = ledger.StateClaimed, ledger.StateQueued, "first", "release"
	settle("release", s)
	claim("claim again", "second", true)
	s.To, s.Claim, s.Token = ledger.StateUnknown, "second", "lapse"
	settle("lapse", s)
	s.From, s.To, s.Again, s.Token = ledger.StateUnknown, ledger.StateQueued, true, "again"
	settle("next attempt", s)
	d.ladder(s, settle)
}

// ladder takes the letter of that next attempt on by other channels.
func (d day) ladder(s ledger.Settlement, settle func(what string, s ledger.Settlement)) {
	s.Attempt, s.From, s.Into, s.Token = 2, ledger.StateQueued, ledger.ChannelFax, "fax"
	settle("step on the ladder", s)
	s.Attempt, s.Channel, s.To, s.Again, s.Into, s.Stranded, s.Token = 3, ledger.ChannelFax, ledger.StateBounced, false, "", true, "bounced"
	settle("stranded", s)
	d.says("what has stranded", true, func() (bool, error) {
		ids, err := d.ledger.Stranded(d.Context(), ledger.Queue{Campaign: s.ID.Campaign, Target: s.ID.Target, Channel: ledger.ChannelFax}, ledger.ID{}, 9)
		return len(ids) == 1, err
	})
	s.From, s.To, s.Again, s.Into, s.Stranded, s.Token = ledger.StateBounced, ledger.StateQueued, true, ledger.ChannelRelay, false, "relay"
	settle("last step on the ladder", s)
}

// handing is a partner's export: its subscribers are read, and taken off.
func (d day) handing() {
	list := func(what string, want int) {
		d.Helper()
		d.says(what, true, func() (bool, error) {
			ss, err := d.ledger.Subscribers(d.Context(), "protest-day", "union", "", noon, 9)
			return len(ss) == want, err
		})
	}
	list("subscribers", 1)
	for range 2 {
		d.says("unsubscribe", true, func() (bool, error) {
			return true, d.ledger.Unsubscribe(d.Context(), "protest-day", "union", []string{"ANN"})
		})
	}
	list("subscribers, handed over", 0)
}

// says makes one call whose first requests meet the fault.
func (d day) says(what string, want bool, call func() (bool, error)) {
	d.Helper()
	d.wire.mu.Lock()
	d.wire.faults = nil
	for range d.times {
		d.wire.faults = append(d.wire.faults, d.fault)
	}
	d.wire.mu.Unlock()
	if got, err := call(); got != want || err != nil {
		d.Errorf("%s: %v, %v; want %v", what, got, err, want)
	}
}

func (d day) counted() {
	t, err := d.ledger.Tally(d.Context(), "protest-day")
	if err != nil {
		d.Fatal(err)
	}
	recount, err := ledger.Recount(d.ledger.Walk(d.Context(), "protest-day"))
	if err != nil {
		d.Fatal(err)
	}
	sent := ledger.Bucket{Target: "paris", Channel: ledger.ChannelEmail, State: ledger.StateSent}
	mail := ledger.Bucket{Target: ledger.TargetSigner, Channel: ledger.ChannelEmail, State: ledger.StateQueued}
	again := ledger.Bucket{Target: "oslo", Channel: ledger.ChannelRelay, State: ledger.StateQueued}
	partners := map[string]ledger.Brought{"union": {Verified: 1}}
	want := ledger.Tally{Actions: 2, Partners: partners, Deliveries: map[ledger.Bucket]int{sent: 1, mail: 1, again: 1}, Variants: map[int]int{3: 1}}
	for what, t := range map[string]ledger.Tally{"tally": t, "recount": recount} {
		if !t.Equal(want) {
			d.Errorf("%s: %+v", what, t)
		}
	}
}

var noon = time.Date(2007, 12, 2, 12, 0, 0, 0, time.UTC)

func acceptance(k ledger.Key, token string) ledger.Acceptance {
	return ledger.Acceptance{
		Action: ledger.Action{Key: k, Day: noon, Token: token},
		Drafts: []ledger.Draft{claimed(ledger.ID{Key: k, Target: "paris"})},
	}
}

// asking is an acceptance of a signer whom a partner brought, and who asks to be kept informed by it.
func asking(a ledger.Acceptance, id string) ledger.Acceptance {
	a.Action.Partner, a.Action.PartnerVerified = "union", true
	a.Subscriber = subscriber(a, id, []byte("sealed words of a signer"))
	return a
}

func subscriber(a ledger.Acceptance, id string, sealed []byte) *ledger.Subscriber {
	return &ledger.Subscriber{
		Campaign: a.Action.Campaign, Partner: a.Action.Partner, ID: id, Sealed: sealed, Expires: noon.Add(30 * 24 * time.Hour),
	}
}

func claimed(id ledger.ID) ledger.Draft {
	return ledger.Draft{
		Delivery: ledger.Delivery{
			ID: id, Attempt: 1, Channel: ledger.ChannelEmail, State: ledger.StateClaimed, Claim: "claim",
			Next: noon.Add(time.Minute), Changed: noon,
		},
		Sealed:  []byte("sealed words of a signer"),
		Expires: noon.Add(time.Hour),
	}
}

// waiting is an acceptance whose letter is queued, due at noon.
func waiting(k ledger.Key, target string) ledger.Acceptance {
	a := acceptance(k, "token")
	d := &a.Drafts[0].Delivery
	d.Target, d.State, d.Claim, d.Next = target, ledger.StateQueued, "", noon
	return a
}

func settlement(a ledger.Acceptance, token string) ledger.Settlement {
	return ledger.Settlement{
		ID: a.Drafts[0].Delivery.ID, Attempt: 1, Channel: ledger.ChannelEmail, Claim: "claim", From: ledger.StateClaimed,
		To: ledger.StateSent, At: noon, Token: token,
	}
}

func pending(k ledger.Key, name string) ledger.Pending {
	return ledger.Pending{
		Key: k, ID: ledger.PendingID(noon, name), Ration: "mailbox", Sealed: []byte("sealed words of a signer"),
		At: noon, Expires: noon.Add(time.Hour),
	}
}

func invitation(p ledger.Pending) ledger.Draft {
	return claimed(ledger.ID{Key: ledger.Key{Campaign: p.Campaign, Signer: p.ID}, Target: ledger.TargetSigner})
}
