package agent_test

import (
	"context"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
)

func TestOutcomeOf(t *testing.T) {
	said := func(phi float64) agent.Score { return agent.Score{PhiAfter: phi, Critic: "m"} }
	carried := func(phi float64) agent.Score { return agent.Unscored(phi, "m", "prose") }
	steps := func(scores ...agent.Score) (list []agent.Step) {
		for _, s := range scores {
			list = append(list, agent.Step{Score: s})
		}
		return list
	}
	verdict := &agent.Verdict{Success: true, Score: 1}
	nobody := agent.Outcome{Source: agent.SourceNobody}
	failed := &agent.Verdict{Score: .25}
	for _, tt := range []struct {
		name          string
		begun, judged *agent.Verdict
		first         agent.Score
		steps         []agent.Step
		want          agent.Outcome
	}{
		{"nothing had begun", nil, nil, agent.Score{}, nil, nobody},
		{"only the beginning, scored", nil, nil, said(2), nil, agent.CriticOutcome(2)},
		{"only the beginning, not scored", nil, nil, carried(0), nil, nobody},
		{"no step was scored", nil, nil, carried(0), steps(carried(0), carried(0)), nobody},
		{"the last score is carried over", nil, nil, carried(0), steps(said(8), carried(8)), agent.CriticOutcome(8)},
		{"the first score is carried over", nil, nil, said(3), steps(carried(3)), agent.CriticOutcome(3)},
		{"the environment's word needs no critic", verdict, nil, carried(0), nil, agent.Outcome{Success: true, Source: agent.SourceEnvironment, Score: 1}},
		{"a judge's word is the last", verdict, failed, said(9), nil, agent.Outcome{Source: agent.SourceEnvironment, Score: .25}},
		{"a judge's word goes before a critic's", nil, verdict, said(1), steps(said(1)), agent.Outcome{Success: true, Source: agent.SourceEnvironment, Score: 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := agent.OutcomeOf(tt.begun, tt.judged, tt.first, tt.steps); got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

// TestNobodySaidTeachesNothing plays to the end in a world without a verdict,
// beside a critic none of whose answers could be used: that is no failure, and
// nothing is kept, learned or counted of it.
func TestNobodySaidTeachesNothing(t *testing.T) {
	cfg, _ := world(t, agenttest.Add(1))
	cfg.Environment = agenttest.NewCounter(3).SimpleEnvironment
	cfg.Critic = mute{}
	replay, learner := &spyReplay{}, &spyLearner{}
	cfg.Memory.Replay, cfg.Memory.Optimizer, cfg.Memory.Learn = replay, learner, true
	o, err := agent.NewOrchestrator(cfg)
	if err != nil {
		t.Fatal(err)
	}
	r, err := o.Run(t.Context(), "r", agenttest.CounterTask(1))
	if err != nil || r.Success || r.Outcome != (agent.Outcome{Source: agent.SourceNobody}) || !strings.HasPrefix(r.Summary(), "nobody said whether it was solved in ") {
		t.Errorf("got %+v, %q, %v", r.Outcome, r.Summary(), err)
	}
	if len(replay.added)+len(learner.lessons) > 0 {
		t.Errorf("kept %d trajectories, learned %d times", len(replay.added), len(learner.lessons))
	}
	if s := o.Stats(); s.Tasks != 1 || s.Successes != 0 || s.Unjudged != 1 {
		t.Errorf("counted %+v", s)
	}
	run := agent.Run{Status: agent.RunIsFinished, Outcome: &r.Outcome}
	if run.Verdict() != nil {
		t.Error("a run of which nobody said anything has a verdict")
	}
}

// mute is a critic none of whose answers can be used.
type mute struct{}

func (mute) Assess(context.Context, agent.Assessment) (agent.Score, error) {
	return agent.Unscored(0, "mute", "prose"), nil
}
