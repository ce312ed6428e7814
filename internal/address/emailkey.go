package address

import "strings"

// How providers fold several spellings into one mailbox. A provider stands here only if it is known to do so for every
// mailbox: folding too little costs a second letter from a person who wants to cheat, folding too much merges two people,
// and the second one's letter is lost.
const (
	gmail      = "gmail.com"
	googlemail = "googlemail.com" // the same mailboxes; Google ignores dots: https://support.google.com/mail/answer/7436150
)

// tagging answers whether a domain belongs to a mailbox provider that delivers name+tag to name, for every mailbox. National
// and vanity domains of the same firms are left out unless they are common. Domains of one firm aren't unified: a@me.com
// and a@icloud.com may be two people.
//
//   - Fastmail: https://www.fastmail.help/hc/en-us/articles/360060591053
//   - Proton: https://proton.me/support/addresses-and-aliases
//   - Outlook.com, Hotmail: since 2013, by https://www.zdnet.com/article/microsoft-adds-support-for-custom-email-addresses-in-office-365/
//     (Microsoft itself documents it for Exchange Online only)
//   - iCloud: not documented by Apple; common knowledge, as in the table of https://github.com/gmr/email-normalize
func tagging(domain string) bool {
	switch domain {
	case "outlook.com", "outlook.de", "outlook.fr", "outlook.es", "outlook.it", "outlook.jp", "outlook.kr",
		"hotmail.com", "hotmail.co.uk", "hotmail.fr", "hotmail.de", "hotmail.it", "hotmail.es",
		"live.com", "live.co.uk", "live.fr", "live.nl", "live.de", "msn.com",
		"fastmail.com", "fastmail.fm",
		"proton.me", "protonmail.com", "protonmail.ch", "pm.me",
		"icloud.com", "me.com", "mac.com":
		return true
	}
	return false
}

// Key is the form under which two spellings of one mailbox are equal: for deduplication only, mail is never sent to it. The
// local part is lower case (RFC 5321 allows servers to tell case apart, none that matters does), tags and dots are
// dropped where the provider is known to ignore them. A parsed address is ASCII, and so in NFC and IDNA form already.
func (e Email) Key() string {
	local, domain := strings.ToLower(e.Local()), strings.ToLower(e.Domain())
	switch {
	case domain == gmail || domain == googlemail:
		domain = gmail
		local = strings.ReplaceAll(untagged(local), ".", "")
	case tagging(domain):
		local = untagged(local)
	}
	return local + "@" + domain
}

// untagged drops +tag, except where nothing else would be left.
func untagged(local string) string {
	if name, _, _ := strings.Cut(local, "+"); name != "" {
		return name
	}
	return local
}
