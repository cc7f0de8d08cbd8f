package models

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
	"purposeagent/agent/catalog"
)

func TestListRuns(t *testing.T) {
	db := open(t, "")
	for i := range 25 {
		id := fmt.Sprintf("r_%02d", i)
		epoch := newRun(t, db, id, func(r *agent.Run) {
			r.CreatedAt = start.Add(time.Duration(i/3) * time.Second) // some at the same time
			r.Spec.Purpose = fmt.Sprintf("find 100%% of the_treasure %d", i)
			if i%5 == 0 {
				r.Group, r.Label = "g", map[bool]string{true: "tenth", false: strconv.Itoa(i)}[i == 10]
			}
			if i < 3 {
				r.Spec.Tags = []string{"demo", "a/b"}
			}
			if i >= 20 {
				r.Spec.Environment.Name = "maze"
			}
		})
		if i%2 == 0 {
			events := play(t, id, agenttest.Add(5), agenttest.Add(5), agenttest.Add(1), agenttest.Add(1))
			if err := db.Runs().Append(t.Context(), id, epoch, events...); err != nil {
				t.Fatal(err)
			}
		}
	}
	is := func(field catalog.RunField, values ...string) catalog.RunQuery {
		return catalog.RunQuery{Terms: []catalog.RunTerm{catalog.Is(field, values...)}}
	}
	for _, test := range []struct {
		name  string
		query catalog.RunQuery
		want  int
	}{
		{"all", catalog.RunQuery{}, 25},
		{"by status", is(catalog.RunStatusField, "finished", "failed"), 13},
		{"by environment", is(catalog.RunEnv, "maze"), 5},
		{"by group", is(catalog.RunGroup, "g"), 5},
		{"solved", is(catalog.RunSolved, "yes"), 13},
		{"not solved", is(catalog.RunSolved, "no"), 0},
		{"by words", catalog.RunQuery{Text: "TREASURE 17"}, 1},
		{"signs of LIKE are words", catalog.RunQuery{Text: "100% the_treasure"}, 25},
		{"underscore is no joker", catalog.RunQuery{Text: "the_ure"}, 0},
		{"by id", catalog.RunQuery{Text: "r_03"}, 1},
		{"by label", catalog.RunQuery{Text: "tenth"}, 1},
		{"a phrase to leave out", catalog.RunQuery{Terms: []catalog.RunTerm{{Field: catalog.RunText, Not: true, Values: []string{"treasure 1"}}}}, 14},
		{"two environments", is(catalog.RunEnv, "maze", "counter"), 25},
		{"another environment", catalog.RunQuery{Terms: []catalog.RunTerm{{Field: catalog.RunEnv, Not: true, Values: []string{"maze"}}}}, 20},
		{"memory", is(catalog.RunMemory, "on"), 25},
		{"a model", is(catalog.RunModel, "reas"), 25},
		{"another model", is(catalog.RunModel, "gpt"), 0},
		{"a tag", is(catalog.RunTag, "demo"), 3},
		{"part of a tag", is(catalog.RunTag, "dem"), 0},
		{"asks nobody", is(catalog.RunAsks, "no"), 25},
		{"phi", catalog.RunQuery{Terms: []catalog.RunTerm{{Field: catalog.RunPhi, Low: new(9.0)}}}, 13},
		{"steps", catalog.RunQuery{Terms: []catalog.RunTerm{{Field: catalog.RunSteps, Low: new(3.0), High: new(4.0)}}}, 13},
		{"took", catalog.RunQuery{Terms: []catalog.RunTerm{{Field: catalog.RunTook, Low: new(0.0)}}}, 13},
		{"age", catalog.RunQuery{Terms: []catalog.RunTerm{{Field: catalog.RunAge, High: new(-1.0)}}}, 0},
		{"a field that is not there", catalog.RunQuery{Terms: []catalog.RunTerm{catalog.Is(catalog.RunField("luck"), "good")}}, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			var ids []string
			q := test.query
			q.Limit = 4
			for pages := 0; ; pages++ {
				page, err := db.Runs().List(t.Context(), q)
				if err != nil || pages > 10 {
					t.Fatalf("page %d: %v", pages, err)
				}
				for _, r := range page.Items {
					ids = append(ids, r.ID)
				}
				if q.Cursor = page.Next; q.Cursor == "" {
					break
				}
			}
			if len(ids) != test.want {
				t.Errorf("got %d runs, want %d: %v", len(ids), test.want, ids)
			}
			for i := 1; i < len(ids); i++ {
				if strings.Compare(ids[i-1], ids[i]) <= 0 {
					t.Errorf("%s before %s", ids[i-1], ids[i])
				}
			}
		})
	}
	for _, cursor := range []string{"x", "e30", "AAAA", strings.Repeat("z", 5000)} {
		if _, err := db.Runs().List(t.Context(), catalog.RunQuery{Cursor: cursor}); agent.CodeOf(err) != agent.CodeInvalid {
			t.Errorf("cursor %.10q: %v", cursor, err)
		}
	}
	counts, err := db.Runs().Counts(t.Context())
	if err != nil || counts[agent.RunIsFinished] != 13 || counts[agent.RunIsQueued] != 12 {
		t.Error(counts, err)
	}
	group, err := db.Runs().Group(t.Context(), "g")
	if err != nil || len(group) != 5 || group[0].Label != "0" {
		t.Error(group, err)
	}
}

