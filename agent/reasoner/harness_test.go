package reasoner_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/calibration"
	"purposeagent/agent/credit"
	"purposeagent/agent/distiller"
	"purposeagent/agent/learning"
	"purposeagent/agent/reasoner"
	"purposeagent/agent/replay"
	"purposeagent/agent/rulestore"
)

// school is one world with its learner: a library, a replay and the three roles.
type school struct {
	name       string
	open       func(split string) agent.Environment
	purpose    func(split string, seed int64) string
	limit      map[string]int
	critic     func(env agent.Environment) agent.Critic
	calibrator *calibration.CriticLog // nil: no critic loses its right
	library    *rulestore.Memory
	replay     *replay.ExperienceReplay
	actor      *reasoner.Actor
	distiller  *distiller.Distiller
	optimizer  *learning.HeuristicOptimizer
	changes    int
	testFrom   int64                                  // first seed of share
	each       func(*agent.Situation, *agent.RuleSet) // called before each decision; nil: nobody is
	factor     int                                    // limits a task at so many times its optimum, twice that in training; 0: by limit
}

func (s *school) enrol() {
	s.testFrom = 900_000
	s.library = rulestore.NewMemory(nil)
	s.replay = replay.New(500)
	s.restart()
	if s.critic == nil {
		s.critic = func(env agent.Environment) agent.Critic { return reasoner.NewCritic(env, nil) }
	}
}

// restart makes the roles anew; library and replay stay.
func (s *school) restart() {
	s.actor = reasoner.NewActor(reasoner.ActorConfig{})
	s.distiller = distiller.New(distiller.Config{Replay: s.replay})
	cfg := learning.OptimizerConfig{Library: s.library, Replay: s.replay, Distiller: s.distiller}
	if s.calibrator != nil {
		cfg.Calibrator = s.calibrator
	}
	var err error
	s.optimizer, err = learning.NewHeuristicOptimizer(cfg)
	if err != nil {
		panic(err)
	}
}

// mode is how a run uses memory.
type mode int

const (
	off mode = iota
	on
	train
)

// run works one task and, when training, learns from it.
func (s *school) run(tb testing.TB, split string, seed int64, m mode) *agent.Trajectory {
	tb.Helper()
	ctx := context.Background()
	env := s.open(split)
	critic := s.critic(env)
	task := agent.Task{Purpose: s.purpose(split, seed), MaxSteps: s.limit[split], Seed: seed}.WithDefaults()
	if s.factor > 0 {
		task.MaxSteps = s.factor * optimum(tb, env, task)
		if m == train {
			task.MaxSteps *= 2
		}
	}
	state, err := env.Reset(ctx, task)
	check(tb, err)
	scope := agent.ScopeOf(s.name, env)
	world := agent.DescriptionOf(env)
	first, err := critic.Assess(ctx, agent.Assessment{Task: task, World: world, After: state})
	check(tb, err)
	t := &agent.Trajectory{ID: fmt.Sprintf("%s-%d-%d", split, m, seed), Run: fmt.Sprintf("run-%s-%d", split, seed), Scope: scope, Task: task, Initial: state}
	begun, err := env.(agent.Verifier).Verify(ctx, state)
	check(tb, err)
	t.Begun = &begun
	phi := first.PhiAfter
	set := &agent.RuleSet{}
	if m != off {
		set, err = s.library.Usable(ctx, scope)
		check(tb, err)
	}
	ledger, err := s.library.Ledger(ctx, scope)
	check(tb, err)
	wander := m == train && ledger.Unsolved() && agent.Withheld(t.Run, task, "what is seldom done", credit.Wander)
	var discredited []string
	if s.calibrator != nil {
		discredited, err = s.calibrator.Discredited(ctx, scope)
		check(tb, err)
	}
	legal, _ := env.(agent.Legal)
	verifier := env.(agent.Verifier)
	for len(t.Steps) < task.MaxSteps && !env.IsTerminal(state) {
		sit := &agent.Situation{Task: task, Scope: scope, World: world, Actions: env.Actions(), State: state,
			Phi: phi, Index: len(t.Steps) + 1, History: t.Steps, Explore: m == train, Wander: wander, Discredited: discredited}
		if legal != nil {
			sit.Legal = legal.LegalActions(state)
		}
		if s.each != nil {
			s.each(sit, set)
		}
		sit.Memory.Rules, err = s.actor.Recall(ctx, sit, set)
		check(tb, err)
		d, err := s.actor.Decide(ctx, sit)
		check(tb, err)
		if d.Action.Name == agent.Done {
			break
		}
		after, err := env.Execute(ctx, d.Action, state)
		check(tb, err)
		score, err := critic.Assess(ctx, agent.Assessment{Task: task, World: world, Before: &state, After: after, PhiBefore: phi})
		check(tb, err)
		v, err := verifier.Verify(ctx, after)
		check(tb, err)
		t.Steps = append(t.Steps, agent.Step{Index: len(t.Steps) + 1, Before: state, Action: d.Action, After: after, Score: score, Verdict: &v})
		state, phi = after, score.PhiAfter
	}
	v, err := verifier.Verify(ctx, state)
	check(tb, err)
	t.End = agent.EndSteps
	if env.IsTerminal(state) {
		t.End = agent.EndEnvironment
	}
	t.Outcome = agent.Outcome{Success: v.Success, Source: agent.SourceEnvironment, Score: v.Score}
	if m == train {
		s.learn(tb, t, world, env.Actions())
	}
	return t
}

func (s *school) learn(tb testing.TB, t *agent.Trajectory, world agent.Description, specs []agent.ActionSpec) {
	tb.Helper()
	ctx := context.Background()
	check(tb, s.replay.Add(ctx, t))
	if s.calibrator != nil {
		check(tb, s.calibrator.Observe(ctx, t))
	}
	learned, _, err := s.optimizer.Learn(ctx, agent.Lesson{Trajectory: t, World: world, Actions: specs})
	check(tb, err)
	s.changes += len(learned.Changes)
	for _, r := range learned.Rejected {
		tb.Errorf("rejected %q: %s", r.Title, r.Reason)
	}
}

// share returns the share of successes over n tasks of the test split, and
// their mean number of steps.
func (s *school) share(tb testing.TB, m mode, n int) (success, steps float64) {
	tb.Helper()
	for i := range n {
		t := s.run(tb, "test", s.testFrom+int64(i), m)
		if t.Outcome.Success {
			success++
			steps += float64(len(t.Steps))
		}
	}
	return success / float64(n), steps / max(success, 1)
}

func optimum(tb testing.TB, env agent.Environment, task agent.Task) int {
	tb.Helper()
	n, err := env.(interface {
		Optimum(task agent.Task) (int, error)
	}).Optimum(task)
	check(tb, err)
	return n
}

func check(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// sayRules lists the usable rules with their counts.
func sayRules(t *testing.T, s *school) []string {
	t.Helper()
	set, err := s.library.Usable(t.Context(), agent.ScopeOf(s.name, s.open("train")))
	check(t, err)
	var out []string
	for _, r := range set.Rules {
		out = append(out, fmt.Sprintln(r.Key(), r.Good, r.Bad))
	}
	slices.Sort(out)
	return out
}

// blind is a critic that has no potential to read.
func blind(env agent.Environment) agent.Critic {
	return reasoner.NewCritic(struct{ agent.Environment }{env}, nil)
}
