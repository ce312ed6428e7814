package web

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"one-click-protest/internal/action"
	"one-click-protest/internal/address"
)

// form is the form in one of its states: empty, with a letter shown, with fields to correct.
type form struct {
	venue
	in       input
	framed   bool            // posted out of a frame that only the partner's pages can hold
	receipt  *action.Receipt // of the letter shown; nil: none can be
	previews bool            // the letter shown is the signer's, not a sample
	live     bool            // shown while something is typed: nothing is to be looked at or corrected
	astray   bool            // the signer changed the letter for another country or language
	invalid  []action.FieldError
	notice   string // text key of what went wrong otherwise; empty: nothing did
	tally    *tallyJSON
	links    url.Values // kept by the links to other languages; nil after a POST: they would lose what was typed
	now      time.Time
}

func (s *server) getForm(w http.ResponseWriter, r *http.Request) {
	v, ok := s.enter(w, r, byPage)
	if !ok {
		return
	}
	in := fromQuery(r.URL.Query())
	if in.proof != "" {
		private(w)
	} else {
		public(w, "Accept-Language")
	}
	s.firstForm(w, r, v, in)
}

// firstForm shows the form as it is before anything was typed.
func (s *server) firstForm(w http.ResponseWriter, r *http.Request, v venue, in input) {
	f := s.newForm(v, in)
	f.links = f.in.kept()
	if t, err := s.tallies.get(r.Context(), v.campaign); err == nil {
		f.tally = &t.public
	}
	ctx, cancel := work(r)
	defer cancel()
	s.sample(ctx, &f, action.Submission{})
	s.showForm(w, http.StatusOK, f)
}

// newForm answers the form with what was typed. A campaign that knows which language suits whom leaves a letter's to that, others to
// what the signer reads.
func (s *server) newForm(v venue, in input) form {
	in.partner = known(v.campaign, in.partner)
	in.settle(v.campaign.Variants())
	v.partner = cmp.Or(v.partner, in.partner)
	if in.language == "" && len(v.campaign.LetterLanguages) == 0 {
		in.language = v.campaign.Best(v.language)
	}
	return form{venue: v, in: in, now: s.Now()}
}

// sampleCountries are asked in turn for a letter to show to whoever has not said where they live.
var sampleCountries = []string{"US", "GB", "DE", "JP", "KR", "CN"}

// sample gives a form a letter to show, so that everyone sees one before sending: of the country chosen, or else of some
// country, with what else is known of its signer. A campaign that is not running has none.
//
// Of a letter's variants it shows one by the clock, and the form carries it along: what is sent is what was shown. So a page that a CDN keeps
// ([public]) is right for everybody who gets it, and one variant goes to all who come within that minute.
func (s *server) sample(ctx context.Context, f *form, known action.Submission) {
	known.Language, known.Reads, known.Variant = f.in.language, f.language, f.in.variant
	typed := known.Fields
	for _, country := range append([]string{f.in.country}, sampleCountries...) {
		if _, err := address.ParseCountry(country); err != nil {
			continue
		}
		known.Country, known.Fields = country, f.unfilled(country, typed)
		r, err := s.Actions.Preview(ctx, f.campaign.Slug, known)
		if err == nil && len(r.Letters) > 0 {
			f.receipt, f.in.variant = &r, r.Variant
			return
		}
	}
}

// unfilled stands for the campaign's own fields in a sample of a country: their labels in brackets.
func (f *form) unfilled(country string, known map[string]string) map[string]string {
	fields, language := map[string]string{}, f.labelLanguage(country)
	for _, asked := range f.campaign.Fields {
		label := "(" + f.campaign.Text(asked.Label, language) + ")"
		if strings.TrimSpace(known[asked.Name]) != "" {
			fields[asked.Name] = known[asked.Name]
		} else if len(label) <= asked.Max {
			fields[asked.Name] = label
		}
	}
	return fields
}

// labelLanguage is what the signer reads or has chosen, if each of a country's letters can be written in it: a fax cannot show Arabic.
func (f *form) labelLanguage(country string) string {
	language := cmp.Or(f.in.language, f.language)
	from, err := address.ParseCountry(country)
	if err != nil {
		return language
	}
	for _, w := range f.campaign.WaysAt(from, f.now) {
		if !f.campaign.Writes(w, f.campaign.Best(language)) {
			return f.campaign.LetterLanguage(w, language)
		}
	}
	return language
}

// posted reads a form that one of our own pages posted; what is wrong with it has been answered when ok is false.
func (s *server) posted(w http.ResponseWriter, r *http.Request, v venue) (values url.Values, ok bool) {
	private(w)
	if !s.fromOwnPage(r) {
		s.fail(w, r, v, errOrigin)
		return nil, false
	}
	values, err := readForm(w, r)
	if err != nil {
		s.fail(w, r, v, err)
	}
	return values, err == nil
}

// postForm shows the signer's letter, or sends it.
func (s *server) postForm(w http.ResponseWriter, r *http.Request) {
	v, ok := s.enter(w, r, byPage)
	if !ok {
		return
	}
	values, ok := s.posted(w, r, v)
	if !ok {
		return
	}
	s.take(w, r, time.Now(), s.newForm(v, fromForm(values)), values.Get("do"))
}

