package remote

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"purposeagent/agent"
	"purposeagent/agent/wording"
)

// Limits of what a program announces.
const (
	maxActions    = 200
	maxParams     = 16
	maxEnum       = 1000
	maxAttributes = 200
	maxNameBytes  = 100
	maxTextBytes  = 32_000
)

// power is something that a program can do beyond the least.
type power string

// The powers of protocol 1. Unknown ones are ignored.
const (
	powerLegal     power = "legal"     // every answer lists the legal actions
	powerVerify    power = "verify"    // every answer has judge.success
	powerPotential power = "potential" // every answer has judge.phi
	powerPicture   power = "picture"   // it answers "picture"
	powerRestore   power = "restore"   // it answers "restore"
	powerStateless power = "stateless" // a step depends on the sent state and hidden only
	powerPurpose   power = "purpose"   // it answers "purpose"
)

var powers = []power{powerLegal, powerVerify, powerPotential, powerPicture, powerRestore, powerStateless, powerPurpose}

// hello is what a program announces about itself.
type hello struct {
	Protocol    int                `json:"protocol"`
	Name        string             `json:"name"`
	Description string             `json:"description"`
	Dynamics    string             `json:"dynamics"`
	Actions     []agent.ActionSpec `json:"actions"`
	Milestones  []string           `json:"milestones"`
	State       stateSpec          `json:"state"`
	Powers      []power            `json:"powers"`
}

type stateSpec struct {
	Things     string              `json:"things"`
	Held       string              `json:"held"`
	Place      string              `json:"place"`
	Exits      string              `json:"exits"`
	Vocabulary map[string][]string `json:"vocabulary"`
	Phrases    []agent.Phrase      `json:"phrases"`
}

func (h *hello) can(p power) bool { return slices.Contains(h.Powers, p) }

// same reports whether the program still announces what a run was begun with.
func (h *hello) same(other *hello) bool {
	return h.Name == other.Name && h.Dynamics == other.Dynamics && agent.SchemaHash(h.Actions) == agent.SchemaHash(other.Actions) &&
		slices.Equal(h.Powers, other.Powers) && agent.MustObject(h.State) == agent.MustObject(other.State)
}

var (
	programName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,59}$`)
	actionName  = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]{0,99}$`)
)

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
		return nil, fmt.Errorf(`"name" is %s; it must be 1 to 60 letters, digits, dots, dashes or underscores`, quoted([]byte(h.Name)))
	case strings.TrimSpace(h.Description) == "" || len(h.Description) > maxTextBytes:
		return nil, fmt.Errorf(`"description" must be a string of 1 to %d bytes that tells an actor what world it is in`, maxTextBytes)
	case len(h.Dynamics) > maxNameBytes:
		return nil, fmt.Errorf(`"dynamics" is %d bytes long; at most %d are allowed`, len(h.Dynamics), maxNameBytes)
	}
	h.Description, h.Dynamics = clean(h.Description), clean(h.Dynamics)
	h.Powers = slices.DeleteFunc(h.Powers, func(p power) bool { return !slices.Contains(powers, p) })
	slices.Sort(h.Powers)
	h.Powers = slices.Compact(h.Powers)
	if err := checkActions(h.Actions); err != nil {
		return nil, err
	}
	if len(h.Milestones) > maxMilestones {
		return nil, fmt.Errorf(`"milestones" lists %d; at most %d are allowed`, len(h.Milestones), maxMilestones)
	}
	if err := checkWords(`"milestones"`, h.Milestones); err != nil {
		return nil, err
	}
	return &h, checkStateSpec(&h.State)
}

const maxMilestones = 20

func checkActions(specs []agent.ActionSpec) error {
	if len(specs) == 0 || len(specs) > maxActions {
		return fmt.Errorf(`"actions" lists %d; announce 1 to %d`, len(specs), maxActions)
	}
	seen := map[string]bool{}
	for i := range specs {
		s := &specs[i]
		switch {
		case s.Name == agent.Done || s.Name == agent.NoAction:
			return fmt.Errorf("the action name %q is reserved; choose another", s.Name)
		case !actionName.MatchString(s.Name):
			return fmt.Errorf("the action name %s must be 1 to 100 letters, digits, dots, dashes or underscores, and begin with a letter", quoted([]byte(s.Name)))
		case seen[s.Name]:
			return fmt.Errorf("the action %q is announced twice", s.Name)
		case len(s.Description) > maxTextBytes:
			return fmt.Errorf("the description of action %q is longer than %d bytes", s.Name, maxTextBytes)
		case len(s.Params) > maxParams:
			return fmt.Errorf("the action %q has %d params; at most %d are allowed", s.Name, len(s.Params), maxParams)
		}
		seen[s.Name] = true
		s.Description = clean(s.Description)
		params := map[string]bool{}
		for j := range s.Params {
			p := &s.Params[j]
			if params[p.Name] {
				return fmt.Errorf("action %q announces the param %q twice", s.Name, p.Name)
			}
			params[p.Name] = true
			if err := checkParam(p); err != nil {
				return fmt.Errorf("action %q: %w", s.Name, err)
			}
			p.Description = clean(p.Description)
		}
	}
	return nil
}

