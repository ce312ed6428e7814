package mailer_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"one-click-protest/internal/address"
	"one-click-protest/internal/mailer"
)

func sound() mailer.Message {
	return mailer.Message{
		From: "letters@campaign.example", FromName: "김민수 via Protest", To: []address.Email{"embassy@mission.example"},
		ReplyTo: "o'brien+x@mail.example", Subject: "رسالة", Text: "Dear\n\tSir", HTML: "<p>Dear</p>", Language: "zh-Hant",
		Attachments: []mailer.Attachment{pdf()},
		Tags:        []mailer.Tag{{Name: "delivery", Value: "a_B-9"}},
	}
}

func pdf() mailer.Attachment {
	return mailer.Attachment{Name: "a_B-9.pdf", MediaType: "application/pdf", Data: []byte("%PDF")}
}

func TestCheck(t *testing.T) {
	if got := sound().Check(); got != "" {
		t.Fatalf("sound message: %s", got)
	}
	for name, change := range map[string]func(*mailer.Message){
		"no attachment":      func(m *mailer.Message) { m.Attachments = nil },
		"empty page":         func(m *mailer.Message) { m.Text, m.HTML = "\n", "" }, // some gateways fax the text as a page
		"longest name":       func(m *mailer.Message) { m.Attachments[0].Name = strings.Repeat("a", 60) + ".pdf" },
		"largest attachment": func(m *mailer.Message) { m.Attachments[0].Data = make([]byte, mailer.MaxAttachment) },
	} {
		m := sound()
		change(&m)
		if got := m.Check(); got != "" {
			t.Errorf("%s: %s", name, got)
		}
	}
	long := address.Email(strings.Repeat("a", 65) + "@b.example")
	tests := []struct {
		name   string
		change func(*mailer.Message)
		want   mailer.Fault
	}{
		{"class", func(m *mailer.Message) { m.Class = 7 }, "InvalidClass"},
		{"no from", func(m *mailer.Message) { m.From = "" }, "InvalidFrom"},
		{"from with a name", func(m *mailer.Message) { m.From = "A <a@b.c>" }, "InvalidFrom"},
		{"name with CR LF", func(m *mailer.Message) { m.FromName = "A\r\nBcc: x@y.z" }, "InvalidFromName"},
		{"name with NEL", func(m *mailer.Message) { m.FromName = "A\u0085B" }, "InvalidFromName"},
		{"name with line separator", func(m *mailer.Message) { m.FromName = "A\u2028B" }, "InvalidFromName"},
		{"name with bidi override", func(m *mailer.Message) { m.FromName = "A\u202eB" }, "InvalidFromName"},
		{"name with isolate", func(m *mailer.Message) { m.FromName = "A\u2066B" }, "InvalidFromName"},
		{"name not UTF-8", func(m *mailer.Message) { m.FromName = "A\xff" }, "InvalidFromName"},
		{"name as encoded word", func(m *mailer.Message) { m.FromName = "=?utf-8?q?A=0D=0A?=" }, "InvalidFromName"},
		{"no recipient", func(m *mailer.Message) { m.To = nil }, "InvalidTo"},
		{"empty recipient", func(m *mailer.Message) { m.To = []address.Email{""} }, "InvalidTo"},
		{"two in one", func(m *mailer.Message) { m.To = []address.Email{"a@b.c,d@e.f"} }, "InvalidTo"},
		{"twice", func(m *mailer.Message) { m.To = []address.Email{"a@b.c", "A@b.c"} }, "InvalidTo"},
		{"too many", func(m *mailer.Message) { m.To = make([]address.Email, 51) }, "InvalidTo"},
		{"two at signs", func(m *mailer.Message) { m.To = []address.Email{"a@b@c.d"} }, "InvalidTo"},
		{"line break", func(m *mailer.Message) { m.To = []address.Email{"a@b.c\n"} }, "InvalidTo"},
		{"not ASCII", func(m *mailer.Message) { m.ReplyTo = "jörg@b.c" }, "InvalidReplyTo"},
		{"long local part", func(m *mailer.Message) { m.ReplyTo = long }, "InvalidReplyTo"},
		{"no subject", func(m *mailer.Message) { m.Subject = " " }, "InvalidSubject"},
		{"subject with LF", func(m *mailer.Message) { m.Subject = "a\nb" }, "InvalidSubject"},
		{"subject with NUL", func(m *mailer.Message) { m.Subject = "a\x00b" }, "InvalidSubject"},
		{"subject with tab", func(m *mailer.Message) { m.Subject = "a\tb" }, "InvalidSubject"},
		{"subject as encoded word", func(m *mailer.Message) { m.Subject = "=?utf-8?b?4oCu?=" }, "InvalidSubject"},
		{"no text", func(m *mailer.Message) { m.Text = "" }, "InvalidText"},
		{"text with CR", func(m *mailer.Message) { m.Text = "a\rb" }, "InvalidText"},
		{"text with NUL", func(m *mailer.Message) { m.Text = "a\x00b" }, "InvalidText"},
		{"HTML not UTF-8", func(m *mailer.Message) { m.HTML = "\xfe" }, "InvalidHTML"},
		{"two attachments", func(m *mailer.Message) { m.Attachments = append(m.Attachments, pdf()) }, "InvalidAttachment"},
		{"no file name", func(m *mailer.Message) { m.Attachments[0].Name = "" }, "InvalidAttachment"},
		{"long file name", func(m *mailer.Message) { m.Attachments[0].Name = strings.Repeat("a", 61) + ".pdf" }, "InvalidAttachment"},
		{"no extension", func(m *mailer.Message) { m.Attachments[0].Name = "letter" }, "InvalidAttachment"},
		{"hidden file", func(m *mailer.Message) { m.Attachments[0].Name = ".pdf" }, "InvalidAttachment"},
		{"path for a file name", func(m *mailer.Message) { m.Attachments[0].Name = "a/b.pdf" }, "InvalidAttachment"},
		{"quote in a file name", func(m *mailer.Message) { m.Attachments[0].Name = `a".pdf` }, "InvalidAttachment"},
		{"file name with CR LF", func(m *mailer.Message) { m.Attachments[0].Name = "a\r\nBcc:" }, "InvalidAttachment"},
		{"file name not ASCII", func(m *mailer.Message) { m.Attachments[0].Name = "é.pdf" }, "InvalidAttachment"},
		{"media type", func(m *mailer.Message) { m.Attachments[0].MediaType = "text/html" }, "InvalidAttachment"},
		{"media type with a parameter", func(m *mailer.Message) { m.Attachments[0].MediaType += "; x=y" }, "InvalidAttachment"},
		{"empty file", func(m *mailer.Message) { m.Attachments[0].Data = []byte{} }, "InvalidAttachment"},
		{"large file", func(m *mailer.Message) { m.Attachments[0].Data = make([]byte, mailer.MaxAttachment+1) }, "InvalidAttachment"},
		{"language", func(m *mailer.Message) { m.Language = "en\r\nX: y" }, "InvalidLanguage"},
		{"tag alphabet", func(m *mailer.Message) { m.Tags[0].Value = "a:b" }, "InvalidTags"},
		{"empty tag", func(m *mailer.Message) { m.Tags[0].Value = "" }, "InvalidTags"},
		{"long tag", func(m *mailer.Message) { m.Tags[0].Name = strings.Repeat("a", 257) }, "InvalidTags"},
		{"tag twice", func(m *mailer.Message) { m.Tags = append(m.Tags, m.Tags[0]) }, "InvalidTags"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := sound()
			test.change(&m)
			if got := m.Check(); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestReady(t *testing.T) {
	done, cancel := context.WithCancel(context.Background())
	cancel()
	near, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	unsound := sound()
	unsound.Subject = ""
	tests := []struct {
		name   string
		ctx    context.Context
		m      mailer.Message
		margin time.Duration
		want   mailer.Result
		ok     bool
	}{
		{"time without end", context.Background(), sound(), time.Hour, mailer.Result{}, true},
		{"enough time", near, sound(), time.Second, mailer.Result{}, true},
		{"nearly done", near, sound(), time.Hour, mailer.Result{Outcome: mailer.Later, Reason: "ContextNearlyDone"}, false},
		{"done", done, sound(), 0, mailer.Result{Outcome: mailer.Later, Reason: "ContextDone"}, false},
		{"unsound stays unsound", done, unsound, 0, mailer.Result{Outcome: mailer.Refused, Reason: "InvalidSubject"}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, ok := mailer.Ready(test.ctx, test.m, test.margin)
			if got != test.want || ok != test.ok {
				t.Errorf("got %v, %v, want %v, %v", got, ok, test.want, test.ok)
			}
		})
	}
}
