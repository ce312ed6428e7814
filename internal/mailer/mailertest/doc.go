// Package mailertest is what mailers and their callers are tested with: the suite that every mailer must pass ([Suite]), a
// mailer in memory ([Fake]), and servers that speak SES's wire format ([SES]) and SMTP ([SMTP]) and fail on demand.
package mailertest
