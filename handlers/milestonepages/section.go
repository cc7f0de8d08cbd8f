// Package milestonepages is the pages about what critics by language model judge worlds by.
package milestonepages

import (
	"context"

	"purposeagent/agent/milestones"
	"purposeagent/handlers/ui"
)

// Milestones keeps those of worlds.
type Milestones interface {
	// Sets returns the newest set of each world, those to review first.
	Sets(ctx context.Context) ([]milestones.Set, error)
	// Versions returns all versions of a world's set, newest first.
	Versions(ctx context.Context, world milestones.World) ([]milestones.Set, error)
	// Declared returns what the world's environment declares, which critics judge by
	// instead of any others. Errors: CodeNotFound for a world that nobody knows.
	Declared(ctx context.Context, world milestones.World) ([]string, error)
	// Decide keeps a version on top of base, Restore brings an earlier one back.
	// Errors: CodeInvalid with a message per field; CodeNotFound for a world that nobody
	// knows; CodeConflict where base is not the newest version any more, or the
	// environment declares the world's milestones.
	Decide(ctx context.Context, actor string, base int, set milestones.Set) (*milestones.Set, error)
	Restore(ctx context.Context, actor string, base int, world milestones.World, version int) (*milestones.Set, error)
}

// Section is these pages.
type Section struct {
	*ui.Kit
	milestones Milestones // nil: there are no such pages
	forget     func()
}

// New returns the pages; forget has the items of the review inbox counted anew.
func New(kit *ui.Kit, m Milestones, forget func()) *Section { return &Section{kit, m, forget} }
