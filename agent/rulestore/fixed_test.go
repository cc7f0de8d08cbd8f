package rulestore_test

import (
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
	"purposeagent/agent/rulestore"
)

func TestFixedLibrary(t *testing.T) {
	rule := func(id string, status agent.Status, scope agent.Scope) *agent.Heuristic {
		h := agenttest.TestRule(id)
		h.ID, h.Status, h.Scope = id, status, scope
		return h
	}
	here := agent.Scope{Environment: "counter", Dynamics: "a"}
	l := rulestore.NewFixed([]*agent.Heuristic{rule("h1", agent.Active, here), rule("h2", agent.Candidate, here), rule("h3", agent.Active, agent.Scope{}),
		rule("h4", agent.Active, agent.Scope{Environment: "maze"}), rule("h5", agent.Retired, here)})
	set, err := l.Usable(t.Context(), here)
	if err != nil || len(set.Rules) != 2 || set.Rules[0].ID != "h1" || set.Rules[1].ID != "h3" || len(set.Candidates) != 1 {
		t.Errorf("%+v, %v", set, err)
	}
	if again, _ := l.Usable(t.Context(), here); again != set {
		t.Error("the set is made anew for each step")
	}
	if all, err := l.All(t.Context(), here); err != nil || len(all) != 4 {
		t.Errorf("%d rules, %v", len(all), err)
	}
	if _, err := l.Save(t.Context(), agent.Batch{}); agent.CodeOf(err) != agent.CodeConflict {
		t.Error(err)
	}
}
