package duplicates_test

import (
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
	"purposeagent/agent/duplicates"
)

func TestMergeHeuristicsKeepsTheBetterProvenWords(t *testing.T) {
	weak, strong := agenttest.TestRule("weak"), agenttest.TestRule("strong")
	weak.ID, weak.Good, weak.Bad = "h1", 1, 3
	strong.Good, strong.Evidence = 30, []agent.EvidenceRef{{Run: "r2", Step: 1, Good: true}, {Run: "r3", Step: 2}}
	got := duplicates.Merge(weak, strong)
	if got.Title != "strong" || got.ID != "h1" || got.Good != 2 || got.Bad != 4 || len(got.Evidence) != 3 {
		t.Errorf("merged = %+v", got)
	}
	weak.Pinned = true
	if got := duplicates.Merge(weak, strong); got.Title != "weak" || got.Good != 2 {
		t.Errorf("merged into a pinned rule = %+v, want its words and the new counts", got)
	}
}
