package roles

import (
	"context"
	"fmt"
	"unicode/utf8"

	"purposeagent/agent"
)

// Probe asks what would be retrieved for a task at one moment.
type Probe struct {
	Task        string
	Observation string // what the actor would see; "" for the task alone
	Scope       agent.Scope
	Actions     []agent.ActionSpec // tips about other actions are left out
	// Learning answers as a learning run would be answered: advantages are drawn
	// and a rule in probation may come. Nothing is withheld either way.
	Learning bool
	K        int // trajectories; 3 unless told otherwise
	World    agent.Description
	// Semantics compares by an embedding model; nil by hashed vectors.
	Semantics agent.Ranker
	Rankers   []agent.Ranker // further ways to find rules, as runs have them
	Budget    int            // tokens of the prompt; DefaultPromptTokens unless told otherwise
}

// Simulation is the answer to a Probe.
type Simulation struct {
	Trajectories []agent.Match
	Rules        agent.Retrieval
	Prompt       PromptPlan // of a language model as the actor
}

// The tokens that a prompt may be planned with.
const (
	LeastPromptTokens = 500
	MostPromptTokens  = 1_000_000
)

// Simulate answers what a run on the task would be given, and why. It writes
// nothing. CodeInvalid for a text that no task or state could hold.
func Simulate(ctx context.Context, replay agent.Replay, library agent.Library, p Probe) (Simulation, error) {
	task := agent.Task{Purpose: p.Task}.WithDefaults()
	if err := task.Check(); err != nil {
		return Simulation{}, err
	}
	if len(p.Observation) > agent.MaxDescriptionBytes || !utf8.ValidString(p.Observation) {
		return Simulation{}, agent.InvalidFields(map[string]string{"observation": "must be valid text of at most 32,000 bytes"})
	}
	if p.K < 1 {
		p.K = 3
	}
	if p.Budget == 0 {
		p.Budget = DefaultPromptTokens
	}
	if p.Budget < LeastPromptTokens || p.Budget > MostPromptTokens {
		return Simulation{}, agent.InvalidFields(map[string]string{"budget": fmt.Sprintf("must be %d to %d tokens, got %d", LeastPromptTokens, MostPromptTokens, p.Budget)})
	}
	found, err := replay.Retrieve(ctx, p.Scope, task, p.K)
	if err != nil {
		return Simulation{}, err
	}
	rules, err := library.Usable(ctx, p.Scope)
	if err != nil {
		return Simulation{}, err
	}
	s := &agent.Situation{Task: task, Scope: p.Scope, World: p.World, Actions: p.Actions, State: agent.State{Summary: p.Observation}, Index: 1, Explore: p.Learning, Semantics: p.Semantics, Rankers: p.Rankers}
	recalled, record := agent.Retrieve(ctx, "", s, rules)
	s.Memory.Rules = recalled
	s.Memory.Examples = found[:min(len(found), agent.MaxExamples)]
	return Simulation{Trajectories: found, Rules: record, Prompt: PlanPrompt(s, p.Budget)}, nil
}
