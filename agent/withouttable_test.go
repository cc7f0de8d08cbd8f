package agent_test

import (
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/credit"
)

func TestWithoutTable(t *testing.T) {
	table := &agent.StateTable{Format: 1, Actions: []agent.Action{agent.NewAction("go")}, Summary: credit.StateSummary{Known: 3}, Data: []byte("all of it")}
	h := agent.Heuristic{ID: "h1", Predicate: &agent.Predicate{States: table}}
	listed := h.WithoutTable()
	if s := listed.States(); s == nil || s.Summary.Known != 3 || len(s.Data) != 0 || len(s.Actions) != 0 {
		t.Errorf("listed with %+v", s)
	}
	if h.States() != table || len(table.Data) == 0 {
		t.Error("the rule itself was changed")
	}
	plain := agent.Heuristic{ID: "h2"}
	if got := plain.WithoutTable(); got.Predicate != nil {
		t.Errorf("a rule without a table got %+v", got.Predicate)
	}
}
