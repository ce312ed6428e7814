package outbox_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"one-click-protest/internal/action"
	"one-click-protest/internal/campaign"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/mailer"
	"one-click-protest/internal/seal"
)

const (
	// faxDaily is how many faxes a campaign of the model pays for in a day: less than it could send.
	faxDaily = 12
	// faxFrom and faxTo are the hours of UTC in which Seoul's numbers are called, from eight to eleven in the evening there.
	faxFrom, faxTo = 23, 14

	number1, number2 = "+82221103079", "+82221103080"
	modelGateway     = `fax: {gateway: "{e164}@fax.gateway.net", daily: 12, hours: 08:00-23:00, pace: 6}
`
)

var slugs = []string{"one", "two", "three"}

// ladders are the channels of the model's targets by which the house sends, best first.
var ladders = map[ledger.ID][]ledger.Channel{
	rung("one", "minister"): {ledger.ChannelEmail, ledger.ChannelFax, ledger.ChannelRelay},
	rung("one", "envoy"):    {ledger.ChannelEmail, ledger.ChannelFax, ledger.ChannelRelay},
	rung("two", "palace"):   {ledger.ChannelEmail, ledger.ChannelFax},
	rung("three", "press"):  {ledger.ChannelEmail, ledger.ChannelRelay},
	rung("three", "clerk"):  {ledger.ChannelFax, ledger.ChannelRelay},
}

var targets = slices.SortedFunc(maps.Keys(ladders), func(a, b ledger.ID) int { return strings.Compare(a.Record(), b.Record()) })

// rung names a target in a map.
func rung(slug, target string) ledger.ID {
	return ledger.ID{Key: ledger.Key{Campaign: slug}, Target: target}
}

// wordings are what the letters say, deployment after deployment.
var wordings = []string{"We ask you to let them go.", "We ask you, once more, to let all of them go."}

// modelFiles are three live campaigns, whose letters have four variants: to two targets with all channels, to the same mailbox and number
// without a relay, and after confirmation to a mailbox without a number and a number without a mailbox.
func modelFiles(wording string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for _, c := range []struct{ slug, extra, targets string }{
		{"one", "confirm: edited\n" + modelGateway + federation, "minister,minister@state.internal," + number1 + "\nenvoy,envoy@state.internal," + number2},
		{"two", "confirm: edited\n" + modelGateway, "palace,minister@state.internal," + number1},
		{"three", "confirm: always\n" + modelGateway + federation, "press,press@state.internal,\nclerk,," + number2},
	} {
		add(fsys, c.slug, c.extra+pace, "", "")
		rows := "id,email,fax,name,country,kind,confidence,section,zone,source,as_of,website\n"
		for row := range strings.Lines(c.targets + "\n") {
			rows += strings.TrimSpace(row) + ",The office,KR,office,A,general,Asia/Seoul,a test,2026-11-01,https://state.internal/\n"
		}
		fsys["campaigns/"+c.slug+"/targets.csv"] = &fstest.MapFile{Data: []byte(rows)}
		fsys["campaigns/"+c.slug+"/letter.en.md"] = &fstest.MapFile{Data: []byte("---\nsubjects: [Let them go, A word for them]\n" +
			"openings: [\"Today.\", \"From {country}.\"]\n---\n{salutation}\n\n{opening}\n\n" + wording + "\n\n{name}, {country}\n")}
	}
	return fsys
}

// modelSigners is how many people there are.
const modelSigners = 151

// typed is what a signer of the model types. Some have names that no fax can show, which the form refuses where a fax is the first way.
func typed(w who) action.Submission {
	sub := submission(w.signer)
	sub.Name = fmt.Sprintf("Ann %c%c", 'A'+w.signer/26, 'a'+w.signer%26)
	if w.signer%9 == 4 && w.slug != "three" {
		sub.Name += " \u0622\u0646"
	}
	return sub
}

// play is what does not change from run to run of the model: the deployments, who signs, and what they see.
type play struct {
	libraries []*campaign.Library
	keys      seal.Keys
	shown     map[shown]action.Entry
	variants  map[ledger.Key]int // by who sees them
	counts    map[string]int     // over all runs
}

// shown names a letter that a signer saw.
type shown struct {
	id      ledger.ID
	version string
}

func rehearse(t testing.TB) *play {
	t.Helper()
	p := &play{keys: keys(t), shown: map[shown]action.Entry{}, variants: map[ledger.Key]int{}, counts: map[string]int{}}
	for _, wording := range wordings {
		library := campaign.Open(modelFiles(wording))
		p.libraries = append(p.libraries, library)
		for _, slug := range slugs {
			if _, err := library.Get(slug); err != nil {
				t.Fatalf("fixture:\n%v", err)
			}
			p.show(t, library, slug)
		}
	}
	return p
}

// show notes what everybody sees of a campaign, by its previews.
func (p *play) show(t testing.TB, library *campaign.Library, slug string) {
	t.Helper()
	service := start(t, nil, nil, nil, library, p.keys, (&clock{now: noon}).Now).service
	for signer := range modelSigners {
		r, err := service.Preview(t.Context(), slug, typed(who{slug, signer}))
		if err != nil {
			t.Fatal(err)
		}
		key := p.key(who{slug, signer})
		p.variants[key] = r.Variant
		for _, e := range r.Letters {
			p.shown[shown{ledger.ID{Key: key, Target: e.Way.Target.ID}, e.Version}] = e
		}
	}
}

func (p *play) key(w who) ledger.Key {
	k, _ := p.keys.Campaign(context.Background(), w.slug) // never fails
	return ledger.Key{Campaign: w.slug, Signer: k.SignerID(emailOf(w.signer))}
}

// flat is a text without its lines.
func flat(text string) string { return strings.Join(strings.Fields(text), " ") }

// by is the channel by which a letter of the model left.
func by(m mailer.Message) ledger.Channel {
	switch m.To[0].Domain() {
	case "fax.gateway.net":
		return ledger.ChannelFax
	case "federation.internal":
		return ledger.ChannelRelay
	}
	return ledger.ChannelEmail
}
