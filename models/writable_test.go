//go:build linux

package models

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"purposeagent/agent"
)

// openAt opens a database in a folder of the test's choice.
func openAt(t *testing.T, dir string) *DB {
	t.Helper()
	db, err := Open(t.Context(), Config{Path: filepath.Join(dir, "purpose.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func TestWritableSaysWhatIsWrong(t *testing.T) {
	for _, test := range []struct {
		name  string
		spoil func(t *testing.T, dir string, db *DB)
		want  string // "" for nothing
	}{
		{"all is well", func(*testing.T, string, *DB) {}, ""},
		{"the folder is gone", func(t *testing.T, dir string, _ *DB) {
			if err := os.Rename(dir, dir+"-elsewhere"); err != nil {
				t.Fatal(err)
			}
		}, "can't be written"},
		{"the database takes no writes", func(t *testing.T, _ string, db *DB) {
			if _, err := db.writer.ExecContext(t.Context(), "PRAGMA query_only = 1"); err != nil {
				t.Fatal(err)
			}
		}, "the database can't be written"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "data")
			db := openAt(t, dir)
			test.spoil(t, dir, db)
			switch err := db.Writable(t.Context()); {
			case test.want == "" && err != nil:
				t.Error(err)
			case test.want != "" && (err == nil || agent.CodeOf(err) != agent.CodeUnavailable || !strings.Contains(agent.MessageOf(err), test.want)):
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

// A database that was full and has room again is writable again, and nothing
// of the probes is left.
func TestWritableOnAFullDisk(t *testing.T) {
	dir := t.TempDir()
	mountSmall(t, dir, 6<<20)
	db := openAt(t, dir)
	if err := db.Writable(t.Context()); err != nil {
		t.Fatal(err)
	}
	ballast := filepath.Join(dir, "ballast")
	file, err := os.Create(ballast)
	if err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = file.Write(bytes.Repeat([]byte("x"), 64<<10))
	}
	_ = file.Close()
	if err := db.Writable(t.Context()); err == nil || !strings.Contains(agent.MessageOf(err), "is full") {
		t.Errorf("a full disk is %v", err)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	if err := db.Writable(t.Context()); err != nil {
		t.Errorf("with room again: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".purpose-probe-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// The log of a database that is written and read all the time stays short, and
// is cut when nothing happens.
func TestTheLogStaysShort(t *testing.T) {
	dir := t.TempDir()
	db := openAt(t, dir)
	db.checkpoints.stop() // the test looks by itself
	<-db.checkpoints.done
	log := filepath.Join(dir, "purpose.db-wal")
	size := func() int64 {
		info, err := os.Stat(log)
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	write := func(n int) {
		for i := range n {
			if err := db.Settings().Set(context.Background(), fmt.Sprintf("key%d", i%8), agent.MustObject(map[string]any{"text": strings.Repeat(strconv.Itoa(i%10), 100_000)})); err != nil {
				t.Fatal(err)
			}
		}
	}
	write(8)
	for range 4 {
		rows, err := db.reader.QueryContext(t.Context(), "SELECT key FROM settings")
		if err != nil {
			t.Fatal(err)
		}
		if !rows.Next() { // somebody reads while there are writes
			t.Fatal("no rows")
		}
		write(100)
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Fatal(err)
		}
		db.checkpoints.copy(t.Context())
		if got := size(); got > longLog {
			t.Errorf("the log has %d bytes after a look, want %d at most", got, longLog)
		}
	}
	write(20)
	for range 3 {
		db.checkpoints.copy(t.Context())
	}
	if got := size(); got > idleLog {
		t.Errorf("the log of a database at rest has %d bytes, want %d at most", got, idleLog)
	}
}
