package agent_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
)

// world returns a configuration on a counter with target 3 whose critic is the
// environment's own Φ; the actor adds one each step.
func world(t *testing.T, actions ...agent.Action) (agent.Config, *agenttest.ScriptedDecider) {
	t.Helper()
	env := agenttest.NewCounter(3)
	actor := agenttest.NewScriptedDecider(actions...)
	return agent.Config{
		Environment: env, EnvironmentName: "counter", Actor: actor, Critic: agenttest.PotentialCritic(env),
		Clock: agent.Clock{Sleep: func(context.Context, time.Duration) error { return nil }},
	}, actor
}

func orchestrator(t *testing.T, cfg agent.Config) *agent.Orchestrator {
	t.Helper()
	o, err := agent.NewOrchestrator(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// events runs a task to the end of its sequence.
func events(t *testing.T, ctx context.Context, cfg agent.Config, task agent.Task, from *agent.Checkpoint) []agent.Event {
	t.Helper()
	var all []agent.Event
	for e, err := range orchestrator(t, cfg).RunTask(ctx, "r_1", task, from) {
		if err != nil {
			t.Fatalf("after %d events: %v", len(all), err)
		}
		all = append(all, e)
	}
	return all
}

func steps(all []agent.Event) []agent.Step {
	var out []agent.Step
	for _, e := range all {
		if d, ok := e.Data.(agent.StepTaken); ok {
			out = append(out, d.Step)
		}
	}
	return out
}

func finished(t *testing.T, all []agent.Event) agent.TaskResult {
	t.Helper()
	terminal := 0
	for _, e := range all {
		if e.Terminal() {
			terminal++
		}
	}
	if terminal != 1 {
		t.Fatalf("%d terminal events, want exactly 1", terminal)
	}
	d, ok := all[len(all)-1].Data.(agent.RunFinished)
	if !ok {
		t.Fatalf("last event is %s: %+v", all[len(all)-1].Data.Kind(), all[len(all)-1].Data)
	}
	return d.Result
}

func TestRunEnds(t *testing.T) {
	one := agenttest.Add(1)
	tests := []struct {
		name      string
		task      func(*agent.Task)
		actions   []agent.Action
		wantWhy   string
		wantSteps int
		wantOK    bool
	}{
		{"terminal", func(*agent.Task) {}, []agent.Action{one, one, one, one}, "the environment came to its end", 3, true},
		{"early stop", func(k *agent.Task) { k.EarlyStopPhi = 5 }, []agent.Action{one, one, one}, "Φ reached the early stop", 2, false},
		{"max steps", func(k *agent.Task) { k.MaxSteps = 1 }, []agent.Action{one, one, one}, "the steps were used up", 1, false},
		{"done", func(*agent.Task) {}, []agent.Action{one}, "the actor said DONE", 2, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cfg, _ := world(t, tt.actions...)
			task := agenttest.CounterTask(1)
			tt.task(&task)
			var told []agent.Step
			cfg.Hooks.OnStep = func(s agent.Step) { told = append(told, s) }
			all := events(t, t.Context(), cfg, task, nil)
			got := finished(t, all)
			if got.StopReason != tt.wantWhy || got.TotalSteps != tt.wantSteps || got.Success != tt.wantOK {
				t.Errorf("got %q after %d steps, success %v; want %q, %d, %v", got.StopReason, got.TotalSteps, got.Success, tt.wantWhy, tt.wantSteps, tt.wantOK)
			}
			taken := steps(all)
			if last := taken[len(taken)-1]; got.FinalState != last.After {
				t.Errorf("final state %v is not the state after the last action %v", got.FinalState, last.After)
			}
			if len(told) != len(taken) {
				t.Errorf("OnStep was told of %d steps, want all %d", len(told), len(taken))
			}
			for i, e := range all {
				if e.Seq != int64(i+1) {
					t.Fatalf("event %d has seq %d", i, e.Seq)
				}
			}
		})
	}
}

func TestPhiIsChained(t *testing.T) {
	cfg, _ := world(t, agenttest.Add(1), agenttest.Sub(1), agenttest.Add(1), agenttest.Add(5))
	phi := -1.0
	for _, s := range steps(events(t, t.Context(), cfg, agenttest.CounterTask(1), nil)) {
		if phi >= 0 && s.Score.PhiBefore != phi {
			t.Errorf("step %d begins at Φ %v, want %v", s.Index, s.Score.PhiBefore, phi)
		}
		if got := s.Score.PhiAfter - s.Score.PhiBefore; got != s.Score.Delta {
			t.Errorf("step %d: Δ %v is not the difference %v", s.Index, s.Score.Delta, got)
		}
		phi = s.Score.PhiAfter
	}
}

func TestScoreThatIsNoNumberIsUnknown(t *testing.T) {
	for _, bad := range []float64{math.NaN(), math.Inf(1), -1, 10.5} {
		t.Run(fmt.Sprint(bad), func(t *testing.T) {
			cfg, _ := world(t, agenttest.Add(1), agenttest.Add(1))
			cfg.Critic = agenttest.NewScriptedCritic(4, bad, 5)
			got := steps(events(t, t.Context(), cfg, agenttest.CounterTask(1), nil))
			if s := got[0].Score; s.PhiAfter != 4 || s.Delta != 0 || s.Known() {
				t.Errorf("unusable Φ became %+v, want Φ 4 carried over and flagged", s)
			}
			if s := got[1].Score; s.PhiBefore != 4 || s.PhiAfter != 5 {
				t.Errorf("the chain went on as %+v, want 4 → 5", s)
			}
		})
	}
}

func TestDoneIsScored(t *testing.T) {
	cfg, _ := world(t, agenttest.Add(1))
	cfg.Critic = agenttest.NewScriptedCritic(0, 6, 8)
	got := steps(events(t, t.Context(), cfg, agenttest.CounterTask(1), nil))
	if s := got[1]; s.Action.Name != agent.Done || s.Score.PhiAfter != 8 {
		t.Errorf("DONE was scored %+v, want Φ 8", s.Score)
	}
	cfg, _ = world(t, agenttest.Add(1))
	cfg.Critic = agenttest.NewCriticFunc(func(_ context.Context, a agent.Assessment, _ int) (agent.Score, error) {
		if a.Done {
			return agent.Score{}, agent.Wrap(agent.CodeInvalid, agent.ErrUnusable, "rubbish")
		}
		return agenttest.PhiScore(a, 6), nil
	})
	got = steps(events(t, t.Context(), cfg, agenttest.CounterTask(1), nil))
	if s := got[1].Score; s.PhiAfter != 6 || !s.Has(agent.FlagCarried) {
		t.Errorf("DONE that could not be scored is %+v, want the last Φ, flagged", s)
	}
}

func TestEnvironmentTroubleIsAStepNotTheEnd(t *testing.T) {
	for name, fault := range map[string]agenttest.Fault{"error": agenttest.FaultError, "panic": agenttest.FaultPanic, "hang": agenttest.FaultHang} {
		t.Run(name, func(t *testing.T) {
			cfg, _ := world(t, agenttest.Add(1), agenttest.Add(1), agenttest.Add(1), agenttest.Add(1))
			cfg.Environment = agenttest.NewFaulty(cfg.Environment, fault, 2)
			cfg.Limits.StepTimeout = 20 * time.Millisecond
			all := events(t, t.Context(), cfg, agenttest.CounterTask(1), nil)
			got := steps(all)
			if len(got) != 4 || got[1].Error == "" || !got[1].After.Failed() {
				t.Fatalf("want 4 steps, the second failed with _error; got %d: %+v", len(got), got[1])
			}
			if r := finished(t, all); r.FinalState.Failed() {
				t.Errorf("the run ends at %s, want the counter at 3 without _error", r.FinalState.Data)
			}
		})
	}
}

func TestStuckEnvironmentFailsTheRun(t *testing.T) {
	cfg, _ := world(t, agenttest.Add(1), agenttest.Add(1), agenttest.Add(1))
	faulty := agenttest.NewFaulty(cfg.Environment, agenttest.FaultStuck, 2)
	defer faulty.Release()
	cfg.Environment, cfg.Limits.StepTimeout = faulty, 10*time.Millisecond
	all := events(t, t.Context(), cfg, agenttest.CounterTask(1), nil)
	last, ok := all[len(all)-1].Data.(agent.RunFailed)
	if !ok || last.Result.TotalSteps != 2 {
		t.Errorf("want RunFailed that keeps 2 steps, got %+v", all[len(all)-1].Data)
	}
}

func TestOneModelErrorDoesNotLoseTheRun(t *testing.T) {
	cfg, _ := world(t)
	cfg.Actor = agenttest.NewDeciderFunc(func(_ context.Context, _ *agent.Situation, call int) (agent.Decision, error) {
		if call == 2 {
			return agent.Decision{}, agent.Errorf(agent.CodeUnavailable, "model is down")
		}
		return agent.Decision{Action: agenttest.Add(1)}, nil
	})
	if got := finished(t, events(t, t.Context(), cfg, agenttest.CounterTask(1), nil)); !got.Success || got.TotalSteps != 3 {
		t.Errorf("got %+v, want success in 3 steps", got)
	}
}

func TestModelThatIsDownSuspendsAndResumes(t *testing.T) {
	down := true
	cfg, _ := world(t)
	cfg.Actor = agenttest.NewDeciderFunc(func(_ context.Context, s *agent.Situation, _ int) (agent.Decision, error) {
		if s.Index == 2 && down {
			return agent.Decision{}, agent.Errorf(agent.CodeUnavailable, "model is down")
		}
		return agent.Decision{Action: agenttest.Add(1)}, nil
	})
	all := events(t, t.Context(), cfg, agenttest.CounterTask(1), nil)
	waiting, ok := all[len(all)-1].Data.(agent.RunWaiting)
	if !ok || waiting.Reason != "model is down" || len(steps(all)) != 1 {
		t.Fatalf("want one step and RunWaiting, got %+v", all[len(all)-1].Data)
	}
	down = false
	rest := events(t, t.Context(), cfg, agenttest.CounterTask(1), checkpoint(all))
	if got := finished(t, rest); got.TotalSteps != 3 || !got.Success || len(steps(rest)) != 2 {
		t.Errorf("resumed to %+v with %d new steps, want 3 steps in all, 2 new", got, len(steps(rest)))
	}
	if rest[0].Seq != all[len(all)-1].Seq+1 {
		t.Errorf("numbers go on at %d after %d", rest[0].Seq, all[len(all)-1].Seq)
	}
}

func TestUnusableAnswerIsAStep(t *testing.T) {
	cfg, _ := world(t)
	cfg.Actor = agenttest.NewDeciderFunc(func(_ context.Context, s *agent.Situation, _ int) (agent.Decision, error) {
		if s.Index == 1 {
			return agent.Decision{}, agent.Wrap(agent.CodeInvalid, agent.ErrUnusable, "not JSON")
		}
		return agent.Decision{Action: agenttest.Add(5)}, nil
	})
	task := agenttest.CounterTask(1)
	task.MaxSteps = 2
	got := steps(events(t, t.Context(), cfg, task, nil))
	if len(got) != 2 || got[0].Action.Name != agent.NoAction || got[0].Error == "" {
		t.Errorf("got %+v, want a recorded step without an action", got)
	}
}

// checkpoint folds events as a store would.
func checkpoint(all []agent.Event) *agent.Checkpoint {
	var c agent.Checkpoint
	for _, e := range all {
		c.Seq = e.Seq
		switch d := e.Data.(type) {
		case agent.RunStarted:
			c.Started, c.Initial, c.InitialScore, c.InitialVerdict = true, d.State, d.Score, d.Verdict
		case agent.StepTaken:
			c.Steps = append(c.Steps, d.Step)
			c.InFlight, c.Unscored, c.Judged, c.Waits = nil, nil, nil, 0
		case agent.Judged:
			c.Judged = &d.Verdict
		case agent.Learned:
			c.Learned = true
		case agent.RunWaiting:
			c.Unscored, c.Waits = d.Step, c.Waits+1
		case agent.RunQueued, agent.RunResumed, agent.ActionStarted, agent.RunPaused, agent.RunFinished, agent.RunStopped, agent.RunFailed:
		}
	}
	return &c
}

// A run cut off after any event and resumed makes the same steps as one that
// was never interrupted, and does no recorded action again.
func TestResumeAfterAnyEvent(t *testing.T) {
	actor := func() agent.Decider {
		return agenttest.NewDeciderFunc(func(_ context.Context, s *agent.Situation, _ int) (agent.Decision, error) {
			return agent.Decision{Action: s.Legal[s.Rand(1).IntN(len(s.Legal))]}, nil
		})
	}
	task := agenttest.CounterTask(4)
	cfg, _ := world(t)
	cfg.Actor = actor()
	whole := events(t, t.Context(), cfg, task, nil)
	for cut := 1; cut < len(whole); cut++ {
		cfg, _ := world(t)
		cfg.Actor = actor()
		rest := events(t, t.Context(), cfg, task, checkpoint(whole[:cut]))
		got := append(steps(whole[:cut]), steps(rest)...)
		want := steps(whole)
		if len(got) != len(want) {
			t.Fatalf("cut at %d: %d steps, want %d", cut, len(got), len(want))
		}
		for i := range want {
			if got[i].Action.Key() != want[i].Action.Key() || got[i].After != want[i].After || got[i].Score.PhiAfter != want[i].Score.PhiAfter {
				t.Fatalf("cut at %d: step %d differs: %+v, want %+v", cut, i+1, got[i], want[i])
			}
		}
		finished(t, rest)
	}
}

func TestEnvironmentThatCannotBeRestoredSaysSo(t *testing.T) {
	cfg, _ := world(t, agenttest.Add(1), agenttest.Add(1), agenttest.Add(1))
	cfg.Environment = agenttest.NewFaulty(cfg.Environment, agenttest.FaultNone)
	all := events(t, t.Context(), cfg, agenttest.CounterTask(1), nil)
	started := 0
	for _, e := range all {
		if _, ok := e.Data.(agent.ActionStarted); ok {
			started++
		}
	}
	if started != 3 {
		t.Errorf("%d actions were recorded before they were done, want 3", started)
	}
	rest := events(t, t.Context(), cfg, agenttest.CounterTask(1), checkpoint(all[:4]))
	if d, ok := rest[len(rest)-1].Data.(agent.RunFailed); !ok || d.Result.TotalSteps != 1 {
		t.Errorf("want RunFailed that keeps the step, got %+v", rest[len(rest)-1].Data)
	}
}

func TestPersonsInterrupt(t *testing.T) {
	for name, cause := range map[string]error{"stop": agent.StoppedBy("mk"), "pause": agent.PausedBy("mk"), "shutdown": errors.New("shutting down")} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			cfg, _ := world(t)
			cfg.Actor = agenttest.NewDeciderFunc(func(ctx context.Context, s *agent.Situation, _ int) (agent.Decision, error) {
				if s.Index == 2 {
					cancel(cause)
					<-ctx.Done()
					return agent.Decision{}, ctx.Err()
				}
				return agent.Decision{Action: agenttest.Add(1)}, nil
			})
			var all []agent.Event
			var failure error
			for e, err := range orchestrator(t, cfg).RunTask(ctx, "r_1", agenttest.CounterTask(1), nil) {
				if failure = err; err == nil {
					all = append(all, e)
				}
			}
			last := all[len(all)-1].Data
			switch name {
			case "stop":
				if d, ok := last.(agent.RunStopped); !ok || d.By != "mk" || d.Result.TotalSteps != 1 {
					t.Errorf("got %+v, want RunStopped by mk with 1 step", last)
				}
			case "pause":
				if d, ok := last.(agent.RunPaused); !ok || d.By != "mk" {
					t.Errorf("got %+v, want RunPaused by mk", last)
				}
			case "shutdown":
				if _, ok := last.(agent.StepTaken); !ok || !errors.Is(failure, cause) {
					t.Errorf("got %+v and %v, want no event after the step, and the cause", last, failure)
				}
			}
		})
	}
}

