package pagetest

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"purposeagent/agent"
)

// Noon is the time at which everything happens in tests.
var Noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// SampleRun is a run of a maze, queued.
func SampleRun(id string, maxSteps int) agent.Run {
	spec := agent.RunSpec{Environment: agent.EnvironmentRef{Name: "maze"}, Purpose: "Find the treasure and carry it to the gate", MaxSteps: maxSteps}
	return agent.Run{ID: id, Spec: spec.WithDefaults(), Seed: 4117, Status: agent.RunIsQueued, CreatedAt: Noon.Add(-3 * time.Minute)}
}

// SampleStart is the event that opens a sample run.
func SampleStart() agent.RunStarted {
	return agent.RunStarted{Scope: agent.Scope{Environment: "workshop", Dynamics: "w1", Schema: "4be1a2"}, State: sampleState(0), Score: agent.Score{PhiAfter: 1, Delta: 1, Critic: "environment potential", Confidence: 1}, Memory: true, Rules: 3}
}

func sampleState(n int) agent.State {
	room := "r" + strconv.Itoa(n)
	items := []string{"brass key", "silver key", "lamp"}[:min(n/3, 3)]
	return agent.State{Data: agent.MustObject(map[string]any{"agent": map[string]any{"room": room, "carrying": items}, "rooms": map[string]any{room: map[string]any{"visited": true}}, "steps": n}),
		Summary: fmt.Sprintf("You are in the lower gallery (%s). A sunken door is to the south.\nExits: west, east. You carry: %s.", room, strings.Join(items, ", "))}
}

// SampleStep is step n of a sample run: Φ rises, with a set-back each seventh step.
func SampleStep(n int, phi float64) agent.Step {
	delta := []float64{0.2, 0.4, 0, 0.8, 0.1, 0.3, -0.6}[n%7]
	delta = min(delta, 10-phi)
	predicted := 0.3
	step := agent.Step{Index: n, Before: sampleState(n - 1), After: sampleState(n),
		Action: agent.NewAction([]string{"move", "take", "look", "unlock"}[n%4], "what", []string{"east", "brass key", "", "door D5"}[n%4]),
		Score: agent.Score{PhiBefore: phi, PhiAfter: phi + delta, Delta: delta, Critic: "environment potential", Confidence: 0.82,
			Reasoning: "The agent came closer to the gate: one room less to go.", Evidence: []agent.Evidence{{Pointer: "/agent/room", Verified: true, Note: "r1 → r2"}, {Quote: "A sunken door is to the north", Note: "not in the new state"}}},
		Timing: agent.Timing{Decide: 812 * time.Millisecond, Execute: 3 * time.Microsecond, Score: 640 * time.Millisecond}, At: Noon}
	step.Action.Thought = "The tablet says “silver turns the sunken door”. I hold the silver key, so I go back east before looking further."
	step.Action.ExpectedDelta = &predicted
	switch n % 7 {
	case 2:
		step.Memory = []agent.RuleUse{{ID: "R-118", Version: 3, Tier: agent.Strategic, Title: "A dead end after a key: return to the last fork", Use: agent.UseCited, Score: 2.09, Why: "the corridor ended"}, {ID: "R-042", Version: 1, Tier: agent.Tool, Title: "Silver keys open doors below ground", Use: agent.UseShown, Score: 1.67}}
	case 4:
		step.Memory = []agent.RuleUse{{ID: "R-207", Version: 1, Tier: agent.Procedural, Title: "Prefer unvisited rooms over known ones", Use: agent.UseWithheld, Score: 1.47}}
	case 6:
		step.Score.Flags = []agent.Flag{agent.FlagDrift, agent.FlagCached}
	}
	if n%11 == 0 {
		step.Error = "the door is locked"
		step.After = step.Before.WithError(step.Error)
	}
	return step
}

// Take emits n more steps of a run, as many as fit at once.
func (l *RunLog) Take(run string, n int) {
	l.t.Helper()
	now := l.Of(run)
	phi, taken := now.Phi, make([]agent.EventData, n)
	for i := range taken {
		step := SampleStep(now.Steps+i+1, phi)
		phi, taken[i] = step.Score.PhiAfter, agent.StepTaken{Step: step}
	}
	l.Emit(run, Noon, taken...)
}

// sampleResult is what a run came to.
func sampleResult(run agent.Run, success bool) agent.TaskResult {
	outcome := agent.Outcome{Success: success, Source: agent.SourceEnvironment, Score: run.Phi / 10}
	return agent.TaskResult{Run: run.ID, Success: success, Outcome: outcome, StopReason: "the environment reached its end", TotalSteps: run.Steps,
		CumulativeReward: run.Phi, FinalPhi: run.Phi, TotalDelta: run.Phi - 1, SuccessRate: 0.6}
}

// Finish ends a run, with something learned, and keeps its trajectory.
func (l *RunLog) Finish(id string, success bool) {
	l.t.Helper()
	run := l.Of(id)
	result := sampleResult(run, success)
	trajectory := &agent.Trajectory{ID: "t_" + id, Run: id, Scope: SampleStart().Scope, Task: run.Spec.Task(run.Seed), Initial: SampleStart().State, Steps: l.StepsOf(id), Outcome: result.Outcome, At: Noon}
	if err := l.Store.Replay(0).Add(context.Background(), trajectory); err != nil {
		l.t.Error(err)
	}
	l.Emit(id, Noon.Add(2*time.Minute), agent.Learned{Trajectory: trajectory.ID, Changes: []agent.RuleChange{{ID: "R-231", Title: "Carry the treasure by the way you came", Op: "added", Reason: "3 good steps, 0 bad"}, {ID: "R-118", Title: "A dead end after a key: return to the last fork", Op: "updated"}},
		Rejected: []agent.Rejection{{Title: "Always move east", Reason: "says nothing that the baseline does not do"}}},
		agent.RunFinished{Result: result})
}

