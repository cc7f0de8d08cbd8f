package library

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/agent/admission"
	"purposeagent/agent/catalog"
	"purposeagent/handlers/ui"
	"purposeagent/views/layout"
	"purposeagent/views/libraryview"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// ruleForm is what stands in the inputs of a rule's form.
type ruleForm struct {
	tier, title, pattern, strategy, avoid, because, steps, action, scope string
	run, step                                                            string // that the rule is taught from, "" for none
}

func readRuleForm(v url.Values) ruleForm {
	get := func(name string) string { return strings.TrimSpace(strings.ReplaceAll(v.Get(name), "\r\n", "\n")) }
	return ruleForm{get("tier"), get("title"), get("pattern"), get("strategy"), get("avoid"), get("because"),
		get("steps"), get("action"), get("scope.environment"), get("run"), get("step")}
}

func formOfRule(h *agent.Heuristic) ruleForm {
	return ruleForm{string(h.Tier), h.Title, h.Pattern, h.Strategy, h.Avoid, h.Because, strings.Join(h.Steps, "\n"), h.Action, h.Scope.Environment, "", ""}
}

// lines splits the steps, one a line.
func (f ruleForm) lines() []string {
	steps := []string{}
	for line := range strings.SplitSeq(f.steps, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			steps = append(steps, line)
		}
	}
	return steps
}

// apply puts the form's words into a rule.
func (f ruleForm) apply(h *agent.Heuristic) {
	h.Tier, h.Title, h.Pattern, h.Strategy = agent.Tier(f.tier), f.title, f.pattern, f.strategy
	h.Avoid, h.Because, h.Steps, h.Action = f.avoid, f.because, f.lines(), f.action
}

func (f ruleForm) edit() catalog.HeuristicEdit {
	tier, steps := agent.Tier(f.tier), f.lines()
	return catalog.HeuristicEdit{Title: &f.title, Pattern: &f.pattern, Strategy: &f.strategy, Avoid: &f.avoid,
		Because: &f.because, Steps: &steps, Tier: &tier, Action: &f.action}
}

// doAdd is the button that adds a condition to what was typed.
const doAdd = "add"

// newRule shows the empty form, or with ?run=…&step=3 one that says what was
// done there.
func (s *Section) newRule(c echo.Context) error {
	form := ruleForm{tier: string(agent.Strategic), scope: c.QueryParam("env"), run: c.QueryParam("run"), step: c.QueryParam("step")}
	if form.run != "" {
		run, step, err := s.taughtFrom(c.Request().Context(), form)
		if err != nil {
			return err
		}
		form.describe(run, step)
	}
	return s.showTeach(c, http.StatusOK, form, nil)
}

// taughtFrom returns the step that a rule is taught from.
func (s *Section) taughtFrom(ctx context.Context, f ruleForm) (run agent.Run, step agent.Step, err error) {
	index, err := ui.IndexOf(f.step)
	if err == nil {
		run, err = s.cfg.Runs.Get(ctx, f.run)
	}
	if err == nil {
		step, err = s.cfg.Runs.Step(ctx, f.run, index)
	}
	return run, step, err
}

// describe writes a step as a first version of a rule: do what brought Φ up,
// avoid what brought it down.
func (f *ruleForm) describe(run agent.Run, step agent.Step) {
	f.scope, f.action, f.tier = run.Spec.Environment.Name, step.Action.Name, string(agent.Tool)
	did := partials.Clip(step.Action.Label(), 120)
	f.pattern = partials.Clip(step.Before.Summary, 300)
	f.because = partials.Clip(step.Score.Reasoning, 300)
	if step.Score.Delta < 0 || step.Error != "" {
		f.title, f.avoid = "Don't "+did, did
		return
	}
	f.title, f.strategy = "Do "+did, did
}

// teachRule stores a rule by hand, or shows the form with what is wrong.
func (s *Section) teachRule(c echo.Context) error {
	values, err := c.FormParams()
	if err != nil {
		return agent.Wrap(agent.CodeInvalid, err, "the form could not be read")
	}
	form := readRuleForm(values)
	if values.Get("do") == doAdd {
		form.pattern = joined(form.pattern, values.Get("more"))
		return s.showTeach(c, http.StatusOK, form, nil)
	}
	h := agent.Heuristic{Kind: agent.KindRule, Author: agent.AuthorHuman, Status: agent.Active, Scope: agent.Scope{Environment: form.scope}}
	form.apply(&h)
	if form.run != "" {
		_, step, err := s.taughtFrom(c.Request().Context(), form)
		if err != nil {
			return err
		}
		h.Evidence = []agent.EvidenceRef{{Run: form.run, Step: step.Index, Delta: step.Score.Delta, Good: form.avoid == ""}}
	}
	err = admission.Check(&h)
	if err == nil && form.scope != "" && !s.knownEnvironment(form.scope) {
		err = agent.InvalidFields(map[string]string{"scope.environment": "there is no environment of this name"})
	}
	if err == nil {
		var stored *agent.Heuristic
		if stored, err = s.cfg.Library.Create(c.Request().Context(), ui.Person, h); err == nil {
			return s.seeNewest(c, stored.ID, agent.ActTeach, 0)
		}
	}
	problems := ui.ProblemsOrConflict(err)
	if problems == nil {
		return err
	}
	return s.showTeach(c, http.StatusUnprocessableEntity, form, problems)
}

