package learning_test

import (
	"fmt"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
	"purposeagent/agent/learning"
)

func TestMergeHeuristicsKeepsTheBetterProvenWords(t *testing.T) {
	weak, strong := agenttest.TestRule("weak"), agenttest.TestRule("strong")
	weak.ID, weak.Good, weak.Bad = "h1", 1, 3
	strong.Good, strong.Evidence = 30, []agent.EvidenceRef{{Run: "r2", Step: 1, Good: true}, {Run: "r3", Step: 2}}
	got := learning.MergeHeuristics(weak, strong)
	if got.Title != "strong" || got.ID != "h1" || got.Good != 2 || got.Bad != 4 || len(got.Evidence) != 3 {
		t.Errorf("merged = %+v", got)
	}
	weak.Pinned = true
	if got := learning.MergeHeuristics(weak, strong); got.Title != "weak" || got.Good != 2 {
		t.Errorf("merged into a pinned rule = %+v, want its words and the new counts", got)
	}
}

func TestMemoryLibraryKeepsVersions(t *testing.T) {
	l := learning.NewMemoryLibrary(fixedNow)
	saved, err := l.Save(t.Context(), agent.Batch{Actor: "rule distiller", Trajectory: "t1", Rules: []*agent.Heuristic{agenttest.TestRule("first")}})
	if err != nil {
		t.Fatal(err)
	}
	edited := saved[0].Clone()
	edited.Title = "second"
	if _, err := l.Save(t.Context(), agent.Batch{Actor: "ada", Rules: []*agent.Heuristic{edited}}); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Pin(t.Context(), "bob", []string{saved[0].ID}, true); err != nil {
		t.Fatal(err)
	}
	versions, err := l.Versions(t.Context(), saved[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, v := range versions {
		got = append(got, fmt.Sprintf("%d %s %s by %s", v.Version, v.Heuristic.Title, v.Reason, v.Actor))
	}
	want := "[1 first added by rule distiller 2 second edited by ada 2 second pinned by bob]"
	if fmt.Sprint(got) != want {
		t.Errorf("versions = %v, want %v", got, want)
	}
	report, err := l.HeuristicReport(t.Context())
	if err != nil || report.Total != 1 || report.Pinned != 1 || len(report.Strongest) != 1 {
		t.Errorf("report = %+v, %v", report, err)
	}
}
