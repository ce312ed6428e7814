package web

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"one-click-protest/internal/action"
	"one-click-protest/internal/address"
	"one-click-protest/internal/campaign"
	"one-click-protest/internal/lang"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/letter"
)

// answerJSON is what a submission or its preview is answered with, in the language that was asked for, or else the letter's. There
// is no id in it and nothing random: a repeat gets the same bytes.
type answerJSON struct {
	Confirm  bool         `json:"confirm"`
	Message  string       `json:"message"`
	Note     string       `json:"note"`
	Language string       `json:"language"`
	Letters  []letterJSON `json:"letters"`
}

// letterJSON is one letter of a submission.
type letterJSON struct {
	Target      targetJSON       `json:"target"`
	Channel     ledger.Channel   `json:"channel"`
	Expected    *time.Time       `json:"expected"`
	Do          doJSON           `json:"do"`
	Version     string           `json:"version"`
	Variant     string           `json:"variant,omitempty"` // only where the campaign has several
	Language    string           `json:"language"`
	Subject     string           `json:"subject,omitempty"`
	Text        string           `json:"text,omitempty"`
	Draft       *draftJSON       `json:"draft,omitempty"`       // to fill edit fields with
	Translation *translationJSON `json:"translation,omitempty"` // for the signer to read, never sent
}

type translationJSON struct {
	Language string `json:"language"`
	Subject  string `json:"subject"`
	Text     string `json:"text"`
}

type targetJSON struct {
	ID      string `json:"id"`
	Kind    string `json:"kind"`
	Name    string `json:"name"`
	City    string `json:"city"`
	Country string `json:"country"`
}

type draftJSON struct {
	Subject string `json:"subject"`
	Body    string `json:"body"`
}

// doJSON is what happens to the letter, or what its signer can do.
type doJSON struct {
	Text    string    `json:"text"`
	Fax     []faxJSON `json:"fax,omitempty"`
	Postal  string    `json:"postal,omitempty"`
	Website string    `json:"website,omitempty"`
	Mailto  string    `json:"mailto,omitempty"`
	// MailtoSubjectOnly: the letter is too long for a link.
	MailtoSubjectOnly bool `json:"mailto_subject_only,omitempty"`
}

type faxJSON struct {
	Number string `json:"number"` // E.164
	Dial   string `json:"dial"`   // as dialled in the signer's country
}

// newAnswer serialises a receipt. A preview shows every letter and speaks of nothing as done; an answer to a submission shows those
// that the signer has to send now.
func newAnswer(r action.Receipt, language, country string, preview bool) answerJSON {
	a := answerJSON{
		Confirm:  r.Confirm,
		Message:  lang.Text(language, outcomeKey(r)),
		Note:     lang.Text(language, onceKey(r.Campaign)),
		Language: language,
	}
	switch {
	case preview:
		a.Message = lang.Text(language, "paper.unsent")
	case r.Confirm:
		a.Message = lang.Text(language, confirmKey(r))
	}
	for _, e := range r.Letters {
		l := newLetter(r, e, language, country)
		if preview {
			l.look(r.Campaign, e, language)
		} else if !r.Confirm && !e.Way.Channel.Mailed() {
			l.Subject, l.Text = e.Letter.Subject, e.Letter.Text
		}
		a.Letters = append(a.Letters, l)
	}
	return a
}

func newLetter(r action.Receipt, e action.Entry, language, country string) letterJSON {
	t := e.Way.Target
	return letterJSON{
		Target:   targetJSON{t.ID, t.Kind, t.Name, t.City, string(t.Country)},
		Channel:  e.Way.Channel,
		Expected: localMoment(e.Expected),
		Do:       newDo(r.Campaign, e, language, country),
		Version:  r.Version,
		Variant:  variantText(r.Variant),
		Language: e.Language,
	}
}

// localMoment is a time as the target's clocks show it, with their offset from UTC; null for none.
func localMoment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.Truncate(time.Second)
	return &t
}

