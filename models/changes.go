package models

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
)

// changeRow is a row of table library_changes.
type changeRow struct {
	Revision int64 `gorm:"primaryKey;autoIncrement:false"`
	At       int64
	Actor    string
	Action   string
	Note     string
	Rules    int
	Undoes   int64
	UndoneBy int64
	Detail   string
}

func (changeRow) TableName() string { return "library_changes" }

func (r *changeRow) decode() catalog.LibraryChange {
	return catalog.LibraryChange{Revision: r.Revision, At: fromNanos(r.At), Actor: r.Actor, Action: agent.LibraryAction(r.Action),
		Note: r.Note, Rules: r.Rules, Undoes: r.Undoes, UndoneBy: r.UndoneBy}
}

// maxNote bounds what the list of changes says about one of them.
const maxNote = 200

// actionFor is the action that gives a status.
func actionFor(status agent.Status) agent.LibraryAction {
	for _, action := range agent.BulkActions {
		if action.Status() == status {
			return action
		}
	}
	return agent.ActStatus
}

// journal notes what a person did, or the test of a learned set, in the
// transaction that does it, so that it can be undone. What wrote no history and
// changed no set needs no undoing.
func (c *changing) journal() error {
	p := c.personal
	if p == nil {
		p = c.tested
	}
	if p == nil || c.recorded == 0 && len(c.sets) == 0 {
		return nil
	}
	detail, err := c.detailOf()
	if err != nil {
		return err
	}
	p.At = c.l.db.now().UTC()
	if c.personal != nil {
		p.Rules = max(p.Rules, c.recorded)
	}
	p.Note = agent.Clip(p.Note, maxNote)
	return c.tx.Raw(`INSERT INTO library_changes (revision, at, actor, action, note, rules, undoes, detail)
		SELECT revision + 1, ?, ?, ?, ?, ?, ?, ? FROM library_state RETURNING revision`,
		nanos(p.At), p.Actor, p.Action, p.Note, p.Rules, p.Undoes, detail).Scan(&p.Revision).Error
}

// personally runs one change of a person and returns its entry in the journal;
// its Revision is 0 if nothing was to be changed.
func (l *Library) personally(ctx context.Context, what catalog.LibraryChange, f func(c *changing) error) (catalog.LibraryChange, error) {
	err := l.change(ctx, func(c *changing) error {
		c.personal = &what
		return f(c)
	})
	return what, failed(err, "%s in the library", what.Action)
}

// Change does one thing to many rules, in one transaction, and returns its
// entry in the journal; Rules is how many were changed. Unknown ids are left
// out. More than one rule gets a snapshot of the library before. Errors:
// CodeInvalid for an action that is not one of agent.BulkActions, CodeConflict
// if the query finds another number of rules than expected.
func (l *Library) Change(ctx context.Context, actor string, action agent.LibraryAction, selection catalog.RuleSelection) (catalog.LibraryChange, error) {
	if !slices.Contains(agent.BulkActions, action) {
		return catalog.LibraryChange{}, agent.InvalidFields(map[string]string{"action": fmt.Sprintf("there is no action %q for many rules", action)})
	}
	what := catalog.LibraryChange{Actor: actor, Action: action}
	return l.personally(ctx, what, func(c *changing) error {
		ids, err := c.selected(selection)
		if err != nil {
			return err
		}
		if len(ids) > 1 {
			if err := c.snapshotBefore(actor, fmt.Sprintf("%s %d rules", action, len(ids))); err != nil {
				return err
			}
		}
		c.personal.Note, err = c.titleOf(ids)
		if err != nil {
			return err
		}
		by := nonEmpty(actor, "a person")
		switch status := action.Status(); {
		case action == agent.ActDelete:
			_, err = c.deleteEach(ids)
		case status != "":
			_, err = c.changeEach(ids, "heuristic.status", string(status), func(h *agent.Heuristic) {
				h.Status, h.StatusBy = status, by
				if action == agent.ActTrial && h.Author.Learner() { // evidence decides from here, with all its patience
					h.StatusBy, h.Credit.Trials = "", 0
				}
			})
		default:
			_, err = c.changeEach(ids, "heuristic."+string(action), "", func(h *agent.Heuristic) { h.Pinned = action == agent.ActPin })
		}
		return err
	})
}

