package models

import (
	"context"
	"crypto/rand"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"purposeagent/agent"
)

// How the same stores work on PostgreSQL. Their SQL is written once, in what both
// databases know; what differs is here, in postgres_schema.sql and nowhere else:
// the marks of parameters, texts that are compared without regard to case, bools
// that are kept as numbers, hints to SQLite's planner, and the functions on JSON,
// which the schema brings along under SQLite's names.
//
// SQLite has one writer. Stores rely on it: what a transaction reads, nobody
// changes before it ends. On PostgreSQL a lock says the same to all processes:
// a transaction that appends to a run shares it and holds one of that run, any
// other that writes has it alone.

// Pools of one process; the job engine has one of its own.
const (
	postgresWriters = 8
	postgresReaders = 8
	postgresJobs    = 6
)

// The locks of write transactions, as pg_advisory_xact_lock has them: two numbers
// of 32 bits.
const (
	lockWrites = 0x70757270 // all of them
	lockRun    = 0x7275     // of one run, with a hash of its id
	lockLayout = 0x6c61796f // of whoever lays out the schema
)

// idleTransaction is how long a write transaction may do nothing.
const idleTransaction = 5 * time.Second

// runLock is the key of a context whose transaction appends to one run.
type runLock struct{}

// onRun returns a context whose write transaction works on one run alone, beside
// those of other runs.
func onRun(ctx context.Context, run string) context.Context {
	return context.WithValue(ctx, runLock{}, run)
}

// forUpdate ends a read of a row that the transaction will write. SQLite lets nobody
// write meanwhile; on PostgreSQL a single statement, such as the renewal of a lease,
// does not wait for the locks above, and would be undone by the write.
func (db *DB) forUpdate() string {
	if db.postgres {
		return " FOR UPDATE"
	}
	return ""
}

func (db *DB) openPostgres(ctx context.Context, cfg Config) error {
	settings, err := parseURL(cfg.URL)
	if err != nil {
		return err
	}
	db.postgres = true
	writing := settings.Copy()
	// A process that was stopped in the middle of a transaction must not stop the
	// others for long: its locks go with its transaction.
	writing.RuntimeParams["idle_in_transaction_session_timeout"] = strconv.FormatInt(idleTransaction.Milliseconds(), 10)
	db.writer = postgresPool(writing, true, postgresWriters)
	err = postgresLayout(ctx, settings, cfg.place())
	if err != nil {
		return failed(err, "open %s", cfg.place())
	}
	reading := settings.Copy()
	reading.RuntimeParams["default_transaction_read_only"] = "on"
	db.reader = postgresPool(reading, false, postgresReaders)
	db.jobs = postgresPool(settings, false, postgresJobs)
	if cfg.Now == nil {
		if db.clock, err = startClock(ctx, db.jobs); err != nil {
			return failed(err, "read the clock of %s", cfg.place())
		}
		db.now = db.clock.now
	}
	db.notices = startNotices(ctx, db.jobs, settings, rand.Text())
	for pool, g := range map[*sql.DB]**gorm.DB{db.writer: &db.write, db.reader: &db.read} {
		if *g, err = gorm.Open(postgres.New(postgres.Config{Conn: pool}),
			&gorm.Config{SkipDefaultTransaction: true, DisableAutomaticPing: true, Logger: logger.Discard}); err != nil {
			return failed(err, "open %s", cfg.place())
		}
	}
	return nil
}

// parseURL reads the URL of a database. It is never part of an error: it may
// have a password in it.
func parseURL(address string) (*pgx.ConnConfig, error) {
	settings, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, agent.InvalidFields(map[string]string{"database-url": "can't be read; write it as postgres://HOST:5432/DATABASE, with USER:PASSWORD@ before HOST"})
	}
	if settings.RuntimeParams["application_name"] == "" {
		settings.RuntimeParams["application_name"] = "purpose"
	}
	return settings, nil
}

// PlaceOf is a database's URL as people may see it: without user and password.
func PlaceOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return "the database of --database-url"
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}

// postgresPool returns a pool of connections that take the stores' SQL.
func postgresPool(settings *pgx.ConnConfig, writes bool, size int) *sql.DB {
	pool := sql.OpenDB(connector{stdlib.GetConnector(*settings, stdlib.OptionAfterConnect(numbersOfBools)), writes})
	pool.SetMaxOpenConns(size)
	pool.SetMaxIdleConns(size)
	return pool
}

