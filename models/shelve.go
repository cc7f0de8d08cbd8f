package models

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/credit"
	"purposeagent/agent/rulestore"
)

// shelfDetail is what undoing a shelving needs beyond the history.
type shelfDetail struct {
	Scope   agent.Scope `json:"scope"`
	Actions []string    `json:"actions"`
}

// Shelve puts rules away and records the change of law in the ledger of their
// scope, after a snapshot of the library before. It is one change that can be
// undone like a person's. CodeConflict where a change was found in the same
// trajectory before.
func (l *Library) Shelve(ctx context.Context, s rulestore.Shelving) (credit.LawChange, error) {
	change := s.Change
	what := catalog.LibraryChange{Actor: s.Actor, Action: agent.ActShelve, Note: change.Reason() + ": " + change.Figures()}
	_, err := l.personally(ctx, what, func(c *changing) error {
		ledger, err := c.ledger(s.Scope)
		if err != nil {
			return err
		}
		if ledger.FoundIn(change.Trajectory) {
			return agent.FoundBefore(change.Trajectory)
		}
		if err := c.snapshotBefore(s.Actor, change.Reason()); err != nil {
			return err
		}
		change.Shelved = 0
		if _, err := c.each(s.Rules, func(h *agent.Heuristic) error {
			if !h.ShelvedBy(&change) {
				return nil
			}
			change.Shelved++
			_, err := c.replace(h, agent.ShelvedHeuristic(h, l.db.now()), s.Actor, change.Reason())
			return err
		}); err != nil {
			return err
		}
		detail := shelfDetail{Scope: s.Scope}
		for _, a := range change.Actions {
			detail.Actions = append(detail.Actions, a.Action)
		}
		raw, err := json.Marshal(detail)
		if err != nil {
			return err
		}
		c.detail = string(raw)
		if err := c.tx.Raw(`SELECT revision + 1 FROM library_state`).Scan(&change.Revision).Error; err != nil {
			return err
		}
		if err := c.putLedger(s.Scope, ledger.Changed(change)); err != nil {
			return err
		}
		return l.db.audit(c.tx, s.Actor, "library.shelve", change.Reason(), s.Scope.Environment, strconv.Itoa(change.Shelved))
	})
	return change, err
}

// undoShelving takes the finding back when the shelving itself is undone, and
// believes it again when that is undone. What learning has made of the new law
// meanwhile goes out of use with it.
func (c *changing) undoShelving(undone *changeRow) error {
	root, back := undone, true
	for root.Action == string(agent.ActUndo) {
		var rows []changeRow
		if err := c.tx.Where("revision = ?", root.Undoes).Find(&rows).Error; err != nil {
			return err
		}
		if len(rows) == 0 {
			return nil
		}
		root, back = &rows[0], !back
	}
	if root.Action != string(agent.ActShelve) {
		return nil
	}
	var detail shelfDetail
	if err := json.Unmarshal([]byte(root.Detail), &detail); err != nil {
		return fmt.Errorf("read what was shelved: %w", err)
	}
	by := ""
	if back {
		by = nonEmpty(c.personal.Actor, "a person")
		if err := c.retireLearnedSince(root, detail); err != nil {
			return err
		}
	}
	ledger, err := c.ledger(detail.Scope)
	if err != nil {
		return err
	}
	return c.putLedger(detail.Scope, ledger.LiftChanges(func(l *credit.LawChange) bool { return l.Revision == root.Revision }, by))
}

// retireLearnedSince retires what learning has counted of the shelved actions
// since they were shelved.
func (c *changing) retireLearnedSince(shelving *changeRow, detail shelfDetail) error {
	var rows []heuristicRow
	err := c.tx.Where(`environment = ? AND dynamics = ? AND schema = ? AND author = ? AND status IN ? AND created_at >= ?`,
		detail.Scope.Environment, detail.Scope.Dynamics, detail.Scope.Schema, string(agent.AuthorDistiller),
		[]agent.Status{agent.Candidate, agent.Probation, agent.Active}, shelving.At).Order("id").Find(&rows).Error
	if err != nil {
		return err
	}
	rules, err := decodeHeuristics(rows)
	if err != nil {
		return err
	}
	for _, h := range rules {
		if !h.Counted() || h.ByPeople() || !slices.Contains(detail.Actions, h.Predicate.Action) || c.after[h.ID] != nil {
			continue
		}
		next := h.Clone()
		next.Status, next.UpdatedAt = agent.Retired, c.l.db.now()
		if _, err := c.replace(h, next, c.personal.Actor, "the previous rules were restored"); err != nil {
			return err
		}
	}
	return nil
}

// liftSince takes back the changes of law that were found after a moment that
// the library was brought back to.
func (c *changing) liftSince(revision int64) error {
	ledgers, err := loadLedgers(c.tx)
	if err != nil {
		return err
	}
	for _, l := range ledgers {
		found := func(change *credit.LawChange) bool { return change.Revision > revision && !change.Lifted }
		if slices.ContainsFunc(l.Ledger.Changes, func(change credit.LawChange) bool { return found(&change) }) {
			if err := c.putLedger(l.Scope, l.Ledger.LiftChanges(found, nonEmpty(c.personal.Actor, "a person"))); err != nil {
				return err
			}
		}
	}
	return nil
}
