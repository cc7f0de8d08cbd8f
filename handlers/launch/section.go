// Package launch is the page "New run", the welcome of a first visit, and the
// demo.
package launch

import (
	"context"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/handlers/ui"
)

// Config is what the pages work with.
type Config struct {
	Runs     Runs
	Launcher Launcher
	Library  Library
	Settings Settings
	// KnownModels lists references of models that a form offers.
	KnownModels func(ctx context.Context) []string
	Demo        bool // there is a demonstration
	// Sealed is the SHA-256 of this installation's secret rules, in hex; ""
	// where there are none.
	Sealed string
}

type (
	// Runs reads stored runs. Errors: CodeNotFound.
	Runs interface {
		Get(ctx context.Context, id string) (agent.Run, error)
		List(ctx context.Context, q catalog.RunQuery) (catalog.Page[agent.Run], error)
	}
	// Launcher starts runs.
	Launcher interface {
		// Launch starts spec.Repeats runs, as one group if there are several. A
		// purpose that is left empty is drawn for each seed where the environment
		// draws purposes; a seed of 0 is drawn. CodeInvalid has a message per field.
		Launch(ctx context.Context, spec agent.RunSpec) ([]agent.Run, error)
	}
	// Library counts the rules that a run would use.
	Library interface {
		Report(ctx context.Context) (agent.LibraryReport, error)
	}
	// Settings keeps small values of this installation.
	Settings interface {
		// Get returns the empty object for a key that was never set.
		Get(ctx context.Context, key string) (agent.Object, error)
		Set(ctx context.Context, key string, value agent.Object) error
	}
)

// Section is these pages.
type Section struct {
	*ui.Kit
	cfg Config
}

// New returns the pages.
func New(kit *ui.Kit, cfg Config) *Section { return &Section{Kit: kit, cfg: cfg} }
