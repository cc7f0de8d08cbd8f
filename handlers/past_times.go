package handlers

import (
	"context"
	"fmt"
	"slices"
	"time"

	"purposeagent/agent"
	"purposeagent/internal/lab"
	"purposeagent/views/partials"
)

// runTimes are runs that ended in this installation, the newest first: the
// ground for a guess before a start. labTimes are finished experiments.
type (
	runTimes []agent.Run
	labTimes []agent.Experiment
)

const (
	// pastRuns is how many of the newest runs are looked at.
	pastRuns = 60
	// enoughPast is from how many measured tasks a range is told.
	enoughPast = 3
	unknownYet = "unknown yet"
)

// pastRunTimes looks at the newest runs of an environment. Without them the time is
// unknown, which is no reason to show no form.
func (s *Server) pastRunTimes(ctx context.Context, environment string) runTimes {
	page, err := s.cfg.Runs.List(ctx, agent.RunQuery{Limit: pastRuns, Terms: []agent.RunTerm{
		agent.Is(agent.RunEnv, environment), agent.Is(agent.RunStatusField, string(agent.RunIsFinished))}})
	if err != nil {
		s.cfg.Logger.WarnContext(ctx, "past runs not read", "err", err)
		return nil
	}
	return page.Items
}

// pastLabTimes looks at the newest finished experiments of an environment.
func (s *Server) pastLabTimes(ctx context.Context, environment string) labTimes {
	page, err := s.cfg.Lab.List(ctx, agent.ExperimentQuery{Environment: environment, Status: []agent.ExperimentStatus{agent.ExperimentFinished}, Limit: pastRuns})
	if err != nil {
		s.cfg.Logger.WarnContext(ctx, "past experiments not read", "err", err)
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
		same := run.Spec.Models == spec.Models && asksWords(run.Spec.Approval) == "" && run.Spec.Origin == nil
		if !same || run.StartedAt == nil || run.EndedAt == nil {
			continue
		}
		paced := time.Duration((spec.Pace - run.Spec.Pace) * float64(run.Steps) * float64(time.Second))
		if d := run.EndedAt.Sub(*run.StartedAt) + paced; d > 0 {
			took = append(took, d)
		}
	}
	n := len(took)
	if n < enoughPast {
		return unknownYet
	}
	low, high := middle(took)
	text := between(low, high) + " a run"
	if spec.Repeats > 1 {
		text += ", so up to " + partials.Duration(roughly(time.Duration(spec.Repeats)*high)) + " for all if they go one by one"
	}
	if asksWords(spec.Approval) != "" {
		text += ", and the time until people answer"
	}
	return fmt.Sprintf("%s, as the last %d took", text, n)
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
		return unknownYet
	}
	low, high := middle(each)
	if len(each) < enoughPast { // few experiments say little of the next
		low, high = low/2, 2*high
	}
	n := tasksOf(ask)
	return between(time.Duration(n)*low, time.Duration(n)*high) + ", by " + partials.Plural(len(each), "experiment") + " before it"
}

// tasksOf is about how many tasks an experiment works.
func tasksOf(ask lab.Request) int {
	s := ask.Spec
	return max(len(ask.Worlds), 1) * (s.Train + s.Test*(len(s.Arms)+len(s.Curve)))
}

// middle returns the 10 % and the 90 % quantile.
func middle(took []time.Duration) (low, high time.Duration) {
	took = slices.Sorted(slices.Values(took))
	last := len(took) - 1
	return took[last/10], took[last-last/10]
}

// between writes a range of times; one that is as good as a point is one.
func between(low, high time.Duration) string {
	from, to := partials.Duration(roughly(low)), partials.Duration(roughly(high))
	if from == to {
		return "about " + to
	}
	return from + " to " + to
}

// roughly keeps two digits of a time: a guess has no more.
func roughly(d time.Duration) time.Duration {
	unit := time.Millisecond
	for d/unit >= 100 {
		unit *= 10
	}
	return max(d.Round(unit), time.Millisecond)
}
