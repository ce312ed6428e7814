package campaign

import (
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// linkSchemes are those a letter's links may have. Others (javascript:, data:, file:) do something on the reader's machine.
var linkSchemes = []string{"https", "http", "mailto"}

// Where Markdown has a link's destination: [words](here), <here> and [label]: here.
var destination = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?:\]\([ \t\n]*<?|<|(?m:^ {0,3}\[[^\]\n]+\]:[ \t]*\n?[ \t]*<?))([^\s<>()]+)`)
})

// scheme is what begins an address that isn't relative.
var scheme = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^([A-Za-z][A-Za-z0-9+.-]*):`) })

// linkMistakes answers the links of a Markdown text that may not stand in a letter.
func linkMistakes(text string) []mistake {
	if !strings.Contains(text, "](") && !strings.Contains(text, "]:") && !strings.Contains(text, "<") {
		return nil // as most letters: the expressions cost more than all other checks of a letter
	}
	var all []mistake
	for _, m := range destination().FindAllStringSubmatchIndex(text, -1) {
		to := html.UnescapeString(strings.ReplaceAll(text[m[2]:m[3]], `\`, ""))
		found := scheme().FindStringSubmatch(to)
		if found != nil && !slices.Contains(linkSchemes, strings.ToLower(found[1])) {
			all = append(all, mistake{m[2], fmt.Sprintf("a link with %s:", strings.ToLower(found[1])), "a link with " + strings.Join(linkSchemes, ":, ") + ":"})
		}
	}
	return all
}
