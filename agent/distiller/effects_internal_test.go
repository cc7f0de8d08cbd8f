package distiller

import (
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/credit"
	"purposeagent/agent/features"
)

// What an action did is certain after some times only, and only if it came to the
// same; forgetting a trajectory takes its share away.
func TestEffectsAreCertainWhereTheyAlwaysCome(t *testing.T) {
	const place, amount = 1, 2 // fields
	step := func(effects ...effect) transition {
		return transition{lifted: features.Lifted{Action: agent.Action{Name: "go"}}, effects: effects}
	}
	f := newEffects()
	for i := range uint64(20) {
		f.add(&agent.Trajectory{ID: string(rune('a' + i))}, []transition{step(effect{place, i % 4}, effect{amount, 7})}, nil)
	}
	for _, test := range []struct {
		name           string
		step           transition
		checked, right int
	}{
		{"as always", step(effect{amount, 7}), 1, 1},
		{"otherwise", step(effect{amount, 8}), 1, 0},
		{"one of several as ever, one otherwise", step(effect{place, 1}, effect{amount, 8}), 1, 0},
		{"what is never the same", step(effect{place, 9}), 0, 0},
		{"what never changed before", step(effect{3, 1}), 0, 0},
		{"nothing changed", step(), 0, 0},
	} {
		var s credit.Surprise
		if found := f.check([]transition{test.step}); len(found) > 0 {
			s = found[0]
		}
		if s.Checked != test.checked || s.Right != test.right {
			t.Errorf("%s: %d checked, %d right; want %d and %d", test.name, s.Checked, s.Right, test.checked, test.right)
		}
	}
	for i := range uint64(20) {
		f.forget(string(rune('a' + i)))
	}
	if len(f.counts)+len(f.owned) > 0 {
		t.Errorf("after all was forgotten %d fields of %d trajectories are left", len(f.counts), len(f.owned))
	}
}
