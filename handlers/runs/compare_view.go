package runs

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"purposeagent/agent"
	"purposeagent/handlers/ui"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
	"purposeagent/views/runsview"
)

// compareKeys give the runs their colours in the chart, and compareLetters are
// what they are called on the page.
var (
	compareKeys    = [maxCompared]string{"on", "off", "placebo", "append"}
	compareLetters = [maxCompared]string{"A", "B", "C", "D"}
)

// maxResult bounds what a row says of an action's result, in signs.
const maxResult = 300

func (c *comparison) ids() []string {
	ids := make([]string, len(c.runs))
	for i := range c.runs {
		ids[i] = c.runs[i].run.ID
	}
	return ids
}

// title names the runs in few words.
func (c *comparison) title() string {
	names := make([]string, len(c.runs))
	for i := range c.runs {
		names[i] = ui.MarkOf(c.runs[i].run)
	}
	return partials.Clip(ui.PurposeOf(c.runs[0].run), 40) + ": " + strings.Join(names, ", ")
}

// compareView is the page; open says that somebody asked for the states of the
// chosen row.
func (s *Section) compareView(ctx context.Context, c *comparison, chosen int, open bool) runsview.Compare {
	settings := s.settingsOf(ctx, c)
	v := runsview.Compare{Chart: c.chart(), Lead: c.answer(settings), Ends: c.ends(), Facts: c.facts(), Open: open}
	for i, r := range c.runs {
		v.Runs = append(v.Runs, runsview.ComparedRun{Key: compareKeys[i], Letter: compareLetters[i], Name: ui.NameOf(r.run), Href: s.RunLink(r.run.ID)})
	}
	for _, setting := range settings {
		fact := runsview.CompareFact{Word: setting.word, Values: setting.values}
		if setting.differs() {
			v.Settings = append(v.Settings, fact)
		} else if setting.values[0] != "" {
			v.Same = append(v.Same, runsview.CompareFact{Word: setting.word, Values: setting.values[:1]})
		}
	}
	v.Settings = append(v.Settings, c.ruleFacts()...)
	link := "/compare?runs=" + url.QueryEscape(strings.Join(c.ids(), ","))
	first := c.divergence()
	from := max(0, min(chosen, len(c.rows))-maxComparedRows/2)
	for i := from; i < min(from+maxComparedRows, len(c.rows)); i++ {
		v.Rows = append(v.Rows, c.row(s, i, i == first, i == chosen && open, link))
	}
	v.Steps = c.divergenceWords(first)
	v.Note = c.note(from, len(v.Rows))
	if first >= 0 {
		v.Jump = s.Link(fmt.Sprintf("%s&row=%d#row-%d", link, first+1, first+1))
	}
	if chosen >= 0 && chosen < len(c.rows) {
		v.Diffs = c.diffs(s, chosen)
		v.DiffOf = "How the states differ after row " + strconv.Itoa(chosen+1)
	}
	return v
}

// note says what the page leaves out.
func (c *comparison) note(from, shown int) string {
	var parts []string
	if shown < len(c.rows) {
		parts = append(parts, fmt.Sprintf("Rows %d to %d of %d; choose a row in the address (row=) to see those around it.", from+1, from+shown, len(c.rows)))
	}
	for i, r := range c.runs {
		if r.run.Steps > len(r.steps) {
			parts = append(parts, fmt.Sprintf("Of %s the first %s steps are compared.", compareLetters[i], ui.Count(len(r.steps))))
		}
	}
	return strings.Join(parts, " ")
}

