package campaign_test

import (
	"testing"
	"time"

	"one-click-protest/internal/address"
	"one-click-protest/internal/campaign"
	"one-click-protest/internal/ledger"
)

const (
	yamlOfEmbassies = "campaigns/embassies/campaign.yaml"
	csvOfEmbassies  = "campaigns/embassies/targets.csv"
	yamlOfMinister  = "campaigns/minister/campaign.yaml"
	csvOfMinister   = "campaigns/minister/targets.csv"
	directoryCN     = "directory/cn.csv"
)

func TestWays(t *testing.T) {
	tests := []struct {
		name    string
		country address.Country
		target  string
		channel ledger.Channel
		to      address.Email
	}{
		{"direct embassy with a fax before consulate and accredited embassy with e-mail", "FR", "cn-fr-paris", ledger.ChannelPrint, ""},
		{"consulate with e-mail before embassy with a web site only", "DE", "cn-de-hamburg", ledger.ChannelEmail, "hamburg@mission.example"},
		{"accredited embassy with e-mail before direct one with none that may be used", "ES", "cn-pt-lisbon", ledger.ChannelEmail, "lisbon@mission.example"},
		{"accredited where there is no other", "SM", "cn-it-rome", ledger.ChannelEmail, "rome@mission.example"},
		{"accredited, printed", "MC", "cn-fr-paris", ledger.ChannelPrint, ""},
		{"the better channel of two accredited", "AD", "cn-pt-lisbon", ledger.ChannelEmail, "lisbon@mission.example"},
		{"a further address of a section that may be used", "JP", "cn-jp-tokyo", ledger.ChannelEmail, "press@mission.example"},
		{"a visa desk that was named", "KR", "cn-kr-seoul", ledger.ChannelEmail, "visa.seoul@mission.example"},
		{"the first id of two alike", "US", "cn-us-boston", ledger.ChannelEmail, "boston@mission.example"},
		{"fallback: the embassy has a phone only", "GB", "ministry", ledger.ChannelPrint, ""},
		{"fallback: the state itself", "CN", "ministry", ledger.ChannelPrint, ""},
		{"a territory: the consulate of the state it belongs to", "PR", "cn-us-boston", ledger.ChannelEmail, "boston@mission.example"},
		{"a territory: the embassy accredited there itself", "RE", "cn-pt-lisbon", ledger.ChannelEmail, "lisbon@mission.example"},
		{"a territory: the consulate in it, if only by hand", "PF", "cn-pf-papeete", ledger.ChannelSelf, ""},
		{"a territory: its state's missions can't be reached", "GI", "ministry", ledger.ChannelPrint, ""},
		{"a territory: its state has no missions", "GL", "ministry", ledger.ChannelPrint, ""},
		{"fallback: no mission", "XK", "ministry", ledger.ChannelPrint, ""},
	}
	c := mustLoad(t, library(), "embassies")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ways := c.Ways(tt.country)
			if len(ways) != 1 {
				t.Fatalf("%d ways", len(ways))
			}
			w := ways[0]
			if w.Target.ID != tt.target || w.Channel != tt.channel || w.To != tt.to {
				t.Errorf("got %s %s %q", w.Target.ID, w.Channel, w.To)
			}
		})
	}
}

func TestCoverage(t *testing.T) {
	c := mustLoad(t, library(), "embassies")
	rows := map[address.Country]campaign.Row{}
	for _, row := range c.Coverage() {
		rows[row.Country] = row
	}
	tests := []struct {
		country                        address.Country
		address, zone, salutation, why string
		asOf                           string
	}{
		{"AD", "lisbon@mission.example", "Europe/Lisbon", "Your Excellency,", "embassy, accredited", "2024-12-02"},
		{"FR", "+33100000001", "Europe/Paris", "Your Excellency,", "embassy in the country", "2024-12-02"},
		{"DE", "hamburg@mission.example", "Europe/Berlin", "Your Excellency,", "consulate general in the country", "2024-12-02"},
		{"GB", "No. 2, Beijing", "Asia/Shanghai", "Dear Minister,", "fallback: no mission has a usable channel", "0001-01-01"},
		{"XK", "No. 2, Beijing", "Asia/Shanghai", "Dear Minister,", "fallback: no mission is responsible", "0001-01-01"},
		{"GF", "+33100000001", "Europe/Paris", "Your Excellency,", "embassy, via the state it belongs to: France", "2024-12-02"},
		{"PR", "boston@mission.example", "America/New_York", "Your Excellency,", "consulate general, via the state it belongs to: United States", "2024-12-02"},
		{"GI", "No. 2, Beijing", "Asia/Shanghai", "Dear Minister,", "fallback: no mission has a usable channel", "0001-01-01"},
		{"GL", "No. 2, Beijing", "Asia/Shanghai", "Dear Minister,", "fallback: no mission is responsible", "0001-01-01"},
	}
	for _, tt := range tests {
		row := rows[tt.country]
		if row.Address != tt.address || row.Zone != tt.zone || row.Salutation != tt.salutation || row.Why != tt.why || row.AsOf.Format(time.DateOnly) != tt.asOf {
			t.Errorf("%s: %+v", tt.country, row)
		}
	}
	minister := mustLoad(t, library(), "minister").Coverage()[0]
	if minister.Why != "the campaign's target" || minister.Address != "forward@federation.kr" {
		t.Errorf("minister: %+v", minister)
	}
}

