package letter

import (
	"slices"
	"strings"

	"one-click-protest/internal/campaign"
)

// value is what a placeholder becomes. It is literal text: never a template, never markup.
type value struct {
	text  string
	typed bool // by the signer
}

// values are a template's placeholders. A name that is not in them stays as it is.
type values struct {
	named map[string]value
	loose bool // an empty value leaves its separator behind: the rule of format 2
}

// letterValues answers what may stand in a letter's subject and body. A campaign's field cannot replace a name of the house.
func letterValues(s Source, who Signer) values {
	v := map[string]value{}
	for _, f := range s.Fields {
		v[f] = value{who.Fields[f], true}
	}
	v["salutation"] = value{text: s.Salutation}
	v["name"] = value{who.Name, true}
	v["country"] = value{text: who.Country}
	v["campaign"] = value{text: s.Campaign}
	v["target"] = value{text: s.Target}
	v["message"] = value{who.Message, true}
	return values{v, s.second()}
}

// coverValues answers what may stand in a relay's covering note.
func coverValues(s Source, who Signer, subject value) values {
	return values{map[string]value{
		"target":   {text: s.Target},
		"name":     {who.Name, true},
		"country":  {text: who.Country},
		"campaign": {text: s.Relay.Campaign},
		"fax":      {text: faxNumbers(s)},
		"postal":   {text: oneLine.Replace(s.Postal)},
		"subject":  subject,
	}, s.second()}
}

// noteValues answers what may stand in the house's own sentences.
func noteValues(s Source, who Signer, subject value) values {
	subject.text = s.marked(subject.text)
	return values{map[string]value{
		"name":     {who.Name, true},
		"country":  {text: who.Country},
		"campaign": {text: s.Campaign},
		"email":    {string(who.Email), true},
		"replies":  {text: string(s.Replies)},
		"fax":      {text: faxNumbers(s)},
		"subject":  subject,
	}, s.second()}
}

func faxNumbers(s Source) string {
	var numbers []string
	for _, f := range s.Fax {
		numbers = append(numbers, string(f))
	}
	return strings.Join(numbers, ", ")
}

// piece is a stretch of template text or a placeholder's value.
type piece struct {
	value
	template bool
}

// pieces takes a template apart at its placeholders. Template text comes out as the organizer wrote it, Markdown's escapes
// included, so that only it is unescaped and no value ever is. An empty value comes out too, for what it takes along.
func (v values) pieces(template string) []piece {
	var found []value
	marked := campaign.Expand(strings.ReplaceAll(template, mark, ""), func(name string) (string, bool) {
		val, known := v.named[name]
		if known {
			found = append(found, val)
		}
		return mark, known
	})
	var all []piece
	for i, text := range strings.Split(marked, mark) {
		if i > 0 {
			all = append(all, piece{value: found[i-1]})
		}
		all = append(all, piece{value: value{text: text}, template: true})
	}
	return slices.DeleteFunc(all, func(p piece) bool { return p.text == "" && (p.template || v.loose) })
}

// mark stands for a placeholder while a template is taken apart. No file of a campaign and no cleaned text holds a NUL.
const mark = "\x00"

// line expands a template that becomes one line: no markup.
func (v values) line(template string) string {
	var tokens []token
	for _, p := range v.pieces(template) {
		tokens = append(tokens, p.token())
	}
	var b strings.Builder
	for _, t := range closeGaps(tokens) {
		b.WriteString(t.text)
	}
	return strings.TrimSpace(oneLine.Replace(b.String()))
}

var oneLine = strings.NewReplacer("\r", " ", "\n", " ", "\t", " ")
