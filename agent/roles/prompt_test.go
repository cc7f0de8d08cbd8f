package roles_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
	"purposeagent/agent/chat"
	"purposeagent/agent/prompttext"
	"purposeagent/agent/roles"
	"purposeagent/environments/maze"
	"purposeagent/environments/workshop"
)

var update = flag.Bool("update", false, "write the golden files")

// world is what a journey needs of an environment.
type world interface {
	agent.Environment
	agent.Describer
	agent.Legal
	agent.Potential
	agent.Verifier
}

// journey is a long run of arbitrary actions, none of which ends it, and the
// memory that a library would give at each of its steps.
type journey struct {
	env   world
	task  agent.Task
	start agent.State
	steps []agent.Step
	rules []*agent.Heuristic
	// speaks tells of which actions a rule speaks: a double of agent.Applicability.
	speaks   func(rule string, state map[string]any, a agent.Action) bool
	playbook agent.Playbook
	examples []agent.Match
}

func travel(t testing.TB, env world, purpose string, n int) *journey {
	t.Helper()
	j := &journey{env: env, task: agent.Task{Purpose: purpose, Seed: 3, MaxSteps: n}.WithDefaults()}
	state, err := env.Reset(t.Context(), j.task)
	if err != nil {
		t.Fatal(err)
	}
	j.start = state
	r := rand.New(rand.NewPCG(1, 2))
	// A slice that holds all, as that of a run does between its growths.
	j.steps = make([]agent.Step, 0, n)
	for len(j.steps) < n {
		legal := env.LegalActions(state)
		a := legal[r.IntN(len(legal))]
		after, err := env.Execute(t.Context(), a, state)
		s := agent.Step{Index: len(j.steps) + 1, Before: state, Action: a, After: after}
		switch {
		case err != nil:
			s.Error, s.After = agent.MessageOf(err), state.WithError(agent.MessageOf(err))
		case env.IsTerminal(after):
			continue
		default:
			state = after
		}
		before, _ := env.Potential(s.Before)
		now, err := env.Potential(after)
		if err != nil {
			now = before
		}
		s.Score = agent.Score{PhiBefore: before, PhiAfter: now, Delta: now - before, Critic: "environment potential",
			Reasoning: "The environment's own measure of how near the purpose is. It is as near as before."}
		j.steps = append(j.steps, s)
	}
	return j
}

// at is the situation in which step i is decided.
func (j *journey) at(i int) *agent.Situation {
	state := j.start
	if i > 1 {
		state = j.steps[i-2].After
	}
	s := &agent.Situation{Task: j.task, Scope: agent.ScopeOf("w", j.env), World: j.env.Describe(), Actions: j.env.Actions(), Legal: j.env.LegalActions(state),
		State: state, Index: i, History: j.steps[:i-1]}
	s.Memory.Playbook, s.Memory.Examples = j.playbook, j.examples
	tree := state.Data.Map()
	for _, h := range j.rules {
		r := agent.Recalled{Rule: h}
		if h.Predicate != nil {
			b := &agent.Bearing{Against: h.Avoid != ""}
			for _, a := range s.Legal {
				if j.speaks(h.ID, tree, a) {
					b.Actions = append(b.Actions, a)
				}
			}
			if len(b.Actions) == 0 {
				continue
			}
			r.Bearing = b
		}
		s.Memory.Rules = append(s.Memory.Rules, r)
	}
	return s
}

// remember makes an example of the first steps of a journey.
func (j *journey) remember(n int, success bool, end agent.End) agent.Match {
	task := j.task
	task.MaxSteps = 20
	return agent.Match{Trajectory: &agent.Trajectory{ID: "t_1", Task: task, Initial: j.start, Steps: j.steps[:n], End: end,
		Outcome: agent.Outcome{Success: success, Source: agent.SourceEnvironment}}}
}

