package agent_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
	"purposeagent/agent/credit"
	"purposeagent/agent/learning"
	"purposeagent/agent/replay"
	"purposeagent/agent/rulestore"
)

// seeing is a decider that counts the rules before it.
type seeing struct{ rules []string }

func (s *seeing) Decide(_ context.Context, _ *agent.Situation) (agent.Decision, error) {
	return agent.Decision{Action: agent.Action{Name: agent.Done}}, nil
}

// Recall shows everything.
func (s *seeing) Recall(_ context.Context, _ *agent.Situation, set *agent.RuleSet) ([]agent.Recalled, error) {
	s.rules = s.rules[:0]
	var all []agent.Recalled
	for _, h := range set.Rules {
		s.rules = append(s.rules, h.Title)
		all = append(all, agent.Recalled{Rule: h})
	}
	return all, nil
}

func holdoutSetup(t *testing.T, change func(*agent.Config)) (*agent.Orchestrator, *seeing, *rulestore.Memory) {
	t.Helper()
	library := rulestore.NewMemory(nil)
	actor := &seeing{}
	env := agenttest.NewCounter(5)
	cfg := agent.Config{Environment: env, EnvironmentName: "counter", Actor: actor, Critic: agenttest.PotentialCritic(env),
		Memory: agent.MemoryConfig{Library: library, Replay: replay.New(10), Recall: true, Learn: true, Holdout: true}}
	var err error
	if cfg.Memory.Optimizer, err = learning.NewHeuristicOptimizer(learning.OptimizerConfig{Library: library, Distiller: agenttest.NewScriptedDistiller()}); err != nil {
		t.Fatal(err)
	}
	change(&cfg)
	o, err := agent.NewOrchestrator(cfg)
	if err != nil {
		t.Fatal(err)
	}
	learned, taught := agenttest.TestPredicateRule("learned", "below"), agenttest.TestRule("taught")
	learned.Scope, taught.Scope = o.Scope(), o.Scope()
	learned.Author, learned.Status, taught.Author, taught.Status, taught.Pinned = agent.AuthorDistiller, agent.Probation, agent.AuthorHuman, agent.Active, true
	if _, err := library.Save(t.Context(), agent.Batch{Actor: "test", Rules: []*agent.Heuristic{learned, taught}}); err != nil {
		t.Fatal(err)
	}
	return o, actor, library
}

// Chance keeps the learned set, and only that, out of some learning runs, and
// the ledger counts both sides.
func TestHoldoutOfTheSet(t *testing.T) {
	o, actor, library := holdoutSetup(t, func(*agent.Config) {})
	const runs = 200
	out := 0
	for i := range runs {
		if _, err := o.Run(t.Context(), fmt.Sprint("run-", i), agenttest.CounterTask(1)); err != nil {
			t.Fatal(err)
		}
		switch got := fmt.Sprint(actor.rules); got {
		case "[taught]":
			out++
		case "[learned taught]":
		default:
			t.Fatalf("run %d saw %s", i, got)
		}
	}
	if out < 28 || out > 75 { // 50 expected, sd 6.1
		t.Errorf("the set was out of %d of %d runs", out, runs)
	}
	ledger, err := library.Ledger(t.Context(), o.Scope())
	if err != nil || ledger.Tasks != runs || len(ledger.Set) != 1 || ledger.SetUplift == nil {
		t.Errorf("ledger = %+v, %v", ledger, err)
	}
}

// A twin without memory is the other side of its pair, counted once and in no baseline.
func TestTwins(t *testing.T) {
	o, actor, library := holdoutSetup(t, func(c *agent.Config) {
		c.Memory.Recall, c.Memory.Learn, c.Memory.Holdout, c.Memory.Twin = false, false, false, true
	})
	for range 2 {
		if _, err := o.Run(t.Context(), "run-1", agenttest.CounterTask(1)); err != nil {
			t.Fatal(err)
		}
	}
	if len(actor.rules) != 0 {
		t.Errorf("without memory it saw %q", actor.rules)
	}
	ledger, err := library.Ledger(t.Context(), o.Scope())
	if err != nil || ledger.Tasks != 0 || len(ledger.Set) != 1 || ledger.Set[0].Out != 1 || ledger.Set[0].In != 0 {
		t.Errorf("ledger = %+v, %v", ledger, err)
	}
}

// suspended is a library whose learned set a test suspended.
type suspended struct{ *rulestore.Memory }

func (l suspended) Ledger(ctx context.Context, scope agent.Scope) (credit.Ledger, error) {
	ledger, err := l.Memory.Ledger(ctx, scope)
	return ledger.Suspend(credit.SetTester, "it harms", time.Time{}), err
}

// A suspended set acts in a quarter of the learning runs and in no other; what
// people pinned is always in. A rule in words is part of the set, and so are
// the examples.
func TestSuspendedSetIsKeptOut(t *testing.T) {
	const runs = 120
	for _, test := range []struct {
		name      string
		change    func(*agent.Config)
		low, high int // runs with the set
	}{
		{"learning", func(*agent.Config) {}, 14, 48},
		{"learning without a draw", func(c *agent.Config) { c.Memory.Holdout = false }, 0, 0},
		{"evaluation", func(c *agent.Config) { c.Memory.Learn, c.Memory.Holdout = false, false }, 0, 0},
		{"one of a pair, with memory", func(c *agent.Config) { c.Memory.Twin = true }, runs, runs},
	} {
		t.Run(test.name, func(t *testing.T) {
			o, actor, library := holdoutSetup(t, func(c *agent.Config) {
				test.change(c)
				c.Memory.Library = suspended{c.Memory.Library.(*rulestore.Memory)}
			})
			words := agenttest.TestRule("in words")
			words.Scope, words.Author, words.Status = o.Scope(), agent.AuthorModel+"m", agent.Active
			if _, err := library.Save(t.Context(), agent.Batch{Actor: "test", Rules: []*agent.Heuristic{words}}); err != nil {
				t.Fatal(err)
			}
			with := 0
			for i := range runs {
				var started agent.RunStarted
				for e, err := range o.RunTask(t.Context(), fmt.Sprint("run-", i), agenttest.CounterTask(1), nil) {
					if err != nil {
						t.Fatal(err)
					}
					if d, ok := e.Data.(agent.RunStarted); ok {
						started = d
					}
				}
				if !started.Holdout.Suspended || started.Holdout.String() == "" {
					t.Fatalf("the run does not say so: %+v", started.Holdout)
				}
				switch got := fmt.Sprint(actor.rules); {
				case got == "[taught]" && started.Holdout.Withheld:
				case got == "[learned taught in words]" && !started.Holdout.Withheld:
					with++
				default:
					t.Fatalf("run %d saw %s, withheld %v", i, got, started.Holdout.Withheld)
				}
			}
			if with < test.low || with > test.high {
				t.Errorf("the set was in %d of %d runs, want %d to %d", with, runs, test.low, test.high)
			}
		})
	}
}
