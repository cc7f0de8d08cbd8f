package console

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/files"
	"purposeagent/agent/powers"
)

// End says why a session is over; "" while it goes on.
type End string

// The ways in which a session is over.
const (
	ByPerson      End = "ended"     // somebody ended it
	ByEnvironment End = "over"      // nothing more can be done in this state
	BySteps       End = "steps"     // the actions of a session are used up
	Lost          End = "lost"      // the environment does not answer
	NotBegun      End = "not begun" // it could not be reset again
)

// View is a session at one moment. It does not change. What a state hides is not in it.
type View struct {
	ID          string
	Environment agent.EnvironmentRef
	Task        agent.Task
	Powers      powers.Powers
	Actions     []agent.ActionSpec
	Turn        int // grows with all that is done
	State       agent.State
	Phi         Phi
	Legal       []agent.Action // nil where the environment lists none
	Files       []files.File
	Pictured    bool
	NoPicture   string // why there is none, where the environment draws
	Done        []Done // oldest first
	Limit       int    // of Done
	End         End
	Why         string         // what went wrong, for Lost and NotBegun
	Verdict     *agent.Verdict // at the end, where the environment knows
	NoVerdict   string         // why it did not say
}

// Phi is an environment's own Φ of a state. Known is false where it has none, or
// could not say it: Why then.
type Phi struct {
	Known bool
	Value float64
	Why   string
}

// Done is an action that was done, and what came of it.
type Done struct {
	Action  agent.Action
	Summary string
	Error   string
	Phi     Phi
	Delta   *float64 // nil where Φ is not known before and after
}

// maxSummary bounds the words that are kept of a past state, in bytes.
const maxSummary = 600

// turn is a lock that tests with virtual time can see somebody wait for.
type turn chan struct{}

func (t turn) take() { t <- struct{}{} }
func (t turn) give() { <-t }
func (t turn) tryTake() bool {
	select {
	case t <- struct{}{}:
		return true
	default:
		return false
	}
}

// session is one person's way through an environment.
type session struct {
	desk *Desk
	id   string
	ref  agent.EnvironmentRef
	task agent.Task
	used time.Time   // guarded by desk.mu
	idle *time.Timer // ends the session

	turn  turn // held by whoever asks the environment anything
	env   agent.Environment
	world agent.State // the last state that the environment made
	kept  contents
	files *files.Desk

	mu      sync.Mutex // guards what is shown
	shown   View
	picture string
}

func (s *session) view() View {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shown
}

func (s *session) show(v View, picture string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v.Turn = s.shown.Turn + 1
	s.shown, s.picture = v, picture
}

// moment is a state with what the environment says about it.
type moment struct {
	actions   []agent.ActionSpec // of a reset
	state     agent.State
	terminal  bool
	legal     []agent.Action
	phi       Phi
	picture   string
	noPicture string
}

// reset opens a new environment and enters its first state.
func (s *session) reset(ctx context.Context) error {
	env, err := s.desk.cfg.Open(ctx, s.ref)
	if err != nil {
		return err
	}
	s.env = env
	s.kept.clear()
	s.files = files.NewDesk(&s.kept)
	m, err := ask(ctx, s, "the reset", func(ctx context.Context) (moment, error) {
		specs := env.Actions()
		state, err := env.Reset(ctx, s.task)
		if err != nil {
			return moment{}, err
		}
		m := look(env, state)
		m.actions = slices.Clone(specs)
		return m, nil
	})
	if err != nil {
		return err
	}
	v := View{ID: s.id, Environment: s.ref, Task: s.task, Powers: powers.Of(env), Actions: m.actions, Limit: s.desk.cfg.Steps}
	s.enter(ctx, v, m)
	return nil
}

