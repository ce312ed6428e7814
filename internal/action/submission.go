package action

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"one-click-protest/internal/address"
	"one-click-protest/internal/campaign"
	"one-click-protest/internal/lang"
	"one-click-protest/internal/letter"
)

// Submission is what a signer posted, not yet checked.
type Submission struct {
	Name     string            `json:"name"`
	Email    string            `json:"email"`
	Country  string            `json:"country"`
	Language string            `json:"language"` // of the letter, by its signer's choice; empty: see [campaign.Campaign.LetterLanguage]
	Reads    string            `json:"reads"`    // interface language of the page or widget; empty: the letter's
	Consent  string            `json:"consent"`  // version of the consent text agreed to
	Message  string            `json:"message"`  // own words, where the campaign's letter has a place for them
	Letter   *letter.Edit      `json:"letter"`   // the signer's own subject and body; nil: the campaign's
	Partner  string            `json:"partner"`
	Fields   map[string]string `json:"fields"`
	Version  string            `json:"version"` // of the letters seen, from a preview; empty: not asked to be compared
	Variant  int               `json:"variant"` // of the letters seen, from 1; 0: by the address, see [Receipt.Variant]
	Template string            `json:"-"`       // of the sample seen, see [Template]; empty: not asked to be compared
	Proof    string            `json:"-"`       // token of a mailed or of a personal link, from the page behind it
	// Subscribe asks to be kept informed by the partner that is credited, where that one has a key.
	Subscribe bool `json:"subscribe"`
	// Framed says that the form stood in a frame that none but Partner's pages can hold, so that the partner is verified.
	Framed bool   `json:"framed"`
	Origin string `json:"origin"` // the request's Origin header, never its body: whether the partner is verified
}

// Lengths in characters. Body and message suffice for a letter of some four pages and stay inside the 32 KiB of a request.
const (
	maxName    = 100
	maxSubject = 200
	maxMessage = 2000
	maxBody    = 8000
)

// Invalid is every field of a submission that cannot be used, in the form's order.
type Invalid struct{ Fields []FieldError }

// FieldError says which field and why.
type FieldError struct {
	Field string // as in the JSON: "email", "letter.body", "fields.city"
	Code  Code
	Max   int // for TooLong
}

// Code is why a field cannot be used. Texts stand in lang under "error.<code>".
type Code string

// The codes.
const (
	Required    Code = "required"
	TooLong     Code = "too_long"
	Character   Code = "character"    // control or direction-override characters
	Format      Code = "format"       // not an address or not well-formed
	Unknown     Code = "unknown"      // none of the possible values
	OwnTarget   Code = "target"       // the address of somebody who is written to
	Outdated    Code = "outdated"     // not the current consent text
	NotEditable Code = "not_editable" // this campaign's letter is not the signer's to change there
	Fax         Code = "fax"          // characters that a fax can't show
	Lines       Code = "lines"        // too many lines for a fax
	InLetter    Code = "in_letter"    // own words beside a letter that the signer wrote: they belong into it
)

// Error names the fields and codes, and no value.
func (e *Invalid) Error() string {
	parts := make([]string, len(e.Fields))
	for i, f := range e.Fields {
		parts[i] = f.Field + ": " + string(f.Code)
	}
	return "invalid submission: " + strings.Join(parts, ", ")
}

// strictness says how much of a submission must be there.
type strictness int

const (
	drafted  strictness = iota // for a preview: what is missing may still come
	complete                   // to take part
)

// checker collects the field errors of one submission.
type checker struct {
	campaign *campaign.Campaign
	strict   strictness
	errs     []FieldError
}

// checked is a submission whose every value may be used.
type checked struct {
	signer   letter.Signer
	country  address.Country
	language string // of the letter, of several the first
	chosen   string // language that the signer chose, whether or not the first letter can be in it; empty: none
	reads    string // an interface language; may be empty
	variant  int    // of the letters; 0: none was asked for
	consent  string
	partner  string
	verified bool
	informed bool // wants to be, by the partner
}

// spoken is the language of what the house itself says to the signer.
func (c checked) spoken() string { return cmp.Or(c.reads, c.language) }

func check(c *campaign.Campaign, sub Submission, strict strictness) (checked, error) {
	k := &checker{campaign: c, strict: strict}
	out := checked{consent: c.Consent.Version}
	out.signer.Name = k.line("name", sub.Name, maxName, strict == complete)
	out.signer.Email = k.email(sub.Email)
	out.country = k.country(sub.Country)
	out.reads = reads(sub.Reads)
	out.language, out.chosen = k.language(sub.Language, out.country, out.reads), sub.Language
	out.variant = k.variant(sub)
	out.signer.Fields = k.fields(sub.Fields)
	out.signer.Message = k.message(sub.Message, sub.Letter != nil)
	out.signer.Edited = k.edit(sub.Letter)
	out.partner, out.verified = partner(c, sub)
	out.informed = sub.Subscribe
	k.consent(sub.Consent)
	if len(k.errs) > 0 {
		return checked{}, &Invalid{Fields: k.errs}
	}
	out.signer.Country = lang.Country(out.language, string(out.country))
	return out, nil
}

