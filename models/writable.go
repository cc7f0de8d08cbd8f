package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"purposeagent/agent"
)

// roomNeeded is what has to fit on the disk beside the database: a few steps
// with large states. A database that can't grow can still overwrite for a while,
// so that its own writes tell too late.
const roomNeeded = 1 << 20

// Writable reports whether what happens from now on can be kept: the database
// answers, takes a write, and its folder has room. Errors are CodeUnavailable,
// and their message says which of these it is.
func (db *DB) Writable(ctx context.Context) error {
	if err := db.Ping(ctx); err != nil {
		return agent.Wrap(agent.CodeUnavailable, err, "the database does not answer")
	}
	if !db.postgres {
		if err := hasRoom(filepath.Dir(db.path)); err != nil {
			return err
		}
	}
	if err := db.touch(ctx); err != nil {
		return agent.Wrap(agent.CodeUnavailable, err, "the database can't be written: %s", agent.MessageOf(failed(err, "write to the database")))
	}
	return nil
}

// touch writes something as it is.
func (db *DB) touch(ctx context.Context) error {
	tx, err := db.writer.BeginTx(ctx, &sql.TxOptions{})
	if err != nil {
		return err
	}
	if db.postgres {
		_, err = tx.ExecContext(ctx, `UPDATE library_state SET last_id = last_id`)
	} else {
		err = rewriteHeader(ctx, tx)
	}
	if err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// rewriteHeader writes the header of SQLite's file as it is.
func rewriteHeader(ctx context.Context, tx *sql.Tx) error {
	var version int
	err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version)
	if err == nil {
		_, err = tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", version))
	}
	return err
}

// hasRoom writes a file of roomNeeded bytes and takes it away again.
func hasRoom(dir string) (err error) {
	file, err := os.CreateTemp(dir, ".purpose-probe-*")
	if err != nil {
		return noRoom(dir, err)
	}
	defer func() {
		_ = file.Close()
		if removed := os.Remove(file.Name()); err == nil && removed != nil {
			err = noRoom(dir, removed)
		}
	}()
	if _, err := file.Write(make([]byte, roomNeeded)); err != nil {
		return noRoom(dir, err)
	}
	return nil
}

func noRoom(dir string, err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return agent.Wrap(agent.CodeUnavailable, err, "the disk of the data folder %s is full; free some space", dir)
	}
	return agent.Wrap(agent.CodeUnavailable, err, "the data folder %s can't be written; check its permissions and whether its disk is mounted for writing", dir)
}
