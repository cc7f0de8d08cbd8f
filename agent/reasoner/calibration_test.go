//go:build !race

package reasoner_test

import (
	"context"
	"slices"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/calibration"
)

// flatterer praises every step, up to Φ 9.
type flatterer struct{}

func (flatterer) Assess(_ context.Context, a agent.Assessment) (agent.Score, error) {
	s := agent.Score{PhiBefore: a.PhiBefore, PhiAfter: a.PhiBefore, Critic: "flatterer", Confidence: 1}
	if a.Before == nil {
		return s, nil
	}
	return s.WithDelta(min(.5, 9-a.PhiBefore)), nil
}

// A critic that flatters loses the right to give credit, and from then on the
// rules are those that outcomes alone would have taught; without the gate the
// same training finds longer ways.
func TestFlattererLosesItsRight(t *testing.T) {
	t.Parallel()
	enrol := func(calibrator *calibration.CriticLog) *school {
		s := mazeSchool(t, map[string]any{}, 40, 110)
		s.critic = func(agent.Environment) agent.Critic { return flatterer{} }
		s.calibrator = calibrator
		s.restart()
		return s
	}
	gated, fooled := enrol(calibration.NewCriticLog()), enrol(nil)
	lost := 0
	for i := range 40 {
		gated.run(t, "train", int64(1+i), train)
		fooled.run(t, "train", int64(1+i), train)
		scope := agent.ScopeOf(gated.name, gated.open("train"))
		names, err := gated.calibrator.Discredited(t.Context(), scope)
		check(t, err)
		if len(names) > 0 && lost == 0 {
			lost = i + 1
		}
	}
	if lost == 0 || lost > calibration.MinCriticPairs {
		t.Fatalf("the flatterer lost its right after %d tasks; want at most %d", lost, calibration.MinCriticPairs)
	}
	outcomes := outcomesOnly(t, gated)
	if got := sayRules(t, gated); !slices.Equal(got, outcomes) {
		t.Errorf("%d rules, and outcomes alone teach %d, or other ones", len(got), len(outcomes))
	}
	if slices.Equal(sayRules(t, fooled), outcomes) {
		t.Error("without the gate the rules are the same: the test shows nothing")
	}
	gated.limit["test"], fooled.limit["test"] = 50, 50
	with, _ := gated.share(t, on, 60)
	without, _ := fooled.share(t, on, 60)
	t.Logf("success %.2f with the gate, %.2f without", with, without)
	if with < without+.1 {
		t.Errorf("success %.2f with the gate, %.2f without", with, without)
	}
}

// outcomesOnly returns the rules that a learner without any critic has from
// the same trajectories.
func outcomesOnly(t *testing.T, from *school) []string {
	t.Helper()
	env := from.open("train")
	recent, err := from.replay.Recent(t.Context(), agent.ScopeOf(from.name, env), 500)
	check(t, err)
	s := &school{name: from.name, open: from.open, critic: from.critic}
	s.enrol()
	for _, tr := range slices.Backward(recent) {
		c := *tr
		c.Steps = slices.Clone(tr.Steps)
		for i := range c.Steps {
			c.Steps[i].Score = agent.Unscored(0, "", "")
		}
		s.learn(t, &c, agent.DescriptionOf(env), env.Actions())
	}
	return sayRules(t, s)
}

// The environment's exact potential keeps its right, in a training from
// nothing to mastery.
func TestPotentialKeepsItsRight(t *testing.T) {
	t.Parallel()
	s := workshopSchool(t, "calibrated", "plain")
	s.calibrator = calibration.NewCriticLog()
	s.restart()
	for i := range 60 {
		s.run(t, "train", int64(1+i), train)
	}
	reports, err := s.calibrator.Critics(t.Context())
	check(t, err)
	if len(reports) != 1 || reports[0].Critic != agent.CriticPotential || reports[0].Right == calibration.RightLost || *reports[0].Skill < .8 {
		t.Errorf("%+v", reports)
	}
}
