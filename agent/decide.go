package agent

import (
	"context"
	"errors"
	"math"
	"slices"

	"purposeagent/agent/prompttext"
)

// decide recalls memory and asks the actor, with retries. An answer that can't
// be used even then is a step without an action, not the end of the run. It
// also returns the record of what was retrieved.
func (e *episode) decide(ctx context.Context, index int) (Decision, Retrieval, error) {
	cfg := &e.o.cfg
	s := &Situation{Task: e.task, Scope: e.o.scope, World: e.o.world, Actions: e.o.specs, Legal: e.possible(), Notes: e.notes,
		State: e.state, Phi: e.phi, Index: index, History: e.steps, Explore: cfg.Memory.Learn}
	s.Memory.Examples, s.Semantics, s.Rankers, s.Withheld = e.examples, cfg.Retrieval.Semantics, cfg.Retrieval.Rankers, e.holdout.Withheld
	s.Applicability, s.Wander = cfg.Retrieval.Applicability, e.holdout.Wander
	if cfg.Hooks.OnThinking != nil {
		s.Thinking = func(thought string) { cfg.Hooks.OnThinking(e.run, index, thought) }
	}
	rules, err := e.o.SyncMemory(ctx)
	if err == nil {
		s.Discredited, err = e.discredited(ctx)
	}
	if err != nil {
		return Decision{}, Retrieval{}, err
	}
	rules = e.admit(rules)
	if _, own := cfg.Actor.(Recaller); cfg.Retrieval.Playbook != nil && !own {
		s.Memory.Playbook = cfg.Retrieval.Playbook.Compose(s.World, s.Actions, rules, PlaybookOptions{cfg.Retrieval.PlaybookTokens, func(h *Heuristic) bool {
			_, out := heldOut(e.run, s, h, rules)
			return out
		}})
	}
	trial := trialUses(e.run, s, rules)
	var decision Decision
	var record Retrieval
	err = e.o.retry(ctx, func() error {
		d, err := e.guards.actor.call(ctx, "the actor", cfg.Limits.ModelTimeout, func(ctx context.Context) (decided, error) {
			recalled, record, err := recall(ctx, e.run, cfg.Actor, s, rules)
			if err != nil {
				return decided{}, err
			}
			s.Memory.Rules = recalled
			d, err := cfg.Actor.Decide(WithCall(ctx, CallScope{e.run, index, ActorRole}), s)
			return decided{d, record}, err
		})
		decision, record = d.decision, d.record
		return err
	})
	if err != nil && ctx.Err() == nil && errors.Is(err, ErrUnusable) {
		decision.Action = Action{Name: NoAction, Thought: "The actor gave no usable action: " + MessageOf(err)}
		err = nil
	}
	record.Rules = append(record.Rules, trialOf(trial, record.Rules, index, decision.Action.Cites)...)
	return decision, record, err
}

// trialUses records what the playbook says that is in trial, and what of it is held
// out of the run.
func trialUses(run string, s *Situation, rules *RuleSet) []RuleUse {
	if len(s.Memory.Playbook.Lines) == 0 && !s.Explore {
		return nil
	}
	said := map[string]bool{}
	for i := range s.Memory.Playbook.Lines {
		for _, id := range s.Memory.Playbook.Lines[i].Rules {
			said[id] = true
		}
	}
	var uses []RuleUse
	for _, h := range rules.Rules {
		if !h.InTrial() {
			continue
		}
		propensity, out := heldOut(run, s, h, rules)
		u := newUse(h, UseShown)
		u.Propensity, u.Why = propensity, "a line of the playbook says it, in trial"
		switch {
		case out:
			u.Use, u.Why = UseWithheld, heldOutWhy(propensity)
		case !said[h.ID]:
			continue
		}
		uses = append(uses, u)
	}
	return uses
}

// trialOf returns the uses of the playbook that a step records beside those that were
// retrieved for it: all at the first step of a run, and what the actor cited later.
func trialOf(trial, retrieved []RuleUse, index int, cites []string) []RuleUse {
	return slices.DeleteFunc(trial, func(u RuleUse) bool {
		return index > 1 && (u.Use != UseShown || !slices.Contains(cites, u.ID)) ||
			slices.ContainsFunc(retrieved, func(r RuleUse) bool { return r.ID == u.ID && r.Use != UseEligible && r.Use != UseShadow })
	})
}

// discredited returns the critics that had lost the right to give credit when the
// run was first asked; only a run that learns asks.
func (e *episode) discredited(ctx context.Context) ([]string, error) {
	if e.heard || !e.o.cfg.Memory.Learn || e.o.cfg.Memory.Calibrator == nil {
		return e.ousted, nil
	}
	var err error
	e.ousted, err = e.o.cfg.Memory.Calibrator.Discredited(ctx, e.o.scope)
	e.heard = err == nil
	return e.ousted, err
}

// decided is a decision with the memory that it was made with.
type decided struct {
	decision Decision
	record   Retrieval
}

// recall asks the decider itself where it reads the library in its own way, and
// chooses by words, vectors and credit where it does not. What it returns is
// what may reach the decider: rules that are withheld are in the record only.
func recall(ctx context.Context, run string, actor Decider, s *Situation, rules *RuleSet) ([]Recalled, Retrieval, error) {
	r, ok := actor.(Recaller)
	if !ok {
		recalled, record := Retrieve(ctx, run, s, rules)
		return recalled, record, nil
	}
	recalled, err := r.Recall(ctx, s, rules)
	if err != nil {
		return nil, Retrieval{}, err
	}
	recalled, record := letIn(run, s, recalled, rules)
	record.By, record.Considered = "the actor", len(rules.Rules)
	return recalled, record, nil
}

