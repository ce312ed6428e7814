package fax

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"io"
	"regexp"
	"testing"
	"unicode/utf16"
)

var (
	stream = regexp.MustCompile(`(?s)<<([^\n]*/FlateDecode[^>]*)>>\nstream\n(.*?)\nendstream`)
	shown  = regexp.MustCompile(`(?s)\(((?:\\.|[^\\)])*)\) Tj`)
	escape = regexp.MustCompile(`(?s)\\(.)`)
)

// drawn reads a PDF of ours: the words that it shows, and of each font where the glyphs of all characters are (a table of two
// bytes for each, 0 for none).
func drawn(t testing.TB, pdf []byte) (words string, fonts [][]byte) {
	t.Helper()
	for _, m := range stream.FindAllSubmatch(pdf, -1) {
		content := inflated(t, m[2])
		switch {
		case len(content) == 2<<16:
			fonts = append(fonts, content)
		case !bytes.Contains(m[1], []byte("/Length1")):
			words += shownIn(content)
		}
	}
	if words == "" || len(fonts) == 0 {
		t.Fatal("no words or no fonts in the PDF")
	}
	return words, fonts
}

func inflated(t testing.TB, data []byte) []byte {
	t.Helper()
	r, err := zlib.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func shownIn(content []byte) string {
	var units []uint16
	for _, m := range shown.FindAllSubmatch(content, -1) {
		raw := escape.ReplaceAllFunc(m[1], func(s []byte) []byte {
			if s[1] == 'r' {
				return []byte{'\r'}
			}
			return s[1:]
		})
		for ; len(raw) > 1; raw = raw[2:] {
			units = append(units, binary.BigEndian.Uint16(raw))
		}
	}
	return string(utf16.Decode(units))
}
