package agenttest

import (
	"context"
	"slices"
	"sync"

	"purposeagent/agent"
)

// recorder keeps what a scripted role was asked.
type recorder[T any] struct {
	mu    sync.Mutex
	asked []T
}

// add records one question and returns its number, from 1.
func (r *recorder[T]) add(question T) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked = append(r.asked, question)
	return len(r.asked)
}

// Asked returns the questions so far, oldest first.
func (r *recorder[T]) Asked() []T {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.asked)
}

// Calls returns how often the role was asked.
func (r *recorder[T]) Calls() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.asked)
}

// ScriptedDecider is an agent.Decider that takes its actions from a script or
// a function, and records the situations it was in. It is safe for concurrent use.
type ScriptedDecider struct {
	recorder[agent.Situation]
	decide func(ctx context.Context, situation *agent.Situation, call int) (agent.Decision, error)
}

var _ agent.Decider = (*ScriptedDecider)(nil)

// NewScriptedDecider returns a decider that takes the actions in order, and
// says DONE after the last.
func NewScriptedDecider(actions ...agent.Action) *ScriptedDecider {
	return NewDeciderFunc(func(_ context.Context, _ *agent.Situation, call int) (agent.Decision, error) {
		if call > len(actions) {
			return agent.Decision{Action: agent.Action{Name: agent.Done, Thought: "the script is over"}}, nil
		}
		return agent.Decision{Action: actions[call-1]}, nil
	})
}

// NewDeciderFunc returns a decider that decides by the function; call counts from 1.
func NewDeciderFunc(decide func(ctx context.Context, situation *agent.Situation, call int) (agent.Decision, error)) *ScriptedDecider {
	return &ScriptedDecider{decide: decide}
}

// Decide records the situation and returns the next decision.
func (d *ScriptedDecider) Decide(ctx context.Context, situation *agent.Situation) (agent.Decision, error) {
	kept := *situation
	kept.History = slices.Clone(situation.History)
	kept.Memory.Rules = slices.Clone(situation.Memory.Rules)
	kept.Memory.Examples = slices.Clone(situation.Memory.Examples)
	call := d.add(kept)
	return d.decide(ctx, situation, call)
}

// ScriptedCritic is an agent.Critic whose Φ comes from a script or a function,
// and that records what it assessed. It is safe for concurrent use.
type ScriptedCritic struct {
	recorder[agent.Assessment]
	assess func(ctx context.Context, a agent.Assessment, call int) (agent.Score, error)
}

var _ agent.Critic = (*ScriptedCritic)(nil)

// NewScriptedCritic returns a critic that gives the states these Φ in order,
// the initial state first; after the last, Φ stays.
func NewScriptedCritic(phis ...float64) *ScriptedCritic {
	return NewCriticFunc(func(_ context.Context, a agent.Assessment, call int) (agent.Score, error) {
		phi := a.PhiBefore
		if call <= len(phis) {
			phi = phis[call-1]
		}
		return PhiScore(a, phi), nil
	})
}

// NewCriticFunc returns a critic that scores by the function; call counts from 1.
func NewCriticFunc(assess func(ctx context.Context, a agent.Assessment, call int) (agent.Score, error)) *ScriptedCritic {
	return &ScriptedCritic{assess: assess}
}

// PhiScore returns a sure score that moves the assessment's chain to phi.
func PhiScore(a agent.Assessment, phi float64) agent.Score {
	before := a.PhiBefore
	if a.Before == nil { // the initial state opens the chain
		before = phi
	}
	return agent.Score{PhiBefore: before, PhiAfter: phi, Delta: phi - before,
		Reasoning: "as scripted", Confidence: 1, Critic: "script"}
}

// Assess records the assessment and returns the next score.
func (c *ScriptedCritic) Assess(ctx context.Context, a agent.Assessment) (agent.Score, error) {
	return c.assess(ctx, a, c.add(a))
}

// PotentialCritic returns a critic that gives each state the environment's own Φ.
func PotentialCritic(env agent.Potential) *ScriptedCritic {
	return NewCriticFunc(func(_ context.Context, a agent.Assessment, _ int) (agent.Score, error) {
		phi, err := env.Potential(a.After)
		if err != nil {
			return agent.Score{}, err
		}
		s := PhiScore(a, phi)
		s.Critic = agent.CriticPotential
		return s, nil
	})
}

// ScriptedDistiller is an agent.Distiller that proposes from a script or a
// function, and records its lessons. It is safe for concurrent use.
type ScriptedDistiller struct {
	recorder[agent.Lesson]
	distil func(ctx context.Context, lesson agent.Lesson, call int) ([]agent.Proposal, agent.Usage, error)
}

var _ agent.Distiller = (*ScriptedDistiller)(nil)

// NewScriptedDistiller returns a distiller that gives these proposals for its
// lessons in order, and none after the last.
func NewScriptedDistiller(proposals ...[]agent.Proposal) *ScriptedDistiller {
	return NewDistillerFunc(func(_ context.Context, _ agent.Lesson, call int) ([]agent.Proposal, agent.Usage, error) {
		if call > len(proposals) {
			return nil, agent.Usage{}, nil
		}
		return proposals[call-1], agent.Usage{}, nil
	})
}

// NewDistillerFunc returns a distiller that proposes by the function; call counts from 1.
func NewDistillerFunc(distil func(ctx context.Context, lesson agent.Lesson, call int) ([]agent.Proposal, agent.Usage, error)) *ScriptedDistiller {
	return &ScriptedDistiller{distil: distil}
}

// Distil records the lesson and returns the next proposals.
func (d *ScriptedDistiller) Distil(ctx context.Context, lesson agent.Lesson) ([]agent.Proposal, agent.Usage, error) {
	return d.distil(ctx, lesson, d.add(lesson))
}
