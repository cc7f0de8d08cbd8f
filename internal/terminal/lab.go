package terminal

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"purposeagent/agent/credit"
	"purposeagent/agent/experiments"
	"purposeagent/internal/lab"
)

// WriteLab writes the report of an experiment for people.
func WriteLab(w io.Writer, r *lab.Report) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %d training and %d test tasks, seed %d\n\n", r.Spec.Environment.Name, r.Spec.Train, r.Spec.Test, r.Spec.Seed)
	fmt.Fprintf(&b, "%-17s %7s  %-16s %6s %7s %11s %6s\n", "arm", "solved", "share [95 %]", "score", "steps", "× optimum", "rules")
	for _, name := range r.Spec.Arms {
		a := r.Arms[name]
		over := "–"
		if a.StepsOverOptimum != nil {
			over = fmt.Sprintf("%.2f", *a.StepsOverOptimum)
		}
		fmt.Fprintf(&b, "%-17s %3d/%-3d  %.2f [%.2f, %.2f] %5.2f %7.1f %11s %6d\n", name, a.Successes, a.N, a.SuccessRate, a.Low, a.High, a.MeanScore, a.MeanSteps, over, a.Rules)
	}
	for _, name := range r.Spec.Arms {
		if m := r.Arms[name].Memory; m != nil {
			fmt.Fprintf(&b, "%-17s %s\n", name, memoryWords(m))
		}
	}
	b.WriteString("\n")
	for _, name := range r.Spec.Arms {
		if c, ok := r.Comparisons["on-"+string(name)]; ok {
			fmt.Fprintf(&b, "on − %-17s %+.2f [%+.2f, %+.2f]  p %.4f  Holm %.4f  McNemar %.4f  won %d, lost %d\n", name, c.Difference, c.Low, c.High, c.P, c.Holm, c.McNemar, c.Won, c.Lost)
		}
	}
	for _, name := range r.Spec.Arms {
		if pass := r.Arms[name].Pass; len(pass) > 0 {
			fmt.Fprintf(&b, "%-17s %s\n", name, passWords(pass))
		}
	}
	for i, p := range r.Curve {
		if i == 0 {
			b.WriteString("\nafter   solved  share [95 %]       rules\n")
		}
		fmt.Fprintf(&b, "%5d  %3d/%-3d  %.2f [%.2f, %.2f] %6d\n", p.Tasks, p.Successes, p.N, p.Share, p.Low, p.High, p.Rules)
	}
	fmt.Fprintf(&b, "\nusable rules after training: %d active, and %d in trial", r.Promoted, r.InTrial)
	if r.Optimum != nil {
		fmt.Fprintf(&b, "; optimum %.1f steps", *r.Optimum)
	}
	if r.Placebo != nil {
		fmt.Fprintf(&b, "; placebo: %d rules of %s", r.Placebo.Rules, r.Placebo.Source)
	}
	if p := r.Pollution; p != nil {
		fmt.Fprintf(&b, "\nput in among %d rules: %d distractors (%s), %d irrelevant ones", p.Rules, p.Distractors, p.Source, p.Irrelevant)
	}
	if t := r.Truth; t != nil {
		fmt.Fprintf(&b, "\nagainst the truth: %d of %d rules are right, %d of %d secrets are found", t.Right, t.Rules, t.Found, t.Facts)
	}
	for _, line := range stressLines([]*lab.Report{r}) {
		b.WriteString("\n" + line)
	}
	fmt.Fprintf(&b, "\nconfiguration %s, %.1f s\n\n%s\n", r.ConfigHash[:min(16, len(r.ConfigHash))], r.Seconds, r.Verdict)
	_, err := io.WriteString(w, b.String())
	return err
}

// memoryWords says how what a language model was shown fitted what applied.
func memoryWords(m *lab.MemoryReport) string {
	share := func(x *float64, of int) string {
		if x == nil {
			return "none"
		}
		return fmt.Sprintf("%.1f %% of %d", 100**x, of)
	}
	text := []string{fmt.Sprintf("of the rules shown %s apply; of the rules that apply %s were shown or in the playbook", share(m.Precision, m.Shown), share(m.Recall, m.Applying))}
	for _, p := range m.Page {
		text = append(text, fmt.Sprintf("%.1f %% in one of %d tokens", 100*float64(p.Expressed)/float64(max(m.Applying, 1)), p.Tokens))
	}
	return strings.Join(text, "; ")
}

