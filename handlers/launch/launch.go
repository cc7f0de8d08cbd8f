package launch

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/handlers/ui"
	"purposeagent/views/launchview"
	"purposeagent/views/layout"
)

// lastInputsKey names the setting that keeps what was launched last.
const lastInputsKey = "last_launch"

// Register adds the routes.
func (s *Section) Register(g *echo.Group) {
	g.GET("/runs/new", s.newRun)
	g.POST("/runs/new/preview", s.previewRun)
	g.POST("/runs", s.launchRuns)
	g.POST("/runs/:id/ten", s.launchTen)
	g.GET("/welcome", s.ShowWelcome)
}

// newRun shows the form, filled from a run, a preset, a link or the last
// launch. For htmx it is the part that follows the chosen environment.
func (s *Section) newRun(c echo.Context) error {
	p, err := s.launchStart(c)
	if err != nil {
		return err
	}
	if ui.IsFragment(c) {
		return s.Render(c, http.StatusOK, launchview.NewRunFollows(p.view()))
	}
	return s.showLaunch(c, http.StatusOK, p)
}

// previewRun says what the inputs would launch.
func (s *Section) previewRun(c echo.Context) error {
	values, err := c.FormParams()
	if err != nil {
		return agent.Wrap(agent.CodeInvalid, err, "the form could not be read")
	}
	p, err := s.launchPageOf(c, readLaunchForm(values))
	if err != nil {
		return err
	}
	return s.Render(c, http.StatusOK, launchview.NewRunUpdate(p.aside()))
}

// launchRuns starts what the form says, or shows the form with what is wrong.
func (s *Section) launchRuns(c echo.Context) error {
	values, err := c.FormParams()
	if err != nil {
		return agent.Wrap(agent.CodeInvalid, err, "the form could not be read")
	}
	form := readLaunchForm(values)
	p, err := s.launchPageOf(c, form)
	if err != nil {
		return err
	}
	spec, problems := s.launchSpec(p)
	if len(problems) == 0 {
		runs, err := s.cfg.Launcher.Launch(c.Request().Context(), spec)
		if err == nil {
			s.rememberInputs(c.Request().Context(), form)
			return s.SeeOther(c, launchedPath(runs))
		}
		if problems = ui.ProblemsOf(err); problems == nil {
			return err
		}
	}
	p.problems = problems
	return s.showLaunch(c, http.StatusUnprocessableEntity, p)
}

// ShowWelcome is the first visit; the list of runs shows it too while there are none.
func (s *Section) ShowWelcome(c echo.Context) error {
	return s.Page(c, http.StatusOK, layout.Frame{Title: "Welcome", Crumbs: []layout.Crumb{{Label: "Welcome"}}},
		launchview.WelcomePage(s.welcomeView()))
}

func (s *Section) showLaunch(c echo.Context, status int, p launchPage) error {
	if ref := c.QueryParam("models.actor"); ref != "" && c.Request().Method == http.MethodGet {
		p.form.Actor, p.form.Pace = ref, ""
	}
	return s.Page(c, status, layout.Frame{Title: "New run",
		Crumbs: []layout.Crumb{{Label: "Runs", Href: s.Link("/runs")}, {Label: "New run"}}}, launchview.NewRunPage(p.view()))
}

// launchStart chooses what the form starts with.
func (s *Section) launchStart(c echo.Context) (launchPage, error) {
	ctx, q := c.Request().Context(), c.QueryParams()
	if from := q.Get("from"); from != "" {
		run, err := s.cfg.Runs.Get(ctx, from)
		if err != nil {
			return launchPage{}, err
		}
		return s.launchFrom(c, run)
	}
	if q.Get("environment.name") != "" {
		p, err := s.launchPageOf(c, readLaunchForm(q))
		switch {
		case err != nil:
		case q.Get("preset") != "":
			err = p.usePreset(q.Get("preset"))
		case p.borrowed():
			err = p.usePreset(p.kind.Presets[0].Name)
		}
		return p, err
	}
	if q.Get("fresh") != "" {
		return s.launchFresh(c)
	}
	stored, err := s.cfg.Settings.Get(ctx, lastInputsKey)
	if err != nil {
		return launchPage{}, err
	}
	if stored.IsEmpty() {
		return s.launchFresh(c)
	}
	p, err := s.launchPageOf(c, lastInputs(stored).kept())
	p.note = "World, task, models and limits of steps are those of your last launch; repeats, memory, approval, budget, seed and tags start anew."
	return p, err
}

// launchFresh is the form of a first launch: the first preset of the first
// environment, at a pace that people can follow.
func (s *Section) launchFresh(c echo.Context) (launchPage, error) {
	p, err := s.launchPageOf(c, launchForm{Pace: "0.3"})
	if err == nil && len(p.kind.Presets) > 0 {
		err = p.usePreset(p.kind.Presets[0].Name)
	}
	return p, err
}

