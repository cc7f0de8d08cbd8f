package models

import (
	"fmt"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
	"purposeagent/agent/catalog"
)

func taught(title string) agent.Heuristic {
	return agent.Heuristic{Tier: agent.Strategic, Title: title, Pattern: "a door is locked", Strategy: "look for " + title, Scope: agent.Scope{Environment: "maze"}}
}

func TestTeachAndEdit(t *testing.T) {
	db := open(t, "")
	l := db.Library()
	h, err := l.Create(t.Context(), "Ann", taught("its key"))
	if err != nil || h.Author != agent.AuthorHuman || h.Status != agent.Active || h.Version != 1 || h.ID == "" {
		t.Fatal(h, err)
	}
	edited, err := l.Edit(t.Context(), "Bob", h.ID, 1, catalog.HeuristicEdit{Strategy: new("  look under the mat ")})
	if err != nil || edited.Version != 2 || edited.Strategy != "look under the mat" || edited.Title != "its key" {
		t.Fatal(edited, err)
	}
	if _, err := l.Edit(t.Context(), "Ann", h.ID, 1, catalog.HeuristicEdit{Title: new("x")}); agent.CodeOf(err) != agent.CodeConflict {
		t.Error("an edit of an old version:", err)
	}
	if same, err := l.Edit(t.Context(), "Ann", h.ID, 2, catalog.HeuristicEdit{Title: new("its key")}); err != nil || same.Version != 2 {
		t.Error("an edit that changes nothing:", same, err)
	}
	if _, err := l.Edit(t.Context(), "Ann", "h_none", 1, catalog.HeuristicEdit{}); agent.CodeOf(err) != agent.CodeNotFound {
		t.Error(err)
	}
	versions, err := l.Versions(t.Context(), h.ID)
	if err != nil || len(versions) != 2 || versions[0].Reason != "taught" || versions[1].Actor != "Bob" || versions[1].Heuristic.Strategy != "look under the mat" {
		t.Error(versions, err)
	}
	for _, test := range []struct {
		name  string
		edit  catalog.HeuristicEdit
		field string
	}{
		{"no title", catalog.HeuristicEdit{Title: new(" ")}, "title"},
		{"nothing to do", catalog.HeuristicEdit{Strategy: new("")}, "strategy"},
		{"too long", catalog.HeuristicEdit{Because: new(strings.Repeat("x", 5000))}, "because"},
		{"not text", catalog.HeuristicEdit{Pattern: new("\xff")}, "pattern"},
		{"no such tier", catalog.HeuristicEdit{Tier: new(agent.Tier("vip"))}, "tier"},
		{"a tip without its action", catalog.HeuristicEdit{Tier: new(agent.Tool)}, "action"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := l.Edit(t.Context(), "Ann", h.ID, 2, test.edit)
			if e, ok := err.(*agent.Error); !ok || e.Code != agent.CodeInvalid || e.Fields[test.field] == "" {
				t.Errorf("%v", err)
			}
		})
	}
	if _, err := l.Create(t.Context(), "Ann", agent.Heuristic{}); agent.CodeOf(err) != agent.CodeInvalid {
		t.Error("an empty rule was taught:", err)
	}
}

