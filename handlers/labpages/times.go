package labpages

import (
	"context"
	"time"

	"purposeagent/agent/experiments"
	"purposeagent/handlers/ui"
	"purposeagent/internal/lab"
	"purposeagent/views/partials"
)

// runTimes are runs that ended in this installation, the newest first: the
// ground for a guess before a start. labTimes are finished experiments.
type labTimes []experiments.Experiment

// pastLabTimes looks at the newest finished experiments of an environment.
func (s *Section) pastLabTimes(ctx context.Context, environment string) labTimes {
	page, err := s.cfg.Lab.List(ctx, experiments.ExperimentQuery{Environment: environment, Status: []experiments.ExperimentStatus{experiments.ExperimentFinished}, Limit: ui.PastRuns})
	if err != nil {
		s.Logger.WarnContext(ctx, "past experiments not read", "err", err)
		return nil
	}
	return page.Items
}

// guess says how long an experiment may take, by what a task of others
// with the same models took.
func (p labTimes) guess(ask lab.Request) string {
	var each []time.Duration
	for _, x := range p {
		was, err := requestOf(x)
		if err != nil || was.Spec.Models != ask.Spec.Models || x.StartedAt == nil || x.EndedAt == nil || tasksOf(was) == 0 {
			continue
		}
		each = append(each, x.EndedAt.Sub(*x.StartedAt)/time.Duration(tasksOf(was)))
	}
	if len(each) == 0 {
		return ui.UnknownYet
	}
	low, high := ui.Middle(each)
	if len(each) < ui.EnoughPast { // few experiments say little of the next
		low, high = low/2, 2*high
	}
	n := tasksOf(ask)
	return ui.Between(time.Duration(n)*low, time.Duration(n)*high) + ", by " + partials.Plural(len(each), "experiment") + " before it"
}

// tasksOf is about how many tasks an experiment works.
func tasksOf(ask lab.Request) int {
	s := ask.Spec
	return max(len(ask.Worlds), 1) * (s.Train + s.Test*(len(s.Arms)+len(s.Curve)))
}
