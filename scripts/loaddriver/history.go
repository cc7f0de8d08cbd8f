package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"purposeagent/agent"
	"purposeagent/internal/app"
	"purposeagent/models"
)

// longRuns are the lengths of the runs whose pages are measured.
var longRuns = []int{100, 1000, 50_000}

// stepsEach is the length of the runs that fill the database.
const stepsEach = 50

func longRun(steps int) string { return fmt.Sprintf("r_long_%d", steps) }

// fill writes a database with long runs and as many short ones as make up the
// steps asked for. All of them are copies of steps that the reasoner took in a
// maze, so that rows are as large as real ones.
func fill(ctx context.Context, data string, steps int) (time.Duration, error) {
	began := time.Now()
	a, err := app.Open(ctx, app.Config{Data: data})
	if err != nil {
		return 0, err
	}
	err = errors.Join(fillRuns(ctx, a, steps), a.Close(ctx))
	return time.Since(began), err
}

func fillRuns(ctx context.Context, a *app.App, steps int) error {
	events, err := played(ctx, a)
	if err != nil {
		return err
	}
	runs := a.Runs
	now := time.Now().UTC()
	for _, n := range longRuns {
		if err := write(ctx, runs, longRun(n), now.Add(-30*24*time.Hour), fmt.Sprintf("a long run of %d", n), stretched(events, n)); err != nil {
			return err
		}
	}
	for i := range steps / stepsEach {
		at := now.Add(time.Duration(i-steps/stepsEach) * time.Minute)
		if err := write(ctx, runs, fmt.Sprintf("r_%06d", i), at, fmt.Sprintf("find treasure %d", i), stretched(events, stepsEach)); err != nil {
			return err
		}
	}
	return nil
}

// played is the log of one run of the offline reasoner, which leaves nothing else.
func played(ctx context.Context, a *app.App) ([]agent.Event, error) {
	if err := a.Engine.Start(ctx); err != nil {
		return nil, err
	}
	runs, err := a.Launch(ctx, agent.RunSpec{Environment: agent.EnvironmentRef{Name: "maze", Config: agent.MustObject(map[string]any{"size": 8})},
		Purpose: "Find the treasure and take it", Seed: 3, MaxSteps: stepsEach, EarlyStopPhi: 10, Memory: "off"})
	if err != nil {
		return nil, err
	}
	var events []agent.Event
	for e, err := range a.Engine.Follow(ctx, runs[0].ID, 0) {
		if err != nil {
			return nil, err
		}
		events = append(events, e)
	}
	// What is written from here on is nobody's to work.
	return events, errors.Join(a.Engine.Stop(ctx), a.Runs.Delete(ctx, runs[0].ID))
}

// stretched is the log with n steps: what was played again and again, each step
// from the state that the one before it led to.
func stretched(events []agent.Event, n int) []agent.Event {
	var begin, end []agent.Event
	var steps []agent.Step
	for _, e := range events {
		switch d := e.Data.(type) {
		case agent.StepTaken:
			steps = append(steps, d.Step)
		case agent.RunFinished:
			end = append(end, e)
		case agent.RunStarted:
			begin = append(begin, e)
		case agent.RunQueued, agent.RunResumed, agent.NoteAdded, agent.ActionStarted, agent.ApprovalAsked, agent.ApprovalAnswered,
			agent.RunWaiting, agent.RunPaused, agent.RunStopped, agent.RunFailed, agent.Judged, agent.Learned:
		}
	}
	out := begin
	for i := range n {
		step := steps[i%len(steps)]
		step.Index = i + 1
		if i > 0 {
			step.Before = steps[(i-1)%len(steps)].After
		}
		out = append(out, agent.Event{Data: agent.StepTaken{Step: step}})
	}
	return append(out, end...)
}

// write stores a run with its log.
func write(ctx context.Context, runs *models.Runs, id string, at time.Time, purpose string, events []agent.Event) error {
	spec := agent.RunSpec{Environment: agent.EnvironmentRef{Name: "maze"}, Purpose: purpose}.WithDefaults()
	if err := runs.Create(ctx, []agent.Run{{ID: id, Spec: spec, Seed: 3, Status: agent.RunIsQueued, CreatedAt: at}}, 1, nil); err != nil {
		return err
	}
	epoch, err := runs.Claim(ctx, id, "loaddriver", time.Minute, true)
	if err != nil {
		return err
	}
	for i := range events {
		e := &events[i]
		e.Seq, e.Run, e.At = int64(i+2), id, at.Add(time.Duration(i)*time.Second/4)
	}
	for len(events) > 0 {
		part := events[:min(len(events), 1000)]
		events = events[len(part):]
		if err := runs.Append(ctx, id, epoch, part...); err != nil {
			return err
		}
	}
	return nil
}
