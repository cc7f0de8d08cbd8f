package labpages

import (
	"fmt"
	"slices"
	"strconv"

	"purposeagent/agent"
	"purposeagent/agent/stats"
	"purposeagent/handlers/ui"
	"purposeagent/internal/lab"
	"purposeagent/views/labview"
	"purposeagent/views/partials"
)

// worldsView is what an experiment in several worlds showed, with the parts
// that are of one world for the chosen one.
func (s *Section) worldsView(id string, r *lab.WorldsReport, window outcomeWindow, called ui.Titles) *labview.ExperimentReport {
	v := &labview.ExperimentReport{ForestNote: "Student t over worlds; p by sign flips of worlds, Holm over arms."}
	worldsCurveInto(v, r, called)
	differencesInto(v, worldsDifferences(r, called))
	v.Checks = s.worldsChecks(r)
	worldsArmsInto(v, r, called)
	chosen, number := worldOf(r, window.world)
	v.Worlds = s.worldsTable(id, r, number, called)
	if chosen != nil {
		window.world, v.World = number, "in world "+strconv.FormatInt(number, 10)
		s.partsInto(v, id, chosen, window, called)
		v.TasksTitle += ", " + v.World
		v.TrainingSay = ui.Title(v.World) + ": " + v.TrainingSay
	}
	return v
}

// worldNumbers are the numbers of r.Worlds, which leaves out those that failed.
func worldNumbers(r *lab.WorldsReport) []int64 {
	return slices.DeleteFunc(slices.Clone(r.Numbers), func(n int64) bool { return r.Failed[n] != "" })
}

// worldOf returns the report of a world, that of the first where there is no
// such one; nil where there is none at all.
func worldOf(r *lab.WorldsReport, number int64) (*lab.Report, int64) {
	numbers := worldNumbers(r)
	at := max(slices.Index(numbers, number), 0)
	if at >= len(r.Worlds) || at >= len(numbers) {
		return nil, 0
	}
	return r.Worlds[at], numbers[at]
}

func worldsDifferences(r *lab.WorldsReport, called ui.Titles) []difference {
	var out []difference
	for _, name := range slices.Backward(armOrder(r.Arms)) {
		c, ok := r.Comparisons[comparisonKey(name)]
		if !ok {
			continue
		}
		d := difference{against: string(name), name: armName(name, called), value: c.Difference, low: c.Low, high: c.High, p: c.P, holm: c.Holm, n: c.Worlds, unit: "world"}
		d.showing, _ = r.Against(name)
		d.finding = d.showing.Finding
		d.note = findingNote(d)
		if c.Needed != nil {
			d.need = ui.Count(*c.Needed)
		}
		out = append(out, d)
	}
	return out
}

// leastP is the smallest corrected p that a permutation over n worlds can
// reach: 2/2ⁿ, times the number of comparisons.
func leastP(n, comparisons int) float64 {
	return min(float64(comparisons)*stats.LeastSignFlip(n), 1)
}

