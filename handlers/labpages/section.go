// Package labpages is the pages of the Lab: experiments with their reports, and
// how far critics can be trusted.
package labpages

import (
	"context"

	"purposeagent/agent"
	"purposeagent/agent/calibration"
	"purposeagent/agent/catalog"
	"purposeagent/agent/experiments"
	"purposeagent/handlers/ui"
	"purposeagent/internal/lab"
)

// Config is what the pages work with.
type Config struct {
	Lab     Lab     // nil: there are no experiments
	Critics Critics // nil: there is no page about critics
	Library Library
	Runs    Runs
	// KnownModels lists references of models that a form offers.
	KnownModels func(ctx context.Context) []string
}

type (
	// Lab keeps and works experiments. Errors: CodeNotFound, CodeInvalid with a
	// message per field, CodeConflict where its status does not allow what is
	// asked. by is who asked.
	Lab interface {
		// List returns experiments without their reports, newest first.
		List(ctx context.Context, q experiments.ExperimentQuery) (catalog.Page[experiments.Experiment], error)
		// Get returns one experiment with its report, where there is one.
		Get(ctx context.Context, id string) (experiments.Experiment, error)
		// Plan fills what is left out and checks; it starts nothing.
		Plan(ctx context.Context, ask lab.Request) (lab.Request, error)
		Start(ctx context.Context, by string, ask lab.Request) (experiments.Experiment, error)
		Cancel(ctx context.Context, id, by string) error
		// Resume lets one that failed or was cancelled go on from what is stored.
		Resume(ctx context.Context, id, by string) error
		// Delete deletes experiments that are at their end, and returns how many
		// there were; unknown ids are left out.
		Delete(ctx context.Context, by string, ids []string) (int, error)
	}
	// Critics knows how far critics can be trusted.
	Critics interface {
		Critics(ctx context.Context) ([]calibration.CriticReport, error)
	}
	// Library finds the rules that an experiment is about. Errors: CodeNotFound.
	Library interface {
		Get(ctx context.Context, id string) (*agent.Heuristic, error)
		List(ctx context.Context, q catalog.HeuristicQuery) (catalog.Page[agent.Heuristic], error)
	}
	// Runs finds the runs that a rule was learned in. Errors: CodeNotFound.
	Runs interface {
		Get(ctx context.Context, id string) (agent.Run, error)
	}
)

// Section is these pages.
type Section struct {
	*ui.Kit
	cfg Config
}

// New returns the pages.
func New(kit *ui.Kit, cfg Config) *Section { return &Section{Kit: kit, cfg: cfg} }
