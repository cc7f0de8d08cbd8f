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