// postgresLayout makes or changes the schema, while no other process does.
func postgresLayout(ctx context.Context, settings *pgx.ConnConfig, place string) error {
	lock, err := pgx.ConnectConfig(ctx, settings)
	if err != nil {
		return err
	}
	defer lock.Close(context.WithoutCancel(ctx)) //nolint:errcheck // its end frees the lock, however it ends
	if _, err := lock.Exec(ctx, `SELECT pg_advisory_lock($1, 0)`, lockLayout); err != nil {
		return err
	}
	var has bool
	if err := lock.QueryRow(ctx, `SELECT to_regclass('schema_version') IS NOT NULL`).Scan(&has); err != nil {
		return err
	}
	if !has {
		return inTransaction(ctx, lock, postgresSchema)
	}
	var current int64
	if err := lock.QueryRow(ctx, `SELECT max(version_id) FROM schema_version`).Scan(&current); err != nil {
		return err
	}
	target, err := newestMigration()
	switch {
	case err != nil:
		return err
	case current > target:
		return newerSchema(place, current, target)
	case current < target: // there is no older one: this is the first schema for PostgreSQL
		return agent.Errorf(agent.CodeUnavailable, "%s has a schema that no released Purpose made (%d); choose an empty database", place, current)
	}
	return nil
}

// inTransaction runs a script whole or not at all.
func inTransaction(ctx context.Context, conn *pgx.Conn, script string) error {
	_, err := conn.Exec(ctx, "BEGIN;\n"+script+"\nCOMMIT;")
	if err != nil {
		_, back := conn.Exec(ctx, "ROLLBACK")
		return errors.Join(err, back)
	}
	return nil
}

// What of PostgreSQL's errors people can do something about, by SQLSTATE or the
// class that it begins with (its manual, appendix A).
func postgresFailed(err error) error {
	said, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		if _, ok := errors.AsType[*pgconn.ConnectError](err); ok || errors.Is(err, driver.ErrBadConn) {
			return agent.Wrap(agent.CodeUnavailable, err, "the database can't be reached; check that PostgreSQL runs, and the host and port of --database-url")
		}
		return nil
	}
	var what string
	switch said.Code {
	case "28P01", "28000":
		what = "the database refuses the user or the password of --database-url"
	case "3D000":
		what = "there is no such database; make it with: createdb NAME"
	case "42501", "3F000":
		what = "the database's user may not do this; it needs to own the schema that Purpose uses, or to have CREATE on it"
	case "53100":
		what = "the disk of the database is full: nothing more can be stored until there is space again; what was stored before is safe"
	case "53300":
		what = "the database has no connection left; raise its max_connections, or run fewer processes of Purpose"
	case "25006":
		what = "the database can only be read: it is a replica or was set to read only; name the primary one in --database-url"
	case "57P01", "57P02", "57P03":
		what = "the database is stopping or starting; it is tried again"
	default:
		if !strings.HasPrefix(said.Code, "08") {
			return nil
		}
		what = "the connection to the database broke; it is tried again"
	}
	return agent.Wrap(agent.CodeUnavailable, err, "%s", what)
}

// connector makes connections that take the stores' SQL.
type connector struct {
	driver.Connector
	writes bool
}

func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	made, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	plain, ok := made.(*stdlib.Conn)
	if !ok {
		return nil, fmt.Errorf("the driver's connection is a %T", made)
	}
	return &connection{plain, c.writes}, nil
}

// connection is the driver's, but for the words of statements, bools, and the
// locks of write transactions.
type connection struct {
	*stdlib.Conn
	writes bool
}

var _ interface {
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.ConnBeginTx
	driver.NamedValueChecker
} = (*connection)(nil)

func (c *connection) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	return c.Conn.PrepareContext(ctx, inPostgres(query))
}

func (c *connection) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	return c.Conn.ExecContext(ctx, inPostgres(query), args)
}

func (c *connection) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	return c.Conn.QueryContext(ctx, inPostgres(query), args)
}

