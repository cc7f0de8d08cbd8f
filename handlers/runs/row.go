package runs

import (
	"fmt"
	"net/url"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/handlers/ui"
	"purposeagent/views/partials"
	"purposeagent/views/runsview"
)

func (s *Section) runRow(run agent.Run) runsview.RunRow {
	row := runsview.RunRow{ID: run.ID, Href: s.RunLink(run.ID), State: ui.StateOf(run.Status), Reason: run.Reason,
		Name: ui.NameOf(run), Count: "1", Meta: run.Spec.Environment.Name + " · " + ui.ModelName(run.Spec.Models.Actor), Memory: partials.Chip{Text: "on", Icon: "memory", Tone: "acc"},
		Spark: partials.NewSpark(run.Spark.Points), Phi: "–", Outcome: ui.OutcomeOf(run.Outcome, run.Status),
		Steps: ui.Count(run.Steps), Started: partials.Ago(s.Now(), run.CreatedAt)}
	for _, tag := range run.Tags {
		row.Tags = append(row.Tags, partials.Link{Text: tag, Href: s.Link("/runs?q=" + ui.Asks("tag", tag))})
	}
	row.Tokens, row.USD = usageWords(run.Usage)
	if run.Spec.Memory == "off" {
		row.Memory = partials.Chip{Text: "off", Tone: "out"}
	}
	if run.StartedAt != nil {
		row.Phi = partials.Phi(run.Phi)
		row.Started = partials.Ago(s.Now(), *run.StartedAt)
	}
	return row
}

// usageWords are the tokens and the cost of a row.
func usageWords(u agent.Usage) (tokens, usd string) {
	tokens, usd = "–", "–"
	if u.Calls > 0 {
		tokens = ui.About(u, partials.Short(u.Tokens()))
	}
	if u.USD > 0 {
		usd = ui.About(u, ui.Dollars(u.USD))
	}
	return tokens, usd
}

// groupRow is the row of the runs of one launch: those that the query finds.
func (s *Section) groupRow(f runFilter, entry catalog.RunEntry) runsview.RunRow {
	run, g := entry.Run, entry.Group
	name := partials.Name{Text: groupTitle(run.Spec.Environment.Name, g.Found, len(g.ByMemory) > 1), Mark: partials.Plural(g.Found, "run")}
	if g.Tasks == 1 {
		name.Text = ui.NameOf(run).Text
	}
	if g.Found < g.All {
		name.Mark = fmt.Sprintf("%s of %s runs", ui.Count(g.Found), ui.Count(g.All))
	}
	ended := g.Found - openRuns(g)
	row := runsview.RunRow{ID: run.Group, Href: s.Link("/groups/" + url.PathEscape(run.Group)), State: ui.StateOf(groupStatus(g)), Name: name,
		Count: ui.Itoa(g.Found), Meta: run.Spec.Environment.Name + " · " + ui.ModelName(run.Spec.Models.Actor), Memory: memoryChip(g),
		Group: &runsview.GroupPart{Runs: partials.Link{Text: name.Mark, Href: s.Link(f.With("group", run.Group))},
			Ended: ui.Itoa(ended), Of: ui.Itoa(g.Found), Progress: fmt.Sprintf("%s of %s ended", ui.Count(ended), ui.Count(g.Found))},
		Steps: ui.Count(g.Steps), Started: partials.Ago(s.Now(), run.CreatedAt)}
	row.Tokens, row.USD = usageWords(g.Usage)
	if g.Judged > 0 {
		row.Outcome.Text = fmt.Sprintf("%s of %s solved", ui.Count(g.Solved), ui.Count(g.Judged))
	}
	return row
}

// memoryChip says whether the runs of a group remember, or some do.
func memoryChip(g *catalog.GroupSum) partials.Chip {
	switch {
	case len(g.ByMemory) > 1:
		return partials.Chip{Text: "on, off", Icon: "memory"}
	case g.ByMemory["off"] > 0:
		return partials.Chip{Text: "off", Tone: "out"}
	}
	return partials.Chip{Text: "on", Icon: "memory", Tone: "acc"}
}

// openRuns counts the runs of a group that have not ended.
func openRuns(g *catalog.GroupSum) int {
	n := 0
	for status, count := range g.ByStatus {
		if !status.Final() {
			n += count
		}
	}
	return n
}

// groupStatus is the state of a group: what its runs are doing, what they wait
// for where none is at work, and else how most of them ended.
func groupStatus(g *catalog.GroupSum) agent.RunStatus {
	for _, status := range []agent.RunStatus{agent.RunIsRunning, agent.RunIsQueued, agent.RunIsWaiting, agent.RunIsPaused} {
		if g.ByStatus[status] > 0 {
			return status
		}
	}
	most := agent.RunIsFinished
	for _, status := range []agent.RunStatus{agent.RunIsFailed, agent.RunIsStopped} {
		if g.ByStatus[status] > g.ByStatus[most] {
			most = status
		}
	}
	return most
}
