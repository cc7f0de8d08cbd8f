package handlers

import (
	"context"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/internal/lab"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// labPreset fills the form with an experiment that is worth doing.
type labPreset struct {
	name, title, note string
	environment       string
	form              labForm
}

// labPresets are offered where their environment is there. The audit is of any
// environment.
var labPresets = []labPreset{
	{"workshop", "The workshop proof", "Ten secret worlds, 200 orders to learn from, 100 held out, against off, placebo and append-successes", "workshop",
		labForm{Arms: []string{"off", "on", "placebo", "append-successes"}, Train: "200", Test: "100", Worlds: "1-10", Curve: "0,25,50,100,200"}},
	{"negative", "Negative control", "Rewards are drawn at random: a Lab that finds a gain here can't be trusted", "workshop",
		labForm{Config: map[string]string{"rewards": "random"}, Arms: []string{"off", "on"}, Train: "200", Test: "100", Worlds: "1-10"}},
	{"maze", "Mazes, from outcomes alone", "No critic: it learns from success and failure, and every maze is a new one", "maze",
		labForm{Arms: []string{"off", "on", "append-successes", "explorer"}, Train: "200", Test: "100", Judge: lab.CriticOutcome, Curve: "0,25,50,100,200"}},
	{"pollution", "Pollution stress", "Three distractors for each learned rule: the gain must survive", "workshop",
		labForm{Arms: []string{"off", "on", "placebo", "clean"}, Train: "200", Test: "100", Pollution: "75", Worlds: "1-10"}},
	{"change", "The laws change", "After 100 tasks each world gets the laws of another one, and nobody says so: how soon is it noticed and relearned?", "workshop",
		labForm{Arms: []string{"off", "on"}, Train: "200", Test: "100", Worlds: "1-10", Curve: "100,125,150,200", ChangeAt: "100", ChangeConfig: `{"world":101}`}},
	{"planted", "False rules", "Twenty false rules are in the library before the training: how soon are they found out?", "workshop",
		labForm{Arms: []string{"off", "on"}, Train: "200", Test: "100", Worlds: "1-10", Planted: "20"}},
	{"audit", "Audit one rule", "My library as it stands, with and without one rule, on the same tasks", "",
		labForm{Source: lab.SourceLibrary, Arms: []string{"off", "on"}, Test: "200"}},
}

// labFormStart chooses what the form starts with.
func (s *Server) labFormStart(c echo.Context) (labPage, error) {
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
	name := firstOf(q.Get("preset"), labPresets[0].name)
	at := slices.IndexFunc(labPresets, func(p labPreset) bool { return p.name == name })
	if at < 0 {
		return labPage{}, agent.Errorf(agent.CodeNotFound, "there is no preset %q of an experiment", agent.Clip(name, 40))
	}
	preset := labPresets[at]
	form := preset.form
	form.Environment = preset.environment
	if !s.hasEnvironment(preset.environment) {
		form.Environment = ""
	}
	p, err := s.labPageOf(c, form)
	p.note = "Filled with the preset " + preset.title + "."
	return p, err
}

// labFormFrom asks for the same experiment again.
func (s *Server) labFormFrom(c echo.Context, x agent.Experiment) (labPage, error) {
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
	return p, nil
}

// labFormAudit compares the library with and without one rule.
func (s *Server) labFormAudit(c echo.Context, id string) (labPage, error) {
	rule, err := s.cfg.Library.Get(c.Request().Context(), id)
	if err != nil {
		return labPage{}, err
	}
	form := labPresets[len(labPresets)-1].form
	form.LeaveOut, form.Environment = rule.ID, rule.Scope.Environment
	if !s.hasEnvironment(form.Environment) {
		form.Environment = ""
	}
	p, err := s.labPageOf(c, form)
	if err == nil {
		p.form.Config = p.schema.values(s.whereLearned(c.Request().Context(), rule))
	}
	p.note = "An audit of the rule " + quoted(rule.Title) + ": the library as it stands, with it and without it."
	return p, err
}

// whereLearned is the configuration of a run that speaks for the rule, empty
// where they are gone.
func (s *Server) whereLearned(ctx context.Context, h *agent.Heuristic) agent.Object {
	for _, e := range h.Evidence {
		if run, err := s.cfg.Runs.Get(ctx, e.Run); err == nil && run.Spec.Environment.Name == h.Scope.Environment {
			return run.Spec.Environment.Config
		}
	}
	return ""
}

// requestOf reads what was asked of an experiment.
func requestOf(x agent.Experiment) (lab.Request, error) {
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

func (s *Server) hasEnvironment(name string) bool {
	return slices.ContainsFunc(s.cfg.Environments.Kinds(), func(k Kind) bool { return k.Name == name })
}

// postedLabForm is the page of a posted form, with what the lab says to it.
func (s *Server) postedLabForm(c echo.Context) (labPage, error) {
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
func (s *Server) labPageOf(c echo.Context, form labForm) (labPage, error) {
	kinds := s.cfg.Environments.Kinds()
	ctx := c.Request().Context()
	p := labPage{kinds: kinds, form: form.withDefaults(), problems: map[string]string{}, link: s.link, called: s.ruleTitles(ctx), models: s.knownModels(ctx),
		api:      s.cfg.Origins.Base(c.Request()) + s.path("/api/v1/experiments"),
		plan:     func(ask lab.Request) (lab.Request, error) { return s.planExperiment(ctx, ask) },
		ruleText: func(id string) string { return s.ruleText(ctx, id) }}
	if len(kinds) == 0 {
		return p, agent.Errorf(agent.CodeUnavailable, "no environment is installed")
	}
	at := max(slices.IndexFunc(kinds, func(k Kind) bool { return k.Name == form.Environment }), 0)
	if p.kind = kinds[at]; form.Environment != "" && p.kind.Name != form.Environment {
		p.problems["environment.name"] = "there is no environment of this name; choose one of these"
	}
	p.form.Environment = p.kind.Name
	p.took = s.labTimes(ctx, p.kind.Name)
	p.rules = s.rulesToLeaveOut(ctx, p.kind.Name)
	var err error
	if p.schema, err = parseSchema(p.kind.Schema); err != nil {
		return p, err
	}
	p.schema = p.schema.without("split", "draw") // the experiment sets them itself
	return p, nil
}

func (s *Server) planExperiment(ctx context.Context, ask lab.Request) (lab.Request, error) {
	return s.cfg.Lab.Plan(ctx, ask)
}

// presets are the links that fill the form.
func (p labPage) presets() []pages.Preset {
	var out []pages.Preset
	for _, preset := range labPresets {
		known := preset.environment == "" || slices.ContainsFunc(p.kinds, func(k Kind) bool { return k.Name == preset.environment })
		if known {
			out = append(out, pages.Preset{Link: partials.Link{Text: preset.title, Href: p.link("/lab/new?preset=" + url.QueryEscape(preset.name))}, Note: preset.note})
		}
	}
	return out
}

// labProof is the experiment that proves what a group of runs with memory on
// and off only suggests: the environment's preset, or its default.
func labProof(spec agent.RunSpec) string {
	for _, preset := range labPresets {
		if preset.environment == spec.Environment.Name {
			return "/lab/new?preset=" + url.QueryEscape(preset.name)
		}
	}
	return "/lab/new?environment.name=" + url.QueryEscape(spec.Environment.Name)
}
