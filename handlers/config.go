package handlers

import (
	"context"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/agent/chat"
	"purposeagent/agent/features"
	"purposeagent/agent/roles"
	"purposeagent/handlers/environments"
	"purposeagent/handlers/export"
	"purposeagent/handlers/fork"
	"purposeagent/handlers/history"
	"purposeagent/handlers/labpages"
	"purposeagent/handlers/launch"
	"purposeagent/handlers/library"
	"purposeagent/handlers/live"
	"purposeagent/handlers/milestonepages"
	"purposeagent/handlers/replay"
	"purposeagent/handlers/review"
	"purposeagent/handlers/runpage"
	"purposeagent/handlers/runs"
	"purposeagent/handlers/settings"
	"purposeagent/handlers/suites"
	"purposeagent/handlers/ui"
)

// Config is what a Server works with. Fields whose comment says what nil means
// may be nil; the others are required.
type Config struct {
	ui.Site
	Runs         RunPorts
	Library      LibraryPorts
	Replay       ReplayPorts
	Lab          LabPorts
	Settings     SettingsPorts
	Welcome      Welcome
	Environments ui.Environments
	Console      ConsolePorts
	// API adds the routes under /api to the group at the base path. nil: there is none.
	API func(e *echo.Echo, base *echo.Group)
	// Ready reports why the program can't serve, or nil. nil: always ready.
	Ready func(ctx context.Context) error
}

// RunPorts are what the pages about runs call.
type RunPorts struct {
	Store    Runs
	Engine   Engine
	Launcher launch.Launcher
	// PhiWords keeps what people say that Φ is. nil: nobody can correct a critic.
	PhiWords runpage.PhiWords
	// Picture draws the state after a step (0: the initial state) as a small
	// SVG, or returns "" where the environment draws none. nil: no pictures.
	Picture func(ctx context.Context, run string, step int) (svg string, err error)
	// File returns a file of a run by its hash (files.ErrNotKept). nil: none is kept.
	File func(ctx context.Context, run, hash string) ([]byte, error)
	// Possible returns the actions of a run's environment, and those that can be
	// done in the state after a step (0: the initial state), none where the
	// environment can't say. nil: nobody can tell.
	Possible func(ctx context.Context, run agent.Run, step int) (specs []agent.ActionSpec, legal []agent.Action, err error)
	// Thinking returns what the actor of a run is thinking right now, at which
	// step, and a channel that is closed when it goes on. nil: nobody thinks in words.
	Thinking func(run string) (step int, thought string, changed <-chan struct{})
	// Calls returns what models were asked and answered at a step of a run; step 0
	// is before the first and after the last. nil: nobody kept it.
	Calls func(ctx context.Context, run string, step int) ([]chat.Call, error)
}

// LibraryPorts are what the pages about rules call.
type LibraryPorts struct {
	Rules     Library
	Snapshots history.Snapshots  // nil: there is no time machine
	Packs     history.Packs      // nil: rules are not carried in or out
	Policy    library.Policy     // nil: it can't be chosen
	Review    review.Inbox       // nil: there is no inbox
	Playbooks library.Playbooks  // nil: there is no playbook
	Lines     library.LineEditor // nil: lines of several rules can't be edited
	Comments  library.Comments   // nil: nobody keeps any
	// Milestones are what critics judge worlds by. nil: there are no such pages.
	Milestones milestonepages.Milestones
	// RuleLanguage returns the words of a rule's world. nil: nobody can look into one.
	RuleLanguage func(ctx context.Context, h *agent.Heuristic) (l *features.RuleLanguage, ok bool)
}

// ReplayPorts are what the pages about trajectories call.
type ReplayPorts struct {
	Store replay.Replay
	// Simulate answers what would be retrieved in an environment; it writes
	// nothing. CodeInvalid for what no task could hold. nil: there is no simulator.
	Simulate func(ctx context.Context, environment string, config agent.Object, p roles.Probe) (roles.Simulation, error)
}

// LabPorts are what the pages of the Lab call.
type LabPorts struct {
	// Experiments works experiments. nil: there are no Lab pages.
	Experiments labpages.Lab
	// Critics knows how far critics can be trusted. nil: there is no such page.
	Critics Critics
	// Suites keeps and does task suites. nil: there are no such pages.
	Suites suites.Suites
}

// ConsolePorts are what the pages about environments call.
type ConsolePorts struct {
	// About returns what a kind says of itself, without starting a program. nil: nobody can tell.
	About func(name string) environments.About
	// Sessions are those in which people act by hand. nil: there are none.
	Sessions environments.Consoles
}

// SettingsPorts are what the pages of settings call, and what keeps small
// values for all pages.
type SettingsPorts struct {
	Models  settings.Models  // nil: there are no settings of models
	Prompts settings.Prompts // nil: there are none to change
	Store   launch.Settings
	Views   ui.Views // nil: lists can't be saved
}

// Welcome is what a first visit shows.
type Welcome struct {
	Demo runs.Demo // nil: there is none
	// Sealed is the SHA-256 of this installation's secret rules, in hex; ""
	// where there are none.
	Sealed string
}

// What several families call is one store with what each of them needs.
type (
	// Runs reads and changes stored runs.
	Runs interface {
		runs.Runs
		runpage.Runs
		live.Runs
		fork.Runs
		export.Runs
		launch.Runs
		review.Runs
		labpages.Runs
		Counts(ctx context.Context) (map[agent.RunStatus]int, error)
		// Asking returns how many runs wait for a person's approval, Open how many
		// have not ended.
		Asking(ctx context.Context) (int, error)
		Open(ctx context.Context) (int, error)
	}
	// Engine steers, forks and follows runs.
	Engine interface {
		runs.Controls
		runpage.Engine
		fork.Engine
		live.Engine
	}
	// Library keeps heuristics.
	Library interface {
		library.Library
		history.Library
		review.Library
		launch.Library
		labpages.Library
	}
	// Critics knows how far critics can be trusted. Errors: CodeNotFound for a
	// critic of whom nothing is known.
	Critics interface {
		labpages.Critics
		runpage.Critics
	}
)