func (k *checker) fail(field string, code Code, limit int) {
	k.errs = append(k.errs, FieldError{Field: field, Code: code, Max: limit})
}

// line also refuses "=?", and "=" at the end, which a template's question mark may follow: in a header it begins an encoded word
// (RFC 2047) that mail programs show as something else, so no mailer takes it.
func (k *checker) line(field, value string, limit int, required bool) string {
	text := k.clean(field, value, letter.Line(limit), limit, required)
	if strings.Contains(text, "=?") || strings.HasSuffix(text, "=") {
		k.fail(field, Character, 0)
	}
	return text
}

func (k *checker) block(field, value string, limit int, required bool) string {
	return k.clean(field, value, letter.Block(limit), limit, required)
}

func (k *checker) clean(field, value string, limit letter.Limit, most int, required bool) string {
	text, err := letter.Clean(value, limit)
	switch {
	case err == nil:
		return text
	case errors.Is(err, letter.ErrEmpty):
		if required {
			k.fail(field, Required, 0)
		}
	case errors.Is(err, letter.ErrTooLong):
		k.fail(field, TooLong, most)
	default:
		k.fail(field, Character, 0)
	}
	return ""
}

func (k *checker) email(value string) address.Email {
	if strings.TrimSpace(value) == "" {
		if k.strict == complete {
			k.fail("email", Required, 0)
		}
		return ""
	}
	email, err := address.ParseEmail(value)
	switch {
	case err != nil:
		k.fail("email", Format, 0)
	case k.campaign.IsTarget(email):
		k.fail("email", OwnTarget, 0)
	default:
		return email
	}
	return ""
}

func (k *checker) country(value string) address.Country {
	if strings.TrimSpace(value) == "" {
		k.fail("country", Required, 0)
		return ""
	}
	country, err := address.ParseCountry(value)
	if err != nil {
		k.fail("country", Unknown, 0)
	}
	return country
}

// language is the first letter's: the signer's choice, or else what suits its target.
func (k *checker) language(value string, country address.Country, reads string) string {
	ways := k.campaign.Ways(country)
	if slices.Contains(k.campaign.Languages, value) && (len(ways) == 0 || k.campaign.Writes(ways[0], value)) {
		return value
	}
	if value != "" && !slices.Contains(k.campaign.Languages, value) {
		k.fail("language", Unknown, 0)
	}
	if len(ways) > 0 {
		return k.campaign.LetterLanguage(ways[0], reads)
	}
	return k.campaign.Best(reads)
}

// variant is the one that was seen. Who names the version of what was seen must say which variant it was: the version is that of all.
func (k *checker) variant(sub Submission) int {
	switch n := k.campaign.Variants(); {
	case sub.Variant < 0 || sub.Variant > n:
		k.fail("variant", Unknown, 0)
	case sub.Variant == 0 && sub.Version != "" && n > 1:
		k.fail("variant", Required, 0)
	}
	return sub.Variant
}

// reads answers an interface language; empty for anything else, which is no reason to refuse a letter.
func reads(value string) string {
	if slices.Contains(lang.Languages(), value) {
		return value
	}
	return ""
}

func (k *checker) fields(values map[string]string) map[string]string {
	out := map[string]string{}
	for _, f := range k.campaign.Fields {
		required := f.Required && k.strict == complete
		out[f.Name] = k.line("fields."+f.Name, values[f.Name], f.Max, required)
	}
	for name := range values {
		if _, asked := out[name]; !asked {
			k.fail("fields", Unknown, 0)
			break // its name is the visitor's text: not repeated
		}
	}
	return out
}

func (k *checker) message(value string, edited bool) string {
	text := k.block("message", value, maxMessage, false)
	switch {
	case text == "":
	case k.campaign.Editable == campaign.EditNone:
		k.fail("message", NotEditable, 0)
	case edited: // they would vanish
		k.fail("message", InLetter, 0)
	}
	return text
}

func (k *checker) edit(e *letter.Edit) *letter.Edit {
	if e == nil {
		return nil
	}
	if k.campaign.Editable != campaign.EditWhole {
		k.fail("letter", NotEditable, 0)
		return nil
	}
	return &letter.Edit{
		Subject: k.line("letter.subject", e.Subject, maxSubject, true),
		Body:    k.block("letter.body", e.Body, maxBody, true),
	}
}

func (k *checker) consent(version string) {
	switch {
	case version == "" && k.strict == drafted:
	case version == "":
		k.fail("consent", Required, 0)
	case version != k.campaign.Consent.Version:
		k.fail("consent", Outdated, 0)
	}
}

// partner answers the partner to credit, and whether the request's origin or the frame it came from proves it. An unknown one credits
// nobody and is no reason to refuse a letter.
func partner(c *campaign.Campaign, sub Submission) (id string, verified bool) {
	if p := c.PartnerAt(sub.Origin); p != nil {
		return p.ID, true
	}
	if p := c.Partner(sub.Partner); p != nil {
		return p.ID, sub.Framed
	}
	return "", false
}
