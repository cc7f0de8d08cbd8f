package agent_test

import (
	"context"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/search"
)

// newest is a ranker that finds rules whatever they say.
type newest struct {
	name string
	hits []search.Hit
	err  error
}

func (n newest) Name() string { return n.name }
func (n newest) Rank(context.Context, *agent.Situation, string, *agent.RuleSet) (search.List, error) {
	return search.List{Hits: n.hits, Floor: .5}, n.err
}

func TestRankersJoinTheirLists(t *testing.T) {
	s := atDoor(true)
	s.Rankers = []agent.Ranker{
		newest{name: "age", hits: []search.Hit{
			{ID: "gone", Similarity: 1, Score: 3}, // in no set any more
			{ID: "wings", Similarity: 1, Score: 3},
			{ID: "bread", Similarity: .9, Score: 1},
			{ID: "door", Similarity: .8, Score: 2},
			{ID: "low", Similarity: .1, Score: 5},
		}},
		newest{name: "down", err: agent.Errorf(agent.CodeUnavailable, "nobody answers")},
	}
	cannot := known("wings", agent.Tool, agent.Active, aboutBread, 5, .2)
	cannot.Action = "fly"
	_, record := retrieve(t, "", s, known("door", agent.Strategic, agent.Active, aboutDoor, 5, .2),
		known("bread", agent.Procedural, agent.Active, aboutBread, 5, .2), known("low", agent.Strategic, agent.Active, aboutBread, 5, .2), cannot)
	door, bread := useOf(record, "door").Parts, useOf(record, "bread").Parts
	if door.Words != 1 || door.Ranks["age"] != 2 || door.RRF != search.ReciprocalRank(1)+search.ReciprocalRank(door.Vector)+search.ReciprocalRank(2) {
		t.Errorf("the rule that all lists have is scored by %+v", door)
	}
	if bread == nil || bread.Words != 0 || bread.Vector != 0 || bread.Ranks["age"] != 3 || bread.RRF != search.ReciprocalRank(3) {
		t.Errorf("the rule that only the ranker has is scored by %+v", bread)
	}
	if low := useOf(record, "low"); low.ID != "" && low.Parts != nil && len(low.Parts.Ranks) > 0 {
		t.Errorf("below the ranker's floor there is %+v", low.Parts)
	}
	if found := useOf(record, "wings"); found.Use == agent.UseShown || found.Parts != nil {
		t.Errorf("a tip about what can't be done is %+v", found)
	}
	if record.Found != 2 || record.Problems["down"] != "nobody answers" {
		t.Errorf("%d found, problems %v", record.Found, record.Problems)
	}
}
