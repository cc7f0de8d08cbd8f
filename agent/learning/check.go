package learning

import (
	"context"
	"slices"

	"purposeagent/agent"
	"purposeagent/agent/duplicates"
)

// predictions says what the standing rules promised of the lesson's steps: by the
// distiller, where it can tell, and where it can't what others than the rule distiller
// wrote, by its conditions.
func (o *HeuristicOptimizer) predictions(ctx context.Context, l *agent.Lesson) ([]Prediction, error) {
	var found []Prediction
	if p, ok := o.cfg.Distiller.(Predictor); ok {
		var err error
		if found, err = p.Predict(ctx, *l); err != nil {
			return nil, err
		}
	}
	if o.cfg.Applicability != nil {
		found = append(found, o.claims(l)...)
	}
	return found, nil
}

// Odds of a claim: one that is true nine times in ten, against a coin.
const (
	claimChance = 0.9
	claimBase   = 0.5
)

// claims checks the rules with a condition, but those that are counted, on the steps
// that were taken: each is asked what it says of the step's action in the state
// before, with the memory of the episode.
func (o *HeuristicOptimizer) claims(l *agent.Lesson) []Prediction {
	var rules []*agent.Heuristic
	for _, h := range l.Rules {
		if h.Predicate != nil && !h.Counted() && !h.Procedure() && h.States() == nil {
			rules = append(rules, h)
		}
	}
	if len(rules) == 0 {
		return nil
	}
	t := l.Trajectory
	set := &agent.RuleSet{Scope: t.Scope, Rules: rules}
	var found []Prediction
	for i := range t.Steps {
		s := &t.Steps[i]
		good, known := turnedOut(l, s)
		if !known || s.Action.Name == agent.Done || s.Action.Name == agent.NoAction {
			continue
		}
		applying := o.cfg.Applicability.Applying(&agent.Situation{Task: t.Task, Scope: t.Scope, World: l.World, Actions: l.Actions,
			Legal: []agent.Action{s.Action}, State: s.Before, Index: s.Index, History: t.Steps[:i]}, set)
		for _, h := range rules {
			b, holds, _ := applying.Of(h.ID)
			if !holds || b.Undecided || !b.Speaks(s.Action) {
				continue
			}
			p := claimChance
			if b.Against {
				p = 1 - claimChance
			}
			found = append(found, Prediction{Rule: h.ID, Step: s.Index, P: p, Base: claimBase, Good: good})
		}
	}
	return found
}

// turnedOut says whether a step was a good one, where it says anything of that: by
// a critic that may give credit, and by what did not happen.
func turnedOut(l *agent.Lesson, s *agent.Step) (good, known bool) {
	delta := 0.0
	if l.MayCredit(&s.Score) {
		delta = s.Score.Delta
	}
	switch {
	case delta > noticeableDelta:
		return true, true
	case delta < -noticeableDelta, s.Error != "", s.Before.Same(s.After):
		return false, true
	}
	return false, false
}

// certain reports whether a step came out as it must: the environment refused it, an
// exact measure says what it was worth, or it ended the task in failure. No other
// critic's word is beyond doubt.
func certain(l *agent.Lesson, s *agent.Step) bool {
	t := l.Trajectory
	exact := s.Score.Critic == agent.CriticPotential && (s.Score.Delta > noticeableDelta || s.Score.Delta < -noticeableDelta)
	return s.Error != "" || exact || t.EndedInFailure() && s.Index == t.Steps[len(t.Steps)-1].Index
}

// refutations counts the predictions of claims that a certain transition came out
// against.
func (c *useCounts) refutations(l *agent.Lesson, predictions []Prediction, rules map[string]*agent.Heuristic) {
	for _, p := range predictions {
		h := rules[p.Rule]
		if h == nil || h.Counted() || (p.P >= 0.5) == p.Good {
			continue
		}
		i := slices.IndexFunc(l.Trajectory.Steps, func(s agent.Step) bool { return s.Index == p.Step })
		if i >= 0 && certain(l, &l.Trajectory.Steps[i]) {
			c.of(p.Rule).Refuted++
		}
	}
}

// followed checks rules in words on the steps in which the actor says that it followed
// them: nobody else can tell whether they applied. A rule that warns is not
// checked by what was done instead.
func (c *useCounts) followed(l *agent.Lesson, rules map[string]*agent.Heuristic) {
	for i := range l.Trajectory.Steps {
		s := &l.Trajectory.Steps[i]
		good, known := turnedOut(l, s)
		if !known {
			continue
		}
		for _, m := range s.Memory {
			h := rules[m.ID]
			if m.Use != agent.UseCited || h == nil || h.Predicate != nil || !h.Author.Model() {
				continue
			}
			if _, against := duplicates.Advice(h); against {
				continue
			}
			if good {
				c.of(m.ID).Hits++
			} else {
				c.of(m.ID).Misses++
			}
		}
	}
}
