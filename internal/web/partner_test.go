package web_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"one-click-protest/internal/campaign"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/web"
)

// served is a house behind a real server, and what it was asked.
type served struct {
	*house
	url string

	mu       sync.Mutex
	requests []string // each with its headers and body
	cut      bool     // submissions are taken, and their answers lost
}

// site is a partner's web site on another origin of this machine.
type site struct {
	url string

	mu   sync.Mutex
	page string
	csp  string
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if s.csp != "" {
			w.Header().Set("Content-Security-Policy", s.csp)
		}
		_, _ = w.Write([]byte(s.page))
	}))
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

// shows sets the site's page and its policy.
func (s *site) shows(page, csp string) *site {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.page, s.csp = page, csp
	return s
}

// serveFor answers a house whose partners are the sites given; the first one's id is partner, the next ones' other1 and so on.
func serveFor(t *testing.T, change func(*web.Config), sites ...*site) *served {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &served{url: "http://" + l.Addr().String()}
	s.house = open(t, func(c *web.Config) {
		c.PublicURL = s.url
		if change != nil {
			change(c)
		}
		for _, slug := range slugs(c) {
			own, err := c.Campaigns.Get(slug)
			if err != nil {
				t.Fatal(err)
			}
			own.Partners = partners(own.Partners, sites)
		}
	})
	server := &httptest.Server{Listener: l, Config: &http.Server{Handler: http.HandlerFunc(s.serve)}}
	server.Start()
	t.Cleanup(server.Close)
	return s
}

func slugs(c *web.Config) []string {
	var all []string
	for _, slug := range []string{"protest-day-2007", "free-mtu-leaders-2007"} {
		if _, err := c.Campaigns.Get(slug); err == nil {
			all = append(all, slug)
		}
	}
	for slug := range kinds {
		if _, err := c.Campaigns.Get(slug); err == nil {
			all = append(all, slug)
		}
	}
	return all
}

// partners gives the sites' origins to a campaign's partner, and to others where there are more.
func partners(first []campaign.Partner, sites []*site) []campaign.Partner {
	var all []campaign.Partner
	for i, s := range sites {
		p := campaign.Partner{ID: fmt.Sprintf("other%d", i), Name: fmt.Sprintf("Partner %d", i)}
		if i == 0 && len(first) > 0 {
			p = first[0]
		}
		p.Origins = []string{s.url}
		all = append(all, p)
	}
	return all
}

// serve is the house behind a wire that can be listened to and cut.
func (s *served) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	s.mu.Lock()
	s.requests = append(s.requests, fmt.Sprint(r.Method, " ", r.URL, " ", r.Header, "\n", string(body)))
	cut := s.cut && bytes.Contains(body, []byte("\r\n\r\nsend\r\n"))
	s.mu.Unlock()
	if cut {
		s.house.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	}
	s.house.ServeHTTP(w, r)
}

// cuts begins or ends losing the answers to submissions. Browsers repeat a request on their own where a connection that was used before
// ends without an answer, so one loss would not show.
func (s *served) cuts(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cut = on
}

// asked answers the requests so far that contain a text.
func (s *served) asked(about string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []string
	for _, r := range s.requests {
		if strings.Contains(r, about) {
			found = append(found, r)
		}
	}
	return found
}

// brought holds what a campaign's partner is credited with.
func (s *served) brought(t *testing.T, slug, partner string, want ledger.Brought) {
	t.Helper()
	tally, err := s.ledger.Tally(context.Background(), s.scope(t, slug))
	if err != nil {
		t.Fatal(err)
	}
	if got := tally.Partners[partner]; got != want {
		t.Errorf("%s is credited with %+v, want %+v", partner, got, want)
	}
}

// letters holds how many letters left.
func (s *served) letters(t *testing.T, want int) {
	t.Helper()
	if n := len(s.mail.Left()); n != want {
		t.Errorf("%d letters left, want %d", n, want)
	}
}

// partnerPage is a page as a partner has it, whose own style would spoil what is not shut off from it.
func partnerPage(house, body string) string {
	return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Write a letter – The Open Border Society</title>
<style>
  html { font-size: 62.5%; color-scheme: light dark; }
  body { margin: 0; font: 1.7rem/1.6 "Noto Sans", sans-serif; color: light-dark(#26332d, #dfe6e1); background: light-dark(#fff, #101512); text-align: justify; letter-spacing: .01em; }
  header { background: #1d3b2f; color: #fff; }
  header div, main, footer div { max-width: 124rem; margin: auto; padding: 1.6rem 3rem; }
  header a { color: #fff; margin-inline-end: 2.4rem; }
  header strong { font: 600 2.2rem/1 "Noto Serif", Georgia, serif; margin-inline-end: 4rem; letter-spacing: 0; white-space: nowrap; }
  nav { display: inline; }
  main { padding-block: 3.2rem 5rem; }
  main > p { max-width: 74rem; margin-block: .6rem; }
  h1 { font: 600 3.6rem/1.2 "Noto Serif", Georgia, serif; margin: 0 0 1.2rem; text-align: start; }
  button, input { text-transform: uppercase; border-radius: 99px; }
  one-click-protest, iframe { margin-block: 2.4rem; --protest-accent: light-dark(#1f5c46, #86cdb0); --protest-accent-ink: light-dark(#fff, #0d211a); --protest-ground: light-dark(#f1f4ef, #19201c); --protest-paper: light-dark(#fff, #212a25); }
  iframe { inline-size: 100%; border: 0; }
  footer { border-top: 1px solid #8886; color: light-dark(#4c5852, #a9b5ae); font-size: 1.4rem; }
  @media (max-width: 40em) { nav { display: none; } header div, main, footer div { padding-inline: 1rem; } header strong { margin: 0; } h1 { font-size: 2.8rem; } }
</style>
<script src="` + house + `/widget.js" async></script>
</head>
<body>
<header><div><strong>The Open Border Society</strong><nav aria-label="Site"><a href="/reports">Reports</a><a href="/act">Act now</a><a href="/us">About us</a></nav></div></header>
<main>
<h1>They crossed a river to live</h1>
<p>Every week people are taken from safe houses near the Tumen and handed back. Write to the embassy in your own country: it takes a minute, and the letter is yours.</p>
` + body + `
</main>
<footer><div>The Open Border Society is a registered charity.</div></footer>
</body>
</html>`
}

// element is what a partner pastes.
func element(house, slug, partner, attributes string) string {
	return fmt.Sprintf(`<one-click-protest campaign="%s" partner="%s" %s><a href="%s/c/%[1]s?partner=%[2]s">Take part in the protest</a></one-click-protest>`,
		slug, partner, attributes, house)
}
