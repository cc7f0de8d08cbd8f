package launch

import (
	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/handlers/ui"
)

// more is how many runs one press launches after a run.
const more = 10

// launchTen starts ten more tasks of a run's kind, each with a seed of its own and
// without a pace: they are launched to be learned from, one after the other.
func (s *Section) launchTen(c echo.Context) error {
	ctx := c.Request().Context()
	run, err := s.cfg.Runs.Get(ctx, c.Param("id"))
	if err != nil {
		return err
	}
	if !ui.Teaches(run) {
		return agent.Errorf(agent.CodeConflict, "runs like this one teach nothing, so that ten more would show nothing; launch new ones instead")
	}
	runs, err := s.cfg.Launcher.Launch(ctx, s.moreOf(run))
	if err != nil {
		return err
	}
	return s.SeeOther(c, launchedPath(runs))
}

// moreOf is what ten more runs of a kind do. A purpose that the world drew is drawn anew.
func (s *Section) moreOf(run agent.Run) agent.RunSpec {
	spec := run.Spec
	spec.Repeats, spec.Seed, spec.Draw, spec.Pace, spec.Twin = more, 0, 0, 0, false
	for _, kind := range s.Environments.Kinds() {
		if kind.Name == spec.Environment.Name && drew(kind, run) {
			spec.Purpose = ""
		}
	}
	return spec
}

// drew reports whether the purpose of a run was drawn from its seed.
func drew(kind ui.Kind, run agent.Run) bool {
	if kind.DrawPurpose == nil {
		return false
	}
	purpose, err := kind.DrawPurpose(run.Spec.Environment.Config, run.Seed)
	return err == nil && purpose == run.Spec.Purpose
}