func TestOutcomeHasOneDefinition(t *testing.T) {
	tests := []struct {
		name     string
		verifier bool
		phi      float64
		want     agent.Outcome
	}{
		{"the environment's word beats a flattering critic", true, 8.9, agent.Outcome{Success: false, Source: agent.SourceEnvironment, Score: 1. / 3 / 1.0}},
		{"the critic's word above 7 where nobody knows", false, 7.1, agent.Outcome{Success: true, Source: agent.SourceCritic, Score: .71}},
		{"7 is not above 7", false, 7, agent.Outcome{Success: false, Source: agent.SourceCritic, Score: .7}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cfg, _ := world(t, agenttest.Add(1))
			if !tt.verifier {
				cfg.Environment = agenttest.NewCounter(3).SimpleEnvironment
			}
			cfg.Critic = agenttest.NewScriptedCritic(0, tt.phi, tt.phi)
			replay := &spyReplay{}
			learner := &spyLearner{}
			cfg.Memory.Replay, cfg.Memory.Optimizer, cfg.Memory.Learn = replay, learner, true
			got := finished(t, events(t, t.Context(), cfg, agenttest.CounterTask(1), nil))
			if got.Outcome.Success != tt.want.Success || got.Outcome.Source != tt.want.Source || math.Abs(got.Outcome.Score-tt.want.Score) > 1e-9 {
				t.Errorf("outcome %+v, want %+v", got.Outcome, tt.want)
			}
			if got.Success != got.Outcome.Success || replay.added[0].Outcome != got.Outcome || learner.lessons[0].Trajectory.Outcome != got.Outcome {
				t.Error("result, replay and learner do not share one outcome")
			}
		})
	}
}

