package models

import (
	"context"
	"database/sql"
	"sync"
	"sync/atomic"
	"time"
)

// clockEvery is how often the database's clock is read.
const clockEvery = 10 * time.Second

// databaseClock is the clock of a database that several machines use, whose own
// clocks may differ: leases taken by one are judged by another. It is read now and
// then, and this machine's clock is shifted to it.
type databaseClock struct {
	pool    *sql.DB
	shift   atomic.Int64 // nanoseconds that it is ahead of this machine's
	cancel  context.CancelFunc
	working sync.WaitGroup
}

// startClock reads the clock once, and then again and again until stop.
func startClock(ctx context.Context, pool *sql.DB) (*databaseClock, error) {
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	c := &databaseClock{pool: pool, cancel: cancel}
	if err := c.read(ctx); err != nil {
		cancel()
		return nil, err
	}
	c.working.Go(func() { c.follow(running) })
	return c, nil
}

func (c *databaseClock) now() time.Time { return time.Now().Add(time.Duration(c.shift.Load())) }

func (c *databaseClock) follow(ctx context.Context) {
	ticker := time.NewTicker(clockEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			_ = c.read(ctx) // the shift of before is as good as there is
		case <-ctx.Done():
			return
		}
	}
}

// read takes the database's time as that of the middle of asking for it.
func (c *databaseClock) read(ctx context.Context) error {
	var at time.Time
	asked := time.Now()
	if err := c.pool.QueryRowContext(ctx, `SELECT clock_timestamp()`).Scan(&at); err != nil {
		return err
	}
	c.shift.Store(int64(at.Sub(asked.Add(time.Since(asked) / 2))))
	return nil
}

func (c *databaseClock) stop() {
	c.cancel()
	c.working.Wait()
}