// seeNewest leads to a rule whose words were just saved, with the way to undo it.
func (s *Section) seeNewest(c echo.Context, id string, action agent.LibraryAction, made int) error {
	did := catalog.LibraryChange{Action: action, Rules: 1}
	if changes, err := s.cfg.Library.Changes(c.Request().Context(), id, 0, 1); err == nil && len(changes) == 1 && changes[0].Action == action {
		did = changes[0] // saved it is in any case
	}
	did.Made = made
	return s.SeeOther(c, "/library/"+url.PathEscape(id)+"?"+ui.Noticed(url.Values{}, did).Encode())
}

func (s *Section) showTeach(c echo.Context, status int, form ruleForm, problems map[string]string) error {
	v := form.view(problems)
	v.Heading, v.Submit = "Teach a rule", "Save the rule"
	v.Lead = "It enters the library at once, and no learning changes it. Write it as you would tell a colleague. " + s.wordReaders(c.Request().Context())
	v.Action, v.Cancel = s.Link("/library"), s.Link("/library")
	if form.run != "" {
		v.Run, v.Step, v.Cancel = form.run, form.step, s.Link("/runs/"+url.PathEscape(form.run)+"/steps/"+url.PathEscape(form.step))
		v.Lead += " It begins with what step " + form.step + " of " + form.run + " did, and keeps it as evidence."
	}
	scope := partials.Field{ID: "f-scope", Name: "scope.environment", Label: "Where it may be used", Kind: "select",
		Options: s.EnvironmentOptions(form.scope), Error: problems["scope.environment"]}
	v.Scope = &scope
	v.Reading, v.ReadingURL = s.readingOf(c.Request().Context(), ruleOfForm(form)), s.Link("/library/reading")
	return s.Page(c, status, layout.Frame{Title: "Teach a rule",
		Crumbs: []layout.Crumb{{Label: "Library", Href: s.Link("/library")}, {Label: "Teach a rule"}}}, libraryview.RuleFormPage(v))
}

// editRuleForm shows the form with the rule's words.
func (s *Section) editRuleForm(c echo.Context) error {
	h, err := s.cfg.Library.Get(c.Request().Context(), c.Param("id"))
	if err != nil {
		return err
	}
	return s.showEdit(c, http.StatusOK, h, formOfRule(h), nil, nil)
}

// editRule stores a new version. If somebody else was faster, it shows what
// they changed, and keeps what was typed.
func (s *Section) editRule(c echo.Context) error {
	values, err := c.FormParams()
	if err != nil {
		return agent.Wrap(agent.CodeInvalid, err, "the form could not be read")
	}
	ctx, form := c.Request().Context(), readRuleForm(values)
	if values.Get("do") == doAdd {
		form.pattern = joined(form.pattern, values.Get("more"))
	}
	current, err := s.cfg.Library.Get(ctx, c.Param("id"))
	if err != nil {
		return err
	}
	version, err := strconv.Atoi(values.Get("version"))
	if err != nil {
		return agent.Errorf(agent.CodeInvalid, "the form does not say which version was edited; open it again")
	}
	if values.Get("do") == doAdd {
		current.Version = version
		return s.showEdit(c, http.StatusOK, current, form, nil, nil)
	}
	changed := current.Clone()
	form.apply(changed)
	if err := admission.Check(changed); err != nil {
		problems := ui.ProblemsOf(err)
		current.Version = version // what was edited stays what was edited
		return s.showEdit(c, http.StatusUnprocessableEntity, current, form, problems, nil)
	}
	edited, err := s.cfg.Library.Edit(ctx, ui.Person, current.ID, version, form.edit())
	switch {
	case err == nil:
		made := 0
		if edited.ID != current.ID {
			made = 1
		}
		return s.seeNewest(c, edited.ID, agent.ActEdit, made)
	case agent.CodeOf(err) == agent.CodeConflict:
		return s.showConflict(c, version, form)
	}
	if problems := ui.ProblemsOf(err); problems != nil {
		return s.showEdit(c, http.StatusUnprocessableEntity, current, form, problems, nil)
	}
	return err
}

