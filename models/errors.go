package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"gorm.io/gorm"

	"purposeagent/agent"
)

// SQLite's primary result codes that people can do something about.
const (
	sqliteBusy     = 5
	sqliteReadOnly = 8
	sqliteIOErr    = 10
	sqliteCorrupt  = 11
	sqliteFull     = 13
	sqliteCantOpen = 14
	sqliteNotADB   = 26
)

// failed classifies an error of the database, once, here at the border. doing
// says what was tried, for logs; nil stays nil. An *agent.Error passes.
func failed(err error, doing string, args ...any) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*agent.Error](err); ok {
		return err
	}
	err = fmt.Errorf(doing+": %w", append(args, err)...)
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if errors.Is(err, gorm.ErrRecordNotFound) || errors.Is(err, sql.ErrNoRows) {
		return agent.Wrap(agent.CodeNotFound, err, "no such record")
	}
	if known := postgresFailed(err); known != nil {
		return known
	}
	code, ok := resultCode(err)
	if !ok {
		return err
	}
	switch code {
	case sqliteFull:
		return agent.Wrap(agent.CodeUnavailable, err, "the disk is full: nothing more can be stored until there is space again; what was stored before is safe")
	case sqliteBusy:
		return agent.Wrap(agent.CodeUnavailable, err, "the database is busy with another program; try again, and close other programs that have it open")
	case sqliteReadOnly, sqliteCantOpen:
		return agent.Wrap(agent.CodeUnavailable, err, "the database can't be written: check that its folder and files belong to the user who runs Purpose and are writable")
	case sqliteIOErr:
		return agent.Wrap(agent.CodeUnavailable, err, "the disk can't be read or written: check that it is not full, that the data folder is still there, and that the disk is healthy")
	case sqliteCorrupt, sqliteNotADB:
		return agent.Wrap(agent.CodeUnavailable, err, "the database is damaged; stop Purpose and repair it, for instance with: sqlite3 OLD.db .recover | sqlite3 NEW.db")
	}
	return err
}

// notFound is the CodeNotFound error for one kind of record.
func notFound(what, id string) error {
	return agent.Errorf(agent.CodeNotFound, "there is no %s %q; it may have been deleted", what, agent.Clip(id, 80))
}

// noSpace is the error for a folder whose disk is full, nil for one with room.
// SQLite says "disk I/O error" where the disk is too full for its shared
// memory, so the folder itself is asked: a file of a few pages is written.
func noSpace(cause error, path string) error {
	dir := filepath.Dir(path)
	if !isFull(cause) {
		probe, err := os.CreateTemp(dir, ".purpose-probe-*")
		if err == nil {
			_, err = probe.Write(make([]byte, probeBytes))
			err = errors.Join(err, probe.Close(), os.Remove(probe.Name()))
		}
		if !isFull(err) {
			return nil
		}
	}
	return agent.Wrap(agent.CodeUnavailable, cause, "the disk of %s is full, so nothing can be stored there; free some space (a new installation takes about 2 MB), or choose another folder with --data", dir)
}

// probeBytes is more than a disk can have left that SQLite calls broken.
const probeBytes = 256 << 10

// isFull reports whether an error of the file system says that no space is
// left, on the disk or within a quota.
func isFull(err error) bool { return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) }
