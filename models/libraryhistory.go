package models

import (
	"bytes"
	"database/sql"
	"slices"
	"strings"

	"gorm.io/gorm"

	"purposeagent/agent"
)

// historyEntry is an entry of a rule's history that waits to be written; gone says
// that the rule went with it.
type historyEntry struct {
	id            string
	version       int
	rule          *agent.Heuristic // nil where body is known
	body          string
	actor, reason string
	gone          bool
}

// enter adds an entry to a rule's history. It waits for writeHistory.
func (c *changing) enter(h *agent.Heuristic, actor, reason string, gone bool) {
	c.recorded++
	c.entries = append(c.entries, historyEntry{id: h.ID, version: h.Version, rule: h, actor: actor, reason: reason, gone: gone})
}

// historyAtOnce is how many entries one statement writes, and one block holds. More
// in one take less time and less room, and more time to read one of them.
const historyAtOnce = 32

// entryBody is where the history has the rule of an entry: as JSON in the entry's own
// row, as all were kept at first, or at a place of a block. Rules that change together
// say much alike, so that packed together they take a tenth of the room.
type entryBody struct {
	Body  string
	Block int64
	Place int
}

// blockRow is a row of table heuristic_blocks: rules as JSON, a line each, packed.
type blockRow struct {
	Block int64 `gorm:"primaryKey"`
	Body  []byte
}

func (blockRow) TableName() string { return "heuristic_blocks" }

// writeHistory writes the entries that wait, at the end of a change.
func (c *changing) writeHistory() error {
	if len(c.entries) == 0 {
		return nil
	}
	last, err := c.lastEntries()
	if err != nil {
		return err
	}
	var at struct{ Revision, Block int64 }
	if err := c.tx.Raw(`SELECT revision + 1 AS revision, (SELECT coalesce(max(block), 0) FROM heuristic_blocks) AS block FROM library_state`).Scan(&at).Error; err != nil {
		return err
	}
	now := nanos(c.l.db.now())
	first := at.Block
	for part := range slices.Chunk(c.entries, historyAtOnce) {
		packed, err := c.packedEntries(int(at.Block-first), part)
		if err != nil {
			return err
		}
		at.Block++
		args := make([]any, 0, 10*len(part))
		for i, e := range part {
			last[e.id]++
			args = append(args, e.id, last[e.id], e.version, e.actor, e.reason, now, e.gone, at.Revision, at.Block, i)
		}
		if err := c.exec(`INSERT INTO heuristic_blocks (block, body) VALUES (?, ?)`, at.Block, packed); err != nil {
			return err
		}
		const row = `(?, ?, ?, ?, ?, ?, '', ?, ?, ?, ?)`
		if err := c.exec(`INSERT INTO heuristic_versions (id, n, version, actor, reason, at, body, gone, revision, block, place) VALUES `+
			row+strings.Repeat(", "+row, len(part)-1), args...); err != nil {
			return err
		}
	}
	c.entries = nil
	return nil
}

// packedEntries returns the block of entries, from the encoder where that has it.
func (c *changing) packedEntries(n int, part []historyEntry) ([]byte, error) {
	if c.ahead != nil && n < c.ahead.whole {
		block, ok := <-c.ahead.blocks
		if !ok { // it met an error, which this one meets as well
			return packEntries(part, c.bodyOf)
		}
		return block, nil
	}
	return packEntries(part, c.bodyOf)
}

// packEntries packs the rules of entries, a line each.
func packEntries(part []historyEntry, bodyOf func(*agent.Heuristic) (string, error)) ([]byte, error) {
	var lines bytes.Buffer
	for _, e := range part {
		body := e.body
		if e.rule != nil {
			var err error
			if body, err = bodyOf(e.rule); err != nil {
				return nil, err
			}
		}
		lines.WriteString(body)
		lines.WriteByte('\n')
	}
	return pack(lines.Bytes())
}

// encoder makes what a change writes ahead of the writing: it needs no database.
type encoder struct {
	rows   chan encodedRow // in the order of the rules; there is room for all
	blocks chan []byte     // of whole blocks of entries, in their order; likewise
	whole  int             // how many of them there are
	done   chan struct{}
}

