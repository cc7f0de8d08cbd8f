package models

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"sync"

	"gorm.io/gorm"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/credit"
	"purposeagent/agent/rulestore"
)

// Library keeps heuristics with their history and the marks of what was
// deleted or distilled. It is safe for concurrent use.
type Library struct {
	db *DB
	// turn is held over a change and the move of the views after it, so that
	// the next change finds in memory what is in the database.
	turn chan struct{}

	mu       sync.Mutex
	revision int64                 // of the database, as last seen
	base     int64                 // revision before which nothing is known about single scopes
	changed  map[agent.Scope]int64 // of the last change, by the rules' own scopes
	views    map[agent.Scope]*view
	ledgers  map[agent.Scope]credit.Ledger // as last written here
	retired  map[agent.Scope]retiredRules
	counted  int64 // changes of ledgers made here
}

var (
	_ agent.Library     = (*Library)(nil)
	_ rulestore.Shelver = (*Library)(nil)
)

func newLibrary(db *DB) *Library {
	return &Library{db: db, turn: make(chan struct{}, 1), changed: map[agent.Scope]int64{}, views: map[agent.Scope]*view{},
		ledgers: map[agent.Scope]credit.Ledger{}, retired: map[agent.Scope]retiredRules{}}
}

// heuristicRow is a row of table heuristics: columns to filter and sort by, and
// the whole heuristic as JSON.
type heuristicRow struct {
	ID          string `gorm:"primaryKey"`
	Version     int
	Tier        string
	Status      string
	Pinned      bool
	Author      string
	Environment string
	Dynamics    string
	Schema      string
	Key         string
	Text        string
	Support     float64
	Uses        int
	CreatedAt   int64 `gorm:"autoCreateTime:false"`
	UpdatedAt   int64 `gorm:"autoUpdateTime:false"`
	Body        string
	Kind        string
	Uplift      float64
	UpliftLow   float64
	UpliftN     float64
	Advantage   float64
	Hits        int
	Misses      int
}

func (heuristicRow) TableName() string { return "heuristics" }

func encodeBody(h *agent.Heuristic) (string, error) {
	body, err := json.Marshal(h)
	if err != nil {
		return "", fmt.Errorf("encode heuristic %s: %w", h.ID, err)
	}
	return string(body), nil
}

func newHeuristicRow(h *agent.Heuristic, body string) heuristicRow {
	text := strings.Join(append([]string{h.ID, h.Title, h.Pattern, h.Strategy, h.Avoid, h.Because, h.Action}, h.Steps...), "\n")
	row := heuristicRow{ID: h.ID, Version: h.Version, Tier: string(h.Tier), Status: string(h.Status), Pinned: h.Pinned, Author: string(h.Author),
		Environment: h.Scope.Environment, Dynamics: h.Scope.Dynamics, Schema: h.Scope.Schema, Key: h.Key(), Text: text,
		Support: h.Support(), Uses: h.Shown, CreatedAt: nanos(h.CreatedAt), UpdatedAt: nanos(h.UpdatedAt), Body: body,
		Kind: string(h.Kind), UpliftLow: noEstimate, Advantage: noEstimate, Hits: h.Credit.Hits, Misses: h.Credit.Misses}
	if u := h.Credit.Uplift; u != nil {
		row.Uplift, row.UpliftLow, row.UpliftN = u.Value, u.Low, u.In+u.Out
	}
	if h.Credit.Weight > 0 {
		row.Advantage = h.Credit.Advantage().Value
	}
	return row
}

func (r *heuristicRow) decode() (*agent.Heuristic, error) {
	h := &agent.Heuristic{}
	if err := json.Unmarshal([]byte(r.Body), h); err != nil {
		return nil, fmt.Errorf("decode heuristic %s: %w", r.ID, err)
	}
	return h, nil
}

func decodeHeuristics(rows []heuristicRow) ([]*agent.Heuristic, error) {
	rules := make([]*agent.Heuristic, len(rows))
	for i := range rows {
		var err error
		if rules[i], err = rows[i].decode(); err != nil {
			return nil, err
		}
	}
	return rules, nil
}

// versionRow is a row of table heuristic_versions.
type versionRow struct {
	ID      string `gorm:"primaryKey"`
	N       int    `gorm:"primaryKey;autoIncrement:false"`
	Version int
	Actor   string
	Reason  string
	At      int64
	Kept    entryBody `gorm:"embedded"`

	Revision int64
	Gone     bool
}

func (versionRow) TableName() string { return "heuristic_versions" }

// inScope limits a query to the rules whose scope covers this one, as
// agent.Scope.Covers has it.
func inScope(q *gorm.DB, scope agent.Scope) *gorm.DB {
	return q.Where(`environment = '' OR (environment = ? AND dynamics IN ('', ?) AND schema IN ('', ?))`,
		scope.Environment, scope.Dynamics, scope.Schema)
}

const oldestFirst = "created_at, id"

// revisionOf returns the newest change in what covers the scope. l.mu is held.
func (l *Library) revisionOf(scope agent.Scope) int64 {
	revision := l.base
	for s, r := range l.changed {
		if s.Covers(scope) {
			revision = max(revision, r)
		}
	}
	return revision
}

