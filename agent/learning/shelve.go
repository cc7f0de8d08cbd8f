package learning

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"purposeagent/agent"
	"purposeagent/agent/rulestore"
)

// opShelved is what a RuleChange calls rules that were put away together.
const opShelved = "shelved"

// shelve looks whether the lesson's trajectory is the one that gives a change
// of law away. Then it puts the rules of the actions concerned away, in a
// transaction of its own so that it can be undone as one, and the lesson goes
// on without them.
func (o *HeuristicOptimizer) shelve(ctx context.Context, l *agent.Lesson, credit *lessonCredit, learned *agent.Learned) error {
	library, ok := o.cfg.Library.(rulestore.Shelver)
	if !ok || l.Trajectory.Steered {
		credit.task.Surprises, credit.task.Effects, credit.task.WithSet = nil, nil, false
		return nil
	}
	change := credit.ledger.FindLawChange(credit.task, credit.actions)
	if change == nil {
		return nil
	}
	change.Trajectory = l.Trajectory.ID
	s := rulestore.Shelving{Actor: string(agent.AuthorDistiller), Scope: l.Trajectory.Scope, Change: *change}
	for _, h := range l.Rules {
		if h.ShelvedBy(change) {
			s.Rules = append(s.Rules, h.ID)
		}
	}
	if len(s.Rules) == 0 {
		return nil // nothing to begin anew
	}
	done, err := library.Shelve(ctx, s)
	if agent.CodeOf(err) == agent.CodeConflict {
		return nil // found before a restart: the ledger has it
	}
	if err != nil {
		return fmt.Errorf("shelve rules after a change of law: %w", err)
	}
	for _, h := range l.Rules {
		if h.ShelvedBy(change) {
			learned.Changes = append(learned.Changes, agent.RuleChange{ID: h.ID, Title: h.Title, Op: opShelved, Reason: done.Reason()})
		}
	}
	if l.Rules, err = o.cfg.Library.Standing(ctx, l.Trajectory.Scope); err != nil {
		return fmt.Errorf("read the library: %w", err)
	}
	credit.ledger = credit.ledger.Changed(done)
	l.Changes = credit.ledger.Changes
	credit.task.Surprises, credit.task.Effects, credit.task.WithSet = nil, nil, false // counted by the change
	return nil
}

// watchedActions returns the actions that have counted rules, in the order of
// their names. The row of exact states is of no action, and notices by itself when
// what it knows is no longer so.
func watchedActions(rules []*agent.Heuristic) []string {
	actions := map[string]bool{}
	for _, h := range rules {
		if h.Counted() && !h.ByPeople() && h.Predicate.Action != "" {
			actions[h.Predicate.Action] = true
		}
	}
	return slices.Sorted(maps.Keys(actions))
}

// withSet reports whether the learned set was there to be used in a
// trajectory. Whether it was used is no question: what is over at once would
// count otherwise only where it fails.
func withSet(t *agent.Trajectory, actions []string) bool {
	return len(actions) > 0 && !t.Holdout.Withheld
}
