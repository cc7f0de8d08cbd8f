package remote

import (
	"errors"
	"fmt"
	"strings"

	"purposeagent/agent"
	"purposeagent/environments/announced"
)

// Limits of one moment.
const (
	maxLegal            = 1000
	maxObservationBytes = 32 << 10
	// MaxStateBytes bounds what is kept of one state: what can be observed, the
	// program's hidden part, the judgement and the legal actions.
	MaxStateBytes = 8 << 20
)

// answerMoment is the answer to reset, step and restore.
type answerMoment struct {
	Observation string        `json:"observation"`
	State       agent.Object  `json:"state"`
	Legal       *[]wireAction `json:"legal"`
	Done        bool          `json:"done"`
	Truncated   bool          `json:"truncated"`
	Hidden      agent.Object  `json:"hidden"`
	Judge       *judge        `json:"judge"`
}

// judge is the side of an answer that no actor sees.
type judge struct {
	Success *bool    `json:"success,omitempty"`
	Score   *float64 `json:"score,omitempty"`
	Reward  *float64 `json:"reward,omitempty"`
	Phi     *float64 `json:"phi,omitempty"`
}

// checkScore says what is wrong with the score.
func (j *judge) checkScore() error {
	if j.Score != nil && !(*j.Score >= 0 && *j.Score <= 1) {
		return fmt.Errorf(`"judge.score" is %g; it must be 0 to 1`, *j.Score)
	}
	return nil
}

// moment is what is kept of a state where no actor looks: agent.State.Hidden.
type moment struct {
	Legal     []wireAction `json:"legal,omitempty"`
	Done      bool         `json:"done,omitempty"`
	Truncated bool         `json:"truncated,omitempty"` // Done is true as well
	Judge     judge        `json:"judge"`
	Hidden    agent.Object `json:"hidden"`
}

// parseMoment reads and checks the answer to reset, step or restore.
func (h *hello) parseMoment(whole agent.Object) (agent.State, *moment, error) {
	a, err := read[answerMoment](whole)
	if err != nil {
		return agent.State{}, nil, err
	}
	state := agent.State{Data: a.State, Summary: strings.TrimSpace(announced.Clean(a.Observation))}
	switch {
	case state.Summary == "":
		return state, nil, errors.New(`"observation" is missing or empty; say in a sentence or more what can be seen`)
	case len(state.Summary) > maxObservationBytes:
		return state, nil, fmt.Errorf(`"observation" is %d bytes long; at most %d are allowed`, len(state.Summary), maxObservationBytes)
	}
	if err := h.State.Keeps(state.Data); err != nil {
		return state, nil, err
	}
	a.Done = a.Done || a.Truncated // a cut is an end, whatever "done" says
	m := &moment{Done: a.Done, Truncated: a.Truncated, Hidden: a.Hidden}
	if m.Legal, err = h.legal(&a); err != nil {
		return state, nil, err
	}
	if err := h.judged(&a, m); err != nil {
		return state, nil, err
	}
	if state.Hidden, err = agent.NewObject(m); err != nil {
		return state, nil, err
	}
	if n := len(state.Data) + len(state.Summary) + len(state.Hidden); n > MaxStateBytes {
		return state, nil, fmt.Errorf(`the answer comes to %d bytes ("state" %d, "observation" %d, "hidden" %d, the rest is legal actions); at most %d are kept of one state`,
			n, len(state.Data), len(state.Summary), len(a.Hidden), MaxStateBytes)
	}
	return state, m, nil
}

// legal checks the legal actions; nil where the program does not list any.
func (h *hello) legal(a *answerMoment) ([]wireAction, error) {
	if !h.can(powerLegal) || a.Done {
		return nil, nil
	}
	if a.Legal == nil || len(*a.Legal) == 0 {
		return nil, errors.New(`"legal" is missing or empty though "done" is not true; list what can be done now, or leave the power "legal" out of hello`)
	}
	list := *a.Legal
	if len(list) > maxLegal {
		return nil, fmt.Errorf(`"legal" lists %d actions; at most %d are allowed`, len(list), maxLegal)
	}
	seen := make(map[wireAction]bool, len(list))
	for i := range list {
		list[i].Params = plainParams(h.Actions, list[i].Name, list[i].Params)
		l := list[i]
		action := agent.Action{Name: l.Name, Params: l.Params}
		if l.Name == agent.Done {
			return nil, errors.New(`"legal" lists DONE, which is always possible and never listed`)
		}
		if err := agent.CheckAction(h.Actions, action); err != nil {
			return nil, fmt.Errorf(`"legal" lists what hello does not announce: %s`, announced.Clean(agent.MessageOf(err)))
		}
		if seen[l] {
			return nil, fmt.Errorf(`"legal" lists %s twice`, announced.Quoted([]byte(action.Label())))
		}
		seen[l] = true
	}
	return list, nil
}

// judged checks the judgement, and keeps of it what the powers announce.
func (h *hello) judged(a *answerMoment, m *moment) error {
	j := a.Judge
	if j == nil {
		j = &judge{}
	}
	if h.can(powerVerify) {
		if j.Success == nil {
			return errors.New(`"judge.success" is missing; say true or false in every answer, or leave the power "verify" out of hello`)
		}
		if err := j.checkScore(); err != nil {
			return err
		}
		m.Judge.Success, m.Judge.Score, m.Judge.Reward = j.Success, j.Score, j.Reward
	}
	if h.can(powerPotential) {
		switch {
		case j.Phi == nil:
			return errors.New(`"judge.phi" is missing; give a number from 0 to 10 in every answer, or leave the power "potential" out of hello`)
		case !agent.ValidPhi(*j.Phi):
			return fmt.Errorf(`"judge.phi" is %g; it must be 0 to 10`, *j.Phi)
		}
		m.Judge.Phi = j.Phi
	}
	return nil
}
