package environments

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"purposeagent/agent/catalog"
	"purposeagent/handlers/ui"
	"purposeagent/views/environmentsview"
	"purposeagent/views/layout"
	"purposeagent/views/partials"
)

// section is the label of the pages in the rail.
const section = "Environments"

func pathOf(kind string) string { return "/environments/" + url.PathEscape(kind) }

// list shows all kinds.
func (s *Section) list(c echo.Context) error {
	v := environmentsview.List{}
	counts := s.countOf(c.Request().Context())
	for _, k := range s.Environments.Kinds() {
		v.Kinds = append(v.Kinds, s.card(&k, counts))
	}
	return s.Page(c, http.StatusOK, layout.Frame{Title: section, Crumbs: []layout.Crumb{{Label: section}}}, environmentsview.ListPage(v))
}

// counts are how many runs and usable rules there are by environment.
type counts struct {
	runs, rules map[string]int
	all         bool // the runs are all that there are, not the newest only
}

// countOf counts what was done and learned. The pages are worth more than that,
// so where it can't be counted nothing is said.
func (s *Section) countOf(ctx context.Context) counts {
	var n counts
	facets, err := s.cfg.Runs.Facets(ctx, catalog.RunQuery{})
	if err != nil {
		s.Logger.WarnContext(ctx, "runs not counted", "err", err)
	} else {
		n.runs, n.all = facets.Envs, facets.Matching < catalog.MaxCounted
	}
	report, err := s.cfg.Library.Report(ctx)
	if err != nil {
		s.Logger.WarnContext(ctx, "rules not counted", "err", err)
	} else {
		n.rules = report.Usable
	}
	return n
}

// card is a kind in few words.
func (s *Section) card(k *ui.Kind, n counts) environmentsview.Card {
	card := environmentsview.Card{Name: k.Name, Title: k.Title, Text: k.Text, Icon: ui.FirstOf(k.Icon, ui.DefaultIcon), Href: s.Link(pathOf(k.Name)),
		Allowed: partials.Chip{Text: "ready", Icon: "ok", Tone: "good"}}
	if k.Program {
		card.Allowed = partials.Chip{Text: "starts programs, allowed", Icon: "ok", Tone: "good"}
	}
	if k.Refused != "" {
		card.Text = strings.TrimSpace(strings.TrimSuffix(k.Text, k.Refused+".")) // it is said beside
		card.Refused = ui.Sentence(k.Refused)
		card.Allowed = partials.Chip{Text: "refused here", Icon: "ban", Tone: "warn"}
		return s.counted(card, k, n)
	}
	card.Launch = s.Link("/runs/new?environment.name=" + url.QueryEscape(k.Name))
	if s.cfg.Consoles != nil {
		card.Try = s.Link(pathOf(k.Name) + "#try")
	}
	return s.counted(card, k, n)
}

func (s *Section) counted(card environmentsview.Card, k *ui.Kind, n counts) environmentsview.Card {
	query := "?q=" + url.QueryEscape("env:"+k.Name)
	switch runs := n.runs[k.Name]; {
	case n.runs == nil || !n.all && runs == 0:
	case runs == 0:
		card.Counts = append(card.Counts, partials.Link{Text: "no run yet"})
	default:
		text := partials.Plural(runs, "run")
		if !n.all {
			text += " of the newest"
		}
		card.Counts = append(card.Counts, partials.Link{Text: text, Href: s.Link("/runs" + query)})
	}
	if rules := n.rules[k.Name]; rules > 0 {
		card.Counts = append(card.Counts, partials.Link{Text: partials.Plural(rules, "rule") + " in use", Href: s.Link("/library?sort=support&q=" + url.QueryEscape("env:"+k.Name))})
	} else if n.rules != nil {
		card.Counts = append(card.Counts, partials.Link{Text: "no rule in use"})
	}
	return card
}
