package desk

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strings"
	"time"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"one-click-protest/internal/mailer"
	"one-click-protest/internal/mailer/localmail"
)

// outboxShown is how many mails the list shows, the newest.
const outboxShown = 200

// outboxRoutes show the captured mail as a mail client would.
func (s *site) outboxRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /outbox", s.outboxList)
	mux.HandleFunc("GET /outbox/{id}", s.withMail(outboxMail))
	mux.HandleFunc("GET /outbox/{id}/html", s.withMail(outboxHTML))
	mux.HandleFunc("GET /outbox/{id}/attachment", s.withMail(outboxAttachment))
	mux.HandleFunc("GET /outbox/{id}/source", s.withMail(outboxSource))
}

func (s *site) outboxList(w http.ResponseWriter, _ *http.Request) {
	mails, err := s.mails.folder.List(outboxShown)
	if err != nil {
		http.Error(w, "The outbox folder cannot be read.", http.StatusInternalServerError)
		return
	}
	page(w, "Outbox",
		h.H1(g.Text("Outbox")),
		h.P(g.Text("Captured mail, the newest first. Nothing here was sent anywhere, so letters show whom they are meant for; a deployment in test mode mails the testers instead. "), h.A(h.Href("/"), g.Text("Back to the partner's page"))),
		g.If(len(mails) == 0, h.P(g.Text("No mail yet."))),
		g.If(len(mails) > 0, h.Table(h.Class("mails"),
			h.THead(h.Tr(column("When"), column("To"), column("From"), column("Subject"))),
			h.TBody(g.Map(mails, outboxRow)),
		)),
	)
}

// sender keeps name and address apart: a name of a right-to-left script must not turn the whole line.
func sender(m localmail.Mail) g.Node {
	if m.FromName == "" {
		return g.Text(string(m.From))
	}
	return g.Group{g.El("bdi", g.Text(m.FromName)), g.Text(" <" + string(m.From) + ">")}
}

func recipients(m localmail.Mail) string {
	all := make([]string, len(m.To))
	for i, to := range m.To {
		all[i] = string(to)
	}
	return strings.Join(all, ", ")
}

func column(name string) g.Node { return h.Th(h.Scope("col"), g.Text(name)) }

func outboxRow(m localmail.Mail) g.Node {
	return h.Tr(
		h.Td(g.Text(m.Date.Local().Format(time.DateTime))),
		h.Td(g.Text(recipients(m))),
		h.Td(sender(m)),
		h.Td(h.Dir("auto"), h.A(h.Href("/outbox/"+m.ID), g.Text(m.Subject))),
	)
}

// withMail finds the mail a path names.
func (s *site) withMail(show func(http.ResponseWriter, localmail.Mail)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		m, err := s.mails.folder.Read(r.PathValue("id"))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			notFound(w, "such mail")
		case err != nil:
			http.Error(w, "This mail cannot be read.", http.StatusInternalServerError)
		default:
			show(w, m)
		}
	}
}

func outboxMail(w http.ResponseWriter, m localmail.Mail) {
	w.Header().Set("Content-Security-Policy", mailPolicy)
	page(w, m.Subject, h.Article(h.Class("mail"),
		h.H1(h.Dir("auto"), g.Text(m.Subject)),
		h.Dl(
			head("From", sender(m)), head("To", g.Text(recipients(m))), head("Reply-To", g.Text(string(m.ReplyTo))), head("Date", g.Text(m.Date.Local().Format(time.RFC1123Z))),
			g.Map(m.Attachments, func(a mailer.Attachment) g.Node { return head("Attachment", attachment(m.ID, a)) }),
		),
		h.H2(g.Text("Text")),
		h.Pre(h.Dir("auto"), linked(m.Text)),
		g.If(m.HTML != "", g.Group{
			h.H2(g.Text("HTML")),
			h.IFrame(h.Title("The letter as HTML"), h.Src("/outbox/"+m.ID+"/html"), g.Attr("sandbox")),
		}),
		h.P(h.A(h.Href("/outbox/"+m.ID+"/source"), g.Text("Source")), g.Text(" · "), h.A(h.Href("/outbox"), g.Text("Outbox"))),
	))
}

func head(name string, value g.Node) g.Node {
	return g.Group{h.Dt(g.Text(name)), h.Dd(value)}
}

func attachment(id string, a mailer.Attachment) g.Node {
	return g.Group{h.A(h.Href("/outbox/"+id+"/attachment"), g.Text(a.Name)), g.Text(fmt.Sprintf(" (%s, %d bytes)", a.MediaType, len(a.Data)))}
}

// linked shows a mail's text with its own line for a link made clickable, as a mail client would.
func linked(text string) g.Node {
	var nodes g.Group
	for line := range strings.Lines(text) {
		address := strings.TrimSpace(line)
		if strings.HasPrefix(address, "http://") || strings.HasPrefix(address, "https://") {
			nodes = append(nodes, h.A(h.Href(address), g.Text(address)), g.Text("\n"))
			continue
		}
		nodes = append(nodes, g.Text(line))
	}
	return nodes
}

// outboxHTML is the HTML part alone, for the frame: nothing in it can run or load.
func outboxHTML(w http.ResponseWriter, m localmail.Mail) {
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", "default-src 'none'; sandbox; frame-ancestors 'self'")
	header.Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write([]byte(m.HTML))
}

// outboxAttachment is the one file a mail may have. Its name and type are of those that senders let through, else the mail could not
// have been read. No sandbox: not every browser's PDF viewer starts in one.
func outboxAttachment(w http.ResponseWriter, m localmail.Mail) {
	if len(m.Attachments) == 0 {
		notFound(w, "such attachment")
		return
	}
	a := m.Attachments[0]
	header := w.Header()
	header.Set("Content-Type", a.MediaType)
	header.Set("Content-Disposition", `inline; filename="`+a.Name+`"`)
	header.Set("Content-Security-Policy", policy)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "no-store")
	_, _ = w.Write(a.Data)
}

func outboxSource(w http.ResponseWriter, m localmail.Mail) {
	header := w.Header()
	header.Set("Content-Type", "text/plain; charset=utf-8")
	header.Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(m.Source)
}
