package models

import (
	"context"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
)

// stepText is what a search for words looks through: what was done, thought,
// said and what came of it. States are not.
const stepText = `(label || ' ' || summary || ' ' || COALESCE(json_extract(body, '$.action.thought'), '') || ' ' ||
	COALESCE(json_extract(body, '$.error'), '') || ' ' || COALESCE(json_extract(body, '$.score.reasoning'), ''))`

// FindSteps returns the steps of a run that a query means, in order, from after
// q.After on. It reads the run's steps up to the last one that it returns.
// Errors: CodeNotFound.
func (s *Runs) FindSteps(ctx context.Context, run string, q catalog.StepQuery) ([]agent.Step, error) {
	where := []string{"run = ?", "idx > ?"}
	args := []any{run, max(q.After, 0)}
	for word := range strings.FieldsSeq(q.Text) {
		where, args = append(where, stepText+` LIKE ? ESCAPE '\'`), append(args, like(word))
	}
	for _, t := range q.Terms {
		text, more := termSQL(t, stepFields)
		where, args = append(where, text), append(args, more...)
	}
	var found []int
	args = append(args, limitOf(q.Limit, 100, 200))
	err := s.db.read.WithContext(ctx).Raw(`SELECT idx FROM steps WHERE `+strings.Join(where, " AND ")+` ORDER BY idx LIMIT ?`, args...).Scan(&found).Error
	if err != nil {
		return nil, failed(err, "search the steps of run %s", run)
	}
	if len(found) == 0 {
		return []agent.Step{}, s.exists(ctx, run)
	}
	steps := make([]agent.Step, 0, len(found))
	for _, index := range found {
		step, err := s.Step(ctx, run, index)
		if err != nil {
			return nil, err
		}
		steps = append(steps, step)
	}
	return steps, nil
}

// stepFields are the fields of a query about steps.
var stepFields = map[catalog.StepField]fieldSQL{
	catalog.StepAction: each(`json_extract(body, '$.action.name') = ?`, asIs),
	catalog.StepRule: each(`EXISTS (SELECT 1 FROM json_each(body, '$.memory') m WHERE json_extract(m.value, '$.id') = ?
		AND json_extract(m.value, '$.use') IN ('shown', 'cited'))`, asIs),
	catalog.StepIs: each(`marks & ? <> 0`, func(v string) any {
		if v == "failed" {
			return markFailed
		}
		return markFlagged
	}),
	catalog.StepText:  each(stepText+` LIKE ? ESCAPE '\'`, within),
	catalog.StepDelta: {number: "delta"},
	catalog.StepPhi:   {number: "phi"},
	catalog.StepIndex: {number: "idx"},
}