// showConflict compares the version that was edited with the one that stands now.
func (s *Section) showConflict(c echo.Context, base int, form ruleForm) error {
	ctx := c.Request().Context()
	current, err := s.cfg.Library.Get(ctx, c.Param("id"))
	if err != nil {
		return err
	}
	versions, err := s.cfg.Library.Versions(ctx, current.ID)
	if err != nil {
		return err
	}
	conflict := &libraryview.RuleConflict{Text: "It is version " + ui.Itoa(current.Version) + " now; you began with version " + ui.Itoa(base) +
		". What you typed is below, nothing is lost. Save again to put your words in place of theirs."}
	for i := range versions {
		if versions[i].Version == base {
			conflict.Lines = RuleDiff(&versions[i].Heuristic, current)
		}
	}
	return s.showEdit(c, http.StatusConflict, current, form, nil, conflict)
}

func (s *Section) showEdit(c echo.Context, status int, h *agent.Heuristic, form ruleForm, problems map[string]string, conflict *libraryview.RuleConflict) error {
	here := "/library/" + url.PathEscape(h.ID)
	v := form.view(problems)
	v.Heading, v.Submit, v.Version = "Edit "+ui.RuleTitle(h), "Save as a new version", ui.Itoa(h.Version)
	v.Action, v.Cancel, v.Conflict = s.Link(here), s.Link(here), conflict
	if h.Predicate != nil {
		v.Lead = "The offline reasoner reads this rule's conditions, not its words; a language model reads the words."
	} else {
		read := ruleOfForm(form)
		read.Scope = h.Scope
		v.Reading, v.ReadingURL, v.ID = s.readingOf(c.Request().Context(), read), s.Link("/library/reading"), h.ID
	}
	if !h.Usable() {
		v.Lead = "This rule is out of use (" + string(h.Status) + "), so no playbook and no prompt has it. Your words are kept; restore it on its page to have them used. " + v.Lead
	}
	return s.Page(c, status, layout.Frame{Title: "Edit " + h.Title, Crumbs: []layout.Crumb{
		{Label: "Library", Href: s.Link("/library")}, {Label: ui.RuleTitle(h), Href: s.Link(here)}, {Label: "Edit"}}}, libraryview.RuleFormPage(v))
}

func (s *Section) knownEnvironment(name string) bool {
	for _, k := range s.Environments.Kinds() {
		if k.Name == name {
			return true
		}
	}
	return false
}

// tierHelp says what a tier is for.
func tierHelp(tier agent.Tier) string {
	switch tier {
	case agent.Strategic:
		return "how to decide; in every prompt"
	case agent.Procedural:
		return "how to do it; fetched when it fits"
	case agent.Tool:
		return "a tip about one action"
	}
	return ""
}

// view draws the form with its messages.
func (f ruleForm) view(problems map[string]string) libraryview.RuleForm {
	input := func(name, label, hint, value, rows string) partials.Field {
		field := partials.Field{ID: "f-" + name, Name: name, Label: label, Hint: hint, Value: value, Error: problems[name], Kind: "text"}
		if rows != "" {
			field.Kind, field.Rows = "textarea", rows
		}
		return field
	}
	v := libraryview.RuleForm{
		Title:      input("title", "Title", "A few words that name it", f.title, ""),
		When:       input("pattern", "When", "The situation in which it applies", f.pattern, "2"),
		Do:         input("strategy", "Do", "What to do then", f.strategy, "2"),
		Avoid:      input("avoid", "Avoid", "Or what not to do", f.avoid, "2"),
		Because:    input("because", "Because", "Why; optional, but a reader will ask", f.because, "2"),
		Steps:      input("steps", "Steps", "One a line, in order; optional", f.steps, "3"),
		ToolAction: input("action", "Action", "For tier Tool: the action that the tip is about", f.action, ""),
		More:       partials.Field{ID: "f-more", Name: "more", Label: "Add a condition that can be read", Kind: "text", List: "conditions"},
		TierError:  problems["tier"], Message: problems[""],
	}
	v.ToolAction.List = "actions"
	for _, tier := range agent.Tiers {
		v.Tiers = append(v.Tiers, pages.Choice{Value: string(tier), Text: ui.Title(string(tier)), Help: tierHelp(tier), Selected: f.tier == string(tier)})
	}
	told := map[string]bool{"": true}
	add := func(name, id, label string) {
		if text := problems[name]; text != "" {
			v.Errors = append(v.Errors, pages.FieldError{Href: ui.Href(id), Label: label, Text: text})
		}
		told[name] = true
	}
	add("tier", "f-tier", "Tier")
	for _, field := range []partials.Field{v.Title, v.When, v.Do, v.Avoid, v.Because, v.Steps, v.ToolAction} {
		add(field.Name, field.ID, field.Label)
	}
	add("scope.environment", "f-scope", "Where it may be used")
	for name, text := range problems {
		if !told[name] {
			v.Message = strings.TrimSpace(v.Message + " " + name + ": " + text)
		}
	}
	return v
}
