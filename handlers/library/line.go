package library

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/features"
	"purposeagent/handlers/ui"
	"purposeagent/views/layout"
	"purposeagent/views/libraryview"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// LineEditor changes the rules behind a line of a playbook, all or none, as one
// change that can be undone. Errors: CodeConflict if a rule is no more as the person
// saw it, CodeNotFound, CodeInvalid with a message for "ID.field".
type LineEditor interface {
	EditLine(ctx context.Context, actor, line string, rewrites []catalog.RuleRewrite) (catalog.LibraryChange, error)
}

func (s *Section) registerLines(g *echo.Group) {
	if s.cfg.Lines == nil {
		return
	}
	g.GET("/library/line", s.editLineForm)
	g.POST("/library/line", s.editLine)
}

// lineRule is one rule behind a line while it is edited.
type lineRule struct {
	id      string
	version int          // that the person saw
	status  agent.Status // the same; "" for one that was gone
	seen    *agent.Heuristic
	now     *agent.Heuristic // nil where it is gone
	written features.Written
	byWords bool // its words are edited
	byCase  bool // its conditions and constants are
	typed   map[string]string
	touched bool
	next    *agent.Heuristic // what it would say
	problem map[string]string
}

func (r *lineRule) moved() bool {
	return r.now == nil && r.status != "" || r.now != nil && (r.now.Version != r.version || r.now.Status != r.status)
}

// outOfUse reports whether what is typed becomes a rule of its own: the rule is gone,
// or nobody uses it.
func (r *lineRule) outOfUse() bool {
	return r.now == nil || !r.now.Usable() && r.now.Status != agent.Candidate
}

// plain is what the form shows of a rule that nobody has typed into.
func (r *lineRule) plain(h *agent.Heuristic, w *features.Written) map[string]string {
	f := formOfRule(h)
	typed := map[string]string{"title": f.title, "pattern": f.pattern, "strategy": f.strategy, "avoid": f.avoid, "steps": f.steps, "when": w.When, "advice": "do"}
	if h.Against() {
		typed["advice"] = "avoid"
	}
	for _, c := range w.Constants {
		typed["constant "+c.Name] = c.Value
	}
	return typed
}

// lineOf reads the rules behind a line, as they were seen and as they are now.
func (s *Section) lineOf(ctx context.Context, ids []string, form url.Values) ([]*lineRule, *features.RuleLanguage, error) {
	if len(ids) == 0 || len(ids) > catalog.MaxCommentRules {
		return nil, nil, agent.Errorf(agent.CodeInvalid, "a line has 1 to %d rules behind it, not %d; open the playbook again", catalog.MaxCommentRules, len(ids))
	}
	var language *features.RuleLanguage
	var rules []*lineRule
	for _, id := range ids {
		r := &lineRule{id: id, problem: map[string]string{}}
		var err error
		if r.now, err = s.cfg.Library.Get(ctx, id); err != nil && agent.CodeOf(err) != agent.CodeNotFound {
			return nil, nil, err
		}
		if err := s.seen(ctx, r, form); err != nil {
			return nil, nil, err
		}
		if language == nil && s.cfg.RuleLanguage != nil {
			language, _ = s.cfg.RuleLanguage(ctx, r.seen)
		}
		r.byWords = true
		if language != nil {
			if w, ok := language.Write(r.seen); ok {
				r.written, r.byCase, r.byWords = w, true, w.Own
			}
		}
		rules = append(rules, r)
	}
	return rules, language, nil
}

// seen sets the version of a rule that the person saw: what the form says, else what
// stands.
func (s *Section) seen(ctx context.Context, r *lineRule, form url.Values) error {
	if r.now != nil {
		r.seen, r.version, r.status = r.now, r.now.Version, r.now.Status
	}
	if version, err := strconv.Atoi(form.Get(r.id + ".version")); err == nil {
		r.version, r.status = version, agent.Status(form.Get(r.id+".status"))
	}
	if r.now != nil && r.now.Version == r.version {
		return nil
	}
	versions, err := s.cfg.Library.Versions(ctx, r.id)
	if err != nil && (r.now == nil || agent.CodeOf(err) != agent.CodeNotFound) {
		return err
	}
	for i := range versions {
		if r.seen == nil || versions[i].Version == r.version {
			r.seen = &versions[i].Heuristic
		}
	}
	if r.seen == nil {
		return agent.Errorf(agent.CodeNotFound, "there is no rule %q", r.id)
	}
	return nil
}

