package web

import (
	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// What the page's script needs to fill the form in from the signer's device or from a link's fragment, which no server gets to see. It
// stands on the campaign's own page alone, where no partner's script can read it, and stays hidden without a script.

// prefilled asks to look at what a link has filled in.
func (f form) prefilled() g.Node {
	if f.way != byPage {
		return nil
	}
	return h.P(h.Class("notice"), h.Data("prefilled", ""), h.Role("status"), g.Attr("hidden"), g.Text(f.text("form.prefilled")))
}

// rememberBox has no name: it is never posted.
func (f form) rememberBox() g.Node {
	if f.way != byPage {
		return nil
	}
	return g.Group{
		h.Div(h.Class("check"), h.Data("remember", ""), g.Attr("hidden"),
			h.Input(h.ID("f-remember"), h.Type("checkbox"), h.Aria("describedby", "f-remember-hint")),
			h.Label(h.For("f-remember"), g.Text(f.text("remember.box"))),
			h.P(h.Class("hint"), h.ID("f-remember-hint"), g.Text(f.text("remember.hint"))),
		),
		h.P(h.Role("status"), h.Data("forgotten", f.text("remember.forgotten"))),
	}
}

// remembered is the letter with one button, for whom the device knows. It is the form's last part: the button that the enter key presses
// is the first.
func (f form) remembered() g.Node {
	if f.way != byPage {
		return nil
	}
	return h.Section(h.Class("remembered"), h.ID("remembered"), h.TabIndex("-1"), g.Attr("hidden"), h.Aria("labelledby", "remembered-title"),
		f.heading(2, h.ID("remembered-title"), g.Text(f.text("remember.heading"))),
		h.P(h.Data("as", f.text("remember.as"))),
		f.agreed(),
		h.Div(h.Class("buttons"),
			h.Button(h.Type("submit"), h.Name("do"), h.Value("send"), h.Class("agree"), h.Data("busy", f.text("button.sending")), g.Text(f.text("button.agree"))),
			h.Button(h.Type("button"), h.Class("second"), h.Data("change", ""), g.Text(f.text("remember.change"))),
			h.Button(h.Type("button"), h.Class("second"), h.Data("forget", ""), g.Text(f.text("remember.forget"))),
		),
	)
}