func inWorkshop(t testing.TB, n int) *journey {
	t.Helper()
	w, err := workshop.New("", "the install seed of a test")
	if err != nil {
		t.Fatal(err)
	}
	j := travel(t, w, w.DrawPurpose(3), n)
	p := &agent.Predicate{Action: "prepare"}
	j.rules = []*agent.Heuristic{
		{ID: "h41", Tier: agent.Tool, Title: "Horn wants oil", Action: "prepare", Strategy: "prepare oil", Predicate: p, Good: 30, Bad: 1, Author: agent.AuthorDistiller, Status: agent.Active},
		{ID: "h7", Tier: agent.Tool, Title: "Nothing is worked before it is rightly prepared", Action: "work", Avoid: "work", Predicate: p, Good: 1, Bad: 12, Author: agent.AuthorDistiller, Status: agent.Active},
		{ID: "h52", Tier: agent.Strategic, Title: "Spare the last piece", Pattern: "when one piece of the material is left", Strategy: "try operations on a piece that can't fill the order", Good: 2, Author: "model:m", Status: agent.Probation},
	}
	j.speaks = func(rule string, state map[string]any, a agent.Action) bool {
		piece, _ := agent.Lookup(state, "/things/"+a.Param("piece"))
		is, _ := piece.(map[string]any)
		switch rule {
		case "h41":
			return is["material"] == "horn" && is["prepared"] != "right" && a.Name == "prepare" && strings.Contains(a.Label(), "oil")
		case "h7":
			return a.Name == "work" && is["prepared"] != "right"
		}
		return false
	}
	j.playbook = agent.Playbook{Lines: []agent.PlaybookLine{
		{Kind: agent.LineFact, Tier: agent.Tool, Title: "prepare", Text: "horn → oil (30 of 31) · reed → heat (43 of 44) · iron, clay not yet known", Rules: []string{"h41", "h42"}, Good: 73, Bad: 2},
		{Kind: agent.LineProcedure, Tier: agent.Procedural, Title: "For a tray", Text: "prepare it right, then plane, carve and seal it, then dye it", Rules: []string{"h60"}, Good: 3},
		{Kind: agent.LineStrategy, Tier: agent.Strategic, Title: "Spare the last piece", Text: "try operations on a piece that can't fill the order", Status: agent.Probation, Rules: []string{"h52"}, Good: 2},
		{Kind: agent.LinePitfall, Tier: agent.Tool, Title: "Nothing is worked before it is rightly prepared", Text: "it does nothing or breaks", Rules: []string{"h7"}, Good: 12, Bad: 1},
	}}
	for _, kind := range []string{"bowl", "comb", "flute", "spoon", "box", "chest", "stool", "ladder"} {
		j.playbook.Lines = append(j.playbook.Lines, agent.PlaybookLine{Kind: agent.LinePitfall, Tier: agent.Tool, Title: "For a " + kind, Good: 9, Bad: 1, Rules: []string{"h-" + kind},
			Text: "drilling before it is carved breaks it, and so does bending what was sealed; sand it last, after the dye has dried"})
	}
	j.examples = []agent.Match{j.remember(18, false, agent.EndSteps), j.remember(14, false, agent.EndActor), j.remember(9, true, agent.EndEnvironment)}
	return j
}

func inMaze(t testing.TB, n int) *journey {
	t.Helper()
	m, err := maze.New("")
	if err != nil {
		t.Fatal(err)
	}
	j := travel(t, m, "Find the treasure", n)
	p := &agent.Predicate{Action: "go"}
	j.rules = []*agent.Heuristic{
		{ID: "h3", Tier: agent.Tool, Title: "A way not taken yet leads on", Action: "go", Strategy: "go", Predicate: p, Good: 61, Bad: 20, Author: agent.AuthorDistiller, Status: agent.Active},
		{ID: "h9", Tier: agent.Tool, Title: "Take a key that is seen", Action: "take", Strategy: "take", Predicate: p, Good: 22, Author: agent.AuthorDistiller, Status: agent.Active},
	}
	j.speaks = func(rule string, _ map[string]any, a agent.Action) bool {
		return rule == "h9" && a.Name == "take" || rule == "h3" && a.Name == "go" && a.Param("direction") == "north"
	}
	j.playbook = agent.Playbook{Lines: []agent.PlaybookLine{
		{Kind: agent.LineStrategy, Tier: agent.Strategic, Title: "Look before going back", Text: "take a way that was not taken before one that was", Rules: []string{"h3"}, Good: 61, Bad: 20},
	}}
	for _, what := range []string{"a key of another colour", "a door that is locked", "a passage that leads one way", "a room with one exit", "the room it began in", "a room seen twice"} {
		j.playbook.Lines = append(j.playbook.Lines, agent.PlaybookLine{Kind: agent.LinePitfall, Tier: agent.Strategic, Title: "Of " + what, Good: 9, Bad: 1, Rules: []string{"h"},
			Text: "it is no reason to turn back as long as another way is open that nobody took; remember it and come back once the others are known"})
	}
	j.examples = []agent.Match{j.remember(18, false, agent.EndSteps), j.remember(14, false, agent.EndActor), j.remember(9, true, agent.EndEnvironment)}
	return j
}

