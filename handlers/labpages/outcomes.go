package labpages

import (
	"fmt"
	"net/url"
	"strconv"

	"github.com/a-h/templ"

	"purposeagent/agent"
	"purposeagent/handlers/ui"
	"purposeagent/internal/lab"
	"purposeagent/views/labview"
	"purposeagent/views/partials"
)

// outcomesPerWindow is how many tasks are in the page at once.
const outcomesPerWindow = 100

// maxTaskMarks bounds the tasks that are drawn as one mark each.
const maxTaskMarks = 400

// outcomeWindow is which tasks the address asks for.
type outcomeWindow struct {
	world int64  // 0: the first
	from  int    // from 0
	show  string // "", won, both, lost or neither
}

// readOutcomeWindow takes what makes sense and leaves the rest at its start: a
// window is only a place to look.
func readOutcomeWindow(q url.Values) outcomeWindow {
	w := outcomeWindow{show: q.Get("show")}
	if n, err := strconv.ParseInt(q.Get("world"), 10, 64); err == nil && n >= 0 {
		w.world = n
	}
	if n, err := strconv.Atoi(q.Get("from")); err == nil && n > 0 {
		w.from = n - 1
	}
	if _, ok := pairWords[w.show]; !ok {
		w.show = ""
	}
	return w
}

// values are the window's address parameters.
func (w outcomeWindow) values() url.Values {
	v := ui.AddressOf("show", w.show)
	if w.world > 0 {
		v.Set("world", strconv.FormatInt(w.world, 10))
	}
	if w.from > 0 {
		v.Set("from", ui.Itoa(w.from+1))
	}
	return v
}

// pairWords say how a task ended with memory on and off.
var pairWords = map[string]struct{ glyph, words, short string }{
	"won":     {"▲", "solved only with memory", "only with memory"},
	"both":    {"■", "solved both", "both"},
	"lost":    {"▼", "solved only without", "only without"},
	"neither": {"○", "solved neither", "neither"},
}

// pairOrder is the order in which pairs are shown.
var pairOrder = []string{"won", "both", "lost", "neither"}

// pairedTask is one test task with its outcome in each arm; nil where it was
// not tried.
type pairedTask struct {
	seed     int64
	id       string // of a task of a suite
	optimum  *int
	outcomes map[lab.Arm]*lab.Outcome
}

// pair is won, both, lost or neither; "" where one of the two was not tried.
func (t pairedTask) pair() string {
	on, off := t.outcomes[lab.On], t.outcomes[lab.Off]
	switch {
	case on == nil || off == nil:
		return ""
	case on.Success && off.Success:
		return "both"
	case on.Success:
		return "won"
	case off.Success:
		return "lost"
	}
	return "neither"
}

// pairedTasks groups the outcomes by task, in the order of the report.
func pairedTasks(r *lab.Report) []pairedTask {
	var out []pairedTask
	at := map[int64]int{}
	for i := range r.Outcomes {
		o := &r.Outcomes[i]
		k, known := at[o.Seed]
		if !known {
			k = len(out)
			at[o.Seed] = k
			out = append(out, pairedTask{seed: o.Seed, id: o.Task, optimum: o.Optimum, outcomes: map[lab.Arm]*lab.Outcome{}})
		}
		out[k].outcomes[o.Arm] = o
	}
	return out
}

// tasksInto draws one mark a task, those that memory won first.
func tasksInto(v *labview.ExperimentReport, r *lab.Report) {
	tasks := pairedTasks(r)
	by := map[string][]int64{}
	paired := 0
	for _, t := range tasks {
		if p := t.pair(); p != "" {
			by[p] = append(by[p], t.seed)
			paired++
		}
	}
	if paired == 0 {
		return
	}
	v.TasksTitle = fmt.Sprintf("Each of the %s, with memory and without", partials.Plural(paired, "held-out task"))
	v.TasksLabel = v.TasksTitle + ": "
	for i, p := range pairOrder {
		w := pairWords[p]
		if i > 0 {
			v.TasksLabel += ", "
		}
		v.TasksLabel += fmt.Sprintf("%d %s", len(by[p]), w.words)
		v.TaskCounts = append(v.TaskCounts, labview.TaskMark{Class: p, Glyph: w.glyph, Title: fmt.Sprintf("%d %s", len(by[p]), w.short)})
		for _, seed := range by[p] {
			if paired <= maxTaskMarks {
				v.Tasks = append(v.Tasks, labview.TaskMark{Class: p, Glyph: w.glyph, Title: fmt.Sprintf("task %d: %s", seed, w.words)})
			}
		}
	}
	if c, ok := r.Comparisons[comparisonKey(lab.Off)]; ok {
		v.TasksNote = fmt.Sprintf("McNemar exact p %s on %d against %d.", pWords(c.McNemar), c.Won, c.Lost)
	}
}

