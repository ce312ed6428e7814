package web

import (
	"net/http"
	"strconv"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"one-click-protest/internal/action"
	"one-click-protest/internal/campaign"
	"one-click-protest/internal/lang"
)

func (s *server) showForm(w http.ResponseWriter, status int, f form) {
	title := f.campaign.Text(f.campaign.Title, f.language)
	out := fragment{venue: f.venue, title: f.title(title), state: f.state(), nodes: []g.Node{f.alerts(), f.intro()}}
	switch f.campaign.Phase(f.now) {
	case campaign.Before:
		opens := lang.Moment(f.language, f.campaign.Opens.UTC())
		out.nodes = append(out.nodes, h.P(h.Class("notice"), g.Text(f.text("phase.before", "time", opens))))
	case campaign.After:
		out.nodes = append(out.nodes, h.P(h.Class("notice"), g.Text(f.text("phase.after"))))
	default:
		out.nodes = append(out.nodes, h.Div(h.Class("columns"), f.letter(), f.fieldsets()))
	}
	out.nodes = append(out.nodes, f.privacy())
	out.page.links = f.links
	if f.links != nil {
		out.page.head = f.openGraph()
	}
	s.deliver(w, status, out)
}

func (f form) intro() g.Node {
	c := f.campaign
	return h.Header(h.Class("intro"),
		f.heading(0, h.Class("title"), f.said(c.Title)),
		g.Map(strings.Split(c.Text(c.Summary, f.language), "\n\n"), func(p string) g.Node {
			return h.P(h.Class("lead"), f.tongue(c.Summary), g.Text(p))
		}),
		f.counter(),
		g.If(c.Phase(f.now) == campaign.Running,
			h.P(h.Class("jump"), h.A(h.Class("button"), h.Href("#take-part"), g.Text(f.text("form.heading"))))),
	)
}

// state is what scripts are told of the form.
func (f form) state() string {
	switch {
	case f.campaign.Phase(f.now) != campaign.Running:
		return stateClosed
	case f.notice != "" || len(f.invalid) > 0:
		return stateErrors
	case f.previews:
		return statePreview
	}
	return stateForm
}

// title begins with what is wrong or new, which is what a screen reader says first.
func (f form) title(campaign string) string {
	switch {
	case len(f.invalid) > 0:
		return f.text("problem.invalid.title") + " – " + campaign
	case f.looking():
		return f.text("paper.yours") + " – " + campaign
	}
	return campaign
}

// looking says whether the page is the signer's letter to look at, with nothing to correct.
func (f form) looking() bool { return f.previews && len(f.invalid) == 0 && f.notice == "" }

// one answers the text for a campaign that writes to the same recipient from everywhere, where it has another one.
func (f form) one(key string) string {
	if f.campaign.State == "" {
		return f.text(key + ".one")
	}
	return f.text(key)
}

// alerts says what has to be corrected, with links to the fields.
func (f form) alerts() g.Node {
	switch {
	case f.notice != "":
		return h.Div(h.Class("alert"), h.ID("look"), h.Role("alert"), h.TabIndex("-1"), h.P(g.Text(f.text(f.notice))))
	case len(f.invalid) == 0:
		return nil
	}
	return h.Div(h.Class("alert"), h.ID("look"), h.Role("alert"), h.TabIndex("-1"),
		h.P(h.ID("alert-title"), g.Text(f.text("form.errors"))),
		h.Ul(g.Map(f.invalid, func(e action.FieldError) g.Node {
			return h.Li(h.A(h.Href("#"+f.anchor(e.Field)), g.Text(f.label(e.Field)+": "+fieldText(f.language, e))))
		})),
	)
}

// anchor answers the id of the control that a field error belongs to; of those without one, of the form.
func (f form) anchor(field string) string {
	switch {
	case field == "letter", field == "letter.subject" && f.in.seen == "":
		return "take-part"
	case field == "fields", field == "partner", field == "version":
		return "take-part"
	}
	return id(field)
}

