package labpages

import (
	"context"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/handlers/ui"
	"purposeagent/views/partials"
)

// rulesOffered bounds the rules that the form of an experiment offers to leave out.
const rulesOffered = 50

// rulesTitled lists the ids of the rules that have exactly this title.
func (s *Section) rulesTitled(ctx context.Context, title string) []string {
	page, err := s.cfg.Library.List(ctx, catalog.HeuristicQuery{Text: title, Limit: 500})
	if err != nil {
		return nil // it can be named by its id
	}
	var ids []string
	for i := range page.Items {
		if page.Items[i].Title == title {
			ids = append(ids, page.Items[i].ID)
		}
	}
	return ids
}

// ruleText is how a form names a rule: by its title, or by its id where others
// have the same title or no rule has the id.
func (s *Section) ruleText(ctx context.Context, id string) string {
	if id == "" {
		return ""
	}
	h, err := s.cfg.Library.Get(ctx, id)
	if err != nil || len(s.rulesTitled(ctx, h.Title)) != 1 {
		return id
	}
	return h.Title
}

// ruleNamed reads what a person wrote for a rule: its id or its title. A text
// that is neither is kept: an experiment that trains afresh makes the ids of its
// rules itself.
func (s *Section) ruleNamed(ctx context.Context, text string) (id, problem string) {
	if text == "" {
		return "", ""
	}
	if _, err := s.cfg.Library.Get(ctx, text); err == nil {
		return text, ""
	}
	switch ids := s.rulesTitled(ctx, text); len(ids) {
	case 0:
		return text, ""
	case 1:
		return ids[0], ""
	default:
		more := ""
		if len(ids) > 5 {
			ids, more = ids[:5], " and others"
		}
		return text, "several rules have this title; write the id of one: " + strings.Join(ids, ", ") + more
	}
}

// rulesToLeaveOut are the most used rules of an environment, as choices.
func (s *Section) rulesToLeaveOut(ctx context.Context, environment string) []partials.Option {
	page, err := s.cfg.Library.List(ctx, catalog.HeuristicQuery{Environment: environment, Status: []agent.Status{agent.Active, agent.Probation}, Sort: "uses", Limit: rulesOffered})
	if err != nil {
		return nil // the form works without choices
	}
	times := map[string]int{}
	for i := range page.Items {
		times[page.Items[i].Title]++
	}
	var out []partials.Option
	for i := range page.Items {
		h := &page.Items[i]
		o := partials.Option{Value: h.Title, Text: "when " + partials.Clip(ui.AfterWhen(h.Pattern), 80)}
		if times[h.Title] > 1 {
			o.Value, o.Text = h.ID, h.Title+" · "+o.Text
		}
		out = append(out, o)
	}
	return out
}
