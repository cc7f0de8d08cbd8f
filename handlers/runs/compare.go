package runs

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/handlers/ui"
	"purposeagent/views/layout"
	"purposeagent/views/partials"
	"purposeagent/views/runsview"
)

// Bounds of a comparison.
const (
	maxCompared      = 4
	maxComparedRead  = 2000     // steps of each run
	maxComparedBytes = 64 << 20 // of their states
	maxComparedRows  = 600      // on the page
)

func (s *Section) registerCompare(g *echo.Group) { g.GET("/compare", s.compareRuns) }

// compareRuns shows 2 to 4 runs beside each other: ?runs=a,b, and ?row=7 for
// the states of one row.
func (s *Section) compareRuns(c echo.Context) error {
	ctx := c.Request().Context()
	ids := runIDs(c.QueryParams())
	if len(ids) < 2 || len(ids) > maxCompared {
		return agent.Errorf(agent.CodeInvalid, "choose 2 to %d runs to compare, as in /compare?runs=r_1,r_2; this names %d", maxCompared, len(ids))
	}
	var all comparison
	for _, id := range ids {
		one, err := s.compared(ctx, id)
		if err != nil {
			return err
		}
		all.runs = append(all.runs, one)
	}
	all.rows = closeUp(align(all.keys()))
	chosen := all.divergence()
	if text := c.QueryParam("row"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > len(all.rows) {
			return agent.Errorf(agent.CodeNotFound, "there is no row %q; the comparison has %d", partials.Clip(text, 20), len(all.rows))
		}
		chosen = n - 1
	}
	frame := layout.Frame{Title: "Compare " + all.title(), Crumbs: []layout.Crumb{{Label: "Runs", Href: s.Link("/runs")}, {Label: "Compare"}},
		Keys: []layout.Key{{Keys: []string{"d"}, Does: "jump to where the runs first differ"}}}
	return s.Page(c, http.StatusOK, frame, runsview.ComparePage(s.compareView(ctx, &all, chosen, c.QueryParams().Has("row"))))
}

// runIDs reads the ids, each once: a list with commas, or several of them.
func runIDs(values url.Values) []string {
	var ids []string
	for _, text := range append(values["runs"], values["id"]...) {
		for id := range strings.SplitSeq(text, ",") {
			if id = strings.TrimSpace(id); id != "" && !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// comparison is what is compared.
type comparison struct {
	runs []comparedRun
	rows []alignedRow
}

type comparedRun struct {
	run   agent.Run
	steps []agent.Step
	line  []catalog.PhiPoint
	rules map[string]string // title by id of those that were shown to the actor or cited by it
}

func (s *Section) compared(ctx context.Context, id string) (comparedRun, error) {
	one := comparedRun{rules: map[string]string{}}
	var err error
	if one.run, err = s.cfg.Runs.Get(ctx, id); err != nil {
		return one, err
	}
	if one.line, err = s.cfg.Runs.PhiLine(ctx, id); err != nil {
		return one, err
	}
	size := 0
	for len(one.steps) < maxComparedRead && size < maxComparedBytes {
		more, err := s.cfg.Runs.Steps(ctx, id, len(one.steps), min(1000, maxComparedRead-len(one.steps)))
		if err != nil {
			return one, err
		}
		if len(more) == 0 {
			break
		}
		for i := range more {
			size += len(more[i].After.Data)
		}
		one.steps = append(one.steps, more...)
	}
	for i := range one.steps {
		for _, u := range one.steps[i].Memory {
			if u.Use == agent.UseShown || u.Use == agent.UseCited {
				one.rules[u.ID] = ui.FirstOf(u.Title, u.ID)
			}
		}
	}
	return one, nil
}

func (c *comparison) keys() [][]string {
	keys := make([][]string, len(c.runs))
	for r := range c.runs {
		for i := range c.runs[r].steps {
			keys[r] = append(keys[r], stepKey(&c.runs[r].steps[i]))
		}
	}
	return keys
}

// divergence is the first row that not all runs have, -1 for none.
func (c *comparison) divergence() int {
	return slices.IndexFunc(c.rows, func(r alignedRow) bool { return !r.same })
}