func id(field string) string { return "f-" + strings.ReplaceAll(field, ".", "-") }

func (f form) label(field string) string {
	if name, ok := strings.CutPrefix(field, "fields."); ok {
		for _, asked := range f.campaign.Fields {
			if asked.Name == name {
				return f.campaign.Text(asked.Label, f.language)
			}
		}
		field = "fields"
	}
	return f.text("field." + field)
}

func (f form) counter() g.Node {
	if f.tally == nil {
		return nil
	}
	said := f.text("counter.few")
	if f.tally.Actions > 0 {
		said = lang.Count(f.language, "counter.actions", f.tally.Actions)
	}
	if f.campaign.Goal == 0 {
		return h.P(h.Class("counter"), g.Text(said))
	}
	said += " " + f.text("counter.goal", "goal", lang.Number(f.language, f.campaign.Goal))
	return h.P(h.Class("counter"),
		h.Span(h.ID("counter"), g.Text(said)),
		h.Progress(h.Aria("labelledby", "counter"), h.Max(strconv.Itoa(f.campaign.Goal)),
			h.Value(strconv.Itoa(min(f.tally.Actions, f.campaign.Goal)))),
	)
}

// letter is the letters as they would leave. Scripts replace it while something is typed, as all that is marked so.
func (f form) letter() g.Node {
	if f.receipt == nil {
		return h.Div(h.Data("part", "letters"))
	}
	heading, note := f.text("paper.heading"), f.sampleNote()
	anchor := g.Node(nil)
	if f.previews {
		heading, note = f.text("paper.yours"), f.text("paper.unsent")
		if f.looking() && !f.live {
			anchor = g.Group{h.ID("look"), h.TabIndex("-1")}
		}
	}
	return h.Section(h.Class("letters"), h.Data("part", "letters"), h.Aria("labelledby", "letter-title"), anchor,
		f.heading(1, h.ID("letter-title"), g.Text(heading)),
		f.recipients(f.receipt.Letters),
		g.If(note != "", h.P(h.Class("note"), g.Text(note))),
		h.P(h.Class("hint"), h.Data("live", ""), g.Attr("hidden"), g.Text(f.text("form.live"))),
		g.If(f.astray, h.P(h.Class("alert"), h.Role("alert"), g.Text(f.text("paper.elsewhere")))),
		papers(f.venue, f.receipt.Letters, f.in.language, f.now),
	)
}

// sampleNote says what the sample is of.
func (f form) sampleNote() string {
	switch {
	case len(f.receipt.Letters) < 2:
		return f.one("paper.sample")
	case f.campaign.State != "":
		return f.text("several.country")
	}
	return ""
}

// reach says above the buttons to how many the letter goes, once that is known: it may depend on the country.
func (f form) reach() g.Node {
	if f.receipt == nil || !f.previews && f.campaign.State != "" {
		return nil
	}
	return f.recipients(f.receipt.Letters)
}

func (f form) fieldsets() g.Node {
	return h.Form(h.ID("take-part"), h.Class("form"), h.Method("post"), h.Action(f.again()+"#look"), h.Data("endpoint", f.endpoint()),
		g.Attr("enctype", partType), g.Attr("novalidate"), h.AutoComplete("on"), h.Aria("labelledby", "form-title"),
		f.heading(1, h.ID("form-title"), g.Text(f.text("form.heading"))),
		h.Div(h.Data("part", "carried"), f.hidden()),
		f.comesFrom(),
		f.prefilled(),
		f.about(),
		h.Div(h.Data("part", "words"), f.words()),
		h.Div(h.Data("part", "edit"), f.edit()),
		f.learns(),
		f.consent(),
		f.subscribe(),
		f.rememberBox(),
		h.Div(h.Data("part", "reach"), f.reach()),
		f.once(),
		h.Div(h.Class("alert"), h.Data("offline", ""), h.Role("alert"), h.TabIndex("-1"), g.Attr("hidden"), h.P(g.Text(f.text("form.offline")))),
		f.buttons(),
		f.remembered(),
	)
}

