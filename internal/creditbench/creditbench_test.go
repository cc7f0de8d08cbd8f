package creditbench_test

import (
	"reflect"
	"testing"

	"purposeagent/internal/creditbench"
)

func cell(t *testing.T, cells []creditbench.Cell, estimator string, tasks int) creditbench.Cell {
	t.Helper()
	for _, c := range cells {
		if c.Estimator == estimator && c.Tasks == tasks {
			return c
		}
	}
	t.Fatalf("no cell %q after %d tasks", estimator, tasks)
	return creditbench.Cell{}
}

// What the product decides by tells help from harm better than raw Q does,
// which the difficulty of tasks confounds.
func TestEstimatorsBeatRawQ(t *testing.T) {
	cfg := creditbench.Config{Seeds: 12, Points: []int{300, 1500}}
	cells := creditbench.Run(cfg)
	for _, name := range []string{"advantage", "hold-out uplift"} {
		if c := cell(t, cells, name, 1500); !c.Beats() || c.AUC.Low < .75 {
			t.Errorf("%s after 1,500 tasks: AUC %.2f [%.2f, %.2f], above raw Q by %.2f [%.2f, %.2f]",
				name, c.AUC.Value, c.AUC.Low, c.AUC.High, c.AboveQ.Value, c.AboveQ.Low, c.AboveQ.High)
		}
	}
	if c := cell(t, cells, "raw Q", 1500); c.AUC.Value > .9 || c.AboveQ.Value != 0 {
		t.Errorf("raw Q converges here (%+v): the simulation does not confound it", c)
	}
	if again := creditbench.Run(cfg); !reflect.DeepEqual(cells, again) {
		t.Error("equal configurations give other figures")
	}
}

// Where rules do nothing, nobody can tell them apart.
func TestNothingIsFoundWhereNothingIs(t *testing.T) {
	for _, c := range creditbench.Run(creditbench.Config{Seeds: 24, Points: []int{600}, Null: true}) {
		if c.AUC.Low > .5 || c.AUC.High < .5 {
			t.Errorf("%s: AUC %+v without any effect", c.Estimator, c.AUC)
		}
	}
}

// The test of a learned set finds harm in time and leaves alone what does no
// harm; no figure is better than any test's can be.
func TestSetTestFindsHarm(t *testing.T) {
	cells := creditbench.RunSets(240)
	for i := range cells {
		c := &cells[i]
		switch {
		case !c.Goal:
		case c.Harm && c.Low > creditbench.SetGoalTasks:
			t.Errorf("%s: suspended after %d [%d, %d] tasks", c.Case, c.Median, c.Low, c.High)
		case !c.Harm && c.Suspended.Low > .05:
			t.Errorf("%s: %d of %d sets were suspended", c.Case, c.Suspended.Hits, c.Sets)
		}
		if c.Soon.Low > c.Bound && c.Withheld < .27 {
			t.Errorf("%s: %.2f found in time, and no test can find more than %.2f", c.Case, c.Soon.Share, c.Bound)
		}
	}
	if again := creditbench.RunSets(240); !reflect.DeepEqual(again[3].Suspended, cells[3].Suspended) {
		t.Error("equal numbers give other figures")
	}
}
