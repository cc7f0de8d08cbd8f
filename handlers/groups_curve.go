package handlers

import (
	"fmt"
	"slices"
	"strings"

	"purposeagent/agent/stats"
	"purposeagent/views/pages"
)

// Size of the learning curve in px: outcomes are dots above and below the plot.
const (
	curveTop    = 26.0
	curveBottom = 186.0
	curveLabels = 15.0 // least distance of two labels
)

func curveY(share float64) float64 { return curveBottom - (curveBottom-curveTop)*share }

// curveX places attempt i of n, from 0, in percent.
func curveX(i, n int) float64 {
	if n < 2 {
		return 50
	}
	return 1 + 98*float64(i)/float64(n-1)
}

// groupCurves draws, for each arm, every outcome as a dot, and the share of
// the last ten with its interval from the tenth on. Nothing is smoothed.
func (s *Server) groupCurves(v *pages.Group, arms []arm) {
	longest, most := 0, 0
	for _, a := range arms {
		longest, most = max(longest, len(a.runs)), max(most, len(a.hits))
	}
	var words []string
	for k, a := range arms {
		c := pages.Curve{Key: a.key, Name: a.name}
		for j, hit := range a.hits {
			y, word := curveBottom+9+9*float64(k), "not solved"
			if hit {
				y, word = curveTop-18+9*float64(k), "solved"
			}
			c.Dots = append(c.Dots, pages.CurveDot{X: px(curveX(a.at[j], longest)) + "%", Y: px(y),
				Title: fmt.Sprintf("%s, attempt %d: %s", a.name, a.at[j]+1, word)})
		}
		if last := curveOf(&c, a, longest); last.N == window {
			words = append(words, fmt.Sprintf("%s: %d of the last %d solved, 95 %% interval %.0f to %.0f %%", a.name, last.Hits, window, 100*last.Low, 100*last.High))
		}
		v.Curves = append(v.Curves, c)
	}
	separateLabels(v.Curves)
	v.CurveLabel = "Share of the last 10 attempts solved, by attempt. " + strings.Join(words, "; ")
	if len(words) == 0 {
		v.CurveWords = fmt.Sprintf("not enough data · the running share begins at %d ended attempts, n %d", window, most)
	}
	for _, share := range []float64{0, .5, 1} {
		v.YTicks = append(v.YTicks, pages.Tick{At: px(curveY(share)), Text: fmt.Sprintf("%.0f %%", 100*share)})
	}
	for _, n := range ticks(longest) {
		v.XTicks = append(v.XTicks, pages.Tick{At: px(curveX(n-1, longest)) + "%", Text: itoa(n)})
	}
}

// curveOf draws the running share of one arm and returns its last value.
func curveOf(c *pages.Curve, a arm, longest int) stats.Interval {
	var line, upper strings.Builder
	var lower []string
	var last stats.Interval
	for j, w := range trailing(a.hits, window) {
		if w.N < window {
			continue
		}
		x, step := px(curveX(a.at[j], longest)), "L"
		if last.N == 0 {
			step = "M"
		}
		fmt.Fprintf(&line, "%s%s %s", step, x, px(curveY(w.Share)))
		fmt.Fprintf(&upper, "%s%s %s", step, x, px(curveY(w.High)))
		lower = append(lower, x+" "+px(curveY(w.Low)))
		last = w
		c.EndX, c.EndY = x+"%", px(curveY(w.Share))
	}
	if last.N == 0 {
		return last
	}
	for _, l := range slices.Backward(lower) {
		upper.WriteString("L" + l)
	}
	c.Line, c.Band = line.String(), upper.String()+"Z"
	c.EndText = fmt.Sprintf("%s %.0f %%", a.name, 100*last.Share)
	c.LabelY = c.EndY
	return last
}

// separateLabels moves the labels at the lines' ends apart where they would
// lie on each other.
func separateLabels(curves []pages.Curve) {
	if len(curves) != 2 || curves[0].EndText == "" || curves[1].EndText == "" {
		return
	}
	var y [2]float64
	for i := range curves {
		_, _ = fmt.Sscan(curves[i].EndY, &y[i]) // px wrote it
	}
	gap := y[1] - y[0]
	if gap >= curveLabels || gap <= -curveLabels {
		return
	}
	high, low := 0, 1
	if gap < 0 {
		high, low = 1, 0
	}
	middle := min(max((y[0]+y[1])/2, curveTop), curveBottom)
	curves[high].LabelY, curves[low].LabelY = px(middle-curveLabels/2), px(middle+curveLabels/2)
}

// ticks chooses round attempt numbers for an axis of n.
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
