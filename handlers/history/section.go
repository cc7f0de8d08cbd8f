// Package history is the pages about how the library came to be: its changes
// with the way to undo them, merges, snapshots, and packs of rules.
package history

import (
	"context"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/packs"
	"purposeagent/handlers/library"
	"purposeagent/handlers/ui"
)

// Config is what the pages work with.
type Config struct {
	Library   Library
	Snapshots Snapshots // nil: there is no time machine
	Packs     Packs     // nil: rules are not carried in or out
}

type (
	// Library keeps the changes of rules. Errors: CodeNotFound, CodeInvalid,
	// CodeConflict if it changed meanwhile.
	Library interface {
		Get(ctx context.Context, id string) (*agent.Heuristic, error)
		// Changes returns changes before a revision (0: the newest), of one rule where an id is given.
		Changes(ctx context.Context, rule string, before int64, limit int) ([]catalog.LibraryChange, error)
		Undo(ctx context.Context, actor string, revision int64) (catalog.LibraryChange, error)
		// Revert gives a rule the words of entry n of its history.
		Revert(ctx context.Context, actor, id string, n int) (catalog.LibraryChange, error)
		Merge(ctx context.Context, actor, keep string, away []string) (catalog.LibraryChange, error)
	}
	// Packs carries rules between libraries. Errors: CodeInvalid.
	Packs interface {
		Export(ctx context.Context, name string, q catalog.HeuristicQuery) (packs.Pack, error)
		// Import takes in a pack that packs.Parse found nothing wrong with.
		Import(ctx context.Context, actor string, pack packs.Pack, as packs.Import) (packs.Report, error)
	}
	// Snapshots are moments of the library, each named by the number of the last
	// change in it. Errors: CodeNotFound, CodeInvalid for a name.
	Snapshots interface {
		Take(ctx context.Context, actor, name string) (catalog.Snapshot, error)
		List(ctx context.Context) ([]catalog.Snapshot, error)
		Get(ctx context.Context, id string) (catalog.Snapshot, error)
		AsOf(ctx context.Context, revision int64) ([]*agent.Heuristic, error)
		Moment(ctx context.Context, at time.Time) (int64, error)
		When(ctx context.Context, revision int64) (time.Time, error)
		Span(ctx context.Context) (first, last int64, at time.Time, err error)
		Restore(ctx context.Context, actor string, revision int64, name string) (catalog.LibraryChange, error)
		Delete(ctx context.Context, actor, id string) error
	}
)

// Section is these pages.
type Section struct {
	*ui.Kit
	cfg     Config
	library *library.Section
}

// New returns the pages; rules shows the rows that both have.
func New(kit *ui.Kit, rules *library.Section, cfg Config) *Section {
	return &Section{Kit: kit, cfg: cfg, library: rules}
}
