package agent_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
	"purposeagent/agent/reasoner"
	"purposeagent/agent/replay"
)

// upstairs takes the first action that it may.
type upstairs struct{}

func (upstairs) Decide(_ context.Context, s *agent.Situation) (agent.Decision, error) {
	return agent.Decision{Action: s.Legal[0]}, nil
}

// A world made of functions, an actor and a critic are all that an orchestrator
// needs. A run is an iterator of events: what happens between two of them has
// not happened yet, so that whoever stores them loses nothing.
func ExampleOrchestrator() {
	floor := func(s agent.State) float64 { return count(s, "floor") }
	house := &agent.SimpleEnvironment{
		Specs: []agent.ActionSpec{{Name: "climb", Description: "go one floor up"}},
		ResetFunc: func(context.Context, agent.Task) (agent.State, error) {
			return agent.NewState(map[string]int{"floor": 0}, "the ground floor")
		},
		ExecuteFunc: func(_ context.Context, _ agent.Action, s agent.State) (agent.State, error) {
			return agent.NewState(map[string]float64{"floor": floor(s) + 1}, "a floor higher")
		},
		TerminalFunc: func(s agent.State) bool { return floor(s) == 3 },
		LegalFunc:    func(agent.State) []agent.Action { return []agent.Action{agent.NewAction("climb")} },
	}
	critic := agenttest.NewCriticFunc(func(_ context.Context, a agent.Assessment, _ int) (agent.Score, error) {
		after := 3 * floor(a.After)
		return agent.Score{PhiBefore: a.PhiBefore, PhiAfter: after, Delta: after - a.PhiBefore, Confidence: 1, Critic: "floors"}, nil
	})
	o, err := agent.NewOrchestrator(agent.Config{Environment: house, EnvironmentName: "house", Actor: upstairs{}, Critic: critic})
	if err != nil {
		log.Fatal(err)
	}
	for event, err := range o.RunTask(context.Background(), "r_1", agent.Task{Purpose: "reach the roof"}, nil) {
		if err != nil {
			log.Fatal(err)
		}
		switch d := event.Data.(type) {
		case agent.StepTaken:
			fmt.Printf("step %d: %s, Φ %.0f (%+.0f)\n", d.Step.Index, d.Step.Action.Label(), d.Step.Score.PhiAfter, d.Step.Score.Delta)
		case agent.RunFinished:
			fmt.Println("success:", d.Result.Success)
		}
	}
	// Output:
	// step 1: climb, Φ 3 (+3)
	// step 2: climb, Φ 6 (+3)
	// step 3: climb, Φ 9 (+3)
	// success: true
}

// count reads a number of a state.
func count(s agent.State, name string) float64 {
	var numbers map[string]float64
	if err := s.Data.Decode(&numbers); err != nil {
		log.Fatal(err)
	}
	return numbers[name]
}

// bell is an environment of its own: it has no state but how often it was rung,
// and says by Verify whether the purpose is reached.
type bell struct{}

func (bell) Actions() []agent.ActionSpec { return []agent.ActionSpec{{Name: "ring"}} }

func (bell) Reset(context.Context, agent.Task) (agent.State, error) {
	return agent.NewState(map[string]int{"rung": 0}, "it is quiet")
}

func (bell) Execute(_ context.Context, action agent.Action, s agent.State) (agent.State, error) {
	if action.Name != "ring" {
		return s, agent.Errorf(agent.CodeInvalid, "there is no action %q; ring is the only one", action.Name)
	}
	return agent.NewState(map[string]float64{"rung": count(s, "rung") + 1}, "it rang")
}

func (bell) IsTerminal(s agent.State) bool { return count(s, "rung") == 1 }

func (b bell) Verify(_ context.Context, s agent.State) (agent.Verdict, error) {
	return agent.Verdict{Success: b.IsTerminal(s), Score: 1}, nil
}

// An environment is four methods. Further ones, such as Verify here, are found
// by type assertion; conformance.Environment checks what all of them promise.
func ExampleEnvironment() {
	var env agent.Environment = bell{}
	state, err := env.Reset(context.Background(), agent.Task{Purpose: "wake them up"})
	if err != nil {
		log.Fatal(err)
	}
	state, err = env.Execute(context.Background(), agent.NewAction("ring"), state)
	fmt.Println(state.Summary, env.IsTerminal(state), err)
	_, err = env.Execute(context.Background(), agent.NewAction("hum"), state)
	fmt.Println(agent.CodeOf(err), err)
	// Output:
	// it rang true <nil>
	// invalid there is no action "hum"; ring is the only one
}

// A replay finds the trajectories whose tasks are most like a new one.
func ExampleExperienceReplay() {
	ctx := context.Background()
	scope := agent.Scope{Environment: "kitchen"}
	replay := replay.New(100)
	for id, purpose := range map[string]string{"t_1": "boil two eggs", "t_2": "bake a loaf of bread", "t_3": "wash the dishes"} {
		t := &agent.Trajectory{ID: id, Run: id, Scope: scope, Task: agent.Task{Purpose: purpose}.WithDefaults(),
			Outcome: agent.Outcome{Success: true, Source: agent.SourceEnvironment, Score: 1}, At: time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)}
		if err := replay.Add(ctx, t); err != nil {
			log.Fatal(err)
		}
	}
	matches, err := replay.Retrieve(ctx, scope, agent.Task{Purpose: "bake rye bread"}, 1)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(matches[0].Trajectory.Task.Purpose)
	// Output: bake a loaf of bread
}

// Retrieve chooses the rules for one step and records why.
func ExampleRetrieve() {
	scope := agent.Scope{Environment: "kitchen"}
	rules := agent.NewRuleSet(scope, 1, []*agent.Heuristic{
		{ID: "h1", Tier: agent.Strategic, Status: agent.Active, Scope: scope, Title: "Boil eggs", Pattern: "eggs are asked for", Strategy: "boil the water first"},
		{ID: "h2", Tier: agent.Strategic, Status: agent.Active, Scope: scope, Title: "Bake bread", Pattern: "bread is asked for", Strategy: "heat the oven first"},
	}, nil)
	chosen, record := agent.Retrieve(context.Background(), "r_1", &agent.Situation{
		Task: agent.Task{Purpose: "bake some bread"}, Scope: scope, Index: 1}, rules)
	fmt.Println("considered:", record.Considered)
	for _, c := range chosen {
		fmt.Println(c.Rule.Title+":", c.Rule.Strategy)
	}
	// Output:
	// considered: 2
	// Bake bread: heat the oven first
}

// The state of a run is the fold of its log: pages, API and store all use it.
func ExampleRun_Fold() {
	o, err := agent.NewOrchestrator(agent.Config{Environment: agenttest.NewCounter(2), EnvironmentName: "counter",
		Actor: agenttest.NewScriptedDecider(agenttest.Add(1), agenttest.Add(1)), Critic: reasoner.NewCritic(agenttest.NewCounter(2), nil)})
	if err != nil {
		log.Fatal(err)
	}
	run := agent.Run{ID: "r_1"}
	for event, err := range o.RunTask(context.Background(), run.ID, agenttest.CounterTask(1), nil) {
		if err != nil {
			log.Fatal(err)
		}
		run = run.Fold(event)
	}
	fmt.Println(run.Status, run.Steps, "steps, success:", run.Outcome.Success)
	// Output: finished 2 steps, success: true
}
