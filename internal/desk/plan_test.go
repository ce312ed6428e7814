package desk

import (
	"fmt"
	"strings"
	"testing"

	"one-click-protest/internal/campaign"
	"one-click-protest/internal/ledger"
)

// The promise that the day suffices is kept by the mailbox with least room, and by what every signer writes to.
func TestGoalOfTheDay(t *testing.T) {
	mailed := func(letters int) campaign.Room {
		return campaign.Room{Way: campaign.Way{Channel: ledger.ChannelEmail}, Letters: letters}
	}
	d := campaign.Day{Rooms: []campaign.Room{mailed(900), mailed(100), {Way: campaign.Way{Channel: ledger.ChannelFax}, Letters: 5}}, Letters: 1005, Signers: 400}
	for goal, want := range map[int]string{
		4:   "    goal 4: fits, even if all write to one mailbox",
		5:   "    goal 5: fits, even if all write to one mailbox; but of what is faxed to one number, more than 4 goes on the next day (after_day: continue)",
		100: "    goal 100: fits, even if all write to one mailbox; but of what is faxed to one number, more than 4 goes on the next day (after_day: continue)",
		101: "    goal 101: fits if signers are spread over countries; what is more than a mailbox takes goes on the next day (after_day: continue)",
		401: "    goal 401: 1 more than the day has room for; the rest goes on the next day (after_day: continue)",
	} {
		var got string
		printGoal(func(format string, args ...any) { got = fmt.Sprintf(format, args...) }, &campaign.Campaign{Goal: goal, AfterDay: campaign.AfterContinue, Fax: &campaign.Fax{Daily: 4}}, d)
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// A letter that no fax can show would be held, each of them: check says so before anybody signs one.
func TestCheckFindsWhatNoFaxShows(t *testing.T) {
	env := atNoon(t)
	env.Files = rewritten(t, "campaigns/"+slug+"/letter.en.md", "{salutation}", "{salutation} ☮")
	status, _, errs := run(t, env, "check", slug)
	if want := "campaign " + slug + ": letter.en.md to cn-au-canberra by fax: set letter: body: cannot be set for a fax: character without a glyph"; status == 0 || !strings.Contains(errs, want) {
		t.Errorf("exit status %d, no %q in\n%s", status, want, errs)
	}
}