// outcomeTable is a window of the tasks of one world.
func (s *Section) outcomeTable(id string, r *lab.Report, w outcomeWindow, called ui.Titles) labview.OutcomeWindow {
	var v labview.OutcomeWindow
	names := armOrder(r.Arms)
	for _, name := range names {
		v.Arms = append(v.Arms, labview.ArmChoice{Key: armKey(name), Text: armName(name, called)})
	}
	all := pairedTasks(r)
	counts := map[string]int{"": len(all)}
	var shown []pairedTask
	for _, t := range all {
		p := t.pair()
		if p != "" {
			counts[p]++
			v.Paired = true
		}
		if w.show == "" || w.show == p {
			shown = append(shown, t)
		}
	}
	if v.Paired {
		v.Tabs = s.outcomeTabs(id, w, counts)
	}
	from := min(w.from, max(len(shown)-1, 0))
	to := min(from+outcomesPerWindow, len(shown))
	for _, t := range shown[from:to] {
		v.Rows = append(v.Rows, outcomeRow(t, names))
	}
	v.Range = "No task is of this kind."
	if len(shown) > 0 {
		v.Range = fmt.Sprintf("%d to %d of %s", from+1, to, partials.Plural(len(shown), "task"))
	}
	if from > 0 {
		v.Earlier = s.outcomesLink(id, outcomeWindow{world: w.world, show: w.show, from: max(from-outcomesPerWindow, 0)})
	}
	if to < len(shown) {
		v.Later = s.outcomesLink(id, outcomeWindow{world: w.world, show: w.show, from: to})
	}
	return v
}

func (s *Section) outcomeTabs(id string, w outcomeWindow, counts map[string]int) []partials.Tab {
	tab := func(show, text string) partials.Tab {
		return partials.Tab{Text: text, Href: s.outcomesLink(id, outcomeWindow{world: w.world, show: show}), Count: ui.Count(counts[show]),
			Current: w.show == show}
	}
	tabs := []partials.Tab{tab("", "All")}
	for _, p := range pairOrder {
		tabs = append(tabs, tab(p, ui.Title(pairWords[p].short)))
	}
	return tabs
}

// outcomesLink leads to a window: htmx fills it in place, others get the page.
func (s *Section) outcomesLink(id string, w outcomeWindow) templ.SafeURL {
	path := experimentPath(id) + "/outcomes"
	if q := w.values().Encode(); q != "" {
		path += "?" + q
	}
	return s.Link(path)
}

func outcomeRow(t pairedTask, names []lab.Arm) labview.OutcomeRow {
	row := labview.OutcomeRow{Seed: ui.FirstOf(t.id, strconv.FormatInt(t.seed, 10)), Optimum: "–", Class: t.pair()}
	if t.optimum != nil {
		row.Optimum = ui.Itoa(*t.optimum)
	}
	if row.Class != "" {
		row.Verdict = pairWords[row.Class].glyph + " " + pairWords[row.Class].short
	}
	for _, name := range names {
		row.Cells = append(row.Cells, outcomeCell(t.outcomes[name]))
	}
	return row
}

func outcomeCell(o *lab.Outcome) labview.OutcomeCell {
	if o == nil {
		return labview.OutcomeCell{Steps: "not tried"}
	}
	cell := labview.OutcomeCell{Mark: partials.Outcome{Tone: "mut", Icon: "x", Text: "not"}, Steps: fmt.Sprintf("%d of %d", o.Steps, o.Limit),
		Title: fmt.Sprintf("score %s, stopped by %s", ui.Fraction(o.Score), o.Stopped)}
	switch {
	case o.Error != "":
		cell.Mark, cell.Title = partials.Outcome{Tone: "fail", Icon: "warn", Text: "failed"}, o.Error
	case o.Success:
		cell.Mark = partials.Outcome{Tone: "ok", Icon: "ok", Text: "solved"}
	}
	if o.Source == string(agent.SourceCritic) {
		cell.Mark.Tone, cell.Title = "says", "the critic says so; "+cell.Title
	}
	return cell
}
