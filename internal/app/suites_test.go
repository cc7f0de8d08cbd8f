package app

import (
	"strings"
	"testing"

	"purposeagent/agent/suites"
)

// A suite is held to what a launch is held to.
func TestCheckSuite(t *testing.T) {
	a := opened(t, Config{Data: t.TempDir(), Programs: true, PrivateHosts: true})
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
