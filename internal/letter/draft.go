package letter

import "math"

// Draft answers the campaign's letter as plain text, for a form that offers the whole letter for editing. What is not known yet
// about the signer is left out. A paragraph is one line, for text fields wrap by themselves. Where the letter goes to several
// targets, the draft begins below the salutation, which is each target's own.
func Draft(s Source, who Signer) Edit {
	_, rest := s.apart(who)
	body := plain(rest, unwrapped)
	return Edit{Subject: truncate(s.subject(who), SubjectMax), Body: body}.normalised()
}

// Changed says whether the letter holds the signer's own words or an edit that differs from the draft the signer was
// offered. It knows drafts made with all of the signer's answers, without own words, with the country alone, and with none:
// the form shows the letter before it knows who signs. Line ends and white space at the ends of lines don't count.
func (s Source) Changed(who Signer) bool {
	subject, body := s.changes(who)
	return subject || body || who.Message != ""
}

// changes says which parts of the letter the signer changed.
func (s Source) changes(who Signer) (subject, body bool) {
	if who.Edited == nil {
		return false, false
	}
	edited := who.Edited.normalised()
	subject, body = true, true
	for _, known := range offered(who) {
		draft := Draft(s, known)
		subject = subject && draft.Subject != edited.Subject
		body = body && draft.Body != edited.Body
		if !subject && !body {
			break
		}
	}
	return subject, body
}

// offered answers what may have been known of a signer when the form was made.
func offered(who Signer) []Signer {
	silent := who
	silent.Message = ""
	return []Signer{who, silent, {Country: who.Country, Variant: who.Variant}, {Variant: who.Variant}}
}

// normalised answers an edit as Clean leaves it; unchanged where Clean refuses it.
func (e Edit) normalised() Edit {
	if line, err := Clean(e.Subject, Line(math.MaxInt)); err == nil {
		e.Subject = line
	}
	if block, err := Clean(e.Body, Block(math.MaxInt)); err == nil {
		e.Body = block
	}
	return e
}
