package models

import (
	"slices"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
	"purposeagent/agent/catalog"
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
	one := func(f catalog.StepField, values ...string) catalog.StepQuery {
		return catalog.StepQuery{Terms: []catalog.StepTerm{{Field: f, Values: values}}}
	}
	not := one(catalog.StepAction, "add")
	not.Terms[0].Not = true
	for name, test := range map[string]struct {
		q    catalog.StepQuery
		want []int
	}{
		"all":          {catalog.StepQuery{}, []int{1, 2, 3, 4, 5, 6, 7}},
		"a word":       {catalog.StepQuery{Text: `"WAY"`}, []int{2}},
		"a wildcard":   {catalog.StepQuery{Text: "%"}, []int{2}},
		"markup":       {catalog.StepQuery{Text: "<b>maybe"}, []int{2}},
		"two words":    {catalog.StepQuery{Text: "add 5"}, []int{2, 5}},
		"an action":    {one(catalog.StepAction, "sub", "fly"), []int{3, 4}},
		"not":          {not, []int{3, 4}},
		"a rule":       {one(catalog.StepRule, "h000007"), []int{3}},
		"a held rule":  {one(catalog.StepRule, "h000008"), nil},
		"failed":       {one(catalog.StepIs, "failed"), []int{4}},
		"down":         {catalog.StepQuery{Terms: []catalog.StepTerm{{Field: catalog.StepDelta, High: number(0), HighOpen: true}}}, []int{3}},
		"between":      {catalog.StepQuery{Terms: []catalog.StepTerm{{Field: catalog.StepIndex, Low: number(2), High: number(4)}}}, []int{2, 3, 4}},
		"after, limit": {catalog.StepQuery{After: 2, Limit: 2}, []int{3, 4}},
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
	if _, err := db.Runs().FindSteps(t.Context(), "r_none", catalog.StepQuery{Text: "x"}); agent.CodeOf(err) != agent.CodeNotFound {
		t.Error(err)
	}
}
