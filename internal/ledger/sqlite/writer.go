package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"

	"one-click-protest/internal/ledger"
)

// batchSize is how many waiting writes go into one commit, at most: enough to share a slow disk's sync, few enough that the first
// of them does not wait long for the last.
const batchSize = 64

// truncateLog takes the log into the file, with what was overwritten there.
const truncateLog = "PRAGMA wal_checkpoint(TRUNCATE)"

var errClosed = errors.New("ledger closed")

// writer is the one connection of this process that writes, and the goroutine that owns it. It takes what waits into one
// transaction, a savepoint each: the sync that makes a commit durable is what a write costs, and is shared.
type writer struct {
	db      *sql.DB
	conn    *sql.Conn
	known   map[string]*sql.Stmt
	mark    *mark        // nil before adoption
	behind  error        // why the mark could not be raised; nil while it is where it should be
	begun   int          // sends begun in the current savepoint, not yet in the identity
	old     bool         // the log holds pages of what was just purged
	purged  atomic.Int64 // when, in milliseconds by the callers' clocks
	jobs    chan *job
	closing chan struct{}
	closed  chan struct{}
}

// job is one call's writes.
type job struct {
	run   func(w *writer) error
	state atomic.Int32
	err   error
	done  chan struct{}
}

// A job is waiting until either the writer or its caller, whose time has passed, takes it.
const (
	waiting int32 = iota
	started
	abandoned
)

