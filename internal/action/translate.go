package action

import (
	"fmt"

	"one-click-protest/internal/lang"
	"one-click-protest/internal/letter"
)

// translate puts beside each letter the campaign's own in the language that is nearest to what the signer reads. The campaign wrote both:
// nobody could translate what the signer wrote instead, so an edited letter has none.
func (p *prepared) translate() error {
	language := p.campaign.Best(p.reads)
	if p.reads == "" || p.rewritten() {
		return nil
	}
	who := p.shown(language)
	who.Edited = nil
	notes := lang.Notes(language)
	for i, e := range p.entries {
		if e.Language == language {
			continue
		}
		text, err := letter.Compose(letter.NewSource(p.campaign, e.Way, language, notes), who)
		if err != nil {
			return fmt.Errorf("compose translation for %s: %w", e.Way.Target.ID, err)
		}
		p.entries[i].Translation = &Translation{Language: language, Letter: text}
	}
	return nil
}

// rewritten says whether the signer changed the campaign's own words; those at {message} stand beside them.
func (p *prepared) rewritten() bool { return p.changedIn(0) }

func (p *prepared) changedIn(i int) bool {
	who := p.signer
	who.Message = ""
	return p.sources[i].Changed(who)
}
