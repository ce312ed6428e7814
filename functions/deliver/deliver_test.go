// Package main_test drives the real bootstrap as Lambda does, ticks of the schedule through the Runtime API, beside the real
// bootstrap of web that fills the outbox.
package main_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"one-click-protest/internal/ledger"
	"one-click-protest/internal/mailer/mailertest"
	"one-click-protest/internal/stack/runtimetest"
	"one-click-protest/internal/stack/stacktest"
)

const (
	slug  = "protest-day-2007"
	scope = slug + "-TEST"
	// timeout is the function's in template.yaml.
	timeout = time.Minute
)

// The bootstraps are built once.
func TestDeliver(t *testing.T) {
	deliver, web := runtimetest.Build(t, "one-click-protest/functions/deliver"), runtimetest.Build(t, "one-click-protest/functions/web")
	for name, test := range map[string]func(*testing.T, *cloud){
		"what waits is sent": sendsWhatWaits, "ticks overlap": ticksOverlap, "quota": stopsWithTheQuota,
		"another secret": anotherSecret, "no ledger": noLedger,
	} {
		t.Run(name, func(t *testing.T) {
			c := &cloud{Cloud: stacktest.New(t), deliver: deliver}
			c.web = c.Start(t, web)
			test(t, c)
		})
	}
}

// cloud has the real web, and a bootstrap to start.
type cloud struct {
	*stacktest.Cloud
	deliver string
	web     *runtimetest.Function
}

