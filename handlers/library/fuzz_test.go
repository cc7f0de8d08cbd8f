package library

import (
	"net/url"
	"slices"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/admission"
	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/ui"
)

// FuzzRuleForm holds that any form is read as a rule or refused by its fields,
// and that the form of a sound rule gives the same rule.
func FuzzRuleForm(f *testing.F) {
	f.Add("tier=strategic&title=a&pattern=b&strategy=c&steps=one%0Atwo%0D%0A&action=go")
	f.Add("tier=vip&title=%ff&pattern=%00&steps=%0A%0A&avoid=<script>")
	f.Add("tier=procedural&title=a&pattern=b&steps=+look+%0A+&because=%E2%80%AE")
	f.Fuzz(func(t *testing.T, body string) {
		values, err := url.ParseQuery(body)
		if err != nil {
			return // no form at all
		}
		var h agent.Heuristic
		form := readRuleForm(values)
		form.apply(&h)
		h.Kind, h.Author, h.Status = agent.KindRule, agent.AuthorHuman, agent.Active
		if err := admission.Check(&h); err != nil {
			pagetest.CheckProblems(t, ui.ProblemsOf(err))
			return
		}
		again := agent.Heuristic{Kind: h.Kind, Author: h.Author, Status: h.Status}
		formOfRule(&h).apply(&again)
		if agent.MustObject(again) != agent.MustObject(h) || !slices.Equal(form.lines(), h.Steps) {
			t.Errorf("the form loses something:\n%s\n%s", agent.MustObject(h), agent.MustObject(again))
		}
	})
}