// playedRuns makes n runs of 1, 2, … steps that have ended, and one that has not.
func playedRuns(t *testing.T, db *DB, n int) {
	t.Helper()
	for i := range n {
		id := fmt.Sprintf("r_%02d", i)
		epoch := newRun(t, db, id, func(r *agent.Run) { r.CreatedAt = start.Add(time.Duration(i) * time.Second) })
		var actions []agent.Action
		for range 1 + i%3 {
			actions = append(actions, agenttest.Add(1))
		}
		if err := db.Runs().Append(t.Context(), id, epoch, play(t, id, actions...)...); err != nil {
			t.Fatal(err)
		}
	}
	newRun(t, db, "r_live", func(r *agent.Run) { r.CreatedAt = start.Add(-time.Hour) })
}

func TestOrdersOfRuns(t *testing.T) {
	db := open(t, "")
	playedRuns(t, db, 9)
	for _, sort := range catalog.RunSorts {
		t.Run(sort, func(t *testing.T) {
			value := func(r agent.Run) float64 {
				switch sort {
				case "phi":
					return r.Phi
				case "steps":
					return float64(r.Steps)
				case "tokens":
					return float64(r.Usage.Tokens())
				case "usd":
					return r.Usage.USD
				case "took":
					return r.EndedAt.Sub(*r.StartedAt).Seconds()
				}
				return float64(r.CreatedAt.UnixNano())
			}
			q := catalog.RunQuery{Sort: sort, Limit: 2}
			seen := map[string]bool{}
			var last *agent.Run
			for {
				page, err := db.Runs().List(t.Context(), q)
				if err != nil {
					t.Fatal(err)
				}
				for _, r := range page.Items {
					if seen[r.ID] || last != nil && (value(r) > value(*last) || value(r) == value(*last) && r.ID > last.ID) {
						t.Errorf("%s is out of order", r.ID)
					}
					seen[r.ID], last = true, &r
				}
				if q.Cursor = page.Next; q.Cursor == "" {
					break
				}
			}
			if want := map[bool]int{true: 10, false: 9}[sort == "newest"]; len(seen) != want {
				t.Errorf("%d runs, want %d", len(seen), want)
			}
		})
	}
	if _, err := db.Runs().List(t.Context(), catalog.RunQuery{Sort: "luck"}); agent.CodeOf(err) != agent.CodeInvalid {
		t.Error(err)
	}
	page, err := db.Runs().List(t.Context(), catalog.RunQuery{Sort: "phi", Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Runs().List(t.Context(), catalog.RunQuery{Cursor: page.Next}); agent.CodeOf(err) != agent.CodeInvalid {
		t.Errorf("a cursor of another order: %v", err)
	}
}

// TestOrdersComeOfTheirIndexes looks at the plans of lists and facets on data of
// which most has ended: the work for a page must not grow with the runs.
func TestOrdersComeOfTheirIndexes(t *testing.T) {
	db := open(t, inFile(t))
	queuedRuns(t, db)
	endRuns(t, db)
	plan := func(query *gorm.DB) string {
		t.Helper()
		dry := query.Session(&gorm.Session{DryRun: true}).Scan(&[]struct{}{}).Statement
		var steps []struct{ Detail string }
		if err := db.read.Raw("EXPLAIN QUERY PLAN "+dry.SQL.String(), dry.Vars...).Scan(&steps).Error; err != nil || len(steps) == 0 {
			t.Fatal(steps, err)
		}
		return fmt.Sprint(steps)
	}
	status := func(values ...string) []catalog.RunTerm {
		return []catalog.RunTerm{catalog.Is(catalog.RunStatusField, values...)}
	}
	for _, sort := range catalog.RunSorts {
		order, index := runOrders[sort], map[bool]string{true: "runs_created", false: "runs_" + sort}[sort == "newest"]
		for name, terms := range map[string][]catalog.RunTerm{"": nil, " finished": status("finished"), " failed or stopped": status("failed", "stopped"),
			" running": status("running"), " open": status("queued", "running", "waiting", "paused"), " not finished": {{Field: catalog.RunStatusField, Not: true, Values: []string{"finished"}}},
			" solved": {catalog.Is(catalog.RunSolved, "yes")}, " long": {{Field: catalog.RunSteps, Low: new(50.0)}}} {
			for _, from := range []*cursor{nil, {Int: 5, Real: 5, ID: "r_010000"}} {
				got := plan(db.Runs().ordered(db.read, catalog.RunQuery{Sort: sort, Terms: terms}, order, from).Limit(51))
				want, sorted := "USING INDEX "+index+" ", strings.Contains(got, "TEMP B-TREE")
				if byStatus := sort == "newest" && (name == " finished" || name == " running" || name == " open"); byStatus {
					want = "USING INDEX runs_status " // has them in this order; those of several statuses that are open are few
					sorted = sorted && name != " open"
				}
				if !strings.Contains(strings.ReplaceAll(got, "}", " }"), want) || sorted {
					t.Errorf("%s%s, behind %v: %s", sort, name, from, got)
				}
			}
		}
		facets := db.Runs().newest(db.read, catalog.RunQuery{Sort: sort})
		if got := plan(facets); !strings.Contains(got, "USING COVERING INDEX runs_created") || strings.Contains(got, "TEMP B-TREE") {
			t.Errorf("facets by %s: %s", sort, got)
		}
	}
}

func TestFacetsOfRuns(t *testing.T) {
	db := open(t, "")
	if f, err := db.Runs().Facets(t.Context(), catalog.RunQuery{}); err != nil || f.Any || f.Matching != 0 {
		t.Errorf("without runs: %+v, %v", f, err)
	}
	// An order of ended runs is empty where none has ended, though there are runs.
	waiting := open(t, "")
	newRun(t, waiting, "r_first", nil)
	if f, err := waiting.Runs().Facets(t.Context(), catalog.RunQuery{Sort: "phi"}); err != nil || !f.Any || f.Matching != 0 || len(f.ByStatus) != 0 {
		t.Errorf("where no run has ended: %+v, %v", f, err)
	}
	playedRuns(t, db, 6)
	if _, err := db.Runs().Change(t.Context(), "Ann", catalog.RunAddTag, "demo", catalog.RunSelection{IDs: []string{"r_00", "r_live"}}); err != nil {
		t.Fatal(err)
	}
	f, err := db.Runs().Facets(t.Context(), catalog.RunQuery{Terms: []catalog.RunTerm{catalog.Is(catalog.RunStatusField, "finished")}})
	if err != nil || !f.Any || f.Matching != 6 || f.ByStatus[agent.RunIsFinished] != 6 || f.ByStatus[agent.RunIsQueued] != 1 || f.Envs["counter"] != 6 ||
		f.Memory["on"] != 6 || f.Models["reasoner"] != 6 || f.Solved["yes"]+f.Solved["no"] != 6 || f.Tags["demo"] != 1 {
		t.Errorf("%+v, %v", f, err)
	}
	// A run that a person stopped, or that failed, has no verdict: neither the
	// facet nor the condition counts it.
	for id, end := range map[string]agent.EventData{
		"r_stopped": agent.RunStopped{Result: agent.TaskResult{Outcome: agent.Outcome{Source: agent.SourceEnvironment}}},
		"r_failed":  agent.RunFailed{Message: "no answer", Result: agent.TaskResult{Outcome: agent.Outcome{Source: agent.SourceEnvironment}}},
	} {
		epoch := newRun(t, db, id, nil)
		run, err := db.Runs().Get(t.Context(), id)
		if err == nil {
			err = db.Runs().Append(t.Context(), id, epoch, agent.Event{Seq: run.LastSeq + 1, Run: id, At: start, Data: end})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	f, err = db.Runs().Facets(t.Context(), catalog.RunQuery{})
	unsolved, failure := db.Runs().Facets(t.Context(), catalog.RunQuery{Terms: []catalog.RunTerm{catalog.Is(catalog.RunSolved, "no")}})
	if err = errors.Join(err, failure); err != nil || f.ByStatus[agent.RunIsStopped] != 1 || f.ByStatus[agent.RunIsFailed] != 1 ||
		f.Solved["yes"]+f.Solved["no"] != 6 || unsolved.Matching != f.Solved["no"] {
		t.Errorf("with a stopped and a failed run: %+v, %d unsolved, %v", f, unsolved.Matching, err)
	}
	// Under an order of ended runs one that goes on is not counted, and not changed.
	byPhi := catalog.RunQuery{Sort: "phi"}
	if f, err = db.Runs().Facets(t.Context(), byPhi); err != nil || f.Matching != 8 || f.ByStatus[agent.RunIsQueued] != 0 {
		t.Errorf("by phi: %+v, %v", f, err)
	}
	if ids, err := db.Runs().Selected(t.Context(), catalog.RunSelection{Query: &byPhi, Expect: 8}); err != nil || len(ids) != 8 {
		t.Error(ids, err)
	}
	f, err = db.Runs().Facets(t.Context(), catalog.RunQuery{Text: "nowhere"})
	if err != nil || !f.Any || f.Matching != 0 || len(f.Envs) != 0 {
		t.Errorf("nothing found: %+v, %v", f, err)
	}
}

func TestChangesOfRuns(t *testing.T) {
	db := open(t, "")
	now := start.Add(time.Hour)
	db.now = func() time.Time { return now }
	playedRuns(t, db, 6)
	runs := db.Runs()
	found := func(terms ...catalog.RunTerm) int {
		t.Helper()
		f, err := runs.Facets(t.Context(), catalog.RunQuery{Terms: terms})
		if err != nil {
			t.Fatal(err)
		}
		return f.Matching
	}
	change := func(action catalog.RunAction, tag string, selection catalog.RunSelection) catalog.RunChange {
		t.Helper()
		c, err := runs.Change(t.Context(), "Ann", action, tag, selection)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	tagged := change(catalog.RunAddTag, "demo", catalog.RunSelection{IDs: []string{"r_00", "r_01", "gone"}})
	again := change(catalog.RunAddTag, "demo", catalog.RunSelection{IDs: []string{"r_01", "r_02"}})
	if tagged.Runs != 2 || again.Runs != 1 || found(catalog.Is(catalog.RunTag, "demo")) != 3 {
		t.Errorf("tagged %+v, then %+v", tagged, again)
	}
	if c := change(catalog.RunAddTag, "demo", catalog.RunSelection{IDs: []string{"r_01"}}); c.ID != 0 || c.Runs != 0 {
		t.Errorf("nothing changed: %+v", c)
	}
	if _, err := runs.Undo(t.Context(), "Ann", again.ID); err != nil || found(catalog.Is(catalog.RunTag, "demo")) != 2 {
		t.Errorf("undone: %d are tagged, %v", found(catalog.Is(catalog.RunTag, "demo")), err)
	}
	all := catalog.RunSelection{Query: &catalog.RunQuery{Terms: []catalog.RunTerm{catalog.Is(catalog.RunTag, "demo")}}, Expect: 2}
	untagged := change(catalog.RunNoTag, "demo", all)
	if _, err := runs.Change(t.Context(), "Ann", catalog.RunNoTag, "demo", all); agent.CodeOf(err) != agent.CodeConflict {
		t.Errorf("another number than shown: %v", err)
	}
	if _, err := runs.Undo(t.Context(), "Ann", untagged.ID); err != nil || found(catalog.Is(catalog.RunTag, "demo")) != 2 {
		t.Error(err)
	}
	if run, err := runs.Get(t.Context(), "r_00"); err != nil || fmt.Sprint(run.Tags) != "[demo]" {
		t.Error(run.Tags, err)
	}

	deleted := change(catalog.RunDelete, "", catalog.RunSelection{Query: &catalog.RunQuery{}, Expect: 7})
	if deleted.Runs != 6 || deleted.Left != 1 || found() != 1 {
		t.Errorf("deleted %+v, %d are left", deleted, found())
	}
	if _, err := runs.Get(t.Context(), "r_00"); agent.CodeOf(err) != agent.CodeNotFound {
		t.Errorf("a deleted run: %v", err)
	}
	if counts, err := runs.Counts(t.Context()); err != nil || counts[agent.RunIsFinished] != 0 {
		t.Error(counts, err)
	}
	if back, err := runs.Undo(t.Context(), "Ann", deleted.ID); err != nil || back.Runs != 6 || found() != 7 {
		t.Errorf("brought back %+v, %v", back, err)
	}
	if _, err := runs.Undo(t.Context(), "Ann", deleted.ID); agent.CodeOf(err) != agent.CodeConflict {
		t.Errorf("undone twice: %v", err)
	}
	if _, err := runs.Undo(t.Context(), "Ann", 999); agent.CodeOf(err) != agent.CodeNotFound {
		t.Error(err)
	}

	deleted = change(catalog.RunDelete, "", catalog.RunSelection{IDs: []string{"r_00", "r_01"}})
	now = now.Add(catalog.RunBinTime - time.Minute)
	if n, err := runs.Purge(t.Context()); n != 0 || err != nil {
		t.Errorf("too early: %d, %v", n, err)
	}
	now = now.Add(2 * time.Minute)
	if n, err := runs.Purge(t.Context()); n != 2 || err != nil {
		t.Errorf("purged %d, %v", n, err)
	}
	var steps int
	if err := db.reader.QueryRow(`SELECT count(*) FROM steps WHERE run IN ('r_00', 'r_01')`).Scan(&steps); err != nil || steps != 0 {
		t.Errorf("%d steps are left, %v", steps, err)
	}
	if _, err := runs.Undo(t.Context(), "Ann", deleted.ID); agent.CodeOf(err) != agent.CodeConflict {
		t.Errorf("gone for good: %v", err)
	}
	for name, f := range map[string]func() error{
		"no tag": func() error {
			_, err := runs.Change(t.Context(), "Ann", catalog.RunAddTag, "Two Words", catalog.RunSelection{})
			return err
		},
		"no action for the store": func() error {
			_, err := runs.Change(t.Context(), "Ann", catalog.RunStop, "", catalog.RunSelection{})
			return err
		},
		"too many": func() error {
			_, err := runs.Change(t.Context(), "Ann", catalog.RunDelete, "", catalog.RunSelection{IDs: make([]string, catalog.MaxRunChange+1)})
			return err
		},
	} {
		if err := f(); agent.CodeOf(err) != agent.CodeInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSavedViews(t *testing.T) {
	db := open(t, "")
	views := db.Views()
	for _, v := range []catalog.SavedView{{List: "runs", Name: " mine ", Query: "q=tag:mine"}, {List: "runs", Name: "a", Query: "q=a"}, {List: "replay", Name: "a"}, {List: "runs", Name: "mine", Query: "q=tag:ours"}} {
		if _, err := views.Save(t.Context(), "Ann", v); err != nil {
			t.Fatal(err)
		}
	}
	got, err := views.List(t.Context(), "runs")
	if err != nil || len(got) != 2 || got[0].Name != "a" || got[1].Query != "q=tag:ours" {
		t.Fatal(got, err)
	}
	if _, err := views.Delete(t.Context(), "Ann", got[0].ID); err != nil {
		t.Error(err)
	}
	if _, err := views.Delete(t.Context(), "Ann", got[0].ID); agent.CodeOf(err) != agent.CodeNotFound {
		t.Error(err)
	}
	for _, v := range []catalog.SavedView{{List: "runs"}, {List: "odd", Name: "a"}, {List: "runs", Name: strings.Repeat("x", 61)}, {List: "runs", Name: "\xff"}, {List: "runs", Name: "a", Query: strings.Repeat("x", 1001)}} {
		if _, err := views.Save(t.Context(), "Ann", v); agent.CodeOf(err) != agent.CodeInvalid {
			t.Errorf("%+v: %v", v, err)
		}
	}
}
