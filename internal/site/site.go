// Package site makes the pages and the API of an application: what the program
// serves, and what tools and tests open.
package site

import (
	"context"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/environments"
	"purposeagent/handlers"
	"purposeagent/handlers/api"
	pages "purposeagent/handlers/environments"
	"purposeagent/handlers/ui"
	"purposeagent/internal/app"
	"purposeagent/internal/connections"
	"purposeagent/internal/engine"
)

// New makes the pages and the API of an application. Errors are those of
// handlers.New.
func New(a *app.App, site ui.Site) (*handlers.Server, error) {
	control := steering{a.Engine, a}
	mount := api.Config{
		Site: site, LibraryPorts: api.LibraryPorts{Library: a.Library, Snapshots: a.Snapshots, Packs: a.Library, Policy: a.Library, Playbooks: a.Playbook, Reading: a.Reading, Comments: a.Comments, Milestones: a.Milestones},
		Runs: a.Runs, Engine: control, Replay: a.Replay, Critics: a.Critics, PhiWords: a.PhiWords, LabPorts: api.LabPorts{Lab: a.Lab, Suites: a.Suites}, Views: a.Views, Simulate: a.Simulate,
		Environments: func() []api.Environment { return environmentsOf(a) }, Models: func() []api.Model { return modelsOf(a.Models) },
	}
	return handlers.New(handlers.Config{
		Site: site,
		Runs: handlers.RunPorts{Store: a.Runs, Engine: control, Launcher: a, PhiWords: a.PhiWords, Picture: a.Picture, File: a.File, Possible: a.Possible,
			Thinking: a.Thinking.Look, Calls: a.Models.Calls},
		Library: handlers.LibraryPorts{Rules: a.Library, Snapshots: a.Snapshots, Packs: a.Library, Policy: a.Library, Review: a.Library, Playbooks: a.Playbook,
			Lines: a.Library, Comments: a.Comments, Milestones: a.Milestones, RuleLanguage: a.RuleLanguage},
		Replay:       handlers.ReplayPorts{Store: a.Replay, Simulate: a.Simulate},
		Lab:          handlers.LabPorts{Experiments: a.Lab, Critics: a.Critics, Suites: a.Suites},
		Settings:     handlers.SettingsPorts{Models: a.Models, Prompts: a.Prompts, Store: a.Settings, Views: a.Views},
		Welcome:      handlers.Welcome{Sealed: a.Sealed(), Demo: a.Demos},
		Environments: kinds{a.Registry}, Ready: a.Ready,
		Console: handlers.ConsolePorts{Sessions: a.Consoles, About: func(name string) pages.About {
			about := a.Kind(name)
			return pages.About{Known: about.Known, Powers: about.Powers, Actions: about.Actions, Text: about.Description.Text}
		}},
		API: func(e *echo.Echo, g *echo.Group) { api.Mount(e, g, mount) },
	})
}

// steering is the engine with the launches and forks of the application, which
// checks them first.
type steering struct {
	*engine.Engine
	*app.App
}

// kinds shows the registry as pages see it.
type kinds struct{ *environments.Registry }

func (k kinds) Kinds() []ui.Kind {
	var out []ui.Kind
	for _, kind := range k.Registry.Kinds() {
		h := ui.Kind{Name: kind.Name, Title: kind.Title, Text: kind.Text, Icon: kind.Icon, Schema: kind.Schema, DrawPurpose: kind.DrawPurpose, Program: kind.Program, Approval: kind.Approval, Undrawn: kind.Undrawn, Refused: kind.Refused, Docs: kind.Docs,
			Control: (*ui.Control)(kind.Control)}
		for _, p := range kind.Presets {
			if kind.DrawPurpose != nil {
				p.Purpose = "" // each seed is another task; the preset's is one of them
			}
			h.Presets = append(h.Presets, ui.Preset(p))
		}
		for _, d := range kind.Designs {
			h.Designs = append(h.Designs, ui.Design(d))
		}
		out = append(out, h)
	}
	return out
}

// environmentsOf lists the registry as the API shows it.
func environmentsOf(a *app.App) []api.Environment {
	var out []api.Environment
	for _, kind := range a.Registry.Kinds() {
		e := api.Environment{Name: kind.Name, Title: kind.Title, Text: kind.Text, Schema: kind.Schema, Presets: []api.EnvironmentPreset{},
			DrawsPurposes: kind.DrawPurpose != nil, Program: kind.Program, Refused: kind.Refused, Docs: kind.Docs}
		for _, p := range kind.Presets {
			e.Presets = append(e.Presets, api.EnvironmentPreset(p))
		}
		if about := a.Kind(kind.Name); about.Known {
			e.Actions, e.Powers = about.Actions, &about.Powers
		}
		out = append(out, e)
	}
	return out
}

// modelsOf lists what can take a role.
func modelsOf(desk *connections.Models) []api.Model {
	list := []api.Model{{Ref: agent.Reasoner, Text: "offline reasoner (no language model)"}}
	for _, m := range desk.Offered(context.Background()) {
		list = append(list, api.Model(m))
	}
	return list
}
