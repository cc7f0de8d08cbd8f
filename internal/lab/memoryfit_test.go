package lab_test

import (
	"testing"

	"purposeagent/agent"
	"purposeagent/internal/lab"
)

func TestFit(t *testing.T) {
	red, blue := agent.NewAction("open", "door", "red"), agent.NewAction("open", "door", "blue")
	holds := func(b agent.Bearing) applies { return applies{"a": b} }
	right := agent.Bearing{Actions: []agent.Action{red}}
	both := agent.Bearing{Actions: []agent.Action{red, blue}}
	against, undecided := right, right
	against.Against, undecided.Undecided = true, true
	claim, active, words := tip(agent.Probation), tip(agent.Active), &agent.Heuristic{ID: "a", Tier: agent.Tool, Status: agent.Active, Action: "open", Author: agent.AuthorDistiller}
	claim.Author, active.Author = agent.AuthorModel+"m", agent.AuthorModel+"m"
	listed := agent.Playbook{Lines: []agent.PlaybookLine{{Rules: []string{"z", "a"}}}}
	for _, test := range []struct {
		name     string
		rule     *agent.Heuristic
		holds    applies
		shown    bool
		bearing  *agent.Bearing
		leftOut  []string
		playbook agent.Playbook
		want     lab.MemoryFit
	}{
		{"it holds and stands right", tip(agent.Probation), holds(right), true, &right, nil, agent.Playbook{}, lab.MemoryFit{Shown: 1, Fitting: 1, Applying: 1, Expressed: 1}},
		{"beside one action too many", tip(agent.Probation), holds(right), true, &both, nil, agent.Playbook{}, lab.MemoryFit{Shown: 1, Applying: 1, Expressed: 1}},
		{"said the wrong way round", tip(agent.Probation), holds(right), true, &against, nil, agent.Playbook{}, lab.MemoryFit{Shown: 1, Applying: 1, Expressed: 1}},
		{"it does not hold", tip(agent.Probation), applies{}, true, nil, nil, agent.Playbook{}, lab.MemoryFit{Shown: 1}},
		{"beside all actions of its name", tip(agent.Probation), holds(right), true, nil, nil, agent.Playbook{}, lab.MemoryFit{Shown: 1, Applying: 1, Expressed: 1}},
		{"and all are right", tip(agent.Probation), holds(both), true, nil, nil, agent.Playbook{}, lab.MemoryFit{Shown: 1, Fitting: 1, Applying: 1, Expressed: 1}},
		{"in words", words, applies{}, true, nil, nil, agent.Playbook{}, lab.MemoryFit{Unread: 1}},
		{"not shown", tip(agent.Probation), holds(right), false, nil, nil, agent.Playbook{}, lab.MemoryFit{Applying: 1}},
		{"no room for it", tip(agent.Probation), holds(right), true, &right, []string{"a"}, agent.Playbook{}, lab.MemoryFit{Applying: 1}},
		{"in the playbook", tip(agent.Probation), holds(right), false, nil, nil, listed, lab.MemoryFit{Applying: 1, Expressed: 1}},
		{"nothing to say", tip(agent.Probation), holds(undecided), false, nil, nil, agent.Playbook{}, lab.MemoryFit{}},
		{"a claim in trial", claim, holds(right), false, nil, nil, agent.Playbook{}, lab.MemoryFit{}},
		{"a claim that is proven", active, holds(right), false, nil, nil, agent.Playbook{}, lab.MemoryFit{Applying: 1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := &agent.Situation{Index: 3}
			s.Legal, s.Memory.Playbook = []agent.Action{red, blue, agent.NewAction("take")}, test.playbook
			if test.shown {
				s.Memory.Rules = []agent.Recalled{{Rule: test.rule, Bearing: test.bearing}}
			}
			rules := agent.NewRuleSet(agent.Scope{}, 1, []*agent.Heuristic{test.rule}, nil)
			applying := test.holds.Applying(s, rules)
			test.want.Steps = 1
			if got := lab.Fit(s, rules, &applying, test.leftOut, nil); got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
			out := lab.Fit(s, rules, &applying, test.leftOut, func(*agent.Heuristic) bool { return true })
			if out.Applying != 0 || out.Shown != test.want.Shown {
				t.Errorf("held out: %+v", out)
			}
		})
	}
}

// applies is an Applicability that knows what holds; what has words only is unread.
type applies map[string]agent.Bearing

func (h applies) Applying(_ *agent.Situation, rules *agent.RuleSet) agent.Applying {
	a := agent.Applying{Holding: h, Unread: map[string]string{}}
	for _, r := range rules.Rules {
		if r.Predicate == nil {
			a.Unread[r.ID] = "it has words only"
		}
	}
	return a
}

// tip is a rule that a program can read.
func tip(status agent.Status) *agent.Heuristic {
	return &agent.Heuristic{ID: "a", Tier: agent.Tool, Kind: agent.KindRule, Status: status, Action: "open", Author: agent.AuthorDistiller,
		Predicate: &agent.Predicate{Action: "open", When: []agent.Condition{{Feature: "door is locked", Holds: true}}}}
}