func openWriter(path string) (*writer, error) {
	ctx, cancel := context.WithTimeout(context.Background(), openTime)
	defer cancel()
	db, err := open(path, 1)
	if err != nil {
		return nil, err
	}
	conn, err := db.Conn(ctx)
	if err == nil {
		err = prepare(ctx, conn)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	w := &writer{
		db: db, conn: conn, known: map[string]*sql.Stmt{},
		jobs: make(chan *job), closing: make(chan struct{}), closed: make(chan struct{}),
	}
	go w.loop()
	return w, nil
}

// do runs one call's writes: all of them, durably, or none. ErrBusy when the context ended before they began.
func (w *writer) do(ctx context.Context, what string, run func(w *writer) error) error {
	j := &job{run: run, done: make(chan struct{})}
	if ctx.Err() != nil {
		return timeout(what, ctx)
	}
	select {
	case w.jobs <- j:
	case <-ctx.Done():
		return timeout(what, ctx)
	case <-w.closing:
		return fmt.Errorf("%s: %w", what, errClosed)
	}
	select {
	case <-j.done:
	case <-ctx.Done():
		if j.state.CompareAndSwap(waiting, abandoned) {
			return timeout(what, ctx)
		}
		<-j.done // it has the lock already: the end is one sync away, and then known
	}
	if j.err != nil {
		return fmt.Errorf("%s: %w", what, j.err)
	}
	return nil
}

func timeout(what string, ctx context.Context) error {
	return fmt.Errorf("%s: %w: %w", what, ledger.ErrBusy, ctx.Err())
}

func (w *writer) loop() {
	defer close(w.closed)
	for {
		select {
		case <-w.closing:
			return
		case first := <-w.jobs:
			w.batch(w.collect(first))
		}
	}
}

// collect takes, besides the first job, what waits already.
func (w *writer) collect(first *job) []*job {
	jobs := []*job{first}
	for len(jobs) < batchSize {
		select {
		case j := <-w.jobs:
			jobs = append(jobs, j)
		default:
			return jobs
		}
	}
	return jobs
}

// batch runs jobs in one transaction, and answers each when it is on disk and marked.
func (w *writer) batch(jobs []*job) {
	running, err := w.begin(jobs)
	begun := 0
	for _, j := range running {
		if err == nil {
			w.begun = 0
			if j.err = w.savepoint(j.run); j.err == nil {
				begun += w.begun
			}
		}
	}
	if err == nil && len(running) > 0 {
		err = w.commit(begun)
	}
	for _, j := range running {
		if err != nil {
			j.err = err
		}
		close(j.done)
	}
}

// begin takes the lock of all processes, and then the jobs whose callers still wait. Without any it gives up.
func (w *writer) begin(jobs []*job) (running []*job, err error) {
	for {
		err = w.exec("BEGIN IMMEDIATE")
		if !busy(err) || !anyWaiting(jobs) {
			break
		}
	}
	for _, j := range jobs {
		if j.state.CompareAndSwap(waiting, started) {
			running = append(running, j)
		}
	}
	if err == nil && len(running) == 0 {
		return nil, w.exec("ROLLBACK")
	}
	return running, err
}

func anyWaiting(jobs []*job) bool {
	for _, j := range jobs {
		if j.state.Load() == waiting {
			return true
		}
	}
	return false
}

// savepoint runs one job so that its failure undoes its own writes alone.
func (w *writer) savepoint(run func(*writer) error) error {
	if err := w.exec("SAVEPOINT job"); err != nil {
		return err
	}
	err := run(w)
	if err != nil {
		err = errors.Join(err, w.exec("ROLLBACK TO job"))
	}
	return errors.Join(err, w.exec("RELEASE job"))
}

// commit makes the batch durable, and then tells the mark file what was begun: in this order, so that a crash leaves the
// database ahead of the mark and never behind. What fails after COMMIT fails no call: a caller would take for lost what is
// stored, and a letter it has claimed would never leave.
func (w *writer) commit(begun int) error {
	sends, err := w.countSends(begun)
	if err == nil {
		err = w.exec("COMMIT")
	}
	if err != nil {
		return errors.Join(fmt.Errorf("commit: %w", err), w.exec("ROLLBACK"))
	}
	if w.old { // a long walk may keep it from this, or the disk: the next purge tries again, and close reports it
		w.old = false
		_ = w.exec(truncateLog)
	}
	if begun > 0 && w.mark != nil {
		w.behind = w.mark.raise(sends)
	}
	return nil
}

func (w *writer) countSends(begun int) (sends uint64, err error) {
	if begun == 0 {
		return 0, nil
	}
	err = w.row("UPDATE identity SET sends = sends + ? RETURNING sends", begun).Scan(&sends)
	return sends, err
}

// stmt prepares each statement once. The context is never a caller's: an interrupted statement would spoil its neighbours'
// transaction.
func (w *writer) stmt(query string) (*sql.Stmt, error) {
	if s, ok := w.known[query]; ok {
		return s, nil
	}
	s, err := w.conn.PrepareContext(context.Background(), query)
	if err == nil {
		w.known[query] = s
	}
	return s, err
}

func (w *writer) exec(query string, args ...any) error {
	_, err := w.changed(query, args...)
	return err
}

// changed is exec, and answers how many rows it wrote.
func (w *writer) changed(query string, args ...any) (int64, error) {
	s, err := w.stmt(query)
	if err != nil {
		return 0, err
	}
	result, err := s.ExecContext(context.Background(), args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// query must have been read to its end before the next statement.
func (w *writer) query(query string, args ...any) (*sql.Rows, error) {
	s, err := w.stmt(query)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(context.Background(), args...)
}

// scanner is a row, or the error of asking for one.
type scanner interface{ Scan(dest ...any) error }

func (w *writer) row(query string, args ...any) scanner {
	s, err := w.stmt(query)
	if err != nil {
		return failed{err}
	}
	return s.QueryRowContext(context.Background(), args...)
}

type failed struct{ err error }

func (f failed) Scan(...any) error { return f.err }

func (w *writer) close() error {
	close(w.closing)
	<-w.closed
	err := w.exec(truncateLog)
	for _, s := range w.known {
		err = errors.Join(err, s.Close())
	}
	return errors.Join(err, w.mark.close(), w.conn.Close(), w.db.Close())
}
