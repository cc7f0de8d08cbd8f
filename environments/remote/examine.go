package remote

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"purposeagent/agent"
	"purposeagent/environments/announced"
)

// Finding is one promise of the protocol, and whether the program keeps it.
type Finding struct {
	Promise string
	Note    string // what was seen
	Err     error  // what is wrong and what to do; nil if it is kept
	// Walk is the episode that was played, where one was.
	Walk *Walk
	// Powers are all that there are in the protocol, with the finding about hello.
	Powers []Power
}

// Walk is an episode that Examine played, for those who look further at what
// the program shows.
type Walk struct {
	World      agent.Description
	Actions    []agent.ActionSpec
	Trajectory agent.Trajectory // task, states and actions
}

// examinedSteps is how far Examine walks.
const examinedSteps = 30

// examination is one program or server being examined.
type examination struct {
	ctx     context.Context //nolint:containedctx // it lives as long as one call of Examine
	raw     agent.Object
	options Options
	task    agent.Task
	report  func(Finding)
	served  bool         // by a server, over HTTP
	between func() error // what walk does after its first step; nil: nothing
	failed  bool
}

// Examine tries what an author of a program has promised, and reports each
// promise as it is tried. Without a purpose the program must draw one. It
// returns false if a promise is broken.
func Examine(ctx context.Context, raw agent.Object, o Options, purpose string, seed int64, report func(Finding)) bool {
	x := &examination{ctx: ctx, raw: raw, options: o, report: report,
		task: agent.Task{Purpose: purpose, Description: purpose, Seed: seed, MaxSteps: examinedSteps, EarlyStopPhi: agent.MaxPhi}}
	begins, another := "it starts and says hello", "another start says the same hello"
	if c, err := parseConfig(raw); err == nil && c.URL != "" {
		x.served, begins, another = true, "it answers hello", "another session gets the same hello"
	}
	first, err := open(raw, o)
	if !x.kept(begins, "", err) {
		return false
	}
	defer func() { _ = first.Close() }()
	h := first.hello
	x.report(Finding{Promise: "hello keeps the protocol", Powers: powersOf(h),
		Note: fmt.Sprintf("%s, %d actions, powers: %s", h.description().Dynamics, len(h.Actions), joined(h.Powers))})
	second, err := open(raw, o)
	if err == nil {
		defer func() { _ = second.Close() }()
		if !second.hello.same(h) {
			err = errors.New("the second announces another name, dynamics, actions, state or powers")
		}
	}
	return x.kept(another, "", err) && x.examine(first, second)
}

// examine tries two of the same program, or two sessions with a server.
func (x *examination) examine(first, second *Env) bool {
	h := first.hello
	var err error
	if x.task.Purpose == "" {
		x.task.Purpose, err = first.drawPurpose(x.task.Seed)
		if !x.kept("it draws a purpose", fmt.Sprintf("%q", x.task.Purpose), err) {
			return false
		}
		x.task.Description = x.task.Purpose
	}
	states, actions, err := x.walk(first)
	if x.report(Finding{Promise: "an episode keeps the protocol", Note: played(first, states), Err: err, Walk: x.walked(first, states, actions)}); err != nil {
		return false
	}
	if h.can(powerJudge) {
		verdict, err := x.judges(first, states[len(states)-1])
		x.kept("it judges the end", verdict, err)
	}
	again, _, err := x.walk(second)
	x.kept("the same seed gives the same episode", "", errors.Join(err, differ(states, again)))
	x.kept("another reset forgets the episode before", "", x.resets(second, states))
	x.kept("it serves another run, beginning with hello", "", x.serves(second, states))
	x.kept("an unknown command is answered with an error", "", x.unknown(second))
	if h.can(powerRestore) || h.can(powerStateless) {
		x.kept("a fresh program goes on from a state in the middle", "", x.goesOn(states, actions))
	}
	if x.served {
		x.kept("a request that is sent again is answered as before, and not done twice", "", x.repeats(second))
		x.kept("an episode in one session leaves those in others alone", "", x.apart(first, second, states))
		x.kept("a session is over when it is told to close", "", x.over(second))
		return !x.failed
	}
	x.kept("it ends when it is told to close", "", x.ends(second, true))
	x.kept("it ends with its standard input", "", x.ends(first, false))
	return !x.failed
}

func (x *examination) kept(promise, note string, err error) bool {
	x.report(Finding{Promise: promise, Note: note, Err: err})
	x.failed = x.failed || err != nil
	return err == nil
}

func joined(list []power) string {
	words := make([]string, len(list))
	for i, p := range list {
		words[i] = string(p)
	}
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, ", ")
}

