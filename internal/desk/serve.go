package desk

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"one-click-protest/internal/action"
	"one-click-protest/internal/campaign"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/ledger/sqlite"
	"one-click-protest/internal/mailer"
	"one-click-protest/internal/mailer/localmail"
	"one-click-protest/internal/outbox"
	"one-click-protest/internal/seal"
	"one-click-protest/internal/web"
)

// serveCommand serves everything on this machine.
type serveCommand struct {
	data
	Addr string        `default:"127.0.0.1:8080" help:"Loopback address to listen on." placeholder:"HOST:PORT"`
	SMTP string        `name:"smtp" help:"Send through this mail server (smtp://user:password@host:port) instead of into the folder. In test mode only to the testers." placeholder:"URL"`
	Grid time.Duration `default:"400ms" help:"Answers to submissions leave on multiples of this time; 0 for at once."`
}

// Run serves until ctx is done; then it answers what has begun and closes the ledger.
func (c *serveCommand) Run(ctx context.Context, env Env) error {
	listener, err := c.listen()
	if err != nil {
		return err
	}
	defer func() { _ = listener.Close() }()
	site, err := c.open(env, listener.Addr().String())
	if err != nil {
		return err
	}
	defer site.close()
	handler, err := site.handler()
	if err != nil {
		return err
	}
	site.announce(ctx, env)
	return serve(ctx, listener, handler)
}

// listen refuses everything but loopback: there is no TLS here, and the outbox shows every letter to whoever asks.
func (c *serveCommand) listen() (net.Listener, error) {
	host, _, err := net.SplitHostPort(c.Addr)
	if err != nil {
		return nil, misused("--addr %s: %w", c.Addr, err)
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return nil, misused("--addr %s: not a loopback address such as 127.0.0.1", c.Addr)
	}
	listener, err := net.Listen("tcp", c.Addr)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	return listener, nil
}

// site is the local server's parts.
type site struct {
	url       string
	host      string
	data      string
	outbox    *localmail.Folder // captured mail; nil when mail is really sent
	grid      time.Duration
	now       func() time.Time
	campaigns *campaign.Library
	ledger    *sqlite.Ledger
	keys      seal.Keys
	mailer    mailer.Mailer
	closing   sync.Once
}

func (c *serveCommand) open(env Env, host string) (*site, error) {
	s := &site{url: "http://" + host, host: host, data: c.Data, grid: c.Grid, now: env.Now, campaigns: campaign.Open(env.Files)}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	var err error
	if s.keys, err = openKeys(c.Data); err != nil {
		return nil, err
	}
	if err := s.openMailer(c); err != nil {
		return nil, err
	}
	if s.ledger, err = openLedger(c.Data); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *site) openMailer(c *serveCommand) error {
	if c.SMTP != "" {
		m, err := localmail.NewSMTP(localmail.SMTPConfig{URL: c.SMTP})
		if err != nil {
			return misused("--smtp: %w", err)
		}
		s.mailer = m
		return nil
	}
	folder, err := localmail.OpenFolder(filepath.Join(c.Data, "outbox"), localmail.Origin{})
	if err != nil {
		return fmt.Errorf("outbox folder: %w", err)
	}
	s.mailer, s.outbox = folder, folder
	return nil
}

// close gives ledger and folder back, once.
func (s *site) close() {
	s.closing.Do(func() {
		_ = s.ledger.Close()
		if s.outbox != nil {
			_ = s.outbox.Close()
		}
	})
}

// ledgerFile is the ledger's name in the data folder.
const ledgerFile = "ledger.db"

func openLedger(folder string) (*sqlite.Ledger, error) {
	l, err := sqlite.Open(filepath.Join(folder, ledgerFile))
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	return l, nil
}

// handler is the whole local site: the same web handler as on Lambda, and beside it what only this machine has.
func (s *site) handler() (http.Handler, error) {
	public, err := web.New(web.Config{
		Campaigns:  s.campaigns,
		Actions:    s.actions(),
		Counts:     s.ledger,
		Keys:       s.keys,
		PublicURL:  s.url,
		Grid:       s.grid,
		TallyEvery: time.Minute,
		Now:        s.now,
		Log:        slog.Default(),
	})
	if err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("/", public)
	s.homeRoutes(mux)
	if s.outbox != nil {
		s.outboxRoutes(mux)
	}
	return s.exactHost(mux), nil
}

func (s *site) actions() *action.Service {
	return &action.Service{
		Campaigns: s.campaigns,
		Keys:      s.keys,
		Ledger:    s.ledger,
		Sender:    &outbox.Outbox{Records: s.ledger, Mailer: s.mailer, Now: s.now},
		PublicURL: s.url,
		Now:       s.now,
	}
}

// exactHost answers only requests that name this server exactly: a page that rebinds its own name to loopback could otherwise
// read the outbox.
func (s *site) exactHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Host != s.host {
			http.Error(w, "This server is "+s.url+" and answers to no other name.", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (s *site) announce(ctx context.Context, env Env) {
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(env.Stdout, format+"\n", args...) }
	say("Open %s", s.url)
	if s.outbox != nil {
		say("Mail is captured in %s and sent nowhere; read it at %s/outbox", filepath.Join(s.data, "outbox"), s.url)
	} else {
		say("Mail leaves through the mail server; campaigns in test mode write to their testers only")
	}
	if err := s.ledger.Adopted(ctx, s.keys.Fingerprint()); errors.Is(err, ledger.ErrNotAdopted) {
		say("STOPPED: the ledger in %s is an older copy or belongs to another secret. Nothing is accepted or sent until "+
			"ledger.db, ledger.db.mark and secret are again those that belong together.", s.data)
	}
	for _, slug := range s.campaigns.Slugs() {
		if _, err := s.campaigns.Get(slug); err != nil {
			say("Campaign %s cannot be used:\n%s", slug, indent(err.Error()))
		}
	}
	say("Ctrl-C stops it.")
}

func indent(text string) string { return "  " + strings.ReplaceAll(text, "\n", "\n  ") }

// serve answers requests until ctx is done, then finishes those that have begun.
func serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      30 * time.Second,
		MaxHeaderBytes:    64 << 10,
	}
	stopped := make(chan error, 1)
	go func() { stopped <- server.Serve(listener) }()
	select {
	case err := <-stopped:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), 15*time.Second)
	defer cancel()
	if err := server.Shutdown(patience); err != nil {
		return fmt.Errorf("stop: %w", err)
	}
	return nil
}