func nonEmpty(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// selected returns the ids of a selection, as the library stands in the transaction.
func (c *changing) selected(s catalog.RuleSelection) ([]string, error) {
	if s.Query == nil {
		return slices.Compact(slices.Sorted(slices.Values(s.IDs))), nil
	}
	var ids []string
	if err := filterRules(c.tx, *s.Query).Order("id").Pluck("id", &ids).Error; err != nil {
		return nil, err
	}
	if s.Expect > 0 && len(ids) != s.Expect {
		return nil, agent.Errorf(agent.CodeConflict, "the library changed meanwhile: %d rules match now, you were shown %d; look at the list again", len(ids), s.Expect)
	}
	return ids, nil
}

// titleOf names what a change is about: the one rule, or nothing for many.
func (c *changing) titleOf(ids []string) (string, error) {
	if len(ids) != 1 {
		return "", nil
	}
	h, err := load(c.tx, ids[0])
	if agent.CodeOf(err) == agent.CodeNotFound {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return h.Title, nil
}

// Changes returns up to limit changes that people made, newest first, before a
// revision (0: from the newest); of one rule, where an id is given.
func (l *Library) Changes(ctx context.Context, rule string, before int64, limit int) ([]catalog.LibraryChange, error) {
	q := l.db.read.WithContext(ctx).Order("revision DESC").Limit(limitOf(limit, 50, 500))
	if before > 0 {
		q = q.Where("revision < ?", before)
	}
	if rule != "" {
		q = q.Where("revision IN (SELECT revision FROM heuristic_versions WHERE id = ?)", rule)
	}
	var rows []changeRow
	if err := q.Find(&rows).Error; err != nil {
		return nil, failed(err, "list changes of the library")
	}
	changes := make([]catalog.LibraryChange, len(rows))
	for i := range rows {
		changes[i] = rows[i].decode()
	}
	return changes, nil
}

// undoRow is one entry of the change to undo, with what was before it.
type undoRow struct {
	ID         string
	N          int
	Gone       bool
	Newest     int
	Kept       entryBody `gorm:"embedded"`
	Before     entryBody `gorm:"embedded;embeddedPrefix:before_"`
	BeforeGone bool
	First      bool // there is none before it
}

// Undo takes a person's change back, in one transaction, and returns the change
// that does so, which can be undone in turn. Counts and evidence stay; a rule that
// said something else before, and was observed since, gives way to one that says it. Errors:
// CodeNotFound, CodeConflict if it was undone before or one of its rules was
// changed since.
func (l *Library) Undo(ctx context.Context, actor string, revision int64) (catalog.LibraryChange, error) {
	what := catalog.LibraryChange{Actor: actor, Action: agent.ActUndo, Undoes: revision}
	return l.personally(ctx, what, func(c *changing) error {
		row, err := c.undoable(revision)
		if err != nil {
			return err
		}
		c.personal.Note = strings.TrimSpace(row.Action + " " + row.Note)
		var entries []undoRow
		err = c.tx.Raw(`SELECT e.id, e.n, e.gone, e.body, e.block, e.place, (SELECT max(n) FROM heuristic_versions v WHERE v.id = e.id) AS newest,
				coalesce(p.body, '') AS before_body, coalesce(p.block, 0) AS before_block, coalesce(p.place, 0) AS before_place,
				coalesce(p.gone, 0) AS before_gone, p.id IS NULL AS first
			FROM heuristic_versions e LEFT JOIN heuristic_versions p ON p.id = e.id AND p.n = e.n - 1
			WHERE e.revision = ? ORDER BY e.id`, revision).Scan(&entries).Error
		if err != nil {
			return err
		}
		if err := changedSince(entries); err != nil {
			return err
		}
		var bodies []*entryBody
		for i := range entries {
			bodies = append(bodies, &entries[i].Kept, &entries[i].Before)
		}
		if err := unpackEntries(c.tx, bodies...); err != nil {
			return err
		}
		for i := range entries {
			if err := c.undo(&entries[i], row); err != nil {
				return err
			}
		}
		if err := c.undoShelving(row); err != nil {
			return err
		}
		if err := c.undoSets(row); err != nil {
			return err
		}
		c.replaced = replaces(row, entries)
		if err := c.tx.Exec(`UPDATE library_changes SET undone_by = (SELECT revision + 1 FROM library_state) WHERE revision = ?`, revision).Error; err != nil {
			return err
		}
		return l.db.audit(c.tx, actor, "library.undo", c.personal.Note, strconv.FormatInt(revision, 10))
	})
}

// replaces reports whether a change put other rules in use in place of those
// before, or undid such a change.
func replaces(row *changeRow, entries []undoRow) bool {
	was := func(action agent.LibraryAction) bool {
		return row.Action == string(action) || row.Action == string(agent.ActUndo) && strings.Contains(row.Note, string(action))
	}
	return was(agent.ActSnapshot) || was(agent.ActImport) && slices.ContainsFunc(entries, func(e undoRow) bool {
		h, err := (&heuristicRow{ID: e.ID, Body: e.Kept.Body}).decode()
		return err == nil && h.Usable()
	})
}

func (c *changing) undoable(revision int64) (*changeRow, error) {
	var rows []changeRow
	if err := c.tx.Where("revision = ?", revision).Find(&rows).Error; err != nil {
		return nil, err
	}
	switch {
	case len(rows) == 0:
		return nil, agent.Errorf(agent.CodeNotFound, "there is no change %d that can be undone", revision)
	case rows[0].UndoneBy != 0:
		return nil, agent.Errorf(agent.CodeConflict, "this change was undone before; undo change %d to have it back", rows[0].UndoneBy)
	}
	return &rows[0], nil
}

// changedSince is CodeConflict if a rule has a newer entry than the one to undo.
func changedSince(entries []undoRow) error {
	var ids []string
	for _, e := range entries {
		if e.Newest != e.N {
			ids = append(ids, e.ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	shown := strings.Join(ids[:min(len(ids), 5)], ", ")
	if len(ids) > 5 {
		shown += ", …"
	}
	return agent.Errorf(agent.CodeConflict, "%d of %d rules were changed again since (%s): undo the later change first, or change these rules by hand", len(ids), len(entries), shown)
}

// undo brings one rule back to what it was before an entry.
func (c *changing) undo(e *undoRow, change *changeRow) error {
	then, err := decodeEntry(e)
	if err != nil {
		return err
	}
	if e.Gone {
		return c.reinstate(then, "deletion undone")
	}
	now, err := load(c.tx, e.ID)
	if err != nil {
		return err
	}
	if then == nil || e.BeforeGone {
		return c.remove(now, c.personal.Actor, change.Action+" undone", e.BeforeGone)
	}
	next := catalog.AsItWas(then, now)
	if change.Action == string(agent.ActMerge) && change.Detail != "" {
		if err := unmerge(next, change.Detail); err != nil {
			return err
		}
	}
	return c.asBefore(now, next, change.Action+" undone")
}

// decodeEntry is the rule as it was before the entry; for one of a deletion,
// as it was deleted.
func decodeEntry(e *undoRow) (*agent.Heuristic, error) {
	switch {
	case e.Gone:
		return (&heuristicRow{ID: e.ID, Body: e.Kept.Body}).decode()
	case e.First:
		return nil, nil
	}
	return (&heuristicRow{ID: e.ID, Body: e.Before.Body}).decode()
}

// reinstate brings a deleted rule back under its id; learning may say it again.
func (c *changing) reinstate(h *agent.Heuristic, reason string) error {
	h = h.Clone()
	h.UpdatedAt = c.l.db.now()
	err := c.tx.Exec(`DELETE FROM tombstones WHERE environment = ? AND dynamics = ? AND schema = ? AND key = ?`,
		h.Scope.Environment, h.Scope.Dynamics, h.Scope.Schema, h.Key()).Error
	if err != nil {
		return err
	}
	c.enter(h, c.personal.Actor, reason, false)
	return c.put(nil, h)
}

// Revert gives a rule the words of an earlier entry of its history, as a new
// version; its status and counts stay. Where they speak of another case or give the
// opposite advice of what was observed, a new rule with that status says them, and the
// old one is retired and leads to it. Errors: CodeNotFound, CodeConflict if its words
// are the same already.
func (l *Library) Revert(ctx context.Context, actor, id string, n int) (catalog.LibraryChange, error) {
	what := catalog.LibraryChange{Actor: actor, Action: agent.ActRevert}
	return l.personally(ctx, what, func(c *changing) error {
		stored, err := load(c.tx, id)
		if err != nil {
			return err
		}
		var rows []versionRow
		if err := c.tx.Where("id = ? AND n = ?", id, n).Find(&rows).Error; err != nil {
			return err
		}
		if len(rows) == 0 {
			return agent.Errorf(agent.CodeNotFound, "rule %s has no entry %d in its history", id, n)
		}
		entries, err := decodeEntries(c.tx, rows)
		if err != nil {
			return err
		}
		then := entries[0]
		words := catalog.AsItWas(then, stored)
		words.Status, words.StatusBy, words.Pinned, words.MergedInto, words.Scope = stored.Status, stored.StatusBy, stored.Pinned, stored.MergedInto, stored.Scope
		words.SucceededBy, words.Supersedes = stored.SucceededBy, stored.Supersedes
		if !agent.WordsChanged(stored, words) {
			return agent.Errorf(agent.CodeConflict, "rule %s already says the same as version %d", id, rows[0].Version)
		}
		c.personal.Note = stored.Title
		if words.Author.Learner() { // what a person chose among a learner's words is the person's word as well
			words.ByHand = agent.WrittenByHand(stored, words)
			for _, name := range stored.ByHand {
				if !slices.Contains(then.ByHand, name) {
					words.ByHand = slices.DeleteFunc(words.ByHand, func(n string) bool { return n == name })
				}
			}
		}
		if err := c.asBefore(stored, words, fmt.Sprintf("words of version %d restored", rows[0].Version)); err != nil {
			return err
		}
		return l.db.audit(c.tx, actor, "heuristic.revert", fmt.Sprintf("to version %d", rows[0].Version), id)
	})
}