// divergenceWords says how far the runs go the same way, and what each does then.
func (c *comparison) divergenceWords(first int) string {
	same := 0
	for _, row := range c.rows {
		if row.same {
			same++
		}
	}
	switch {
	case len(c.rows) == 0:
		return "No run has taken a step yet."
	case first < 0:
		return fmt.Sprintf("The runs took the same %s, with the same results.", partials.Plural(len(c.rows), "step"))
	}
	var then []string
	for i, at := range c.rows[first].at {
		did := "took no more steps"
		if at >= 0 {
			did = "did " + partials.Clip(c.runs[i].steps[at].Action.Label(), 60)
		} else if slices.ContainsFunc(c.rows[first:], func(row alignedRow) bool { return row.at[i] >= 0 }) {
			did = "took different steps"
		}
		then = append(then, compareLetters[i]+" "+did)
	}
	text := "They differ from the first step on: "
	if first > 0 {
		text = fmt.Sprintf("The first %s are the same. Then ", partials.Plural(first, "step"))
		if first == 1 {
			text = "The first step is the same. Then "
		}
	}
	text += strings.Join(then, ", ") + "."
	if same > first {
		text += fmt.Sprintf(" In all, %d of %s are the same.", same, partials.Plural(len(c.rows), "row"))
	}
	return text
}

func (c *comparison) row(s *Section, i int, first, chosen bool, link string) runsview.CompareRow {
	row := runsview.CompareRow{N: strconv.Itoa(i + 1), Href: s.Link(fmt.Sprintf("%s&row=%d#row-%d", link, i+1, i+1)), Same: c.rows[i].same, First: first, Current: chosen}
	for r, at := range c.rows[i].at {
		cell := runsview.CompareCell{}
		if at >= 0 {
			step := &c.runs[r].steps[at]
			name, rest := ui.ActionWords(step.Action)
			cell = runsview.CompareCell{N: "#" + strconv.Itoa(step.Index), Href: s.StepLink(c.runs[r].run.ID, step.Index, ""), Action: name, Rest: rest,
				Phi: partials.Phi(step.Score.PhiAfter), Delta: partials.NewDelta(step.Score.Delta), Failed: step.Error != ""}
			if r == 0 || !row.Same {
				cell.Result = partials.Clip(ui.FirstOf(step.Error, step.After.Summary), maxResult)
			}
		}
		row.Cells = append(row.Cells, cell)
	}
	return row
}

// diffs compares the states that the runs are in at a row: each with the first.
func (c *comparison) diffs(s *Section, row int) []runsview.CompareDiff {
	var out []runsview.CompareDiff
	base, from := c.stateAt(0, row)
	for r := 1; r < len(c.runs); r++ {
		state, at := c.stateAt(r, row)
		changes, same := ui.DiffStates(base, state)
		d := runsview.CompareDiff{Title: compareLetters[0] + " against " + compareLetters[r], Note: partials.Plural(same, "value") + " the same"}
		d.Lines = changes[:min(len(changes), ui.MaxDiffLines)]
		if extra := len(changes) - len(d.Lines); extra > 0 {
			d.Note += fmt.Sprintf("; %d more differ", extra)
		}
		for _, side := range [][2]int{{0, from}, {r, at}} {
			if run := side[0]; side[1] >= 0 {
				step := c.runs[run].steps[side[1]].Index
				d.Raw = append(d.Raw, partials.Link{Text: fmt.Sprintf("%s #%d as JSON", compareLetters[run], step), Href: s.StepLink(c.runs[run].run.ID, step, "raw")})
			}
		}
		out = append(out, d)
	}
	return out
}

// stateAt is the data of the state that a run is in after a row, and the place
// of the step that led to it, -1 for none.
func (c *comparison) stateAt(run, row int) (agent.Object, int) {
	for i := row; i >= 0; i-- {
		if at := c.rows[i].at[run]; at >= 0 {
			return c.runs[run].steps[at].After.Data, at
		}
	}
	if steps := c.runs[run].steps; len(steps) > 0 {
		return steps[0].Before.Data, -1
	}
	return "", -1
}

