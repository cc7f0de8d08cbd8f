package runpage

import (
	"context"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/a-h/templ"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/handlers/pagetest"
	"purposeagent/views/runview"
)

func TestInParts(t *testing.T) {
	for _, text := range []string{"", "short", strings.Repeat("line\n", 10), strings.Repeat("ΦΦΦΦ", 20), strings.Repeat("x", 41)} {
		parts := inParts(text, 7)
		for _, p := range parts {
			if len(p) > 7 || !utf8.ValidString(p) {
				t.Errorf("%q has the part %q", text, p)
			}
		}
		if strings.Join(parts, "") != text {
			t.Errorf("%q is cut into %q", text, parts)
		}
	}
}

// droppedReplay has every trajectory but the one of a run that was dropped.
type droppedReplay struct{}

func (droppedReplay) Summary(_ context.Context, id string) (catalog.TrajectorySummary, error) {
	if id == "t_dropped" {
		return catalog.TrajectorySummary{}, agent.Errorf(agent.CodeNotFound, "there is no trajectory %q", id)
	}
	return catalog.TrajectorySummary{ID: id}, nil
}

func TestRunWhoseTrajectoryWasDropped(t *testing.T) {
	s := New(pagetest.Kit(nil), Config{Replay: droppedReplay{}})
	for _, test := range []struct {
		name, trajectory string
		dropped          bool
	}{{"kept", "t_kept", false}, {"dropped", "t_dropped", true}} {
		end := runview.RunEnd{Replay: "/replay/" + templ.SafeURL(test.trajectory)}
		if err := s.markDropped(t.Context(), &end, &agent.Learned{Trajectory: test.trajectory}); err != nil {
			t.Fatal(err)
		}
		if (end.Replay == "") != test.dropped || (end.Dropped != "") != test.dropped {
			t.Errorf("%s: %+v", test.name, end)
		}
	}
}
