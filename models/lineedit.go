package models

import (
	"context"
	"errors"
	"fmt"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
)

// EditLine changes rules behind a line of a playbook, in one transaction, and returns
// its entry in the journal: new words are a new version; another case or the opposite
// advice is a new rule of the person's, and the old one is retired and leads to it. A
// rule that is out of use stays so, and what was written becomes a new rule. Errors:
// CodeConflict if a rule is no more as the person saw it, CodeNotFound for one that
// never was, CodeInvalid with a message for "ID.field".
func (l *Library) EditLine(ctx context.Context, actor, line string, rewrites []catalog.RuleRewrite) (catalog.LibraryChange, error) {
	if len(rewrites) > catalog.MaxCommentRules {
		return catalog.LibraryChange{}, agent.Errorf(agent.CodeInvalid, "a line is edited by at most %d rules", catalog.MaxCommentRules)
	}
	what := catalog.LibraryChange{Actor: actor, Action: agent.ActEdit, Note: line}
	return l.personally(ctx, what, func(c *changing) error {
		problems := map[string]string{}
		for i := range rewrites {
			err := c.rewrite(&rewrites[i])
			refused, known := errors.AsType[*agent.Error](err)
			if err != nil && (!known || len(refused.Fields) == 0) {
				return err
			}
			if known {
				for name, text := range refused.Fields {
					problems[rewrites[i].ID+"."+name] = text
				}
			}
		}
		if len(problems) > 0 {
			return agent.InvalidFields(problems)
		}
		return nil
	})
}

// rewrite does what a line's edit says of one rule.
func (c *changing) rewrite(w *catalog.RuleRewrite) error {
	stored, err := load(c.tx, w.ID)
	if err != nil && agent.CodeOf(err) != agent.CodeNotFound {
		return err
	}
	base := stored
	switch {
	case stored == nil && w.Status == "":
		if base, err = c.lastKnown(w.ID); err != nil {
			return err
		}
	case stored == nil:
		return agent.Errorf(agent.CodeConflict, "rule %s was deleted meanwhile", w.ID)
	case stored.Version != w.Version || stored.Status != w.Status:
		return agent.Errorf(agent.CodeConflict, "rule %s was changed meanwhile: you saw version %d, %s; it is at version %d, %s now", w.ID, w.Version, w.Status, stored.Version, stored.Status)
	}
	next := base.Clone()
	apply(next, w.Words)
	if w.Predicate != nil {
		next.Predicate = (&agent.Heuristic{Predicate: w.Predicate}).Clone().Predicate
	}
	if !agent.WordsChanged(base, next) {
		return nil
	}
	if err := checkWords(next); err != nil {
		return err
	}
	if stored == nil {
		_, err = c.teachInstead(nil, w.ID, next)
	} else {
		_, err = c.reword(stored, next, !stored.InUse())
	}
	return err
}

// lastKnown is a rule that is gone as its history last has it.
func (c *changing) lastKnown(id string) (*agent.Heuristic, error) {
	var rows []versionRow
	if err := c.tx.Where("id = ?", id).Order("n DESC").Limit(1).Find(&rows).Error; err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, notFound("rule", id)
	}
	rules, err := decodeEntries(c.tx, rows)
	if err != nil {
		return nil, err
	}
	return rules[0], nil
}

// reword gives a rule other words, or another rule its place: where it is to be anew,
// and where it says something else than what was observed. Unless it is to be anew, what
// is out of use stays so. It returns the rule that says them, nil if nothing was changed.
func (c *changing) reword(stored, next *agent.Heuristic, anew bool) (*agent.Heuristic, error) {
	if !agent.WordsChanged(stored, next) {
		return nil, nil
	}
	if anew {
		return c.teachInstead(stored, stored.ID, next)
	}
	if saysAnother(stored, next) {
		taught := agent.TaughtInstead(stored.ID, next)
		if !stored.InUse() {
			taught.Status, taught.StatusBy = stored.Status, nonEmpty(c.personal.Actor, "a person")
		}
		return c.instead(stored, taught, "taught in the place of "+stored.ID)
	}
	next = agent.NextHeuristic(stored, next, false, c.l.db.now())
	if next.Author.Learner() {
		next.ByHand = agent.WrittenByHand(stored, next)
	}
	edited, err := c.replace(stored, next, c.personal.Actor, "edited")
	if err != nil {
		return nil, err
	}
	return edited, c.l.db.audit(c.tx, c.personal.Actor, "heuristic.edit", fmt.Sprintf("version %d", next.Version), stored.ID)
}

// saysAnother reports whether next is another rule than the stored one: it says something
// else than what was observed of it.
func saysAnother(stored, next *agent.Heuristic) bool {
	return stored.Observed() && agent.SaysOtherwise(stored, next)
}

// asBefore makes a rule what it was: its words, status and pin. Where that is another
// rule than the one that was observed, a new one says it in its place.
func (c *changing) asBefore(stored, next *agent.Heuristic, reason string) error {
	if saysAnother(stored, next) {
		again := agent.TaughtInstead(stored.ID, next)
		again.Author, again.Status, again.StatusBy, again.Pinned, again.ByHand = next.Author, next.Status, next.StatusBy, next.Pinned, next.ByHand
		_, err := c.instead(stored, again, reason+", in the place of "+stored.ID)
		return err
	}
	_, err := c.replace(stored, agent.NextHeuristic(stored, next, false, c.l.db.now()), c.personal.Actor, reason)
	return err
}

// teachInstead teaches a rule in the place of another one, which is retired, or
// stays out of use, and leads to it; nil: it is gone.
func (c *changing) teachInstead(stored *agent.Heuristic, id string, says *agent.Heuristic) (*agent.Heuristic, error) {
	return c.instead(stored, agent.TaughtInstead(id, says), "taught in the place of "+id)
}

// instead adds a rule in the place of the one that it supersedes, which is retired, or
// stays out of use, and leads to it; nil: that one is gone.
func (c *changing) instead(stored, rule *agent.Heuristic, reason string) (*agent.Heuristic, error) {
	actor := c.personal.Actor
	err := c.tx.Exec(`DELETE FROM tombstones WHERE environment = ? AND dynamics = ? AND schema = ? AND key = ?`,
		rule.Scope.Environment, rule.Scope.Dynamics, rule.Scope.Schema, rule.Key()).Error
	if err != nil {
		return nil, err
	}
	c.personal.Made++
	created, err := c.insert(rule, actor, reason)
	if err != nil || stored == nil {
		return created, err
	}
	old := stored.Clone()
	old.SucceededBy, old.Pinned = created.ID, false
	if stored.InUse() {
		old.Status, old.StatusBy = agent.Retired, nonEmpty(actor, "a person")
	}
	if _, err := c.replace(stored, agent.NextHeuristic(stored, old, false, c.l.db.now()), actor, "gave way to "+created.ID); err != nil {
		return nil, err
	}
	return created, c.l.db.audit(c.tx, actor, "heuristic.edit", "gave way to "+created.ID, stored.ID)
}
