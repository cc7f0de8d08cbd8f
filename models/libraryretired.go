package models

import (
	"maps"

	"purposeagent/agent"
	"purposeagent/agent/rulestore"
)

// retiredRules are the compactable rules of one scope, by id. They are kept in
// memory, some hundred bytes each, since learning asks for them after every task and
// reading the rows costs more than all else that is stored then.
type retiredRules map[string]rulestore.Retired

// take puts a row as it stands now in, or out; nil: it was deleted.
func (r retiredRules) take(scope agent.Scope, id string, h *agent.Heuristic) {
	if h != nil && h.Scope == scope && rulestore.Compactable(h) {
		r[id] = rulestore.NewRetired(h)
	} else {
		delete(r, id)
	}
}

// retiredIn returns those of a scope as the transaction has them, once its rows are
// written.
func (c *changing) retiredIn(scope agent.Scope) (retiredRules, error) {
	if rules := c.l.retiredBefore(scope); rules != nil {
		for id, h := range c.after {
			rules.take(scope, id, h)
		}
		return rules, nil
	}
	var rows []heuristicRow
	err := c.tx.Where(`environment = ? AND dynamics = ? AND schema = ? AND status = ? AND author = ?`,
		scope.Environment, scope.Dynamics, scope.Schema, agent.Retired, agent.AuthorDistiller).Find(&rows).Error
	if err != nil {
		return nil, err
	}
	rules := make(retiredRules, len(rows))
	for i := range rows {
		h, err := rows[i].decode()
		if err != nil {
			return nil, err
		}
		rules.take(scope, h.ID, h)
	}
	c.retired[scope] = rules
	return maps.Clone(rules), nil
}

// retiredBefore returns a copy of what memory has of a scope, nil where it has
// nothing or others may write.
func (l *Library) retiredBefore(scope agent.Scope) retiredRules {
	if l.db.shared {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.retired[scope])
}

// bury moves what memory has on over a change of ours; alone says that nobody else
// made one since the last. l.mu is held.
func (l *Library) bury(c *changing, alone bool) {
	if !alone || len(l.retired)+len(c.retired) > maxViews {
		clear(l.retired)
	}
	if l.db.shared {
		return
	}
	maps.Copy(l.retired, c.retired)
	for scope, rules := range l.retired {
		for id, h := range c.after {
			rules.take(scope, id, h)
		}
	}
}
