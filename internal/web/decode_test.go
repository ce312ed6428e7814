package web_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"one-click-protest/internal/action"
	"one-click-protest/internal/letter"
	"one-click-protest/internal/web"
)

func TestDecode(t *testing.T) {
	got, err := web.Decode([]byte(`{"name":"A","email":"b","country":"C","language":"d","consent":"e","message":"f",
		"letter":{"subject":"g","body":"h"},"partner":"i","subscribe":"yes","fields":{"city":"j","a.b":"k"},"version":null}`))
	if err != nil {
		t.Fatal(err)
	}
	want := action.Submission{Name: "A", Email: "b", Country: "C", Language: "d", Consent: "e", Message: "f",
		Letter: &letter.Edit{Subject: "g", Body: "h"}, Partner: "i", Subscribe: true, Fields: map[string]string{"city": "j", "a.b": "k"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("decoded (-want +got):\n%s", diff)
	}
}

func TestDecodeNamesAllFields(t *testing.T) {
	_, err := web.Decode([]byte(`{"nmae":{"deep":1},"name":1,"letter":{"body":true,"text":"x"},"fields":{"a":"y","a":"x"},"email":"x","email":"x","` +
		strings.Repeat("x", 100) + `":null}`))
	var invalid *action.Invalid
	if !errors.As(err, &invalid) {
		t.Fatal(err)
	}
	want := []action.FieldError{
		{Field: "nmae", Code: "unexpected"},
		{Field: "name", Code: "type"},
		{Field: "letter.body", Code: "type"},
		{Field: "letter.text", Code: "unexpected"},
		{Field: "fields.a", Code: "duplicate"},
		{Field: "email", Code: "duplicate"},
		{Field: strings.Repeat("x", 64) + "…", Code: "unexpected"},
	}
	if diff := cmp.Diff(want, invalid.Fields); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
}

func TestDecodeRefuses(t *testing.T) {
	many := "{"
	for range 1000 {
		many += `"x":1,`
	}
	for name, body := range map[string]string{
		"nothing":       "",
		"not UTF-8":     "{\"name\":\"\xff\"}",
		"trailing":      `{} x`,
		"trailing too":  `{}{}`,
		"array":         `[]`,
		"no comma":      `{"name":"a" "email":"b"}`,
		"no colon":      `{"name" "a"}`,
		"comma at end":  `{"name":"a",}`,
		"single quotes": `{'name':'a'}`,
		"deep":          `{"letter":{"body":{}}}`,
		"deep stranger": `{"x":{"y":{}}}`,
	} {
		_, err := web.Decode([]byte(body))
		var invalid *action.Invalid
		if err == nil || errors.As(err, &invalid) {
			t.Errorf("%s: %v, want it refused as malformed", name, err)
		}
	}
	_, err := web.Decode([]byte(many + `"name":""}`))
	var invalid *action.Invalid
	if !errors.As(err, &invalid) || len(invalid.Fields) > 32 {
		t.Errorf("a thousand strange fields: %v", err)
	}
}

// FuzzDecode holds the decoder against encoding/json: what it takes, that takes too, with the same meaning.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{ann, `{}`, `{"name":null}`, `{"letter":{"subject":"a"}}`, `{"fields":{"a":"b"}}`, `{"name":"\ud800"}`,
		`{"name":1}`, `{"x":[{}]}`, `[[[`, `{"name":"a","name":"b"}`, `{"letter":null}`, "{\"name\":\"\x00\"}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := web.Decode(body)
		if err != nil {
			return
		}
		var want struct {
			Name, Email, Country, Language, Consent, Message, Partner, Version, Subscribe string

			Letter *letter.Edit
			Fields map[string]string
		}
		if err := json.Unmarshal(body, &want); err != nil || !utf8.Valid(body) {
			t.Fatalf("took what is no JSON: %v", err)
		}
		if got.Origin != "" || got.Proof != "" {
			t.Fatal("a visitor set origin or proof")
		}
		if want.Letter != nil && *want.Letter == (letter.Edit{}) && got.Letter == nil {
			want.Letter = nil // {} and nulls say nothing
		}
		same := action.Submission{Name: want.Name, Email: want.Email, Country: want.Country, Language: want.Language, Consent: want.Consent,
			Message: want.Message, Letter: want.Letter, Partner: want.Partner, Version: want.Version, Fields: got.Fields,
			Subscribe: want.Subscribe == "yes"}
		if diff := cmp.Diff(same, got); diff != "" {
			t.Fatalf("another meaning (-encoding/json +ours):\n%s", diff)
		}
		for name, value := range got.Fields {
			if want.Fields[name] != value {
				t.Fatal("another value of a field")
			}
		}
	})
}
