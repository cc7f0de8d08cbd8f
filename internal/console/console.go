// Package console lets a person act in an environment by hand: a session resets
// one, does the actions that it is given and shows what came of them.
//
// A session is no run. Nothing of it is stored, scored by a critic or learned
// from, and it ends with the process. It is bounded: so many at once, so many
// actions each, so long without use, so long for each answer.
package console

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/files"
)

// Bounds of sessions, where a Config says nothing else.
const (
	DefaultSessions = 8
	DefaultSteps    = 300
	DefaultIdle     = 15 * time.Minute
	DefaultPatience = 30 * time.Second
)

// spare is how long a session must be without use before a new one may take its place.
const spare = time.Minute

// Config says what a Desk works with. Open is required.
type Config struct {
	// Open makes the environment of a session. Errors: those of the environment.
	Open func(ctx context.Context, ref agent.EnvironmentRef) (agent.Environment, error)
	// Patience is how long one answer of an environment is waited for; nil: DefaultPatience.
	Patience func(env agent.Environment) time.Duration
	Sessions int           // at once; 0: DefaultSessions
	Steps    int           // actions of a session; 0: DefaultSteps
	Idle     time.Duration // without use until a session ends; 0: DefaultIdle
	Logger   *slog.Logger  // nil: nothing is logged
	Now      func() time.Time
}

// Desk holds the sessions. It is safe for concurrent use and needs Close.
type Desk struct {
	cfg  Config
	life context.Context //nolint:containedctx // of the desk itself; its end cancels what environments do
	stop context.CancelFunc

	mu       sync.Mutex
	sessions map[string]*session
	opening  int  // sessions that are being made
	hanging  int  // environments that were given up and have not come back
	closed   bool // nothing begins any more
	work     sync.WaitGroup
}