// read takes what was typed.
func (r *lineRule) read(form url.Values) {
	before := r.plain(r.seen, &r.written)
	r.typed = map[string]string{}
	for name, was := range before {
		is := was
		if values, given := form[r.id+"."+name]; given && len(values) > 0 {
			is = strings.TrimSpace(strings.ReplaceAll(values[0], "\r\n", "\n"))
		}
		r.typed[name] = is
		r.touched = r.touched || is != strings.TrimSpace(was)
	}
}

// rewrite says what a touched rule is to say.
func (r *lineRule) rewrite(language *features.RuleLanguage) catalog.RuleRewrite {
	w := catalog.RuleRewrite{ID: r.id, Version: r.version, Status: r.status}
	next := r.seen.Clone()
	if r.byWords {
		f := ruleForm{tier: string(next.Tier), title: r.typed["title"], pattern: r.typed["pattern"], strategy: r.typed["strategy"], avoid: r.typed["avoid"],
			because: next.Because, steps: r.typed["steps"], action: next.Action}
		f.apply(next)
		w.Words = f.edit()
	}
	if r.byCase {
		constants := map[string]string{}
		for _, c := range r.written.Constants {
			constants[c.Name] = r.typed["constant "+c.Name]
		}
		p, err := language.Rewrite(r.seen, r.typed["when"], constants)
		if err != nil {
			r.problem = ui.ProblemsOf(err)
			return w
		}
		next.Predicate, w.Predicate = p, p
		if !r.byWords {
			sayByCase(next, language, r.typed["advice"] == "avoid", &w)
		}
	}
	r.next = next
	return w
}

// sayByCase gives a rule the words of its predicate.
func sayByCase(next *agent.Heuristic, language *features.RuleLanguage, against bool, w *catalog.RuleRewrite) {
	next.Strategy, next.Avoid = "do", ""
	if against {
		next.Strategy, next.Avoid = "", "avoid"
	}
	said, _ := language.Write(next)
	if next.Title, next.Pattern = said.Title, said.When; against {
		next.Avoid = said.Label
	} else {
		next.Strategy = said.Label
	}
	next.Because = "a person says so"
	w.Words = catalog.HeuristicEdit{Title: &next.Title, Pattern: &next.Pattern, Strategy: &next.Strategy, Avoid: &next.Avoid, Because: &next.Because}
}

// editLineForm shows the rules behind a line.
func (s *Section) editLineForm(c echo.Context) error {
	q := c.QueryParams()
	rules, language, err := s.lineOf(c.Request().Context(), ui.Selected(q), url.Values{})
	if err != nil {
		return err
	}
	for _, r := range rules {
		r.read(url.Values{})
	}
	return s.showLine(c, http.StatusOK, rules, language, q, false, "")
}

// editLine changes the rules behind a line, or says what would happen to each. What
// was typed into a rule that changed meanwhile is kept, beside what became of it.
func (s *Section) editLine(c echo.Context) error {
	form, err := c.FormParams()
	if err != nil {
		return agent.Wrap(agent.CodeInvalid, err, "the form could not be read")
	}
	ctx := c.Request().Context()
	rules, language, err := s.lineOf(ctx, ui.Selected(form), form)
	if err != nil {
		return err
	}
	var rewrites []catalog.RuleRewrite
	refused, moved := false, false
	for _, r := range rules {
		if r.read(form); !r.touched {
			refresh(r, language)
			continue
		}
		rewrites = append(rewrites, r.rewrite(language))
		refused, moved = refused || len(r.problem) > 0, moved || r.moved()
	}
	switch {
	case refused:
		return s.showLine(c, http.StatusUnprocessableEntity, rules, language, form, true, "")
	case moved:
		return s.showLine(c, http.StatusConflict, rules, language, form, true, "")
	case form.Get("do") == "look":
		return s.showLine(c, http.StatusOK, rules, language, form, true, "")
	case len(rewrites) == 0:
		return s.showLine(c, http.StatusUnprocessableEntity, rules, language, form, false, "Nothing is changed yet: what you wrote is what the rules say.")
	}
	change, err := s.cfg.Lines.EditLine(ctx, ui.Person, partials.Clip(form.Get("title"), 120), rewrites)
	switch {
	case err == nil:
		return s.SeeOther(c, ui.BackToChange("/library", form, change))
	case agent.CodeOf(err) == agent.CodeConflict: // between the look at the rules and the change
		return s.editLineAgain(c, form, language)
	}
	if problems := ui.ProblemsOf(err); problems != nil {
		return s.showLine(c, http.StatusUnprocessableEntity, withProblems(rules, problems), language, form, true, "")
	}
	return err
}