type spyReplay struct {
	agent.Replay
	added []*agent.Trajectory
}

func (r *spyReplay) Add(_ context.Context, t *agent.Trajectory) error {
	r.added = append(r.added, t)
	return nil
}

type spyLearner struct{ lessons []agent.Lesson }

func (l *spyLearner) Learn(_ context.Context, lesson agent.Lesson) (agent.Learned, agent.Usage, error) {
	l.lessons = append(l.lessons, lesson)
	return agent.Learned{}, agent.Usage{}, nil
}

func TestBudgets(t *testing.T) {
	cfg, _ := world(t)
	cfg.Actor = agenttest.NewDeciderFunc(func(context.Context, *agent.Situation, int) (agent.Decision, error) {
		return agent.Decision{Action: agenttest.Sub(1), Usage: agent.Usage{TokensIn: 40, TokensOut: 10, Calls: 1}}, nil
	})
	task := agenttest.CounterTask(1)
	task.Budget.Tokens = 120
	if got := finished(t, events(t, t.Context(), cfg, task, nil)); got.TotalSteps != 3 || got.StopReason != "the token budget was used up" {
		t.Errorf("tokens: %+v", got)
	}
	cfg.Limits.PauseOnBudget = true
	all := events(t, t.Context(), cfg, task, nil)
	if p, ok := all[len(all)-1].Data.(agent.RunPaused); !ok || p.Reason != "the token budget was used up" || p.By != "" {
		t.Errorf("it does not pause: %+v", all[len(all)-1])
	}
	cfg.Limits.PauseOnBudget = false
	cfg.Actor = agenttest.NewDeciderFunc(func(context.Context, *agent.Situation, int) (agent.Decision, error) {
		return agent.Decision{Action: agenttest.Sub(1), Usage: agent.Usage{TokensIn: 40, USD: .4, Calls: 1}}, nil
	})
	task.Budget = agent.Budget{USD: 1}
	if got := finished(t, events(t, t.Context(), cfg, task, nil)); got.TotalSteps != 3 || got.StopReason != "the budget in dollars was used up" {
		t.Errorf("dollars: %+v", got)
	}
	clock := time.Unix(0, 0)
	cfg.Clock.Now = func() time.Time { clock = clock.Add(time.Second); return clock }
	task.Budget = agent.Budget{Seconds: 30}
	if got := finished(t, events(t, t.Context(), cfg, task, nil)); got.StopReason != "the time budget was used up" || got.TotalSteps >= 20 {
		t.Errorf("seconds: %+v", got)
	}
}

