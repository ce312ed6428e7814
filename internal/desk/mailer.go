package desk

import (
	"fmt"
	"path/filepath"

	"one-click-protest/internal/mailer"
	"one-click-protest/internal/mailer/localmail"
)

// mails is how mail leaves this machine, or is captured on it.
type mails struct {
	mailer mailer.Mailer
	folder *localmail.Folder // captured mail; nil when mail is really sent
}

func outboxFolder(data string) string { return filepath.Join(data, "outbox") }

// openMailer opens a mail server by its URL, or without one the folder for captured mail.
func openMailer(url, data string) (mails, error) {
	if url != "" {
		m, err := localmail.NewSMTP(localmail.SMTPConfig{URL: url})
		if err != nil {
			return mails{}, misused("--smtp: %w", err)
		}
		return mails{mailer: m}, nil
	}
	folder, err := localmail.OpenFolder(outboxFolder(data), localmail.Origin{})
	if err != nil {
		return mails{}, fmt.Errorf("outbox folder: %w", err)
	}
	return mails{folder, folder}, nil
}

func (m mails) close() {
	if m.folder != nil {
		_ = m.folder.Close()
	}
}
