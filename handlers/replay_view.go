package handlers

import (
	"net/url"
	"slices"
	"strconv"

	"purposeagent/agent"
	"purposeagent/handlers/query"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

var replayList = listKind{name: "replay", path: "/replay",
	sorts: []partials.Option{{Value: "newest", Text: "Newest"}, {Value: "value", Text: "Highest value"}},
	columns: []listColumn{{"value", "Value", 2}, {"line", "Φ line", 5}, {"final", "Final Φ", 6}, {"delta", "Σ Δ", 7}, {"rate", "Rate", 8}, {"steps", "Steps", 9},
		{"retrieved", "Retrieved", 10}, {"age", "Age", 11}}}

// replayFilter is what the address of the replay says.
type replayFilter struct {
	listAddress
	trajectories agent.TrajectoryQuery
}

func readReplayFilter(q url.Values) (replayFilter, error) {
	address, trajectories, err := readList(&replayList, q, query.Trajectories)
	return replayFilter{address, trajectories}, err
}

func (f replayFilter) query() agent.TrajectoryQuery {
	q := f.trajectories
	q.Sort, q.Limit, q.Cursor = f.sort, listLimit, f.cursor
	return q
}

// trajectoriesNotice says in words what the last change did.
func trajectoriesNotice(n notice) string {
	what := trajectories(n.n)
	switch n.verb {
	case "pin":
		return what + " pinned: kept however full the replay is."
	case "unpin":
		return what + " unpinned."
	case "prune":
		return what + " pruned; for " + itoa(int(agent.PruneBinTime.Hours()/24)) + " days this can be undone."
	case "capacity":
		if n.n == 0 {
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
func (s *Server) replayNotice(n notice, back string) pages.Notice {
	v := pages.Notice{Text: trajectoriesNotice(n), Back: back}
	if n.verb == "prune" && n.change > 0 {
		v.Undo = s.link("/replay/prunes/" + number(n.change) + "/undo")
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
func (s *Server) replayView(f replayFilter, page agent.Page[agent.TrajectorySummary], names func(string) partials.Name, stats agent.ReplayStats, facets agent.TrajectoryFacets, views []agent.SavedView, did notice) pages.Replay {
	values := f.values()
	v := pages.Replay{
		Self: s.link("/replay"), PinURL: s.link("/replay/pin"), PruneURL: s.link("/replay/prune"),
		Query: f.text, Problem: f.problem, Keep: hiddenOf(values, "q", "sort"), Return: values.Encode(),
		Matching: countedText(facets.Matching) + " of " + trajectories(stats.Count), Notice: s.replayNotice(did, values.Encode()),
		Held:     partials.Count(int64(stats.Count-stats.Evidence)) + " of " + partials.Count(int64(stats.Capacity)),
		HeldNote: heldNote(stats), CapacityURL: s.link("/replay/capacity"),
		HeldBar: itoa(100 * min(stats.Count-stats.Evidence, stats.Capacity) / max(stats.Capacity, 1)), Stats: replayStats(stats),
		Sorts: f.sortOptions(), TableClass: f.tableClass(), Menus: s.listMenus(f.listAddress, views), Facets: s.replayFacets(f, facets),
	}
	if n := facets.Matching; n > len(page.Items) && n <= agent.MaxPrune {
		v.All, v.AllText = "1", "all "+partials.Count(int64(n))+" matching"
	}
	if len(page.Items) > 0 {
		v.PruneAll = partials.Link{Text: "Prune all that match…", Href: s.link(withParam("/replay/prune", values, "all", "1"))}
	}
	if s.cfg.Simulate != nil {
		v.SimulateURL = s.link("/replay/simulate")
	}
	tab := func(value, text, icon string, count int) {
		v.Tabs = append(v.Tabs, partials.Tab{Text: text, Icon: icon, Count: countedText(count), Href: s.link(f.with("solved", value)), Current: f.is("solved", value)})
	}
	tab("", "All", "", facets.Solved["yes"]+facets.Solved["no"])
	tab("yes", "Solved", "ok", facets.Solved["yes"])
	tab("no", "Not solved", "x", facets.Solved["no"])
	for i := range page.Items {
		row := s.trajectoryRow(&page.Items[i])
		row.Mark = names(page.Items[i].Run).Mark
		if t := page.Items[i].Type; t != "" && !f.is("type", t) {
			row.Type = partials.Link{Text: t, Href: s.link(f.with("type", t))}
		}
		v.Rows = append(v.Rows, row)
	}
	if f.cursor != "" {
		v.Pager.Newer = s.link(f.at("", ""))
	}
	if page.Next != "" {
		v.Pager.Older = s.link(f.at("cursor", page.Next))
	}
	if stats.Count > 0 {
		v.Empty = partials.Empty{Icon: "search", Text: "No trajectory matches.", Action: &partials.Link{Text: "Show all", Href: v.Self}}
	} else {
		v.Empty = partials.Empty{Icon: "replay", Text: "Nothing remembered yet. A trajectory appears here when a run ends.",
			Action: &partials.Link{Text: "Start a run", Href: s.link("/runs/new")}}
	}
	return v
}

func (s *Server) replayFacets(f replayFilter, facets agent.TrajectoryFacets) []pages.Facet {
	return someFacets(
		s.facet(f.listAddress, "World", "env", facets.Envs, byCount(facets.Envs), nil),
		s.facet(f.listAddress, "Type of task", "type", facets.Types, slices.DeleteFunc(byCount(facets.Types), func(t string) bool { return t == "" }), nil),
		s.facet(f.listAddress, "Kept", "pinned", map[string]int{"yes": facets.Pinned}, []string{"yes"}, facetLabels{"yes": "pinned"}))
}

func replayStats(stats agent.ReplayStats) []pages.Fact {
	facts := []pages.Fact{{Term: "Solved", Value: partials.Count(int64(stats.Successes)), Small: "of " + partials.Count(int64(stats.Count))}}
	if stats.Count > 0 {
		facts = append(facts,
			pages.Fact{Term: "Mean final Φ", Value: partials.Phi(stats.MeanPhi)},
			pages.Fact{Term: "Mean value", Value: fraction(stats.MeanQ), Help: "Classical value Q: moves towards 1 when a trajectory helped a later task, towards 0 when it did not"})
	}
	return facts
}

func (s *Server) trajectoryRow(t *agent.TrajectorySummary) pages.TrajectoryRow {
	return pages.TrajectoryRow{
		ID: t.ID, Href: s.link(s.trajectoryLink(t.ID)), Value: fraction(t.QValue), ValueBar: itoa(int(100*t.QValue + .5)),
		Outcome: outcomeOf(&t.Outcome, agent.RunIsFinished), Task: partials.Clip(t.Purpose, 160), Environment: t.Environment,
		Steps: itoa(t.Steps), Phi: partials.Phi(t.FinalPhi),
		Delta: partials.NewDelta(t.TotalDelta), Rate: wholePercent(t.SuccessRate), Spark: partials.NewSpark(t.Spark.Points),
		Retrieved: partials.Short(int64(t.Retrieved)), At: partials.Ago(s.now(), t.At), Pinned: t.Pinned,
	}
}

func wholePercent(x float64) string { return strconv.FormatFloat(100*x, 'f', 0, 64) + " %" }
