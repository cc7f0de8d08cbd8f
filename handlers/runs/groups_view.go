package runs

import (
	"context"
	"fmt"
	"hash/fnv"
	"net/url"
	"strconv"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/stats"
	"purposeagent/handlers/ui"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
	"purposeagent/views/runsview"
)

// window is how many attempts a running share covers.
const window = 10

// arm is the runs of a group with one memory setting, in the order of launch.
type arm struct {
	key, name string
	runs      []*agent.Run
	hits      []bool // of the ended runs
	at        []int  // index in runs of each hit
}

// armsOf splits a group by its runs' memory: on first. A run that a person
// stopped says nothing about success and is left out of the outcomes; one that
// failed was not solved.
func armsOf(runs []agent.Run) []arm {
	arms := []arm{{key: "on", name: "memory on"}, {key: "off", name: "memory off"}}
	for i := range runs {
		run, a := &runs[i], &arms[0]
		if run.Spec.Memory == "off" {
			a = &arms[1]
		}
		a.runs = append(a.runs, run)
		if v := run.Verdict(); v != nil || run.Status == agent.RunIsFailed {
			a.at = append(a.at, len(a.runs)-1)
			a.hits = append(a.hits, v != nil && v.Success)
		}
	}
	var used []arm
	for _, a := range arms {
		if len(a.runs) > 0 {
			used = append(used, a)
		}
	}
	return used
}

// groupVersion changes whenever anything that the page shows has changed.
func groupVersion(runs []catalog.RunProgress) string {
	h := fnv.New64a()
	var line []byte
	for _, run := range runs {
		line = strconv.AppendInt(append(append(line[:0], run.ID...), ' '), run.LastSeq, 10)
		_, _ = h.Write(append(append(line, ' '), run.Status+";"...)) // a hash never fails
	}
	return strconv.FormatUint(h.Sum64(), 36)
}

// progressOf is how far runs have come.
func progressOf(runs []agent.Run) []catalog.RunProgress {
	progress := make([]catalog.RunProgress, len(runs))
	for i := range runs {
		progress[i] = catalog.RunProgress{ID: runs[i].ID, Status: runs[i].Status, LastSeq: runs[i].LastSeq}
	}
	return progress
}

// groupView maps the runs of a group to its page.
func (s *Section) groupView(id, version string, runs []agent.Run, did ui.Notice) runsview.Group {
	arms := armsOf(runs)
	ended, solved := 0, 0
	for _, run := range runs {
		if run.Status.Final() {
			ended++
		}
	}
	for _, a := range arms {
		solved += countHits(a.hits)
	}
	here := "/groups/" + url.PathEscape(id)
	v := runsview.Group{
		ID: id, Version: version, Title: groupTitle(runs[0].Spec.Environment.Name, len(runs), len(arms) > 1), State: partials.State{Name: "finished", Word: "Finished"},
		Progress: fmt.Sprintf("%d of %d done", ended, len(runs)), Done: ui.Itoa(ended), Total: ui.Itoa(len(runs)),
		Meta: groupMeta(runs), LibraryURL: s.Link("/library?sort=support&q=" + ui.Asks("env", runs[0].Spec.Environment.Name)),
		Goal: ui.Px(100 - 10*runs[0].Spec.EarlyStopPhi),
	}
	if s.cfg.Lab != nil && len(arms) > 1 {
		v.LabURL = s.Link(ui.LabProof(s.Environments.Kinds(), runs[0].Spec))
	}
	if did.Verb == "stop" {
		v.Notice = partials.Plural(did.N, "run") + " stopped. What the others did is kept."
	}
	if open := len(runs) - ended; open > 0 {
		v.Poll = s.Link(here + "?v=" + version)
		v.State = partials.State{Name: "running", Word: "Running"}
		v.Stop = &partials.Post{Label: "Stop " + partials.Plural(open, "remaining run"), Icon: "stop", Class: "stop", Key: ".",
			Action: s.Link(here + "/stop"), Confirm: "Stop the " + partials.Plural(open, "run") + " that have not ended? What has ended is kept."}
	}
	v.Verdict, v.VerdictMore = groupVerdict(arms, v.Poll != "")
	var moving bool
	if v.Held, moving = s.held(runs); v.Held != nil && !moving {
		v.State = partials.State{Name: "waiting", Word: "Waiting"}
		if solvedOrNot(arms) == 0 {
			v.Verdict, v.VerdictMore = pages.Verdict{Lead: "No attempt goes on by itself"}, "None has ended yet."
		}
	}
	for _, a := range arms {
		v.Arms = append(v.Arms, s.armView(a))
		v.Summaries = append(v.Summaries, summaryOf(a))
	}
	v.Chart = groupCurves(arms)
	v.Rows, v.ArmNames = s.groupRows(arms)
	return v
}

