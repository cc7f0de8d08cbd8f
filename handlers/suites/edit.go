package suites

import (
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/agent/suites"
	"purposeagent/handlers/ui"
	"purposeagent/internal/suitefile"
	"purposeagent/views/layout"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
	"purposeagent/views/suitesview"
)

// editForm shows the suite as text.
func (s *Section) editForm(c echo.Context) error {
	info, suite, err := s.cfg.Suites.Load(c.Request().Context(), c.Param("id"), 0)
	if err != nil {
		return err
	}
	raw, err := suite.Encode()
	if err != nil {
		return err
	}
	return s.showEdit(c, http.StatusOK, &info, string(raw), info.Version, "", nil)
}

// edit keeps the text as the suite's next version, or shows what is wrong with it.
func (s *Section) edit(c echo.Context) error {
	info, err := s.cfg.Suites.Get(c.Request().Context(), c.Param("id"))
	if err != nil {
		return err
	}
	text, note := c.FormValue("text"), strings.TrimSpace(c.FormValue("note"))
	base, err := ui.OptionalNumber(c.FormValue("base"))
	if err != nil {
		return err
	}
	suite, err := suitefile.Parse([]byte(text), suitefile.Options{Form: suitefile.JSON, Else: info.Name})
	if err == nil {
		return s.changed(c, &info, suite, int(base), note, func(status int, err error) error {
			return s.showEdit(c, status, &info, text, int(base), note, err)
		})
	}
	return s.showEdit(c, http.StatusUnprocessableEntity, &info, text, int(base), note, err)
}

// changed keeps a change, or has the form shown with what is wrong.
func (s *Section) changed(c echo.Context, info *suites.Info, suite suites.Suite, base int, note string, again func(status int, err error) error) error {
	changed, err := s.cfg.Suites.Change(c.Request().Context(), ui.Person, info.ID, base, suite, note)
	switch agent.CodeOf(err) { //nolint:exhaustive // other errors are none of the form
	case agent.CodeInvalid, agent.CodeConflict:
		return again(ui.StatusOf(agent.CodeOf(err)), err)
	}
	if err != nil {
		return err
	}
	did := "edit"
	if changed.Version == info.Version {
		did = "same"
	}
	return s.SeeOther(c, pathOf(info.ID)+"?did="+did)
}

func (s *Section) showEdit(c echo.Context, status int, info *suites.Info, text string, base int, note string, problem error) error {
	here := pathOf(info.ID)
	v := suitesview.EditForm{Title: "Edit " + info.Name, Text: "Other tasks become the next version of the suite. Earlier versions stay, and so do their runs.", Action: s.Link(here + "/edit"), Back: s.Link(here), Base: ui.Itoa(base), Button: "Check and keep"}
	if problem != nil {
		v.Message, v.Errors = problemsOf(problem, "f-text")
	}
	v.Fields = []partials.Field{
		{ID: "f-text", Name: "text", Label: "The suite", Kind: "code", Rows: "28", Value: ui.Visible(text)},
		{ID: "f-note", Name: "note", Label: "What changes", Kind: "text", Value: note, MaxLength: "400", Hint: "For people who look at the versions"},
	}
	return s.Page(c, status, layout.Frame{Title: v.Title, Crumbs: s.crumbs(info, "Edit")}, suitesview.EditPage(v))
}

// taskInput is one task as a person typed it.
type taskInput struct {
	was                                                  string // the task that was there
	id, environment, config, purpose, seed, split, limit string
	check, note                                          string
	base                                                 int64
}

func inputOf(t *suites.Task) taskInput {
	in := taskInput{was: t.ID, id: t.ID, environment: t.Environment, purpose: t.Purpose, seed: ui.Number(t.Seed), split: t.Split}
	if t.MaxSteps > 0 {
		in.limit = ui.Itoa(t.MaxSteps)
	}
	if !t.Config.IsEmpty() {
		in.config = t.Config.String()
	}
	if !t.Check.IsEmpty() {
		in.check = t.Check.String()
	}
	return in
}

