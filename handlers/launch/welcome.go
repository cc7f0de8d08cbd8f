package launch

import (
	"fmt"
	"strings"

	"purposeagent/handlers/ui"
	"purposeagent/views/launchview"
	"purposeagent/views/partials"
)

// welcomeView is the first visit: what the program does, and one button.
func (s *Section) welcomeView() launchview.Welcome {
	v := launchview.Welcome{
		DemoURL: s.Link("/demo"), NewURL: s.Link("/runs/new"), Demo: s.cfg.Demo, Example: exampleRuns(),
		Ready: []string{"database ready", partials.Plural(len(s.Environments.Kinds()), "environment") + " ready", "offline reasoner ready"},
	}
	if hash := s.cfg.Sealed; len(hash) > 12 {
		v.Sealed, v.SealedFull = hash[:4]+"…"+hash[len(hash)-4:], hash
	}
	return v
}

// exampleRuns is the picture of what a demo looks like. It is labelled as an
// example: no number of it is shown.
func exampleRuns() []launchview.ExampleRun {
	ends := []float64{30, 25, 35, 30, 40, 50, 45, 60, 70, 75, 85, 90}
	var out []launchview.ExampleRun
	for i, end := range ends {
		var b strings.Builder
		b.WriteString("M0 108")
		for k, x := range []float64{18, 40, 62, 82} {
			share := []float64{.2, .47, .73, 1}[k]
			fmt.Fprintf(&b, "H%sV%s", ui.Px(x), ui.Px(108-end*share))
		}
		b.WriteString("H100")
		line := b.String()
		x := 2 + 8.2*float64(i)
		out = append(out, launchview.ExampleRun{N: ui.Itoa(i + 1), X: ui.Px(x) + "%", Centre: ui.Px(x+3.3) + "%", Line: line, Area: line + "V108H0Z"})
	}
	return out
}
