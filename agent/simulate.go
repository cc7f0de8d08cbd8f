package agent

import (
	"context"
	"unicode/utf8"
)

// Probe asks what would be retrieved for a task at one moment.
type Probe struct {
	Task        string
	Observation string // what the actor would see; "" for the task alone
	Scope       Scope
	Actions     []ActionSpec // tips about other actions are left out
	// Learning answers as a learning run would be answered: advantages are drawn
	// and a rule in probation may come. Nothing is withheld either way.
	Learning bool
	K        int // trajectories; 3 unless told otherwise
}

// Simulation is the answer to a Probe.
type Simulation struct {
	Trajectories []Match
	Rules        Retrieval
}

// Simulate answers what a run on the task would be given, and why. It writes
// nothing. CodeInvalid for a text that no task or state could hold.
func Simulate(ctx context.Context, replay Replay, library Library, p Probe) (Simulation, error) {
	task := Task{Purpose: p.Task}.WithDefaults()
	if err := task.Check(); err != nil {
		return Simulation{}, err
	}
	if len(p.Observation) > MaxDescriptionBytes || !utf8.ValidString(p.Observation) {
		return Simulation{}, InvalidFields(map[string]string{"observation": "must be valid text of at most 32,000 bytes"})
	}
	if p.K < 1 {
		p.K = 3
	}
	found, err := replay.Retrieve(ctx, p.Scope, task, p.K)
	if err != nil {
		return Simulation{}, err
	}
	rules, err := library.Usable(ctx, p.Scope)
	if err != nil {
		return Simulation{}, err
	}
	s := &Situation{Task: task, Scope: p.Scope, Actions: p.Actions, State: State{Summary: p.Observation}, Index: 1, Explore: p.Learning}
	_, record := Retrieve(ctx, "", s, rules)
	return Simulation{Trajectories: found, Rules: record}, nil
}
