package campaign_test

import (
	"testing"

	"one-click-protest/internal/campaign"
	"one-click-protest/internal/ledger"
)

func day(t *testing.T, c *campaign.Campaign) (campaign.Day, map[string]campaign.Room) {
	t.Helper()
	d, ok := c.Day()
	if !ok {
		t.Fatal("no release day")
	}
	rooms := map[string]campaign.Room{}
	for _, r := range d.Rooms {
		rooms[r.Way.Target.ID] = r
	}
	return d, rooms
}

// 900 an hour from nine to the end of the hours, or of the day.
func TestRoomOfTheDay(t *testing.T) {
	_, rooms := day(t, withFax(t))
	for target, want := range map[string]int{"cn-it-rome": 9 * 900, "cn-fr-paris": 9 * 12} {
		if got := rooms[target].Letters; got != want {
			t.Errorf("%s: %d, want %d", target, got, want)
		}
	}
	_, rooms = day(t, mustLoad(t, changed(t, change{yamlOfEmbassies, "hours: 08:00-18:00\n", ""}), "embassies"))
	if got := rooms["cn-it-rome"].Letters; got != 13_500 {
		t.Errorf("without hours: %d", got)
	}
	if _, ok := mustLoad(t, library(), "minister").Day(); ok {
		t.Error("a day without a release")
	}
}

// The domain's pace binds while several of its mailboxes are open at once, and not in the hours in which none is.
func TestRoomOfADomain(t *testing.T) {
	c := mustLoad(t, changed(t, change{yamlOfEmbassies, "goal: 1000", "goal: 1000\npace: {mailbox: 900, domain: 1000}"}), "embassies")
	d, _ := day(t, c)
	if len(d.Domains) != 1 || d.Domains[0].Targets != len(d.Rooms) {
		t.Fatalf("domains: %+v", d.Domains)
	}
	if got := d.Domains[0].Letters; got != 28_000 { // from nine in Kiritimati, 19:00 UTC, to six in Boston, 23:00 UTC on the next day
		t.Errorf("%d letters", got)
	}
}

func TestFaxesOfTheDay(t *testing.T) {
	c := withFax(t, change{yamlOfEmbassies, "daily: 40", "daily: 1"})
	few, _ := day(t, c)
	c.Fax.Daily = 1000
	many, _ := day(t, c)
	faxes := 0
	for _, r := range many.Rooms {
		if r.Way.Channel == ledger.ChannelFax {
			faxes += r.Letters
		}
	}
	if many.Letters-few.Letters != faxes-1 || faxes < 2 {
		t.Errorf("%d letters with one fax a day, %d with all %d", few.Letters, many.Letters, faxes)
	}
}

// The gateway's domain may be narrower than all its numbers together: what it does not take is not taken off a second time.
func TestFaxesBehindASlowGateway(t *testing.T) {
	d, _ := day(t, withFax(t, change{yamlOfEmbassies, "goal: 1000", "goal: 1000\npace: {mailbox: 1, domain: 1}"},
		change{yamlOfEmbassies, "daily: 40", "daily: 5, pace: 60"}))
	want := 0
	for _, domain := range d.Domains {
		want += domain.Letters
	}
	if d.Letters != want || d.Domains[len(d.Domains)-1].Letters != 5 {
		t.Errorf("%d letters, domains: %+v", d.Letters, d.Domains)
	}
}

// However many mailboxes the embassies have, whom all signers write to takes no more than its own.
func TestSignersOfTheDay(t *testing.T) {
	rows := "id,name,email,pace,zone\nministry,Ministry,m@ministry.net,,Asia/Shanghai\nminister,Minister,n@ministry.net,100,Asia/Shanghai\n"
	alone, _ := day(t, withFax(t))
	c := withFax(t, change{csvOfEmbassies, "", rows}, change{yamlOfEmbassies, "fallback: ministry", "fallback: ministry\nalso: [minister]"}, ownWords, koWords)
	also, _ := day(t, c)
	if alone.Signers != alone.Letters || also.Signers != 9*100 {
		t.Errorf("%+v and %+v", alone.Signers, also.Signers)
	}
	both := mustLoad(t, changed(t, change{csvOfMinister, "", "id,name,email,zone\na,A,a@ministry.kr,Asia/Seoul\nb,B,b@ministry.kr,Asia/Seoul\n"},
		change{yamlOfMinister, "confirm: always", "pace: {mailbox: 100, domain: 100}\nrelease: 2007-12-02T09:00\nconfirm: always"}), "minister")
	if d, _ := day(t, both); d.Signers != 15*100/2 {
		t.Errorf("two mailboxes of one domain: %d signers of %d letters", d.Signers, d.Letters)
	}
}

// A relay forwards for many targets, and has one mailbox: of a signer's two letters, both go there.
func TestRoomOfARelay(t *testing.T) {
	const rows = "id,name,fax,zone\nministry,Ministry,+861065961114,Asia/Shanghai\nminister,Minister,+861065961115,Asia/Shanghai\n"
	const missions = "id,country,kind,name,email,confidence,section,source,as_of,zone\ncn-kr-seoul,SG,embassy,Embassy,a@river.example,B,general,https://river.example,2007-11-01,Asia/Shanghai\n"
	const relay = "channels: [relay]\nrelay: {name: A, address: relay@union.kr, language: en, subject: Please, note: Please forward.}"
	c := mustLoad(t, changed(t, change{csvOfEmbassies, "", rows}, change{"directory/cn.csv", "", missions},
		change{yamlOfEmbassies, "hours: 08:00-18:00\n", "hours: 08:00-18:00\npace: 100\n"}, change{yamlOfEmbassies, "channels: [email, print, self]", relay},
		change{yamlOfEmbassies, "fallback: ministry", "fallback: ministry\nalso: [minister]"}, ownWords, koWords), "embassies")
	if d, _ := day(t, c); d.Letters != 9*100 || d.Signers != 9*100/2 {
		t.Errorf("%d letters and %d signers: %+v", d.Letters, d.Signers, d.Domains)
	}
}
