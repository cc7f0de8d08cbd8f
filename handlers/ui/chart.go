package ui

import (
	"fmt"
	"slices"
	"strings"

	"purposeagent/agent/stats"
	"purposeagent/views/pages"
)

// curveLabels is the least distance of two labels at the right end, in px.
const curveLabels = 15.0

// PlotArea is where the shares of a chart are drawn: y from top (all) to
// Bottom (none) in px, x between margins in percent of the width.
type PlotArea struct{ Top, Bottom, Left, Right float64 }

// Y places a share.
func (p PlotArea) Y(share float64) float64 { return p.Bottom - (p.Bottom-p.Top)*share }

// X places a part of the axis, from 0 to 1.
func (p PlotArea) X(part float64) float64 { return p.Left + (p.Right-p.Left)*part }

// CurvePoint is one point of a curve: where on the axis (0 to 1), and the
// Share with its interval.
type CurvePoint struct {
	At               float64
	Share, Low, High float64
}

// Curve draws points as a line with a band, straight from one to the next.
// The end's label stands at the last one.
func (p PlotArea) Curve(c *pages.Curve, points []CurvePoint) {
	if len(points) == 0 {
		return
	}
	var line, band strings.Builder
	step := "M"
	for _, point := range points {
		fmt.Fprintf(&line, "%s%s %s", step, Px(p.X(point.At)), Px(p.Y(point.Share)))
		fmt.Fprintf(&band, "%s%s %s", step, Px(p.X(point.At)), Px(p.Y(point.High)))
		step = "L"
	}
	for _, point := range slices.Backward(points) {
		fmt.Fprintf(&band, "L%s %s", Px(p.X(point.At)), Px(p.Y(point.Low)))
	}
	c.Line, c.Band = line.String(), band.String()+"Z"
	c.LabelY = Px(p.Y(points[len(points)-1].Share))
}

// Mark is the place of a point, with words.
func (p PlotArea) Mark(point CurvePoint, words string) pages.CurveDot {
	return pages.CurveDot{X: Px(p.X(point.At)) + "%", Y: Px(p.Y(point.Share)), Title: words}
}

// Whisker is the interval of a point as an upright line.
func (p PlotArea) Whisker(point CurvePoint) pages.Whisker {
	return pages.Whisker{X: Px(p.X(point.At)) + "%", Low: Px(p.Y(point.Low)), High: Px(p.Y(point.High))}
}

// ShareTicks are the marks of the axis of shares.
func (p PlotArea) ShareTicks(shares ...float64) []pages.Tick {
	var out []pages.Tick
	for _, share := range shares {
		out = append(out, pages.Tick{At: Px(p.Y(share)), Text: PercentWords(share)})
	}
	return out
}

// SeparateLabels moves the labels at the curves' ends apart where they would
// lie on each other, as little as it can: labels that touch share the middle
// of where they wanted to be.
func (p PlotArea) SeparateLabels(curves []pages.Curve) {
	type stack struct {
		sum   float64 // of where its labels want its first one to be
		of    []int
		first float64
	}
	var order []int
	want := make([]float64, len(curves))
	for i, c := range curves {
		if c.EndText != "" {
			_, _ = fmt.Sscan(c.LabelY, &want[i]) // px wrote it
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return compareFloats(want[a], want[b]) })
	var stacks []stack
	for _, i := range order {
		s := stack{of: []int{i}, sum: want[i], first: want[i]}
		for len(stacks) > 0 {
			last := stacks[len(stacks)-1]
			if last.first+curveLabels*float64(len(last.of)) <= s.first {
				break
			}
			s.sum += last.sum - curveLabels*float64(len(last.of)*len(s.of))
			s.of = append(slices.Clone(last.of), s.of...)
			s.first = s.sum / float64(len(s.of))
			stacks = stacks[:len(stacks)-1]
		}
		stacks = append(stacks, s)
	}
	for _, s := range stacks {
		first := min(max(s.first, p.Top), max(p.Bottom-curveLabels*float64(len(s.of)-1), p.Top))
		for k, i := range s.of {
			curves[i].LabelY = Px(first + curveLabels*float64(k))
		}
	}
}

func compareFloats(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// PercentWords writes a share as "58 %".
func PercentWords(share float64) string { return fmt.Sprintf("%.0f %%", 100*share) }

// RangeWords writes an interval of shares as "42 to 61 %".
func RangeWords(low, high float64) string { return fmt.Sprintf("%.0f to %.0f %%", 100*low, 100*high) }

// SignedPoints writes a difference of shares as "+31" points.
func SignedPoints(x float64) string {
	text := strings.Replace(fmt.Sprintf("%+.0f", 100*x), "-", "−", 1)
	if text == "+0" || text == "−0" {
		return "0"
	}
	return text
}

// Points writes a difference of shares with its interval.
func Points(d stats.Difference) string {
	return fmt.Sprintf("%s points, 95 %% interval %s to %s", SignedPoints(d.Value), SignedPoints(d.Low), SignedPoints(d.High))
}

// Ticks chooses round numbers for an axis from 1 to n.
func Ticks(n int) []int {
	if n <= 0 {
		return nil
	}
	step := 1
	for _, s := range []int{1, 2, 5, 10, 20, 50, 100, 200} {
		if step = s; n/s <= 8 {
			break
		}
	}
	out := []int{1}
	for i := step; i <= n; i += step {
		if i > 1 {
			out = append(out, i)
		}
	}
	return out
}