// editLineAgain shows a line whose rules changed in the moment of saving.
func (s *Section) editLineAgain(c echo.Context, form url.Values, language *features.RuleLanguage) error {
	rules, _, err := s.lineOf(c.Request().Context(), ui.Selected(form), form)
	if err != nil {
		return err
	}
	for _, r := range rules {
		if r.read(form); r.touched {
			r.rewrite(language)
		}
	}
	return s.showLine(c, http.StatusConflict, rules, language, form, true, "")
}

// refresh shows a rule that nobody typed into as it is now.
func refresh(r *lineRule, language *features.RuleLanguage) {
	if r.now == nil || !r.moved() {
		return
	}
	r.seen, r.version, r.status = r.now, r.now.Version, r.now.Status
	if language != nil {
		r.written, _ = language.Write(r.now)
	}
	r.typed = r.plain(r.now, &r.written)
}

// withProblems gives each rule its messages.
func withProblems(rules []*lineRule, problems map[string]string) []*lineRule {
	for name, text := range problems {
		id, field, _ := strings.Cut(name, ".")
		i := slices.IndexFunc(rules, func(r *lineRule) bool { return r.id == id })
		if i < 0 {
			i, field = 0, ""
		}
		rules[i].problem[field] = text
	}
	return rules
}

func (s *Section) showLine(c echo.Context, status int, rules []*lineRule, language *features.RuleLanguage, form url.Values, outcomes bool, message string) error {
	back := "/library?" + form.Get("return")
	v := libraryview.LineForm{Action: s.Link("/library/line"), Cancel: s.Link(back), Return: form.Get("return"), Title: partials.Clip(form.Get("title"), 200), Message: message}
	for _, r := range rules {
		row, problems := s.lineRuleView(r, outcomes)
		v.Rules, v.Errors = append(v.Rules, row), append(v.Errors, problems...)
		if language != nil && len(v.Forms) == 0 && r.byCase {
			v.Forms = language.Completions(r.seen.Predicate.Action)
		}
	}
	title := ui.FirstOf(v.Title, "a line of the playbook")
	return s.Page(c, status, layout.Frame{Title: "Edit " + title, Crumbs: []layout.Crumb{{Label: "Library", Href: s.Link("/library")}, {Label: "Playbook", Href: s.Link(back)}, {Label: "Edit a line"}}},
		libraryview.LinePage(v))
}

// lineRuleView draws one rule of the form, with what would happen to it.
func (s *Section) lineRuleView(r *lineRule, outcome bool) (libraryview.LineRule, []pages.FieldError) {
	v := libraryview.LineRule{ID: r.id, Href: s.RuleLink(r.id), Title: ui.RuleTitle(r.seen), Message: r.problem[""], Evidence: lineEvidence(r.seen)}
	v.Version, v.Status = ui.Itoa(r.version), string(r.status)
	if r.now != nil {
		v.Version, v.Status, v.Chips = ui.Itoa(r.now.Version), string(r.now.Status), ui.RuleChips(r.now)
	} else {
		v.Status = ""
	}
	var problems []pages.FieldError
	add := func(name, label, hint, kind string, options []partials.Option) {
		f := partials.Field{ID: "f-" + r.id + "-" + strings.ReplaceAll(name, " ", "-"), Name: r.id + "." + name, Label: label, Hint: hint, Kind: kind, Value: r.typed[name], Error: r.problem[name], Options: options}
		if kind == "textarea" {
			f.Rows = "2"
		}
		if f.Error != "" {
			problems = append(problems, pages.FieldError{Href: ui.Href(f.ID), Label: r.id + ", " + label, Text: f.Error})
		}
		v.Fields = append(v.Fields, f)
	}
	if r.byWords {
		wordFields(r, add)
	}
	if r.byCase {
		caseFields(r, add)
	}
	if r.touched && r.moved() {
		v.Conflict = s.lineConflict(r)
	}
	if outcome && len(r.problem) == 0 {
		v.Outcome, v.Lines = r.outcome()
	}
	return v, problems
}

