package address

import "strings"

// Mailbox is a coarser form than [Email.Key]: +tags are dropped at every domain, because most providers deliver them to one
// mailbox. It is for what may fold too much without harm (rationing mail to a mailbox, recognising an address that is written
// to), never for telling two signers apart.
func (e Email) Mailbox() string {
	local, domain, _ := strings.Cut(e.Key(), "@")
	return untagged(local) + "@" + domain
}
