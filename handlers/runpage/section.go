// Package runpage is the page of one run: its head and line of Φ, its steps
// with what led to each, and what people say to it.
package runpage

import (
	"context"
	"sync"

	"purposeagent/agent"
	"purposeagent/agent/calibration"
	"purposeagent/agent/catalog"
	"purposeagent/agent/chat"
	"purposeagent/agent/roles"
	"purposeagent/handlers/ui"
)

// Config is what the page works with.
type Config struct {
	Runs   Runs
	Engine Engine
	Replay Replay
	// Critics knows how far critics can be trusted. nil: nobody does.
	Critics Critics
	// PhiWords keeps what people say that Φ is. nil: nobody can correct a critic.
	PhiWords PhiWords
	Policy   bool // there is a page about how rules come to be used
	// Picture draws the state after a step (0: the initial state) as a small
	// SVG, or returns "" where the environment draws none. nil: no pictures.
	Picture func(ctx context.Context, run string, step int) (svg string, err error)
	// File returns a file of a run by its hash (files.ErrNotKept). nil: none is kept.
	File func(ctx context.Context, run, hash string) ([]byte, error)
	// Calls returns what models were asked and answered at a step of a run; step 0
	// is before the first and after the last. nil: nobody kept it.
	Calls func(ctx context.Context, run string, step int) ([]chat.Call, error)
}

type (
	// Runs reads a stored run. Errors: CodeNotFound.
	Runs interface {
		Get(ctx context.Context, id string) (agent.Run, error)
		// Steps returns up to limit steps with an index above after, in order.
		Steps(ctx context.Context, run string, after, limit int) ([]agent.Step, error)
		// StepsBefore returns up to limit steps with an index below before, in order.
		StepsBefore(ctx context.Context, run string, before, limit int) ([]agent.Step, error)
		Step(ctx context.Context, run string, index int) (agent.Step, error)
		FindSteps(ctx context.Context, run string, q catalog.StepQuery) ([]agent.Step, error)
		// Events returns up to limit events with a number above after, in order.
		Events(ctx context.Context, run string, after int64, limit int) ([]agent.Event, error)
		// People returns the last events that people had a part in, oldest first.
		People(ctx context.Context, run string, limit int) ([]agent.Event, error)
		PhiLine(ctx context.Context, run string) ([]catalog.PhiPoint, error)
	}
	// Engine steers a run. Errors: CodeNotFound, CodeConflict where the run's
	// state does not allow what is asked. by is who asked.
	Engine interface {
		StopRun(ctx context.Context, id, by string) error
		PauseRun(ctx context.Context, id, by string) error
		ResumeRun(ctx context.Context, id, by string) error
		ExtendRun(ctx context.Context, id, by string, steps int, more agent.Budget) error
		// StepRun lets a paused run take one step.
		StepRun(ctx context.Context, id, by string) error
		// NoteRun tells the actor something.
		NoteRun(ctx context.Context, id, by, text string) error
		// AnswerRun answers what a run asks; of two answers the second is CodeConflict.
		AnswerRun(ctx context.Context, id, by string, answer agent.Answer) error
	}
	// PhiWords keeps what people said that Φ is after a step. Errors: CodeNotFound,
	// CodeInvalid with a message per field.
	PhiWords interface {
		Of(ctx context.Context, run string, step int) (*roles.PhiWord, error)
		Say(ctx context.Context, by, run string, step int, phi float64, reason string) (roles.PhiWord, error)
	}
	// Critics knows how far critics can be trusted. Errors: CodeNotFound for a
	// critic of whom nothing is known.
	Critics interface {
		Critic(ctx context.Context, key calibration.CriticKey) (calibration.CriticReport, error)
	}
	// Replay keeps trajectories. Errors: CodeNotFound.
	Replay interface {
		Summary(ctx context.Context, id string) (catalog.TrajectorySummary, error)
	}
)

// Section is the page.
type Section struct {
	*ui.Kit
	cfg Config
	// drawing bounds the pictures that are drawn at once, drawers waits for them.
	drawing chan struct{}
	drawers sync.WaitGroup
	drawn   drawnPictures
}

// New returns the page. The caller calls WaitForPictures when it shuts down.
func New(kit *ui.Kit, cfg Config) *Section {
	return &Section{Kit: kit, cfg: cfg, drawing: make(chan struct{}, picturesAtOnce)}
}