type encodedRow struct {
	body string
	err  error
}

// encodeAhead starts an encoder for rules and for the entries of the history that wait
// by now, as far as they fill whole blocks.
func encodeAhead(rules []*agent.Heuristic, entries []historyEntry) *encoder {
	whole := len(entries) / historyAtOnce
	e := &encoder{make(chan encodedRow, len(rules)), make(chan []byte, whole), whole, make(chan struct{})}
	go func() {
		defer close(e.done)
		defer close(e.blocks)
		known := make(map[*agent.Heuristic]string, len(rules))
		for _, h := range rules {
			body, err := encodeBody(h)
			known[h] = body
			e.rows <- encodedRow{body, err}
		}
		bodyOf := func(h *agent.Heuristic) (string, error) {
			if body := known[h]; body != "" {
				return body, nil
			}
			return encodeBody(h)
		}
		for part := range slices.Chunk(entries[:whole*historyAtOnce], historyAtOnce) {
			block, err := packEntries(part, bodyOf)
			if err != nil {
				return
			}
			e.blocks <- block
		}
	}()
	return e
}

// decodeEntries returns the rules as entries of the history have them.
func decodeEntries(tx *gorm.DB, entries []versionRow) ([]*agent.Heuristic, error) {
	bodies := make([]*entryBody, len(entries))
	for i := range entries {
		bodies[i] = &entries[i].Kept
	}
	if err := unpackEntries(tx, bodies...); err != nil {
		return nil, err
	}
	rules := make([]*agent.Heuristic, len(entries))
	for i, e := range entries {
		var err error
		if rules[i], err = (&heuristicRow{ID: e.ID, Body: e.Kept.Body}).decode(); err != nil {
			return nil, err
		}
	}
	return rules, nil
}

// unpackEntries fills in the bodies of entries that blocks hold.
func unpackEntries(tx *gorm.DB, entries ...*entryBody) error {
	waiting := map[int64][]*entryBody{}
	var blocks []int64
	for _, e := range entries {
		if e.Block == 0 {
			continue
		}
		if waiting[e.Block] == nil {
			blocks = append(blocks, e.Block)
		}
		waiting[e.Block] = append(waiting[e.Block], e)
	}
	for part := range slices.Chunk(blocks, 100) { // of some hundred kilobytes
		var rows []blockRow
		if err := tx.Where("block IN ?", part).Find(&rows).Error; err != nil {
			return err
		}
		for i := range rows {
			if err := rows[i].fill(waiting[rows[i].Block]); err != nil {
				return err
			}
			delete(waiting, rows[i].Block)
		}
	}
	for block := range waiting {
		return damagedBlock(block, nil)
	}
	return nil
}

// fill reads the bodies of entries of this block.
func (r *blockRow) fill(entries []*entryBody) error {
	raw, err := unpack(r.Body)
	if err != nil {
		return damagedBlock(r.Block, err)
	}
	lines := bytes.Split(raw, []byte{'\n'})
	for _, e := range entries {
		if e.Place < 0 || e.Place >= len(lines)-1 { // behind the last line is nothing
			return damagedBlock(r.Block, nil)
		}
		e.Body = string(lines[e.Place])
	}
	return nil
}

func damagedBlock(block int64, cause error) error {
	return agent.Wrap(agent.CodeUnavailable, cause, "the history of the rules can't be read: block %d of it is damaged or missing", block)
}

// lastEntries returns how many entries the history has of each rule of which one
// waits.
func (c *changing) lastEntries() (map[string]int, error) {
	last := make(map[string]int, len(c.entries))
	var ids []string
	for _, e := range c.entries {
		if !c.unseen[e.id] {
			ids = append(ids, e.id)
		}
	}
	if len(ids) == 0 {
		return last, nil
	}
	asked, err := jsonList(ids)
	if err != nil {
		return nil, err
	}
	return last, c.query(`SELECT id, max(n) FROM heuristic_versions WHERE id IN `+ofList+` GROUP BY id`, func(rows *sql.Rows) error {
		var id string
		var n int
		err := rows.Scan(&id, &n)
		last[id] = n
		return err
	}, asked)
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
