package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

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
		return agent.Wrap(agent.CodeUnavailable, err, "the disk does not answer: check that the data folder is still there and its disk is healthy")
	case sqliteCorrupt, sqliteNotADB:
		return agent.Wrap(agent.CodeUnavailable, err, "the database is damaged; stop Purpose and mend it, for instance with: sqlite3 OLD.db .recover | sqlite3 NEW.db")
	}
	return err
}

// notFound is the CodeNotFound error for one kind of record.
func notFound(what, id string) error {
	return agent.Errorf(agent.CodeNotFound, "there is no %s %q; it may have been deleted", what, id)
}
