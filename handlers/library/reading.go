package library

import (
	"context"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/views/libraryview"
)

// maxRead bounds the words that are read while somebody types, in bytes: what no rule
// may be as long as needs no reading.
const maxRead = 4000

// readingOf says what the offline reasoner makes of what stands in a form, and which
// words it could read.
func (s *Section) readingOf(ctx context.Context, h *agent.Heuristic) libraryview.Reading {
	v := libraryview.Reading{}
	if s.cfg.RuleLanguage == nil {
		return v
	}
	language, ok := s.cfg.RuleLanguage(ctx, h)
	switch {
	case h.Scope.Environment == "":
		v.Text = "Which conditions the offline reasoner can read depends on the environment: say where the rule may be used."
		return v
	case !ok:
		v.Text = "Which conditions the offline reasoner can read depends on the environment, and nobody can look into this one now."
		return v
	}
	v.Actions, v.Forms = language.Actions(), language.Completions(h.Action)
	if strings.TrimSpace(h.Pattern+h.Strategy+h.Avoid) == "" {
		v.Text = "The offline reasoner reads conditions like those that are offered, of one action."
		return v
	}
	if len(h.Pattern)+len(h.Strategy)+len(h.Avoid) > maxRead {
		v.Text, v.Problem = "The offline reasoner can't use it: it is too long for a rule.", true
		return v
	}
	r := language.Read(h)
	if r.Problem != "" {
		v.Text, v.Problem = "The offline reasoner can't use it yet: "+r.Problem+". Language models read any words.", true
		return v
	}
	v.Text, v.Reads = "The offline reasoner reads it as: "+r.As+".", true
	return v
}

// ruleOfForm is the rule that a form would make of its words, as far as they are read.
func ruleOfForm(f ruleForm) *agent.Heuristic {
	h := &agent.Heuristic{Kind: agent.KindRule, Author: agent.AuthorHuman, Scope: agent.Scope{Environment: f.scope}}
	f.apply(h)
	return h
}

// showReading answers while somebody types.
func (s *Section) showReading(c echo.Context) error {
	values, err := c.FormParams()
	if err != nil {
		return agent.Wrap(agent.CodeInvalid, err, "the form could not be read")
	}
	ctx, h := c.Request().Context(), ruleOfForm(readRuleForm(values))
	if id := values.Get("id"); id != "" { // of a rule that is edited: its world is the rule's
		stored, err := s.cfg.Library.Get(ctx, id)
		if err != nil {
			return err
		}
		h.Scope = stored.Scope
	}
	return s.Render(c, http.StatusOK, libraryview.ReadingSays(s.readingOf(ctx, h)))
}

// joined adds a condition to those of a form.
func joined(pattern, condition string) string {
	condition = strings.TrimSpace(condition)
	switch {
	case condition == "":
		return pattern
	case pattern == "":
		return "when " + condition
	}
	return pattern + ", " + condition
}
