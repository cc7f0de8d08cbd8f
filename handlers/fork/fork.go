package fork

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/agent/steering"
	"purposeagent/handlers/request"
	"purposeagent/handlers/ui"
	"purposeagent/views/layout"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
	"purposeagent/views/runview"
)

// maxFormState bounds the state that stands in the form, in bytes.
const maxFormState = 64 << 10

// Bounds of a tree of forks on a page.
const (
	maxLineage = 100
	maxDepth   = 20
)

// Register adds the routes.
func (s *Section) Register(g *echo.Group) {
	g.GET("/runs/:id/fork", s.showFork)
	g.POST("/runs/:id/fork", s.forkRun)
}

// forkForm is what stands in the inputs of the page, as a person typed it.
type forkForm struct {
	step, state, note, actor, memory, rules, maxSteps, draw string
	// values are what was posted, for the choice of the next action.
	values url.Values
	// was is the state that the form was given: left as it is, it is no change.
	was string
}

// showFork shows the form for a fork from ?step=3, and the tree of forks.
func (s *Section) showFork(c echo.Context) error {
	run, err := s.cfg.Runs.Get(c.Request().Context(), c.Param("id"))
	if err != nil {
		return err
	}
	f := forkForm{step: strings.TrimSpace(c.QueryParam("step")), actor: run.Spec.Models.Actor, memory: run.Spec.Memory, rules: run.Spec.Rules, maxSteps: strconv.Itoa(run.Spec.MaxSteps)}
	if f.step == "" {
		f.step = strconv.Itoa(run.Steps)
	}
	return s.forkPage(c, http.StatusOK, run, f, nil, "")
}

func (s *Section) forkPage(c echo.Context, status int, run agent.Run, f forkForm, problems map[string]string, message string) error {
	ctx := c.Request().Context()
	step, err := strconv.Atoi(f.step)
	if err != nil || step < 0 || step > run.Steps {
		if problems == nil {
			return agent.Errorf(agent.CodeNotFound, "run %s has the steps 0 to %d; there is no step %q", run.ID, run.Steps, partials.Clip(f.step, 20))
		}
		step = run.Steps
	}
	here, next, err := s.around(ctx, run, step)
	if err != nil {
		return err
	}
	large := len(here.Data) > maxFormState
	if f.was == "" && !large {
		f.was = here.Data.String()
		f.state = f.was
	}
	v := runview.ForkPage{Run: run.ID, RunHref: s.RunLink(run.ID), Action: s.Link("/runs/" + url.PathEscape(run.ID) + "/fork"), Was: f.was, Message: message,
		Lead: fmt.Sprintf("Fork after step %d of %d", step, run.Steps), State: partials.Clip(here.Summary, 400)}
	if next != nil {
		v.Then = "There the actor did: " + partials.Clip(next.Action.Label(), 200)
	}
	field := func(name, label, hint, value string, as partials.Field) {
		as.Name, as.ID, as.Label, as.Hint, as.Value, as.Error = name, "f-"+name, label, hint, value, problems[name]
		if as.Error != "" {
			v.Errors = append(v.Errors, pages.FieldError{Href: s.Link("#" + as.ID), Label: label, Text: as.Error})
		}
		v.Fields = append(v.Fields, as)
	}
	field("step", "Steps to take over", "They are copied and cost nothing; 0 begins anew", f.step, partials.Field{Kind: "number", Min: "0", Max: strconv.Itoa(run.Steps), Step: "1"})
	field("note", "Note to the actor", "", f.note, partials.Field{Kind: "textarea", Rows: "2"})
	v.Next = s.nextChooser(ctx, run, step, f.values, problems)
	for _, name := range []string{ui.FieldChoice, ui.FieldAction, ui.FieldParams} {
		if text := problems[name]; text != "" {
			v.Errors = append(v.Errors, pages.FieldError{Href: s.Link("#f-" + name), Label: "Next action", Text: text})
		}
	}
	for _, action := range v.Next.Actions {
		for _, in := range action.Fields {
			if in.Error != "" {
				v.Errors = append(v.Errors, pages.FieldError{Href: s.Link("#" + in.ID), Label: action.Name + ", " + in.Label, Text: in.Error})
			}
		}
	}
	v.Split = len(v.Fields)
	field("models.actor", "Actor", "reasoner, or CONNECTION:MODEL", f.actor, partials.Field{Kind: "text"})
	field("memory", "Memory", "", f.memory, partials.Field{Kind: "select", Options: []partials.Option{
		{Value: "on", Text: "on: rules are used", Selected: f.memory != "off"}, {Value: "off", Text: "off", Selected: f.memory == "off"}}})
	if s.cfg.Snapshots != nil {
		options, err := s.ruleSets(ctx, f.rules)
		if err != nil {
			return err
		}
		field("rules", "Rules", "Those of a snapshot show what the library was worth then", f.rules, partials.Field{Kind: "select", Options: options})
	}
	field("max_steps", "Max steps", "In total, including those taken over", f.maxSteps, partials.Field{Kind: "number", Min: "1", Max: strconv.Itoa(agent.MaxMaxSteps), Step: "1"})
	field("draw", "Another draw", "Any number gives the actor other random numbers; the world, which the seed draws, stays", f.draw, partials.Field{Kind: "text"})
	if hint := "Changed, the fork begins in it with no steps before, where the environment can"; large {
		field("state", "State", hint+". The state here is "+partials.Bytes(len(here.Data))+", too large for this page: left empty, it stays; the API takes up to 8 MB", f.state, partials.Field{Kind: "json", Rows: "2"})
	} else {
		field("state", "State", hint, f.state, partials.Field{Kind: "json", Rows: "8"})
	}
	if v.Lineage, err = s.lineage(ctx, run); err != nil {
		return err
	}
	frame := layout.Frame{Title: "Fork " + ui.NameOf(run).Short(), Crumbs: s.RunCrumbs(run, "Fork")}
	return s.Page(c, status, frame, runview.ForkView(v))
}

