package lab

import (
	"encoding/json"

	"purposeagent/agent"
)

// Request is what a person asks of the Lab: one experiment, in one world or
// in several.
type Request struct {
	// Name is for people; "" takes one made of the environment and the counts.
	Name string `json:"name,omitempty"`
	// Spec is the experiment. Its models are named as for a run; a critic may
	// also be CriticOutcome or CriticNoisy with a standard deviation.
	Spec Spec `json:"spec"`
	// Worlds, where given, does the experiment in each of these worlds and sums
	// it up with the world as the unit: 2 to MaxWorlds different numbers.
	Worlds []int64 `json:"worlds,omitempty"`
}

// The critics that only an experiment has.
const (
	// CriticOutcome is no critic at all: outcomes alone.
	CriticOutcome = "outcome"
	// CriticNoisy, followed by a standard deviation such as 1.0, is the offline
	// critic with Gaussian noise on each Δ.
	CriticNoisy = "noisy:"
)

// MaxName bounds the name of an experiment, in bytes.
const MaxName = 120

// ParseReport reads the report of an experiment, which has one of two forms:
// that of one world (Format) or that of several (WorldsFormat). The other one
// is nil, and both are where there is no report yet. CodeInvalid for anything else.
func ParseReport(o agent.Object) (*Report, *WorldsReport, error) {
	if o.IsEmpty() {
		return nil, nil, nil
	}
	var form struct {
		Format string `json:"format"`
	}
	if err := o.Decode(&form); err != nil {
		return nil, nil, agent.Errorf(agent.CodeInvalid, "this is no report of an experiment: %w", err)
	}
	read := func(v any) error {
		if err := json.Unmarshal([]byte(o), v); err != nil {
			return agent.Errorf(agent.CodeInvalid, "the report can't be read: %w", err)
		}
		return nil
	}
	switch form.Format {
	case Format:
		r := &Report{}
		return r, nil, read(r)
	case WorldsFormat:
		r := &WorldsReport{}
		return nil, r, read(r)
	}
	return nil, nil, agent.Errorf(agent.CodeInvalid, "there is no form of report called %q; there are %s and %s", agent.Clip(form.Format, 40), Format, WorldsFormat)
}