// look asks an environment what it says of a state that it has made.
func look(env agent.Environment, state agent.State) moment {
	m := moment{state: state, terminal: env.IsTerminal(state), phi: phiOf(env, state)}
	if l, ok := env.(agent.Legal); ok && !m.terminal {
		m.legal = l.LegalActions(state)
	}
	if p, ok := env.(agent.Picturer); ok {
		svg, err := p.Picture(state)
		if m.picture = svg; err != nil {
			m.picture, m.noPicture = "", wordsOf(err)
		}
	}
	return m
}

func phiOf(env agent.Environment, state agent.State) Phi {
	p, ok := env.(agent.Potential)
	if !ok {
		return Phi{}
	}
	value, err := p.Potential(state)
	switch {
	case err != nil:
		return Phi{Why: wordsOf(err)}
	case !(value >= 0 && value <= agent.MaxPhi): // NaN too
		return Phi{Why: fmt.Sprintf("the environment says %v, which is not between 0 and 10", value)}
	}
	return Phi{Known: true, Value: value}
}

// enter shows a moment, and ends the session where it is the last one.
func (s *session) enter(ctx context.Context, v View, m moment) {
	s.world = m.state
	v.State, v.Phi, v.Legal, v.Files = agent.State{Data: m.state.Data, Summary: m.state.Summary}, m.phi, m.legal, s.files.Take()
	v.Pictured, v.NoPicture = m.picture != "", m.noPicture
	s.show(v, m.picture)
	switch {
	case m.terminal:
		s.end(ctx, ByEnvironment)
	case len(v.Done) >= s.desk.cfg.Steps:
		s.end(ctx, BySteps)
	}
}

// act does one action.
func (s *session) act(ctx context.Context, action agent.Action) error {
	v := s.view()
	if v.End != "" {
		return agent.Errorf(agent.CodeConflict, "this console is over; start over to act again")
	}
	if action.Name == agent.Done {
		s.end(ctx, ByPerson)
		return nil
	}
	action = agent.Action{Name: action.Name, Params: action.Params}
	s.files.Take() // what a call left that was given up
	err := agent.CheckAction(v.Actions, action)
	var m moment
	if err == nil {
		env, before := s.env, s.world
		m, err = ask(ctx, s, "the action", func(ctx context.Context) (moment, error) {
			state, err := env.Execute(ctx, action, before)
			if err != nil {
				return moment{}, err
			}
			return look(env, state), nil
		})
	}
	did := Done{Action: action}
	v.Done = slices.Clip(v.Done)
	if err != nil {
		did.Error = agent.Clip(wordsOf(err), maxSummary)
		did.Phi = v.Phi
		failed := s.world.WithError(did.Error)
		v.State, v.Done, v.Files = agent.State{Data: failed.Data, Summary: failed.Summary}, append(v.Done, did), nil
		s.show(v, s.picture)
		switch {
		case errors.Is(err, errHangs):
			s.lost(wordsOf(err))
		case len(v.Done) >= s.desk.cfg.Steps:
			s.end(ctx, BySteps)
		}
		return nil
	}
	did.Summary, did.Phi = agent.Clip(m.state.Summary, maxSummary), m.phi
	if v.Phi.Known && m.phi.Known {
		delta := m.phi.Value - v.Phi.Value
		did.Delta = &delta
	}
	v.Done = append(v.Done, did)
	s.enter(ctx, v, m)
	return nil
}

// restart leaves the environment and begins the same task in a new one.
func (s *session) restart(ctx context.Context) error {
	s.leave()
	err := s.reset(ctx)
	if err != nil {
		s.leave()
		v := s.view()
		v.End, v.Why, v.Legal = NotBegun, wordsOf(err), nil
		s.show(v, s.picture)
	}
	return err
}

// end asks for the verdict, which may be known from now on, and leaves the environment.
func (s *session) end(ctx context.Context, why End) {
	v := s.view()
	v.End, v.Legal = why, nil
	env, state := s.env, s.world
	judge, judges := env.(agent.Judge)
	verifier, verifies := env.(agent.Verifier)
	if judges || verifies {
		verdict, err := ask(ctx, s, "the verdict", func(ctx context.Context) (agent.Verdict, error) {
			if judges {
				return judge.Judge(ctx, state)
			}
			return verifier.Verify(ctx, state)
		})
		if err == nil {
			err = verdict.Check()
		}
		if err != nil {
			v.NoVerdict = wordsOf(err)
		} else {
			v.Verdict = &verdict
		}
	}
	s.leave()
	s.show(v, s.picture)
}

