package labpages

import (
	"fmt"
	"slices"

	"purposeagent/agent/stats"
	"purposeagent/handlers/ui"
	"purposeagent/internal/lab"
	"purposeagent/views/labview"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// labPlot is the plot of a learning curve; the outcomes of one world's tasks
// are dots above and below it.
var labPlot = ui.PlotArea{Top: 40, Bottom: 286, Left: 3, Right: 96}

// labPlotHeight and what else stands at a fixed height in it, in px.
const (
	labPlotHeight = "346"
	labTicksY     = "341"
	labWordsY     = "166"
)

// maxRawDots bounds the raw outcomes that are drawn at one point: more would
// be a smear.
const maxRawDots = 120

// labPoint is one point of a curve, with what it is made of.
type labPoint struct {
	tasks int
	ui.CurvePoint
	words string
	raw   []stats.Interval // by world
	hits  []bool           // by task, of one world
}

// curveInto draws the learning curve of one world: memory after so many
// training tasks on the same held-out tasks, and the other arms beside its end.
func curveInto(v *labview.ExperimentReport, r *lab.Report, called ui.Titles) {
	if len(r.Curve) == 0 {
		return
	}
	points := make([]labPoint, len(r.Curve))
	for i, p := range r.Curve {
		points[i] = labPoint{tasks: p.Tasks, CurvePoint: ui.CurvePoint{Share: p.Share, Low: p.Low, High: p.High},
			words: fmt.Sprintf("after %s: %d of %d solved, 95 %% interval %s, %s", partials.Plural(p.Tasks, "task"), p.Successes, p.N, ui.RangeWords(p.Low, p.High), partials.Plural(p.Rules, "rule"))}
		if len(p.Outcomes) <= maxRawDots {
			points[i].hits = successes(p.Outcomes)
		}
		v.ChartTable.Rows = append(v.ChartTable.Rows, []string{ui.Itoa(p.Tasks), fmt.Sprintf("%d of %d", p.Successes, p.N), ui.PercentWords(p.Share), ui.RangeWords(p.Low, p.High), ui.Itoa(p.Rules), decimal1(p.MeanSteps)})
	}
	v.ChartTable.Head, v.ChartTable.Numbers = []string{"Training tasks", "Solved", "Share", "95 % interval", "Rules", "Steps"}, 0
	var others []labPoint
	var keys, names []string
	for _, name := range armOrder(r.Arms) {
		a := r.Arms[name]
		if name == lab.On || a.N == 0 {
			continue
		}
		keys, names = append(keys, armKey(name)), append(names, armName(name, called))
		others = append(others, labPoint{tasks: r.Spec.Train, CurvePoint: ui.CurvePoint{Share: a.SuccessRate, Low: a.Low, High: a.High},
			words: fmt.Sprintf("%s: %d of %d solved, 95 %% interval %s", names[len(names)-1], a.Successes, a.N, ui.RangeWords(a.Low, a.High))})
	}
	v.ChartTitle = curveTitle(points)
	v.ChartNote = fmt.Sprintf("Marks: share of the same %s. Dots above and below: each task. Band and bars: 95 %% Wilson interval. Not smoothed.", partials.Plural(r.Spec.Test, "held-out task"))
	v.Chart = labChart(points, keys, names, others, "Share of the held-out tasks solved, by training tasks. ")
	v.Chart.Rows = []pages.Tick{{At: "25", Text: "solved"}, {At: "312", Text: "not"}}
}

// worldsCurveInto draws the learning curve over worlds: each world is a dot.
func worldsCurveInto(v *labview.ExperimentReport, r *lab.WorldsReport, called ui.Titles) {
	if len(r.Curve) == 0 {
		return
	}
	points := make([]labPoint, len(r.Curve))
	for i, p := range r.Curve {
		points[i] = labPoint{tasks: p.Tasks, CurvePoint: ui.CurvePoint{Share: p.Share, Low: p.Low, High: p.High},
			words: fmt.Sprintf("after %s: %s solved, 95 %% interval %s over %s", partials.Plural(p.Tasks, "task"), ui.PercentWords(p.Share), ui.RangeWords(p.Low, p.High), partials.Plural(len(r.Worlds), "world"))}
		lowest := 1.0
		for _, w := range r.Worlds {
			if i < len(w.Curve) {
				at := w.Curve[i]
				points[i].raw = append(points[i].raw, stats.Interval{N: at.N, Hits: at.Successes, Share: at.Share})
				lowest = min(lowest, at.Share)
			}
		}
		v.ChartTable.Rows = append(v.ChartTable.Rows, []string{ui.Itoa(p.Tasks), ui.PercentWords(p.Share), ui.RangeWords(p.Low, p.High), ui.PercentWords(lowest)})
	}
	v.ChartTable.Head = []string{"Training tasks", "Share", "95 % interval", "Worst world"}
	var others []labPoint
	var keys, names []string
	for _, name := range armOrder(r.Arms) {
		a := r.Arms[name]
		if name == lab.On || a.Worlds == 0 {
			continue
		}
		p := labPoint{tasks: r.Worlds[0].Spec.Train, CurvePoint: ui.CurvePoint{Share: a.Share, Low: a.Low, High: a.High},
			words: fmt.Sprintf("%s: %s solved, 95 %% interval %s over %s", armName(name, called), ui.PercentWords(a.Share), ui.RangeWords(a.Low, a.High), partials.Plural(a.Worlds, "world"))}
		for _, w := range r.Worlds {
			if x := w.Arms[name]; x != nil && x.N > 0 {
				p.raw = append(p.raw, stats.Interval{N: x.N, Hits: x.Successes, Share: x.SuccessRate})
			}
		}
		keys, names, others = append(keys, armKey(name)), append(names, armName(name, called)), append(others, p)
	}
	v.ChartTitle = curveTitle(points)
	v.ChartNote = fmt.Sprintf("Marks: mean of %s. Small dots: each world. Band and bars: 95 %% interval over worlds. Not smoothed.", partials.Plural(len(r.Worlds), "world"))
	v.Chart = labChart(points, keys, names, others, "Mean share of the held-out tasks solved over worlds, by training tasks. ")
}

// curveTitle says what the curve shows, in counts.
func curveTitle(points []labPoint) string {
	first, last := points[0], points[len(points)-1]
	return fmt.Sprintf("Held-out tasks solved: %s after %s, %s after %d", ui.PercentWords(first.Share), partials.Plural(first.tasks, "training task"), ui.PercentWords(last.Share), last.tasks)
}

// labChart draws the curve of memory on and the other arms: off and the
// explorer, which learn nothing, as lines across; the others, which were worked
// after the training, as marks beside its end.
func labChart(points []labPoint, keys, names []string, others []labPoint, label string) *pages.CurveChart {
	most := max(points[len(points)-1].tasks, 1)
	plot := labPlot
	chart := &pages.CurveChart{Height: labPlotHeight, XTicksY: labTicksY, WordsY: labWordsY, YTicks: plot.ShareTicks(0, .25, .5, .75, 1), Label: label}
	on := pages.Curve{Key: armKey(lab.On), Name: armName(lab.On, nil)}
	line := make([]ui.CurvePoint, len(points))
	for i := range points {
		p := &points[i]
		p.At = float64(p.tasks) / float64(most)
		line[i] = p.CurvePoint
		on.Marks = append(on.Marks, plot.Mark(p.CurvePoint, "memory on, "+p.words))
		on.Dots = append(on.Dots, rawDots(*p, "memory on")...)
		chart.XTicks = append(chart.XTicks, pages.Tick{At: ui.Px(plot.X(p.At)) + "%", Text: ui.Itoa(p.tasks)})
		chart.Label += "Memory on " + p.words + ". "
	}
	chart.XTicks = apart(chart.XTicks)
	plot.Curve(&on, line)
	on.EndText = on.Name + " " + ui.PercentWords(points[len(points)-1].Share)
	chart.Curves = append(chart.Curves, on)
	for k, p := range others {
		c := pages.Curve{Key: keys[k], Name: names[k]}
		end := p.CurvePoint
		end.At = 1 + .012*float64(k+1) // beside each other, so that no interval hides another
		if keys[k] == string(lab.Off) || keys[k] == string(lab.Explorer) {
			across := []ui.CurvePoint{p.CurvePoint, p.CurvePoint}
			across[1].At = 1
			plot.Curve(&c, across)
			c.Band = ""
		}
		p.At = end.At
		c.Marks, c.Whiskers = []pages.CurveDot{plot.Mark(end, p.words)}, []pages.Whisker{plot.Whisker(end)}
		c.Dots = rawDots(p, c.Name)
		c.LabelY, c.EndText = ui.Px(plot.Y(p.Share)), c.Name+" "+ui.PercentWords(p.Share)
		chart.Label += ui.Title(p.words) + ". "
		chart.Curves = append(chart.Curves, c)
	}
	plot.SeparateLabels(chart.Curves)
	return chart
}

// rawDots are what a point is made of: the share of each world, or the outcome
// of each task in a block above and below the plot.
func rawDots(p labPoint, name string) []pages.CurveDot {
	var out []pages.CurveDot
	x := labPlot.X(p.At)
	for i, w := range p.raw {
		spread := 1.3 * (float64(i) - float64(len(p.raw)-1)/2) / float64(max(len(p.raw)-1, 1))
		out = append(out, pages.CurveDot{X: ui.Px(x+spread) + "%", Y: ui.Px(labPlot.Y(w.Share)),
			Title: fmt.Sprintf("%s, one world: %d of %d solved", name, w.Hits, w.N)})
	}
	const perRow, dx, dy = 12, .9, 5.2
	for _, solved := range []bool{true, false} {
		n := 0
		total := count(p.hits, solved)
		for i, hit := range p.hits {
			if hit != solved {
				continue
			}
			row, column, inRow := n/perRow, n%perRow, min(total, perRow)
			y, word := labPlot.Top-8-dy*float64(row), "solved"
			if !solved {
				y, word = labPlot.Bottom+8+dy*float64(row), "not solved"
			}
			out = append(out, pages.CurveDot{X: ui.Px(x+dx*(float64(column)-float64(inRow-1)/2)) + "%", Y: ui.Px(y), Title: fmt.Sprintf("%s, task %d: %s", name, i+1, word)})
			n++
		}
	}
	return out
}

func count(hits []bool, what bool) int {
	n := 0
	for _, hit := range hits {
		if hit == what {
			n++
		}
	}
	return n
}

func successes(outcomes []lab.Outcome) []bool {
	out := make([]bool, len(outcomes))
	for i, o := range outcomes {
		out[i] = o.Success
	}
	return out
}

// apart leaves out labels of the axis that would lie on the one before; the
// last one stays.
func apart(ticks []pages.Tick) []pages.Tick {
	const least = 5.0 // percent of the width
	at := func(t pages.Tick) (x float64) {
		_, _ = fmt.Sscanf(t.At, "%f%%", &x) // px wrote it
		return x
	}
	var out []pages.Tick
	for i, t := range slices.Backward(ticks) {
		if i == len(ticks)-1 || at(out[len(out)-1])-at(t) >= least {
			out = append(out, t)
		}
	}
	slices.Reverse(out)
	return out
}
