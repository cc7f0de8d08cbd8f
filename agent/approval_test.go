package agent_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
	"purposeagent/agent/replay"
)

func TestApprovalPolicy(t *testing.T) {
	for text, want := range map[string]string{
		"": "none", "none": "none", " every ": "every", "actions: open , take,open": "actions:open,take",
		"stuck:5;unsure:0.4": "unsure:0.4;stuck:5", "every;every;": "every",
	} {
		p, err := agent.ParseApproval(text)
		if err != nil || p.String() != want || p.Asks() != (want != "none") {
			t.Errorf("%q is %v, %v", text, p, err)
		}
	}
	for _, text := range []string{"sometimes", "actions:", "actions", "unsure:0", "unsure:NaN", "unsure:1.1", "stuck:-1", "stuck:x", "none:1", strings.Repeat("a", 2000)} {
		if p, err := agent.ParseApproval(text); agent.CodeOf(err) != agent.CodeInvalid {
			t.Errorf("%.40q is %v, %v", text, p, err)
		}
	}
}

func FuzzParseApproval(f *testing.F) {
	f.Add("actions:open,take;unsure:0.4;stuck:5")
	f.Add("destructive;every;;none;actions:\x00")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := agent.ParseApproval(text)
		if err != nil {
			return
		}
		if again, err := agent.ParseApproval(p.String()); err != nil || again.String() != p.String() {
			t.Errorf("%q is %s, and that is %v, %v", text, p, again, err)
		}
	})
}

func TestWhyAPersonIsAsked(t *testing.T) {
	sure, unsure := &agent.Step{Score: agent.Score{Confidence: .9}}, &agent.Step{Score: agent.Score{Confidence: .3}}
	unscored := &agent.Step{Score: agent.Unscored(2, "m", "")}
	specs := []agent.ActionSpec{{Name: "look"}, {Name: "add", Destructive: true}}
	for _, test := range []struct {
		policy string
		last   *agent.Step
		stuck  int
		asked  bool
	}{
		{"none", unsure, 9, false}, {"every", nil, 0, true}, {"actions:add", nil, 0, true}, {"actions:sub", unsure, 9, false},
		{"unsure:0.5", unsure, 0, true}, {"unsure:0.2", unsure, 0, false}, {"unsure:0.5", nil, 0, false}, {"unsure:0.5", sure, 0, false}, {"unsure:0.5", unscored, 0, true},
		{"destructive", nil, 0, true}, {"destructive;stuck:3", nil, 0, true},
		{"stuck:2", sure, 2, true}, {"stuck:3", sure, 2, false},
	} {
		p, err := agent.ParseApproval(test.policy)
		if err != nil {
			t.Fatal(err)
		}
		if why := p.Why(agenttest.Add(1), specs, test.last, test.stuck); (why != "") != test.asked {
			t.Errorf("%s after %d steps: %q", test.policy, test.stuck, why)
		}
	}
	if why := (agent.ApprovalPolicy{Destructive: true}).Why(agent.NewAction("look"), specs, nil, 0); why != "" {
		t.Errorf("before a harmless action: %q", why)
	}
}

// TestStuckRunAsks goes to and fro: a person is asked after three steps without
// progress, and again three steps after the answer.
func TestStuckRunAsks(t *testing.T) {
	env := agenttest.NewCounter(9)
	o, err := agent.NewOrchestrator(agent.Config{Environment: env, EnvironmentName: "counter", Critic: agenttest.PotentialCritic(env),
		Actor: agenttest.NewDeciderFunc(func(_ context.Context, s *agent.Situation, _ int) (agent.Decision, error) {
			if s.Index%2 == 1 {
				return agent.Decision{Action: agenttest.Add(1)}, nil
			}
			return agent.Decision{Action: agenttest.Sub(1)}, nil
		})})
	if err != nil {
		t.Fatal(err)
	}
	task := agenttest.CounterTask(1)
	task.Approval = "stuck:3"
	var asked []int
	point := &agent.Checkpoint{}
	for range 3 {
		for e, err := range o.RunTask(t.Context(), "r_1", task, point) {
			if err != nil {
				t.Fatal(err)
			}
			point.Seq = e.Seq
			switch d := e.Data.(type) {
			case agent.RunStarted:
				point.Started, point.Initial, point.InitialScore = true, d.State, d.Score
			case agent.StepTaken:
				point.Steps = append(point.Steps, d.Step)
			case agent.ApprovalAsked:
				asked = append(asked, d.Index)
				point.Asked, point.Answer = &d, &agent.ApprovalAnswered{Index: d.Index, Verdict: agent.VerdictApproved}
			}
		}
	}
	if !slices.Equal(asked, []int{5, 9, 13}) { // step 1 is the best; 2, 3, 4 bring nothing; 5 is a person's
		t.Errorf("a person was asked about the steps %v", asked)
	}
}

// TestNotesReachTheActor writes in the middle of a run, and looks at what the
// actor is told, and at what the outcome of such a run does to rules.
func TestNotesReachTheActor(t *testing.T) {
	env := agenttest.NewCounter(4)
	var told []int
	replay := replay.New(10)
	wrote := false
	o, err := agent.NewOrchestrator(agent.Config{Environment: env, EnvironmentName: "counter", Critic: agenttest.PotentialCritic(env), Memory: agent.MemoryConfig{Learn: true, Replay: replay},
		Hooks: agent.Hooks{Inbox: func(context.Context, string, bool) ([]agent.NoteAdded, error) {
			if wrote || len(told) < 2 {
				return nil, nil
			}
			wrote = true
			return []agent.NoteAdded{{Text: "mind the gap", By: "Ann"}}, nil
		}},
		Actor: agenttest.NewDeciderFunc(func(_ context.Context, s *agent.Situation, _ int) (agent.Decision, error) {
			told = append(told, len(s.Notes))
			return agent.Decision{Action: agenttest.Add(1)}, nil
		})})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.Run(t.Context(), "r_1", agenttest.CounterTask(1)); err != nil {
		t.Fatal(err)
	}
	if len(told) != 4 || told[1] != 0 || told[2] != 1 || told[3] != 1 {
		t.Errorf("the actor had %v notes", told)
	}
	if kept, err := replay.Get(t.Context(), "t_r_1"); err != nil || !kept.Steered {
		t.Errorf("the trajectory does not say that a person had a part in it: %v", err)
	}
}
