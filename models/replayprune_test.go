package models

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/replay"
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
	sum := func(bins [replay.ValueBins]int) (n int) {
		for _, b := range bins {
			n += b
		}
		return n
	}
	if sum(got.Before) != 6 || sum(got.After) != 4 || got.Before[7]-got.After[7] != 1 {
		t.Errorf("values %v, then %v", got.Before, got.After)
	}
	want := []replay.EvidenceLoss{{ID: "h000002", Title: "rule 1", Lost: 2, Of: 3}, {ID: "h000003", Title: "rule 2", Lost: 2, Of: 3}}
	if !reflect.DeepEqual(got.Rules, want) {
		t.Errorf("rules %+v, want %+v", got.Rules, want)
	}
	done, err := r.Prune(t.Context(), "ada", []string{"t000001", "t000002", "t000003"})
	n := done.Trajectories
	if after, errAfter := r.PreviewPrune(t.Context(), nil); err != nil || errAfter != nil || n != got.Going || after.Before != got.After {
		t.Errorf("pruned %d, %v, left %v, %v; the preview said %d and %v", n, err, after.Before, errAfter, got.Going, got.After)
	}
	if _, err := r.PreviewPrune(t.Context(), make([]string, catalog.MaxPrune+1)); agent.CodeOf(err) != agent.CodeInvalid {
		t.Errorf("too many: %v", err)
	}
	ids, err := r.Matching(t.Context(), catalog.TrajectoryQuery{Text: "red", Terms: []catalog.TrajectoryTerm{catalog.Is(catalog.TrajectorySolved, "yes")}, Limit: 1})
	if err != nil || strings.Join(ids, " ") != "t000000" {
		t.Errorf("matching %v, %v", ids, err)
	}
}

// What was pruned comes back as it was, at its place, once, and for a week.
func TestUndoPrune(t *testing.T) {
	db := open(t, "")
	now := start
	db.now = func() time.Time { return now }
	r := db.Replay(10)
	for n := range 6 {
		if err := r.Add(t.Context(), benchTrajectory(n, 3)); err != nil {
			t.Fatal(err)
		}
	}
	list := func() string {
		t.Helper()
		page, err := r.List(t.Context(), catalog.TrajectoryQuery{})
		if err != nil {
			t.Fatal(err)
		}
		var text strings.Builder
		for _, s := range page.Items {
			fmt.Fprintf(&text, "%s %.2f %v; ", s.ID, s.QValue, s.Spark)
		}
		return text.String()
	}
	page, err := r.List(t.Context(), catalog.TrajectoryQuery{})
	if err != nil {
		t.Fatal(err)
	}
	ids := []string{page.Items[0].ID, page.Items[3].ID}
	if err := r.UpdateValue(t.Context(), ids, 1); err != nil {
		t.Fatal(err)
	}
	before := list()
	want, err := r.Get(t.Context(), ids[1])
	if err != nil {
		t.Fatal(err)
	}
	done, err := r.Prune(t.Context(), "Ann", ids)
	if err != nil || done.Trajectories != 2 || list() == before {
		t.Fatalf("%+v, %v", done, err)
	}
	if n, err := r.UndoPrune(t.Context(), "Ann", done.ID); n != 2 || err != nil || list() != before {
		t.Errorf("%d came back, %v:\n%s\nwant\n%s", n, err, list(), before)
	}
	got, err := r.Get(t.Context(), ids[1])
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
	if stats, err := r.Stats(t.Context()); err != nil || stats.Count != 6 {
		t.Errorf("%+v, %v", stats, err)
	}
	if _, err := r.UndoPrune(t.Context(), "Ann", done.ID); agent.CodeOf(err) != agent.CodeConflict {
		t.Errorf("twice: %v", err)
	}
	if _, err := r.UndoPrune(t.Context(), "Ann", 99); agent.CodeOf(err) != agent.CodeNotFound {
		t.Errorf("one that never was: %v", err)
	}

	// The place of the newest is taken meanwhile.
	done, err = r.Prune(t.Context(), "Ann", ids[:1])
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Add(t.Context(), benchTrajectory(20, 3)); err != nil {
		t.Fatal(err)
	}
	if n, err := r.UndoPrune(t.Context(), "Ann", done.ID); n != 1 || err != nil {
		t.Error(n, err)
	}
	if stats, err := r.Stats(t.Context()); err != nil || stats.Count != 7 {
		t.Errorf("%+v, %v", stats, err)
	}

	old, err := r.Prune(t.Context(), "Ann", ids[:1])
	if err != nil {
		t.Fatal(err)
	}
	now = now.Add(catalog.PruneBinTime + time.Minute)
	if _, err := r.Prune(t.Context(), "Ann", ids[1:]); err != nil {
		t.Fatal(err)
	}
	if _, err := r.UndoPrune(t.Context(), "Ann", old.ID); agent.CodeOf(err) != agent.CodeConflict {
		t.Errorf("after a week: %v", err)
	}
	if none, err := r.Prune(t.Context(), "Ann", []string{"t_none"}); err != nil || none.ID != 0 {
		t.Errorf("nothing pruned: %+v, %v", none, err)
	}
}

// The line of a trajectory begins where the task began, as that of a run does:
// its change is what the page says that it is.
func TestTrajectoryLineBeginsAtTheStart(t *testing.T) {
	db := open(t, "")
	trajectory := &agent.Trajectory{ID: "t_1", Run: "r_1", Task: agent.Task{Purpose: "go"}.WithDefaults(), Steps: []agent.Step{
		{Index: 1, Score: agent.Score{PhiBefore: 1, PhiAfter: 1.5, Delta: .5}}, {Index: 2, Score: agent.Score{PhiBefore: 1.5, PhiAfter: 3, Delta: 1.5}}}}
	if err := db.Replay(100).Add(t.Context(), trajectory); err != nil {
		t.Fatal(err)
	}
	s, err := db.Replay(100).Summary(t.Context(), "t_1")
	if err != nil {
		t.Fatal(err)
	}
	if line := s.Spark.Points; !reflect.DeepEqual(line, []float64{1, 1.5, 3}) || line[len(line)-1]-line[0] != s.TotalDelta {
		t.Errorf("the line is %v, with a change of %v", line, s.TotalDelta)
	}
}
