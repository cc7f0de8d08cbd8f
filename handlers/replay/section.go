// Package replay is the pages about trajectories: their list, one of them,
// pruning, how many are kept, and what would be retrieved.
package replay

import (
	"context"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/replay"
	"purposeagent/agent/roles"
	"purposeagent/handlers/ui"
)

// Config is what the pages work with.
type Config struct {
	Replay Replay
	// Simulate answers what would be retrieved in an environment; it writes
	// nothing. CodeInvalid for what no task could hold. nil: there is no simulator.
	Simulate func(ctx context.Context, environment string, config agent.Object, p roles.Probe) (roles.Simulation, error)
}

// Replay keeps trajectories. Errors: CodeNotFound, CodeInvalid.
type Replay interface {
	Get(ctx context.Context, id string) (*agent.Trajectory, error)
	List(ctx context.Context, q catalog.TrajectoryQuery) (catalog.Page[catalog.TrajectorySummary], error)
	Summary(ctx context.Context, id string) (catalog.TrajectorySummary, error)
	Stats(ctx context.Context) (agent.ReplayStats, error)
	Facets(ctx context.Context, q catalog.TrajectoryQuery) (catalog.TrajectoryFacets, error)
	Prune(ctx context.Context, actor string, ids []string) (catalog.Pruned, error)
	UndoPrune(ctx context.Context, actor string, prune int64) (int, error)
	// PreviewPrune says what Prune would do, and Matching which trajectories a
	// query means; CodeInvalid where they are more than catalog.MaxPrune.
	PreviewPrune(ctx context.Context, ids []string) (replay.PrunePreview, error)
	Matching(ctx context.Context, q catalog.TrajectoryQuery) ([]string, error)
	Pin(ctx context.Context, actor, id string, pinned bool) error
	// SetCapacity changes how many trajectories are kept and drops at once what
	// no longer fits, as many as PreviewCapacity says; CodeInvalid out of range.
	SetCapacity(ctx context.Context, actor string, capacity int) (dropped int, err error)
	PreviewCapacity(ctx context.Context, capacity int) (going int, err error)
}

// Section is these pages.
type Section struct {
	*ui.Kit
	cfg Config
}

// New returns the pages.
func New(kit *ui.Kit, cfg Config) *Section { return &Section{Kit: kit, cfg: cfg} }
