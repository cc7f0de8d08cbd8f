package models

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/internal/pgtest"
)

func TestWordsOfPostgreSQL(t *testing.T) {
	for _, test := range []struct{ query, want string }{
		{`SELECT a FROM t WHERE b = ? AND c IN (?, ?)`, `SELECT a FROM t WHERE b = $1 AND c IN ($2, $3)`},
		{`UPDATE t SET a = ?2 WHERE b = ?1 OR c = ?12`, `UPDATE t SET a = $2 WHERE b = $1 OR c = $12`},
		{`SELECT '?' || "a?" || 'it''s ?' || ?`, `SELECT '?' || "a?" || 'it''s ?' || $1`},
		{`SELECT a FROM t WHERE m ? 'k' AND n = $1`, `SELECT a FROM t WHERE m ? 'k' AND n = $1`},
		{`SELECT a FROM t INDEXED BY t_line WHERE a LIKE ? ESCAPE '\'`, `SELECT a FROM t WHERE a ILIKE $1 ESCAPE '\'`},
		{`SELECT CAST(? AS BLOB), ' LIKE '`, `SELECT CAST($1 AS BYTEA), ' LIKE '`},
		{`SELECT 'left open ?`, `SELECT 'left open ?`},
		{``, ``},
	} {
		if got := translate(test.query); got != test.want {
			t.Errorf("%s\nbecame %s\nwant   %s", test.query, got, test.want)
		}
	}
	for range 2 * maxTranslated {
		inPostgres(strings.Repeat("x", len(translated.words)%50) + time.Now().String())
	}
	if n := len(translated.words); n > maxTranslated {
		t.Errorf("%d statements are kept", n)
	}
}

func FuzzWordsOfPostgreSQL(f *testing.F) {
	f.Add(`SELECT ? FROM "a?" WHERE b LIKE ?1 INDEXED BY c`)
	f.Fuzz(func(_ *testing.T, query string) { translate(query) })
}

func TestWhatPeopleSeeOfAnAddress(t *testing.T) {
	for address, want := range map[string]string{
		"postgres://ann:secret@db.example:5432/purpose?sslmode=require": "postgres://db.example:5432/purpose",
		"postgres:///purpose?host=/run/pg":                              "postgres:///purpose",
		"host=db password=secret":                                       "the database of --database-url",
		"postgres://ann:secret@[x":                                      "the database of --database-url",
	} {
		if got := PlaceOf(address); got != want {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
	}
	for _, address := range []string{"postgres://ann:secret@[x", "postgres://ann:secret@127.0.0.1:1/purpose", "nonsense secret"} {
		_, err := Open(t.Context(), Config{URL: address})
		if code := agent.CodeOf(err); code != agent.CodeInvalid && code != agent.CodeUnavailable {
			t.Errorf("%s: %v", address, err)
		}
		if strings.Contains(agent.MessageOf(err), "secret") {
			t.Error("a password is in the message:", err)
		}
	}
}

func TestStorable(t *testing.T) {
	for text, want := range map[string]string{"plain ä": "plain ä", "a\x00b": "a\uFFFDb", "a\xffb": "a\uFFFDb", "": ""} {
		if got := storable(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// onServer starts a PostgreSQL server for one test, whatever the others work on.
func onServer(t *testing.T) *pgtest.Server {
	t.Helper()
	server, err := pgtest.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	return server
}

// What is wrong with a database is said in words that tell what to do, and
// processes on a sound one hear of each other.
func TestPostgreSQL(t *testing.T) {
	server := onServer(t)
	address, err := server.Fresh(t.Context(), "one")
	if err != nil {
		t.Fatal(err)
	}
	var both [2]*DB
	var failures [2]error
	var opening sync.WaitGroup // two at once lay it out once
	for i := range both {
		opening.Go(func() { both[i], failures[i] = Open(t.Context(), Config{URL: address}) })
	}
	opening.Wait()
	for i, db := range both {
		if failures[i] != nil {
			t.Fatal(failures[i])
		}
		t.Cleanup(func() {
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	here, there := both[0], both[1]
	if here.Exclusive() || !here.Postgres() {
		t.Error("taken for a file of its own")
	}
	if err := here.Writable(t.Context()); err != nil {
		t.Error(err)
	}
	if shift := time.Since(here.now()); shift.Abs() > time.Minute {
		t.Errorf("the clock of a server on this machine is %v off", shift)
	}

	t.Run("notices", func(t *testing.T) {
		first := func(n *Notices) []string {
			for {
				select {
				case names := <-n.Heard():
					if len(names) > 0 {
						return names
					}
				case <-t.Context().Done():
					return nil
				}
			}
		}
		<-there.Notices().Heard() // it listens
		here.Notices().Tell("r_1")
		if got := first(there.Notices()); len(got) != 1 || got[0] != "r_1" {
			t.Error(got)
		}
		select {
		case got := <-here.Notices().Heard():
			if len(got) > 0 {
				t.Error("it heard itself:", got)
			}
		default:
		}
		if got := notice("me", strings.Fields(strings.Repeat("r_0123456789 ", 1000))); got != "me *" {
			t.Error(got)
		}
	})
	t.Run("locks", func(t *testing.T) {
		begin := func(ctx context.Context, db *DB) *sql.Tx {
			t.Helper()
			tx, err := db.writer.BeginTx(ctx, nil)
			if err != nil {
				t.Fatal(err)
			}
			return tx
		}
		one := begin(onRun(t.Context(), "r_1"), here)
		other := begin(onRun(t.Context(), "r_2"), there) // does not wait
		soon, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		for name, ctx := range map[string]context.Context{"the same run": onRun(soon, "r_1"), "the library": soon} {
			if tx, err := there.writer.BeginTx(ctx, nil); err == nil {
				t.Error("did not wait:", name, tx.Rollback())
			}
		}
		if err := errors.Join(one.Rollback(), other.Rollback()); err != nil {
			t.Error(err)
		}
		if err := begin(t.Context(), there).Rollback(); err != nil {
			t.Error(err)
		}
	})
	t.Run("refusals", func(t *testing.T) {
		for name, test := range map[string]struct{ change, url, want string }{
			"a newer program":      {`INSERT INTO schema_version (version_id, is_applied) VALUES (99999, 1)`, address, "newer Purpose"},
			"no such database":     {"", strings.Replace(address, "/postgres?", "/elsewhere?", 1), "no such database"},
			"no rights":            {`CREATE ROLE guest LOGIN`, strings.Replace(address, "purpose@", "guest@", 1), "may not do this"},
			"a schema not to make": {"", strings.Replace(address, "search_path=one", "search_path=nowhere", 1), ""},
		} {
			t.Run(name, func(t *testing.T) {
				if test.change != "" {
					if _, err := here.writer.ExecContext(t.Context(), test.change); err != nil {
						t.Fatal(err)
					}
				}
				db, err := Open(t.Context(), Config{URL: test.url})
				if err == nil {
					t.Fatal("it was opened", db.Close())
				}
				if !strings.Contains(agent.MessageOf(err), test.want) {
					t.Error(err)
				}
				if _, err := here.writer.ExecContext(t.Context(), `DELETE FROM schema_version WHERE version_id = 99999`); err != nil {
					t.Error(err)
				}
			})
		}
	})
}
