package models

import (
	"slices"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
)

func TestFindSteps(t *testing.T) {
	db := open(t, "")
	epoch := newRun(t, db, "r_1", nil)
	thinking := agenttest.Add(5)
	thinking.Thought = `50 % of the "way", <b>maybe</b>`
	events := play(t, "r_1", agenttest.Add(1), thinking, agenttest.Sub(1), agent.Action{Name: "fly"}, agenttest.Add(5), agenttest.Add(1), agenttest.Add(1))
	for i := range events {
		if taken, ok := events[i].Data.(agent.StepTaken); ok && taken.Step.Index == 3 {
			taken.Step.Memory = []agent.RuleUse{{ID: "h000007", Use: agent.UseShown}, {ID: "h000008", Use: agent.UseWithheld}}
			events[i].Data = taken
		}
	}
	if err := db.Runs().Append(t.Context(), "r_1", epoch, events...); err != nil {
		t.Fatal(err)
	}
	number := func(x float64) *float64 { return &x }
	one := func(f agent.StepField, values ...string) agent.StepQuery {
		return agent.StepQuery{Terms: []agent.StepTerm{{Field: f, Values: values}}}
	}
	not := one(agent.StepAction, "add")
	not.Terms[0].Not = true
	for name, test := range map[string]struct {
		q    agent.StepQuery
		want []int
	}{
		"all":          {agent.StepQuery{}, []int{1, 2, 3, 4, 5, 6, 7}},
		"a word":       {agent.StepQuery{Text: `"WAY"`}, []int{2}},
		"a wildcard":   {agent.StepQuery{Text: "%"}, []int{2}},
		"markup":       {agent.StepQuery{Text: "<b>maybe"}, []int{2}},
		"two words":    {agent.StepQuery{Text: "add 5"}, []int{2, 5}},
		"an action":    {one(agent.StepAction, "sub", "fly"), []int{3, 4}},
		"not":          {not, []int{3, 4}},
		"a rule":       {one(agent.StepRule, "h000007"), []int{3}},
		"a held rule":  {one(agent.StepRule, "h000008"), nil},
		"failed":       {one(agent.StepIs, "failed"), []int{4}},
		"down":         {agent.StepQuery{Terms: []agent.StepTerm{{Field: agent.StepDelta, High: number(0), HighOpen: true}}}, []int{3}},
		"between":      {agent.StepQuery{Terms: []agent.StepTerm{{Field: agent.StepIndex, Low: number(2), High: number(4)}}}, []int{2, 3, 4}},
		"after, limit": {agent.StepQuery{After: 2, Limit: 2}, []int{3, 4}},
	} {
		steps, err := db.Runs().FindSteps(t.Context(), "r_1", test.q)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		var got []int
		for _, s := range steps {
			got = append(got, s.Index)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: found %v, want %v", name, got, test.want)
		}
	}
	if _, err := db.Runs().FindSteps(t.Context(), "r_none", agent.StepQuery{Text: "x"}); agent.CodeOf(err) != agent.CodeNotFound {
		t.Error(err)
	}
}
