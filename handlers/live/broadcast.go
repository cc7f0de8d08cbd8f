package live

import (
	"context"
	"sync"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/handlers/runpage"
	"purposeagent/handlers/ui"
	"purposeagent/views/runview"
)

// keptFrames is how many frames a viewer may be behind before it reads the log.
const keptFrames = MaxKept

// maxFrameEvents bounds the events in one frame.
const maxFrameEvents = 256

// broadcaster follows one run's log and turns it into frames. It folds the
// same events in the same way as storage does, so a live page and a reloaded
// one are the same.
type broadcaster struct {
	server  *Section
	id      string
	cancel  context.CancelFunc
	viewers int         // guarded by broadcasters.mu
	idle    *time.Timer // ends it when nobody watches; guarded by broadcasters.mu

	mu      sync.Mutex
	changed chan struct{} // closed and replaced whenever something below changes
	ready   bool          // html is there
	at      int64         // number of the last event in a frame
	frames  []frame       // the newest, in order
	html    map[string]string
	data    frameData
	thought *frame // what the actor is thinking, nil for nothing
	thinks  int    // counts thoughts
	done    bool
	err     error
	caught  map[int64]func() (frame, error) // frames from the log up to at, by the cursor they start from

	// used by run alone
	state  agent.Run
	points []catalog.PhiPoint
	ending runpage.Ending
	people []agent.Event // that people had a part in, the newest
}

func newBroadcaster(s *Section, run agent.Run, cancel context.CancelFunc) *broadcaster {
	return &broadcaster{server: s, id: run.ID, cancel: cancel, changed: make(chan struct{}), state: run, at: run.LastSeq}
}

func (b *broadcaster) name() string { return b.id }

// look is what a viewer with a cursor finds.
type look struct {
	frame   *frame          // the next one
	behind  bool            // the log has what comes next
	changed <-chan struct{} // closed when it is worth to look again
	ready   bool
	at      int64
	html    map[string]string
	data    frameData
	thought *frame // of the newest step, for who has all frames
	thinks  int
	done    bool
	err     error
}

func (b *broadcaster) look(cursor int64) look {
	b.mu.Lock()
	defer b.mu.Unlock()
	l := look{changed: b.changed, ready: b.ready, at: b.at, html: b.html, data: b.data, err: b.err}
	if !b.ready {
		return l
	}
	if cursor >= b.at {
		l.done, l.thought, l.thinks = b.done, b.thought, b.thinks
		return l
	}
	for i := range b.frames {
		if b.frames[i].from == cursor {
			l.frame = &b.frames[i]
			return l
		}
	}
	l.behind = true
	return l
}

// ended reports whether nothing will follow.
func (b *broadcaster) ended() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.done || b.err != nil
}

// maxCaught is how many frames from the log are kept for others.
const maxCaught = MaxKept

// catchUp makes the frame for viewers that are behind at a cursor. Many pages
// that are opened at once, or come back at once, share it.
func (b *broadcaster) catchUp(cursor int64, at look) (frame, error) {
	b.mu.Lock()
	made := b.caught[cursor]
	if made == nil || b.at != at.at {
		made = sync.OnceValues(func() (frame, error) { return b.server.fromLog(b.server.live.ctx, b.id, cursor, at) })
		if b.at == at.at && len(b.caught) < maxCaught {
			if b.caught == nil {
				b.caught = map[int64]func() (frame, error){}
			}
			b.caught[cursor] = made
		}
	}
	b.mu.Unlock()
	f, err := made()
	if err != nil { // the next one tries again
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.caught, cursor)
	}
	return f, err
}

func (b *broadcaster) change(apply func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	apply()
	close(b.changed)
	b.changed = make(chan struct{})
}

// run follows the log until the run has ended or nobody watches.
func (b *broadcaster) run(ctx context.Context) {
	if err := b.follow(ctx); err != nil {
		b.server.live.drop(b)
		b.change(func() { b.err = err })
	}
}

