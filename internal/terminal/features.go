package terminal

import (
	"fmt"
	"io"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/features"
	"purposeagent/environments/remote"
)

// shownFeatures is how many features of each kind are printed.
const shownFeatures = 16

// WriteFeatures lists what the offline reasoner's rules may speak of in the states
// that were visited.
func WriteFeatures(w io.Writer, walk *remote.Walk) error {
	var b strings.Builder
	fmt.Fprintf(&b, "\nWhat rules may speak of, in the %d states that were visited (docs/remote.md says how to declare more):\n", len(walk.Trajectory.Steps)+1)
	for _, group := range features.Overview(&walk.Trajectory, walk.World, walk.Actions, shownFeatures) {
		fmt.Fprintf(&b, "  %s\n", group.Kind)
		for _, f := range group.Features {
			fmt.Fprintf(&b, "    %s\n", agent.Clip(f, 120))
		}
		if group.More > 0 {
			fmt.Fprintf(&b, "    and %d more\n", group.More)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// WritePowers lists the powers of a protocol: those that are there, then those that
// are missing, with what that costs and how to declare them.
func WritePowers(w io.Writer, powers []remote.Power) error {
	if len(powers) == 0 {
		return nil
	}
	var has, lacks strings.Builder
	for _, p := range powers {
		if p.Has {
			fmt.Fprintf(&has, "  %-10s %s\n", p.Name, p.Text)
			continue
		}
		fmt.Fprintf(&lacks, "  %-10s %s\n             to have it: %s\n", p.Name, p.Text, p.How)
	}
	var b strings.Builder
	if has.Len() > 0 {
		b.WriteString("\nPowers it has:\n" + has.String())
	}
	if lacks.Len() > 0 {
		b.WriteString("\nPowers it does not have. It works without them:\n" + lacks.String())
	}
	_, err := io.WriteString(w, b.String())
	return err
}
