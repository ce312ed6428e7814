package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"one-click-protest/internal/action"
	"one-click-protest/internal/campaign"
	"one-click-protest/internal/lang"
	"one-click-protest/internal/ledger"
)

// What a request itself can be refused for.
var (
	errNoRoute   = errors.New("no such route")
	errMethod    = errors.New("method not allowed")
	errOrigin    = errors.New("foreign origin")
	errMediaType = errors.New("unsupported media type")
	errTooLarge  = errors.New("request too large")
	errMalformed = errors.New("malformed request")
	errNoTally   = errors.New("no such partner, or not its token")
)

// refusal is how an error shows: its status, and its code, under which its texts stand in lang ("problem.<code>.title").
type refusal struct {
	err    error
	status int
	code   string
	retry  int // seconds after which to try again; 0: not said
}

// refusals is the one place where errors become answers. Whatever is not here is ours to mend and shows as 500.
var refusals = []refusal{
	{errNoRoute, http.StatusNotFound, "not-found", 0},
	{errMethod, http.StatusMethodNotAllowed, "method", 0},
	{errOrigin, http.StatusForbidden, "origin", 0},
	{errMediaType, http.StatusUnsupportedMediaType, "media-type", 0},
	{errTooLarge, http.StatusRequestEntityTooLarge, "too-large", 0},
	{errMalformed, http.StatusBadRequest, "malformed", 0},
	{campaign.ErrNotFound, http.StatusNotFound, "no-campaign", 0},
	{action.ErrNotOpen, http.StatusConflict, "not-open", 0},
	{action.ErrClosed, http.StatusGone, "closed", 0},
	{action.ErrChanged, http.StatusConflict, "changed", 0},
	{action.ErrLink, http.StatusNotFound, "link", 0},
	{action.ErrLinkExpired, http.StatusGone, "link-expired", 0},
	{action.ErrPersonalExpired, http.StatusGone, "personal-expired", 0},
	{errNoTally, http.StatusNotFound, "not-found", 0},
	{ledger.ErrBusy, http.StatusServiceUnavailable, "busy", 5},
	{context.DeadlineExceeded, http.StatusServiceUnavailable, "busy", 5},
	// An organizer has to act; visitors need not know why.
	{ledger.ErrNotAdopted, http.StatusServiceUnavailable, "busy", 300},
}

func refusalOf(err error) refusal {
	var invalid *action.Invalid
	if errors.As(err, &invalid) {
		return refusal{err: err, status: http.StatusUnprocessableEntity, code: "invalid"}
	}
	for _, known := range refusals {
		if errors.Is(err, known.err) {
			return known
		}
	}
	return refusal{err: err, status: http.StatusInternalServerError, code: "internal"}
}

// phase says whether the campaign takes nothing because of its dates.
func (f refusal) phase() bool { return f.err == action.ErrNotOpen || f.err == action.ErrClosed }

func (f refusal) title(language string) string {
	return lang.Text(language, "problem."+f.code+".title")
}

func (f refusal) detail(language string) string {
	return lang.Text(language, "problem."+f.code+".detail", "max", strconv.Itoa(maxBody>>10), "type", jsonType)
}

// problemJSON is RFC 9457's problem details.
type problemJSON struct {
	Type   string      `json:"type"`
	Title  string      `json:"title"`
	Status int         `json:"status"`
	Detail string      `json:"detail"`
	Errors []fieldJSON `json:"errors,omitempty"`
}

// fieldJSON is one field that cannot be used.
type fieldJSON struct {
	Field  string      `json:"field"`
	Code   action.Code `json:"code"`
	Detail string      `json:"detail"`
	Max    int         `json:"max,omitempty"`
}

// problem answers an error of the API. Nothing of the error itself is in it.
func (s *server) problem(w http.ResponseWriter, r *http.Request, language string, err error) {
	f := s.refuse(w, r, err)
	p := problemJSON{
		Type:   s.PublicURL + "/problems/" + f.code,
		Title:  f.title(language),
		Status: f.status,
		Detail: f.detail(language),
	}
	var invalid *action.Invalid
	if errors.As(err, &invalid) {
		for _, e := range invalid.Fields {
			p.Errors = append(p.Errors, fieldJSON{e.Field, e.Code, fieldText(language, e), e.Max})
		}
	}
	w.Header().Set("Content-Language", language)
	writeJSON(w, "application/problem+json", f.status, p)
}

// refuse sets the headers of a refusal, and logs what is ours to mend.
func (s *server) refuse(w http.ResponseWriter, r *http.Request, err error) refusal {
	f := refusalOf(err)
	w.Header().Set("Cache-Control", "no-store")
	if f.retry > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(f.retry))
	}
	if f.status >= http.StatusInternalServerError {
		s.Log.ErrorContext(r.Context(), "request failed", "route", r.Pattern, "status", f.status, "error", err)
	}
	return f
}

// fieldText says what is wrong with a field. To a box one says another thing than to an empty line.
func fieldText(language string, e action.FieldError) string {
	if e.Field == "consent" && e.Code == action.Required {
		return lang.Text(language, "error.agree")
	}
	return lang.Text(language, "error."+string(e.Code), "max", strconv.Itoa(e.Max))
}

func writeJSON(w http.ResponseWriter, contentType string, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil { // only for values that no type here can hold
		panic("web: " + err.Error())
	}
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n'))
}
