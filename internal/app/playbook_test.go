package app

import (
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/playbook"
)

// The playbook of a world that nobody is in just now is written with what its
// environment says of itself; who asks for none gets the world last used.
func TestPlaybook(t *testing.T) {
	a := opened(t, Config{Data: t.TempDir()})
	if page, err := a.Playbook(t.Context(), playbook.Asked{}); err != nil || len(page.Lines) != 0 {
		t.Fatalf("an empty library: %+v, %v", page, err)
	}
	env, err := a.Registry.New(agent.EnvironmentRef{Name: "workshop"})
	if err != nil {
		t.Fatal(err)
	}
	scope := agent.ScopeOf("workshop", env)
	rule := func(how, material string, good int) *agent.Heuristic {
		return &agent.Heuristic{Tier: agent.Tool, Kind: agent.KindRule, Title: how + " " + material, Pattern: "when material is " + material, Strategy: "prepare " + how, Action: "prepare",
			Scope: scope, Author: agent.AuthorDistiller, Status: agent.Probation, Good: good, Bad: 1, Predicate: &agent.Predicate{Action: "prepare", Params: map[string]string{"how": how},
				When: []agent.Condition{{Feature: "piece material is " + material, Holds: true}}, Prior: .3}}
	}
	if _, err := a.Library.Save(t.Context(), agent.Batch{Actor: "a test", Scope: scope, Rules: []*agent.Heuristic{rule("oil", "iron", 30), rule("soak", "oak", 20)}}); err != nil {
		t.Fatal(err)
	}
	page, err := a.Playbook(t.Context(), playbook.Asked{})
	if err != nil || page.Scope != scope || len(page.Worlds) != 1 || page.Worlds[0].Rules != 2 || page.Worlds[0].LastUsed.IsZero() {
		t.Fatalf("%+v, %v", page, err)
	}
	if got := page.Markdown(); !strings.Contains(got, "iron → oil (30 of 31) · oak → soak (20 of 21)") || !strings.Contains(got, "clay → not yet known") {
		t.Errorf("it says\n%s", got)
	}
	kept, err := a.Snapshots.Take(t.Context(), "a test", "before")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Library.SetStatus(t.Context(), "a test", page.Lines[0].Rules, agent.Retired); err != nil {
		t.Fatal(err)
	}
	if now, err := a.Playbook(t.Context(), playbook.Asked{}); err != nil || strings.Contains(now.Markdown(), "iron → oil") {
		t.Errorf("retired rules are still said: %v\n%s", err, now.Markdown())
	}
	if then, err := a.Playbook(t.Context(), playbook.Asked{Snapshot: kept.ID}); err != nil || then.Markdown() != page.Markdown() {
		t.Errorf("the snapshot says %v\n%s", err, then.Markdown())
	}
	for _, lost := range [][2]string{{"nowhere", ""}, {"workshop", "another"}} {
		if _, err := a.Playbook(t.Context(), playbook.Asked{Environment: lost[0], World: lost[1]}); agent.CodeOf(err) != agent.CodeNotFound {
			t.Errorf("%q: %v", lost, err)
		}
	}
	if page, err := a.Playbook(t.Context(), playbook.Asked{Environment: "maze"}); err != nil || len(page.Lines) != 0 || page.Scope.Environment != "maze" {
		t.Errorf("a world that nothing is known of: %+v, %v", page, err)
	}
}

func TestReading(t *testing.T) {
	a := opened(t, Config{Data: t.TempDir()})
	taught := &agent.Heuristic{Action: "prepare", Strategy: "prepare oil", Pattern: "when it is raw, unless its material suits the order", Scope: agent.Scope{Environment: "workshop"}, Author: agent.AuthorHuman}
	if r, ok := a.Reading(t.Context(), taught); !ok || r.Problem != "" || !strings.HasPrefix(r.As, "Prepare oil when it is raw") {
		t.Errorf("it is read as %+v, %v", r, ok)
	}
	taught.Pattern = "when it looks dull"
	if r, ok := a.Reading(t.Context(), taught); !ok || !strings.Contains(r.Problem, "looks dull") || len(r.Forms) == 0 {
		t.Errorf("it is read as %+v, %v", r, ok)
	}
	taught.Scope = agent.Scope{}
	if _, ok := a.Reading(t.Context(), taught); ok {
		t.Error("without an environment somebody can tell")
	}
}