func (s *Section) launchFrom(c echo.Context, run agent.Run) (launchPage, error) {
	p, err := s.launchPageOf(c, launchForm{Environment: run.Spec.Environment.Name})
	if err != nil {
		return p, err
	}
	spec := run.Spec
	spec.Seed = run.Seed
	p.form = formOfSpec(spec, p.schema)
	p.note = "Filled from run " + run.ID + ", with its seed: the same task again."
	return p, nil
}

// launchPageOf finds the form's environment; an unknown one is a message
// beside the choice, not a failure.
func (s *Section) launchPageOf(c echo.Context, form launchForm) (launchPage, error) {
	p := launchPage{kinds: s.Environments.Kinds(), form: form.withDefaults(), problems: map[string]string{}, rules: -1,
		link: s.Link, api: s.Origins.Base(c.Request()) + s.Path("/api/v1/runs")}
	p.models = s.cfg.KnownModels(c.Request().Context())
	if len(p.kinds) == 0 {
		return p, agent.Errorf(agent.CodeUnavailable, "no environment is installed")
	}
	p.kind = p.kinds[0]
	found := form.Environment == ""
	for _, k := range p.kinds {
		if k.Name == form.Environment {
			p.kind, found = k, true
		}
	}
	if !found {
		p.problems["environment.name"] = "there is no environment of this name; choose one of these"
	}
	p.form.Environment = p.kind.Name
	if p.kind.Approval == "" && p.form.Approval == approveNone {
		p.form.Approval = "" // it says the same, and must not be taken along to where it says more
	}
	p.took = s.pastRunTimes(c.Request().Context(), p.kind.Name)
	if report, err := s.cfg.Library.Report(c.Request().Context()); err == nil {
		p.rules = report.Usable[p.kind.Name] + report.Usable[""]
	}
	var err error
	p.schema, err = ui.ParseSchema(p.kind.Schema)
	return p, err
}

// usePreset fills the form with one of the environment's presets.
// borrowed reports whether the purpose is a preset of another environment, as
// it is when a person changes the environment of an untouched form.
func (p *launchPage) borrowed() bool {
	return len(p.kind.Presets) > 0 && slices.ContainsFunc(p.kinds, func(k ui.Kind) bool {
		return k.Name != p.kind.Name && slices.ContainsFunc(k.Presets, func(preset ui.Preset) bool {
			return p.form.Purpose != "" && preset.Purpose == p.form.Purpose
		})
	})
}

// usePreset fills the form from a preset of its environment, or CodeNotFound.
func (p *launchPage) usePreset(name string) error {
	for _, preset := range p.kind.Presets {
		if preset.Name == name {
			p.form.Config, p.form.Purpose = p.schema.Values(preset.Config), preset.Purpose
			if preset.MaxSteps > 0 {
				p.form.MaxSteps = strconv.Itoa(preset.MaxSteps)
			}
			p.note = "Filled with the preset " + preset.Title + "."
			return nil
		}
	}
	return agent.Errorf(agent.CodeNotFound, "there is no preset %q for %s", name, p.kind.Title)
}

// launchSpec checks all that can be checked before the launch, so that a
// person sees every message at once.
func (s *Section) launchSpec(p launchPage) (agent.RunSpec, map[string]string) {
	spec, problems := p.form.spec(p.schema)
	merge := func(err error) {
		for name, text := range ui.ProblemsOf(err) {
			if _, told := problems[name]; !told {
				problems[name] = text
			}
		}
	}
	maps.Copy(problems, p.problems)
	if err := spec.Check(); err != nil {
		merge(err)
		if p.kind.DrawPurpose != nil && p.form.Purpose == "" {
			delete(problems, "purpose")
		}
	}
	config, err := s.Environments.Check(spec.Environment.Name, spec.Environment.Config)
	if err != nil {
		merge(err)
		return spec, problems
	}
	spec.Environment.Config = config
	return spec, problems
}

// rememberInputs keeps the form for the next visit. Losing it loses no run, so
// a failure is only logged.
func (s *Section) rememberInputs(ctx context.Context, form launchForm) {
	object, err := form.kept().object()
	if err == nil {
		err = s.cfg.Settings.Set(ctx, lastInputsKey, object)
	}
	if err != nil {
		s.Logger.WarnContext(ctx, "last inputs not kept", "err", err)
	}
}

// launchedPath is where a launch leads: its run, or its group.
func launchedPath(runs []agent.Run) string {
	switch {
	case len(runs) == 0:
		return "/runs"
	case len(runs) > 1 && runs[0].Group != "":
		return "/groups/" + url.PathEscape(runs[0].Group)
	}
	return "/runs/" + url.PathEscape(runs[0].ID)
}
