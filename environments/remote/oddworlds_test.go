//go:build !race

package remote_test

import (
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/distiller"
	"purposeagent/agent/reasoner"
	"purposeagent/environments/remote"
	"purposeagent/internal/lab"
)

// learnFrom trains the offline reasoner in one of the test's programs and tests
// it there.
func learnFrom(t *testing.T, kind string, tasks, steps int) (*lab.Report, error) {
	t.Helper()
	config, o := program(t, kind)
	o.Pool = remote.NewPool(0, 0)
	defer func() {
		if err := o.Pool.Close(); err != nil {
			t.Error(err)
		}
	}()
	return lab.Run(t.Context(), lab.Config{
		World: lab.World{Name: "remote", Schema: remote.Schema, Check: func(c agent.Object) (agent.Object, error) { return c, nil },
			New: func(c agent.Object) (agent.Environment, error) { return remote.New(c, o) }},
		Roles: lab.Roles{
			Actor: func() (agent.Decider, error) { return reasoner.NewActor(reasoner.ActorConfig{}), nil },
			Critic: func(env agent.Environment, _ agent.Scope, _ agent.Replay) (agent.Critic, error) {
				return reasoner.NewCritic(env, nil), nil
			},
			Distiller: func(replay agent.Replay) (agent.Distiller, int, error) {
				return distiller.New(distiller.Config{Replay: replay}), -1, nil
			},
		}, Parallel: 1,
	}, lab.Spec{Environment: agent.EnvironmentRef{Name: "remote", Config: config}, Purpose: "count", Arms: []lab.Arm{lab.Off, lab.On},
		Train: tasks, Test: 2, MaxSteps: steps, TrainMaxSteps: steps, Draws: 100})
}

// TestOddWorlds holds that what nobody can learn from comes to its end, teaches no
// rule that acts, and is not called a success.
func TestOddWorlds(t *testing.T) {
	tests := []struct {
		name string
		kind string
		ends agent.End // of every training task
	}{
		{"ends at once", "ends at once", agent.EndEnvironment},
		{"ends with every step", "ends always", agent.EndEnvironment},
		{"is cut with every step", "is cut always", agent.EndTruncated},
		{"never ends", "never over", agent.EndSteps},
		{"a score that falls for ever", "score falls", agent.EndSteps},
		{"a reward without measure", "huge reward", agent.EndSteps},
		{"states of 5 MB", "large states", agent.EndSteps},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			tasks, steps := 15, 15
			if test.kind == "large states" {
				tasks, steps = 2, 1 // each costs seconds under the race detector
			}
			report, err := learnFrom(t, test.kind, tasks, steps)
			if err != nil {
				t.Fatal(err)
			}
			if report.Training.Failed > 0 || report.Training.Successes > 0 {
				t.Errorf("%d training tasks failed (%s), %d succeeded; want neither", report.Training.Failed, report.Training.Error, report.Training.Successes)
			}
			for _, o := range report.Outcomes {
				if o.Success || o.Error != "" {
					t.Errorf("a test task ended as %+v", o)
				}
			}
			if n := report.Promoted; n > 0 {
				t.Errorf("%d rules act, learned from nothing", n)
			}
			t.Logf("%d rules in trial", report.InTrial)
		})
	}
}

// TestActionsThatChange has a program list other actions in its second episode
// than it announced: the training stops and says why.
func TestActionsThatChange(t *testing.T) {
	_, err := learnFrom(t, "other actions", 15, 15)
	if err == nil || !strings.Contains(err.Error(), `"legal" lists what hello does not announce: unknown action "subtract"`) {
		t.Errorf("got %v, want what is wrong", err)
	}
}

// TestTruncated holds that a cut is an end and is told from one.
func TestTruncated(t *testing.T) {
	for _, test := range []struct {
		name, answer        string
		terminal, truncated bool
	}{
		{"goes on", `"done":false,"truncated":false`, false, false},
		{"ended", `"done":true`, true, false},
		{"ended, says so twice", `"done":true,"truncated":false`, true, false},
		{"cut", `"truncated":true`, true, true},
		{"cut, not done", `"done":false,"truncated":true`, true, true},
		{"cut and done", `"done":true,"truncated":true`, true, true},
		{"cut by a number", `"done":0,"truncated":1`, true, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			env, state := begin(t, `answers {"id":ID,"observation":"x","legal":[{"name":"add"}],"judge":{"success":false},`+test.answer+`}`, nil)
			for range 2 { // the first step is an ordinary one
				var err error
				if state, err = env.Execute(t.Context(), add, state); err != nil {
					t.Fatal(err)
				}
			}
			truncated := env.(agent.Truncater).Truncated(state)
			if env.IsTerminal(state) != test.terminal || truncated != test.truncated {
				t.Errorf("terminal %v, truncated %v; want %v, %v", env.IsTerminal(state), truncated, test.terminal, test.truncated)
			}
			if _, err := env.Execute(t.Context(), add, state); test.terminal && agent.CodeOf(err) != agent.CodeInvalid {
				t.Errorf("after the end it takes a step (%v)", err)
			}
		})
	}
}
