// Package runs is the pages about several runs: their list, comparisons, and
// the groups that are launched together.
package runs

import (
	"context"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/handlers/ui"
	"purposeagent/views/pages"
)

// Config is what the pages work with.
type Config struct {
	Runs   Runs
	Engine Controls
	Lab    Lab  // nil: there are no experiments
	Demo   Demo // nil: there is none
	// Suite returns the run of a task suite that a group is; nil for any other. nil:
	// there are no suites.
	Suite func(ctx context.Context, group string) (*SuiteRun, error)
	// Watch streams to a page that something has changed. nil: nobody tells.
	Watch func(c echo.Context, changed func() (n int64, over bool, next <-chan struct{})) error
	// Film is a run that has ended as something to play; nil for any other.
	Film func(run agent.Run) *pages.Film
	// ShowWelcome answers where there are no runs yet.
	ShowWelcome echo.HandlerFunc
}

// SuiteRun says which version of which task suite a group of runs is of.
type SuiteRun struct {
	ID, Name string
	Version  int
}

type (
	// Runs reads stored runs and changes many at once. Errors: CodeNotFound;
	// CodeInvalid for a cursor that was not given out.
	Runs interface {
		Get(ctx context.Context, id string) (agent.Run, error)
		List(ctx context.Context, q catalog.RunQuery) (catalog.Page[agent.Run], error)
		// Entries lists the newest, with those of one launch as one entry.
		Entries(ctx context.Context, q catalog.RunQuery) (catalog.Page[catalog.RunEntry], error)
		// Facets counts what a query finds.
		Facets(ctx context.Context, q catalog.RunQuery) (catalog.RunFacets, error)
		// Steps returns up to limit steps with an index above after, in order.
		Steps(ctx context.Context, run string, after, limit int) ([]agent.Step, error)
		PhiLine(ctx context.Context, run string) ([]catalog.PhiPoint, error)
		Group(ctx context.Context, group string) ([]agent.Run, error)
		GroupProgress(ctx context.Context, group string) ([]catalog.RunProgress, error)
		Changes
	}
	// Changes changes many runs at once. Selected returns the ids that a
	// selection means. Change deletes, tags or untags them, Undo takes a change
	// back. Errors: CodeInvalid, CodeConflict where the query finds another number
	// of runs than expected.
	Changes interface {
		Selected(ctx context.Context, selection catalog.RunSelection) ([]string, error)
		Change(ctx context.Context, by string, action catalog.RunAction, tag string, selection catalog.RunSelection) (catalog.RunChange, error)
		Undo(ctx context.Context, by string, id int64) (catalog.RunChange, error)
	}
	// Controls stops runs and lets them go on. Errors: CodeNotFound, CodeConflict
	// where the run's state does not allow what is asked. by is who asked.
	Controls interface {
		StopRun(ctx context.Context, id, by string) error
		PauseRun(ctx context.Context, id, by string) error
		ResumeRun(ctx context.Context, id, by string) error
	}
)

// Section is these pages.
type Section struct {
	*ui.Kit
	cfg Config
}

// New returns the pages.
func New(kit *ui.Kit, cfg Config) *Section { return &Section{Kit: kit, cfg: cfg} }
