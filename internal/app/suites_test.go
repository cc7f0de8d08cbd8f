package app

import (
	"fmt"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/suites"
	"purposeagent/internal/suitefile"
)

// A suite is held to what a launch is held to.
func TestCheckSuite(t *testing.T) {
	a := opened(t, Config{Data: t.TempDir(), Allowed: Allowed{Programs: true, PrivateHosts: true}})
	for _, tt := range []struct {
		name string
		task suites.Task
		want string // "": it can be worked on
	}{
		{"a maze", suites.Task{ID: "a", Environment: "maze", Config: `{"size":5}`, Purpose: "Find the treasure and take it", Seed: 1}, ""},
		{"a drawn purpose", suites.Task{ID: "a", Environment: "workshop", Seed: 1}, ""},
		{"a page with its check", suites.Task{ID: "a", Environment: "web", Config: `{"start":"http://127.0.0.1:1/"}`, Check: `{"success_text":"done"}`, Purpose: "go", Seed: 1}, ""},
		{"no such environment", suites.Task{ID: "a", Environment: "mars", Seed: 1}, "maze"},
		{"an unknown setting", suites.Task{ID: "a", Environment: "maze", Config: `{"sise":5}`, Purpose: "x", Seed: 1}, "environment.config.sise"},
		{"no purpose", suites.Task{ID: "a", Environment: "maze", Seed: 1}, "purpose"},
		{"a check where there is none", suites.Task{ID: "a", Environment: "maze", Check: `{"size":5}`, Purpose: "x", Seed: 1}, "takes no check"},
		{"another setting as a check", suites.Task{ID: "a", Environment: "web", Config: `{"start":"http://127.0.0.1:1/"}`, Check: `{"tokens":500}`, Purpose: "x", Seed: 1}, `no check "tokens"`},
		{"a check twice", suites.Task{ID: "a", Environment: "web", Config: `{"start":"http://127.0.0.1:1/","success_text":"a"}`, Check: `{"success_text":"b"}`, Purpose: "x", Seed: 1}, "give it once"},
		{"files that are not there", suites.Task{ID: "a", Environment: "code", Config: `{"tasks":"/nowhere/at/all"}`, Seed: 1}, "there is no file or folder"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			problems := a.CheckSuite([]suites.Task{tt.task})
			if tt.want == "" && len(problems) > 0 || tt.want != "" && (len(problems) != 1 || !strings.Contains(problems[0].String(), tt.want)) {
				t.Errorf("%v, want %q", problems, tt.want)
			}
		})
	}
	many := make([]suites.Task, 200)
	if n := len(a.CheckSuite(many)); n != suites.MaxProblems {
		t.Errorf("%d problems are told", n)
	}
}

// Where programs are not allowed, their tasks are refused with how to allow them.
func TestCheckSuiteRefused(t *testing.T) {
	a := opened(t, Config{Data: t.TempDir()})
	problems := a.CheckSuite([]suites.Task{{ID: "a", Environment: "code", Seed: 1}})
	if len(problems) != 1 || !strings.Contains(problems[0].Text, "--allow-programs") {
		t.Error(problems)
	}
}