// letIn holds rules out of what a decider recalled by itself, at random while
// learning, and records both. Rules in words are held out one by one. Rules
// with a predicate are links of a chain, and one link has no uplift without
// the others (docs/learning.md, §7): they are not held out here, but as a set.
func letIn(run string, s *Situation, recalled []Recalled, rules *RuleSet) ([]Recalled, Retrieval) {
	record := Retrieval{Explored: s.Explore, Found: len(recalled)}
	in := make([]Recalled, 0, len(recalled))
	for _, r := range recalled {
		u := newUse(r.Rule, UseShown)
		u.Score, u.Why = r.Score, r.Why
		if r.Rule.Predicate == nil {
			var out bool
			if u.Propensity, out = heldOut(run, s, r.Rule, rules); out {
				u.Use, u.Why = UseWithheld, heldOutWhy(u.Propensity)
			}
		}
		record.Rules = append(record.Rules, u)
		if u.Use == UseShown {
			in = append(in, r)
		}
	}
	return in, record
}

// assess asks the critic, with retries. It always returns a usable score; a
// critic that does not answer gives an unscored one and the error that suspends
// the run.
func (e *episode) assess(ctx context.Context, step int, a *Assessment) (Score, error) {
	var score Score
	call := CallScope{e.run, step, CriticRole}
	err := e.o.retry(ctx, func() error {
		s, err := e.guards.critic.call(ctx, "the critic", e.o.cfg.Limits.ModelTimeout, func(ctx context.Context) (Score, error) {
			return e.o.cfg.Critic.Assess(WithCall(ctx, call), *a)
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
	if errors.Is(err, ErrUnusable) {
		return score, nil
	}
	return score, err
}

// chained holds what every critic promises, whoever wrote it: Φ within 0 to 10,
// chained from the step before, Δ their difference. A score that breaks it is
// no score.
func chained(s Score, a *Assessment) Score {
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
		u := Unscored(a.PhiBefore, s.Critic, "the critic's Φ was not a number from 0 to 10")
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

// MaxExamples is how many remembered trajectories stand before an actor.
const MaxExamples = 3

// recallExamples fetches the remembered trajectories for this run. They are
// for deciders that read words; the reasoner has rules only. They were learned
// too: a run without the learned set goes without them.
func (e *episode) recallExamples(ctx context.Context) error {
	cfg := &e.o.cfg
	if _, own := cfg.Actor.(Recaller); own || !cfg.Memory.Recall || cfg.Memory.Replay == nil || e.holdout.Withheld {
		return nil
	}
	matches, err := cfg.Memory.Replay.Retrieve(ctx, e.o.scope, e.task, MaxExamples)
	if err != nil {
		return err
	}
	e.examples = append(e.examples, matches...)
	return nil
}

// MaxWorkflow bounds the steps of a procedure.
const MaxWorkflow = 12

func exampleUses(examples []Match) []ExampleUse {
	uses := make([]ExampleUse, 0, len(examples))
	for _, x := range examples {
		uses = append(uses, ExampleUse{ID: x.Trajectory.ID, Score: x.Score, Label: x.Trajectory.Task.Purpose})
	}
	return uses
}

// maxStepRules is how many rules a stored step lists beside those that had a
// part in it: a step is written twenty thousand times a day.
const maxStepRules = 10

// stored returns the record as a step keeps it: the rules, with what the
// decider made of them, and the rest without them. Numbers are rounded. Rules
// that had no part are listed as long as there are fewer than maxStepRules.
func (r Retrieval) stored(cites, leftOut []string) ([]RuleUse, *Retrieval) {
	if r.Considered == 0 {
		return nil, nil
	}
	uses := make([]RuleUse, 0, len(r.Rules))
	for i, u := range r.Rules {
		switch {
		case u.Use == UseShown && slices.Contains(leftOut, u.ID):
			u.Use, u.Propensity, u.Why = UseEligible, 0, "it was chosen, but there was no room for it in the prompt"
		case u.Use == UseShown && slices.Contains(cites, u.ID): // only what was shown can be cited
			u.Use = UseCited
		case u.Use == UseEligible && i >= maxStepRules:
			r.More++
			continue
		}
		u.Score, u.Propensity = rounded(u.Score), rounded(u.Propensity)
		if u.Parts != nil {
			u.Parts = u.Parts.rounded()
		}
		uses = append(uses, u)
	}
	kept := r
	kept.Rules, kept.Query = nil, Clip(prompttext.OneLine(r.Query), maxStoredQuery)
	return uses, &kept
}

// maxStoredQuery bounds the query as a step keeps it, in bytes; what it was
// made of is in the steps anyhow.
const maxStoredQuery = 200

func rounded(x float64) float64 { return math.Round(x*1000) / 1000 }

func (p ScoreParts) rounded() *ScoreParts {
	for _, x := range []*float64{&p.Likeness, &p.Z, &p.Advantage, &p.Low, &p.Bonus, &p.Redundancy} {
		*x = rounded(*x)
	}
	p.RRF = math.Round(p.RRF*1e5) / 1e5
	if p.Draw != nil {
		drawn := rounded(*p.Draw)
		p.Draw = &drawn
	}
	return &p
}