// Moves are actions with a parameter of every kind.
func Moves() []agent.ActionSpec {
	return []agent.ActionSpec{
		{Name: "wait"},
		{Name: "push", Description: "Pushes a thing", Params: []agent.ParamSpec{
			{Name: "thing", Type: "string"}, {Name: "to", Type: "string", Enum: []string{"north", "south"}}, {Name: "times", Type: "integer"},
			{Name: "force", Type: "number", Optional: true}, {Name: "gently", Type: "boolean"}, {Name: "note", Type: "string", Optional: true}}},
	}
}

// Remembered is a step whose memory has a rule in each part.
func Remembered() agent.Step {
	drawn := .21
	parts := func(words, vector int, z, advantage, repeats float64) *agent.ScoreParts {
		return &agent.ScoreParts{Words: words, Vector: vector, Likeness: .4, RRF: .03, Z: z, Advantage: advantage, Draw: &drawn, Bonus: .12, Redundancy: repeats}
	}
	step := SampleStep(1, 1)
	step.Memory = []agent.RuleUse{
		{ID: "h000004", Version: 1, Tier: agent.Procedural, Title: "Look twice at a dead end", Use: agent.UseEligible, Status: agent.Active, Score: -.2,
			Why: "the three places of its tier went to rules with a score of 0.41 and more", Parts: parts(0, 9, -.4, -.01, .3)},
		{ID: "h000002", Version: 2, Tier: agent.Strategic, Title: "Take a key before its door", Use: agent.UseWithheld, Status: agent.Probation, Score: 1.1, Propensity: .5,
			Why: "held out of this task at random, with probability 0.50, to see what happens without it", Parts: parts(2, 1, .8, .1, 0)},
		{ID: "h000001", Version: 1, Tier: agent.Strategic, Title: "Go back to the last fork", Use: agent.UseCited, Status: agent.Active, Score: 1.6, Propensity: .95,
			Why: "it is similar to this step", Parts: parts(1, 2, 1.2, .15, 0)},
		{ID: "h000003", Version: 1, Tier: agent.Strategic, Title: "Count the rooms", Use: agent.UseShadow, Status: agent.Candidate, Score: .7,
			Why: "a candidate: it would have been shown, and is watched only", Parts: parts(3, 3, .3, 0, .1)},
	}
	step.Retrieval = &agent.Retrieval{Query: "find the treasure You are in the lower gallery", Explored: true, Considered: 40, Found: 9, Floor: .05, VectorFloor: .15, More: 5}
	return step
}

// CitedRule is what actors think of by its id.
var CitedRule = agent.RuleUse{ID: "h000002", Version: 1, Title: "Silver keys open doors below ground", Use: agent.UseCited}

// SampleLog holds runs in every state that pages treat apart.
func SampleLog(t testing.TB) *RunLog {
	t.Helper()
	return sampleRuns.Open(t).Log(t)
}

var sampleRuns = NewSet(func(t testing.TB, s *Store) { s.Log(t).AddSamples() })

// AddSamples adds runs in every state that pages treat apart.
func (l *RunLog) AddSamples() {
	l.t.Helper()
	add := func(id string, steps int, group string) {
		run := SampleRun(id, 60)
		run.Group, run.Label = group, strings.TrimPrefix(group, "g_")
		l.Add(run)
		l.Emit(id, Noon, SampleStart())
		l.Take(id, steps)
	}
	l.Add(SampleRun("r_queued", 20))
	add("r_solved", 12, "")
	l.Finish("r_solved", true)
	add("r_unsolved", 3, "g_demo")
	l.Finish("r_unsolved", false)
	add("r_failed", 2, "")
	l.Emit("r_failed", Noon, agent.RunFailed{Code: agent.CodeUnavailable, Message: "the model server closed the connection", Result: sampleResult(l.Of("r_failed"), false)})
	add("r_waiting", 2, "")
	l.Emit("r_waiting", Noon, agent.RunWaiting{Reason: "the model server can't be reached", RetryAt: Noon.Add(5 * time.Minute)})
	add("r_paused", 2, "")
	l.Emit("r_paused", Noon, agent.RunPaused{By: "a person"})
	add("r_running", 7, "")
}

// Numbers counts from one number to another.
func Numbers(from, to int) []int {
	var out []int
	for n := from; n <= to; n++ {
		out = append(out, n)
	}
	return out
}

// LiveLog holds one running run, r_1, with some steps.
func LiveLog(t testing.TB, steps int) *RunLog {
	t.Helper()
	log := NewRunLog(t)
	log.Start(SampleRun("r_1", 60), steps)
	return log
}

// Start adds a run that has begun, with some steps.
func (l *RunLog) Start(run agent.Run, steps int) {
	l.t.Helper()
	l.Add(run)
	l.Emit(run.ID, Noon, SampleStart())
	l.Take(run.ID, steps)
}
