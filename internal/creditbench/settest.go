package creditbench

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"purposeagent/agent/credit"
	"purposeagent/agent/stats"
)

// The simulation behind the suspension of a learned set that harms: how long
// its test takes to find harm, and how often it finds some where there is none.
// The draws and the test are the product's own, credit.Ledger.WithholdSet and
// credit.SetTest.

// SetCase is one kind of learned set in one kind of world: the probability that
// a task is solved with the set in and without it, at the task with a number.
type SetCase struct {
	Name    string
	With    func(task int) float64
	Without func(task int) float64
	// Harm says that the set lowers success, by Points where that is constant;
	// From is the task at which it begins to.
	Harm   bool
	Points float64
	From   int
}

// SetCases are what the test is judged by: harm of 20 points at every base
// rate and at drifting ones, other sizes of harm, harm that comes late, and sets that do
// nothing or help.
func SetCases() []SetCase {
	steady := func(p float64) func(int) float64 { return func(int) float64 { return p } }
	less := func(f func(int) float64, d float64) func(int) float64 {
		return func(i int) float64 { return max(f(i)-d, 0) }
	}
	rising := func(i int) float64 { return min(.3+.6*float64(i)/200, .9) }
	falling := func(i int) float64 { return max(.9-.6*float64(i)/200, .3) }
	waves := func(i int) float64 { return .5 + .3*math.Sin(float64(i)/15) }
	learning := func(i int) float64 { return .9 * (1 - math.Exp(-float64(i)/60)) }
	late := func(i int) float64 {
		if i < lateHarm {
			return .9
		}
		return .3
	}
	var cases []SetCase
	for _, p := range []float64{.2, .3, .4, .5, .6, .7, .8, .9, 1} {
		cases = append(cases, SetCase{Name: fmt.Sprintf("%.1f → %.1f", p, p-.2), Without: steady(p), With: less(steady(p), .2), Harm: true, Points: .2})
	}
	for _, c := range []struct {
		name string
		f    func(int) float64
	}{{"rising .3–.9, −.2", rising}, {"falling .9–.3, −.2", falling}, {"waves .2–.8, −.2", waves}} {
		cases = append(cases, SetCase{Name: c.name, Without: c.f, With: less(c.f, .2), Harm: true, Points: .2})
	}
	return append(cases,
		SetCase{Name: "0.5 → 0.4", Without: steady(.5), With: steady(.4), Harm: true, Points: .1},
		SetCase{Name: "0.5 → 0.0", Without: steady(.5), With: steady(0), Harm: true, Points: .5},
		SetCase{Name: "0.9 → 0.0", Without: steady(.9), With: steady(0), Harm: true, Points: .9},
		SetCase{Name: fmt.Sprintf("from task %d: 0.5 → 0.3", lateHarm), Without: steady(.5), With: late, Harm: true, Points: -1, From: lateHarm},
		SetCase{Name: "nothing, 0.0", Without: steady(0), With: steady(0)},
		SetCase{Name: "nothing, 0.1", Without: steady(.1), With: steady(.1)},
		SetCase{Name: "nothing, 0.3", Without: steady(.3), With: steady(.3)},
		SetCase{Name: "nothing, 0.5", Without: steady(.5), With: steady(.5)},
		SetCase{Name: "nothing, 0.9", Without: steady(.9), With: steady(.9)},
		SetCase{Name: "nothing, learning 0–.9", Without: learning, With: learning},
		SetCase{Name: "nothing, rising .3–.9", Without: rising, With: rising},
		SetCase{Name: "nothing, waves .2–.8", Without: waves, With: waves},
		SetCase{Name: "helps, 0.4 → 0.7", Without: steady(.4), With: steady(.7)},
	)
}

// lateHarm is the task from which a set that had helped harms.
const lateHarm = 300

// Goals of the test.
const (
	SetTasks      = 1000 // of a simulation
	SetGoalTasks  = 100  // in which harm of 20 points is to be found, in the median
	setGoalPoints = 0.2
)

// SetCell is what became of the sets of one case.
type SetCell struct {
	Case string `json:"case"`
	Harm bool   `json:"harm"`
	// Goal says that the case is one of those that the goal is set for: harm of
	// 20 points, or no harm.
	Goal bool `json:"goal"`
	Sets int  `json:"n"`
	// Suspended counts the sets that were suspended within SetTasks tasks, Soon
	// those within SetGoalTasks of the beginning of the harm.
	Suspended stats.Interval `json:"suspended"`
	Soon      stats.Interval `json:"soon"`
	// Median is after how many tasks of harm the set was suspended, with its 95 %
	// interval; SetTasks where half of the sets were not.
	Median int `json:"median"`
	Low    int `json:"median_low"`
	High   int `json:"median_high"`
	// Withheld is in which share of the tasks the set was withheld, of the first
	// 200 as far as it was in use.
	Withheld float64 `json:"withheld"`
	// Bound is the most that Soon could be for any test with this error at a
	// withheld quarter, NaN where it isn't known.
	Bound float64 `json:"-"`
}

