package handlers

import (
	"fmt"
	"slices"
	"strings"

	"purposeagent/agent/stats"
	"purposeagent/views/pages"
)

// curveLabels is the least distance of two labels at the right end, in px.
const curveLabels = 15.0

// plotArea is where the shares of a chart are drawn: y from top (all) to
// bottom (none) in px, x between margins in percent of the width.
type plotArea struct{ top, bottom, left, right float64 }

func (p plotArea) y(share float64) float64 { return p.bottom - (p.bottom-p.top)*share }

// x places a part of the axis, from 0 to 1.
func (p plotArea) x(part float64) float64 { return p.left + (p.right-p.left)*part }

// curvePoint is one point of a curve: where on the axis (0 to 1), and the
// share with its interval.
type curvePoint struct {
	at               float64
	share, low, high float64
}

// curve draws points as a line with a band, straight from one to the next.
// The end's label stands at the last one.
func (p plotArea) curve(c *pages.Curve, points []curvePoint) {
	if len(points) == 0 {
		return
	}
	var line, band strings.Builder
	step := "M"
	for _, point := range points {
		fmt.Fprintf(&line, "%s%s %s", step, px(p.x(point.at)), px(p.y(point.share)))
		fmt.Fprintf(&band, "%s%s %s", step, px(p.x(point.at)), px(p.y(point.high)))
		step = "L"
	}
	for _, point := range slices.Backward(points) {
		fmt.Fprintf(&band, "L%s %s", px(p.x(point.at)), px(p.y(point.low)))
	}
	c.Line, c.Band = line.String(), band.String()+"Z"
	c.LabelY = px(p.y(points[len(points)-1].share))
}

// mark is the place of a point, with words.
func (p plotArea) mark(point curvePoint, words string) pages.CurveDot {
	return pages.CurveDot{X: px(p.x(point.at)) + "%", Y: px(p.y(point.share)), Title: words}
}

// whisker is the interval of a point as an upright line.
func (p plotArea) whisker(point curvePoint) pages.Whisker {
	return pages.Whisker{X: px(p.x(point.at)) + "%", Low: px(p.y(point.low)), High: px(p.y(point.high))}
}

// shareTicks are the marks of the axis of shares.
func (p plotArea) shareTicks(shares ...float64) []pages.Tick {
	var out []pages.Tick
	for _, share := range shares {
		out = append(out, pages.Tick{At: px(p.y(share)), Text: percentWords(share)})
	}
	return out
}

// separateLabels moves the labels at the curves' ends apart where they would
// lie on each other, as little as it can: labels that touch share the middle
// of where they wanted to be.
func (p plotArea) separateLabels(curves []pages.Curve) {
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
		first := min(max(s.first, p.top), max(p.bottom-curveLabels*float64(len(s.of)-1), p.top))
		for k, i := range s.of {
			curves[i].LabelY = px(first + curveLabels*float64(k))
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

// percentWords writes a share as "58 %".
func percentWords(share float64) string { return fmt.Sprintf("%.0f %%", 100*share) }

// rangeWords writes an interval of shares as "42 to 61 %".
func rangeWords(low, high float64) string { return fmt.Sprintf("%.0f to %.0f %%", 100*low, 100*high) }

// signedPoints writes a difference of shares as "+31" points.
func signedPoints(x float64) string {
	text := strings.Replace(fmt.Sprintf("%+.0f", 100*x), "-", "−", 1)
	if text == "+0" || text == "−0" {
		return "0"
	}
	return text
}

// points writes a difference of shares with its interval.
func points(d stats.Difference) string {
	return fmt.Sprintf("%s points, 95 %% interval %s to %s", signedPoints(d.Value), signedPoints(d.Low), signedPoints(d.High))
}

// ticks chooses round numbers for an axis from 1 to n.
func ticks(n int) []int {
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
