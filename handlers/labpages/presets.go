package labpages

import (
	"context"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/agent/experiments"
	"purposeagent/handlers/ui"
	"purposeagent/internal/lab"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// The audit of one rule is an experiment for any environment; the others are
// those that the environments name.
const (
	auditName  = "audit"
	auditTitle = "Audit one rule"
	auditNote  = "My library as it stands, with and without one rule, on the same tasks"
)

func auditForm() labForm {
	return labForm{Source: lab.SourceLibrary, Arms: []string{string(lab.Off), string(lab.On)}, Test: "200"}
}

// labFormStart chooses what the form starts with.
func (s *Section) labFormStart(c echo.Context) (labPage, error) {
	ctx, q := c.Request().Context(), c.QueryParams()
	switch {
	case q.Get("from") != "":
		x, err := s.cfg.Lab.Get(ctx, q.Get("from"))
		if err != nil {
			return labPage{}, err
		}
		return s.labFormFrom(c, x)
	case q.Get("environment.name") != "":
		return s.labPageOf(c, readLabForm(q))
	case q.Get("audit") != "":
		return s.labFormAudit(c, q.Get("audit"))
	}
	designs := ui.DesignsOf(s.Environments.Kinds())
	name := q.Get("preset")
	if name == auditName || name == "" && len(designs) == 0 {
		p, err := s.labPageOf(c, auditForm())
		p.note = "Filled with the preset " + auditTitle + "."
		return p, err
	}
	at := slices.IndexFunc(designs, func(d ui.PlacedDesign) bool { return d.Name == name })
	if name == "" {
		at = 0
	}
	if at < 0 {
		return labPage{}, agent.Errorf(agent.CodeNotFound, "there is no preset %q of an experiment", agent.Clip(name, 40))
	}
	return s.labFormOfDesign(c, designs[at])
}

// labFormOfDesign is the form of an experiment that an environment names.
func (s *Section) labFormOfDesign(c echo.Context, d ui.PlacedDesign) (labPage, error) {
	var ask lab.Request
	if err := d.Request.Decode(&ask); err != nil {
		return labPage{}, err
	}
	ask.Spec.Environment.Name = d.Environment
	p, err := s.labPageOf(c, labForm{Environment: d.Environment})
	if err != nil {
		return p, err
	}
	p.form = formOfRequest(ask, p.schema).withDefaults()
	p.note = "Filled with the preset " + d.Title + "."
	return p, nil
}

// labFormFrom asks for the same experiment again.
func (s *Section) labFormFrom(c echo.Context, x experiments.Experiment) (labPage, error) {
	ask, err := requestOf(x)
	if err != nil {
		return labPage{}, err
	}
	p, err := s.labPageOf(c, labForm{Environment: ask.Spec.Environment.Name})
	if err != nil {
		return p, err
	}
	p.form = formOfRequest(ask, p.schema).withDefaults()
	p.note = "Filled from " + x.Name + ": the same experiment, with its seeds."
	if suite := ask.Spec.Suite; suite != nil { // the form draws tasks
		p.form.Train, p.form.Test, p.form.TrainFrom, p.form.TestFrom = "", "", "", ""
		p.note = "Filled from " + x.Name + ", but for its tasks: they are those of the suite " + suite.Name + ", and are taken again by: purpose lab --suite " + ui.ShellQuote(suite.Name)
	}
	return p, nil
}

// labFormAudit compares the library with and without one rule.
func (s *Section) labFormAudit(c echo.Context, id string) (labPage, error) {
	rule, err := s.cfg.Library.Get(c.Request().Context(), id)
	if err != nil {
		return labPage{}, err
	}
	form := auditForm()
	form.LeaveOut, form.Environment = rule.ID, rule.Scope.Environment
	if !s.hasEnvironment(form.Environment) {
		form.Environment = ""
	}
	p, err := s.labPageOf(c, form)
	if err == nil {
		p.form.Config = p.schema.Values(s.whereLearned(c.Request().Context(), rule))
	}
	p.note = "An audit of the rule " + ui.Quoted(rule.Title) + ": the library as it stands, with it and without it."
	return p, err
}

// whereLearned is the configuration of a run that speaks for the rule, empty
// where they are gone.
func (s *Section) whereLearned(ctx context.Context, h *agent.Heuristic) agent.Object {
	for _, e := range h.Evidence {
		if run, err := s.cfg.Runs.Get(ctx, e.Run); err == nil && run.Spec.Environment.Name == h.Scope.Environment {
			return run.Spec.Environment.Config
		}
	}
	return ""
}

// requestOf reads what was asked of an experiment.
func requestOf(x experiments.Experiment) (lab.Request, error) {
	var ask lab.Request
	if err := x.Spec.Decode(&ask); err != nil {
		return ask, err
	}
	if ask.Spec.Environment.Name == "" { // the bare specification of one world
		if err := x.Spec.Decode(&ask.Spec); err != nil {
			return ask, err
		}
	}
	return ask, nil
}

func (s *Section) hasEnvironment(name string) bool {
	return slices.ContainsFunc(s.Environments.Kinds(), func(k ui.Kind) bool { return k.Name == name })
}

// postedLabForm is the page of a posted form, with what the lab says to it.
func (s *Section) postedLabForm(c echo.Context) (labPage, error) {
	values, err := c.FormParams()
	if err != nil {
		return labPage{}, agent.Wrap(agent.CodeInvalid, err, "the form could not be read")
	}
	form, ctx := readLabForm(values), c.Request().Context()
	id, problem := s.ruleNamed(ctx, form.LeaveOut)
	form.LeaveOut = id
	p, err := s.labPageOf(c, form)
	if problem != "" && err == nil {
		p.problems["leave_out"] = problem
	}
	return p, err
}

// labPageOf finds the form's environment; an unknown one is a message beside
// the choice, not a failure.
func (s *Section) labPageOf(c echo.Context, form labForm) (labPage, error) {
	kinds := s.Environments.Kinds()
	ctx := c.Request().Context()
	p := labPage{kinds: kinds, form: form.withDefaults(), problems: map[string]string{}, link: s.Link, called: s.RuleTitles(ctx), models: s.cfg.KnownModels(ctx),
		api:      s.Origins.Base(c.Request()) + s.Path("/api/v1/experiments"),
		plan:     func(ask lab.Request) (lab.Request, error) { return s.planExperiment(ctx, ask) },
		ruleText: func(id string) string { return s.ruleText(ctx, id) }}
	if len(kinds) == 0 {
		return p, agent.Errorf(agent.CodeUnavailable, "no environment is installed")
	}
	at := max(slices.IndexFunc(kinds, func(k ui.Kind) bool { return k.Name == form.Environment }), 0)
	if p.kind = kinds[at]; form.Environment != "" && p.kind.Name != form.Environment {
		p.problems["environment.name"] = "there is no environment of this name; choose one of these"
	}
	p.form.Environment = p.kind.Name
	p.took = s.pastLabTimes(ctx, p.kind.Name)
	p.rules = s.rulesToLeaveOut(ctx, p.kind.Name)
	var err error
	if p.schema, err = ui.ParseSchema(p.kind.Schema); err != nil {
		return p, err
	}
	p.schema = p.schema.Without("split", "draw") // the experiment sets them itself
	return p, nil
}

func (s *Section) planExperiment(ctx context.Context, ask lab.Request) (lab.Request, error) {
	return s.cfg.Lab.Plan(ctx, ask)
}

// presets are the links that fill the form.
func (p labPage) presets() []pages.Preset {
	var out []pages.Preset
	add := func(name, title, note string) {
		out = append(out, pages.Preset{Link: partials.Link{Text: title, Href: p.link("/lab/new?preset=" + url.QueryEscape(name))}, Note: note})
	}
	for _, d := range ui.DesignsOf(p.kinds) {
		add(d.Name, d.Title, d.Text)
	}
	add(auditName, auditTitle, auditNote)
	return out
}