// walk plays an episode by its own fixed rule. Programs that list no legal
// actions are reset only.
func (x *examination) walk(e *Env) ([]agent.State, []agent.Action, error) {
	state, err := e.Reset(x.ctx, x.task)
	if err != nil {
		return nil, nil, err
	}
	if m, err := e.read(state); err == nil && m.Judge.Success != nil && *m.Judge.Success {
		return nil, nil, errors.New("the episode begins with a success: there is nothing to do")
	}
	states, actions := []agent.State{state}, []agent.Action(nil)
	for i := 0; i < examinedSteps && !e.IsTerminal(state); i++ {
		legal := e.LegalActions(state)
		if len(legal) == 0 {
			break
		}
		action := legal[(i*7+i*i)%len(legal)]
		if state, err = e.Execute(x.ctx, action, state); err != nil {
			return nil, nil, fmt.Errorf("step %d, the legal action %s: %w", i+1, action.Label(), err)
		}
		states, actions = append(states, state), append(actions, action)
		if i == 0 && x.between != nil {
			if err := x.between(); err != nil {
				return nil, nil, err
			}
		}
	}
	return states, actions, nil
}

// played says how far an episode came, and how it ended.
func played(e *Env, states []agent.State) string {
	if len(states) == 0 {
		return ""
	}
	end := states[len(states)-1]
	text := fmt.Sprintf("%d steps", len(states)-1)
	switch {
	case e.Truncated(end):
		text += ", then it was cut (truncated)"
	case e.IsTerminal(end):
		text += ", then it was over"
	}
	return text
}

// walked returns the episode as a trajectory, nil if there was none.
func (x *examination) walked(e *Env, states []agent.State, actions []agent.Action) *Walk {
	if len(states) == 0 {
		return nil
	}
	w := &Walk{World: e.Describe(), Actions: e.Actions(), Trajectory: agent.Trajectory{Task: x.task, Initial: states[0]}}
	for i, a := range actions {
		w.Trajectory.Steps = append(w.Trajectory.Steps, agent.Step{Index: i + 1, Before: states[i], Action: a, After: states[i+1]})
	}
	return w
}

func differ(want, got []agent.State) error {
	for i := range min(len(want), len(got)) {
		if want[i] != got[i] { //nolint:gosec // i is below both lengths
			return fmt.Errorf("after step %d one shows %s and the other %s; draw all chance from the seed", i,
				announced.Quoted([]byte(want[i].Summary)), announced.Quoted([]byte(got[i].Summary))) //nolint:gosec // as above
		}
	}
	if len(want) != len(got) {
		return fmt.Errorf("one ends after %d steps, the other after %d", len(want)-1, len(got)-1)
	}
	return nil
}

func (x *examination) resets(e *Env, want []agent.State) error {
	state, err := e.Reset(x.ctx, x.task)
	if err != nil {
		return err
	}
	return differ(want[:1], []agent.State{state})
}

// serves begins another run with the same program, as a pool does.
func (x *examination) serves(e *Env, want []agent.State) error {
	again, err := func() (*hello, error) {
		e.mu.Lock()
		defer e.mu.Unlock()
		whole, err := e.ask(x.ctx, e.greeting())
		if err != nil {
			return nil, err
		}
		return parseHello(whole)
	}()
	switch {
	case err != nil:
		return err
	case !again.same(e.hello):
		return errors.New("asked a second time, it announces another name, dynamics, actions, state or powers")
	}
	return x.resets(e, want)
}

func (x *examination) unknown(e *Env) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.running(x.ctx); err != nil {
		return err
	}
	_, err := e.ask(x.ctx, &request{Command: "no_such_command"})
	switch {
	case err == nil:
		return errors.New(`it took "no_such_command" for a command; answer {"id": …, "error": {"code": "unknown_command", "message": …}}`)
	case e.program == nil:
		return fmt.Errorf("a later version of Purpose may ask something new: %w", err)
	}
	return nil
}

func (x *examination) goesOn(states []agent.State, actions []agent.Action) error {
	if len(actions) == 0 {
		return nil
	}
	middle := len(actions) / 2
	e, err := open(x.raw, x.options)
	if err != nil {
		return err
	}
	defer func() { _ = e.Close() }()
	if err := (restorer{e}).Restore(x.ctx, x.task, states[middle]); err != nil {
		return err
	}
	after, err := e.Execute(x.ctx, actions[middle], states[middle])
	if err != nil {
		return err
	}
	return differ(states[middle+1:middle+2], []agent.State{after})
}

// ends asks the program to end in one of the two ways.
func (x *examination) ends(e *Env, byCommand bool) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.running(x.ctx); err != nil {
		return err
	}
	var last []byte
	if byCommand {
		last = farewell(e.program)
	}
	program := e.program
	e.program = nil
	if !program.Close(last, e.options.CloseTimeout) {
		return fmt.Errorf("it had to be killed after %v; leave the loop that reads standard input", e.options.CloseTimeout.Round(time.Millisecond))
	}
	return nil
}
