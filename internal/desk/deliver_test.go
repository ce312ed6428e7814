package desk

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	smithyhttp "github.com/aws/smithy-go/transport/http"

	"one-click-protest/internal/campaign"
	"one-click-protest/internal/ledger"
)

// ends runs deliver until it ends by itself.
func (d *depot) ends(t *testing.T, want int) (printed string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var out strings.Builder
	env := d.env(t)
	env.Stdout, env.Stderr = &out, &out
	args := append([]string{"deliver", "--smtp", "smtp://" + d.smtp.Addr}, d.place...)
	status := Main(ctx, env, append(append(args, d.private...), d.secret...))
	if ctx.Err() != nil {
		t.Fatalf("it does not end by itself:\n%s", out.String())
	}
	if status != want {
		t.Errorf("exit status %d, want %d:\n%s", status, want, out.String())
	}
	return out.String()
}

// deliver ends when nothing of what waits will leave soon, and says why.
func TestDeliverEndsWhereNothingWillLeave(t *testing.T) {
	d := onThisMachine(t, t.TempDir())
	d.sign(t, waiting, waiting)
	d.now = d.now.Add(time.Hour)
	d.run(t, ok, "pause", slug)
	has(t, d.ends(t, ok), "Nothing more leaves for now: 2 paused by an organizer.")
	d.run(t, ok, "resume", slug)
	d.files = rewritten(t, campaignFile, "release: 2007-12-02T09:00", "release: 2027-12-02T09:00")
	has(t, d.ends(t, ok), "Nothing more leaves for now: 2 whose hour comes later, the first at 2027-12-02 14:00 UTC.")
	d.files = rewritten(t, "directory/cn.csv", "\n"+embassy+",", "\ncn-us-elsewhere,")
	has(t, d.ends(t, ok), "Nothing more leaves for now: 2 without a way in the files.")
	d.files = live(t) // what waits is of the test mode's
	has(t, d.ends(t, ok), "Nothing more leaves for now: 2 without a way in the files.")
	d.files = nil
	has(t, d.ends(t, ok), "2 sent")
	if n := len(d.smtp.Mails()); n != 2 {
		t.Errorf("%d mails left, want 2", n)
	}
}

// While another process sends, deliver waits for it only where something may leave.
func TestDeliverWaitsForAnotherInVain(t *testing.T) {
	d := onThisMachine(t, t.TempDir())
	d.sign(t, waiting)
	d.now = d.now.Add(time.Hour)
	d.run(t, ok, "pause", slug)
	if held, err := ledger.Lease(t.Context(), d.ledger, "deliver", "another", d.now, d.now.Add(time.Minute)); err != nil || !held {
		t.Fatal(held, err)
	}
	has(t, d.ends(t, ok), "another process is sending", "1 paused by an organizer.")
}

// What waits is counted by when it leaves.
func TestStock(t *testing.T) {
	files := rewritten(t, campaignFile, "release: 2007-12-02T09:00", "release: 2026-12-02T09:00", "after_day: continue", "after_day: print")
	c, err := campaign.Open(files).Get(slug)
	if err != nil {
		t.Fatal(err)
	}
	release := time.Date(2026, 12, 2, 14, 0, 0, 0, time.UTC) // 09:00 in Washington
	tally := ledger.Tally{Deliveries: map[ledger.Bucket]int{
		{Target: embassy, Channel: ledger.ChannelEmail, State: ledger.StateQueued}:             5,
		{Target: embassy, Channel: ledger.ChannelEmail, State: ledger.StateHeld}:               9,
		{Target: "cn-xx-nowhere", Channel: ledger.ChannelEmail, State: ledger.StateQueued}:     3,
		{Target: "cn-fr-paris", Channel: ledger.ChannelEmail, State: ledger.StateQueued}:       2,
		{Target: ledger.TargetSigner, Channel: ledger.ChannelEmail, State: ledger.StateQueued}: 1,
	}}
	s := steering{
		campaigns: []*campaign.Campaign{c},
		controls:  map[string]ledger.Control{scope: {Targets: []string{"cn-fr-paris"}}},
		tallies:   map[string]ledger.Tally{scope: tally},
	}
	const rest = "Nothing more leaves for now: 2 paused by an organizer, 3 without a way in the files"
	for _, tc := range []struct {
		now  time.Time
		soon int
		want string
	}{
		{release.Add(-time.Hour), 1, rest + ", 5 whose hour comes later, the first at 2026-12-02 14:00 UTC."},
		{release.Add(-soon), 6, rest + "."},
		{release, 6, rest + "."},
		{release.Add(48 * time.Hour), 1, rest + ", 5 whose day is over."},
	} {
		got := s.stock(tc.now)
		if got.soon != tc.soon || got.all() != 11 || got.String() != tc.want {
			t.Errorf("%v: %d soon of %d: %s", tc.now, got.soon, got.all(), got)
		}
	}
	if got := (stock{}).String(); got != "Nothing waits." {
		t.Error(got)
	}
}

// An error that no other tick will get over ends deliver at once.
func TestDeliverEndsOnAnErrorThatStays(t *testing.T) {
	d := deployed(t)
	d.place = []string{"--ledger", "dynamo:no-such-table"}
	if out := d.ends(t, failed); strings.Count(out, "ResourceNotFoundException") != 1 {
		t.Errorf("printed:\n%s", out)
	}
}

// What could not be gone through is no success.
func TestDeliverFailsOnBrokenFiles(t *testing.T) {
	d := onThisMachine(t, t.TempDir())
	d.run(t, ok, "deliver", "--once")
	d.files = rewritten(t, campaignFile, "mode: test\n", "mode: perhaps\n")
	has(t, d.ends(t, failed), "not everything could be gone through")
}

func TestPassing(t *testing.T) {
	answered := func(status int) error {
		return &smithyhttp.ResponseError{Response: &smithyhttp.Response{Response: &http.Response{StatusCode: status}}, Err: os.ErrInvalid}
	}
	for _, tc := range []struct {
		err  error
		want bool
	}{
		{fmt.Errorf("tick: %w", ledger.ErrBusy), true},
		{fmt.Errorf("tick: %w", context.DeadlineExceeded), true},
		{&net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}, true},
		{fmt.Errorf("tick: %w", answered(503)), true},
		{fmt.Errorf("tick: %w", answered(400)), false},
		{fmt.Errorf("tick: %w", ledger.ErrNotAdopted), false},
		{&net.OpError{Op: "dial", Err: os.ErrPermission}, false},
		{os.ErrPermission, false},
	} {
		if got := passing(tc.err); got != tc.want {
			t.Errorf("%v: %v", tc.err, got)
		}
	}
}
