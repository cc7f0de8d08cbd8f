package features

import (
	"maps"
	"slices"
	"strings"

	"purposeagent/agent"
)

// Argument is a parameter whose value stands for something in the state.
type Argument struct {
	Param   string
	ID      string
	Passage bool
}

// Lifted is an action with the things it is done to taken out: the template is
// its name and its constants.
type Lifted struct {
	Action    agent.Action
	Hash      uint64 // of the whole action
	Template  string
	Constants []Attribute
	Args      []Argument
	values    []Attribute // constants that are numbers, or any text
	listed    []Attribute // constants of an enum
}

// Lift takes an action apart by the announced specs. A parameter that nobody
// announced counts as a constant.
func Lift(specs []agent.ActionSpec, action agent.Action) Lifted {
	l := Lifted{Action: action, Hash: HashText(action.Key())}
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
				l.Args = append(l.Args, Argument{name, value, false})
			case i >= 0 && params[i].Role == agent.RolePassage:
				l.Args = append(l.Args, Argument{name, value, true})
			case value != "":
				if len(value) <= maxValueBytes {
					l.Constants = append(l.Constants, Attribute{name, value})
				}
				if i >= 0 && isFree(&params[i]) {
					l.values = append(l.values, Attribute{name, value})
				} else if i >= 0 && len(params[i].Enum) > 0 {
					l.listed = append(l.listed, Attribute{name, value})
				}
			}
		}
		for _, list := range [][]Attribute{l.values, l.listed} {
			slices.SortFunc(list, func(a, b Attribute) int { return strings.Compare(a.Name, b.Name) })
		}
		slices.SortFunc(l.Constants, func(a, b Attribute) int { return strings.Compare(a.Name, b.Name) })
		slices.SortFunc(l.Args, func(a, b Argument) int { return strings.Compare(a.Param, b.Param) })
	}
	l.Template = templateKey(action.Name, l.Constants)
	return l
}

// isFree reports whether a parameter takes any number or text. Such a value is
// a constant like others, and rules may speak of it besides.
func isFree(p *agent.ParamSpec) bool {
	return p.Type == "integer" || p.Type == "number" || p.Type == "string" && len(p.Enum) == 0
}

func templateKey(name string, constants []Attribute) string {
	var b strings.Builder
	b.WriteString(name)
	for _, c := range constants {
		b.WriteString("\x00" + c.Name + "\x00" + c.Value)
	}
	return b.String()
}

// constantsOf returns a predicate's constants in the order of their names.
func constantsOf(params map[string]string) []Attribute {
	out := make([]Attribute, 0, len(params))
	for name, value := range params {
		out = append(out, Attribute{name, value})
	}
	slices.SortFunc(out, func(a, b Attribute) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// maxOptions bounds the actions that are weighed in one step.
const maxOptions = 4096

// Options returns what can be done now: what the environment lists, or else
// every filling of the announced parameters with their enums, the things in
// sight and the ways out. Actions with a parameter that takes any text or
// number can't be made up and are left out.
func (e *Episode) Options(s *agent.Situation) []Lifted {
	legal := s.Legal
	if legal == nil {
		legal = enumerate(s.Actions, e.now)
	}
	if len(legal) > maxOptions {
		legal = legal[:maxOptions]
	}
	out := make([]Lifted, 0, len(legal))
	for _, action := range legal {
		if action.Name != agent.Done {
			out = append(out, e.lift(s.Actions, action))
		}
	}
	return out
}

func enumerate(specs []agent.ActionSpec, v *View) []agent.Action {
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

func valuesOf(p agent.ParamSpec, v *View) []any {
	var out []any
	switch {
	case p.Role == agent.RoleThing:
		for _, t := range v.Things {
			out = append(out, t.ID)
		}
	case p.Role == agent.RolePassage:
		for _, t := range v.exits {
			out = append(out, t.ID)
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