// variantText is a variant as forms and JSON carry it; empty where there is one only.
func variantText(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// variantOf reads it; what is no number is none that there could be.
func variantOf(s string) int {
	if s == "" {
		return 0
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		return -1
	}
	return n
}

// look adds what only a preview shows.
func (l *letterJSON) look(c *campaign.Campaign, e action.Entry, language string) {
	l.Subject, l.Text = e.Letter.Subject, e.Letter.Text
	l.Do.Text = wayText(language, "way", c, e.Way)
	if c.Editable == campaign.EditWhole {
		l.Draft = &draftJSON{e.Draft.Subject, e.Draft.Body}
	}
	if t := e.Translation; t != nil {
		l.Translation = &translationJSON{t.Language, t.Letter.Subject, t.Letter.Text}
	}
}

// confirmKey says where the mailed link is to be looked for.
func confirmKey(r action.Receipt) string {
	if r.Campaign.Mode == campaign.Test {
		return "done.confirm.test"
	}
	return "done.confirm"
}

// outcomeKey is the headline of what a submission leads to.
func outcomeKey(r action.Receipt) string {
	if r.Confirm {
		return "done.title.confirm"
	}
	for _, e := range r.Letters {
		if !e.Way.Channel.Mailed() {
			return "done.title.hand"
		}
	}
	return "done.title"
}

// newDo answers a letter's way in words, and what of it is the signer's to do. By relay the signer can do the same by hand besides.
func newDo(c *campaign.Campaign, e action.Entry, language, country string) doJSON {
	t := e.Way.Target
	do := doJSON{Text: wayText(language, "done", c, e.Way)}
	switch e.Way.Channel {
	case ledger.ChannelPrint, ledger.ChannelRelay:
		do.Fax, do.Postal = dialled(t.Fax, country), t.Postal
	case ledger.ChannelSelf:
		do.Website = webLink(t.Website)
		do.Mailto, do.MailtoSubjectOnly = mailto(ownMail(c, t), e.Letter)
	}
	return do
}

// wayText is what a family of texts says of a way: not everybody who is written to has a fax number, a postal address, an
// e-mail address and a web site.
func wayText(language, family string, c *campaign.Campaign, w campaign.Way) string {
	t, key := w.Target, family+"."+string(w.Channel)
	switch by := w.Channel; {
	case by == ledger.ChannelPrint && len(t.Fax) == 0:
		key += ".post"
	case by == ledger.ChannelPrint && t.Postal == "":
		key += ".fax"
	case by == ledger.ChannelSelf && webLink(t.Website) == "":
		key += ".mail"
	case by == ledger.ChannelSelf && !takesMail(c, t):
		key += ".web"
	}
	return lang.Text(language, key, "target", t.Name, "relay", relayName(c))
}

func relayName(c *campaign.Campaign) string {
	if c.Relay == nil {
		return ""
	}
	return c.Relay.Name
}

func dialled(numbers []address.Phone, country string) []faxJSON {
	from, _ := address.ParseCountry(country) // of no country: the international form
	var list []faxJSON
	for _, n := range numbers {
		list = append(list, faxJSON{string(n), n.DialFrom(from)})
	}
	return list
}

// ownMail is where a signer's own mail program writes to: in test mode to nobody, so that a test never reaches a target.
func ownMail(c *campaign.Campaign, t *campaign.Target) address.Email {
	to, ok := c.OwnMail(t)
	if c.Mode == campaign.Test || !ok {
		return ""
	}
	return to
}

// takesMail says whether signers can write to a target by their own mail.
func takesMail(c *campaign.Campaign, t *campaign.Target) bool {
	_, ok := c.OwnMail(t)
	return ok
}

// maxMailto is how long a mailto link may be: Windows hands programs no longer one than 2,083 characters
// (INTERNET_MAX_URL_LENGTH).
const maxMailto = 2000

// mailto answers a link of RFC 6068 that opens the letter in the signer's own mail program; subjectOnly where the text does
// not fit.
func mailto(to address.Email, l letter.Letter) (link string, subjectOnly bool) {
	link = "mailto:" + strings.ReplaceAll(escape(string(to)), "%40", "@") + "?subject=" + escape(l.Subject)
	whole := link + "&body=" + escape(strings.ReplaceAll(l.Text, "\n", "\r\n"))
	if len(whole) > maxMailto {
		return link, true
	}
	return whole, false
}

func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// webLink answers an address of the web that may stand in a link, or nothing.
func webLink(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	return u.String()
}