// lost gives an environment up that does not answer; whoever waits for its answer closes it.
func (s *session) lost(why string) {
	s.env = nil
	v := s.view()
	v.End, v.Why, v.Legal = Lost, why, nil
	s.show(v, s.picture)
}

// leave closes the environment. The caller holds turn.
func (s *session) leave() {
	closeEnvironment(s.env)
	s.env = nil
}

func closeEnvironment(env agent.Environment) {
	if c, ok := env.(io.Closer); ok {
		_ = c.Close() // there is nobody to tell
	}
}

// expire ends a session that is not used.
func (s *session) expire() {
	d := s.desk
	d.mu.Lock()
	if d.closed || d.sessions[s.id] != s {
		d.mu.Unlock()
		return
	}
	if d.cfg.Now().Sub(s.used) < d.cfg.Idle || !s.turn.tryTake() { // used since the timer went off, or right now
		s.idle.Reset(d.cfg.Idle)
		d.mu.Unlock()
		return
	}
	delete(d.sessions, s.id)
	d.work.Add(1)
	d.mu.Unlock()
	defer d.work.Done()
	defer s.turn.give()
	s.leave()
}

// errHangs is what ask ends with where an environment does not come back.
var errHangs = errors.New("the environment hangs")

// grace is how long an environment may take to come back once it was told to stop.
const grace = 500 * time.Millisecond

// ask asks an environment something under the session's patience. It does not end
// with the request of whoever asks: an action that has begun is done. A panic is an
// error. Where the environment does not even come back when its time is over, it is
// given up with errHangs, and closed when it does.
func ask[T any](ctx context.Context, s *session, what string, f func(ctx context.Context) (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	env, limit := s.env, s.desk.cfg.Patience(s.env)
	ctx, cancel := context.WithTimeout(s.files.With(context.WithoutCancel(ctx)), limit)
	defer cancel()
	defer context.AfterFunc(s.desk.life, cancel)()
	answers := make(chan answer, 1)
	var given sync.Mutex // over whether the environment was given up
	abandoned, finished := false, false
	s.desk.work.Go(func() {
		var a answer
		defer func() {
			if p := recover(); p != nil {
				a.err = agent.Errorf(agent.CodeInternal, "%s panicked: %v", what, p)
			}
			given.Lock()
			finished = true
			late := abandoned
			given.Unlock()
			answers <- a
			if late {
				closeEnvironment(env)
				s.desk.count(-1)
			}
		}()
		a.value, a.err = f(ctx)
	})
	select {
	case a := <-answers:
		return a.value, a.err
	case <-ctx.Done():
	}
	patience := time.NewTimer(grace)
	defer patience.Stop()
	select {
	case a := <-answers:
		if a.err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
			a.err = agent.Errorf(agent.CodeTimeout, "%s took longer than %s", what, limit)
		}
		return a.value, a.err
	case <-patience.C:
	}
	given.Lock()
	defer given.Unlock()
	if finished {
		a := <-answers
		return a.value, a.err
	}
	abandoned = true
	s.desk.count(1)
	if s.env == env {
		s.env = nil
	}
	var zero T
	return zero, agent.Wrap(agent.CodeTimeout, errHangs, "%s took longer than %s, and the environment does not come back", what, limit)
}

// count counts the environments that hang.
func (d *Desk) count(more int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.hanging += more
}

// wordsOf is what an error says to people. An environment's own words are no
// fault of ours, so they are shown.
func wordsOf(err error) string {
	if agent.CodeOf(err) == agent.CodeInternal {
		return err.Error()
	}
	return agent.MessageOf(err)
}