// nextChooser offers what can be done after a step of a run. Where nobody can
// tell, the action is written by hand.
func (s *Section) nextChooser(ctx context.Context, run agent.Run, step int, values url.Values, problems map[string]string) pages.Chooser {
	var specs []agent.ActionSpec
	var legal []agent.Action
	if s.cfg.Possible != nil {
		var err error
		if specs, legal, err = s.cfg.Possible(ctx, run, step); err != nil {
			s.Logger.WarnContext(ctx, "the possible actions are not known", "run", run.ID, "step", step, "err", err)
		}
	}
	v := ui.ChooserView("f", specs, legal, nil, values, problems)
	v.Label = "Next action"
	return v
}

// actionSpecs are the actions of a run's environment, where a form names one of
// them by its schema.
func (s *Section) actionSpecs(ctx context.Context, run agent.Run, values url.Values) []agent.ActionSpec {
	if values.Get(ui.FieldName) == "" || s.cfg.Possible == nil {
		return nil
	}
	specs, _, err := s.cfg.Possible(ctx, run, 0)
	if err != nil {
		return nil // the engine checks the action again, and says what is wrong
	}
	return specs
}

// ruleSets are the library as it is and its snapshots.
func (s *Section) ruleSets(ctx context.Context, chosen string) ([]partials.Option, error) {
	snapshots, err := s.cfg.Snapshots.List(ctx)
	if err != nil {
		return nil, err
	}
	options := []partials.Option{{Text: "the library as it is", Selected: chosen == ""}}
	known := chosen == ""
	for _, snapshot := range snapshots {
		options = append(options, partials.Option{Value: snapshot.ID, Selected: snapshot.ID == chosen,
			Text: ui.FirstOf(snapshot.Name, snapshot.ID) + ", " + snapshot.At.UTC().Format("2 Jan 15:04") + ", " + partials.Plural(snapshot.Rules, "rule")})
		known = known || snapshot.ID == chosen
	}
	if !known { // it was deleted, or typed
		options = append(options, partials.Option{Value: chosen, Text: partials.Clip(chosen, 40), Selected: true})
	}
	return options, nil
}

// around returns the state after a step, and the step that followed, nil for none.
func (s *Section) around(ctx context.Context, run agent.Run, step int) (agent.State, *agent.Step, error) {
	steps, err := s.cfg.Runs.Steps(ctx, run.ID, max(step-1, 0), 2)
	if err != nil || len(steps) == 0 {
		return agent.State{}, nil, err
	}
	if step == 0 {
		return steps[0].Before, &steps[0], nil
	}
	if len(steps) > 1 {
		return steps[0].After, &steps[1], nil
	}
	return steps[0].After, nil, nil
}