// task reads the inputs, with a message for each field that can't be read.
func (in *taskInput) task() (suites.Task, map[string]string) {
	p := ui.FieldParser{Problems: map[string]string{}}
	t := suites.Task{ID: in.id, Environment: in.environment, Purpose: in.purpose, Split: in.split, Seed: 1}
	if in.seed != "" {
		t.Seed = p.Integer("seed", in.seed, suites.MaxSeed)
	}
	t.MaxSteps = int(p.Integer("max_steps", in.limit, math.MaxInt32))
	p.NotZero("max_steps", in.limit, t.MaxSteps == 0)
	for name, field := range map[string]struct {
		text string
		into *agent.Object
	}{"config": {in.config, &t.Config}, "check": {in.check, &t.Check}} {
		if field.text == "" {
			continue
		}
		o, err := agent.ParseObject([]byte(field.text))
		switch {
		case err != nil:
			p.Problems[name] = agent.MessageOf(err)
		case !o.IsEmpty():
			*field.into = o
		}
	}
	return t, p.Problems
}

// taskForm shows one task as a form: the one that is named, or a new one.
func (s *Section) taskForm(c echo.Context) error {
	info, suite, err := s.cfg.Suites.Load(c.Request().Context(), c.Param("id"), 0)
	if err != nil {
		return err
	}
	in := taskInput{seed: "1"}
	if len(suite.Tasks) > 0 {
		in.environment = suite.Tasks[len(suite.Tasks)-1].Environment
	}
	if id := c.QueryParam("task"); id != "" {
		at := slices.IndexFunc(suite.Tasks, func(t suites.Task) bool { return t.ID == id })
		if at < 0 {
			return agent.Errorf(agent.CodeNotFound, "the suite has no task %q", partials.Clip(ui.Visible(id), 60))
		}
		in = inputOf(&suite.Tasks[at])
	}
	in.base = int64(info.Version)
	return s.showTask(c, http.StatusOK, &info, in, "", nil)
}

// changeTask keeps one task, changed or new, as part of the suite's next version.
func (s *Section) changeTask(c echo.Context) error {
	info, suite, err := s.cfg.Suites.Load(c.Request().Context(), c.Param("id"), 0)
	if err != nil {
		return err
	}
	get := func(name string) string { return strings.TrimSpace(c.FormValue(name)) }
	in := taskInput{was: get("was"), id: get("id"), environment: get("environment"), config: get("config"), purpose: get("purpose"), seed: get("seed"), split: get("split"), limit: get("max_steps"), check: get("check"), note: get("note")}
	if in.base, err = ui.OptionalNumber(get("base")); err != nil {
		return err
	}
	t, problems := in.task()
	if len(problems) > 0 {
		return s.showTask(c, http.StatusUnprocessableEntity, &info, in, "", problems)
	}
	at := slices.IndexFunc(suite.Tasks, func(t suites.Task) bool { return t.ID == in.was })
	note := in.note
	switch {
	case in.was == "":
		suite.Tasks, note = append(suite.Tasks, t), ui.FirstOf(note, "task "+in.id+" added")
	case at < 0:
		return agent.Errorf(agent.CodeConflict, "the task %q is not in the suite any more; look at it again", partials.Clip(ui.Visible(in.was), 60))
	default:
		if t.Split == suites.Test && suite.Tasks[at].Split == "" {
			t.Split = "" // the form says it of a task that said nothing
		}
		if old := &suite.Tasks[at]; old.Environment == t.Environment && old.Config == t.Config {
			t.Content = old.Content
		}
		suite.Tasks[at], note = t, ui.FirstOf(note, "task "+in.id+" changed")
	}
	return s.changed(c, &info, suite, int(in.base), partials.Clip(note, 400), func(status int, err error) error {
		return s.showTask(c, status, &info, in, agent.MessageOf(err), nil)
	})
}

// removeTask keeps the suite without one task as its next version.
func (s *Section) removeTask(c echo.Context) error {
	info, suite, err := s.cfg.Suites.Load(c.Request().Context(), c.Param("id"), 0)
	if err != nil {
		return err
	}
	id := c.FormValue("was")
	base, err := ui.OptionalNumber(c.FormValue("base"))
	if err != nil {
		return err
	}
	n := len(suite.Tasks)
	if suite.Tasks = slices.DeleteFunc(suite.Tasks, func(t suites.Task) bool { return t.ID == id }); len(suite.Tasks) == n {
		return agent.Errorf(agent.CodeNotFound, "the suite has no task %q", partials.Clip(ui.Visible(id), 60))
	}
	if _, err := s.cfg.Suites.Change(c.Request().Context(), ui.Person, info.ID, int(base), suite, partials.Clip("task "+id+" removed", 400)); err != nil {
		return err
	}
	return s.SeeOther(c, pathOf(info.ID)+"?did=edit")
}

