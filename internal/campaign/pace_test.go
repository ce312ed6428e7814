package campaign_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"one-click-protest/internal/campaign"
	"one-click-protest/internal/ledger"
)

// TestPace sets the campaign's pace, and asks for that of a target without one of its own.
func TestPace(t *testing.T) {
	tests := []struct {
		name, yaml      string
		mailbox, domain ledger.Rate
	}{
		{"none", "", ledger.Rate{PerHour: 900, Burst: 20}, ledger.Rate{PerHour: 1800, Burst: 40}},
		{"a number is the mailbox's, and the domain has twice that", "pace: 120", ledger.Rate{PerHour: 120, Burst: 12}, ledger.Rate{PerHour: 240, Burst: 20}},
		{"the same in a mapping", "pace: {mailbox: 120}", ledger.Rate{PerHour: 120, Burst: 12}, ledger.Rate{PerHour: 240, Burst: 20}},
		{"both", "pace: {mailbox: 120, domain: 130}", ledger.Rate{PerHour: 120, Burst: 12}, ledger.Rate{PerHour: 130, Burst: 13}},
		{"both alike", "pace: {mailbox: 120, domain: 120}", ledger.Rate{PerHour: 120, Burst: 12}, ledger.Rate{PerHour: 120, Burst: 12}},
		{"a fast domain's alone", "pace: {domain: 5000}", ledger.Rate{PerHour: 900, Burst: 20}, ledger.Rate{PerHour: 5000, Burst: 111}},
		{"a slow domain's alone is the mailbox's too", "pace: {domain: 300}", ledger.Rate{PerHour: 300, Burst: 20}, ledger.Rate{PerHour: 300, Burst: 20}},
		{"the slowest", "pace: 1", ledger.Rate{PerHour: 1, Burst: 1}, ledger.Rate{PerHour: 2, Burst: 1}},
		{"the fastest", "pace: 100000", ledger.Rate{PerHour: 100_000, Burst: 2222}, ledger.Rate{PerHour: 200_000, Burst: 4444}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := mustLoad(t, changed(t, change{yamlOfMinister, "mode: live", "mode: live\n" + tt.yaml}), "minister")
			want := ledger.Pace{Mailbox: tt.mailbox, Domain: tt.domain}
			if diff := cmp.Diff(want, c.Pace); diff != "" {
				t.Error(diff)
			}
			if got := c.PaceOf(c.Ways("DE")[0]); got != want {
				t.Errorf("of a way: %+v", got)
			}
		})
	}
}

// TestPaceOfTarget gives targets a pace of their own, in a campaign of 900 and 1,800 an hour.
func TestPaceOfTarget(t *testing.T) {
	own := func(cell string) change {
		return change{csvOfMinister, "", "id,name,fax,zone,pace\nminister,Minister of Justice,+8225033532,Asia/Seoul," + cell + "\n"}
	}
	tests := []struct {
		name, cell      string
		mailbox, domain int
	}{
		{"empty", "", 900, 1800},
		{"slower", "60", 60, 1800},
		{"faster", " 1200 ", 1200, 1800},
		{"faster than the domain", "3000", 3000, 3000},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := mustLoad(t, changed(t, own(tt.cell)), "minister")
			want := ledger.Pace{Mailbox: ledger.NewRate(tt.mailbox), Domain: ledger.NewRate(tt.domain)}
			if got := c.PaceOf(c.Ways("DE")[0]); got != want {
				t.Errorf("got %+v", got)
			}
		})
	}
}

// TestPaceOfMission: a directory may have the column too, for one mission of many.
func TestPaceOfMission(t *testing.T) {
	const directory = "id,country,kind,name,source,as_of,email,confidence,section,zone,pace\n" +
		"cn-kr-seoul,KR,embassy,Embassy,a list,2024-12-02,seoul@mission.example,A,general,Asia/Seoul,30\n" +
		"cn-pt-lisbon,PT,embassy,Embassy,a list,2024-12-02,lisbon@mission.example,A,general,Europe/Lisbon,\n"
	c := mustLoad(t, changed(t, change{directoryCN, "", directory}), "embassies")
	if got, want := c.PaceOf(c.Ways("KR")[0]), (ledger.Pace{Mailbox: ledger.NewRate(30), Domain: ledger.NewRate(1800)}); got != want {
		t.Errorf("Seoul: %+v", got)
	}
	if got := c.PaceOf(c.Ways("PT")[0]); got != ledger.DefaultPace() {
		t.Errorf("Lisbon: %+v", got)
	}
}

// TestPaceIsNeverNone: the zero pace would let all through at once.
func TestPaceIsNeverNone(t *testing.T) {
	for _, w := range []campaign.Way{{}, {Target: &campaign.Target{}}} {
		if got := (&campaign.Campaign{}).PaceOf(w); got != ledger.DefaultPace() {
			t.Errorf("by hand: %+v", got)
		}
	}
	got := (&campaign.Campaign{}).PaceOf(campaign.Way{Target: &campaign.Target{Pace: 5}})
	if got != (ledger.Pace{Mailbox: ledger.NewRate(5), Domain: ledger.NewRate(1800)}) {
		t.Errorf("by hand, with a target's own: %+v", got)
	}
}

func TestPaceProblems(t *testing.T) {
	const f, whole = yamlOfMinister, "; expected a whole number from 1 to 100000"
	pace := func(name, yaml string, want ...string) problemTest {
		return one(name, f, "mode: live", "mode: live\npace: "+yaml, want...)
	}
	csv := func(name, cell string, want ...string) problemTest {
		return one(name, csvOfMinister, "", "id,name,fax,zone,pace\nminister,Minister of Justice,+8225033532,Asia/Seoul,"+cell+"\n", want...)
	}
	tests := []problemTest{
		pace("nothing", "", "campaign.yaml:5: pace: nothing is no whole number"+whole),
		pace("a word", "slow", "campaign.yaml:5: pace: \"slow\" is no whole number"+whole),
		pace("a fraction", "1.5", "campaign.yaml:5: pace: \"1.5\" is no whole number"+whole),
		pace("none", "0", "campaign.yaml:5: pace: \"0\" is out of bounds"+whole),
		pace("too many", "100001", "campaign.yaml:5: pace: \"100001\" is out of bounds"+whole),
		pace("a list", "[900, 1800]", "campaign.yaml:5: pace: a list is no whole number"+whole),
		pace("each its own line", "\n  mailbox: 0\n  domain: many",
			"campaign.yaml:6: pace.mailbox: \"0\" is out of bounds"+whole,
			"campaign.yaml:7: pace.domain: \"many\" is no whole number"+whole),
		pace("an unknown key", "{mailbox: 900, domian: 1800}",
			"campaign.yaml:5: pace: unknown key \"domian\": did you mean domain?; expected one of mailbox, domain"),
		pace("less for the domain", "{mailbox: 900, domain: 899}",
			"campaign.yaml:5: pace: 900 for a mailbox, but 899 for its whole domain; expected no less for the domain than for a mailbox"),
		csv("a target's word", "slow", "targets.csv:2: pace: \"slow\" is no pace; expected letters an hour, a whole number from 1 to 100000"),
		csv("a target's none", "0", "targets.csv:2: pace: \"0\" is no pace; expected letters an hour, a whole number from 1 to 100000"),
		csv("a target's too many", "100001", "targets.csv:2: pace: \"100001\" is no pace; expected letters an hour, a whole number from 1 to 100000"),
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { tt.run(t, "minister") })
	}
}