// forkRun launches the fork and shows it, or the form with what is wrong.
func (s *Section) forkRun(c echo.Context) error {
	ctx := c.Request().Context()
	run, err := s.cfg.Runs.Get(ctx, c.Param("id"))
	if err != nil {
		return err
	}
	get := func(name string) string { return strings.TrimSpace(c.FormValue(name)) }
	values, err := c.FormParams()
	if err != nil {
		return agent.Wrap(agent.CodeInvalid, err, "the form could not be read")
	}
	f := forkForm{values: values, step: get("step"), state: get("state"), was: get("was"), note: c.FormValue("note"),
		actor: get("models.actor"), memory: get("memory"), rules: get("rules"), maxSteps: get("max_steps"), draw: get("draw")}
	fork, problems := f.fork(run, s.actionSpecs(ctx, run, values))
	if len(problems) == 0 {
		made, err := s.cfg.Engine.ForkRun(ctx, run.ID, ui.Person, fork)
		if err == nil {
			return s.SeeOther(c, "/runs/"+url.PathEscape(made.ID))
		}
		known, ok := errors.AsType[*agent.Error](err)
		if !ok || known.Code != agent.CodeInvalid {
			return err
		}
		if problems = known.Fields; len(problems) == 0 {
			return s.forkPage(c, http.StatusUnprocessableEntity, run, f, map[string]string{}, known.Message)
		}
	}
	return s.forkPage(c, http.StatusUnprocessableEntity, run, f, problems, "")
}

// fork reads the form; what can't be read has a message under its field's name.
func (f forkForm) fork(run agent.Run, specs []agent.ActionSpec) (steering.Fork, map[string]string) {
	p := ui.FieldParser{Problems: map[string]string{}}
	fork := request.Fork{Step: int(p.Integer("step", f.step, agent.MaxMaxSteps)), Note: f.note, Draw: p.Integer("draw", f.draw, 1<<31), Memory: f.memory}
	if n := int(p.Integer("max_steps", f.maxSteps, agent.MaxMaxSteps)); n != run.Spec.MaxSteps {
		fork.MaxSteps = n
	}
	if f.rules != run.Spec.Rules {
		if fork.Rules = f.rules; f.rules == "" {
			fork.Rules = steering.LibraryNow
		}
	}
	if f.actor != run.Spec.Models.Actor {
		fork.Models.Actor = f.actor
	}
	object := func(name, text string) agent.Object {
		o, err := agent.ParseObject([]byte(text))
		if err != nil {
			p.Problems[name] = agent.MessageOf(err)
		}
		return o
	}
	action, err := ui.ChosenAction(f.values, specs)
	if problem, ok := errors.AsType[*agent.Error](err); ok {
		maps.Copy(p.Problems, problem.Fields)
	}
	if state := object("state", f.state); state != object("state", f.was) && p.Problems["state"] == "" {
		fork.State = &state
	}
	asked := fork.Fork()
	asked.Action = action
	return asked, p.Problems
}

// lineage is the tree of forks that a run is in, from the first run down.
func (s *Section) lineage(ctx context.Context, run agent.Run) ([]runview.LineageLine, error) {
	root := run
	for range maxDepth {
		if root.Spec.Origin == nil {
			break
		}
		parent, err := s.cfg.Runs.Get(ctx, root.Spec.Origin.Run)
		if agent.CodeOf(err) == agent.CodeNotFound && err != nil {
			break // it was deleted
		}
		if err != nil {
			return nil, err
		}
		root = parent
	}
	var lines []runview.LineageLine
	err := s.branch(ctx, root, run, 0, &lines)
	return lines, err
}

func (s *Section) branch(ctx context.Context, run, current agent.Run, depth int, lines *[]runview.LineageLine) error {
	if depth > maxDepth || len(*lines) >= maxLineage {
		return nil
	}
	line := runview.LineageLine{Name: ui.NameOf(run), Href: s.RunLink(run.ID), State: ui.StateOf(run.Status), Outcome: ui.OutcomeOf(run.Outcome, run.Status), Current: run.ID == current.ID,
		Depth: strconv.Itoa(min(depth, 6)), Facts: fmt.Sprintf("%s, Φ %s", partials.Plural(run.Steps, "step"), partials.Phi(run.Phi))}
	if o := run.Spec.Origin; o != nil {
		line.From = fmt.Sprintf("after step %d", o.Step)
		if o.State {
			line.From += ", in another state"
		}
		line.Compare = s.Link("/compare?runs=" + url.QueryEscape(o.Run+","+run.ID))
	}
	*lines = append(*lines, line)
	forks, err := s.cfg.Runs.Forks(ctx, run.ID, maxLineage)
	if err != nil {
		return err
	}
	for _, fork := range forks {
		if err := s.branch(ctx, fork, current, depth+1, lines); err != nil {
			return err
		}
	}
	return nil
}