func (s *Section) showTask(c echo.Context, status int, info *suites.Info, in taskInput, message string, problems map[string]string) error {
	here := pathOf(info.ID)
	v := suitesview.EditForm{Title: "Add a task", Text: "It becomes part of the next version of " + info.Name + ".", Action: s.Link(here + "/task"), Back: s.Link(here), Base: ui.Number(in.base), Task: in.was,
		Button: "Check and keep", Other: partials.Link{Text: "Edit the whole suite as text", Href: s.Link(here + "/edit")}}
	if in.was != "" {
		v.Title = "Task " + in.was
		v.Remove = &partials.Post{Label: "Remove the task", Icon: "trash", Class: "stop", Action: s.Link(here + "/task/remove"), Confirm: "Remove this task from the next version of the suite?",
			Fields: []partials.Hidden{{Name: "was", Value: in.was}, {Name: "base", Value: ui.Number(in.base)}}}
	}
	if message != "" {
		v.Message = ui.Sentence(ui.Visible(message))
	}
	kinds := make([]string, 0, 16)
	for _, k := range s.Environments.Kinds() {
		kinds = append(kinds, k.Name, k.Title)
	}
	v.Fields = []partials.Field{
		{ID: "f-id", Name: "id", Label: "Id", Kind: "text", Value: in.id, Required: true, MaxLength: "120", Hint: "Its own in the suite: letters, digits and . _ - / +"},
		{ID: "f-environment", Name: "environment", Label: "Environment", Kind: "select", Options: ui.Options(in.environment, kinds...)},
		{ID: "f-config", Name: "config", Label: "Settings", Kind: "json", Value: in.config, Placeholder: "{}", Hint: "As far as they differ from the defaults; the page of the environment lists them"},
		{ID: "f-purpose", Name: "purpose", Label: "Purpose", Kind: "textarea", Rows: "2", Value: in.purpose, Hint: "Left empty where the environment draws it from the seed", MaxLength: ui.Itoa(agent.MaxPurposeBytes)},
		{ID: "f-seed", Name: "seed", Label: "Seed", Kind: "text", Value: in.seed, Hint: "A whole number from 1 on"},
		{ID: "f-split", Name: "split", Label: "For", Kind: "choice", Options: ui.Options(ui.FirstOf(in.split, suites.Test), suites.Test, "testing", suites.Train, "training")},
		{ID: "f-max_steps", Name: "max_steps", Label: "Most steps", Kind: "text", Value: in.limit, Hint: "Left empty: the environment's usual limit"},
		{ID: "f-check", Name: "check", Label: "Check", Kind: "json", Value: in.check, Placeholder: "{}", Hint: "When it is done, where the environment takes that with the task (web, mcp, remote)"},
		{ID: "f-note", Name: "note", Label: "What changes", Kind: "text", Value: in.note, MaxLength: "400", Hint: "For people who look at the versions"},
	}
	for i := range v.Fields {
		f := &v.Fields[i]
		if f.Error = problems[f.Name]; f.Error != "" {
			v.Errors = append(v.Errors, pages.FieldError{Href: ui.Href(f.ID), Label: f.Label, Text: f.Error})
		}
	}
	return s.Page(c, status, layout.Frame{Title: v.Title, Crumbs: s.crumbs(info, "Task")}, suitesview.EditPage(v))
}

// freeze keeps the suite from any later change.
func (s *Section) freeze(c echo.Context) error {
	info, err := s.cfg.Suites.Freeze(c.Request().Context(), ui.Person, c.Param("id"))
	if err != nil {
		return err
	}
	return s.SeeOther(c, pathOf(info.ID)+"?did=freeze")
}

// copySuite keeps a version of the suite as a new one.
func (s *Section) copySuite(c echo.Context) error {
	number, err := numberOf(c, "version")
	if err != nil {
		return err
	}
	info, err := s.cfg.Suites.Copy(c.Request().Context(), ui.Person, c.Param("id"), number, strings.TrimSpace(c.FormValue("name")))
	if err != nil {
		return err
	}
	return s.SeeOther(c, pathOf(info.ID)+"?did=copy")
}

// deleteSuite forgets the suite.
func (s *Section) deleteSuite(c echo.Context) error {
	if err := s.cfg.Suites.Delete(c.Request().Context(), ui.Person, c.Param("id")); err != nil {
		return err
	}
	return s.SeeOther(c, "/suites?"+url.Values{"did": {"delete"}}.Encode())
}
