package runs

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/agent/experiments"
	"purposeagent/agent/reveal"
	"purposeagent/handlers/ui"
	"purposeagent/internal/demo"
	"purposeagent/internal/lab"
	"purposeagent/views/layout"
	"purposeagent/views/runsview"
)

type (
	// Demo plays the demonstration of a first visit. Errors: CodeNotFound for a group
	// that is none, CodeInvalid for a pace that can't be kept.
	Demo interface {
		Start(ctx context.Context, seconds int) (demo.State, error)
		Last(ctx context.Context) (st demo.State, found bool, err error)
		Get(ctx context.Context, group string) (demo.State, error)
		Pause(ctx context.Context, group string, paused bool) error
		Pace(ctx context.Context, group string, seconds int) error
		// Changed returns a number that grows with each change that the page of a
		// demonstration shows, whether all of its runs have ended, and a channel that is
		// closed with the next change.
		Changed(group string) (n int64, over bool, next <-chan struct{})
		// Learned returns what the library says now of a world.
		Learned(ctx context.Context, ref agent.EnvironmentRef) (demo.Learned, error)
		// Together is how many tasks of a proof are done at once.
		Together() int
		// Secrets opens what was to be found in a world, none where there are no secrets.
		Secrets(ref agent.EnvironmentRef) (reveal.Secrets, error)
	}
	// Lab starts experiments.
	Lab interface {
		Start(ctx context.Context, by string, ask lab.Request) (experiments.Experiment, error)
	}
)

// demoSeconds is the pace of a demonstration that nobody chose: a minute is a minute.
const demoSeconds = 60

// proofTasks is how many tasks that were never seen a proof does with memory, and
// again without.
const proofTasks = 60

func (s *Section) registerDemo(g *echo.Group) {
	g.GET("/demo", s.lastDemo)
	g.POST("/demo", s.startDemo)
	g.GET("/demo/:group", s.showDemo)
	g.GET("/demo/:group/live", s.watchDemo)
	g.POST("/demo/:group/pause", s.pauseDemo)
	g.POST("/demo/:group/resume", s.resumeDemo)
	g.POST("/demo/:group/pace", s.paceDemo)
	g.POST("/demo/:group/prove", s.proveDemo)
}

func demoPath(group string) string { return "/demo/" + url.PathEscape(group) }

// lastDemo leads to the last demonstration, or to the button that starts the first.
func (s *Section) lastDemo(c echo.Context) error {
	if s.cfg.Demo == nil {
		return s.cfg.ShowWelcome(c)
	}
	st, found, err := s.cfg.Demo.Last(c.Request().Context())
	if err != nil {
		return err
	}
	if found {
		if _, err := s.cfg.Runs.Group(c.Request().Context(), st.Group); err == nil {
			return s.SeeOther(c, demoPath(st.Group))
		}
	}
	return s.cfg.ShowWelcome(c)
}

// startDemo launches a demonstration and shows it; one that is being played is shown.
func (s *Section) startDemo(c echo.Context) error {
	if s.cfg.Demo == nil {
		return agent.Errorf(agent.CodeUnavailable, "this program was built without the demo")
	}
	seconds, err := secondsOf(c.FormValue("seconds"), demoSeconds)
	if err != nil {
		return err
	}
	st, err := s.cfg.Demo.Start(c.Request().Context(), seconds)
	if err != nil {
		return err
	}
	return s.SeeOther(c, demoPath(st.Group))
}

func secondsOf(text string, otherwise int) (int, error) {
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, agent.InvalidFields(map[string]string{"seconds": "must be a whole number"})
	}
	return n, nil
}

// demoOf finds the demonstration that an address names, with its runs.
func (s *Section) demoOf(c echo.Context) (demo.State, []agent.Run, error) {
	ctx := c.Request().Context()
	if s.cfg.Demo == nil {
		return demo.State{}, nil, agent.Errorf(agent.CodeNotFound, "this program was built without the demo")
	}
	st, err := s.cfg.Demo.Get(ctx, c.Param("group"))
	if err != nil {
		return st, nil, err
	}
	runs, err := s.cfg.Runs.Group(ctx, st.Group)
	if err == nil && len(runs) == 0 {
		err = agent.Errorf(agent.CodeNotFound, "the runs of this demonstration were deleted")
	}
	return st, runs, err
}

// watchDemo tells a live page when there is something new to ask for.
func (s *Section) watchDemo(c echo.Context) error {
	if s.cfg.Demo == nil || s.cfg.Watch == nil {
		return agent.Errorf(agent.CodeNotFound, "this program was built without the demo")
	}
	st, err := s.cfg.Demo.Get(c.Request().Context(), c.Param("group"))
	if err != nil {
		return err
	}
	return s.cfg.Watch(c, func() (int64, bool, <-chan struct{}) { return s.cfg.Demo.Changed(st.Group) })
}

