package credit_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"purposeagent/agent/credit"
)

// worked counts a task in a ledger as a run would: chance lets the set in with
// the propensity that the ledger asks for.
func worked(l credit.Ledger, rng *rand.Rand, with, without float64) credit.Ledger {
	out := l.WithholdSet()
	set := credit.SetHoldout{Propensity: 1 - out, Withheld: rng.Float64() < out, Suspended: l.Suspended != nil}
	p := with
	if set.Withheld {
		p = without
	}
	return l.Count(&credit.TaskRecord{Type: "t", Solved: rng.Float64() < p, Set: set}, 0)
}

// The capital of the test is a supermartingale under the null, whatever the
// baseline does: one that moves to defeat the bets included.
func TestSetTestIsValid(t *testing.T) {
	const sets, tasks = 4000, 120
	tests := []struct {
		name     string
		baseline func(task int, l *credit.Ledger) float64
		gain     float64
	}{
		{"rare success", func(int, *credit.Ledger) float64 { return .03 }, 0},
		{"even", func(int, *credit.Ledger) float64 { return .5 }, 0},
		{"learning", func(i int, _ *credit.Ledger) float64 { return .9 * (1 - math.Exp(-float64(i)/40)) }, 0},
		{"falling", func(i int, _ *credit.Ledger) float64 { return .95 - .9*float64(i)/tasks }, 0},
		{"against the bets", func(_ int, l *credit.Ledger) float64 { // what was solved lately is not solved next
			if l.Test.Solved > l.Test.Weight/2 {
				return .02
			}
			return .98
		}, 0},
		{"a set that helps", func(int, *credit.Ledger) float64 { return .4 }, .2},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, reversed := range []bool{false, true} {
				rng := rand.New(rand.NewPCG(1, 2))
				sum, squares, decided := 0.0, 0.0, 0
				for range sets {
					var l credit.Ledger
					for i := range tasks {
						withheld := l.WithholdSet()
						in := rng.Float64() >= withheld
						p := test.baseline(i, &l)
						if in != reversed {
							p += test.gain
						}
						l.Test.Add(1-withheld, in, rng.Float64() < p, reversed)
						if l.Test.Decided() {
							decided++
							break
						}
					}
					e := l.Test.Evidence()
					sum, squares = sum+e, squares+e*e
				}
				mean := sum / sets
				sd := math.Sqrt((squares/sets - mean*mean) / sets)
				if mean > 1+4*sd {
					t.Errorf("reversed %v: the capital of a test of nothing is %.2f ± %.2f, want 1 at most", reversed, mean, sd)
				}
				if share := float64(decided) / sets; share > credit.SetTestLevel+4*math.Sqrt(.05*.95/sets) {
					t.Errorf("reversed %v: %.3f of the sets were found to harm", reversed, share)
				}
			}
		})
	}
}

// A set that harms is suspended and goes on in a part of the tasks; once it
// helps, the same test lifts it; and one that does nothing does not flap.
func TestSetIsSuspendedAndLifted(t *testing.T) {
	var suspendedAfter, liftedAfter, flips []int
	for seed := range 60 {
		rng := rand.New(rand.NewPCG(uint64(seed), 1))
		var l credit.Ledger
		n := 0
		for ; l.Suspended == nil && n < 1000; n++ {
			l = worked(l, rng, .1, .5)
		}
		suspendedAfter = append(suspendedAfter, n)
		if l.Suspended == nil {
			t.Fatalf("a set that takes .4 of success is in use after %d tasks: %s", n, l.Figures())
		}
		if f := l.Suspended.Figures; l.Suspended.By != credit.SetTester || f.In+f.Out != n || f.Evidence < 20 || l.Test.In != 0 || l.SetUplift != nil {
			t.Fatalf("suspension %+v, test %+v", l.Suspended, l.Test)
		}
		n = 0
		for ; l.Suspended != nil && n < 1000; n++ {
			l = worked(l, rng, .9, .5)
		}
		liftedAfter = append(liftedAfter, n)
		changes := 0
		for range 1000 {
			before := l.Suspended
			if l = worked(l, rng, .6, .6); l.Suspended != before {
				changes++
			}
		}
		flips = append(flips, changes)
	}
	slices.Sort(suspendedAfter)
	slices.Sort(liftedAfter)
	if median := suspendedAfter[30]; median > 60 {
		t.Errorf("found in %d tasks in the median: %v", median, suspendedAfter)
	}
	if median := liftedAfter[30]; median > 60 {
		t.Errorf("lifted after %d tasks in the median: %v", median, liftedAfter)
	}
	slices.Sort(flips)
	if flips[54] > 1 || flips[40] > 0 {
		t.Errorf("a set that does nothing changes hands: %v times in 1,000 tasks", flips)
	}
}