// held says what of a group waits for somebody, nil for nothing, and whether
// others of its runs are at work or about to be.
func (s *Section) held(runs []agent.Run) (held *runsview.Held, moving bool) {
	asking, waiting, paused := 0, 0, 0
	var first *agent.Run
	for i := range runs {
		run := &runs[i]
		switch run.Status {
		case agent.RunIsQueued, agent.RunIsRunning:
			moving = true
		case agent.RunIsWaiting:
			if waiting++; run.Asked != nil {
				waiting, asking = waiting-1, asking+1
				if first == nil {
					first = run
				}
			}
		case agent.RunIsPaused:
			paused++
		case agent.RunIsFinished, agent.RunIsFailed, agent.RunIsStopped:
		}
	}
	var parts []string
	if asking > 0 {
		parts = append(parts, partials.Plural(asking, "run")+" "+waits(asking)+" for a person to approve an action")
	}
	if waiting > 0 {
		parts = append(parts, partials.Plural(waiting, "run")+" "+waits(waiting)+" for a model or a world that does not answer")
	}
	if paused > 0 {
		parts = append(parts, partials.Plural(paused, "run")+" paused")
	}
	if len(parts) == 0 {
		return nil, moving
	}
	held = &runsview.Held{Text: ui.Title(strings.Join(parts, ", ")) + "."}
	if !moving && asking > 0 {
		held.Text += " Nothing goes on until a person answers."
	}
	if first != nil {
		held.Link = partials.Link{Text: "Answer the first", Href: s.RunLink(first.ID)}
	}
	return held, moving
}

func waits(n int) string {
	if n == 1 {
		return "waits"
	}
	return "wait"
}

// solvedOrNot counts the attempts that ended with an outcome.
func solvedOrNot(arms []arm) int {
	n := 0
	for _, a := range arms {
		n += len(a.hits)
	}
	return n
}

// groupTitle names so many runs of one launch, with memory on and off or of one kind.
func groupTitle(environment string, n int, both bool) string {
	if both {
		return ui.Title(environment) + ", memory on and off"
	}
	return ui.Title(environment) + ", " + partials.Plural(n, "attempt")
}

// groupMeta says what was run, in a few words each.
func groupMeta(runs []agent.Run) []string {
	spec := runs[0].Spec
	meta := []string{"actor " + ui.ModelName(spec.Models.Actor)}
	purposes := map[string]bool{}
	for _, run := range runs {
		purposes[run.Spec.Purpose] = true
	}
	if len(purposes) > 1 {
		meta = append(meta, partials.Count(int64(len(purposes)))+" different tasks")
	} else {
		meta = append(meta, partials.Clip(spec.Purpose, 120))
	}
	return append(meta, "at most "+partials.Plural(spec.MaxSteps, "step")+" each")
}

// armView draws each attempt of an arm as a small Φ line over the step budget,
// so that a quick solution is a short steep line.
func (s *Section) armView(a arm) runsview.Arm {
	v := runsview.Arm{Key: a.key, Name: a.name}
	ended := 0
	for i := range a.runs {
		if a.runs[i].Status.Final() {
			ended++
		}
		v.Attempts = append(v.Attempts, s.attempt(i+1, a.runs[i]))
	}
	v.Done = fmt.Sprintf("%d of %d done", ended, len(a.runs))
	v.Solved = fmt.Sprintf("%d solved", countHits(a.hits))
	return v
}

