package mailertest

import (
	"strings"

	"one-click-protest/internal/address"
	"one-click-protest/internal/mailer"
)

// Letter answers a sound letter to a target, to be changed as a test needs.
func Letter() mailer.Message {
	return mailer.Message{
		Class:    mailer.Letter,
		From:     "letters@campaign.example",
		FromName: "Ann Lee via Protest Day",
		To:       []address.Email{"embassy@mission.example"},
		ReplyTo:  "ann.lee@signer.example",
		Subject:  "Protest day: an appeal",
		Text:     "Your Excellency,\n\nI write to you about the protest day.\n\nAnn Lee\nBerlin\n",
		HTML:     "<p>Your Excellency,</p>\n<p>I write to you about the protest day.</p>\n<p>Ann Lee<br>Berlin</p>\n",
		Language: "en",
		Tags:     []mailer.Tag{{Name: "campaign", Value: "protest-day-2007"}, {Name: "delivery", Value: "3f2a_cn-de-1_1"}},
	}
}

// ToSigner answers a sound mail to an address that somebody typed.
func ToSigner() mailer.Message {
	return mailer.Message{
		Class:    mailer.ToSigner,
		From:     "confirm@campaign.example",
		FromName: "One-click protest",
		To:       []address.Email{"ann.lee@signer.example"},
		Subject:  "Please confirm",
		Text:     "Somebody asked us to write in your name.\n\nhttps://campaign.example/confirm#t=AbC-_123\n",
		HTML:     "<p>Somebody asked us to write in your name.</p>\n",
		Language: "en",
		Tags:     []mailer.Tag{{Name: "delivery", Value: "3f2a_SIGNER_1"}},
	}
}

// Fax answers a sound letter to a fax gateway: nothing but its file, for a text would be a page of its own.
func Fax() mailer.Message {
	return mailer.Message{
		Class:       mailer.Letter,
		From:        "letters@campaign.example",
		FromName:    "Protest Day",
		To:          []address.Email{"+82221103079@gateway.example"},
		Subject:     "Fax",
		Text:        "\n",
		Language:    "en",
		Attachments: []mailer.Attachment{File(600)},
		Tags:        []mailer.Tag{{Name: "delivery", Value: "3f2a_kr-moj_1"}},
	}
}

// File answers a sound attachment of n bytes, from 10 on. It begins as a PDF does, and holds each byte and both kinds of line
// breaks if there is room.
func File(n int) mailer.Attachment {
	data := []byte("%PDF-1.7\n\r\n.\r\n--\r\nFrom \r")
	for len(data) < n {
		data = append(data, byte(len(data)))
	}
	return mailer.Attachment{Name: "letter.pdf", MediaType: "application/pdf", Data: data[:n]}
}

// sample is a message that must arrive as it is.
type sample struct {
	name    string
	message mailer.Message
}

func samples() []sample {
	long := strings.Repeat("Where  two spaces and very long words meet a fold: Donaudampfschifffahrtsgesellschaft ", 4) + "end"
	return []sample{
		{"English", Letter()},
		{"mail to a signer", ToSigner()},
		{"Korean", worded("ko", "김민수 via 이주노동조합", "법무부 장관께: 석방을 요구합니다", "장관님께,\n\n지도자들을 석방해 주십시오.\n")},
		{"Chinese", worded("zh-Hant", "陳大文 via 抗議日", "致大使：關於抗議日的信——請閱讀並回覆我們全體聯署人的共同訴求", "大使閣下：\n\n我寫信給您。\n")},
		{"Japanese", worded("ja", "山田 太郎", "大使閣下へのお願い", "大使閣下\n\nお手紙いたします。\n")},
		{"Arabic", worded("ar", "محمد علي", "رسالة إلى السفير", "سعادة السفير،\n\nأكتب إليكم.\n")},
		{"plane 1", worded("en", "𠮷野家 😀", "😀 appeal", "𠮷 😀\n")},
		{"quotes and commas", worded("en", `O'Neil, "Ann" <x> (y); \z @b`, `"<b>" & {{.}} {name}, a`, "{{.}} <b> & {name}\n")},
		{"long subject", worded("en", "Ann", long, long+"\n")},
		{"dots and long lines", worded("en", "Ann", "dots", ".\n..\n. \nFrom me\n"+strings.Repeat("é=", 900)+"\n")},
		{"trailing blanks", worded("en", "Ann", "blanks", "a \n\tb\t\n\n\n")},
		{"no final newline", worded("en", "Ann", "end", "no newline at the end")},
		{"two recipients", changed(func(m *mailer.Message) { m.To = append(m.To, "second@mission.example") })},
		{"no Reply-To", changed(func(m *mailer.Message) { m.ReplyTo = "" })},
		{"no name", changed(func(m *mailer.Message) { m.FromName = "" })},
		{"no tags", changed(func(m *mailer.Message) { m.Tags = nil })},
		{"text only", changed(func(m *mailer.Message) { m.HTML = "" })},
		{"line break only", changed(func(m *mailer.Message) { m.Text, m.HTML = "\n", "" })},
		{"fax", Fax()},
		{"file beside text and HTML", changed(attach(File(600)))},
		{"file of one byte", changed(attach(mailer.Attachment{Name: "-.pdf", MediaType: "application/pdf", Data: []byte{0}}))},
		{"largest file", changed(attach(File(mailer.MaxAttachment)))}, // last: it is read again with each that follows
	}
}

func attach(list ...mailer.Attachment) func(*mailer.Message) {
	return func(m *mailer.Message) { m.Attachments = list }
}

func worded(language, name, subject, text string) mailer.Message {
	return changed(func(m *mailer.Message) {
		m.Language, m.FromName, m.Subject, m.Text = language, name, subject, text
		m.HTML = "<p>" + text + "</p>"
	})
}

func changed(change func(*mailer.Message)) mailer.Message {
	m := Letter()
	change(&m)
	return m
}

// unsound are messages that no mailer may send.
func unsound() []sample {
	return []sample{
		{"CR LF in name", changed(func(m *mailer.Message) { m.FromName = "Ann\r\nBcc: all@world.example" })},
		{"LF in subject", changed(func(m *mailer.Message) { m.Subject = "An appeal\nBcc: all@world.example" })},
		{"NUL in name", changed(func(m *mailer.Message) { m.FromName = "Ann\x00" })},
		{"bidi override in subject", changed(func(m *mailer.Message) { m.Subject = "An \u202eappeal" })},
		{"encoded word in subject", changed(func(m *mailer.Message) { m.Subject = "=?utf-8?q?=0D=0ABcc:_a?=" })},
		{"line break in Reply-To", changed(func(m *mailer.Message) { m.ReplyTo = "a@b.example\r\nBcc: c@d.example" })},
		{"two in one recipient", changed(func(m *mailer.Message) { m.To = []address.Email{"a@b.example, c@d.example"} })},
		{"no sender", changed(func(m *mailer.Message) { m.From = "" })},
		{"no recipient", changed(func(m *mailer.Message) { m.To = nil })},
		{"two files", changed(attach(File(600), File(600)))},
		{"file too large", changed(attach(File(mailer.MaxAttachment + 1)))},
		{"CR LF in a file's name", changed(attach(mailer.Attachment{Name: "a\r\nBcc: b", MediaType: "application/pdf", Data: []byte("%PDF")}))},
		{"tag with a space", changed(func(m *mailer.Message) { m.Tags = []mailer.Tag{{Name: "a", Value: "b c"}} })},
	}
}
