package action

import (
	"strings"

	"github.com/rivo/uniseg"

	"one-click-protest/internal/address"
)

// mask forgets the letters composed so far and hides who signs those that come. The country stays: the letter's way shows it anyway.
func (p *prepared) mask() {
	p.entries, p.sources = nil, nil
	p.signer.Name = maskWords(p.signer.Name)
	p.signer.Email = maskEmail(p.signer.Email)
	hidden := make(map[string]string, len(p.signer.Fields))
	for name, value := range p.signer.Fields {
		hidden[name] = maskWords(value)
	}
	p.signer.Fields = hidden
}

// maskWords leaves the first character of each word. The dots do not tell how many follow.
func maskWords(text string) string {
	words := strings.Fields(text)
	for i, word := range words {
		words[i] = initial(word) + "••"
	}
	return strings.Join(words, " ")
}

func maskEmail(e address.Email) address.Email {
	domain := e.Domain()
	top := domain[strings.LastIndexByte(domain, '.')+1:]
	return address.Email(initial(e.Local()) + "•••@" + initial(domain) + "•••." + top)
}

// initial is what readers take for the first character.
func initial(text string) string {
	first, _, _, _ := uniseg.FirstGraphemeClusterInString(text, -1)
	return first
}
