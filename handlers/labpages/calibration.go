package labpages

import (
	"fmt"

	"purposeagent/agent/calibration"
	"purposeagent/agent/stats"
	"purposeagent/handlers/ui"
	"purposeagent/internal/lab"
	"purposeagent/views/labview"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// calibrationView says how far the critic can be trusted on the test tasks.
func calibrationView(c *lab.Calibration) *labview.CalibrationView {
	if c == nil {
		return &labview.CalibrationView{Words: "Not enough data: fewer than 10 test tasks have a final Φ and an outcome that the critic did not give itself."}
	}
	v := &labview.CalibrationView{Stats: calibrationStats(c), Diagram: reliabilityFigure(pooledBins(c.Bins))}
	v.Gate, v.Judgement = creditGate(c)
	return v
}

// pooledBins puts bins of one prediction together: they would lie on each other.
func pooledBins(bins []stats.Bin) []calibration.ReliabilityBin {
	var out []calibration.ReliabilityBin
	for _, b := range bins {
		if last := len(out) - 1; last >= 0 && out[last].Predicted == b.Predicted {
			pooled := &out[last]
			pooled.Observed = stats.Wilson(pooled.Observed.Hits+b.Successes(), pooled.N+b.N)
			pooled.N += b.N
			continue
		}
		out = append(out, calibration.ReliabilityBin{N: b.N, Predicted: b.Predicted, Observed: stats.Wilson(b.Successes(), b.N)})
	}
	return out
}

// creditGate says whether Φ may give credit, by the same judgement as in the
// product's own runs.
func creditGate(c *lab.Calibration) (partials.Chip, string) {
	f := calibration.CriticFigures{N: c.N, Brier: c.Brier, FalseSuccess: c.FalseSuccess}
	for _, b := range c.Bins {
		f.Successes += b.Successes()
	}
	if min(f.Successes, f.N-f.Successes) >= calibration.MinCriticOutcomes {
		f.Skill = c.Skill
	}
	right, why := f.Right()
	switch right {
	case calibration.RightProven:
		return partials.Chip{Text: "may give credit", Icon: "ok", Tone: "good"}, why
	case calibration.RightLost:
		return partials.Chip{Text: "gives no credit", Icon: "ban", Tone: "warn"}, why
	case calibration.RightUnproven:
	}
	return partials.Chip{Text: "unproven", Icon: "held", Tone: "held"}, why
}

func calibrationStats(c *lab.Calibration) []pages.Fact {
	signed := func(x *float64) string { return ui.FirstOf(ui.SignedFigure(x), "–") }
	wrong := pages.Fact{Term: "False success, Φ > 7", Value: "–", Small: "n 0", Help: "Share of the tasks with a final Φ above 7 that were not solved"}
	if f := c.FalseSuccess; f.N > 0 {
		wrong.Value, wrong.Small = ui.PercentWords(f.Share), fmt.Sprintf("[%.0f, %.0f] n %d", 100*f.Low, 100*f.High, f.N)
	}
	return []pages.Fact{
		{Term: "Brier", Value: fmt.Sprintf("%.3f", c.Brier)[1:], Help: "Mean squared error of the out-of-fold probability of success; 0 is perfect"},
		{Term: "Skill", Value: signed(c.Skill), Help: "Against always saying the base rate: 1 is perfect, 0 is no better"},
		{Term: "ECE", Value: fmt.Sprintf("%.3f", c.ECE)[1:], Help: "Expected calibration error over ten bins of equal mass"},
		{Term: "Spearman", Value: signed(c.Spearman), Help: "Rank correlation of Φ and success; it proves nothing"},
		wrong,
	}
}
