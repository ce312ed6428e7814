// Package web is every public route: the form on its own page, in a frame and as a partner page's widget, the actions API,
// confirmation, personal links, the tallies and the API's document, as one ordinary [http.Handler].
//
// It turns requests into package action's submissions and its answers into JSON and fragments of HTML, the same for all three
// ways. It decides nothing about letters or signers, keeps no session and sets no cookie. Everything works without JavaScript. The
// same handler serves Lambda and the local server.
package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"one-click-protest/internal/action"
	"one-click-protest/internal/campaign"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/seal"
)

// Actions is what the routes need of taking part. [action.Service] implements it.
type Actions interface {
	Preview(ctx context.Context, slug string, sub action.Submission) (action.Receipt, error)
	Submit(ctx context.Context, slug string, sub action.Submission) (action.Receipt, error)
	Open(ctx context.Context, slug, token string) (action.Opened, error)
	Confirm(ctx context.Context, slug, token, id string, informed bool) (action.Opened, error)
	OpenPersonal(ctx context.Context, slug, token, reads string) (action.Personal, error)
	SubmitPersonal(ctx context.Context, slug, token string, sub action.Submission) (action.Receipt, error)
}

// Campaigns is where campaigns come from. [campaign.Library] implements it.
type Campaigns interface {
	Get(slug string) (*campaign.Campaign, error)
}

// Tallies is where counts come from: the part of [ledger.Counts] that visitors' paths may use.
type Tallies interface {
	Tally(ctx context.Context, campaign string) (ledger.Tally, error)
}

// Config is what the routes are made of.
type Config struct {
	Campaigns Campaigns
	Actions   Actions
	Counts    Tallies
	Keys      seal.Keys // of the campaigns: the public counts' steps come from them
	// PublicURL is scheme and host under which visitors reach the handler, without a trailing slash. A form's Origin is
	// compared with it, never with the Host that a request names.
	PublicURL string
	// Grid is the step of the time grid on which answers to submissions leave, counted from the request's arrival; 0
	// for no grid, which lets visitors tell a first submission from a repeated one by its time.
	Grid time.Duration
	// TallyEvery is how seldom a process asks the ledger for one campaign's counts; 0: once a minute.
	TallyEvery time.Duration
	Now        func() time.Time // nil: time.Now
	Log        *slog.Logger     // nil: slog.Default
}

// server is the handler.
type server struct {
	Config
	origin  string
	mux     *http.ServeMux
	tallies *snapshots
	assets  *assets
}

// New answers the handler of all routes. It fails for a PublicURL that is no origin.
func New(c Config) (http.Handler, error) {
	u, err := url.Parse(c.PublicURL)
	if err != nil || u.Host == "" || c.PublicURL != u.Scheme+"://"+u.Host {
		return nil, errors.New("web: public URL: expected scheme and host, nothing behind them")
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	s := &server{Config: c, origin: strings.ToLower(c.PublicURL), mux: http.NewServeMux(), assets: loadAssets(c.PublicURL)}
	s.tallies = newSnapshots(c)
	for _, route := range s.routes() {
		s.mux.HandleFunc(route.pattern, route.handler)
	}
	return s, nil
}

// route is a pattern of [http.ServeMux] and what serves it.
type route struct {
	pattern string
	handler http.HandlerFunc
}

func (s *server) routes() []route {
	return []route{
		{"GET /v1/campaigns/{slug}", s.getCampaign},
		{"POST /v1/campaigns/{slug}/preview", s.postPreview},
		{"POST /v1/campaigns/{slug}/actions", s.onGrid(s.postAction)},
		{"GET /v1/campaigns/{slug}/tally", s.getTally},
		{"GET /v1/campaigns/{slug}/form", s.getFragment},
		{"POST /v1/campaigns/{slug}/form", s.postFragment},
		{"GET /v1/campaigns/{slug}/partners/{partner}/tally", s.getPartnerTally},
		{"OPTIONS /v1/campaigns/{slug}", s.preflight},
		{"OPTIONS /v1/campaigns/{slug}/preview", s.preflight},
		{"OPTIONS /v1/campaigns/{slug}/actions", s.preflight},
		{"OPTIONS /v1/campaigns/{slug}/tally", s.preflight},
		{"GET /healthz", s.getHealth},
		{"GET /openapi.json", s.getOpenAPI},
		{"GET /c/{slug}", s.getForm},
		{"POST /c/{slug}", s.postForm},
		{"GET /c/{slug}/confirm", s.getConfirm},
		{"POST /c/{slug}/confirm", s.postConfirm},
		{"GET /c/{slug}/personal", s.getPersonal},
		{"POST /c/{slug}/personal", s.postPersonal},
		{"GET /c/{slug}/picture/{language}", s.getPicture},
		{"GET /embed/{slug}", s.getEmbed},
		{"POST /embed/{slug}", s.postEmbed},
		{"GET /widget.js", s.getWidget},
		{"GET /static/{file}", s.getAsset},
	}
}

// ServeHTTP implements [http.Handler].
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	s.secure(w.Header())
	seen := &statusWriter{ResponseWriter: w}
	handler, pattern := s.mux.Handler(r)
	if pattern == "" {
		s.unrouted(seen, r, handler)
	} else {
		s.mux.ServeHTTP(seen, r)
	}
	s.logRequest(r, pattern, seen.status, time.Since(start))
}

// unrouted answers what the mux has no route for in our own form. What the mux would have said tells which: its 404, or its 405
// with the methods allowed.
func (s *server) unrouted(w http.ResponseWriter, r *http.Request, handler http.Handler) {
	said := &discard{header: http.Header{}}
	handler.ServeHTTP(said, r)
	err := errNoRoute
	if said.status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", said.header.Get("Allow"))
		err = errMethod
	}
	if strings.HasPrefix(r.URL.Path, "/v1/") {
		s.problem(w, r, s.language(r), err)
		return
	}
	s.errorPage(w, r, nil, err)
}

func (s *server) getHealth(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write([]byte("ok\n"))
}

// campaign answers the campaign that the path names.
func (s *server) campaign(r *http.Request) (*campaign.Campaign, error) {
	return s.Campaigns.Get(r.PathValue("slug"))
}

const (
	// workTime is how long a submission may take at most: below the function's timeout of 10 s.
	workTime = 8 * time.Second
	// answerTime is kept back of the request's deadline for composing the answer.
	answerTime = 200 * time.Millisecond
)

// work is the context of what must go on when the visitor hangs up: a letter half sent would be worse than an answer nobody
// reads. It ends before the request's own deadline.
func work(r *http.Request) (context.Context, context.CancelFunc) {
	until := time.Now().Add(workTime)
	if deadline, ok := r.Context().Deadline(); ok && deadline.Add(-answerTime).Before(until) {
		until = deadline.Add(-answerTime)
	}
	return context.WithDeadline(context.WithoutCancel(r.Context()), until)
}
