package agenttest

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"purposeagent/agent"
)

// check is one promise of a port. It returns what was broken, so that the
// suites can be tested against implementations that break it.
type check[T any] struct {
	name string
	run  func(t T) error
}

// runChecks runs each check on a fresh subject of its own.
func runChecks[T any](t *testing.T, fresh func(t *testing.T) T, checks []check[T]) {
	t.Helper()
	for _, c := range checks {
		t.Run(c.name, func(t *testing.T) {
			if err := c.run(fresh(t)); err != nil {
				t.Error(err)
			}
		})
	}
}

// mismatch is an error if got is not want.
func mismatch[T any](what string, got, want T) error {
	if !reflect.DeepEqual(got, want) {
		return fmt.Errorf("%s = %+v, want %+v", what, got, want)
	}
	return nil
}

// wantCode is an error unless err has the code.
func wantCode(what string, err error, code agent.Code) error {
	if err == nil {
		return fmt.Errorf("%s: no error, want code %s", what, code)
	}
	if got := agent.CodeOf(err); got != code {
		return fmt.Errorf("%s: code %s, want %s: %w", what, got, code, err)
	}
	return nil
}

// first returns the first error.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// TestScope is the scope of TestTrajectory and TestRule.
var TestScope = agent.Scope{Environment: "counter", Dynamics: "v1", Schema: "abc123"}

// testTime is the moment of the n-th thing made by a test.
func testTime(n int) time.Time {
	return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).Add(time.Duration(n) * time.Minute)
}

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

func titles(rules []*agent.Heuristic) string {
	list := make([]string, 0, len(rules))
	for _, h := range rules {
		list = append(list, h.Title)
	}
	slices.Sort(list)
	return strings.Join(list, ",")
}
