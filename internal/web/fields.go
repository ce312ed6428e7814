package web

import (
	"slices"
	"strconv"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"one-click-protest/internal/action"
	"one-click-protest/internal/campaign"
	"one-click-protest/internal/lang"
	"one-click-protest/internal/ledger"
)

// failed answers what is wrong with a field.
func (f form) failed(field string) (action.FieldError, bool) {
	for _, e := range f.invalid {
		if e.Field == field {
			return e, true
		}
	}
	return action.FieldError{}, false
}

// row is a label, what helps to fill the field in, what is wrong with it, and its control.
func (f form) row(field, hint string, required bool, control g.Node) g.Node {
	e, bad := f.failed(field)
	class := "row"
	if bad {
		class = "row bad"
	}
	return h.Div(h.Class(class),
		h.Label(h.For(id(field)), f.labelled(field),
			g.If(!required, h.Span(h.Class("optional"), g.Text(" ("+f.text("form.optional")+")")))),
		g.If(hint != "", h.P(h.Class("hint"), h.ID(id(field)+"-hint"), g.Text(hint))),
		g.If(bad, h.P(h.Class("error"), h.ID(id(field)+"-error"), g.Text(fieldText(f.language, e)))),
		control,
	)
}

// labelled is a field's label, a campaign's own with its language.
func (f form) labelled(field string) g.Node {
	for _, asked := range f.campaign.Fields {
		if tongue := f.tongue(asked.Label); field == "fields."+asked.Name && tongue != nil {
			return h.Span(tongue, g.Text(f.label(field)))
		}
	}
	return g.Text(f.label(field))
}

// control is the attributes that tie a control to its row.
func (f form) control(field string, more ...g.Node) []g.Node {
	_, bad := f.failed(field)
	var described []string
	if f.hinted(field) {
		described = append(described, id(field)+"-hint")
	}
	if bad {
		described = append(described, id(field)+"-error")
	}
	nodes := []g.Node{h.ID(id(field)), h.Name(field)}
	if len(described) > 0 {
		nodes = append(nodes, h.Aria("describedby", strings.Join(described, " ")))
	}
	if bad {
		nodes = append(nodes, h.Aria("invalid", "true"))
	}
	return append(nodes, more...)
}

// hinted says which rows have a hint.
func (f form) hinted(field string) bool {
	switch field {
	case "name", "email", "country", "message", "letter.body", "subscribe":
		return true
	}
	return false
}

// line is an input of one line. Length limits are the server's: a browser's would cut pasted text without a word, and counts
// other units.
func (f form) line(field, value string, most int, more ...g.Node) g.Node {
	nodes := f.control(field, h.Value(value), h.Dir("auto"), h.MaxLength(strconv.Itoa(2*most)))
	return h.Input(append(nodes, more...)...)
}

func (f form) area(field, value string, rows int, more ...g.Node) g.Node {
	if strings.HasPrefix(value, "\n") {
		value = "\n" + value // HTML drops a line break right behind the tag
	}
	nodes := f.control(field, h.Rows(strconv.Itoa(rows)), h.Dir("auto"), g.Text(value))
	return h.Textarea(append(nodes, more...)...)
}

// words is the signer's own words, where the campaign's letter has a place for them and its text was not changed.
func (f form) words() g.Node {
	if !f.placed() || f.in.placed || f.in.ownBody && strings.TrimSpace(f.in.message) == "" {
		return nil
	}
	return f.row("message", f.text("hint.message"), false, f.area("message", f.in.message, 5))
}

// placed says whether the campaign's letter has a place for own words.
func (f form) placed() bool {
	c := f.campaign
	return c.Editable != campaign.EditNone && strings.Contains(c.Letters[f.letterLanguage()].Body, "{message}")
}

// letterLanguage is that of the letter shown, or else of the one that would be.
func (f form) letterLanguage() string {
	switch {
	case f.receipt != nil:
		return f.receipt.Language
	case slices.Contains(f.campaign.Languages, f.in.language):
		return f.in.language
	}
	return f.campaign.Best(f.language)
}

