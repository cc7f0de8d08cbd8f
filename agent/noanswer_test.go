package agent_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
	"purposeagent/agent/calibration"
	"purposeagent/agent/learning"
	"purposeagent/agent/replay"
	"purposeagent/agent/rulestore"
)

var reasons = []agent.NoAnswerReason{agent.NoAnswerRefused, agent.NoAnswerDenied, agent.NoAnswerLimited, agent.NoAnswerCut, agent.NoAnswerDown}

func noAnswer(why agent.NoAnswerReason, after time.Duration) error {
	return &agent.NoAnswer{Why: why, Model: "fake:m", After: after, Err: agent.Errorf(agent.CodeInvalid, "the server says %s", why)}
}

// silent is a role whose model does not answer from one call on, until it does.
type silent struct {
	err  error
	from int
}

func (s *silent) at(call int) error {
	if call >= s.from {
		return s.err
	}
	return nil
}

// TestNoAnswerIsNoOutcome lets the model of each role stay silent for each
// reason, at once and in mid-run: nothing becomes a step, a score or a lesson.
func TestNoAnswerIsNoOutcome(t *testing.T) {
	for _, why := range reasons {
		for _, role := range []string{"actor", "critic", "optimizer"} {
			for _, from := range []int{1, 2} {
				for _, end := range []bool{false, true} {
					name := string(why) + " " + role
					if from == 2 {
						name += " later"
					}
					if end {
						name += ", nobody is there"
					}
					t.Run(name, func(t *testing.T) { checkNoAnswer(t, why, role, from, end) })
				}
			}
		}
	}
}

func checkNoAnswer(t *testing.T, why agent.NoAnswerReason, role string, from int, end bool) {
	env := agenttest.NewCounter(3)
	s := &silent{err: noAnswer(why, 0), from: from}
	replay, log := replay.New(10), calibration.NewCriticLog()
	library := rulestore.NewMemory(nil)
	var lessons int
	optimizer, err := learning.NewHeuristicOptimizer(learning.OptimizerConfig{Library: library, Replay: replay, Distiller: distillerFunc(func() error {
		lessons++
		if role == "optimizer" && s.err != nil {
			return s.err
		}
		return nil
	})})
	if err != nil {
		t.Fatal(err)
	}
	cfg := agent.Config{Environment: env, EnvironmentName: "counter", Memory: agent.MemoryConfig{Learn: true, Replay: replay, Library: library, Calibrator: log, Optimizer: optimizer}, Limits: agent.Limits{EndOnRefusal: end},
		Clock: agent.Clock{Sleep: func(context.Context, time.Duration) error { return nil }},
		Actor: agenttest.NewDeciderFunc(func(_ context.Context, _ *agent.Situation, call int) (agent.Decision, error) {
			if role == "actor" && s.at(call) != nil {
				return agent.Decision{}, s.err
			}
			return agent.Decision{Action: agenttest.Add(1)}, nil
		}),
		Critic: agenttest.NewCriticFunc(func(ctx context.Context, a agent.Assessment, call int) (agent.Score, error) {
			if role == "critic" && s.at(call) != nil {
				return agent.Score{}, s.err
			}
			return agenttest.PotentialCritic(env).Assess(ctx, a)
		})}
	all := events(t, t.Context(), cfg, agenttest.CounterTask(1), nil)
	_, failed := all[len(all)-1].Data.(agent.RunFailed) // with its last action in the record, which was done
	for _, step := range steps(all) {
		if step.Action.Name == agent.NoAction || !step.Score.Known() && !failed {
			t.Errorf("step %d is of no model: %+v, %+v", step.Index, step.Action, step.Score)
		}
	}
	refused := why == agent.NoAnswerRefused || why == agent.NoAnswerDenied
	last := all[len(all)-1].Data
	switch d := last.(type) {
	case agent.RunFailed:
		if !end || !refused || role == "optimizer" || !strings.Contains(d.Message, string(why)) {
			t.Errorf("it failed: %+v", d)
		}
		if stats, err := replay.Stats(t.Context()); err != nil || stats.Count != 0 || lessons != 0 {
			t.Error("a run without an answer was learned from")
		}
		return
	case agent.RunFinished:
		if role != "optimizer" || !end || !refused {
			t.Fatalf("it finished: %+v", d)
		}
		learned, ok := all[len(all)-2].Data.(agent.Learned)
		if stats, err := replay.Stats(t.Context()); !ok || err != nil || !strings.Contains(learned.Error, string(why)) || stats.Count != 1 {
			t.Errorf("what nobody could distil: %+v, %+v, %v", learned, stats, err)
		}
		return
	case agent.RunWaiting:
		if end && refused || !strings.Contains(d.Reason, string(why)) {
			t.Errorf("it waits: %+v", d)
		}
	default:
		t.Fatalf("the last event is %+v", last)
	}
	s.err = nil // somebody mended it
	rest := events(t, t.Context(), cfg, agenttest.CounterTask(1), checkpoint(all))
	result := finished(t, rest)
	if taken := append(steps(all), steps(rest)...); !result.Success || len(taken) != 3 || result.TotalSteps != 3 {
		t.Errorf("it went on to %+v with %d steps", result, len(taken))
	}
	for _, step := range steps(rest) {
		if !step.Score.Known() {
			t.Errorf("step %d was never scored", step.Index)
		}
	}
	if stats, err := replay.Stats(t.Context()); err != nil || stats.Count != 1 {
		t.Errorf("%+v, %v", stats, err)
	}
	if done, err := library.Distilled(t.Context(), "t_r_1"); err != nil || !done {
		t.Error("the lesson was lost", err)
	}
}

