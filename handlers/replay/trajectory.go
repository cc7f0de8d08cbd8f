package replay

import (
	"fmt"
	"math"
	"net/url"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/narrate"
	"purposeagent/handlers/ui"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
	"purposeagent/views/replayview"
)

// stepWindow is how many steps a page shows at once, however long the episode.
const stepWindow = 200

// trajectoryView maps an episode to its page.
func (s *Section) trajectoryView(t *agent.Trajectory, summary catalog.TrajectorySummary, after int, did ui.Notice) replayview.Trajectory {
	v := replayview.Trajectory{
		ID: t.ID, Title: t.Task.Purpose, Outcome: ui.OutcomeOf(&t.Outcome, agent.RunIsFinished),
		Run: partials.Link{Text: t.Run, Href: s.RunLink(t.Run)}, At: partials.Ago(s.Now(), t.At), Pinned: summary.Pinned,
		PinURL: s.Link("/replay/pin"), PruneURL: s.Link("/replay/prune?ids=" + url.QueryEscape(t.ID)),
		Chips: ui.ScopeChips(t.Scope), Metrics: trajectoryMetrics(t, summary), Chart: phiLineOf(t), Notice: trajectoriesNotice(did),
	}
	if t.Task.Description != t.Task.Purpose {
		v.Description = t.Task.Description
	}
	if told := (narrate.Reader{}).Task(t); told != "" {
		v.Told = strings.Split(told, "\n")
	}
	v.ToldNote = "What a language model reads of it in a later, similar task: how it ended, and the steps that mattered."
	if len(v.Told) == 0 {
		v.ToldNote = "It has no steps, so there is nothing to tell."
	}
	s.trajectorySteps(&v, t, after)
	return v
}

func trajectoryMetrics(t *agent.Trajectory, summary catalog.TrajectorySummary) []pages.Fact {
	usage := t.Usage()
	facts := []pages.Fact{
		{Term: "Final Φ", Value: partials.Phi(t.FinalPhi()), Small: "of 10", Help: "Φ after the last step"},
		{Term: "Change of Φ (Σ Δ)", Value: signed(t.TotalDelta()), Help: "Final Φ minus first Φ"},
		{Term: "Gains without the losses", Value: signed(t.CumulativeReward()), Help: "The sum of the positive changes, which is called the cumulative reward"},
		{Term: "Success rate", Value: wholePercent(t.SuccessRate()), Help: "Share of the scored steps in which Φ rose; not the outcome"},
		{Term: "Steps", Value: partials.Count(int64(len(t.Steps))), Small: "of " + partials.Count(int64(t.Task.MaxSteps))},
		{Term: "Value", Value: ui.Fraction(summary.QValue), Help: "The classical value Q: moves towards 1 when it helped a later task, towards 0 when it did not"},
		{Term: "Retrieved", Value: partials.Count(int64(summary.Retrieved)) + "×", Help: "Times it was shown to an actor"},
	}
	if usage.Tokens() > 0 {
		f := pages.Fact{Term: "Tokens", Value: ui.About(usage, partials.Short(usage.Tokens()))}
		if usage.Estimated {
			f.Help = ui.EstimatedText
		}
		facts = append(facts, f)
	}
	return facts
}

func signed(x float64) string {
	if x < 0 {
		return "−" + partials.Phi(-x)
	}
	return "+" + partials.Phi(x)
}

// trajectorySteps fills the window of steps that follows after.
func (s *Section) trajectorySteps(v *replayview.Trajectory, t *agent.Trajectory, after int) {
	from := min(after, len(t.Steps))
	to := min(from+stepWindow, len(t.Steps))
	largest := 0.0
	for i := range t.Steps {
		largest = max(largest, math.Abs(t.Steps[i].Score.Delta))
	}
	for i := from; i < to; i++ {
		v.Steps = append(v.Steps, s.trajectoryStep(t.Run, &t.Steps[i], largest))
	}
	here := s.TrajectoryLink(t.ID)
	if from > 0 {
		v.Pager.Newer = s.Link(here + "#steps")
	}
	if to < len(t.Steps) {
		v.Pager.Older = s.Link(here + "?after=" + ui.Itoa(to) + "#steps")
	}
	if len(t.Steps) > stepWindow {
		v.Pager.Note = fmt.Sprintf("steps %d to %d of %s", from+1, to, partials.Count(int64(len(t.Steps))))
	}
}