// Reached reports whether the cell is within its goal, as far as its interval
// tells: an error of 5 % at most, and harm found in time by half of the sets.
func (c *SetCell) Reached() bool {
	switch {
	case !c.Goal:
		return true
	case c.Harm:
		return c.Low <= SetGoalTasks
	}
	return c.Suspended.Low <= credit.SetTestLevel
}

// RunSets simulates as many sets of each case. Equal numbers give equal cells.
func RunSets(sets int) []SetCell {
	var cells []SetCell
	for k, c := range SetCases() {
		cell := SetCell{Case: c.Name, Harm: c.Harm, Sets: sets, Goal: !c.Harm || c.Points == setGoalPoints, Bound: math.NaN()}
		if c.Harm && c.From == 0 && c.With(0) == c.With(37) {
			cell.Bound = bestWithin(c.Without(0), c.With(0), 1-credit.WithholdSetTrial, SetGoalTasks, credit.SetTestLevel)
		}
		rng := rand.New(rand.NewPCG(uint64(k), 0x5e7))
		var found []int
		suspended, soon, withheld, trial := 0, 0, 0, 0
		for range sets {
			at, out := workSet(&c, rng)
			withheld, trial = withheld+out, trial+min(at, credit.SetTrialTasks)
			found = append(found, at-c.From)
			if at <= SetTasks {
				suspended++
			}
			if at > c.From && at-c.From <= SetGoalTasks {
				soon++
			}
		}
		cell.Suspended, cell.Soon = stats.Wilson(suspended, sets), stats.Wilson(soon, sets)
		cell.Withheld = float64(withheld) / float64(trial)
		slices.Sort(found)
		half := stats.Z95 * math.Sqrt(float64(sets)) / 2 // of the ranks that hold the median
		rank := func(r float64) int { return found[min(max(int(r), 0), sets-1)] }
		cell.Median, cell.Low, cell.High = rank(float64(sets-1)/2), rank(float64(sets)/2-half), rank(float64(sets)/2+half)
		cells = append(cells, cell)
	}
	return cells
}

// workSet works tasks until the set is suspended, and returns after how many,
// more than SetTasks where it never was, and in how many of the first
// SetTrialTasks it was withheld.
func workSet(c *SetCase, rng *rand.Rand) (suspendedAfter, withheld int) {
	var l credit.Ledger
	if c.From > 0 {
		l.SetUplift = &credit.Uplift{In: 100, Out: 100, Positive: 1} // it was proven before the harm began
	}
	suspendedAfter = SetTasks + 1
	for i := range SetTasks {
		out := l.WithholdSet()
		in := rng.Float64() >= out
		p := c.Without(i)
		if in {
			p = c.With(i)
		} else if i < credit.SetTrialTasks {
			withheld++
		}
		l.Test.Add(1-out, in, rng.Float64() < p, false)
		if l.Tasks++; l.Test.Decided() {
			return i + 1, withheld
		}
	}
	return suspendedAfter, withheld
}

// bestWithin is the greatest probability with which any test of level alpha can
// find, within n tasks, that a set takes success from q to p, where chance lets
// it in with probability π: that of Neyman and Pearson's test of all n tasks
// at once against the set that does nothing and has the same success in all,
// π·p + (1−π)·q. A test that is right about every set that does no harm is right
// about this one.
func bestWithin(q, p, propensity float64, n int, alpha float64) float64 {
	both := propensity*p + (1-propensity)*q
	type cell struct{ under, over float64 } // probability under the null, under harm
	null := [4]float64{propensity * both, propensity * (1 - both), (1 - propensity) * both, (1 - propensity) * (1 - both)}
	harm := [4]float64{propensity * p, propensity * (1 - p), (1 - propensity) * q, (1 - propensity) * (1 - q)}
	power := func(x float64, k int) float64 {
		if k == 0 {
			return 0
		}
		return float64(k) * math.Log(x)
	}
	logFact := make([]float64, n+1)
	for k := 1; k <= n; k++ {
		logFact[k] = logFact[k-1] + math.Log(float64(k))
	}
	var cells []cell
	for a := 0; a <= n; a++ {
		for b := 0; a+b <= n; b++ {
			for c := 0; a+b+c <= n; c++ {
				d := n - a - b - c
				ways := logFact[n] - logFact[a] - logFact[b] - logFact[c] - logFact[d]
				under := ways + power(null[0], a) + power(null[1], b) + power(null[2], c) + power(null[3], d)
				over := ways + power(harm[0], a) + power(harm[1], b) + power(harm[2], c) + power(harm[3], d)
				cells = append(cells, cell{math.Exp(under), math.Exp(over)})
			}
		}
	}
	slices.SortFunc(cells, func(x, y cell) int { // by likelihood ratio, greatest first
		switch l, r := x.over*y.under, y.over*x.under; {
		case l > r:
			return -1
		case l < r:
			return 1
		}
		return 0
	})
	found := 0.0
	for _, x := range cells {
		if x.under >= alpha {
			return found + x.over*alpha/x.under // drawn, to use the level up
		}
		alpha -= x.under
		found += x.over
	}
	return found
}
