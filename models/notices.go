package models

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// How processes on one PostgreSQL hear of each other's writes. A notification in
// the transaction that writes would have all of them commit one after the other
// (PostgreSQL takes one lock for it), so each process tells by itself, after its
// commits: at once, then at most twenty times a second, of all runs that changed
// since. What is lost on the way the poll of each second finds.
const (
	noticesEvery   = 50 * time.Millisecond
	longestNotice  = 7_500 // bytes; PostgreSQL takes 8,000
	anything       = "*"   // in place of names that were too many
	reconnectAfter = time.Second
)

// Notices tell other processes what changed, and hear of what they changed. They
// are safe for concurrent use.
type Notices struct {
	pool     *sql.DB
	settings *pgx.ConnConfig
	self     string // in each notice: its sender need not hear it
	heard    chan []string
	wake     chan struct{}
	cancel   context.CancelFunc
	working  sync.WaitGroup

	mu      sync.Mutex
	pending map[string]bool
}

// startNotices begins to send and to listen, until close.
func startNotices(ctx context.Context, pool *sql.DB, settings *pgx.ConnConfig, self string) *Notices {
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	n := &Notices{pool: pool, settings: settings, self: self, heard: make(chan []string, 64), wake: make(chan struct{}, 1), cancel: cancel, pending: map[string]bool{}}
	n.working.Go(func() { n.send(running) })
	n.working.Go(func() { n.listen(running) })
	return n
}

// Notices returns how processes hear of each other, nil where there is one process
// or the file itself is asked.
func (db *DB) Notices() *Notices { return db.notices }

// Tell tells the other processes that something changed, soon. It never waits.
func (n *Notices) Tell(what string) {
	n.mu.Lock()
	n.pending[what] = true
	n.mu.Unlock()
	select {
	case n.wake <- struct{}{}:
	default: // it is awake
	}
}

// Heard gives what others told of; an empty list means that anything may have changed.
func (n *Notices) Heard() <-chan []string { return n.heard }

func (n *Notices) close() {
	n.cancel()
	n.working.Wait()
}

func (n *Notices) send(ctx context.Context) {
	for {
		select {
		case <-n.wake:
		case <-ctx.Done():
			return
		}
		n.mu.Lock()
		names := make([]string, 0, len(n.pending))
		for name := range n.pending {
			names = append(names, name)
		}
		clear(n.pending)
		n.mu.Unlock()
		// What can't be told is found by the others' poll.
		_, _ = n.pool.ExecContext(ctx, `SELECT pg_notify('purpose_' || current_schema(), ?)`, notice(n.self, names))
		select {
		case <-time.After(noticesEvery):
		case <-ctx.Done():
			return
		}
	}
}

// notice is the text that tells of names, or of anything where they are too many.
func notice(self string, names []string) string {
	text := self + " " + strings.Join(names, " ")
	if len(text) > longestNotice {
		return self + " " + anything
	}
	return text
}

// listen hears what others tell, and connects anew when the connection breaks.
func (n *Notices) listen(ctx context.Context) {
	for {
		err := n.hear(ctx)
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			continue
		}
		select {
		case <-time.After(reconnectAfter):
		case <-ctx.Done():
			return
		}
	}
}

func (n *Notices) hear(ctx context.Context) (err error) {
	conn, err := pgx.ConnectConfig(ctx, n.settings)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	var channel string
	if err := conn.QueryRow(ctx, `SELECT 'purpose_' || current_schema()`).Scan(&channel); err != nil {
		return err
	}
	if _, err := conn.Exec(ctx, "LISTEN "+pgx.Identifier{channel}.Sanitize()); err != nil {
		return err
	}
	n.pass(nil) // what was told before nobody heard
	for {
		told, err := conn.WaitForNotification(ctx)
		if err != nil {
			return err
		}
		self, names, _ := strings.Cut(told.Payload, " ")
		switch {
		case self == n.self:
		case names == anything:
			n.pass(nil)
		default:
			n.pass(strings.Fields(names))
		}
	}
}

func (n *Notices) pass(names []string) {
	select {
	case n.heard <- names:
	default: // whoever should hear is behind; the poll finds it
	}
}