func TestWaysOfNoCountry(t *testing.T) {
	if ways := mustLoad(t, library(), "embassies").Ways("ZZ"); ways != nil {
		t.Errorf("got %v", ways)
	}
}

func TestWaysByAddresses(t *testing.T) {
	const addresses = "  confidence: B\n  sections: [general, press]\n  use: [cn-kr-seoul]\n"
	tests := []struct {
		name, yaml string
		country    address.Country
		target     string
		channel    ledger.Channel
	}{
		{"a visa desk that wasn't named", "  confidence: B\n", "KR", "cn-kr-seoul", ledger.ChannelPrint},
		{"visa desks wanted", "  sections: [visa]\n", "KR", "cn-kr-seoul", ledger.ChannelEmail},
		{"B is not good enough", "  confidence: A\n", "SM", "cn-it-rome", ledger.ChannelSelf},
		{"press not wanted", "  sections: [general]\n", "JP", "cn-jp-tokyo", ledger.ChannelSelf},
		{"B- only when named", "  use: [cn-es-madrid]\n", "ES", "cn-es-madrid", ledger.ChannelEmail},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := mustLoad(t, changed(t, change{yamlOfEmbassies, addresses, tt.yaml}), "embassies")
			if w := c.Ways(tt.country)[0]; w.Target.ID != tt.target || w.Channel != tt.channel {
				t.Errorf("got %s %s", w.Target.ID, w.Channel)
			}
		})
	}
}

// TestFreeMail: a free-mail address is anybody's until the organizer has named its target.
func TestFreeMail(t *testing.T) {
	published := change{directoryCN, "hamburg@mission.example,A,general,,", "china.hamburg@gmail.com,A,general,,\"hamburg@mission.example (B, press)\""}
	c := mustLoad(t, changed(t, published), "embassies")
	if w := c.Ways("DE")[0]; w.To != "hamburg@mission.example" {
		t.Errorf("not named: %s %s", w.Channel, w.To)
	}
	if !c.IsTarget("china.hamburg@gmail.com") {
		t.Error("an address that isn't used is no signer's all the same")
	}
	only := change{directoryCN, "hamburg@mission.example,A,general,,", "china.hamburg@gmail.com,A,general,,"}
	if w := mustLoad(t, changed(t, only), "embassies").Ways("DE")[0]; w.Target.ID != "cn-de-berlin" || w.Channel != ledger.ChannelSelf {
		t.Errorf("no other address: %s %s", w.Target.ID, w.Channel)
	}
	byHand := change{yamlOfEmbassies, "channels: [email, print, self]", "channels: [self]"}
	if w := mustLoad(t, changed(t, byHand, change{directoryCN, "boston@mission.example", "boston@gmail.com"}), "embassies").Ways("US")[0]; w.Target.ID != "cn-us-chicago" {
		t.Errorf("offered to signers: %s", w.Target.ID)
	}
	named := change{yamlOfEmbassies, "use: [cn-kr-seoul]", "use: [cn-kr-seoul, cn-de-hamburg]"}
	if w := mustLoad(t, changed(t, only, named), "embassies").Ways("DE")[0]; w.To != "china.hamburg@gmail.com" {
		t.Errorf("named: %s %s", w.Channel, w.To)
	}
}

func TestWaysByLadder(t *testing.T) {
	tests := []struct {
		name, channels string
		country        address.Country
		target         string
		channel        ledger.Channel
	}{
		{"print first", "channels: [print, email, self]", "FR", "cn-fr-paris", ledger.ChannelPrint},
		{"print first, for a mission with a postal address", "channels: [print, email, self]", "KR", "cn-kr-seoul", ledger.ChannelPrint},
		{"print first: the consulate with an address", "channels: [print, email, self]", "US", "cn-us-honolulu", ledger.ChannelPrint},
		{"by e-mail only: the consulate", "channels: [email, self]", "FR", "cn-fr-lyon", ledger.ChannelEmail},
		{"by oneself only: an embassy without a site or e-mail is no help", "channels: [self]", "FR", "cn-fr-lyon", ledger.ChannelSelf},
		{"by oneself only: embassy before consulate", "channels: [self]", "DE", "cn-de-berlin", ledger.ChannelSelf},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := mustLoad(t, changed(t, change{yamlOfEmbassies, "channels: [email, print, self]", tt.channels}), "embassies")
			if w := c.Ways(tt.country)[0]; w.Target.ID != tt.target || w.Channel != tt.channel {
				t.Errorf("got %s %s", w.Target.ID, w.Channel)
			}
		})
	}
}