// look notices what other processes changed, where there can be any.
func (l *Library) look(ctx context.Context) error {
	l.mu.Lock()
	known := l.revision
	l.mu.Unlock()
	if known > 0 && !l.db.shared {
		return nil
	}
	var revision int64
	if err := l.db.read.WithContext(ctx).Raw(`SELECT revision FROM library_state`).Scan(&revision).Error; err != nil {
		return failed(err, "load revision of the library")
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if revision > l.revision {
		l.revision, l.base = revision, revision
		clear(l.retired)
	}
	return nil
}

// All returns every rule of the scope, oldest first.
func (l *Library) All(ctx context.Context, scope agent.Scope) ([]*agent.Heuristic, error) {
	var rows []heuristicRow
	if err := inScope(l.db.read.WithContext(ctx), scope).Order(oldestFirst).Find(&rows).Error; err != nil {
		return nil, failed(err, "load heuristics")
	}
	return decodeHeuristics(rows)
}

// Get returns one rule, or CodeNotFound.
func (l *Library) Get(ctx context.Context, id string) (*agent.Heuristic, error) {
	h, err := load(l.db.read.WithContext(ctx), id)
	return h, failed(err, "load heuristic %s", id)
}

func load(tx *gorm.DB, id string) (*agent.Heuristic, error) {
	var rows []heuristicRow
	if err := tx.Where("id = ?", id).Find(&rows).Error; err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, notFound("rule", id)
	}
	return rows[0].decode()
}

// Distilled reports whether a batch with this trajectory was saved.
func (l *Library) Distilled(ctx context.Context, trajectory string) (bool, error) {
	var n int64
	err := l.db.read.WithContext(ctx).Raw(`SELECT count(*) FROM distilled WHERE trajectory = ?`, trajectory).Scan(&n).Error
	return n > 0, failed(err, "look for distilled trajectory %s", trajectory)
}

// Save applies one batch in one transaction, or nothing of it.
func (l *Library) Save(ctx context.Context, batch agent.Batch) ([]*agent.Heuristic, error) {
	var saved []*agent.Heuristic
	err := l.change(ctx, func(c *changing) error {
		var err error
		saved, err = c.save(batch)
		return err
	})
	if err != nil {
		return nil, failed(err, "save heuristics")
	}
	return saved, nil
}

// changing is one change of the library in progress.
type changing struct {
	l       *Library
	tx      *gorm.DB
	touched map[agent.Scope]bool
	ledgers map[agent.Scope]credit.Ledger
	after   map[string]*agent.Heuristic // what was written, nil for what was deleted
	bodies  map[*agent.Heuristic]string // as JSON, of rows that were written
	stored  map[string]*agent.Heuristic // as they stand now, of those that a batch names
	waiting map[string]string           // of those, the statement that is to write the row
	order   []string                    // the keys of waiting, first come first

	statements map[string]*sql.Stmt // prepared, by their text

	personal *catalog.LibraryChange // what a person asked for, nil for learning
	detail   string                 // what undoing it needs beyond the history
	recorded int                    // entries of history
	entries  []historyEntry         // those that wait to be written
	ahead    *encoder               // of rows and entries, nil without one
	lastID   int64                  // number of the newest id, 0 where none was given out
	unseen   map[string]bool        // ids that were given out here: of them there is no history

	sets     []setChange            // learned sets that were suspended, lifted or replaced
	tested   *catalog.LibraryChange // what the test of a learned set decided
	replaced bool                   // another library is in place of the one before

	retired map[agent.Scope]retiredRules // as they stand after this change, where it asked

	// What a learning batch's new rules could meet, by key.
	same map[string][]*agent.Heuristic
	dead map[string][]agent.Scope // of tombstones
}

// change runs f in one transaction and tells the scopes that it touched.
func (l *Library) change(ctx context.Context, f func(c *changing) error) error {
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	c := &changing{l: l, touched: map[agent.Scope]bool{}, ledgers: map[agent.Scope]credit.Ledger{}, after: map[string]*agent.Heuristic{},
		bodies: map[*agent.Heuristic]string{}, unseen: map[string]bool{}, retired: map[agent.Scope]retiredRules{}, statements: map[string]*sql.Stmt{}}
	revision := int64(0)
	err := l.db.writeTx(ctx, func(tx *gorm.DB) error {
		c.tx = tx
		defer c.finish()
		if err := f(c); err != nil {
			return err
		}
		if err := c.anew(); err != nil || len(c.touched)+len(c.sets) == 0 {
			return err
		}
		if err := c.writeHistory(); err != nil {
			return err
		}
		if err := c.journal(); err != nil {
			return err
		}
		return tx.Raw(`UPDATE library_state SET revision = revision + 1, last_id = max(last_id, ?) RETURNING revision`, c.lastID).Scan(&revision).Error
	})
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	maps.Copy(l.ledgers, c.ledgers)
	if len(c.ledgers) > 0 {
		l.counted++
	}
	if revision == 0 {
		return nil
	}
	current := l.current()
	if revision != l.revision+1 { // somebody else changed it too
		l.base = revision
	}
	l.bury(c, revision == l.revision+1)
	l.revision = max(l.revision, revision)
	for scope := range c.touched {
		l.changed[scope] = revision
	}
	l.advance(current, c.after)
	return nil
}
