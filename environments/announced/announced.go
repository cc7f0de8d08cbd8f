// Package announced checks what a world from outside announces about itself (its
// actions, where things are in its states, its pictures), and that its states keep
// to it.
package announced

import (
	"fmt"
	"regexp"
	"slices"
	"unicode/utf8"

	"purposeagent/agent"
)

// Limits of what is announced.
const (
	maxActions    = 200
	maxParams     = 16
	maxEnum       = 1000
	maxAttributes = 200
	maxNameBytes  = 100
	// MaxText bounds a description, in bytes.
	MaxText = 32_000
)

var actionName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]{0,99}$`)

// Actions holds that announced actions are sound, and cleans their texts.
func Actions(specs []agent.ActionSpec) error {
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
			return fmt.Errorf("the action name %s must be 1 to 100 letters, digits, dots, dashes or underscores, and begin with a letter", Quoted([]byte(s.Name)))
		case seen[s.Name]:
			return fmt.Errorf("the action %q is announced twice", s.Name)
		case len(s.Description) > MaxText:
			return fmt.Errorf("the description of action %q is longer than %d bytes", s.Name, MaxText)
		case len(s.Params) > maxParams:
			return fmt.Errorf("the action %q has %d params; at most %d are allowed", s.Name, len(s.Params), maxParams)
		}
		seen[s.Name] = true
		s.Description = Clean(s.Description)
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
			p.Description = Clean(p.Description)
		}
	}
	return nil
}

func checkParam(p *agent.ParamSpec) error {
	switch {
	case !actionName.MatchString(p.Name):
		return fmt.Errorf("the param name %s must be 1 to 100 letters, digits, dots, dashes or underscores, and begin with a letter", Quoted([]byte(p.Name)))
	case !slices.Contains([]string{"string", "integer", "number", "boolean"}, p.Type):
		return fmt.Errorf(`param %q has the type %s; use "string", "integer", "number" or "boolean"`, p.Name, Quoted([]byte(p.Type)))
	case p.Role != agent.RoleConstant && p.Role != agent.RoleThing && p.Role != agent.RolePassage:
		return fmt.Errorf(`param %q has the role %s; use "thing" or "passage", or leave it out`, p.Name, Quoted([]byte(p.Role)))
	case len(p.Enum) > 0 && p.Type != "string":
		return fmt.Errorf("param %q is not a string and can't have an enum", p.Name)
	case len(p.Enum) > maxEnum:
		return fmt.Errorf("param %q has %d enum values; at most %d are allowed", p.Name, len(p.Enum), maxEnum)
	case len(p.Description) > MaxText:
		return fmt.Errorf("the description of param %q is longer than %d bytes", p.Name, MaxText)
	}
	return Words(fmt.Sprintf("the enum of param %q", p.Name), p.Enum)
}

// Words holds that a list has sound values, each once.
func Words(what string, list []string) error {
	seen := make(map[string]bool, len(list))
	for _, word := range list {
		switch {
		case word == "" || len(word) > maxNameBytes || Clean(word) != word || !utf8.ValidString(word):
			return fmt.Errorf("%s has the value %s; values are strings of 1 to %d bytes without control characters", what, Quoted([]byte(word)), maxNameBytes)
		case seen[word]:
			return fmt.Errorf("%s has the value %q twice", what, word)
		}
		seen[word] = true
	}
	return nil
}
