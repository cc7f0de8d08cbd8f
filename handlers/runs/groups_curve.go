package runs

import (
	"fmt"

	"purposeagent/agent/stats"
	"purposeagent/handlers/ui"
	"purposeagent/views/pages"
)

// groupPlot is the plot of the page of a group; outcomes are dots above and below it.
var groupPlot = ui.PlotArea{Top: 26, Bottom: 186, Left: 1, Right: 99}

// attemptAt places attempt i of n, from 0, on the axis.
func attemptAt(i, n int) float64 {
	if n < 2 {
		return .5
	}
	return float64(i) / float64(n-1)
}

// groupCurves draws, for each arm, every outcome as a dot, and the share of
// the last ten with its interval from the tenth on. Nothing is smoothed.
func groupCurves(arms []arm) pages.CurveChart {
	plot := groupPlot
	longest, most := 0, 0
	for _, a := range arms {
		longest, most = max(longest, len(a.runs)), max(most, len(a.hits))
	}
	chart := pages.CurveChart{Height: "226", XTicksY: "222", WordsY: "110", YTicks: plot.ShareTicks(0, .5, 1),
		Rows:  []pages.Tick{{At: "15", Text: "solved"}, {At: "203", Text: "not"}},
		Label: "Share of the last 10 attempts solved, by attempt. "}
	words := ""
	for k, a := range arms {
		c := pages.Curve{Key: a.key, Name: a.name}
		for j, hit := range a.hits {
			y, word := plot.Bottom+9+9*float64(k), "not solved"
			if hit {
				y, word = plot.Top-18+9*float64(k), "solved"
			}
			c.Dots = append(c.Dots, pages.CurveDot{X: ui.Px(plot.X(attemptAt(a.at[j], longest))) + "%", Y: ui.Px(y),
				Title: fmt.Sprintf("%s, attempt %d: %s", a.name, a.at[j]+1, word)})
		}
		if last := curveOf(&c, a, longest); last.N == window {
			if words != "" {
				words += "; "
			}
			words += fmt.Sprintf("%s: %d of the last %d solved, 95 %% interval %s", a.name, last.Hits, window, ui.RangeWords(last.Low, last.High))
		}
		chart.Curves = append(chart.Curves, c)
	}
	plot.SeparateLabels(chart.Curves)
	chart.Label += words
	if words == "" {
		chart.Words = fmt.Sprintf("not enough data · the running share begins at %d ended attempts, n %d", window, most)
	}
	for _, n := range ui.Ticks(longest) {
		chart.XTicks = append(chart.XTicks, pages.Tick{At: ui.Px(plot.X(attemptAt(n-1, longest))) + "%", Text: ui.Itoa(n)})
	}
	return chart
}

// curveOf draws the running share of one arm and returns its last value.
func curveOf(c *pages.Curve, a arm, longest int) stats.Interval {
	var line []ui.CurvePoint
	var last stats.Interval
	for j, w := range trailing(a.hits, window) {
		if w.N < window {
			continue
		}
		line = append(line, ui.CurvePoint{At: attemptAt(a.at[j], longest), Share: w.Share, Low: w.Low, High: w.High})
		last = w
	}
	if last.N == 0 {
		return last
	}
	groupPlot.Curve(c, line)
	c.Marks = []pages.CurveDot{groupPlot.Mark(line[len(line)-1], "")}
	c.EndText = a.name + " " + ui.PercentWords(last.Share)
	return last
}