// editing says whether the letter's own fields are shown: from the first preview under a name on.
func (f form) editing() bool {
	return f.campaign.Editable == campaign.EditWhole && f.in.seen != ""
}

func (f form) edit() g.Node {
	switch {
	case f.campaign.Editable != campaign.EditWhole:
		return nil
	case !f.editing():
		return h.P(h.Class("note"), g.Text(f.text("form.namefirst", "button", f.text("button.preview"))))
	}
	letterLanguage := g.Group{h.Required(), h.Lang(f.letterLanguage())}
	_, subject := f.failed("letter.subject")
	_, body := f.failed("letter.body")
	return h.Details(h.Class("edit"), h.ID("edit"), g.If(f.in.edited() || subject || body, g.Attr("open")),
		h.Summary(g.Text(f.text("edit.heading"))),
		f.row("letter.subject", "", true, f.line("letter.subject", f.in.subject, 200, h.Type("text"), letterLanguage)),
		f.row("letter.body", f.editHint(), true, f.area("letter.body", f.in.body, 18, letterLanguage)),
	)
}

func (f form) editHint() string {
	hint := f.text("edit.hint")
	if f.placed() {
		hint += " " + f.text("edit.words")
	}
	if f.campaign.Several() {
		hint += " " + f.text("edit.several")
	}
	return hint
}

// learns says what of the signer the recipient will read, and the relay before them.
func (f form) learns() g.Node {
	var items g.Group
	for _, name := range learns(f.campaign) {
		items = append(items, h.Li(g.Text(f.learned(name))))
	}
	heading := "learn.heading"
	if f.relayed() {
		heading = "learn.heading.relay"
	}
	if f.receipt != nil && len(f.receipt.Letters) > 1 {
		heading += ".several"
	}
	return h.Section(h.Class("learns"), h.Data("part", "learns"), h.Aria("labelledby", "learn-title"),
		f.heading(2, h.ID("learn-title"), g.Text(f.text(heading, "relay", relayName(f.campaign)))),
		h.Ul(items, h.Li(g.Text(f.text("learn.letter")))),
		h.P(g.Text(f.text("learn.nothing"))),
	)
}

func (f form) learned(field string) string {
	if field == "email" || field == "country" {
		return f.text("learn." + field)
	}
	for _, asked := range f.campaign.Fields {
		if field == "fields."+asked.Name && !asked.Required {
			return f.text("learn.optional", "label", f.label(field))
		}
	}
	return f.label(field)
}

// relayed says whether a letter shown goes by relay: as another country's does, where none is chosen.
func (f form) relayed() bool {
	return f.receipt != nil && slices.ContainsFunc(f.receipt.Letters, func(e action.Entry) bool { return e.Way.Channel == ledger.ChannelRelay })
}

func (f form) consent() g.Node {
	c := f.campaign.Consent
	e, bad := f.failed("consent")
	return h.FieldSet(h.Class("consent"),
		h.Legend(g.Text(f.text("consent.heading"))),
		g.If(bad, h.P(h.Class("error"), h.ID("f-consent-error"), g.Text(fieldText(f.language, e)))),
		h.Div(h.Class("check"),
			h.Input(f.control("consent", h.Required(), h.Type("checkbox"), h.Value(c.Version), g.If(f.in.consent == c.Version, h.Checked()))...),
			h.Label(h.For("f-consent"), f.said(c.Text)),
		),
	)
}

// agreed is the consent that one button gives.
func (v venue) agreed() g.Node {
	return g.Group{
		h.P(g.Text(v.text("remember.agree"))),
		h.BlockQuote(v.said(v.campaign.Consent.Text)),
	}
}

func (f form) privacy() g.Node {
	p := f.campaign.Privacy
	return h.Section(h.Class("privacy"), h.Aria("labelledby", "privacy-title"),
		f.heading(1, h.ID("privacy-title"), g.Text(f.text("privacy.heading"))),
		h.P(g.Text(f.text("privacy.controller", "controller", f.campaign.Text(p.Controller, f.language), "contact", string(p.Contact)))),
		h.P(g.Text(lang.Count(f.language, "privacy.retention", p.Retention))),
	)
}
