package review

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/duplicates"
	"purposeagent/handlers/library"
	"purposeagent/handlers/ui"
	"purposeagent/views/layout"
	"purposeagent/views/partials"
	"purposeagent/views/reviewview"
)

// What a page of near rules shows at most.
const (
	maxConflicts = 30
	maxClusters  = 30
	maxMatrix    = 12 // rules in one matrix
)

// nearRules shows the rules that contradict or repeat each other.
func (s *Section) nearRules(c echo.Context) error {
	m, err := s.cfg.Library.Near(c.Request().Context())
	if err != nil {
		return err
	}
	v := reviewview.NearRules{Notice: s.NoticeView(ui.ReadNotice(c), "/library/near"),
		Note: fmt.Sprintf("%s in words were compared, each with at most %d others.", partials.Plural(m.Rules, "rule"), duplicates.MaxNear)}
	if m.Apart > 0 {
		v.Note += " " + partials.Plural(m.Apart, "rule") + " with a condition that a program reads are left out: there, a single word makes a different rule, and equal conditions already make one rule."
	}
	if m.Decided > 0 {
		v.Note += " " + partials.Plural(m.Decided, "pair") + " left out by a person's decision."
	}
	for _, p := range m.Pairs {
		if p.Opposed && len(v.Conflicts) < maxConflicts {
			v.Conflicts = append(v.Conflicts, s.conflictView(p))
		}
	}
	clusters := m.Clusters()
	for _, rules := range clusters[:min(len(clusters), maxClusters)] {
		v.Clusters = append(v.Clusters, s.clusterView(rules, m.Pairs))
	}
	if more := len(clusters) - maxClusters; more > 0 {
		v.More = "and " + partials.Plural(more, "smaller group")
	}
	v.Verdict = nearVerdict(len(v.Conflicts), len(clusters))
	return s.Page(c, http.StatusOK, layout.Frame{Title: "Conflicts and repetitions",
		Crumbs: []layout.Crumb{{Label: "Library", Href: s.Link("/library")}, {Label: "Conflicts"}}}, reviewview.NearPage(v))
}

func nearVerdict(conflicts, clusters int) string {
	if conflicts+clusters == 0 {
		return "No rule contradicts or repeats another"
	}
	return partials.Plural(conflicts, "conflict") + ", " + partials.Plural(clusters, "group") + " of rules that say nearly the same"
}

func (s *Section) conflictView(p duplicates.Pair) reviewview.Conflict {
	return reviewview.Conflict{A: s.conflictSide(p.A), B: s.conflictSide(p.B), Action: s.Link("/library/near"),
		Merge:    s.Link("/library/merge?" + url.Values{"ids": {p.A.ID, p.B.ID}}.Encode()),
		Likeness: "words " + ui.Fraction(p.Jaccard) + ", cosine " + ui.Fraction(p.Cosine)}
}

func (s *Section) conflictSide(h *agent.Heuristic) reviewview.ConflictSide {
	side := reviewview.ConflictSide{ID: h.ID, Title: h.Title, Href: s.RuleLink(h.ID), When: ui.AfterWhen(h.Pattern), Do: h.Strategy, Avoid: h.Avoid, Status: ui.RuleChips(h),
		Evidence: partials.Count(int64(h.Good)) + " for, " + partials.Count(int64(h.Bad)) + " against", Uplift: library.UpliftOf(h, library.HelpScale(h))}
	if len(h.Steps) > 0 && h.Strategy == "" {
		side.Do = partials.Plural(len(h.Steps), "step")
	}
	return side
}

