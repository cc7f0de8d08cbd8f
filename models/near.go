package models

import (
	"context"
	"fmt"
	"slices"

	"purposeagent/agent"
	"purposeagent/agent/duplicates"
)

// PairDecisions are what a person can decide about two rules beside changing
// them: both are right, and the pair is not shown again; or it is open, as if
// nobody had decided.
var PairDecisions = []string{"both right", "open"}

// Near returns the rules in words that are alike or contradict each other,
// among those in use or on their way there, without the pairs that a person
// decided on.
func (l *Library) Near(ctx context.Context) (duplicates.Map, error) {
	var m duplicates.Map
	db := l.db.read.WithContext(ctx)
	in := []agent.Status{agent.Candidate, agent.Probation, agent.Active}
	var rows []heuristicRow
	err := db.Where(`(pinned <> 0 OR status IN ?) AND json_type(body, '$.predicate') IS NULL`, in).Order("id").Find(&rows).Error
	var total int64
	if err == nil {
		err = db.Table("heuristics").Where("pinned <> 0 OR status IN ?", in).Count(&total).Error
	}
	var decided []struct{ A, B string }
	if err == nil {
		err = db.Table("rule_pairs").Scan(&decided).Error
	}
	if err != nil {
		return m, failed(err, "compare rules")
	}
	rules, err := decodeHeuristics(rows)
	if err != nil {
		return m, err
	}
	known := make(map[[2]string]bool, len(decided))
	for _, d := range decided {
		known[[2]string{d.A, d.B}] = true
	}
	m.Rules, m.Apart = len(rules), int(total)-len(rules)
	m.Pairs = slices.DeleteFunc(duplicates.Near(rules), func(p duplicates.Pair) bool {
		gone := known[[2]string{p.A.ID, p.B.ID}]
		if gone {
			m.Decided++
		}
		return gone
	})
	return m, nil
}

// Decide notes what a person decided about two rules. Errors: CodeInvalid for
// an unknown decision, CodeNotFound if one of the rules is gone.
func (l *Library) Decide(ctx context.Context, actor, a, b, decision string) error {
	if !slices.Contains(PairDecisions, decision) || a == b {
		return agent.InvalidFields(map[string]string{"decision": fmt.Sprintf("must be one of %q, about two rules", PairDecisions)})
	}
	if b < a {
		a, b = b, a
	}
	err := l.change(ctx, func(c *changing) error {
		for _, id := range []string{a, b} {
			if _, err := load(c.tx, id); err != nil {
				return err
			}
		}
		var err error
		if decision == "open" {
			err = c.tx.Exec(`DELETE FROM rule_pairs WHERE a = ? AND b = ?`, a, b).Error
		} else {
			err = c.tx.Exec(`INSERT INTO rule_pairs (a, b, decision, actor, at) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (a, b) DO UPDATE SET decision = excluded.decision, actor = excluded.actor, at = excluded.at`,
				a, b, decision, actor, nanos(l.db.now())).Error
		}
		if err != nil {
			return err
		}
		return l.db.audit(c.tx, actor, "heuristic.pair", decision, a, b)
	})
	return failed(err, "decide about %s and %s", a, b)
}
