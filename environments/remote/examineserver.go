package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"purposeagent/agent"
)

// ExamineServer tries an OpenEnv server, and reports what it keeps and which powers
// a program of our own protocol could have beyond it. It returns false where no
// episode can be played.
func ExamineServer(ctx context.Context, raw agent.Object, seed int64, report func(Finding)) bool {
	c, err := parseConfig(raw)
	if err != nil {
		report(Finding{Promise: "its address can be used", Err: err})
		return false
	}
	env, err := c.openEnv()
	if err != nil {
		report(Finding{Promise: "it says what its action is", Err: err})
		return false
	}
	if closer, ok := env.(io.Closer); ok {
		defer func() { _ = closer.Close() }()
	}
	var names []string
	for _, a := range env.Actions() {
		names = append(names, a.Name)
	}
	report(Finding{Promise: "it says what its action is", Note: strings.Join(names, ", ")})
	task := agent.Task{Purpose: "check", Seed: seed}.WithDefaults()
	state, err := env.Reset(ctx, task)
	if report(Finding{Promise: "reset gives an observation", Note: state.Summary, Err: err}); err != nil {
		return false
	}
	if again, err := env.Reset(ctx, task); err != nil || again.Data != state.Data {
		note := "it does not; runs with one seed can't be compared"
		if err != nil {
			note = agent.MessageOf(err)
		}
		report(Finding{Promise: "the same seed gives the same observation", Note: note})
		if err != nil {
			return false
		}
		state = again
	} else {
		report(Finding{Promise: "the same seed gives the same observation"})
	}
	steps, can := 0, false
	legal := "the episode was over at once"
	for ; steps < examinedSteps && !env.IsTerminal(state); steps++ {
		list := listed(env, state)
		can = can || len(list) > 0
		if legal = fmt.Sprintf("%d can be listed", len(list)); len(list) == 0 {
			legal = "none can be listed: the offline reasoner can't act here. An observation may name them as legal_actions, or the schema have an enum"
			break
		}
		if state, err = env.Execute(ctx, list[(steps*7+steps*steps)%len(list)], state); err != nil {
			report(Finding{Promise: "steps are answered", Err: err})
			return false
		}
	}
	report(Finding{Promise: "steps are answered", Note: fmt.Sprintf("%d were taken", steps)})
	report(Finding{Promise: "what can be done", Note: legal, Powers: openEnvPowers(&c, can)})
	return true
}

// listed is what can be done in a state, where the environment lists it.
func listed(env agent.Environment, state agent.State) []agent.Action {
	if l, ok := env.(agent.Legal); ok {
		return l.LegalActions(state)
	}
	return nil
}

// repeats sends a step twice with one number, as is done where the answer was lost.
func (x *examination) repeats(e *Env) error {
	state, err := e.Reset(x.ctx, x.task)
	if err != nil {
		return err
	}
	r := &request{Command: "reset", Purpose: x.task.Purpose, Description: x.task.Description, Seed: &x.task.Seed}
	if legal := e.LegalActions(state); len(legal) > 0 {
		m, err := e.read(state)
		if err != nil {
			return err
		}
		r = &request{Command: "step", Action: &wireAction{legal[0].Name, legal[0].Params}, State: &state.Data, Hidden: &m.Hidden}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	r.ID, r.Session = e.program.number(), e.program.session()
	line, err := r.line()
	if err != nil {
		return err
	}
	var answers [2]agent.Object
	for i := range answers {
		raw, err := e.program.ask(x.ctx, r.Command, line, e.options.AnswerTimeout)
		if err != nil {
			return e.stopped(err)
		}
		if answers[i], err = parseAnswer(raw, r.ID); err != nil {
			return e.stopped(err)
		}
	}
	if answers[0] != answers[1] {
		return errors.New("sent again with the same session and id, it was answered with another answer; keep the last answer of each session, and repeat it where the id is the one before")
	}
	return nil
}

// apart plays an episode with another one in between.
func (x *examination) apart(first, second *Env, want []agent.State) error {
	other := &examination{ctx: x.ctx, task: x.task}
	x.between = func() error {
		_, _, err := other.walk(second)
		return err
	}
	defer func() { x.between = nil }()
	states, _, err := x.walk(first)
	if err != nil {
		return err
	}
	return differ(want, states)
}

// over closes a session and asks in it again.
func (x *examination) over(e *Env) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.running(x.ctx); err != nil {
		return err
	}
	if !e.program.Close(farewell(e.program), e.options.CloseTimeout) {
		return e.stopped(agent.Errorf(agent.CodeUnavailable, "it did not answer close within %v", e.options.CloseTimeout))
	}
	_, err := e.ask(x.ctx, &request{Command: "reset", Purpose: x.task.Purpose, Description: x.task.Description, Seed: &x.task.Seed})
	if e.program != nil { // it was answered, or refused by what knows the session still
		return e.stopped(fmt.Errorf(`it goes on with a session that was closed; answer {"id": …, "error": {"code": %q, "message": …}}`, noSession))
	}
	if err == nil || !strings.Contains(err.Error(), "the session is over there") {
		return err
	}
	return nil
}
