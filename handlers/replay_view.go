package handlers

import (
	"net/url"
	"slices"
	"strconv"
	"unicode/utf8"

	"purposeagent/agent"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// replayFilter is what the address of the replay says.
type replayFilter struct{ text, outcome, env, task, sort, cursor string }

func readReplayFilter(q url.Values) (replayFilter, error) {
	f := replayFilter{q.Get("q"), q.Get("outcome"), q.Get("env"), q.Get("type"), q.Get("sort"), q.Get("cursor")}
	switch {
	case !utf8.ValidString(f.text) || len(f.text) > 500:
		return f, agent.Errorf(agent.CodeInvalid, "the search must be valid text of at most 500 bytes")
	case !utf8.ValidString(f.task) || len(f.task) > 200:
		return f, agent.Errorf(agent.CodeInvalid, "the type of task must be valid text of at most 200 bytes")
	case !slices.Contains([]string{"", "solved", "missed"}, f.outcome):
		return f, agent.Errorf(agent.CodeInvalid, "the outcome must be solved or missed, not %q", partials.Clip(f.outcome, 40))
	case !slices.Contains([]string{"", "value", "newest"}, f.sort):
		return f, agent.Errorf(agent.CodeInvalid, "trajectories can be sorted by value or newest, not %q", partials.Clip(f.sort, 40))
	}
	return f, nil
}

func (f replayFilter) query() agent.TrajectoryQuery {
	q := agent.TrajectoryQuery{Text: f.text, Environment: f.env, Type: f.task, Sort: f.sort, Limit: listLimit, Cursor: f.cursor}
	if f.outcome != "" {
		solved := f.outcome == "solved"
		q.Success = &solved
	}
	return q
}

func (f replayFilter) values() url.Values {
	return addressOf("q", f.text, "outcome", f.outcome, "env", f.env, "type", f.task, "sort", f.sort)
}

func (f replayFilter) with(name, value string) string {
	return withParam("/replay", f.values(), name, value)
}

// trajectories says in words what the last change did.
func (n notice) trajectories() string {
	what := trajectories(n.n)
	switch n.verb {
	case "pin":
		return what + " pinned: kept however full the replay is."
	case "unpin":
		return what + " unpinned."
	case "prune":
		return what + " pruned."
	}
	return ""
}

func trajectories(n int) string {
	if n == 1 {
		return "1 trajectory"
	}
	return partials.Count(int64(n)) + " trajectories"
}

// replayView maps a page of trajectories to what the list shows.
func (s *Server) replayView(f replayFilter, page agent.Page[agent.TrajectorySummary], stats agent.ReplayStats, did notice) pages.Replay {
	values := f.values()
	v := pages.Replay{
		Self: s.link("/replay"), PinURL: s.link("/replay/pin"), PruneURL: s.link("/replay/prune"),
		Query: f.text, Keep: hiddenOf(values, "q", "env", "sort"), Return: values.Encode(),
		Matching: partials.Count(int64(stats.Count)) + " in all", Notice: did.trajectories(),
		Held:    partials.Count(int64(stats.Count)) + " of " + partials.Count(int64(stats.Capacity)),
		HeldBar: itoa(100 * min(stats.Count, stats.Capacity) / max(stats.Capacity, 1)), Stats: replayStats(stats),
		Environments: s.environmentOptions(f.env),
		Sorts:        options(f.sort, "newest", "Newest", "value", "Highest value"),
	}
	if len(page.Items) > 0 {
		v.PruneAll = partials.Link{Text: "Prune all that match…", Href: s.link(withParam("/replay/prune", values, "all", "1"))}
	}
	if s.cfg.Simulate != nil {
		v.SimulateURL = s.link("/replay/simulate")
	}
	tab := func(value, text, icon string, count string) {
		v.Tabs = append(v.Tabs, partials.Tab{Text: text, Icon: icon, Count: count, Href: s.link(f.with("outcome", value)), Current: f.outcome == value})
	}
	if f.task != "" {
		v.Type = &partials.Link{Text: f.task, Href: s.link(f.with("type", ""))}
	}
	tab("", "All", "", partials.Count(int64(stats.Count)))
	tab("solved", "Solved", "ok", partials.Count(int64(stats.Successes)))
	tab("missed", "Not solved", "x", partials.Count(int64(stats.Count-stats.Successes)))
	for i := range page.Items {
		row := s.trajectoryRow(&page.Items[i])
		if t := page.Items[i].Type; t != "" && t != f.task {
			row.Type = partials.Link{Text: t, Href: s.link(f.with("type", t))}
		}
		v.Rows = append(v.Rows, row)
	}
	if f.cursor != "" {
		v.Pager.Newer = s.link(f.with("", ""))
	}
	if page.Next != "" {
		v.Pager.Older = s.link(f.with("cursor", page.Next))
	}
	if stats.Count > 0 {
		v.Empty = partials.Empty{Icon: "search", Text: "No trajectory matches.", Action: &partials.Link{Text: "Show all", Href: v.Self}}
	} else {
		v.Empty = partials.Empty{Icon: "replay", Text: "Nothing remembered yet. A trajectory appears here when a run ends.",
			Action: &partials.Link{Text: "Start a run", Href: s.link("/runs/new")}}
	}
	return v
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
