package ses

import (
	"slices"
	"strings"

	"one-click-protest/internal/address"
)

// recipient is what a record tells of one of its recipients.
type recipient struct {
	EmailAddress, Action string
	Status               string // RFC 3463, such as 5.1.1
	DiagnosticCode       string // what the receiving server said: free text
}

type recipients []recipient

// bare is a list of addresses about which nothing else is told.
func bare(addresses []string) recipients {
	list := make(recipients, len(addresses))
	for i, a := range addresses {
		list[i].EmailAddress = a
	}
	return list
}

// silent says that no mail server reported on any of them: there was no delivery status notification (RFC 3464).
func (list recipients) silent() bool {
	return !slices.ContainsFunc(list, func(r recipient) bool { return r.Action != "" || r.Status != "" || r.DiagnosticCode != "" })
}

func (list recipients) policy() bool { return slices.ContainsFunc(list, recipient.policy) }

func (list recipients) allPolicy() bool {
	return len(list) > 0 && !slices.ContainsFunc(list, func(r recipient) bool { return !r.policy() })
}

// noAddress: X.1.X is about the address (RFC 3463, section 3.2).
func (list recipients) noAddress() bool {
	return slices.ContainsFunc(list, func(r recipient) bool { return strings.HasPrefix(r.Status, "5.1.") })
}

// domain answers the mail domain of the first with the policy, else of the first.
func (list recipients) domain() string {
	if len(list) == 0 {
		return ""
	}
	return domain(list[max(slices.IndexFunc(list, recipient.policy), 0)].EmailAddress)
}

// domain reads an address as this house does (the pace of a domain goes by the same name), also one in angle brackets.
func domain(mailbox string) string {
	if _, inner, ok := strings.Cut(mailbox, "<"); ok {
		mailbox = strings.TrimSuffix(strings.TrimSpace(inner), ">")
	}
	parsed, err := address.ParseEmail(mailbox)
	if err != nil {
		return ""
	}
	return parsed.Domain()
}

// policy says that the receiver takes no more for now, by the status and by the codes and words of what it said. The status
// alone is not enough: SES gives a mail up with 4.4.7 (expired), and the reason stands in the text behind it.
func (r recipient) policy() bool {
	const enough = 2048 // no longer text is worth reading
	said := r.Status + " " + r.DiagnosticCode[:min(len(r.DiagnosticCode), enough)]
	for word := range strings.FieldsFuncSeq(said, outsideCode) {
		if policyCode(strings.Trim(word, ".")) {
			return true
		}
	}
	said = strings.ToLower(said)
	return slices.ContainsFunc(policyWords[:], func(w string) bool { return strings.Contains(said, w) })
}

func outsideCode(r rune) bool { return r != '.' && (r < '0' || r > '9') }

// policyCode knows the enhanced status codes (class.subject.detail) of too much, too fast:
//   - X.2.12x: a mailbox's limits an hour, of one sender (5.2.121) and of all (5.2.122) (Microsoft, "Email non-delivery reports
//     and SMTP errors in Exchange Online")
//   - 4.7.x: a security or policy status that may pass (RFC 3463, section 3.8): Gmail's 4.7.28, Exchange Online's 4.7.500,
//     Yahoo's 4.7.0
//   - X.7.28: Gmail's "unusual rate of unsolicited mail", which also comes for good (Google Workspace Admin help, "Gmail SMTP
//     errors and codes")
//   - 4.3.2: not accepting messages, as under excessive load (RFC 3463, section 3.4)
//
// Any other 5.7.x refuses this mail or this sender, however slowly it comes.
func policyCode(s string) bool {
	class, rest, _ := strings.Cut(s, ".")
	subject, detail, ok := strings.Cut(rest, ".")
	if !ok || class != "4" && class != "5" || len(detail) == 0 || len(detail) > 3 || strings.Contains(detail, ".") {
		return false
	}
	switch subject {
	case "2":
		return len(detail) == 3 && strings.HasPrefix(detail, "12")
	case "3":
		return class == "4" && detail == "2"
	case "7":
		return class == "4" || detail == "28"
	}
	return false
}

// policyWords is for codes that say it only sometimes: Gmail's "receiving mail too quickly" and "at a rate that prevents" come
// with 4.2.1 and 5.2.1, which also mean a disabled mailbox.
var policyWords = [...]string{
	"rate limit", "ratelimit", "receive limit", "at a rate that", "too quickly", "unusual rate", "unexpected volume", "throttl",
	"too many messages", "too many connections",
}
