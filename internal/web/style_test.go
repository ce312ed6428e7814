package web_test

import (
	"math"
	"os"
	"regexp"
	"strconv"
	"testing"
)

// colours are the sheet's, for light and for dark.
var colours = regexp.MustCompile(`(?m)^  --([a-z-]+): (?:var\(--protest-[a-z-]+, )?light-dark\(#([0-9a-f]{6}), #([0-9a-f]{6})\)`)

// TestContrast holds both colour schemes to WCAG 2.2: 4.5 to 1 for text (1.4.3), 3 to 1 for the edges of fields (1.4.11).
func TestContrast(t *testing.T) {
	css, err := os.ReadFile("static/form.css")
	if err != nil {
		t.Fatal(err)
	}
	schemes := []map[string]string{{}, {}}
	for _, m := range colours.FindAllStringSubmatch(string(css), -1) {
		schemes[0][m[1]], schemes[1][m[1]] = m[2], m[3]
	}
	for i, scheme := range schemes {
		for _, pair := range []struct {
			ink, ground string
			least       float64
		}{
			{"ink", "ground", 4.5}, {"ink", "paper", 4.5}, {"soft", "ground", 4.5}, {"soft", "paper", 4.5},
			{"accent", "ground", 4.5}, {"accent", "paper", 4.5}, {"accent-ink", "accent", 4.5}, {"warn-ink", "warn", 4.5},
			{"bad", "paper", 4.5}, {"bad", "bad-ground", 4.5}, {"ink", "bad-ground", 4.5},
			{"field", "paper", 3}, {"field", "ground", 3},
		} {
			if got := contrast(t, scheme[pair.ink], scheme[pair.ground]); got < pair.least {
				t.Errorf("scheme %d: %s on %s has %.2f to 1, want %.1f", i, pair.ink, pair.ground, got, pair.least)
			}
		}
	}
}

func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// luminance is WCAG's relative luminance of an sRGB colour.
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	n, err := strconv.ParseUint(hex, 16, 32)
	if err != nil {
		t.Fatalf("colour %q: %v", hex, err)
	}
	channel := func(shift int) float64 {
		v := float64(n>>shift&0xff) / 255
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*channel(16) + 0.7152*channel(8) + 0.0722*channel(0)
}
