package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"one-click-protest/internal/action"
	"one-click-protest/internal/lang"
)

// personalView is the page behind a personal link: a letter and one button. No page can hold it in a frame.
type personalView struct {
	venue
	token  string
	opened action.Personal
	notice string // text key of what went wrong; empty: nothing did
	now    time.Time
}

// getPersonal shows what would be sent. Looking changes nothing (promise 9).
func (s *server) getPersonal(w http.ResponseWriter, r *http.Request) {
	private(w)
	here, ok := s.enter(w, r, byPage)
	if !ok {
		return
	}
	v := personalView{venue: here, token: r.URL.Query().Get("token"), now: s.Now()}
	var err error
	if v.opened, err = s.Actions.OpenPersonal(r.Context(), v.campaign.Slug, v.token, v.language); err != nil {
		s.failPersonal(w, r, v, err)
		return
	}
	s.showPersonal(w, http.StatusOK, v)
}

// postPersonal takes part. Its answers leave on the grid as all submissions' do.
func (s *server) postPersonal(w http.ResponseWriter, r *http.Request) {
	here, ok := s.enter(w, r, byPage)
	if !ok {
		return
	}
	values, ok := s.posted(w, r, here)
	if !ok {
		return
	}
	v := personalView{venue: here, token: values.Get("token"), now: s.Now()}
	sub := action.Submission{Consent: values.Get("consent"), Version: values.Get("version"), Variant: max(0, variantOf(values.Get("variant"))), Reads: v.language}
	s.held(w, r, time.Now(), func(w http.ResponseWriter, r *http.Request) { s.sendPersonal(w, r, v, sub) })
}

func (s *server) sendPersonal(w http.ResponseWriter, r *http.Request, v personalView, sub action.Submission) {
	ctx, cancel := work(r)
	defer cancel()
	var err error
	if v.opened, err = s.Actions.OpenPersonal(ctx, v.campaign.Slug, v.token, v.language); err != nil {
		s.failPersonal(w, r, v, err)
		return
	}
	receipt, err := s.submitPersonal(ctx, v, sub)
	if err != nil {
		s.personalAgain(w, r, v, err)
		return
	}
	s.showResult(w, result{venue: v.venue, receipt: receipt, country: v.opened.Country, masked: true, now: v.now})
}

// submitPersonal also takes a consent text that has changed since it was shown for a page to read again.
func (s *server) submitPersonal(ctx context.Context, v personalView, sub action.Submission) (action.Receipt, error) {
	receipt, err := s.Actions.SubmitPersonal(ctx, v.campaign.Slug, v.token, sub)
	var invalid *action.Invalid
	if errors.As(err, &invalid) {
		err = action.ErrChanged
	}
	return receipt, err
}

// personalAgain answers what was not taken with the page as it is now, to press its button again.
func (s *server) personalAgain(w http.ResponseWriter, r *http.Request, v personalView, err error) {
	refused := refusalOf(err)
	switch {
	case errors.Is(err, action.ErrChanged):
		v.notice = "problem.changed.title"
	case refused.status >= http.StatusInternalServerError:
		v.notice = "problem." + refused.code + ".detail"
	default:
		s.failPersonal(w, r, v, err)
		return
	}
	s.refuse(w, r, err)
	s.showPersonal(w, refused.status, v)
}

// failPersonal leads from a link that does not work to the form, with what the link proves where the campaign only asks for more.
func (s *server) failPersonal(w http.ResponseWriter, r *http.Request, v personalView, err error) {
	var invalid *action.Invalid
	if !errors.As(err, &invalid) {
		s.fail(w, r, v.venue, err)
		return
	}
	f := s.refuse(w, r, err)
	title := f.title(v.language)
	s.showView(w, f.status, v.venue, title, nil, []g.Node{v.heading(0, g.Text(title)), v.why(invalid.Fields), v.change()})
}

// why says what has to be changed first: a link's owner did not type it, and sees nothing of it here.
func (v personalView) why(fields []action.FieldError) g.Node {
	asked := form{venue: v.venue}
	return h.Ul(g.Map(fields, func(e action.FieldError) g.Node {
		return h.Li(g.Text(asked.label(e.Field) + ": " + fieldText(v.language, e)))
	}))
}

func (s *server) showPersonal(w http.ResponseWriter, status int, v personalView) {
	title := v.text("personal.title")
	who := v.opened
	intro := v.text("personal.intro", "name", who.Name, "email", who.Email, "country", lang.Country(v.language, who.Country))
	main := []g.Node{
		g.If(v.notice != "", h.Div(h.Class("alert"), h.ID("look"), h.Role("alert"), h.TabIndex("-1"), h.P(g.Text(v.text(v.notice))))),
		v.heading(0, h.Class("title"), g.Text(title)),
		h.P(h.Class("lead"), v.said(v.campaign.Title)),
		h.P(h.Class("lead"), g.Text(intro)),
		h.P(h.Class("notice"), g.Text(v.text("personal.notyou"))),
		v.recipients(who.Letters),
		papers(v.venue, who.Letters, "", v.now),
		v.form(),
		v.change(),
	}
	s.showView(w, status, v.venue, title, url.Values{"token": {v.token}}, main)
}

// form is one button, and what it agrees to.
func (v personalView) form() g.Node {
	query := "?" + url.Values{"language": {v.language}}.Encode()
	hidden := func(name, value string) g.Node { return h.Input(h.Type("hidden"), h.Name(name), h.Value(value)) }
	return h.Form(h.Class("form"), h.Method("post"), h.Action("/c/"+v.campaign.Slug+"/personal"+query+"#look"), g.Attr("enctype", partType),
		hidden("token", v.token), hidden("version", v.opened.Version), v.variant(), hidden("consent", v.campaign.Consent.Version),
		v.agreed(),
		v.once(),
		h.P(h.Class("buttons"), h.Button(h.Type("submit"), h.Class("agree"), h.Data("busy", v.text("button.sending")), g.Text(v.text("button.agree")))),
	)
}

// variant is which of the letter's variants is shown, where there are several.
func (v personalView) variant() g.Node {
	if v.opened.Variant == 0 {
		return nil
	}
	return h.Input(h.Type("hidden"), h.Name("variant"), h.Value(variantText(v.opened.Variant)))
}

// change leads to the form, which takes the token as proof of the address.
func (v personalView) change() g.Node {
	query := url.Values{"proof": {v.token}, "language": {v.language}}
	if v.partner != "" {
		query.Set("partner", v.partner)
	}
	return h.P(h.A(h.Href("/c/"+v.campaign.Slug+"?"+query.Encode()), g.Text(v.text("personal.change"))))
}
