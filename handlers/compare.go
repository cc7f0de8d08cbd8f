package handlers

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
	"purposeagent/views/layout"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// Bounds of a comparison.
const (
	maxCompared      = 4
	maxComparedRead  = 2000     // steps of each run
	maxComparedBytes = 64 << 20 // of their states
	maxComparedRows  = 600      // on the page
)

func (s *Server) registerCompare(g *echo.Group) { g.GET("/compare", s.compareRuns) }

// compareRuns shows 2 to 4 runs beside each other: ?runs=a,b, and ?row=7 for
// the states of one row.
func (s *Server) compareRuns(c echo.Context) error {
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
	all.rows = align(all.keys())
	chosen := all.divergence()
	if text := c.QueryParam("row"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > len(all.rows) {
			return agent.Errorf(agent.CodeNotFound, "there is no row %q; the comparison has %d", partials.Clip(text, 20), len(all.rows))
		}
		chosen = n - 1
	}
	frame := layout.Frame{Title: "Compare " + strings.Join(ids, ", "), Crumbs: []layout.Crumb{{Label: "Runs", Href: s.link("/runs")}, {Label: "Compare"}},
		Keys: []layout.Key{{Keys: []string{"d"}, Does: "jump to where the runs first differ"}}}
	return s.page(c, http.StatusOK, frame, pages.ComparePage(s.compareView(&all, chosen)))
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
	line  []agent.PhiPoint
	rules map[string]bool // shown to the actor or cited by it
}