// distillerFunc is a distiller that proposes nothing.
type distillerFunc func() error

func (f distillerFunc) Distil(context.Context, agent.Lesson) ([]agent.Proposal, agent.Usage, error) {
	return nil, agent.Usage{}, f()
}

// TestWaitsAsTold waits as long as the server asks, up to days, and longer and
// longer where nobody says how long.
func TestWaitsAsTold(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, test := range []struct {
		name  string
		err   error
		waits int
		want  time.Duration
		calls int
	}{
		{"a moment", noAnswer(agent.NoAnswerLimited, time.Second), 0, 30 * time.Second, 3},
		{"an hour", noAnswer(agent.NoAnswerLimited, time.Hour), 0, time.Hour, 1},
		{"four days", noAnswer(agent.NoAnswerLimited, 96*time.Hour), 3, 96 * time.Hour, 1},
		{"down", noAnswer(agent.NoAnswerDown, 0), 0, 30 * time.Second, 3},
		{"down for long", noAnswer(agent.NoAnswerDown, 0), 3, 4 * time.Minute, 3},
		{"down for ever", noAnswer(agent.NoAnswerDown, 0), 1000, 10 * time.Minute, 3},
		{"refused for ever", noAnswer(agent.NoAnswerRefused, 0), 1000, time.Hour, 1},
		{"only a code", agent.Errorf(agent.CodeDenied, "no credit"), 1, time.Minute, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			cfg, _ := world(t)
			var slept time.Duration
			cfg.Clock.Now = func() time.Time { return now }
			cfg.Clock.Sleep = func(_ context.Context, d time.Duration) error { slept += d; return nil }
			calls := 0
			cfg.Actor = agenttest.NewDeciderFunc(func(context.Context, *agent.Situation, int) (agent.Decision, error) {
				calls++
				return agent.Decision{}, test.err
			})
			all := events(t, t.Context(), cfg, agenttest.CounterTask(1), &agent.Checkpoint{Waits: test.waits})
			d, ok := all[len(all)-1].Data.(agent.RunWaiting)
			if !ok || d.RetryAt.Sub(now) != test.want || calls != test.calls {
				t.Errorf("after %d calls: %+v; want to wait %v after %d", calls, all[len(all)-1].Data, test.want, test.calls)
			}
			if n, _ := agent.NoAnswerOf(test.err); calls > 1 && slept < n.After {
				t.Errorf("it asked again after %v, and was told %v", slept, n.After)
			}
		})
	}
}

func TestNoAnswerOf(t *testing.T) {
	for _, test := range []struct {
		name string
		err  error
		want agent.NoAnswerReason // "" for none
	}{
		{"nothing", nil, ""},
		{"an answer that can't be used", agent.Wrap(agent.CodeInvalid, agent.ErrUnusable, "twice prose"), ""},
		{"stopped", context.Canceled, ""},
		{"a code", agent.Errorf(agent.CodeRateLimited, "slow down"), agent.NoAnswerLimited},
		{"too long a prompt", agent.Wrap(agent.CodeInvalid, agent.ErrContextOverflow, "too long"), agent.NoAnswerRefused},
		{"wrapped", errors.Join(errors.New("x"), noAnswer(agent.NoAnswerCut, 0)), agent.NoAnswerCut},
		{"any error", errors.New("boom"), agent.NoAnswerDown},
	} {
		t.Run(test.name, func(t *testing.T) {
			n, ok := agent.NoAnswerOf(test.err)
			if ok != (test.want != "") || ok && n.Why != test.want {
				t.Errorf("%+v, %v", n, ok)
			}
		})
	}
}
