package agent

import (
	"context"
	"slices"
)

// decide recalls memory and asks the actor, with retries. An answer that can't
// be used even then is a step without an action, not the end of the run.
func (e *episode) decide(ctx context.Context, index int) (Decision, Memory, error) {
	cfg := &e.o.cfg
	s := &Situation{Task: e.task, Scope: e.o.scope, World: e.o.world, Actions: e.o.specs, Legal: e.legal,
		State: e.state, Phi: e.phi, Index: index, History: e.steps, Explore: cfg.Learn}
	s.Memory.Examples = e.examples
	rules, err := e.o.SyncMemory(ctx)
	if err != nil {
		return Decision{}, Memory{}, err
	}
	var decision Decision
	err = e.o.retry(ctx, func() error {
		d, err := guarded(ctx, &e.guards.actor, "the actor", cfg.ModelTimeout, func(ctx context.Context) (Decision, error) {
			recalled, err := recall(ctx, cfg.Actor, s, rules)
			if err != nil {
				return Decision{}, err
			}
			s.Memory.Rules = recalled
			return cfg.Actor.Decide(ctx, s)
		})
		decision = d
		return err
	})
	if err != nil && ctx.Err() == nil && CodeOf(err) == CodeInvalid {
		decision.Action = Action{Name: NoAction, Thought: "The actor gave no usable action: " + MessageOf(err)}
		err = nil
	}
	return decision, s.Memory, err
}

// recall asks the decider itself where it reads the library in its own way.
func recall(ctx context.Context, actor Decider, s *Situation, rules *RuleSet) ([]Recalled, error) {
	if r, ok := actor.(Recaller); ok {
		return r.Recall(ctx, s, rules)
	}
	return RecallByWords(s, rules), nil
}

// assess asks the critic, with retries. It always returns a usable score; a
// critic that can't be reached gives an unscored one and the error that
// suspends the run once the step is recorded.
func (e *episode) assess(ctx context.Context, a Assessment) (Score, error) {
	var score Score
	err := e.o.retry(ctx, func() error {
		s, err := guarded(ctx, &e.guards.critic, "the critic", e.o.cfg.ModelTimeout, func(ctx context.Context) (Score, error) {
			return e.o.cfg.Critic.Assess(ctx, a)
		})
		score = s
		return err
	})
	if err == nil {
		return chained(score, a), nil
	}
	score = Unscored(a.PhiBefore, "", MessageOf(err))
	if a.Done {
		score.Flags = append(score.Flags, FlagCarried)
	}
	if CodeOf(err) == CodeInvalid { // an answer that can't be used, not an absence
		return score, nil
	}
	return score, err
}

// chained holds what every critic promises, whoever wrote it: Φ within 0 to 10,
// chained from the step before, Δ their difference. A score that breaks it is
// no score.
func chained(s Score, a Assessment) Score {
	if !s.Known() {
		u := Unscored(a.PhiBefore, s.Critic, s.Reasoning)
		u.Usage, u.Prompt, u.Evidence = s.Usage, s.Prompt, s.Evidence
		for _, f := range s.Flags {
			if f != FlagUnscored {
				u.Flags = append(u.Flags, f)
			}
		}
		return u
	}
	if !ValidPhi(s.PhiAfter) {
		u := Unscored(a.PhiBefore, s.Critic, "the critic's Φ was no number from 0 to 10")
		u.Usage = s.Usage
		return u
	}
	if a.Before == nil {
		s.PhiBefore = s.PhiAfter
	} else {
		s.PhiBefore = a.PhiBefore
	}
	s.Delta = s.PhiAfter - s.PhiBefore
	return s
}

// recallExamples fetches the remembered trajectories for this run. They are
// for deciders that read words; the reasoner has rules only.
func (e *episode) recallExamples(ctx context.Context) error {
	cfg := &e.o.cfg
	if _, own := cfg.Actor.(Recaller); own || !cfg.Memory || cfg.Replay == nil {
		return nil
	}
	matches, err := cfg.Replay.Retrieve(ctx, e.o.scope, e.task, 3)
	if err != nil {
		return err
	}
	for _, m := range matches {
		e.examples = append(e.examples, NewExample(m))
	}
	return nil
}

// MaxWorkflow bounds the steps of a lifted workflow.
const MaxWorkflow = 12

// NewExample lifts a workflow from a remembered trajectory: the actions that
// improved Φ, in order, or the failed ones as a warning where none did
// (Contextual Experience Replay, arXiv 2506.06698).
func NewExample(m Match) Example {
	t := m.Trajectory
	x := Example{ID: t.ID, Score: m.Score, Success: t.Outcome.Success, Label: t.Task.Purpose}
	for i := range t.Steps {
		if s := &t.Steps[i]; s.Score.Delta > 0 && len(x.Workflow) < MaxWorkflow {
			x.Workflow = append(x.Workflow, s.Action.Label())
		}
	}
	return x
}

func exampleUses(examples []Example) []ExampleUse {
	uses := make([]ExampleUse, 0, len(examples))
	for _, x := range examples {
		uses = append(uses, ExampleUse{ID: x.ID, Score: x.Score, Label: x.Label})
	}
	return uses
}

// ruleUses records what was before the actor; only what was shown can be cited.
func ruleUses(recalled []Recalled, cites, leftOut []string) []RuleUse {
	uses := make([]RuleUse, 0, len(recalled))
	for _, r := range recalled {
		u := RuleUse{ID: r.Rule.ID, Version: r.Rule.Version, Tier: r.Rule.Tier, Title: r.Rule.Title,
			Use: UseShown, Score: r.Score, Why: r.Why}
		switch {
		case slices.Contains(leftOut, r.Rule.ID):
			u.Use = UseEligible
		case slices.Contains(cites, r.Rule.ID):
			u.Use = UseCited
		}
		uses = append(uses, u)
	}
	return uses
}