func TestBadTasksFailWithTheReason(t *testing.T) {
	cfg, _ := world(t)
	for _, task := range []agent.Task{{}, {Purpose: "x", MaxSteps: -1}, {Purpose: "x", EarlyStopPhi: 11}, {Purpose: "x", MaxSteps: 1e9}} {
		all := events(t, t.Context(), cfg, task, nil)
		if d, ok := all[0].Data.(agent.RunFailed); !ok || d.Code != agent.CodeInvalid || len(all) != 1 {
			t.Errorf("task %+v: got %+v, want RunFailed invalid", task, all[0].Data)
		}
	}
}

func BenchmarkOverhead(b *testing.B) {
	for _, n := range []int{20, 1000} {
		b.Run(fmt.Sprint(n, " steps"), func(b *testing.B) {
			env := agenttest.NewCounter(3).SimpleEnvironment
			env.TerminalFunc, env.LegalFunc = nil, nil
			state, err := env.ResetFunc(b.Context(), agenttest.CounterTask(1))
			if err != nil {
				b.Fatal(err)
			}
			env.ExecuteFunc = func(context.Context, agent.Action, agent.State) (agent.State, error) { return state, nil }
			actor := agenttest.InstantDecider(agenttest.Add(1))
			o, err := agent.NewOrchestrator(agent.Config{Environment: env, EnvironmentName: "counter", Actor: actor, Critic: agenttest.InstantCritic(3)})
			if err != nil {
				b.Fatal(err)
			}
			task := agenttest.CounterTask(1)
			task.MaxSteps = n
			for b.Loop() {
				if _, err := o.Run(b.Context(), "r", task); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/step")
		})
	}
}