func TestBulkOverRules(t *testing.T) {
	db := open(t, "")
	l := db.Library()
	var ids []string
	for i := range 6 {
		h, err := l.Create(t.Context(), "Ann", taught(fmt.Sprint("key ", i)))
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, h.ID)
	}
	scope := agent.Scope{Environment: "maze", Schema: "any"}
	before, err := l.Usable(t.Context(), scope)
	if err != nil || len(before.Rules) != 6 {
		t.Fatal(before, err)
	}
	if n, err := l.SetStatus(t.Context(), "Ann", append(ids[:2:2], "h_none", ids[0]), agent.Banned); n != 2 || err != nil {
		t.Error("banned", n, err)
	}
	if n, err := l.SetStatus(t.Context(), "Ann", ids, "vip"); n != 0 || agent.CodeOf(err) != agent.CodeInvalid {
		t.Error(n, err)
	}
	if n, err := l.Pin(t.Context(), "Ann", ids[2:4], true); n != 2 || err != nil {
		t.Error("pinned", n, err)
	}
	if n, err := l.Delete(t.Context(), "Ann", ids[5:]); n != 1 || err != nil {
		t.Error("deleted", n, err)
	}
	after, err := l.Usable(t.Context(), scope)
	if err != nil || len(after.Rules) != 3 || after.Revision == before.Revision {
		t.Error(after, err)
	}
	counts, err := l.Counts(t.Context())
	if err != nil || counts.Total != 5 || counts.ByStatus[agent.Banned] != 2 || counts.ByTier[agent.Strategic] != 5 || counts.Pinned != 2 {
		t.Error(counts, err)
	}
	if report, err := l.Report(t.Context()); err != nil || report.Total != 5 || len(report.Strongest) != 3 {
		t.Error(report, err)
	}
	learned := taught("key 5")
	learned.Author = agent.AuthorDistiller
	if saved, err := l.Save(t.Context(), agent.Batch{Rules: []*agent.Heuristic{&learned}}); err != nil || saved[0] != nil {
		t.Error("what a person deleted came back:", saved, err)
	}
	if _, err := l.Create(t.Context(), "Ann", taught("key 5")); err != nil {
		t.Error("a person may teach it again:", err)
	}
	entries, err := db.Audit(t.Context(), 0)
	if err != nil || len(entries) != 6+2+2+1+1 || entries[0].Action != "heuristic.create" || entries[1].Action != "heuristic.delete" {
		t.Error(entries, err)
	}
}

