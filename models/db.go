// Package models keeps runs, experience, heuristics and settings in a database,
// by GORM. Rows are private; what goes in and out are the agent's own types.
//
// The database is one SQLite file: one connection writes, eight read. A step
// of a run is one transaction. The write-ahead log is synchronised at
// checkpoints (synchronous=NORMAL): after kill -9 nothing that was acknowledged
// is missing; after a power cut the last moments may be, and the file is whole.
package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"purposeagent/agent"
)

// Config says where a database is: Path or URL is required.
type Config struct {
	Path string // of a SQLite file; its folder is made if it is missing
	// URL of a PostgreSQL database, as postgres://USER:PASSWORD@HOST:PORT/NAME.
	// Other processes may have it open too.
	URL string
	// Shared lets other processes open the same file. Without it Open takes a
	// lock, so that two servers never work on one data folder.
	Shared bool
	// Witness is a file that is only ever made once there is a database: where it
	// exists and the database does not, the database was lost. "": there is none.
	Witness string
	// Now is the time; nil: of this machine, or of the PostgreSQL server.
	Now func() time.Time
}

// DB is an open database. It is safe for concurrent use and needs Close.
type DB struct {
	now      func() time.Time
	path     string // of the file; "" on PostgreSQL
	shared   bool
	postgres bool
	lock     *os.File

	writer, reader *sql.DB
	jobs           *sql.DB // of the job engine, nil where it shares the writer
	checkpoints    *checkpointer
	notices        *Notices       // nil on SQLite
	clock          *databaseClock // nil on SQLite, or where the caller has one
	write, read    *gorm.DB

	runs     *Runs
	library  *Library
	settings *Settings
	critics  *Critics
	phiWords *PhiWords

	mu           sync.Mutex
	replays      map[int]*Replay
	replayWrites atomic.Int64 // of all replays of this value
}

// readers is the number of connections that read at the same time.
const readers = 8