// clusterView draws a group of near rules as a matrix of likeness.
func (s *Section) clusterView(rules []*agent.Heuristic, pairs []duplicates.Pair) reviewview.NearCluster {
	v := reviewview.NearCluster{Title: partials.Plural(len(rules), "rule"), Table: partials.Table{Head: []string{"Rule", "Rule", "Words (Jaccard)", "Cosine"}, Numbers: 2}}
	shown := rules[:min(len(rules), maxMatrix)]
	v.Size = ui.Itoa(len(shown) * cell)
	ids := url.Values{}
	place := map[string]int{}
	for i, h := range shown {
		place[h.ID] = i
		ids.Add("ids", h.ID)
		v.Rules = append(v.Rules, reviewview.NearRule{Number: ui.Itoa(i + 1), ID: h.ID, Title: h.Title, Href: s.RuleLink(h.ID), Status: ui.RuleChips(h),
			Words: "when " + ui.AfterWhen(h.Pattern) + ": " + ui.FirstOf(h.Strategy, "avoid "+h.Avoid)})
	}
	v.Merge = s.Link("/library/merge?" + ids.Encode())
	if more := len(rules) - len(shown); more > 0 {
		v.More = "and " + partials.Plural(more, "more rule")
	}
	for _, p := range pairs {
		a, okA := place[p.A.ID]
		b, okB := place[p.B.ID]
		if !okA || !okB || p.Opposed {
			continue
		}
		v.Table.Rows = append(v.Table.Rows, []string{ui.RuleTitle(p.A), ui.RuleTitle(p.B), ui.Fraction(p.Jaccard), ui.Fraction(p.Cosine)})
		for _, at := range [][2]int{{a, b}, {b, a}} {
			v.Cells = append(v.Cells, reviewview.MatrixCell{X: ui.Itoa(at[0]*cell + 1), Y: ui.Itoa(at[1]*cell + 1), Opacity: ui.Fraction(max(p.Jaccard, p.Cosine)),
				Title: fmt.Sprintf("%s and %s: words %s, cosine %s", ui.RuleTitle(p.A), ui.RuleTitle(p.B), ui.Fraction(p.Jaccard), ui.Fraction(p.Cosine))})
		}
	}
	for i := range shown {
		v.Diagonal = append(v.Diagonal, reviewview.MatrixCell{X: ui.Itoa(i*cell + 1), Y: ui.Itoa(i*cell + 1), Title: ui.Itoa(i + 1),
			TextX: ui.Itoa(i*cell + cell/2), TextY: ui.Itoa(i*cell + cell/2 + 4)})
	}
	v.Label = fmt.Sprintf("How alike %d rules are; the table below has the numbers", len(shown))
	return v
}

// cell is the side of a square of the matrix, in px.
const cell = 20

// decideNear does what a person decided about two rules.
func (s *Section) decideNear(c echo.Context) error {
	ctx := c.Request().Context()
	a, b := c.FormValue("a"), c.FormValue("b")
	if a == "" || b == "" || a == b {
		return agent.Errorf(agent.CodeInvalid, "the form does not name two rules; open the page again")
	}
	did, err := s.decidePair(ctx, a, b, c.FormValue("do"))
	if err != nil {
		return err
	}
	return s.SeeOther(c, "/library/near?"+did.Encode())
}

// What a person can decide about two rules.
const (
	keepFirst  = "keep a"
	keepSecond = "keep b"
	tryBoth    = "try both"
	stillOpen  = "open" // takes "both right" back
)

// decidePair does what a person decided about two rules and returns how the
// next page tells it.
func (s *Section) decidePair(ctx context.Context, a, b, do string) (url.Values, error) {
	var ids []string
	action := agent.ActRetire
	switch do {
	case keepFirst:
		ids = []string{b}
	case keepSecond:
		ids = []string{a}
	case tryBoth:
		action, ids = agent.ActTrial, []string{a, b}
	case ui.BothRight:
		return url.Values{"did": {do}, "n": {"2"}}, s.cfg.Library.Decide(ctx, ui.Person, a, b, do)
	default:
		return nil, agent.Errorf(agent.CodeInvalid, "there is no decision %q about two rules", partials.Clip(do, 40))
	}
	slices.Sort(ids)
	change, err := s.cfg.Library.Change(ctx, ui.Person, action, catalog.RuleSelection{IDs: ids})
	return ui.Noticed(url.Values{}, change), err
}
