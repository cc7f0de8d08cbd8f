package script

import (
	"context"
	"errors"
	"time"

	"purposeagent/agent"
)

// Env is a script as an environment. It holds nothing open. New adds the powers
// that its script has functions for.
type Env struct {
	pool    *Pool
	program *program
	hello   *hello

	task  agent.Task // of the episode: what a state that a person wrote belongs to
	known map[string]*bookkeeping
}

// bookkeeping is what Env keeps in the hidden part of a state.
type bookkeeping struct {
	Seed   int64         `json:"seed"`
	Step   int64         `json:"step"` // that led here
	Hidden *agent.Object `json:"hidden,omitempty"`
	judged
}

var (
	_ agent.Environment = (*Env)(nil)
	_ agent.Legal       = (*Env)(nil)
	_ agent.Describer   = (*Env)(nil)
	_ agent.Restorer    = (*Env)(nil)
	_ agent.Verifier    = (*Env)(nil)
	_ agent.TaskChecker = (*Env)(nil)
)

// New reads a script. What it returns implements, beside what Env does,
// agent.Potential and agent.Picturer for a script with the functions phi and
// picture. Errors: CodeInvalid with a message per property, which says the line of
// a script that is wrong; CodeUnavailable.
func New(raw agent.Object, pool *Pool) (agent.Environment, error) {
	e, err := open(raw, pool)
	if err != nil {
		return nil, err
	}
	phi, picture := potential{e}, picturer{e}
	switch {
	case e.hello.Has["phi"] && e.hello.Has["picture"]:
		return struct {
			*Env
			potential
			picturer
		}{e, phi, picture}, nil
	case e.hello.Has["phi"]:
		return struct {
			*Env
			potential
		}{e, phi}, nil
	case e.hello.Has["picture"]:
		return struct {
			*Env
			picturer
		}{e, picture}, nil
	}
	return e, nil
}

func open(raw agent.Object, pool *Pool) (*Env, error) {
	c, err := parseConfig(raw)
	if err != nil {
		return nil, err
	}
	prog := c.program()
	h, err := pool.hello(context.Background(), prog)
	if err != nil {
		return nil, inField("script", err)
	}
	return &Env{pool: pool, program: prog, hello: h, known: map[string]*bookkeeping{}}, nil
}

// inField puts what a script did wrong beside a field.
func inField(field string, err error) error {
	if f, ok := errors.AsType[*fault](err); ok {
		return agent.InvalidFields(map[string]string{field: f.Error()})
	}
	return err
}

// classified is an error of a run: what a script did wrong, with its code.
func classified(err error) error {
	if f, ok := errors.AsType[*fault](err); ok {
		return &agent.Error{Code: f.code(), Message: f.Error()}
	}
	return err
}

// DrawPurpose returns the purpose that belongs to a seed: the configured one, or
// what the script draws. Errors are as for New; CodeInvalid also where nobody says
// a purpose.
func DrawPurpose(raw agent.Object, pool *Pool, seed int64) (string, error) {
	c, err := parseConfig(raw)
	if err != nil {
		return "", err
	}
	if c.Purpose != "" {
		return c.Purpose, nil
	}
	e, err := open(raw, pool)
	if err != nil {
		return "", err
	}
	if !e.hello.Has["purpose"] {
		return "", agent.InvalidFields(map[string]string{"purpose": "say what should be reached; the script has no purpose(seed)"})
	}
	a, err := pool.ask(context.Background(), e.program, &request{Do: doPurpose, Seed: seed})
	if err != nil {
		return "", inField("script", err)
	}
	if err := (agent.Task{Purpose: *a.Text, MaxSteps: 1, EarlyStopPhi: agent.DefaultEarlyStopPhi}).Check(); err != nil {
		return "", agent.InvalidFields(map[string]string{"script": "purpose returned what can't be one: " + agent.MessageOf(err)})
	}
	return *a.Text, nil
}

// Timeout is the longest that one Execute can take: a child that is lost is
// started twice, and reads the script and does the step each time.
func (e *Env) Timeout() time.Duration {
	return 2 * (startPatience + 2*e.program.limits.wait())
}

// Actions announces what the script says.
func (e *Env) Actions() []agent.ActionSpec { return e.hello.Actions }

// Describe tells what the script says. A script that names no dynamics has laws of
// its own: rules that were learned with another text are not used with it.
func (e *Env) Describe() agent.Description {
	h := e.hello
	d := agent.Description{Text: h.Text, Dynamics: h.Dynamics, Milestones: h.Milestones, State: h.State.Spec()}
	if d.Dynamics == "" {
		d.Dynamics = e.program.name
	}
	return d
}

// Reset begins an episode. Errors: CodeInvalid with the line of a script that is
// wrong, or for a task that it refuses; CodeTimeout, CodeUnavailable.
func (e *Env) Reset(ctx context.Context, task agent.Task) (agent.State, error) {
	state, err := e.reset(ctx, task)
	return state, classified(err)
}

func (e *Env) reset(ctx context.Context, task agent.Task) (agent.State, error) {
	e.task = task
	description := task.Description
	if description == "" {
		description = task.Purpose
	}
	a, err := e.pool.ask(ctx, e.program, &request{Do: doReset, Purpose: task.Purpose, Description: description, Seed: task.Seed})
	if err != nil {
		return agent.State{}, err
	}
	return arrived(a.Moment, task.Seed, 0)
}

