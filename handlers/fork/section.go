// Package fork is the page where a person forks a run: from which step, and
// what is to be different.
package fork

import (
	"context"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/steering"
	"purposeagent/handlers/ui"
)

// Config is what the page works with.
type Config struct {
	Runs      Runs
	Engine    Engine
	Snapshots Snapshots // nil: there are none
	// Possible returns the actions of a run's environment, and those that can be
	// done in the state after a step (0: the initial state), none where the
	// environment can't say. nil: nobody can tell.
	Possible func(ctx context.Context, run agent.Run, step int) (specs []agent.ActionSpec, legal []agent.Action, err error)
}

type (
	// Runs reads stored runs. Errors: CodeNotFound.
	Runs interface {
		Get(ctx context.Context, id string) (agent.Run, error)
		// Steps returns up to limit steps with an index above after, in order.
		Steps(ctx context.Context, run string, after, limit int) ([]agent.Step, error)
		// Forks returns the runs that were forked from a run, oldest first.
		Forks(ctx context.Context, run string, limit int) ([]agent.Run, error)
	}
	// Engine forks runs. Errors: CodeNotFound, CodeInvalid with a message per field.
	Engine interface {
		// ForkRun launches another run from a step of one. by is who asked.
		ForkRun(ctx context.Context, id, by string, fork steering.Fork) (agent.Run, error)
	}
	// Snapshots lists the moments of the library that a run may use.
	Snapshots interface {
		List(ctx context.Context) ([]catalog.Snapshot, error)
	}
)

// Section is the page.
type Section struct {
	*ui.Kit
	cfg Config
}

// New returns the page.
func New(kit *ui.Kit, cfg Config) *Section { return &Section{Kit: kit, cfg: cfg} }
