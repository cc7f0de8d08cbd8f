package agent

import (
	"context"
	"hash/fnv"
	"math/rand/v2"
	"slices"

	"purposeagent/agent/credit"
)

// WithholdProbability returns with which probability a rule is withheld from a
// task while learning: never what a person pinned, half of the time in
// probation, now and then when active. Rules that do not reach the prompt
// anyhow have none.
func WithholdProbability(h *Heuristic) float64 {
	switch {
	case h.Pinned:
		return 0
	case h.Status == Probation:
		return credit.WithholdProbation
	case h.Status == Active:
		return credit.WithholdActive
	}
	return 0
}

// Withheld reports whether a rule is held out of a run. It is drawn once per
// run and rule, from the run's id and seed alone, so that a rule is in or out
// for the whole task and a resumed run draws the same.
func Withheld(run string, task Task, rule string, probability float64) bool {
	if probability <= 0 {
		return false
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(run + "\x00" + rule)) // a hash never fails
	return rand.New(rand.NewPCG(uint64(task.Seed), h.Sum64())).Float64() < probability
}

// inTrial stands for what models wrote and is in trial, as one set, in the draw.
const inTrial = "what is in trial"

// trialWithheld reports whether a run goes without what is in trial.
func trialWithheld(run string, task Task) bool {
	return run != "" && Withheld(run, task, inTrial, credit.WithholdTrial)
}

// drawTrial adds to what chance decided whether what is in trial is in this run.
func (e *episode) drawTrial(drawn *credit.SetHoldout, rules *RuleSet) {
	if drawn.Withheld || !slices.ContainsFunc(rules.Rules, (*Heuristic).InTrial) {
		return
	}
	drawn.Trial, drawn.TrialWithheld = 1-credit.WithholdTrial, trialWithheld(e.run, e.task)
}

// doubted returns the rule in doubt that a run looks at by itself, "" where there is
// none: each has its turn, by the run's id.
func (r *RuleSet) doubted(run string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.doubts == nil {
		r.doubts = []string{}
		for _, h := range r.Rules {
			if h.InDoubt() {
				r.doubts = append(r.doubts, h.ID)
			}
		}
		slices.Sort(r.doubts)
	}
	if len(r.doubts) == 0 {
		return ""
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(run + "\x00whose turn it is")) // a hash never fails
	return r.doubts[h.Sum64()%uint64(len(r.doubts))]
}

// wandering stands for doing what is seldom done, in the draw.
const wandering = "what is seldom done"

// wholeSet stands for the learned set in the draw.
const wholeSet = "the learned set"

// drawHoldout decides whether this run does without the learned set: by chance
// while learning, and in any other run where the set is suspended. The two
// sides of a pair are what they are, since they measure the set.
func (e *episode) drawHoldout(ctx context.Context, rules *RuleSet) (credit.SetHoldout, error) {
	cfg := &e.o.cfg
	if cfg.Memory.Library == nil || !cfg.Memory.Recall && !cfg.Memory.Twin {
		return credit.SetHoldout{}, nil
	}
	if cfg.Memory.Twin {
		return e.twinHoldout(ctx)
	}
	learned := hasLearned(rules)
	if !learned && !cfg.Memory.Learn {
		return credit.SetHoldout{}, nil
	}
	ledger, err := cfg.Memory.Library.Ledger(ctx, e.o.scope)
	if err != nil {
		return credit.SetHoldout{}, err
	}
	if e.wanders(rules, &ledger) {
		return credit.SetHoldout{Wander: true, Suspended: learned && ledger.Suspended != nil}, nil
	}
	if !learned {
		return credit.SetHoldout{}, nil
	}
	drawn := credit.SetHoldout{Suspended: ledger.Suspended != nil}
	if !cfg.Memory.Holdout || !cfg.Memory.Learn {
		drawn.Withheld = drawn.Suspended
		return drawn, nil
	}
	probability := ledger.WithholdSet()
	drawn.Propensity, drawn.Withheld = 1-probability, Withheld(e.run, e.task, wholeSet, probability)
	e.drawTrial(&drawn, rules)
	return drawn, nil
}

