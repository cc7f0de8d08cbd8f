package agent_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
	"purposeagent/agent/chat"
	"purposeagent/agent/replay"
	"purposeagent/agent/rulestore"
)

// What is in the library and the replay reaches the actor's prompt, for that
// run only: nothing piles up from run to run, and a tip that was retired is
// gone from the next prompt.
func TestMemoryReachesThePromptAndLeavesIt(t *testing.T) {
	env := agenttest.NewCounter(50)
	scope := agent.ScopeOf("counter", env)
	library, replay := rulestore.NewMemory(nil), replay.New(0)
	tip := agenttest.TestRule("add in fives")
	tip.Tier, tip.Action, tip.Scope = agent.Tool, "add", scope
	tip.Pattern, tip.Strategy = "the number is far below the target", "add five to the number"
	saved, err := library.Save(t.Context(), agent.Batch{Actor: "test", Rules: []*agent.Heuristic{tip}})
	if err != nil {
		t.Fatal(err)
	}
	remembered := agenttest.TestTrajectory(1, agenttest.CounterTask(1).Purpose, true)
	remembered.Scope = scope
	if err := replay.Add(t.Context(), remembered); err != nil {
		t.Fatal(err)
	}
	// ask runs one task of three steps and returns its prompts and recorded memory.
	ask := func(run string) (prompts []string, taken []agent.Step) {
		t.Helper()
		model := agenttest.NewModelFunc("script", func(context.Context, chat.Request, int) agenttest.Answer {
			return acts("add 1")
		})
		o := orchestrator(t, agent.Config{Environment: env, EnvironmentName: "counter", Actor: modelActor(t, model),
			Critic: agenttest.PotentialCritic(env), Memory: agent.MemoryConfig{Library: library, Replay: replay, Recall: true},
			Clock: agent.Clock{Sleep: func(context.Context, time.Duration) error { return nil }}})
		task := agenttest.CounterTask(1)
		task.MaxSteps = 3
		for e, err := range o.RunTask(t.Context(), run, task, nil) {
			if err != nil {
				t.Fatal(err)
			}
			if d, ok := e.Data.(agent.StepTaken); ok {
				taken = append(taken, d.Step)
			}
		}
		for _, r := range model.Requests() {
			prompts = append(prompts, r.Messages[0].Text+"\n"+r.Messages[1].Text)
		}
		return prompts, taken
	}
	first, taken := ask("r_1")
	if !strings.Contains(first[0], tip.Strategy) {
		t.Errorf("the tip is not in the prompt:\n%s", first[0])
	}
	if len(taken[0].Memory) != 1 || taken[0].Memory[0].ID != saved[0].ID || len(taken[0].Examples) != 1 {
		t.Errorf("the step records %+v and %+v, want the tip and one example", taken[0].Memory, taken[0].Examples)
	}
	second, _ := ask("r_2")
	for i := range first {
		if second[i] != first[i] {
			t.Fatalf("step %d of the second run is asked with another prompt than the first run's:\n%s\n---\n%s", i+1, second[i], first[i])
		}
	}
	if _, err := library.SetStatus(t.Context(), "ada", []string{saved[0].ID}, agent.Retired); err != nil {
		t.Fatal(err)
	}
	third, taken := ask("r_3")
	if strings.Contains(strings.Join(third, "\n"), tip.Strategy) || len(taken[0].Memory) != 0 {
		t.Errorf("a retired tip is still shown:\n%s", third[0])
	}
}
