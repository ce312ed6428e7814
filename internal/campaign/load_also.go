package campaign

import (
	"fmt"
	"slices"
	"strings"
)

// maxAlso is how many further targets a signer may write to: each is a letter that the function sends before it answers.
const maxAlso = 5

// also reads whom every signer writes to besides the target responsible for their country.
func (l *loader) also() {
	if v, ok := l.root.get("also"); ok {
		l.furtherTargets(v)
	}
	if len(l.c.also) > maxAlso {
		line, file := l.root.line, l.root.f.file
		if at, ok := l.table.lines[l.c.also[maxAlso]]; ok {
			line, file = at, l.table.file
		}
		l.problems.add(file, line, fmt.Sprintf("%d targets for each signer", len(l.c.also)+1), fmt.Sprintf("%d at most", maxAlso+1))
	}
	if l.c.Several() {
		l.severalLetters()
	}
}

func (l *loader) furtherTargets(v value) {
	if l.c.State == "" && !l.root.tried("state") {
		v.bad("given without a state", "a state, or no also: each signer writes to all rows of "+targetsCSV)
		return
	}
	for _, entry := range v.items("ids of targets that every signer writes to besides") {
		id, ok := entry.text("the id of a target")
		if !ok {
			continue
		}
		t, found := l.c.byID[id]
		switch {
		case !found && l.unread:
		case !found:
			entry.bad(fmt.Sprintf("%q is no target", id)+didYouMean(id, l.ownIDs()), "the id of a row of "+targetsCSV+", or of a mission")
		case slices.Contains(l.c.also, t):
			entry.bad(fmt.Sprintf("%q stands here a second time", id), "each target once")
		case !t.Retired.IsZero():
			entry.retired(id)
		default:
			l.c.also = append(l.c.also, t)
		}
	}
}

// severalLetters holds a letter that signers may rewrite to what is true for each of their targets: what they write goes to all.
func (l *loader) severalLetters() {
	if l.c.Editable != EditWhole {
		return
	}
	for _, language := range l.c.Languages {
		text, ok := l.c.Letters[language]
		if !ok {
			continue
		}
		file := l.file(letterName(language))
		if first, _, _ := strings.Cut(text.Body, "\n\n"); strings.TrimSpace(first) != "{"+salutation+"}" {
			l.problems.add(file, 1, "a letter to several targets, which signers may rewrite, does not begin with {salutation}", "{salutation} as its first paragraph, which stays each target's own; or editable: words or none")
		}
		if slices.ContainsFunc(append([]string{text.Body}, append(text.Subjects, text.Openings...)...), namesTarget) {
			l.problems.add(file, 1, "{target} in a letter to several targets, which signers may rewrite: the first one's name would stand in all", "no {target}; or editable: words or none")
		}
	}
}

func namesTarget(template string) bool {
	for p := range pieces(template) {
		if p.kind == placeholder && p.text == "target" {
			return true
		}
	}
	return false
}

// unused tells rows of targets.csv that no letter goes to. One that is retired keeps its row for what waits for it.
func (l *loader) unused() {
	if l.c.State == "" || l.root.misspelt("fallback") || l.root.misspelt("also") {
		return
	}
	for _, t := range l.table.targets {
		if t != l.c.fallback && !slices.Contains(l.c.also, t) && t.Retired.IsZero() {
			l.problems.add(l.table.file, l.table.lines[t], fmt.Sprintf("target %q, which no letter goes to", t.ID), "the campaign's fallback or one of also, or no such row")
		}
	}
}
