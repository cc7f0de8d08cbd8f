package lab_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/suites"
	"purposeagent/internal/lab"
)

// mazeSuite has mazes of two sizes, all with the same seed in each split: what is
// kept of them can't go by their seeds.
func mazeSuite() []suites.Task {
	var tasks []suites.Task
	for i := range 8 {
		t := suites.Task{ID: fmt.Sprint("task-", i), Environment: "maze", Config: `{"size":3}`, Purpose: "find the treasure and take it", Seed: int64(i/2) + 1, Split: suites.Train, MaxSteps: 60}
		if i%2 == 1 {
			t.Config = `{"size":4}`
		}
		if i >= 4 {
			t.Split = ""
			t.Seed, t.MaxSteps = 9, 60+i
		}
		tasks = append(tasks, t)
	}
	return tasks
}

func suiteSpec(t *testing.T, tasks []suites.Task, spec lab.Spec) lab.Spec {
	t.Helper()
	spec, err := spec.WithSuite("mazes", tasks)
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

// Each task of a suite is done in its own settings, as often as is asked, and the
// checker agrees with what is said of it.
func TestASuiteInTheLab(t *testing.T) {
	r := run(t, config(t, "maze"), suiteSpec(t, mazeSuite(), lab.Spec{Arms: []lab.Arm{lab.On, lab.Off}, Tries: 3, Draws: 2000}))
	agreesWithTheChecker(t, r)
	if len(r.Training.Outcomes) != 4 || len(r.Outcomes) != 8 || len(r.Tries) != 16 {
		t.Fatalf("%d training tasks, %d outcomes, %d later tries", len(r.Training.Outcomes), len(r.Outcomes), len(r.Tries))
	}
	limits := map[string]int{}
	numbers := map[int64]string{}
	for _, o := range append(r.Outcomes, r.Tries...) {
		limits[o.Task] = o.Limit
		if was, ok := numbers[o.Seed]; ok && was != o.Task {
			t.Errorf("%s and %s have one number", was, o.Task)
		}
		numbers[o.Seed] = o.Task
	}
	for i := 4; i < 8; i++ {
		if limits[fmt.Sprint("task-", i)] != 60+i {
			t.Errorf("the limits are %v", limits)
		}
	}
	optima := map[string]int{}
	for _, o := range r.Outcomes {
		optima[o.Task] = *o.Optimum
	}
	if optima["task-4"] == optima["task-5"] { // one seed, two sizes
		t.Errorf("mazes of two sizes have the same optimum %v: were they done in their own settings?", optima)
	}
	for name, arm := range r.Arms {
		if len(arm.Pass) != 3 || arm.Pass[0].N != 4 || arm.Pass[0].Share < arm.Pass[2].Share {
			t.Errorf("%s: %+v", name, arm.Pass)
		}
	}
	if r.Spec.Suite.Hash != suites.Hash(mazeSuite()) || r.Truth != nil {
		t.Errorf("%+v", r.Spec.Suite)
	}
}

// One try of each says nothing more, and leaves earlier hashes as they are.
func TestOneTry(t *testing.T) {
	spec := lab.Spec{Environment: agent.EnvironmentRef{Name: "maze", Config: `{"size":3}`}, Train: 2, Test: 2, Arms: []lab.Arm{lab.On, lab.Off}, Draws: 100}
	once := spec
	once.Tries = 1
	if spec.WithDefaults().Hash() != once.WithDefaults().Hash() || strings.Contains(agent.MustObject(spec).String(), "tries") {
		t.Error("one try is another experiment")
	}
	if r := run(t, config(t, "maze"), once); len(r.Tries) != 0 || r.Arms[lab.On].Pass != nil {
		t.Errorf("%+v", r.Arms[lab.On].Pass)
	}
}

// With several tries and tasks of a suite an experiment goes on from its journal.
func TestASuiteGoesOn(t *testing.T) {
	spec := suiteSpec(t, mazeSuite(), lab.Spec{Arms: []lab.Arm{lab.On, lab.Off, lab.Shuffled}, Tries: 2, Draws: 500})
	want := text(t, run(t, config(t, "maze"), spec))
	journal := newDiary()
	for interruptions := 0; ; interruptions++ {
		ctx, cancel := context.WithCancel(t.Context())
		cfg, heard := config(t, "maze"), 0
		cfg.Journal = journal
		cfg.Progress = func(lab.Progress) {
			if heard++; heard > 3+interruptions*3 {
				cancel()
			}
		}
		r, err := lab.Run(ctx, cfg, spec)
		cancel()
		if errors.Is(err, context.Canceled) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if got := text(t, r); string(got) != string(want) {
			t.Errorf("after %d interruptions the report is another one:\n%s\n%s", interruptions, got, want)
		}
		if interruptions < 3 {
			t.Errorf("it was interrupted %d times only", interruptions)
		}
		return
	}
}

func TestSuitesThatDontFit(t *testing.T) {
	mixed := append(mazeSuite(), suites.Task{ID: "order", Environment: "workshop", Seed: 1})
	for _, tt := range []struct {
		name, want string
		tasks      []suites.Task
		spec       lab.Spec
	}{
		{"two environments", "tasks in 2 environments (maze, workshop)", mixed, lab.Spec{}},
		{"another environment", "is in maze, not in workshop", mazeSuite(), lab.Spec{Environment: agent.EnvironmentRef{Name: "workshop"}}},
		{"no training", "has no task for training", mazeSuite()[4:], lab.Spec{}},
		{"no test", "0 tasks for testing", mazeSuite()[:4], lab.Spec{}},
		{"no tasks", "tasks in 0 environments", nil, lab.Spec{}},
	} {
		if _, err := tt.spec.WithSuite("mine", tt.tasks); err == nil || !strings.Contains(said(err), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
	same := mazeSuite()
	same[5].Config, same[5].Seed, same[5].MaxSteps = same[1].Config, same[1].Seed, same[1].MaxSteps
	worlds := []suites.Task{{ID: "a", Environment: "workshop", Config: `{"world":1}`, Seed: 1, Split: suites.Train}, {ID: "b", Environment: "workshop", Config: `{"world":2}`, Seed: 2}, {ID: "c", Environment: "workshop", Config: `{"world":2}`, Seed: 3}}
	wrong := mazeSuite()
	wrong[6].Config = `{"sise":3}`
	for _, tt := range []struct {
		name, kind, want string
		tasks            []suites.Task
		change           func(*lab.Spec)
	}{
		{"a training task as a test", "maze", "the test task task-5 is the training task task-1", same, nil},
		{"two worlds", "workshop", "task b obeys other laws", worlds, nil},
		{"an unknown setting", "maze", "task task-6", wrong, nil},
		{"settings for the test", "maze", "test-config", mazeSuite(), func(s *lab.Spec) { s.TestConfig = `{"size":5}` }},
		{"false rules", "maze", "planted", mazeSuite(), func(s *lab.Spec) { s.Planted = 3 }},
		{"other counts", "maze", "the suite has 4 tasks", mazeSuite(), func(s *lab.Spec) { s.Train = 3 }},
		{"many tries", "maze", "tries", mazeSuite(), func(s *lab.Spec) { s.Tries = 21 }},
	} {
		spec := suiteSpec(t, tt.tasks, lab.Spec{Arms: []lab.Arm{lab.On, lab.Off}})
		if tt.change != nil {
			tt.change(&spec)
		}
		if _, err := lab.Plan(t.Context(), config(t, tt.kind), spec); agent.CodeOf(err) != agent.CodeInvalid || !strings.Contains(said(err), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, said(err), tt.want)
		}
	}
	if _, err := lab.PlanWorlds(t.Context(), config(t, "workshop"), suiteSpec(t, worlds, lab.Spec{}), []int64{1, 2}); agent.CodeOf(err) != agent.CodeInvalid {
		t.Error(err)
	}
}