func (s *Server) compared(ctx context.Context, id string) (comparedRun, error) {
	one := comparedRun{rules: map[string]bool{}}
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
				one.rules[u.ID] = true
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

// compareKeys give the runs their colours in the chart.
var compareKeys = [maxCompared]string{"on", "off", "placebo", "append"}

func (s *Server) compareView(c *comparison, chosen int) pages.Compare {
	v := pages.Compare{Chart: c.chart()}
	var ids []string
	for i, r := range c.runs {
		ids = append(ids, r.run.ID)
		v.Runs = append(v.Runs, pages.ComparedRun{Key: compareKeys[i], Name: r.run.ID, Href: s.runLink(r.run.ID), Purpose: partials.Clip(purposeOf(r.run), 80)})
	}
	link := "/compare?runs=" + url.QueryEscape(strings.Join(ids, ","))
	v.Facts = c.facts()
	same, first := 0, c.divergence()
	from := max(0, min(chosen, len(c.rows))-maxComparedRows/2)
	for i := range c.rows {
		if c.rows[i].same {
			same++
		}
		if i >= from && i < from+maxComparedRows {
			v.Rows = append(v.Rows, c.row(s, i, i == first, i == chosen, link))
		}
	}
	switch {
	case first < 0:
		v.Lead = fmt.Sprintf("The runs took the same %s, to the same states.", partials.Plural(len(c.rows), "step"))
	case first == 0:
		v.Lead = "The runs differ from the first step on."
	default:
		v.Lead = fmt.Sprintf("The runs are the same for %s, then they differ.", partials.Plural(first, "step"))
	}
	v.Lead += fmt.Sprintf(" %d of %s are in all of them.", same, partials.Plural(len(c.rows), "row"))
	if len(v.Rows) < len(c.rows) {
		v.Note = fmt.Sprintf("Rows %d to %d of %d; choose a row in the address (row=) to see those around it.", from+1, from+len(v.Rows), len(c.rows))
	}
	for _, r := range c.runs {
		if r.run.Steps > len(r.steps) {
			v.Note += fmt.Sprintf(" Of %s the first %s steps are compared.", r.run.ID, partialsCount(len(r.steps)))
		}
	}
	if first >= 0 {
		v.Jump = s.link(fmt.Sprintf("%s&row=%d#row-%d", link, first+1, first+1))
	}
	if chosen >= 0 && chosen < len(c.rows) {
		v.Diffs = c.diffs(chosen)
		v.DiffOf = "States of row " + strconv.Itoa(chosen+1)
	}
	return v
}

func (c *comparison) row(s *Server, i int, first, chosen bool, link string) pages.CompareRow {
	row := pages.CompareRow{N: strconv.Itoa(i + 1), Href: s.link(fmt.Sprintf("%s&row=%d#row-%d", link, i+1, i+1)), Same: c.rows[i].same, First: first, Current: chosen}
	for r, at := range c.rows[i].at {
		cell := pages.CompareCell{}
		if at >= 0 {
			step := &c.runs[r].steps[at]
			name, rest := actionWords(step.Action)
			cell = pages.CompareCell{N: "#" + strconv.Itoa(step.Index), Href: s.stepLink(c.runs[r].run.ID, step.Index, ""), Action: name, Rest: rest,
				Phi: partials.Phi(step.Score.PhiAfter), Delta: partials.NewDelta(step.Score.Delta)}
		}
		row.Cells = append(row.Cells, cell)
	}
	return row
}

// diffs compares the states that the runs are in at a row: each with the first.
func (c *comparison) diffs(row int) []pages.CompareDiff {
	var out []pages.CompareDiff
	base := c.stateAt(0, row)
	for r := 1; r < len(c.runs); r++ {
		changes, same := diffStates(base, c.stateAt(r, row))
		d := pages.CompareDiff{Title: c.runs[0].run.ID + " against " + c.runs[r].run.ID, Note: partials.Plural(same, "value") + " the same"}
		d.Lines = changes[:min(len(changes), maxDiffLines)]
		if extra := len(changes) - len(d.Lines); extra > 0 {
			d.Note += fmt.Sprintf("; %d more differ", extra)
		}
		out = append(out, d)
	}
	return out
}

// stateAt is the data of the state that a run is in after a row.
func (c *comparison) stateAt(run, row int) agent.Object {
	for i := row; i >= 0; i-- {
		if at := c.rows[i].at[run]; at >= 0 {
			return c.runs[run].steps[at].After.Data
		}
	}
	if steps := c.runs[run].steps; len(steps) > 0 {
		return steps[0].Before.Data
	}
	return ""
}

// facts are what the runs came to, with those that differ marked.
func (c *comparison) facts() []pages.CompareFact {
	var facts []pages.CompareFact
	add := func(word string, value func(comparedRun) string) {
		f := pages.CompareFact{Word: word}
		for _, r := range c.runs {
			text := value(r)
			f.Differs = f.Differs || len(f.Values) > 0 && text != f.Values[0]
			f.Values = append(f.Values, text)
		}
		facts = append(facts, f)
	}
	add("Status", func(r comparedRun) string { return stateOf(r.run.Status).Word })
	add("Outcome", func(r comparedRun) string { return outcomeOf(r.run.Outcome, r.run.Status).Text })
	add("Steps", func(r comparedRun) string { return partialsCount(r.run.Steps) })
	add("Φ", func(r comparedRun) string { return partials.Phi(r.run.Phi) })
	add("World", func(r comparedRun) string {
		return r.run.Spec.Environment.Name + " " + partials.Clip(r.run.Spec.Environment.Config.String(), 120)
	})
	add("Seed", func(r comparedRun) string { return strconv.FormatInt(r.run.Seed, 10) })
	add("Actor", func(r comparedRun) string { return modelName(r.run.Spec.Models.Actor) })
	add("Critic", func(r comparedRun) string { return modelName(r.run.Spec.Models.Critic) })
	add("Memory", func(r comparedRun) string { return r.run.Spec.Memory })
	add("Rules shown", func(r comparedRun) string { return partialsCount(len(r.rules)) })
	add("Tokens", func(r comparedRun) string { return about(r.run.Usage, partials.Count(r.run.Usage.Tokens())) })
	add("Cost", func(r comparedRun) string { return about(r.run.Usage, dollars(r.run.Usage.USD)) })
	for r := 1; r < len(c.runs); r++ {
		var only []string
		for id := range c.runs[r].rules {
			if !c.runs[0].rules[id] {
				only = append(only, id)
			}
		}
		slices.Sort(only)
		if len(only) > 0 {
			f := pages.CompareFact{Word: "Rules not in " + c.runs[0].run.ID, Differs: true, Values: make([]string, len(c.runs))}
			f.Values[r] = partials.Clip(strings.Join(only, ", "), 200)
			facts = append(facts, f)
		}
	}
	return facts
}

// comparePlot is where the Φ lines are drawn.
var comparePlot = plotArea{top: 14, bottom: 174, left: 1, right: 99}

// chart lays the Φ lines over each other, by step.
func (c *comparison) chart() pages.CurveChart {
	longest := 1
	for _, r := range c.runs {
		longest = max(longest, len(r.line))
	}
	chart := pages.CurveChart{Height: "206", XTicksY: "200", Label: "Φ by step. "}
	for _, phi := range []float64{0, 5, 10} {
		chart.YTicks = append(chart.YTicks, pages.Tick{At: px(comparePlot.y(phi / agent.MaxPhi)), Text: strconv.Itoa(int(phi))})
	}
	for i, r := range c.runs {
		curve := pages.Curve{Key: compareKeys[i], Name: r.run.ID, EndText: partials.Phi(r.run.Phi)}
		var points []curvePoint
		stride := (len(r.line) + 599) / 600
		if len(r.run.Spark.Points) > 0 {
			points = append(points, curvePoint{at: 0, share: r.run.Spark.Points[0] / agent.MaxPhi})
		}
		for j := range r.line {
			if j%max(stride, 1) == 0 || j == len(r.line)-1 {
				points = append(points, curvePoint{at: float64(j+1) / float64(longest), share: r.line[j].Phi / agent.MaxPhi})
			}
		}
		comparePlot.curve(&curve, points)
		curve.Band = ""
		chart.Curves = append(chart.Curves, curve)
		chart.Label += fmt.Sprintf("%s ends at %s after %d steps. ", r.run.ID, partials.Phi(r.run.Phi), r.run.Steps)
	}
	comparePlot.separateLabels(chart.Curves)
	for _, n := range ticks(longest) {
		chart.XTicks = append(chart.XTicks, pages.Tick{At: px(comparePlot.x(float64(n)/float64(longest))) + "%", Text: itoa(n)})
	}
	return chart
}
