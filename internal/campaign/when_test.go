package campaign_test

import (
	"strings"
	"testing"
	"time"

	"one-click-protest/internal/campaign"
)

func TestPhase(t *testing.T) {
	c := mustLoad(t, library(), "embassies") // opens 2007-11-01, closes 2007-12-31
	tests := []struct {
		now  string
		want campaign.Phase
	}{
		{"2007-10-31T23:59:59Z", campaign.Before},
		{"2007-11-01T00:00:00Z", campaign.Running},
		{"2007-12-31T23:59:59Z", campaign.Running}, // its last day counts whole
		{"2008-01-01T00:00:00Z", campaign.After},
	}
	for _, tt := range tests {
		if got := c.Phase(at(t, tt.now)); got != tt.want {
			t.Errorf("%s: %v", tt.now, got)
		}
	}
	if got := mustLoad(t, library(), "minister").Phase(at(t, "2100-01-01T00:00:00Z")); got != campaign.Running {
		t.Errorf("neither opens nor closes: %v", got)
	}
}

func TestClosesAtATime(t *testing.T) {
	c := mustLoad(t, changed(t, change{yamlOfEmbassies, "closes: 2007-12-31", "closes: 2007-12-31T12:00:00+09:00"}), "embassies")
	if got := c.Phase(at(t, "2007-12-31T03:00:00Z")); got != campaign.After {
		t.Errorf("got %v", got)
	}
}

// TestExpected sets release and hours and asks for a target in a zone.
func TestExpected(t *testing.T) {
	tests := []struct {
		name, release, hours, zone, now, want string
	}{
		{"at once", "", "", "Asia/Seoul", "2007-12-02T03:00:00Z", "2007-12-02T03:00:00Z"},
		{"not before it opens", "", "", "Asia/Seoul", "2007-10-02T03:00:00Z", "2007-11-01T00:00:00Z"},
		{"the day begins in Kiritimati", "2007-12-02T09:00", "", "Pacific/Kiritimati", "2007-11-20T00:00:00Z", "2007-12-01T19:00:00Z"},
		{"and ends in Pago Pago", "2007-12-02T09:00", "", "Pacific/Pago_Pago", "2007-11-20T00:00:00Z", "2007-12-02T20:00:00Z"},
		{"half-hour zone", "2007-12-02T09:00", "", "Asia/Kolkata", "2007-11-20T00:00:00Z", "2007-12-02T03:30:00Z"},
		{"after the release: at once", "2007-12-02T09:00", "", "Asia/Seoul", "2007-12-05T12:34:56Z", "2007-12-05T12:34:56Z"},
		{"winter time in Berlin", "2026-10-26T09:00", "", "Europe/Berlin", "2026-10-01T00:00:00Z", "2026-10-26T08:00:00Z"},
		{"summer time in Berlin", "2026-10-24T09:00", "", "Europe/Berlin", "2026-10-01T00:00:00Z", "2026-10-24T07:00:00Z"},
		{"shown twice: the first time", "2026-10-25T02:30", "", "Europe/Berlin", "2026-10-01T00:00:00Z", "2026-10-25T00:30:00Z"},
		{"jumped over: the jump", "2026-03-29T02:30", "", "Europe/Berlin", "2026-03-01T00:00:00Z", "2026-03-29T01:00:00Z"},
		{"jumped over at midnight", "2026-09-06T00:30", "", "America/Santiago", "2026-08-01T00:00:00Z", "2026-09-06T04:00:00Z"},
		{"shown twice in New York", "2026-11-01T01:30", "", "America/New_York", "2026-10-01T00:00:00Z", "2026-11-01T05:30:00Z"},
		{"half an hour twice on Lord Howe", "2026-04-05T01:45", "", "Australia/Lord_Howe", "2026-03-01T00:00:00Z", "2026-04-04T14:45:00Z"},
		{"a day that never was in Samoa", "2011-12-30T09:00", "", "Pacific/Apia", "2011-12-01T00:00:00Z", "2011-12-30T10:00:00Z"},
		{"unknown zone: where the day begins last", "2007-12-02T09:00", "", "Mars/Base", "2007-11-20T00:00:00Z", "2007-12-02T21:00:00Z"},
		{"no zone: the same", "2007-12-02T09:00", "", "", "2007-11-20T00:00:00Z", "2007-12-02T21:00:00Z"},
		{"within hours", "", "08:00-18:00", "Asia/Seoul", "2007-12-02T05:00:30Z", "2007-12-02T05:00:30Z"},
		{"too early", "", "08:00-18:00", "Asia/Seoul", "2007-12-01T20:00:00Z", "2007-12-01T23:00:00Z"},
		{"too late", "", "08:00-18:00", "Asia/Seoul", "2007-12-02T09:00:00Z", "2007-12-02T23:00:00Z"},
		{"the last minute", "", "08:00-18:00", "Asia/Seoul", "2007-12-02T08:59:59Z", "2007-12-02T08:59:59Z"},
		{"the release within hours", "2007-12-02T09:00", "08:00-18:00", "Asia/Seoul", "2007-11-20T00:00:00Z", "2007-12-02T00:00:00Z"},
		{"the night before summer time", "", "08:00-18:00", "Europe/Berlin", "2026-03-28T20:00:00Z", "2026-03-29T06:00:00Z"},
		{"the night before winter time", "", "08:00-18:00", "Europe/Berlin", "2026-10-24T20:00:00Z", "2026-10-25T07:00:00Z"},
		{"hours that the clocks jump over: next day", "", "02:15-02:45", "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-30T00:15:00Z"},
		{"hours until midnight", "", "20:00-24:00", "Asia/Seoul", "2007-12-02T14:59:59Z", "2007-12-02T14:59:59Z"},
		{"hours over the missing day in Samoa", "", "08:00-18:00", "Pacific/Apia", "2011-12-30T05:00:00Z", "2011-12-30T18:00:00Z"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := timed(t, tt.release, tt.hours)
			w := campaign.Way{Target: &campaign.Target{Zone: tt.zone}}
			got := c.Expected(w, at(t, tt.now))
			if want := at(t, tt.want); !got.Equal(want) {
				t.Errorf("got %s, want %s", got.UTC().Format(time.RFC3339), tt.want)
			}
			if again := c.Expected(w, at(t, tt.now)); !again.Equal(got) {
				t.Errorf("then %s", again)
			}
		})
	}
}

