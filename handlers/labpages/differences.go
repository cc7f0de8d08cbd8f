package labpages

import (
	"fmt"
	"math"
	"slices"

	"purposeagent/handlers/ui"
	"purposeagent/internal/lab"
	"purposeagent/views/labview"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// difference is a comparison of memory on with another arm, of tasks or of worlds.
type difference struct {
	against, name      string // the arm, and its words
	value, low, high   float64
	p, holm            float64
	n                  int
	unit               string
	won, lost          int
	mcnemar            float64
	method, note, need string
	finding            lab.Finding // what is shown, as the lab decides it
	showing            lab.Showing
}

// above and below report whether a difference is shown.
func (d difference) above() bool { return d.finding == lab.Helps }
func (d difference) below() bool { return d.finding == lab.Harms }

// differencesOf are the comparisons of one world, the one with off first.
func differencesOf(r *lab.Report, called ui.Titles) []difference {
	var out []difference
	for _, name := range slices.Backward(armOrder(r.Arms)) {
		c, ok := r.Comparisons[comparisonKey(name)]
		if !ok {
			continue
		}
		d := difference{against: string(name), name: armName(name, called), value: c.Difference, low: c.Low, high: c.High, p: c.P, holm: c.Holm, n: c.N, unit: "task",
			won: c.Won, lost: c.Lost, mcnemar: c.McNemar, method: c.Method, need: "–"}
		d.showing, _ = r.Against(name)
		d.finding = d.showing.Finding
		if c.Needed != nil {
			d.need = ui.Count(*c.Needed)
		}
		d.note = findingNote(d)
		out = append(out, d)
	}
	return out
}

// findingNote says beside a difference that is not shown what it would take.
func findingNote(d difference) string {
	switch d.finding {
	case lab.Helps, lab.Harms:
		return ""
	case lab.TooFew:
		return fmt.Sprintf("too few %ss to say; take %s or more", d.unit, ui.Count(d.showing.Enough))
	case lab.NoneShown:
	}
	switch {
	case d.value != 0 && d.showing.Enough > d.n:
		return "not shown; so small a difference needs about " + partials.Plural(d.showing.Enough, d.unit)
	case d.value != 0:
		return "not shown, though its size should show in " + partials.Plural(d.showing.Enough, d.unit)
	case d.unit == "task" && d.won+d.lost == 0:
		return "not shown; both solved the same tasks"
	}
	return "not shown; both solved the same number of tasks"
}

// differencesInto draws the forest on one scale, with its table.
func differencesInto(v *labview.ExperimentReport, all []difference) {
	least, most := 0.0, .1
	for _, d := range all {
		least, most = min(least, d.low), max(most, d.high)
	}
	least, most = math.Floor(10*least)/10, math.Ceil(10*most)/10
	for _, mark := range scaleMarks(least, most) {
		v.Scale = append(v.Scale, pages.Tick{At: ui.Percent((mark - least) / (most - least)), Text: ui.SignedPoints(mark)})
	}
	v.ForestTable = partials.Table{Head: []string{"Comparison", "Points", "95 % interval", "p", "Holm", "n", "Won", "Lost", "McNemar", "Needed", "Interval by"}, Numbers: 1}
	for _, d := range all {
		name := "on − " + d.name
		row := labview.ComparisonRow{Key: armKey(d.against), Name: name, Interval: differenceInterval(d, least, most), Points: arrowPoints(d),
			P: "p " + pWords(d.holm), Note: d.note}
		if d.holm < .0001 {
			row.P = "p < .0001"
		}
		v.Comparisons = append(v.Comparisons, row)
		cells := []string{name, ui.SignedPoints(d.value), "[" + ui.SignedPoints(d.low) + ", " + ui.SignedPoints(d.high) + "]", pWords(d.p), pWords(d.holm),
			partials.Plural(d.n, d.unit), "–", "–", "–", "–", "Student t over worlds"}
		if d.unit == "task" {
			copy(cells[6:], []string{ui.Itoa(d.won), ui.Itoa(d.lost), pWords(d.mcnemar), d.need, d.method})
		}
		v.ForestTable.Rows = append(v.ForestTable.Rows, cells)
	}
}

// differenceInterval places a difference on a scale. Its tone is that of a
// proven one only where the corrected p agrees with the interval.
func differenceInterval(d difference, least, most float64) pages.Interval {
	at := func(x float64) string { return ui.Percent((x - least) / (most - least)) }
	v := pages.Interval{Point: at(d.value), Low: at(d.low), High: at(d.high), Zero: at(0), Tone: "b-nil", Radius: "4.5",
		Share: ui.SignedPoints(d.value), Range: "[" + ui.SignedPoints(d.low) + ", " + ui.SignedPoints(d.high) + "]"}
	switch {
	case d.above():
		v.Tone = "b-pos"
	case d.below():
		v.Tone = "b-neg"
	}
	v.Label = fmt.Sprintf("on − %s: %s points, 95 %% interval %s to %s, %s", d.name, ui.SignedPoints(d.value),
		ui.SignedPoints(d.low), ui.SignedPoints(d.high), partials.Plural(d.n, d.unit))
	return v
}

// scaleMarks are at most five round places of a scale, 0 among them.
func scaleMarks(least, most float64) []float64 {
	for _, step := range []float64{.1, .2, .5, 1} {
		var out []float64
		for k := math.Ceil(least/step - 1e-9); k <= math.Floor(most/step+1e-9); k++ {
			out = append(out, k*step)
		}
		if len(out) <= 5 {
			return out
		}
	}
	return []float64{0}
}

// arrowPoints is a difference in points; the arrow is for a proven one.
func arrowPoints(d difference) string {
	text := ui.SignedPoints(d.value)
	switch {
	case d.above():
		return "▲ " + text
	case d.below():
		return "▼ " + text
	}
	return text
}
