package app

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/steering"
)

func mazeSpec(change func(*agent.RunSpec)) agent.RunSpec {
	s := agent.RunSpec{Environment: agent.EnvironmentRef{Name: "maze"}, Purpose: "Find the treasure and take it", MaxSteps: 5, Seed: 5}
	if change != nil {
		change(&s)
	}
	return s
}

// fieldsOf returns the messages of an error, nil where it is none of a form.
func fieldsOf(err error) map[string]string {
	if e, ok := errors.AsType[*agent.Error](err); ok && e.Code == agent.CodeInvalid {
		return e.Fields
	}
	return nil
}

func TestLaunchRefused(t *testing.T) {
	a := opened(t, Config{Data: t.TempDir()})
	for _, tt := range []struct {
		name  string
		spec  agent.RunSpec
		field string
	}{
		{"no purpose", mazeSpec(func(s *agent.RunSpec) { s.Purpose = " " }), "purpose"},
		{"no purpose and nobody who draws it", mazeSpec(func(s *agent.RunSpec) { s.Purpose = "" }), "purpose"},
		{"a billion steps", mazeSpec(func(s *agent.RunSpec) { s.MaxSteps = 1e9 }), "max_steps"},
		{"too many repeats", mazeSpec(func(s *agent.RunSpec) { s.Repeats = 1001 }), "repeats"},
		{"too many repeats of drawn tasks", agent.RunSpec{Environment: agent.EnvironmentRef{Name: "workshop"}, Repeats: 1001}, "repeats"},
		{"no environment", mazeSpec(func(s *agent.RunSpec) { s.Environment.Name = "nowhere" }), "environment.name"},
		{"an unknown setting", mazeSpec(func(s *agent.RunSpec) { s.Environment.Config = `{"sise":5}` }), "environment.config.sise"},
		{"an unknown setting of a world that draws", agent.RunSpec{Environment: agent.EnvironmentRef{Name: "workshop", Config: `{"wrold":5}`}}, "environment.config.wrold"},
		{"an action that is none", mazeSpec(func(s *agent.RunSpec) { s.Approval = "actions:fly" }), "approval"},
		{"no policy", mazeSpec(func(s *agent.RunSpec) { s.Approval = "maybe" }), "approval"},
		{"no snapshot", mazeSpec(func(s *agent.RunSpec) { s.Rules = "s_none" }), "rules"},
		{"rules without memory", mazeSpec(func(s *agent.RunSpec) { s.Rules, s.Memory = "s_none", "off" }), "rules"},
		{"nobody", mazeSpec(func(s *agent.RunSpec) { s.Models.Critic = "nobody:m" }), "models.critic"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			runs, err := a.Launch(t.Context(), tt.spec)
			if len(runs) != 0 || fieldsOf(err)[tt.field] == "" {
				t.Errorf("%d runs, %v, want a message at %s", len(runs), err, tt.field)
			}
		})
	}
	if all, err := a.Runs.List(t.Context(), catalog.RunQuery{}); err != nil || len(all.Items) != 0 {
		t.Errorf("%d runs were stored, %v", len(all.Items), err)
	}
}

