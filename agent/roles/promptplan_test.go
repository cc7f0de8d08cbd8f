package roles_test

import (
	"fmt"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/roles"
)

func TestPlanPrompt(t *testing.T) {
	s := &agent.Situation{Task: agent.Task{Purpose: "bring it to nine"}.WithDefaults(), Index: 1, World: agent.Description{Text: "A counter."},
		Actions: []agent.ActionSpec{{Name: "add", Params: []agent.ParamSpec{{Name: "n", Type: "integer"}}}}}
	for i := range 60 {
		tier := agent.Tiers[i%3]
		h := &agent.Heuristic{ID: fmt.Sprintf("h%02d", i), Tier: tier, Title: fmt.Sprint("rule ", i), Pattern: strings.Repeat("far from nine ", 12), Strategy: "add the difference"}
		if tier == agent.Tool {
			h.Action = "add"
			if i == 2 {
				h.Action = "gone"
			}
		}
		r := agent.Recalled{Rule: h}
		if i > 30 && tier == agent.Tool {
			r.Bearing = &agent.Bearing{Actions: []agent.Action{agent.NewAction("add")}}
		}
		s.Memory.Rules = append(s.Memory.Rules, r)
	}
	for _, budget := range []int{roles.LeastPromptTokens, 2000, 100_000} {
		plan := roles.PlanPrompt(s, budget)
		in, out, sum := 0, 0, 0
		for _, part := range plan.Parts {
			sum += part.Tokens
			if part.Tokens > part.Wanted || part.Wanted == 0 {
				t.Errorf("%d: %s has %d of %d", budget, part.Name, part.Tokens, part.Wanted)
			}
			for _, r := range part.Rules {
				// What is said to be in the prompt stands in it, and nothing else does.
				if stands := strings.Contains(plan.System+plan.User, "["+r.ID+"]"); stands != r.In {
					t.Errorf("%d: rule %s in the prompt: %v, said: %v", budget, r.ID, stands, r.In)
				}
				if r.In {
					in++
				} else {
					out++
				}
			}
		}
		if in+out != 60 || sum > budget {
			t.Errorf("%d: %d rules in, %d out, %d tokens in sections", budget, in, out, sum)
		}
		if budget == 100_000 && (in != 4+10 || strings.Contains(plan.User, "[h02]")) {
			t.Errorf("with room for all, %d are in; want the best four in words and ten that apply, and not the tip about no action", in)
		}
		if budget == roles.LeastPromptTokens && (out <= 60-14 || in == 0) {
			t.Errorf("with little room %d are in and %d out", in, out)
		}
	}
}
