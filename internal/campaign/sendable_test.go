package campaign_test

import (
	"testing"
	"time"

	"one-click-protest/internal/address"
	"one-click-protest/internal/campaign"
	"one-click-protest/internal/ledger"
)

func TestWayBy(t *testing.T) {
	tests := []struct {
		name, slug, target string
		channel            ledger.Channel
		to                 address.Email
		ok                 bool
	}{
		{"as routed", "embassies", "cn-us-boston", ledger.ChannelEmail, "boston@mission.example", true},
		{"a mission that the routing does not use", "embassies", "cn-us-chicago", ledger.ChannelEmail, "chicago@mission.example", true},
		{"the address that the rules allow", "embassies", "cn-jp-tokyo", ledger.ChannelEmail, "press@mission.example", true},
		{"no address that the rules allow", "embassies", "cn-es-madrid", ledger.ChannelEmail, "", false},
		{"a named one", "embassies", "cn-kr-seoul", ledger.ChannelEmail, "visa.seoul@mission.example", true},
		{"by hand", "embassies", "cn-fr-paris", ledger.ChannelPrint, "", true},
		{"by hand, with nothing to print for", "embassies", "cn-us-boston", ledger.ChannelPrint, "", false},
		{"the relay", "minister", "minister", ledger.ChannelRelay, "forward@federation.kr", true},
		{"no relay", "embassies", "cn-us-boston", ledger.ChannelRelay, "", false},
		{"no gateway", "minister", "minister", ledger.ChannelFax, "", false},
		{"no e-mail", "minister", "minister", ledger.ChannelEmail, "", false},
		{"no target", "embassies", "cn-aq-base", ledger.ChannelEmail, "", false},
		{"a signer", "embassies", ledger.TargetSigner, ledger.ChannelEmail, "", false},
	}
	l := campaign.Open(library())
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := l.Get(tt.slug)
			if err != nil {
				t.Fatal(err)
			}
			w, ok := c.WayBy(tt.target, tt.channel)
			if ok != tt.ok {
				t.Fatalf("%v %+v", ok, w)
			}
			if !ok {
				if w != (campaign.Way{}) {
					t.Errorf("no way, but %+v", w)
				}
				return
			}
			if w.Target.ID != tt.target || w.Channel != tt.channel || w.To != tt.to {
				t.Errorf("%s by %s to %q", w.Target.ID, w.Channel, w.To)
			}
		})
	}
	if _, ok := (&campaign.Campaign{}).WayBy("minister", ledger.ChannelEmail); ok {
		t.Error("a campaign without targets")
	}
}

// TestWayByAfterChanges: what waits when the organizer changes the campaign still leaves, by today's rules.
func TestWayByAfterChanges(t *testing.T) {
	const ladder = "channels: [email, print, self]"
	tests := []struct {
		name    string
		changes []change
		to      address.Email
		ok      bool
	}{
		{"off the ladder", []change{{yamlOfEmbassies, ladder, "channels: [print, self]"}}, "hamburg@mission.example", true},
		{"another address", []change{{directoryCN, "hamburg@mission.example", "new@mission.example"}}, "new@mission.example", true},
		{"an address that is trusted no more", []change{{directoryCN, "hamburg@mission.example,A", "hamburg@mission.example,B-"}}, "", false},
		{"a section that is wanted no more", []change{{yamlOfEmbassies, "[general, press]", "[press]"}}, "", false},
		{"a target that is there no more", []change{{directoryCN, "cn-de-hamburg,", "cn-de-bremen,"}}, "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := mustLoad(t, changed(t, tt.changes...), "embassies")
			if w, ok := c.WayBy("cn-de-hamburg", ledger.ChannelEmail); ok != tt.ok || w.To != tt.to {
				t.Errorf("%v %q", ok, w.To)
			}
		})
	}
}

// TestSendableAt: letters to Seoul (UTC+9), released on 2 December 2007 at nine, within 08:00-18:00 there.
func TestSendableAt(t *testing.T) {
	const released, hours = "2007-12-02T09:00", "08:00-18:00"
	tests := []struct {
		name, release, hours, now string
		ok                        bool
		next                      string // empty: zero
	}{
		{"at once", "", "", "2007-12-02T03:00:00Z", true, ""},
		{"before the opening", "", "", "2007-10-31T23:59:59Z", false, "2007-11-01T00:00:00Z"},
		{"at the opening", "", "", "2007-11-01T00:00:00Z", true, ""},
		{"before the release", released, "", "2007-12-01T23:59:59Z", false, "2007-12-02T00:00:00Z"},
		{"at the release", released, "", "2007-12-02T00:00:00Z", true, ""},
		{"after the day", released, "", "2007-12-02T15:00:00Z", true, ""},
		{"within hours", "", hours, "2007-12-02T08:59:59Z", true, ""},
		{"after hours: next day", "", hours, "2007-12-02T09:00:00Z", false, "2007-12-02T23:00:00Z"},
		{"after the release day's hours: next day", released, hours, "2007-12-02T09:00:00Z", false, "2007-12-02T23:00:00Z"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := timed(t, tt.release, tt.hours)
			w, ok := c.WayBy("minister", ledger.ChannelRelay)
			if !ok {
				t.Fatal("no way")
			}
			sendable(t, c, w, tt.now, tt.ok, tt.next)
		})
	}
}

// TestSendableAfterPrint: once the release day is over at the target, what still waits does so until an organizer decides. In
// Boston the day's hours end on 2 December at 18:00, 23:00 UTC.
func TestSendableAfterPrint(t *testing.T) {
	postal := change{directoryCN, "boston@mission.example,A,general,,,,,,,", "boston@mission.example,A,general,,,,,1 Harbour Street,,"}
	c := mustLoad(t, changed(t, change{yamlOfEmbassies, "after_day: continue", "after_day: print"}, postal), "embassies")
	w, ok := c.WayBy("cn-us-boston", ledger.ChannelEmail)
	if !ok {
		t.Fatal("no way")
	}
	sendable(t, c, w, "2007-12-02T13:59:59Z", false, "2007-12-02T14:00:00Z")
	sendable(t, c, w, "2007-12-02T14:00:00Z", true, "")
	sendable(t, c, w, "2007-12-02T22:59:59Z", true, "")
	sendable(t, c, w, "2007-12-02T23:00:00Z", false, "")
	sendable(t, c, w, "2007-12-03T15:00:00Z", false, "")
}

// sendable also holds next to its word: at that moment the letter may leave, and a moment before not yet.
func sendable(t *testing.T, c *campaign.Campaign, w campaign.Way, now string, ok bool, next string) {
	t.Helper()
	gotOK, gotNext := c.SendableAt(w, at(t, now))
	want := time.Time{}
	if next != "" {
		want = at(t, next)
	}
	if gotOK != ok || !gotNext.Equal(want) {
		t.Errorf("%s: %v, next %s", now, gotOK, gotNext.UTC().Format(time.RFC3339))
	}
	if next == "" {
		return
	}
	if then, _ := c.SendableAt(w, gotNext); !then {
		t.Errorf("%s: not even then", now)
	}
	if early, _ := c.SendableAt(w, gotNext.Add(-time.Second)); early {
		t.Errorf("%s: earlier already", now)
	}
}