func (s *Section) trajectoryStep(run string, step *agent.Step, largest float64) replayview.TrajectoryStep {
	out := replayview.TrajectoryStep{
		N: ui.Itoa(step.Index), Href: s.Link("/runs/" + url.PathEscape(run) + "?step=" + ui.Itoa(step.Index)),
		Name: step.Action.Name, Values: strings.TrimPrefix(strings.TrimPrefix(step.Action.Label(), step.Action.Name), " "),
		Result: partials.Clip(step.After.Summary, 200), Failed: step.Error != "", Phi: partials.Phi(step.Score.PhiAfter),
		Delta: partials.NewDelta(step.Score.Delta), Thought: partials.Clip(ui.ThoughtOf(step.Action, step.Memory), 400),
	}
	out.X, out.W, out.Tone = deltaBar(step.Score.Delta, largest)
	if step.Error != "" {
		out.Chips = append(out.Chips, partials.Chip{Text: "failed", Icon: "warn", Tone: "bad"})
	}
	for _, use := range step.Memory {
		if use.Use == agent.UseCited {
			out.Chips = append(out.Chips, partials.Chip{Text: partials.Clip(ui.FirstOf(use.Title, use.ID), ui.MaxChip), Icon: "memory", Tone: "acc"})
			break
		}
	}
	if !step.Score.Known() {
		out.Chips = append(out.Chips, partials.Chip{Text: "unscored", Icon: "flag", Tone: "warn"})
	}
	return out
}

// deltaBar places a bar around the middle of a box, in percent.
func deltaBar(delta, largest float64) (x, width, tone string) {
	if largest == 0 || math.Abs(delta) < .05 {
		return "50%", "0", "nil"
	}
	w := 48 * math.Abs(delta) / largest
	if delta < 0 {
		return ui.Percent((50 - w) / 100), ui.Percent(w / 100), "dn"
	}
	return "50%", ui.Percent(w / 100), "up"
}

// Size of the chart of a trajectory, in px: Φ 10 is at the top of the plot.
const (
	phiTop    = 12.0
	phiHeight = 108.0
)

func phiY(phi float64) float64 {
	return phiTop + phiHeight*(1-min(max(phi, 0), agent.MaxPhi)/agent.MaxPhi)
}

// maxChartPoints bounds a Φ line; a longer episode is thinned, its last value kept.
const maxChartPoints = 600

// phiLineOf draws Φ over the steps as a step line.
func phiLineOf(t *agent.Trajectory) replayview.PhiLine {
	n := len(t.Steps)
	if n == 0 {
		return replayview.PhiLine{Label: "no steps"}
	}
	first := t.Steps[0].Score.PhiBefore
	stride := (n + maxChartPoints - 1) / maxChartPoints
	var b strings.Builder
	fmt.Fprintf(&b, "M0 %s", ui.Px(phiY(first)))
	best := first
	for i := range t.Steps {
		phi := t.Steps[i].Score.PhiAfter
		best = max(best, phi)
		if (i+1)%stride == 0 || i == n-1 {
			fmt.Fprintf(&b, "H%sV%s", ui.Px(100*float64(i+1)/float64(n)), ui.Px(phiY(phi)))
		}
	}
	line := b.String()
	v := replayview.PhiLine{Line: line, Area: line + "V" + ui.Px(phiY(0)) + "H0Z", EndY: ui.Px(phiY(t.FinalPhi())),
		First: "0", Last: "step " + partials.Count(int64(n)),
		Label: fmt.Sprintf("Φ over %s: from %s to %s, best %s", partials.Plural(n, "step"), partials.Phi(first), partials.Phi(t.FinalPhi()), partials.Phi(best))}
	if stop := t.Task.EarlyStopPhi; stop > 0 {
		v.EarlyY, v.EarlyTop, v.Early = ui.Px(phiY(stop)), ui.Px(phiY(stop)-4), "early stop "+partials.Phi(stop)
	}
	return v
}
