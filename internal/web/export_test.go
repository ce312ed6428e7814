package web

import "one-click-protest/internal/action"

// Patterns answers all routes.
func Patterns() []string {
	var patterns []string
	for _, route := range (&server{}).routes() {
		patterns = append(patterns, route.pattern)
	}
	return patterns
}

// Decode is decode.
func Decode(body []byte) (action.Submission, error) { return decode(body) }

// Mailto is mailto.
var Mailto = mailto

// WebLink is webLink.
var WebLink = webLink

// WayText is wayText.
var WayText = wayText

// MaxMailto is maxMailto.
const MaxMailto = maxMailto

// Keys answers the keys of texts that are picked by a state or an error.
func Keys() []string {
	var keys []string
	for _, key := range standKeys {
		keys = append(keys, key)
	}
	for _, f := range append(refusals, refusal{code: "invalid"}, refusal{code: "internal"}) {
		keys = append(keys, "problem."+f.code+".title", "problem."+f.code+".detail")
	}
	return keys
}
