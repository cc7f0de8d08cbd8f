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
func (e *Env) withPowers() agent.Environment { //nolint:funlen,maintidx // one case for each set of powers
	v, j, f, p, r := verifier{e}, judger{e}, potential{e}, picturer{e}, restorer{e}
	bits := 0
	for i, has := range []bool{e.hello.can(powerVerify), e.hello.can(powerJudge), e.hello.can(powerPotential), e.hello.can(powerPicture),
		e.hello.can(powerRestore) || e.hello.can(powerStateless)} {
		if has {
			bits |= 1 << i
		}
	}
	type env = *Env
	switch bits {
	case 0b00001:
		return struct {
			env
			verifier
		}{e, v}
	case 0b00010:
		return struct {
			env
			judger
		}{e, j}
	case 0b00011:
		return struct {
			env
			verifier
			judger
		}{e, v, j}
	case 0b00100:
		return struct {
			env
			potential
		}{e, f}
	case 0b00101:
		return struct {
			env
			verifier
			potential
		}{e, v, f}
	case 0b00110:
		return struct {
			env
			judger
			potential
		}{e, j, f}
	case 0b00111:
		return struct {
			env
			verifier
			judger
			potential
		}{e, v, j, f}
	case 0b01000:
		return struct {
			env
			picturer
		}{e, p}
	case 0b01001:
		return struct {
			env
			verifier
			picturer
		}{e, v, p}
	case 0b01010:
		return struct {
			env
			judger
			picturer
		}{e, j, p}
	case 0b01011:
		return struct {
			env
			verifier
			judger
			picturer
		}{e, v, j, p}
	case 0b01100:
		return struct {
			env
			potential
			picturer
		}{e, f, p}
	case 0b01101:
		return struct {
			env
			verifier
			potential
			picturer
		}{e, v, f, p}
	case 0b01110:
		return struct {
			env
			judger
			potential
			picturer
		}{e, j, f, p}
	case 0b01111:
		return struct {
			env
			verifier
			judger
			potential
			picturer
		}{e, v, j, f, p}
	case 0b10000:
		return struct {
			env
			restorer
		}{e, r}
	case 0b10001:
		return struct {
			env
			verifier
			restorer
		}{e, v, r}
	case 0b10010:
		return struct {
			env
			judger
			restorer
		}{e, j, r}
	case 0b10011:
		return struct {
			env
			verifier
			judger
			restorer
		}{e, v, j, r}
	case 0b10100:
		return struct {
			env
			potential
			restorer
		}{e, f, r}
	case 0b10101:
		return struct {
			env
			verifier
			potential
			restorer
		}{e, v, f, r}
	case 0b10110:
		return struct {
			env
			judger
			potential
			restorer
		}{e, j, f, r}
	case 0b10111:
		return struct {
			env
			verifier
			judger
			potential
			restorer
		}{e, v, j, f, r}
	case 0b11000:
		return struct {
			env
			picturer
			restorer
		}{e, p, r}
	case 0b11001:
		return struct {
			env
			verifier
			picturer
			restorer
		}{e, v, p, r}
	case 0b11010:
		return struct {
			env
			judger
			picturer
			restorer
		}{e, j, p, r}
	case 0b11011:
		return struct {
			env
			verifier
			judger
			picturer
			restorer
		}{e, v, j, p, r}
	case 0b11100:
		return struct {
			env
			potential
			picturer
			restorer
		}{e, f, p, r}
	case 0b11101:
		return struct {
			env
			verifier
			potential
			picturer
			restorer
		}{e, v, f, p, r}
	case 0b11110:
		return struct {
			env
			judger
			potential
			picturer
			restorer
		}{e, j, f, p, r}
	case 0b11111:
		return struct {
			env
			verifier
			judger
			potential
			picturer
			restorer
		}{e, v, j, f, p, r}
	}
	return e
}

type (
	verifier  struct{ of *Env }
	judger    struct{ of *Env }
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
	return m.Judge.verdict(), nil
}

func (j *judge) verdict() agent.Verdict {
	verdict := agent.Verdict{Success: j.Success != nil && *j.Success, Reward: j.Reward}
	switch {
	case j.Score != nil:
		verdict.Score = *j.Score
	case verdict.Success:
		verdict.Score = 1
	}
	return verdict
}

// Judge asks the program for its word about the end of an episode. Errors:
// CodeInvalid for a state that the program does not stand at and can't go back to,
// CodeUnavailable and CodeTimeout for a program that failed.
func (j judger) Judge(ctx context.Context, state agent.State) (agent.Verdict, error) {
	e := j.of
	m, err := e.read(state)
	if err != nil {
		return agent.Verdict{}, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.standAt(ctx, state, m); err != nil {
		return agent.Verdict{}, err
	}
	whole, err := e.ask(ctx, &request{Command: "judge", State: &state.Data, Hidden: &m.Hidden})
	if err != nil {
		return agent.Verdict{}, err
	}
	answer, err := read[struct {
		Judge *judge `json:"judge"`
	}](whole)
	switch {
	case err != nil:
	case answer.Judge == nil || answer.Judge.Success == nil:
		err = errors.New(`"judge.success" is missing; say true or false`)
	default:
		err = answer.Judge.checkScore()
	}
	if err != nil {
		return agent.Verdict{}, e.misbehaved("judge", err)
	}
	return answer.Judge.verdict(), nil
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
