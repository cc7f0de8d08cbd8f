package agent_test

import (
	"testing"

	"purposeagent/agent"
)

func TestFit(t *testing.T) {
	red, blue := agent.NewAction("open", "door", "red"), agent.NewAction("open", "door", "blue")
	holds := func(b agent.Bearing) holding { return holding{"a": b} }
	right := agent.Bearing{Actions: []agent.Action{red}}
	both := agent.Bearing{Actions: []agent.Action{red, blue}}
	against, undecided := right, right
	against.Against, undecided.Undecided = true, true
	claim, active, words := tip("a", agent.Probation, ""), tip("a", agent.Active, ""), known("a", agent.Tool, agent.Active, "", 0, 0)
	claim.Author, active.Author = agent.AuthorModel+"m", agent.AuthorModel+"m"
	listed := agent.Playbook{Lines: []agent.PlaybookLine{{Rules: []string{"z", "a"}}}}
	for _, test := range []struct {
		name     string
		rule     *agent.Heuristic
		holds    holding
		shown    bool
		bearing  *agent.Bearing
		leftOut  []string
		playbook agent.Playbook
		want     agent.MemoryFit
	}{
		{"it holds and stands right", tip("a", agent.Probation, ""), holds(right), true, &right, nil, agent.Playbook{}, agent.MemoryFit{Shown: 1, Fitting: 1, Applying: 1, Expressed: 1}},
		{"beside one action too many", tip("a", agent.Probation, ""), holds(right), true, &both, nil, agent.Playbook{}, agent.MemoryFit{Shown: 1, Applying: 1, Expressed: 1}},
		{"said the wrong way round", tip("a", agent.Probation, ""), holds(right), true, &against, nil, agent.Playbook{}, agent.MemoryFit{Shown: 1, Applying: 1, Expressed: 1}},
		{"it does not hold", tip("a", agent.Probation, ""), holding{}, true, nil, nil, agent.Playbook{}, agent.MemoryFit{Shown: 1}},
		{"beside all actions of its name", tip("a", agent.Probation, ""), holds(right), true, nil, nil, agent.Playbook{}, agent.MemoryFit{Shown: 1, Applying: 1, Expressed: 1}},
		{"and all are right", tip("a", agent.Probation, ""), holds(both), true, nil, nil, agent.Playbook{}, agent.MemoryFit{Shown: 1, Fitting: 1, Applying: 1, Expressed: 1}},
		{"in words", words, holding{}, true, nil, nil, agent.Playbook{}, agent.MemoryFit{Unread: 1}},
		{"not shown", tip("a", agent.Probation, ""), holds(right), false, nil, nil, agent.Playbook{}, agent.MemoryFit{Applying: 1}},
		{"no room for it", tip("a", agent.Probation, ""), holds(right), true, &right, []string{"a"}, agent.Playbook{}, agent.MemoryFit{Applying: 1}},
		{"in the playbook", tip("a", agent.Probation, ""), holds(right), false, nil, nil, listed, agent.MemoryFit{Applying: 1, Expressed: 1}},
		{"nothing to say", tip("a", agent.Probation, ""), holds(undecided), false, nil, nil, agent.Playbook{}, agent.MemoryFit{}},
		{"a claim in trial", claim, holds(right), false, nil, nil, agent.Playbook{}, agent.MemoryFit{}},
		{"a claim that is proven", active, holds(right), false, nil, nil, agent.Playbook{}, agent.MemoryFit{Applying: 1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := atDoor(false)
			s.Legal, s.Memory.Playbook = []agent.Action{red, blue, agent.NewAction("take")}, test.playbook
			if test.shown {
				s.Memory.Rules = []agent.Recalled{{Rule: test.rule, Bearing: test.bearing}}
			}
			rules := agent.NewRuleSet(agent.Scope{}, 1, []*agent.Heuristic{test.rule}, nil)
			applying := test.holds.Applying(s, rules)
			test.want.Steps = 1
			if got := agent.Fit(s, rules, &applying, test.leftOut, nil); got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
			out := agent.Fit(s, rules, &applying, test.leftOut, func(*agent.Heuristic) bool { return true })
			if out.Applying != 0 || out.Shown != test.want.Shown {
				t.Errorf("held out: %+v", out)
			}
		})
	}
}
