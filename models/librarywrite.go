package models

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"purposeagent/agent"
	"purposeagent/agent/credit"
	"purposeagent/agent/rulestore"
)

func (c *changing) save(batch agent.Batch) ([]*agent.Heuristic, error) {
	now := c.l.db.now()
	learned := batch.Trajectory != ""
	if learned {
		marked := c.tx.Exec(`INSERT INTO distilled (trajectory, at) VALUES (?, ?) ON CONFLICT DO NOTHING`, batch.Trajectory, nanos(now))
		if marked.Error != nil {
			return nil, marked.Error
		}
		if marked.RowsAffected == 0 {
			return nil, agent.Errorf(agent.CodeConflict, "trajectory %s was distilled before", batch.Trajectory)
		}
	}
	if err := c.fetch(batch); err != nil {
		return nil, err
	}
	var task *credit.TaskCredit
	if batch.Task != nil {
		var err error
		if task, err = c.countTask(batch.Scope, batch.Task, agent.NewHypotheses(batch.Rules)); err != nil {
			return nil, err
		}
	}
	saved, changes, err := rulestore.Apply(batch, shelf{c}, task, now)
	if err != nil {
		return nil, err
	}
	for _, change := range changes {
		if err := c.store(change.Before, change.After, batch.Actor, change.Reason); err != nil {
			return nil, err
		}
	}
	if err := c.flush(); err != nil || !learned || batch.Task == nil {
		return saved, err
	}
	return saved, c.compact(batch.Scope, batch.Actor)
}

// compact takes rows out of the library that learning retired long ago; their
// history stays.
func (c *changing) compact(scope agent.Scope, actor string) error {
	retired, err := c.retiredIn(scope)
	if err != nil {
		return err
	}
	gone := rulestore.ToCompact(slices.Collect(maps.Values(retired)))
	if len(gone) == 0 {
		return nil
	}
	var rows []struct {
		ID, Body string
		Version  int
	}
	if err := c.tx.Raw(`SELECT id, version, body FROM heuristics WHERE id IN ? ORDER BY id`, gone).Scan(&rows).Error; err != nil {
		return err
	}
	for _, r := range rows { // not decoded: the history has the row as it was
		c.after[r.ID] = nil
		c.recorded++
		c.entries = append(c.entries, historyEntry{id: r.ID, version: r.Version, body: r.Body, actor: actor, reason: rulestore.ReasonCompacted, gone: true})
	}
	c.touched[scope] = true
	if err := c.tx.Exec(`DELETE FROM heuristics WHERE id IN ?`, gone).Error; err != nil {
		return err
	}
	ledger, err := c.ledger(scope)
	if err != nil {
		return err
	}
	ledger.Compacted += len(gone)
	return c.putLedger(scope, ledger)
}

// fetch reads the rules that a batch changes, all at once: a batch of a
// hundred is usual, and each query has its price.
func (c *changing) fetch(batch agent.Batch) error {
	var ids []string
	for _, h := range batch.Rules {
		if h != nil {
			ids = append(ids, h.ID, h.Supersedes)
		}
	}
	for _, u := range batch.Uses {
		ids = append(ids, u.ID)
	}
	for _, m := range batch.Moves {
		ids = append(ids, m.ID)
	}
	c.stored, c.waiting = make(map[string]*agent.Heuristic, len(ids)), make(map[string]string, len(ids))
	c.l.known(ids, c.stored)
	ids = slices.DeleteFunc(ids, func(id string) bool { return c.stored[id] != nil })
	if _, err := c.each(ids, func(h *agent.Heuristic) error {
		c.stored[h.ID] = h
		return nil
	}); err != nil || batch.Trajectory == "" {
		return err
	}
	return c.fetchSame(batch)
}

// fetchSame reads what says the same as the batch's new rules: rows that are
// out of use, and tombstones.
func (c *changing) fetchSame(batch agent.Batch) error {
	c.same, c.dead = map[string][]*agent.Heuristic{}, map[string][]agent.Scope{}
	var keys []string
	for _, h := range batch.Rules {
		if h != nil && h.ID == "" {
			keys = append(keys, h.Key())
		}
	}
	if len(keys) == 0 {
		return nil
	}
	asked, err := jsonList(keys)
	if err != nil {
		return err
	}
	err = c.query(`SELECT key, id, body FROM heuristics WHERE key IN `+ofList+` AND status IN ('`+string(agent.Retired)+`', '`+string(agent.Archived)+`', '`+string(agent.Banned)+`')`,
		func(rows *sql.Rows) error {
			var row heuristicRow
			if err := rows.Scan(&row.Key, &row.ID, &row.Body); err != nil {
				return err
			}
			h, err := row.decode()
			c.same[row.Key] = append(c.same[row.Key], h)
			return err
		}, asked)
	if err != nil {
		return err
	}
	return c.query(`SELECT key, environment, dynamics, schema FROM tombstones WHERE key IN `+ofList, func(rows *sql.Rows) error {
		var key string
		var scope agent.Scope
		err := rows.Scan(&key, &scope.Environment, &scope.Dynamics, &scope.Schema)
		c.dead[key] = append(c.dead[key], scope)
		return err
	}, asked)
}

