package agent_test

import (
	"context"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
	"purposeagent/agent/replay"
)

// cutting is a counter that has ended after some steps, by its own word or
// by a cut.
type cutting struct {
	*agenttest.Counter
	after int
	cut   bool
	taken *int
}

func (c cutting) Execute(ctx context.Context, a agent.Action, s agent.State) (agent.State, error) {
	*c.taken++
	return c.Counter.Execute(ctx, a, s)
}

func (c cutting) IsTerminal(agent.State) bool { return *c.taken >= c.after }

func (c cutting) Truncated(agent.State) bool { return c.cut }

func TestTrajectorySaysWhatEndedIt(t *testing.T) {
	one := agenttest.Add(1)
	tests := []struct {
		name       string
		after      int
		cut        bool
		task       func(*agent.Task)
		actions    []agent.Action
		want       agent.End
		wantFailed bool // and the environment ended it in failure
	}{
		{"the environment", 2, false, func(*agent.Task) {}, []agent.Action{one, one}, agent.EndEnvironment, true},
		{"the environment, at the limit", 2, false, func(k *agent.Task) { k.MaxSteps = 2 }, []agent.Action{one, one}, agent.EndEnvironment, false},
		{"a cut", 2, true, func(*agent.Task) {}, []agent.Action{one, one}, agent.EndTruncated, false},
		{"a success", 3, false, func(*agent.Task) {}, []agent.Action{one, one, one}, agent.EndEnvironment, false},
		{"the steps", 9, false, func(k *agent.Task) { k.MaxSteps = 1 }, []agent.Action{one}, agent.EndSteps, false},
		{"the actor", 9, false, func(*agent.Task) {}, []agent.Action{one}, agent.EndActor, false},
		{"Φ", 9, false, func(k *agent.Task) { k.EarlyStopPhi = 5 }, []agent.Action{one, one, one}, agent.EndPhi, false},
		{"the end at once", 0, false, func(*agent.Task) {}, nil, agent.EndEnvironment, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cfg, _ := world(t, tt.actions...)
			cfg.Environment = cutting{cfg.Environment.(*agenttest.Counter), tt.after, tt.cut, new(int)}
			replay := replay.New(1)
			cfg.Memory.Replay, cfg.Memory.Learn = replay, true
			task := agenttest.CounterTask(1)
			tt.task(&task)
			finished(t, events(t, t.Context(), cfg, task, nil))
			all, err := replay.Recent(t.Context(), agent.ScopeOf(cfg.EnvironmentName, cfg.Environment), 1)
			if err != nil || len(all) != 1 {
				t.Fatalf("replay has %d trajectories, %v", len(all), err)
			}
			if got := all[0]; got.End != tt.want || got.EndedInFailure() != tt.wantFailed {
				t.Errorf("End = %q, EndedInFailure = %v after %d steps; want %q, %v", got.End, got.EndedInFailure(), len(got.Steps), tt.want, tt.wantFailed)
			}
		})
	}
}

// Where the environment knows the outcome, a critic that may err ends no run
// before it is reached; the environment's own Φ does.
func TestEarlyStopWaitsForTheWorld(t *testing.T) {
	one := agenttest.Add(1)
	for _, tt := range []struct {
		name   string
		critic string
		world  func(*agenttest.Counter) agent.Environment
		want   agent.End
		steps  int
	}{
		{"a model in a world that knows", "a model", func(c *agenttest.Counter) agent.Environment { return c }, agent.EndEnvironment, 3},
		{"a model in a world that does not know", "a model", func(c *agenttest.Counter) agent.Environment { return struct{ agent.Environment }{c} }, agent.EndPhi, 2},
		{"the world's own measure", agent.CriticPotential, func(c *agenttest.Counter) agent.Environment { return c }, agent.EndPhi, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cfg, _ := world(t, one, one, one)
			counter := cfg.Environment.(*agenttest.Counter)
			cfg.Environment = tt.world(counter)
			cfg.Critic = agenttest.NewCriticFunc(func(_ context.Context, a agent.Assessment, _ int) (agent.Score, error) {
				phi, err := counter.Potential(a.After)
				s := agenttest.PhiScore(a, phi)
				s.Critic = tt.critic
				return s, err
			})
			task := agenttest.CounterTask(1)
			task.EarlyStopPhi = 5
			replay := replay.New(1)
			cfg.Memory.Replay, cfg.Memory.Learn = replay, true
			finished(t, events(t, t.Context(), cfg, task, nil))
			all, err := replay.Recent(t.Context(), agent.ScopeOf(cfg.EnvironmentName, cfg.Environment), 1)
			if err != nil || len(all) != 1 || all[0].End != tt.want || len(all[0].Steps) != tt.steps {
				t.Fatalf("ended by %q after %d steps; want %q after %d (%v)", all[0].End, len(all[0].Steps), tt.want, tt.steps, err)
			}
		})
	}
}