// New returns a desk without sessions.
func New(cfg Config) *Desk {
	if cfg.Sessions <= 0 {
		cfg.Sessions = DefaultSessions
	}
	if cfg.Steps <= 0 {
		cfg.Steps = DefaultSteps
	}
	if cfg.Idle <= 0 {
		cfg.Idle = DefaultIdle
	}
	if cfg.Patience == nil {
		cfg.Patience = func(agent.Environment) time.Duration { return DefaultPatience }
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	d := &Desk{cfg: cfg, sessions: map[string]*session{}}
	d.life, d.stop = context.WithCancel(context.Background())
	return d
}

// Close ends all sessions, closes their environments and waits for them, no
// longer than ctx: an environment that hangs is left behind with its error.
func (d *Desk) Close(ctx context.Context) error {
	d.mu.Lock()
	d.closed = true
	all := make([]*session, 0, len(d.sessions))
	for _, s := range d.sessions {
		all = append(all, s)
	}
	clear(d.sessions)
	d.mu.Unlock()
	d.stop()
	for _, s := range all {
		s.idle.Stop()
	}
	done := make(chan struct{})
	go func() {
		for _, s := range all {
			s.turn.take()
			s.leave()
			s.turn.give()
		}
		d.work.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return agent.Wrap(agent.CodeTimeout, ctx.Err(), "an environment of a console did not end in time")
	}
}

// Bounds returns how many sessions there may be at once, how many actions each,
// and how long one stays without use.
func (d *Desk) Bounds() (sessions, steps int, idle time.Duration) {
	return d.cfg.Sessions, d.cfg.Steps, d.cfg.Idle
}

// Start resets an environment for the task and returns the session in its first
// state. The task has been checked. Errors: CodeUnavailable where all sessions are
// in use, CodeTimeout, and those of the environment.
func (d *Desk) Start(ctx context.Context, ref agent.EnvironmentRef, task agent.Task) (View, error) {
	if err := d.makeRoom(); err != nil {
		return View{}, err
	}
	defer d.work.Done()
	s := &session{desk: d, id: rand.Text(), ref: ref, task: task, turn: make(turn, 1)}
	s.turn.take()
	defer s.turn.give()
	err := s.reset(ctx)
	d.mu.Lock()
	d.opening--
	closed := d.closed
	if err == nil && !closed {
		s.used = d.cfg.Now()
		s.idle = time.AfterFunc(d.cfg.Idle, s.expire)
		d.sessions[s.id] = s
	}
	d.mu.Unlock()
	if err == nil && closed {
		err = errClosed
	}
	if err != nil {
		s.leave()
		return View{}, err
	}
	return s.view(), nil
}

var errClosed = agent.Errorf(agent.CodeUnavailable, "Purpose is stopping")

// makeRoom reserves a place for a session; the caller ends it with work.Done.
func (d *Desk) makeRoom() error {
	d.mu.Lock()
	if d.closed {
		d.mu.Unlock()
		return errClosed
	}
	var out *session
	if d.hanging >= d.cfg.Sessions {
		d.mu.Unlock()
		return agent.Errorf(agent.CodeUnavailable, "%d environments of consoles hang and have not come back; start Purpose again", d.cfg.Sessions)
	}
	if len(d.sessions)+d.opening >= d.cfg.Sessions {
		if out = d.replaceable(); out == nil {
			d.mu.Unlock()
			return agent.Errorf(agent.CodeUnavailable, "all %d consoles are in use; end one, or wait a minute: one that is not used makes room", d.cfg.Sessions)
		}
		delete(d.sessions, out.id)
		out.idle.Stop()
	}
	d.opening++
	d.work.Add(1)
	d.mu.Unlock()
	if out != nil {
		out.leave()
		out.turn.give()
	}
	return nil
}

// replaceable is the session that a new one may take the place of: one that is
// over, or has not been used for a while, the least used first; nil where all are in
// use. It is returned with its turn held.
func (d *Desk) replaceable() *session {
	var best *session
	for _, s := range d.sessions {
		if over := s.view().End != ""; !over && d.cfg.Now().Sub(s.used) < spare {
			continue
		}
		if best != nil && !s.used.Before(best.used) || !s.turn.tryTake() {
			continue
		}
		if best != nil {
			best.turn.give()
		}
		best = s
	}
	return best
}

// find returns a session, which counts as its use. Errors: CodeNotFound.
func (d *Desk) find(id string) (*session, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s, ok := d.sessions[id]
	if !ok {
		return nil, agent.Errorf(agent.CodeNotFound, "this console has ended: it was not used for %s, another one took its place, or Purpose was started again", d.cfg.Idle)
	}
	s.used = d.cfg.Now()
	s.idle.Reset(d.cfg.Idle)
	return s, nil
}

// Look returns a session as it is. Errors: CodeNotFound.
func (d *Desk) Look(id string) (View, error) {
	s, err := d.find(id)
	if err != nil {
		return View{}, err
	}
	return s.view(), nil
}

// Act does an action, if the session is still at the turn that whoever acts has
// seen. What goes wrong in the environment is a state, not an error. Errors:
// CodeNotFound; CodeConflict where something else was done meanwhile, is being
// done, or the session is over.
func (d *Desk) Act(ctx context.Context, id string, turn int, action agent.Action) (View, error) {
	return d.do(id, turn, func(s *session) error { return s.act(ctx, action) })
}

// End ends a session and asks its environment for its verdict. A session that is
// over stays so. Errors: CodeNotFound, CodeConflict.
func (d *Desk) End(ctx context.Context, id string, turn int) (View, error) {
	return d.do(id, turn, func(s *session) error {
		if s.view().End == "" {
			s.end(ctx, ByPerson)
		}
		return nil
	})
}

// Restart begins the same task anew, in a new environment. Errors: CodeNotFound,
// CodeConflict, and those of the environment, after which the session is over.
func (d *Desk) Restart(ctx context.Context, id string, turn int) (View, error) {
	return d.do(id, turn, func(s *session) error { return s.restart(ctx) })
}

func (d *Desk) do(id string, turn int, f func(s *session) error) (View, error) {
	s, err := d.find(id)
	if err != nil {
		return View{}, err
	}
	if !s.turn.tryTake() {
		return s.view(), agent.Errorf(agent.CodeConflict, "the last action is still being done")
	}
	defer s.turn.give()
	if v := s.view(); v.Turn != turn {
		return v, agent.Errorf(agent.CodeConflict, "something else was done in this console meanwhile; this is its state now, and your action was not done")
	}
	d.mu.Lock()
	if d.closed || d.sessions[id] != s {
		d.mu.Unlock()
		return View{}, errClosed
	}
	d.work.Add(1)
	d.mu.Unlock()
	defer d.work.Done()
	err = f(s)
	return s.view(), err
}

// Picture returns the picture of the state at a turn, "" where there is none.
// It was drawn when the state came about; nothing is asked of the environment.
// Errors: CodeNotFound, also for a turn that is over.
func (d *Desk) Picture(id string, turn int) (string, error) {
	s, err := d.find(id)
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.shown.Turn != turn {
		return "", agent.Errorf(agent.CodeNotFound, "this console has gone on")
	}
	return s.picture, nil
}

// File returns a file of the state that a session is in. Errors: CodeNotFound.
func (d *Desk) File(id, name string) (files.File, []byte, error) {
	s, err := d.find(id)
	if err != nil {
		return files.File{}, nil, err
	}
	list := s.view().Files
	at := slices.IndexFunc(list, func(f files.File) bool { return f.Name == name })
	if at < 0 {
		return files.File{}, nil, agent.Errorf(agent.CodeNotFound, "there is no file %q here", agent.Clip(name, 100))
	}
	content, err := s.kept.Content(context.Background(), list[at].Hash)
	if errors.Is(err, files.ErrNotKept) {
		err = agent.Errorf(agent.CodeNotFound, "the file %q is not kept any more", name)
	}
	return list[at], content, err
}
