package web

import (
	"net/http"
	"time"

	"one-click-protest/internal/action"
	"one-click-protest/internal/campaign"
	"one-click-protest/internal/lang"
)

// campaignJSON is what an embedder needs to draw the form.
type campaignJSON struct {
	Slug          string            `json:"slug"`
	Language      string            `json:"language"`       // of countries and note
	TextsLanguage string            `json:"texts_language"` // of the campaign's own texts here: its nearest
	Languages     []string          `json:"languages"`
	Title         string            `json:"title"`
	Summary       string            `json:"summary"`
	Mode          campaign.Mode     `json:"mode"`
	Phase         string            `json:"phase"`
	Opens         *time.Time        `json:"opens"`
	Closes        *time.Time        `json:"closes"`
	Goal          int               `json:"goal"`
	Fields        []askedJSON       `json:"fields"`
	Editable      campaign.Editable `json:"editable"`
	Confirm       campaign.Confirm  `json:"confirm"`
	ReplyTo       campaign.ReplyTo  `json:"reply_to"`
	Learns        []string          `json:"recipient_learns"`
	Consent       consentJSON       `json:"consent"`
	Privacy       privacyJSON       `json:"privacy"`
	Countries     []countryJSON     `json:"countries"`
	Note          string            `json:"note"`
	Form          string            `json:"form"`
}

type askedJSON struct {
	Name     string `json:"name"`
	Label    string `json:"label"`
	Required bool   `json:"required"`
	Max      int    `json:"max"`
}

type consentJSON struct {
	Version string `json:"version"`
	Text    string `json:"text"`
}

type privacyJSON struct {
	Controller    string `json:"controller"`
	Contact       string `json:"contact"`
	RetentionDays int    `json:"retention_days"`
}

type countryJSON struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

func (s *server) getCampaign(w http.ResponseWriter, r *http.Request) {
	c, err := s.campaign(r)
	if err != nil {
		s.problem(w, r, s.language(r), err)
		return
	}
	s.share(w, r, c)
	public(w, "Accept-Language")
	language := s.language(r)
	w.Header().Set("Content-Language", language)
	writeJSON(w, jsonType, http.StatusOK, s.describe(c, language))
}

func (s *server) describe(c *campaign.Campaign, language string) campaignJSON {
	return campaignJSON{
		Slug:          c.Slug,
		Language:      language,
		TextsLanguage: c.Best(language),
		Languages:     c.Languages,
		Title:         c.Text(c.Title, language),
		Summary:       c.Text(c.Summary, language),
		Mode:          c.Mode,
		Phase:         phase(c, s.Now()),
		Opens:         moment(c.Opens),
		Closes:        moment(c.Closes),
		Goal:          c.Goal,
		Fields:        asked(c, language),
		Editable:      c.Editable,
		Confirm:       c.Confirm,
		ReplyTo:       c.ReplyTo,
		Learns:        learns(c),
		Consent:       consentJSON{c.Consent.Version, c.Text(c.Consent.Text, language)},
		Privacy:       privacyJSON{c.Text(c.Privacy.Controller, language), string(c.Privacy.Contact), c.Privacy.Retention},
		Countries:     countries(language),
		Note:          lang.Text(language, onceKey(c)),
		Form:          s.PublicURL + "/c/" + c.Slug,
	}
}

func phase(c *campaign.Campaign, now time.Time) string {
	switch c.Phase(now) {
	case campaign.Before:
		return "before"
	case campaign.After:
		return "after"
	default:
		return "running"
	}
}

func asked(c *campaign.Campaign, language string) []askedJSON {
	fields := []askedJSON{}
	for _, f := range c.Fields {
		fields = append(fields, askedJSON{f.Name, c.Text(f.Label, language), f.Required, f.Max})
	}
	return fields
}

// learns is what of a signer stands in the letter or its header.
func learns(c *campaign.Campaign) []string {
	names := []string{"name", "country"}
	for _, f := range c.Fields {
		names = append(names, "fields."+f.Name)
	}
	if c.ReplyTo == campaign.ReplyToSigner {
		names = append(names, "email")
	}
	return names
}

func countries(language string) []countryJSON {
	var list []countryJSON
	for _, code := range lang.Countries(language) {
		list = append(list, countryJSON{code, lang.Country(language, code)})
	}
	return list
}

// moment is a time as JSON has it: to the second, in UTC, null for none.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC().Truncate(time.Second)
	return &t
}

// postPreview answers what a submission would become, and writes nothing.
func (s *server) postPreview(w http.ResponseWriter, r *http.Request) {
	c, sub, ok := s.submission(w, r)
	if !ok {
		return
	}
	ctx, cancel := work(r)
	defer cancel()
	receipt, err := s.Actions.Preview(ctx, c.Slug, sub)
	if err != nil {
		s.problem(w, r, s.speak(r, sub.Language), err)
		return
	}
	s.answer(w, http.StatusOK, newAnswer(receipt, s.speak(r, receipt.Language), sub.Country, true))
}

// postAction takes a submission. Its answer is a function of the request, the campaign and the clock (promise 4).
func (s *server) postAction(w http.ResponseWriter, r *http.Request) {
	c, sub, ok := s.submission(w, r)
	if !ok {
		return
	}
	ctx, cancel := work(r)
	defer cancel()
	receipt, err := s.Actions.Submit(ctx, c.Slug, sub)
	if err != nil {
		s.problem(w, r, s.speak(r, sub.Language), err)
		return
	}
	s.answer(w, http.StatusAccepted, newAnswer(receipt, s.speak(r, receipt.Language), sub.Country, false))
}

func (s *server) answer(w http.ResponseWriter, status int, a answerJSON) {
	private(w)
	w.Header().Set("Content-Language", a.Language)
	writeJSON(w, jsonType, status, a)
}

// submission reads a submission's JSON; what is wrong with it has been answered when ok is false.
func (s *server) submission(w http.ResponseWriter, r *http.Request) (c *campaign.Campaign, sub action.Submission, ok bool) {
	c, err := s.campaign(r)
	if err != nil {
		s.problem(w, r, s.language(r), err)
		return nil, sub, false
	}
	s.share(w, r, c)
	if sub, err = s.readSubmission(w, r, c); err != nil {
		s.problem(w, r, s.language(r), err)
		return nil, sub, false
	}
	return c, sub, true
}

func (s *server) readSubmission(w http.ResponseWriter, r *http.Request, c *campaign.Campaign) (action.Submission, error) {
	if s.source(r, c) == sourceForeign {
		return action.Submission{}, errOrigin
	}
	body, err := readBody(w, r, jsonType)
	if err != nil {
		return action.Submission{}, err
	}
	sub, err := decode(body)
	if err != nil {
		return action.Submission{}, err
	}
	sub.Origin = r.Header.Get("Origin")
	if asks(r) != "" {
		sub.Reads = s.language(r)
	}
	return sub, nil
}
