package replay

import (
	"net/url"
	"slices"
	"strconv"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/handlers/query"
	"purposeagent/handlers/ui"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
	"purposeagent/views/replayview"
)

// List is the list of trajectories.
var List = ui.ListKind{Name: "replay", Path: "/replay",
	Sorts: []partials.Option{{Value: "newest", Text: "Newest"}, {Value: "value", Text: "Highest value"}},
	Columns: []ui.ListColumn{{Name: "value", Text: "Value", N: 2}, {Name: "line", Text: "Φ line", N: 5}, {Name: "final", Text: "Final Φ", N: 6}, {Name: "delta", Text: "Σ Δ", N: 7}, {Name: "rate", Text: "Rate", N: 8}, {Name: "steps", Text: "Steps", N: 9},
		{Name: "retrieved", Text: "Retrieved", N: 10}, {Name: "age", Text: "Age", N: 11}}}

// replayFilter is what the address of the replay says.
type replayFilter struct {
	ui.ListAddress
	trajectories catalog.TrajectoryQuery
}

func readReplayFilter(q url.Values) (replayFilter, error) {
	address, trajectories, err := ui.ReadList(&List, q, query.Trajectories)
	return replayFilter{address, trajectories}, err
}

func (f replayFilter) query() catalog.TrajectoryQuery {
	q := f.trajectories
	q.Sort, q.Limit, q.Cursor = f.Sort, ui.ListLimit, f.Cursor
	return q
}

// trajectoriesNotice says in words what the last change did.
func trajectoriesNotice(n ui.Notice) string {
	what := trajectories(n.N)
	switch n.Verb {
	case "pin":
		return what + " pinned: kept however full the replay is."
	case "unpin":
		return what + " unpinned."
	case "prune":
		return what + " pruned; for " + ui.Itoa(int(catalog.PruneBinTime.Hours()/24)) + " days this can be undone."
	case "capacity":
		if n.N == 0 {
			return "Saved. Nothing had to go."
		}
		return "Saved; " + what + " dropped."
	case "undo":
		return "Undone: " + what + " are back."
	}
	return ""
}

// heldNote says what is kept beside the capacity, and what had to go.
func heldNote(stats agent.ReplayStats) string {
	note := "Beyond the capacity, the trajectories of least value are dropped; pinned ones stay."
	if stats.Evidence > 0 {
		note += " Beside them " + trajectories(stats.Evidence) + " that rules in use were learned from."
	}
	if stats.Dropped > 0 {
		note += " Dropped so far: " + partials.Count(stats.Dropped) + "."
	}
	return note
}

// replayNotice is the notice with its button to undo, which leads back to the list.
func (s *Section) replayNotice(n ui.Notice, back string) pages.Notice {
	v := pages.Notice{Text: trajectoriesNotice(n), Back: back}
	if n.Verb == "prune" && n.Change > 0 {
		v.Undo = s.Link("/replay/prunes/" + ui.Number(n.Change) + "/undo")
	}
	return v
}

func trajectories(n int) string {
	if n == 1 {
		return "1 trajectory"
	}
	return partials.Count(int64(n)) + " trajectories"
}