func TestLaunch(t *testing.T) {
	a := opened(t, Config{Data: t.TempDir()})
	launch := func(s agent.RunSpec) []agent.Run {
		t.Helper()
		runs, err := a.Launch(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		return runs
	}
	one := launch(mazeSpec(func(s *agent.RunSpec) { s.Seed = 0 }))
	if len(one) != 1 || one[0].Group != "" || one[0].Label != "" || one[0].Seed <= 0 || one[0].Spec.Seed != one[0].Seed ||
		one[0].Spec.Models.Critic != agent.Reasoner || one[0].Spec.Environment.Config.Map()["size"] == nil {
		t.Errorf("without a seed: %+v", one)
	}
	same := launch(mazeSpec(func(s *agent.RunSpec) { s.Repeats = 3 }))
	for i, r := range same {
		if len(same) != 3 || r.Group == "" || r.Group != same[0].Group || r.Label != fmt.Sprintf("run %d", i+1) || r.Seed != int64(5+i) || r.Spec.Repeats != 3 || r.Spec.Seed != 5 {
			t.Errorf("run %d of %d: %+v", i, len(same), r)
		}
	}
	workshop := agent.RunSpec{Environment: agent.EnvironmentRef{Name: "workshop"}, Seed: 7, Repeats: 4}
	each, purposes := launch(workshop), map[string]bool{}
	for i, r := range each {
		purposes[r.Spec.Purpose] = true
		if r.Seed != int64(7+i) || r.Spec.Seed != r.Seed || r.Spec.Repeats != 1 || r.Group != each[0].Group || r.Spec.Purpose == "" {
			t.Errorf("task %d: %+v", i, r)
		}
	}
	if len(each) != 4 || len(purposes) < 2 {
		t.Errorf("%d runs with the tasks %v", len(each), purposes)
	}
	workshop.Seed, workshop.Repeats = 9, 0
	if alone := launch(workshop); len(alone) != 1 || alone[0].Group != "" || alone[0].Spec.Purpose != each[2].Spec.Purpose {
		t.Errorf("seed 9 alone: %+v", alone)
	}
	workshop.Purpose = each[0].Spec.Purpose
	if given := launch(workshop); given[0].Spec.Purpose != workshop.Purpose {
		t.Errorf("a given purpose was replaced: %q", given[0].Spec.Purpose)
	}
}

// The demo's runs are twins: each task with memory on, and beside it with memory off.
func TestDemo(t *testing.T) {
	a := opened(t, Config{Data: t.TempDir()})
	group, err := a.Demo(t.Context(), 3)
	if err != nil {
		t.Fatal(err)
	}
	runs, err := a.Runs.Group(t.Context(), group)
	if err != nil || len(runs) != 6 {
		t.Fatal(len(runs), err)
	}
	for i := range 3 {
		on, off := runs[2*i], runs[2*i+1]
		if on.Spec.Memory != "on" || off.Spec.Memory != "off" || on.Spec.Purpose != off.Spec.Purpose || on.Seed != int64(i+1) || off.Seed != on.Seed || on.Spec.Seed != on.Seed ||
			!on.Spec.Twin || on.Label != fmt.Sprintf("memory on, task %d", i+1) {
			t.Errorf("task %d: %+v and %+v", i+1, on, off)
		}
	}
	if _, err := a.Demo(t.Context(), MaxDemoTasks+1); agent.CodeOf(err) != agent.CodeInvalid {
		t.Error(err)
	}
}

func TestForkRun(t *testing.T) {
	a := opened(t, Config{Data: t.TempDir()})
	if err := a.Work(t.Context()); err != nil {
		t.Fatal(err)
	}
	runs, err := a.Launch(t.Context(), mazeSpec(func(s *agent.RunSpec) { s.Memory = "off" }))
	if err != nil {
		t.Fatal(err)
	}
	id := runs[0].ID
	for _, err := range a.Engine.Follow(t.Context(), id, 0) {
		if err != nil {
			t.Fatal(err)
		}
	}
	nowhere := agent.MustObject(map[string]any{"place": "nowhere"})
	for name, tt := range map[string]struct {
		fork  steering.Fork
		field string
	}{
		"beyond":        {steering.Fork{Step: 1000}, "step"},
		"another state": {steering.Fork{State: &nowhere}, "state"},
		"an action":     {steering.Fork{Step: 1, Action: &agent.Action{Name: "fly"}}, "action"},
		"a policy":      {steering.Fork{Approval: "maybe"}, "approval"},
		"a model":       {steering.Fork{Models: agent.ModelRefs{Actor: "nobody:m"}}, "models.actor"},
		"no room":       {steering.Fork{Step: 3, MaxSteps: 2}, "max_steps"},
	} {
		if _, err := a.ForkRun(t.Context(), id, "Ann", tt.fork); fieldsOf(err)[tt.field] == "" {
			t.Errorf("%s: %v, want a message at %s", name, err, tt.field)
		}
	}
	if _, err := a.ForkRun(t.Context(), "r_none", "Ann", steering.Fork{}); agent.CodeOf(err) != agent.CodeNotFound {
		t.Error(err)
	}
	made, err := a.ForkRun(t.Context(), id, "Ann", steering.Fork{Step: 2, Note: "look"})
	if err != nil || made.Spec.Origin == nil || *made.Spec.Origin != (agent.Origin{Run: id, Step: 2, By: "Ann"}) {
		t.Fatal(made, err)
	}
	var notes []string
	for event, err := range a.Engine.Follow(t.Context(), made.ID, 0) {
		if err != nil {
			t.Fatal(err)
		}
		if n, ok := event.Data.(agent.NoteAdded); ok {
			notes = append(notes, n.By+": "+n.Text)
		}
	}
	if strings.Join(notes, ", ") != "Ann: look" {
		t.Errorf("notes %q", notes)
	}
}
