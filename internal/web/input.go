package web

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"one-click-protest/internal/action"
	"one-click-protest/internal/address"
	"one-click-protest/internal/letter"
)

// input is what stands in the form's fields, as typed.
type input struct {
	name, email, country, language, message, consent string
	subject, body                                    string // the letter's edit fields
	ownSubject, ownBody                              bool   // the signer changed them
	placed                                           bool   // own words stand in the changed body
	seen                                             string // digests of what they were filled with; empty: they were not shown
	draft                                            string // for whom the changed letter was written: see [form.addressed]
	partner, version, template, proof                string // carried along unseen
	variant                                          int    // as is which of the letter's variants is shown
	fields                                           map[string]string
	subscribe                                        bool
}

// fromQuery reads what a link to the form may fill in: nothing that a letter would say.
func fromQuery(q url.Values) input {
	in := input{partner: q.Get("partner"), proof: q.Get("proof")}
	if country, err := address.ParseCountry(q.Get("country")); err == nil { // of what else stands there no link is made
		in.country = string(country)
	}
	return in
}

// kept is what the links to other languages carry along.
func (in input) kept() url.Values {
	q := url.Values{}
	for key, value := range map[string]string{"country": in.country, "partner": in.partner, "proof": in.proof} {
		if value != "" {
			q.Set(key, value)
		}
	}
	return q
}

const (
	formType = "application/x-www-form-urlencoded"
	partType = "multipart/form-data"
)

// readForm reads a posted form. Our own pages post multipart/form-data: percent-encoding would treble a letter in Korean
// or Chinese, which must fit into [maxBody] too.
func readForm(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	given, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || given != formType && given != partType {
		return nil, errMediaType
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	parse := r.ParseForm
	if given == partType {
		parse = func() error { return r.ParseMultipartForm(maxBody) }
	}
	err = parse()
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, errTooLarge
	case err != nil:
		return nil, errMalformed
	}
	return r.PostForm, nil
}

func fromForm(f url.Values) input {
	in := input{
		name:     f.Get("name"),
		email:    f.Get("email"),
		country:  f.Get("country"),
		language: f.Get("language"),
		message:  f.Get("message"),
		consent:  f.Get("consent"),
		subject:  lines(f.Get("letter.subject")),
		body:     lines(f.Get("letter.body")),
		seen:     f.Get("seen"),
		draft:    f.Get("draft"),
		partner:  f.Get("partner"),
		version:  f.Get("version"),
		template: f.Get("template"),
		proof:    f.Get("proof"),
		variant:  max(0, variantOf(f.Get("variant"))),
		fields:   map[string]string{},

		subscribe: f.Get("subscribe") == "yes",
	}
	for _, key := range slices.Sorted(maps.Keys(f)) {
		if name, ok := strings.CutPrefix(key, "fields."); ok {
			in.fields[name] = f.Get(key)
		}
	}
	in.compare()
	return in
}

// lines undoes what browsers do to line ends in forms.
func lines(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }

// compare finds out which of the letter's fields the signer changed from what they were filled with. So a name that is
// corrected after the preview still gets into a letter that was not touched.
//
// Own words that were drafted into the letter and still stand in it have arrived where they belong: they are carried along
// unseen, in case the signer begins anew, and need not be deleted by hand.
func (in *input) compare() {
	if in.seen == "" {
		return
	}
	subject, rest, _ := strings.Cut(in.seen, ".")
	body, message, _ := strings.Cut(rest, ".")
	in.ownSubject, in.ownBody = subject != digest(in.subject), body != digest(in.body)
	words := plain(in.message)
	in.placed = in.ownBody && words != "" && message == digest(words) && strings.Contains(spaced(plain(in.body)), spaced(words))
}

// fill remembers a draft, and puts it into the letter's fields as far as the signer has not changed them.
func (in *input) fill(draft letter.Edit) {
	in.seen = digest(draft.Subject) + "." + digest(draft.Body) + "." + digest(plain(in.message))
	if !in.ownSubject {
		in.subject = draft.Subject
	}
	if !in.ownBody {
		in.body = draft.Body
	}
}

// settle brings the variant that was shown within those that there are. A campaign may have been deployed anew since, with fewer or with
// more than one at last: whoever names the version of what they saw is then told that it changed, and goes on with the variant shown next.
func (in *input) settle(variants int) {
	switch {
	case variants < 2:
		in.variant = 0
	case in.variant > variants:
		in.variant = 1 + (in.variant-1)%variants
	case in.variant == 0 && in.version != "":
		in.variant = 1
	}
}

// restart gives up what the signer made of the letter.
func (in *input) restart() {
	in.subject, in.body, in.seen, in.draft = "", "", "", ""
	in.ownSubject, in.ownBody, in.placed = false, false, false
}

// plain is a text as a letter would hold it; as it was typed where no letter can.
func plain(s string) string {
	if text, err := letter.Clean(s, letter.Block(len(s))); err == nil {
		return text
	}
	return strings.TrimSpace(lines(s))
}

func (in input) edited() bool { return in.ownSubject || in.ownBody }

// misplaced answers own words that no letter would hold, for the signer changed its text: nothing typed is lost without a word.
func (in input) misplaced() error {
	if !in.ownBody || in.placed || strings.TrimSpace(in.message) == "" {
		return nil
	}
	return &action.Invalid{Fields: []action.FieldError{{Field: "message", Code: action.InLetter}}}
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:12])
}

// spaced is a text as words with a space between them and at both ends.
func spaced(s string) string { return " " + strings.Join(strings.Fields(s), " ") + " " }

// submission is what the form asks for. A letter that the signer changed is whole: own words stand in its text, put there by the
// signer or, where only the subject was changed, by [server.redraft].
func (in input) submission() action.Submission {
	sub := action.Submission{
		Name: in.name, Email: in.email, Country: in.country, Language: in.language, Consent: in.consent,
		Message: in.message, Fields: in.fields, Version: in.version, Variant: in.variant, Template: in.template, Proof: in.proof, Subscribe: in.subscribe && in.proof == "",
	}
	if in.edited() {
		sub.Letter, sub.Message = &letter.Edit{Subject: in.subject, Body: in.body}, ""
	}
	return sub
}
