package models

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// How the write-ahead log gets into the database file. By itself SQLite does
// that within a commit, every thousand pages, and the commit waits for the
// disk (10 ms here, one task's end in fifteen). A connection of its own does it
// while the others work. The commit after it still waits for the disk once, for
// the log's new header: hence not more often. It is also what a power cut can
// take: the moments since the last time.
const (
	checkpointEvery = 5 * time.Second
	backstopPages   = 8000 // 64 MB: a log as long as this a commit copies all the same
)

// checkpointer copies the log into the database file until it is closed.
type checkpointer struct {
	pool *sql.DB
	stop context.CancelFunc
	done chan struct{}
}

// startCheckpoints takes the copying from the writer's pool, of one connection.
func startCheckpoints(ctx context.Context, writer *sql.DB, path string) (*checkpointer, error) {
	if _, err := writer.ExecContext(ctx, fmt.Sprintf("PRAGMA wal_autocheckpoint = %d", backstopPages)); err != nil {
		return nil, err
	}
	pool, err := sql.Open(driverName, dsn(path, false))
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(1)
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	c := &checkpointer{pool: pool, stop: stop, done: make(chan struct{})}
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
			// It waits for nobody; what it could not copy the next one does.
			_, _ = c.pool.ExecContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)")
		case <-ctx.Done():
			return
		}
	}
}

func (c *checkpointer) close() error {
	c.stop()
	<-c.done
	return c.pool.Close()
}
