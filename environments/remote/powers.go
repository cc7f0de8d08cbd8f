package remote

import (
	"context"
	"errors"

	"purposeagent/agent"
	"purposeagent/environments/announced"
)

// withPowers returns the environment with exactly the powers that its program
// announced: whoever asks by type assertion must not find a power that is not
// there.
func (e *Env) withPowers() agent.Environment { //nolint:funlen // one case for each set of powers
	v, f, p, r := verifier{e}, potential{e}, picturer{e}, restorer{e}
	bits := 0
	for i, has := range []bool{e.hello.can(powerVerify), e.hello.can(powerPotential), e.hello.can(powerPicture),
		e.hello.can(powerRestore) || e.hello.can(powerStateless)} {
		if has {
			bits |= 1 << i
		}
	}
	type env = *Env
	switch bits {
	case 0b0001:
		return struct {
			env
			verifier
		}{e, v}
	case 0b0010:
		return struct {
			env
			potential
		}{e, f}
	case 0b0011:
		return struct {
			env
			verifier
			potential
		}{e, v, f}
	case 0b0100:
		return struct {
			env
			picturer
		}{e, p}
	case 0b0101:
		return struct {
			env
			verifier
			picturer
		}{e, v, p}
	case 0b0110:
		return struct {
			env
			potential
			picturer
		}{e, f, p}
	case 0b0111:
		return struct {
			env
			verifier
			potential
			picturer
		}{e, v, f, p}
	case 0b1000:
		return struct {
			env
			restorer
		}{e, r}
	case 0b1001:
		return struct {
			env
			verifier
			restorer
		}{e, v, r}
	case 0b1010:
		return struct {
			env
			potential
			restorer
		}{e, f, r}
	case 0b1011:
		return struct {
			env
			verifier
			potential
			restorer
		}{e, v, f, r}
	case 0b1100:
		return struct {
			env
			picturer
			restorer
		}{e, p, r}
	case 0b1101:
		return struct {
			env
			verifier
			picturer
			restorer
		}{e, v, p, r}
	case 0b1110:
		return struct {
			env
			potential
			picturer
			restorer
		}{e, f, p, r}
	case 0b1111:
		return struct {
			env
			verifier
			potential
			picturer
			restorer
		}{e, v, f, p, r}
	}
	return e
}

type (
	verifier  struct{ of *Env }
	potential struct{ of *Env }
	picturer  struct{ of *Env }
	restorer  struct{ of *Env }
)

// Verify returns the program's judgement of the state.
func (v verifier) Verify(_ context.Context, state agent.State) (agent.Verdict, error) {
	m, err := v.of.read(state)
	if err != nil {
		return agent.Verdict{}, err
	}
	verdict := agent.Verdict{Success: m.Judge.Success != nil && *m.Judge.Success, Reward: m.Judge.Reward}
	switch {
	case m.Judge.Score != nil:
		verdict.Score = *m.Judge.Score
	case verdict.Success:
		verdict.Score = 1
	}
	return verdict, nil
}

// Potential returns the program's own Φ of the state.
func (p potential) Potential(state agent.State) (float64, error) {
	m, err := p.of.read(state)
	switch {
	case err != nil:
		return 0, err
	case m.Judge.Phi == nil:
		return 0, agent.Errorf(agent.CodeInvalid, "the program gave this state no Φ")
	}
	return *m.Judge.Phi, nil
}

// Picture asks the program for a picture of the state.
func (p picturer) Picture(state agent.State) (string, error) {
	e := p.of
	m, err := e.read(state)
	if err != nil {
		return "", err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	ctx := context.Background() // ask has its own limit
	if err := e.running(ctx); err != nil {
		return "", err
	}
	whole, err := e.ask(ctx, &request{Command: "picture", State: &state.Data, Hidden: &m.Hidden})
	if err != nil {
		return "", err
	}
	answer, err := read[struct {
		SVG string `json:"svg"`
	}](whole)
	if err == nil && answer.SVG == "" {
		err = errors.New(`"svg" is missing or empty`)
	}
	if err == nil {
		err = announced.Picture(answer.SVG)
	}
	if err != nil {
		return "", e.misbehaved("picture", err)
	}
	return answer.SVG, nil
}

// Restore makes the program go on from a state that it made. A state without
// a hidden part, which a person wrote down, needs the power restore. Errors
// are as for Env.Reset.
func (r restorer) Restore(ctx context.Context, task agent.Task, state agent.State) error {
	e := r.of
	var m *moment
	if !state.Hidden.IsEmpty() {
		var err error
		if m, err = e.read(state); err != nil {
			return err
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.running(ctx); err != nil {
		return err
	}
	e.task = task
	if e.hello.can(powerRestore) {
		return e.restore(ctx, state, m)
	}
	if m == nil {
		return agent.Errorf(agent.CodeInvalid, `this program can't begin in a given state; leave the initial state empty, or give the program the power "restore"`)
	}
	return nil
}