// TestMissionAsFallback: an embassy that takes the letters of the rest of the world is still the one in its own country.
func TestMissionAsFallback(t *testing.T) {
	c := mustLoad(t, changed(t, change{yamlOfEmbassies, "fallback: ministry", "fallback: cn-de-berlin"}, change{csvOfEmbassies, "", "id,name\n"}), "embassies")
	for country, want := range map[address.Country]string{"DE": "cn-de-hamburg", "XK": "cn-de-berlin", "IT": "cn-it-rome"} {
		if got := c.Ways(country)[0].Target.ID; got != want {
			t.Errorf("%s: %s", country, got)
		}
	}
}

func TestRelayForEverybody(t *testing.T) {
	c := mustLoad(t, library(), "minister")
	for _, country := range address.Countries() {
		w := c.Ways(country)[0]
		if w.Target.ID != "minister" || w.Channel != ledger.ChannelRelay || w.To != "forward@federation.kr" {
			t.Fatalf("%s: %s %s %q", country, w.Target.ID, w.Channel, w.To)
		}
	}
}

func TestRecipients(t *testing.T) {
	test, live := mustLoad(t, library(), "embassies"), mustLoad(t, library(), "minister")
	if got := test.Recipients(test.Ways("US")[0]); len(got) != 1 || got[0] != "testers@example.org" {
		t.Errorf("test mode: %v", got)
	}
	if got := live.Recipients(live.Ways("US")[0]); len(got) != 1 || got[0] != "forward@federation.kr" {
		t.Errorf("live mode: %v", got)
	}
}

func TestAnswersAreNotShared(t *testing.T) {
	c := mustLoad(t, library(), "embassies")
	c.Ways("FR")[0].Channel = ledger.ChannelFax
	if got := c.Ways("FR")[0].Channel; got != ledger.ChannelPrint {
		t.Errorf("a caller changed the routing: %s", got)
	}
}

func TestIsTarget(t *testing.T) {
	embassies, minister := mustLoad(t, library(), "embassies"), mustLoad(t, library(), "minister")
	faxed := changed(t, change{yamlOfEmbassies, "channels: [email, print, self]", "fax: {gateway: \"{e164}@fax.gateway.net\", daily: 40}"})
	tests := []struct {
		c    *campaign.Campaign
		e    address.Email
		want bool
	}{
		{embassies, "lyon@mission.example", true},
		{embassies, "LYON@mission.example", true}, // the same mailbox
		{embassies, "visa@mission.example", true}, // published, though the campaign doesn't use it
		{embassies, "forward@federation.kr", false},
		{embassies, "lyon@mission.example.org", false},
		{minister, "forward@federation.kr", true},
		{minister, "lyon@mission.example", false},
		{mustLoad(t, faxed, "embassies"), "+19005550100@fax.gateway.net", true}, // any number, not a target's alone
		{mustLoad(t, faxed, "minister"), "19005550100@fax.gateway.net", true},   // another campaign's gateway, from the same sender
		{embassies, "+19005550100@fax.gateway.net", false},
		{&campaign.Campaign{}, "lyon@mission.example", false},
	}
	for _, tt := range tests {
		if got := tt.c.IsTarget(tt.e); got != tt.want {
			t.Errorf("%s in %q: %v", tt.e, tt.c.Slug, got)
		}
	}
}

// TestAfterPrint walks over the end of the release day at the target: 2 December at 18:00 in Boston, the end of its hours.
func TestAfterPrint(t *testing.T) {
	c := mustLoad(t, changed(t, change{yamlOfEmbassies, "after_day: continue", "after_day: print"},
		change{directoryCN, "boston@mission.example,A,general,,,,,,,", "boston@mission.example,A,general,,,,,1 Harbour Street,,"}), "embassies")
	tests := []struct {
		now  string
		want ledger.Channel
	}{
		{"2007-11-20T12:00:00Z", ledger.ChannelEmail},
		{"2007-12-02T22:59:00Z", ledger.ChannelEmail},
		{"2007-12-02T23:00:00Z", ledger.ChannelPrint},
		{"2007-12-03T20:00:00Z", ledger.ChannelPrint},
	}
	for _, tt := range tests {
		ways := c.WaysAt("US", at(t, tt.now))
		if len(ways) != 1 || ways[0].Channel != tt.want || ways[0].Target.ID != "cn-us-boston" {
			t.Errorf("%s: %v", tt.now, ways)
		}
		if got := c.Ways("US")[0].Channel; got != ledger.ChannelEmail {
			t.Errorf("%s: Ways depend on the time: %s", tt.now, got)
		}
	}
	cont := mustLoad(t, library(), "embassies")
	if got := cont.WaysAt("US", at(t, "2007-12-03T20:00:00Z"))[0].Channel; got != ledger.ChannelEmail {
		t.Errorf("after_day: continue: %s", got)
	}
}

func at(t testing.TB, s string) time.Time {
	t.Helper()
	when, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return when
}