// arrived makes a state of a moment.
func arrived(m *moment, seed, step int64) (agent.State, error) {
	hidden, err := agent.NewObject(bookkeeping{Seed: seed, Step: step, Hidden: m.Hidden, judged: m.judged})
	if err != nil {
		return agent.State{}, err
	}
	return agent.State{Data: m.State, Summary: m.Summary, Hidden: hidden}, nil
}

// Execute has the script do the action. An action that is not announced, or that
// is done after the end, is refused without asking. Errors are as for Reset.
func (e *Env) Execute(ctx context.Context, action agent.Action, state agent.State) (agent.State, error) {
	if action.Name == agent.Done {
		return agent.State{}, agent.Errorf(agent.CodeInvalid, "DONE ends a run; it is not an action of the script")
	}
	if err := agent.CheckAction(e.hello.Actions, action); err != nil {
		return agent.State{}, err
	}
	b, err := e.read(ctx, state)
	if err != nil {
		return agent.State{}, classified(err)
	}
	if b.Done {
		return agent.State{}, agent.Errorf(agent.CodeInvalid, "the episode is over; start another one")
	}
	a, err := e.pool.ask(ctx, e.program, &request{Do: doStep, Seed: b.Seed, Step: b.Step + 1,
		Action: &wireAction{action.Name, action.Params}, State: state.Data, Hidden: b.Hidden})
	if err != nil {
		return agent.State{}, classified(err)
	}
	return arrived(a.Moment, b.Seed, b.Step+1)
}

// maxKnown bounds the states of persons that are remembered.
const maxKnown = 16

// read returns the bookkeeping of a state. Of one that a person wrote, the script
// is asked.
func (e *Env) read(ctx context.Context, state agent.State) (*bookkeeping, error) {
	if !state.Hidden.IsEmpty() {
		var b bookkeeping
		if err := state.Hidden.Decode(&b); err != nil {
			return nil, agent.Wrap(agent.CodeInvalid, err, "this state was not made by a script")
		}
		return &b, nil
	}
	if b := e.known[state.Hash()]; b != nil {
		return b, nil
	}
	a, err := e.pool.ask(ctx, e.program, &request{Do: doLook, State: state.Data})
	if err != nil {
		return nil, err
	}
	if len(e.known) >= maxKnown {
		clear(e.known)
	}
	b := &bookkeeping{Seed: e.task.Seed, judged: a.Moment.judged}
	e.known[state.Hash()] = b
	return b, nil
}

// IsTerminal reports whether the script said that the episode is over.
func (e *Env) IsTerminal(state agent.State) bool {
	b, err := e.read(context.Background(), state)
	return err == nil && b.Done
}

// LegalActions lists what the script says can be done. For a script without legal
// these are all actions, where they can be listed.
func (e *Env) LegalActions(state agent.State) []agent.Action {
	b, err := e.read(context.Background(), state)
	if err != nil || b.Legal == nil {
		return nil
	}
	out := make([]agent.Action, len(b.Legal))
	for i, l := range b.Legal {
		out[i] = agent.Action{Name: l.Name, Params: l.Params}
	}
	return out
}

// Verify returns the script's outcome of the state.
func (e *Env) Verify(ctx context.Context, state agent.State) (agent.Verdict, error) {
	b, err := e.read(ctx, state)
	if err != nil {
		return agent.Verdict{}, classified(err)
	}
	return agent.Verdict{Success: b.Success, Score: b.Score}, nil
}

// Restore goes on from a state: all that is needed is in it. One that a person
// wrote is shown to the script first, which may find it wrong.
func (e *Env) Restore(ctx context.Context, task agent.Task, state agent.State) error {
	e.task = task
	clear(e.known)
	_, err := e.read(ctx, state)
	return classified(err)
}

// CheckTask begins the task and forgets it. What the script refuses by fail is a
// matter of the purpose; what is wrong with it, of the script.
func (e *Env) CheckTask(task agent.Task) error {
	if task.InitialState != nil {
		return agent.CheckInitialState(e, task)
	}
	_, err := e.reset(context.Background(), task)
	if f, ok := errors.AsType[*fault](err); ok && f.Cause == causeRefused {
		return inField("purpose", err)
	}
	return inField(scriptField, err)
}

type (
	potential struct{ of *Env }
	picturer  struct{ of *Env }
)

// Potential returns the script's phi of the state.
func (p potential) Potential(state agent.State) (float64, error) {
	b, err := p.of.read(context.Background(), state)
	switch {
	case err != nil:
		return 0, classified(err)
	case b.Phi == nil:
		return 0, agent.Errorf(agent.CodeInvalid, "the script gave this state no phi")
	}
	return *b.Phi, nil
}

// Picture has the script draw the state.
func (p picturer) Picture(state agent.State) (string, error) {
	e := p.of
	b, err := e.read(context.Background(), state)
	if err != nil {
		return "", classified(err)
	}
	a, err := e.pool.ask(context.Background(), e.program, &request{Do: doPicture, State: state.Data, Hidden: b.Hidden})
	if err != nil {
		return "", classified(err)
	}
	return *a.Text, nil
}
