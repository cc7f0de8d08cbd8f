package library

import (
	"cmp"
	"context"
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
	"purposeagent/views/partials"
)

// LineEditor changes the rules behind a line of a playbook, all or none, as one
// change that can be undone. Errors: CodeConflict if a rule is no more as the person
// saw it, CodeNotFound, CodeInvalid with a message for "ID.field".
type LineEditor interface {
	EditLine(ctx context.Context, actor, line string, rewrites []catalog.RuleRewrite) (catalog.LibraryChange, error)
}

func (s playbookPages) registerLines(g *echo.Group) {
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
	typed := map[string]string{"title": f.title, "pattern": afterLead(f.pattern), "strategy": f.strategy, "avoid": f.avoid, "steps": f.steps, "when": afterLead(w.When), "advice": "do"}
	if h.Against() {
		typed["advice"] = "avoid"
	}
	for _, c := range w.Constants {
		typed["constant "+c.Name] = c.Value
	}
	return typed
}

// afterLead is what stands in a field that is called "When" already.
func afterLead(when string) string {
	const lead = "when "
	if len(when) > len(lead) && strings.EqualFold(when[:len(lead)], lead) {
		return when[len(lead):]
	}
	return when
}

// lineOf reads the rules behind a line, as they were seen and as they are now.
func (s playbookPages) lineOf(ctx context.Context, ids []string, form url.Values) ([]*lineRule, *features.RuleLanguage, error) {
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
	return rules, language, oneWorld(rules)
}

// oneWorld is CodeInvalid for rules that can't all be of one world: no line says them.
func oneWorld(rules []*lineRule) error {
	var world agent.Scope
	of := "" // the rule that says which it is
	for _, r := range rules {
		s := r.seen.Scope
		both := agent.Scope{Environment: cmp.Or(world.Environment, s.Environment), Dynamics: cmp.Or(world.Dynamics, s.Dynamics), Schema: cmp.Or(world.Schema, s.Schema)}
		if !world.Covers(both) || !s.Covers(both) {
			a, b := ui.ScopeLabel(world), ui.ScopeLabel(s)
			if a == b {
				b += " with other actions"
			}
			return agent.Errorf(agent.CodeInvalid, "rule %s is about %s and rule %s about %s: a line has rules of one world; edit each from its own playbook", of, a, r.id, b)
		}
		if both != world {
			world, of = both, r.id
		}
	}
	return nil
}

// seen sets the version of a rule that the person saw: what the form says, else what
// stands.
func (s playbookPages) seen(ctx context.Context, r *lineRule, form url.Values) error {
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
		return agent.Errorf(agent.CodeNotFound, "there is no rule %q", partials.Clip(r.id, 80))
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
		if f.pattern == afterLead(next.Pattern) { // nobody typed into it
			f.pattern = next.Pattern
		}
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
			if slices.Equal(p.When, r.seen.Predicate.When) { // its words stay, in full or in short
				next.Pattern = r.seen.Pattern
			}
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
func (s playbookPages) editLineForm(c echo.Context) error {
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
func (s playbookPages) editLine(c echo.Context) error {
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
		return s.editLineAgain(c, form)
	}
	if problems := ui.ProblemsOf(err); problems != nil {
		return s.showLine(c, http.StatusUnprocessableEntity, withProblems(rules, problems), language, form, true, "")
	}
	return err
}

// editLineAgain shows a line whose rules changed in the moment of saving.
func (s playbookPages) editLineAgain(c echo.Context, form url.Values) error {
	rules, language, err := s.lineOf(c.Request().Context(), ui.Selected(form), form)
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
