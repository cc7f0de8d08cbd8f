package models

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"purposeagent/agent"
)

// Checkpoint returns how far a run had come, with all that an orchestrator
// needs to go on from there, hidden state included. Errors: CodeNotFound.
func (s *Runs) Checkpoint(ctx context.Context, run string) (*agent.Checkpoint, error) {
	rows, err := s.log(ctx, run, 0, all)
	if err != nil || len(rows) == 0 {
		return &agent.Checkpoint{}, err
	}
	r := resumption{s, run, rows, &agent.Checkpoint{}}
	return r.point, r.read(ctx)
}

// resumption reads from a run's log how far it had come.
type resumption struct {
	*Runs
	run   string
	rows  []eventRow // the log without what its events say
	point *agent.Checkpoint
}

func (s resumption) read(ctx context.Context) error {
	run, rows, point := s.run, s.rows, s.point
	steps, err := stepRows(s.db.read.WithContext(ctx), run, 0, lastIndex, all)
	if err != nil {
		return err
	}
	if point.Steps, err = decodeSteps(steps, 0); err != nil {
		return err
	}
	s.dateSteps(steps)
	point.Spent = spent(rows)
	inFlight, suspended, judged := int64(0), int64(0), int64(0) // since the last step
	for i := range rows {
		switch r := &rows[i]; r.Kind {
		case agent.RunStarted{}.Kind():
			if err := s.begin(ctx, r.Seq); err != nil {
				return err
			}
		case agent.ActionStarted{}.Kind():
			inFlight = r.Seq
		case agent.StepTaken{}.Kind():
			inFlight, suspended, judged, point.Waits = 0, 0, 0, 0
		case agent.RunWaiting{}.Kind(), agent.RunPaused{}.Kind():
			if suspended == 0 {
				suspended = r.Seq
			}
			if r.Kind == (agent.RunWaiting{}).Kind() {
				point.Waits++
			}
		case agent.Judged{}.Kind():
			judged = r.Seq
		case agent.Learned{}.Kind():
			point.Learned = true
		}
	}
	last := rows[len(rows)-1].Seq
	point.Seq = last
	if suspended > 0 {
		err = s.unscored(ctx, suspended)
	}
	if inFlight > 0 && point.Unscored == nil && err == nil {
		err = s.inFlight(ctx, inFlight)
	}
	if judged > 0 && err == nil {
		err = s.judged(ctx, judged)
	}
	return errors.Join(err, s.steer(ctx))
}

// dateSteps gives the events that are steps their times.
func (s resumption) dateSteps(steps []stepRow) {
	at := make(map[int]int64, len(steps))
	for i := range steps {
		at[steps[i].Idx] = steps[i].At
	}
	for i := range s.rows {
		if r := &s.rows[i]; r.At == 0 && r.Step != nil {
			r.At = at[*r.Step]
		}
	}
}

func (s resumption) begin(ctx context.Context, seq int64) error {
	events, err := s.Events(ctx, s.run, seq-1, 1)
	if err != nil || len(events) == 0 {
		return err
	}
	if d, ok := events[0].Data.(agent.RunStarted); ok {
		s.point.Started, s.point.Initial, s.point.InitialScore, s.point.InitialVerdict, s.point.Holdout = true, d.State, d.Score, d.Verdict, d.Holdout
	}
	return nil
}

// unscored looks for a step that was done and has no score yet, among the events
// since the last recorded step.
func (s resumption) unscored(ctx context.Context, since int64) error {
	for {
		events, err := s.Events(ctx, s.run, since-1, 1000)
		if err != nil || len(events) == 0 {
			return err
		}
		for _, e := range events {
			switch d := e.Data.(type) {
			case agent.RunWaiting:
				s.point.Unscored = cmp.Or(d.Step, s.point.Unscored)
			case agent.RunPaused:
				s.point.Unscored = cmp.Or(d.Step, s.point.Unscored)
			case agent.RunQueued, agent.RunStarted, agent.RunResumed, agent.NoteAdded, agent.ActionStarted, agent.StepTaken,
				agent.ApprovalAsked, agent.ApprovalAnswered, agent.RunStopped, agent.RunFinished, agent.RunFailed, agent.Judged, agent.Learned:
			}
		}
		since = events[len(events)-1].Seq + 1
	}
}

func (s resumption) judged(ctx context.Context, seq int64) error {
	events, err := s.Events(ctx, s.run, seq-1, 1)
	if err != nil || len(events) == 0 {
		return err
	}
	if d, ok := events[0].Data.(agent.Judged); ok {
		s.point.Judged = &d.Verdict
	}
	return nil
}

func (s resumption) inFlight(ctx context.Context, seq int64) error {
	events, err := s.Events(ctx, s.run, seq-1, 1)
	if err != nil || len(events) == 0 {
		return err
	}
	if d, ok := events[0].Data.(agent.ActionStarted); ok {
		s.point.InFlight = &d.Action
	}
	return nil
}

// steer fills in what people said to a run.
func (s resumption) steer(ctx context.Context) error {
	wanted := map[string]bool{agent.NoteAdded{}.Kind(): true, agent.ApprovalAsked{}.Kind(): true, agent.ApprovalAnswered{}.Kind(): true}
	for i := range s.rows {
		switch r := &s.rows[i]; {
		case r.Kind == agent.StepTaken{}.Kind():
			s.point.Refused, s.point.Asked, s.point.Answer = nil, nil, nil
		case wanted[r.Kind]:
			events, err := s.Events(ctx, s.run, r.Seq-1, 1)
			if err != nil {
				return err
			}
			if len(events) == 1 {
				heard(events[0].Data, s.point)
			}
		}
	}
	var control struct{ Control, ControlBy string }
	err := s.db.read.WithContext(ctx).Raw(`SELECT control, control_by FROM runs WHERE id = ?`, s.run).Scan(&control).Error
	if err != nil {
		return failed(err, "read what was asked of run %s", s.run)
	}
	s.point.By = control.ControlBy
	_, _ = fmt.Sscanf(control.Control, controlStep+"%d", &s.point.Until) // another control has no number
	return nil
}

// spent sums the time in which a run was worked: the time between two events,
// unless the second one opens the run or takes it up again.
func spent(rows []eventRow) time.Duration {
	total := int64(0)
	rows = slices.DeleteFunc(slices.Clone(rows), func(r eventRow) bool { return r.Kind == agent.NoteAdded{}.Kind() }) // at any time
	for i := 1; i < len(rows); i++ {
		switch rows[i].Kind {
		case agent.RunStarted{}.Kind(), agent.RunResumed{}.Kind():
		default:
			if !idle(rows[i-1].Kind) {
				total += max(rows[i].At-rows[i-1].At, 0)
			}
		}
	}
	return time.Duration(total)
}

// idle reports whether nothing works a run after an event of this kind.
func idle(kind string) bool {
	switch kind {
	case agent.RunQueued{}.Kind(), agent.RunWaiting{}.Kind(), agent.RunPaused{}.Kind(), agent.ApprovalAsked{}.Kind(), agent.ApprovalAnswered{}.Kind():
		return true
	}
	return false
}