func TestListRules(t *testing.T) {
	db := open(t, "")
	l := db.Library()
	for i := range 13 {
		h := taught(fmt.Sprintf("key-%d-", i))
		h.Good, h.Bad = i, 3
		if i%3 == 0 {
			h.Tier, h.Action = agent.Tool, "open"
		}
		if i == 4 {
			h.Scope.Environment, h.Pinned = "workshop", true
		}
		if _, err := l.Create(t.Context(), "Ann", h); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		name  string
		query catalog.HeuristicQuery
		want  int
	}{
		{"all", catalog.HeuristicQuery{}, 13},
		{"by support", catalog.HeuristicQuery{Sort: "support"}, 13},
		{"by uses", catalog.HeuristicQuery{Sort: "uses"}, 13},
		{"a tier", catalog.HeuristicQuery{Tier: []agent.Tier{agent.Tool}}, 5},
		{"a status", catalog.HeuristicQuery{Status: []agent.Status{agent.Retired}}, 0},
		{"pinned", catalog.HeuristicQuery{Pinned: new(true)}, 1},
		{"an environment", catalog.HeuristicQuery{Environment: "workshop"}, 1},
		{"words", catalog.HeuristicQuery{Text: "LOCKED key-12-"}, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			seen := map[string]bool{}
			q := test.query
			q.Limit = 5
			last := 2.0
			for {
				page, err := l.List(t.Context(), q)
				if err != nil || page.Total != test.want || len(seen) > 20 {
					t.Fatal(page.Total, err)
				}
				for _, h := range page.Items {
					if seen[h.ID] || q.Sort == "support" && h.Support() > last {
						t.Errorf("%s twice or out of order", h.ID)
					}
					seen[h.ID], last = true, h.Support()
				}
				if q.Cursor = page.Next; q.Cursor == "" {
					break
				}
			}
			if len(seen) != test.want {
				t.Errorf("got %d, want %d", len(seen), test.want)
			}
		})
	}
	if _, err := l.List(t.Context(), catalog.HeuristicQuery{Sort: "luck"}); agent.CodeOf(err) != agent.CodeInvalid {
		t.Error(err)
	}
	page, err := l.List(t.Context(), catalog.HeuristicQuery{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.List(t.Context(), catalog.HeuristicQuery{Sort: "support", Cursor: page.Next}); agent.CodeOf(err) != agent.CodeInvalid {
		t.Error("a cursor of another order:", err)
	}
}

func TestPruneAndPinTrajectories(t *testing.T) {
	db := open(t, "")
	r := db.Replay(20)
	var ids []string
	for i := range 12 {
		tr := agenttest.TestTrajectory(i, fmt.Sprint("find treasure ", i), i%2 == 0)
		tr.Type = []string{"find treasure #", "bring {thing}"}[i/6]
		ids = append(ids, tr.ID)
		if err := r.Add(t.Context(), tr); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Pin(t.Context(), "Ann", ids[1], true); err != nil {
		t.Fatal(err)
	}
	if err := r.Pin(t.Context(), "Ann", "t_none", true); agent.CodeOf(err) != agent.CodeNotFound {
		t.Error(err)
	}
	if n, err := r.Prune(t.Context(), "Ann", []string{ids[0], ids[1], ids[0], "t_none"}); n.Trajectories != 1 || err != nil {
		t.Error("pruned", n, err)
	}
	var bodies int
	if err := db.reader.QueryRow(`SELECT count(*) FROM trajectory_bodies`).Scan(&bodies); err != nil || bodies != 11 {
		t.Errorf("%d bodies are left (%v)", bodies, err)
	}
	if _, err := r.Get(t.Context(), ids[0]); agent.CodeOf(err) != agent.CodeNotFound {
		t.Error(err)
	}
	if _, err := r.Summary(t.Context(), ids[0]); agent.CodeOf(err) != agent.CodeNotFound {
		t.Error(err)
	}
	if err := r.UpdateValue(t.Context(), []string{ids[2], ids[2]}, 1); err != nil {
		t.Fatal(err)
	}
	s, err := r.Summary(t.Context(), ids[2])
	if err != nil || s.Retrieved != 1 || s.Purpose != "find treasure 2" || s.Steps == 0 {
		t.Error(s, err)
	}
	for _, test := range []struct {
		name  string
		query catalog.TrajectoryQuery
		want  int
	}{
		{"all", catalog.TrajectoryQuery{}, 11},
		{"by value", catalog.TrajectoryQuery{Sort: "value"}, 11},
		{"successes", catalog.TrajectoryQuery{Terms: []catalog.TrajectoryTerm{catalog.Is(catalog.TrajectorySolved, "yes")}}, 5},
		{"words", catalog.TrajectoryQuery{Text: "treasure 11"}, 1},
		{"one type of task", catalog.TrajectoryQuery{Terms: []catalog.TrajectoryTerm{catalog.Is(catalog.TrajectoryType, "bring {thing}")}}, 6},
		{"elsewhere", catalog.TrajectoryQuery{Terms: []catalog.TrajectoryTerm{catalog.Is(catalog.TrajectoryEnv, "nowhere")}}, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			seen := map[string]bool{}
			q := test.query
			q.Limit = 4
			last := 2.0
			for {
				page, err := r.List(t.Context(), q)
				if err != nil || len(seen) > 20 {
					t.Fatal(err)
				}
				for _, s := range page.Items {
					if seen[s.ID] || q.Sort == "value" && s.QValue > last {
						t.Errorf("%s twice or out of order", s.ID)
					}
					seen[s.ID], last = true, s.QValue
				}
				if q.Cursor = page.Next; q.Cursor == "" {
					break
				}
			}
			if len(seen) != test.want {
				t.Errorf("got %d, want %d", len(seen), test.want)
			}
			if facets, err := r.Facets(t.Context(), test.query); err != nil || facets.Matching != test.want {
				t.Errorf("facets %+v, %v", facets, err)
			}
		})
	}
	facets, err := r.Facets(t.Context(), catalog.TrajectoryQuery{Terms: []catalog.TrajectoryTerm{catalog.Is(catalog.TrajectorySolved, "yes")}})
	if err != nil || facets.Solved["yes"] != 5 || facets.Solved["no"] != 6 || facets.Types["bring {thing}"] == 6 {
		t.Errorf("facets of the solved ones: %+v, %v", facets, err)
	}
	smaller := db.Replay(4) // another capacity on the same trajectories
	if stats, err := smaller.Stats(t.Context()); err != nil || stats.Count != 4 {
		t.Error(stats, err)
	}
	if n, err := smaller.Prune(t.Context(), "Ann", ids[2:4]); n.Trajectories != 2 || err != nil {
		t.Error(n, err)
	}
	if _, err := r.Get(t.Context(), ids[2]); agent.CodeOf(err) != agent.CodeNotFound {
		t.Error("the other one does not know:", err)
	}
}

func FuzzCursor(f *testing.F) {
	for _, seed := range []string{"", "x", cursor{Sort: "created", Int: 5, ID: "r"}.String(), "e30", "bnVsbA", "eyJzIjoiY3JlYXRlZCIsImkiOjFlOTl9"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parseCursor(text, "created")
		if (c != nil || text == "") == (err != nil) {
			t.Errorf("%q: %v and %v", text, c, err)
		}
		if err != nil && agent.CodeOf(err) != agent.CodeInvalid {
			t.Error(err)
		}
	})
}
