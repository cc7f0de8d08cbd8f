package learning_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
	"purposeagent/agent/distiller"
	"purposeagent/agent/learning"
	"purposeagent/agent/reasoner"
	"purposeagent/agent/replay"
	"purposeagent/agent/rulestore"
)

// An agent without a language model does thirty tasks, and an optimizer learns
// from each. The rules are rows: read them, or hand them to another library.
func ExampleHeuristicOptimizer() {
	ctx := context.Background()
	day := time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)
	now := func() time.Time { return day }
	library, replay := rulestore.NewMemory(now), replay.New(100)
	optimizer, err := learning.NewHeuristicOptimizer(learning.OptimizerConfig{Library: library, Replay: replay,
		Distiller: distiller.New(distiller.Config{Replay: replay}), Contrast: -1, Now: now})
	if err != nil {
		log.Fatal(err)
	}
	counter := agenttest.NewCounter(7)
	o, err := agent.NewOrchestrator(agent.Config{Environment: counter, EnvironmentName: "counter", Actor: reasoner.NewActor(reasoner.ActorConfig{}),
		Critic: reasoner.NewCritic(counter, nil), Memory: agent.MemoryConfig{Optimizer: optimizer, Replay: replay, Library: library, Recall: true, Learn: true}, Clock: agent.Clock{Now: now}})
	if err != nil {
		log.Fatal(err)
	}
	for i := range 30 {
		if _, err := o.Run(ctx, fmt.Sprintf("r_%d", i), agenttest.CounterTask(int64(i))); err != nil {
			log.Fatal(err)
		}
	}
	rules, err := library.Usable(ctx, o.Scope())
	if err != nil {
		log.Fatal(err)
	}
	for _, h := range rules.Rules {
		if h.Predicate.States == nil && h.Avoid == "" {
			fmt.Printf("%s: %s (%d of %d)\n", h.Pattern, h.Strategy, h.Good, h.Good+h.Bad)
		}
	}
	// Output:
	// when value is at least 7: sub (14 of 15)
	// when value is less than 7, value is at least 5 and by is less than 3: add (23 of 23)
	// when value is less than 5: add (101 of 101)
	// in any situation: add 1 and 5 and 1 (22 of 26)
}
