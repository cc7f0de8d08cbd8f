package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"time"
)

// How the write-ahead log gets into the database file. By itself SQLite does
// that within a commit, every thousand pages, and the commit waits for the
// disk (10 ms here, one task's end in fifteen). A connection of its own does it
// while the others work. The commit after it still waits for the disk once, for
// the log's new header: hence not more often. It is also what a power cut can
// take: the moments since the last time.
//
// The file of the log stays as long as it once was, and it can't begin anew
// while somebody reads from it. So a log that has grown long, or that nobody
// writes to any more, is cut: then, and for a moment only, writers wait for
// readers.
const (
	checkpointEvery = 5 * time.Second
	backstopPages   = 8000    // 64 MB: a log as long as this a commit copies all the same
	longLog         = 8 << 20 // bytes; cut even while there are writes
	idleLog         = 1 << 20 // bytes; cut when there are none
	cutPatience     = 250     // milliseconds that a cut waits for readers, and writers for it
)

// checkpointer copies the log into the database file until it is closed.
type checkpointer struct {
	pool *sql.DB
	log  string // the path of the log
	stop context.CancelFunc
	done chan struct{}
	size int64     // of the log at the last look
	at   time.Time // of the last change to it
}

// startCheckpoints takes the copying from the writer's pool, of one connection.
func startCheckpoints(ctx context.Context, writer *sql.DB, path string) (*checkpointer, error) {
	for _, query := range []string{fmt.Sprintf("PRAGMA wal_autocheckpoint = %d", backstopPages), fmt.Sprintf("PRAGMA journal_size_limit = %d", longLog)} {
		if _, err := writer.ExecContext(ctx, query); err != nil {
			return nil, err
		}
	}
	pool, err := sql.Open(driverName, dsn(path, false))
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(1)
	if _, err := pool.ExecContext(ctx, fmt.Sprintf("PRAGMA busy_timeout = %d", cutPatience)); err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	c := &checkpointer{pool: pool, log: path + "-wal", stop: stop, done: make(chan struct{})}
	go c.run(running)
	return c, nil
}

func (c *checkpointer) run(ctx context.Context) {
	defer close(c.done)
	tick := time.NewTicker(checkpointEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			c.copy(ctx)
		case <-ctx.Done():
			return
		}
	}
}

// copy copies the log. What it can't copy now the next one does.
func (c *checkpointer) copy(ctx context.Context) {
	_, _ = c.pool.ExecContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)") // waits for nobody
	info, err := os.Stat(c.log)
	if err != nil {
		return // the next write makes it
	}
	idle := info.Size() == c.size && info.ModTime().Equal(c.at)
	if info.Size() > longLog || idle && info.Size() > idleLog {
		_, _ = c.pool.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	}
	c.size, c.at = info.Size(), info.ModTime()
}

func (c *checkpointer) close() error {
	c.stop()
	<-c.done
	return c.pool.Close()
}
