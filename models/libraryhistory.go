package models

import (
	"slices"
	"strings"

	"purposeagent/agent"
)

func (c *changing) record(h *agent.Heuristic, actor, reason string) error {
	return c.enter(h, actor, reason, false)
}

// historyEntry is an entry of a rule's history that waits to be written; gone says
// that the rule went with it.
type historyEntry struct {
	rule          *agent.Heuristic
	actor, reason string
	gone          bool
}

// enter adds an entry to a rule's history. In a batch it waits for flush.
func (c *changing) enter(h *agent.Heuristic, actor, reason string, gone bool) error {
	c.recorded++
	c.entries = append(c.entries, historyEntry{h, actor, reason, gone})
	if c.stored != nil {
		return nil
	}
	return c.writeHistory(func() (string, error) { return c.bodyOf(h) })
}

// historyAtOnce is how many entries one statement writes: most of the time of a
// single one would go into calling it.
const historyAtOnce = 32

// writeHistory writes the entries that wait; next returns their rules as JSON, in
// their order.
func (c *changing) writeHistory(next func() (string, error)) error {
	if len(c.entries) == 0 {
		return nil
	}
	last, err := c.lastEntries()
	if err != nil {
		return err
	}
	var revision int64
	if err := c.tx.Raw(`SELECT revision + 1 FROM library_state`).Scan(&revision).Error; err != nil {
		return err
	}
	now := nanos(c.l.db.now())
	for part := range slices.Chunk(c.entries, historyAtOnce) {
		args := make([]any, 0, 9*len(part))
		for _, e := range part {
			body, err := next()
			if err != nil {
				return err
			}
			last[e.rule.ID]++
			args = append(args, e.rule.ID, last[e.rule.ID], e.rule.Version, e.actor, e.reason, now, body, e.gone, revision)
		}
		const row = `(?, ?, ?, ?, ?, ?, ?, ?, ?)`
		if err := c.exec(`INSERT INTO heuristic_versions (id, n, version, actor, reason, at, body, gone, revision) VALUES `+
			row+strings.Repeat(", "+row, len(part)-1), args...); err != nil {
			return err
		}
	}
	c.entries = nil
	return nil
}

// lastEntries returns how many entries the history has of each rule of which one
// waits.
func (c *changing) lastEntries() (map[string]int, error) {
	ids := make([]string, len(c.entries))
	for i, e := range c.entries {
		ids[i] = e.rule.ID
	}
	last := make(map[string]int, len(ids))
	for part := range slices.Chunk(ids, 500) {
		var rows []struct {
			ID string
			N  int
		}
		if err := c.tx.Raw(`SELECT id, max(n) AS n FROM heuristic_versions WHERE id IN ? GROUP BY id`, part).Scan(&rows).Error; err != nil {
			return nil, err
		}
		for _, r := range rows {
			last[r.ID] = r.N
		}
	}
	return last, nil
}

// bodyOf returns a rule as JSON, which its row and its history both hold.
func (c *changing) bodyOf(h *agent.Heuristic) (string, error) {
	if body, known := c.bodies[h]; known {
		return body, nil
	}
	body, err := encodeBody(h)
	if err == nil {
		c.bodies[h] = body
	}
	return body, err
}
