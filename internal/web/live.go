package web

import (
	"errors"
	"maps"
	"net/http"
	"strings"

	"one-click-protest/internal/action"
)

// liveForm shows what of the letter can be shown while its signer types: nothing is wrong yet with what is not finished.
func (s *server) liveForm(w http.ResponseWriter, r *http.Request, f form) {
	ctx, cancel := work(r)
	defer cancel()
	f.live = true
	_, err := s.taken(ctx, &f)
	var receipt action.Receipt
	if err == nil {
		receipt, err = s.Actions.Preview(ctx, f.campaign.Slug, f.glance())
	}
	var invalid *action.Invalid
	switch {
	case err == nil:
		f.show(receipt)
	case errors.As(err, &invalid):
		s.sample(ctx, &f, without(f.glance(), invalid.Fields))
	default:
		s.fail(w, r, f.venue, err)
		return
	}
	s.showForm(w, http.StatusOK, f)
}

// without is what of a submission can be used.
func without(sub action.Submission, bad []action.FieldError) action.Submission {
	sub.Fields = maps.Clone(sub.Fields)
	for _, e := range bad {
		name, own := strings.CutPrefix(e.Field, "fields.")
		switch {
		case own:
			delete(sub.Fields, name)
		case e.Field == "fields":
			sub.Fields = nil
		case e.Field == "name":
			sub.Name = ""
		case e.Field == "message":
			sub.Message = ""
		case strings.HasPrefix(e.Field, "letter"):
			sub.Letter = nil
		}
	}
	return sub
}
