package pgtest

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"
)

// Variable says on which database the tests of stores and engine work: "postgres",
// or SQLite files.
const Variable = "PURPOSE_TEST_DATABASE"

var (
	running *Server // nil: the tests work on SQLite files
	schemas atomic.Int64
)

// Main is TestMain of a package whose tests work on either database. It starts a
// server where Variable asks for one, and looks for goroutines that were left.
func Main(m *testing.M) {
	if os.Getenv(Variable) != "postgres" {
		goleak.VerifyTestMain(m)
		return
	}
	server, err := Start(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	running = server
	goleak.VerifyTestMain(m, goleak.IgnoreCurrent(), goleak.Cleanup(func(code int) {
		if err := server.Stop(); err != nil {
			log.Print(err)
			code = 1
		}
		os.Exit(code)
	}))
}

// Postgres reports whether the tests work on PostgreSQL.
func Postgres() bool { return running != nil }

// Fresh returns the URL of a database that nobody used before, or whose tables were
// emptied since, which takes a tenth of the time of laying it out; "" where the
// tests work on SQLite. It is the test's until it ends.
func Fresh(t testing.TB) string {
	t.Helper()
	if running == nil {
		return ""
	}
	address, err := running.take(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { running.giveBack(address) })
	return address
}

func (s *Server) take(ctx context.Context) (string, error) {
	select {
	case address := <-s.idle:
		return address, empty(ctx, address)
	default:
		return s.Fresh(ctx, fmt.Sprintf("t%d", schemas.Add(1)))
	}
}

func (s *Server) giveBack(address string) {
	select {
	case s.idle <- address:
	default: // enough are idle
	}
}

// emptyTables leaves a database as it was laid out: notes of migrations stay, and
// the library is at its first revision.
const emptyTables = `DO $$
DECLARE
    name text;
BEGIN
    SET LOCAL session_replication_role = replica; -- whatever refers to whatever
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename NOT IN ('schema_version', 'river_migration') LOOP
        EXECUTE format('DELETE FROM %I', name);
    END LOOP;
    PERFORM setval(format('%I.%I', schemaname, sequencename), 1, false) FROM pg_sequences WHERE schemaname = current_schema();
    IF to_regclass('library_state') IS NOT NULL THEN
        INSERT INTO library_state (id, revision, last_id) VALUES (1, 1, 0);
    END IF;
END $$`

func empty(ctx context.Context, address string) error {
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, emptyTables)
	return errors.Join(err, conn.Close(ctx))
}