// The prompts of two worlds as a model reads them. Read them when they change.
func TestPromptsAsTheyAreRead(t *testing.T) {
	for name, j := range map[string]*journey{"workshop": inWorkshop(t, 60), "maze": inMaze(t, 60)} {
		for _, i := range []int{1, 5, 60} {
			plan := roles.PlanPrompt(j.at(i), roles.DefaultPromptTokens)
			got := fmt.Sprintf("=== system\n%s\n=== user\n%s\n", plan.System, plan.User)
			file := filepath.Join("testdata", fmt.Sprintf("%s.step%d.txt", name, i))
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				continue
			}
			want, err := os.ReadFile(file)
			if err != nil || string(want) != got {
				t.Errorf("%s is another one now (%v); read it, and run with -update:\n%s", file, err, got)
			}
		}
	}
}

// A prompt does not grow with the run, and most of it is what the call before sent,
// byte for byte.
func TestPromptsStaySmallAndCached(t *testing.T) {
	const last = 200
	for name, j := range map[string]*journey{"workshop": inWorkshop(t, last), "maze": inMaze(t, last),
		"workshop without memory": forgetful(inWorkshop(t, last)), "maze without memory": forgetful(inMaze(t, last))} {
		t.Run(name, func(t *testing.T) {
			model := agenttest.NewModelFunc("script:m", func(context.Context, chat.Request, int) agenttest.Answer { return decision(agent.Done) })
			actor := newActor(t, model, 0)
			sizes := make([]int, last+1)
			shared, all := 0, 0
			before := ""
			for i := 1; i <= last; i++ {
				if _, err := actor.Decide(t.Context(), j.at(i)); err != nil {
					t.Fatal(err)
				}
				requests := model.Requests()
				system, user := prompt(requests[len(requests)-1])
				now := system + user
				same := 0
				for same < min(len(now), len(before)) && now[same] == before[same] {
					same++
				}
				sizes[i] = prompttext.Tokens(now)
				shared, all, before = shared+prompttext.Tokens(now[:same]), all+sizes[i], now
				// What is kept between calls changes nothing.
				if i%37 == 0 {
					if plan := roles.PlanPrompt(j.at(i), roles.DefaultPromptTokens); plan.System+plan.User != now {
						t.Errorf("step %d is asked otherwise by an actor that read the steps one by one:\n%s\n---\n%s", i, now, plan.System+plan.User)
					}
				}
			}
			t.Logf("%d tokens at step 50, %d at step 200; %d %% of all are those of the call before", sizes[50], sizes[last], 100*shared/all)
			if float64(sizes[last]) > 1.05*float64(sizes[50]) {
				t.Errorf("%d tokens at step 200, %d at step 50", sizes[last], sizes[50])
			}
			if late, early := slices.Max(sizes[last-9:]), slices.Max(sizes[41:51]); late > early+150 {
				t.Errorf("at most %d tokens in steps 191 to 200, %d in steps 41 to 50", late, early)
			}
			if float64(shared) < .6*float64(all) {
				t.Errorf("%d of %d tokens are a prefix of the call before, want 60 %%", shared, all)
			}
		})
	}
}

func forgetful(j *journey) *journey {
	j.rules, j.playbook, j.examples = nil, agent.Playbook{}, nil
	return j
}

// BenchmarkPrompt200Steps is the building of one prompt at the end of a run of 200
// steps in the workshop, with a playbook, examples and rules that apply: a decision
// without the model. The budget is 150 µs.
func BenchmarkPrompt200Steps(b *testing.B) {
	j := inWorkshop(b, 200)
	answer := agenttest.SayJSON(map[string]any{"thought": "t", "action": agent.Done})
	decide := func(a *roles.Actor, s *agent.Situation) {
		if _, err := a.Decide(b.Context(), s); err != nil {
			b.Fatal(err)
		}
	}
	before := j.at(180)
	situations := make([]*agent.Situation, 0, 20)
	for i := 181; i <= 200; i++ {
		situations = append(situations, j.at(i))
	}
	var a *roles.Actor
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		if i%len(situations) == 0 { // a run goes on, and does not begin anew
			b.StopTimer()
			a = newActor(b, instantModel{answer.Response}, 0)
			decide(a, before)
			b.StartTimer()
		}
		decide(a, situations[i%len(situations)])
	}
}
