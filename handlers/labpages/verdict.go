package labpages

import (
	"fmt"
	"strings"

	"purposeagent/handlers/ui"
	"purposeagent/internal/lab"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// verdictOf is the report's own lead with its figure in words.
func verdictOf(r *lab.Report, called ui.Titles) pages.Verdict {
	all := differencesOf(r, called)
	for _, d := range all {
		if id, audit := strings.CutPrefix(d.against, lab.LeaveOneOut); audit {
			return auditVerdict(ruleCalled(id, called), d)
		}
	}
	return pointed(r.Lead(), all)
}

// auditVerdict is about one rule: memory with it against memory without it.
func auditVerdict(rule string, d difference) pages.Verdict {
	var lead string
	switch d.finding {
	case lab.Helps:
		lead = "The rule " + rule + " helps."
	case lab.Harms:
		lead = "The rule " + rule + " hurts."
	case lab.TooFew:
		lead = "Too few " + d.unit + "s to say what the rule " + rule + " does."
	case lab.NoneShown:
		lead = "No effect of the rule " + rule + " was shown."
	}
	return withFigure(pages.Verdict{Lead: lead}, d, " than without it,", "")
}

// worldsVerdict is the same over worlds.
func worldsVerdict(r *lab.WorldsReport, called ui.Titles) pages.Verdict {
	return pointed(r.Lead(), worldsDifferences(r, called))
}

// pointed puts the figure into a verdict. It stands out only where it
// is shown.
func pointed(lead string, all []difference) pages.Verdict {
	d, compared := against(all, lab.Off)
	if !compared {
		return pages.Verdict{Lead: lead + "."}
	}
	return withFigure(pages.Verdict{Lead: lead + "."}, d, " than without,", beats(all))
}

// withFigure writes a difference behind a verdict.
func withFigure(v pages.Verdict, d difference, than, tail string) pages.Verdict {
	more := strings.TrimLeft(ui.SignedPoints(d.value), "+−") + " more tasks in 100"
	if d.value < 0 {
		more = strings.TrimLeft(ui.SignedPoints(d.value), "+−") + " fewer tasks in 100"
	}
	if d.finding == lab.TooFew {
		v.More = " With it " + more + " were solved, " + d.showing.Alike + ". " + d.showing.Advice()
		return v
	}
	low, high := ui.SignedPoints(d.low), ui.SignedPoints(d.high)
	if d.low >= 0 {
		low, high = strings.TrimPrefix(low, "+"), strings.TrimPrefix(high, "+")
	}
	between := fmt.Sprintf("between %s and %s (95 %%, %s)", low, high, partials.Plural(d.n, d.unit))
	if d.finding != lab.NoneShown {
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
			names = append(names, d.name)
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