// wanders decides whether this training run does what is seldom done, where next to
// nothing was ever solved and no exact potential says what leads on. Where all rules
// were deleted the agent is what it was before it learned them.
func (e *episode) wanders(rules *RuleSet, ledger *credit.Ledger) bool {
	if !e.o.cfg.Memory.Learn || e.first.Critic == CriticPotential || !ledger.Unsolved() {
		return false
	}
	kept := ledger.Hypotheses == 0 || hasLearned(rules) || slices.ContainsFunc(rules.Candidates, (*Heuristic).Learned)
	return kept && Withheld(e.run, e.task, wandering, credit.Wander)
}

// twinHoldout is the side of the pair that this run is.
func (e *episode) twinHoldout(ctx context.Context) (credit.SetHoldout, error) {
	rules, err := e.o.cfg.Memory.Library.Usable(ctx, e.o.scope)
	if err != nil || !hasLearned(rules) {
		return credit.SetHoldout{}, err
	}
	ledger, err := e.o.cfg.Memory.Library.Ledger(ctx, e.o.scope)
	return credit.SetHoldout{Propensity: 1 - credit.WithholdProbation, Withheld: !e.o.cfg.Memory.Recall, Suspended: ledger.Suspended != nil, Paired: true}, err
}

// recordTwin counts a run that learned nothing as the other side of its twin's
// hold-out. Doing it twice changes nothing.
func (o *Orchestrator) recordTwin(ctx context.Context, t *Trajectory) error {
	if !o.cfg.Memory.Twin || !t.Holdout.Drawn() || t.Steered || !t.Outcome.Known() {
		return nil
	}
	_, err := o.cfg.Memory.Library.Save(ctx, Batch{Actor: "hold-out", Trajectory: t.ID, Scope: t.Scope, Task: &credit.TaskRecord{Type: t.Type,
		Solved: t.Outcome.Success, Set: t.Holdout, Twin: true, At: t.At}})
	if CodeOf(err) == CodeConflict {
		return nil // it was counted before a restart
	}
	return err
}

// Learned reports whether a rule is part of the learned set of its scope: a
// program or a model made it, and no person pinned it. What people wrote or
// pinned is used whatever becomes of the set.
func (h *Heuristic) Learned() bool { return h.Author.Learner() && !h.Pinned }

func hasLearned(rules *RuleSet) bool { return slices.ContainsFunc(rules.Rules, (*Heuristic).Learned) }

// admit returns the rules that this run may use: all, or where the learned set
// is withheld those that people wrote or pinned.
func (e *episode) admit(rules *RuleSet) *RuleSet {
	if !e.holdout.Withheld {
		return rules
	}
	if e.source == rules {
		return e.admitted
	}
	left := &RuleSet{Scope: rules.Scope, Revision: rules.Revision, Candidates: rules.Candidates}
	for _, h := range rules.Rules {
		if !h.Learned() {
			left.Rules = append(left.Rules, h)
		}
	}
	e.source, e.admitted = rules, left
	return left
}

// rival returns a rule in use that says the opposite of this one for the same
// case, "" without one. What a person pinned has none: it is always in.
func (r *RuleSet) rival(h *Heuristic) string {
	if h.Pinned {
		return ""
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.rivals == nil {
		r.rivals = map[string]string{}
		inUse := make(map[string]bool, len(r.Rules))
		for _, other := range r.Rules {
			inUse[other.ID] = !other.Pinned
		}
		for _, a := range r.Rules {
			for _, b := range a.Conflicts {
				if inUse[a.ID] && inUse[b] && r.rivals[a.ID] == "" && r.rivals[b] == "" {
					r.rivals[a.ID], r.rivals[b] = b, a.ID
				}
			}
		}
	}
	return r.rivals[h.ID]
}
