package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"one-click-protest/internal/action"
	"one-click-protest/internal/letter"
)

const (
	// maxBody bounds a request: a name, an address and a letter of some four pages in any script.
	maxBody = 32 << 10
	// maxKey bounds how much of an unknown field's name is repeated.
	maxKey = 64

	// maxErrors bounds how many strange fields are named: more than a form has, too few to make a small request's
	// answer large.
	maxErrors = 32

	jsonType = "application/json"
)

// Codes that only JSON has, besides package action's.
const (
	codeUnexpected action.Code = "unexpected" // no such field
	codeDuplicate  action.Code = "duplicate"  // the field is there twice
	codeType       action.Code = "type"       // not a text, or not an object
)

// readBody answers the body of a request of one media type; errMediaType, errTooLarge.
func readBody(w http.ResponseWriter, r *http.Request, mediaType string) ([]byte, error) {
	given, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || given != mediaType {
		return nil, errMediaType
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, errTooLarge
	case err != nil:
		return nil, errMalformed
	}
	return body, nil
}

// objects are the fields of a submission that hold others; nil: any name.
var objects = map[string][]string{
	"":       {"name", "email", "country", "language", "consent", "message", "letter", "partner", "subscribe", "fields", "version", "variant"},
	"letter": {"subject", "body"},
	"fields": nil,
}

// decode reads a submission, more strictly than encoding/json: names count exactly and once, every value is a text, the
// depth is that of the form, the text is UTF-8 and nothing stands behind it. It answers errMalformed, or every field
// that is wrong as an [action.Invalid]. Origin and proof are not a visitor's to write: there are no such fields.
func decode(body []byte) (action.Submission, error) {
	if !utf8.Valid(body) {
		return action.Submission{}, errMalformed
	}
	d := &decoder{json: json.NewDecoder(bytes.NewReader(body)), texts: map[string]string{}, seen: map[string]bool{}}
	if err := d.document(); err != nil {
		return action.Submission{}, fmt.Errorf("%w: %w", errMalformed, err)
	}
	if !slices.Contains([]string{"", "yes", "no"}, d.texts["subscribe"]) {
		d.fail("subscribe", action.Unknown)
	}
	if len(d.errs) > 0 {
		return action.Submission{}, &action.Invalid{Fields: d.errs}
	}
	return d.submission(), nil
}

// decoder walks a document and gathers its texts by path ("letter.body").
type decoder struct {
	json  *json.Decoder
	texts map[string]string
	seen  map[string]bool // paths that were there, null ones too
	errs  []action.FieldError
}

var (
	errNoObject = errors.New("not an object")
	errDepth    = errors.New("too deep")
	errTrailing = errors.New("something behind the object")
)

func (d *decoder) document() error {
	first, err := d.json.Token()
	if err != nil {
		return err
	}
	if first != json.Delim('{') {
		return errNoObject
	}
	if err := d.object(""); err != nil {
		return err
	}
	if _, err := d.json.Token(); err != io.EOF {
		return errTrailing
	}
	return nil
}

// object reads the members behind a brace.
func (d *decoder) object(path string) error {
	for d.json.More() {
		token, err := d.json.Token()
		if err != nil {
			return err
		}
		key, _ := token.(string) // JSON has no other keys
		if err := d.member(path, key); err != nil {
			return err
		}
	}
	_, err := d.json.Token()
	return err
}

func (d *decoder) member(path, key string) error {
	full := strings.TrimPrefix(path+"."+key, ".")
	names := objects[path]
	switch known := names == nil || slices.Contains(names, key); {
	case !known:
		d.fail(shorten(full), codeUnexpected)
		return d.skip(path)
	case d.seen[full]:
		d.fail(shorten(full), codeDuplicate)
		return d.skip(path)
	}
	d.seen[full] = true
	return d.value(path, full)
}

// value reads a text, null, or one of the objects.
func (d *decoder) value(path, full string) error {
	token, err := d.json.Token()
	if err != nil {
		return err
	}
	_, isObject := objects[full]
	isObject = isObject && path == ""
	switch v := token.(type) {
	case string:
		if !isObject {
			d.texts[full] = v
			return nil
		}
	case nil:
		return nil
	case json.Delim:
		if isObject && v == '{' {
			return d.object(full)
		}
		d.fail(shorten(full), codeType)
		return d.close(path)
	}
	d.fail(shorten(full), codeType)
	return nil
}

// skip reads a value that nobody wants.
func (d *decoder) skip(path string) error {
	token, err := d.json.Token()
	if _, nested := token.(json.Delim); err != nil || !nested {
		return err
	}
	return d.close(path)
}

// close reads to the end of an object or array that should not be there. No form is deeper than two, so neither is what
// we read.
func (d *decoder) close(path string) error {
	if path != "" {
		return errDepth
	}
	for d.json.More() {
		token, err := d.json.Token()
		if err != nil {
			return err
		}
		if _, nested := token.(json.Delim); nested {
			return errDepth
		}
	}
	_, err := d.json.Token()
	return err
}

func (d *decoder) fail(field string, code action.Code) {
	if len(d.errs) == maxErrors {
		return
	}
	d.errs = append(d.errs, action.FieldError{Field: field, Code: code})
}

// shorten keeps a name that somebody made up within bounds.
func shorten(name string) string {
	if runes := []rune(name); len(runes) > maxKey {
		return string(runes[:maxKey]) + "…"
	}
	return name
}

func (d *decoder) submission() action.Submission {
	sub := action.Submission{
		Name:     d.texts["name"],
		Email:    d.texts["email"],
		Country:  d.texts["country"],
		Language: d.texts["language"],
		Consent:  d.texts["consent"],
		Message:  d.texts["message"],
		Partner:  d.texts["partner"],
		Version:  d.texts["version"],
		Variant:  variantOf(d.texts["variant"]),

		Subscribe: d.texts["subscribe"] == "yes",
	}
	if d.seen["letter.subject"] || d.seen["letter.body"] {
		sub.Letter = &letter.Edit{Subject: d.texts["letter.subject"], Body: d.texts["letter.body"]}
	}
	for path, text := range d.texts {
		if name, ok := strings.CutPrefix(path, "fields."); ok {
			if sub.Fields == nil {
				sub.Fields = map[string]string{}
			}
			sub.Fields[name] = text
		}
	}
	return sub
}
