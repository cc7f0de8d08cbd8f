package launch

import (
	"context"
	"fmt"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/handlers/ui"
	"purposeagent/views/partials"
)

// runTimes are runs that ended in this installation, the newest first: the
// ground for a guess before a start. labTimes are finished experiments.
type (
	runTimes []agent.Run
)

// pastRunTimes looks at the newest runs of an environment. Without them the time is
// unknown, which is no reason to show no form.
func (s *Section) pastRunTimes(ctx context.Context, environment string) runTimes {
	page, err := s.cfg.Runs.List(ctx, catalog.RunQuery{Limit: ui.PastRuns, Terms: []catalog.RunTerm{
		catalog.Is(catalog.RunEnv, environment), catalog.Is(catalog.RunStatusField, string(agent.RunIsFinished))}})
	if err != nil {
		s.Logger.WarnContext(ctx, "past runs not read", "err", err)
		return nil
	}
	return page.Items
}

// guess says how long a launch may take: the middle 80 % of what runs with the
// same models took, at the pace that is asked for. Runs that waited for people
// are left out.
func (p runTimes) guess(spec agent.RunSpec) string {
	var took []time.Duration
	for _, run := range p {
		same := run.Spec.Models == spec.Models && ui.AsksWords(run.Spec.Approval) == "" && run.Spec.Origin == nil
		if !same || run.StartedAt == nil || run.EndedAt == nil {
			continue
		}
		paced := time.Duration((spec.Pace - run.Spec.Pace) * float64(run.Steps) * float64(time.Second))
		if d := run.EndedAt.Sub(*run.StartedAt) + paced; d > 0 {
			took = append(took, d)
		}
	}
	n := len(took)
	if n < ui.EnoughPast {
		return ui.UnknownYet
	}
	low, high := ui.Middle(took)
	text := ui.Between(low, high) + " a run"
	if spec.Repeats > 1 {
		text += ", so up to " + partials.Duration(ui.Roughly(time.Duration(spec.Repeats)*high)) + " for all if they go one by one"
	}
	if ui.AsksWords(spec.Approval) != "" {
		text += ", and the time until people answer"
	}
	return fmt.Sprintf("%s, as the last %d took", text, n)
}
