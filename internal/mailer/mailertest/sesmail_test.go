package mailertest_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"one-click-protest/internal/mailer"
	"one-click-protest/internal/mailer/mailertest"
)

func TestSESMailString(t *testing.T) {
	m := mailertest.SESMail{
		ConfigurationSet: "letters", From: "a@b.example", To: []string{"c@d.example", "e@f.example"}, Subject: "항의", Text: "Dear", HTML: "<p>Dear",
		Headers: []mailer.Tag{{Name: "Content-Language", Value: "ko"}}, Tags: []mailer.Tag{{Name: "delivery", Value: "1"}},
		Attachments: []mailertest.SESAttachment{{FileName: "f.pdf", ContentType: "application/pdf", RawContent: []byte("%PDF")}},
	}
	const want = "From: a@b.example\nTo: c@d.example, e@f.example\nSubject: 항의\nContent-Language: ko\n" +
		"Configuration set: letters\nTag: delivery=1\nAttachment: f.pdf (application/pdf, 4 bytes)\n\nDear\n\n--- HTML ---\n<p>Dear\n"
	if diff := cmp.Diff(want, m.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
