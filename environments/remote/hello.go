package remote

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"purposeagent/agent"
	"purposeagent/environments/announced"
)

// maxNameBytes bounds the name of a program's laws.
const maxNameBytes = 100

// power is something that a program can do beyond the least.
type power string

// The powers of protocol 1. Unknown ones are ignored.
const (
	powerLegal     power = "legal"     // every answer lists the legal actions
	powerVerify    power = "verify"    // every answer has judge.success
	powerJudge     power = "judge"     // it answers "judge"
	powerPotential power = "potential" // every answer has judge.phi
	powerPicture   power = "picture"   // it answers "picture"
	powerRestore   power = "restore"   // it answers "restore"
	powerStateless power = "stateless" // a step depends on the sent state and hidden only
	powerPurpose   power = "purpose"   // it answers "purpose"
)

var powers = []power{powerLegal, powerVerify, powerJudge, powerPotential, powerPicture, powerRestore, powerStateless, powerPurpose}

// hello is what a program announces about itself.
type hello struct {
	Protocol    int                `json:"protocol"`
	Name        string             `json:"name"`
	Description string             `json:"description"`
	Dynamics    string             `json:"dynamics"`
	Actions     []agent.ActionSpec `json:"actions"`
	Milestones  []string           `json:"milestones"`
	State       announced.State    `json:"state"`
	Powers      []power            `json:"powers"`
}

func (h *hello) can(p power) bool { return slices.Contains(h.Powers, p) }

// same reports whether the program still announces what a run was begun with.
func (h *hello) same(other *hello) bool {
	return h.Name == other.Name && h.Dynamics == other.Dynamics && agent.SchemaHash(h.Actions) == agent.SchemaHash(other.Actions) &&
		slices.Equal(h.Powers, other.Powers) && agent.MustObject(h.State) == agent.MustObject(other.State)
}

var programName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,59}$`)

// parseHello reads and checks the answer to hello.
func parseHello(whole agent.Object) (*hello, error) {
	h, err := read[hello](whole)
	if err != nil {
		return nil, err
	}
	switch {
	case h.Protocol != Protocol:
		return nil, fmt.Errorf(`"protocol" is %d; this version of Purpose speaks protocol %d`, h.Protocol, Protocol)
	case !programName.MatchString(h.Name):
		return nil, fmt.Errorf(`"name" is %s; it must be 1 to 60 letters, digits, dots, dashes or underscores`, announced.Quoted([]byte(h.Name)))
	case strings.TrimSpace(h.Description) == "" || len(h.Description) > announced.MaxText:
		return nil, fmt.Errorf(`"description" must be a string of 1 to %d bytes that tells an actor what world it is in`, announced.MaxText)
	case len(h.Dynamics) > maxNameBytes:
		return nil, fmt.Errorf(`"dynamics" is %d bytes long; at most %d are allowed`, len(h.Dynamics), maxNameBytes)
	}
	h.Description, h.Dynamics = announced.Clean(h.Description), announced.Clean(h.Dynamics)
	h.Powers = slices.DeleteFunc(h.Powers, func(p power) bool { return !slices.Contains(powers, p) })
	slices.Sort(h.Powers)
	h.Powers = slices.Compact(h.Powers)
	if err := announced.Actions(h.Actions); err != nil {
		return nil, err
	}
	if len(h.Milestones) > maxMilestones {
		return nil, fmt.Errorf(`"milestones" lists %d; at most %d are allowed`, len(h.Milestones), maxMilestones)
	}
	if err := announced.Words(`"milestones"`, h.Milestones); err != nil {
		return nil, err
	}
	return &h, h.State.Check()
}

const maxMilestones = 20

// description is what actors, people and learners are told of the program.
func (h *hello) description() agent.Description {
	dynamics := h.Name // rules of one program are not used in another
	if h.Dynamics != "" {
		dynamics += "/" + h.Dynamics
	}
	return agent.Description{Text: h.Description, Dynamics: dynamics, Milestones: h.Milestones, State: h.State.Spec()}
}
