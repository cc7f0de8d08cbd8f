package roles_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
	"purposeagent/agent/chat"
	"purposeagent/agent/features"
	"purposeagent/agent/learning"
	"purposeagent/agent/playbook"
	"purposeagent/agent/replay"
	"purposeagent/agent/roles"
	"purposeagent/agent/rulestore"
	"purposeagent/environments/workshop"
)

// recorded is what a model that writes good rules answered after six tasks in the
// workshop: facts, a pitfall, a procedure and strategies, none of them twice.
var recorded = [][]map[string]any{
	{
		lessonRule("fact", "Oil suits horn", "the material is horn", "prepare it with oil", "", "prepare"),
		lessonRule("fact", "Heat suits ash", "the material is ash", "prepare it with heat", "", "prepare"),
		lessonRule("tool", "Unprepared pieces are not worked", "the piece is not rightly prepared", "", "working it before it is prepared", "work"),
		lessonRule("strategic", "Prepare first", "a new piece is on the bench", "prepare it before anything else is done to it", "", ""),
		lessonRule("strategic", "Spare the last piece", "one piece that fits is left", "try unknown operations on a piece that can't fill the order", "", ""),
	},
	{
		lessonRule("fact", "Soaking suits reed", "the material is reed", "prepare it with a soak", "", "prepare"),
		lessonRule("fact", "Soot dyes black", "a black thing is asked", "dye it with soot", "", "dye"),
	},
	{lessonRule("procedural", "From raw to delivered", "a raw piece is to become a thing", "follow the order of work", "", "", "prepare the piece", "work it", "dye it", "deliver it")},
	{lessonRule("tool", "Colour last", "the stage is not as asked", "", "dyeing before the work is done", "dye")},
	{},
}

func lessonRule(tier, title, when, do, avoid, action string, steps ...string) map[string]any {
	return rule("tier", tier, "title", title, "when", when, "do", do, "avoid", avoid, "because", "it was seen", "action", action, "steps", steps, "evidence", []int{1, 2}, "edit", "new", "of", []string{}, "condition", []string{})
}

// What one task taught counts in the next: of the rules that a model wrote, those in
// force are in every prompt from the second task on.
func TestTheFirstLessonCountsInTheSecondTask(t *testing.T) {
	env, err := workshop.New("", "the install seed of a test")
	if err != nil {
		t.Fatal(err)
	}
	scope := agent.ScopeOf("workshop", env)
	library, replay := rulestore.NewMemory(nil), replay.New(0)
	task := 0
	writer := agenttest.NewModelFunc("script:writer", func(context.Context, chat.Request, int) agenttest.Answer { return rules(recorded[task]...) })
	distiller, err := roles.NewDistiller(roles.DistillerConfig{LLM: writer})
	if err != nil {
		t.Fatal(err)
	}
	optimizer, err := learning.NewHeuristicOptimizer(learning.OptimizerConfig{Library: library, Replay: replay, Distiller: distiller, Applicability: features.NewApplicability()})
	if err != nil {
		t.Fatal(err)
	}
	var prompts []string
	actor := agenttest.NewModelFunc("script:actor", func(_ context.Context, r chat.Request, n int) agenttest.Answer {
		system, user := prompt(r)
		prompts = append(prompts, system+user)
		var schema struct {
			Properties map[string]struct{ Enum []string }
		}
		if err := json.Unmarshal(r.Schema, &schema); err != nil {
			t.Error(err)
		}
		words := schema.Properties["action"].Enum
		return decision(words[(n*7)%(len(words)-1)])
	})
	withheld := 0
	in, fitting := 0, 0
	for task = range recorded {
		usable, err := library.Usable(t.Context(), scope)
		if err != nil {
			t.Fatal(err)
		}
		standing := usable.Rules
		prompts = nil
		o, err := agent.NewOrchestrator(agent.Config{Environment: env, EnvironmentName: "workshop", Actor: newActor(t, actor, 0), Critic: agenttest.PotentialCritic(env),
			Memory:    agent.MemoryConfig{Optimizer: optimizer, Library: library, Replay: replay, Recall: true, Learn: true, Holdout: true},
			Retrieval: agent.RetrievalConfig{Applicability: features.NewApplicability(), Playbook: playbook.New()},
			Clock:     agent.Clock{Sleep: func(context.Context, time.Duration) error { return nil }}})
		if err != nil {
			t.Fatal(err)
		}
		run := fmt.Sprintf("r_%d", task)
		var first []agent.RuleUse
		var held bool
		for e, err := range o.RunTask(t.Context(), run, agent.Task{Purpose: env.DrawPurpose(int64(task)), Seed: int64(task), MaxSteps: 6}, nil) {
			if err != nil {
				t.Fatal(err)
			}
			switch d := e.Data.(type) {
			case agent.RunStarted:
				held = d.Holdout.Withheld || d.Holdout.TrialWithheld
			case agent.StepTaken:
				if d.Step.Index == 1 {
					first = d.Step.Memory
				}
			case agent.Learned:
				if want := len(recorded[task]); len(d.Changes) < want || len(d.Rejected) > 0 || d.Error != "" {
					t.Errorf("task %d taught %+v, rejected %+v; want %d rules", task+1, d.Changes, d.Rejected, want)
				}
			}
		}
		if task == 0 {
			continue
		}
		if held {
			withheld++
			for _, h := range standing {
				if strings.Contains(strings.Join(prompts, ""), h.Strategy+h.Avoid) {
					t.Errorf("task %d goes without what is in trial, and was told %q", task+1, h.Title)
				}
			}
			continue
		}
		for _, p := range prompts {
			for _, h := range standing {
				fitting++
				if strings.Contains(p, h.Strategy+h.Avoid) || strings.Contains(p, h.Title) {
					in++
				}
			}
		}
		if len(first) < len(standing)*8/10 {
			t.Errorf("task %d: the first step records %d of %d rules in trial", task+1, len(first), len(standing))
		}
	}
	if withheld > 3 || fitting == 0 || float64(in) < .8*float64(fitting) {
		t.Errorf("%d of %d times a rule that fits was in the prompt; %d tasks went without", in, fitting, withheld)
	}
	t.Logf("%d of %d; %d tasks went without what is in trial", in, fitting, withheld)
}