// replayView maps a page of trajectories to what the list shows.
func (s *Section) replayView(f replayFilter, page catalog.Page[catalog.TrajectorySummary], names func(string) partials.Name, stats agent.ReplayStats, facets catalog.TrajectoryFacets, views []catalog.SavedView, did ui.Notice) replayview.Replay {
	values := f.Values()
	v := replayview.Replay{
		Self: s.Link("/replay"), PinURL: s.Link("/replay/pin"), PruneURL: s.Link("/replay/prune"),
		Query: f.Text, Problem: f.Problem, Keep: ui.HiddenOf(values, "q", "sort"), Return: values.Encode(),
		Matching: ui.CountedText(facets.Matching) + " of " + trajectories(stats.Count), Notice: s.replayNotice(did, values.Encode()),
		Held:     partials.Count(int64(stats.Count-stats.Evidence)) + " of " + partials.Count(int64(stats.Capacity)),
		HeldNote: heldNote(stats), CapacityURL: s.Link("/replay/capacity"),
		HeldBar: ui.Itoa(100 * min(stats.Count-stats.Evidence, stats.Capacity) / max(stats.Capacity, 1)), Stats: replayStats(stats),
		Sorts: f.SortOptions(), TableClass: f.TableClass(), Menus: s.ListMenus(f.ListAddress, views), Facets: s.replayFacets(f, facets),
	}
	if n := facets.Matching; n > len(page.Items) && n <= catalog.MaxPrune {
		v.All, v.AllText = "1", "all "+partials.Count(int64(n))+" matching"
	}
	if len(page.Items) > 0 {
		v.PruneAll = partials.Link{Text: "Prune all that match…", Href: s.Link(ui.WithParam("/replay/prune", values, "all", "1"))}
	}
	if s.cfg.Simulate != nil {
		v.SimulateURL = s.Link("/replay/simulate")
	}
	tab := func(value, text, icon string, count int) {
		v.Tabs = append(v.Tabs, partials.Tab{Text: text, Icon: icon, Count: ui.CountedText(count), Href: s.Link(f.With("solved", value)), Current: f.Is("solved", value)})
	}
	tab("", "All", "", facets.Solved["yes"]+facets.Solved["no"])
	tab("yes", "Solved", "ok", facets.Solved["yes"])
	tab("no", "Not solved", "x", facets.Solved["no"])
	for i := range page.Items {
		row := s.trajectoryRow(&page.Items[i])
		row.Mark = names(page.Items[i].Run).Mark
		if t := page.Items[i].Type; t != "" && !f.Is("type", t) {
			row.Type = partials.Link{Text: t, Href: s.Link(f.With("type", t))}
		}
		v.Rows = append(v.Rows, row)
	}
	if f.Cursor != "" {
		v.Pager.Newer = s.Link(f.At("", ""))
	}
	if page.Next != "" {
		v.Pager.Older = s.Link(f.At("cursor", page.Next))
	}
	if stats.Count > 0 {
		v.Empty = partials.Empty{Icon: "search", Text: "No trajectory matches.", Action: &partials.Link{Text: "Show all", Href: v.Self}}
	} else {
		v.Empty = partials.Empty{Icon: "replay", Text: "Nothing remembered yet. A trajectory appears here when a run ends.",
			Action: &partials.Link{Text: "Start a run", Href: s.Link("/runs/new")}}
	}
	return v
}

func (s *Section) replayFacets(f replayFilter, facets catalog.TrajectoryFacets) []pages.Facet {
	return ui.SomeFacets(
		s.Facet(f.ListAddress, "World", "env", facets.Envs, ui.ByCount(facets.Envs), nil),
		s.Facet(f.ListAddress, "Type of task", "type", facets.Types, slices.DeleteFunc(ui.ByCount(facets.Types), func(t string) bool { return t == "" }), nil),
		s.Facet(f.ListAddress, "Kept", "pinned", map[string]int{"yes": facets.Pinned}, []string{"yes"}, ui.FacetLabels{"yes": "pinned"}))
}

func replayStats(stats agent.ReplayStats) []pages.Fact {
	facts := []pages.Fact{{Term: "Solved", Value: partials.Count(int64(stats.Successes)), Small: "of " + partials.Count(int64(stats.Count))}}
	if stats.Count > 0 {
		facts = append(facts,
			pages.Fact{Term: "Mean final Φ", Value: partials.Phi(stats.MeanPhi)},
			pages.Fact{Term: "Mean value", Value: ui.Fraction(stats.MeanQ), Help: "Classical value Q: moves towards 1 when a trajectory helped a later task, towards 0 when it did not"})
	}
	return facts
}

func (s *Section) trajectoryRow(t *catalog.TrajectorySummary) replayview.TrajectoryRow {
	return replayview.TrajectoryRow{
		ID: t.ID, Href: s.Link(s.TrajectoryLink(t.ID)), Value: ui.Fraction(t.QValue), ValueBar: ui.Itoa(int(100*t.QValue + .5)),
		Outcome: ui.OutcomeOf(&t.Outcome, agent.RunIsFinished), Task: partials.Clip(t.Purpose, 160), Environment: t.Environment,
		Steps: ui.Itoa(t.Steps), Phi: partials.Phi(t.FinalPhi),
		Delta: partials.NewDelta(t.TotalDelta), Rate: wholePercent(t.SuccessRate), Spark: partials.NewSpark(t.Spark.Points),
		Retrieved: partials.Short(int64(t.Retrieved)), At: partials.Ago(s.Now(), t.At), Pinned: t.Pinned,
	}
}

func wholePercent(x float64) string { return strconv.FormatFloat(100*x, 'f', 0, 64) + " %" }