// How often the set is withheld, by what is known of it.
func TestWithholdSet(t *testing.T) {
	proven := credit.Ledger{Tasks: 200, Hypotheses: 40, Set: []credit.Stratum{{In: 60, InSolved: 50, Out: 20, OutSolved: 2}}}
	proven.SetUplift = credit.UpliftOf(proven.Set)
	young := proven
	young.Tasks = 40
	tests := []struct {
		name   string
		ledger credit.Ledger
		want   float64
	}{
		{"nothing known", credit.Ledger{}, credit.WithholdSetTrial},
		{"proven in its trial", young, credit.WithholdSetTrial},
		{"proven", proven, credit.WithholdSetProven},
		{"not proven after its trial", credit.Ledger{Tasks: 5000}, credit.WithholdSetTrial},
		{"suspended", proven.Suspend("Ann", "it looks wrong", time.Time{}), credit.WithholdSetSuspended},
	}
	for _, test := range tests {
		if got := test.ledger.WithholdSet(); got != test.want {
			t.Errorf("%s: withheld in %.2f of the tasks, want %.2f", test.name, got, test.want)
		}
	}
	doubtful := proven
	for range 4 {
		doubtful.Test.Add(.75, true, false, false)
		doubtful.Test.Add(.75, false, true, false)
	}
	if got := doubtful.WithholdSet(); got != credit.WithholdSetDoubt {
		t.Errorf("when tasks lean towards harm: withheld in %.2f, want %.2f", got, credit.WithholdSetDoubt)
	}
}

// What was drawn before the set was suspended, and pairs, are not counted for
// the test.
func TestSetTestCountsItsOwn(t *testing.T) {
	for _, set := range []credit.SetHoldout{{Propensity: .75, Suspended: true}, {Propensity: .5, Paired: true}, {Withheld: true, Suspended: true}, {}} {
		l := credit.Ledger{}.Count(&credit.TaskRecord{Type: "t", Set: set}, 0)
		if l.Test.In+l.Test.Out != 0 {
			t.Errorf("%+v was counted: %+v", set, l.Test)
		}
	}
}

// A person's suspension stays until a person lifts it, whatever the test says.
func TestSuspensionByPeople(t *testing.T) {
	l := credit.Ledger{}.Suspend("Ann", "it looks wrong", time.Time{})
	rng := rand.New(rand.NewPCG(3, 3))
	for range 400 {
		l = worked(l, rng, .95, .1)
	}
	if l.Suspended == nil || !l.Suspended.ByPeople() || !l.Test.Decided() {
		t.Errorf("%+v, test %s", l.Suspended, l.Figures())
	}
	if l = l.Lift(); l.Suspended != nil || l.Test.Decided() || l.Figures().In != 0 {
		t.Errorf("lifted: %+v", l)
	}
}

// A ledger that something else wrote, or an older version, counts on without
// a number that is none.
func FuzzLedger(f *testing.F) {
	f.Add([]byte(`{"tasks":3,"types":[{"type":"t","n":3,"solved":2}],"set":[{"type":"p = 0.9","in":2,"in_solved":2,"out":1,"out_solved":0}],"hypotheses":9}`), uint8(7))
	f.Add([]byte(`{"set_test":{"in":-1,"reserve":1e308,"stake":1e308,"rounds":-5,"lean":1e300,"solved":9,"weight":1}}`), uint8(200))
	f.Add([]byte(`{"set_test":{"reserve":0.1,"stake":0.9,"rounds":1,"weight":40,"solved":40},"suspended":{"by":""}}`), uint8(3))
	f.Add([]byte(`{"suspended":{"by":"hold-out test","tasks":-1,"figures":{"e_value":-1}},"set_test":{"in":5,"in_solved":9,"reserve":1}}`), uint8(90))
	f.Fuzz(func(t *testing.T, raw []byte, seed uint8) {
		var l credit.Ledger
		if json.Unmarshal(raw, &l) != nil {
			return
		}
		rng := rand.New(rand.NewPCG(uint64(seed), 5))
		for range 50 {
			if p := l.WithholdSet(); !(p > 0 && p < 1) {
				t.Fatalf("withheld with probability %v", p)
			}
			l = worked(l, rng, rng.Float64(), rng.Float64())
			if e := l.Test.Evidence(); !(e >= 0) || math.IsInf(e, 0) {
				t.Fatalf("e-value %v of %+v", e, l.Test)
			}
			if _, err := json.Marshal(l.Test); err != nil {
				t.Fatalf("%+v: %v", l.Test, err)
			}
			_ = fmt.Sprint(l.Figures())
		}
	})
}
