package runs

import (
	"fmt"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/ui"
	"purposeagent/views/pages"
)

// armOf makes an arm of ended runs: + solved, - not, ! failed, x stopped, . queued.
func armOf(memory, marks string) []agent.Run {
	var runs []agent.Run
	for i, mark := range marks {
		run := agent.Run{ID: memory + ui.Itoa(i), Spec: agent.RunSpec{Memory: memory, MaxSteps: 40}.WithDefaults(), Status: agent.RunIsFinished, Steps: 10}
		switch mark {
		case '+', '-':
			run.Outcome = &agent.Outcome{Success: mark == '+', Source: agent.SourceEnvironment}
		case '!':
			run.Status, run.Outcome = agent.RunIsFailed, &agent.Outcome{Success: true}
		case 'x':
			run.Status, run.Outcome = agent.RunIsStopped, &agent.Outcome{Success: true}
		case '.':
			run.Status = agent.RunIsQueued
		}
		runs = append(runs, run)
	}
	return runs
}

// The page says what the outcomes show and no more.
func TestGroupVerdict(t *testing.T) {
	none, all := strings.Repeat("-", 10), strings.Repeat("+", 10)
	for _, test := range []struct {
		name, on, off string
		live          bool
		verdict       string
		more          string
	}{
		{"nothing ended", "..", "..", true, "The first attempts are under way", "none has ended yet"},
		{"all stopped", "xx", "xx", false, "No attempt was finished", "stopped"},
		{"too few", "+-+-", "----", false, "So far memory on solved 2 of 4, memory off solved 0 of 4", "Not enough data for a verdict"},
		{"one arm has too few", none + all, "---", false, "So far memory on solved 10 of 20, memory off solved 0 of 3", "Not enough data"},
		{"learned", none + all, none + none, false, "It learned: 10 of the last 10 solved with memory, 0 without", "Memory on: 0 of the first 10, 10 of the last 10 solved; memory off: 0 and 0. Difference in the last 10: +100 points, 95 % interval +61 to +100."},
		{"learned, but still running", none + all + ".", none + none, true, "So far: 10 of the last 10 solved with memory, 0 without", ""},
		{"good from the start", all + all, none + none, false, "Memory helped: 10 of the last 10", ""},
		{"hurt", none + none, all + all, false, "Memory hurt: 0 of the last 10 solved with memory, 10 without", ""},
		{"no difference", none + "-----+++++", none + "----++++++", false, "No clear difference: 5 of the last 10", "−10 points"},
		{"one arm", none + all, "", false, "Memory on: 10 of the last 10 solved, 0 of the first 10", "Change: +100 points"},
		{"failed runs are not solved, stopped ones do not count", none + "!!!!!!!!!!x", none + none, false, "No clear difference: 0 of the last 10", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			v, more := groupVerdict(armsOf(append(armOf("on", test.on), armOf("off", test.off)...)), test.live)
			if got := v.Lead + v.Point + v.Rest; !strings.HasPrefix(got, test.verdict) {
				t.Errorf("got %q, want %q", got, test.verdict)
			}
			if !strings.Contains(more, test.more) {
				t.Errorf("got %q, want %q", more, test.more)
			}
		})
	}
}

// The curve begins with the tenth ended attempt, never before.
func TestGroupCurveNeedsData(t *testing.T) {
	x := New(pagetest.Kit(nil), Config{})
	for _, test := range []struct {
		name string
		runs []agent.Run
		want int // lines drawn
	}{
		{"nine ended", armOf("on", "+-+-+-+-+...."), 0},
		{"ten ended", armOf("on", "+-+-+-+-+-..."), 1},
		{"ten in each arm", append(armOf("on", "+-+-+-+-+-"), armOf("off", "----------")...), 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := x.groupView("g", "v", test.runs, ui.Notice{})
			lines, dots := 0, 0
			for _, c := range v.Chart.Curves {
				if c.Line != "" {
					lines++
				}
				dots += len(c.Dots)
			}
			if lines != test.want || (test.want == 0) != (v.Chart.Words != "") {
				t.Errorf("%d lines, words %q; want %d lines", lines, v.Chart.Words, test.want)
			}
			if dots == 0 {
				t.Error("the raw outcomes are not drawn")
			}
		})
	}
}

// chartCurves are curves with labels at some heights.
func chartCurves(at []float64) []pages.Curve {
	var out []pages.Curve
	for _, y := range at {
		out = append(out, pages.Curve{EndText: "x", LabelY: ui.Px(y)})
	}
	return out
}

// Labels at the right end never lie on each other, and stay in the plot.
func TestChartLabelsStandApart(t *testing.T) {
	for _, test := range []struct {
		name string
		at   []float64
		want string
	}{
		{"far apart", []float64{50, 150}, "[50.0 150.0]"},
		{"two on one", []float64{100, 100}, "[92.5 107.5]"},
		{"three, one alone", []float64{100, 102, 170}, "[93.5 108.5 170.0]"},
		{"a chain", []float64{100, 110, 120, 130}, "[92.5 107.5 122.5 137.5]"},
		{"at the bottom", []float64{184, 186}, "[171.0 186.0]"},
		{"in another order", []float64{102, 100}, "[108.5 93.5]"},
	} {
		t.Run(test.name, func(t *testing.T) {
			curves := chartCurves(test.at)
			groupPlot.SeparateLabels(curves)
			var got []string
			for _, c := range curves {
				got = append(got, c.LabelY)
			}
			if fmt.Sprint(got) != test.want {
				t.Errorf("got %v, want %s", got, test.want)
			}
		})
	}
}
