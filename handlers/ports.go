package handlers

import (
	"context"
	"iter"

	"purposeagent/agent"
	"purposeagent/agent/roles"
	"purposeagent/internal/lab"
)

// The interfaces that pages call. They are declared here, where they are
// used; the program's main passes the values.
type (
	// Runs reads and deletes stored runs. Errors: CodeNotFound; CodeInvalid for
	// a cursor that was not given out; CodeConflict from Delete for a run that
	// has not ended.
	Runs interface {
		Get(ctx context.Context, id string) (agent.Run, error)
		List(ctx context.Context, q agent.RunQuery) (agent.Page[agent.Run], error)
		Counts(ctx context.Context) (map[agent.RunStatus]int, error)
		// Steps returns up to limit steps with an index above after, in order.
		Steps(ctx context.Context, run string, after, limit int) ([]agent.Step, error)
		// StepsBefore returns up to limit steps with an index below before, in order.
		StepsBefore(ctx context.Context, run string, before, limit int) ([]agent.Step, error)
		Step(ctx context.Context, run string, index int) (agent.Step, error)
		FindSteps(ctx context.Context, run string, q agent.StepQuery) ([]agent.Step, error)
		// Events returns up to limit events with a number above after, in order.
		Events(ctx context.Context, run string, after int64, limit int) ([]agent.Event, error)
		// People returns the last events that people had a part in, oldest first.
		People(ctx context.Context, run string, limit int) ([]agent.Event, error)
		// Forks returns the runs that were forked from a run, oldest first.
		Forks(ctx context.Context, run string, limit int) ([]agent.Run, error)
		// Asking returns how many runs wait for a person's approval, Asks the first of them.
		Asks(ctx context.Context, limit int) ([]agent.Run, error)
		Asking(ctx context.Context) (int, error)
		PhiLine(ctx context.Context, run string) ([]agent.PhiPoint, error)
		Group(ctx context.Context, group string) ([]agent.Run, error)
		Delete(ctx context.Context, id string) error
		// Facets counts what a query finds, Open the runs that have not ended.
		Facets(ctx context.Context, q agent.RunQuery) (agent.RunFacets, error)
		Open(ctx context.Context) (int, error)
		RunChanges
	}
	// RunChanges changes many runs at once. Selected returns the ids that a
	// selection means. Change deletes, tags or untags them, Undo takes a change
	// back. Errors: CodeInvalid, CodeConflict where the query finds another number
	// of runs than expected.
	RunChanges interface {
		Selected(ctx context.Context, selection agent.RunSelection) ([]string, error)
		Change(ctx context.Context, by string, action agent.RunAction, tag string, selection agent.RunSelection) (agent.RunChange, error)
		Undo(ctx context.Context, by string, id int64) (agent.RunChange, error)
	}
	// Controls stops runs and lets them go on. Errors: CodeNotFound, CodeConflict
	// where the run's state does not allow what is asked. by is who asked.
	Controls interface {
		StopRun(ctx context.Context, id, by string) error
		PauseRun(ctx context.Context, id, by string) error
		ResumeRun(ctx context.Context, id, by string) error
	}
	// Views keeps lists that people gave a name. Errors: CodeNotFound, CodeInvalid
	// with a message per field.
	Views interface {
		List(ctx context.Context, list string) ([]agent.SavedView, error)
		Save(ctx context.Context, by string, view agent.SavedView) (agent.SavedView, error)
		Delete(ctx context.Context, by string, id int64) (agent.SavedView, error)
	}
	// Engine steers and follows runs; Launcher starts them. Errors: CodeNotFound, CodeConflict where the run's
	// state does not allow what is asked. by is who asked.
	Engine interface {
		Controls
		ExtendRun(ctx context.Context, id, by string, steps int, more agent.Budget) error
		// StepRun lets a paused run take one step. NoteRun tells the actor something.
		// ForkRun launches another run from a step of one. AnswerRun answers what a run asks; of two answers the second is CodeConflict.
		StepRun(ctx context.Context, id, by string) error
		NoteRun(ctx context.Context, id, by, text string) error
		ForkRun(ctx context.Context, id, by string, fork agent.Fork) (agent.Run, error)
		AnswerRun(ctx context.Context, id, by string, answer agent.Answer) error
		// Follow replays a run's events after a number from the log, then waits
		// for new ones. It ends after the terminal event, or with ctx.
		Follow(ctx context.Context, run string, after int64) iter.Seq2[agent.Event, error]
	}
	// PhiWords keeps what people said that Φ is after a step. Errors: CodeNotFound,
	// CodeInvalid with a message per field.
	PhiWords interface {
		Of(ctx context.Context, run string, step int) (*roles.PhiWord, error)
		Say(ctx context.Context, by, run string, step int, phi float64, reason string) (roles.PhiWord, error)
	}
	// Library keeps heuristics. Errors: CodeNotFound, CodeInvalid, CodeConflict.
	Library interface {
		Get(ctx context.Context, id string) (*agent.Heuristic, error)
		List(ctx context.Context, q agent.HeuristicQuery) (agent.Page[agent.Heuristic], error)
		Report(ctx context.Context) (agent.LibraryReport, error)
		Create(ctx context.Context, actor string, h agent.Heuristic) (*agent.Heuristic, error)
		Edit(ctx context.Context, actor, id string, version int, change agent.HeuristicEdit) (*agent.Heuristic, error)
		SetStatus(ctx context.Context, actor string, ids []string, status agent.Status) (int, error)
		Pin(ctx context.Context, actor string, ids []string, pinned bool) (int, error)
		Delete(ctx context.Context, actor string, ids []string) (int, error)
		Versions(ctx context.Context, id string) ([]agent.HeuristicVersion, error)
		LibraryChanges
	}
	// Replay keeps trajectories. Errors: CodeNotFound, CodeInvalid.
	Replay interface {
		Get(ctx context.Context, id string) (*agent.Trajectory, error)
		List(ctx context.Context, q agent.TrajectoryQuery) (agent.Page[agent.TrajectorySummary], error)
		Summary(ctx context.Context, id string) (agent.TrajectorySummary, error)
		Retrieve(ctx context.Context, scope agent.Scope, task agent.Task, k int) ([]agent.Match, error)
		Stats(ctx context.Context) (agent.ReplayStats, error)
		Facets(ctx context.Context, q agent.TrajectoryQuery) (agent.TrajectoryFacets, error)
		Prune(ctx context.Context, actor string, ids []string) (agent.Pruned, error)
		UndoPrune(ctx context.Context, actor string, prune int64) (int, error)
		// PreviewPrune says what Prune would do, and Matching which trajectories a
		// query means; CodeInvalid where they are more than agent.MaxPrune.
		PreviewPrune(ctx context.Context, ids []string) (agent.PrunePreview, error)
		Matching(ctx context.Context, q agent.TrajectoryQuery) ([]string, error)
		Pin(ctx context.Context, actor, id string, pinned bool) error
		// SetCapacity changes how many trajectories are kept and drops at once what
		// no longer fits, as many as PreviewCapacity says; CodeInvalid out of range.
		SetCapacity(ctx context.Context, actor string, capacity int) (dropped int, err error)
		PreviewCapacity(ctx context.Context, capacity int) (going int, err error)
	}
	// Lab keeps and works experiments. Errors: CodeNotFound, CodeInvalid with a
	// message per field, CodeConflict where its status does not allow what is
	// asked. by is who asked.
	Lab interface {
		// List returns experiments without their reports, newest first.
		List(ctx context.Context, q agent.ExperimentQuery) (agent.Page[agent.Experiment], error)
		// Get returns one experiment with its report, where there is one.
		Get(ctx context.Context, id string) (agent.Experiment, error)
		// Plan fills what is left out and checks; it starts nothing.
		Plan(ctx context.Context, ask lab.Request) (lab.Request, error)
		Start(ctx context.Context, by string, ask lab.Request) (agent.Experiment, error)
		Cancel(ctx context.Context, id, by string) error
		// Resume lets one that failed or was cancelled go on from what is stored.
		Resume(ctx context.Context, id, by string) error
		// Delete deletes experiments that are at their end, and returns how many
		// there were; unknown ids are left out.
		Delete(ctx context.Context, by string, ids []string) (int, error)
		// Follow yields the experiment as it is now, then at each change, at most
		// four times a second, and ends after the final one, or with ctx.
		Follow(ctx context.Context, id string) iter.Seq2[agent.Experiment, error]
	}
)
