package inbox_test

import (
	"strings"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
	"purposeagent/agent/catalog"
	"purposeagent/agent/credit"
	"purposeagent/agent/inbox"
	"purposeagent/agent/lifecycle"
)

// What was learned in a scope comes into the inbox where it is suspended, or
// seems to harm, or a person suspended it though it helps.
func TestReviewSets(t *testing.T) {
	harm := func(tasks int, reversed bool) credit.Ledger {
		l := credit.Ledger{Tasks: 50}
		for i := range tasks {
			in := i%4 != 3
			l.Test.Add(.75, in, in == reversed, reversed)
		}
		return l
	}
	person := harm(0, true).Suspend("Ann", "no", time.Time{})
	for i := range 40 {
		person.Test.Add(.25, i%4 == 3, i%4 == 3, true)
	}
	tests := []struct {
		name   string
		ledger credit.Ledger
		want   string
	}{
		{"in use", harm(4, true), ""},
		{"seems to harm", harm(11, false), "seems to lower success"},
		{"suspended by its test", harm(11, false).Suspend(credit.SetTester, "it harms", time.Time{}), "is suspended: with it 0 of"},
		{"suspended by a person", credit.Ledger{}.Suspend("Ann", "no", time.Time{}), ""},
		{"a person suspended what helps", person, "Ann suspended all that was learned here, and it helps"},
	}
	for _, test := range tests {
		items := inbox.Sets([]catalog.ScopeLedger{{Scope: agenttest.TestScope, Ledger: test.ledger}})
		switch {
		case test.want == "" && len(items) > 0:
			t.Errorf("%s: %+v", test.name, items[0])
		case test.want != "" && (len(items) != 1 || !strings.Contains(items[0].Reason, test.want) || items[0].Kind != inbox.Harm || items[0].Otherwise == ""):
			t.Errorf("%s: %+v, want %q (%s)", test.name, items, test.want, test.ledger.Figures())
		}
	}
}

// A rule that counts its predictions comes into the inbox with a bad record or
// a bad uplift, with the figures.
func TestReviewOfRulesThatCount(t *testing.T) {
	tests := []struct {
		name   string
		credit credit.Credit
		want   string
	}{
		{"as good as the base rate", credit.Credit{Hits: 5, Misses: 5, Checked: 4, LogE: -1}, ""},
		{"few checks", credit.Credit{Misses: 5, Checked: 4, LogE: -4}, ""},
		{"worse than the base rate", credit.Credit{Hits: 5, Misses: 15, Checked: 4, LogE: -4}, "15 of its 20 predictions did not come true in 4 tasks"},
		{"negative uplift", credit.Credit{Uplift: &credit.Uplift{Value: -.2, In: 20, Out: 9, Harmful: .8}}, "P(harm) 0.80, 20 tasks with it and 9 without"},
	}
	for _, test := range tests {
		h := agenttest.TestPredicateRule("counts", "below")
		h.ID, h.Author, h.Status, h.Credit, h.Tasks = "h1", agent.AuthorDistiller, agent.Probation, test.credit, 30
		items := inbox.Rules([]*agent.Heuristic{h}, nil, lifecycle.Evidence)
		switch {
		case test.want == "" && len(items) > 0:
			t.Errorf("%s: %+v", test.name, items)
		case test.want != "" && (len(items) != 1 || items[0].Kind != inbox.Harm || !strings.Contains(items[0].Reason, test.want)):
			t.Errorf("%s: %+v, want %q", test.name, items, test.want)
		}
	}
}