func wordFields(r *lineRule, add func(name, label, hint, kind string, options []partials.Option)) {
	add("title", "Title", "", "text", nil)
	add("pattern", "When, in words", "", "textarea", nil)
	add("strategy", "Do", "", "textarea", nil)
	add("avoid", "Avoid", "", "textarea", nil)
	if r.seen.Tier == agent.Procedural || len(r.seen.Steps) > 0 {
		add("steps", "Steps", "One a line, in order", "textarea", nil)
	}
}

func caseFields(r *lineRule, add func(name, label, hint, kind string, options []partials.Option)) {
	add("when", "When", "Conditions, with commas between them; after “unless” what must not be", "textarea", nil)
	for _, c := range r.written.Constants {
		name, kind := "constant "+c.Name, "text"
		var options []partials.Option
		if len(c.Options) > 0 {
			kind = "select"
			options = append(options, partials.Option{Value: "", Text: "any", Selected: r.typed[name] == ""})
			for _, o := range c.Options {
				options = append(options, partials.Option{Value: o, Text: o, Selected: r.typed[name] == o})
			}
		}
		add(name, ui.Title(c.Name), "", kind, options)
	}
	if !r.byWords {
		add("advice", "Then", "", "select", []partials.Option{{Value: "do", Text: "do it: " + r.seen.Predicate.Action, Selected: r.typed["advice"] == "do"},
			{Value: "avoid", Text: "avoid it", Selected: r.typed["advice"] == "avoid"}})
	}
}

func lineEvidence(h *agent.Heuristic) string {
	if n := h.Good + h.Bad; n > 0 {
		return fmt.Sprintf("good %d of %d times", h.Good, n)
	}
	if h.Author == agent.AuthorHuman {
		return "taught"
	}
	return "nothing counted yet"
}

// outcome says what saving does to a rule.
func (r *lineRule) outcome() (text string, lines []pages.DiffLine) {
	if !r.touched || r.next == nil {
		return "Stays as it is.", nil
	}
	base := r.seen
	if r.now != nil {
		base = r.now
	}
	lines = RuleDiff(base, r.next)
	switch {
	case r.now == nil:
		return "The rule is gone. What you wrote becomes a new rule of yours, in use at once.", lines
	case r.outOfUse():
		return "The rule stays " + ui.StatusWord(r.now.Status) + ". What you wrote becomes a new rule of yours, in use at once.", lines
	case r.now.Observed() && agent.SaysOtherwise(r.now, r.next):
		return "It says something else, so it becomes a new rule of yours, in use at once. " + r.id + " is retired: it keeps its evidence (" + lineEvidence(r.now) + ") and leads to the new one.", lines
	}
	return "Becomes version " + ui.Itoa(r.now.Version+1) + " of the rule. Its evidence and its place stay.", lines
}

// lineConflict tells what became of a rule since the form was opened.
func (s *Section) lineConflict(r *lineRule) *libraryview.RuleConflict {
	const kept = " What you typed is below, nothing is lost."
	switch h := r.now; {
	case h == nil:
		return &libraryview.RuleConflict{Text: "It was deleted." + kept + " Save again to teach it as a rule of your own."}
	case h.MergedInto != "":
		return &libraryview.RuleConflict{Text: "It was merged into " + h.MergedInto + " and retired." + kept + " Save again to teach it as a rule of your own.", Lines: RuleDiff(r.seen, h)}
	case h.SucceededBy != "":
		return &libraryview.RuleConflict{Text: "It was retired and gave way to " + h.SucceededBy + "." + kept + " Save again to teach it as a rule of your own.", Lines: RuleDiff(r.seen, h)}
	case r.outOfUse():
		by := ""
		if h.StatusBy != "" {
			by = " by " + h.StatusBy
		}
		return &libraryview.RuleConflict{Text: "It is " + ui.StatusWord(h.Status) + by + "." + kept + " Save again to teach it as a rule of your own.", Lines: RuleDiff(r.seen, h)}
	default:
		return &libraryview.RuleConflict{Text: "It is version " + ui.Itoa(h.Version) + ", " + ui.StatusWord(h.Status) + " now; you began with version " + ui.Itoa(r.version) + ", " + ui.StatusWord(r.status) + "." + kept +
			" Save again to put your words in place of theirs.", Lines: RuleDiff(r.seen, h)}
	}
}
