package web

import (
	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// share is how a signer tells others: the device's own way, where a script finds one, and plain links that load nothing here and tell
// nobody anything before they are followed.
type share struct{ venue }

func (s share) node() g.Node {
	title, address := s.campaign.Text(s.campaign.Title, s.language), s.hosted()
	both := title + " " + address
	return h.Section(h.Class("share"), h.Aria("labelledby", "share-title"),
		s.heading(1, h.ID("share-title"), g.Text(s.text("share.heading"))),
		h.P(h.Class("hint"), g.Text(s.text("share.note"))),
		h.P(h.Class("buttons"),
			h.Button(h.Type("button"), h.Data("share", ""), h.Data("title", title), h.Data("url", address), g.Attr("hidden"), g.Text(s.text("share.button"))),
			h.A(h.Class("button second"), h.Href("mailto:?subject="+escape(title)+"&body="+escape(address)), g.Text(s.text("share.email"))),
			s.link("https://wa.me/?text="+escape(both), h.Lang("en"), g.Text("WhatsApp")),
			s.link("https://t.me/share/url?url="+escape(address)+"&text="+escape(title), h.Lang("en"), g.Text("Telegram")),
		),
		h.Label(h.For("share-address"), g.Text(s.text("share.address"))),
		h.Input(h.ID("share-address"), h.Type("text"), h.ReadOnly(), h.Dir("ltr"), h.Value(address)),
		h.P(h.Class("buttons"), h.Button(h.Type("button"), h.Class("second"), h.Data("copy", "share-address"), h.Data("copied", s.text("do.copied")),
			g.Attr("hidden"), g.Text(s.text("share.copy")))),
		h.P(h.Class("status"), h.Role("status"), h.ID("share-address-status")),
	)
}

// link opens a window of its own: the letter that may still have to be printed or copied stays.
func (s share) link(address string, nodes ...g.Node) g.Node {
	return h.A(h.Class("button second"), h.Href(address), h.Target("_blank"), h.Rel("noopener noreferrer"), g.Group(nodes))
}
