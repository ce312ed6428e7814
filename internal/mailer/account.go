package mailer

import "context"

// Allowance is what a provider lets the account send now.
type Allowance struct {
	PerSecond float64 // mails a second, for all senders of the account together; 0: unlimited
	Left      int     // mails that may still be sent in the rolling day, 0 for none; negative: unlimited
	Halted    string  // reason code why nothing may be sent; empty
}

// Account is implemented by mailers whose provider tells what it allows.
type Account interface {
	// Allowance asks the provider, once and within the mailer's own timeout. Providers ration this question too (SES answers it
	// once a second): never ask it for each mail. What it answers is already past: other senders use the same account. After
	// an error nothing is known. Safe for parallel use.
	Allowance(ctx context.Context) (Allowance, error)
}