func checkParam(p *agent.ParamSpec) error {
	switch {
	case !actionName.MatchString(p.Name):
		return fmt.Errorf("the param name %s must be 1 to 100 letters, digits, dots, dashes or underscores, and begin with a letter", quoted([]byte(p.Name)))
	case !slices.Contains([]string{"string", "integer", "number", "boolean"}, p.Type):
		return fmt.Errorf(`param %q has the type %s; use "string", "integer", "number" or "boolean"`, p.Name, quoted([]byte(p.Type)))
	case p.Role != agent.RoleConstant && p.Role != agent.RoleThing && p.Role != agent.RolePassage:
		return fmt.Errorf(`param %q has the role %s; use "thing" or "passage", or leave it out`, p.Name, quoted([]byte(p.Role)))
	case len(p.Enum) > 0 && p.Type != "string":
		return fmt.Errorf("param %q is not a string and can't have an enum", p.Name)
	case len(p.Enum) > maxEnum:
		return fmt.Errorf("param %q has %d enum values; at most %d are allowed", p.Name, len(p.Enum), maxEnum)
	case len(p.Description) > maxTextBytes:
		return fmt.Errorf("the description of param %q is longer than %d bytes", p.Name, maxTextBytes)
	}
	return checkWords(fmt.Sprintf("the enum of param %q", p.Name), p.Enum)
}

// checkWords holds that a list has sound values, each once.
func checkWords(what string, list []string) error {
	seen := make(map[string]bool, len(list))
	for _, word := range list {
		switch {
		case word == "" || len(word) > maxNameBytes || clean(word) != word || !utf8.ValidString(word):
			return fmt.Errorf("%s has the value %s; values are strings of 1 to %d bytes without control characters", what, quoted([]byte(word)), maxNameBytes)
		case seen[word]:
			return fmt.Errorf("%s has the value %q twice", what, word)
		}
		seen[word] = true
	}
	return nil
}

func checkStateSpec(s *stateSpec) error {
	for _, p := range []struct{ name, pointer string }{{"things", s.Things}, {"held", s.Held}, {"place", s.Place}, {"exits", s.Exits}} {
		if p.pointer != "" && (p.pointer[0] != '/' || len(p.pointer) > 2*maxNameBytes) {
			return fmt.Errorf(`"state.%s" is %s; it must be a JSON pointer into the state, such as "/%s", or be left out`, p.name, quoted([]byte(p.pointer)), p.name)
		}
	}
	if len(s.Vocabulary) > maxAttributes {
		return fmt.Errorf(`"state.vocabulary" has %d attributes; at most %d are allowed`, len(s.Vocabulary), maxAttributes)
	}
	for name, values := range s.Vocabulary {
		if name == "" || len(name) > maxNameBytes || clean(name) != name {
			return fmt.Errorf(`"state.vocabulary" has the attribute %s; names are strings of 1 to %d bytes`, quoted([]byte(name)), maxNameBytes)
		}
		if len(values) > maxEnum {
			return fmt.Errorf(`"state.vocabulary" has %d values of %q; at most %d are allowed`, len(values), name, maxEnum)
		}
		if err := checkWords(fmt.Sprintf("the vocabulary of %q", name), values); err != nil {
			return err
		}
	}
	if len(s.Phrases) > wording.MaxPhrases {
		return fmt.Errorf(`"state.phrases" has %d phrases; at most %d are allowed`, len(s.Phrases), wording.MaxPhrases)
	}
	for i, p := range s.Phrases {
		if err := wording.CheckPhrase(p); err != nil {
			return fmt.Errorf(`"state.phrases/%d": %s`, i, agent.MessageOf(err))
		}
	}
	return nil
}

// description is what actors, people and learners are told of the program.
func (h *hello) description() agent.Description {
	dynamics := h.Name // rules of one program are not used in another
	if h.Dynamics != "" {
		dynamics += "/" + h.Dynamics
	}
	return agent.Description{Text: h.Description, Dynamics: dynamics, Milestones: h.Milestones, State: agent.StateSpec{
		Things: h.State.Things, Held: h.State.Held, Place: h.State.Place, Exits: h.State.Exits, Vocabulary: h.State.Vocabulary, Phrases: h.State.Phrases}}
}
