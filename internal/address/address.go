// Package address parses and normalises what people are reached by: e-mail addresses, E.164 phone and fax numbers, ISO
// countries. It looks nothing up on the network.
//
// What it knows of the world stands in two small embedded tables that its tests generate and hold against their sources
// (go test ./internal/address -update): countries.csv from CLDR, dialling.csv from libphonenumber's metadata. So the
// deployed functions link neither library.
package address

// Email is an address as mail is sent to: local part as written, domain in lower-case ASCII.
type Email string

// Phone is a phone or fax number in E.164: plus, country code, number, no spaces.
type Phone string

// Country is an ISO 3166-1 alpha-2 code, or XK for Kosovo, in upper case.
type Country string
