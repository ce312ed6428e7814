package desk

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"one-click-protest/internal/action"
	"one-click-protest/internal/campaign"
	"one-click-protest/internal/ledger"
	"one-click-protest/internal/ledger/sqlite"
	"one-click-protest/internal/outbox"
	"one-click-protest/internal/seal"
	"one-click-protest/internal/web"
)

// serveCommand serves everything on this machine.
type serveCommand struct {
	data
	Addr string `default:"127.0.0.1:8080" help:"Loopback address to listen on." placeholder:"HOST:PORT"`
	wayOut
	Grid time.Duration `default:"400ms" help:"Answers to submissions leave on multiples of this time; 0 for at once."`
}

// Run serves, and sends what waits, until ctx is done; then it finishes what has begun and closes the ledger.
func (c *serveCommand) Run(ctx context.Context, env Env) error {
	listener, err := c.listen()
	if err != nil {
		return err
	}
	defer func() { _ = listener.Close() }()
	site, err := c.open(ctx, env, listener.Addr().String())
	if err != nil {
		return err
	}
	defer site.close()
	handler, err := site.handler()
	if err != nil {
		return err
	}
	site.announce(ctx, env)
	ctx, stop := context.WithCancel(ctx)
	var sending sync.WaitGroup
	sending.Go(func() { site.sendWaiting(ctx) })
	err = serve(ctx, listener, handler)
	stop() // also when it was not ctx that ended the server
	sending.Wait()
	return err
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
	grid      time.Duration
	now       func() time.Time
	campaigns *campaign.Library
	ledger    *sqlite.Ledger
	keys      seal.Keys
	mails     mails
	outbox    *outbox.Outbox // what both ways out share: at once, and from the queue
	still     standing
	closing   sync.Once
}

func (c *serveCommand) open(ctx context.Context, env Env, host string) (*site, error) {
	s := &site{url: "http://" + host, host: host, data: c.Data, grid: c.Grid, now: env.Now, campaigns: campaign.Open(env.Files)}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	var err error
	if s.keys, err = openKeys(c.Data); err != nil {
		return nil, err
	}
	if s.mails, err = openMailer(c.SMTP, c.Data); err != nil {
		return nil, err
	}
	if s.ledger, err = openLedger(c.Data); err != nil {
		s.mails.close()
		return nil, err
	}
	if err = c.mayCapture(ctx, s.ledger); err == nil {
		err = c.remember(ctx, s.ledger)
	}
	if err != nil {
		s.close()
		return nil, err
	}
	s.outbox = &outbox.Outbox{Ledger: s.ledger, Mailer: s.mails.mailer, Now: s.now, Log: env.calmLog()}
	return s, nil
}

// close gives ledger and folder back, once.
func (s *site) close() {
	s.closing.Do(func() {
		_ = s.ledger.Close()
		s.mails.close()
	})
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
	if s.mails.folder != nil {
		s.outboxRoutes(mux)
	}
	return s.exactHost(mux), nil
}

func (s *site) actions() *action.Service {
	return &action.Service{
		Campaigns: s.campaigns,
		Keys:      s.keys,
		Ledger:    s.ledger,
		Sender:    s.outbox,
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
	if s.mails.folder != nil {
		say("Mail is captured in %s and sent nowhere; read it at %s/outbox", outboxFolder(s.data), s.url)
	} else {
		say("Mail leaves through the mail server; campaigns in test mode write to their testers only")
	}
	if err := s.ledger.Adopted(ctx, s.keys.Fingerprint()); errors.Is(err, ledger.ErrNotAdopted) {
		say("STOPPED: the ledger in %s is not adopted: %s. Nothing is accepted or sent until ledger.db, ledger.db.mark and secret "+
			"are again those that belong together, or until an organizer adopts it as it is: the command adopt says what that does.",
			s.data, reasonOf(err))
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
