// Package sqlite is the ledger of one machine: a file that several processes may open at once.
//
// Writes are durable when they return (WAL with synchronous=FULL: the log is synced on each commit), deleted bytes are
// overwritten (secure_delete), and reads see every write that has returned. The log beside the file keeps older pages, with
// what was sealed in them, until it is cut: at most a minute later while letters are sent or looked for, and by Close.
package sqlite

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	driver "modernc.org/sqlite"
	code "modernc.org/sqlite/lib"

	"one-click-protest/internal/ledger"
)

//go:embed schema1.sql
var schema1 string

//go:embed schema2.sql
var schema2 string

//go:embed schema3.sql
var schema3 string

//go:embed schema4.sql
var schema4 string

// schemas answers what leads from each version of the schema to the next: that of version n, the database's user_version, stands at n-1. A
// new file takes all of these steps, so that it cannot differ from one that was migrated.
func schemas() []string { return []string{schema1, schema2, schema3, schema4} }

const (
	// openTime is how long Open waits for other processes that create the same file.
	openTime = 10 * time.Second
	// readers is how many reads run at once.
	readers = 4
)

// Ledger implements ledger.Ledger on a file. Safe for parallel use.
type Ledger struct {
	path  string
	read  *sql.DB
	write *writer
}

var _ ledger.Ledger = (*Ledger)(nil)

// Open opens the ledger at path, and creates the file, readable by its owner alone, if there is none. The mark file, and SQLite's log,
// stand beside it: see [Ledger.Adopted].
func Open(path string) (*Ledger, error) {
	if err := create(path); err != nil {
		return nil, fmt.Errorf("create ledger: %w", err)
	}
	w, err := openWriter(path)
	if err != nil {
		return nil, fmt.Errorf("open ledger: %w", err)
	}
	read, err := open(path, readers, "query_only(ON)")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open ledger: %w", err), w.close())
	}
	return &Ledger{path: path, read: read, write: w}, nil
}

// Close waits for writes under way, takes the log into the file and closes it.
func (l *Ledger) Close() error {
	return errors.Join(l.read.Close(), l.write.close())
}

// create makes the file before SQLite does, which would let everybody read it; the log gets the file's permissions.
func create(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

func open(path string, connections int, pragmas ...string) (*sql.DB, error) {
	// secure_delete: see the package. busy_timeout: longer waits are the writer's own, who knows its callers' deadlines.
	query := url.Values{"_pragma": append(pragmas, "busy_timeout(200)", "secure_delete(ON)")}
	name := url.URL{Path: filepath.ToSlash(path)}
	db, err := sql.Open("sqlite", "file:"+name.EscapedPath()+"?"+query.Encode())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db, nil
}

// prepare brings a connection into WAL mode and the database to the schema. Several processes may do so at once.
func prepare(ctx context.Context, c *sql.Conn) error {
	for _, s := range []string{"PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", "BEGIN IMMEDIATE"} {
		if err := whileBusy(ctx, func() error { _, err := c.ExecContext(ctx, s); return err }); err != nil {
			return err
		}
	}
	if err := migrate(ctx, c); err != nil {
		_, undo := c.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
		return errors.Join(err, undo)
	}
	_, err := c.ExecContext(ctx, "COMMIT")
	return err
}

// migrate takes, in its caller's transaction, the steps that the database has not taken yet.
func migrate(ctx context.Context, c *sql.Conn) error {
	var version int
	if err := c.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	steps := schemas()
	if version < 0 || version > len(steps) {
		return fmt.Errorf("schema version %d, this program knows %d", version, len(steps))
	}
	for _, step := range steps[version:] {
		version++
		if _, err := c.ExecContext(ctx, fmt.Sprintf("%s; PRAGMA user_version = %d", step, version)); err != nil {
			return fmt.Errorf("schema version %d: %w", version, err)
		}
	}
	return nil
}

// whileBusy repeats a call as long as another process holds the lock and the context allows.
func whileBusy(ctx context.Context, call func() error) error {
	for {
		err := call()
		if !busy(err) || ctx.Err() != nil {
			return err
		}
		time.Sleep(time.Millisecond) // the busy_timeout has been waited for already, or SQLite declined to wait
	}
}

func busy(err error) bool {
	var e *driver.Error
	return errors.As(err, &e) && e.Code()&0xff == code.SQLITE_BUSY
}
