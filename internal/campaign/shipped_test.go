package campaign_test

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"one-click-protest/infra"
	"one-click-protest/internal/address"
	"one-click-protest/internal/campaign"
	"one-click-protest/internal/ledger"
)

var update = flag.Bool("update", false, "write the goldens anew")

// countries of ISO 3166-1, and Kosovo.
const countries = 250

func TestShippedCheck(t *testing.T) {
	if err := campaign.Open(infra.Files).Check(); err != nil {
		t.Fatal(err)
	}
}

// TestShippedCoverage: in both campaigns a signer in each country has something to do. Run with -v for the tables.
func TestShippedCoverage(t *testing.T) {
	l := campaign.Open(infra.Files)
	if len(l.Slugs()) == 0 {
		t.Fatal("no campaigns")
	}
	for _, slug := range l.Slugs() {
		t.Run(slug, func(t *testing.T) {
			c, err := l.Get(slug)
			if err != nil {
				t.Fatal(err)
			}
			rows := c.Coverage()
			if len(rows) != countries || len(rows) != len(address.Countries()) {
				t.Errorf("%d rows", len(rows))
			}
			table := coverage(c, rows)
			t.Log("\n" + table)
			golden(t, filepath.Join("testdata", "coverage", slug+".txt"), table)
		})
	}
}

// coverage writes the table as a reviewer reads it, and below it what the channels carry.
func coverage(c *campaign.Campaign, rows []campaign.Row) string {
	var b strings.Builder
	by := map[ledger.Channel]int{}
	for _, r := range rows {
		by[r.Channel]++
		asOf := "unknown"
		if !r.AsOf.IsZero() {
			asOf = r.AsOf.Format("2006-01-02")
		}
		fmt.Fprintf(&b, "%s | %s | %s | %s | %s | %s | %s | %s | %s | %s\n", r.Country, r.Target.ID, r.Channel, r.Address, asOf, r.Zone, expected(c, r), r.Salutation, r.Language, r.Why)
	}
	for _, channel := range []ledger.Channel{ledger.ChannelEmail, ledger.ChannelFax, ledger.ChannelRelay, ledger.ChannelPrint, ledger.ChannelSelf} {
		fmt.Fprintf(&b, "%s: %d\n", channel, by[channel])
	}
	return b.String()
}

// expected is when a letter signed as the campaign opens reaches the target, on its own clocks.
func expected(c *campaign.Campaign, r campaign.Row) string {
	if !r.Channel.Mailed() {
		return "by hand"
	}
	w := campaign.Way{Target: r.Target, Channel: r.Channel}
	return c.Clock(w, c.Expected(w, c.Opens)).Format(time.RFC3339)
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (go test -update writes it anew):\n%s", name, diff)
	}
}

// TestShippedPromises holds the examples to what their authors meant and to the project's choices.
func TestShippedPromises(t *testing.T) {
	day, mtu := mustLoad(t, infra.Files, "protest-day-2007"), mustLoad(t, infra.Files, "free-mtu-leaders-2007")
	if day.Confirm != campaign.ConfirmEdited || mtu.Confirm != campaign.ConfirmAlways || mtu.ReplyTo != campaign.ReplyToSigner {
		t.Error("proof")
	}
	for _, c := range []*campaign.Campaign{day, mtu} {
		if c.Mode != campaign.Test || !c.Closes.IsZero() || c.Editable != campaign.EditWhole {
			t.Errorf("%s: %s, closes %s, %s", c.Slug, c.Mode, c.Closes, c.Editable)
		}
	}
	minister := mtu.Ways("DE")[0]
	if want := []address.Phone{"+8225033532", "+8225009128"}; cmp.Diff(want, minister.Target.Fax) != "" || minister.Channel != ledger.ChannelRelay {
		t.Errorf("the minister: %v %s", minister.Target.Fax, minister.Channel)
	}
	if got := day.Release.String(); got != "2007-12-02T09:00" {
		t.Errorf("release %s", got)
	}
	if got := len(day.Letters) + len(mtu.Letters); got != 5 {
		t.Errorf("%d letters", got)
	}
}

func BenchmarkLoad(b *testing.B) {
	for _, slug := range campaign.Open(infra.Files).Slugs() {
		b.Run(slug, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := campaign.Load(infra.Files, slug); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkWays(b *testing.B) {
	c := mustLoad(b, infra.Files, "protest-day-2007")
	now := at(b, "2007-11-20T00:00:00Z")
	for b.Loop() {
		if c.Expected(c.Ways("DE")[0], now).IsZero() {
			b.Fatal("no time")
		}
	}
}

// TestReadme: the organizers' page names every key that the loader knows.
func TestReadme(t *testing.T) {
	readme, err := fs.ReadFile(infra.Files, "campaigns/README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, err = campaign.Load(changed(t, change{yamlOfMinister, "mode: live", "mode: live\nnonsense: x"}), "minister")
	var broken campaign.Problems
	if !errors.As(err, &broken) {
		t.Fatal(err)
	}
	keys := strings.Split(strings.TrimPrefix(broken[0].Expected, "one of "), ", ")
	if len(keys) < 20 {
		t.Fatalf("keys %v", keys)
	}
	for _, key := range keys {
		if !strings.Contains(string(readme), "`"+key+"`") {
			t.Errorf("%s is not explained", key)
		}
	}
}
