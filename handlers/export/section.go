// Package export gives a run away as a file: a page that opens offline,
// Markdown, JSON, and one event a line.
package export

import (
	"context"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/handlers/runpage"
	"purposeagent/handlers/ui"
)

// Runs reads a stored run. Errors: CodeNotFound.
type Runs interface {
	Get(ctx context.Context, id string) (agent.Run, error)
	// Events returns up to limit events with a number above after, in order.
	Events(ctx context.Context, run string, after int64, limit int) ([]agent.Event, error)
	PhiLine(ctx context.Context, run string) ([]catalog.PhiPoint, error)
}

// Config is what the exports are made of.
type Config struct {
	Runs Runs
}

// Section is the exports.
type Section struct {
	*ui.Kit
	cfg Config
	run *runpage.Section
}

// New returns the exports; run shows what people did.
func New(kit *ui.Kit, run *runpage.Section, cfg Config) *Section {
	return &Section{Kit: kit, cfg: cfg, run: run}
}
