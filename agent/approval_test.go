package agent_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
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
	f.Add("every;;none;actions:\x00")
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
	first := agent.Score{PhiAfter: 2}
	step := func(phi, sure float64) agent.Step {
		return agent.Step{Score: agent.Score{PhiAfter: phi, Confidence: sure}}
	}
	flat := []agent.Step{step(3, .9), step(3, .9), step(2, .3)}
	answered := slices.Concat(flat[:2], []agent.Step{{Score: agent.Score{PhiAfter: 2, Confidence: .9}, Approval: &agent.Approval{}}})
	for _, test := range []struct {
		policy string
		steps  []agent.Step
		asked  bool
	}{
		{"none", flat, false}, {"every", nil, true}, {"actions:add", nil, true}, {"actions:sub", flat, false},
		{"unsure:0.5", flat, true}, {"unsure:0.2", flat, false}, {"unsure:0.5", nil, false},
		{"stuck:2", flat, true}, {"stuck:3", flat, false}, {"stuck:1", answered, false}, // somebody has just looked
	} {
		p, err := agent.ParseApproval(test.policy)
		if err != nil {
			t.Fatal(err)
		}
		if why := p.Why(agenttest.Add(1), first, test.steps); (why != "") != test.asked {
			t.Errorf("%s after %d steps: %q", test.policy, len(test.steps), why)
		}
	}
}

// TestNotesReachTheActor writes in the middle of a run, and looks at what the
// actor is told, and at what the outcome of such a run does to rules.
func TestNotesReachTheActor(t *testing.T) {
	env := agenttest.NewCounter(4)
	var told []int
	replay := agent.NewExperienceReplay(10)
	wrote := false
	o, err := agent.NewOrchestrator(agent.Config{Environment: env, EnvironmentName: "counter", Critic: agenttest.PotentialCritic(env), Learn: true, Replay: replay,
		Inbox: func(context.Context, string) ([]agent.NoteAdded, error) {
			if wrote || len(told) < 2 {
				return nil, nil
			}
			wrote = true
			return []agent.NoteAdded{{Text: "mind the gap", By: "Ann"}}, nil
		},
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
