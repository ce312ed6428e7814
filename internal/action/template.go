package action

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"one-click-protest/internal/campaign"
)

// Template identifies what a campaign's letters say, in all languages: a signer who saw a sample of one language and country,
// and sends another one's letter, has still seen this. A submission that names it is refused if it changed.
func Template(c *campaign.Campaign) string {
	// Marshal sorts the languages. It cannot fail: these are texts alone.
	texts, _ := json.Marshal(struct {
		Letters map[string]campaign.Letter
		Salute  campaign.Texts
		Relay   *campaign.Relay
	}{c.Letters, c.Salute, c.Relay})
	sum := sha256.Sum256(texts)
	return hex.EncodeToString(sum[:12])
}
