package terminal

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"unicode"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
)

// WriteRuns lists runs as a table.
func WriteRuns(w io.Writer, runs []agent.Run) error {
	out := table(w)
	_, _ = fmt.Fprintln(out, "RUN\tSTATUS\tΦ\tSTEPS\tOUTCOME\tTAGS\tPURPOSE") // the writer keeps its errors for Flush
	for _, r := range runs {
		outcome := "–"
		if r.Status == agent.RunIsFinished && r.Outcome != nil {
			outcome = r.Outcome.Word()
		}
		_, _ = fmt.Fprintf(out, "%s\t%s\t%.1f\t%d\t%s\t%s\t%s\n", r.ID, r.Status, r.Phi, r.Steps, outcome, strings.Join(r.Tags, " "), Plain(agent.Clip(r.Spec.Purpose, 80)))
	}
	return out.Flush()
}

// WriteRules lists rules as a table.
func WriteRules(w io.Writer, rules []agent.Heuristic) error {
	out := table(w)
	_, _ = fmt.Fprintln(out, "RULE\tSTATUS\tTIER\tUPLIFT\tUSES\tTITLE")
	for i := range rules {
		h := &rules[i]
		uplift := "–"
		if u := h.Credit.Uplift; u != nil {
			uplift = fmt.Sprintf("%+.2f [%+.2f, %+.2f]", u.Value, u.Low, u.High)
		}
		_, _ = fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%d\t%s\n", h.ID, h.Status, h.Tier, uplift, h.Shown, Plain(agent.Clip(h.Title, 80)))
	}
	return out.Flush()
}

// WriteTrajectories lists trajectories as a table.
func WriteTrajectories(w io.Writer, list []catalog.TrajectorySummary) error {
	out := table(w)
	_, _ = fmt.Fprintln(out, "TRAJECTORY\tVALUE\tΦ\tSTEPS\tOUTCOME\tPURPOSE")
	for _, t := range list {
		_, _ = fmt.Fprintf(out, "%s\t%.2f\t%.1f\t%d\t%s\t%s\n", t.ID, t.QValue, t.FinalPhi, t.Steps, t.Outcome.Word(), Plain(agent.Clip(t.Purpose, 80)))
	}
	return out.Flush()
}

// WriteChange says what a change of many runs did, and how to undo it.
func WriteChange(w io.Writer, action string, change catalog.RunChange) error {
	text := fmt.Sprintf("%s: %d runs", action, change.Runs)
	if change.Left > 0 {
		text += fmt.Sprintf(", %d left as they are", change.Left)
	}
	if change.ID > 0 {
		text += fmt.Sprintf("; to undo it: purpose find undo %d", change.ID)
	}
	_, err := fmt.Fprintln(w, text)
	return err
}

func table(w io.Writer) *tabwriter.Writer { return tabwriter.NewWriter(w, 2, 0, 2, ' ', 0) }

// Plain takes out of foreign text what a terminal would obey: control
// characters, escapes and those that turn the direction of writing.
func Plain(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r):
			return -1
		}
		return r
	}, text)
}
