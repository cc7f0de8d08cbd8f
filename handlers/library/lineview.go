package library

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/agent/features"
	"purposeagent/handlers/ui"
	"purposeagent/views/layout"
	"purposeagent/views/libraryview"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

func (s playbookPages) showLine(c echo.Context, status int, rules []*lineRule, language *features.RuleLanguage, form url.Values, outcomes bool, message string) error {
	back := "/library?" + form.Get("return")
	v := libraryview.LineForm{Action: s.Link("/library/line"), Cancel: s.Link(back), Return: form.Get("return"), Title: partials.Clip(form.Get("title"), 200), Message: message}
	for _, r := range rules {
		row, problems := s.lineRuleView(c.Request().Context(), r, outcomes)
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
func (s playbookPages) lineRuleView(ctx context.Context, r *lineRule, outcome bool) (libraryview.LineRule, []pages.FieldError) {
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
			problems = append(problems, pages.FieldError{Href: ui.Href(f.ID), Label: v.Title + ", " + label, Text: f.Error})
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
		v.Conflict = s.lineConflict(ctx, r)
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
		return "It says something else, so it becomes a new rule of yours, in use at once. This rule is retired: it keeps its evidence (" + lineEvidence(r.now) + ") and leads to the new one.", lines
	}
	return "Becomes version " + ui.Itoa(r.now.Version+1) + " of the rule. Its evidence and its place stay.", lines
}

// lineConflict tells what became of a rule since the form was opened.
func (s playbookPages) lineConflict(ctx context.Context, r *lineRule) *libraryview.RuleConflict {
	const kept = " What you typed is below, nothing is lost."
	switch h := r.now; {
	case h == nil:
		return &libraryview.RuleConflict{Text: "It was deleted." + kept + " Save again to teach it as a rule of your own."}
	case h.MergedInto != "":
		return &libraryview.RuleConflict{Text: "It was merged into " + ui.Quoted(s.RuleTitles(ctx)(h.MergedInto)) + " and retired." + kept + " Save again to teach it as a rule of your own.", Lines: RuleDiff(r.seen, h)}
	case h.SucceededBy != "":
		return &libraryview.RuleConflict{Text: "It was retired and gave way to " + ui.Quoted(s.RuleTitles(ctx)(h.SucceededBy)) + "." + kept + " Save again to teach it as a rule of your own.", Lines: RuleDiff(r.seen, h)}
	case r.outOfUse():
		by := ""
		if h.StatusBy != "" {
			by = " by " + h.StatusBy
		}
		return &libraryview.RuleConflict{Text: "It is " + ui.StatusWord(h.Status) + by + "." + kept + " Save again to teach it as a rule of your own.", Lines: RuleDiff(r.seen, h)}
	default:
		began := ""
		if r.version > 0 && r.status != "" {
			began = "; you began with version " + ui.Itoa(r.version) + ", " + ui.StatusWord(r.status)
		}
		return &libraryview.RuleConflict{Text: "It is version " + ui.Itoa(h.Version) + ", " + ui.StatusWord(h.Status) + " now" + began + "." + kept +
			" Save again to put your words in place of theirs.", Lines: RuleDiff(r.seen, h)}
	}
}
