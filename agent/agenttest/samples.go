package agenttest

import (
	"fmt"
	"time"

	"purposeagent/agent"
)

// TestScope is the scope of TestTrajectory and TestRule.
var TestScope = agent.Scope{Environment: "counter", Dynamics: "v1", Schema: "abc123"}

// TestTrajectory returns a small finished episode with two steps, the n-th of
// a test by its time.
func TestTrajectory(n int, purpose string, success bool) *agent.Trajectory {
	id := fmt.Sprintf("t%04d", n)
	first := agent.State{Data: agent.MustObject(map[string]any{"value": 0}), Summary: "The number is 0.", Hidden: agent.MustObject(map[string]int{"n": n})}
	second := agent.State{Data: agent.MustObject(map[string]any{"value": 1}), Summary: "The number is 1."}
	third := agent.State{Data: agent.MustObject(map[string]any{"value": 2}), Summary: "The number is 2."}
	end := 4.0
	if success {
		end = 9.0
	}
	expected := 2.5
	step := func(index int, before, after agent.State, from, to float64) agent.Step {
		return agent.Step{Index: index, Before: before, After: after,
			Action: agent.Action{Name: "add", Params: agent.MustObject(map[string]int{"by": 1}), Thought: "nearer", ExpectedDelta: &expected},
			Score: agent.Score{PhiBefore: from, PhiAfter: to, Delta: to - from, Confidence: .9, Critic: "test",
				Evidence: []agent.Evidence{{Pointer: "/value", Verified: true}}},
			At: testTime(n)}
	}
	return &agent.Trajectory{ID: id, Run: "run-" + id, Scope: TestScope,
		Task:    agent.Task{Purpose: purpose, Seed: int64(n)}.WithDefaults(),
		Initial: first,
		Steps:   []agent.Step{step(1, first, second, 1, 3), step(2, second, third, 3, end)},
		Outcome: agent.Outcome{Success: success, Source: agent.SourceEnvironment, Score: end / 10}, At: testTime(n)}
}

// TestRule returns a valid rule in words that a distiller could have learned.
func TestRule(title string) *agent.Heuristic {
	return &agent.Heuristic{Tier: agent.Procedural, Kind: agent.KindRule, Title: title,
		Pattern: "the number is below the target: " + title, Strategy: "add what is missing: " + title, Avoid: "subtracting",
		Because: "the number grew", Steps: []string{"look at the number", "add {difference}"}, Scope: TestScope,
		Evidence: []agent.EvidenceRef{{Run: "run-t0001", Step: 1, Delta: 2, Good: true}}, Good: 1,
		Author: agent.AuthorDistiller, Status: agent.Active, QValue: agent.InitialValue}
}

// TestPredicateRule returns a valid rule with a machine-readable pattern.
func TestPredicateRule(title, feature string) *agent.Heuristic {
	h := TestRule(title)
	h.Predicate = &agent.Predicate{Action: "add", Params: map[string]string{"by": "1"},
		When: []agent.Condition{{Feature: feature, Holds: true}, {Feature: "seen", Holds: false}}, Prior: .4}
	return h
}

// TestVerdict returns the n-th finished episode of a test whose critic ended at phi.
func TestVerdict(n int, critic string, phi float64, success bool) *agent.Trajectory {
	t := TestTrajectory(n, "reach two", success)
	for i := range t.Steps {
		t.Steps[i].Score.Critic = critic
	}
	last := &t.Steps[len(t.Steps)-1].Score
	last.PhiAfter, last.Delta = phi, phi-last.PhiBefore
	return t
}

// testTime is the moment of the n-th thing made by a test.
func testTime(n int) time.Time {
	return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).Add(time.Duration(n) * time.Minute)
}
