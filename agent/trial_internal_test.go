package agent

import (
	"fmt"
	"testing"

	"purposeagent/agent/credit"
)

// What models wrote and is in trial is out of a quarter of the runs, all of it at
// once; of the rest of the runs each looks at one rule in doubt by itself.
func TestTrialIsHeldOutAsOneSet(t *testing.T) {
	inTrial := func(id string, misses int) *Heuristic {
		return &Heuristic{ID: id, Tier: Tool, Status: Probation, Author: AuthorModel + "m", Credit: credit.Credit{Misses: misses}, Predicate: &Predicate{Action: "a"}}
	}
	a, b, doubted, other := inTrial("a", 0), inTrial("b", 0), inTrial("c", 1), inTrial("d", 2)
	counted := &Heuristic{ID: "e", Tier: Tool, Status: Probation, Author: AuthorDistiller, Predicate: &Predicate{Action: "a"}}
	pinned := inTrial("f", 0)
	pinned.Pinned = true
	approved := inTrial("g", 0)
	approved.StatusBy = "ada"
	rules := NewRuleSet(Scope{}, 1, []*Heuristic{a, b, doubted, other, counted, pinned, approved}, nil)
	s := &Situation{Explore: true}
	const runs = 4000
	set, alone, turns := 0, 0, map[string]int{}
	for i := range runs {
		run := fmt.Sprintf("r_%d", i)
		_, outA := heldOut(run, s, a, rules)
		pB, outB := heldOut(run, s, b, rules)
		if outA != outB {
			t.Fatalf("%s: one in, one out", run)
		}
		for _, h := range []*Heuristic{counted, pinned, approved} {
			if _, out := heldOut(run, s, h, rules); out && h != approved {
				t.Fatalf("%s is no part of the trial", h.ID)
			}
		}
		if outA {
			set++
			if _, out := heldOut(run, s, doubted, rules); !out || pB != 0 {
				t.Fatalf("%s: a rule in doubt is in without the set, or the draw is taken for its own (%g)", run, pB)
			}
			continue
		}
		if pB != 1 {
			t.Fatalf("%s: a rule that is in by the set's draw has a propensity of its own: %g", run, pB)
		}
		for _, h := range []*Heuristic{doubted, other} {
			if p, out := heldOut(run, s, h, rules); p == 1-credit.WithholdProbation {
				turns[h.ID]++
				if out {
					alone++
				}
			} else if p != 1 || out {
				t.Fatalf("%s: two rules are looked at in one run", run)
			}
		}
	}
	near := func(n, of int, share float64) bool {
		return float64(n) > (share-.04)*float64(of) && float64(n) < (share+.04)*float64(of)
	}
	if !near(set, runs, credit.WithholdTrial) || turns["c"]+turns["d"] != runs-set || !near(turns["c"], runs-set, .5) || !near(alone, runs-set, .5) {
		t.Errorf("%d of %d without the set, turns %v, %d out alone", set, runs, turns, alone)
	}
	if _, out := heldOut("r_1", &Situation{}, a, rules); out {
		t.Error("held out of an evaluation")
	}
}
