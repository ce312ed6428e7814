package letter

// English answers the house's own sentences around a letter in English: the keys that [NewSource] takes in every language, and
// what stands for a missing one. The sentences are plain text with campaign's placeholders:
//
//	to              over the addressee block
//	fax             the addressee's fax numbers: {fax}
//	subject         over a letter without mail headers: {subject}
//	signature       before the line to sign a printed letter on
//	signed          below a faxed letter, which nobody signs by hand: {name}
//	page            at the foot of a fax's pages: {page}, {pages}
//	sent            who sent it: {name}, {country}, {campaign}
//	verified        the address was proven; answers go to the campaign
//	unverified      the address was not proven
//	reply_signer    the address was proven and answers go there: {email}
//	reply_campaign  answers go to the campaign
//	reply_fax       the same on paper: {replies}
func English() map[string]string {
	return map[string]string{
		noteTo:            "To:",
		noteFax:           "Fax: {fax}",
		noteSubject:       "Subject: {subject}",
		noteSignature:     "Date and signature:",
		noteSigned:        "Signed electronically by {name}.",
		notePage:          "Page {page} of {pages}",
		noteSent:          "This letter was sent by {name} ({country}) through the campaign “{campaign}”.",
		noteVerified:      "The sender's e-mail address has been verified.",
		noteUnverified:    "The sender's e-mail address has not been verified.",
		noteReplySigner:   "The sender's e-mail address, {email}, has been verified. Answers to this message go to the sender.",
		noteReplyCampaign: "Answers to this message go to the campaign.",
		noteReplyFax:      "Answers reach the campaign by e-mail: {replies}.",
	}
}

// The keys of [English].
const (
	noteTo            = "to"
	noteFax           = "fax"
	noteSubject       = "subject"
	noteSignature     = "signature"
	noteSigned        = "signed"
	notePage          = "page"
	noteSent          = "sent"
	noteVerified      = "verified"
	noteUnverified    = "unverified"
	noteReplySigner   = "reply_signer"
	noteReplyCampaign = "reply_campaign"
	noteReplyFax      = "reply_fax"
)

// complete takes the notes that letters know, so that a version's digest depends on nothing else, and fills the gaps.
func complete(notes map[string]string) map[string]string {
	all := English()
	for key := range all {
		if text := notes[key]; text != "" {
			all[key] = text
		}
	}
	return all
}
