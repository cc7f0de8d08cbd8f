package api

import (
	"log/slog"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/ui"
	"purposeagent/internal/app"
	"purposeagent/internal/engine"
)

// mount is the API over an application that has worked, and works no more.
type mount struct {
	*echo.Echo
	described *huma.OpenAPI
	store     *pagetest.Store
	app       *app.App
}

// worked has a run in a maze and some in one workshop, with what was learned there.
var worked = pagetest.NewWorked(func(t testing.TB, a *app.App) {
	for _, spec := range []agent.RunSpec{
		{Environment: agent.EnvironmentRef{Name: "maze"}, Purpose: "Find the treasure", MaxSteps: 40, Seed: 3},
		{Environment: agent.EnvironmentRef{Name: "workshop", Config: `{"world":1}`}, MaxSteps: 40, Seed: 1, Repeats: 6},
	} {
		runs, err := a.Launch(t.Context(), spec)
		if err != nil {
			t.Fatal(err)
		}
		for _, run := range runs {
			for _, err := range a.Engine.Follow(t.Context(), run.ID, 0) {
				if err != nil {
					t.Fatal(err)
				}
			}
		}
	}
})

// control is the engine with the launches and forks of the application, as the
// program mounts it.
type control struct {
	*engine.Engine
	*app.App
}

// portsOf is what the API works with in an application.
func portsOf(a *app.App) Config {
	return Config{Runs: a.Runs, Engine: control{a.Engine, a}, Replay: a.Replay, Critics: a.Critics, PhiWords: a.PhiWords, LabPorts: LabPorts{Lab: a.Lab, Suites: a.Suites}, Views: a.Views, Simulate: a.Simulate,
		LibraryPorts: LibraryPorts{Library: a.Library, Snapshots: a.Snapshots, Packs: a.Library, Policy: a.Library, Playbooks: a.Playbook, Reading: a.Reading, Comments: a.Comments, Milestones: a.Milestones},
		Environments: func() []Environment { return nil }, Models: func() []Model { return nil },
		Site: ui.Site{Logger: slog.New(slog.DiscardHandler), Version: "test"}}
}

func mounted(t testing.TB) mount {
	t.Helper()
	m := mount{Echo: echo.New(), store: worked.Open(t)}
	m.store.At(time.Now()) // the set was written by a clock that goes
	m.app = m.store.App(t)
	m.described = Mount(m.Echo, m.Group(""), portsOf(m.app))
	return m
}

// run returns the newest run in an environment, with its steps.
func (m mount) run(t testing.TB, environment string) (agent.Run, []agent.Step) {
	t.Helper()
	page, err := m.app.Runs.List(t.Context(), catalog.RunQuery{Terms: []catalog.RunTerm{catalog.Is(catalog.RunEnv, environment)}, Limit: 1})
	if err != nil || len(page.Items) == 0 {
		t.Fatal(page, err)
	}
	run, err := m.app.Runs.Get(t.Context(), page.Items[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	steps, err := m.app.Runs.Steps(t.Context(), run.ID, 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	return run, steps
}

// newest is the id of the run that was launched last.
func (m mount) newest(t testing.TB) string {
	t.Helper()
	page, err := m.app.Runs.List(t.Context(), catalog.RunQuery{Limit: 1})
	if err != nil || len(page.Items) == 0 {
		t.Fatal(page, err)
	}
	return page.Items[0].ID
}