// Open opens the database file, makes it if it is missing, and brings its
// schema up to date. Errors are CodeInvalid for a path that can't be used,
// CodeConflict for a file in use by another Purpose, CodeUnavailable for a file
// that can't be opened, is damaged or was made by a newer Purpose; the message
// says what to do, and Open never deletes or replaces anything.
func Open(ctx context.Context, cfg Config) (*DB, error) {
	db := &DB{now: cfg.Now, path: cfg.Path, shared: cfg.Shared || cfg.URL != "", replays: map[int]*Replay{}}
	if db.now == nil {
		db.now = time.Now
	}
	if err := db.open(ctx, cfg); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// place is where the database is, as people may see it.
func (cfg Config) place() string {
	if cfg.URL != "" {
		return PlaceOf(cfg.URL)
	}
	return cfg.Path
}

func (db *DB) open(ctx context.Context, cfg Config) error {
	connect := db.openFile
	if cfg.URL != "" {
		connect = db.openPostgres
	}
	if err := connect(ctx, cfg); err != nil {
		return err
	}
	var err error
	if db.runs, err = newRuns(ctx, db); err != nil {
		return db.openFailed(err, cfg)
	}
	db.library = newLibrary(db)
	db.settings = &Settings{db}
	db.critics = &Critics{db: db}
	if db.phiWords, err = newPhiWords(ctx, db); err != nil {
		return db.openFailed(err, cfg)
	}
	return nil
}

func (db *DB) openFile(ctx context.Context, cfg Config) error {
	if err := checkLost(cfg); err != nil {
		return err
	}
	if err := preparePath(cfg.Path); err != nil {
		return err
	}
	if !cfg.Shared {
		lock, err := lockPath(cfg.Path)
		if err != nil {
			return err
		}
		db.lock = lock
	}
	if err := checkHeader(cfg.Path); err != nil {
		return err
	}
	err := oneAtATime(ctx, cfg.Path, func() (err error) {
		if err := layOut(ctx, cfg.Path); err != nil {
			return openFailed(err, cfg.Path)
		}
		if db.writer, db.write, err = openPool(cfg.Path, false, 1); err != nil {
			return openFailed(err, cfg.Path)
		}
		if err := layOutSchema(ctx, db.writer); err != nil {
			return openFailed(err, cfg.Path)
		}
		return migrate(ctx, db.writer, cfg.Path)
	})
	if err != nil {
		return err
	}
	if db.reader, db.read, err = openPool(cfg.Path, true, readers); err != nil {
		return openFailed(err, cfg.Path)
	}
	if db.checkpoints, err = startCheckpoints(ctx, db.writer, cfg.Path); err != nil {
		return openFailed(err, cfg.Path)
	}
	return nil
}

// pageSize makes three typical steps fit a page; at SQLite's 4,096 each would
// take a page of its own, nearly half of it empty.
const pageSize = 8192

// layOut gives a new file its page size, which can't be changed once there is
// a page. A file that has pages is left alone.
func layOut(ctx context.Context, path string) error {
	info, err := os.Stat(path)
	if err != nil || info.Size() > 0 {
		return err
	}
	pool, err := sql.Open(driverName, (&url.URL{Scheme: "file", Opaque: escapePath(path)}).String())
	if err != nil {
		return err
	}
	pool.SetMaxOpenConns(1)
	for _, query := range []string{fmt.Sprintf("PRAGMA page_size = %d", pageSize), "PRAGMA journal_mode = WAL"} {
		if _, err := pool.ExecContext(ctx, query); err != nil {
			return errors.Join(err, pool.Close())
		}
	}
	return pool.Close()
}

// openPool opens a pool of connections and puts GORM on it. PrepareStmt stays
// off: it would hide the *sql.Tx that the job engine joins.
func openPool(path string, readOnly bool, size int) (*sql.DB, *gorm.DB, error) {
	pool, err := sql.Open(driverName, dsn(path, readOnly))
	if err != nil {
		return nil, nil, err
	}
	pool.SetMaxOpenConns(size)
	pool.SetMaxIdleConns(size)
	g, err := gorm.Open(sqlite.New(sqlite.Config{DriverName: driverName, Conn: pool}),
		&gorm.Config{SkipDefaultTransaction: true, DisableAutomaticPing: true, Logger: logger.Discard})
	if err != nil {
		return nil, nil, errors.Join(err, pool.Close())
	}
	return pool, g, nil
}

// Close closes the connections and frees the lock.
func (db *DB) Close() error {
	var errs []error
	if db.runs != nil {
		errs = append(errs, db.runs.close())
	}
	if db.clock != nil {
		db.clock.stop()
	}
	if db.notices != nil {
		db.notices.close()
	}
	if db.checkpoints != nil {
		errs = append(errs, db.checkpoints.close())
	}
	if db.reader != nil {
		errs = append(errs, db.reader.Close())
	}
	if db.writer != nil {
		errs = append(errs, db.writer.Close())
	}
	if db.jobs != nil {
		errs = append(errs, db.jobs.Close())
	}
	if db.lock != nil {
		errs = append(errs, db.lock.Close()) // closing frees the lock; the file stays for the next one
	}
	return errors.Join(errs...)
}

// Runs returns the store of runs, their events and steps.
func (db *DB) Runs() *Runs { return db.runs }

// Library returns the store of heuristics.
func (db *DB) Library() *Library { return db.library }

// Settings returns the store of settings.
func (db *DB) Settings() *Settings { return db.settings }

// Connections returns the store of model servers and prices, whose keys the
// sealer keeps.
func (db *DB) Connections(sealer Sealer) *Connections { return &Connections{db, sealer} }

// Calls returns the store of what models were asked; what it can't keep it
// tells the logger.
func (db *DB) Calls(logger *slog.Logger) *Calls { return &Calls{db, logger} }

// Vectors returns the store of what embedding models made of texts.
func (db *DB) Vectors() *Vectors { return &Vectors{db} }

// Milestones returns the store of what critics by language model judge worlds by.
func (db *DB) Milestones() *Milestones { return &Milestones{db} }

// Prompts returns the store of the words in which models are asked.
func (db *DB) Prompts() *Prompts { return &Prompts{db} }

// Critics returns the store of what critics said beside what became of it.
func (db *DB) Critics() *Critics { return db.critics }

// PhiWords returns what people said that Φ is.
func (db *DB) PhiWords() *PhiWords { return db.phiWords }

// Experiments returns the store of the Lab's experiments.
func (db *DB) Experiments() *Experiments { return &Experiments{db} }

// SQL returns the pool for the job engine, which keeps its tables in the same
// database: of the one writing connection, or on PostgreSQL one of its own.
func (db *DB) SQL() *sql.DB {
	if db.jobs != nil {
		return db.jobs
	}
	return db.writer
}

// Postgres reports whether the database is PostgreSQL.
func (db *DB) Postgres() bool { return db.postgres }

// Exclusive reports whether no other process can have the database open.
func (db *DB) Exclusive() bool { return !db.shared }

// Ping reports whether the database answers reads.
func (db *DB) Ping(ctx context.Context) error {
	return failed(db.reader.PingContext(ctx), "ping")
}

// writeTx runs f in one write transaction. It is rolled back when the context ends;
// its single statements do not wait for that, since the driver starts a goroutine
// for each statement that can be cancelled, which costs more than most of them.
func (db *DB) writeTx(ctx context.Context, f func(tx *gorm.DB) error) error {
	return orCancelled(ctx, db.write.WithContext(ctx).Transaction(func(tx *gorm.DB) error { return f(tx.WithContext(context.WithoutCancel(ctx))) }))
}

// sqlTx returns the *sql.Tx under a GORM transaction, so that the job engine's
// rows commit or vanish with ours.
func sqlTx(tx *gorm.DB) (*sql.Tx, error) {
	t, ok := tx.Statement.ConnPool.(*sql.Tx)
	if !ok {
		return nil, fmt.Errorf("gorm transaction is a %T, not a *sql.Tx", tx.Statement.ConnPool)
	}
	return t, nil
}

func preparePath(path string) error {
	if path == "" {
		return agent.Errorf(agent.CodeInvalid, "name a file for the database")
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return agent.Errorf(agent.CodeInvalid, "%s is a folder; the database needs a file, such as %s", path, filepath.Join(path, "purpose.db"))
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return unwritable(err, path, "the folder %s can't be made: choose another data folder, or make this one writable", dir)
	}
	// Asking the file system beats reading permission bits: it knows about
	// read-only mounts, quotas and access lists.
	probe, err := os.CreateTemp(dir, ".purpose-probe-*")
	if err != nil {
		return unwritable(err, path, "the folder %s can't be written: choose another data folder, or make this one writable for the user who runs Purpose", dir)
	}
	if err := errors.Join(probe.Close(), os.Remove(probe.Name())); err != nil {
		return unwritable(err, path, "the folder %s can't be written", dir)
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return unwritable(err, path, "the database file %s can't be opened for writing: check who owns it and its permissions", path)
	}
	return file.Close()
}

// checkHeader refuses a file that is no SQLite database before SQLite touches it.
func checkHeader(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return agent.Wrap(agent.CodeUnavailable, err, "the database file %s can't be read: check its permissions", path)
	}
	defer f.Close() //nolint:errcheck // opened for reading only
	const magic = "SQLite format 3\x00"
	head := make([]byte, len(magic))
	n, err := io.ReadFull(f, head)
	if n == 0 && errors.Is(err, io.EOF) {
		return nil // a new file
	}
	if string(head[:n]) != magic {
		return damaged(path, errors.New("the file header is not SQLite's"))
	}
	return nil
}

