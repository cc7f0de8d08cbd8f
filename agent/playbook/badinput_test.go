package playbook_test

import (
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/features"
	"purposeagent/agent/playbook"
)

// Rules of a world whose actions, parameters and vocabulary are others now are said as
// well as they can be, read back as they stand, and never as what they don't say.
func TestAWorldWhoseSchemaChanged(t *testing.T) {
	rules := []*agent.Heuristic{counted("fire", "high", 30, 1, "pot material is iron"), counted("fire", "low", 20, 0, "pot material is reed"),
		counted("glaze", "", 12, 0, "pot colour is red", "!pot is dry"), counted("walk", "", 0, 20, "door leads back"), taught(agent.Tool, "Melt slowly", "when the cup is hot", "melt", "")}
	actions := []agent.ActionSpec{{Name: "fire", Params: []agent.ParamSpec{{Name: "degrees", Type: "number"}, {Name: "jar", Type: "string", Role: agent.RoleThing}}}}
	world := agent.Description{Dynamics: "kiln-2", State: agent.StateSpec{Things: "/jars", Vocabulary: map[string][]string{"shape": {"round", "flat"}}}}
	set := agent.NewRuleSet(agent.Scope{Environment: "kiln", Dynamics: "kiln-1"}, 1, rules, nil)
	p := playbook.New().Compose(world, actions, set, agent.PlaybookOptions{})
	checkReadable(t, p)
	said := map[string]bool{}
	for _, l := range p.Lines {
		for _, id := range l.Rules {
			said[id] = true
		}
		if strings.Contains(l.Text, "round") || strings.Contains(l.Text, "not yet known") {
			t.Errorf("a line speaks of what its rules don't know: %q", l.Text)
		}
	}
	language := features.NewRuleLanguage(&world.State, actions)
	for _, h := range rules {
		if !said[h.ID] {
			t.Errorf("%s is in no line: %+v", h.Title, h.Predicate)
		}
		w, ok := language.Write(h)
		if h.Predicate == nil {
			continue
		}
		kept, err := language.Rewrite(h, w.When, nil)
		if !ok || err != nil || len(kept.When) != len(h.Predicate.When) {
			t.Errorf("%+v is written as %q and read back as %+v, %v", h.Predicate, w.When, kept, err)
		}
	}
}

// Fifty tokens hold the surest line or two, and say that there is more.
func TestABudgetOfFiftyTokens(t *testing.T) {
	rules := library(300)
	p := compose(t, 50, rules...)
	if len(p.Lines) == 0 || p.Tokens > 50 || p.More == 0 {
		t.Errorf("%d lines in %d tokens, %d more", len(p.Lines), p.Tokens, p.More)
	}
	if none := compose(t, 1, rules...); len(none.Lines) != 0 || none.Tokens != 0 || none.More == 0 {
		t.Errorf("one token holds %+v", none)
	}
}

// A library in which every rule contradicts another one, in words and in conditions: it
// is said within bounds, and neither side as if there were no other.
func TestEveryRuleContradictsAnother(t *testing.T) {
	var rules []*agent.Heuristic
	for i := range 400 {
		when := "pot number is " + strings.Repeat("x", i%7+1)
		rules = append(rules, counted("drop", "", 20, 0, when, "pot is held"), counted("drop", "", 0, 20, when, "pot is held"),
			taught(agent.Strategic, "Go there", "when "+when, "go there", ""), taught(agent.Strategic, "Don't go there", "when "+when, "", "go there"))
	}
	p := compose(t, 800, rules...)
	if p.Tokens > 800 || len(p.Lines) == 0 {
		t.Errorf("%d lines in %d tokens", len(p.Lines), p.Tokens)
	}
	all := compose(t, 0, rules...)
	if len(all.Lines) > 2*playbook.MaxLines {
		t.Errorf("%d lines", len(all.Lines))
	}
	does, donts := 0, 0
	for _, l := range all.Lines {
		if l.Kind == agent.LinePitfall {
			donts++
		} else {
			does++
		}
	}
	if does == 0 || donts == 0 {
		t.Errorf("%d lines for and %d against", does, donts)
	}
}