func (c *cloud) submit(t *testing.T, i int) {
	t.Helper()
	body := fmt.Sprintf(`{"name":"Zoltan Quibble","email":"zq%d@example.com","country":"US","language":"en","consent":"2007-11-01"}`, i)
	r := httptest.NewRequest("POST", stacktest.PublicURL+"/v1/campaigns/"+slug+"/actions", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	if a := c.web.Do(t, r); a.StatusCode != http.StatusAccepted {
		t.Fatalf("submission: status %d", a.StatusCode)
	}
}

// steer does what an organizer's command does.
func (c *cloud) steer(t *testing.T, f func(*ledger.Control)) {
	t.Helper()
	if err := ledger.Steer(t.Context(), c.Ledger, scope, f); err != nil {
		t.Fatal(err)
	}
}

func pause(control *ledger.Control)  { control.Pause("") }
func resume(control *ledger.Control) { control.ResumeAll() }

// queue has so many letters accepted that none is sent at once.
func (c *cloud) queue(t *testing.T, n int) {
	t.Helper()
	c.steer(t, pause)
	for i := range n {
		c.submit(t, i)
	}
	if sent, queued := len(c.SES.Mails()), c.Letters(t, scope, ledger.StateQueued); sent != 0 || queued != n {
		t.Fatalf("%d letters sent, %d queued, of %d", sent, queued, n)
	}
	c.steer(t, resume)
}

// scheduled is what EventBridge Scheduler sends; nothing in it matters.
var scheduled = []byte(`{"version":"0","detail-type":"Scheduled Event","source":"aws.scheduler","detail":{}}`)

// tick runs one, and answers the metrics it wrote.
func tick(t *testing.T, f *runtimetest.Function) map[string]float64 {
	t.Helper()
	before := len(stacktest.Metrics(t, f.Log(), stacktest.StackName))
	if _, err := f.InvokeWithin(scheduled, timeout); err != nil {
		t.Fatal(err)
	}
	return stacktest.Await(t, f, before+1)[before]
}

// A letter that found no slot is sent by a tick, once there is one.
func sendsWhatWaits(t *testing.T, c *cloud) {
	f := c.Start(t, c.deliver)
	to := ledger.Slots{Domain: "example.org", Mailbox: "testers@example.org", Pace: ledger.DefaultPace(), N: ledger.DefaultBurst, Now: time.Now().Add(time.Minute)}
	if g, err := ledger.Take(t.Context(), c.Ledger, to); err != nil || g.N != to.N { // others have used up what there is, and more
		t.Fatalf("%+v, %v", g, err)
	}
	c.submit(t, 0)
	want := map[string]float64{"Ticks": 1, "Queued": 1}
	got := tick(t, f)
	delete(got, "OldestSeconds") // the letter may be a second old
	if diff := cmp.Diff(want, got); diff != "" || len(c.SES.Mails()) != 0 {
		t.Fatalf("%d mails without a slot; metrics (-want +got):\n%s", len(c.SES.Mails()), diff)
	}

	free := func([]byte) ([]byte, error) { return nil, nil } // as if an hour had gone by
	if err := c.Ledger.Change(t.Context(), ledger.DocumentName("PACE", "example.org"), free); err != nil {
		t.Fatal(err)
	}
	if got = tick(t, f); got["Sent"] != 1 || got["Queued"] != 1 || got["Unknown"] != 0 {
		t.Errorf("metrics %v", got)
	}
	mails := c.SES.Mails()
	if len(mails) != 1 || !strings.Contains(mails[0].Text, "Zoltan Quibble") || c.Letters(t, scope, ledger.StateSent) != 1 {
		t.Errorf("mails: %v", mails)
	}
	if got = tick(t, f); cmp.Diff(map[string]float64{"Ticks": 1}, got) != "" || len(c.SES.Mails()) != 1 {
		t.Errorf("nothing waits: metrics %v", got)
	}
	if log := f.Log(); strings.Contains(log, "Quibble") || strings.Contains(log, "example.com") {
		t.Errorf("the log holds a signer:\n%s", log)
	}
}

// Two ticks overlap: the second leaves everything to the first.
func ticksOverlap(t *testing.T, c *cloud) {
	const letters = 5
	c.queue(t, letters)
	first, second := c.Start(t, c.deliver), c.Start(t, c.deliver)

	reached, answer := make(chan struct{}), make(chan struct{})
	c.SES.Script(func(w http.ResponseWriter, r *mailertest.Request) {
		close(reached)
		<-answer
		mailertest.Accept()(w, r)
	})
	done := make(chan error, 1)
	go func() { _, err := first.InvokeWithin(scheduled, timeout); done <- err }()
	select {
	case <-reached:
	case err := <-done:
		t.Fatalf("the tick ended without sending: %v", err)
	}
	if _, err := second.InvokeWithin(scheduled, timeout); err != nil {
		t.Fatal(err)
	}
	close(answer)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	// The second has the lease now, and finds nothing. Its first tick was none: else one that dies would look as if it were alive.
	if got := tick(t, second); cmp.Diff(map[string]float64{"Ticks": 1}, got) != "" || len(stacktest.Metrics(t, second.Log(), stacktest.StackName)) != 1 {
		t.Errorf("the second function's ticks: %v of\n%s", got, second.Log())
	}
	tags := map[string]int{}
	for _, m := range c.SES.Mails() {
		tags[fmt.Sprint(m.Tags)]++
	}
	if len(tags) != letters || len(c.SES.Mails()) != letters || c.Letters(t, scope, ledger.StateSent) != letters {
		t.Errorf("%d mails of %d letters: %v", len(c.SES.Mails()), letters, tags)
	}
}

// SES says by itself what it lets the account send; then nothing is tried.
func stopsWithTheQuota(t *testing.T, c *cloud) {
	c.queue(t, 3)
	account := mailertest.Unlimited()
	account.Max24HourSend = 2
	c.SES.SetAccount(account)
	f := c.Start(t, c.deliver)
	if got := tick(t, f); got["Halted"] != 1 || got["Sent"] != 2 || len(c.SES.Mails()) != 2 {
		t.Errorf("%d mails of a quota of 2: %v", len(c.SES.Mails()), got)
	}
	if n := c.Letters(t, scope, ledger.StateQueued); n != 1 {
		t.Errorf("%d letters wait, want 1", n)
	}
}

// Another secret makes what waits unreadable and every signer new: nothing leaves, and it is said why.
func anotherSecret(t *testing.T, c *cloud) {
	c.queue(t, 1)
	c.Env["PROTEST_SECRET_ENDPOINT"] = stacktest.Secrets(t, "another secret of 32 bytes or more")
	f := c.Start(t, c.deliver)
	if diff := cmp.Diff(map[string]float64{"Ticks": 1, "NotAdopted": 1}, tick(t, f)); diff != "" || len(c.SES.Mails()) != 0 {
		t.Errorf("%d mails; metrics (-want +got):\n%s", len(c.SES.Mails()), diff)
	}
}

// A ledger out of reach is an error, and no tick.
func noLedger(t *testing.T, c *cloud) {
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	c.Env["PROTEST_DYNAMODB_ENDPOINT"] = gone.URL
	f := c.Start(t, c.deliver)
	_, err := f.InvokeWithin(scheduled, time.Second)
	if err == nil || errors.Is(err, runtimetest.ErrExited) {
		t.Errorf("error %v", err)
	}
	if lines := stacktest.Metrics(t, f.Log(), stacktest.StackName); len(lines) != 0 {
		t.Errorf("metrics %v", lines)
	}
}