// checkLost refuses to make a new database where there was one: its file is
// missing or was cut to nothing, and what lies beside it says that it was in
// use. SQLite would throw away a log that has lost its file.
func checkLost(cfg Config) error {
	if cfg.Path == "" {
		return nil
	}
	if info, err := os.Stat(cfg.Path); err != nil && !errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() > 0 {
		return nil // what is wrong with it comes up when it is opened
	}
	for _, beside := range []string{cfg.Path + "-wal", cfg.Witness} {
		if info, err := os.Stat(beside); beside != "" && err == nil && info.Size() > 0 {
			return agent.Errorf(agent.CodeUnavailable, "%s is missing or empty, but %s beside it shows that it was in use. Nothing was changed. "+
				"Put a backup of the database back; or, to begin with nothing, move %s away; or choose another data folder",
				cfg.Path, filepath.Base(beside), filepath.Base(beside))
		}
	}
	return nil
}

// damaged is the error for a file that is no healthy database.
func damaged(path string, cause error) error {
	return agent.Wrap(agent.CodeUnavailable, cause,
		"%s is damaged or is not a Purpose database. Nothing was changed. Stop all programs that use it, then either restore a backup, "+
			"or save what is readable with: sqlite3 %s .recover | sqlite3 recovered.db, or begin afresh with another data folder", path, path)
}

func (db *DB) openFailed(err error, cfg Config) error {
	if db.postgres {
		return failed(err, "open %s", cfg.place())
	}
	return openFailed(err, cfg.Path)
}

// openFailed is failed for errors that come before the database was usable.
func openFailed(err error, path string) error {
	if code, ok := resultCode(err); ok && (code == sqliteCorrupt || code == sqliteNotADB) {
		return damaged(path, err)
	}
	if full := noSpace(err, path); full != nil {
		return full
	}
	return failed(err, "open database %s", path)
}

// unwritable is the error for what can't be made or written: that the disk is
// full, where it is, and otherwise the words given.
func unwritable(err error, path, format string, args ...any) error {
	if isFull(err) {
		return noSpace(err, path)
	}
	return agent.Wrap(agent.CodeUnavailable, err, format, args...)
}

// escapePath makes a path safe inside a file: URI.
func escapePath(path string) string {
	return (&url.URL{Path: path}).EscapedPath()
}

// nanos and fromNanos keep times as whole numbers, which compare and sort alike
// on every database.
func nanos(t time.Time) int64 { return t.UnixNano() }

func fromNanos(n int64) time.Time { return time.Unix(0, n).UTC() }

func optionalNanos(t *time.Time) *int64 {
	if t == nil {
		return nil
	}
	n := nanos(*t)
	return &n
}

func optionalTime(n *int64) *time.Time {
	if n == nil {
		return nil
	}
	t := fromNanos(*n)
	return &t
}
