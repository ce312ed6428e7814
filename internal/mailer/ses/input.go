package ses

import (
	"net/mail"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"one-click-protest/internal/address"
	"one-click-protest/internal/mailer"
)

// input builds the request of a message that [mailer.Message.Check] found sound.
func (s *Mailer) input(m mailer.Message) *sesv2.SendEmailInput {
	in := &sesv2.SendEmailInput{
		ConfigurationSetName: aws.String(s.set(m.Class)),
		FromEmailAddress:     aws.String(from(m)),
		Destination:          &types.Destination{ToAddresses: addresses(m.To...)},
		Content: &types.EmailContent{Simple: &types.Message{
			Subject: utf8(m.Subject),
			Body:    &types.Body{Text: utf8(m.Text)},
			Headers: headers(m),

			Attachments: attachments(m.Attachments),
		}},
		EmailTags: tags(m.Tags),
	}
	if m.HTML != "" {
		in.Content.Simple.Body.Html = utf8(m.HTML)
	}
	if m.ReplyTo != "" {
		in.ReplyToAddresses = addresses(m.ReplyTo)
	}
	return in
}

func (s *Mailer) set(c mailer.Class) string {
	if c == mailer.ToSigner {
		return s.config.SignersSet
	}
	return s.config.LettersSet
}

// from answers the sender as RFC 5322 wants it: SES takes non-ASCII display names as encoded words only (SESv2 API
// reference, SendEmail).
func from(m mailer.Message) string {
	if m.FromName == "" {
		return string(m.From)
	}
	return (&mail.Address{Name: m.FromName, Address: string(m.From)}).String()
}

// headers: SES takes each of these once and in ASCII (SES developer guide, "Amazon SES header fields"). A letter is a
// person's, so only mail to signers says that a machine wrote it (RFC 3834, section 5): no vacation answers.
func headers(m mailer.Message) []types.MessageHeader {
	var h []types.MessageHeader
	if m.Language != "" {
		h = append(h, types.MessageHeader{Name: aws.String("Content-Language"), Value: aws.String(m.Language)})
	}
	if m.Class == mailer.ToSigner {
		h = append(h, types.MessageHeader{Name: aws.String("Auto-Submitted"), Value: aws.String("auto-generated")})
	}
	return h
}

// attachments answers nil for none: an empty list would be a member of its own in the request. Simple content takes files too, and
// spares the permission that raw content needs, ses:SendRawEmail. SES's own default is to encode nothing, which ruins a PDF (SES
// developer guide, "Working with email attachments").
func attachments(list []mailer.Attachment) []types.Attachment {
	var out []types.Attachment
	for _, a := range list {
		out = append(out, types.Attachment{
			FileName:                aws.String(a.Name),
			RawContent:              a.Data,
			ContentType:             aws.String(a.MediaType),
			ContentDisposition:      types.AttachmentContentDispositionAttachment,
			ContentTransferEncoding: types.AttachmentContentTransferEncodingBase64,
		})
	}
	return out
}

// utf8: SES takes text for 7-bit ASCII unless told otherwise.
func utf8(s string) *types.Content {
	return &types.Content{Data: aws.String(s), Charset: aws.String("UTF-8")}
}

func tags(tags []mailer.Tag) []types.MessageTag {
	out := make([]types.MessageTag, len(tags))
	for i, t := range tags {
		out[i] = types.MessageTag{Name: aws.String(t.Name), Value: aws.String(t.Value)}
	}
	return out
}

func addresses(list ...address.Email) []string {
	out := make([]string, len(list))
	for i, a := range list {
		out[i] = string(a)
	}
	return out
}
