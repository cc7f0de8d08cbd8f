package remote

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"purposeagent/agent"
	"purposeagent/environments/announced"
	"purposeagent/environments/remote/openenv"
)

// Env is a running program, or a session with a server, as an environment. It needs Close. Its powers
// beyond the least are added by New for programs that announce them.
type Env struct {
	config  config
	options Options
	key     string // of programs that can do its work
	hello   *hello // as first announced; it does not change
	specs   []agent.ActionSpec

	mu      sync.Mutex // held while the program is asked something
	program peer       // nil: not running
	reason  error      // why it is not
	failed  int        // starts without a hello since the last good one
	task    agent.Task // of the episode
	at      string     // the state that the program stands at, see where
	closed  bool

	known struct { // bookkeeping of states
		sync.Mutex
		hidden agent.Object // of the last one that was read
		last   *moment
		given  map[string]*moment // of states that a person wrote down, by hash
	}
}

var (
	_ agent.Environment = (*Env)(nil)
	_ agent.Legal       = (*Env)(nil)
	_ agent.Describer   = (*Env)(nil)
	_ agent.Outside     = (*Env)(nil)
	_ agent.Truncater   = (*Env)(nil)
)

// New starts the program of a configuration, or takes one that is idle in the
// options' Pool, and asks what it offers. What it
// returns implements io.Closer and, for the powers that the program announces,
// agent.Verifier, agent.Judge, agent.Potential, agent.Picturer and agent.Restorer. Errors:
// CodeInvalid for a configuration or a program that can't be used, also one that
// does not say hello in time: starting it again and again would not mend it.
func New(raw agent.Object, o Options) (agent.Environment, error) {
	c, err := parseConfig(raw)
	if err != nil {
		return nil, err
	}
	if c.openEnvServer() {
		return c.openEnv()
	}
	e, err := open(raw, o)
	if err != nil {
		return nil, err
	}
	return e.withPowers(), nil
}

// openEnv is the environment of an OpenEnv server.
func (c *config) openEnv() (agent.Environment, error) {
	e, err := openenv.New(openenv.Config{URL: c.URL, Timeout: time.Duration(c.Timeout) * time.Second, Success: c.Success, Least: c.Least, Reset: c.Options})
	if err != nil && agent.CodeOf(err) != agent.CodeInvalid { // a run must not wait for what is not there
		return nil, agent.InvalidFields(map[string]string{"url": agent.MessageOf(err)})
	}
	if err != nil {
		return nil, err
	}
	return e, nil
}

func open(raw agent.Object, o Options) (*Env, error) {
	c, err := parseConfig(raw)
	if err != nil {
		return nil, err
	}
	e := &Env{config: c, options: o.withDefaults(&c)}
	e.key = poolKey(&e.config, &e.options)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.reuse(context.Background()) {
		e.specs = e.hello.Actions
		return e, nil
	}
	if err := e.start(context.Background()); err != nil {
		if code := agent.CodeOf(err); code == agent.CodeUnavailable || code == agent.CodeTimeout { // a retry will not mend it
			err = &agent.Error{Code: agent.CodeInvalid, Message: agent.MessageOf(err), Err: err}
		}
		return nil, err
	}
	e.specs = e.hello.Actions
	return e, nil
}

// DrawPurpose returns the purpose that belongs to a seed: the configured one,
// or what the program draws. Errors are as for New; CodeInvalid also where
// nobody says a purpose.
func DrawPurpose(raw agent.Object, o Options, seed int64) (string, error) {
	c, err := parseConfig(raw)
	if err != nil {
		return "", err
	}
	if c.Purpose != "" {
		return c.Purpose, nil
	}
	if c.openEnvServer() {
		return "", agent.InvalidFields(map[string]string{"purpose": "say what should be reached; an OpenEnv server draws no purposes"})
	}
	e, err := open(raw, o)
	if err != nil {
		return "", err
	}
	defer func() { _ = e.Close() }()
	return e.drawPurpose(seed)
}

