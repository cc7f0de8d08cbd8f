package terminal

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/calibration"
	"purposeagent/agent/catalog"
)

// WriteLibrary counts the rules and lists the strongest.
func WriteLibrary(w io.Writer, r agent.LibraryReport) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%d heuristics, %d pinned\n", r.Total, r.Pinned)
	for _, t := range agent.Tiers {
		fmt.Fprintf(&b, "  %-11s %5d\n", t, r.ByTier[t])
	}
	for _, s := range agent.Statuses {
		if n := r.ByStatus[s]; n > 0 {
			fmt.Fprintf(&b, "  %-11s %5d\n", s, n)
		}
	}
	for _, author := range slices.Sorted(maps.Keys(r.ByAuthor)) {
		fmt.Fprintf(&b, "  by %-16s %5d\n", author, r.ByAuthor[author])
	}
	if len(r.Strongest) > 0 {
		b.WriteString("\nstrongest:\n")
	}
	for _, h := range r.Strongest {
		do := h.Strategy
		if do == "" {
			do = "avoid: " + h.Avoid
		}
		fmt.Fprintf(&b, "  %-10s %-10s good %d of %d  %s → %s\n", h.ID, h.Tier, h.Good, h.Good+h.Bad, h.Pattern, do)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// WriteSets says of each world whether what was learned there is used.
func WriteSets(w io.Writer, ledgers []catalog.ScopeLedger) error {
	var b strings.Builder
	for i := range ledgers {
		if i == 0 {
			b.WriteString("\nwhat was learned, by world:\n")
		}
		l := &ledgers[i].Ledger
		world := strings.TrimSuffix(ledgers[i].Scope.Environment+" · "+ledgers[i].Scope.Dynamics, " · ")
		switch {
		case l.Suspended != nil:
			fmt.Fprintf(&b, "  %-30s suspended since task %d, by %s: %s\n", world, l.Suspended.Tasks, l.Suspended.By, Plain(l.Suspended.Reason))
		case l.SetProven():
			fmt.Fprintf(&b, "  %-30s in use, proven: %s\n", world, l.SetUplift)
		default:
			fmt.Fprintf(&b, "  %-30s in use, not proven yet: %s\n", world, l.Figures())
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// WriteSnapshots lists snapshots of the library.
func WriteSnapshots(w io.Writer, list []catalog.Snapshot) error {
	var b strings.Builder
	for _, s := range list {
		fmt.Fprintf(&b, "%s  %s  %6d rules  %s (%s)\n", s.ID, s.At.UTC().Format("2006-01-02 15:04:05"), s.Rules, s.Name, s.Reason)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// WriteCritics says how far each critic can be trusted.
func WriteCritics(w io.Writer, reports []calibration.CriticReport) error {
	var b strings.Builder
	if len(reports) == 0 {
		b.WriteString("no task with a known outcome has ended yet\n")
	}
	for i := range reports {
		r := &reports[i]
		fmt.Fprintf(&b, "%s in %s: %s\n", r.Critic, strings.TrimSpace(r.Scope.Environment+" "+r.Scope.Dynamics), r.Right)
		fmt.Fprintf(&b, "  %s\n", r.Reason)
		fmt.Fprintf(&b, "  n %d, solved %d", r.N, r.Successes)
		if r.SkillInterval != nil {
			fmt.Fprintf(&b, ", skill %s", span(r.SkillInterval.Value, r.SkillInterval.Low, r.SkillInterval.High))
		}
		f := r.FalseSuccess
		fmt.Fprintf(&b, ", Brier %s, ECE %s, false success %d of %d [%.2f, %.2f]", span(r.Brier, r.BrierInterval.Low, r.BrierInterval.High),
			span(r.ECE.Value, r.ECE.Low, r.ECE.High), f.Hits, f.N, f.Low, f.High)
		if r.Spearman != nil {
			fmt.Fprintf(&b, ", Spearman %s", span(r.Spearman.Value, r.Spearman.Low, r.Spearman.High))
		}
		fmt.Fprintf(&b, "\n  Goodhart: %s\n", r.Goodhart.Reason)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// span writes a figure with its 95 % interval.
func span(x, low, high float64) string { return fmt.Sprintf("%.2f [%.2f, %.2f]", x, low, high) }