// BeginTx begins a transaction and, where it may write, waits for its locks.
func (c *connection) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	tx, err := c.Conn.BeginTx(ctx, opts)
	if err != nil || !c.writes {
		return tx, err
	}
	if run, ok := ctx.Value(runLock{}).(string); ok {
		_, err = c.Conn.Conn().Exec(ctx, `SELECT pg_advisory_xact_lock_shared($1, 0), pg_advisory_xact_lock($2, hashtext($3))`, lockWrites, lockRun, run)
	} else {
		_, err = c.Conn.Conn().Exec(ctx, `SELECT pg_advisory_xact_lock($1, 0)`, lockWrites)
	}
	if err != nil {
		return nil, errors.Join(err, tx.Rollback())
	}
	return tx, nil
}

// CheckNamedValue makes of texts what PostgreSQL takes as one.
func (*connection) CheckNamedValue(v *driver.NamedValue) error {
	if text, ok := v.Value.(string); ok {
		v.Value = storable(text)
	}
	return nil
}

// boolAsNumber is a bool where a column of whole numbers is meant: the schema has
// no other columns for them, as SQLite hasn't.
type boolAsNumber bool

func (b boolAsNumber) Int64Value() (pgtype.Int8, error) {
	if b {
		return pgtype.Int8{Int64: 1, Valid: true}, nil
	}
	return pgtype.Int8{Valid: true}, nil
}

// boolPlan encodes a bool as a number.
type boolPlan struct{ next pgtype.EncodePlan }

func (p *boolPlan) SetNext(next pgtype.EncodePlan) { p.next = next }

func (p *boolPlan) Encode(value any, buf []byte) ([]byte, error) {
	b, ok := value.(bool)
	if !ok {
		return nil, fmt.Errorf("%T is no bool", value)
	}
	return p.next.Encode(boolAsNumber(b), buf)
}

// numbersOfBools lets a connection take bools for columns of numbers.
func numbersOfBools(_ context.Context, conn *pgx.Conn) error {
	types := conn.TypeMap()
	types.TryWrapEncodePlanFuncs = append(types.TryWrapEncodePlanFuncs, func(value any) (pgtype.WrappedEncodePlanNextSetter, any, bool) {
		b, ok := value.(bool)
		return &boolPlan{}, boolAsNumber(b), ok
	})
	return nil
}

// storable is a text without what PostgreSQL refuses in one: zero bytes, and what
// is no UTF-8.
func storable(text string) string {
	if strings.IndexByte(text, 0) < 0 && utf8.ValidString(text) {
		return text
	}
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
}

// translated are statements that were put into PostgreSQL's words, by their text. There
// are some hundreds; a text with a list of values in it is made anew each time.
var translated struct {
	sync.Mutex
	words map[string]string
}

const maxTranslated = 2_000

// inPostgres is a statement in the words of PostgreSQL.
func inPostgres(query string) string {
	translated.Lock()
	defer translated.Unlock()
	if words, ok := translated.words[query]; ok {
		return words
	}
	if translated.words == nil || len(translated.words) >= maxTranslated {
		translated.words = map[string]string{}
	}
	words := translate(query)
	translated.words[query] = words
	return words
}

// translate numbers the marks of parameters, compares texts without regard to
// case, and drops hints to SQLite's planner. What stands in quotes stays.
func translate(query string) string {
	var b strings.Builder
	mark := 0
	numbered := strings.Contains(query, "$1")
	for len(query) > 0 {
		switch c := query[0]; {
		case c == '\'' || c == '"':
			end := strings.IndexByte(query[1:], c) + 2
			if end < 2 {
				end = len(query)
			}
			b.WriteString(query[:end])
			query = query[end:]
			continue
		case c == '?' && len(query) > 1 && '0' < query[1] && query[1] <= '9': // as SQLite numbers them
			b.WriteByte('$')
		case c == '?' && !numbered:
			mark++
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(mark))
		case c == ' ' && strings.HasPrefix(query, " AS BLOB)"):
			b.WriteString(" AS BYTEA)")
			query = query[len(" AS BLOB)"):]
			continue
		case c == ' ' && strings.HasPrefix(query, " LIKE "):
			b.WriteString(" ILIKE ")
			query = query[len(" LIKE "):]
			continue
		case c == ' ' && strings.HasPrefix(query, " INDEXED BY "):
			query = query[len(" INDEXED BY "):]
			query = query[wordLength(query):]
			continue
		default:
			b.WriteByte(c)
		}
		query = query[1:]
	}
	return b.String()
}

// wordLength is how long the name is with which a text begins.
func wordLength(text string) int {
	n := strings.IndexFunc(text, func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	if n < 0 {
		return len(text)
	}
	return n
}
