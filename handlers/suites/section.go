// Package suites is the pages of task suites: the list, one suite with its tasks,
// versions and runs, how one is imported, changed and done, and two runs compared.
package suites

import (
	"context"

	"github.com/labstack/echo/v4"

	"purposeagent/agent/suites"
	"purposeagent/handlers/runs"
	"purposeagent/handlers/ui"
	"purposeagent/internal/suitefile"
)

// Config is what the pages work with.
type Config struct {
	Suites      Suites // nil: there are no such pages
	KnownModels func(ctx context.Context) []string
}

// Suites keeps and does task suites. Errors: CodeNotFound; CodeInvalid where a task
// can't be worked on here; CodeConflict for a name that is taken, for what is frozen,
// and for a change of a version that is not the newest.
type Suites interface {
	List(ctx context.Context) ([]suites.Info, error)
	Get(ctx context.Context, suite string) (suites.Info, error)
	Import(ctx context.Context, by string, suite suites.Suite, note string) (suites.Info, error)
	Change(ctx context.Context, by, id string, base int, suite suites.Suite, note string) (suites.Info, error)
	Copy(ctx context.Context, by, suite string, version int, name string) (suites.Info, error)
	Freeze(ctx context.Context, by, id string) (suites.Info, error)
	Delete(ctx context.Context, by, id string) error
	Load(ctx context.Context, suite string, version int) (suites.Info, suites.Suite, error)
	Version(ctx context.Context, id string, number int) (suites.Version, error)
	Versions(ctx context.Context, id string) ([]suites.Version, error)
	ReadPath(path string, o suitefile.Options) (suites.Suite, error)
	ReadsPaths() bool // ReadPath is allowed
	Start(ctx context.Context, by, suite string, ask suites.Ask) (suites.Run, error)
	Outcomes(ctx context.Context, id string) ([]suites.Outcome, error)
	Outcome(ctx context.Context, id string) (suites.Outcome, error)
	// OfGroup returns the run of a suite that a group of runs is; nil for any other.
	OfGroup(ctx context.Context, group string) (*suites.Run, error)
	Compare(ctx context.Context, before, after string) (suites.Comparison, error)
}

// OfGroup tells the pages of groups which suite one is a run of. Nil where there are
// no suites.
func (c *Config) OfGroup() func(ctx context.Context, group string) (*runs.SuiteRun, error) {
	if c.Suites == nil {
		return nil
	}
	return func(ctx context.Context, group string) (*runs.SuiteRun, error) {
		run, err := c.Suites.OfGroup(ctx, group)
		if err != nil || run == nil {
			return nil, err
		}
		info, err := c.Suites.Get(ctx, run.Suite)
		if err != nil {
			return nil, err
		}
		return &runs.SuiteRun{ID: info.ID, Name: info.Name, Version: run.Version}, nil
	}
}

// Section is these pages.
type Section struct {
	*ui.Kit
	cfg Config
}

// New returns the pages.
func New(kit *ui.Kit, cfg Config) *Section { return &Section{Kit: kit, cfg: cfg} }

// Register adds the routes.
func (s *Section) Register(g *echo.Group) {
	if s.cfg.Suites == nil {
		return
	}
	g.GET("/suites", s.list)
	g.GET("/suites/new", s.importForm)
	g.POST("/suites", s.importSuite)
	g.GET("/suites/:id", s.show)
	g.GET("/suites/:id/export", s.export)
	g.GET("/suites/:id/edit", s.editForm)
	g.POST("/suites/:id/edit", s.edit)
	g.GET("/suites/:id/task", s.taskForm)
	g.POST("/suites/:id/task", s.changeTask)
	g.POST("/suites/:id/task/remove", s.removeTask)
	g.GET("/suites/:id/run", s.runForm)
	g.POST("/suites/:id/run", s.run)
	g.POST("/suites/:id/run/preview", s.previewRun)
	g.GET("/suites/:id/compare", s.compare)
	g.POST("/suites/:id/freeze", s.freeze)
	g.POST("/suites/:id/copy", s.copySuite)
	g.POST("/suites/:id/delete", s.deleteSuite)
}