// worldsChecks lists what was looked at over the worlds.
func (s *Section) worldsChecks(r *lab.WorldsReport) []labview.Check {
	var out []labview.Check
	add := func(good bool, format string, args ...any) {
		out = append(out, labview.Check{Good: good, Text: fmt.Sprintf(format, args...)})
	}
	n, least := len(r.Worlds), stats.RequiredSigns(len(r.Comparisons))
	switch off, compared := r.Against(lab.Off); {
	case n < least:
		add(false, "Too few worlds: with %d no p can come below %s, whatever the effect; take %d or more", n, pWords(leastP(n, len(r.Comparisons))), max(least, off.Enough))
	case compared && off.Finding == lab.TooFew:
		add(false, "Too few worlds against off: have %d, take %d or more", n, off.Enough)
	default:
		add(true, "Enough worlds for a p below .05: %d", n)
	}
	if failing := failingWorlds(r); len(failing) > 0 {
		add(false, "It fails to learn in %s: %s", partials.Plural(len(failing), "world"), worldsText(failing))
	} else {
		add(true, "It learns in every world")
	}
	if len(r.Failed) > 0 {
		add(false, "%s broke and are not in these figures", partials.Plural(len(r.Failed), "world"))
	}
	var control *ui.Control
	if len(r.Worlds) > 0 {
		control = s.controlOf(r.Worlds[0].Spec.Environment)
	}
	if control != nil {
		off := r.Comparisons[comparisonKey(lab.Off)]
		covers := off != nil && off.Low <= 0 && off.High >= 0
		add(r.Promoted == 0 && covers, "%s: %s promoted in all, the interval covers 0: %s", control.Text, partials.Plural(r.Promoted, "rule"), yesNo(covers))
	}
	lost, alarms := 0, 0
	for _, w := range r.Worlds {
		lost += w.Comparisons[comparisonKey(lab.Off)].Lost
		if c := w.Comparisons[comparisonKey(lab.Off)]; c.Score.Value > 0 && c.Difference < 0 {
			alarms++
		}
	}
	if lost > 0 {
		add(false, "Negative transfer: %s were solved off and not on, over all worlds", partials.Plural(lost, "task"))
	} else {
		add(true, "No negative transfer: nothing was solved off and not on")
	}
	if alarms > 0 {
		add(false, "In %s the score is up and fewer tasks are solved: it may work for the score instead of the purpose", partials.Plural(alarms, "world"))
	} else {
		add(true, "Score and solved tasks rise together")
	}
	add(true, "Configuration and test seeds fixed before the start")
	return out
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

// failingWorlds are those in which memory is not above off at all.
func failingWorlds(r *lab.WorldsReport) []int64 {
	var out []int64
	for i, number := range worldNumbers(r) {
		if i < len(r.Worlds) && failing(r.Worlds[i]) {
			out = append(out, number)
		}
	}
	return out
}

func failing(r *lab.Report) bool {
	c, ok := r.Comparisons[comparisonKey(lab.Off)]
	return ok && c.Low <= 0
}

// worldsArmsInto is the table of arms over worlds.
func worldsArmsInto(v *labview.ExperimentReport, r *lab.WorldsReport, called ui.Titles) {
	for _, name := range armOrder(r.Arms) {
		a := r.Arms[name]
		row := labview.ArmRow{Key: armKey(name), Name: armName(name, called), N: ui.Count(a.N), Solved: ui.Count(a.Successes), Share: "–",
			Range: "not enough data", Score: "–", Steps: "–", Over: "–", Rules: "–"}
		if a.Worlds > 0 {
			row.Share, row.Range = ui.PercentWords(a.Share), ui.RangeWords(a.Low, a.High)
			row.Score, row.Steps = ui.Fraction(a.MeanScore), decimal1(a.MeanSteps)
		}
		rules, tokens, seconds, over, solved := 0, int64(0), 0.0, 0.0, 0
		estimated := false
		var memory []*lab.MemoryCounts
		for _, w := range r.Worlds {
			x := w.Arms[name]
			if x == nil {
				continue
			}
			rules, tokens, seconds = rules+x.Rules, tokens+x.Tokens, seconds+x.Seconds
			estimated = estimated || x.Estimated
			if x.Memory != nil {
				memory = append(memory, &x.Memory.MemoryCounts)
			}
			if x.StepsOverOptimum != nil {
				over, solved = over+*x.StepsOverOptimum*float64(x.Successes), solved+x.Successes
			}
			if x.Error != "" && row.Problem == "" {
				row.Problem = fmt.Sprintf("The arm %s broke in a world: %s", row.Name, ui.Sentence(x.Error))
			}
		}
		if solved > 0 {
			row.Over = strconv.FormatFloat(over/float64(solved), 'f', 2, 64)
		}
		memoryInto(v, &row, lab.NewMemoryReport(memory))
		row.Rules, row.Tokens, row.Time = ui.Count(rules), ui.About(agent.Usage{Estimated: estimated}, partials.Short(tokens)), secondsWords(seconds)
		v.WithCost = v.WithCost || tokens > 0 || seconds > 0
		v.Arms = append(v.Arms, row)
	}
	if on := r.Arms[lab.On]; on != nil && on.Worlds > 0 {
		v.ArmsNote = fmt.Sprintf("Shares and intervals are means over worlds. In the worst world memory on solves %s.", ui.PercentWords(on.Lowest))
	}
}

// worldsTable shows every world, those where it fails with a word.
func (s *Section) worldsTable(id string, r *lab.WorldsReport, chosen int64, called ui.Titles) *labview.WorldsTable {
	t := &labview.WorldsTable{Note: "Worlds are never picked: where learning fails it is shown. A world's number leads to its details below."}
	names := armOrder(r.Arms)
	for _, name := range names {
		t.Arms = append(t.Arms, labview.ArmChoice{Key: armKey(name), Text: armName(name, called)})
	}
	at := 0
	for _, number := range r.Numbers {
		row := labview.WorldRow{World: strconv.FormatInt(number, 10), Current: number == chosen}
		if why := r.Failed[number]; why != "" || at >= len(r.Worlds) {
			row.Problem, row.Interval.Words, row.Points, row.Rules = "broke: "+why, "–", "–", "–"
			row.Shares = slices.Repeat([]string{"–"}, len(names))
			t.Rows = append(t.Rows, row)
			continue
		}
		w := r.Worlds[at]
		at++
		row.Href = s.Link(experimentPath(id) + "?world=" + row.World)
		row.Rules, row.Interval.Words, row.Points = ui.Count(w.Promoted+w.InTrial), "–", "–"
		for _, name := range names {
			share := "–"
			if a := w.Arms[name]; a != nil && a.N > 0 {
				share = ui.PercentWords(a.SuccessRate)
			}
			row.Shares = append(row.Shares, share)
		}
		if c, ok := w.Comparisons[comparisonKey(lab.Off)]; ok {
			d := difference{against: string(lab.Off), name: armName(lab.Off, nil), value: c.Difference, low: c.Low, high: c.High, holm: c.Holm, n: c.N, unit: "task", finding: c.Finding}
			row.Interval, row.Points = differenceInterval(d, -1, 1), arrowPoints(d)
		}
		if failing(w) {
			row.Problem = "not above off"
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}
