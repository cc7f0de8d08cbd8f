package models

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
	"purposeagent/agent/catalog"
)

// The runs of a launch are one entry, on whatever page they fall, and what a query
// finds of them is what the entry sums up.
func TestEntries(t *testing.T) {
	db := open(t, "")
	epochs := map[string]int64{}
	launch := func(second, n int, group string, change func(i int, r *agent.Run)) {
		for i := range n {
			id := fmt.Sprintf("r_%02d%s_%03d", second, group, i)
			epochs[id] = newRun(t, db, id, func(r *agent.Run) {
				r.CreatedAt, r.Group = start.Add(time.Duration(second)*time.Second), group
				if change != nil {
					change(i, r)
				}
			})
		}
	}
	launch(0, 1, "", nil)
	launch(1, 30, "g_a", func(i int, r *agent.Run) {
		if i%2 == 1 {
			r.Spec.Memory = "off"
		}
		r.Spec.Purpose = fmt.Sprintf("order %d", i%3)
	})
	launch(2, 1, "", nil)
	launch(2, 7, "g_b", func(i int, r *agent.Run) { // at the same moment as a run by itself
		if i == 3 {
			r.Spec.Environment.Name = "maze"
		}
	})
	launch(3, 2, "g_c", nil)
	launch(4, 1, "", func(_ int, r *agent.Run) { r.Spec.Environment.Name = "maze" })
	for i, id := range []string{"r_03g_c_000", "r_03g_c_001"} {
		events := play(t, id, agenttest.Add(5), agenttest.Add(5), agenttest.Add(1), agenttest.Add(1))
		if i == 1 {
			events = events[:2]
		}
		if err := db.Runs().Append(t.Context(), id, epochs[id], events...); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Runs().Append(t.Context(), "r_02g_b_001", epochs["r_02g_b_001"], agent.Event{Seq: 2, Run: "r_02g_b_001", At: start, Data: agent.RunFailed{Message: "no answer"}}); err != nil {
		t.Fatal(err)
	}
	type row struct {
		head       string
		found, all int
	}
	all := []row{{"r_04_000", 0, 0}, {"r_03g_c_001", 2, 2}, {"r_02g_b_006", 7, 7}, {"r_02_000", 0, 0}, {"r_01g_a_029", 30, 30}, {"r_00_000", 0, 0}}
	for _, test := range []struct {
		name  string
		query catalog.RunQuery
		want  []row
	}{
		{"all", catalog.RunQuery{}, all},
		{"of a world, one of a group", catalog.RunQuery{Terms: []catalog.RunTerm{catalog.Is(catalog.RunEnv, "maze")}}, []row{{"r_04_000", 0, 0}, {"r_02g_b_003", 0, 0}}},
		{"a part of a group", catalog.RunQuery{Terms: []catalog.RunTerm{catalog.Is(catalog.RunMemory, "off")}}, []row{{"r_01g_a_029", 15, 30}}},
		{"none", catalog.RunQuery{Text: "nowhere"}, nil},
	} {
		for _, limit := range []int{1, 2, 3, 50} {
			t.Run(fmt.Sprintf("%s, %d a page", test.name, limit), func(t *testing.T) {
				var got []row
				q := test.query
				q.Limit = limit
				for pages := 0; ; pages++ {
					page, err := db.Runs().Entries(t.Context(), q)
					if err != nil || pages > 10 || len(page.Items) > limit {
						t.Fatalf("page %d: %d entries, %v", pages, len(page.Items), err)
					}
					for _, e := range page.Items {
						r := row{head: e.Run.ID}
						if e.Group != nil {
							r.found, r.all = e.Group.Found, e.Group.All
						}
						got = append(got, r)
					}
					if q.Cursor = page.Next; q.Cursor == "" {
						break
					}
				}
				if !slices.Equal(got, test.want) {
					t.Errorf("got %v, want %v", got, test.want)
				}
			})
		}
	}
	page, err := db.Runs().Entries(t.Context(), catalog.RunQuery{})
	if err != nil {
		t.Fatal(err)
	}
	if g := page.Items[1].Group; g.Judged != 1 || g.Solved != 1 || g.ByStatus[agent.RunIsFinished] != 1 || g.Steps != 5 {
		t.Errorf("a group with one solved run sums up to %+v", g)
	}
	failedIn := page.Items[2].Group
	if failedIn.Judged != 1 || failedIn.Solved != 0 || failedIn.ByStatus[agent.RunIsFailed] != 1 {
		t.Errorf("what failed was not solved, as on the group's page: %+v", failedIn)
	}
	if g := page.Items[4].Group; g.Tasks != 3 || g.ByMemory["on"] != 15 || g.ByMemory["off"] != 15 {
		t.Errorf("a group of three tasks sums up to %+v", g)
	}
	if _, err := db.Runs().Entries(t.Context(), catalog.RunQuery{Sort: "phi"}); agent.CodeOf(err) != agent.CodeInvalid {
		t.Errorf("another order: %v", err)
	}
	list, err := db.Runs().List(t.Context(), catalog.RunQuery{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Runs().Entries(t.Context(), catalog.RunQuery{Cursor: list.Next}); agent.CodeOf(err) != agent.CodeInvalid {
		t.Errorf("a cursor of another list: %v", err)
	}
}

// TestGroupSumsFollow: what is kept of a launch whose runs have ended is what they come
// to, whatever is done to them later.
func TestGroupSumsFollow(t *testing.T) {
	db := open(t, inFile(t)) // where others write too, nothing is kept
	inGroup := func(r *agent.Run) { r.Group = "g" }
	end := func(id string) {
		t.Helper()
		epoch := newRun(t, db, id, inGroup)
		if err := db.Runs().Append(t.Context(), id, epoch, play(t, id, agenttest.Add(5), agenttest.Add(5), agenttest.Add(1), agenttest.Add(1))...); err != nil {
			t.Fatal(err)
		}
	}
	sum := func() *catalog.GroupSum {
		t.Helper()
		page, err := db.Runs().Entries(t.Context(), catalog.RunQuery{})
		if err != nil || len(page.Items) != 1 || page.Items[0].Group == nil {
			t.Fatal(page.Items, err)
		}
		kept := page.Items[0].Group
		part, err := db.Runs().Entries(t.Context(), catalog.RunQuery{Terms: []catalog.RunTerm{catalog.Is(catalog.RunGroup, "g")}})
		if err != nil || !equal(part.Items[0].Group, kept) {
			t.Fatal(err, diff(part.Items[0].Group, kept))
		}
		return kept
	}
	end("r1")
	end("r2")
	first := sum()
	if first.Found != 2 || first.Solved != 2 || first.Steps == 0 || sum() != first {
		t.Errorf("two runs that have ended come to %+v, kept: %v", first, sum() == first)
	}
	end("r3")
	if got := sum(); got.Found != 3 || got.Steps != first.Steps*3/2 {
		t.Errorf("with a third they come to %+v", got)
	}
	change, err := db.Runs().Change(t.Context(), "Ann", catalog.RunDelete, "", catalog.RunSelection{IDs: []string{"r1"}})
	if err != nil {
		t.Fatal(err)
	}
	if got := sum(); got.Found != 2 || got.All != 2 {
		t.Errorf("without one that was deleted they come to %+v", got)
	}
	if _, err := db.Runs().Undo(t.Context(), "Ann", change.ID); err != nil {
		t.Fatal(err)
	}
	if got := sum(); got.Found != 3 {
		t.Errorf("with it again they come to %+v", got)
	}
	epoch := newRun(t, db, "r4", inGroup)
	if got := sum(); got.Found != 4 || got.ByStatus[agent.RunIsQueued] != 1 || sum() == got {
		t.Errorf("with one that waits they come to %+v, kept: %v", got, sum() == got)
	}
	if err := db.Runs().Append(t.Context(), "r4", epoch, agent.Event{Seq: 2, Run: "r4", At: start, Data: agent.RunFailed{Message: "no answer"}}); err != nil {
		t.Fatal(err)
	}
	if got := sum(); got.ByStatus[agent.RunIsFailed] != 1 || got.Judged != 4 {
		t.Errorf("with one that failed they come to %+v", got)
	}
	if err := db.Runs().Delete(t.Context(), "r4"); err != nil {
		t.Fatal(err)
	}
	if got := sum(); got.Found != 3 {
		t.Errorf("without that they come to %+v", got)
	}
}

// TestGroupSumsReadMeanwhile: what is written while sums are read is not kept.
func TestGroupSumsReadMeanwhile(t *testing.T) {
	var sums groupSums
	done := &catalog.GroupSum{Found: 1, ByStatus: map[agent.RunStatus]int{agent.RunIsFinished: 1}}
	found := map[string]*catalog.GroupSum{"g": done, "h": done, "i": {ByStatus: map[agent.RunStatus]int{agent.RunIsRunning: 1}}}
	_, missing, reading := sums.begin([]string{"g", "h", "i"})
	sums.forget("g")
	sums.end(reading, found)
	known, again, reading := sums.begin([]string{"g", "h", "i"})
	if len(missing) != 3 || !slices.Equal(again, []string{"g", "i"}) || known["h"] != done {
		t.Errorf("asked for %v, then for %v, with %v", missing, again, known)
	}
	sums.clear()
	sums.end(reading, found)
	if known, _, _ = sums.begin([]string{"g", "h"}); len(known) != 0 {
		t.Errorf("%v is kept after all was written", known)
	}
}