// timed is the minister campaign with times of its own.
func timed(t *testing.T, release, hours string) *campaign.Campaign {
	t.Helper()
	lines := []string{"mode: live", "opens: 2007-11-01"}
	if release != "" {
		lines = append(lines, "release: "+release)
	}
	if hours != "" {
		lines = append(lines, "hours: "+hours)
	}
	return mustLoad(t, changed(t, change{yamlOfMinister, "mode: live", strings.Join(lines, "\n")}), "minister")
}

// TestExpectedWithoutLoader: tests of other packages make campaigns by hand.
func TestExpectedWithoutLoader(t *testing.T) {
	c := &campaign.Campaign{}
	now := at(t, "2007-12-02T03:00:00Z")
	if got := c.Expected(campaign.Way{Target: &campaign.Target{Zone: "Asia/Seoul"}}, now); !got.Equal(now) {
		t.Errorf("got %s", got)
	}
	if got := c.Expected(campaign.Way{}, now); !got.Equal(now) {
		t.Errorf("a target that is gone: %s", got)
	}
}

// TestExpectedNeverEarly compares clocks: whatever the zone, at the expected moment they show the release hour or, where that
// hour is jumped over, more.
func TestExpectedNeverEarly(t *testing.T) {
	c := timed(t, "2026-03-29T02:30", "")
	for _, name := range []string{"Europe/Berlin", "Africa/Casablanca", "America/Havana", "Asia/Gaza", "Pacific/Chatham", "Asia/Kathmandu", "America/St_Johns"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		got := c.Expected(campaign.Way{Target: &campaign.Target{Zone: name}}, at(t, "2026-01-01T00:00:00Z"))
		if shown := got.In(zone).Format("2006-01-02T15:04"); shown < "2026-03-29T02:30" {
			t.Errorf("%s: clocks show %s", name, shown)
		}
	}
}
