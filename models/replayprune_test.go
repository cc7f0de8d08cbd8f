package models

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"purposeagent/agent"
)

func TestPreviewPrune(t *testing.T) {
	db := open(t, "")
	r := db.Replay(100)
	var rules []*agent.Heuristic
	for i := range 6 {
		trajectory := benchTrajectory(i, 2)
		trajectory.Task = agent.Task{Purpose: []string{"bring the red cup", "bring the blue cup"}[i%2]}.WithDefaults()
		trajectory.Outcome = agent.Outcome{Success: i < 3, Source: agent.SourceEnvironment, Score: float64(i%3) / 2}
		if err := r.Add(t.Context(), trajectory); err != nil {
			t.Fatal(err)
		}
		rules = append(rules, &agent.Heuristic{Tier: agent.Strategic, Title: fmt.Sprint("rule ", i), Pattern: fmt.Sprint("case ", i), Strategy: "go on", Author: agent.AuthorDistiller,
			Evidence: []agent.EvidenceRef{{Run: trajectory.Run, Step: 1, Good: true}, {Run: "r_other", Step: i}, {Run: trajectory.Run, Step: 2}}})
	}
	if _, err := db.Library().Save(t.Context(), agent.Batch{Rules: rules}); err != nil {
		t.Fatal(err)
	}
	if err := r.Pin(t.Context(), "ada", "t000003", true); err != nil {
		t.Fatal(err)
	}
	// Of the red cups 0 and 2 are successes, 2 the better; of the blue ones 1 alone.
	got, err := r.PreviewPrune(t.Context(), []string{"t000001", "t000002", "t000003", "t000002", "t_gone"})
	if err != nil {
		t.Fatal(err)
	}
	if got.Going != 2 || got.Successes != 2 || got.Pinned != 1 || got.Best != 2 || got.Last != 1 {
		t.Errorf("preview %+v", got)
	}
	sum := func(bins [agent.ValueBins]int) (n int) {
		for _, b := range bins {
			n += b
		}
		return n
	}
	if sum(got.Before) != 6 || sum(got.After) != 4 || got.Before[7]-got.After[7] != 1 {
		t.Errorf("values %v, then %v", got.Before, got.After)
	}
	want := []agent.EvidenceLoss{{ID: "h000002", Title: "rule 1", Lost: 2, Of: 3}, {ID: "h000003", Title: "rule 2", Lost: 2, Of: 3}}
	if !reflect.DeepEqual(got.Rules, want) {
		t.Errorf("rules %+v, want %+v", got.Rules, want)
	}
	n, err := r.Prune(t.Context(), "ada", []string{"t000001", "t000002", "t000003"})
	if after, errAfter := r.PreviewPrune(t.Context(), nil); err != nil || errAfter != nil || n != got.Going || after.Before != got.After {
		t.Errorf("pruned %d, %v, left %v, %v; the preview said %d and %v", n, err, after.Before, errAfter, got.Going, got.After)
	}
	if _, err := r.PreviewPrune(t.Context(), make([]string, agent.MaxPrune+1)); agent.CodeOf(err) != agent.CodeInvalid {
		t.Errorf("too many: %v", err)
	}
	ids, err := r.Matching(t.Context(), agent.TrajectoryQuery{Text: "red", Terms: []agent.TrajectoryTerm{agent.Is(agent.TrajectorySolved, "yes")}, Limit: 1})
	if err != nil || strings.Join(ids, " ") != "t000000" {
		t.Errorf("matching %v, %v", ids, err)
	}
}
