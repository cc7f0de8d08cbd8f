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