// facts are what the runs came to.
func (c *comparison) facts() []runsview.CompareFact {
	var facts []runsview.CompareFact
	add := func(word string, value func(*comparedRun) string) {
		f := runsview.CompareFact{Word: word}
		for i := range c.runs {
			f.Values = append(f.Values, value(&c.runs[i]))
		}
		f.Differs = slices.ContainsFunc(f.Values, func(v string) bool { return v != f.Values[0] })
		facts = append(facts, f)
	}
	add("Result", func(r *comparedRun) string {
		return ui.FirstOf(ui.OutcomeOf(r.run.Outcome, r.run.Status).Text, ui.StateOf(r.run.Status).Word)
	})
	add("Steps", func(r *comparedRun) string { return ui.Count(r.run.Steps) })
	add("Final Φ", func(r *comparedRun) string {
		if r.run.StartedAt == nil {
			return "–"
		}
		return partials.Phi(r.run.Phi)
	})
	add("Rules shown", func(r *comparedRun) string { return ui.Count(len(r.rules)) })
	if slices.ContainsFunc(c.runs, func(r comparedRun) bool { return r.run.Usage.Calls > 0 }) {
		add("Tokens", func(r *comparedRun) string { return ui.About(r.run.Usage, partials.Count(r.run.Usage.Tokens())) })
		add("Cost", func(r *comparedRun) string { return ui.About(r.run.Usage, ui.Dollars(r.run.Usage.USD)) })
	}
	add("Time", func(r *comparedRun) string {
		if r.run.StartedAt == nil || r.run.EndedAt == nil {
			return "–"
		}
		return partials.Duration(r.run.EndedAt.Sub(*r.run.StartedAt))
	})
	return facts
}

// maxOnlyRules bounds the rules that a comparison names of one run.
const maxOnlyRules = 5

// ruleFacts name the rules that one run was shown and not all of the others.
func (c *comparison) ruleFacts() []runsview.CompareFact {
	f := runsview.CompareFact{Word: "Rules shown in some only", Differs: true, Values: make([]string, len(c.runs))}
	differ := false
	for r := range c.runs {
		var only []string
		for id, title := range c.runs[r].rules {
			if slices.ContainsFunc(c.runs, func(other comparedRun) bool { return other.rules[id] == "" }) {
				only = append(only, partials.Clip(title, 80))
			}
		}
		slices.Sort(only)
		if n := len(only); n > maxOnlyRules {
			only = append(only[:maxOnlyRules], fmt.Sprintf("and %d more", n-maxOnlyRules))
		}
		differ = differ || len(only) > 0
		f.Values[r] = strings.Join(only, " · ")
	}
	if !differ {
		return nil
	}
	return []runsview.CompareFact{f}
}

// comparePlot is where the Φ lines are drawn.
var comparePlot = ui.PlotArea{Top: 14, Bottom: 174, Left: 1, Right: 99}

// chart lays the Φ lines over each other, by step.
func (c *comparison) chart() pages.CurveChart {
	longest := 1
	for _, r := range c.runs {
		longest = max(longest, len(r.line))
	}
	chart := pages.CurveChart{Height: "206", XTicksY: "200", Label: "Φ by step. "}
	for _, phi := range []float64{0, 5, 10} {
		chart.YTicks = append(chart.YTicks, pages.Tick{At: ui.Px(comparePlot.Y(phi / agent.MaxPhi)), Text: strconv.Itoa(int(phi))})
	}
	for i, r := range c.runs {
		curve := pages.Curve{Key: compareKeys[i], Name: compareLetters[i] + " · " + ui.MarkOf(r.run), EndText: compareLetters[i] + " " + partials.Phi(r.run.Phi)}
		var points []ui.CurvePoint
		stride := (len(r.line) + 599) / 600
		if len(r.run.Spark.Points) > 0 {
			points = append(points, ui.CurvePoint{At: 0, Share: r.run.Spark.Points[0] / agent.MaxPhi})
		}
		for j := range r.line {
			if j%max(stride, 1) == 0 || j == len(r.line)-1 {
				points = append(points, ui.CurvePoint{At: float64(j+1) / float64(longest), Share: r.line[j].Phi / agent.MaxPhi})
			}
		}
		comparePlot.Curve(&curve, points)
		curve.Band = ""
		chart.Curves = append(chart.Curves, curve)
		chart.Label += fmt.Sprintf("%s ends at %s after %s. ", compareLetters[i], partials.Phi(r.run.Phi), partials.Plural(r.run.Steps, "step"))
	}
	comparePlot.SeparateLabels(chart.Curves)
	for _, n := range ui.Ticks(longest) {
		chart.XTicks = append(chart.XTicks, pages.Tick{At: ui.Px(comparePlot.X(float64(n)/float64(longest))) + "%", Text: ui.Itoa(n)})
	}
	return chart
}
