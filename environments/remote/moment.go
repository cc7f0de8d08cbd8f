package remote

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"purposeagent/agent"
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
	state := agent.State{Data: a.State, Summary: strings.TrimSpace(clean(a.Observation))}
	switch {
	case state.Summary == "":
		return state, nil, errors.New(`"observation" is missing or empty; say in a sentence or more what can be seen`)
	case len(state.Summary) > maxObservationBytes:
		return state, nil, fmt.Errorf(`"observation" is %d bytes long; at most %d are allowed`, len(state.Summary), maxObservationBytes)
	}
	if err := h.checkState(state.Data); err != nil {
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
			return nil, fmt.Errorf(`"legal" lists what hello does not announce: %s`, clean(agent.MessageOf(err)))
		}
		if seen[l] {
			return nil, fmt.Errorf(`"legal" lists %s twice`, quoted([]byte(action.Label())))
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
		switch {
		case j.Success == nil:
			return errors.New(`"judge.success" is missing; say true or false in every answer, or leave the power "verify" out of hello`)
		case j.Score != nil && !(*j.Score >= 0 && *j.Score <= 1):
			return fmt.Errorf(`"judge.score" is %g; it must be 0 to 1`, *j.Score)
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

// checkState holds that the state is what hello announced, so that a learner
// finds what it was promised.
func (h *hello) checkState(data agent.Object) error {
	tree := data.Map()
	if _, taken := tree["_error"]; taken {
		return errors.New(`"state" uses the reserved key "_error"; to refuse an action, answer with "error" instead`)
	}
	things, err := h.attributes(tree, "things", h.State.Things)
	if err != nil {
		return err
	}
	if _, err := h.attributes(tree, "exits", h.State.Exits); err != nil {
		return err
	}
	if h.State.Place != "" {
		node, _ := agent.Lookup(tree, h.State.Place)
		if place, ok := node.(string); !ok || place == "" {
			return fmt.Errorf(`"state" has no text at %s, where hello announced the place`, h.State.Place)
		}
	}
	if h.State.Held == "" {
		return nil
	}
	node, _ := agent.Lookup(tree, h.State.Held)
	held, ok := node.([]any)
	if !ok {
		return fmt.Errorf(`"state" has no array at %s, where hello announced what is held`, h.State.Held)
	}
	for _, item := range held {
		id, ok := item.(string)
		if _, seen := things[id]; !ok || h.State.Things != "" && !seen {
			return fmt.Errorf("%s holds %s, which is not among the things", h.State.Held, quoted(fmt.Append(nil, item)))
		}
	}
	return nil
}

// attributes checks an object {id: {attribute: value}}.
func (h *hello) attributes(tree map[string]any, what, pointer string) (map[string]any, error) {
	if pointer == "" {
		return nil, nil
	}
	node, _ := agent.Lookup(tree, pointer)
	all, ok := node.(map[string]any)
	if !ok {
		return nil, fmt.Errorf(`"state" has no object at %s, where hello announced the %s`, pointer, what)
	}
	for id, one := range all {
		values, ok := one.(map[string]any)
		if !ok || id == "" {
			return nil, fmt.Errorf(`%s: %s must be an object of attributes, such as {"colour": "red"}`, pointer, quoted([]byte(id)))
		}
		for name, value := range values {
			text, ok := value.(string)
			if !ok {
				return nil, fmt.Errorf("%s: the attribute %s of %s is %s; attributes are strings", pointer, quoted([]byte(name)), quoted([]byte(id)), quoted(fmt.Append(nil, value)))
			}
			if known := h.State.Vocabulary[name]; known != nil && !slices.Contains(known, text) {
				return nil, fmt.Errorf("%s: the attribute %q of %s is %s, which is not in the vocabulary that hello announced", pointer, name, quoted([]byte(id)), quoted([]byte(text)))
			}
		}
	}
	return all, nil
}
