package labpages

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/experiments"
	"purposeagent/agent/stats"
	"purposeagent/handlers/ui"
	"purposeagent/internal/lab"
	"purposeagent/views/labview"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// reportView is what an experiment in one world showed.
func (s *Section) reportView(id string, r *lab.Report, window outcomeWindow, called ui.Titles) *labview.ExperimentReport {
	v := &labview.ExperimentReport{ArmsNote: costWords(r)}
	curveInto(v, r, called)
	v.ForestNote = ui.Count(r.Spec.Draws) + " bootstrap draws over tasks; p by sign flips, Holm over arms."
	differencesInto(v, differencesOf(r, called))
	v.Checks = s.checksOf(id, r, called)
	armsInto(v, r, called)
	s.partsInto(v, id, r, window, called)
	return v
}

// partsInto are the parts that are of one world.
func (s *Section) partsInto(v *labview.ExperimentReport, id string, r *lab.Report, window outcomeWindow, called ui.Titles) {
	tasksInto(v, r)
	v.Calibration = calibrationView(r.Calibration)
	v.Training, v.TrainingSay = trainingTable(r)
	v.Pass = passTable(r, called)
	v.Library, v.Rules = s.libraryAtEnd(r)
	v.Outcomes = s.outcomeTable(id, r, window, called)
}

// labEffect draws what memory was worth in a row of the list.
func (s *Section) labEffect(row *labview.ExperimentRow, x *experiments.Experiment) {
	e := x.Effect
	if e == nil {
		if x.Status == experiments.ExperimentFinished {
			row.Effect.Words = "not compared"
		}
		return
	}
	d := difference{against: string(lab.Off), name: armName(lab.Off, nil), value: e.Value, low: e.Low, high: e.High, holm: e.Holm, n: e.N, unit: "task", finding: lab.Shown(e.Low, e.High, e.Holm)}
	if e.Worlds {
		d.unit = "world"
	}
	row.Effect, row.N = differenceInterval(d, -1, 1), partials.Plural(e.N, d.unit)
	row.Effect.Share = arrowPoints(d)
}

// checksOf lists what was looked at: what is as it should be, and the alarms.
func (s *Section) checksOf(id string, r *lab.Report, called ui.Titles) []labview.Check {
	var out []labview.Check
	good := func(text string) { out = append(out, labview.Check{Good: true, Text: text}) }
	off, compared := r.Comparisons[comparisonKey(lab.Off)]
	if control := s.controlOf(r.Spec.Environment); control != nil {
		out = append(out, negativeControl(control, r, off, compared))
	}
	if compared {
		showing, _ := r.Against(lab.Off)
		switch off.Finding {
		case lab.Helps, lab.Harms:
			good(fmt.Sprintf("Enough tasks: %s show the difference to off", ui.Count(off.N)))
		case lab.TooFew:
			out = append(out, labview.Check{Text: fmt.Sprintf("Too few tasks against off: have %s, take %s or more", ui.Count(off.N), ui.Count(showing.Enough))})
		case lab.NoneShown:
		}
		if off.Score.Value >= 0 && off.Difference >= 0 {
			good("Score and solved tasks rise together")
		}
		if off.Lost == 0 {
			good("No negative transfer: nothing was solved off and not on")
		}
	}
	for _, alarm := range r.Alarms {
		check := labview.Check{Text: armsCalled(strings.TrimPrefix(alarm, "Alarm: "), armOrder(r.Arms), called)}
		if compared && off.Lost > 0 && strings.HasPrefix(alarm, "Negative transfer") {
			check.More = partials.Link{Text: "see them", Href: s.Link(experimentPath(id) + "/outcomes?show=lost")}
		}
		out = append(out, check)
	}
	if r.Placebo != nil {
		good(fmt.Sprintf("Placebo: %s of %s", partials.Plural(r.Placebo.Rules, "rule"), r.Placebo.Source))
	}
	if p := r.Pollution; p != nil {
		good(fmt.Sprintf("Pollution: %s and %s put among %s", partials.Plural(p.Distractors, "distractor"), partials.Plural(p.Irrelevant, "irrelevant rule"), partials.Plural(p.Rules, "rule")))
	}
	if p := r.Planted; p != nil {
		out = append(out, plantedCheck(p))
	}
	if r.Spec.ChangeAt > 0 {
		out = append(out, changeCheck(r))
	}
	good("Configuration and test seeds fixed before the start")
	return out
}

