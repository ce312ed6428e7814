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

// maskWords leaves the first character of each word that has more of them. The dots do not tell how many follow.
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
	host, _, _ := strings.Cut(domain, ".")
	return address.Email(initial(e.Local()) + "•••@" + initial(host) + "•••." + top)
}

// initial is what readers take for the first character; nothing where that is all, as in a name like 王 明.
func initial(text string) string {
	first, rest, _, _ := uniseg.FirstGraphemeClusterInString(text, -1)
	if rest == "" {
		return ""
	}
	return first
}
