package outbox_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"one-click-protest/infra"
	"one-click-protest/internal/action"
	"one-click-protest/internal/address"
	"one-click-protest/internal/campaign"
	"one-click-protest/internal/fax"
	"one-click-protest/internal/figurestest"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/ledger/ledgertest"
)

// shippedLive answers the shipped files with their campaigns live: in test mode all letters would go to one mailbox, at its pace.
func shippedLive(t *testing.T) fstest.MapFS {
	t.Helper()
	live := strings.NewReplacer("mode: test\n", "mode: live\n", "testers: [testers@example.org]\n", "", "example.org", "protest.internal", "example.net", "gateway.internal")
	files := fstest.MapFS{}
	err := fs.WalkDir(infra.Files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(infra.Files, path)
		if strings.HasSuffix(path, "/campaign.yaml") {
			data = []byte(live.Replace(string(data)))
		}
		files[path] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// expected is when a signer was told to expect a letter, and by which way.
type expected struct {
	way campaign.Way
	at  time.Time
}

// everywhere is a campaign that somebody in each country of the world signs.
type everywhere struct {
	*simulation
	c    *campaign.Campaign
	told map[string]expected // by signer's id and target, of letters that the house sends
}

func newEverywhere(t *testing.T, slug string, now time.Time) *everywhere {
	t.Helper()
	e := &everywhere{simulation: &simulation{t: t, clock: &clock{now: now}, ledger: ledgertest.New()}, told: map[string]expected{}}
	e.mail = &clockedMailer{clock: e.clock}
	library := campaign.Open(shippedLive(t))
	e.process = start(t, e.ledger, e.ledger, e.mail, library, keys(t), e.clock.Now)
	e.deliverer.Fax = fax.Set
	var err error
	if e.c, err = library.Get(slug); err != nil {
		t.Fatal(err)
	}
	return e
}

var anyLink = regexp.MustCompile(`https://protest\.example/c/[a-z0-9-]+/confirm\?token=(\S+)`)

// sign has one signer of a country take part, and press the mailed link's button where the campaign asks for it.
func (e *everywhere) sign(i int, country address.Country) {
	e.t.Helper()
	sub := action.Submission{Name: "Ann Lee", Email: emailOf(i), Country: string(country), Language: "en", Consent: e.c.Consent.Version}
	r, err := e.service.Submit(e.t.Context(), e.c.Slug, sub)
	if err != nil {
		e.t.Fatalf("%s: %v", country, err)
	}
	if r.Confirm {
		e.confirm()
	}
	k, err := e.deliverer.Keys.Campaign(e.t.Context(), e.c.Scope())
	if err != nil {
		e.t.Fatal(err)
	}
	for _, entry := range r.Letters {
		at := entry.Expected
		if at.IsZero() { // at once
			at = e.clock.Now()
		}
		if entry.Way.Channel.Mailed() {
			e.told[k.SignerID(address.Email(sub.Email).Key())+" "+entry.Way.Target.ID] = expected{entry.Way, at}
		}
	}
}

func (e *everywhere) confirm() {
	e.t.Helper()
	found := anyLink.FindStringSubmatch(e.mail.mails[len(e.mail.mails)-1].m.Text)
	if found == nil {
		e.t.Fatal("no link is mailed")
	}
	e.mail.mails = e.mail.mails[:len(e.mail.mails)-1]
	opened, err := e.service.Open(e.t.Context(), e.c.Slug, found[1])
	if err != nil || len(opened.Waiting) != 1 {
		e.t.Fatalf("%d wait behind the link, %v", len(opened.Waiting), err)
	}
	if _, err := e.service.Confirm(e.t.Context(), e.c.Slug, found[1], opened.Waiting[0].ID, false); err != nil {
		e.t.Fatal(err)
	}
}

// Somebody in each country of the world signs each of the shipped campaigns: every letter leaves by the way that check shows, when its signer
// was told, or is given to its signer. None is left over.
func TestEverybodyEverywhere(t *testing.T) {
	t.Run("protest-day-2007", func(t *testing.T) {
		e := newEverywhere(t, "protest-day-2007", time.Date(2007, 11, 20, 12, 0, 0, 0, time.UTC))
		e.all()
		if n := len(e.mail.mails); n != 0 {
			t.Errorf("%d letters left before the day", n)
		}
		first, last := e.c.Release.In(time.FixedZone("", 14*60*60)), e.c.Release.In(time.FixedZone("", -12*60*60))
		e.clock.Add(first.Sub(e.clock.Now()))
		for ; e.clock.Now().Before(last.Add(8 * time.Hour)); e.clock.Add(time.Minute) {
			e.tick()
		}
		e.judge()
	})
	t.Run("free-mtu-leaders-2007", func(t *testing.T) {
		e := newEverywhere(t, "free-mtu-leaders-2007", time.Date(2007, 11, 28, 12, 0, 0, 0, time.UTC))
		e.all()
		e.tick()
		e.judge()
	})
}

func (e *everywhere) all() {
	e.t.Helper()
	for i, country := range address.Countries() {
		e.sign(i, country)
		e.clock.Add(5 * time.Second) // a mailbox takes one in four seconds
	}
}

// judge holds what left and what was counted to what signers were told and check shows.
func (e *everywhere) judge() {
	e.t.Helper()
	nth := map[address.Email]int{}
	slices.SortStableFunc(e.mail.mails, func(a, b left) int { return a.at.Compare(b.at) })
	for _, l := range e.mail.mails {
		id, _, _ := ledger.ParseTag(tagOf(l.m))
		want, ok := e.told[id.Signer+" "+id.Target]
		delete(e.told, id.Signer+" "+id.Target)
		if !ok || l.m.To[0] != want.way.To {
			e.t.Errorf("nobody was told of a letter to %s by %s, or twice", id.Target, l.m.To[0])
			continue
		}
		e.onTime(l, want, nth[l.m.To[0]])
		nth[l.m.To[0]]++
		if faxed := want.way.Channel == ledger.ChannelFax; faxed != (len(l.m.Attachments) == 1) || faxed && !bytes.HasPrefix(l.m.Attachments[0].Data, []byte("%PDF-")) {
			e.t.Errorf("to %s by %s: %d attachments", id.Target, want.way.Channel, len(l.m.Attachments))
		}
	}
	for of, want := range e.told {
		e.t.Errorf("%s: no letter left by %s", strings.Fields(of)[1], want.way.Channel)
	}
	e.booked()
}

// onTime: the first to an address leaves within a minute of when it was expected; the next as its pace allows, and all within its hours.
func (e *everywhere) onTime(l left, want expected, nth int) {
	e.t.Helper()
	pace := e.c.PaceOf(want.way).Mailbox
	interval := time.Hour / time.Duration(pace.PerHour-pace.Burst+1)
	late := want.at.Add(time.Minute + time.Duration(max(0, nth+1-pace.Burst))*(interval+time.Minute))
	if l.at.Before(want.at) || l.at.After(late) {
		e.t.Errorf("letter %d to %s left at %s, expected at %s", nth+1, l.m.To[0], e.c.Clock(want.way, l.at), e.c.Clock(want.way, want.at))
	}
	if ok, _ := e.c.SendableAt(want.way, l.at); !ok {
		e.t.Errorf("letter to %s left outside its hours: %s", l.m.To[0], e.c.Clock(want.way, l.at))
	}
}

// booked: the counts have each country's letter by its channel, in the state where it belongs.
func (e *everywhere) booked() {
	e.t.Helper()
	tally, err := e.ledger.Tally(e.t.Context(), e.c.Scope())
	if err != nil {
		e.t.Fatal(err)
	}
	want, got := map[string]int{}, map[string]int{}
	for _, row := range e.c.Coverage() {
		state := ledger.StateOffered
		if row.Channel.Mailed() {
			state = ledger.StateSent
		}
		want[fmt.Sprint(row.Channel, " ", state)]++
	}
	for b, n := range tally.Deliveries {
		if b.Target != ledger.TargetSigner {
			got[fmt.Sprint(b.Channel, " ", b.State)] += n
		}
	}
	if diff := cmp.Diff(want, got); diff != "" || tally.Actions != len(address.Countries()) {
		e.t.Errorf("%d took part; letters (-by check +by the counts):\n%s", tally.Actions, diff)
	}
	figurestest.Report(e.t, "%d signers, one a country: %v", tally.Actions, got)
}
