// Package live keeps the page of a run up to date while the run goes on, over
// a websocket, as server-sent events or as answers to questions.
package live

import (
	"context"
	"iter"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/handlers/runpage"
	"purposeagent/handlers/ui"
)

// Config is what the streams work with.
type Config struct {
	Runs   Runs
	Engine Engine
	// Thinking returns what the actor of a run is thinking right now, at which
	// step, and a channel that is closed when it goes on. nil: nobody thinks in words.
	Thinking func(run string) (step int, thought string, changed <-chan struct{})
}

type (
	// Runs reads a stored run. Errors: CodeNotFound.
	Runs interface {
		Get(ctx context.Context, id string) (agent.Run, error)
		// Events returns up to limit events with a number above after, in order.
		Events(ctx context.Context, run string, after int64, limit int) ([]agent.Event, error)
		// People returns the last events that people had a part in, oldest first.
		People(ctx context.Context, run string, limit int) ([]agent.Event, error)
		PhiLine(ctx context.Context, run string) ([]catalog.PhiPoint, error)
	}
	// Engine follows runs.
	Engine interface {
		// Follow replays a run's events after a number from the log, then waits
		// for new ones. It ends after the terminal event, or with ctx.
		Follow(ctx context.Context, run string, after int64) iter.Seq2[agent.Event, error]
	}
)

// Section is the streams.
type Section struct {
	*ui.Kit
	cfg  Config
	run  *runpage.Section
	live *broadcasters
}

// New returns the streams of the run's page. The caller calls Close when it
// shuts down.
func New(kit *ui.Kit, run *runpage.Section, cfg Config) *Section {
	s := &Section{Kit: kit, cfg: cfg, run: run}
	s.live = newBroadcasters(s)
	return s
}

// MaxKept bounds what is kept for those who watch a run and are behind: so many
// frames, and so many from its log.
const MaxKept = 64

// Kept counts the frames and those from the log that are kept now for who
// watches a run; 0 where nobody does.
func (s *Section) Kept(run string) (frames, fromLog int) {
	s.live.mu.Lock()
	b := s.live.byRun[run]
	s.live.mu.Unlock()
	if b == nil {
		return 0, 0
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.frames), len(b.caught)
}

// Close ends all streams with 1012 and waits for them. An http.Server's
// Shutdown neither closes nor waits for websockets, so this has to be called
// beside it.
func (s *Section) Close() { s.live.close() }