// plantedCheck says what became of false rules.
func plantedCheck(p *lab.PlantedReport) labview.Check {
	var words []string
	for _, c := range p.After {
		words = append(words, fmt.Sprintf("%d gone after %s", c.Gone, partials.Plural(c.Tasks, "task")))
	}
	return labview.Check{Good: p.Promoted == 0, Text: fmt.Sprintf("%s planted: %s; %d ever promoted", partials.Plural(p.Planted, "false rule"), strings.Join(words, ", "), p.Promoted)}
}

// changeCheck says whether a change of laws was noticed.
func changeCheck(r *lab.Report) labview.Check {
	at := r.Spec.ChangeAt
	for _, c := range r.LawChanges {
		if c.Found > at {
			return labview.Check{Good: true, Text: fmt.Sprintf("The laws changed after %s: noticed %s later, %s shelved. %s", partials.Plural(at, "task"), partials.Plural(c.Found-at, "task"),
				partials.Plural(c.Shelved, "rule"), ui.Sentence(c.Figures()))}
		}
	}
	return labview.Check{Text: fmt.Sprintf("The laws changed after %s, and it was not noticed", partials.Plural(at, "task"))}
}

// controlOf returns the negative control that a configuration is; nil where it
// is none.
func (s *Section) controlOf(env agent.EnvironmentRef) *ui.Control {
	for _, k := range s.Environments.Kinds() {
		if k.Name == env.Name {
			return k.Controlled(env.Config)
		}
	}
	return nil
}

// negativeControl judges a world in which nothing can be learned.
func negativeControl(control *ui.Control, r *lab.Report, off lab.Comparison, compared bool) labview.Check {
	covers := compared && off.Low <= 0 && off.High >= 0
	text := fmt.Sprintf("%s: %s promoted", control.Text, partials.Plural(r.Promoted, "rule"))
	if compared && covers {
		text += ", and the interval covers 0"
	} else if compared {
		text += ", and the interval excludes 0: do not trust this Lab"
	}
	return labview.Check{Good: r.Promoted == 0 && (covers || !compared), Text: text}
}

// armsInto is the table of arms of one world.
func armsInto(v *labview.ExperimentReport, r *lab.Report, called ui.Titles) {
	for _, name := range armOrder(r.Arms) {
		a := r.Arms[name]
		row := labview.ArmRow{Key: armKey(name), Name: armName(name, called), N: ui.Count(a.N), Solved: ui.Count(a.Successes), Share: "–",
			Range: "not enough data", Score: "–", Steps: "–", Over: "–", Rules: ui.Count(a.Rules), Tokens: ui.About(agent.Usage{Estimated: a.Estimated}, partials.Short(a.Tokens)), Time: secondsWords(a.Seconds)}
		if a.N > 0 {
			row.Share, row.Range = ui.PercentWords(a.SuccessRate), ui.RangeWords(a.Low, a.High)
			row.Score, row.Steps = ui.Fraction(a.MeanScore), decimal1(a.MeanSteps)
		}
		if a.StepsOverOptimum != nil {
			row.Over = strconv.FormatFloat(*a.StepsOverOptimum, 'f', 2, 64)
		}
		memoryInto(v, &row, a.Memory)
		if a.Error != "" {
			row.Problem = fmt.Sprintf("The arm %s broke after %s: %s The tasks after that were not tried; the other arms went on.", row.Name, partials.Plural(a.N, "task"), ui.Sentence(a.Error))
		}
		v.WithCost = v.WithCost || a.Tokens > 0 || a.Seconds > 0
		v.Arms = append(v.Arms, row)
	}
}

// memoryInto says how what a language model was shown fitted what applied.
func memoryInto(v *labview.ExperimentReport, row *labview.ArmRow, m *lab.MemoryReport) {
	row.Fits, row.Told = "–", "–"
	if m == nil {
		return
	}
	v.WithMemory = true
	if m.Precision != nil {
		row.Fits = ui.PercentWords(*m.Precision)
	}
	if m.Recall != nil {
		row.Told = ui.PercentWords(*m.Recall)
	}
}

func decimal1(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) }

func secondsWords(s float64) string {
	return partials.Duration(time.Duration(s * float64(time.Second)))
}

// costWords compare what memory costs with what it saves, where tokens were counted.
func costWords(r *lab.Report) string {
	on, off := r.Arms[lab.On], r.Arms[lab.Off]
	if on == nil || off == nil || on.N == 0 || off.N == 0 {
		return ""
	}
	if on.Tokens > 0 && off.Tokens > 0 {
		more := float64(on.Tokens)/float64(on.N)/(float64(off.Tokens)/float64(off.N)) - 1
		text := fmt.Sprintf("Memory on takes %s tokens a task than off", moreLess(more))
		if on.Successes > 0 && off.Successes > 0 {
			text += fmt.Sprintf(" and %s a solved task", moreLess(float64(on.Tokens)/float64(on.Successes)/(float64(off.Tokens)/float64(off.Successes))-1))
		}
		return text + "."
	}
	if on.MeanSteps > 0 && off.MeanSteps > 0 {
		return fmt.Sprintf("With memory a task takes %s steps, without %s.", decimal1(on.MeanSteps), decimal1(off.MeanSteps))
	}
	return ""
}