// showDemo shows a demonstration. A live page asks again when it is told that something
// changed, with the version it shows, and gets nothing if that is what it has.
func (s *Section) showDemo(c echo.Context) error {
	var seen int64
	if s.cfg.Demo != nil {
		seen, _, _ = s.cfg.Demo.Changed(c.Param("group")) // before anything is read: what changes meanwhile is told
	}
	st, runs, err := s.demoOf(c)
	if err != nil {
		return err
	}
	told := demoTold{seen: seen, state: st, runs: runs, version: groupVersion(progressOf(runs)) + "-" + ui.Itoa(st.Seconds) + strconv.FormatBool(st.Paused)}
	if ui.IsFragment(c) && c.QueryParam("v") == told.version {
		return c.NoContent(http.StatusNoContent)
	}
	ctx, ref := c.Request().Context(), runs[0].Spec.Environment
	if told.learned, err = s.cfg.Demo.Learned(ctx, ref); err != nil {
		return err
	}
	if told.secrets, err = s.cfg.Demo.Secrets(ref); err != nil {
		return err
	}
	told.reveal = c.QueryParam("reveal") != "" && told.over()
	view := s.demoView(told)
	if ui.IsFragment(c) {
		return s.Render(c, http.StatusOK, runsview.DemoUpdate(view))
	}
	frame := layout.Frame{Title: "Demonstration", Live: view.Ask != "", Keys: demoKeys, Scripts: s.demoScripts(),
		Crumbs: []layout.Crumb{{Label: "Runs", Href: s.Link("/runs")}, {Label: "Demonstration"}}}
	return s.Page(c, http.StatusOK, frame, runsview.DemoPage(view))
}

// demoKeys are the page's part of the keyboard help.
var demoKeys = []layout.Key{
	{Keys: []string{"p"}, Does: "pause the demonstration, or go on"},
	{Keys: []string{"space"}, Does: "play or pause the film that has the focus"},
	{Keys: []string{"←", "→"}, Does: "one step back, one step on, in that film"},
}

func (s *Section) pauseDemo(c echo.Context) error  { return s.holdDemo(c, true) }
func (s *Section) resumeDemo(c echo.Context) error { return s.holdDemo(c, false) }

func (s *Section) holdDemo(c echo.Context, paused bool) error {
	st, _, err := s.demoOf(c)
	if err == nil {
		err = s.cfg.Demo.Pause(c.Request().Context(), st.Group, paused)
	}
	return s.afterDemo(c, st.Group, err)
}

// afterDemo shows what a control did: in its place, or as the page.
func (s *Section) afterDemo(c echo.Context, group string, err error) error {
	switch {
	case err != nil:
		return err
	case ui.IsFragment(c):
		return s.showDemo(c)
	}
	return s.SeeOther(c, demoPath(group))
}

func (s *Section) paceDemo(c echo.Context) error {
	st, _, err := s.demoOf(c)
	if err != nil {
		return err
	}
	seconds, err := secondsOf(c.FormValue("seconds"), demoSeconds)
	if err == nil {
		err = s.cfg.Demo.Pace(c.Request().Context(), st.Group, seconds)
	}
	return s.afterDemo(c, st.Group, err)
}

// proveDemo starts the experiment that does tasks which nobody has seen, with what
// was learned and without.
func (s *Section) proveDemo(c echo.Context) error {
	st, runs, err := s.demoOf(c)
	if err != nil {
		return err
	}
	if s.cfg.Lab == nil {
		return agent.Errorf(agent.CodeUnavailable, "there is no Lab here")
	}
	x, err := s.cfg.Lab.Start(c.Request().Context(), ui.Person, lab.Request{Name: "Demonstration, world " + ui.Itoa(st.World) + ": tasks it has never seen",
		Spec: lab.Spec{Environment: runs[0].Spec.Environment, Source: lab.SourceLibrary, Arms: []lab.Arm{lab.Off, lab.On}, Test: proofTasks}})
	if err != nil {
		return err
	}
	return s.SeeOther(c, "/lab/"+url.PathEscape(x.ID))
}

// proofTime is how long a proof takes by the speed of the last tasks of a
// demonstration: with so many at once as the Lab does at best, and one after the other
// at worst; 0 where nothing is known of one of the arms.
func proofTime(arms []arm, together int) (low, high time.Duration) {
	const last = 20
	for _, a := range arms {
		var spent time.Duration
		n := 0
		for _, i := range a.at[max(0, len(a.at)-last):] {
			if run := a.runs[i]; run.StartedAt != nil && run.EndedAt != nil {
				spent += run.EndedAt.Sub(*run.StartedAt)
				n++
			}
		}
		if n == 0 {
			return 0, 0
		}
		high += proofTasks * spent / time.Duration(n)
	}
	return high / time.Duration(min(max(together, 1), proofTasks*max(len(arms), 1))), high
}
