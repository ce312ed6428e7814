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
	"one-click-protest/internal/letter"
)

// input is what stands in the form's fields, as typed.
type input struct {
	name, email, country, language, message, consent string
	subject, body                                    string // the letter's edit fields
	seen                                             string // digest of what they were filled with; empty: they were not shown
	partner, version, proof                          string // carried along unseen
	fields                                           map[string]string
}

// fromQuery reads what a link to the form may fill in: nothing that a letter would say.
func fromQuery(q url.Values) input {
	return input{country: q.Get("country"), partner: q.Get("partner"), proof: q.Get("proof")}
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
		partner:  f.Get("partner"),
		version:  f.Get("version"),
		proof:    f.Get("proof"),
		fields:   map[string]string{},
	}
	for _, key := range slices.Sorted(maps.Keys(f)) {
		if name, ok := strings.CutPrefix(key, "fields."); ok {
			in.fields[name] = f.Get(key)
		}
	}
	return in
}

// lines undoes what browsers do to line ends in forms.
func lines(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }

// edited says whether the signer changed the letter's fields from what they were filled with. So a name that is corrected after
// the preview still gets into a letter that was not touched.
func (in input) edited() bool {
	return in.seen != "" && in.seen != digest(in.subject, in.body)
}

func digest(subject, body string) string {
	sum := sha256.Sum256([]byte(subject + "\x00" + body))
	return hex.EncodeToString(sum[:12])
}

func (in input) submission(origin string) action.Submission {
	sub := action.Submission{
		Name: in.name, Email: in.email, Country: in.country, Language: in.language, Consent: in.consent,
		Message: in.message, Partner: in.partner, Fields: in.fields, Version: in.version, Proof: in.proof, Origin: origin,
	}
	if in.edited() {
		sub.Letter = &letter.Edit{Subject: in.subject, Body: in.body}
	}
	return sub
}