func moreLess(x float64) string {
	if x < 0 {
		return fmt.Sprintf("%.0f %% fewer", -100*x)
	}
	return fmt.Sprintf("%.0f %% more", 100*x)
}

// trainingBlocks is how many rows a training is summed up in.
const trainingBlocks = 10

// passTable says how many tasks each arm solves in all of k tries.
func passTable(r *lab.Report, called ui.Titles) partials.Table {
	t := partials.Table{Head: []string{"Arm", "k", "Solved in all", "95 % interval", "Tasks"}, Numbers: 1}
	for _, name := range r.Spec.Arms {
		a := r.Arms[name]
		if a == nil {
			continue
		}
		for _, p := range a.Pass {
			if p.N > 0 {
				t.Rows = append(t.Rows, []string{armName(name, called), ui.Itoa(p.K), ui.PercentWords(p.Share), ui.RangeWords(p.Low, p.High), ui.Itoa(p.N)})
			}
		}
	}
	return t
}

// trainingTable sums the training up in blocks of tasks, in their order.
func trainingTable(r *lab.Report) (partials.Table, string) {
	t := r.Training
	if r.Spec.Source == lab.SourceLibrary {
		return partials.Table{}, "Nothing was trained: the rules are this installation's library as it stood when the experiment began."
	}
	say := fmt.Sprintf("%d of %s solved while learning.", t.Successes, partials.Plural(t.N, "task"))
	if t.Failed > 0 {
		say += fmt.Sprintf(" %d failed: %s", t.Failed, ui.Sentence(t.Error))
	}
	table := partials.Table{Head: []string{"Tasks", "Solved", "Share", "95 % interval", "Steps"}, Numbers: 1}
	n := len(t.Outcomes)
	size := max((n+trainingBlocks-1)/trainingBlocks, 1)
	for from := 0; from < n; from += size {
		to := min(from+size, n)
		hits, steps := 0, 0
		for _, o := range t.Outcomes[from:to] {
			if steps += o.Steps; o.Success {
				hits++
			}
		}
		w := stats.Wilson(hits, to-from)
		table.Rows = append(table.Rows, []string{fmt.Sprintf("%d–%d", from+1, to), fmt.Sprintf("%d of %d", hits, to-from), ui.PercentWords(w.Share),
			ui.RangeWords(w.Low, w.High), decimal1(float64(steps) / float64(to-from))})
	}
	return table, say
}

// libraryAtEnd says what the arm with memory had to work with.
func (s *Section) libraryAtEnd(r *lab.Report) ([]pages.Fact, []labview.RuleLine) {
	facts := []pages.Fact{{Term: "Active", Value: ui.Count(r.Promoted), Small: "promoted by evidence"},
		{Term: "In trial", Value: ui.Count(r.InTrial), Small: "shown too, nothing proven of them"}}
	for _, status := range agent.Statuses {
		if n := r.Library.ByStatus[status]; n > 0 && status != agent.Active && status != agent.Probation {
			facts = append(facts, pages.Fact{Term: ui.Title(string(status)), Value: ui.Count(n)})
		}
	}
	if t := r.Truth; t != nil {
		facts = append(facts, pages.Fact{Term: "Precision", Value: shareOrDash(t.Precision), Small: fmt.Sprintf("%d of %s true", t.Right, partials.Plural(t.Rules, "judged rule")), Help: "Against the secrets of the world. A library that is right is not evidence of ability: success is"},
			pages.Fact{Term: "Recall", Value: shareOrDash(t.Recall), Small: fmt.Sprintf("%d of %s found", t.Found, partials.Plural(t.Facts, "secret"))})
	}
	var rules []labview.RuleLine
	for i := range r.Library.Strongest {
		h := &r.Library.Strongest[i]
		line := labview.RuleLine{Title: h.Title, When: "when " + ui.AfterWhen(h.Pattern), Tier: ui.TierOf(h.Tier, h.Kind), Status: ui.StatusChip(h.Status),
			Support: fmt.Sprintf("%d of %d", h.Good, h.Good+h.Bad)}
		if r.Spec.Source == lab.SourceLibrary {
			line.Href = s.RuleLink(h.ID)
		}
		rules = append(rules, line)
	}
	return facts, rules
}

func shareOrDash(x *float64) string {
	if x == nil {
		return "not enough data"
	}
	return ui.Fraction(*x)
}
