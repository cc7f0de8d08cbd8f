package reasoner

import (
	"maps"
	"slices"
	"strings"

	"purposeagent/agent"
)

// argument is a parameter whose value stands for something in the state.
type argument struct {
	param   string
	id      string
	passage bool
}

// lifted is an action with the things it is done to taken out: the template is
// its name and its constants.
type lifted struct {
	action    agent.Action
	hash      uint64 // of the whole action
	template  string
	constants []attribute
	args      []argument
	values    []attribute // constants that are numbers, or any text
	listed    []attribute // constants of an enum
}

// lift takes an action apart by the announced specs. A parameter that nobody
// announced counts as a constant.
func lift(specs []agent.ActionSpec, action agent.Action) lifted {
	l := lifted{action: action, hash: hashText(action.Key())}
	var params []agent.ParamSpec
	if i := slices.IndexFunc(specs, func(s agent.ActionSpec) bool { return s.Name == action.Name }); i >= 0 {
		params = specs[i].Params
	}
	if !action.Params.IsEmpty() {
		for name, raw := range action.Params.Map() {
			value := text(raw)
			i := slices.IndexFunc(params, func(p agent.ParamSpec) bool { return p.Name == name })
			switch {
			case i >= 0 && params[i].Role == agent.RoleThing:
				l.args = append(l.args, argument{name, value, false})
			case i >= 0 && params[i].Role == agent.RolePassage:
				l.args = append(l.args, argument{name, value, true})
			case value != "":
				if len(value) <= maxValueBytes {
					l.constants = append(l.constants, attribute{name, value})
				}
				if i >= 0 && isFree(&params[i]) {
					l.values = append(l.values, attribute{name, value})
				} else if i >= 0 && len(params[i].Enum) > 0 {
					l.listed = append(l.listed, attribute{name, value})
				}
			}
		}
		for _, list := range [][]attribute{l.values, l.listed} {
			slices.SortFunc(list, func(a, b attribute) int { return strings.Compare(a.name, b.name) })
		}
		slices.SortFunc(l.constants, func(a, b attribute) int { return strings.Compare(a.name, b.name) })
		slices.SortFunc(l.args, func(a, b argument) int { return strings.Compare(a.param, b.param) })
	}
	l.template = templateKey(action.Name, l.constants)
	return l
}

// isFree reports whether a parameter takes any number or text. Such a value is
// a constant like others, and rules may speak of it besides.
func isFree(p *agent.ParamSpec) bool {
	return p.Type == "integer" || p.Type == "number" || p.Type == "string" && len(p.Enum) == 0
}

func templateKey(name string, constants []attribute) string {
	var b strings.Builder
	b.WriteString(name)
	for _, c := range constants {
		b.WriteString("\x00" + c.name + "\x00" + c.value)
	}
	return b.String()
}

// constantsOf returns a predicate's constants in the order of their names.
func constantsOf(params map[string]string) []attribute {
	out := make([]attribute, 0, len(params))
	for name, value := range params {
		out = append(out, attribute{name, value})
	}
	slices.SortFunc(out, func(a, b attribute) int { return strings.Compare(a.name, b.name) })
	return out
}

// maxOptions bounds the actions that are weighed in one step.
const maxOptions = 4096

// options returns what can be done now: what the environment lists, or else
// every filling of the announced parameters with their enums, the things in
// sight and the ways out. Actions with a parameter that takes any text or
// number can't be made up and are left out.
func options(s *agent.Situation, v *view) []lifted {
	legal := s.Legal
	if legal == nil {
		legal = enumerate(s.Actions, v)
	}
	if len(legal) > maxOptions {
		legal = legal[:maxOptions]
	}
	out := make([]lifted, 0, len(legal))
	for _, action := range legal {
		if action.Name != agent.Done {
			out = append(out, lift(s.Actions, action))
		}
	}
	return out
}

func enumerate(specs []agent.ActionSpec, v *view) []agent.Action {
	var out []agent.Action
	for _, spec := range specs {
		fillings := []map[string]any{{}}
		for _, p := range spec.Params {
			if p.Optional {
				continue
			}
			var next []map[string]any
			for _, filling := range fillings {
				for _, value := range valuesOf(p, v) {
					if len(out)+len(next) >= maxOptions {
						break
					}
					more := map[string]any{p.Name: value}
					maps.Copy(more, filling)
					next = append(next, more)
				}
			}
			fillings = next
		}
		for _, filling := range fillings {
			out = append(out, agent.Action{Name: spec.Name, Params: agent.MustObject(filling)})
		}
	}
	return out
}

func valuesOf(p agent.ParamSpec, v *view) []any {
	var out []any
	switch {
	case p.Role == agent.RoleThing:
		for _, t := range v.things {
			out = append(out, t.id)
		}
	case p.Role == agent.RolePassage:
		for _, t := range v.exits {
			out = append(out, t.id)
		}
	case len(p.Enum) > 0:
		for _, value := range p.Enum {
			out = append(out, value)
		}
	case p.Type == "boolean":
		out = append(out, false, true)
	}
	return out
}