// take does what was asked for with a posted form, whose body had been read at start.
func (s *server) take(w http.ResponseWriter, r *http.Request, start time.Time, f form, do string) {
	switch do {
	case "send":
		s.held(w, r, start, func(w http.ResponseWriter, r *http.Request) { s.sendForm(w, r, f) })
		return
	case "live":
		s.liveForm(w, r, f)
		return
	case "anew":
		f.in.restart()
	}
	s.previewForm(w, r, f)
}

// submission is what the form asks for, of whom and from where.
func (f *form) submission() action.Submission {
	sub := f.in.submission()
	sub.Reads, sub.Partner, sub.Origin, sub.Framed = f.language, f.partner, f.origin, f.framed
	return sub
}

// glance is the submission as it takes to look at its letter.
func (f *form) glance() action.Submission {
	sub := f.submission()
	sub.Version, sub.Template, sub.Consent, sub.Email = "", "", "", ""
	return sub
}

// taken answers what the form asks for.
func (s *server) taken(ctx context.Context, f *form) (action.Submission, error) {
	if err := f.in.misplaced(); err != nil {
		return action.Submission{}, err
	}
	if err := s.redraft(ctx, f); err != nil {
		return action.Submission{}, err // going on without it would lose own words
	}
	return f.submission(), nil
}

// redraft fills the half of the letter that its signer left alone from the campaign's letter as it is now: the form says it as
// it was before a name, own words or the country changed.
func (s *server) redraft(ctx context.Context, f *form) error {
	if f.in.ownSubject == f.in.ownBody {
		return nil
	}
	untouched := *f
	untouched.in.ownSubject, untouched.in.ownBody = false, false
	r, err := s.Actions.Preview(ctx, f.campaign.Slug, untouched.glance())
	if err != nil {
		return err
	}
	f.in.fill(r.Letters[0].Draft)
	return nil
}

// previewForm asks nothing of the ledger, so its answer needs no grid.
func (s *server) previewForm(w http.ResponseWriter, r *http.Request, f form) {
	ctx, cancel := work(r)
	defer cancel()
	sub, err := s.taken(ctx, &f)
	if err != nil {
		s.formAgain(ctx, w, r, f, err)
		return
	}
	sub.Version, sub.Template, sub.Consent = "", "", "" // they are for sending
	receipt, err := s.Actions.Preview(ctx, f.campaign.Slug, sub)
	if err != nil {
		s.formAgain(ctx, w, r, f, err)
		return
	}
	f.show(receipt)
	if f.in.proof == "" {
		returnable(w)
	}
	s.showForm(w, http.StatusOK, f)
}

// show puts the signer's letter into the form, and its text into the edit fields unless the signer has changed them.
func (f *form) show(r action.Receipt) {
	f.receipt, f.previews = &r, true
	first := r.Letters[0]
	f.in.version, f.in.variant = r.Version, r.Variant
	f.astray = f.in.edited() && f.in.draft != "" && f.in.draft != f.addressed()
	if strings.TrimSpace(f.in.name) == "" {
		return // the name belongs into what is edited
	}
	if f.in.ownSubject == f.in.ownBody { // else redraft did it
		f.in.fill(first.Draft)
	}
	if !f.in.edited() {
		f.in.draft = f.addressed()
	}
}

// addressed says to whom the letter shown goes, from where and in which language: what the names in it depend on.
func (f *form) addressed() string {
	return strings.Join([]string{strings.ToUpper(f.in.country), f.receipt.Letters[0].Way.Target.ID, f.receipt.Language}, " ")
}

func (s *server) sendForm(w http.ResponseWriter, r *http.Request, f form) {
	ctx, cancel := work(r)
	defer cancel()
	sub, err := s.taken(ctx, &f)
	if err != nil {
		s.formAgain(ctx, w, r, f, err)
		return
	}
	receipt, err := s.Actions.Submit(ctx, f.campaign.Slug, sub)
	if err != nil {
		s.formAgain(ctx, w, r, f, err)
		return
	}
	s.showResult(w, result{venue: f.venue, receipt: receipt, country: f.in.country, now: f.now})
}

// formAgain answers a submission that was not taken with the form and everything typed in it. Only where the campaign takes
// none any more there is nothing to try again.
func (s *server) formAgain(ctx context.Context, w http.ResponseWriter, r *http.Request, f form, err error) {
	var invalid *action.Invalid
	refused := refusalOf(err)
	switch {
	case errors.As(err, &invalid):
		f.invalid = invalid.Fields
	case errors.Is(err, action.ErrChanged):
		f.notice = "form.changed"
	case refused.status >= http.StatusInternalServerError:
		f.notice = "problem." + refused.code + ".detail"
	default:
		s.fail(w, r, f.venue, err)
		return
	}
	s.refuse(w, r, err)
	s.reshow(ctx, &f)
	s.showForm(w, refused.status, f)
}

// reshow shows the signer's letter again where it can be composed, else the sample.
func (s *server) reshow(ctx context.Context, f *form) {
	_ = s.redraft(ctx, f) // what is wrong is being told
	if r, err := s.Actions.Preview(ctx, f.campaign.Slug, f.glance()); err == nil {
		f.show(r)
		return
	}
	s.sample(ctx, f, action.Submission{})
}
