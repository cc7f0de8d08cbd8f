package handlers

import (
	"fmt"
	"strings"

	"purposeagent/internal/lab"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// verdictOf is the report's own sentence with its figure in words: what stands
// before the first colon or full stop is the lab's, and decides.
func verdictOf(r *lab.Report) pages.Verdict {
	all := differencesOf(r)
	for _, d := range all {
		if id, audit := strings.CutPrefix(d.against, lab.LeaveOneOut); audit {
			return auditVerdict(id, d)
		}
	}
	lead, _, _ := strings.Cut(r.Verdict, ":")
	lead, _, _ = strings.Cut(lead, ". ")
	return pointed(strings.TrimSuffix(lead, "."), all)
}

// auditVerdict is about one rule: memory with it against memory without it.
func auditVerdict(rule string, d difference) pages.Verdict {
	lead := "No effect of the rule " + rule + " was shown."
	switch {
	case d.above():
		lead = "The rule " + rule + " helps."
	case d.below():
		lead = "The rule " + rule + " hurts."
	}
	return withFigure(pages.Verdict{Lead: lead}, d, " than without it,", "")
}

// worldsVerdict is the same over worlds, with the corrected p as a second judge.
func worldsVerdict(r *lab.WorldsReport) pages.Verdict {
	all := worldsDifferences(r)
	off, compared := against(all, lab.Off)
	lead := "No effect was shown"
	switch {
	case !compared:
		lead = "Nothing was compared with memory off"
	case off.below():
		lead = "Memory hurts"
	case off.above():
		lead = "Memory helps"
		for _, control := range []lab.Arm{lab.Placebo, lab.Shuffled} {
			if c, ran := against(all, control); ran && !c.above() {
				lead = "The gain is not shown to be of what was learned"
			}
		}
	case off.low > 0:
		lead = "Memory is above off, but that is not proven yet"
	}
	return pointed(lead, all)
}

// pointed puts the figure into a verdict. It stands out only where the
// interval leaves out 0.
func pointed(lead string, all []difference) pages.Verdict {
	d, compared := against(all, lab.Off)
	if !compared {
		return pages.Verdict{Lead: lead + "."}
	}
	return withFigure(pages.Verdict{Lead: lead + "."}, d, " than without,", beats(all))
}

// withFigure writes a difference behind a verdict.
func withFigure(v pages.Verdict, d difference, than, tail string) pages.Verdict {
	more := strings.TrimLeft(signedPoints(d.value), "+−") + " more tasks in 100"
	if d.value < 0 {
		more = strings.TrimLeft(signedPoints(d.value), "+−") + " fewer tasks in 100"
	}
	low, high := signedPoints(d.low), signedPoints(d.high)
	if d.low >= 0 {
		low, high = strings.TrimPrefix(low, "+"), strings.TrimPrefix(high, "+")
	}
	between := fmt.Sprintf("between %s and %s (95 %%, %s)", low, high, partials.Plural(d.n, d.unit))
	if d.low > 0 || d.high < 0 {
		v.Lead += " It solves "
		v.Point, v.Rest, v.More = more, than, " "+between+tail+"."
		return v
	}
	v.More = " With it " + more + " were solved, " + between + "."
	return v
}

// beats names the other arms that memory is shown to be above.
func beats(all []difference) string {
	var names []string
	for _, d := range all {
		if d.above() && d.against != string(lab.Off) {
			names = append(names, armName(d.against))
		}
	}
	switch len(names) {
	case 0:
		return ""
	case 1:
		return ", and beats " + names[0]
	}
	return ", and beats " + strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

func against(all []difference, arm lab.Arm) (difference, bool) {
	for _, d := range all {
		if d.against == string(arm) {
			return d, true
		}
	}
	return difference{}, false
}