// WriteWorlds writes the report over worlds for people.
func WriteWorlds(w io.Writer, r *lab.WorldsReport) error {
	var b strings.Builder
	spec := r.Worlds[0].Spec
	fmt.Fprintf(&b, "%s, %d worlds, each with %d training and %d test tasks, seed %d\n\nworld", spec.Environment.Name, len(r.Worlds), spec.Train, spec.Test, spec.Seed)
	for _, name := range spec.Arms {
		fmt.Fprintf(&b, "  %16s", name)
	}
	b.WriteString("  rules of on\n")
	done := slices.DeleteFunc(slices.Clone(r.Numbers), func(n int64) bool { return r.Failed[n] != "" })
	for i, world := range r.Worlds {
		fmt.Fprintf(&b, "%5d", done[i])
		for _, name := range spec.Arms {
			fmt.Fprintf(&b, "  %16.2f", world.Arms[name].SuccessRate)
		}
		fmt.Fprintf(&b, "  %11d\n", world.Promoted+world.InTrial)
	}
	for _, n := range r.Numbers {
		if text := r.Failed[n]; text != "" {
			fmt.Fprintf(&b, "%5d  failed: %s\n", n, text)
		}
	}
	b.WriteString("\n")
	for _, name := range spec.Arms {
		a := r.Arms[name]
		fmt.Fprintf(&b, "%-17s %.3f [%.3f, %.3f], lowest %.2f, %.1f steps\n", name, a.Share, a.Low, a.High, a.Lowest, a.MeanSteps)
	}
	b.WriteString("\n")
	for _, name := range spec.Arms {
		if c, ok := r.Comparisons["on-"+string(name)]; ok {
			fmt.Fprintf(&b, "on − %-17s %+.3f [%+.3f, %+.3f]  p %.4f  Holm %.4f\n", name, c.Difference, c.Low, c.High, c.P, c.Holm)
		}
	}
	for _, p := range r.Curve {
		fmt.Fprintf(&b, "after %4d tasks    %.3f [%.3f, %.3f]\n", p.Tasks, p.Share, p.Low, p.High)
	}
	if t := r.Truth; t != nil {
		fmt.Fprintf(&b, "\nagainst the truth: %d of %d rules are right, %d of %d secrets are found", t.Right, t.Rules, t.Found, t.Facts)
	}
	for _, line := range stressLines(r.Worlds) {
		b.WriteString("\n" + line)
	}
	fmt.Fprintf(&b, "\nconfiguration %s, %.1f s\n\n%s\n", r.ConfigHash[:16], r.Seconds, r.Verdict)
	_, err := io.WriteString(w, b.String())
	return err
}

// stressLines say what became of planted rules and of a change of laws, over
// all worlds.
func stressLines(worlds []*lab.Report) (lines []string) {
	planted, promoted := 0, 0
	gone := map[int]int{}
	var looks []int
	noticed, late := 0, 0
	for _, r := range worlds {
		if p := r.Planted; p != nil {
			planted, promoted = planted+p.Planted, promoted+p.Promoted
			for _, c := range p.After {
				if !slices.Contains(looks, c.Tasks) {
					looks = append(looks, c.Tasks)
				}
				gone[c.Tasks] += c.Gone
			}
		}
		if i := slices.IndexFunc(r.LawChanges, func(c credit.LawChange) bool { return c.Found > r.Spec.ChangeAt }); i >= 0 && r.Spec.ChangeAt > 0 {
			noticed, late = noticed+1, late+r.LawChanges[i].Found-r.Spec.ChangeAt
		}
	}
	if planted > 0 {
		parts := make([]string, 0, len(looks)+1)
		for _, n := range looks {
			parts = append(parts, fmt.Sprintf("%d gone after %d tasks", gone[n], n))
		}
		parts = append(parts, fmt.Sprintf("%d ever promoted", promoted))
		lines = append(lines, fmt.Sprintf("%d false rules planted: %s", planted, strings.Join(parts, ", ")))
	}
	if at := worlds[0].Spec.ChangeAt; at > 0 {
		line := fmt.Sprintf("the laws changed after %d tasks: noticed in %d of %d worlds", at, noticed, len(worlds))
		if noticed > 0 {
			line += fmt.Sprintf(", %.1f tasks later on average", float64(late)/float64(noticed))
		}
		lines = append(lines, line)
	}
	return lines
}

// WriteExperiment writes an experiment's report for people, and how it stands while
// there is none.
func WriteExperiment(w io.Writer, e *experiments.Experiment) error {
	one, several, err := lab.ParseReport(e.Report)
	switch {
	case err != nil:
		return err
	case one != nil:
		return WriteLab(w, one)
	case several != nil:
		return WriteWorlds(w, several)
	}
	_, err = fmt.Fprintf(w, "%s\n%s\n", ExperimentLine(e), e.Name)
	return err
}

// ExperimentLine says in one line what an experiment is and how it stands.
func ExperimentLine(e *experiments.Experiment) string {
	text := fmt.Sprintf("%s  %-9s  %s  %s", e.ID, e.Status, e.CreatedAt.Local().Format("2006-01-02 15:04"), e.Name)
	switch {
	case e.Verdict != "":
		text += "\n    " + e.Verdict
	case e.Reason != "":
		text += "\n    " + e.Reason
	case e.Status == experiments.ExperimentRunning && e.Progress.Total > 0:
		text += fmt.Sprintf("\n    %s, %d of %d", e.Progress.Phase, e.Progress.Done, e.Progress.Total)
	}
	return text
}

// Progress writes a line at each tenth of a phase, also where the report is
// JSON: that goes to standard output. Worlds that are worked at once take turns.
func Progress(w io.Writer) func(lab.Progress) {
	last := map[int]string{} // by world
	return func(p lab.Progress) {
		line := fmt.Sprintf("%s: %d %% of %d\n", p.Phase, 10*(10*p.Done/p.Of), p.Of)
		if p.Worlds > 0 {
			line = fmt.Sprintf("world %d of %d, %s", p.World, p.Worlds, line)
		}
		if line != last[p.World] {
			_, _ = io.WriteString(w, line)
		}
		last[p.World] = line
	}
}