func (b *broadcaster) follow(ctx context.Context) error {
	var err error
	if b.points, err = b.server.cfg.Runs.PhiLine(ctx, b.id); err != nil {
		return err
	}
	if b.ending, err = b.server.run.EndingOf(ctx, b.state); err != nil {
		return err
	}
	if b.people, err = b.server.cfg.Runs.People(ctx, b.id, runpage.PeopleShown); err != nil {
		return err
	}
	if err := b.publish(ctx, nil); err != nil {
		return err
	}
	if b.state.Status.Final() {
		b.change(func() { b.done = true })
		return nil
	}
	events := make(chan agent.Event, maxFrameEvents)
	var followed error
	var reader sync.WaitGroup
	inner, cancel := context.WithCancel(ctx)
	reader.Go(func() {
		defer close(events)
		followed = b.read(inner, events)
	})
	err = b.gather(ctx, events)
	cancel()
	for range events { // lets the reader go
	}
	reader.Wait()
	switch {
	case err != nil:
		return err
	case b.state.Status.Final():
		b.change(func() { b.done = true })
		return nil
	case followed != nil:
		return followed
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return agent.Errorf(agent.CodeUnavailable, "the run's log ended before the run")
}

// read takes events from the log. A full channel makes it wait: nothing is lost.
func (b *broadcaster) read(ctx context.Context, events chan<- agent.Event) error {
	for event, err := range b.server.cfg.Engine.Follow(ctx, b.id, b.state.LastSeq) {
		if err != nil {
			return err
		}
		select {
		case events <- event:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// gather makes frames: the first event is shown at once, what follows within
// the interval is shown together.
func (b *broadcaster) gather(ctx context.Context, events <-chan agent.Event) error {
	for {
		var batch []agent.Event
		step, text, thinking := b.server.thinking(b.id)
		if err := b.think(ctx, step, text); err != nil {
			return err
		}
		select {
		case event, open := <-events:
			if !open {
				return nil
			}
			batch = append(batch, event)
		case <-thinking:
			select { // at most one thought an interval; what happens goes first
			case <-time.After(frameInterval):
			case <-ctx.Done():
				return nil
			}
			continue
		case <-ctx.Done():
			return nil
		}
		ended := false
		for len(batch) < maxFrameEvents && !ended {
			select {
			case event, open := <-events:
				if ended = !open; open {
					batch = append(batch, event)
				}
				continue
			default:
			}
			break
		}
		if err := b.publish(ctx, batch); err != nil || ended {
			return err
		}
		select {
		case <-time.After(frameInterval):
		case <-ctx.Done():
			return nil
		}
	}
}

// publish folds a batch of events and makes a frame of it. Without events it
// only renders how the run stands.
func (b *broadcaster) publish(ctx context.Context, batch []agent.Event) error {
	from := b.state.LastSeq
	var steps []agent.Step
	for _, event := range batch {
		if event.Seq <= b.state.LastSeq {
			continue
		}
		b.state = b.state.Fold(event)
		if taken, ok := event.Data.(agent.StepTaken); ok {
			steps = append(steps, taken.Step)
			if n := len(b.points); n == 0 || taken.Step.Index > b.points[n-1].Step {
				b.points = append(b.points, ui.PointOf(taken.Step))
			}
		}
		b.ending.Note(event)
		b.note(event)
	}
	html, err := b.server.singletons(ctx, b.state, b.points, b.ending, b.people)
	if err != nil {
		return err
	}
	data := dataOf(b.state)
	var made []frame
	if to := b.state.LastSeq; to > from {
		f, err := b.server.newFrame(ctx, b.id, from, to, steps, changedSince(b.html, html), data)
		if err != nil {
			return err
		}
		made = append(made, f)
	}
	b.change(func() {
		b.ready, b.at, b.html, b.data, b.caught = true, b.state.LastSeq, html, data, nil
		if len(made) > 0 {
			b.thought = nil
		}
		b.frames = append(b.frames, made...)
		if extra := len(b.frames) - keptFrames; extra > 0 {
			b.frames = append([]frame(nil), b.frames[extra:]...)
		}
	})
	return nil
}

// note keeps an event that people had a part in, which the log may have given
// before.
func (b *broadcaster) note(e agent.Event) {
	switch e.Data.(type) {
	case agent.NoteAdded, agent.ApprovalAsked, agent.ApprovalAnswered, agent.RunPaused, agent.RunResumed, agent.RunStopped:
		if n := len(b.people); n == 0 || e.Seq > b.people[n-1].Seq {
			b.people = append(b.people, e)
			b.people = b.people[max(len(b.people)-runpage.PeopleShown, 0):]
		}
	case agent.RunQueued, agent.RunStarted, agent.ActionStarted, agent.StepTaken, agent.RunWaiting, agent.Judged, agent.Learned, agent.RunFinished, agent.RunFailed:
	}
}

// think shows a thought of the step that is being decided. It is a frame that
// goes from where all viewers stand to the same place, so that it moves no
// cursor; who is behind gets none.
func (b *broadcaster) think(ctx context.Context, step int, text string) error {
	if text == "" || step != b.state.Steps+1 || b.state.Status != agent.RunIsRunning {
		return nil
	}
	html, err := ui.Markup(ctx, runview.RunThought(thoughtHead(step), text))
	if err != nil {
		return err
	}
	thought, err := seal(frameJSON{From: b.state.LastSeq, To: b.state.LastSeq, HTML: map[string]string{"run-next": string(html)}})
	if err != nil {
		return err
	}
	b.change(func() { b.thought, b.thinks = &thought, b.thinks+1 })
	return nil
}

func thoughtHead(step int) string { return "Thinking about step " + ui.Count(step) }

// thinking is what the actor of a run is thinking; the channel is nil where
// nobody thinks in words.
func (s *Section) thinking(run string) (step int, text string, changed <-chan struct{}) {
	if s.cfg.Thinking == nil {
		return 0, "", nil
	}
	return s.cfg.Thinking(run)
}
