package agent

import (
	"crypto/sha256"
	"encoding/hex"
)

// State is one moment of an environment. It is immutable.
//
// Data and Summary are what the actor, the critic and people see. Hidden is
// the environment's own bookkeeping (what it needs to go on from this state):
// it is stored, and never put in a prompt, a page, an event or an export.
type State struct {
	Data    Object `json:"data"`
	Summary string `json:"summary"`
	Hidden  Object `json:"-"`
}

// NewState returns a state with v, which must marshal to a JSON object, as its data.
func NewState(v any, summary string) (State, error) {
	data, err := NewObject(v)
	if err != nil {
		return State{}, err
	}
	return State{Data: data, Summary: summary}, nil
}

// Hash identifies what can be observed of the state: 16 hex digits over data
// and summary. Hidden does not enter.
func (s State) Hash() string {
	data := s.Data.String()
	seen := make([]byte, 0, len(data)+1+len(s.Summary))
	seen = append(append(append(seen, data...), 0), s.Summary...)
	sum := sha256.Sum256(seen)
	return hex.EncodeToString(sum[:8])
}

// Same reports whether two states can't be told apart: whether they have one Hash.
func (s State) Same(other State) bool {
	return s.Summary == other.Summary && s.Data.String() == other.Data.String()
}

// WithError returns the state that follows a failed action: the old data plus
// "_error", summary "Error: …". The environment itself has not moved.
func (s State) WithError(message string) State {
	m := s.Data.Map()
	m["_error"] = message
	data, err := NewObject(m)
	if err != nil { // the old data are valid; only the limit on size can be hit
		data = s.Data
	}
	return State{Data: data, Summary: "Error: " + message, Hidden: s.Hidden}
}

// Failed reports whether the state was made by WithError.
func (s State) Failed() bool {
	_, ok := s.Data.Map()["_error"]
	return ok
}
