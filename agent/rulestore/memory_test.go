package rulestore_test

import (
	"fmt"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
	"purposeagent/agent/rulestore"
)

func TestMemoryLibraryKeepsVersions(t *testing.T) {
	l := rulestore.NewMemory(nil)
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