func (f form) buttons() g.Node {
	return h.Div(h.Class("buttons"),
		h.Button(h.Type("submit"), h.Name("do"), h.Value("preview"), h.Class("second"), g.Text(f.text("button.preview"))),
		h.Button(h.Type("submit"), h.Name("do"), h.Value("send"), h.Data("busy", f.text("button.sending")), g.Text(f.text("button.send"))),
		// Not beside the letter's fields: a form's first button is the one that the enter key presses.
		g.If(f.in.edited(), h.Button(h.Type("submit"), h.Name("do"), h.Value("anew"), h.Class("second"), g.Text(f.text("button.anew")))),
	)
}

func (f form) hidden() g.Node {
	var nodes g.Group
	add := func(name, value string) {
		if value != "" {
			nodes = append(nodes, h.Input(h.Type("hidden"), h.Name(name), h.Value(value)))
		}
	}
	add("partner", f.in.partner)
	add("proof", f.in.proof)
	if f.previews {
		add("version", f.in.version)
	} else {
		add("template", action.Template(f.campaign)) // of the sample that stands beside the form
	}
	add("variant", variantText(f.in.variant))
	if f.in.placed {
		add("message", f.in.message)
	}
	if f.editing() {
		add("seen", f.in.seen)
		add("draft", f.in.draft)
	}
	return nodes
}

func (f form) about() g.Node {
	c := f.campaign
	return h.FieldSet(
		h.Legend(g.Text(f.text("form.you"))),
		f.row("name", f.text("hint.name"), true, f.line("name", f.in.name, 100, h.Required(), h.Type("text"), h.AutoComplete("name"))),
		f.row("email", f.emailHint(), true, f.line("email", f.in.email, 254, h.Required(), h.Type("email"), h.AutoComplete("email"),
			g.Attr("inputmode", "email"), g.Attr("spellcheck", "false"), g.Attr("autocapitalize", "off"))),
		f.row("country", f.one("hint.country"), true, f.countries()),
		g.Map(c.Fields, func(a campaign.Field) g.Node {
			name := "fields." + a.Name
			return f.row(name, "", a.Required, f.line(name, f.in.fields[a.Name], a.Max, g.If(a.Required, h.Required()), h.Type("text"), fieldFill(a.Name)))
		}),
		g.If(len(c.Languages) > 1, f.row("language", "", true, f.languages())),
	)
}

// fieldFill tells browsers what a campaign's own field is, where its name says so.
func fieldFill(name string) g.Node {
	switch name {
	case "city":
		return h.AutoComplete("address-level2")
	case "postcode":
		return h.AutoComplete("postal-code")
	}
	return nil
}

func (f form) emailHint() string {
	hint := f.text("hint.email." + string(f.campaign.ReplyTo))
	if f.campaign.Confirm == campaign.ConfirmOff || f.in.proof != "" {
		return hint
	}
	return hint + " " + f.text("hint.confirm."+string(f.campaign.Confirm))
}

func (f form) countries() g.Node {
	return h.Select(f.control("country", h.Required(), h.AutoComplete("country"),
		h.Option(h.Value(""), g.Text(f.text("form.choose"))),
		g.Map(lang.Countries(f.language), func(code string) g.Node {
			return h.Option(h.Value(code), g.If(code == strings.ToUpper(f.in.country), h.Selected()), g.Text(lang.Country(f.language, code)))
		}),
	)...)
}

// languages are those of the letter. Where the campaign knows which one suits its recipient, that one goes unless its signer chooses.
func (f form) languages() g.Node {
	suits := len(f.campaign.LetterLanguages) > 0
	return h.Select(f.control("language",
		g.If(suits, h.Option(h.Value(""), g.If(f.in.language == "", h.Selected()), g.Text(f.text("language.recipient")))),
		g.Map(f.campaign.Languages, func(l string) g.Node {
			return h.Option(h.Value(l), g.If(l == f.in.language, h.Selected()), h.Lang(l), g.Text(languageName(l)))
		}),
	)...)
}
