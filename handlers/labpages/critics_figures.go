package labpages

import (
	"fmt"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/calibration"
	"purposeagent/agent/stats"
	"purposeagent/handlers/ui"
	"purposeagent/views/labview"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

func figureRange(d stats.Difference) string { return ui.Figure(d.Low) + " to " + ui.Figure(d.High) }

// criticStats are a critic's figures with their intervals, or that there is
// not enough data.
func criticStats(r *calibration.CriticReport) []labview.CriticStat {
	const none = "not enough data"
	n := fmt.Sprintf("n %d", r.N)
	tasks := n
	if r.Total > r.N {
		tasks = fmt.Sprintf("the last %d of %d", r.N, r.Total)
	}
	list := []labview.CriticStat{
		{Term: "Solved", Help: "Share of the tasks that were solved, by the environment's or a verifier's word: the base rate", Value: fmt.Sprintf("%d of %d", r.Successes, r.N), Small: tasks},
		{Term: "Skill", Help: "How much better Φ predicts success than the base rate does: 1 is perfect, 0 is no better, below 0 is worse (Brier skill, out of fold)", Value: none, Small: n},
		{Term: "Brier", Help: "Mean squared error of the predicted probability, 0 is perfect", Value: ui.Figure(r.Brier), Small: figureRange(r.BrierInterval)},
		{Term: "ECE", Help: "Expected calibration error: how far the predicted probability is from the outcome, on average over 10 bins of equal mass", Value: ui.Figure(r.ECE.Value), Small: figureRange(r.ECE)},
		{Term: "Above 7, not solved", Help: "Share of the tasks that ended above Φ 7 and were not solved, with Wilson bounds", Value: none, Small: fmt.Sprintf("n %d", r.FalseSuccess.N)},
		{Term: "Rank correlation", Help: "Spearman's, of the final Φ with the outcome. It can be high for a critic that flatters: it decides nothing", Value: none, Small: n},
	}
	if r.N < calibration.MinCriticPairs {
		list[2].Value, list[2].Small = none, n
		list[3].Value, list[3].Small = none, n
	}
	list[4].Term = fmt.Sprintf("False success above Φ %.0f", agent.SuccessPhi)
	if r.SkillInterval != nil {
		list[1].Value, list[1].Small = ui.SignedFigure(r.Skill), figureRange(*r.SkillInterval)+", "+n
	}
	if f := r.FalseSuccess; f.N > 0 {
		list[4].Value, list[4].Small = ui.PercentWords(f.Share), fmt.Sprintf("%s, %d of %d", ui.RangeWords(f.Low, f.High), f.Hits, f.N)
	}
	if r.Spearman != nil {
		list[5].Value, list[5].Small = ui.SignedFigure(&r.Spearman.Value), figureRange(*r.Spearman)+", "+n
	}
	return list
}

// reliabilityPlot is where reliability diagrams are drawn.
var reliabilityPlot = ui.PlotArea{Top: 12, Bottom: 172, Left: 2, Right: 98}

// reliabilityFigure draws bins of predicted and observed shares of success
// against the line on which they would be equal.
func reliabilityFigure(bins []calibration.ReliabilityBin) labview.Reliability {
	plot := reliabilityPlot
	chart := pages.CurveChart{Height: "198", XTicksY: "192", WordsY: "100", YTicks: plot.ShareTicks(0, .5, 1)}
	for _, share := range []float64{0, .25, .5, .75, 1} {
		chart.XTicks = append(chart.XTicks, pages.Tick{At: ui.Px(plot.X(share)) + "%", Text: ui.PercentWords(share)})
	}
	ideal := pages.Curve{Key: "off", Name: "foretold"}
	plot.Curve(&ideal, []ui.CurvePoint{{At: 0, Share: 0, Low: 0, High: 0}, {At: 1, Share: 1, Low: 1, High: 1}})
	ideal.Band, ideal.EndText, ideal.LabelY = "", "as predicted", ui.Px(plot.Y(1))
	seen := pages.Curve{Key: "on", Name: "came"}
	table := partials.Table{Head: []string{"Bin", "Tasks", "Foretold", "Solved", "95 % interval"}, Numbers: 1}
	var words []string
	n := 0
	for i, b := range bins {
		n += b.N
		point := ui.CurvePoint{At: b.Predicted, Share: b.Observed.Share, Low: b.Observed.Low, High: b.Observed.High}
		text := fmt.Sprintf("predicted %s, solved %d of %d", ui.PercentWords(b.Predicted), b.Observed.Hits, b.N)
		seen.Marks = append(seen.Marks, plot.Mark(point, text))
		seen.Whiskers = append(seen.Whiskers, plot.Whisker(point))
		words = append(words, text)
		table.Rows = append(table.Rows, []string{ui.Itoa(i + 1), ui.Itoa(b.N), ui.PercentWords(b.Predicted), ui.PercentWords(b.Observed.Share), ui.RangeWords(b.Observed.Low, b.Observed.High)})
	}
	chart.Curves = []pages.Curve{ideal, seen}
	chart.Label = "Reliability diagram: " + strings.Join(words, "; ")
	if n < calibration.MinCriticPairs {
		chart.Curves, chart.Words = nil, fmt.Sprintf("not enough data · n %d", n)
		chart.Label = "Reliability diagram: " + chart.Words
	}
	return labview.Reliability{Chart: chart, Table: table,
		Note: "Across: the probability of success that the final Φ predicted, each task by an isotonic fit to the others. Up: the share that was solved, with its 95 % Wilson interval. Bins hold equally many tasks."}
}

// maxPhiRows bounds the table of what a Φ means.
const maxPhiRows = 24

// phiTable says from which final Φ on which probability of success holds.
func phiTable(m stats.Steps) partials.Table {
	t := partials.Table{Head: []string{"Final Φ from", "Solved, by all tasks"}, Numbers: 0}
	for i := range m.At {
		if i > 0 && m.Value[i] == m.Value[i-1] {
			continue
		}
		if len(t.Rows) == maxPhiRows {
			t.Note = "Higher values are left out."
			break
		}
		t.Rows = append(t.Rows, []string{partials.Phi(m.At[i]), ui.PercentWords(m.Value[i])})
	}
	return t
}
