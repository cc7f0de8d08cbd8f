package roles_test

import (
	"context"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/replay"
	"purposeagent/agent/roles"
	"purposeagent/agent/rulestore"
	"purposeagent/agent/search"
)

// newest ranks all rules alike.
type newest struct{}

func (newest) Name() string { return "newest" }
func (newest) Rank(_ context.Context, _ *agent.Situation, _ string, rules *agent.RuleSet) (list search.List, err error) {
	for _, h := range rules.Rules {
		list.Hits = append(list.Hits, search.Hit{ID: h.ID, Similarity: 1, Score: 1})
	}
	return list, nil
}

// What a run would be given is found by every way in which runs find it.
func TestSimulationAsksRankers(t *testing.T) {
	rule := &agent.Heuristic{ID: "h1", Version: 1, Tier: agent.Strategic, Kind: agent.KindRule, Status: agent.Active, Title: "Wash the dishes", Pattern: "plates are dirty", Strategy: "wash them"}
	probe := roles.Probe{Task: "open the gate", Observation: "a gate", Rankers: []agent.Ranker{newest{}}}
	got, err := roles.Simulate(t.Context(), replay.New(1), rulestore.NewFixed([]*agent.Heuristic{rule}), probe)
	if err != nil || len(got.Rules.Rules) != 1 || got.Rules.Rules[0].Parts == nil || got.Rules.Rules[0].Parts.Ranks["newest"] != 1 {
		t.Errorf("%+v, %v", got.Rules, err)
	}
}