func (s *Section) attempt(n int, run *agent.Run) runsview.Attempt {
	v := runsview.Attempt{N: ui.Itoa(n), Href: s.RunLink(run.ID)}
	state, word := attemptState(run)
	v.State = state
	v.Title = fmt.Sprintf("Attempt %d: %s", n, word)
	if run.Steps > 0 {
		v.Title += fmt.Sprintf(", %s, Φ %s", partials.Plural(run.Steps, "step"), partials.Phi(run.Phi))
	}
	v.Line, v.Area = attemptLine(run)
	return v
}

func attemptState(run *agent.Run) (state, word string) {
	switch run.Status {
	case agent.RunIsQueued:
		return "queued", "queued"
	case agent.RunIsRunning:
		return "live", "running"
	case agent.RunIsWaiting:
		if run.Asked != nil {
			return "held", "asks a person"
		}
		return "held", "waiting"
	case agent.RunIsPaused:
		return "held", "paused"
	case agent.RunIsFailed:
		return "failed", "failed"
	case agent.RunIsStopped:
		return "stopped", "stopped"
	case agent.RunIsFinished:
	}
	switch v := run.Verdict(); {
	case v == nil:
		return "unjudged", "nobody said"
	case v.Success:
		return "solved", "solved"
	}
	return "missed", "not solved"
}

// attemptLine draws the sparkline as a step line in a box of 100 × 100, with
// the step budget as its width.
func attemptLine(run *agent.Run) (line, area string) {
	if len(run.Spark.Points) == 0 {
		return "", ""
	}
	budget := float64(max(run.Spec.MaxSteps, run.Steps, 1))
	stride := float64(max(run.Spark.Stride, 1))
	b := make([]byte, 0, 16*(len(run.Spark.Points)+2))
	to := func(x, phi float64) {
		b = ui.AppendPx(append(b, 'H'), x)
		b = ui.AppendPx(append(b, 'V'), yOfPhi(phi))
	}
	b = ui.AppendPx(append(b, "M0 "...), yOfPhi(run.Spark.Points[0]))
	x := 0.0
	for i, phi := range run.Spark.Points[1:] {
		x = min(100*float64(i+1)*stride/budget, 100)
		to(x, phi)
	}
	if end := min(100*float64(run.Steps)/budget, 100); end >= x { // the last value, which the stride may have left out
		to(end, run.Phi)
	}
	area = string(append(b, "V100H0Z"...))
	return area[:len(b)], area
}

// yOfPhi is the place of a Φ in a box of 100.
func yOfPhi(phi float64) float64 {
	return 100 - 10*min(max(phi, 0), agent.MaxPhi)
}

// summaryOf is an arm in numbers.
func summaryOf(a arm) runsview.ArmSummary {
	n := len(a.hits)
	v := runsview.ArmSummary{Key: a.key, Name: a.name, Done: fmt.Sprintf("%d of %d", n, len(a.runs)),
		Solved: "–", First: "–", Last: "–", Range: "not enough data · n " + ui.Itoa(n), Steps: "–"}
	if n == 0 {
		return v
	}
	v.Solved = shareWords(stats.Wilson(countHits(a.hits), n))
	if n >= window {
		last := stats.Wilson(countHits(a.hits[n-window:]), window)
		v.First, v.Last = ofTen(a.hits[:window]), ofTen(a.hits[n-window:])
		v.Range = fmt.Sprintf("%.0f to %.0f %%", 100*last.Low, 100*last.High)
	}
	steps := 0
	for _, i := range a.at {
		steps += a.runs[i].Steps
	}
	v.Steps = strconv.FormatFloat(float64(steps)/float64(n), 'f', 1, 64)
	return v
}

func ofTen(hits []bool) string { return fmt.Sprintf("%d of %d", countHits(hits), len(hits)) }

func shareWords(w stats.Interval) string { return fmt.Sprintf("%d (%.0f %%)", w.Hits, 100*w.Share) }

