// Package environments is the pages about kinds of environments: what there is,
// what each can do, and a console in which a person acts in one by hand.
package environments

import (
	"context"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/files"
	"purposeagent/agent/powers"
	"purposeagent/handlers/ui"
	"purposeagent/internal/console"
)

// Config is what the pages work with.
type Config struct {
	Runs    Runs
	Library Library
	// About returns what a kind with its default settings says of itself, without
	// starting a program. nil: nobody can tell.
	About func(name string) About
	// Consoles are sessions in which people act. nil: there are none.
	Consoles Consoles
}

// About is what an environment says of itself. Known is false where only a
// program could tell that has not run.
type About struct {
	Known   bool
	Powers  powers.Powers
	Actions []agent.ActionSpec
	Text    string // what an actor is told
}

type (
	// Runs counts runs.
	Runs interface {
		Facets(ctx context.Context, q catalog.RunQuery) (catalog.RunFacets, error)
	}
	// Library counts rules.
	Library interface {
		Report(ctx context.Context) (agent.LibraryReport, error)
	}
	// Consoles are sessions of people in environments. Errors: CodeNotFound for a
	// session that has ended; CodeConflict where something else was done since turn,
	// with the session as it is now.
	Consoles interface {
		// Begin resets an environment. A seed of 0 is drawn, and so is an empty purpose
		// where the environment draws its tasks. CodeInvalid has a message per field.
		Begin(ctx context.Context, ref agent.EnvironmentRef, purpose string, seed int64) (console.View, error)
		Look(id string) (console.View, error)
		Act(ctx context.Context, id string, turn int, action agent.Action) (console.View, error)
		Restart(ctx context.Context, id string, turn int) (console.View, error)
		End(ctx context.Context, id string, turn int) (console.View, error)
		Picture(id string, turn int) (string, error)
		File(id, name string) (files.File, []byte, error)
	}
)

// Section is these pages.
type Section struct {
	*ui.Kit
	cfg Config
}

// New returns the pages.
func New(kit *ui.Kit, cfg Config) *Section { return &Section{Kit: kit, cfg: cfg} }

// Register adds the routes.
func (s *Section) Register(g *echo.Group) {
	g.GET("/environments", s.list)
	g.GET("/environments/:kind", s.show)
	if s.cfg.Consoles == nil {
		return
	}
	g.POST("/environments/:kind/console", s.begin)
	g.GET("/environments/:kind/console/:id", s.showConsole)
	g.POST("/environments/:kind/console/:id/act", s.act)
	g.POST("/environments/:kind/console/:id/restart", s.restart)
	g.POST("/environments/:kind/console/:id/end", s.end)
	g.GET("/environments/:kind/console/:id/picture.svg", s.picture)
	g.GET("/environments/:kind/console/:id/files/:name", s.file)
}