// ofList is a list of texts that one parameter brings, as JSON: a statement with a
// place for each of them is another one for each number, and has to be read anew.
const ofList = `(SELECT value FROM json_each(?))`

func jsonList(texts []string) (string, error) {
	list, err := json.Marshal(texts)
	if err != nil {
		return "", fmt.Errorf("encode a list for a query: %w", err)
	}
	return string(list), nil
}

// query calls each for the rows that a statement finds.
func (c *changing) query(query string, each func(rows *sql.Rows) error, args ...any) error {
	statement, err := c.prepared(query)
	if err != nil {
		return err
	}
	rows, err := statement.QueryContext(c.tx.Statement.Context, args...)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // rows.Err says what matters
	for rows.Next() {
		if err := each(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (c *changing) insert(h *agent.Heuristic, actor, reason string) (*agent.Heuristic, error) {
	id, err := c.newID()
	if err != nil {
		return nil, err
	}
	row := agent.FirstHeuristic(h, id, c.l.db.now())
	return c.replace(nil, row, actor, reason)
}

func (c *changing) newID() (string, error) {
	if c.lastID == 0 {
		if err := c.tx.Raw(`SELECT last_id FROM library_state`).Scan(&c.lastID).Error; err != nil {
			return "", err
		}
	}
	c.lastID++ // change writes it
	id := fmt.Sprintf("h%06d", c.lastID)
	c.unseen[id] = true
	return id, nil
}

// unwanted reports whether a person deleted or banned what a new rule says.
func (c *changing) unwanted(h *agent.Heuristic) (bool, error) {
	var n int64
	key := h.Key()
	err := c.tx.Raw(`SELECT (SELECT count(*) FROM tombstones WHERE environment = ? AND dynamics = ? AND schema = ? AND key = ?) +
		(SELECT count(*) FROM heuristics WHERE status = ? AND key = ? AND
			(environment = '' OR (environment = ? AND dynamics IN ('', ?) AND schema IN ('', ?))))`,
		h.Scope.Environment, h.Scope.Dynamics, h.Scope.Schema, key,
		agent.Banned, key, h.Scope.Environment, h.Scope.Dynamics, h.Scope.Schema).Scan(&n).Error
	return n > 0, err
}

// store stores a row in place of another one; nil: it is new.
func (c *changing) store(stored, next *agent.Heuristic, actor, reason string) error {
	if reason != "" {
		c.enter(next, actor, reason, false)
	}
	return c.put(stored, next)
}

// replace is store for who goes on with the row.
func (c *changing) replace(stored, next *agent.Heuristic, actor, reason string) (*agent.Heuristic, error) {
	if err := c.store(stored, next, actor, reason); err != nil {
		return nil, err
	}
	return next.Clone(), nil
}

// put writes a row. In a batch the writes wait for flush, since most rules that
// it changes get new counts as well as new credit.
func (c *changing) put(before, after *agent.Heuristic) error {
	c.touched[after.Scope] = true
	c.after[after.ID] = after
	if before != nil {
		c.touched[before.Scope] = true
	}
	statement := statementFor(before, after)
	if c.stored == nil {
		body, err := c.bodyOf(after)
		if err != nil {
			return err
		}
		row := newHeuristicRow(after, body)
		return c.write(statement, &row)
	}
	c.stored[after.ID] = after
	switch c.waiting[after.ID] {
	case "":
		c.order = append(c.order, after.ID)
		c.waiting[after.ID] = statement
	case countHeuristic: // inserts and rewrites stay what they are
		c.waiting[after.ID] = statement
	}
	return nil
}

// flush writes the rows that wait. Half of its time would be the encoding, which
// needs no database, so one goroutine encodes ahead of the other.
func (c *changing) flush() error {
	rules := make([]*agent.Heuristic, len(c.order))
	for i, id := range c.order {
		rules[i] = c.after[id]
	}
	c.ahead = encodeAhead(rules, c.entries)
	for i, id := range c.order {
		e := <-c.ahead.rows
		if e.err != nil {
			return e.err
		}
		c.bodies[rules[i]] = e.body
		row := newHeuristicRow(rules[i], e.body)
		if err := c.write(c.waiting[id], &row); err != nil {
			return err
		}
	}
	clear(c.waiting)
	c.order = nil
	return nil
}

// Three ways to write a row. Most changes only count, and SQLite writes the
// entries of each index whose columns an UPDATE names, changed or not: half of
// the pages of a commit, so counting does not name them.
const (
	insertHeuristic = `INSERT INTO heuristics (version, tier, status, pinned, author, text, support, uses,
		created_at, updated_at, body, kind, uplift, uplift_low, uplift_n, advantage, hits, misses, id, environment, dynamics, schema, key)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	setCounts = `UPDATE heuristics SET version = ?1, tier = ?2, status = ?3, pinned = ?4, author = ?5, text = ?6, support = ?7, uses = ?8,
		created_at = ?9, updated_at = ?10, body = ?11, kind = ?12, uplift = ?13, uplift_low = ?14, uplift_n = ?15,
		advantage = ?16, hits = ?17, misses = ?18`
	countHeuristic   = setCounts + ` WHERE id = ?19`
	rewriteHeuristic = setCounts + `, environment = ?20, dynamics = ?21, schema = ?22, key = ?23 WHERE id = ?19`
)

func statementFor(before, after *agent.Heuristic) string {
	switch {
	case before == nil:
		return insertHeuristic
	case before.Scope != after.Scope || agent.WordsChanged(before, after):
		return rewriteHeuristic
	}
	return countHeuristic
}

func (c *changing) write(statement string, row *heuristicRow) error {
	args := [...]any{row.Version, row.Tier, row.Status, row.Pinned, row.Author, row.Text, row.Support, row.Uses,
		row.CreatedAt, row.UpdatedAt, row.Body, row.Kind, row.Uplift, row.UpliftLow, row.UpliftN, row.Advantage, row.Hits, row.Misses,
		row.ID, row.Environment, row.Dynamics, row.Schema, row.Key}
	if statement == countHeuristic {
		return c.exec(statement, args[:19]...)
	}
	return c.exec(statement, args[:]...)
}

// exec runs a statement that one change runs many times: parsed once.
func (c *changing) exec(query string, args ...any) error {
	statement, err := c.prepared(query)
	if err != nil {
		return err
	}
	_, err = statement.ExecContext(c.tx.Statement.Context, args...)
	return err
}

func (c *changing) prepared(query string) (*sql.Stmt, error) {
	if s := c.statements[query]; s != nil {
		return s, nil
	}
	s, err := c.tx.Statement.ConnPool.PrepareContext(c.tx.Statement.Context, query)
	if err != nil {
		return nil, err
	}
	c.statements[query] = s
	return s, nil
}

// finish lets go of the statements, and waits for the encoder: it reads what the caller
// owns.
func (c *changing) finish() {
	if c.ahead != nil {
		<-c.ahead.done
	}
	for _, s := range c.statements {
		_ = s.Close() // the transaction says whether the writes are there
	}
}

// remove takes a rule out of the library; its history stays and says so. With
// a tombstone learning does not bring back what it said.
func (c *changing) remove(h *agent.Heuristic, actor, reason string, tombstone bool) error {
	c.touched[h.Scope] = true
	c.after[h.ID] = nil
	if err := c.exec(`DELETE FROM heuristics WHERE id = ?`, h.ID); err != nil {
		return err
	}
	if tombstone {
		err := c.tx.Exec(`INSERT INTO tombstones (environment, dynamics, schema, key, actor, at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
			h.Scope.Environment, h.Scope.Dynamics, h.Scope.Schema, h.Key(), actor, nanos(c.l.db.now())).Error
		if err != nil {
			return err
		}
	}
	c.enter(h, actor, reason, true)
	return nil
}

// each calls f for every rule there is among ids, and counts them.
func (c *changing) each(ids []string, f func(h *agent.Heuristic) error) (int, error) {
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	count := 0
	for len(ids) > 0 {
		part := ids[:min(len(ids), 500)]
		ids = ids[len(part):]
		var rows []heuristicRow
		if err := c.tx.Where("id IN ?", part).Order("id").Find(&rows).Error; err != nil {
			return 0, err
		}
		for i := range rows {
			h, err := rows[i].decode()
			if err != nil {
				return 0, err
			}
			if err := f(h); err != nil {
				return 0, err
			}
			count++
		}
	}
	return count, nil
}