func (e *Env) drawPurpose(seed int64) (string, error) {
	if !e.hello.can(powerPurpose) {
		return "", agent.InvalidFields(map[string]string{"purpose": fmt.Sprintf("say what should be reached; %s draws no purposes", e.hello.Name)})
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	whole, err := e.ask(context.Background(), &request{Command: "purpose", Seed: &seed})
	if err != nil {
		return "", err
	}
	answer, err := read[struct {
		Purpose string `json:"purpose"`
	}](whole)
	if err == nil {
		answer.Purpose = announced.Clean(answer.Purpose)
		err = agent.Task{Purpose: answer.Purpose, MaxSteps: 1, EarlyStopPhi: agent.DefaultEarlyStopPhi}.Check()
	}
	if err != nil {
		return "", e.misbehaved("purpose", err)
	}
	return answer.Purpose, nil
}

// Timeout is the longest that one Execute can take: a restart, a restore and
// the step.
func (e *Env) Timeout() time.Duration {
	return e.options.StartTimeout + 2*e.options.AnswerTimeout
}

// Actions announces what the program said in hello.
func (e *Env) Actions() []agent.ActionSpec { return e.specs }

// Describe tells what the program said in hello. Rules learned with a program
// of one name are not used with another.
func (e *Env) Describe() agent.Description { return e.hello.description() }

// Reset starts another episode, and the program if it is not running. Errors:
// CodeInvalid for a task that the program refuses, CodeUnavailable for a
// program that fails, CodeTimeout.
func (e *Env) Reset(ctx context.Context, task agent.Task) (agent.State, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.running(ctx); err != nil {
		return agent.State{}, err
	}
	e.task, e.at = task, ""
	e.forget()
	return e.moment(ctx, &request{Command: "reset", Purpose: task.Purpose, Description: task.Description, Seed: &task.Seed})
}

// Execute has the program do the action. An action that hello does not
// announce, or that is done after the end, is refused without asking. Errors:
// CodeInvalid for what the program refuses, CodeUnavailable and CodeTimeout
// for a program that failed. A failed program is started again by the next
// Reset, and by the next Execute if it can go on from a state.
func (e *Env) Execute(ctx context.Context, action agent.Action, state agent.State) (agent.State, error) {
	if action.Name == agent.Done {
		return agent.State{}, agent.Errorf(agent.CodeInvalid, "DONE ends a run; it is not an action of the program")
	}
	if err := agent.CheckAction(e.specs, action); err != nil {
		return agent.State{}, err
	}
	m, err := e.read(state)
	if err != nil {
		return agent.State{}, err
	}
	if m.Done {
		return agent.State{}, agent.Errorf(agent.CodeInvalid, "the episode is over; start another one")
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.standAt(ctx, state, m); err != nil {
		return agent.State{}, err
	}
	return e.moment(ctx, &request{Command: "step", Action: &wireAction{action.Name, plainParams(e.specs, action.Name, action.Params)}, State: &state.Data, Hidden: &m.Hidden})
}

// standAt makes sure that the program runs and stands at the state.
func (e *Env) standAt(ctx context.Context, state agent.State, m *moment) error {
	switch {
	case e.hello.can(powerStateless):
		return e.running(ctx)
	case e.program != nil && e.at == where(state):
		return nil
	case e.hello.can(powerRestore):
		if err := e.running(ctx); err != nil {
			return err
		}
		return e.restore(ctx, state, m)
	case e.closed:
		return errClosed
	case e.program == nil || e.at == "":
		return agent.Errorf(agent.CodeUnavailable, "the program is no longer running and can't go on in mid-episode; the next task starts it again. %s", e.why())
	}
	return agent.Errorf(agent.CodeInvalid, `this program can't go back to an earlier state; it would need the power "restore" or "stateless"`)
}

// where identifies a state, hidden part included.
func where(s agent.State) string {
	return s.Data.String() + "\x00" + s.Summary + "\x00" + s.Hidden.String()
}

// restore puts the program into the state. It answers like reset, and what it
// says of a state that it made itself must be the same again.
func (e *Env) restore(ctx context.Context, state agent.State, m *moment) error {
	r := &request{Command: "restore", Purpose: e.task.Purpose, Description: e.task.Description, Seed: &e.task.Seed, State: &state.Data}
	if m != nil {
		r.Hidden = &m.Hidden
	}
	again, err := e.moment(ctx, r)
	if err != nil {
		return err
	}
	if again.Data != state.Data {
		return e.misbehaved("restore", errors.New("it shows another state than the one that was sent; answer with the state as it was"))
	}
	if m == nil {
		m, err = e.read(again)
		if err != nil {
			return err
		}
		e.adopt(state, m)
	}
	e.at = where(state)
	return nil
}

// moment asks for something that is answered with a state, and keeps where the
// program stands. A refusal leaves it where it stood.
func (e *Env) moment(ctx context.Context, r *request) (agent.State, error) {
	whole, err := e.ask(ctx, r)
	if err != nil {
		return agent.State{}, err
	}
	state, m, err := e.hello.parseMoment(whole)
	if err != nil {
		return agent.State{}, e.misbehaved(r.Command, err)
	}
	e.remember(state.Hidden, m)
	e.at = where(state)
	return state, nil
}

// IsTerminal reports whether the program said that the episode is over.
func (e *Env) IsTerminal(state agent.State) bool {
	m, err := e.read(state)
	return err == nil && m.Done
}

// Truncated reports whether the program said of the end that it cut the
// episode.
func (e *Env) Truncated(state agent.State) bool {
	m, err := e.read(state)
	return err == nil && m.Truncated
}

// LegalActions lists what the program said can be done; nil where it does not
// list any.
func (e *Env) LegalActions(state agent.State) []agent.Action {
	m, err := e.read(state)
	if err != nil || m.Legal == nil {
		return nil
	}
	out := make([]agent.Action, len(m.Legal))
	for i, l := range m.Legal {
		out[i] = agent.Action{Name: l.Name, Params: l.Params}
	}
	return out
}

// read returns the bookkeeping of a state. It must not be changed.
func (e *Env) read(state agent.State) (*moment, error) {
	k := &e.known
	k.Lock()
	defer k.Unlock()
	if state.Hidden.IsEmpty() {
		if m := k.given[state.Hash()]; m != nil {
			return m, nil
		}
		return nil, agent.Errorf(agent.CodeInvalid, "this state was not made by the program")
	}
	if k.last != nil && k.hidden == state.Hidden {
		return k.last, nil
	}
	m := &moment{}
	if err := state.Hidden.Decode(m); err != nil {
		return nil, agent.Wrap(agent.CodeInvalid, err, "this state was not made by the program")
	}
	k.hidden, k.last = state.Hidden, m
	return m, nil
}

func (e *Env) remember(hidden agent.Object, m *moment) {
	e.known.Lock()
	defer e.known.Unlock()
	e.known.hidden, e.known.last = hidden, m
}

// adopt keeps the bookkeeping of a state that has no place for it.
func (e *Env) adopt(state agent.State, m *moment) {
	e.known.Lock()
	defer e.known.Unlock()
	if e.known.given == nil {
		e.known.given = map[string]*moment{}
	}
	e.known.given[state.Hash()] = m
}

func (e *Env) forget() {
	e.known.Lock()
	defer e.known.Unlock()
	e.known.given = nil
}

// ActsOutside is true: what a program did is not undone by asking it to go on
// from an earlier state.
func (e *Env) ActsOutside() bool { return true }