// groupVerdict says what the outcomes show, and no more than they do: while
// runs go on it only counts, so that nobody stops at a lucky moment.
func groupVerdict(arms []arm, live bool) (verdict pages.Verdict, more string) {
	total, enough := 0, true
	for _, a := range arms {
		total += len(a.hits)
		enough = enough && len(a.hits) >= 2*window
	}
	switch {
	case total == 0 && live:
		return pages.Verdict{Lead: "The first attempts are under way"}, "Each mark below will be one attempt; none has ended yet."
	case total == 0:
		return pages.Verdict{Lead: "No attempt was finished"}, "All were stopped before their end."
	case !enough:
		return pages.Verdict{Lead: soFar(arms)}, fmt.Sprintf("Not enough data for a verdict: it compares the first %d with the last %d, so %d ended attempts of each kind are needed.", window, window, 2*window)
	case len(arms) == 1:
		first, last := firstOfArm(arms[0]), lastOfArm(arms[0])
		return pages.Verdict{Lead: ui.Title(arms[0].name) + ": ", Point: fmt.Sprintf("%d of the last %d solved", last.Hits, window),
			Rest: fmt.Sprintf(", %d of the first %d", first.Hits, window)}, "Change: " + ui.Points(stats.Newcombe(last, first)) + "."
	}
	on, off := lastOfArm(arms[0]), lastOfArm(arms[1])
	first, firstOff := firstOfArm(arms[0]), firstOfArm(arms[1])
	d := stats.Newcombe(on, off)
	more = fmt.Sprintf("Memory on: %d of the first %d, %d of the last %d solved; memory off: %d and %d. Difference in the last %d: %s.",
		first.Hits, window, on.Hits, window, firstOff.Hits, off.Hits, window, ui.Points(d))
	verdict = pages.Verdict{Point: fmt.Sprintf("%d of the last %d", on.Hits, window), Rest: fmt.Sprintf(" solved with memory, %d without", off.Hits)}
	switch {
	case live:
		verdict.Lead = "So far: "
	case d.Low > 0 && stats.Newcombe(on, first).Low > 0:
		verdict.Lead = "It learned: "
	case d.Low > 0:
		verdict.Lead = "Memory helped: "
	case d.High < 0:
		verdict.Lead = "Memory hurt: "
	default:
		verdict.Lead = "No clear difference: "
	}
	return verdict, more
}

func firstOfArm(a arm) stats.Interval { return stats.Wilson(countHits(a.hits[:window]), window) }

func lastOfArm(a arm) stats.Interval {
	return stats.Wilson(countHits(a.hits[len(a.hits)-window:]), window)
}

// soFar counts what has ended.
func soFar(arms []arm) string {
	var parts []string
	for _, a := range arms {
		parts = append(parts, fmt.Sprintf("%s solved %d of %d", a.name, countHits(a.hits), len(a.hits)))
	}
	return "So far " + strings.Join(parts, ", ")
}

// groupRows is the table that says the same as the charts.
func (s *Section) groupRows(arms []arm) (rows []runsview.GroupRow, names []string) {
	longest := 0
	running := make([]map[int]string, len(arms))
	for k, a := range arms {
		names = append(names, a.name)
		longest = max(longest, len(a.runs))
		running[k] = map[int]string{}
		for j, w := range trailing(a.hits, window) {
			if w.N == window {
				running[k][a.at[j]] = fmt.Sprintf("%d of %d", w.Hits, w.N)
			}
		}
	}
	for i := range longest {
		row := runsview.GroupRow{Attempt: ui.Itoa(i + 1)}
		for k, a := range arms {
			cell := runsview.GroupCell{Outcome: "–", Steps: "–", Phi: "–", Running: "–"}
			if i < len(a.runs) {
				run := a.runs[i]
				_, cell.Outcome = attemptState(run)
				cell.Run = partials.Link{Text: ui.MarkOf(*run), Href: s.RunLink(run.ID)}
				cell.Steps, cell.Phi, cell.Running = ui.Itoa(run.Steps), partials.Phi(run.Phi), ui.FirstOf(running[k][i], "–")
			}
			row.Cells = append(row.Cells, cell)
		}
		rows = append(rows, row)
	}
	return rows, names
}

// groupName is what the runs of one launch are called together, or the id of a
// group that is not there.
func (s *Section) groupName(ctx context.Context, id string) string {
	runs, err := s.cfg.Runs.Group(ctx, id)
	if err != nil || len(runs) == 0 {
		return id
	}
	return groupTitle(runs[0].Spec.Environment.Name, len(runs), len(armsOf(runs)) > 1)
}
