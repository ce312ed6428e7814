package mailer

// Event is what a provider tells of a mail that it took. Whatever its kind, it is proof that the provider took it.
type Event struct {
	// ID names the event: a repeated one has the same. It is 16 characters of base64url and tells nothing of an address.
	ID string
	// Delivery is the value of the message's tag "delivery": of the same shape as in [Tag].
	Delivery string
	Kind     Kind
	// Reason is a short code of ASCII letters, digits, slashes and dashes, such as "Permanent/General": never a free text.
	// Empty where the kind says it all.
	Reason string
	// Permanent says of a bounce that the address will not take the mail later either.
	Permanent bool
	// Suppressed says that the provider's own suppression list kept the mail from leaving.
	Suppressed bool
	// Policy says that the receiver takes no more for now: too much, too fast, or the sending server is out of favour.
	Policy bool
	// Domain is the receiving mail domain in lower case, empty if the event does not tell: never more of an address than that.
	Domain string
}

// Kind is what became of a mail. The zero value is none: an event left empty proves nothing.
type Kind int

// The kinds.
const (
	Sent       Kind = iota + 1 // the provider will try to deliver it, or says that it did without saying more
	Delivered                  // the receiving mail server took it
	Delayed                    // the receiving mail server did not take it yet; the provider goes on trying
	Bounced                    // it was not delivered, or was given back after it was; the provider has given up
	Complained                 // it was delivered, and the recipient called it spam
)

// String names the kind, for logs and metrics.
func (k Kind) String() string {
	names := [...]string{"none", "sent", "delivered", "delayed", "bounced", "complained"}
	if k < 0 || int(k) >= len(names) {
		return names[0]
	}
	return names[k]
}
