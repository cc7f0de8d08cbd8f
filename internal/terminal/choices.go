package terminal

import (
	"fmt"
	"io"
	"strings"

	"purposeagent/internal/lab"
)

// WriteChoices writes for people how often a model chose right.
func WriteChoices(w io.Writer, r *lab.ChoicesReport) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %d states with one right action of %.1f on average\n\n", r.Model, r.States, r.Legal)
	for _, way := range lab.ToldWays {
		t := r.Told[way]
		fmt.Fprintf(&b, "%-28s %3d of %d right  %.2f [%.2f, %.2f]\n", way.Words(), t.Right, t.N, t.Share, t.Low, t.High)
		if t.Failed > 0 {
			fmt.Fprintf(&b, "%-28s %d answers could not be had: %s\n", "", t.Failed, t.Error)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