// finished follows all runs of a run of a suite to their ends.
func finished(t *testing.T, a *App, run suites.Run) suites.Outcome {
	t.Helper()
	tries, err := a.Suites.Tries(t.Context(), run.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, try := range tries[run.ID] {
		for _, err := range a.Engine.Follow(t.Context(), try.Run, 0) {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	o, err := a.Suites.Outcome(t.Context(), run.ID)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// A suite is done as a group, with several tries of each task; its runs are
// compared, and what was changed in between is not.
func TestSuiteRuns(t *testing.T) {
	a := opened(t, Config{Data: t.TempDir()})
	if err := a.Work(t.Context()); err != nil {
		t.Fatal(err)
	}
	maze := func(id string, seed int64, steps int) suites.Task {
		return suites.Task{ID: id, Environment: "maze", Config: `{"size":3}`, Purpose: "Find the treasure and take it", Seed: seed, MaxSteps: steps}
	}
	suite := suites.Suite{Name: "Mine", Tasks: []suites.Task{maze("easy", 1, 100), maze("hopeless", 2, 1), {ID: "order", Environment: "workshop", Seed: 3, Split: suites.Train}}}
	info, err := a.Suites.Import(t.Context(), "Ann", suite, "")
	if err != nil {
		t.Fatal(err)
	}
	run, err := a.Suites.Start(t.Context(), "Ann", "mine", suites.Ask{Tries: 2, Memory: "off", Split: suites.Test, Tags: []string{"nightly"}})
	if err != nil {
		t.Fatal(err)
	}
	before := finished(t, a, run)
	if run.Group == "" || run.Version != 1 || run.Hash != info.Hash || run.Tasks != 2 || run.Models.Critic != agent.Reasoner || before.Summary.Known != 4 || before.Summary.Tries != 4 {
		t.Fatalf("%+v, %+v", run, before.Summary)
	}
	if pass := before.Summary.Pass; len(pass) != 2 || pass[0].Share != 0.5 || pass[1].Share != 0.5 || pass[1].N != 2 {
		t.Errorf("pass^k: %+v", pass)
	}
	group, err := a.Runs.Group(t.Context(), run.Group)
	if err != nil || len(group) != 4 || group[0].Label != "easy, try 1 of 2" || group[3].Label != "hopeless, try 2 of 2" || group[2].Spec.Draw != 1 || group[0].Spec.Draw != 0 ||
		group[2].Seed != 1 || !group[0].Spec.NoHoldout || group[0].Spec.Memory != "off" || group[0].Tags[0] != "nightly" {
		t.Errorf("%+v, %v", group, err)
	}
	suite.Tasks[1].MaxSteps, suite.Tasks[2].Split = 101, ""
	suite.Tasks = append(suite.Tasks, maze("new", 4, 100))
	if _, err := a.Suites.Change(t.Context(), "Ann", info.ID, 1, suite, ""); err != nil {
		t.Fatal(err)
	}
	after, err := a.Suites.Start(t.Context(), "Ann", info.ID, suites.Ask{Memory: suites.Frozen})
	if err != nil {
		t.Fatal(err)
	}
	if o := finished(t, a, after); o.Run.Rules == "" || o.Summary.Known != 4 || after.Version != 2 {
		t.Errorf("%+v", o)
	}
	if report, err := a.Library.Report(t.Context()); err != nil || report.Total != 0 {
		t.Error("a run with frozen memory taught:", report, err)
	}
	c, err := a.Suites.Compare(t.Context(), run.ID, after.ID)
	if err != nil || c.N != 1 || c.Other != 3 || len(c.Fixed)+len(c.Broken) != 0 || c.P != 1 {
		t.Errorf("%+v, %v", c, err)
	}
	all, err := a.Suites.Outcomes(t.Context(), info.ID)
	if err != nil || len(all) != 2 || all[0].Run.ID != after.ID {
		t.Errorf("%+v, %v", all, err)
	}
}

func TestSuiteStartRefused(t *testing.T) {
	a := opened(t, Config{Data: t.TempDir()})
	tasks := make([]suites.Task, 60)
	for i := range tasks {
		tasks[i] = suites.Task{ID: fmt.Sprint("t", i), Environment: "workshop", Seed: int64(i + 1), Split: suites.Test}
	}
	info, err := a.Suites.Import(t.Context(), "Ann", suites.Suite{Name: "Mine", Tasks: tasks}, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, field string
		ask         suites.Ask
	}{
		{"no tries", "tries", suites.Ask{Tries: -1}},
		{"many tries", "tries", suites.Ask{Tries: 21}},
		{"many runs", "tries", suites.Ask{Tries: 17}},
		{"no tasks", "split", suites.Ask{Split: suites.Train}},
		{"an odd split", "split", suites.Ask{Split: "dev"}},
		{"an odd memory", "memory", suites.Ask{Memory: "maybe"}},
		{"rules", "rules", suites.Ask{Rules: "s_1"}},
		{"nobody", "models.actor", suites.Ask{Models: agent.ModelRefs{Actor: "nobody:m"}}},
		{"an odd tag", "tags", suites.Ask{Tags: []string{"a b!"}}},
	} {
		if _, err := a.Suites.Start(t.Context(), "Ann", info.ID, tt.ask); fieldsOf(err)[tt.field] == "" {
			t.Errorf("%s: %v, want a message at %s", tt.name, err, tt.field)
		}
	}
	if _, err := a.Suites.Start(t.Context(), "Ann", "none", suites.Ask{}); agent.CodeOf(err) != agent.CodeNotFound {
		t.Error(err)
	}
	if _, err := a.Suites.Start(t.Context(), "Ann", info.ID, suites.Ask{Version: 2}); agent.CodeOf(err) != agent.CodeNotFound {
		t.Error(err)
	}
	if all, err := a.Runs.List(t.Context(), catalog.RunQuery{}); err != nil || len(all.Items) != 0 {
		t.Errorf("%d runs were stored, %v", len(all.Items), err)
	}
	if _, err := a.Suites.ReadPath("/etc", suitefile.Options{}); fieldsOf(err)["path"] == "" {
		t.Error("files of this machine are read:", err)
	}
	copied, err := a.Suites.Copy(t.Context(), "Bob", info.ID, 0, "Copy")
	if err != nil || copied.Hash != info.Hash || copied.ID == info.ID {
		t.Error(copied, err)
	}
}
