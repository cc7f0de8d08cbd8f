package rulestore_test

import (
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
	"purposeagent/agent/rulestore"
)

// shelf is a library of a few rows.
type shelf map[string]*agent.Heuristic

func (s shelf) Rule(id string) *agent.Heuristic            { return s[id] }
func (s shelf) Unwanted(*agent.Heuristic) (bool, error)    { return false, nil }
func (s shelf) OutOfUse(*agent.Heuristic) *agent.Heuristic { return nil }
func (s shelf) NewID() (string, error)                     { return "h3", nil }

// A rule that gave way to another one, and that a person puts on trial again, is not
// retired by each later lesson that counts for its successor; it gives way again where
// the evidence turns once more.
func TestWhatAPersonPutBackStays(t *testing.T) {
	old, successor := agenttest.TestPredicateRule("old", "below"), agenttest.TestPredicateRule("new", "below")
	old.ID, old.Status, old.Author = "h1", agent.Probation, agent.AuthorDistiller
	successor.ID, successor.Status, successor.Author, successor.Supersedes = "h2", agent.Probation, agent.AuthorDistiller, "h1"
	statusOf := func(rows shelf) agent.Status {
		t.Helper()
		counted := successor.Clone()
		counted.Good++
		_, changes, err := rulestore.Apply(agent.Batch{Actor: "rule distiller", Trajectory: "t1", Rules: []*agent.Heuristic{counted}}, rows, nil, time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC))
		if err != nil {
			t.Fatal(err)
		}
		status := old.Status
		for _, c := range changes {
			if c.After.ID == "h1" {
				status = c.After.Status
			}
		}
		return status
	}
	if got := statusOf(shelf{"h1": old, "h2": successor}); got != agent.Probation {
		t.Errorf("what a person put back is %s", got)
	}
	retired := successor.Clone()
	retired.Status = agent.Retired
	if got := statusOf(shelf{"h1": old, "h2": retired}); got != agent.Retired {
		t.Errorf("when the evidence turns once more the old rule is %s", got)
	}
}
